"""How is a follow-up said in few words? For its row, its form and a screen reader."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from planner.casebook.course import (
    DueState,
    counted,
    course,
    days_between,
    follow_ups_after,
    interval_words,
    last_procedure,
    next_due,
    procedure_before,
)
from planner.casebook.outcome import expected_recovery, follow_up_rows, recovery_seen
from planner.domain.follow_up import Contact, Recovered, Sign
from planner.domain.intake import Answer
from planner.persistence.follow_up_table import follow_up_rules
from planner.ui.theme.tokens import StateStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.casebook.outcome import FollowUpRow
    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp
    from planner.domain.intake import Scores

MISSING = "—"
CONTACTS = tuple((contact, contact.value.capitalize()) for contact in Contact)
ANSWERS = ((Answer.YES, "Yes"), (Answer.NO, "No"), (Answer.NOT_APPLICABLE, "N/A"))
ANSWER_LETTERS = "YNA"
RECOVERIES = tuple((found, found.value.capitalize()) for found in Recovered)
DUE_STYLES = {
    DueState.DONE: StateStyle("DONE", "check-circle", "good", "good_tint"),
    DueState.DUE: StateStyle("DUE", "warning", "check", "check_tint"),
    DueState.OVERDUE: StateStyle("OVERDUE", "warning", "check", "check_tint"),
    DueState.LATER: StateStyle("LATER", "circle-dashed", "text_3", "raised"),
    DueState.MISSED: StateStyle("MISSED", "minus-circle", "not_assessed", "not_assessed_tint"),
}
NOT_ALL_ASKED = StateStyle("NOT ALL ASKED", "circle-half", "check", "check_tint")
_UNTREATED = "No procedure is recorded: it counts as before treatment, and its goal is NOT ASSESSED."
_NEAR_DAYS, _NEAR_SHARE = 4, 0.5
"""How far a follow-up may be from its interval before that is remarked: days, or a share of it (project default)."""


def number_words(value: float | None) -> str:
    """Write a score as it was typed; a dash for one that was not asked."""
    return MISSING if value is None else f"{value:g}"


def function_words(scores: Scores | None) -> str:
    """Write the function score with its scale."""
    if scores is None or scores.function_score is None:
        return MISSING
    return f"{scores.function_scale} {scores.function_score:g}"


def baseline_words(scores: Scores | None) -> str:
    """Say what was scored before treatment."""
    if scores is None:
        return "Nothing was scored before treatment: the goal cannot be assessed. The intake asks for it."
    parts = [
        f"average {scores.average_nrs:g}" if scores.average_nrs is not None else "",
        f"worst {scores.worst_nrs:g}" if scores.worst_nrs is not None else "",
        function_words(scores) if scores.function_score is not None else "",
        scores.opioid,
        f"{scores.opioid_mg_per_day:g} mg/day morphine" if scores.opioid_mg_per_day is not None else "",
    ]
    return f"Before treatment: {', '.join(part for part in parts if part)}."


def found_words(follow_up: FollowUp) -> str:
    """Say what was found besides the scores: signs, repeat treatment, note."""
    parts = [f"{seen.sign.value} {seen.answer.value}" for seen in follow_up.signs]
    if follow_up.repeat is not None:
        parts.append(f"repeat {follow_up.repeat.value}")
    if follow_up.note:
        parts.append(f"“{follow_up.note}”")
    return " · ".join(parts)


def gaps_words(gaps: Sequence[str]) -> str:
    """Say what was not asked; empty when nothing was left out."""
    return f"not asked: {', '.join(gaps)}" if gaps else ""


def place_words(case: Case, one: FollowUp) -> tuple[str, bool]:
    """Say how many days after which procedure it is, and whether that is far from the interval it answers."""
    procedure = procedure_before(case, one.day)
    if procedure is None:
        first = min((item.day for item in case.procedures), default="")
        return (f"Before the first procedure ({first}).", True) if first else (_UNTREATED, True)
    days = days_between(procedure.day, one.day)
    words = f"{counted(days, 'day')} after the procedure of {procedure.day}"
    if one.interval_days is None or abs(days - one.interval_days) <= max(_NEAR_DAYS, one.interval_days * _NEAR_SHARE):
        return f"{words}.", False
    asked = date.fromisoformat(procedure.day) + timedelta(days=one.interval_days)
    return f"{words}; {interval_words(one.interval_days)} would be {asked.isoformat()}.", True


def spoken_row(row: FollowUpRow) -> str:
    """Return a follow-up in words."""
    one, scores = row.follow_up, row.follow_up.scores
    said = [f"{row.name}, {one.day}, {one.contact.value if one.contact else 'contact not noted'}"]
    if scores is not None:
        said.append(f"average pain {number_words(scores.average_nrs)}, worst {number_words(scores.worst_nrs)}")
        said.append(f"function {function_words(scores)}, opioid {scores.opioid or MISSING}")
    if one.relief_percent is not None:
        said.append(f"relief {one.relief_percent:g} %")
    said += [row.goal.words, f"recovery {row.recovery.words}", found_words(one), gaps_words(row.gaps)]
    said.append(f"recorded by {one.who}")
    return ". ".join(part for part in said if part) + "."


def state_words(case: Case, today: str) -> str:
    """Say what is next, and what the plot cannot show."""
    due, last = next_due(case, today=today), next(reversed(follow_up_rows(case)), None)
    parts = [f"{last.name[0].upper()}{last.name[1:]}, {last.goal.words}." if last is not None else ""]
    parts += [f"Next: {due.name}, {due.words}." if due is not None else ""]
    if not case.procedures:
        parts.append("No procedure is recorded yet.")
    if course(case).is_baseline_late:
        parts.append("The scores before treatment were written down after the procedure.")
    procedure = last_procedure(case)
    looks = () if procedure is None else follow_ups_after(case, procedure.id)
    if any(one.recovered is not None for one in looks):
        parts.append(f"Recovery {recovery_seen(case).words}.")
    return " ".join(part for part in parts if part)


def recovery_words(case: Case, one: FollowUp) -> str:
    """Say how recovery stands on this day; before it is answered, what is expected."""
    procedure = procedure_before(case, one.day)
    if one.recovered is not None or procedure is None:
        words = recovery_seen(case, until=one).words
        return f"{words[0].upper()}{words[1:]}."
    expected = expected_recovery(procedure)
    if expected.low_days is None:
        return f"Expected range NOT ASSESSED: {expected.words}."
    return f"Full recovery is {expected.words} after the procedure of {procedure.day}."


def neuritis_words(case: Case, one: FollowUp) -> str:
    """Say until which day neuritis is expected after the procedure that this follow-up follows."""
    note = follow_up_rules().note(Sign.NEURITIS)
    procedure = procedure_before(case, one.day)
    until = ""
    if procedure is not None and note.expected_days is not None:
        last = date.fromisoformat(procedure.day) + timedelta(days=note.expected_days)
        until = f", here until {last.isoformat()}"
    return f"{note.text.rstrip('.')}{until}."
