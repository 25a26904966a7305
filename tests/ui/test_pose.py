"""Do typed operator's numbers put the probe where a hand calculation puts it?"""

from __future__ import annotations

import math

import pytest

from planner.domain.geometry import PatientPosition, operator_pose
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.ui.models.pose import tilted_hub, turned_hub, with_angles, with_depth


def _probe(entry, tip):
    return ProbePlacement(ProbeId("p"), "P1", "m", entry, tip)


def test_depth_moves_the_tip_along_the_shaft():
    probe = _probe((0.0, -40.0, 0.0), (0.0, 0.0, 0.0))
    assert with_depth(probe, 25.0) == pytest.approx((0.0, -15.0, 0.0))


def test_angles_from_the_front():
    # Hub straight in front, 40 mm. 30° in plane to the left and 0° tilt: x = 40 sin 30 = 20, y = −40 cos 30.
    probe = _probe((0.0, -40.0, 5.0), (0.0, 0.0, 5.0))
    entry = with_angles(probe, PatientPosition.HFS, in_plane_deg=30.0, tilt_deg=0.0)
    assert entry == pytest.approx((20.0, -40 * math.cos(math.radians(30)), 5.0))


def test_tilt_goes_to_the_head_and_a_negative_one_to_the_feet():
    probe = _probe((0.0, -40.0, 0.0), (0.0, 0.0, 0.0))
    for tilt, z in ((30.0, 20.0), (-30.0, -20.0)):
        entry = with_angles(probe, PatientPosition.HFS, in_plane_deg=0.0, tilt_deg=tilt)
        assert entry == pytest.approx((0.0, -40 * math.cos(math.radians(30)), z))


@pytest.mark.parametrize("position", [PatientPosition.HFS, PatientPosition.FFP, PatientPosition.HFDL])
@pytest.mark.parametrize("entry", [(-20.0, -60.0, 12.0), (33.0, 41.0, -9.0), (-15.0, 20.0, 0.0)])
def test_typing_the_present_angles_moves_nothing(position, entry):
    probe = _probe(entry, (1.0, -2.0, 5.0))
    pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, position)
    again = with_angles(probe, position, in_plane_deg=pose.in_plane_deg, tilt_deg=pose.tilt_deg)
    assert again == pytest.approx(entry, abs=1e-9)


def test_a_negative_in_plane_angle_leans_to_the_other_side():
    probe = _probe((-20.0, -34.641, 0.0), (0.0, 0.0, 0.0))
    entry = with_angles(probe, PatientPosition.HFS, in_plane_deg=-30.0, tilt_deg=0.0)
    pose = operator_pose(entry, probe.tip_lps_mm, PatientPosition.HFS)
    assert (pose.hub_leans, pose.in_plane_deg) == ("L", pytest.approx(30.0))


def test_a_turn_is_clockwise_as_an_axial_slice_shows_it_and_keeps_the_tilt():
    """From the feet the patient's left is at the right and the back below: from 12 o'clock to 1 is toward the left."""
    probe = _probe((0.0, -30.0, 30.0), (0.0, 0.0, 0.0))
    hub = turned_hub(probe, 30.0)
    half = math.sqrt(0.5)
    assert hub == pytest.approx((half * 0.5, -half * math.cos(math.radians(30)), half))


def test_a_tilt_is_toward_the_head_and_ends_short_of_the_bodys_axis():
    probe = _probe((0.0, -40.0, 0.0), (0.0, 0.0, 0.0))
    assert tilted_hub(probe, 30.0) == pytest.approx((0.0, -math.cos(math.radians(30)), 0.5))
    assert tilted_hub(probe, -30.0)[2] == pytest.approx(-0.5)
    assert tilted_hub(probe, 400.0)[2] == pytest.approx(math.sin(math.radians(89)))
    along = _probe((0.0, 0.0, 40.0), (0.0, 0.0, 0.0))
    assert tilted_hub(along, -1.0) == pytest.approx((0.0, -math.cos(math.radians(89)), math.sin(math.radians(89))))
