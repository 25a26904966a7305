"""Which placements are proposed for a target, why, and what was excluded? Wish, candidates, figures, counts.

A candidate is proposed, never placed: it enters a plan only when somebody adopts it (H-31). What breaks a hard limit is
no candidate; how many placements each limit excluded is told beside those that are left.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.digest import ADDED_LATER
from planner.domain.errors import InputRefused
from planner.domain.geometry import PointLps
from planner.domain.identity import Sha256, TargetId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import PhaseKind, Protocol
from planner.domain.robustness import Share
from planner.domain.rule import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.plan import Plan

MOST_PROBES = 4
MOST_CANDIDATES = 6
NAMES = "ABCDEF"
"""Of candidates, in their order."""


class SuggestAxis(StrEnum):
    """What candidates are compared by; its words stand above a column."""

    COVERAGE = "Treated"
    MARGIN = "Worst margin"
    LENGTH = "Longest path"
    TILT = "Out of plane"
    PROBES = "Probes"
    FREEZE = "Freeze"
    ROBUST = "Draws that hold"

    @property
    def unit(self) -> str:
        """Unit of the axis; empty for a count."""
        return _UNITS[self]

    @property
    def more_is_better(self) -> bool:
        """Whether a larger value is the better one."""
        return self in (SuggestAxis.COVERAGE, SuggestAxis.MARGIN, SuggestAxis.ROBUST)

    @property
    def told_apart(self) -> float:
        """Values this near to each other count as the same, in the axis's unit (project default)."""
        return _TOLD_APART[self]


_UNITS = {
    SuggestAxis.COVERAGE: "%",
    SuggestAxis.MARGIN: "mm",
    SuggestAxis.LENGTH: "mm",
    SuggestAxis.TILT: "°",
    SuggestAxis.PROBES: "",
    SuggestAxis.FREEZE: "min",
    SuggestAxis.ROBUST: "%",
}
_TOLD_APART = {
    SuggestAxis.COVERAGE: 1.0,
    SuggestAxis.MARGIN: 0.3,
    SuggestAxis.LENGTH: 2.0,
    SuggestAxis.TILT: 2.0,
    SuggestAxis.PROBES: 0.5,
    SuggestAxis.FREEZE: 0.4,
    SuggestAxis.ROBUST: 5.0,
}


class SuggestStage(StrEnum):
    """Where in the search something was excluded."""

    SHAFTS = "shafts"
    COARSE = "2 mm physics"
    FINE = "1 mm assessment"


@dataclass(frozen=True, slots=True)
class SuggestWish:
    """What is asked for.

    Parameters
    ----------
    model_ids
        Probe models to try; the probes of one candidate are all of one model.
    most_probes
        Candidates have 1 to so many probes, beside those that are locked in the plan, which stay.
    technique_id
        Whose placement errors are drawn for the share of draws that hold.
    draws
        Per candidate; 0 leaves that share out.
    """

    target_id: TargetId
    model_ids: tuple[str, ...]
    most_probes: int = 1
    seed: int = 1
    technique_id: str = "freehand-out-of-plane"
    draws: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.most_probes <= MOST_PROBES:
            raise InputRefused(
                f"1 to {MOST_PROBES} probes can be suggested, not {self.most_probes}.", code="suggest-probes"
            )
        if not self.model_ids:
            raise InputRefused("Choose at least one probe model to suggest with.", code="suggest-models")
        if not 0 <= self.seed < 2**63:
            raise InputRefused(f"A seed is a whole number from 0 on, not {self.seed}.", code="suggest-seed")
        if not 0 <= self.draws <= 1000:
            raise InputRefused(f"Draw 0 to 1000 times per candidate, not {self.draws}.", code="suggest-draws")


