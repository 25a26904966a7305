"""What was done, and what had been planned? The record of one procedure, in the terms of AHMED2014.

What was planned is copied into the record when it begins, so that both stand side by side whatever becomes of the plan.
Times are ISO 8601 UTC and given by the caller; a place is LPS mm in the frame that the record names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from planner.domain.errors import CaseInvalid, PlanInvalid
from planner.domain.geometry import PointLps, distance_mm, point
from planner.domain.identity import PlanId, ProbeId, ProcedureId, Sha256, TargetId
from planner.domain.moment import require_day, require_moment, seconds_between
from planner.domain.protocol import Phase, PhaseKind


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    """One probe as planned; ``depth_mm`` from the skin along the shaft."""

    probe_id: ProbeId
    label: str
    model_id: str
    model_name: str
    tip_lps_mm: PointLps
    entry_lps_mm: PointLps
    depth_mm: float
    phases: tuple[Phase, ...]


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One target as planned; the days in which it may recover, None where that was not estimated (and why)."""

    target_id: TargetId
    atlas_id: str
    words: str
    recovery_low_days: float | None = None
    recovery_high_days: float | None = None
    recovery_words: str = ""


@dataclass(frozen=True, slots=True)
class PlannedMoment:
    """What the prediction expects at a time from the start of the plan's phases: ``"ice within 3 mm of lung"``."""

    at_s: float
    words: str


@dataclass(frozen=True, slots=True)
class PlannedProcedure:
    """What was planned when the record began.

    ``ice_long_mm`` and ``ice_short_mm`` are the predicted 0 °C axes at the end of the last freeze; None without a
    prediction. ``plan_hash`` tells a plan that was edited afterwards. ``case_kind`` is the plan's: a record of training
    stays one when the plan is taken out of its case (H-20).
    """

    plan_id: PlanId
    plan_name: str
    plan_hash: Sha256
    protocol: str
    probes: tuple[PlannedProbe, ...]
    targets: tuple[PlannedTarget, ...]
    phases: tuple[Phase, ...]
    moments: tuple[PlannedMoment, ...] = ()
    ice_long_mm: float | None = None
    ice_short_mm: float | None = None
    case_kind: str = "patient"


class Frame(StrEnum):
    """In which scan's coordinates a place is told. Only places in the planning CT's are compared with the plan."""

    PLANNING_CT = "planning CT"
    PROCEDURE_CT = "procedure CT"


AS_PLANNED = "as planned"
"""The source of a place that somebody stated to be the planned one."""
_SAME_DEPTH_MM = 0.05


@dataclass(frozen=True, slots=True)
class UsedProbe:
    """One probe as used. ``planned_label`` says which planned probe it stands for; empty for one that was not planned.

    Several may stand for one planned probe: one was exchanged for another. ``source`` is how the place is known:
    ``"typed"``, or read from the procedure CT in review. ``depth_mm`` is what was read off the probe, or, where
    ``is_depth_of_place``, what entry and tip say: such a depth goes with them, :attr:`shaft_mm`.
    """

    label: str
    model_name: str
    planned_label: str = ""
    tip_lps_mm: PointLps | None = None
    entry_lps_mm: PointLps | None = None
    depth_mm: float | None = None
    frame: Frame = Frame.PLANNING_CT
    source: str = "typed"
    note: str = ""
    is_depth_of_place: bool = False

    def __post_init__(self) -> None:
        if not self.label.strip():
            raise CaseInvalid("A probe needs a label such as P1.", code="used-label")
        if self.depth_mm is not None and not 0 < self.depth_mm <= 500:
            raise CaseInvalid(
                f"{self.label}: a depth is above 0 to 500 mm, not {_told(self.depth_mm)} mm.", code="used-depth"
            )
        for what, place in (("tip", self.tip_lps_mm), ("entry", self.entry_lps_mm)):
            _require_place(place, f"{self.label}: the {what}")
        if self.shaft_mm is not None and not 1 <= self.shaft_mm <= 400:
            raise CaseInvalid(
                f"{self.label}: entry and tip are {self.shaft_mm:.1f} mm apart; a shaft is 1 to 400 mm.",
                code="used-shaft",
            )
        if self.is_depth_of_place and not self._is_depth_the_shaft:
            raise CaseInvalid(
                f"{self.label}: the depth is to be that from entry to tip, and is not. Type the depth that was read.",
                code="used-depth-place",
            )

    @property
    def _is_depth_the_shaft(self) -> bool:
        depth_mm, shaft_mm = self.depth_mm, self.shaft_mm
        return depth_mm is not None and shaft_mm is not None and abs(depth_mm - shaft_mm) < _SAME_DEPTH_MM

    @property
    def depth_goes_along(self) -> bool:
        """Whether nobody read the depth: it is that of entry and tip, and goes where they go.

        Records of earlier versions do not say so; there it is the depth that came with an untouched planned place.
        """
        return self.is_depth_of_place or (self.source == AS_PLANNED and self._is_depth_the_shaft)

    @property
    def shaft_mm(self) -> float | None:
        """Entry to tip along the shaft; None unless both are known."""
        if self.tip_lps_mm is None or self.entry_lps_mm is None:
            return None
        return distance_mm(self.entry_lps_mm, self.tip_lps_mm)


