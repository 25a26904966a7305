"""How often does a plan survive the hand that carries it out? Placement errors, draws, and what came of them.

A draw is the plan with every probe where a real hand might have put it. What could not be judged in a draw counts as
NOT ASSESSED and never as held (H-54).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.datum import Datum
from planner.domain.digest import ADDED_LATER
from planner.domain.errors import ResourceInvalid
from planner.domain.geometry import PointLps
from planner.domain.identity import ProbeId, Sha256, TargetId
from planner.domain.rule import Quantity, Verdict
from planner.domain.uncertainty import IceCase

if TYPE_CHECKING:
    from collections.abc import Mapping

PERCENTILES = (5, 25, 50, 75, 95)
"""Of coverage, as told."""
DEFAULT_DRAWS = 500
MOST_DRAWS = 100_000


class Magnitude(StrEnum):
    """What a published placement error measures: across the planned axis at the tip, or the whole way of the tip."""

    LATERAL = "lateral"
    TIP = "tip"


class LawForm(StrEnum):
    """Form of a distribution of error magnitudes."""

    NONE = "none"
    RAYLEIGH = "Rayleigh"
    RICE = "Rice"
    WEIBULL = "Weibull"


@dataclass(frozen=True, slots=True)
class Technique:
    """How probes are brought in, and how far they then are from where they were planned.

    Parameters
    ----------
    magnitude
        What ``mean_mm`` and ``sd_mm`` measure.
    sd_mm
        MISSING where the source gives a mean alone.
    depth_sd_mm
        Standard deviation along the axis, about 0; 0 where the magnitude holds it already.
    entry_share
        Part of the tip's error across the axis that the entry makes, too (0: the probe turns about the entry as
        planned; 1: it is shifted as a whole). The rest is an error of angle.
    """

    id: str
    label: str
    magnitude: Magnitude
    mean_mm: Datum
    sd_mm: Datum
    depth_sd_mm: Datum
    entry_share: Datum
    note: str = ""


@dataclass(frozen=True, slots=True)
class RobustnessTable:
    """Every number of the robustness of plans that is not computed.

    Parameters
    ----------
    pass_percent, check_percent
        From which share of draws on that hold the verdict is PASS, and CHECK.
    case_shares
        How often the smallest, the nominal and the largest ice is drawn where tissue and probes are drawn, too.
    """

    techniques: tuple[Technique, ...]
    pass_percent: Datum
    check_percent: Datum
    case_shares: tuple[tuple[IceCase, Datum], ...]

    def __post_init__(self) -> None:
        if (self.check_percent.value or 0.0) > (self.pass_percent.value or 0.0):
            raise ResourceInvalid("CHECK would begin above PASS in the table of techniques.", code="robustness-order")
        if abs(sum(share.value or 0.0 for _, share in self.case_shares) - 1) > 1e-9:
            raise ResourceInvalid("The shares of the three cases do not make 1.", code="robustness-shares")

    def verdict(self, held: int, not_assessed: int, draws: int) -> Verdict:
        """Judge a share of draws; NOT ASSESSED where what was not assessed could change the answer."""
        if not draws:
            return Verdict.NOT_ASSESSED
        at_least, at_most = (self._verdict(100 * n / draws) for n in (held, held + not_assessed))
        return at_least if at_least is at_most else Verdict.NOT_ASSESSED

    def _verdict(self, percent: float) -> Verdict:
        if percent >= (self.pass_percent.value or 0.0):
            return Verdict.PASS
        return Verdict.CHECK if percent >= (self.check_percent.value or 0.0) else Verdict.FAIL


@dataclass(frozen=True, slots=True)
class ErrorLaw:
    """A law fitted to a technique's published magnitude.

    Parameters
    ----------
    scale_mm
        Rayleigh and Rice: σ. Weibull: λ.
    offset_mm
        Of a Rice law; else 0.
    weibull_slope
        The exponent k of a Weibull law; else 0.
    mean_mm, sd_mm
        Of the law itself: the published ones, but for the SD where none was published.
    """

    form: LawForm
    scale_mm: float
    mean_mm: float
    sd_mm: float
    offset_mm: float = 0.0
    weibull_slope: float = 0.0


@dataclass(frozen=True, slots=True)
class ProbeError:
    """Where one probe came to lie in a draw, and how far that is from the plan.

    Parameters
    ----------
    lateral_mm, depth_mm
        Of the tip across and along the planned axis; a positive depth is too deep.
    angle_deg
        Between planned and drawn axis.
    """

    probe_id: ProbeId
    entry_lps_mm: PointLps
    tip_lps_mm: PointLps
    lateral_mm: float
    depth_mm: float
    angle_deg: float

    @property
    def tip_mm(self) -> float:
        """How far the tip is from where it was planned."""
        return float((self.lateral_mm**2 + self.depth_mm**2) ** 0.5)


@dataclass(frozen=True, slots=True)
class Draw:
    """One scenario: the place of every probe, and which of the three cases tissue and probes are taken in."""

    number: int
    case: IceCase
    errors: tuple[ProbeError, ...]

    @property
    def largest_error_mm(self) -> float:
        """Tip error of the probe that is farthest off."""
        return max((error.tip_mm for error in self.errors), default=0.0)


@dataclass(frozen=True, slots=True)
class LimitKey:
    """One limit of the assessment that moves with the probes, by subject, quantity and rule."""

    subject_id: str
    subject_name: str
    subject_kind: str
    quantity: Quantity
    words: str
    unit: str
    limit: str
    pass_limit: float | None
    fail_limit: float | None
    more_is_better: bool = True


@dataclass(frozen=True, slots=True)
class LimitValue:
    """What a limit said in one draw; ``is_bound``: the value is at least this far on the good side."""

    verdict: Verdict
    value: float | None = None
    reason: str = field(default="", metadata=ADDED_LATER)
    is_bound: bool = field(default=False, metadata=ADDED_LATER)


@dataclass(frozen=True, slots=True)
class CoverageValue:
    """How much of a target one draw treated.

    Parameters
    ----------
    covered_percent
        Of a nerve the longest treated length as part of the marked one, of a body its share; None where not told.
    treated_mm
        Of a nerve; None for a body.
    is_treated
        Of a nerve at :attr:`TargetCoverage.arc_mm`, for each whether its whole cross-section is treated.
    """

    target_id: TargetId
    covered_percent: float | None
    treated_mm: float | None = None
    is_treated: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawOutcome:
    """What came of one draw.

    Parameters
    ----------
    verdict
        FAIL: a limit failed. NOT ASSESSED: none failed, one could not be told. CHECK, PASS: every limit held.
    values
        In the order of :attr:`Robustness.limits`; empty where nothing could be computed.
    reason
        Why nothing could be computed; empty otherwise.
    """

    draw: Draw
    verdict: Verdict
    values: tuple[LimitValue, ...] = ()
    coverages: tuple[CoverageValue, ...] = ()
    reason: str = ""

    @property
    def is_held(self) -> bool:
        """Whether every limit was told and none failed."""
        return self.verdict in (Verdict.PASS, Verdict.CHECK)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of draws with its 95 % interval (Wilson), in percent."""

    count: int
    of: int
    share_percent: float
    low_percent: float
    high_percent: float


