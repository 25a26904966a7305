"""NRRD, Slicer and MetaImage files of labels, and NIfTI, against SimpleITK and shapes known beforehand."""

from __future__ import annotations

import gzip
import importlib.util
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.geometry import Grid, Side
from planner.domain.structure import StructureKind
from planner.segmentation.labelio import volumes

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.volume import Volume

_spec = importlib.util.spec_from_file_location("labels_on_disk", Path(__file__).with_name("labels_on_disk.py"))
assert _spec is not None
truth: Any = importlib.util.module_from_spec(_spec)
assert _spec.loader is not None
_spec.loader.exec_module(truth)


@pytest.fixture
def ct(volume_of: Callable[..., Volume]) -> Volume:
    grid = Grid.from_axes(truth.SHAPE, origin_lps_mm=truth.ORIGIN, spacing_ijk_mm=truth.SPACING)
    return volume_of(np.zeros(truth.SHAPE, np.int16), grid)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"])
@pytest.mark.parametrize("signs", truth.SIGNS)
def test_the_cts_own_voxels_in_every_sign_of_the_axes(
    ct: Volume, tmp_path: Path, ending: str, signs: tuple[int, int, int]
) -> None:
    """The mask flipped along some axes, with the matrix that says so, is the mask again, voxel for voxel."""
    _, mask = truth.ball_of(ct)
    flipped = mask[tuple(slice(None, None, sign) for sign in signs[::-1])].astype(np.uint8)
    first = ct.grid.to_lps([0 if s > 0 else n - 1 for s, n in zip(signs, truth.SHAPE[::-1], strict=True)])
    image = sitk.GetImageFromArray(flipped)
    image.SetOrigin([float(v) for v in first])
    image.SetSpacing(truth.SPACING)
    image.SetDirection(np.diag(signs).astype(float).ravel().tolist())
    path = tmp_path / f"labels{ending}"
    sitk.WriteImage(image, str(path))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)
    assert "copied voxel for voxel" in read.method
    assert "no frame of reference" in read.method


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"])
@pytest.mark.parametrize("signs", truth.SIGNS)
def test_a_turned_lattice_lands_where_its_positions_say(
    ct: Volume, tmp_path: Path, ending: str, signs: tuple[int, int, int]
) -> None:
    centre, mask = truth.ball_of(ct)
    path = tmp_path / f"labels{ending}"
    sitk.WriteImage(
        truth.turned_image(ct, truth.TURN @ np.diag(signs), spacing=(0.5, 0.5, 0.6), size=(60, 60, 50)),
        str(path),
        useCompression=True,
    )

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert "resampled by volume from 0.5 × 0.5 × 0.6 mm" in read.method
    found = ct.grid.to_lps(np.argwhere(read.mask)[:, ::-1]).mean(axis=0)
    inside_mm3 = np.count_nonzero(read.mask) * ct.grid.voxel_volume_mm3
    # The far half of a voxel: 2.5 mm thick slices cut the ball differently than its own finer lattice.
    assert np.abs(found - centre).max() < 0.25
    assert truth.dice(read.mask, mask) > 0.9
    assert 0.9 < inside_mm3 / (4 / 3 * np.pi * 125) < 1.1


@pytest.mark.parametrize("signs", truth.SIGNS)
def test_a_file_of_ours_is_what_simpleitk_reads(
    volume_of: Callable[..., Volume], tmp_path: Path, signs: tuple[int, int, int]
) -> None:
    """Our files on a turned CT, read by the other implementation, sampled at patient positions: Dice 1."""
    axes = truth.TURN @ np.diag(signs)
    axes[:, 2] *= np.sign(np.linalg.det(axes))  # a CT's own grid is right-handed
    grid = Grid.from_axes(truth.SHAPE, origin_lps_mm=truth.ORIGIN, spacing_ijk_mm=truth.SPACING, direction=axes)
    ct = volume_of(np.zeros(truth.SHAPE, np.int16), grid)
    _, mask = truth.ball_of(ct)
    masks = [truth.segmented("Ball", mask)]
    volumes.write_nifti(tmp_path / "a.nii.gz", volume=ct, masks=masks)
    volumes.write_nifti(tmp_path / "a.nii", volume=ct, masks=masks)
    volumes.write_seg_nrrd(tmp_path / "a.seg.nrrd", volume=ct, masks=masks)

    for name in ("a.nii.gz", "a.nii", "a.seg.nrrd"):
        image = sitk.ReadImage(str(tmp_path / name))
        voxels = np.argwhere(sitk.GetArrayFromImage(image) == 1)[:, ::-1]
        theirs = np.array([image.TransformIndexToPhysicalPoint(ijk.tolist()) for ijk in voxels])
        ours = grid.to_lps(np.argwhere(mask)[:, ::-1])
        assert len(theirs) == len(ours)
        assert np.abs(np.sort(theirs, axis=0) - np.sort(ours, axis=0)).max() < 1e-3
        (again,) = volumes.read_volume_labels(tmp_path / name, volume=ct).masks
        assert truth.dice(again.mask, mask) == 1.0


