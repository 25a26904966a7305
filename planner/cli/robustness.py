"""``frostline robustness PLAN``: in how many draws of the placement error a kept plan's limits hold.

Exit status: 0 when enough do (PASS, CHECK) or it could not be told, 1 when too few do (FAIL), 2 for bad input.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli import cluster_choice
from planner.cli.terminal import NEGATIVE, OK, Terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from planner.domain.robustness import FineCheck, LimitSummary, LimitValue, Robustness, TargetCoverage

DEFAULT_TECHNIQUE = "freehand-out-of-plane"
_DRAWS, _FINE = 500, 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", nargs="?", type=Path, metavar="PLAN", help="plan file (.frostline)")
    parser.add_argument("--draws", type=int, default=_DRAWS, metavar="N", help=f"how many draws, else {_DRAWS}")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same draws, else 1")
    parser.add_argument(
        "--technique", default=DEFAULT_TECHNIQUE, metavar="NAME", help=f"see --techniques, else {DEFAULT_TECHNIQUE}"
    )
    parser.add_argument("--techniques", action="store_true", help="list the techniques with their errors and stop")
    parser.add_argument("--tissue", action="store_true", help="draw the smallest and the largest ice, too")
    parser.add_argument(
        "--fine", type=int, default=_FINE, metavar="K", help=f"compute K draws again on 1 mm cells, else {_FINE}"
    )
    parser.add_argument("--processes", type=int, default=0, metavar="P", help="cores to use, else all of them")
    cluster_choice.add_arguments(parser)
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="where the CT is now, if it was moved")
    parser.add_argument("--keep", action="store_true", help="keep the result in the plan's file, for its report")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, every draw with it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON to a file, too")


def run(arguments: argparse.Namespace) -> int:
    """Draw, judge and say what came of it."""
    from planner.domain.digest import canonical_json, to_plain
    from planner.domain.errors import InputRefused
    from planner.persistence.technique_table import technique_named
    from planner.services.reopening import kept_plan
    from planner.services.robustness_shelf import keep_in_file
    from planner.services.robustness_tasks import AssessRobustness

    if arguments.techniques:
        return _list_techniques()
    if arguments.plan is None:
        raise InputRefused("Give a plan file, or --techniques.", code="usage")
    technique = technique_named(arguments.technique)
    cluster = cluster_choice.chosen(arguments)
    if arguments.out is not None and not arguments.out.absolute().parent.is_dir():
        raise InputRefused("There is no such folder to write into.", code="no-path", where=str(arguments.out))
    with (
        Terminal() as terminal,
        kept_plan(arguments.plan, call=terminal.call, blobs=terminal.blobs, dicom=arguments.dicom) as kept,
    ):
        told: Robustness = terminal.call(
            AssessRobustness(
                kept.opened.volume,
                kept.session.plan,
                technique,
                draws=arguments.draws,
                seed=arguments.seed,
                is_tissue_drawn=arguments.tissue,
                fine=min(arguments.fine, arguments.draws),
                processes=arguments.processes,
                cluster=cluster,
            )
        )
        if arguments.keep:
            keep_in_file(kept.session, told)
        if arguments.out is not None:
            _write(arguments.out, canonical_json(told))
        if arguments.json:
            terminal.say_json(to_plain(told))
        else:
            for line in lines(kept.session.plan.name, told):
                terminal.say(line)
    return NEGATIVE if told.verdict.value == "FAIL" else OK


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_bytes(data + b"\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _list_techniques() -> int:
    from planner.persistence.technique_table import robustness_table
    from planner.planning.placement_errors import fitted_law

    for technique in robustness_table().techniques:
        mean, sd = technique.mean_mm, technique.sd_mm
        spread = "" if sd.value is None else f" ± {sd.value:g}"
        origin = ", ".join(part for part in (mean.source, mean.flag) if part)
        print(
            f"{technique.id}: {technique.label}, {technique.magnitude.value} {mean.value:g}{spread} mm ({origin}); "
            f"{fitted_law(technique).form.value} law. {technique.note}"
        )
    return OK


def lines(name: str, told: Robustness) -> Iterator[str]:
    """Return what to print of a plan's robustness."""
    tissue = ", smallest and largest ice drawn, too" if told.is_tissue_drawn else ""
    mean, sd = told.law.mean_mm, told.law.sd_mm
    yield f"{name}: {told.verdict.value}. {told.verdict_words}"
    yield (
        f"{told.technique.label}: {told.technique.magnitude.value} error {mean:g} ± {sd:.3g} mm "
        f"({told.law.form.value}), seed {told.seed}, cells of {told.spacing_mm:g} mm{tissue}"
    )
    yield f"No limit asks for attention either in {told.all_passed.share_percent:.1f} %."
    for words, place in (("Fails most", told.fails_most), ("Fails at the smallest error", told.fails_first)):
        if place is not None:
            yield f"{words}: {_limit_words(told.limits[place])}"
    yield ""
    yield f"{'PASS':>6}{'CHECK':>7}{'FAIL':>6}{'NOT ASSESSED':>14}  {'planned':>10}  {'worst':>10}  limit"
    shown = [limit for limit in told.limits if limit.checked or limit.failed or limit.not_assessed]
    for limit in sorted(shown, key=lambda each: (-each.failed, -each.not_assessed, -each.checked)):
        yield (
            f"{limit.passed:>6}{limit.checked:>7}{limit.failed:>6}{limit.not_assessed:>14}  "
            f"{_value(limit.planned):>10}  {_value(limit.worst):>10}  "
            f"{limit.key.subject_name}, {limit.key.words} ({limit.key.unit}), {limit.key.limit}"
        )
    if len(shown) < len(told.limits):
        yield f"The other {len(told.limits) - len(shown)} limits pass in every draw."
    yield ""
    for coverage in told.coverages:
        yield from _coverage_lines(coverage)
    if told.fine is not None:
        yield from _fine_lines(told.fine)
    yield from told.left_out


