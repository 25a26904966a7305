"""Structures out and in again through every form, into files that replace nothing but what was chosen."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.domain.errors import InputRefused
from planner.domain.exchange import ExportForm
from planner.domain.geometry import Side
from planner.domain.progress import silent
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.persistence.blobs import BlobStore
from planner.services import exchange, opening
from planner.services.overlap import agreements, not_compared
from planner.services.shared import SharedMask
from planner.services.structure_commands import AddStructures
from planner.services.tasks import ExportStructures, ImportStructures, OpenSeries, ScanFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.domain.plan import Plan
    from planner.services.tasks import OpenedSeries

_path = Path(__file__).parents[1] / "cli" / "series_on_disk.py"
_spec = importlib.util.spec_from_file_location("series_on_disk", _path)
assert _spec is not None
truth: Any = importlib.util.module_from_spec(_spec)
assert _spec.loader is not None
_spec.loader.exec_module(truth)

VOXELS = [form for form in ExportForm if not form.is_mesh]
SHAPE = (truth.SLICES, truth.ROWS, truth.COLUMNS)


@pytest.fixture
def blobs() -> Iterator[BlobStore]:
    store = BlobStore.temporary()
    yield store
    store.close()


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    return truth.write_series(tmp_path / "ct")


@pytest.fixture
def opened(ct: Path, blobs: BlobStore) -> OpenedSeries:
    (series,) = opening.scan(ScanFolder(str(ct)), blobs=blobs, progress=silent).series
    return opening.open_series(OpenSeries(series.slices), blobs=blobs, progress=silent)


def masks() -> tuple[SegmentedMask, ...]:
    """Three that overlap: the body, a kidney in it, a ureter in the kidney."""
    body, kidney, ureter = (np.zeros(SHAPE, bool) for _ in range(3))
    body[:, 10:], kidney[1:4, 15:30, 16:26], ureter[1:4, 20:22, 20:22] = True, True, True
    return tuple(
        SegmentedMask(name, kind, side, mask, StructureOrigin.DRAWN, "drawn")
        for name, kind, side, mask in (
            ("Skin", StructureKind.SKIN, None, body),
            ("Kidney, left", StructureKind.KIDNEY, Side.LEFT, kidney),
            ("Ureter, left", StructureKind.URETER, Side.LEFT, ureter),
        )
    )


@pytest.fixture
def plan(opened: OpenedSeries, blobs: BlobStore) -> Plan:
    structures = tuple(SharedMask.of(mask, blobs).as_structure() for mask in masks())
    return AddStructures(structures).apply(opening.empty_plan(opened, name="A"))


def request(opened: OpenedSeries, plan: Plan, path: Path, form: ExportForm, ct: Path | None = None) -> ExportStructures:
    ids = tuple(structure.id for structure in plan.structures)
    return ExportStructures(opened.volume, plan, ids, str(path), form, source_folder=str(ct or ""))


@pytest.mark.parametrize("form", VOXELS)
def test_every_voxel_form_comes_back_as_it_went(
    opened: OpenedSeries, plan: Plan, blobs: BlobStore, ct: Path, tmp_path: Path, form: ExportForm
) -> None:
    out = tmp_path / "out"

    asked = request(opened, plan, out / f"structures{form.suffix}", form, ct)
    files = exchange.export_structures(asked, blobs=blobs, progress=silent).files

    assert sorted(files) == sorted(file.name for file in out.iterdir())  # nothing else lies there
    path = out if len(files) > 1 else out / files[0]
    fresh = exchange.import_structures(ImportStructures(opened.volume, str(path)), blobs=blobs, progress=silent)
    by_name = {mask.name: mask for mask in fresh.masks}
    assert set(by_name) == {"Skin", "Kidney, left", "Ureter, left"}
    for mask in masks():
        again = by_name[mask.name]
        assert (again.kind, again.side, again.origin) == (mask.kind, mask.side, StructureOrigin.IMPORTED)
        assert np.array_equal(blobs.get(again.mask), mask.mask), f"{form.value}: {mask.name}"
        assert again.colour == ""  # that of its kind went out, so nothing of its own comes back
        assert not again.as_structure().is_confirmed


def test_overlapping_structures_as_nifti_are_two_files(
    opened: OpenedSeries, plan: Plan, blobs: BlobStore, tmp_path: Path
) -> None:
    for name in ("a.nii.gz", "a 2.nii.gz"):
        (tmp_path / name).write_text("older")

    asked = request(opened, plan, tmp_path / "a.nii.gz", ExportForm.NIFTI)
    files = exchange.export_structures(asked, blobs=blobs, progress=silent).files

    assert files == ("a.nii.gz", "a 3.nii.gz", "a 4.nii.gz")
    assert (tmp_path / "a 2.nii.gz").read_text() == "older"


@pytest.mark.parametrize("form", [form for form in ExportForm if form.is_mesh])
def test_surfaces_are_named_by_their_structures_and_replace_nothing(
    opened: OpenedSeries, plan: Plan, blobs: BlobStore, tmp_path: Path, form: ExportForm
) -> None:
    folder = tmp_path / "meshes"
    asked = request(opened, plan, folder, form)

    first = exchange.export_structures(asked, blobs=blobs, progress=silent).files
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    second = exchange.export_structures(asked, blobs=blobs, progress=silent).files

    ending = form.suffix
    assert first == (f"Skin{ending}", f"Kidney, left{ending}", f"Ureter, left{ending}")
    assert second == (f"Skin 2{ending}", f"Kidney, left 2{ending}", f"Ureter, left 2{ending}")
    assert all((folder / name).read_bytes() == data for name, data in kept.items())
    assert b"Hand^Made" not in b"".join(kept.values())


@pytest.mark.parametrize("form", [ExportForm.DICOM_SEG, ExportForm.RTSTRUCT])
def test_without_the_cts_files_dicom_is_refused_and_nothing_stays(
    opened: OpenedSeries, plan: Plan, blobs: BlobStore, tmp_path: Path, form: ExportForm
) -> None:
    out = tmp_path / "out"
    for folder in (None, tmp_path / "gone"):
        asked = request(opened, plan, out / "a.dcm", form, folder)
        with pytest.raises(InputRefused, match="which need none"):
            exchange.export_structures(asked, blobs=blobs, progress=silent)
    assert not list(out.iterdir())


def test_a_failed_export_leaves_the_old_file(
    opened: OpenedSeries, plan: Plan, blobs: BlobStore, tmp_path: Path
) -> None:
    (tmp_path / "a.seg.nrrd").write_text("older")
    empty = SegmentedMask("Drain", StructureKind.OTHER, None, np.zeros(SHAPE, bool), StructureOrigin.DRAWN, "")
    plan = AddStructures((SharedMask.of(empty, blobs).as_structure(),)).apply(plan)

    asked = request(opened, plan, tmp_path / "a.seg.nrrd", ExportForm.SEG_NRRD)
    with pytest.raises(InputRefused, match="Drain is empty"):
        exchange.export_structures(asked, blobs=blobs, progress=silent)

    assert (tmp_path / "a.seg.nrrd").read_text() == "older"
    assert not list(tmp_path.glob(".frostline-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes are limited on POSIX systems only")
@pytest.mark.parametrize("form", [ExportForm.SEG_NRRD, ExportForm.NIFTI, ExportForm.DICOM_SEG, ExportForm.STL])
def test_H_34_a_disk_that_takes_no_more_is_a_sentence_and_the_old_file_stays(
    opened: OpenedSeries, plan: Plan, blobs: BlobStore, ct: Path, tmp_path: Path, form: ExportForm
) -> None:
    import resource

    out = tmp_path / "out"
    out.mkdir()
    old = out / f"a{form.suffix}"
    old.write_text("older")
    asked = request(opened, plan, out if form.is_mesh else old, form, ct)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        with pytest.raises(InputRefused, match=r"cannot be written there \(.* MB are free\)") as refusal:
            exchange.export_structures(asked, blobs=blobs, progress=silent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert refusal.value.code == "export-folder"
    assert [file.name for file in out.iterdir()] == [old.name]
    assert old.read_text() == "older"


def test_a_name_without_ending_gets_one_and_then_replaces_nothing(
    opened: OpenedSeries, plan: Plan, blobs: BlobStore, tmp_path: Path
) -> None:
    (tmp_path / "a.seg.nrrd").write_text("older")
    asked = request(opened, plan, tmp_path / "a", ExportForm.SEG_NRRD)
    files = exchange.export_structures(asked, blobs=blobs, progress=silent).files
    assert files == ("a 2.seg.nrrd",)
    assert (tmp_path / "a.seg.nrrd").read_text() == "older"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Kidney, left", "Kidney, left"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a/b\\c:d*e?f", "a_b_c_d_e_f"),
        ("  . ", "structure"),
        ("Nervus\nvagus\t2", "Nervus_vagus_2"),
        ("Œsophagus (oben)", "Œsophagus (oben)"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_structures_name_is_a_files_name(name: str, stem: str) -> None:
    assert exchange.file_stem(name) == stem


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.dcm", ExportForm.DICOM_SEG),
        ("a.NII.GZ", ExportForm.NIFTI),
        ("a.nii", ExportForm.NIFTI),
        ("a.seg.nrrd", ExportForm.SEG_NRRD),
        ("a.nrrd", ExportForm.SEG_NRRD),
    ],
)
def test_the_ending_says_the_form(name: str, form: ExportForm) -> None:
    assert exchange.form_of(Path(name)) is form


def test_an_ending_that_says_nothing_is_refused() -> None:
    with pytest.raises(InputRefused, match="The ending says nothing of the form"):
        exchange.form_of(Path("structures.gz"))


def test_a_colour_like_ice_is_left_out_in_words(opened: OpenedSeries, blobs: BlobStore, tmp_path: Path) -> None:
    from planner.rendering.palette import ICE_LEVELS
    from planner.segmentation.labelio.volumes import write_seg_nrrd

    own = ["#c08030", ICE_LEVELS[0].colour, "#c04080"]
    write_seg_nrrd(tmp_path / "a.seg.nrrd", volume=opened.volume.open(blobs), masks=masks(), colours=own)

    asked = ImportStructures(opened.volume, str(tmp_path / "a.seg.nrrd"))
    fresh = exchange.import_structures(asked, blobs=blobs, progress=silent)

    assert [mask.colour for mask in fresh.masks] == ["#c08030", "", "#c04080"]
    assert any(note.startswith("Kidney, left is drawn in the colour of its kind") for note in fresh.notes)
    assert any("no frame of reference" in note for note in fresh.notes)


# ---------------------------------------------------------------- which reader


def test_what_is_no_file_of_structures_is_said(
    opened: OpenedSeries, blobs: BlobStore, ct: Path, tmp_path: Path
) -> None:
    archive, text = tmp_path / "a.nii.gz", tmp_path / "b.dcm"
    archive.write_bytes(b"PK\x03\x04 rest")
    text.write_text("hello")
    (tmp_path / "empty").mkdir()
    for path, words in (
        (archive, "archive; unpack it"),
        (text, "no file of structures that is known here"),
        (next(ct.iterdir()), "“CT Image Storage”, not of structures"),
        (tmp_path / "empty", "No file of this folder"),
        (ct, "No file of this folder"),
        (tmp_path / "gone", "no such file or folder"),
    ):
        with pytest.raises(InputRefused, match=words):
            exchange.import_structures(ImportStructures(opened.volume, str(path)), blobs=blobs, progress=silent)


def test_a_wrong_ending_does_not_matter(opened: OpenedSeries, plan: Plan, blobs: BlobStore, tmp_path: Path) -> None:
    asked = request(opened, plan, tmp_path / "a.seg.nrrd", ExportForm.SEG_NRRD)
    exchange.export_structures(asked, blobs=blobs, progress=silent)
    (tmp_path / "a.seg.nrrd").rename(tmp_path / "a.nii.gz")

    asked_in = ImportStructures(opened.volume, str(tmp_path / "a.nii.gz"))

    assert len(exchange.import_structures(asked_in, blobs=blobs, progress=silent).masks) == 3


# ---------------------------------------------------------------- against a reference


def shared(blobs: BlobStore, name: str, kind: StructureKind, box: tuple[slice, ...], side: Side | None = None) -> Any:
    mask = np.zeros((10, 10, 10), bool)
    mask[box] = True
    return SharedMask.of(SegmentedMask(name, kind, side, mask, StructureOrigin.AUTOMATIC, ""), blobs)


def test_agreement_by_hand(blobs: BlobStore) -> None:
    """Bone of 200 voxels against two bones of 100 each, 50 and 100 of them shared: Dice 300/400, recall 150/200."""
    every = slice(None)
    found = [shared(blobs, "Bone", StructureKind.BONE, (slice(0, 2), every, every))]
    reference = [
        shared(blobs, "Rib 1", StructureKind.BONE, (slice(1, 3), slice(0, 5), every)),
        shared(blobs, "Rib 2", StructureKind.BONE, (slice(0, 1), every, every)),
        shared(blobs, "Liver", StructureKind.LIVER, (slice(5, 6), every, every)),
    ]

    (row,) = agreements(found, reference, blobs=blobs)

    assert (row.against, row.by) == (("Rib 1", "Rib 2"), "kind")
    assert (row.dice, row.recall, row.precision) == (0.75, 0.75, 0.75)
    assert not_compared(found, reference) == ("Liver",)


def test_the_same_name_comes_before_the_kind_and_sides_must_fit(blobs: BlobStore) -> None:
    parts = list(itertools.pairwise(range(0, 12, 2)))
    boxes = [(slice(a, b), slice(None), slice(None)) for a, b in parts]
    found = [
        shared(blobs, "Aorta", StructureKind.ARTERY, boxes[0]),
        shared(blobs, "Lung, right", StructureKind.LUNG, boxes[1], Side.RIGHT),
        shared(blobs, "Anything", StructureKind.OTHER, boxes[2]),
        shared(blobs, "Skin", StructureKind.SKIN, boxes[3]),
    ]
    reference = [
        shared(blobs, "aorta", StructureKind.ARTERY, boxes[0]),
        shared(blobs, "Iliac artery, left", StructureKind.ARTERY, boxes[4], Side.LEFT),
        shared(blobs, "Lower lobe, right", StructureKind.LUNG, boxes[1], Side.RIGHT),
        shared(blobs, "Lower lobe, left", StructureKind.LUNG, boxes[2], Side.LEFT),
        shared(blobs, "Something", StructureKind.OTHER, boxes[2]),
    ]

    aorta, lung, other, skin = agreements(found, reference, blobs=blobs)

    assert (aorta.against, aorta.by, aorta.dice) == (("aorta",), "name", 1.0)
    assert (lung.against, lung.by, lung.dice) == (("Lower lobe, right",), "kind", 1.0)
    assert (other.against, other.dice) == ((), None)
    assert (skin.against, skin.recall) == ((), None)
