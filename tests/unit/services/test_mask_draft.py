"""Does the brush draw exactly the voxels it covers? Against every voxel of the grid, judged in patient space."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from planner.domain.bit_packing import NOWHERE
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.volume import Volume, VolumeRef
from planner.services.mask_draft import DraftLimit, MaskDraft

AXIAL = (0.0, 0.0, 1.0)


def turned(angle_deg: float) -> np.ndarray:
    """A rotation about an axis that lies along no voxel edge."""
    axis = np.array([1.0, 2.0, 0.5]) / np.linalg.norm([1.0, 2.0, 0.5])
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = np.radians(angle_deg)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def volume_of(shape=(12, 30, 40), *, spacing=(0.7, 0.7, 1.25), direction=None, hu=None) -> Volume:
    grid = Grid.from_axes(shape, origin_lps_mm=(-12.3, 4.5, -80.0), spacing_ijk_mm=spacing, direction=direction)
    values = np.zeros(shape, np.int16) if hu is None else hu
    ref = VolumeRef("0" * 64, grid, PatientPosition.HFS, "1.2", "1.2.3", "1.2.4")
    return Volume(ref, values)


def empty(volume: Volume) -> MaskDraft:
    return MaskDraft(volume, np.zeros(volume.grid.shape_kji, bool))


def centres(grid: Grid) -> np.ndarray:
    """Every voxel's centre, shape (K, J, I, 3), by adding steps to the origin one voxel at a time."""
    k, j, i = np.indices(grid.shape_kji)
    matrix = np.array(grid.index_to_lps)
    return matrix[:3, 3] + i[..., None] * matrix[:3, 0] + j[..., None] * matrix[:3, 1] + k[..., None] * matrix[:3, 2]


