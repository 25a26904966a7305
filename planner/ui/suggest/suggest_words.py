"""What is said of suggestions? Figures on each axis, two candidates side by side, what was excluded and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.rule import Verdict
from planner.domain.suggestion import SuggestAxis, SuggestStage
from planner.report.numbers import MISSING, celsius, judged, minutes, mm, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.suggestion import (
        Exclusion,
        HardRow,
        SuggestCandidate,
        SuggestFigures,
        Suggestion,
        WorstMargin,
    )

PLAN = "Plan"
"""What the plan's own probes are called beside the candidates."""
SHORT = {
    SuggestAxis.COVERAGE: "Cover",
    SuggestAxis.MARGIN: "Spare",
    SuggestAxis.LENGTH: "Path",
    SuggestAxis.TILT: "Tilt",
    SuggestAxis.PROBES: "Probes",
    SuggestAxis.FREEZE: "Freeze",
    SuggestAxis.ROBUST: "Hold",
}
"""Column heads; the axis's own words are longer."""
_DECIMALS = {SuggestAxis.MARGIN: 1, SuggestAxis.FREEZE: 1}
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_VERDICTS = (Verdict.PASS, Verdict.CHECK, Verdict.FAIL, Verdict.NOT_ASSESSED)
_STAGE_WORDS = {
    SuggestStage.SHAFTS: "Shafts closed",
    SuggestStage.COARSE: "Placements that fail on 2 mm cells",
    SuggestStage.FINE: "Placements that fail on 1 mm cells",
}


def counted(count: int) -> str:
    """Print a count with its thousands apart."""
    return f"{count:,}".replace(",", _NARROW_SPACE)


def axis_text(figures: SuggestFigures, axis: SuggestAxis) -> str:
    """Print a value on an axis without its unit, which stands in the column's head."""
    value = figures.on(axis)
    if value is None:
        return MISSING
    if axis is SuggestAxis.COVERAGE:
        value = float(int(value + 1e-6))  # 99.6 % treated is not all of it
    text = number(value, decimals=_DECIMALS.get(axis, 0))
    is_bound = axis is SuggestAxis.MARGIN and figures.margin is not None and figures.margin.is_bound
    return f"≥ {text}" if is_bound else text


def verdict_counts(figures: SuggestFigures) -> dict[Verdict, int]:
    """Return how many rows of the assessment have each verdict."""
    return dict(zip(_VERDICTS, figures.verdicts, strict=True))


def spoken_candidate(name: str, figures: SuggestFigures, best: Sequence[SuggestAxis]) -> str:
    """Return a row in words with units, and on which axes none is better."""
    told = ", ".join(
        f"{axis.value} {_with_unit(axis_text(figures, axis), axis.unit)}" + (", best" if axis in best else "")
        for axis in SuggestAxis
    )
    counts = ", ".join(f"{n} {verdict.value}" for verdict, n in verdict_counts(figures).items() if n)
    return f"{name}: {told}. {margin_words(figures.margin)} {counts}".strip()


def margin_words(margin: WorstMargin | None) -> str:
    """Say whose margin has the least to spare, and how much it is."""
    if margin is None:
        return "No margin told."
    least = "at least " if margin.is_bound else ""
    beside = judged(margin.distance_mm, "mm", limits=(margin.needed_mm,))
    return (
        f"Least to spare: {margin.name}, {least}{beside} from the largest ice "
        f"({mm(margin.nominal_mm)} as predicted), needs {mm(margin.needed_mm)}."
    )


def why_words(candidate: SuggestCandidate) -> tuple[str, ...]:
    """Say why a candidate is proposed, and what of it could not be told, a sentence or two each."""
    told = [*candidate.explanation, _freeze_words(candidate)]
    told += [f"NOT ASSESSED: {sentence}" for sentence in candidate.not_assessed]
    return tuple(told)


def _freeze_words(candidate: SuggestCandidate) -> str:
    phases = ", ".join(f"{phase.words} {minutes(phase.duration_s)}" for phase in candidate.protocol.phases)
    return f"Freeze: {candidate.protocol.title} ({phases} min)."


def hard_words(rows: Sequence[HardRow]) -> str:
    """List the hard limits that were looked at, with value and verdict; first those that ask for attention."""
    order = (Verdict.FAIL, Verdict.NOT_ASSESSED, Verdict.CHECK, Verdict.PASS)
    return "\n".join(_hard_row(row) for row in sorted(rows, key=lambda row: order.index(row.verdict)))


