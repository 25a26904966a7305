"""How does the model card get its validation, and how is it put on a page? From the figures of ``bench validate``.

``frostline bench validate --json > FIGURES.json`` computes; ``frostline bench card FIGURES.json`` condenses each case
to the figure that is farthest from its expectation, keeps that in ``resources/model_card.json`` and writes the page
``resources/docs/model-card.md``. Nothing on the page is written by hand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from planner.bench.case_facts import all_cases
from planner.bench.sensitivity import sensitivity_table
from planner.bench.verdicts import INFORMATION, MET
from planner.services.range_words import PROPERTY_NAMES, range_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from planner.domain.datum import Datum, Status
    from planner.domain.model_card import CardStatement, ModelCard
    from planner.domain.uncertainty import UncertaintyRanges

CARD, PAGE = "model_card.json", "docs/model-card.md"
Row = dict[str, str | int]

_MADE = (
    "Made by `frostline bench card`; the text is in `resources/model_card.json`, the ranges are in "
    "`resources/tissue/ranges.json`."
)
_OUTSIDE = "A prediction outside says so in its record, on the screen and in the report. It is made all the same."
MOST_CHANGE_PERCENT = 1.0
"""How far a single change may lie from the published one, in shares of the radius."""
_CONDENSED = (
    "One line per case: how many of the judged figures are within tolerance, and the figure that is farthest from its "
    "expectation for its tolerance. Every figure stands in [the table](validation-table.txt); "
    "the last row is made with this page."
)
_THREE_CASES = (
    "`frostline run JOB.json --out FOLDER --range` predicts with every value at the end that shrinks the ice, as "
    "listed, and at the end that grows it. All ends at once are unlikely; the cases bound the ice, within what the "
    "model knows. For coverage of a target the smallest ice is the pessimistic case, for structures the largest."
)


def condensed(figures: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return one row per case: how many of its figures are met, and the one farthest off for its tolerance."""
    by_case: dict[str, list[Mapping[str, Any]]] = {}
    for figure in figures:
        by_case.setdefault(figure["case"], []).append(figure)
    return [_case_row(case_id, own) for case_id, own in by_case.items()]


def _case_row(case_id: str, figures: Sequence[Mapping[str, Any]]) -> Row:
    facts = all_cases()[case_id]
    judged = [figure for figure in figures if figure["verdict"] != INFORMATION]
    worst = max(judged or figures, key=_strain)
    met = sum(figure["verdict"] == MET for figure in judged)
    tolerance, unit = worst["tolerance"], worst["unit"]
    note = worst["note"]
    return {
        "case": f"{case_id} {facts.title}",
        "kind": facts.kind,
        "quantity": worst["quantity"],
        "expected": _measured(worst["expected"], unit),
        "got": _measured(worst["got"], unit),
        "tolerance": "—" if tolerance is None else f"± {_measured(tolerance, unit)}",
        "met": met,
        "judged": len(judged),
        "source": facts.source,
        "note": note if met < len(judged) or not judged else "",
    }


def _strain(figure: Mapping[str, Any]) -> float:
    """Return the difference as a share of the tolerance; an order that does not hold counts most."""
    expected, got, tolerance = figure["expected"], figure["got"], figure["tolerance"]
    if isinstance(expected, str) or isinstance(got, str) or not tolerance:
        return 0.0 if figure["verdict"] in (MET, INFORMATION) else 1e9
    return float(abs(got - expected) / tolerance)


def sensitivity_row(rows: Sequence[Mapping[str, Any]]) -> Row:
    """Return the row of the single changes: all of them, and the one farthest from the published figure."""
    changes = [row for row in rows if row["unit"] == "%"]
    worst = max(changes, key=lambda row: abs(row["got"] - row["published"]))
    met = sum(abs(row["got"] - row["published"]) <= MOST_CHANGE_PERCENT for row in changes)
    return {
        "case": "Single changes of tissue and probe around AN-08m",
        "kind": "reference code",
        "quantity": worst["name"],
        "expected": f"{_words(worst['published'])} %",
        "got": f"{_words(worst['got'])} %",
        "tolerance": f"± {MOST_CHANGE_PERCENT:g} % of the radius",
        "met": met,
        "judged": len(changes),
        "source": "COMPUTED",
        "note": "",
    }


