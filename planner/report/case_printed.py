"""What stands on the pages of a case? Intake, procedure and follow-up as plain text, ready to be set.

As in :mod:`planner.report.printed` nothing is computed after this point. A missing value is an em dash, a question that
was not asked is open: neither is ever "no".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.report.printed import Attachment, Fact


@dataclass(frozen=True, slots=True)
class Said:
    """One labelled line whose text somebody typed: it is never translated."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PrintedAnswer:
    """One question; ``answer`` is empty while it is open. ``text`` is the remark, ``facts`` scores or the block."""

    question: str
    answer: str = ""
    text: str = ""
    who: str = ""
    when: str = ""
    is_alert: bool = False
    facts: tuple[Fact | Said, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedSection:
    """Questions under one title."""

    title: str
    answers: tuple[PrintedAnswer, ...]


@dataclass(frozen=True, slots=True)
class PrintedIntake:
    """The intake page. ``progress`` says how many questions have an answer, ``open_count`` how many have none.

    ``open_alerts`` are those of the open ones that stand out; the others stand in the table, marked as open. ``reason``
    is what is known of the diagnostic block.
    """

    progress: str
    sections: tuple[PrintedSection, ...]
    open_count: int = 0
    open_alerts: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PrintedPair:
    """One thing as planned and as done, and how far apart they are."""

    label: str
    planned: str
    done: str
    difference: str


@dataclass(frozen=True, slots=True)
class PrintedUse:
    """One probe as planned and as used; ``why_not`` says why no distances are told, else empty.

    ``depth_off`` and ``angle_off`` are of the depth and the axis, ``lateral_off`` is across the planned axis.
    """

    label: str
    planned_model: str
    planned_entry: str
    planned_tip: str
    planned_depth: str
    model: str = ""
    entry: str = ""
    tip: str = ""
    depth: str = ""
    source: str = ""
    tip_off: str = ""
    lateral_off: str = ""
    depth_off: str = ""
    angle_off: str = ""
    why_not: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrintedDone:
    """One freeze or thaw as timed, beside what the plan lets it last; ``probes`` are those it was for.

    ``extended`` is by how much it was extended while it ran; empty when it was not.
    """

    kind: str
    planned: str
    done: str
    difference: str
    began: str
    ended: str
    probes: str
    note: str
    extended: str = ""


@dataclass(frozen=True, slots=True)
class PrintedDissection:
    """One dissection."""

    spacer: str
    volume: str
    protects: str
    is_scanned: str
    note: str


@dataclass(frozen=True, slots=True)
class PrintedReading:
    """One temperature, or one finding of nerve monitoring."""

    place: str
    value: str
    when: str
    finding: str = ""
    method: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrintedMoment:
    """Something noted while the timer ran."""

    when: str
    words: str
    clock: str = ""


@dataclass(frozen=True, slots=True)
class PrintedDose:
    """Scans of one purpose and their dose-length product."""

    purpose: str
    scans: str
    dose: str


@dataclass(frozen=True, slots=True)
class PrintedGrading:
    """A published grading of complications: its name, and each grade with its meaning."""

    name: str
    grades: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class PrintedComplication:
    """One complication with the published grading that it is graded by; ``meaning`` is what the grade says."""

    what: str
    grading: str
    grade: str
    meaning: str
    day: str
    outcome: str


@dataclass(frozen=True, slots=True)
class PrintedProcedure:
    """One procedure; without a ``day`` it is a form to fill by hand.

    ``pairs`` are the quantities of the whole procedure side by side, ``complication_words`` what is said where no
    complication is listed.
    """

    day: str
    facts: tuple[Fact | Said, ...]
    uses: tuple[PrintedUse, ...]
    phases: tuple[PrintedDone, ...]
    pairs: tuple[PrintedPair, ...] = ()
    dissections: tuple[PrintedDissection, ...] = ()
    temperatures: tuple[PrintedReading, ...] = ()
    monitoring: tuple[PrintedReading, ...] = ()
    moments: tuple[PrintedMoment, ...] = ()
    scans: tuple[PrintedDose, ...] = ()
    complications: tuple[PrintedComplication, ...] = ()
    complication_words: str = ""
    gradings: tuple[PrintedGrading, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrintedSign:
    """A sign that was asked for at one follow-up, with the remark."""

    name: str
    answer: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class PrintedVisit:
    """One follow-up.

    ``function`` and ``opioid`` are somebody's words with the score, ``dose`` what they amount to a day. ``goal`` says
    how pain stands to the goal, ``goal_reason`` by which scores, or why that is not known; ``recovery`` and its reason
    likewise. ``words`` are remarks.
    """

    interval: str
    day: str
    contact: str
    average: str
    worst: str
    function: str
    opioid: str
    dose: str
    relief: str
    goal: str
    goal_reason: str
    signs: tuple[PrintedSign, ...]
    recovered: str
    recovery: str
    recovery_reason: str
    repeat: str
    words: tuple[Said, ...] = ()
    who: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class PrintedFollowUps:
    """The follow-up page; ``due`` are the intervals with what is due when, ``signs`` what is known of each sign."""

    visits: tuple[PrintedVisit, ...]
    facts: tuple[Fact | Said, ...] = ()
    due: tuple[Fact, ...] = ()
    signs: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedCasePlan:
    """A plan of the case by its name, with its targets in words."""

    name: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrintedCase:
    """The pages of a case that are wanted; a part that is not wanted is None or empty.

    ``state`` is what the case waits for, such as NOT READY, ``reason`` what that rests on; ``is_complete`` when nothing
    is open at it. ``plans`` names the plans of the case. Where ``has_procedures`` and there is none, that is said.
    """

    pseudonym: str
    problem: str
    state: str
    reason: str
    progress: str
    is_complete: bool = False
    facts: tuple[Fact | Said, ...] = ()
    plans: tuple[PrintedCasePlan, ...] = ()
    intake: PrintedIntake | None = None
    procedures: tuple[PrintedProcedure, ...] = ()
    form: PrintedProcedure | None = None
    follow_ups: PrintedFollowUps | None = None
    has_procedures: bool = True


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A case printed by itself, without a prediction.

    ``made_at`` is ISO 8601 UTC and also the PDF's creation date; ``mark`` as in
    :class:`planner.report.printed.ReportModel`. ``sources`` cites every source that its pages name.
    """

    title: str
    made_at: str
    version: str
    disclaimer: str
    mark: str
    case: PrintedCase
    attachments: tuple[Attachment, ...] = ()
    identity: str = ""
    sources: tuple[str, ...] = ()

    def with_files(self, attachments: tuple[Attachment, ...], *, identity: str = "") -> CaseReport:
        """Return the report with files that travel in it, and who the patient is."""
        return replace(self, attachments=attachments, identity=identity)