def test_names_in_the_file_decide_kind_and_side(ct: Volume, tmp_path: Path) -> None:
    labels = np.zeros(truth.SHAPE, np.uint8)
    labels[2:4, 2:4, 2:5], labels[2:4, 2:4, 14:18], labels[8, 8, 8] = 2, 3, 9
    extension = truth.extension_of({2: "kidney_right", 3: "kidney_left", 9: "my own <thing>"})
    path = truth.save(
        tmp_path / "a.nii.gz", truth.nifti_bytes(labels, sform=truth.ras_of(ct.grid), extension=extension)
    )

    right, left, own = volumes.read_volume_labels(path, volume=ct).masks

    assert (right.name, right.kind, right.side) == ("Kidney, right", StructureKind.KIDNEY, Side.RIGHT)
    assert (left.name, left.kind, left.side) == ("Kidney, left", StructureKind.KIDNEY, Side.LEFT)
    assert (own.name, own.kind, own.side) == ("my own <thing>", StructureKind.OTHER, None)


def test_a_mirrored_file_is_refused(ct: Volume, tmp_path: Path) -> None:
    """The left kidney to the right of the right one: written by a program that took RAS for LPS (H-16)."""
    labels = np.zeros(truth.SHAPE, np.uint8)
    labels[2:4, 2:4, 2:5], labels[2:4, 2:4, 14:18] = 2, 3
    extension = truth.extension_of({3: "kidney_right", 2: "kidney_left"})
    path = truth.save(
        tmp_path / "a.nii.gz", truth.nifti_bytes(labels, sform=truth.ras_of(ct.grid), extension=extension)
    )

    with pytest.raises(GeometryRefused, match="Left and right are exchanged: “kidney” of the left side"):
        volumes.read_volume_labels(path, volume=ct)


def test_one_exchanged_pair_among_others_is_a_note(ct: Volume, tmp_path: Path) -> None:
    labels = np.zeros(truth.SHAPE, np.uint8)
    names = {}
    for n, organ in enumerate(("kidney", "hip", "femur")):
        for side, columns in (("right", slice(2, 5)), ("left", slice(14, 18))):
            label = len(names) + 1
            labels[3 * n : 3 * n + 2, 2:4, columns] = label
            names[label] = f"{organ}_{side}"
    names[3], names[4] = names[4], names[3]
    file = truth.nifti_bytes(labels, sform=truth.ras_of(ct.grid), extension=truth.extension_of(names))
    path = truth.save(tmp_path / "a.nii", file)

    imported = volumes.read_volume_labels(path, volume=ct)

    assert len(imported.masks) == 6
    assert (
        "“hip bone” of the left side lies to the right of that of the right side; look which is which."
        in imported.notes
    )


def test_what_reaches_outside_the_ct_is_told_in_numbers(ct: Volume, tmp_path: Path) -> None:
    """Twelve slices moved up by six: half of a full box lies above the CT."""
    moved = truth.ras_of(ct.grid)
    moved[2, 3] += 6 * truth.SPACING[2]
    path = truth.save(tmp_path / "a.nii", truth.nifti_bytes(np.ones(truth.SHAPE), sform=moved))

    imported = volumes.read_volume_labels(path, volume=ct)

    assert "50% of it lies outside the CT" in imported.masks[0].method
    assert any("1 of 1 structures reach outside the CT" in note and "(50%)" in note for note in imported.notes)
    assert np.array_equal(imported.masks[0].mask.any(axis=(1, 2)), np.arange(12) >= 6)


def test_one_slice_at_the_cts_end_is_not_beside_it(ct: Volume, tmp_path: Path) -> None:
    """Positions of NIfTI are rounded: the CT's last slice alone may lie a millionth of a millimetre above it."""
    ras = truth.ras_of(ct.grid)
    ras[2, 3] += (truth.SHAPE[0] - 1) * truth.SPACING[2] + 1e-4
    path = truth.save(tmp_path / "a.nii", truth.nifti_bytes(np.ones((1, *truth.SHAPE[1:])), sform=ras))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask.any(axis=(1, 2)), np.arange(truth.SHAPE[0]) == truth.SHAPE[0] - 1)


