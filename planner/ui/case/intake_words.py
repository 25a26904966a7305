"""What does an answer of the intake say in a line, and who gave it when? Words for the rows and the screen reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.casebook.readiness import block_line
from planner.domain.datum import Status
from planner.domain.intake import Answer
from planner.ui.panels.target_words import citation_of

if TYPE_CHECKING:
    from planner.domain.intake import IntakeAnswer, IntakeItem, Scores

ANSWER_WORDS = {Answer.YES: "Yes", Answer.NO: "No", Answer.NOT_APPLICABLE: "N/A"}
"""On the buttons; the screen reader hears the whole words."""
SPOKEN = {Answer.YES: "Yes", Answer.NO: "No", Answer.NOT_APPLICABLE: "Not applicable"}


def scores_line(scores: Scores) -> str:
    """Return scores in a line: ``"Pain 6 on average, 8 at worst; ODI 42; oxycodone 20 mg (30 mg/day morphine)"``."""
    pain = ", ".join(
        f"{value:g} {when}"
        for value, when in ((scores.average_nrs, "on average"), (scores.worst_nrs, "at worst"))
        if value is not None
    )
    function = scores.function_scale if scores.function_score is None else _scored(scores)
    dose = "" if scores.opioid_mg_per_day is None else f"{scores.opioid_mg_per_day:g} mg/day oral morphine"
    opioid = f"{scores.opioid} ({dose})" if scores.opioid and dose else scores.opioid or dose
    return "; ".join(part for part in (f"Pain {pain}" if pain else "", function, opioid) if part)


def _scored(scores: Scores) -> str:
    return f"{scores.function_scale} {scores.function_score:g}"


def remark_of(answer: IntakeAnswer | None) -> str:
    """Return what an answer holds besides yes or no; empty when there is nothing."""
    if answer is None:
        return ""
    held = block_line(answer.block) if answer.block is not None else ""
    held = scores_line(answer.scores) if answer.scores is not None else held
    return "\n".join(part for part in (held, answer.text) if part)


def day_and_time(at: str) -> str:
    """Return a time of the record as people read it: ``"2026-03-01 08:00"``, UTC."""
    return f"{at[:10]} {at[11:16]}"


def origin_tip(item: IntakeItem) -> str:
    """Say in words where a question comes from, with its citations; what is unverified is said (H-26)."""
    cited = citation_of(item.source)
    if not cited:
        return f"Source: {item.origin}"
    return f"Source: {cited}{'; unverified' if item.status is Status.RECALLED else ''}"


def spoken(item: IntakeItem, answer: IntakeAnswer | None) -> str:
    """Return the whole row in words."""
    if answer is None:
        return f"{item.question} {'Alert, open' if item.is_alert else 'Open'}. {item.hint}".strip()
    remark = remark_of(answer)
    said = f"{SPOKEN[answer.answer]}{f', {remark}' if remark else ''}"
    return f"{answer.question} {said}. By {answer.who}, {day_and_time(answer.at)} UTC."
