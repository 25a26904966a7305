"""``frostline whatif PLAN``: how the limits of a kept plan come out with one thing otherwise. Nothing is changed.

Exit status: 0 when told, 2 for bad input.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import OK, Terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from planner.domain.what_if import WhatIfTable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan file (.frostline)")
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="where the CT is now, if it was moved")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, every limit with it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON to a file, too")


def run(arguments: argparse.Namespace) -> int:
    """Compute the variations and list them."""
    from planner.domain.digest import canonical_json, to_plain
    from planner.domain.errors import InputRefused
    from planner.services.reopening import kept_plan
    from planner.services.what_if_tasks import CompareWhatIf

    if arguments.out is not None and not arguments.out.absolute().parent.is_dir():
        raise InputRefused("There is no such folder to write into.", code="no-path", where=str(arguments.out))
    with (
        Terminal() as terminal,
        kept_plan(arguments.plan, call=terminal.call, blobs=terminal.blobs, dicom=arguments.dicom) as kept,
    ):
        table: WhatIfTable = terminal.call(CompareWhatIf(kept.opened.volume, kept.session.plan))
        if arguments.out is not None:
            _write(arguments.out, canonical_json(table))
        if arguments.json:
            terminal.say_json(to_plain(table))
        else:
            for line in lines(kept.session.plan.name, table):
                terminal.say(line)
    return OK


def lines(name: str, table: WhatIfTable) -> Iterator[str]:
    """Return what to print of a plan's variations."""
    from planner.domain.rule import Verdict
    from planner.planning.what_if import figures_of
    from planner.report.numbers import MISSING, celsius, mm, number

    yield f"{name}: one thing otherwise, on {table.spacing_mm:g} mm cells. Rows compare with one another."
    yield f"{'treated':>8}{'margin':>11}{'coldest':>9}{'FAIL':>6}{'CHECK':>7}{'NOT ASSESSED':>14}  variation"
    kind = None
    for row in table.rows:
        if row.variation is not None and row.variation.kind is not kind:
            kind = row.variation.kind
            yield f"{kind.value}:"
        words = "As planned" if row.variation is None else row.variation.words
        if row.reason:
            yield f"{MISSING:>8}{'':47}  {words}: {row.reason}"
            continue
        told = figures_of(table.limits, row)
        treated = MISSING if told.covered_percent is None else f"{number(int(told.covered_percent), decimals=0)} %"
        margin = MISSING if told.margin is None else mm(told.margin.value.value)
        of = "" if told.margin is None else f" ({told.margin.key.subject_name})"
        counts = (told.counts[Verdict.FAIL], told.counts[Verdict.CHECK], told.counts[Verdict.NOT_ASSESSED])
        yield (
            f"{treated:>8}{margin:>11}{celsius(told.coldest_c):>9}{counts[0]:>6}{counts[1]:>7}{counts[2]:>14}"
            f"  {words}{of}"
        )
    yield from table.left_out


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_bytes(data + b"\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
