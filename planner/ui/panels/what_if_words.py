"""What is said of a variation? Rows with their figures, what changes against the plan, and the 1 mm result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.rule import Verdict
from planner.planning.what_if import differences, figures_of
from planner.report.numbers import MISSING, celsius, judged, measure, mm
from planner.ui.panels.what_if_rows import WhatIfLine

if TYPE_CHECKING:
    from planner.domain.assessment import Assessment, Check
    from planner.domain.robustness import LimitKey, LimitValue
    from planner.domain.what_if import WhatIfRow, WhatIfTable
    from planner.planning.what_if import RowFigures

AS_PLANNED = "As planned"
_SAME_MM = 0.05


def lines_of(table: WhatIfTable, *, is_stale: bool) -> tuple[WhatIfLine, ...]:
    """Return every row of a table as it is listed."""
    figures = [figures_of(table.limits, row) for row in table.rows]
    lines, before = [], None
    for number, (row, told) in enumerate(zip(table.rows, figures, strict=True)):
        kind = None if row.variation is None else row.variation.kind
        heading = kind.value if kind is not None and kind is not before else ""
        before = kind
        lines.append(_line(row, told, heading=heading, best=_best(figures, number), is_stale=is_stale))
    return tuple(lines)


def _line(
    row: WhatIfRow,
    told: RowFigures,
    *,
    heading: str,
    best: frozenset[int],
    is_stale: bool,
) -> WhatIfLine:
    name = AS_PLANNED if row.variation is None else row.variation.words
    if row.reason:
        return WhatIfLine(row.key, name, heading=heading, reason=row.reason, tip=row.reason, is_stale=is_stale)
    margin = told.margin
    margin_text = MISSING if margin is None else value_words(margin.key, margin.value)
    line = WhatIfLine(
        row.key,
        name,
        (measure(_whole(told.covered_percent), "%").replace(".0 ", " "), margin_text, celsius(told.coldest_c)),
        margin_of="" if margin is None else margin.key.subject_name,
        heading=heading,
        best=best,
        counts=dict(told.counts),
        is_stale=is_stale,
    )
    note = "" if row.variation is None or not row.variation.note else f"\n{row.variation.note}"
    return WhatIfLine(**{**line.__dict__, "tip": f"{line.spoken}{note}"})


def _whole(percent: float | None) -> float | None:
    """Round down to a whole percent: 99.6 % treated is not all of it."""
    return None if percent is None else float(int(percent + 1e-6))


def _best(figures: list[RowFigures], number: int) -> frozenset[int]:
    """Return the columns in which a row is the best: treated and margin. The coldest point is no better for colder."""
    mine, found = figures[number], set()
    covered = [whole for told in figures if (whole := _whole(told.covered_percent)) is not None]
    if mine.covered_percent is not None and _whole(mine.covered_percent) == max(covered):
        found.add(0)
    rooms = [_room(told) for told in figures if told.margin is not None]
    if mine.margin is not None and _room(mine) >= max(rooms) - _SAME_MM:
        found.add(1)
    return frozenset(found)


def _room(told: RowFigures) -> float:
    if told.margin is None:
        return float("-inf")
    return (told.margin.value.value or 0.0) - (told.margin.key.pass_limit or 0.0)


def value_words(key: LimitKey, value: LimitValue) -> str:
    """Print what a limit says; a bound as such."""
    printed = judged(value.value, key.unit, limits=(key.pass_limit, key.fail_limit))
    return f"≥ {printed}" if value.is_bound and value.value is not None else printed


def detail_of(table: WhatIfTable, row: WhatIfRow) -> tuple[str, ...]:
    """Say what a row is and what changes in it against the plan as it is."""
    if row.reason:
        return (row.reason,)
    said = [row.variation.note] if row.variation is not None and row.variation.note else []
    for coverage in row.coverages:
        treated = "" if coverage.treated_mm is None else f", {mm(coverage.treated_mm)} unbroken"
        share = measure(_whole(coverage.covered_percent), "%").replace(".0 ", " ")
        said.append(f"{_target_name(table, coverage.target_id)}: {share} treated{treated}.")
    planned = table.planned
    if planned is None or row.variation is None:
        return (*said, _verdicts(table, row))
    changed = differences(table.limits, planned, row)
    said += [
        f"{each.key.subject_name}, {each.key.words}: {value_words(each.key, each.planned)} → "
        f"{value_words(each.key, each.now)}, {each.planned.verdict.value} → {each.now.verdict.value}."
        + (f" {each.now.reason}" if each.now.verdict is Verdict.NOT_ASSESSED else "")
        for each in changed
    ]
    return (*said, *(() if changed else ("No verdict changes against the plan.",)))


def _verdicts(table: WhatIfTable, row: WhatIfRow) -> str:
    """Name the limits that do not pass."""
    open_limits = [
        f"{key.subject_name}, {key.words}: {value.verdict.value}"
        for key, value in zip(table.limits, row.values, strict=False)
        if value.verdict is not Verdict.PASS
    ]
    return "; ".join(open_limits) + "." if open_limits else f"All {len(table.limits)} limits pass."


def _target_name(table: WhatIfTable, target_id: str) -> str:
    return next((key.subject_name for key in table.limits if key.subject_id == target_id), "Target")


def fine_words(fine: Assessment, planned: Assessment | None) -> tuple[str, ...]:
    """Say what the 1 mm assessment of a variation comes to, beside that of the plan where it is there."""
    counts = ", ".join(f"{n} {verdict.value}" for verdict, n in fine.counts.items() if n)
    before = {} if planned is None else {_key(check): check for check in planned.checks}
    said = [f"At 1 mm, all rows of the assessment: {counts}."]
    if planned is not None:
        told = ", ".join(f"{n} {verdict.value}" for verdict, n in planned.counts.items() if n)
        said.append(f"The plan as it is: {told}.")
    for check in fine.checks:
        other = before.get(_key(check))
        is_target = check.subject_kind.startswith("target") and other is not None and _told(other) != _told(check)
        is_changed = other is not None and other.verdict is not check.verdict
        if is_changed or is_target:
            said.append(f"{check.subject_name}, {check.quantity}: {_from(other)}{_told(check)}.")
    return tuple(said)


def _key(check: Check) -> tuple[str, str]:
    return check.subject_id, check.quantity


def _from(check: Check | None) -> str:
    return "" if check is None else f"{_told(check)} → "


def _told(check: Check) -> str:
    value = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
    return f"{value} {check.verdict.value}"
