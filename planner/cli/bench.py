"""``frostline bench KIND``: accuracy tables and ratios, measured here and now, asserted nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from planner.cli.terminal import NEGATIVE, OK

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from planner.bench.table import Row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the kinds of measurement and their arguments."""
    parser.set_defaults(run_kind=None, print_help=parser.print_help)
    kinds = parser.add_subparsers(dest="kind", metavar="KIND")
    thermal = kinds.add_parser("thermal", help="speed of the prediction against its goals and a plain numpy solver")
    thermal.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    thermal.add_argument("--quick", action="store_true", help="leave out what takes longest (40 s instead of 4 min)")
    thermal.set_defaults(run_kind=_run_thermal)
    load = kinds.add_parser("load", help="speed of opening a CT against its goals and other readers")
    load.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    load.add_argument("--quick", action="store_true", help="fewer slices, fewer repeats")
    load.set_defaults(run_kind=_run_load)
    segment = kinds.add_parser("segment", help="automatic structures against drawn truth and other people's labels")
    segment.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    segment.add_argument("--quick", action="store_true", help="only the synthetic patients")
    segment.set_defaults(run_kind=_run_segment)
    calibrate = kinds.add_parser("calibrate", help="surface temperatures of probes, fitted to their isotherms")
    calibrate.add_argument("--probe", metavar="ID", default="", help="only this probe of the catalogue")
    calibrate.add_argument("--json", action="store_true", help="print the rows as JSON")
    calibrate.add_argument("--write", action="store_true", help="keep the fits in resources/probes/calibration.json")
    calibrate.set_defaults(run_kind=_run_calibrate)
    validate = kinds.add_parser("validate", help="the prediction against closed forms, reference codes and experiments")
    validate.add_argument("--case", metavar="ID", default="", help="only this case, such as AN-08")
    validate.add_argument("--json", action="store_true", help="print the figures as JSON")
    validate.add_argument("--plots", metavar="DIR", default="", help="also draw the charts into this folder")
    validate.set_defaults(run_kind=_run_validate)
    card = kinds.add_parser("card", help="model card: its page, and its validation from figures of “validate --json”")
    card.add_argument("figures", nargs="?", metavar="FIGURES.json", help="what “bench validate --json” printed")
    card.set_defaults(run_kind=_run_card)
    paint = kinds.add_parser("paint", help="dabs of the brush and the keeping of strokes on 512 × 512 × 500 voxels")
    paint.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    paint.add_argument("--quick", action="store_true", help="fewer repeats")
    paint.set_defaults(run_kind=_run_paint)
    drag = kinds.add_parser("drag", help="a hand that drags a probe in the window: previews, drawing, blocks, release")
    drag.add_argument("--case", default="neck", help="neck (default) or chest-wall")
    drag.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    drag.add_argument("--quick", action="store_true", help="shorter drags, fewer releases")
    drag.set_defaults(run_kind=_run_drag)
    _add_placing(kinds)
    gate = kinds.add_parser("gate", help="the import against faults, damage, huge claims and hostile archives")
    gate.add_argument("--cases", metavar="N", type=int, default=100_000, help="fault cases; all of them by default")
    gate.add_argument("--mutants", metavar="N", type=int, default=100_000, help="damaged files (100 000)")
    gate.add_argument("--series", metavar="N", type=int, default=10_000, help="series with damaged slices (10 000)")
    gate.add_argument("--seed", metavar="S", type=int, default=1, help="what replays the same damage (1)")
    gate.add_argument("--json", action="store_true", help="print rows and faults as JSON")
    gate.set_defaults(run_kind=_run_gate)


