"""What did somebody measure on the CT? Distances, angles and circles, in patient space, kept in the plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps, distance_mm, point
from planner.domain.identity import MeasurementId

# Closer points have no direction, and no CT resolves them.
_LEAST_MM = 0.01


class MeasurementKind(StrEnum):
    """What is measured."""

    DISTANCE = "distance"
    ANGLE = "angle"
    CIRCLE = "circle"

    @property
    def point_count(self) -> int:
        """Points it takes: two ends; an end, the corner and the other end; a middle and a point of the rim."""
        return 3 if self is MeasurementKind.ANGLE else 2


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement.

    Parameters
    ----------
    points_lps_mm
        As many as the kind takes, in the order of :attr:`MeasurementKind.point_count`.
    normal_lps
        Unit normal of the plane it was drawn in; a circle lies in that plane.
    name
        Such as ``"M1"``: short, unique in the plan.

    Raises
    ------
    PlanInvalid
        When the number of points is wrong, neighbouring points coincide, or the normal is no direction.
    """

    id: MeasurementId
    kind: MeasurementKind
    points_lps_mm: tuple[PointLps, ...]
    normal_lps: PointLps
    name: str

    def __post_init__(self) -> None:
        if len(self.points_lps_mm) != self.kind.point_count:
            raise PlanInvalid(
                f"A {self.kind} needs {self.kind.point_count} points, not {len(self.points_lps_mm)}.",
                code="measurement-points",
            )
        for at in self.points_lps_mm:
            point(at)
        for one, other in zip(self.points_lps_mm, self.points_lps_mm[1:], strict=False):
            if distance_mm(one, other) < _LEAST_MM:
                raise PlanInvalid(
                    f"Two points of the {self.kind} {self.name} lie at one place. Set them apart.",
                    code="measurement-points",
                )
        if abs(math.hypot(*point(self.normal_lps)) - 1.0) > 1e-6:
            raise PlanInvalid("The plane of a measurement needs a direction of length 1.", code="measurement-normal")

    @property
    def length_mm(self) -> float:
        """Distance of the first two points: the length of a distance, the radius of a circle."""
        return distance_mm(self.points_lps_mm[0], self.points_lps_mm[1])

    @property
    def angle_deg(self) -> float:
        """Angle at the corner of an ANGLE, 0 to 180."""
        first, corner, last = (np.asarray(p) for p in self.points_lps_mm)
        one, other = first - corner, last - corner
        # atan2 of cross and dot keeps its precision at 0° and 180°, where the arc cosine loses it.
        return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)))
