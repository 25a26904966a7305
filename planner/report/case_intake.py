"""What is printed of the intake? Every question with its answer, who gave it and when, and what is still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.intake import Answer, ItemKind
from planner.report.case_printed import PrintedAnswer, PrintedIntake, PrintedSection, Said
from planner.report.case_words import as_entered
from planner.report.printed import Fact

if TYPE_CHECKING:
    from collections.abc import Collection

    from planner.domain.intake import Intake, IntakeAnswer, IntakeItem, IntakeTemplate, Scores
    from planner.domain.target import DiagnosticBlock
    from planner.report.case_words import Teller

ANSWERED = "answered"
_IN_WORDS = (ItemKind.TEXT, ItemKind.SCORES)
EARLIER = "Asked earlier, no longer in the list of questions"


def printed_intake(
    intake: Intake, template: IntakeTemplate, *, missing: Collection[str], progress: str, tell: Teller
) -> PrintedIntake:
    """Word the intake in the order of the template; ``missing`` are the ids of the questions that are open."""
    known = {item.id for item in template.items}
    sections = []
    for section in template.sections:
        rows = tuple(
            row
            for item in section.items
            if (row := _row(item, intake.answer_to(item.id), missing, tell=tell)) is not None
        )
        if rows:
            sections.append(PrintedSection(section.title, rows))
    earlier = tuple(_answered(answer, tell=tell) for answer in intake.answers if answer.item_id not in known)
    if earlier:
        sections.append(PrintedSection(EARLIER, earlier))
    alerts = tuple(item.question for item in template.items if item.id in missing and item.is_alert)
    return PrintedIntake(progress, tuple(sections), len(missing), alerts)


def _row(
    item: IntakeItem, answer: IntakeAnswer | None, missing: Collection[str], *, tell: Teller
) -> PrintedAnswer | None:
    if answer is not None:
        return _answered(answer, is_alert=item.is_alert, tell=tell)
    return PrintedAnswer(item.question, is_alert=item.is_alert) if item.id in missing else None


def _answered(answer: IntakeAnswer, *, tell: Teller, is_alert: bool = False) -> PrintedAnswer:
    facts = (*_score_facts(answer.scores, tell), *_block_facts(answer.block, tell))
    return PrintedAnswer(
        question=answer.question,
        answer=ANSWERED if answer.kind in _IN_WORDS and answer.answer is Answer.YES else answer.answer.value,
        text=tell.said(answer.text),
        who=tell.said(answer.who),
        when=tell.when(answer.at),
        is_alert=is_alert,
        facts=facts,
    )


def _score_facts(scores: Scores | None, tell: Teller) -> tuple[Fact | Said, ...]:
    if scores is None:
        return ()
    function = " ".join(part for part in (tell.said(scores.function_scale), _entered(scores.function_score)) if part)
    lines = (
        Fact("Pain, average, 0 to 10", _entered(scores.average_nrs)),
        Fact("Pain, worst, 0 to 10", _entered(scores.worst_nrs)),
        Said("Function", function),
        Said("Opioid", tell.said(scores.opioid)),
        Fact("Opioid a day, oral morphine equivalent", _entered(scores.opioid_mg_per_day, "mg")),
    )
    return tuple(line for line in lines if line.text)


def _block_facts(block: DiagnosticBlock | None, tell: Teller) -> tuple[Fact | Said, ...]:
    if block is None:
        return ()
    relief = "not stated" if block.relief_percent is None else as_entered(block.relief_percent, "%")
    day = tell.day(block.day)
    lines = (
        Fact("Day", day) if tell.is_nobodys else Said("Day", day),
        Said("Agent", tell.said(block.agent)),
        Fact("Relief", relief),
        Said("Lasted", tell.said(block.lasted)),
    )
    return tuple(line for line in lines if line.text)


def _entered(value: float | None, unit: str = "") -> str:
    return "" if value is None else as_entered(value, unit)
