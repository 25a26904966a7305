"""Do a structure's figures agree with closed forms, and with counting points one by one?"""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from planner.domain.geometry import Grid
from planner.persistence import resources
from planner.planning.cold_map import ColdMap
from planner.planning.margins import ice_cloud, rim_minimum_c
from planner.planning.structure_figures import NEAR_COLD_C, FigureMaker, treatment_words, without_room_air

LEVELS_C = (-60.0, -40.0, -20.0, 0.0, 20.0)


def turned(angles_deg):
    """A right-handed set of axes, turned about x, then y, then z."""
    result = np.eye(3)
    for axis, angle in enumerate(np.radians(angles_deg)):
        turn, (a, b) = np.eye(3), [n for n in range(3) if n != axis]
        turn[a, a] = turn[b, b] = math.cos(angle)
        turn[a, b], turn[b, a] = -math.sin(angle), math.sin(angle)
        result = turn @ result
    return result


def evidence_of(world, field, box, ct, masks, *, tissue_index=None, tissue_ids=("muscle",), is_cut=False):
    result = world.result(field, box)
    if tissue_index is not None:
        result = replace(result, tissue_index=tissue_index, tissue_ids=tissue_ids)
    return SimpleNamespace(
        minimum_c=field,
        box=box,
        ct_grid=ct,
        rules=resources.rule_set(),
        masks=masks,
        ice=ice_cloud(field, box),
        rim_c=rim_minimum_c(field),
        ice_is_cut=is_cut,
        result=result,
    )


def figures_of(world, field, box, ct, mask, *, kind="nerve", **more):
    structure = world.structure("s", kind, ct)
    return FigureMaker.of(evidence_of(world, field, box, ct, {structure.id: mask}, **more)).figures(structure)


def counted(field, box, mask, ct, per_axis=7):
    """Temperatures at a dense lattice within each voxel of a mask, one by one, by another reader of the field."""
    steps = (np.arange(per_axis) + 0.5) / per_axis - 0.5
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    ijk = np.argwhere(mask)[:, ::-1]
    points = ct.to_lps((ijk[:, None] + offsets).reshape(-1, 3))
    at = box.to_index(points)
    values = map_coordinates(field.astype(float), at[:, ::-1].T, order=1, mode="nearest")
    upper = np.array(box.shape_kji[::-1]) - 0.5
    values[~((at >= -0.5) & (at <= upper)).all(axis=1)] = np.inf
    return values, per_axis**3


@pytest.mark.parametrize("angles", [(0, 0, 0), (17, -8, 31)])
@pytest.mark.parametrize("spacing", [(0.7, 0.9, 1.5), (1.6, 1.6, 3.0)])
def test_volumes_and_the_coldest_point_agree_with_counting(world, angles, spacing):
    rng = np.random.default_rng(7)
    box = world.box(24)
    ripple = 3 * np.sin(world.points(box) / rng.uniform(3, 9, 3) + rng.uniform(0, 6, 3)).sum(axis=-1)
    field = np.clip(world.ball_field(box, 9.0, centre=(3, -2, 1)) + ripple, -90, 37).astype(np.float32)
    count = [int(70 / step) for step in spacing]
    axes = turned(angles)
    origin = -axes @ (np.array(spacing) * (np.array(count) - 1) / 2)
    ct = Grid.from_axes(count[::-1], origin_lps_mm=origin, spacing_ijk_mm=spacing, direction=axes)
    mask = world.ball(ct, 8.0, (9.0, 4.0, -3.0))
    told = ColdMap.of(field, box, ct).survey(mask, LEVELS_C)
    values, per_voxel = counted(field, box, mask, ct)
    voxel_ml = ct.voxel_volume_mm3 / 1000
    for level_c, volume_ml in zip(LEVELS_C, told.below_ml, strict=True):
        expected_ml = (values <= level_c).sum() * voxel_ml / per_voxel
        assert volume_ml == pytest.approx(expected_ml, rel=0.02, abs=0.25 * voxel_ml)
    assert told.total_ml == pytest.approx(mask.sum() * voxel_ml)
    assert told.lowest <= values.min() + 0.1
    assert told.lowest >= values.min() - 12 * np.linalg.norm(spacing) / 2
    at = map_coordinates(field.astype(float), box.to_index(told.lowest_at_lps_mm)[::-1, None], order=1, mode="nearest")
    assert at[0] == pytest.approx(told.lowest, abs=1e-3)
    assert not told.goes_on


