"""Where does a target lie, to begin with? A template course between the landmarks that the user clicked.

The template is recalled anatomy: the user moves the curve onto what the CT shows. It is laid out in axes that the
landmarks themselves span, so a patient who lies turned on the table, or on the other side, changes nothing.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps, Side, point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.atlas import AtlasEntry

# Nearer than this a click of the mouse decides where the axes point, not the anatomy (project default).
NEAREST_MM = 3.0


def landmark_course(entry: AtlasEntry, points_lps_mm: Sequence[PointLps], side: Side) -> tuple[PointLps, ...]:
    """Return the template of an atlas entry, laid between landmarks.

    Parameters
    ----------
    points_lps_mm
        One per landmark of the entry, in its order, LPS mm.
    side
        Side of the patient: the template is mirrored on the right.

    Returns
    -------
    tuple of points
        Two or more along a nerve; one centre for a body.

    Raises
    ------
    PlanInvalid
        When landmarks are missing, too many, too near to one another, or in one line where they span a plane.
    """
    template = entry.template
    if template is None:
        raise PlanInvalid(f"The atlas has no landmarks for {entry.name}. Draw the target.", code="landmarks-none")
    _require_count(entry, len(points_lps_mm))
    points = np.array([point(p) for p in points_lps_mm], dtype=np.float64)
    _require_apart(entry, points)
    axes = _axes(entry, template.frame, points)
    if side is Side.RIGHT:
        axes[2] = -axes[2]
    return tuple(
        point(np.asarray(wanted.weights) @ points + np.asarray(wanted.offset_mm) @ axes) for wanted in template.points
    )


def _require_count(entry: AtlasEntry, count: int) -> None:
    marks = entry.landmarks
    if count < len(marks):
        raise PlanInvalid(
            f"{count} of {len(marks)} landmarks are clicked. Next: {marks[count].name}. {marks[count].how}",
            code="landmarks-few",
        )
    if count > len(marks):
        raise PlanInvalid(f"{entry.name} has {len(marks)} landmarks, not {count}.", code="landmarks-many")


def _require_apart(entry: AtlasEntry, points: NDArray[np.float64]) -> None:
    for one, other in combinations(range(len(points)), 2):
        distance_mm = float(np.linalg.norm(points[one] - points[other]))
        if distance_mm < NEAREST_MM:
            raise PlanInvalid(
                f"“{entry.landmarks[one].name}” and “{entry.landmarks[other].name}” lie {distance_mm:.1f} mm apart, "
                f"less than {NEAREST_MM:g} mm. Click one of them again.",
                code="landmarks-near",
            )


def _axes(entry: AtlasEntry, frame: Sequence[int], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the template's axes as rows, shape (3, 3), right-handed; unused axes of a two-landmark frame are zero."""
    axes = np.zeros((3, 3))
    along = points[frame[1]] - points[frame[0]]
    axes[0] = along / np.linalg.norm(along)
    if len(frame) < len(axes):
        return axes
    toward = points[frame[2]] - points[frame[0]]
    across = toward - (toward @ axes[0]) * axes[0]
    off_mm = float(np.linalg.norm(across))
    if off_mm < NEAREST_MM:
        names = [entry.landmarks[number].name for number in frame]
        raise PlanInvalid(
            f"“{names[2]}” lies {off_mm:.1f} mm from the line through “{names[0]}” and “{names[1]}”: they span no "
            "plane. Click it again.",
            code="landmarks-line",
        )
    axes[1] = across / off_mm
    axes[2] = np.cross(axes[0], axes[1])
    return axes
