"""How do structures come from and go to other systems? Read from any known file, written in the form asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.exchange import ExportForm
from planner.domain.structure import SegmentedMask, Structure
from planner.persistence.leaving import leaving_into, put_in_place
from planner.services.ct_files import ct_files
from planner.services.shared import SharedMask
from planner.services.tasks import Exported, FreshMasks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import ExportStructures, ImportStructures

MOST_FILE_NAME = 60  # characters of a structure's name that go into a file's
SERIES_DESCRIPTION = "Structures"
_ENDINGS = {ExportForm.NIFTI: (".nii.gz", ".nii"), ExportForm.SEG_NRRD: (".nrrd",)}


def import_structures(request: ImportStructures, *, blobs: BlobStore, progress: Progress) -> FreshMasks:
    """Task: read structures from a file or folder and place them by geometry."""
    from planner.segmentation.labelio.reading import read_structures

    found = read_structures(Path(request.path), volume=request.volume.open(blobs), progress=progress)
    masks, notes = [], list(found.notes)
    for number, mask in enumerate(found.masks):
        progress(number, len(found.masks), "Storing structures")
        colour, note = _own_colour(mask)
        notes += [note] if note else []
        masks.append(SharedMask.of(replace(mask, colour=colour), blobs))
    return FreshMasks(tuple(masks), tuple(notes))


def _own_colour(mask: SegmentedMask) -> tuple[str, str]:
    """Return the colour a file gives a structure, empty for its kind's own or one too like ice, and what was said."""
    from planner.rendering.palette import require_not_ice, style_of

    if mask.colour in ("", style_of(mask.kind).colour):
        return "", ""
    try:
        require_not_ice(mask.colour)
    except PlanInvalid as refusal:
        return "", f"{mask.name} is drawn in the colour of its kind: {refusal.sentence}"
    return mask.colour, ""


