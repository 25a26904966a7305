"""What is printed of uncertainty? The range of the prediction, and the model card. Text, or the words NOT ASSESSED."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.datum import Datum, Status
from planner.domain.rule import Verdict
from planner.domain.uncertainty import IceCase
from planner.report import numbers
from planner.report.printed import (
    Fact,
    PrintedNote,
    PrintedNoted,
    PrintedRange,
    PrintedRangeIce,
    PrintedRangeRow,
)
from planner.report.printed_card import PrintedCard, PrintedValidation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.model_card import CardStatement, ModelCard, ValidityLimit
    from planner.domain.uncertainty import PredictionRange, RangeRow

COMMAND = "frostline report PLAN --out FOLDER"
NOT_RUN = f"Only nominal values were predicted. To get the range, run without --no-range: {COMMAND}"
MOST_NAMED = 3
"""Checks named on the first page for one verdict of one case; the table of the range has them all."""
CASES = (IceCase.SMALLEST, IceCase.NOMINAL, IceCase.LARGEST)


def printed_range(found: PredictionRange | None) -> PrintedRange:
    """Word the three cases; without them the section says NOT ASSESSED and what to run."""
    if found is None:
        return PrintedRange(missing=NOT_RUN, missing_verdict=Verdict.NOT_ASSESSED.value)
    by_case = {outcome.case: outcome for outcome in found.cases}
    ice = [
        PrintedRangeIce(
            level=numbers.celsius(level.level_c),
            volumes=tuple(numbers.millilitres(by_case[case].isotherms[n].volume_ml) for case in CASES),
            widths=tuple(numbers.mm(by_case[case].isotherms[n].width_mm) for case in CASES),
        )
        for n, level in enumerate(by_case[IceCase.NOMINAL].isotherms)
    ]
    return PrintedRange(
        cells=numbers.mm(found.spacing_mm),
        ice=tuple(ice),
        coverage=tuple(_row(row) for row in found.rows if row.decisive is IceCase.SMALLEST),
        margins=tuple(_row(row) for row in found.rows if row.decisive is IceCase.LARGEST),
        varied=found.varied,
        held=found.held,
    )


def range_notes(found: PredictionRange | None) -> tuple[PrintedNote, ...]:
    """Say which verdicts the range makes worse than PASS, for who reads the first page only (H-26)."""
    if found is None:
        missing = Verdict.NOT_ASSESSED.value
        return (PrintedNote("Range of the prediction", missing, text="Only nominal values were predicted."),)
    notes = []
    for decisive, label in ((IceCase.SMALLEST, "With the smallest ice"), (IceCase.LARGEST, "With the largest ice")):
        rows = [row for row in found.rows if row.decisive is decisive]
        for verdict in (Verdict.FAIL, Verdict.CHECK):
            told = [row for row in rows if row.verdict == verdict.value]
            if told:
                more = str(len(told) - MOST_NAMED) if len(told) > MOST_NAMED else ""
                notes.append(PrintedNote(label, verdict.value, tuple(_noted(row) for row in told[:MOST_NAMED]), more))
        if rows and not any(row.verdict in (Verdict.FAIL.value, Verdict.CHECK.value) for row in rows):
            said = "Nothing that was judged fails or asks for attention."
            notes.append(PrintedNote(label, Verdict.PASS.value, text=said))
    return tuple(notes)


def _noted(row: RangeRow) -> PrintedNoted:
    return PrintedNoted(row.subject_name, row.quantity, _measured(_decisive_value(row), row))


def _measured(value: float | None, row: RangeRow) -> str:
    """Print a value so that it does not seem to keep a limit that it does not keep."""
    return numbers.judged(value, row.unit, limits=(row.pass_limit, row.fail_limit))


def _row(row: RangeRow) -> PrintedRangeRow:
    return PrintedRangeRow(
        item=row.subject_name,
        quantity=row.quantity,
        values=tuple(_measured(value, row) for value in (row.smallest, row.nominal, row.largest)),
        decisive=CASES.index(row.decisive),
        limit=row.limit or numbers.MISSING,
        verdict=row.verdict,
        reason=row.reason if _decisive_value(row) is None else "",
    )


def _decisive_value(row: RangeRow) -> float | None:
    return row.smallest if row.decisive is IceCase.SMALLEST else row.largest


def printed_card(card: ModelCard | None, outside: Sequence[str]) -> PrintedCard | None:
    """Word the model card; ``outside`` are the sentences of this prediction's own departures from it."""
    if card is None:
        return None
    return PrintedCard(
        purpose=card.purpose,
        modelled=tuple(_sentence(entry) for entry in card.modelled),
        not_modelled=tuple(_sentence(entry) for entry in card.not_modelled),
        limits=tuple(_limit(entry) for entry in card.limits),
        validation=_validation_words(card),
        not_met=tuple(
            PrintedValidation(row.case, row.quantity, row.expected, row.got, row.tolerance, row.verdict, row.note)
            for row in card.validated
            if row.met < row.judged
        ),
        validated_by=card.validated_by,
        outside=tuple(outside),
    )


def _validation_words(card: ModelCard) -> str:
    """Sum the cases up by kind, such as “closed form: 132 of 134 figures of 10 cases within tolerance”."""
    parts = []
    for kind in dict.fromkeys(row.kind for row in card.validated if row.judged):
        rows = [row for row in card.validated if row.kind == kind and row.judged]
        met, judged = sum(row.met for row in rows), sum(row.judged for row in rows)
        cases = f"{len(rows)} case{'' if len(rows) == 1 else 's'}"
        parts.append(f"{kind}: {met} of {judged} figures of {cases} within tolerance")
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}." if parts else "The table has not been made yet."


def _sentence(entry: CardStatement) -> str:
    parts = [entry.source] if entry.source else []
    if entry.status in (Status.RECALLED, Status.PROJECT_DEFAULT) and entry.source:
        parts.append(Datum(0.0, entry.status).flag)
    return f"{entry.text} [{', '.join(parts)}]" if parts else entry.text


def _limit(entry: ValidityLimit) -> Fact:
    low, high = entry.span.value or 0.0, entry.span.upper or 0.0
    flag = f" ({entry.span.flag})" if entry.span.flag else ""
    words = f"{low:g} to {high:g} {entry.unit}{flag}".replace("-", numbers.MINUS)
    return Fact(f"{entry.words[:1].upper()}{entry.words[1:]}", words)
