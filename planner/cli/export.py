"""``frostline export PLAN --out DIR``: a kept plan judged anew and written for other systems, without a window."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import Terminal, status_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from planner.services.headless import Outcome
    from planner.services.reopening import KeptPlan

FORMS = {
    "encapsulated_pdf": "the report as a DICOM Encapsulated PDF",
    "sr": "every check as a DICOM structured report",
    "seg": "the structures as a DICOM SEG",
    "rtstruct": "the structures as a DICOM RTSTRUCT",
    "stl": "surfaces of the ice and of the structures",
    "csv": "every check as a table",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan file (.frostline)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for what is written")
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="where the CT is now, if it was moved")
    add_form_arguments(parser, FORMS)


def add_form_arguments(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Declare a flag for each form."""
    for name in names:
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=FORMS[name])


def run(arguments: argparse.Namespace) -> int:
    """Write what was asked for; 0 done, 1 a FAIL among the verdicts."""
    from planner.domain.errors import InputRefused
    from planner.services.headless import Cells, report_plan
    from planner.services.reopening import kept_plan

    if not any(getattr(arguments, name) for name in FORMS):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in FORMS)
        raise InputRefused(f"Say what to write: {flags}.", code="usage")
    with (
        Terminal() as terminal,
        tempfile.TemporaryDirectory() as made,
        kept_plan(arguments.plan, call=terminal.call, blobs=terminal.blobs, dicom=arguments.dicom) as kept,
    ):
        outcome = report_plan(kept, Path(made), call=terminal.call, cells=Cells())
        names = (
            *write_dicom(terminal, kept, outcome, arguments),
            *write_structures(terminal, kept, arguments),
            *_plain_files(outcome, arguments),
        )
        terminal.say(f"Written to {arguments.out}: {', '.join(names)}")
        return status_of(outcome.assessment)


def write_dicom(terminal: Terminal, kept: KeptPlan, outcome: Outcome, arguments: argparse.Namespace) -> tuple[str, ...]:
    """Write the report and the numbers as DICOM objects, as far as they are asked for."""
    from planner.persistence.resources import atlas
    from planner.planning.permission import title_words
    from planner.services.session import utc_now
    from planner.services.tasks import ExportDicom, Exported

    if not (arguments.encapsulated_pdf or arguments.sr):
        return ()
    plan = kept.session.plan
    written: Exported = terminal.call(
        ExportDicom(
            volume=kept.opened.volume,
            # An archive lists titles: what the report's title says must not be first seen on opening it.
            plan_name=" · ".join((*title_words(plan, atlas()), plan.name)),
            report_pdf=str(outcome.folder / "report.pdf") if arguments.encapsulated_pdf else "",
            assessment=outcome.assessment if arguments.sr else None,
            folder=str(arguments.out.resolve()),
            source_folder=str(kept.ct_folder.resolve()),
            made_at=utc_now(),
        )
    )
    return written.files


def write_structures(terminal: Terminal, kept: KeptPlan, arguments: argparse.Namespace) -> tuple[str, ...]:
    """Write the structures that hold anything in the forms asked for."""
    from planner.domain.errors import InputRefused
    from planner.domain.exchange import ExportForm
    from planner.services.tasks import Exported, ExportStructures

    plan, out = kept.session.plan, arguments.out.resolve()
    drawn = tuple(structure.id for structure in plan.structures if not structure.is_blank)
    wanted = {
        ExportForm.DICOM_SEG: (arguments.seg, out / "structures.seg.dcm"),
        ExportForm.RTSTRUCT: (arguments.rtstruct, out / "structures.rtstruct.dcm"),
        ExportForm.STL: (arguments.stl, out),
    }
    if not drawn and (arguments.seg or arguments.rtstruct):
        raise InputRefused("The plan has no structure drawn; leave out --seg and --rtstruct.", code="export-nothing")
    names: list[str] = []
    for form, (is_wanted, path) in wanted.items():
        if not is_wanted or not drawn:
            continue
        request = ExportStructures(kept.opened.volume, plan, drawn, str(path), form, str(kept.ct_folder.resolve()))
        written: Exported = terminal.call(request)
        names += written.files
    return tuple(names)


def _plain_files(outcome: Outcome, arguments: argparse.Namespace) -> tuple[str, ...]:
    """Put the surfaces of the ice and the table where they belong."""
    from planner.persistence.leaving import leaving_into, put_in_place
    from planner.report.export import assessment_csv

    with leaving_into(arguments.out, what="The files") as staging:
        if arguments.stl:
            for path in sorted(outcome.folder.glob("ice_*.stl")):
                shutil.copyfile(path, staging / path.name)
        if arguments.csv:
            (staging / "assessment.csv").write_bytes(assessment_csv(outcome.assessment))
        return tuple(put_in_place(file, arguments.out / file.name).name for file in sorted(staging.iterdir()))
