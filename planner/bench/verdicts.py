"""Is a computed figure within the tolerance of its case? One line of the validation table, and the table itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.bench.case_facts import CaseFacts

MET, NOT_MET, INFORMATION = "MET", "NOT MET", "INFORMATION"


@dataclass(frozen=True, slots=True)
class Figure:
    """One compared figure.

    Parameters
    ----------
    expected, got
        Numbers in ``unit``, or words where the case is an order or a trend.
    tolerance
        Largest allowed difference in ``unit``; ``None`` where nothing is judged.
    """

    case: str
    quantity: str
    expected: float | str
    got: float | str
    unit: str
    tolerance: float | None
    verdict: str
    note: str = ""


def compare(  # noqa: PLR0913 - one keyword for each column of the table
    facts: CaseFacts,
    quantity: str,
    *,
    expected: float,
    got: float,
    unit: str,
    tolerance: float | None,
    note: str = "",
) -> Figure:
    """Judge a number; without a tolerance it is information."""
    within = MET if tolerance is not None and abs(got - expected) <= tolerance else NOT_MET
    verdict = INFORMATION if tolerance is None else within
    return Figure(facts.case_id, quantity, expected, got, unit, tolerance, verdict, note)


def radius(facts: CaseFacts, quantity: str, *, expected_mm: float, got_mm: float, judged: bool = True) -> Figure:
    """Judge a length by the case's own tolerance; ``judged=False`` only shows it."""
    tolerance = facts.length_tolerance_mm(expected_mm) if judged else None
    return compare(facts, quantity, expected=expected_mm, got=got_mm, unit="mm", tolerance=tolerance)


def ordered(facts: CaseFacts, quantity: str, *, expected: str, got: str, holds: bool, note: str = "") -> Figure:
    """Judge an order or a trend."""
    return Figure(facts.case_id, quantity, expected, got, "", None, MET if holds else NOT_MET, note)


def told(facts: CaseFacts, quantity: str, *, expected: float | str, got: float | str, unit: str, note: str) -> Figure:
    """Show a figure that cannot be judged, and say why."""
    return Figure(facts.case_id, quantity, expected, got, unit, None, INFORMATION, note)


def explained(figures: Sequence[Figure], why: str) -> list[Figure]:
    """Say why those that are not met are not, before what their notes say already."""
    return [
        replace(figure, note="; ".join(filter(None, (why, figure.note)))) if figure.verdict == NOT_MET else figure
        for figure in figures
    ]


def as_plain(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures as JSON values."""
    return [asdict(figure) for figure in figures]


def table_lines(figures: Sequence[Figure]) -> list[str]:
    """Return the table as aligned text: case, quantity, expected, got, tolerance, verdict and note."""
    head = ("case", "quantity", "expected", "got", "tolerance", "verdict")
    rows = [
        (
            f.case,
            f.quantity,
            number(f.expected, f.unit),
            number(f.got, f.unit),
            "—" if f.tolerance is None else f"± {f.tolerance:.3g} {f.unit}".rstrip(),
            f"{f.verdict}: {f.note}" if f.note else f.verdict,
        )
        for f in figures
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(5)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row[:5], widths, strict=True)) + f"  {row[5]}"
        for row in [head, *rows]
    ]


def number(value: float | str, unit: str) -> str:
    """Return a number with its unit, a true minus and the decimals its unit deserves."""
    if isinstance(value, str):
        return value
    decimals = {"mm": 3, "°C": 2, "%": 2, "s": 0}.get(unit, 3)
    return f"{value:.{decimals}f} {unit}".rstrip().replace("-", "−")


def summary(figures: Sequence[Figure]) -> str:
    """Count the verdicts in one sentence."""
    counts = {verdict: sum(figure.verdict == verdict for figure in figures) for verdict in (MET, NOT_MET, INFORMATION)}
    missed = sorted({figure.case for figure in figures if figure.verdict == NOT_MET})
    words = f"{counts[MET]} met, {counts[NOT_MET]} not met, {counts[INFORMATION]} for information"
    return f"{words}; not met in {', '.join(missed)}." if missed else f"{words}."
