"""Do the planes turn as one, by the angle asked for, and is each cut drawn where the other plane really lies?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.rendering.crosshair_marks import crosshair_traces
from planner.rendering.plane import Orientation, SlicePlane, on_slice, standard_normal_lps
from planner.rendering.turning import UPRIGHT, as_frame, turned_frame

STANDARD = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)
HEAD, LEFT, BACK = (0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def plane_of(orientation: Orientation, frame=UPRIGHT) -> SlicePlane:
    return SlicePlane.turned(orientation, (5.0, -7.0, 30.0), frame=frame, mm_per_px=0.5, size_px=(400, 300))


def test_the_identity_gives_the_standard_planes() -> None:
    for orientation in STANDARD:
        assert plane_of(orientation) == SlicePlane(orientation, (5.0, -7.0, 30.0), 0.5, (400, 300))


def test_turning_about_a_views_own_normal_leaves_that_view_as_it_is() -> None:
    frame = turned_frame(UPRIGHT, HEAD, np.radians(25))
    assert plane_of(Orientation.AXIAL, frame).is_upright
    for orientation in (Orientation.CORONAL, Orientation.SAGITTAL):
        turned = plane_of(orientation, frame)
        assert turned.lean_deg == pytest.approx(25)
        assert turned.edge_letters().top == "H"


def test_a_quarter_turn_about_the_head_looks_from_the_side() -> None:
    """L turns into P: the coronal view, seen from the front, is then seen from the patient's left."""
    turned = plane_of(Orientation.CORONAL, turned_frame(UPRIGHT, HEAD, np.radians(90)))
    assert tuple(turned.edge_letters()) == ("A", "P", "H", "F")


@pytest.mark.parametrize(
    ("axis", "degrees", "letters"),
    [
        # Axial, tipped about the left-right axis: P goes to the head by 30°.
        (LEFT, 30, ("R", "L", "AF", "PH")),
        # The same by 60°: the head is nearer to the lower edge than the back.
        (LEFT, 60, ("R", "L", "FA", "HP")),
        # About the back-front axis: L goes to the feet by 30°.
        (BACK, 30, ("RH", "LF", "A", "P")),
        # By 5°: the letter would mislead more than help.
        (BACK, 5, ("R", "L", "A", "P")),
    ],
)
def test_axial_letters_of_a_known_turn(axis: tuple[float, ...], degrees: float, letters: tuple[str, ...]) -> None:
    turned = plane_of(Orientation.AXIAL, turned_frame(UPRIGHT, axis, np.radians(degrees)))
    assert tuple(turned.edge_letters()) == letters
    assert turned.lean_deg == pytest.approx(degrees)


@pytest.mark.parametrize("orientation", STANDARD)
def test_planes_stay_at_right_angles_however_often_they_are_turned(orientation: Orientation) -> None:
    rng = np.random.default_rng(6)
    frame = UPRIGHT
    for _ in range(200):
        frame = turned_frame(frame, rng.normal(size=3), rng.uniform(-0.5, 0.5))
    normals = np.array([standard_normal_lps(o, frame) for o in STANDARD])
    assert normals @ normals.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(np.array(frame)) == pytest.approx(1.0)
    assert plane_of(orientation, frame).normal_lps == pytest.approx(standard_normal_lps(orientation, frame), abs=1e-9)


@pytest.mark.parametrize("orientation", STANDARD)
def test_a_trace_lies_in_both_planes(orientation: Orientation) -> None:
    """Every point of the line drawn in one view is, in the patient, a point of the other view's plane."""
    frame = turned_frame(turned_frame(UPRIGHT, (1, 0.4, -0.2), 0.5), HEAD, -0.3)
    here = (12.0, -3.0, 25.0)
    plane = plane_of(orientation, frame).through(here)
    traces = crosshair_traces(plane, here, frame=frame)
    assert {trace.orientation for trace in traces} == set(STANDARD) - {orientation}
    for trace in traces:
        other = plane_of(trace.orientation, frame).through(here)
        places = plane.to_lps([trace.at(-trace.near_px), trace.at(20.0), trace.at(trace.far_px)])
        assert other.off_plane_mm(places) == pytest.approx(0.0, abs=1e-9)
        edges = np.array([trace.at(-trace.near_px), trace.at(trace.far_px)])
        assert (edges >= -1e-6).all()
        assert (edges <= np.array([400, 300]) + 1e-6).all()
        assert np.isclose(edges, 0).any() or np.isclose(edges, (400, 300)).any()


def test_known_angle_known_cut() -> None:
    """Turned by 30° about the head, coronal and sagittal cut the axial picture 30° clockwise: right goes down."""
    frame = turned_frame(UPRIGHT, HEAD, np.radians(30))
    plane = plane_of(Orientation.AXIAL, frame)
    sagittal, coronal = crosshair_traces(plane, plane.centre_lps_mm, frame=frame)
    assert coronal.along_px == pytest.approx((np.cos(np.radians(30)), np.sin(np.radians(30))))
    assert abs(sagittal.along_px @ coronal.along_px) < 1e-9


def test_stepping_a_turned_plane_goes_by_the_finest_voxel_along_its_normal(grid_with) -> None:
    grid = grid_with(np.eye(3), spacing=(0.8, 1.1, 2.5))
    frame = turned_frame(UPRIGHT, LEFT, 0.4)
    plane = SlicePlane.turned(Orientation.AXIAL, grid.centre_lps_mm, frame=frame, mm_per_px=0.5, size_px=(99, 99))
    assert on_slice(plane, grid) == plane
    moved = np.subtract(on_slice(plane, grid, steps=3).centre_lps_mm, plane.centre_lps_mm)
    assert moved == pytest.approx(3 * 0.8 * np.asarray(plane.up_lps))
    assert plane.up_lps[2] > 0.9
    far = on_slice(plane, grid, steps=10_000)
    reach = grid.corners_lps_mm() @ np.asarray(plane.up_lps)
    assert np.dot(far.centre_lps_mm, plane.up_lps) == pytest.approx(reach.max())


@pytest.mark.parametrize("bad", [np.diag([1.0, 1, -1]), np.eye(3) * 1.1, np.full((3, 3), np.nan), np.eye(2)])
def test_what_is_no_rotation_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(PlanInvalid):
        as_frame(bad)
