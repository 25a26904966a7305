"""``frostline segment PATH``: structures found or read, listed, compared with a reference, written for other systems.

Exit status: 0 when it is done, 1 when findings of the series refuse or were not accepted by name, or nothing was found,
2 when something cannot be read or written. What a structure is compared with is said in the table: the reference of the
same name, else all of the same kind together.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.cli.accepting import add_series_arguments, choose
from planner.cli.terminal import NEGATIVE, OK, Terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from planner.cli.accepting import Chosen
    from planner.domain.structure_numbers import StructureNumbers
    from planner.services.overlap import Agreement
    from planner.services.shared import SharedMask
    from planner.services.tasks import FreshMasks, MeasuredStructures, OpenedSeries, TaskRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_series_arguments(parser)
    parser.add_argument("--auto", action="store_true", help="find what a CT shows plainly: skin, lungs, bone, vessels")
    parser.add_argument("--totalsegmentator", action="store_true", help="run TotalSegmentator where it is installed")
    parser.add_argument(
        "--import",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        dest="import_files",
        help="read structures from a file of any known form, or a folder of one file each; may be repeated",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write them: .dcm, .seg.nrrd, .nii.gz; for surfaces a folder"
    )
    parser.add_argument(
        "--form", default="", metavar="FORM", help="form of --out where its ending does not say it, such as STL"
    )
    parser.add_argument("--reference", type=Path, metavar="FILE", help="structures to compare with, in any known form")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Find or read structures, list them, compare them and write them."""
    _check(arguments)
    with Terminal() as terminal:
        chosen = choose(terminal, arguments)
        told = _told(chosen, accepted=arguments.accept)
        if chosen.opened is not None:
            told |= _work(terminal, chosen, chosen.opened, arguments)
        if arguments.json:
            terminal.say_json(told)
        else:
            for line in _lines(told, chosen):
                terminal.say(line)
        return OK if told["structures"] else NEGATIVE


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what cannot work before anything is read."""
    from planner.domain.errors import InputRefused
    from planner.domain.exchange import ExportForm
    from planner.services.exchange import form_of

    if not (arguments.auto or arguments.totalsegmentator or arguments.import_files):
        raise InputRefused("Say where structures come from: --auto, --totalsegmentator or --import FILE.", code="usage")
    for path in (*arguments.import_files, *([arguments.reference] if arguments.reference else [])):
        if not path.exists():
            raise InputRefused("There is no such file or folder.", code="no-path", where=str(path))
    known = {form.value.casefold(): form for form in ExportForm}
    if arguments.form and arguments.form.casefold() not in known:
        raise InputRefused(f"--form is one of {', '.join(known[name].value for name in known)}.", code="usage")
    if arguments.out is not None:
        arguments.form = known[arguments.form.casefold()] if arguments.form else form_of(arguments.out)


def _told(chosen: Chosen, *, accepted: Sequence[str]) -> dict[str, Any]:
    from planner.cli.series_rows import finding_json
    from planner.domain.review import Severity

    needed = {finding.code for finding in chosen.findings if finding.severity is Severity.ACK}

    return {
        "series_instance_uid": chosen.series.series_instance_uid,
        "label": chosen.series.label,
        "findings": [finding_json(finding) for finding in chosen.findings],
        "accepted": [code for code in accepted if code in needed],
        "structures": [],
        "notes": [],
        "reference": None,
        "files": [],
    }


def _work(terminal: Terminal, chosen: Chosen, opened: OpenedSeries, arguments: argparse.Namespace) -> dict[str, Any]:
    """Do everything asked of an opened series."""
    from planner.services.tasks import MeasureStructures

    masks, notes = _structures(terminal, opened, arguments)
    measured: MeasuredStructures = terminal.call(MeasureStructures(opened.volume, tuple(mask.mask for mask in masks)))
    rows = [_row(mask, numbers) for mask, numbers in zip(masks, measured.numbers, strict=True)]
    told: dict[str, Any] = {"structures": rows, "notes": notes}
    if arguments.reference is not None:
        told["reference"] = _compared(terminal, opened, masks, arguments.reference)
    if arguments.out is not None and masks:
        told["files"] = _written(terminal, chosen, opened, masks, arguments)
    return told


def _structures(
    terminal: Terminal, opened: OpenedSeries, arguments: argparse.Namespace
) -> tuple[list[SharedMask], list[str]]:
    """Find and read what was asked for, in the order of the arguments' help."""
    from planner.services.tasks import ImportStructures, RunTotalSegmentator, SegmentVolume

    volume = opened.volume
    requests: list[TaskRequest] = [SegmentVolume(volume)] if arguments.auto else []
    requests += [RunTotalSegmentator(volume)] if arguments.totalsegmentator else []
    requests += [ImportStructures(volume, str(path.resolve())) for path in arguments.import_files]
    masks: list[SharedMask] = []
    notes: list[str] = []
    for request in requests:
        fresh: FreshMasks = terminal.call(request)
        masks += fresh.masks
        notes += fresh.notes
    return masks, notes


