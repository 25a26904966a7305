"""Do the compiled kernels say what the plain numpy form says, on a box where everything happens at once?"""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest

from planner.domain.geometry import isotropic_box
from planner.domain.simulation import BodyConditions
from planner.thermal import oracle, stepper
from planner.thermal.properties import OUTSIDE_AIR, build_materials, enthalpy_u, theta_w_per_m
from planner.thermal.raster import parabolic_cylinder
from planner.thermal.scene import build_scene
from planner.thermal.sources import Needle, build_sinks, pack_sinks
from planner.thermal.stepper import Step, advance, stages_for, start_body

IDS = ("muscle", "fat_subcutaneous", "blood", OUTSIDE_AIR, "nerve", "bone_cortical", "lung_inflated")
EVERY_TISSUE = (1 << len(IDS)) - 1
NOTHING = np.zeros(0)
NO_CELLS = np.zeros(0, np.int64)
PROBE_C = np.array([-120.0, 20.0])


def random_scene(tissues, rng, shape, ids=IDS):
    """Blocks of materials: no symmetry to hide behind."""
    materials = build_materials(ids, tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0)
    coarse = rng.integers(0, len(ids), [n // 3 + 1 for n in shape]).astype(np.uint8)
    index = coarse.repeat(3, 0).repeat(3, 1).repeat(3, 2)[: shape[0], : shape[1], : shape[2]]
    return build_scene(np.ascontiguousarray(index), materials)


def random_world(tissues, seed: int, shape=(9, 11, 13), coldest_c: float = -60.0):
    """Seven materials, ``coldest_c`` to 40 °C, two probes' sinks anywhere, one of them with prescribed heat too."""
    rng = np.random.default_rng(seed)
    scene = random_scene(tissues, rng, shape)
    start_c = rng.uniform(coldest_c, 40, shape)
    fixed = scene.materials.is_fixed[scene.index]
    start_c[fixed] = scene.materials.fixed_c[scene.index][fixed]
    cells = np.flatnonzero((rng.random(shape) < 0.1) & ~fixed)
    owner = rng.integers(0, 2, cells.size)
    sinks = pack_sinks(cells, rng.random(cells.size), owner, count=2, shape=shape)
    heat = rng.normal(0, 5, cells.size).astype(np.float32)
    return scene, start_c, replace(sinks, heat_w_per_m=heat)


def exchange_of(scene, sinks, share) -> oracle.Exchange:
    rows = scene.materials.table[scene.index.reshape(-1)[sinks.cells]]
    surface = theta_w_per_m(enthalpy_u(PROBE_C[sinks.probe], rows), rows)
    strength, drive = np.zeros(scene.shape), np.zeros(scene.shape)
    np.add.at(strength.reshape(-1), sinks.cells, share[sinks.probe] * sinks.conductance)
    np.add.at(drive.reshape(-1), sinks.cells, share[sinks.probe] * (sinks.conductance * surface + sinks.heat_w_per_m))
    return oracle.Exchange(strength, drive)


def normalised_u(body) -> np.ndarray:
    return body.enthalpy_u_at(np.arange(body.scene.index.size)).reshape(body.scene.shape)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [(9, 11, 13), (1, 7, 20), (6, 1, 1), (4, 5, 16)])
@pytest.mark.parametrize("coldest_c", [-60.0, 5.0])
def test_kernel_equals_oracle(tissues, seed, shape, coldest_c):
    scene, start_c, sinks = random_world(tissues, seed, shape, coldest_c)
    body = start_body(scene, start_c, sinks=sinks, held=NO_CELLS, everything_active=True)
    share = np.array([1.0, 0.4])
    u = enthalpy_u(start_c, scene.rows)
    lowest = u.copy()
    for step_s in (0.3, 2.0, 7.0):
        stages_before = body.stages
        advance(body, Step(step_s, PROBE_C, PROBE_C, share, NOTHING, NOTHING), tick=lambda: None)
        stages = body.stages - stages_before
        u = oracle.macro_step(u, lowest, scene, exchange_of(scene, sinks, share), step_s=step_s, stages=stages)
        lowest = np.minimum(lowest, u)
    moving = ~scene.materials.is_fixed[scene.index]
    # float32 against float64 over three steps; 2e-4 of u is about 0.02 K. Blood switches at u = 1, so a cell within
    # rounding of the liquidus may differ by one stage's supply: 1e-3.
    difference = np.abs(normalised_u(body) - u)[moving]
    assert difference.max(initial=0.0) < 1e-3
    assert np.median(difference) < 1e-5 if difference.size else True


@pytest.mark.parametrize("seed", range(3))
def test_zones_do_not_change_the_numbers(tissues, seed):
    """A zone that grows from two probes says what stepping every cell from the start says."""
    shape = (24, 26, 30)
    scene = random_scene(tissues, np.random.default_rng(seed), shape, ("muscle", "fat_subcutaneous", "blood", "nerve"))
    grid = isotropic_box((0, 0, 0), extent_mm=shape[::-1], spacing_mm=1.0)
    needles = [Needle(str(n), (x, 2.0, 1.0), (x, -2.0, -3.0), 1.5) for n, x in enumerate((-5.0, 5.0))]
    sinks = build_sinks(needles, grid=grid, scene=scene)
    warm_c = np.full(shape, 37.0)
    bodies = [
        start_body(scene, warm_c, sinks=sinks, held=NO_CELLS, everything_active=everything)
        for everything in (True, False)
    ]
    step = Step(1.5, np.full(2, -120.0), np.full(2, -120.0), np.ones(2), NOTHING, NOTHING)
    for body in bodies:
        for _ in range(4):
            advance(body, step, tick=lambda: None)
    everywhere, grown = (body.temperature_c() for body in bodies)
    assert bodies[1].cell_stages < 0.8 * bodies[0].cell_stages
    # Metabolic heat makes 37 °C not quite steady: far cells, which rest in one, warm by some thousandths in the other.
    assert (everywhere < -8).sum() > 40
    assert np.abs(everywhere - grown).max() < 0.05


def test_more_tissues_than_bits_freeze_as_one_does(tissues):
    """Seventy copies of one tissue, told apart by their label alone, from the first and from the last label."""
    ends = []
    for label in (0, 69):
        materials = build_materials(
            ("muscle",) * 70, tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0
        )
        scene = build_scene(np.full((14, 14, 14), label, np.uint8), materials)
        grid = isotropic_box((0, 0, 0), extent_mm=(14, 14, 14), spacing_mm=1.0)
        sinks = build_sinks([Needle("1", (0.0, 0.0, 2.0), (0.0, 0.0, -2.0), 1.5)], grid=grid, scene=scene)
        body = start_body(scene, np.full(scene.shape, 37.0), sinks=sinks, held=NO_CELLS)
        surface_c = np.full(1, -150.0)
        for _ in range(3):
            advance(body, Step(5.0, surface_c, surface_c, np.ones(1), NOTHING, NOTHING), tick=lambda: None)
        ends.append(body.temperature_c())
    assert ends[0].min() < -50
    assert ends[0].tobytes() == ends[1].tobytes()


def test_heat_is_accounted_for_with_held_cells(tissues):
    """Cells held at −90 to −40 °C next to tissue at 37 °C: what they take is what the tissue loses."""
    shape = (10, 12, 9)
    scene, _, _ = random_world(tissues, 1, shape)
    held = np.ravel_multi_index(np.nonzero(np.ones((2, 12, 9))), shape).astype(np.int64)
    nothing = pack_sinks(NO_CELLS, NOTHING, NO_CELLS, count=0, shape=shape)
    start_c = np.full(shape, 37.0)
    body = start_body(scene, start_c, sinks=nothing, held=held, everything_active=True)
    cold, colder = np.full(held.size, -40.0), np.full(held.size, -90.0)
    for _ in range(12):
        advance(body, Step(0.8, NOTHING, NOTHING, NOTHING, cold, colder), tick=lambda: None)
    np.testing.assert_allclose(body.temperature_c().reshape(-1)[held], -90.0, atol=2e-4)
    assert body.supply_j < -10
    assert body.energy_error < 1e-4


def test_a_front_that_outruns_its_zone_is_caught(tissues, monkeypatch):
    """With no room around the ice the step is repeated with more, and the answer is the same."""
    ends = []
    for margin_mm in (8.0, 0.0):
        monkeypatch.setattr(stepper, "COLD_MARGIN_MM", margin_mm)
        scene = build_scene(
            np.zeros((16, 16, 16), np.uint8),
            build_materials(("muscle",), tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0),
        )
        grid = isotropic_box((0, 0, 0), extent_mm=(16, 16, 16), spacing_mm=1.0)
        sinks = build_sinks([Needle("1", (0.0, 0.0, 2.0), (0.0, 0.0, -2.0), 1.5)], grid=grid, scene=scene)
        body = start_body(scene, np.full(scene.shape, 37.0), sinks=sinks, held=NO_CELLS, everything_active=True)
        surface_c = np.full(1, -150.0)
        advance(body, Step(60.0, surface_c, surface_c, np.ones(1), NOTHING, NOTHING), tick=lambda: None)
        ends.append(body.temperature_c())
    assert (ends[0] < -8).sum() > 50
    np.testing.assert_allclose(ends[1], ends[0], atol=1e-3)


@pytest.mark.parametrize("direction", [(1, 0, 0), (1, 1, 0), (1, 2, 3)])
def test_parabola_volume(direction):
    """The mean of 1 - (r/a)² over a disc is one half."""
    along = np.asarray(direction) / np.linalg.norm(direction)
    out = np.zeros((30, 30, 30))
    start = np.array([14.3, 14.6, 14.1]) - along * 6
    parabolic_cylinder(out, (tuple(start), tuple(along), 12.0, 2.3), 4)
    # 4³ points in each cell: 2 % of the volume, since few cut the flat ends; the product normalises what is left.
    assert out.sum() == pytest.approx(np.pi / 2 * 2.3**2 * 12.0, rel=0.02)
    assert out.min() >= 0
    assert out.max() <= 1


def test_stage_count_covers_the_step():
    for product in (0.1, 2.0, 2.1, 50.0, 1e4):
        s = stages_for(product, 1.0)
        assert s * s + s >= product * (1 - 1e-12)
        assert s == 1 or (s - 1) ** 2 + (s - 1) < product


def test_threads_do_not_change_the_numbers(tissues, monkeypatch):
    monkeypatch.setattr(stepper, "SHARED_FROM_UPDATES", 0)
    ends, most = [], numba.get_num_threads()
    for threads in (1, most):
        numba.set_num_threads(threads)
        scene, start_c, sinks = random_world(tissues, 5)
        body = start_body(scene, start_c, sinks=sinks, held=NO_CELLS, everything_active=True)
        advance(body, Step(5.0, PROBE_C, PROBE_C, np.ones(2), NOTHING, NOTHING), tick=lambda: None)
        ends.append(body.temperature_c().tobytes())
    numba.set_num_threads(most)
    assert ends[0] == ends[1]
