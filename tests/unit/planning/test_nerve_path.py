"""Does a course between two clicks keep its distance from the structure? Truth: cylinders and rings in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid
from planner.domain.target import NerveCurve
from planner.planning.nerve import smooth_curve
from planner.planning.nerve_path import path_along


def places_of(grid):
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def cylinder(spacing=(1.0, 1.0, 1.0), *, radius_mm=6.0, axis=(0.0, 0.0, 1.0)):
    """A long cylinder through the origin."""
    shape = tuple(int(n / s) for n, s in zip((120, 60, 60), spacing[::-1], strict=True))
    grid = Grid.from_axes(shape, origin_lps_mm=(-30, -30, -60), spacing_ijk_mm=spacing)
    places = places_of(grid)
    along = np.asarray(axis) / np.linalg.norm(axis)
    across = places - (places @ along)[..., None] * along
    return np.linalg.norm(across, axis=-1) <= radius_mm, grid


def ring(*, spacing_mm, bend_mm=60.0, radius_mm=5.0):
    """Half a ring in the axial plane: a rib, seen simply."""
    grid = Grid.from_axes(
        (int(50 / spacing_mm), int(100 / spacing_mm), int(150 / spacing_mm)),
        origin_lps_mm=(-75, -10, -25),
        spacing_ijk_mm=(spacing_mm,) * 3,
    )
    places = places_of(grid)
    return ring_distance(places, bend_mm, radius_mm) <= 0, grid


def ring_distance(places, bend_mm, radius_mm):
    in_plane = np.hypot(places[..., 0], places[..., 1]) - bend_mm
    return np.hypot(in_plane, places[..., 2]) - radius_mm


@pytest.mark.parametrize("offset_mm", [0.0, 2.0, 5.0])
def test_along_a_cylinder_it_is_the_straight_line_at_the_chosen_distance(offset_mm):
    mask, grid = cylinder()
    away = 6.0 + offset_mm
    start, end = (away, 0.0, -35.0), (away, 0.0, 35.0)
    course = path_along(mask, grid, start, end, offset_mm=offset_mm)
    assert course[0] == start
    assert course[-1] == end
    assert len(course) == 8  # 70 mm, a point every 10 mm
    curve = smooth_curve(NerveCurve(course))
    truth = np.column_stack([np.full(len(curve.arc_mm), away), np.zeros(len(curve.arc_mm)), curve.points_lps_mm[:, 2]])
    assert np.linalg.norm(curve.points_lps_mm - truth, axis=1).max() < 0.6
    assert curve.length_mm == pytest.approx(70.0, abs=0.3)


def test_round_a_cylinder_it_is_the_screw_line():
    """The shortest way on a cylinder is a screw line: its length is the hypotenuse of the unrolled surface."""
    mask, grid = cylinder(radius_mm=10.0)
    away = 12.0
    course = path_along(mask, grid, (away, 0.0, -30.0), (0.0, away, 30.0), offset_mm=2.0)
    curve = smooth_curve(NerveCurve(course))
    assert curve.length_mm == pytest.approx(np.hypot(60.0, away * np.pi / 2), rel=0.01)
    radius = np.hypot(curve.points_lps_mm[:, 0], curve.points_lps_mm[:, 1])
    assert np.abs(radius - away).max() < 0.6


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 2.5), (0.7, 0.7, 1.0)])
def test_uneven_voxels_change_little(spacing):
    mask, grid = cylinder(spacing, axis=(0.3, 0.2, 1.0))
    along = np.array([0.3, 0.2, 1.0]) / np.linalg.norm([0.3, 0.2, 1.0])
    side = np.cross(along, [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    start, end = (tuple(8.0 * side + s * along) for s in (-30.0, 30.0))
    curve = smooth_curve(NerveCurve(path_along(mask, grid, start, end, offset_mm=2.0)))
    across = curve.points_lps_mm - (curve.points_lps_mm @ along)[:, None] * along
    assert np.abs(np.linalg.norm(across, axis=1) - 8.0).max() < 0.8
    assert curve.length_mm == pytest.approx(60.0, rel=0.01)


def test_along_a_bent_rib_every_point_keeps_its_distance():
    mask, grid = ring(spacing_mm=1.0)
    at = np.radians([20.0, 130.0])
    start, end = ((60 * np.cos(a), 60 * np.sin(a), -8.0) for a in at)
    course = path_along(mask, grid, start, end, offset_mm=3.0)
    curve = smooth_curve(NerveCurve(course))
    assert np.abs(ring_distance(curve.points_lps_mm, 60.0, 5.0) - 3.0).max() < 0.7
    arcs = (60 - 8.0) * np.diff(at)[0], 60 * np.diff(at)[0]
    assert arcs[0] * 0.98 < curve.length_mm < arcs[1] * 1.02
    gaps = np.linalg.norm(np.diff(course, axis=0), axis=1)
    assert gaps.min() > 8
    assert gaps.max() < 12


def test_clicks_off_the_chosen_distance_stay_where_they_were_made():
    mask, grid = cylinder()
    start, end = (14.0, 0.0, -30.0), (7.0, 0.0, 30.0)
    course = path_along(mask, grid, start, end, offset_mm=2.0)
    assert (course[0], course[-1]) == (start, end)
    middle = np.hypot(course[3][0], course[3][1])
    assert middle == pytest.approx(8.0, abs=0.5)


def test_a_click_may_lie_within_the_structure():
    mask, grid = cylinder()
    course = path_along(mask, grid, (1.0, 0.0, -20.0), (8.0, 0.0, 20.0), offset_mm=2.0)
    assert course[0] == (1.0, 0.0, -20.0)


@pytest.mark.parametrize(
    ("start", "end", "offset", "code"),
    [
        ((8, 0, 0), (8, 0, 1), 2.0, "path-apart"),
        ((8, 0, -20), (8, 0, 20), 30.0, "path-offset"),
        ((29, 0, -20), (8, 0, 20), 2.0, "path-click-far"),
        ((500, 0, 0), (500, 0, 40), 2.0, "path-click-far"),
    ],
)
def test_what_cannot_be_is_refused_in_words(start, end, offset, code):
    mask, grid = cylinder()
    with pytest.raises(PlanInvalid) as refused:
        path_along(mask, grid, start, end, offset_mm=offset)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def test_a_gap_wider_than_the_way_can_bridge_is_refused():
    mask, grid = cylinder()
    mask[50:70] = False  # 20 mm without structure
    with pytest.raises(PlanInvalid) as refused:
        path_along(mask, grid, (8.0, 0.0, -40.0), (8.0, 0.0, 40.0), offset_mm=2.0)
    assert refused.value.code == "path-gap"


def test_no_structure_near_is_refused():
    mask, grid = cylinder()
    with pytest.raises(PlanInvalid) as refused:
        path_along(np.zeros_like(mask), grid, (8.0, 0.0, -20.0), (8.0, 0.0, 20.0), offset_mm=2.0)
    assert refused.value.code == "path-click-far"
