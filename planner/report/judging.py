"""What is printed of the assessment? What needs attention, every check by its subject, and what was not assessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.identity import StructureId
from planner.domain.rule import Verdict
from planner.report import numbers
from planner.report.anatomy import printed_swatch
from planner.report.printed import Fact, PrintedCheck, PrintedCount, PrintedGap, PrintedGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.assessment import Assessment, Check
    from planner.domain.plan import Plan
    from planner.domain.uncertainty import BandRow


def verdict_counts(assessment: Assessment) -> tuple[PrintedCount, ...]:
    """Count the verdicts, worst first; a verdict nobody got is left out."""
    worst_first = sorted(assessment.counts.items(), key=lambda item: -item[0].rank)
    return tuple(PrintedCount(verdict.value, str(count)) for verdict, count in worst_first if count)


class Pessimist:
    """Tells the pessimistic value of a check, from the band around the prediction.

    Parameters
    ----------
    rows
        The band's rows; without any every answer is an em dash.
    """

    def __init__(self, rows: Sequence[BandRow]) -> None:
        self._values = {(row.subject_id, row.quantity): row.pessimistic for row in rows}

    def words(self, check: Check) -> str:
        """Return the value as printed beside the nominal one."""
        value = self._values.get((check.subject_id, check.quantity))
        return numbers.judged(value, check.unit, limits=(check.pass_limit, check.fail_limit))


def attention(assessment: Assessment, pessimist: Pessimist) -> tuple[PrintedCheck, ...]:
    """Every check that failed or asks for attention: worst verdict first, otherwise in the order of the screen."""
    raised = (check for check in assessment.checks if check.verdict in (Verdict.FAIL, Verdict.CHECK))
    return tuple(printed_check(check, pessimist) for check in sorted(raised, key=lambda check: -check.verdict.rank))


def groups(assessment: Assessment, plan: Plan, pessimist: Pessimist) -> tuple[PrintedGroup, ...]:
    """Every check that has a verdict from a number, by its subject.

    Targets come first, then structures, then probes and the rest; among these the worst verdict first, otherwise in the
    order of the screen.
    """
    swatches = {structure.id: printed_swatch(structure.kind, structure.colour) for structure in plan.structures}
    by_subject: dict[tuple[str, str], list[Check]] = {}
    for check in assessment.checks:
        if check.verdict is not Verdict.NOT_ASSESSED:
            by_subject.setdefault((check.subject_id, check.subject_name), []).append(check)

    def order(checks: list[Check]) -> tuple[int, int]:
        first = checks[0]
        place = 0 if first.subject_kind.startswith("target") else 1 if first.subject_id in swatches else 2
        return place, -max(check.verdict.rank for check in checks)

    return tuple(
        PrintedGroup(
            name=checks[0].subject_name,
            kind=checks[0].subject_kind,
            verdict=max(checks, key=lambda check: check.verdict.rank).verdict.value,
            checks=tuple(
                printed_check(check, pessimist) for check in sorted(checks, key=lambda check: -check.verdict.rank)
            ),
            swatch=swatches.get(StructureId(checks[0].subject_id)),
        )
        for checks in sorted(by_subject.values(), key=order)
    )


def tally(assessment: Assessment) -> tuple[Fact, ...]:
    """Say how many checks were made and how many were not, so that nobody takes silence for an answer (H-28)."""
    counts = assessment.counts
    made = [f"{counts[verdict]} {verdict.value}" for verdict in (Verdict.PASS, Verdict.CHECK, Verdict.FAIL)]
    reasons = {check.reason for check in assessment.checks if check.verdict is Verdict.NOT_ASSESSED}
    total = len(assessment.checks) - counts[Verdict.NOT_ASSESSED]
    why = f" for {len(reasons)} reason{'' if len(reasons) == 1 else 's'}, listed under “Not assessed”"
    return (
        Fact("Checks made", f"{total}: {', '.join(made)}"),
        Fact("Checks not made", f"{counts[Verdict.NOT_ASSESSED]}{why if reasons else ''}"),
    )


def not_assessed_by_reason(assessment: Assessment, pessimist: Pessimist) -> tuple[PrintedGap, ...]:
    """Every check that could not be made, those with the same reason together, in the order of the screen (H-28)."""
    groups: dict[str, list[PrintedCheck]] = {}
    for check in assessment.checks:
        if check.verdict is Verdict.NOT_ASSESSED:
            groups.setdefault(check.reason, []).append(printed_check(check, pessimist))
    return tuple(PrintedGap(reason, tuple(checks)) for reason, checks in groups.items())


def printed_check(check: Check, pessimist: Pessimist) -> PrintedCheck:
    """Word one check."""
    return PrintedCheck(
        item=check.subject_name,
        quantity=check.quantity,
        value=numbers.judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit)),
        limit=check.limit or numbers.MISSING,
        verdict=check.verdict.value,
        reason=check.reason,
        pessimistic=pessimist.words(check),
    )
