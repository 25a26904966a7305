"""``frostline export PLAN --out DIR``: a kept plan judged anew and written for other systems, without a window."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.case_choice import add_case_arguments, case_pages_of
from planner.cli.finer import add_cell_arguments, cells_of, page_of
from planner.cli.terminal import Terminal, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from planner.domain.exchange import PlanForm
    from planner.services.headless import Outcome
    from planner.services.reopening import KeptPlan
    from planner.services.tasks import Exported

FORMS = {
    "pdf": "the report as a PDF, with all it was made from inside",
    "json": "plan, verdicts and exposures as JSON",
    "csv": "every check and every exposure as tables",
    "png": "the report's figures as PNG",
    "stl": "surfaces of the ice, of the probes and of the structures as STL",
    "ply": "the same as PLY",
    "markups": "nerves and probes as 3D Slicer markups",
    "encapsulated_pdf": "the report as a DICOM Encapsulated PDF",
    "sr": "every check and figure as a DICOM structured report",
    "seg": "the structures as a DICOM SEG",
    "rtstruct": "the structures as a DICOM RTSTRUCT",
    "isotherm_seg": "the predicted isotherms as a DICOM SEG",
    "key_images": "the report's figures as DICOM Secondary Captures",
}
_JSON = ("plan.json", "assessment.json", "exposure.json", "range.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="plan file (.frostline)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for what is written")
    parser.add_argument("--dicom", type=Path, metavar="DIR", help="where the CT is now, if it was moved")
    add_form_arguments(parser, FORMS)
    parser.add_argument(
        "--deidentify",
        action="store_true",
        help="without an identity (PS3.15 basic profile): the plan, the report and what else is asked for",
    )
    parser.add_argument("--with-ct", action="store_true", help="with --deidentify: the CT without an identity, too")
    add_cell_arguments(parser)
    add_case_arguments(parser)


def add_form_arguments(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Declare a flag for each form."""
    for name in names:
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=FORMS[name])


def run(arguments: argparse.Namespace) -> int:
    """Write what was asked for; 0 done, 1 a FAIL among the verdicts."""
    from planner.domain.simulation import RESULT_SPACING_MM
    from planner.services.headless import report_plan
    from planner.services.reopening import kept_plan

    _require_sense(arguments)
    out = arguments.out
    with ExitStack() as stack:
        terminal = stack.enter_context(Terminal())
        made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kept = stack.enter_context(
            kept_plan(arguments.plan, call=terminal.call, blobs=terminal.blobs, dicom=arguments.dicom)
        )
        case = None
        # Of nobody nothing of a case is printed unasked, nor into a patient's archive (H-43).
        if not (arguments.deidentify or arguments.encapsulated_pdf) or arguments.case is not None:
            plan_id = kept.session.plan.id
            pages = case_pages_of(arguments, plan_id)
            case = None if pages is None else replace(pages, plan_id=plan_id)
        if arguments.deidentify:
            kept = stack.enter_context(_nobodys(kept, made / "ct", terminal))
            # It leaves as a whole, when every object in it is marked.
            arguments = argparse.Namespace(**vars(arguments) | {"out": made / "package"})
        forms, is_nobodys = tuple(_plan_forms(arguments)), arguments.deidentify
        also = replace(page_of(arguments), forms=forms, is_nobodys=is_nobodys, case=case)
        cells = cells_of(arguments, spacing_mm=RESULT_SPACING_MM)
        outcome = report_plan(kept, made / "report", call=terminal.call, cells=cells, also=also)
        objects = (*write_dicom(terminal, kept, outcome, arguments), *write_structures(terminal, kept, arguments))
        names = [*objects, *_plain_files(outcome, arguments)]
        if arguments.deidentify:
            names = list(_without_identity(terminal, kept, objects, arguments, out))
        terminal.say(f"Written to {out}: {', '.join(names)}")
        return status_of(outcome.assessment)


def _require_sense(arguments: argparse.Namespace) -> None:
    from planner.domain.errors import InputRefused
    from planner.services.deidentified import require_empty

    if not arguments.deidentify and not any(getattr(arguments, name) for name in FORMS):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in FORMS)
        raise InputRefused(f"Say what to write: {flags}, or --deidentify.", code="usage")
    leaves_case_out = arguments.deidentify or arguments.encapsulated_pdf
    if arguments.case_form and leaves_case_out and arguments.case is None:
        flag = "--deidentify" if arguments.deidentify else "--encapsulated-pdf"
        raise InputRefused(
            f"With {flag} nothing of a case is printed unless --case names it. Name it, or leave --case-form out.",
            code="usage",
        )
    if arguments.with_ct and not arguments.deidentify:
        raise InputRefused("--with-ct goes with --deidentify: the CT itself is where it was.", code="usage")
    if arguments.deidentify:
        require_empty(arguments.out)  # before minutes of work