def _limit_words(limit: LimitSummary) -> str:
    first = "" if limit.first_fails_mm is None else f", from a tip error of {limit.first_fails_mm:.1f} mm on"
    return f"{limit.key.subject_name}, {limit.key.words}: {limit.failed} draws{first}"


def _coverage_lines(coverage: TargetCoverage) -> Iterator[str]:
    from planner.domain.robustness import PERCENTILES

    if not coverage.covered_percent:
        yield f"{coverage.target_name}: coverage NOT ASSESSED."
        return
    names = "/".join(str(percent) for percent in PERCENTILES)
    found = ", ".join(f"{value:.0f}" for value in coverage.covered_percent)
    yield f"{coverage.target_name}: coverage at percentiles {names}: {found} % ({coverage.told} draws)"
    if coverage.probability:
        along = " ".join(
            f"{arc - coverage.arc_mm[0]:.0f}:{100 * share:.0f}"
            for arc, share in zip(coverage.arc_mm, coverage.probability, strict=True)
        )
        yield f"  treated along the marked part, mm:% of draws: {along}"


def _fine_lines(fine: FineCheck) -> Iterator[str]:
    apart = "; ".join(
        f"{each.words} up to {each.largest:.2g} {each.unit}" for each in fine.differences if each.largest > 0
    )
    yield (
        f"{len(fine.draws)} draws again on {fine.spacing_mm:g} mm cells: {fine.other_verdicts} come out "
        f"otherwise; largest differences: {apart or 'none'}."
    )
    yield (
        f"Were every value off by as much, {fine.share_low_percent:.1f} to {fine.share_high_percent:.1f} % of the "
        "draws would hold."
    )


def _value(told: LimitValue | None) -> str:
    if told is None or told.value is None:
        return "—"
    words = f"{told.value:.1f}".replace("-", "−")
    return f"≥ {words}" if told.is_bound else words
