"""Does every edit of a whole mask do what it says? Closed forms, brute force, and second ways to the same result."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.geometry import point
from planner.domain.mask_edit import (
    Boolean,
    BooleanKind,
    Combine,
    Connected,
    Cut,
    EditLimit,
    FillBetween,
    FillHoles,
    Grow,
    Islands,
    Margin,
    Smooth,
    Threshold,
    Tube,
)
from planner.segmentation.edits import changed_voxels
from tests.unit.segmentation.edit_case import TURNED, ball, edited, grid_of, points, ref_of

EMPTY_REFUSED = [
    Grow(5.0),
    FillBetween(2),
    Smooth(1.0),
    Margin(2.0),
    Islands(None),
    FillHoles(in_slices=False),
    Cut(tuple(np.eye(4).ravel()), ((0, 0), (1, 0), (0, 1))),
    Threshold((0, 100), Combine.REMOVE),
]


def _volume(volume_of, grid, hu=None):
    return volume_of(np.zeros(grid.shape_kji, np.int16) if hu is None else hu, grid)


@pytest.mark.parametrize("direction", TURNED)
def test_H_29_a_ball_and_a_margin_are_a_larger_or_smaller_ball(volume_of, direction) -> None:
    grid = grid_of((44, 60, 66), (0.8, 0.9, 1.3), direction)
    mask = ball(grid, 14.0, off_mm=(0.3, -0.2, 0.4))
    distance = np.linalg.norm(points(grid) - (grid.centre_lps_mm + np.array([0.3, -0.2, 0.4])), axis=-1)
    for margin_mm in (-6.0, -2.5, 2.5, 7.0):
        after = edited(_volume(volume_of, grid), mask, Margin(margin_mm))
        # Voxels whose centre is clear of the new surface by half a voxel are decided without exception.
        assert after[distance < 14.0 + margin_mm - 0.65].all()
        assert not after[distance > 14.0 + margin_mm + 0.65].any()
        radius_mm = np.cbrt(np.count_nonzero(after) * grid.voxel_volume_mm3 * 3 / (4 * np.pi))
        # The map's nearest crossing is the nearest of noisy ones: a margin is up to a quarter of a voxel large.
        assert -0.25 <= radius_mm - (14.0 + margin_mm) <= 0.25


def test_a_margin_larger_than_a_tile_and_across_tiles_is_the_same(volume_of) -> None:
    grid = grid_of((40, 210, 230), (0.7, 0.7, 1.0))
    mask = ball(grid, 12.0, off_mm=(-45.0, 40.0, 0.0)) | ball(grid, 12.0, off_mm=(48.0, -42.0, 3.0))
    away = ndimage.distance_transform_edt(~mask, sampling=(1.0, 0.7, 0.7))
    after = edited(_volume(volume_of, grid), mask, Margin(4.0))
    # From voxel centre to voxel centre is half a voxel, at most a whole one, more than to the surface.
    assert after[away <= 4.0].all()
    assert not after[away > 4.0 + 1.0].any()


def test_a_structure_cut_by_the_scan_is_not_shrunk_from_the_cut(volume_of) -> None:
    grid = grid_of((20, 24, 26), (1.0, 1.0, 2.0))
    mask = np.zeros(grid.shape_kji, bool)
    mask[:, 5:19, :] = True
    after = edited(_volume(volume_of, grid), mask, Margin(-3.0))
    expected = np.zeros_like(mask)
    expected[:, 8:16, :] = True
    np.testing.assert_array_equal(after, expected)


def test_smoothing_keeps_flat_faces_and_the_volume_of_a_ball(volume_of) -> None:
    grid = grid_of((40, 44, 48), (0.9, 0.9, 1.2))
    half = np.zeros(grid.shape_kji, bool)
    half[:, :, :23] = True
    np.testing.assert_array_equal(edited(_volume(volume_of, grid), half, Smooth(2.0)), half)
    for radius_mm, smooth_mm in ((8.0, 2.0), (12.0, 3.0), (12.0, 6.0)):
        mask = ball(grid, radius_mm)
        after = edited(_volume(volume_of, grid), mask, Smooth(smooth_mm))
        assert np.count_nonzero(after) == pytest.approx(np.count_nonzero(mask), rel=0.01)
        distance = np.linalg.norm(points(grid) - grid.centre_lps_mm, axis=-1)
        assert np.abs(distance[after != mask] - radius_mm).max(initial=0) < 1.0


def test_smoothing_takes_specks_and_stairs_off_and_says_when_nothing_would_be_left(volume_of) -> None:
    grid = grid_of((30, 30, 30), (1.0, 1.0, 1.0))
    mask = ball(grid, 9.0)
    speck = mask.copy()
    speck[2, 2, 2] = True
    assert not edited(_volume(volume_of, grid), speck, Smooth(1.5))[2, 2, 2]
    lone = np.zeros_like(mask)
    lone[15, 15, 15] = True
    with pytest.raises(InputRefused, match="thinner"):
        edited(_volume(volume_of, grid), lone, Smooth(4.0))


def test_islands_agree_with_labels_counted_one_by_one(volume_of) -> None:
    grid = grid_of((18, 20, 22), (1.0, 1.0, 2.0))
    mask = np.random.default_rng(3).random(grid.shape_kji) < 0.28
    labels, number = ndimage.label(mask)
    sizes = np.bincount(labels.ravel(), minlength=number + 1)
    sizes[0] = 0
    largest = edited(_volume(volume_of, grid), mask, Islands(None))
    assert np.count_nonzero(largest) == sizes.max()
    np.testing.assert_array_equal(largest, labels == sizes.argmax())
    kept = edited(_volume(volume_of, grid), mask, Islands(smallest_ml=5 * 2.0 / 1000))
    np.testing.assert_array_equal(kept, np.isin(labels, np.flatnonzero(sizes >= 5)))
    with pytest.raises(PlanInvalid, match="the largest has"):
        edited(_volume(volume_of, grid), mask, Islands(smallest_ml=1000.0))


def test_holes_are_filled_in_space_or_slice_by_slice_and_not_where_the_scan_ends(volume_of) -> None:
    grid = grid_of((16, 20, 24), (1.0, 1.0, 2.0))
    mask = np.zeros(grid.shape_kji, bool)
    mask[2:12, 4:16, 4:20] = True
    mask[5:8, 7:12, 8:14] = False  # enclosed
    mask[2:12, 9, 17] = False  # a canal from end to end: closed in each slice only
    mask[:, 0:3, 0:9] = True
    mask[6, 0:2, 3:6] = False  # open to the scan's face
    volume = _volume(volume_of, grid)
    np.testing.assert_array_equal(edited(volume, mask, FillHoles(in_slices=False)), ndimage.binary_fill_holes(mask))
    in_slices = edited(volume, mask, FillHoles(in_slices=True))
    np.testing.assert_array_equal(in_slices, np.stack([ndimage.binary_fill_holes(plane) for plane in mask]))
    assert not in_slices[6, 0, 4]


@pytest.mark.parametrize("kind", list(BooleanKind))
def test_two_masks_are_combined_voxel_by_voxel(volume_of, kind) -> None:
    grid = grid_of((20, 24, 28), (1.0, 1.0, 1.5))
    a, b = ball(grid, 8.0, off_mm=(-3, 0, 0)), ball(grid, 6.0, off_mm=(4, 1, 0))
    ref = ref_of("b", grid)
    after = edited(_volume(volume_of, grid), a, Boolean(kind, ref, "Bone"), masks={ref: b})
    expected = {BooleanKind.UNION: a | b, BooleanKind.SUBTRACT: a & ~b, BooleanKind.INTERSECT: a & b}[kind]
    np.testing.assert_array_equal(after, expected)
    with pytest.raises(PlanInvalid, match="“Bone” holds nothing"):
        edited(_volume(volume_of, grid), a, Boolean(kind, ref, "Bone"), masks={ref: np.zeros_like(b)})
    with pytest.raises(InputRefused, match="no longer in the plan"):
        edited(_volume(volume_of, grid), a, Boolean(kind, ref, "Bone"))


@pytest.mark.parametrize("combine", list(Combine))
def test_thresholds_hold_both_ends_and_combine(volume_of, combine) -> None:
    grid = grid_of((12, 14, 16), (1.0, 1.0, 1.0))
    rng = np.random.default_rng(0)
    hu = rng.integers(-200, 200, grid.shape_kji).astype(np.int16)
    mask = ball(grid, 5.0)
    drawn = (hu >= -50) & (hu <= 80)
    expected = {
        Combine.ADD: mask | drawn,
        Combine.REPLACE: drawn,
        Combine.REMOVE: mask & ~drawn,
        Combine.KEEP_COMMON: mask & drawn,
    }[combine]
    for values in (hu, hu.astype(np.float32)):
        after = edited(_volume(volume_of, grid, values), mask, Threshold((-50.0, 80.0), combine))
        np.testing.assert_array_equal(after, expected)
    with pytest.raises(InputRefused, match="No voxel of this CT"):
        edited(_volume(volume_of, grid, hu), mask, Threshold((2000.0, 3000.0), combine))


@pytest.mark.parametrize("direction", TURNED)
def test_a_connected_region_is_the_labelled_part_within_reach(volume_of, direction) -> None:
    grid = grid_of((20, 26, 28), (1.0, 0.8, 1.5), direction)
    rng = np.random.default_rng(7)
    hu = np.where(ndimage.gaussian_filter(rng.normal(size=grid.shape_kji), 1.2) > 0.02, 60, -80).astype(np.int16)
    at = np.argwhere(hu == 60)[len(np.argwhere(hu == 60)) // 2]
    seed = grid.to_lps(at[::-1]) + np.array([0.2, -0.3, 0.1])
    away = np.linalg.norm(points(grid) - seed, axis=-1)
    for reach_mm in (6.0, 11.0, 500.0):
        labels, _ = ndimage.label((hu == 60) & (away <= reach_mm))
        after = edited(
            _volume(volume_of, grid, hu), np.zeros_like(hu, bool), Connected(point(seed), (40.0, 80.0), reach_mm)
        )
        np.testing.assert_array_equal(after, labels == labels[tuple(at)])


def test_a_click_where_nothing_can_begin_says_why(volume_of) -> None:
    grid = grid_of((10, 12, 14), (1.0, 1.0, 1.0))
    hu = np.full(grid.shape_kji, -80, np.int16)
    inside = ref_of("c", grid)
    centre, empty = point(grid.centre_lps_mm), np.zeros(grid.shape_kji, bool)
    volume = _volume(volume_of, grid, hu)
    with pytest.raises(InputRefused, match="has −80 HU, not 0 to 90"):
        edited(volume, empty, Connected(centre, (0.0, 90.0), 20.0))
    with pytest.raises(PlanInvalid, match="outside of the CT"):
        edited(volume, empty, Connected((900.0, 0.0, 0.0), (-90.0, 90.0), 20.0))
    corner = np.zeros_like(empty)
    corner[0, 0, 0] = True
    with pytest.raises(InputRefused, match="outside of the limits"):
        edited(
            volume,
            empty,
            Connected(centre, (-90.0, 90.0), 20.0),
            masks={inside: corner},
            limit=EditLimit(inside=inside),
        )


@pytest.mark.parametrize("direction", TURNED)
@pytest.mark.parametrize("radius_mm", [2.0, 4.5, 9.0])
def test_a_straight_tube_has_the_volume_of_its_cylinder_and_round_ends(volume_of, direction, radius_mm) -> None:
    grid = grid_of((50, 66, 70), (0.8, 0.9, 1.1), direction)
    along = np.array([0.5, -0.4, 0.77])
    along /= np.linalg.norm(along)
    ends = [grid.centre_lps_mm + along * off for off in (-13.0, -2.0, 13.0)]
    after = edited(_volume(volume_of, grid), np.zeros(grid.shape_kji, bool), Tube(tuple(map(point, ends)), radius_mm))
    offset = points(grid) - grid.centre_lps_mm
    nearest = np.clip(offset @ along, -13.0, 13.0)[..., None] * along
    truth = np.linalg.norm(offset - nearest, axis=-1)
    np.testing.assert_array_equal(
        after[np.abs(truth - radius_mm) > 0.02], (truth <= radius_mm)[np.abs(truth - radius_mm) > 0.02]
    )
    mm3 = np.pi * radius_mm**2 * 26.0 + 4 / 3 * np.pi * radius_mm**3
    assert np.count_nonzero(after) * grid.voxel_volume_mm3 == pytest.approx(mm3, rel=0.04 if radius_mm < 3 else 0.02)


def test_a_bent_tube_follows_the_circle_its_points_lie_on(volume_of) -> None:
    grid = grid_of((16, 80, 80), (0.8, 0.8, 1.0))
    angles = np.radians(np.arange(0, 181, 22.5))
    course = grid.centre_lps_mm + 20.0 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    after = edited(_volume(volume_of, grid), np.zeros(grid.shape_kji, bool), Tube(tuple(map(point, course)), 3.0))
    offset = points(grid) - grid.centre_lps_mm
    ring = np.hypot(np.hypot(offset[..., 0], offset[..., 1]) - 20.0, offset[..., 2])
    half = offset[..., 1] > 0  # Pappus: half of a torus
    assert after[half & (ring < 2.9)].all()
    assert not after[half & (ring > 3.1)].any()


def test_H_28_a_tube_thinner_than_the_voxels_is_one_piece(volume_of) -> None:
    grid = grid_of((20, 40, 40), (0.8, 0.8, 3.0))
    course = tuple(point(grid.to_lps(at)) for at in ((3.4, 5.5, 1.5), (20.2, 18.0, 9.5), (36.0, 35.0, 18.0)))
    after = edited(_volume(volume_of, grid), np.zeros(grid.shape_kji, bool), Tube(course, 0.3))
    assert ndimage.label(after, np.ones((3, 3, 3)))[1] == 1
    assert after[1:18].any(axis=(1, 2)).all()
    with pytest.raises(PlanInvalid, match="outside of the CT"):
        edited(_volume(volume_of, grid), after, Tube(((900, 0, 0), (950, 0, 0)), 3.0))
    with pytest.raises(PlanInvalid, match="not the same"):
        edited(_volume(volume_of, grid), after, Tube(((0, 0, 0), (0, 0, 0)), 3.0))


def test_growing_ends_at_an_edge_at_others_and_at_its_reach(volume_of) -> None:
    grid = grid_of((36, 44, 48), (1.0, 1.0, 1.3))
    organ = ball(grid, 13.0)
    hu = np.where(organ, 110, -90) + np.random.default_rng(1).integers(-12, 13, grid.shape_kji)
    volume = _volume(volume_of, grid, hu.astype(np.int16))
    seed = ball(grid, 7.0)
    grown = edited(volume, seed, Grow(12.0))
    dice = 2 * np.count_nonzero(grown & organ) / (np.count_nonzero(grown) + np.count_nonzero(organ))
    assert dice > 0.96
    assert grown[seed].all()
    short = edited(volume, seed, Grow(2.0))
    away = ndimage.distance_transform_edt(~seed, sampling=(1.3, 1.0, 1.0))
    assert short[seed].all()
    assert not short[away > 2.0 + 1.3].any()
    other = np.zeros_like(seed)
    other[:, :, :18] = organ[:, :, :18] & ~seed[:, :, :18]
    ref = ref_of("d", grid)
    beside = edited(volume, seed, Grow(12.0, (ref,)), masks={ref: other})
    assert not (beside & other).any()
    assert beside[seed].all()


def _projected(grid, edit) -> np.ndarray:
    """Where each voxel lies on the picture, one matrix product a point; outside behind the viewer: not a number."""
    matrix = np.array(edit.to_picture).reshape(4, 4)
    flat = np.concatenate([points(grid).reshape(-1, 3), np.ones((int(np.prod(grid.shape_kji)), 1))], axis=1)
    x, y, _, w = (flat @ matrix.T).T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(w > 0, np.stack([x / w, y / w]), np.nan).T.reshape(*grid.shape_kji, 2)


def _winding_inside(picture, outline) -> np.ndarray:
    """Inside by the sum of angles, another way than counting crossings."""
    corners = np.array(outline)
    rays = corners[None, None, None] - picture[..., None, :]
    angle = np.arctan2(rays[..., 1], rays[..., 0])
    turn = np.diff(np.concatenate([angle, angle[..., :1]], axis=-1), axis=-1)
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    return np.abs(turn.sum(axis=-1)) > np.pi


@pytest.mark.parametrize("keep_inside", [False, True])
@pytest.mark.parametrize("perspective", [0.0, 0.004, 0.03])
@pytest.mark.parametrize("direction", ["straight", "sagittal"])
def test_scissors_agree_with_explicit_projection(volume_of, perspective, direction, keep_inside) -> None:
    grid = grid_of((14, 18, 20), (1.1, 1.0, 1.7), direction)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = -turn @ grid.centre_lps_mm
    matrix[3] = perspective * matrix[2]
    matrix[3, 3] += 0.2 if perspective > 0.01 else 1.0  # at the strongest, part of the CT is behind the viewer
    outline = ((-5.1, -4.3), (4.2, -6.1), (1.3, 0.4), (6.4, 5.7), (-4.8, 4.9))
    edit = Cut(tuple(matrix.ravel()), outline, keep_inside)
    mask = np.random.default_rng(6).random(grid.shape_kji) < 0.7
    picture = _projected(grid, edit)
    ahead = np.isfinite(picture[..., 0])
    assert ahead.all() == (perspective < 0.01)
    inside = _winding_inside(np.nan_to_num(picture, nan=1e9), outline)
    expected = mask & ~(ahead & (inside != keep_inside))
    np.testing.assert_array_equal(edited(_volume(volume_of, grid), mask, edit), expected)


@pytest.mark.parametrize("edit", EMPTY_REFUSED, ids=lambda edit: type(edit).__name__)
def test_what_needs_something_drawn_says_so(volume_of, edit) -> None:
    grid = grid_of((6, 7, 8), (1.0, 1.0, 1.0))
    with pytest.raises(PlanInvalid, match="nothing drawn yet"):
        edited(_volume(volume_of, grid), np.zeros(grid.shape_kji, bool), edit)


def test_an_edit_that_would_leave_nothing_is_refused(volume_of) -> None:
    grid = grid_of((12, 12, 12), (1.0, 1.0, 1.0))
    with pytest.raises(InputRefused, match="would leave nothing"):
        edited(_volume(volume_of, grid), ball(grid, 3.0), Margin(-8.0))


def test_changed_voxels_are_counted() -> None:
    grid = grid_of((12, 12, 12), (1.0, 1.0, 1.0))
    a, b = ball(grid, 4.0), ball(grid, 3.0, off_mm=(1, 1, 0))
    assert changed_voxels(a, b) == np.count_nonzero(a != b)
    assert changed_voxels(a, a) == 0
    assert changed_voxels(np.zeros_like(a), a) == np.count_nonzero(a)