def distance_to_way(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """From each point to the segment between two others, through the nearest of its ends or its foot."""
    way = end - start
    if not way.any():
        return np.linalg.norm(points - start, axis=-1)
    share = ((points - start) @ way / (way @ way)).clip(0, 1)
    return np.linalg.norm(points - (start + share[..., None] * way), axis=-1)


def cut_by_plane(grid: Grid, through: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Whether a plane has corners of a voxel on both sides."""
    off = []
    for corner in np.array(np.meshgrid(*[(-0.5, 0.5)] * 3)).reshape(3, -1).T:
        away = centres(grid) + np.array(grid.index_to_lps)[:3, :3] @ corner - through
        off.append(away @ normal)
    return (np.min(off, axis=0) < -1e-9) & (np.max(off, axis=0) > 1e-9)


@pytest.mark.parametrize("direction", [None, turned(25), turned(140)])
@pytest.mark.parametrize("radius_mm", [1.3, 4.0])
def test_a_ball_is_every_voxel_whose_centre_is_within_the_radius(direction, radius_mm):
    volume = volume_of(direction=direction)
    middle = volume.grid.to_lps((17.3, 12.8, 6.1))
    draft = empty(volume)
    draft.stamp([tuple(middle)], radius_mm, plane_normal=None)
    expected = np.linalg.norm(centres(volume.grid) - middle, axis=-1) <= radius_mm
    assert expected.any()
    assert np.array_equal(draft.mask, expected)


@pytest.mark.parametrize("at", [0.0, 0.49, -0.49])
def test_a_disc_in_a_stored_slice_is_one_voxel_thick(at):
    volume = volume_of()
    middle = volume.grid.to_lps((17.3, 12.8, 6.0 + at))
    draft = empty(volume)
    draft.stamp([tuple(middle)], 3.0, plane_normal=AXIAL)
    flat = np.hypot(*np.moveaxis((centres(volume.grid)[6] - middle)[..., :2], -1, 0)) <= 3.0
    expected = np.zeros(volume.grid.shape_kji, bool)
    expected[6] = flat
    assert np.array_equal(draft.mask, expected)


def test_between_two_stored_slices_it_is_still_one():
    volume = volume_of()
    draft = empty(volume)
    draft.stamp([tuple(volume.grid.to_lps((17, 12, 6.5)))], 3.0, plane_normal=AXIAL)
    assert draft.mask.any(axis=(1, 2)).sum() == 1


@pytest.mark.parametrize("angle_deg", [12, 45, 71])
def test_a_disc_on_an_oblique_plane_is_every_voxel_the_plane_cuts_within_the_radius(angle_deg):
    volume = volume_of()
    normal = turned(angle_deg) @ np.array([0.0, 0.0, 1.0])
    middle = volume.grid.to_lps((20.2, 14.7, 6.3))
    draft = empty(volume)
    draft.stamp([tuple(middle)], 3.5, plane_normal=tuple(normal))
    away = centres(volume.grid) - middle
    flat = away - (away @ normal)[..., None] * normal
    expected = (np.linalg.norm(flat, axis=-1) <= 3.5) & cut_by_plane(volume.grid, middle, normal)
    assert expected.any()
    assert np.array_equal(draft.mask, expected)


@pytest.mark.parametrize("normal", [None, AXIAL])
def test_a_fast_hand_leaves_no_gaps(normal):
    volume = volume_of()
    points = [volume.grid.to_lps(p) for p in ((3, 3, 6), (36, 9, 6), (20, 27, 6))]
    draft = empty(volume)
    draft.stamp([tuple(p) for p in points], 1.5, plane_normal=normal)
    near = np.min([distance_to_way(centres(volume.grid), a, b) for a, b in pairwise(points)], axis=0) <= 1.5
    if normal is not None:
        near[:6], near[7:] = False, False
    assert np.array_equal(draft.mask, near)


def test_a_brush_finer_than_a_voxel_draws_the_voxel_it_is_on():
    volume = volume_of()
    draft = empty(volume)
    draft.stamp([tuple(volume.grid.to_lps((17.4, 12.4, 6.0)))], 0.1, plane_normal=AXIAL)
    assert np.argwhere(draft.mask).tolist() == [[6, 12, 17]]


@pytest.mark.parametrize("place", [(-200.0, 0.0, 0.0), (-12.3 - 3.0, 4.5, -80.0)])
def test_beside_the_ct_nothing_is_drawn(place):
    draft = empty(volume_of())
    assert draft.stamp([place], 2.0, plane_normal=None) == NOWHERE
    assert draft.take_stroke() is None


def test_the_eraser_takes_away_what_the_brush_would_draw():
    volume = volume_of()
    here = tuple(volume.grid.to_lps((17, 12, 6)))
    full = np.ones(volume.grid.shape_kji, bool)
    draft, drawn = MaskDraft(volume, full), empty(volume)
    draft.stamp([here], 4.0, plane_normal=None, erase=True)
    drawn.stamp([here], 4.0, plane_normal=None)
    assert np.array_equal(~draft.mask, drawn.mask)
    assert full.all()


def test_only_inside_and_only_between_two_hu():
    hu = np.arange(12 * 30 * 40, dtype=np.int16).reshape(12, 30, 40) % 200
    volume = volume_of(hu=hu)
    inside = np.zeros(hu.shape, bool)
    inside[:, :13] = True
    here = tuple(volume.grid.to_lps((17, 12, 6)))
    free, bound = empty(volume), empty(volume)
    free.stamp([here], 4.0, plane_normal=None)
    bound.stamp([here], 4.0, plane_normal=None, limit=DraftLimit(inside, 40, 90))
    assert np.array_equal(bound.mask, free.mask & inside & (hu >= 40) & (hu <= 90))
    assert 0 < bound.mask.sum() < free.mask.sum()


@pytest.mark.parametrize(("low", "high"), [(39.5, 90.5), (-0.5, 0.5), (-40000.0, 40000.0), (None, 12.0), (12.0, None)])
def test_limits_between_whole_hu_and_beyond_all_hold_as_numbers(low, high):
    hu = np.arange(12 * 30 * 40, dtype=np.int16).reshape(12, 30, 40) % 200 - 50
    volume = volume_of(hu=hu)
    draft = empty(volume)
    here = tuple(volume.grid.to_lps((17, 12, 6)))
    draft.stamp([here], 200.0, plane_normal=None, limit=DraftLimit(None, low, high))
    values = hu.astype(float)
    expected = (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))
    assert np.array_equal(draft.mask, expected)


def crossings_say_inside(at: tuple[float, float], corners: list[tuple[float, float]]) -> bool:
    """Even-odd by walking the edges, the textbook way."""
    inside = False
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 > at[1]) != (y1 > at[1]) and at[0] < x0 + (at[1] - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside


@pytest.mark.parametrize(
    ("right", "down"), [((1, 0, 0), (0, 1, 0)), ((1, 0, 0), (0, 0, -1)), ((0, 1, 0), (0, 0, -1)), (None, None)]
)
def test_an_outline_fills_the_voxels_it_goes_around(right, down):
    if right is None:
        right, down = turned(33)[:, 0], turned(33)[:, 1]
    right, down = np.asarray(right, dtype=float), np.asarray(down, dtype=float)
    normal = np.cross(right, down)
    volume = volume_of((26, 30, 32), spacing=(0.9, 0.8, 1.1))
    middle = volume.grid.to_lps((16, 15, 13))
    corners = [(-7.13, -5.21), (6.37, -7.77), (9.41, 6.11), (0.37, -1.93), (-6.51, 8.3)]
    outline = [middle + x * right + y * down for x, y in corners]
    draft = empty(volume)
    draft.fill_outline(outline, plane_normal=tuple(normal))
    away = centres(volume.grid) - middle
    x, y = away @ right, away @ down
    around = np.array([crossings_say_inside(p, corners) for p in zip(x.ravel(), y.ravel(), strict=True)])
    expected = around.reshape(x.shape) & cut_by_plane(volume.grid, middle, normal)
    assert expected.sum() > 100
    assert np.array_equal(draft.mask, expected)
    draft.fill_outline(outline, plane_normal=tuple(normal), erase=True)
    assert not draft.mask.any()


def test_a_stroke_is_what_it_left_and_can_be_taken_back():
    volume = volume_of()
    rng = np.random.default_rng(7)
    before = rng.random(volume.grid.shape_kji) < 0.3
    draft = MaskDraft(volume, before)
    draft.stamp([tuple(volume.grid.to_lps((9, 9, 3)))], 3.0, plane_normal=None)
    draft.stamp([tuple(volume.grid.to_lps((12, 10, 4)))], 3.0, plane_normal=None, erase=True)
    stroke = draft.take_stroke()
    rebuilt = before.copy()
    stroke.put_into(rebuilt)
    assert np.array_equal(rebuilt, draft.mask)
    after = draft.mask.copy()
    draft.stamp([tuple(volume.grid.to_lps((20, 20, 6)))], 5.0, plane_normal=None)
    draft.stamp([tuple(volume.grid.to_lps((21, 20, 6)))], 5.0, plane_normal=None, erase=True)
    assert not np.array_equal(draft.mask, after)
    draft.cancel_stroke()
    assert np.array_equal(draft.mask, after)
    assert draft.take_stroke() is None


def test_the_working_copy_cannot_be_written_by_others():
    draft = empty(volume_of())
    with pytest.raises(ValueError, match="read-only"):
        draft.mask[0, 0, 0] = True
