"""How good is the plan? Checks with verdicts, the nerve's temperature profile, and what was not assessed."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from planner.domain.digest import ADDED_LATER
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps
from planner.domain.identity import Sha256, TargetId
from planner.domain.rule import Verdict
from planner.domain.structure_figures import StructureFigures
from planner.domain.target_figures import TargetFigures

DAYS_PER_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class Check:
    """One judged quantity.

    Parameters
    ----------
    subject_id, subject_name
        Structure, target or probe judged.
    subject_kind
        StructureKind value, ``"target nerve"``, ``"target body"`` or ``"probe"``: decides the swatch.
    quantity
        Words for what was measured, such as ``"0 °C edge"``.
    value, unit
        The number and its unit; ``None`` when not assessed.
    limit
        The rule in words with its source, such as ``"≥ 10 mm; fail < 5 mm (SKIN-CUREUS)"``.
    reason
        Why NOT ASSESSED, or what to do; empty otherwise.
    worst_point_lps_mm
        Where the value occurs, for jumping there.
    pass_limit, fail_limit
        Numbers of the rule, for margin bars.
    """

    subject_id: str
    subject_name: str
    subject_kind: str
    quantity: str
    verdict: Verdict
    value: float | None = None
    unit: str = ""
    limit: str = ""
    reason: str = ""
    worst_point_lps_mm: PointLps | None = None
    pass_limit: float | None = None
    fail_limit: float | None = None

    def __post_init__(self) -> None:
        if self.value is None and self.verdict is not Verdict.NOT_ASSESSED:
            raise PlanInvalid(f"{self.subject_name}: {self.verdict.value} without a value.", code="check-no-value")
        if self.value is not None and not math.isfinite(self.value):
            raise PlanInvalid(
                f"{self.subject_name}: {self.quantity} is {self.value}, not a number.", code="check-not-finite"
            )
        if self.verdict is Verdict.NOT_ASSESSED and not self.reason:
            raise PlanInvalid(f"{self.subject_name}: NOT ASSESSED needs its reason.", code="check-no-reason")


@dataclass(frozen=True, slots=True)
class NerveProfile:
    """Coldest-ever temperature along a nerve.

    Parameters
    ----------
    arc_mm
        Distance along the smooth curve, mm.
    warmest_c, coldest_c
        Warmest and coldest point of each cross-section, °C.
    segment_mm
        Treatment segment along the curve.
    """

    target_id: TargetId
    arc_mm: tuple[float, ...]
    warmest_c: tuple[float, ...]
    coldest_c: tuple[float, ...]
    segment_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class RecoveryEstimate:
    """How long a frozen nerve may take to recover, by regrowth; an estimate, never a verdict.

    Parameters
    ----------
    fastest_days, slowest_days
        The range; both ``None`` where it cannot be told.
    sentence
        What it was worked out from, with sources, or why it cannot be told.
    """

    target_id: TargetId
    fastest_days: float | None
    slowest_days: float | None
    sentence: str

    @property
    def words(self) -> str:
        """The range in whole days and months, such as ``"80 to 211 days (3 to 7 months)"``; NOT ASSESSED without."""
        if self.fastest_days is None or self.slowest_days is None:
            return Verdict.NOT_ASSESSED.value
        days = f"{self.fastest_days:.0f} to {self.slowest_days:.0f} days"
        months = f"{self.fastest_days / DAYS_PER_MONTH:.0f} to {self.slowest_days / DAYS_PER_MONTH:.0f} months"
        return f"{days} ({months})" if self.fastest_days >= DAYS_PER_MONTH else days


@dataclass(frozen=True, slots=True)
class Assessment:
    """Every check of one plan and result, keyed by what it was made from.

    ``plan_hash`` is :attr:`planner.domain.plan.Plan.judged_hash`. ``recoveries`` holds one estimate per target,
    ``targets`` and ``structures`` the figures beside the checks; a target or structure nothing was told of is missing.
    """

    plan_hash: Sha256
    input_hash: Sha256
    rule_set_hash: Sha256
    checks: tuple[Check, ...]
    profiles: tuple[NerveProfile, ...] = ()
    recoveries: tuple[RecoveryEstimate, ...] = field(default=(), metadata=ADDED_LATER)
    targets: tuple[TargetFigures, ...] = field(default=(), metadata=ADDED_LATER)
    structures: tuple[StructureFigures, ...] = field(default=(), metadata=ADDED_LATER)

    def figures_of(self, structure_id: str) -> StructureFigures | None:
        """Return the figures of one structure, None where there are none."""
        return next((figures for figures in self.structures if figures.structure_id == structure_id), None)

    @property
    def verdict(self) -> Verdict:
        """The worst of all checks; NOT ASSESSED when there are none."""
        return max((check.verdict for check in self.checks), key=lambda v: v.rank, default=Verdict.NOT_ASSESSED)

    @property
    def counts(self) -> dict[Verdict, int]:
        """Number of checks per verdict, all four always present."""
        tally = Counter(check.verdict for check in self.checks)
        return {verdict: tally[verdict] for verdict in Verdict}