def test_no_voxel_that_could_hold_the_coldest_point_is_left_out(world):
    rng = np.random.default_rng(3)
    box, ct = world.box(8), world.box(7, spacing=1.3)
    for _ in range(20):
        field = rng.uniform(-40, 30, box.shape_kji).astype(np.float32)
        mask = rng.random(ct.shape_kji) < 0.2
        told = ColdMap.of(field, box, ct).survey(mask, (0.0,))
        offsets = np.stack(np.meshgrid(*[(-0.5, 0.0, 0.5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
        at = box.to_index(ct.to_lps((np.argwhere(mask)[:, ::-1][:, None] + offsets).reshape(-1, 3)))
        inside = (np.abs(at - 8) <= 8.5).all(axis=1)
        lattice = map_coordinates(field.astype(float), at[inside][:, ::-1].T, order=1, mode="nearest")
        cells = ct.to_index(world.points(box).reshape(-1, 3))
        near = np.rint(cells).astype(int)
        inside = (np.abs(cells - np.array(ct.shape_kji[::-1]) / 2 + 0.5) <= np.array(ct.shape_kji[::-1]) / 2).all(
            axis=1
        )
        i, j, k = near[inside].T
        at_cells = field.reshape(-1)[inside][mask[k, j, i]]
        assert told.lowest == pytest.approx(min(lattice.min(), at_cells.min()), abs=1e-3)


def test_the_frozen_volume_is_the_lens_of_two_balls(world):
    box, ct = world.box(25), world.box(35, spacing=0.7)
    r, size, d = 12.0, 8.0, 15.0
    # Volume common to two balls, Weisstein.
    lens = math.pi * (r + size - d) ** 2 * (d * d + 2 * d * size - 3 * size**2 + 2 * d * r + 6 * r * size - 3 * r * r)
    found = figures_of(world, world.ball_field(box, r), box, ct, world.ball(ct, size, (d, 0, 0)))
    frozen = found.volume_at(0.0)
    assert frozen.volume_ml == pytest.approx(lens / (12 * d) / 1000, rel=0.04)
    assert frozen.share_percent == pytest.approx(100 * frozen.volume_ml / found.total_ml)
    assert found.total_ml == pytest.approx(4 / 3 * math.pi * size**3 / 1000, rel=0.01)
    assert np.linalg.norm(np.asarray(found.minimum_at_lps_mm) - (d - size, 0, 0)) < 1.2


@pytest.mark.parametrize("gap", [-3.0, 2.0, 9.0, 24.0])
def test_both_isotherms_keep_their_distance_from_a_ball(world, gap):
    box, ct = world.box(26), world.box(44, spacing=0.8)
    r, slope, size = 12.0, 4.0, 6.0
    mask = world.ball(ct, size, (r + gap + size, 0, 0))
    found = figures_of(world, world.ball_field(box, r, slope=slope), box, ct, mask)
    near_mm = 0.3 if gap < 10 else 0.6
    assert found.edge_mm == pytest.approx(gap, abs=near_mm)
    assert found.treatment_mm == pytest.approx(gap + 20 / slope, abs=near_mm)
    assert found.treatment_mm > found.edge_mm
    assert np.linalg.norm(np.asarray(found.treatment_at_lps_mm) - (r - 5.0, 0, 0)) < 1.2


def test_the_histogram_rises_from_nothing_to_the_share_near_the_cold(world):
    box, ct = world.box(25), world.box(30)
    field = world.ball_field(box, 8.0)
    mask = world.ball(ct, 7.0, (9.0, 0, 0))
    found = figures_of(world, field, box, ct, mask)
    levels, shares = np.array(found.histogram).T
    assert (np.diff(levels) > 0).all()
    assert (np.diff(shares) >= 0).all()
    assert shares[0] == 0.0
    assert levels[0] <= found.minimum_c <= levels[1]
    assert levels[-1] == NEAR_COLD_C
    values, _ = counted(field, box, mask, ct)
    for level_c, share in found.histogram[::4]:
        assert share == pytest.approx(100 * (values <= level_c).mean(), abs=0.4)
    for part in found.volumes:
        assert part.share_percent == dict(found.histogram).get(part.level_c, 0.0)


def test_far_from_the_cold_there_is_no_histogram(world):
    box, ct = world.box(25), world.box(30)
    found = figures_of(world, world.ball_field(box, 5.0), box, ct, world.ball(ct, 3.0, (18.0, 0, 0)))
    assert found.minimum_c > NEAR_COLD_C
    assert found.histogram == ()
    assert all(part.volume_ml == 0.0 for part in found.volumes)


def test_a_structure_outside_the_box_is_bounded_by_its_rim(world):
    box, ct = world.box(20), world.box(60, spacing=1.5)
    field = world.ball_field(box, 10.0, slope=2.0)
    found = figures_of(world, field, box, ct, world.ball(ct, 6.0, (45.0, 0, 0)))
    assert found.minimum_is_bound
    assert (found.minimum_c, found.minimum_at_lps_mm) == (pytest.approx(20.0), None)
    assert found.edge_mm == pytest.approx(29.0, abs=0.8)
    # One that reaches into the box tells its own coldest point, where that is colder than the rim.
    partly = figures_of(world, field, box, ct, world.ball(ct, 20.0, (31.0, 0, 0)))
    assert not partly.minimum_is_bound
    assert partly.minimum_c < 5.0


def test_without_ice_or_without_the_isotherm_there_is_no_distance(world):
    box, ct = world.box(20), world.box(30)
    mask = world.ball(ct, 4.0, (15.0, 0, 0))
    warm = figures_of(world, np.full(box.shape_kji, 30.0, np.float32), box, ct, mask)
    assert (warm.edge_mm, warm.treatment_mm) == (None, None)
    cool = figures_of(world, np.maximum(world.ball_field(box, 6.0), -10), box, ct, mask)
    assert cool.edge_mm == pytest.approx(5.0, abs=0.3)
    assert cool.treatment_mm is None


def test_skin_is_read_at_its_surface_and_not_in_the_room(world):
    box, ct = world.box(20), world.box(19)
    body = world.points(ct)[..., 1] > -10.5
    y = world.points(box)[..., 1]
    # Tissue gets colder with depth; the room outside is colder than the skin, and says nothing of it.
    field = np.where(y > -10.5, 30.0 - 2 * (y + 10), 5.0).astype(np.float32)
    index = (y < -10.5).astype(np.uint8)
    air = {"tissue_index": index, "tissue_ids": ("muscle", "outside air")}
    found = figures_of(world, field, box, ct, body, kind="skin", **air)
    # To the inner face of the outermost voxel, half a millimetre below its centre at 10 mm.
    assert found.minimum_c == pytest.approx(29.0, abs=0.01)
    assert (found.volumes, found.total_ml, found.histogram) == ((), None, ())
    filled = without_room_air(field, index, ("muscle", "outside air"))
    assert filled[y > -10.5] == pytest.approx(field[y > -10.5])
    assert (filled[(y < -10.5) & (y > -12.5)] == 30.0).all()


@pytest.mark.parametrize("away", [9.0, 24.0])
def test_ice_outside_the_body_has_crossed_its_skin(world, away):
    """Near the body or far from it: a distance beyond the surface is never a gap that is kept."""
    box, ct = world.box(10), world.box(45)
    body = world.points(ct)[..., 1] >= 5.0 + away
    found = figures_of(world, world.ball_field(box, 5.0), box, ct, body, kind="skin")
    assert found.edge_mm == pytest.approx(-(away + 10.0), abs=0.8)
    assert found.treatment_mm is None or found.treatment_mm < 0


def test_ice_that_reaches_the_rim_is_told(world):
    box, ct = world.box(10), world.box(20)
    found = figures_of(world, world.ball_field(box, 15.0), box, ct, world.ball(ct, 4.0, (5, 0, 0)), is_cut=True)
    assert found.is_cut
    assert treatment_words(-20.0) == "−20 °C isotherm"
