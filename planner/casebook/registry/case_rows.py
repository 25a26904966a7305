"""What of a case stands in the registry's tables? Its own row, its targets, its answers and its follow-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.casebook.course import days_between, procedure_before
from planner.casebook.registry.moments import day_zero
from planner.domain.follow_up import Sign
from planner.domain.intake import ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.casebook.registry.dictionary import Dictionary, Value
    from planner.casebook.registry.salted_ids import SaltedIds
    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp
    from planner.domain.intake import IntakeAnswer, Scores

Values = dict[str, "Value"]
_SIGNS = {Sign.NEURITIS: "neuritis", Sign.WEAKNESS: "weakness", Sign.HORNER: "horner", Sign.SKIN: "skin"}


def case_tables(case: Case, ids: SaltedIds, known: Dictionary) -> dict[str, list[Values]]:
    """Return the rows of the case itself by table; names of people are in none of them."""
    case_id: Values = {"case_id": ids.of("case", case.id)}
    return {
        "cases": [case_id | _case(case, known)],
        "targets": [case_id | {"target": target} for target in _targets(case, known)],
        "answers": [case_id | _answer(case, answer, known) for answer in case.intake.answers],
        "follow_ups": [case_id | values for values in _follow_ups(case, ids, known)],
    }


def _case(case: Case, known: Dictionary) -> Values:
    zero = day_zero(case)
    scored = case.intake.answer_of(ItemKind.SCORES)
    return {
        "day_zero": zero.what,
        "problem": words(case.problem),
        "note": words(case.note),
        "plans": len(case.plans),
        "procedures": len(case.procedures),
        "follow_ups": len(case.follow_ups),
        "answers": len(case.intake.answers),
        "baseline_day": None if scored is None or scored.scores is None else zero.days_to(scored.at),
        **_scores(case.intake.baseline, known, table="cases", prefix="baseline_"),
        **_block(case),
    }


def _block(case: Case) -> Values:
    answer, block = case.intake.answer_of(ItemKind.BLOCK), case.intake.block
    return {
        "block": None if answer is None else answer.answer.value,
        "block_day": None if block is None else day_zero(case).days_to(block.day),
        "block_agent": None if block is None else words(block.agent),
        "block_relief_percent": None if block is None else block.relief_percent,
        "block_lasted": None if block is None else words(block.lasted),
    }


def _targets(case: Case, known: Dictionary) -> list[str]:
    codes = (known.choice("targets", "target", name) for plan in case.plans for name in plan.atlas_ids)
    return list(dict.fromkeys(codes))


def _answer(case: Case, answer: IntakeAnswer, known: Dictionary) -> Values:
    return {
        "item": known.choice("answers", "item", answer.item_id),
        "question": words(answer.question),
        "answer": answer.answer.value,
        "day": day_zero(case).days_to(answer.at),
        "remark": words(answer.text),
    }


def _follow_ups(case: Case, ids: SaltedIds, known: Dictionary) -> Iterator[Values]:
    zero = day_zero(case)
    for number, follow_up in enumerate(case.follow_ups, start=1):
        before = procedure_before(case, follow_up.day)
        yield {
            "follow_up_id": ids.of("follow-up", case.id, follow_up.id),
            "number": number,
            "day": zero.days_to(follow_up.day),
            "days_after_procedure": None if before is None else days_between(before.day, follow_up.day),
            "interval_days": follow_up.interval_days,
            "contact": follow_up.contact.value if follow_up.contact else None,
            **_scores(follow_up.scores, known, table="follow_ups", prefix=""),
            "relief_percent": follow_up.relief_percent,
            **_signs(follow_up),
            "recovered": None if follow_up.recovered is None else follow_up.recovered.value,
            "recovered_text": words(follow_up.recovered_text),
            "repeat": None if follow_up.repeat is None else follow_up.repeat.value,
            "repeat_text": words(follow_up.repeat_text),
            "note": words(follow_up.note),
        }


def _signs(follow_up: FollowUp) -> Values:
    values: Values = {}
    for sign, name in _SIGNS.items():
        seen = follow_up.sign(sign)
        values[name] = None if seen is None else seen.answer.value
        values[f"{name}_remark"] = None if seen is None else words(seen.text)
    return values


def _scores(scores: Scores | None, known: Dictionary, *, table: str, prefix: str) -> Values:
    names = (
        "average_nrs",
        "worst_nrs",
        "function_instrument",
        "function_scale",
        "function_score",
        "opioid",
        "opioid_mg_per_day",
    )
    if scores is None:
        return {f"{prefix}{name}": None for name in names}
    scale = words(scores.function_scale)
    instrument = None if scale is None else known.choice(table, f"{prefix}function_instrument", scale)
    held = (
        scores.average_nrs,
        scores.worst_nrs,
        instrument,
        scale,
        scores.function_score,
        words(scores.opioid),
        scores.opioid_mg_per_day,
    )
    return {f"{prefix}{name}": value for name, value in zip(names, held, strict=True)}


def words(text: str) -> str | None:
    """Return a text; None when nothing was written."""
    return text if text.strip() else None
