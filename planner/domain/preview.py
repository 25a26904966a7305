"""What is shown while a probe is moved? The temperature at one moment, computed coarsely and never judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.assessment import NerveProfile
from planner.domain.errors import SimulationRefused
from planner.domain.geometry import PointLps
from planner.domain.identity import StructureId, TargetId
from planner.domain.structure import StructureKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import Sha256


@dataclass(frozen=True, slots=True)
class LiveMargin:
    """How far the 0 °C edge of a preview is from a structure: to steer by, never judged.

    Parameters
    ----------
    distance_mm
        Signed as in an assessment: positive is a gap, negative the depth of the ice in the structure. None when there
        is no ice, or nothing of the structure's surface in the scan.
    at_lps_mm
        Where.
    is_bound
        The ice is at least this far (or, negative, at least this deep): farther is not told apart while dragging.
    pass_limit_mm
        Of the rule that will judge it; None where that has none.
    """

    subject_id: StructureId
    name: str
    kind: StructureKind
    distance_mm: float | None
    at_lps_mm: PointLps | None = None
    is_bound: bool = False
    pass_limit_mm: float | None = None


@dataclass(frozen=True, slots=True)
class LiveCoverage:
    """How much of a target a preview treats: to steer by, never judged.

    Parameters
    ----------
    treated_mm, segment_mm
        Longest unbroken length treated, of the marked length; None for a body, or without a diameter.
    share_percent
        Share of a body's volume treated; None for a nerve.
    coldest_c
        Coldest temperature in the target; None for a nerve without a diameter.
    profile
        Temperatures along a nerve.
    """

    target_id: TargetId
    treated_mm: float | None
    segment_mm: float | None
    share_percent: float | None
    coldest_c: float | None
    profile: NerveProfile | None = None


@dataclass(frozen=True, slots=True)
class LiveNumbers:
    """What is read off a preview, at the isotherm of the plan's rules.

    Parameters
    ----------
    is_complete
        Whether every structure that has a margin is in it; the first moments of a plan bring them one by one.
    """

    margins: tuple[LiveMargin, ...] = ()
    coverages: tuple[LiveCoverage, ...] = ()
    isotherm_c: float = -20.0
    is_complete: bool = True

    def margin_of(self, subject_id: str) -> LiveMargin | None:
        """Return the margin of a structure; None where there is none."""
        return next((margin for margin in self.margins if margin.subject_id == subject_id), None)

    def coverage_of(self, target_id: str) -> LiveCoverage | None:
        """Return the coverage of a target; None where there is none."""
        return next((coverage for coverage in self.coverages if coverage.target_id == target_id), None)


@dataclass(frozen=True, slots=True, eq=False)
class IcePreview:
    """The ice at the end of the first freeze, on a coarse grid.

    Parameters
    ----------
    plan_hash
        The plan it was computed for.
    time_s
        When in the protocol, s.
    temperature_c
        shape (K, J, I), float32, °C.
    reaches_boundary
        The grid's outer layer was cooled: the ice may be cut off.
    key
        Names the field by content.
    live
        Margins and coverage, read off the field.
    """

    plan_hash: Sha256
    grid: Grid
    time_s: float
    temperature_c: NDArray[np.float32]
    reaches_boundary: bool
    key: Sha256
    live: LiveNumbers = LiveNumbers()

    def __post_init__(self) -> None:
        if self.temperature_c.shape != self.grid.shape_kji:
            raise SimulationRefused(
                f"The preview has {self.temperature_c.shape} cells but its grid {self.grid.shape_kji}.",
                code="preview-shape",
            )
