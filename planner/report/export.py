"""What travels with the report? Plan and assessment as canonical JSON, byte for byte what was hashed, and a table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json, short_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.plan import Plan


def plan_json(plan: Plan) -> bytes:
    """Return the plan's canonical JSON; its sha256 is the plan hash, so ``sha256sum plan.json`` checks it."""
    return canonical_json(plan)


def assessment_json(assessment: Assessment) -> bytes:
    """Return the assessment's canonical JSON; it names the plan, the prediction and the rules it was made from."""
    return canonical_json(assessment)


def assessment_csv(assessment: Assessment, *, pessimistic: Mapping[tuple[str, str], float] | None = None) -> bytes:
    """Return every check as a row; each names the plan by the short hash that its report prints.

    Parameters
    ----------
    pessimistic
        Unfavourable ends of the band by subject id and quantity, in the unit of the check; left empty where not told.
    """
    ends = pessimistic or {}
    rows = [
        (
            *(check.subject_name, check.subject_kind, check.quantity, check.verdict.value, check.value, check.unit),
            *(check.limit, check.reason, *(check.worst_point_lps_mm or (None, None, None))),
            *(short_hash(assessment.plan_hash), ends.get((check.subject_id, check.quantity))),
        )
        for check in assessment.checks
    ]
    return csv_bytes(CSV_HEADINGS, rows)


def csv_bytes(headings: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> bytes:
    """Return rows for a table program: UTF-8 with its mark, one heading row, numbers with a point, None left empty.

    A text that a table program would take for a formula gets an apostrophe before it (H-42).
    """
    with io.StringIO(newline="") as text:
        table = csv.writer(text)
        table.writerow(headings)
        table.writerows([_cell(value) for value in row] for row in rows)
        return text.getvalue().encode("utf-8-sig")


CSV_HEADINGS = (
    "subject", "kind", "quantity", "verdict", "value", "unit", "limit", "reason",
    "place_l_mm", "place_p_mm", "place_s_mm", "plan_hash", "pessimistic",
)  # fmt: skip


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in FORMULA_SIGNS and value else value
    return repr(float(value))


FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠"
"""Signs that make a table program take a text for a formula; the last four are the wide ones."""