def test_what_is_too_thin_for_the_cts_voxels_is_told_in_numbers(ct: Volume, tmp_path: Path) -> None:
    """Columns a quarter as wide as the CT's: three of them hold one CT voxel, a single one none."""
    quarter = ct.grid.matrix @ np.diag([0.25, 1, 1, 1])
    quarter[:3, 3] = ct.grid.to_lps([[-0.375, 0, 0]])[0]
    labels = np.zeros((*truth.SHAPE[:2], 4 * truth.SHAPE[2]), np.uint8)
    labels[:3, 5, 8:11], labels[3:, 5, 8] = 1, 1
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ quarter
    path = truth.save(tmp_path / "a.nii", truth.nifti_bytes(labels, sform=ras))

    imported = volumes.read_volume_labels(path, volume=ct)

    expected = np.zeros(truth.SHAPE, bool)
    expected[:3, 5, 2] = True
    assert np.array_equal(imported.masks[0].mask, expected)
    kept = round(100 * (3 * 4) / (3 * 3 + (truth.SHAPE[0] - 3)))
    assert f"{kept}% of its volume is kept" in imported.masks[0].method
    assert any("thinner than the CT's voxels" in note and f"({kept}% is kept)" in note for note in imported.notes)


def test_a_part_is_never_said_to_be_all_or_none(ct: Volume, tmp_path: Path) -> None:
    """One voxel of a full box lies outside, then all but one."""
    for shift, words in ((1, "less than 1% of it"), (-1, "more than 99% of it")):
        labels = np.zeros((2 * truth.SHAPE[0], *truth.SHAPE[1:]), np.uint8)
        inside = slice(0, truth.SHAPE[0]) if shift > 0 else slice(truth.SHAPE[0], None)
        labels[inside] = 1
        labels[truth.SHAPE[0] if shift > 0 else truth.SHAPE[0] - 1, 4, 4] = 1
        path = truth.save(tmp_path / "a.nii", truth.nifti_bytes(labels, sform=truth.ras_of(ct.grid)))
        (read,) = volumes.read_volume_labels(path, volume=ct).masks
        assert f"{words} lies outside the CT" in read.method


def test_a_folder_of_one_file_per_class(ct: Volume, tmp_path: Path) -> None:
    ras = truth.ras_of(ct.grid)
    aorta, liver = np.zeros(truth.SHAPE, np.uint8), np.zeros(truth.SHAPE, np.uint8)
    aorta[:, 3, 3], liver[2:6, 6:12, 1:9] = 1, 1
    for name, labels in (("aorta", aorta), ("liver", liver), ("spleen", np.zeros(truth.SHAPE)), ("my_own", aorta)):
        truth.save(tmp_path / f"{name}.nii.gz", truth.nifti_bytes(labels, sform=ras))
    truth.save(tmp_path / "ct.nii.gz", truth.nifti_bytes(np.full(truth.SHAPE, -1000), sform=ras, datatype=(4, "i2")))
    paths = sorted(tmp_path.iterdir())

    imported = volumes.read_folder(paths, volume=ct)

    assert [(m.name, m.kind) for m in imported.masks] == [
        ("Aorta", StructureKind.ARTERY),
        ("Liver", StructureKind.LIVER),
        ("my_own", StructureKind.OTHER),
    ]
    assert np.array_equal(imported.masks[1].mask, liver.astype(bool))
    assert any("spleen" in note and "left out" in note for note in imported.notes)
    assert any("ct.nii.gz is left out" in note for note in imported.notes)


def test_overlapping_structures_survive_in_layers(ct: Volume, tmp_path: Path) -> None:
    whole = np.ones(truth.SHAPE, bool)
    centre, ball = truth.ball_of(ct)
    other = truth.blob(ct.grid, centre + np.array([3.0, 0, 0]), 4.0)
    masks = [
        truth.segmented("Skin", whole, kind=StructureKind.SKIN),
        truth.segmented("Kidney, left", ball, kind=StructureKind.KIDNEY, side=Side.LEFT),
        truth.segmented("Ureter, left", other, kind=StructureKind.URETER, side=Side.LEFT),
    ]
    volumes.write_seg_nrrd(tmp_path / "a.seg.nrrd", volume=ct, masks=masks, colours=["#102030", "#ff8000", ""])

    read = volumes.read_volume_labels(tmp_path / "a.seg.nrrd", volume=ct).masks

    assert [(m.name, m.kind, m.side) for m in read] == [(m.name, m.kind, m.side) for m in masks]
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(read, masks, strict=True))
    assert [m.colour for m in read] == ["#102030", "#ff8000", "#b0b0b0"]


