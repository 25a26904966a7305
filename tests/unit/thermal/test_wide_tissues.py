"""Are chunks of one tissue among their like, cold, stopped, held and warm again, what the plain numpy form says?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import isotropic_box
from planner.domain.simulation import BodyConditions
from planner.thermal import oracle
from planner.thermal.blocks import COLD, MIXED, OWN, STOPPED
from planner.thermal.properties import build_materials, enthalpy_u, temperature_c
from planner.thermal.scene import build_scene
from planner.thermal.sources import Needle, build_sinks, pack_sinks
from planner.thermal.stepper import Step, advance, start_body

IDS = ("muscle", "fat_subcutaneous", "blood", "nerve", "lung_inflated")
NOTHING = np.zeros(0)
NO_CELLS = np.zeros(0, np.int64)
SHAPE = (24, 26, 45)
"""Rows that are no multiple of eight cells."""


def materials_of(tissues):
    return build_materials(IDS, tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0)


def one_tissue(tissues):
    return build_scene(np.zeros(SHAPE, np.uint8), materials_of(tissues))


def wide_scene(tissues, seed: int):
    """Blocks so wide that whole chunks lie inside them."""
    rng, edge = np.random.default_rng(seed), 13
    coarse = rng.integers(0, len(IDS), [n // edge + 2 for n in SHAPE]).astype(np.uint8)
    shift = rng.integers(0, edge, 3)
    index = coarse.repeat(edge, 0).repeat(edge, 1).repeat(2 * edge, 2)
    index = index[tuple(slice(first, first + n) for first, n in zip(shift, SHAPE, strict=True))]
    return build_scene(np.ascontiguousarray(index), materials_of(tissues))


def nothing_sinks():
    return pack_sinks(NO_CELLS, NOTHING, NO_CELLS, count=0, shape=SHAPE)


def blobs_c(seed: int, coldest_c: float) -> np.ndarray:
    """37 °C with two cold balls that meet no face of the box."""
    k, j, i = np.indices(SHAPE)
    rng = np.random.default_rng(seed)
    field_c = np.full(SHAPE, 37.0)
    for i_0 in (10.0, 34.0):
        r = np.sqrt((k - 12.0) ** 2 + (j - 13.0) ** 2 + (i - i_0) ** 2)
        field_c = np.minimum(field_c, coldest_c + 9.0 * r)
    return np.minimum(field_c, 37.0) + rng.uniform(-0.5, 0.5, SHAPE)


@pytest.mark.parametrize("seed", range(4))
def test_wide_tissues_equal_oracle(tissues, seed):
    """Balls of ice thaw slowly; every kind of chunk is there, and blood stays off where ice has been."""
    scene = wide_scene(tissues, seed)
    start_c = blobs_c(seed, -70.0)
    fixed = scene.materials.is_fixed[scene.index]
    start_c[fixed] = scene.materials.fixed_c[scene.index][fixed]
    body = start_body(scene, start_c, sinks=nothing_sinks(), held=NO_CELLS, everything_active=True)
    u = enthalpy_u(start_c, scene.rows)
    lowest = u.copy()
    for step_s in (0.5, 3.0, 12.0):
        before = body.stages
        advance(body, Step(step_s, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING), tick=lambda: None)
        exchange = oracle.Exchange(np.zeros(SHAPE), np.zeros(SHAPE))
        u = oracle.macro_step(u, lowest, scene, exchange, step_s=step_s, stages=body.stages - before)
        lowest = np.minimum(lowest, u)
    codes = body.codes
    kinds = [(codes & bits) == wanted for bits, wanted in ((MIXED | COLD, 0), (MIXED | COLD, COLD), (COLD, 0))]
    assert all(kind.sum() > 20 for kind in kinds)
    assert ((codes & OWN) > 0).any()
    assert ((codes & STOPPED) > 0).any()
    found = body.enthalpy_u_at(np.arange(scene.index.size)).reshape(SHAPE)
    difference = np.abs(found - u)[~fixed]
    assert difference.max() < 1e-3
    assert np.median(difference) < 1e-5


def test_tissue_between_two_balls_of_ice_stays_out_of_the_cold_zone(tissues):
    scene = one_tissue(tissues)
    body = start_body(scene, blobs_c(0, -30.0), sinks=nothing_sinks(), held=NO_CELLS, everything_active=True)
    advance(body, Step(0.2, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING), tick=lambda: None)
    rows, width, pad = scene.layout
    first = (pad + (12 * rows + 13) * width) // 8
    assert (body.codes[first : first + width // 8] & COLD > 0).tolist() == [True, True, False, True, True, False]


def test_held_cells_within_one_tissue_have_their_temperature_and_their_neighbours_feel_it(tissues):
    """A plate of held cells inside one tissue: the row across it goes as the plain form's, where the plate is fixed."""
    scene = one_tissue(tissues)
    cells = np.ravel_multi_index(np.indices(SHAPE)[:, :, :, 20:22].reshape(3, -1), SHAPE).astype(np.int64)
    warm_c = np.full(SHAPE, 30.0)
    body = start_body(scene, warm_c, sinks=nothing_sinks(), held=np.sort(cells), everything_active=True)
    held_c = np.full(cells.size, -40.0)
    u = enthalpy_u(warm_c, scene.rows)
    u.reshape(-1)[cells] = enthalpy_u(held_c, scene.rows.reshape(-1, scene.rows.shape[-1])[cells])
    lowest, fixed = u.copy(), u.reshape(-1)[cells].copy()
    advance(body, Step(1e-6, NOTHING, NOTHING, NOTHING, held_c, held_c), tick=lambda: None)
    for _ in range(2):
        before = body.stages
        advance(body, Step(2.0, NOTHING, NOTHING, NOTHING, held_c, held_c), tick=lambda: None)
        stages, gain = body.stages - before, scene.rows[..., 7] * scene.materials.spacing_m**2
        last, now = u, u
        for stage in range(1, stages + 1):
            exchange = oracle.Exchange(np.zeros(SHAPE), np.zeros(SHAPE))
            heat = oracle.heat_w_per_m(now, lowest, scene, exchange)
            mu, nu = (2 * stage - 1) / stage, -(stage - 1) / stage
            last, now = now, mu * now + nu * last + mu * 2 / (stages**2 + stages) * 2.0 * heat / gain
            now.reshape(-1)[cells] = fixed
        u, lowest = now, np.minimum(lowest, now)
    difference_c = body.temperature_c() - temperature_c(u, scene.rows)
    assert np.abs(difference_c).max() < 0.02
    assert (body.temperature_c()[:, :, 20:22] < -39.9).all()
    assert body.temperature_c()[:, :, 19].mean() < 20.0


def test_a_second_body_of_the_same_scene_has_blood_of_its_own(tissues):
    """What ice stopped in one body flows in the next."""
    scene = one_tissue(tissues)
    grid = isotropic_box((0, 0, 0), extent_mm=SHAPE[::-1], spacing_mm=1.0)
    sinks = build_sinks([Needle("1", (0.0, 0.0, 3.0), (0.0, 0.0, -3.0), 1.5)], grid=grid, scene=scene)
    surface_c = np.full(1, -120.0)
    ends = []
    for _ in range(2):
        body = start_body(scene, np.full(SHAPE, 37.0), sinks=sinks, held=NO_CELLS)
        for step_s in (2.0, 10.0):
            advance(body, Step(step_s, surface_c, surface_c, np.ones(1), NOTHING, NOTHING), tick=lambda: None)
        assert ((body.codes & STOPPED) > 0).any() or ((body.codes & OWN) > 0).any()
        ends.append(body.temperature_c().tobytes())
    assert ends[0] == ends[1]
    assert not (scene.codes & (COLD | OWN | STOPPED)).any()