@dataclass(frozen=True, slots=True)
class DonePhase:
    """One freeze or thaw as it was timed. While it runs ``ended_at`` is empty.

    ``planned_s`` is how long the plan lets it last; None for one that the plan does not have. ``probe_labels`` are the
    probes it was for; empty for all. ``planned_number`` is its place in the schedule of these probes, from 1; None for
    one that was added or typed. ``extended_s`` is what the operator added to the planned time while it ran.
    """

    kind: PhaseKind
    started_at: str
    ended_at: str = ""
    planned_s: float | None = None
    probe_labels: tuple[str, ...] = ()
    note: str = ""
    planned_number: int | None = None
    extended_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.started_at:
            raise CaseInvalid("A phase has a time at which it began.", code="done-start")
        require_moment(self.started_at, "the start of a phase")
        require_moment(self.ended_at, "the end of a phase", may_be_empty=True)
        if self.ended_at and seconds_between(self.started_at, self.ended_at) < 0:
            raise CaseInvalid(
                f"The {self.kind.value} ends ({self.ended_at}) before it begins ({self.started_at}).", code="done-order"
            )

    @property
    def lasted_s(self) -> float | None:
        """How long it was, by the clock; None while it runs."""
        return seconds_between(self.started_at, self.ended_at) if self.ended_at else None


@dataclass(frozen=True, slots=True)
class NotedMoment:
    """Something noted while the timer ran, with its time.

    ``clock_jump_s`` is not 0 when the computer's clock was set meanwhile: by how much it went ahead (or, negative,
    back). Times of the record go on by the clock as it was before.
    """

    at: str
    words: str
    clock_jump_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.at or not self.words.strip():
            raise CaseInvalid("A noted moment has a time and words.", code="moment-empty")
        require_moment(self.at, "what was noted")


class Spacer(StrEnum):
    """What was put between the ice and a structure."""

    SALINE = "saline"
    CO2 = "CO₂"
    AIR = "air"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Dissection:
    """A hydro- or pneumodissection: what, how much, and what it keeps away from the ice.

    ``is_scanned_after`` tells whether it was looked at on a scan before the freeze; None: not noted.
    """

    spacer: Spacer
    volume_ml: float
    protects: str = ""
    is_scanned_after: bool | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.volume_ml <= 5000:
            raise CaseInvalid(
                f"A dissection takes above 0 to 5000 mL, not {_told(self.volume_ml)} mL.", code="dissection"
            )


@dataclass(frozen=True, slots=True)
class MeasuredTemperature:
    """One reading of a thermocouple: where, °C, when (ISO 8601 UTC; empty: not noted)."""

    place: str
    temperature_c: float
    at: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not self.place.strip():
            raise CaseInvalid("Say where the temperature was measured.", code="measured-temperature-place")
        require_moment(self.at, "the reading", may_be_empty=True)
        if not -200 <= self.temperature_c <= 60:
            raise CaseInvalid(
                f"{self.place}: a reading is −200 to 60 °C, not {_told(self.temperature_c)} °C.",
                code="measured-temperature",
            )


@dataclass(frozen=True, slots=True)
class NerveMonitoring:
    """One finding of nerve monitoring or stimulation; ``threshold_ma`` is the stimulus that answered, mA.

    ``at`` is ISO 8601 UTC; empty: not noted.
    """

    nerve: str
    method: str
    finding: str
    threshold_ma: float | None = None
    at: str = ""

    def __post_init__(self) -> None:
        if not self.nerve.strip():
            raise CaseInvalid("Say which nerve was monitored.", code="monitored-nerve")
        require_moment(self.at, "the finding", may_be_empty=True)
        if self.threshold_ma is not None and not 0 <= self.threshold_ma <= 200:
            raise CaseInvalid(
                f"{self.nerve}: a stimulus is 0 to 200 mA, not {_told(self.threshold_ma)} mA.", code="stimulus"
            )


class ScanPurpose(StrEnum):
    """What a scan was for (the four of CRYOTHER-DOSE)."""

    PLANNING = "planning"
    TARGETING = "targeting"
    MONITORING = "monitoring"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True)
class ScanDose:
    """How many scans of one purpose, and their dose-length product together, mGy cm; None for what was not noted."""

    purpose: ScanPurpose
    scans: int | None
    dlp_mgy_cm: float | None = None

    def __post_init__(self) -> None:
        if self.scans is None and self.dlp_mgy_cm is None:
            raise CaseInvalid(
                f"Of the {self.purpose.value} scans neither number nor dose-length product is told.",
                code="scan-nothing",
            )
        if self.scans is not None and not 0 <= self.scans <= 1000:
            raise CaseInvalid(f"{self.scans} {self.purpose.value} scans is no count.", code="scan-count")
        if self.dlp_mgy_cm is not None and not 0 <= self.dlp_mgy_cm <= 100_000:
            raise CaseInvalid(
                f"A dose-length product is 0 to 100 000 mGy cm, not {_told(self.dlp_mgy_cm)}.", code="scan-dose"
            )


