"""What structures do NIfTI, NRRD, Slicer and MetaImage files hold on this CT? Read from them, and written as them.

A file of labels holds one structure per label, or per label and layer; a folder of files, as TotalSegmentator writes,
one structure per file, named by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.progress import silent
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import vocabulary
from planner.segmentation.labelio import metaimage, nifti, nrrd
from planner.segmentation.labelio.classes import meaning_of
from planner.segmentation.labelio.label_image import MOST_LABELS, LabelImage, LabelName, label_border, naming, opened
from planner.segmentation.labelio.placed_labels import (
    LEAST_KEPT,
    UNCHECKED,
    PlacedLabel,
    how_placed,
    loss_words,
    percent,
    place_label,
    require_overlap,
    require_sides,
)
from planner.spatial.box import mask_box

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.progress import Progress
    from planner.domain.volume import Volume
    from planner.segmentation.labelio.classes import Meaning
    from planner.segmentation.labelio.label_image import Labels
    from planner.spatial.box import Box

ENDINGS = (".nii.gz", ".nii", ".seg.nrrd", ".nrrd", ".nhdr", ".mha", ".mhd")
MOST_FILES = 500
HEAD_BYTES = 1024
_GREY = "#b0b0b0"


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """Structures read from files, and sentences on what was left out or could not be checked."""

    masks: tuple[SegmentedMask, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """One label that has voxels on the CT."""

    meaning: Meaning
    placed: PlacedLabel
    colour: str
    method: str


# ---------------------------------------------------------------- reading


def is_volume_file(head: bytes) -> bool:
    """Whether a file that begins so, unpacked, is one of these formats."""
    return nifti.is_nifti(head) or nrrd.is_nrrd(head) or metaimage.is_metaimage(head)


def read_volume_labels(
    path: Path, *, volume: Volume, numbered: Sequence[str] = (), progress: Progress = silent
) -> Imported:
    """Read the structures of one file and place them on the CT by geometry.

    A file on the CT's own voxels (in any order, flipped, or only a part) is copied exactly; one on another grid is
    resampled by volume.

    Parameters
    ----------
    numbered
        Names of labels 1, 2, … for those that the file does not name, where its numbering is known.

    Raises
    ------
    InputRefused
        When the file is damaged, too large, no volume of labels, or has nothing on this CT.
    GeometryRefused
        When it does not say where it lies, its axes are not perpendicular, it lies beside the CT, or it is mirrored.
    """
    with naming(path):
        found, empty = _read(path, volume=volume, numbered=numbered, progress=progress)
        return _imported(found, empty)


def read_folder(paths: Sequence[Path], *, volume: Volume, progress: Progress = silent) -> Imported:
    """Read files of one structure each, or of several, as one import; files without a label on this CT are named.

    Raises as :func:`read_volume_labels`; a file that is an image and no labels is left out in words.
    """
    if len(paths) > MOST_FILES:
        raise InputRefused(
            f"This folder has {len(paths)} files; at most {MOST_FILES} are read as one segmentation.",
            code="labels-many-files",
        )
    found: list[_Found] = []
    empty: list[str] = []
    others: list[str] = []
    for number, path in enumerate(paths):
        progress(number, len(paths), "Reading structures")
        with naming(path):
            try:
                here, without = _read(path, volume=volume, name=stem(path), progress=silent)
            except InputRefused as refusal:
                if refusal.code not in ("labels-image", "labels-fractions", "labels-many"):
                    raise
                others.append(f"{path.name} is left out: it is an image, not labels.")
                continue
        found += here
        empty += without
    with naming(paths[0].parent):
        imported = _imported(found, empty)
    return Imported(imported.masks, (*imported.notes, *others))


def stem(path: Path) -> str:
    """Return a file's name without its ending: ``aorta.nii.gz`` → ``aorta``."""
    ending = next((ending for ending in ENDINGS if path.name.lower().endswith(ending)), path.suffix)
    return path.name[: len(path.name) - len(ending)] if ending else path.name


def load(path: Path, *, progress: Progress = silent) -> LabelImage:
    """Read the labels of one file, whichever of the formats it is by its content."""
    with opened(path) as stream:
        head = stream.read(HEAD_BYTES)
    if nifti.is_nifti(head):
        return nifti.read_nifti(path, progress=progress)
    if nrrd.is_nrrd(head):
        return nrrd.read_nrrd(path, progress=progress)
    if metaimage.is_metaimage(head):
        return metaimage.read_metaimage(path, progress=progress)
    raise InputRefused("This is no NIfTI, NRRD or MetaImage file.", code="labels-unknown", where=path.name)