def test_our_layers_by_a_parser_of_a_dozen_lines(ct: Volume, tmp_path: Path) -> None:
    """Header lines, an empty line, gzip: the first axis runs fastest and is that of the layers."""
    _, ball = truth.ball_of(ct)
    masks = [truth.segmented("All", np.ones(truth.SHAPE, bool)), truth.segmented("Ball", ball)]
    volumes.write_seg_nrrd(tmp_path / "a.seg.nrrd", volume=ct, masks=masks)

    head, _, data = (tmp_path / "a.seg.nrrd").read_bytes().partition(b"\n\n")
    said = dict(re.split(":=|: ", line, maxsplit=1) for line in head.decode().split("\n")[1:] if line[0] != "#")
    sizes = [int(n) for n in said["sizes"].split()]
    values = np.frombuffer(gzip.decompress(data), np.uint8).reshape(sizes[::-1])

    assert (said["kinds"], said["space"]) == ("list domain domain domain", "left-posterior-superior")
    assert [said[f"Segment{n}_{key}"] for n in (0, 1) for key in ("Layer", "LabelValue")] == ["0", "1", "1", "2"]
    assert np.array_equal(values[..., 0], np.ones(truth.SHAPE))
    assert np.array_equal(values[..., 1] == 2, ball)
    k, j, i = np.nonzero(ball)
    assert said["Segment1_Extent"] == f"{i.min()} {i.max()} {j.min()} {j.max()} {k.min()} {k.max()}"


def test_our_names_in_nifti_are_where_others_look(ct: Volume, tmp_path: Path) -> None:
    """After the header: extensions of a size, a code and a text; code 30 is the table of Workbench and others."""
    masks = [truth.segmented("Liver & ]]> <b>", truth.ball_of(ct)[1], kind=StructureKind.LIVER)]
    volumes.write_nifti(tmp_path / "a.nii", volume=ct, masks=masks)

    data = (tmp_path / "a.nii").read_bytes()
    start, found = int(struct.unpack_from("<f", data, 108)[0]), {}
    at = 352
    while at < start:
        size, code = struct.unpack_from("<2i", data, at)
        assert size % 16 == 0
        found[code] = data[at + 8 : at + size].rstrip(b"\0").decode()
        at += size
    table = ET.fromstring(found[30].partition("?>")[2])  # noqa: S314 - our own text
    assert [(label.get("Key"), label.text) for label in table.iter("Label")] == [("1", "Liver &  <b>")]
    (again,) = volumes.read_volume_labels(tmp_path / "a.nii", volume=ct).masks
    assert (again.name, again.kind) == ("Liver & ]]> <b>", StructureKind.LIVER)


def test_overlapping_structures_as_nifti_go_into_several_files(ct: Volume, tmp_path: Path) -> None:
    whole = np.ones(truth.SHAPE, bool)
    _, ball = truth.ball_of(ct)
    masks = [
        truth.segmented("Skin", whole, kind=StructureKind.SKIN),
        truth.segmented("Liver", ball, kind=StructureKind.LIVER),
    ]
    (tmp_path / "a 2.nii.gz").write_text("mine")

    files = volumes.write_nifti(tmp_path / "a.nii.gz", volume=ct, masks=masks)

    assert [file.name for file in files] == ["a.nii.gz", "a 3.nii.gz"]
    assert (tmp_path / "a 2.nii.gz").read_text() == "mine"
    again = volumes.read_folder(files, volume=ct).masks
    assert [(m.name, m.kind) for m in again] == [("Skin", StructureKind.SKIN), ("Liver", StructureKind.LIVER)]
    assert np.array_equal(again[1].mask, ball)


def test_the_file_that_was_named_has_the_most_structures(ct: Volume, tmp_path: Path) -> None:
    """The skin holds all others, so it goes aside, not they."""
    first, second = np.zeros(truth.SHAPE, bool), np.zeros(truth.SHAPE, bool)
    first[:, :5], second[:, 8:] = True, True
    masks = [truth.segmented(name, mask) for name, mask in (("S", first | second), ("A", first), ("B", second))]
    files = volumes.write_nifti(tmp_path / "a.nii.gz", volume=ct, masks=masks)
    names = [[m.name for m in volumes.read_volume_labels(file, volume=ct).masks] for file in files]
    assert names == [["A", "B"], ["S"]]


