"""Where does a probe go when the operator's numbers are typed? The inverse of ``domain.geometry.operator_pose``.

The tip stays where it is, on the nerve; the hub moves. Only a typed depth moves the tip, along the shaft.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import OperatorPose, PatientPosition, PointLps, operator_pose, point

if TYPE_CHECKING:
    from planner.domain.probe import ProbePlacement

_STEEPEST_RAD = math.radians(89.0)
_LEVEL = 1e-9


def with_depth(probe: ProbePlacement, depth_mm: float) -> PointLps:
    """Return the tip that lies ``depth_mm`` from the entry along the shaft."""
    return point(np.asarray(probe.entry_lps_mm) + depth_mm * np.asarray(probe.direction_lps))


def hub_direction(pose: OperatorPose, position: PatientPosition, *, in_plane_deg: float, tilt_deg: float) -> PointLps:
    """Return the unit vector from tip to hub for signed angles.

    Parameters
    ----------
    pose
        Present pose: a positive in-plane angle leans to its ``hub_leans`` side, or to the patient's left (posterior for
        a patient on the side) when it leans nowhere; a positive tilt goes to its ``hub_toward`` end, or to the head.
    in_plane_deg, tilt_deg
        −180 to 180 degrees from straight above, and −90 to 90 degrees; a negative value leans to the other side or end.
    """
    leans_positive = pose.hub_leans in ("L", "P", "")
    toward_head = pose.hub_toward in ("head", "")
    in_plane, tilt = math.radians(in_plane_deg), math.radians(tilt_deg)
    side = np.array((0.0, 1.0, 0.0) if position.is_decubitus else (1.0, 0.0, 0.0)) * (1 if leans_positive else -1)
    flat = math.sin(in_plane) * side - math.cos(in_plane) * np.asarray(position.down_lps)
    along = math.sin(tilt) * (1 if toward_head else -1)
    return point(math.cos(tilt) * flat + np.array((0.0, 0.0, along)))


def with_angles(probe: ProbePlacement, position: PatientPosition, *, in_plane_deg: float, tilt_deg: float) -> PointLps:
    """Return the entry for typed angles: same tip, same depth."""
    pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, position)
    hub = hub_direction(pose, position, in_plane_deg=in_plane_deg, tilt_deg=tilt_deg)
    return point(np.asarray(probe.tip_lps_mm) + probe.depth_mm * np.asarray(hub))


def turned_hub(probe: ProbePlacement, clockwise_deg: float) -> PointLps:
    """Return the unit vector from tip to hub, turned clockwise as an axial slice shows it; the tilt stays.

    An axial slice has the patient's left at its right and the back below: clockwise goes from left to back.
    """
    x, y, z = (-value for value in probe.direction_lps)
    angle = math.radians(clockwise_deg)
    return point((x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle), z))


def tilted_hub(probe: ProbePlacement, to_head_deg: float) -> PointLps:
    """Return the unit vector from tip to hub, tilted toward the head; 89° from the axial plane is the most.

    A shaft that runs straight along the body tilts over the front of the patient.
    """
    x, y, z = (-value for value in probe.direction_lps)
    flat = math.hypot(x, y)
    across = (x / flat, y / flat) if flat > _LEVEL else (0.0, -1.0)
    tilt = math.atan2(z, flat) + math.radians(to_head_deg)
    tilt = min(max(tilt, -_STEEPEST_RAD), _STEEPEST_RAD)
    return point((across[0] * math.cos(tilt), across[1] * math.cos(tilt), math.sin(tilt)))
