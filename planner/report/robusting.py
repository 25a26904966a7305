"""What is printed of how robust the plan is? Share, technique, what fails first; or the words NOT ASSESSED (H-54)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.robustness import PERCENTILES
from planner.domain.rule import Verdict
from planner.report import numbers
from planner.report.printed import Fact, PrintedNote
from planner.report.printed_robustness import (
    PrintedRobustCoverage,
    PrintedRobustFailing,
    PrintedRobustLimit,
    PrintedRobustness,
)

if TYPE_CHECKING:
    from planner.domain.robustness import (
        FineCheck,
        LimitKey,
        LimitSummary,
        LimitValue,
        Robustness,
        RobustnessTable,
        TargetCoverage,
        Technique,
    )

COMMAND = "frostline robustness PLAN --keep"
NOT_RUN = f"This report holds no draws of the placement error. Run them in the Assess step, or with: {COMMAND}"
ABOUT = "It is a statement about where probes come to lie, not about the outcome of a treatment."
MOST_LIMITS = 24


def printed_robustness(told: Robustness | None, table: RobustnessTable | None) -> PrintedRobustness:
    """Word the draws; without them the section says NOT ASSESSED and what to run."""
    if told is None or table is None:
        return PrintedRobustness(missing=NOT_RUN, missing_verdict=Verdict.NOT_ASSESSED.value)
    shown = [limit for limit in told.limits if limit.failed or limit.not_assessed or limit.checked]
    shown.sort(key=lambda limit: (-limit.failed, -limit.not_assessed, -limit.checked))
    return PrintedRobustness(
        verdict=told.verdict.value,
        facts=_facts(told, table),
        failing=_failing(told),
        percentiles=tuple(f"{percent} %" for percent in PERCENTILES),
        coverages=tuple(_coverage(each) for each in told.coverages),
        limits=tuple(_limit(limit, told.held.of) for limit in shown[:MOST_LIMITS]),
        rest=_rest(len(told.limits), len(shown)),
        notes=tuple(note for note in (ABOUT, told.technique.note, *told.left_out) if note),
    )


def robustness_notes(told: Robustness | None) -> tuple[PrintedNote, ...]:
    """Return the line of the first page; nothing where no draws were wanted: the section says so."""
    if told is None:
        return ()
    held = told.held
    text = f"All limits hold in {_percent(held.share_percent)} of {held.of} draws. {told.technique.label}."
    return (PrintedNote("Robustness", told.verdict.value, text=text),)


def _facts(told: Robustness, table: RobustnessTable) -> tuple[Fact, ...]:
    held, law, technique = told.held, told.law, told.technique
    untold = told.not_assessed
    facts = [
        Fact(
            "All limits hold",
            f"{_percent(held.share_percent)} of {held.of} draws (95 % interval {_percent(held.low_percent)} to "
            f"{_percent(held.high_percent)}, Wilson)",
        ),
        Fact("Judged", _judged(table)),
        Fact("No limit asks for attention", f"{_percent(told.all_passed.share_percent)} of the draws"),
        Fact("Not assessed", f"{untold.count} of {untold.of} draws" if untold.count else "none of the draws"),
        Fact("Technique", technique.label),
        Fact("Error of placement", _error(technique)),
        Fact("Law of its magnitude", f"{law.form.value}, mean {law.mean_mm:.3g} mm, SD {law.sd_mm:.3g} mm"),
        Fact("Along the shaft, and at the entry", _split(technique)),
        Fact("Draws", _draws(told)),
    ]
    if told.fine is not None:
        facts.append(Fact("On finer cells", _fine(told.fine)))
    return tuple(facts)


def _judged(table: RobustnessTable) -> str:
    flags = "; ".join(sorted({datum.flag for datum in (table.pass_percent, table.check_percent) if datum.flag}))
    words = f"PASS from {table.pass_percent.value:g} %, CHECK from {table.check_percent.value:g} %, FAIL below"
    return f"{words} ({flags})" if flags else words


def _error(technique: Technique) -> str:
    mean = technique.mean_mm
    spread = "" if technique.sd_mm.value is None else f" ± {technique.sd_mm.value:g}"
    where = "across the planned axis at the tip" if technique.magnitude.value == "lateral" else "whole way of the tip"
    origin = "; ".join(part for part in (mean.source, mean.flag) if part)
    return f"{mean.value:g}{spread} mm, {where} ({origin})" if origin else f"{mean.value:g}{spread} mm, {where}"


def _split(technique: Technique) -> str:
    depth, share = technique.depth_sd_mm, technique.entry_share
    return (
        f"SD {depth.value:g} mm along the shaft ({depth.flag or depth.source}); the entry makes "
        f"{100 * (share.value or 0):g} % of the error across it ({share.flag or share.source})"
    )


def _failing(told: Robustness) -> tuple[PrintedRobustFailing, ...]:
    if told.fails_first is None:
        return (PrintedRobustFailing("Fails first", "", "", "no limit in any draw"),)
    first, most = told.limits[told.fails_first], told.limits[told.fails_most or 0]
    away = "" if first.first_fails_mm is None else f"from a tip error of {numbers.mm(first.first_fails_mm)} on"
    often = f"in {_percent(100 * most.failed / told.held.of)} of the draws"
    return (
        PrintedRobustFailing("Fails first", first.key.subject_name, first.key.words, away),
        PrintedRobustFailing("Fails most often", most.key.subject_name, most.key.words, often),
    )


def _draws(told: Robustness) -> str:
    tissue = "tissue and probes drawn, too" if told.is_tissue_drawn else "tissue and probes at their nominal values"
    return f"{told.held.of}, seed {told.seed}, on cells of {told.spacing_mm:g} mm, {tissue}"


def _fine(fine: FineCheck) -> str:
    return (
        f"{len(fine.draws)} draws again on {fine.spacing_mm:g} mm: {fine.other_verdicts} come out otherwise. "
        f"Were every value off by the largest difference, {_percent(fine.share_low_percent)} to "
        f"{_percent(fine.share_high_percent)} of the draws would hold."
    )


def _coverage(coverage: TargetCoverage) -> PrintedRobustCoverage:
    if not coverage.covered_percent:
        reason = f"{Verdict.NOT_ASSESSED.value}: how much of it is treated was told in no draw."
        return PrintedRobustCoverage(coverage.target_name, (), (), reason)
    return PrintedRobustCoverage(
        coverage.target_name,
        tuple(numbers.measure(value, "%") for value in coverage.covered_percent),
        tuple(numbers.mm(value) for value in coverage.treated_mm),
    )


def _limit(limit: LimitSummary, draws: int) -> PrintedRobustLimit:
    counts = ((Verdict.FAIL, limit.failed), (Verdict.NOT_ASSESSED, limit.not_assessed), (Verdict.CHECK, limit.checked))
    verdict, count = next(pair for pair in counts if pair[1])
    return PrintedRobustLimit(
        item=limit.key.subject_name,
        quantity=limit.key.words,
        share=_percent(100 * count / draws),
        first=numbers.mm(limit.first_fails_mm),
        planned=_value(limit.key, limit.planned),
        worst=_value(limit.key, limit.worst),
        limit=limit.key.limit or numbers.MISSING,
        verdict=verdict.value,
    )


def _value(key: LimitKey, told: LimitValue | None) -> str:
    """Print a value so that it does not seem to keep a limit that it does not keep."""
    if told is None or told.value is None:
        return numbers.MISSING
    text = numbers.judged(told.value, key.unit, limits=(key.pass_limit, key.fail_limit))
    return f"≥ {text}" if told.is_bound else text


def _rest(limits: int, shown: int) -> str:
    parts = []
    if shown > MOST_LIMITS:
        parts.append(f"{shown - MOST_LIMITS} more limits fail or ask for attention in fewer draws.")
    if limits > shown:
        parts.append(f"The other {limits - shown} limits pass in every draw.")
    return " ".join(parts)


def _percent(value: float) -> str:
    """Print a share of draws so that it never seems to reach a limit of the verdict that it does not reach."""
    return numbers.judged(value, "%", limits=(0.0, 80.0, 95.0, 100.0))