def _plan_forms(arguments: argparse.Namespace) -> Iterator[PlanForm]:
    from planner.domain.exchange import PlanForm

    for form in PlanForm:
        if getattr(arguments, form.name.lower()):
            yield form


def write_dicom(terminal: Terminal, kept: KeptPlan, outcome: Outcome, arguments: argparse.Namespace) -> tuple[str, ...]:
    """Write the report, the numbers, the isotherms and the pictures as DICOM objects, as far as they are asked for."""
    from planner.persistence.resources import atlas
    from planner.planning.permission import title_words
    from planner.services.dicom_tasks import ExportDicom
    from planner.services.session import utc_now

    asked = {name: getattr(arguments, name, False) for name in ("encapsulated_pdf", "sr", "isotherm_seg", "key_images")}
    if not any(asked.values()):
        return ()
    plan = kept.session.plan
    warnings = title_words(plan, atlas())
    written: Exported = terminal.call(
        ExportDicom(
            volume=kept.opened.volume,
            # An archive lists titles: what the report's title says must not be first seen on opening it.
            plan_name=" · ".join((*warnings, plan.name)),
            report_pdf=str(outcome.folder / "report.pdf") if asked["encapsulated_pdf"] else "",
            assessment=outcome.assessment if asked["sr"] else None,
            folder=str(arguments.out.resolve()),
            source_folder=str(kept.ct_folder.resolve()),
            made_at=utc_now(),
            warnings=tuple(warnings),
            judged=outcome.judged,
            isotherms=asked["isotherm_seg"],
            key_images=asked["key_images"],
        )
    )
    return written.files


def write_structures(terminal: Terminal, kept: KeptPlan, arguments: argparse.Namespace) -> tuple[str, ...]:
    """Write the structures that hold anything in the forms asked for."""
    from planner.domain.errors import InputRefused
    from planner.domain.exchange import ExportForm
    from planner.services.tasks import ExportStructures

    plan, out = kept.session.plan, arguments.out.resolve()
    drawn = tuple(structure.id for structure in plan.structures if not structure.is_blank)
    wanted = {
        ExportForm.DICOM_SEG: (arguments.seg, out / "structures.seg.dcm"),
        ExportForm.RTSTRUCT: (arguments.rtstruct, out / "structures.rtstruct.dcm"),
        ExportForm.STL: (getattr(arguments, "stl", False), out),
        ExportForm.PLY: (getattr(arguments, "ply", False), out),
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
    """Put the files of a made report that were asked for where they belong; without an identity, also what it is."""
    from planner.persistence.leaving import leaving_into, put_in_place

    wanted = {ending for ending in ("csv", "png", "stl", "ply") if getattr(arguments, ending)}
    names = {name for name in outcome.files if name.rpartition(".")[2] in wanted}
    if arguments.pdf or arguments.deidentify:
        names.add("report.pdf")
    if arguments.json or arguments.deidentify:
        names.update(_JSON)
    if arguments.markups:
        names.update(name for name in outcome.files if name.endswith(".mrk.json"))
    chosen = [name for name in outcome.files if name in names]
    with leaving_into(arguments.out, what="The files") as staging:
        for name in chosen:
            shutil.copyfile(outcome.folder / name, staging / name)
        return tuple(put_in_place(staging / name, arguments.out / name).name for name in chosen)


# ---------------------------------------------------------------- without an identity


def _nobodys(kept: KeptPlan, folder: Path, terminal: Terminal) -> AbstractContextManager[KeptPlan]:
    from planner.imaging.deidentify import Pseudonyms
    from planner.services.deidentified import nobodys

    def say(note: str) -> None:
        terminal.say(f"Note: {note}")

    return nobodys(kept, folder, call=terminal.call, pseudonyms=Pseudonyms.fresh(), say=say)


def _without_identity(
    terminal: Terminal, kept: KeptPlan, objects: Iterable[str], arguments: argparse.Namespace, out: Path
) -> tuple[str, ...]:
    """Mark the objects, put the plan, and the CT if it is wanted, beside them, and let the package leave."""
    from planner.services.deidentified import add_plan, leave
    from planner.services.deidentified_tasks import StampNobodys

    package: Path = arguments.out
    marked = tuple(str(package / name) for name in objects if name.endswith(".dcm"))
    if marked:
        terminal.call(StampNobodys(marked))
    add_plan(kept, package, with_ct=arguments.with_ct)
    return leave(package, out)