def export_structures(request: ExportStructures, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: write structures in the form asked for.

    Voxel forms go into the one file chosen; surfaces, and what a second file must hold, get names that are free.
    """
    by_id = {structure.id: structure for structure in request.plan.structures}
    chosen = [by_id[wanted] for wanted in request.structure_ids if wanted in by_id]
    if not chosen or len(chosen) < len(request.structure_ids):
        raise InputRefused(
            "What is chosen to write is no longer in the plan. Choose the structures again.", code="export-nothing"
        )
    path = Path(request.path)
    folder = path if request.form.is_mesh else path.parent
    with leaving_into(folder, what="The structures") as staging:
        if request.form.is_mesh:
            return _export_meshes(request, chosen, staging, blobs=blobs, progress=progress)
        progress(0, 2, "Writing structures")
        masks = [_as_mask(structure, blobs) for structure in chosen]
        file = staging / _file_name(path, request.form)
        written = _write(request, file, masks=masks, blobs=blobs, progress=progress)
        progress(1, 2, "Writing structures")
        return Exported(tuple(_published(written, path)))


def _as_mask(structure: Structure, blobs: BlobStore) -> SegmentedMask:
    """Return a structure as the writers take it; what it looks like and whether somebody looked at it go along."""
    from planner.rendering.palette import style_for

    seen = "confirmed" if structure.is_confirmed else "not confirmed by anybody"
    return SegmentedMask(
        name=structure.name,
        kind=structure.kind,
        side=structure.side,
        mask=blobs.get(structure.mask),
        origin=structure.origin,
        method="; ".join(part for part in (structure.method, seen) if part),
        colour=style_for(structure.kind, structure.colour).colour,
        role=structure.role,
    )


def form_of(path: Path) -> ExportForm:
    """Return the form that a file's ending stands for; ``.dcm`` is a SEG. Raises InputRefused for any other."""
    name = path.name.lower()
    for form in (ExportForm.SEG_NRRD, ExportForm.NIFTI, ExportForm.DICOM_SEG):
        if name.endswith(_ENDINGS.get(form, (form.suffix,))):
            return form
    raise InputRefused(
        "The ending says nothing of the form; name it structures.dcm, structures.seg.nrrd or structures.nii.gz, or "
        "choose the form.",
        code="export-ending",
        where=path.name,
    )


def _file_name(path: Path, form: ExportForm) -> str:
    """Return the name of the file to write, with an ending that the form is known by."""
    is_known = path.name.lower().endswith(_ENDINGS.get(form, (form.suffix,)))
    return path.name if is_known else path.name + form.suffix


def _write(
    request: ExportStructures, file: Path, *, masks: Sequence[SegmentedMask], blobs: BlobStore, progress: Progress
) -> tuple[Path, ...]:
    """Write one of the voxel forms; the files written, the one asked for first."""
    from planner.segmentation.labelio.volumes import write_nifti, write_seg_nrrd

    volume = request.volume.open(blobs)
    if request.form is ExportForm.NIFTI:
        return write_nifti(file, volume=volume, masks=masks)
    if request.form is ExportForm.SEG_NRRD:
        write_seg_nrrd(file, volume=volume, masks=masks)
        return (file,)
    own_files = ct_files(
        request.plan.volume,
        request.source_folder,
        what=request.form.value,
        otherwise="write seg.nrrd or NIfTI, which need none",
        blobs=blobs,
        progress=progress,
    )
    if request.form is ExportForm.DICOM_SEG:
        from planner.segmentation.labelio.seg_writing import write_seg

        write_seg(file, volume=volume, ct_files=own_files, masks=masks, series_description=SERIES_DESCRIPTION)
    else:
        from planner.segmentation.labelio.rtstruct_writing import write_rtstruct

        write_rtstruct(file, volume=volume, ct_files=own_files, masks=masks, series_description=SERIES_DESCRIPTION)
    return (file,)


def _published(written: Sequence[Path], path: Path) -> Iterator[str]:
    """Move complete files to where they belong: the first takes the name that was chosen, none else is replaced."""
    own = path.with_name(written[0].name)
    for number, file in enumerate(written):
        target = path if number == 0 and own == path else unused(own)
        yield put_in_place(file, target).name


def _export_meshes(
    request: ExportStructures, chosen: Sequence[Structure], staging: Path, *, blobs: BlobStore, progress: Progress
) -> Exported:
    """Write one surface per structure; nothing appears before all are complete."""
    from planner.rendering.mesh_files import mask_surface, mesh_bytes

    grid, ending, written = request.volume.ref.grid, request.form.suffix, []
    for number, structure in enumerate(chosen):
        progress(number, len(chosen), "Writing surfaces")
        mesh = mask_surface(blobs.get(structure.mask), grid)
        if mesh.is_empty:
            raise InputRefused(f"{structure.name} is empty; it has no surface.", code="export-empty")
        file = unused(staging / (file_stem(structure.name) + ending))
        file.write_bytes(mesh_bytes(mesh, name=structure.name, ending=ending))
        written.append(file)
    return Exported(tuple(put_in_place(file, unused(staging.parent / file.name)).name for file in written))


def file_stem(name: str) -> str:
    """Return a structure's name as a file may be called on every system, without its ending."""
    plain = re.sub(r"[^\w ,.+()-]", "_", name, flags=re.UNICODE)
    return re.sub(r"\s+", " ", plain)[:MOST_FILE_NAME].strip(" .") or "structure"


def unused(path: Path) -> Path:
    """Return the path, or where something has that name, ``NAME 2``, ``NAME 3`` …: nothing is replaced."""
    ending = next((e for e in (".nii.gz", ".seg.nrrd") if path.name.lower().endswith(e)), path.suffix)
    base = path.name[: len(path.name) - len(ending)]
    number = 2
    while path.exists():
        path = path.with_name(f"{base} {number}{ending}")
        number += 1
    return path
