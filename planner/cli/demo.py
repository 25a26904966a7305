"""``frostline demo``: the synthetic patient, in the window, or without one into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.finer import add_cell_arguments, cells_of, page_of
from planner.cli.terminal import Terminal, demand_display, status_of, verdict_line

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--case", default="neck", help="neck (default) or chest-wall")
    parser.add_argument("--out", type=Path, help="do the whole job without a window and leave the files here")
    add_cell_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Open the demo in the window, or do the same job headless."""
    if arguments.out is None:
        demand_display(otherwise="Add --out FOLDER to do the whole job without one.")
        from planner.ui.app import run_app

        return run_app(demo_case=arguments.case)
    return _headless(arguments, arguments.out)


def _headless(arguments: argparse.Namespace, out: Path) -> int:
    from planner.services.demo import demo_job
    from planner.services.headless import run_job, write_case
    from planner.services.jobfile import job_text
    from planner.ui.screenshots import grab_plan

    with Terminal() as terminal:
        built = write_case(arguments.case, out / "dicom", call=terminal.call)
        job = demo_job(built)
        outcome = run_job(
            job,
            out,
            call=terminal.call,
            blobs=terminal.blobs,
            cells=cells_of(arguments, spacing_mm=job.spacing_mm),
            also=page_of(arguments),
        )
        (out / "job.json").write_text(job_text(job, folder=out), encoding="utf-8")
        terminal.say(f"{built.title}: {verdict_line(outcome.assessment)}")
        terminal.say(f"Written to {outcome.folder}: {', '.join(outcome.files)}")
    pictures = grab_plan(out / "plan.frostline", folder=out)
    terminal.say(f"Pictures: {', '.join(path.name for path in pictures)}")
    terminal.say(f"The same plan as a job: frostline run {out / 'job.json'} --out FOLDER")
    return status_of(outcome.assessment)
