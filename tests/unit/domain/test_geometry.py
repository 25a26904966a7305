import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.errors import GeometryRefused, PlanInvalid
from planner.domain.geometry import Grid, PatientPosition, Side, isotropic_box, operator_pose, point, side_of


def test_worked_example_of_the_operators_words():
    # 30-60-90 triangle in the axial plane (20 : 34.641 = tan 30°), 7 mm head: depth² = 20² + 34.641² + 7² = 1649.0
    pose = operator_pose((-20, -60, 12), (0, -60 + 20 * math.sqrt(3), 5), PatientPosition.HFS)
    assert pose.depth_mm == pytest.approx(math.sqrt(1649))
    assert (pose.in_plane_deg, pose.hub_leans) == (pytest.approx(30.0), "R")
    assert (pose.tilt_deg, pose.hub_toward) == (pytest.approx(math.degrees(math.asin(7 / math.sqrt(1649)))), "head")
    assert pose.table_hf_mm == 12


@pytest.mark.parametrize(
    ("entry", "position", "leans", "angle"),
    [
        ((30, -30, 0), PatientPosition.HFS, "L", 45.0),
        ((-30, 30, 0), PatientPosition.HFP, "R", 45.0),
        ((0, -30, 0), PatientPosition.FFS, "", 0.0),
        ((30, 30, 0), PatientPosition.HFDR, "P", 45.0),
        ((-30, -30, 0), PatientPosition.FFDL, "A", 45.0),
        # From below, where the table is, an angle does not read like one from above.
        ((30, -30, 0), PatientPosition.FFDL, "A", 135.0),
        ((30, 30, 0), PatientPosition.HFS, "L", 135.0),
        ((30, 30, 0), PatientPosition.HFP, "L", 45.0),
        ((0, 30, 0), PatientPosition.HFDL, "P", 90.0),
    ],
)
def test_in_plane_angle_is_to_the_vertical_of_the_planned_position(entry, position, leans, angle):
    pose = operator_pose(entry, (0, 0, 0), position)
    assert (pose.hub_leans, pose.in_plane_deg) == (leans, pytest.approx(angle))


def test_a_probe_without_length_is_refused():
    with pytest.raises(PlanInvalid, match="same point"):
        operator_pose((1, 2, 3), (1, 2, 3), PatientPosition.HFS)


# A feet-first grid: i runs to the patient's right, j to posterior, k to the feet (two flips, so right-handed).
FEET_FIRST = Grid.from_axes(
    (3, 4, 5), origin_lps_mm=(10, 20, 30), spacing_ijk_mm=(0.5, 0.9, 2.0), direction=np.diag((-1.0, 1.0, -1.0))
)


def test_index_order_is_ijk_and_axes_follow_the_affine():
    np.testing.assert_allclose(FEET_FIRST.to_lps((2, 3, 1)), (10 - 2 * 0.5, 20 + 3 * 0.9, 30 - 2.0))
    assert FEET_FIRST.spacing_ijk_mm == pytest.approx((0.5, 0.9, 2.0))
    assert FEET_FIRST.voxel_volume_mm3 == pytest.approx(0.5 * 0.9 * 2.0)
    np.testing.assert_allclose(FEET_FIRST.corners_lps_mm()[-1], (10 - 4 * 0.5, 20 + 3 * 0.9, 30 - 2 * 2.0))


def test_a_cropped_grid_keeps_places():
    crop = FEET_FIRST.cropped((1, 2, 1), (2, 2, 3))
    np.testing.assert_allclose(crop.to_lps((0, 0, 0)), FEET_FIRST.to_lps((1, 2, 1)))
    np.testing.assert_allclose(crop.to_lps((2, 1, 1)), FEET_FIRST.to_lps((3, 3, 2)))


def test_contains_reaches_to_the_outer_faces_of_voxels():
    inside, outside = FEET_FIRST.to_lps((-0.49, 0, 0)), FEET_FIRST.to_lps((-0.51, 0, 0))
    assert FEET_FIRST.contains(inside)
    assert not FEET_FIRST.contains(outside)


@pytest.mark.parametrize(
    ("matrix", "code"),
    [
        (np.diag((1.0, 1.0, -1.0, 1.0)), "grid-handedness"),
        (np.diag((1.0, 1.0, 0.0, 1.0)), "grid-handedness"),
        (np.array([[1, 0.2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "grid-skew"),
        (np.diag((1.0, np.nan, 1.0, 1.0)), "grid-affine"),
    ],
)
def test_H_08_impossible_affines_are_refused(matrix, code):
    with pytest.raises(GeometryRefused) as refusal:
        Grid.from_matrix((2, 2, 2), matrix)
    assert refusal.value.code == code


angles = st.floats(-math.pi, math.pi)
lengths = st.floats(0.2, 5.0)


@given(angles, angles, st.tuples(lengths, lengths, lengths), st.tuples(*[st.floats(-500, 500)] * 3))
def test_H_08_index_and_patient_space_round_trip(a, b, spacing, origin):
    turn_z = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    turn_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    grid = Grid.from_axes((30, 20, 10), origin_lps_mm=origin, spacing_ijk_mm=spacing, direction=turn_z @ turn_x)
    ijk = np.array([[0, 0, 0], [9, 19, 29], [3.25, 7.5, 11.75]])
    assert np.abs(grid.to_index(grid.to_lps(ijk)) - ijk).max() <= 1e-6


def test_isotropic_box_is_centred_and_large_enough():
    box = isotropic_box((5, -3, 2), extent_mm=(40, 30.5, 20), spacing_mm=2)
    assert box.shape_kji == (10, 16, 20)
    np.testing.assert_allclose(box.centre_lps_mm, (5, -3, 2))


@pytest.mark.parametrize(
    ("x_mm", "side"), [(-40, Side.RIGHT), (60, Side.LEFT), (12, Side.MIDLINE), (6, Side.MIDLINE), (3, Side.RIGHT)]
)
def test_side_is_the_patients_side_of_a_given_midline(x_mm, side):
    assert side_of([(x_mm - 1, 0, 0), (x_mm + 1, 99, 0)], midline_x_mm=10.0) is side


@pytest.mark.parametrize("points", [[], [(math.nan, 0, 0)]])
def test_H_16_no_side_is_made_up_without_a_point(points):
    with pytest.raises(PlanInvalid):
        side_of(points, midline_x_mm=0.0)


@pytest.mark.parametrize("bad", [(1, 2), (1, 2, math.nan), (1, 2, math.inf)])
def test_a_point_needs_three_finite_numbers(bad):
    with pytest.raises(PlanInvalid):
        point(bad)