def _row(mask: SharedMask, numbers: StructureNumbers) -> dict[str, Any]:
    return {
        "name": mask.name,
        "kind": mask.kind.value,
        "side": None if mask.side is None else mask.side.value,
        "origin": mask.origin.value,
        "method": mask.method,
        "confirmed": False,
        "volume_ml": numbers.volume_ml,
        "surface_cm2": numbers.surface_cm2,
        "mean_hu": numbers.mean_hu,
    }


def _compared(terminal: Terminal, opened: OpenedSeries, masks: Sequence[SharedMask], reference: Path) -> dict[str, Any]:
    """Read the reference and compare."""
    from planner.services.overlap import agreements, not_compared
    from planner.services.tasks import ImportStructures

    fresh: FreshMasks = terminal.call(ImportStructures(opened.volume, str(reference.resolve())))
    rows = agreements(masks, fresh.masks, blobs=terminal.blobs)
    return {
        "file": reference.name,
        "notes": list(fresh.notes),
        "rows": [_agreement_json(row) for row in rows],
        "not_compared": list(not_compared(masks, fresh.masks)),
    }


def _agreement_json(row: Agreement) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind.value,
        "against": list(row.against),
        "matched_by": row.by or None,
        "dice": row.dice,
        "recall": row.recall,
        "precision": row.precision,
    }


def _written(
    terminal: Terminal,
    chosen: Chosen,
    opened: OpenedSeries,
    masks: Sequence[SharedMask],
    arguments: argparse.Namespace,
) -> list[str]:
    """Write the structures; returns the names of the files."""
    from planner.services.opening import empty_plan
    from planner.services.structure_commands import AddStructures
    from planner.services.tasks import Exported, ExportStructures

    structures = tuple(mask.as_structure() for mask in masks)
    plan = AddStructures(structures).apply(empty_plan(opened, name="structures"))
    exported: Exported = terminal.call(
        ExportStructures(
            volume=opened.volume,
            plan=plan,
            structure_ids=tuple(structure.id for structure in structures),
            path=str(arguments.out.resolve()),
            form=arguments.form,
            source_folder=chosen.folder,
        )
    )
    return list(exported.files)


def _lines(told: dict[str, Any], chosen: Chosen) -> Iterator[str]:
    from planner.domain.review import Severity

    yield told["label"]
    for finding in told["findings"]:
        accepted = " (accepted)" if finding["code"] in told["accepted"] else ""
        yield f"  {Severity(finding['severity']).name} {finding['code']}{accepted}: {finding['message']}"
    if chosen.refusal:
        yield chosen.refusal
        return
    rows = told["structures"]
    if not rows:
        yield "No structure was found."
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        hu = "" if row["mean_hu"] is None else f"{row['mean_hu']:8.0f} HU"
        yield f"  {row['name']:<{width}}  {row['kind']:<18} {row['volume_ml']:10.1f} mL {hu:>11}"
        yield f"    {row['method']}"
    yield from (f"  Note: {note}" for note in told["notes"])
    if told["reference"] is not None:
        yield from _reference_lines(told["reference"], width)
    for name in told["files"]:
        yield f"Written: {name}"
    yield "Nobody has confirmed these structures."


def _reference_lines(reference: dict[str, Any], width: int) -> Iterator[str]:
    yield f"Against {reference['file']}:"
    yield f"  {'':<{width}}   Dice  Recall  Precision"
    for row in reference["rows"]:
        if row["matched_by"] is None:
            yield f"  {row['name']:<{width}}      –       –          –  no reference of this kind"
            continue
        several = len(row["against"]) > 1
        what = f"{len(row['against'])} of kind {row['kind']} together" if several else row["against"][0]
        yield (
            f"  {row['name']:<{width}}  {row['dice']:5.3f}   {_share(row['recall'])}      {_share(row['precision'])}"
            f"  with {what}, by {row['matched_by']}"
        )
    if reference["not_compared"]:
        yield f"  Not compared: {', '.join(reference['not_compared'])}"


def _share(value: float | None) -> str:
    return "    –" if value is None else f"{value:5.3f}"
