"""Do the compiled kernels say what the plain numpy form says, on a box where everything happens at once?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.simulation import BodyConditions
from planner.thermal import oracle
from planner.thermal.kernels import cylinder_fraction
from planner.thermal.properties import OUTSIDE_AIR, build_materials, enthalpy_u
from planner.thermal.scene import build_scene, fastest_rate_per_s
from planner.thermal.sources import pack_sinks
from planner.thermal.stepper import advance, stages_for, start_body

IDS = ("muscle", "fat_subcutaneous", "blood", OUTSIDE_AIR, "nerve", "bone_cortical", "lung_inflated")


def random_world(tissues, seed: int, shape=(9, 11, 13)):
    """Blocks of seven materials, −60 to 40 °C, sinks anywhere: no symmetry to hide behind."""
    rng = np.random.default_rng(seed)
    materials = build_materials(IDS, tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0)
    coarse = rng.integers(0, len(IDS), [n // 3 + 1 for n in shape]).astype(np.uint8)
    index = coarse.repeat(3, 0).repeat(3, 1).repeat(3, 2)[: shape[0], : shape[1], : shape[2]]
    scene = build_scene(np.ascontiguousarray(index), materials)
    start_c = rng.uniform(-60, 40, shape)
    fixed = materials.is_fixed[scene.index]
    start_c[fixed] = materials.fixed_c[scene.index][fixed]
    strength = np.where((rng.random(shape) < 0.1) & ~fixed, rng.random(shape), 0)
    sinks = pack_sinks(strength, np.zeros(shape, np.int64), np.array([-120.0]))
    return scene, start_c, sinks


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [(9, 11, 13), (1, 7, 20), (6, 1, 1)])
@pytest.mark.parametrize("shared_from_cells", [0, 10**9])
def test_kernel_equals_oracle(tissues, seed, shape, shared_from_cells):
    scene, start_c, sinks = random_world(tissues, seed, shape)
    rate = fastest_rate_per_s(scene, coldest_c=-120.0, sink_conductance=sinks.largest_conductance)
    body = start_body(scene, start_c, box=np.array([0, shape[0], 0, shape[1], 0, shape[2]]))
    drive = sinks.drive(scene, np.array([-120.0]))
    dense = np.zeros(shape)
    dense.reshape(-1)[sinks.cells] = drive
    strength = np.zeros(shape)
    strength.reshape(-1)[sinks.cells] = sinks.conductance
    exchange = oracle.Exchange(strength, dense)
    body.shared_from_cells = shared_from_cells
    u = enthalpy_u(start_c, scene.rows)
    lowest = u.copy()
    for step_s in (0.3, 2.0, 7.0):
        advance(body, sinks, step_s=step_s, rate_per_s=rate, drive_at=lambda _share: drive, tick=lambda: None)
        u = oracle.macro_step(u, lowest, scene, exchange, step_s=step_s, stages=stages_for(step_s, rate))
        lowest = np.minimum(lowest, u)
    moving = ~scene.materials.is_fixed[scene.index]
    # float32 against float64 over three steps; 2e-4 of u is about 0.02 K. Blood switches at u = 1, so a cell within
    # rounding of the liquidus may differ by one stage's supply: 1e-3.
    difference = np.abs(body.u.reshape(shape) - u)[moving]
    assert difference.max(initial=0.0) < 1e-3
    assert np.median(difference) < 1e-5 if difference.size else True
    assert np.abs(body.lowest_u.reshape(shape) - lowest)[moving].max(initial=0.0) < 1e-3


def test_cells_outside_the_box_do_not_change(tissues):
    scene, start_c, sinks = random_world(tissues, 3)
    body = start_body(scene, start_c, box=np.array([2, 6, 3, 8, 4, 9]))
    empty = pack_sinks(np.zeros(scene.shape), np.zeros(scene.shape, np.int64), sinks.surface_c)
    before = body.u.copy().reshape(scene.shape)
    nothing = np.zeros(0, np.float32)
    advance(body, empty, step_s=5.0, rate_per_s=20.0, drive_at=lambda _share: nothing, tick=lambda: None)
    changed = body.u.reshape(scene.shape) != before
    assert changed[body.box_slices].any()
    changed[body.box_slices] = False
    assert not changed.any()


@pytest.mark.parametrize("direction", [(1, 0, 0), (1, 1, 0), (1, 2, 3)])
def test_cylinder_volume(direction):
    along = np.asarray(direction) / np.linalg.norm(direction)
    out = np.zeros((30, 30, 30))
    start = np.array([14.3, 14.6, 14.1]) - along * 6
    cylinder_fraction(out, (tuple(start), tuple(along), 12.0, 2.3), 6)
    # 6³ points in each cut cell: 1 % of the volume; the product normalises what is left.
    assert out.sum() == pytest.approx(np.pi * 2.3**2 * 12.0, rel=0.01)
    assert out.min() >= 0
    assert out.max() <= 1


def test_stage_count_covers_the_step():
    for product in (0.1, 2.0, 2.1, 50.0, 1e4):
        s = stages_for(product, 1.0)
        assert s * s + s >= product * (1 - 1e-12)
        assert s == 1 or (s - 1) ** 2 + (s - 1) < product


def test_threads_do_not_change_the_numbers(tissues):
    ends = []
    for shared_from_cells in (0, 10**9):
        scene, start_c, sinks = random_world(tissues, 5)
        body = start_body(scene, start_c, box=np.array([0, 9, 0, 11, 0, 13]))
        body.shared_from_cells = shared_from_cells
        drive = sinks.drive(scene, sinks.surface_c)
        advance(body, sinks, step_s=5.0, rate_per_s=30.0, drive_at=lambda _share, heat=drive: heat, tick=lambda: None)
        ends.append(body.u.tobytes())
    assert ends[0] == ends[1]