def _read(
    path: Path, *, volume: Volume, name: str = "", numbered: Sequence[str] = (), progress: Progress
) -> tuple[list[_Found], list[str]]:
    """Return the labels of a file on the CT, and the names of those without a voxel there.

    Where the file does not name them, a single label is called ``name``, and label n the n-th of ``numbered``.
    """
    with label_border(path):
        image = load(path, progress=progress)
    layers, source = image.right_handed()
    require_overlap(source, volume.grid)
    how = how_placed(source, volume.grid)
    boxes = list(_boxes(layers))
    found, empty = [], [name] if name and not boxes else []
    for number, (layer, value, box) in enumerate(boxes):
        progress(number, len(boxes), "Placing structures")
        placed = place_label(layers[layer], value, box, source=source, target=volume.grid)
        by_number = numbered[value - 1] if value <= len(numbered) else ""
        said = _said(image, layer, value, fallback=name if name and len(boxes) == 1 else by_number)
        meaning = meaning_of(said)
        if not placed.mask.any():
            empty.append(meaning.name)
            continue
        found.append(_Found(meaning, placed, said.colour, _method(image, value, said, placed, how=how)))
    return found, empty


def _boxes(layers: Labels) -> Iterator[tuple[int, int, Box]]:
    """Yield layer, label and smallest box of every label, refusing thousands of them."""
    from scipy.ndimage import find_objects

    count = 0
    for layer, labels in enumerate(layers):
        for value, box in enumerate(find_objects(labels), start=1):
            if box is None:
                continue
            count += 1
            if count > MOST_LABELS:
                raise InputRefused(
                    f"It has more than {MOST_LABELS} different values, so it is an image, not labels.",
                    code="labels-many",
                )
            k, j, i = box
            yield layer, value, (k, j, i)


def _said(image: LabelImage, layer: int, value: int, *, fallback: str) -> LabelName:
    """Return what is known of a label; without a name, that of the file, else its number."""
    said = image.names.get((layer, value), LabelName())
    if said.name:
        return said
    return LabelName(fallback or f"Label {value}", said.type_code, said.type_meaning, said.side_code, said.colour)


def _method(image: LabelImage, value: int, said: LabelName, placed: PlacedLabel, *, how: str) -> str:
    lost = loss_words(placed.share_outside, placed.share_kept)
    return f"{image.format_name} label {value} ({said.name}), {how}{lost}; {UNCHECKED}"


def _imported(found: Sequence[_Found], empty: Sequence[str]) -> Imported:
    """Check what was found as a whole, and make structures of it."""
    if not found:
        raise InputRefused(
            "No label of it has a voxel inside the CT. Choose the segmentation of this scan.",
            code="labels-nothing-here",
        )
    sides = require_sides((one.meaning.name, one.meaning.side, one.placed) for one in found)
    masks = tuple(_segmented(one) for one in found)
    notes = [f"{UNCHECKED[0].upper()}{UNCHECKED[1:]}; look whether the structures fit the picture."]
    notes += sides
    cut = [one for one in found if one.placed.share_outside > 0]
    if cut:
        worst = max(cut, key=lambda one: one.placed.share_outside)
        notes.append(
            f"{len(cut)} of {len(found)} structures reach outside the CT and are cut there, most of all "
            f"{worst.meaning.name} ({percent(worst.placed.share_outside)})."
        )
    thin = sorted((one for one in found if one.placed.share_kept < LEAST_KEPT), key=lambda one: one.placed.share_kept)
    if thin:
        notes.append(
            f"{len(thin)} of {len(found)} structures are thinner than the CT's voxels and lost volume, most of all "
            f"{thin[0].meaning.name} ({percent(thin[0].placed.share_kept)} is kept). Look at them, and draw them anew "
            "where parts are gone."
        )
    if empty:
        some = ", ".join(empty[:5]) + (f" and {len(empty) - 5} more" if len(empty) > 5 else "")
        notes.append(f"Without a voxel on this CT, so left out: {some}.")
    return Imported(masks, tuple(notes))


def _segmented(one: _Found) -> SegmentedMask:
    meaning, method = one.meaning, one.method
    kind = meaning.kind
    if kind is StructureKind.SKIN and is_shell(one.placed.mask):
        kind = StructureKind.OTHER
        method += "; only a layer, not the whole body, so it is not used as the skin"
    return SegmentedMask(
        name=meaning.name,
        kind=kind,
        side=meaning.side,
        mask=one.placed.mask,
        origin=StructureOrigin.IMPORTED,
        method="; ".join(part for part in (method, meaning.doubt) if part),
        colour=one.colour,
        role=meaning.role,
    )