@dataclass(frozen=True, slots=True)
class WorstMargin:
    """The structure whose margin has the least to spare, by the pessimistic edge: that of the largest ice.

    Parameters
    ----------
    distance_mm
        From the pessimistic 0 °C edge; ``nominal_mm`` from the predicted one.
    needed_mm
        From where on the rule passes; ``distance_mm - needed_mm`` is what is to spare.
    is_bound
        The ice is at least this far.
    """

    structure_id: str
    name: str
    distance_mm: float
    nominal_mm: float
    needed_mm: float
    is_bound: bool = False

    @property
    def spare_mm(self) -> float:
        """What is to spare of the needed distance; negative where it is not kept."""
        return self.distance_mm - self.needed_mm


@dataclass(frozen=True, slots=True)
class ShaftPassage:
    """Where a shaft passes nearest to a structure it must avoid: words such as ``"lateral to"``, and how far."""

    probe_label: str
    structure_id: str
    name: str
    distance_mm: float
    depth_mm: float
    words: str
    at_lps_mm: PointLps


@dataclass(frozen=True, slots=True)
class SuggestFigures:
    """The numbers of one placement, all of the same 1 mm prediction; None where not told.

    Parameters
    ----------
    covered_percent, treated_mm
        Of the target at the treatment isotherm as predicted; ``covered_low_percent`` with the smallest ice.
        ``treated_mm`` of ``segment_mm`` is of a nerve alone.
    margin
        None when no structure has a margin.
    coldest_c
        Coldest point in the target as predicted; ``coldest_low_c`` with the largest ice.
    longest_mm, tilt_deg
        Longest shaft from skin to tip, and the largest angle out of the axial plane, of the suggested probes.
    freeze_s
        Sum of the freeze phases.
    robust
        Share of draws of the placement error in which every limit holds, on 2 mm cells.
    verdicts
        How many rows of the assessment are PASS, CHECK, FAIL, NOT ASSESSED, in that order.
    """

    covered_percent: float | None
    covered_low_percent: float | None
    treated_mm: float | None
    segment_mm: float | None
    margin: WorstMargin | None
    coldest_c: float | None
    coldest_low_c: float | None
    longest_mm: float
    tilt_deg: float
    probes: int
    freeze_s: float
    robust: Share | None
    verdicts: tuple[int, int, int, int]

    def on(self, axis: SuggestAxis) -> float | None:
        """Return the value on an axis, in its unit; None where not told."""
        match axis:
            case SuggestAxis.COVERAGE:
                return self.covered_percent
            case SuggestAxis.MARGIN:
                return None if self.margin is None else self.margin.spare_mm
            case SuggestAxis.LENGTH:
                return self.longest_mm
            case SuggestAxis.TILT:
                return self.tilt_deg
            case SuggestAxis.PROBES:
                return float(self.probes)
            case SuggestAxis.FREEZE:
                return self.freeze_s / 60
            case SuggestAxis.ROBUST:
                return None if self.robust is None else self.robust.share_percent


@dataclass(frozen=True, slots=True)
class HardRow:
    """One row that decides whether a placement may be proposed.

    ``case`` is ``"nominal"`` or ``"largest"``: the ice it was judged with; empty for a shaft. ``needs`` says the limit.
    """

    subject_id: str
    subject_name: str
    quantity: str
    value: float | None
    unit: str
    needs: str
    verdict: Verdict
    case: str = ""
    is_broken: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SuggestCandidate:
    """One placement that breaks no hard limit.

    Parameters
    ----------
    name
        ``"A"``, ``"B"`` and so on, the best covering first.
    probes
        The suggested ones, in the plan's own labels; locked probes of the plan are not among them.
    plan_hash
        :attr:`planner.domain.plan.Plan.judged_hash` of the plan with this candidate adopted.
    hard_rows
        Every hard limit that was looked at, with its value.
    not_assessed
        Hard limits that could not be told, in words; such a candidate says so and never counts as held.
    explanation
        Sentences; the first says where it enters, the last ones what it gains and costs against A.
    """

    name: str
    probes: tuple[ProbePlacement, ...]
    protocol: Protocol
    figures: SuggestFigures
    plan_hash: Sha256
    passages: tuple[ShaftPassage, ...] = ()
    hard_rows: tuple[HardRow, ...] = ()
    not_assessed: tuple[str, ...] = ()
    explanation: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """How many placements one hard limit excluded, and what can be done about it; ``count`` counts first reasons."""

    stage: SuggestStage
    words: str
    count: int
    hint: str = ""
    subject_id: str = ""


