"""``frostline report PLAN --out DIR``: a kept plan predicted and judged anew, and its report, without a window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.case_choice import add_case_arguments, case_pages_of
from planner.cli.finer import add_cell_arguments, cells_of, outcome_lines, page_of
from planner.cli.terminal import Terminal, status_of

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan file (.frostline)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for report, assessment, meshes")
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="where the CT is now, if it was moved")
    add_cell_arguments(parser)
    add_case_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the report; 0 done, 1 a FAIL among the verdicts."""
    from planner.domain.simulation import RESULT_SPACING_MM
    from planner.services.headless import report_plan
    from planner.services.reopening import kept_plan

    cells = cells_of(arguments, spacing_mm=RESULT_SPACING_MM)
    also = page_of(arguments)
    with (
        Terminal() as terminal,
        kept_plan(arguments.plan, call=terminal.call, blobs=terminal.blobs, dicom=arguments.dicom) as kept,
    ):
        also = replace(also, case=case_pages_of(arguments, kept.session.plan.id))
        outcome = report_plan(kept, arguments.out, call=terminal.call, cells=cells, also=also)
        for line in outcome_lines(kept.session.plan.name, outcome):
            terminal.say(line)
        return status_of(outcome.assessment)