@dataclass(frozen=True, slots=True)
class Complication:
    """What went wrong: in words, with its grade in a published grading that is named; ``day`` ISO date."""

    what: str
    grading: str
    grade: str
    day: str = ""
    outcome: str = ""

    def __post_init__(self) -> None:
        if not self.what.strip() or not self.grading.strip() or not self.grade.strip():
            raise CaseInvalid("A complication needs words, a grading and a grade.", code="complication-empty")
        require_day(self.day, "the complication", may_be_empty=True)


@dataclass(frozen=True, slots=True)
class MeasuredIce:
    """The ice as it was seen: longest and shortest axis of the 0 °C edge, and where that was measured.

    ``at`` is ISO 8601 UTC; empty: not noted.
    """

    long_mm: float
    short_mm: float
    source: str
    at: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.short_mm <= self.long_mm <= 300:
            raise CaseInvalid(
                "Measured ice has axes above 0 to 300 mm, the longer first, not "
                f"{_told(self.long_mm)} × {_told(self.short_mm)} mm.",
                code="measured-ice",
            )
        if not self.source.strip():
            raise CaseInvalid("Say where the ice was measured, such as the series.", code="measured-ice-source")
        require_moment(self.at, "the measurement", may_be_empty=True)


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure. ``day`` is the ISO date; ``sedation`` and ``note`` are the site's words.

    ``no_complication_by`` names who stated that there was none; a record without complications and without that name
    says nothing about them. ``is_technical_success`` is the operator's statement in the sense of AHMED2014 (done by
    the protocol, the target within the ablated zone); None: not stated. ``finished_at`` is empty while the record is
    open; ``amended_at`` and ``amended_by`` say when and by whom a finished record was last edited.
    """

    id: ProcedureId
    day: str
    operator: str = ""
    planned: PlannedProcedure | None = None
    probes: tuple[UsedProbe, ...] = ()
    phases: tuple[DonePhase, ...] = ()
    dissections: tuple[Dissection, ...] = ()
    temperatures: tuple[MeasuredTemperature, ...] = ()
    monitoring: tuple[NerveMonitoring, ...] = ()
    scans: tuple[ScanDose, ...] = ()
    complications: tuple[Complication, ...] = ()
    no_complication_by: str = ""
    ice: MeasuredIce | None = None
    sedation: str = ""
    note: str = ""
    finished_at: str = ""
    finished_by: str = ""
    moments: tuple[NotedMoment, ...] = ()
    is_technical_success: bool | None = None
    amended_at: str = ""
    amended_by: str = ""

    def __post_init__(self) -> None:
        require_day(self.day, "the procedure")
        require_moment(self.finished_at, "finishing the record", may_be_empty=True)
        require_moment(self.amended_at, "the last edit", may_be_empty=True)
        _require_once([probe.label for probe in self.probes], "probe")
        _require_once([dose.purpose for dose in self.scans], "purpose of scans")
        if self.complications and self.no_complication_by:
            raise CaseInvalid(
                "A record with a complication cannot state that there was none.", code="complication-none"
            )
        _require_one_running(self.all_running)

    @property
    def running(self) -> DonePhase | None:
        """The phase that still runs; None when none does. With schedules of their own, probes have one each."""
        return next(iter(self.all_running), None)

    @property
    def all_running(self) -> tuple[DonePhase, ...]:
        """Every phase that still runs: more than one only when probes follow different schedules."""
        return tuple(phase for phase in self.phases if not phase.ended_at)

    @property
    def is_finished(self) -> bool:
        """Whether the record was closed by a name."""
        return bool(self.finished_at)

    def marked(self, *, at: str, by: str) -> Procedure:
        """Return an edited record with the mark that it was edited after it was finished; an open one as it is."""
        return replace(self, amended_at=at, amended_by=by) if self.is_finished else self


_Label = TypeVar("_Label", bound=str)
_FARTHEST_MM = 4000.0


def _told(value: float) -> str:
    """Write a number in a sentence, with a true minus."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def _require_once(labels: list[_Label], what: str) -> None:
    if len(set(labels)) != len(labels):
        raise CaseInvalid(f"The {what} {max(labels, key=labels.count)} is there twice.", code="procedure-twice")


def _require_one_running(running: tuple[DonePhase, ...]) -> None:
    """Raise CaseInvalid when a probe would freeze and thaw at once."""
    labels = [label for phase in running for label in phase.probe_labels]
    for_all = any(not phase.probe_labels for phase in running)
    if (for_all and len(running) > 1) or len(set(labels)) != len(labels):
        raise CaseInvalid("A probe has one phase at a time; end the running one first.", code="done-running")


def _require_place(place: PointLps | None, what: str) -> None:
    if place is None:
        return
    try:
        point(place)
    except PlanInvalid as error:
        raise CaseInvalid(f"{what} needs three numbers in mm, not {place!r}.", code="used-place") from error
    if max(abs(value) for value in place) > _FARTHEST_MM:
        raise CaseInvalid(f"{what} lies more than {_FARTHEST_MM:g} mm from the scanner’s zero.", code="used-place")
