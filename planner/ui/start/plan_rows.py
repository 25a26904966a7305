"""What does the start page say of a plan used before? Name, target, CT, last edit, state, place.

Nothing here touches Qt's widgets: files are looked at in the background, and a disk that is slow holds no window up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import PlanFileError
from planner.domain.rule import Verdict
from planner.persistence.open_mark import is_held, left_mark
from planner.persistence.planglance import glance_at
from planner.persistence.recent import PlanRecord
from planner.ui.opening import PLAN_SUFFIX
from planner.ui.steps import missing_for_prediction, verdict_counts
from planner.ui.theme.tokens import VERDICT_STYLE, StateStyle

if TYPE_CHECKING:
    from planner.domain.identity import PatientIdentity
    from planner.domain.plan import Plan
    from planner.persistence.open_mark import LeftMark
    from planner.persistence.recent import RecentPlans
    from planner.services.session import Session

MOST_ROWS = 40
NO_TARGET = "No target yet"
GONE = StateStyle("NOT FOUND", "question", "check", "check_tint")
RECOVERED = StateStyle("RECOVERED", "clock-counter-clockwise", "check", "check_tint")
ELSEWHERE = StateStyle("OPEN ELSEWHERE", "lock-simple", "not_assessed", "not_assessed_tint")
UNREADABLE = StateStyle("CANNOT BE READ", "mdi-close-octagon-outline", "fail", "fail_tint")
_NOT_JUDGED = VERDICT_STYLE[Verdict.NOT_ASSESSED]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan of the list: what is known of it, its state with a sentence, and its picture (PNG, may be empty)."""

    record: PlanRecord
    state: StateStyle
    sentence: str
    picture: bytes = b""
    left: LeftMark | None = None

    @property
    def path(self) -> Path:
        """Where the plan file is, or was."""
        return Path(self.record.path)

    @property
    def is_gone(self) -> bool:
        """Whether there is no file where the plan was."""
        return self.state is GONE


def record_of(session: Session, *, path: Path, opened_at: str, known: PlanRecord | None) -> PlanRecord:
    """Return what can be told of the open plan, with its verdict when it has one for the plan as it stands."""
    last = session.saved_at or opened_at
    edited = last if session.edits_made or known is None else known.edited_at
    record = _record(session.plan, session.identity, path=path, edited_at=edited)
    record = replace(record, opened_at=opened_at)
    assessment = session.assessment
    if assessment is not None and session.result_is_current:
        counts = verdict_counts(assessment)
        return replace(record, verdict=assessment.verdict.value, counts=counts, verdict_of=str(session.judged_hash))
    return record if known is None else _with_verdict_of(record, known)


def plan_rows(store: RecentPlans, plans_folder: Path, *, own: Path | None) -> tuple[PlanRow, ...]:
    """Return every plan used before and every one in the program's own folder, the latest first.

    ``own`` is the plan open in this very window, whose file is not looked at: it is locked.
    """
    records = {Path(record.path): record for record in store.all()}
    for path in _files_in(plans_folder):
        records.setdefault(path, PlanRecord(str(path), "", path.stem))
    rows = [_row(record, store, is_own=own == path) for path, record in records.items() if not record.is_off]
    rows.sort(key=_latest, reverse=True)
    return tuple(rows[:MOST_ROWS])


def last_edit_words(at: str, *, now: datetime | None = None) -> str:
    """Return a time as a person says it, in this computer's time: ``"today 11:44"``, ``"yesterday 9:05"``, a date."""
    try:
        then = datetime.fromisoformat(at).astimezone()
    except ValueError:
        return "—"
    today = (now or datetime.now(UTC)).astimezone().date()
    clock = f"{then:%H:%M}"
    if then.date() == today:
        return f"today {clock}"
    if then.date() == today - timedelta(days=1):
        return f"yesterday {clock}"
    return f"{then:%Y-%m-%d} {clock}"


def clock_words(at: str) -> str:
    """Return the time of day of a moment, with its date when that was not today."""
    try:
        then = datetime.fromisoformat(at).astimezone()
    except ValueError:
        return "an unknown time"
    is_today = then.date() == datetime.now(UTC).astimezone().date()
    return f"{then:%H:%M:%S}" if is_today else f"{then:%H:%M:%S} on {then:%Y-%m-%d}"


