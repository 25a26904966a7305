"""``frostline suggest PLAN``: placements of probes that could be adopted for a target, with reasons; none is adopted.

Exit status: 0 with at least one candidate, 1 when every placement breaks a hard limit, 2 for bad input.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli import cluster_choice
from planner.cli.terminal import NEGATIVE, OK, Terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from planner.domain.plan import Plan
    from planner.domain.suggestion import Suggestion, SuggestWish
    from planner.domain.target import Target

_DRAWS = 20
_SHOWN_EXCLUSIONS = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from planner.domain.suggestion import MOST_PROBES

    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan file (.frostline)")
    parser.add_argument(
        "--probes",
        type=int,
        default=1,
        metavar="N",
        help=f"candidates have 1 to N probes, N at most {MOST_PROBES}; else 1",
    )
    parser.add_argument(
        "--target", default="", metavar="NAME", help="part of the target's name; needed where the plan has several"
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="ID",
        help="probe model to try, may be given several times; else those in the plan",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same answer, else 1")
    parser.add_argument(
        "--technique", default="freehand-out-of-plane", metavar="NAME", help="placement errors to draw, see robustness"
    )
    parser.add_argument(
        "--draws",
        type=int,
        default=_DRAWS,
        metavar="K",
        help=f"draws of the placement error a candidate, else {_DRAWS}",
    )
    parser.add_argument("--processes", type=int, default=0, metavar="P", help="cores to use, else all of them")
    cluster_choice.add_arguments(parser)
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="where the CT is now, if it was moved")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON to a file, too")


def run(arguments: argparse.Namespace) -> int:
    """Search and say what came of it."""
    from planner.domain.digest import canonical_json, to_plain
    from planner.domain.errors import InputRefused
    from planner.services.reopening import kept_plan
    from planner.services.suggest_tasks import SuggestPlacements

    if arguments.out is not None and not arguments.out.absolute().parent.is_dir():
        raise InputRefused("There is no such folder to write into.", code="no-path", where=str(arguments.out))
    cluster = cluster_choice.chosen(arguments)
    with (
        Terminal() as terminal,
        kept_plan(arguments.plan, call=terminal.call, blobs=terminal.blobs, dicom=arguments.dicom) as kept,
    ):
        plan = kept.session.plan
        wish = _wish(plan, arguments)
        told: Suggestion = terminal.call(
            SuggestPlacements(kept.opened.volume, plan, wish, processes=arguments.processes, cluster=cluster)
        )
        if arguments.out is not None:
            _write(arguments.out, canonical_json(told))
        if arguments.json:
            terminal.say_json(to_plain(told))
        else:
            for line in lines(plan.name, told):
                terminal.say(line)
    return OK if told.candidates else NEGATIVE


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_bytes(data + b"\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _wish(plan: Plan, arguments: argparse.Namespace) -> SuggestWish:
    from planner.domain.errors import InputRefused
    from planner.domain.suggestion import SuggestWish
    from planner.persistence.resources import probe_models

    models = tuple(arguments.model) or tuple(dict.fromkeys(probe.model_id for probe in plan.probes))
    if not models:
        ids = ", ".join(model.id for model in probe_models() if model.can_simulate)
        raise InputRefused(f"The plan has no probe to take the model of. Choose with --model: {ids}.", code="usage")
    return SuggestWish(
        _target(plan, arguments.target).id,
        models,
        arguments.probes,
        arguments.seed,
        technique_id=arguments.technique,
        draws=arguments.draws,
    )


def _target(plan: Plan, name: str) -> Target:
    from planner.domain.errors import InputRefused

    found = [target for target in plan.targets if name.lower() in target.words.lower()]
    if len(found) == 1:
        return found[0]
    if not plan.targets:
        raise InputRefused("The plan has no target. Draw one in the Target step.", code="no-target")
    every = "; ".join(target.words for target in plan.targets)
    what = f"“{name}” names {len(found)} of the plan's targets" if name else "The plan has several targets"
    raise InputRefused(f"{what}. Choose one with --target: {every}.", code="no-target")


def lines(name: str, told: Suggestion) -> Iterator[str]:
    """Return what to print of a suggestion."""
    counts = told.counts
    yield f"{name}: {len(told.candidates)} candidate{'s' if len(told.candidates) != 1 else ''} for {told.target_name}"
    yield (
        f"{counts.paths} shafts screened, {counts.open_paths} open; {counts.coarse} placements computed on 2 mm cells, "
        f"{counts.fine} assessed on 1 mm, {counts.held} break no hard limit; seed {told.wish.seed}"
    )
    if told.candidates:
        yield ""
        yield from _table(told)
        for candidate in told.candidates:
            yield ""
            yield f"{candidate.name} · {candidate.protocol.title}"
            yield from (f"  {sentence}" for sentence in candidate.explanation)
            yield from (f"  NOT ASSESSED: {words}" for words in candidate.not_assessed)
    else:
        yield told.reason
        yield from (f"  {hint}" for hint in told.hints)
    yield ""
    yield "Excluded:"
    for each in sorted(told.exclusions, key=lambda one: -one.count)[:_SHOWN_EXCLUSIONS]:
        yield f"{each.count:>9}  {each.words} ({each.stage.value})"
    left = len(told.exclusions) - _SHOWN_EXCLUSIONS
    if left > 0:
        yield f"{'':>9}  and {left} reasons more; --json lists all"
    yield from told.notes


def _table(told: Suggestion) -> Iterator[str]:
    """Return the candidates beside the plan as it is, one line each; a star marks the best of a column."""
    from planner.domain.suggestion import SuggestAxis

    head = [f"{axis.value}{f' ({axis.unit})' if axis.unit else ''}" for axis in SuggestAxis]
    yield f"{'':<9}" + "  ".join(f"{words:>18}" for words in head)
    rows = [(candidate.name, candidate.figures) for candidate in told.candidates]
    rows += [] if told.present is None else [("as it is", told.present)]
    for name, figures in rows:
        cells = []
        for axis in SuggestAxis:
            value = figures.on(axis)
            best = "*" if name in told.best_on(axis) else " "
            cells.append(f"{'—' if value is None else f'{value:.1f}':>17}{best}")
        yield f"{name:<9}" + "  ".join(cells)