@dataclass(frozen=True, slots=True)
class LimitSummary:
    """How one limit fared over all draws.

    Parameters
    ----------
    planned
        What the same judgement says of the plan as drawn up, without any error.
    first_fails_mm
        Smallest tip error in a draw in which it failed; None when it never did.
    worst
        The least favourable value and the draw it is from; None where none was told.
    """

    key: LimitKey
    planned: LimitValue
    passed: int
    checked: int
    failed: int
    not_assessed: int
    first_fails_mm: float | None
    worst: LimitValue | None
    worst_draw: int | None


@dataclass(frozen=True, slots=True)
class TargetCoverage:
    """How much of a target was treated over all draws.

    Parameters
    ----------
    covered_percent, treated_mm
        At :data:`PERCENTILES`; empty where not told.
    arc_mm, probability
        Of a nerve: places along its marked part and the share of draws, 0 to 1, that treat the whole cross-section.
    told
        Draws that the figures rest on.
    """

    target_id: TargetId
    target_name: str
    told: int
    covered_percent: tuple[float, ...]
    treated_mm: tuple[float, ...] = ()
    segment_mm: float | None = None
    arc_mm: tuple[float, ...] = ()
    probability: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class QuantityDifference:
    """How far values on coarse cells were from those on fine ones: the largest of all limits of a quantity.

    ``is_of_targets``: of the targets, which lie nearer to the probes than any structure.
    """

    quantity: Quantity
    is_of_targets: bool
    unit: str
    count: int
    largest: float

    @property
    def words(self) -> str:
        """Quantity and of what, such as ``"minimum temperature, targets"``."""
        of = "targets" if self.is_of_targets else "structures"
        return f"{self.quantity.value.rpartition(',')[0]}, {of}"


@dataclass(frozen=True, slots=True)
class FineCheck:
    """Some of the draws again on finer cells with the assessment's own steps: what the preview's error may be.

    Parameters
    ----------
    other_verdicts
        Draws among them that are held on one grid and not on the other.
    share_low_percent, share_high_percent
        The share of all draws that hold when every value is taken worse, and better, by the largest difference.
    """

    spacing_mm: float
    draws: tuple[int, ...]
    other_verdicts: int
    differences: tuple[QuantityDifference, ...]
    share_low_percent: float
    share_high_percent: float


@dataclass(frozen=True, slots=True)
class Robustness:
    """How robust one plan is: tied to the plan, the rules, the technique's numbers and the seed.

    Parameters
    ----------
    held
        Draws in which no limit failed and none was left untold.
    all_passed
        Draws in which every limit passed: none asks for attention either.
    fails_most, fails_first
        Positions in ``limits``: failed in the most draws; failed at the smallest tip error. None when nothing failed.
    left_out
        What moves with the probes and was not looked at, in words.
    basis_hash
        Of the rules and of the probes' figures it was judged by, which may change while the plan does not.
    """

    plan_hash: Sha256
    inputs_hash: Sha256
    seed: int
    technique: Technique
    law: ErrorLaw
    is_tissue_drawn: bool
    spacing_mm: float
    verdict: Verdict
    verdict_words: str
    held: Share
    all_passed: Share
    not_assessed: Share
    planned: DrawOutcome
    limits: tuple[LimitSummary, ...]
    fails_most: int | None
    fails_first: int | None
    coverages: tuple[TargetCoverage, ...]
    outcomes: tuple[DrawOutcome, ...]
    fine: FineCheck | None = None
    left_out: tuple[str, ...] = ()
    basis_hash: str = field(default="", metadata=ADDED_LATER)

    @property
    def first_failing(self) -> DrawOutcome | None:
        """The failing draw with the smallest error: what to show as a ghost plan first; None when none fails."""
        failing = [outcome for outcome in self.outcomes if outcome.verdict is Verdict.FAIL]
        return min(failing, key=lambda outcome: outcome.draw.largest_error_mm, default=None)


def case_of_share(shares: Mapping[IceCase, float], *, at_share: float) -> IceCase:
    """Return the case in which a number from 0 to 1 falls, the cases laid end to end by their shares."""
    total = 0.0
    for case, share in shares.items():
        total += share
        if at_share < total:
            return case
    return IceCase.NOMINAL