def kept_words(left: LeftMark, *, steps: int | None) -> str:
    """Say how many of the edits made before a window ended are in the file; ``steps`` None when it was not counted."""
    if steps is None:
        return "Every finished edit is kept."
    if not left.made:
        return "Nothing had been edited since it was opened."
    kept = max(0, min(steps - left.steps, left.made))
    lost = "" if kept == left.made else " The edit under way when it ended is not." if left.made - kept == 1 else ""
    return f"{kept} of {left.made} edits are kept.{lost}"


# --- inside ----------------------------------------------------------------------------------------------------------


def _files_in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob(f"*{PLAN_SUFFIX}"))
    except OSError:
        return []


def _row(record: PlanRecord, store: RecentPlans, *, is_own: bool) -> PlanRow:
    path = Path(record.path)
    picture = store.picture_of(path)
    if is_own:
        state, sentence = _judgement(record)
        return PlanRow(record, state, f"{sentence} Open here.".strip(), picture)
    try:
        found = path.stat()
    except OSError:
        why = "The file was moved, renamed or removed." if path.parent.is_dir() else "Its folder is not there."
        return PlanRow(record, GONE, why, picture)
    mark = store.mark_of(path)
    left = left_mark(mark)
    if is_held(mark):
        return PlanRow(record, ELSEWHERE, "Another window has it. Opens to be looked at.", picture)
    if (found.st_size, found.st_mtime_ns) != (record.size, record.changed_ns):
        try:
            record = _read_again(record, path)
        except PlanFileError as error:
            if error.code == "plan-locked":
                return PlanRow(record, ELSEWHERE, "Another window has it. Opens to be looked at.", picture)
            return PlanRow(record, UNREADABLE, error.sentence, picture)
        record = replace(record, size=found.st_size, changed_ns=found.st_mtime_ns)
        store.keep(record)
    if left is not None:
        return PlanRow(record, RECOVERED, f"Closed unexpectedly at {clock_words(left.at)}.", picture, left)
    state, sentence = _judgement(record)
    return PlanRow(record, state, sentence, picture)


def _read_again(record: PlanRecord, path: Path) -> PlanRecord:
    glance = glance_at(path)
    read = _record(glance.plan, glance.identity, path=path, edited_at=glance.edited_at)
    return _with_verdict_of(replace(read, opened_at=record.opened_at), record)


def _with_verdict_of(record: PlanRecord, known: PlanRecord) -> PlanRecord:
    return replace(record, verdict=known.verdict, counts=known.counts, verdict_of=known.verdict_of)


def _record(plan: Plan, identity: PatientIdentity, *, path: Path, edited_at: str) -> PlanRecord:
    words = [target.words for target in plan.targets]
    target = words[0] if len(words) == 1 else f"{len(words)} targets: {', '.join(words)}" if words else ""
    study = " ".join(part for part in (identity.study_description, identity.study_date) if part)
    return PlanRecord(
        path=str(path),
        plan_id=str(plan.id),
        name=plan.name,
        target=target,
        patient=identity.label,
        study=" · ".join(part for part in (study, plan.volume.series_label) if part),
        case_kind=plan.case_kind,
        edited_at=edited_at,
        judged_hash=str(plan.as_judged.hash),
        missing=missing_for_prediction(plan),
    )


def _judgement(record: PlanRecord) -> tuple[StateStyle, str]:
    """Return the state of a plan that is there: its verdict while that is of the plan as it stands."""
    if record.is_judged:
        return VERDICT_STYLE[Verdict(record.verdict)], f"{record.counts}."
    if record.missing:
        why = record.missing.removeprefix("No prediction: ").split(". ")[0].rstrip(".")
        return _NOT_JUDGED, f"{why[:1].upper()}{why[1:]}."
    return _NOT_JUDGED, "Edited since it was judged." if record.verdict else "Not predicted yet."


def _latest(row: PlanRow) -> str:
    return max(row.record.opened_at, row.record.edited_at)
