"""What is to be frozen? A nerve as a curve with a radius and a treatment segment, or a body as a small volume."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import ADDED_LATER
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps, Side, point
from planner.domain.identity import TargetId

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class NerveCurve:
    """A nerve's course.

    Parameters
    ----------
    points_lps_mm
        Two or more points placed by the user, in order; the smooth curve through them is made in ``planning.nerve``.
    segment_mm
        (from, to) along the smooth curve, mm from the first point: the part to be treated. ``None`` = the whole curve.
    """

    points_lps_mm: tuple[PointLps, ...]
    segment_mm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for p in self.points_lps_mm:
            point(p)
        if self.segment_mm is not None and not 0 <= self.segment_mm[0] < self.segment_mm[1]:
            raise PlanInvalid(
                f"The treatment segment runs from {self.segment_mm[0]:.1f} to {self.segment_mm[1]:.1f} mm; "
                "the end must lie after the start.",
                code="target-segment",
            )


@dataclass(frozen=True, slots=True)
class TargetBody:
    """A ganglion, plexus or gland as a spheroid: centre, unit long axis (LPS), length along it, width across it."""

    centre_lps_mm: PointLps
    axis_lps: PointLps
    length_mm: float
    width_mm: float

    def __post_init__(self) -> None:
        point(self.centre_lps_mm)
        norm = float(np.linalg.norm(self.axis_lps))
        if not abs(norm - 1) <= 1e-6:
            raise PlanInvalid(
                f"The target's long axis must be a unit vector; its length is {norm:.4f}.", code="target-axis"
            )
        if not (0 < self.length_mm <= 200 and 0 < self.width_mm <= 200):
            raise PlanInvalid(
                f"A target of {self.length_mm:g} × {self.width_mm:g} mm is outside 0 to 200 mm.", code="target-size"
            )

    def contains(self, lps_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether points (..., 3) in LPS mm lie inside the spheroid, shape (...)."""
        offset = lps_mm - np.asarray(self.centre_lps_mm)
        along = offset @ np.asarray(self.axis_lps)
        across_sq = np.maximum((offset**2).sum(axis=-1) - along**2, 0)
        return np.asarray((2 * along / self.length_mm) ** 2 + 4 * across_sq / self.width_mm**2 <= 1)


@dataclass(frozen=True, slots=True)
class DiagnosticBlock:
    """The block with local anaesthetic that showed that this nerve carries the pain, as somebody recorded it.

    Parameters
    ----------
    day
        When, as written in the record; a date in any form, never empty.
    agent
        What was injected, in words; may be empty.
    relief_percent
        How much the pain went down, 0 to 100 %; ``None`` when the record does not say.
    lasted
        For how long, in words such as ``"6 h"``; may be empty.
    """

    day: str
    agent: str = ""
    relief_percent: float | None = None
    lasted: str = ""

    def __post_init__(self) -> None:
        if not self.day.strip():
            raise PlanInvalid("Say when the diagnostic block was done.", code="block-day")
        if self.relief_percent is not None and not 0 <= self.relief_percent <= 100:
            raise PlanInvalid(
                f"A block relieves 0 to 100 % of the pain, not {self.relief_percent:g} %.", code="block-relief"
            )


@dataclass(frozen=True, slots=True)
class Target:
    """One nerve or body to treat, on one side.

    Parameters
    ----------
    atlas_id
        Entry of ``resources/nerves``, such as ``"intercostal"``.
    side
        Typed by the user; cross-checked with the geometry in the assessment.
    level
        Level in words such as ``"T8"``; may be empty.
    diameter_mm
        Nerve diameter used for the cross-section; ``None`` = not known, and coverage reads NOT ASSESSED.
        Unused for bodies, whose width says it.
    diameter_source
        Where the diameter came from (atlas source, or the user's reason).
    block
        The diagnostic block of this target; ``None`` while none is recorded.
    end_organ_mm
        Length of nerve from the frozen part to what it supplies, over which the axons regrow; ``None`` = not known,
        and recovery reads NOT ASSESSED.
    end_organ_source
        Where that length came from, never empty beside one.
    """

    id: TargetId
    name: str
    atlas_id: str
    side: Side
    course: NerveCurve | TargetBody
    level: str = ""
    diameter_mm: float | None = None
    diameter_source: str = ""
    block: DiagnosticBlock | None = field(default=None, metadata=ADDED_LATER)
    end_organ_mm: float | None = field(default=None, metadata=ADDED_LATER)
    end_organ_source: str = field(default="", metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        if self.diameter_mm is not None and not 0 < self.diameter_mm <= 50:
            raise PlanInvalid(
                f"{self.name}: a nerve diameter of {self.diameter_mm:g} mm is outside 0 to 50 mm.",
                code="target-diameter",
            )
        if self.diameter_mm is not None and not self.diameter_source.strip():
            raise PlanInvalid(f"{self.name}: say where the diameter comes from.", code="target-diameter-source")
        if self.end_organ_mm is not None and not 0 < self.end_organ_mm <= 1500:
            raise PlanInvalid(
                f"{self.name}: an end organ {self.end_organ_mm:g} mm away is outside 0 to 1500 mm.",
                code="target-end-organ",
            )
        if self.end_organ_mm is not None and not self.end_organ_source.strip():
            raise PlanInvalid(
                f"{self.name}: say where the distance to the end organ comes from.", code="target-end-organ-source"
            )

    @property
    def is_body(self) -> bool:
        """Whether the target is a volume (ganglion, plexus, gland) instead of a curve."""
        return isinstance(self.course, TargetBody)

    @property
    def subject_kind(self) -> str:
        """What rules, rows and swatches call it: ``"target body"`` or ``"target nerve"``."""
        return "target body" if self.is_body else "target nerve"

    @property
    def words(self) -> str:
        """Side and name in words, such as ``"Right intercostal nerve T8"``."""
        text = " ".join(part for part in (self.side.value, self.name[:1].lower() + self.name[1:], self.level) if part)
        return text[:1].upper() + text[1:]