def test_a_slicer_header_by_hand(ct: Volume, tmp_path: Path) -> None:
    """Two layers, interleaved voxel by voxel, in RAS, with a label of 5; the names are what the header says."""
    _, ball = truth.ball_of(ct)
    layers = np.stack([ball * 5, np.ones(truth.SHAPE) * 1], axis=-1).astype(np.uint8)
    ras = truth.ras_of(ct.grid)
    vectors = " ".join("(" + ",".join(f"{v:.9g}" for v in ras[:3, axis]) + ")" for axis in range(3))
    entry = "TerminologyEntry:context~SCT^123037004^Anatomical Structure~SCT^{}~SCT^7771000^Left~regions~^^~^^|"
    header = f"""NRRD0005
# by hand
type: uint8
dimension: 4
space: right-anterior-superior
sizes: 2 {truth.SHAPE[2]} {truth.SHAPE[1]} {truth.SHAPE[0]}
space directions: none {vectors}
kinds: list domain domain domain
encoding: raw
space origin: ({",".join(f"{v:.9g}" for v in ras[:3, 3])})
Segment0_ID:=Segment_1
Segment0_Name:=Nephros
Segment0_Color:=0.5 0.25 1
Segment0_ColorAutoGenerated:=0
Segment0_LabelValue:=5
Segment0_Layer:=0
Segment0_Tags:=Segmentation.Status:inprogress|{entry.format("64033007^Kidney")}
Segment1_ID:=Segment_2
Segment1_Name:=External
Segment1_Color:=0.1 0.1 0.1
Segment1_ColorAutoGenerated:=1
Segment1_LabelValue:=1
Segment1_Layer:=1
Segment1_Tags:={entry.format("85756007^Tissue").replace("7771000^Left", "^")}

"""
    path = tmp_path / "a.seg.nrrd"
    path.write_bytes(header.encode() + layers.tobytes())

    kidney, skin = volumes.read_volume_labels(path, volume=ct).masks

    assert (kidney.name, kidney.kind, kidney.side) == ("Nephros", StructureKind.KIDNEY, Side.LEFT)
    assert kidney.colour == "#8040ff"
    assert (skin.name, skin.kind, skin.colour) == ("External", StructureKind.SKIN, "")
    assert np.array_equal(kidney.mask, ball)
    assert skin.mask.all()


@pytest.mark.parametrize(
    ("field", "line", "code"),
    [
        ("space", "", "nrrd-nowhere"),
        ("space", "space: scanner-xyz", "nrrd-nowhere"),
        ("space origin", "", "nrrd-nowhere"),
        ("encoding", "encoding: txt", "nrrd-encoding"),
        ("type", "type: block", "nrrd-type"),
        ("sizes", "sizes: 99999 99999 99999", "labels-shape"),
        ("sizes", "sizes: 4000 4000 4000", "labels-too-large"),
    ],
)
def test_nrrd_headers_that_are_refused(ct: Volume, tmp_path: Path, field: str, line: str, code: str) -> None:
    path = tmp_path / "a.nrrd"
    sitk.WriteImage(truth.turned_image(ct, np.eye(3)), str(path))
    head, _, data = path.read_bytes().partition(b"\n\n")
    lines = [old for old in head.decode().split("\n") if not old.startswith(f"{field}:")]
    path.write_bytes("\n".join([*lines, *([line] if line else [])]).encode() + b"\n\n" + data)

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(path, volume=ct)

    assert refusal.value.code == code


def test_nothing_of_where_it_came_from_is_in_the_files(ct: Volume, tmp_path: Path) -> None:
    """Neither the file's name nor a time nor the CT's identifiers are in what is written (H-43)."""
    masks = [truth.segmented("Liver", truth.ball_of(ct)[1], kind=StructureKind.LIVER)]
    volumes.write_seg_nrrd(tmp_path / "Secret^Name.seg.nrrd", volume=ct, masks=masks)
    volumes.write_nifti(tmp_path / "Secret^Name.nii.gz", volume=ct, masks=masks)

    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert b"Secret" not in data
        assert ct.ref.series_instance_uid.encode() not in data


@pytest.mark.parametrize("name", ["C:\\new\\table", "Aorta\n\nspace origin: (0,0,0)", "a\\\\n"])
def test_a_name_never_breaks_the_header_of_a_nrrd(ct: Volume, tmp_path: Path, name: str) -> None:
    """A line break ends a line of the header, two of them the header; a backslash begins an escape."""
    _, mask = truth.ball_of(ct)

    volumes.write_seg_nrrd(tmp_path / "a.seg.nrrd", volume=ct, masks=[truth.segmented(name, mask)])
    (read,) = volumes.read_volume_labels(tmp_path / "a.seg.nrrd", volume=ct).masks

    assert (read.name, np.array_equal(read.mask, mask)) == (" ".join(name.split()), True)