def is_shell(mask: NDArray[np.bool_]) -> bool:
    """Whether a mask called skin or body is hollow: filled slice by slice it would hold more than twice as much."""
    from scipy.ndimage import binary_fill_holes

    some = mask[mask.any(axis=(1, 2))][:: max(1, len(mask) // 20)]
    return sum(int(binary_fill_holes(plane).sum()) for plane in some) > 2 * int(some.sum())


# ---------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True, eq=False)
class _Layers:
    """Masks as labels in as few layers as their overlaps allow; ``places`` are each mask's layer and label."""

    labels: list[Labels]
    places: list[tuple[int, int]]
    boxes: list[Box]


def write_seg_nrrd(
    path: Path, *, volume: Volume, masks: Sequence[SegmentedMask], colours: Sequence[str] | None = None
) -> None:
    """Write masks as a Slicer segmentation, each with its name, codes and colour; an existing file is replaced.

    Parameters
    ----------
    colours
        One ``"#rrggbb"`` per mask; without them, the masks' own, else grey.

    Raises InputRefused without a mask or with an empty one, GeometryRefused when a mask is not on the CT's grid.
    """
    _check(masks, volume.grid)
    layers = _layered(masks, together=True)
    segments = [
        nrrd.WrittenSegment(
            name=mask.name,
            layer=layer,
            label=label,
            box=(i.start, i.stop - 1, j.start, j.stop - 1, k.start, k.stop - 1),
            colour=colour or _GREY,
            terms=_terms(mask),
        )
        for mask, (layer, label), (k, j, i), colour in zip(
            masks, layers.places, layers.boxes, colours or [mask.colour for mask in masks], strict=True
        )
    ]
    nrrd.write_segmentation(path, layers.labels, grid=volume.grid, segments=segments)


def write_nifti(path: Path, *, volume: Volume, masks: Sequence[SegmentedMask]) -> tuple[Path, ...]:
    """Write masks as labels with their names inside; where they overlap, as several files.

    The first file has the most structures and replaces what is there; further ones, ``NAME 2`` and so on, replace
    nothing.

    Returns
    -------
    tuple of Path
        The files written: one voxel can bear one label, so overlapping structures lie in different files.

    Raises InputRefused without a mask or with an empty one, GeometryRefused when a mask is not on the CT's grid.
    """
    _check(masks, volume.grid)
    layers = _layered(masks, together=False)
    held = [
        [mask for mask, (at, _) in zip(masks, layers.places, strict=True) if at == n] for n in range(len(layers.labels))
    ]
    files: list[Path] = []
    for number in sorted(range(len(held)), key=lambda n: -len(held[n])):
        file = _unused(path, len(files) + 1) if files else path
        names = [_label_name(mask) for mask in held[number]]
        nifti.write_nifti_labels(file, layers.labels[number], grid=volume.grid, names=names)
        files.append(file)
    return tuple(files)


def _unused(path: Path, number: int) -> Path:
    """Return the first free name of the form ``NAME 2.nii.gz``, counting from ``number``."""
    base = stem(path)
    ending = path.name[len(base) :]
    while (beside := path.with_name(f"{base} {number}{ending}")).exists():
        number += 1
    return beside


def _check(masks: Sequence[SegmentedMask], grid: Grid) -> None:
    if not masks:
        raise InputRefused("There is no structure to write.", code="labels-no-masks")
    for mask in masks:
        if mask.mask.shape != grid.shape_kji:
            raise GeometryRefused(
                f"{mask.name} is {mask.mask.shape} voxels but the CT is {grid.shape_kji}; write it on its own CT.",
                code="labels-shape",
            )


def _layered(masks: Sequence[SegmentedMask], *, together: bool) -> _Layers:
    """Give each mask a label in the first layer where it overlaps nothing; labels count ``together`` or per layer."""
    layers = _Layers([], [], [])
    kind = np.uint8 if len(masks) < 256 else np.uint16
    used: list[int] = []
    for number, mask in enumerate(masks, start=1):
        box = mask_box(mask.mask)
        if box is None:
            raise InputRefused(f"{mask.name} is empty; there is nothing to write of it.", code="labels-empty")
        part = mask.mask[box]
        free = (at for at, labels in enumerate(layers.labels) if not labels[box][part].any())
        layer = next(free, len(layers.labels))
        if layer == len(layers.labels):
            layers.labels.append(np.zeros(mask.mask.shape, dtype=kind))
            used.append(0)
        used[layer] += 1
        label = number if together else used[layer]
        layers.labels[layer][box][part] = label
        layers.places.append((layer, label))
        layers.boxes.append(box)
    return layers


def _terms(mask: SegmentedMask) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    coded = vocabulary.CODES[mask.kind]
    side = ("", "") if mask.side is None else tuple(vocabulary.SIDE_CODES[mask.side])
    return tuple(coded.category), tuple(coded.type), side  # type: ignore[return-value]


def _label_name(mask: SegmentedMask) -> LabelName:
    _, (code, meaning), (side, _) = _terms(mask)
    return LabelName(mask.name, code, meaning, side)