def _hard_row(row: HardRow) -> str:
    case = f", {row.case} ice" if row.case else ""
    value = MISSING if row.value is None else judged(row.value, row.unit, limits=())
    reason = f" {row.reason}" if row.verdict is Verdict.NOT_ASSESSED and row.reason else ""
    broken = ", broken" if row.is_broken else ""
    return f"{row.subject_name}, {row.quantity}{case}: {value}, {row.needs}: {row.verdict.value}{broken}.{reason}"


# --- what was excluded ---------------------------------------------------------------------------------------------


def searched_words(told: Suggestion) -> str:
    """Say how many placements reached each stage."""
    counts = told.counts
    return (
        f"{counted(counts.paths)} shafts looked at, {counted(counts.open_paths)} open. "
        f"{counted(counts.coarse)} placements computed on 2 mm cells, {counted(counts.fine)} on 1 mm; "
        f"{counted(counts.held)} broke no hard limit. {counted(counts.simulations)} runs of the solver."
    )


def excluded_words(told: Suggestion) -> str:
    """Say which limit excluded how many, and what can be done about it."""
    lines: list[str] = []
    for stage, words in _STAGE_WORDS.items():
        found = [each for each in told.exclusions if each.stage is stage]
        if found:
            lines.append(f"{words}:")
            lines += list(_exclusions(found))
    return "\n".join(lines)


def _exclusions(found: Sequence[Exclusion]) -> Iterator[str]:
    for each in found:
        hint = f" {each.hint}" if each.hint else ""
        yield f"· {counted(each.count)}  {each.words}.{hint}".replace("..", ".")


def none_words(told: Suggestion) -> tuple[str, ...]:
    """Say why there is no candidate, and what to do."""
    return (told.reason, *(f"· {hint}" for hint in told.hints))


# --- side by side --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One line of two candidates side by side; ``is_better`` of the first, None where they count as the same."""

    name: str
    one: str
    other: str
    difference: str
    is_better: bool | None = None


def compared(one: SuggestFigures, other: SuggestFigures) -> tuple[ComparedRow, ...]:
    """Return every axis of two placements with the difference, then what stands beside the axes."""
    rows = [_compared_axis(axis, one, other) for axis in SuggestAxis]
    low = [f.covered_low_percent for f in (one, other)]
    rows.append(_signed("Treated, least ice", low, "%", decimals=0))
    cold = [f.coldest_c for f in (one, other)]
    rows.append(ComparedRow("Coldest", celsius(cold[0]), celsius(cold[1]), _difference(cold, "°C", decimals=0)))
    for verdict in (Verdict.FAIL, Verdict.CHECK, Verdict.NOT_ASSESSED):
        numbers = [float(verdict_counts(f)[verdict]) for f in (one, other)]
        rows.append(_signed(verdict.value, numbers, "", decimals=0))
    return tuple(rows)


def _compared_axis(axis: SuggestAxis, one: SuggestFigures, other: SuggestFigures) -> ComparedRow:
    a, b = one.on(axis), other.on(axis)
    texts = [_with_unit(axis_text(f, axis), axis.unit) for f in (one, other)]
    difference, is_better = _difference([a, b], axis.unit, decimals=_DECIMALS.get(axis, 0)), None
    if a is not None and b is not None and abs(a - b) > axis.told_apart / 2:
        is_better = (a > b) is axis.more_is_better
    return ComparedRow(axis.value, texts[0], texts[1], difference, is_better)


def _signed(name: str, values: Sequence[float | None], unit: str, *, decimals: int) -> ComparedRow:
    texts = [MISSING if v is None else _with_unit(number(v, decimals=decimals), unit) for v in values]
    return ComparedRow(name, texts[0], texts[1], _difference(values, unit, decimals=decimals))


def _difference(values: Sequence[float | None], unit: str, *, decimals: int) -> str:
    one, other = values
    if one is None or other is None:
        return MISSING
    text = number(one - other, decimals=decimals)
    sign = "+" if not text.startswith("\N{MINUS SIGN}") and float(text) != 0 else ""
    return _with_unit(f"{sign}{text}", unit)


def _with_unit(text: str, unit: str) -> str:
    """Put a unit behind a value that is there."""
    if text == MISSING:
        return text
    return f"{text}{unit}" if unit == "°" else f"{text} {unit}".rstrip()