def _add_placing(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare what is measured of where probes come to lie."""
    robustness = kinds.add_parser("robustness", help="draws of the placement error: time, fine cells, every technique")
    robustness.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    robustness.add_argument("--quick", action="store_true", help="60 draws instead of 500")
    robustness.set_defaults(run_kind=_run_robustness)
    suggest = kinds.add_parser("suggest", help="screening of ways through the skin, and suggestions of placements")
    suggest.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    suggest.add_argument("--quick", action="store_true", help="fewer ways, no large CT")
    suggest.set_defaults(run_kind=_run_suggest)


def run(arguments: argparse.Namespace) -> int:
    """Run one kind of measurement; without one, say which there are."""
    if arguments.run_kind is None:
        arguments.print_help()
        return OK
    return int(arguments.run_kind(arguments))


def _run_thermal(arguments: argparse.Namespace) -> int:
    from planner.bench.thermal import run_thermal_bench

    return _print_rows(arguments, run_thermal_bench)


def _run_load(arguments: argparse.Namespace) -> int:
    from planner.bench.load import run_load_bench

    return _print_rows(arguments, run_load_bench)


def _run_paint(arguments: argparse.Namespace) -> int:
    from planner.bench.paint import run_paint_bench

    return _print_rows(arguments, run_paint_bench)


def _run_drag(arguments: argparse.Namespace) -> int:
    from functools import partial

    from planner.ui.moving_hand import run_hand_bench

    return _print_rows(arguments, partial(run_hand_bench, case=arguments.case))


def _run_robustness(arguments: argparse.Namespace) -> int:
    from planner.bench.robustness import run_robustness_bench

    return _print_rows(arguments, run_robustness_bench)


def _run_suggest(arguments: argparse.Namespace) -> int:
    from planner.bench.suggest import run_suggest_bench

    return _print_rows(arguments, run_suggest_bench)


def _run_segment(arguments: argparse.Namespace) -> int:
    from planner.bench.segment import run_segment_bench

    return _print_rows(arguments, run_segment_bench)


def _print_rows(arguments: argparse.Namespace, measure: Callable[..., list[Row]]) -> int:
    import sys

    from planner.bench.table import load_words, machine_facts, table_text

    machine = machine_facts()
    rows = measure(quick=arguments.quick, say=lambda words: print(f"{words} …", file=sys.stderr, flush=True))
    machine["load average at the end"] = load_words()
    if arguments.json:
        print(json.dumps({"machine": machine, "rows": [row.as_json() for row in rows]}, indent=2, ensure_ascii=False))
    else:
        print(table_text(rows, machine))
    return OK


def _run_calibrate(arguments: argparse.Namespace) -> int:
    import sys

    from planner.bench.calibrate import rows_of, run_fits, table_lines, write_fits
    from planner.persistence.resources import resources_dir

    outcomes = run_fits(arguments.probe, say=lambda words: print(words, file=sys.stderr, flush=True))
    if arguments.json:
        print(json.dumps([row for outcome in outcomes for row in rows_of(outcome)], indent=2, ensure_ascii=False))
    else:
        print("\n".join(table_lines(outcomes)).strip())
    if arguments.write:
        write_fits(outcomes, resources_dir())
    return OK


def _run_validate(arguments: argparse.Namespace) -> int:
    import sys
    from pathlib import Path

    from planner.bench.validate import run_validation
    from planner.bench.verdicts import as_plain, summary, table_lines

    figures = []
    for facts, own in run_validation(arguments.case):
        print(f"{facts.case_id} {facts.title}: {summary(own)}", file=sys.stderr, flush=True)
        figures += own
    if arguments.json:
        print(json.dumps(as_plain(figures), indent=2, ensure_ascii=False))
    else:
        print("\n".join([*table_lines(figures), "", summary(figures)]))
    if arguments.plots:
        from planner.bench.validation_charts import draw_all

        for path in draw_all(Path(arguments.plots)):
            print(path, file=sys.stderr)
    return OK


def _run_card(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from planner.bench.model_card import PAGE, card_markdown, keep_validation
    from planner.persistence.resources import resources_dir, tissues
    from planner.persistence.uncertainty import read_model_card, uncertainty_ranges

    folder = resources_dir()
    if arguments.figures:
        keep_validation(folder, json.loads(Path(arguments.figures).read_text(encoding="utf-8")))
    card = read_model_card(folder, tissues=tissues(), ranges=uncertainty_ranges())
    (folder / PAGE).write_text(card_markdown(card, uncertainty_ranges()), encoding="utf-8")
    print(folder / PAGE)
    return OK


def _run_gate(arguments: argparse.Namespace) -> int:
    import sys

    from planner.bench.gate import run_gate
    from planner.bench.table import machine_facts, table_text

    verdict = run_gate(
        cases=arguments.cases,
        mutants=arguments.mutants,
        series=arguments.series,
        seed=arguments.seed,
        say=lambda words: print(f"{words} …", file=sys.stderr, flush=True),
    )
    if arguments.json:
        rows = [row.as_json() for row in verdict.rows]
        plain = {"seed": arguments.seed, "passed": verdict.is_passed, "rows": rows, "faults": verdict.faults}
        print(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        print(table_text(verdict.rows, {"seed": arguments.seed, **machine_facts()}))
        print("\n".join(["", f"{len(verdict.faults)} faults", *verdict.faults]))
    return OK if verdict.is_passed else NEGATIVE
