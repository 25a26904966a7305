"""What travels with the report? Plan and assessment as canonical JSON, byte for byte what was hashed, and a table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json

if TYPE_CHECKING:
    from planner.domain.assessment import Assessment
    from planner.domain.plan import Plan


def plan_json(plan: Plan) -> bytes:
    """Return the plan's canonical JSON; its sha256 is the plan hash, so ``sha256sum plan.json`` checks it."""
    return canonical_json(plan)


def assessment_json(assessment: Assessment) -> bytes:
    """Return the assessment's canonical JSON; it names the plan, the prediction and the rules it was made from."""
    return canonical_json(assessment)


def assessment_csv(assessment: Assessment) -> bytes:
    """Return every check as a row for a table program: UTF-8 with its mark, one heading row, numbers with a point.

    A text that a table program would take for a formula gets an apostrophe before it.
    """
    with io.StringIO(newline="") as text:
        rows = csv.writer(text)
        rows.writerow(CSV_HEADINGS)
        for check in assessment.checks:
            place = check.worst_point_lps_mm or ("", "", "")
            said = (check.subject_name, check.subject_kind, check.quantity, check.verdict.value)
            number = "" if check.value is None else repr(float(check.value))
            rows.writerow([*map(_plain, said), number, *map(_plain, (check.unit, check.limit, check.reason)), *place])
        return text.getvalue().encode("utf-8-sig")


CSV_HEADINGS = (
    "subject", "kind", "quantity", "verdict", "value", "unit", "limit", "reason",
    "place_l_mm", "place_p_mm", "place_s_mm",
)  # fmt: skip


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