@dataclass(frozen=True, slots=True)
class SuggestCounts:
    """How many placements reached each stage.

    Parameters
    ----------
    paths, open_paths
        Shafts screened, and those that no hard limit of a shaft closes.
    coarse, fine
        Placements computed on 2 mm and on 1 mm cells. ``simulations`` counts every run of the solver, draws among them.
    held
        Placements that broke no hard limit on 1 mm cells.
    """

    paths: int = 0
    open_paths: int = 0
    coarse: int = 0
    fine: int = 0
    held: int = 0
    simulations: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What came of a wish, tied to the plan, the rules and the catalogue it was made from.

    Parameters
    ----------
    candidates
        None is worse than another on every axis told, none is near to another; empty with ``reason`` saying why.
    exclusions
        Most excluding first within each stage.
    reason, hints
        Why there is no candidate, and what to do; empty when there is one.
    present
        The plan's own probes by the same figures, where it has any that can be computed.
    present_broken
        Hard limits that the plan's own probes break.
    notes
        What holds of all candidates: what was left out, what could not be told.
    """

    plan_hash: Sha256
    inputs_hash: Sha256
    wish: SuggestWish
    target_name: str
    candidates: tuple[SuggestCandidate, ...]
    exclusions: tuple[Exclusion, ...]
    counts: SuggestCounts
    reason: str = ""
    hints: tuple[str, ...] = ()
    present: SuggestFigures | None = None
    present_broken: tuple[HardRow, ...] = ()
    notes: tuple[str, ...] = field(default=(), metadata=ADDED_LATER)

    def candidate(self, name: str) -> SuggestCandidate:
        """Return a candidate by its letter; raise InputRefused where there is none."""
        for candidate in self.candidates:
            if candidate.name == name:
                return candidate
        raise InputRefused(f"There is no candidate {name} in this suggestion.", code="suggest-candidate")

    def best_on(self, axis: SuggestAxis) -> tuple[str, ...]:
        """Return the names of the candidates that are best on an axis, equal ones together; empty when none is told."""
        told = [(c.name, value) for c in self.candidates if (value := c.figures.on(axis)) is not None]
        if not told:
            return ()
        best = (max if axis.more_is_better else min)(value for _, value in told)
        return tuple(name for name, value in told if abs(value - best) <= axis.told_apart / 2)


def with_candidate(plan: Plan, candidate: SuggestCandidate) -> Plan:
    """Return the plan with a candidate's probes and protocol in place of its own; locked probes stay as they are."""
    return with_placement(plan, candidate.probes, candidate.protocol)


def with_placement(plan: Plan, probes: Sequence[ProbePlacement], protocol: Protocol) -> Plan:
    """Return the plan with other probes beside its locked ones, and with another protocol for all of them."""
    kept = tuple(probe for probe in plan.probes if plan.is_locked(probe.id))
    return replace(plan, probes=(*kept, *probes), protocol=protocol)


def freeze_seconds(protocol: Protocol) -> float:
    """Return the sum of a protocol's common freeze phases, s."""
    return sum(phase.duration_s for phase in protocol.phases if phase.kind is PhaseKind.FREEZE)


def dominates(one: SuggestFigures, other: SuggestFigures) -> bool:
    """Whether one placement is at least as good on every axis that both tell, and better on one."""
    is_better = False
    for axis in SuggestAxis:
        a, b = one.on(axis), other.on(axis)
        if a is None or b is None:
            continue
        gain = a - b if axis.more_is_better else b - a
        if gain < -axis.told_apart / 2:
            return False
        is_better |= gain > axis.told_apart / 2
    return is_better
