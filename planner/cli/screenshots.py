"""``frostline screenshots``: the pictures of the documentation, made anew from the synthetic patient."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import OK, Terminal

if TYPE_CHECKING:
    import argparse

# The chest wall shows every layout at its best: a long nerve, a long shaft, ribs on both sides.
_CASE = "chest-wall"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--case", default=_CASE, help="chest-wall (default) or neck")
    parser.add_argument("--small", action="store_true", help="also at 1366 × 768, the smallest window there is")


def run(arguments: argparse.Namespace) -> int:
    """Plan the demonstration case without a window; picture every layout, drawing, start, import and case pages."""
    from planner.phantoms.mixed_export import write_mixed_export
    from planner.services.demo import demo_job
    from planner.services.headless import Cells, run_job, write_case
    from planner.ui.screenshots import SIZES_PX, grab_drawing, grab_import, grab_layouts, grab_start
    from planner.ui.screenshots_cases import grab_cases

    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    sizes = SIZES_PX if arguments.small else SIZES_PX[:1]
    with tempfile.TemporaryDirectory() as private:
        # The import page shows the end of the folder's path: nothing of this machine's own.
        work = Path(private) / "export"
        work.mkdir()
        with Terminal() as terminal:
            built = write_case(arguments.case, work / "dicom", call=terminal.call)
            job = demo_job(built)
            run_job(job, work, call=terminal.call, blobs=terminal.blobs, cells=Cells(job.spacing_mm, None))
        # Beside the good series what else an export holds: the import page is about telling them apart.
        write_mixed_export(sorted((work / "dicom" / "ct").glob("*.dcm")), work / "dicom")
        pictures = (
            *grab_layouts(work / "plan.frostline", folder=out, sizes=sizes),
            *grab_drawing(work / "plan.frostline", folder=out, sizes=sizes),
            *grab_start(work / "plan.frostline", folder=out, sizes=sizes),
            *grab_cases(work / "plan.frostline", folder=out, sizes=sizes),
            *grab_import(work / "dicom", folder=out, sizes=sizes),
        )
    for path in pictures:
        terminal.say(str(path))
    return OK