def keep_validation(resources: Path, figures: Iterable[Mapping[str, Any]]) -> None:
    """Write the condensed rows into the card's file, everything else in it unchanged."""
    path = resources / CARD
    card = json.loads(path.read_text(encoding="utf-8"))
    card["validated"] = [*condensed(figures), sensitivity_row(sensitivity_table())]
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def card_markdown(card: ModelCard, ranges: UncertaintyRanges) -> str:
    """Return the page."""
    compared = ", ".join(name.replace("_", " ") for name in card.compared_tissues)
    parts = [
        "# Model card: prediction of ice",
        _MADE,
        card.purpose,
        "## Modelled",
        _bullets(card.modelled),
        "## Not modelled",
        _bullets(card.not_modelled),
        "## Range in which the model was compared",
        _OUTSIDE,
        _limits(card),
        f"Tissues and media compared: {compared}. A report names every other tissue in its box.",
        "## Validation",
        f"Made again by `{card.validated_by}`. {_CONDENSED}",
        _validation(card),
        "## Published error of comparable models",
        _bullets(card.published),
        f"The band of a prediction, the range below, is widened by {card.error_words}",
        "## How far values may be off",
        _THREE_CASES,
        _ranges(ranges),
        "Not varied:",
        "\n".join(f"- {entry.words}: {entry.reason}." for entry in ranges.held),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _bullets(statements: Sequence[CardStatement]) -> str:
    return "\n".join(f"- {entry.text}{_origin(entry.status, entry.source)}" for entry in statements)


def _limits(card: ModelCard) -> str:
    rows = [
        (
            limit.words,
            f"{_words(limit.span.value or 0.0)} to {_words(limit.span.upper or 0.0)} {limit.unit}",
            limit.span.status.value,
            limit.span.note,
        )
        for limit in card.limits
    ]
    return _table(("limit", "range", "status", "what was compared"), rows)


def _validation(card: ModelCard) -> str:
    if not card.validated:
        return "The table has not been made yet."
    rows = [(r.case, r.kind, r.verdict, r.quantity, r.expected, r.got, r.tolerance, r.note) for r in card.validated]
    return _table(("case", "kind", "met", "farthest figure", "expected", "got", "tolerance", "why not"), rows)


def _ranges(ranges: UncertaintyRanges) -> str:
    rows = [
        (
            PROPERTY_NAMES[entry.name],
            ", ".join(name.replace("_", " ") for name in entry.tissues) or "every other tissue",
            range_ends(entry),
            entry.shrinks_ice.value,
            _origin(entry.spread.status, entry.spread.source).strip(" ()"),
        )
        for entry in ranges.properties
    ]
    probe = ranges.probe
    rows += [
        (
            "probe surface, °C, without a fit",
            "",
            _ends(probe.class_offset_c),
            "high",
            probe.class_offset_c.status.value,
        ),
        ("probe surface, °C, at least", "", _ends(probe.least_offset_c), "high", probe.least_offset_c.status.value),
        ("core temperature, °C", "", _ends(ranges.core_offset_c), "high", ranges.core_offset_c.status.value),
    ]
    return _table(("value", "tissues", "range", "end that shrinks the ice", "status and source"), rows)


def _ends(spread: Datum) -> str:
    return f"{_words(spread.value or 0.0)} to {_words(spread.upper or 0.0)}"


def _origin(status: Status, source: str) -> str:
    words = "; ".join(part for part in (status.value, source) if part)
    return f" ({words})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _measured(value: object, unit: str) -> str:
    """Return a number with its unit; words need none."""
    return str(value) if isinstance(value, str) else f"{_words(value)} {unit}".strip()


def _words(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:.6g}".replace("-", "−") if abs(value) >= 1e5 else f"{value:.4g}".replace("-", "−")
