"""NIfTI, NRRD, Slicer and MetaImage files of labels against SimpleITK, a hand parser and shapes known beforehand."""

from __future__ import annotations

import gzip
import itertools
import re
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.geometry import Grid, Side
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation.labelio import volumes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.domain.volume import Volume

SHAPE = (12, 16, 20)
SPACING = (0.8, 1.1, 2.5)
ORIGIN = (-31.5, 12.25, 104.0)
SIGNS = list(itertools.product((1, -1), repeat=3))
# A turn by 17° about x after 9° about z: a patient lying askew.
TURN = np.array([[1, 0, 0], [0, np.cos(0.3), -np.sin(0.3)], [0, np.sin(0.3), np.cos(0.3)]]) @ np.array(
    [[np.cos(0.16), -np.sin(0.16), 0], [np.sin(0.16), np.cos(0.16), 0], [0, 0, 1]]
)


def blob(grid: Grid, centre_lps_mm: Any, radius_mm: float) -> np.ndarray:
    """Where voxel centres lie within a ball: computed from positions, so it knows nothing of any file."""
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    points = grid.to_lps(np.stack([i, j, k], axis=-1))
    return np.linalg.norm(points - np.asarray(centre_lps_mm), axis=-1) <= radius_mm


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.fixture
def ct(volume_of: Callable[..., Volume]) -> Volume:
    return volume_of(np.zeros(SHAPE, np.int16), Grid.from_axes(SHAPE, origin_lps_mm=ORIGIN, spacing_ijk_mm=SPACING))


def ball_of(ct: Volume) -> tuple[np.ndarray, np.ndarray]:
    """A centre off every plane of symmetry, so that no flip maps the ball onto itself."""
    centre = ct.grid.to_lps((6.0, 9.0, 4.0))
    return centre, blob(ct.grid, centre, 5.0)


def turned_image(ct: Volume, axes: np.ndarray, *, spacing: Any = SPACING, size: Any = (26, 26, 22)) -> sitk.Image:
    """The ball on a lattice with these axes that covers the CT, built by positions alone and written by SimpleITK."""
    centre, _ = ball_of(ct)

    middle = ct.grid.centre_lps_mm
    origin = middle - (axes * np.asarray(spacing)) @ ((np.array(size) - 1) / 2)
    points = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), axis=-1)
    lps = points @ (axes * np.asarray(spacing)).T + origin
    inside = np.linalg.norm(lps - centre, axis=-1) <= 5.0
    image = sitk.GetImageFromArray(inside.transpose(2, 1, 0).astype(np.uint8) * 7)
    image.SetOrigin([float(v) for v in origin])
    image.SetSpacing([float(v) for v in spacing])
    image.SetDirection([float(v) for v in axes.ravel()])
    return image


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha", ".mhd"])
@pytest.mark.parametrize("signs", SIGNS)
def test_the_cts_own_voxels_in_every_sign_of_the_axes(
    ct: Volume, tmp_path: Path, ending: str, signs: tuple[int, int, int]
) -> None:
    """The mask flipped along some axes, with the matrix that says so, is the mask again, voxel for voxel."""
    _, mask = ball_of(ct)
    flipped = mask[tuple(slice(None, None, sign) for sign in signs[::-1])].astype(np.uint8)
    first = ct.grid.to_lps([0 if s > 0 else n - 1 for s, n in zip(signs, SHAPE[::-1], strict=True)])
    image = sitk.GetImageFromArray(flipped)
    image.SetOrigin([float(v) for v in first])
    image.SetSpacing(SPACING)
    image.SetDirection(np.diag(signs).astype(float).ravel().tolist())
    path = tmp_path / f"labels{ending}"
    sitk.WriteImage(image, str(path))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)
    assert "copied voxel for voxel" in read.method
    assert "no frame of reference" in read.method


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("signs", SIGNS)
def test_a_turned_lattice_lands_where_its_positions_say(
    ct: Volume, tmp_path: Path, ending: str, signs: tuple[int, int, int]
) -> None:
    centre, mask = ball_of(ct)
    path = tmp_path / f"labels{ending}"
    sitk.WriteImage(turned_image(ct, TURN @ np.diag(signs), spacing=(0.5, 0.5, 0.6), size=(60, 60, 50)), str(path))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert "resampled by volume from 0.5 × 0.5 × 0.6 mm" in read.method
    found = ct.grid.to_lps(np.argwhere(read.mask)[:, ::-1]).mean(axis=0)
    inside_mm3 = np.count_nonzero(read.mask) * ct.grid.voxel_volume_mm3
    # The far half of a voxel: 2.5 mm thick slices cut the ball differently than its own finer lattice.
    assert np.abs(found - centre).max() < 0.25
    assert dice(read.mask, mask) > 0.9
    assert 0.9 < inside_mm3 / (4 / 3 * np.pi * 125) < 1.1


@pytest.mark.parametrize("signs", SIGNS)
def test_a_file_of_ours_is_what_simpleitk_reads(
    volume_of: Callable[..., Volume], tmp_path: Path, signs: tuple[int, int, int]
) -> None:
    """Our files on a turned CT, read by the other implementation, sampled at patient positions: Dice 1."""
    axes = TURN @ np.diag(signs)
    axes[:, 2] *= np.sign(np.linalg.det(axes))  # a CT's own grid is right-handed
    grid = Grid.from_axes(SHAPE, origin_lps_mm=ORIGIN, spacing_ijk_mm=SPACING, direction=axes)
    ct = volume_of(np.zeros(SHAPE, np.int16), grid)
    _, mask = ball_of(ct)
    masks = [segmented("Ball", mask)]
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
        assert dice(again.mask, mask) == 1.0


def segmented(
    name: str, mask: np.ndarray, *, kind: StructureKind = StructureKind.OTHER, side: Side | None = None
) -> SegmentedMask:
    return SegmentedMask(name, kind, side, mask, StructureOrigin.DRAWN, "drawn")


# ---------------------------------------------------------------- NIfTI, byte by byte


def nifti_bytes(
    labels: np.ndarray,
    *,
    sform: np.ndarray | None = None,
    qform: tuple[float, ...] | None = None,
    order: str = "<",
    datatype: tuple[int, str] = (2, "u1"),
    scale: tuple[float, float] = (0.0, 0.0),
    pixdim: tuple[float, ...] = (1.0, *SPACING),
    extension: bytes = b"",
) -> bytes:
    """A NIfTI-1 file from its definition; ``qform`` is (b, c, d, x, y, z), both in RAS."""
    head = bytearray(352)
    struct.pack_into(order + "i", head, 0, 348)
    struct.pack_into(order + "8h", head, 40, 3, *labels.shape[::-1], 1, 1, 1, 1)
    struct.pack_into(order + "2h", head, 70, datatype[0], 8 * np.dtype(datatype[1]).itemsize)
    struct.pack_into(order + "8f", head, 76, *pixdim, 0, 0, 0, 0)
    struct.pack_into(order + "3f", head, 108, 352 + len(extension), *scale)
    head[123] = 2
    if qform is not None:
        struct.pack_into(order + "h", head, 252, 1)
        struct.pack_into(order + "6f", head, 256, *qform)
    if sform is not None:
        struct.pack_into(order + "h", head, 254, 2)
        struct.pack_into(order + "12f", head, 280, *sform[:3].ravel())
    head[344:348] = b"n+1\0"
    head[348] = 1 if extension else 0
    return bytes(head) + extension + labels.astype(np.dtype(order + datatype[1])).tobytes()


def ras_of(grid: Grid) -> np.ndarray:
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.matrix


def save(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "datatype", [(2, "u1"), (4, "i2"), (8, "i4"), (16, "f4"), (64, "f8"), (256, "i1"), (512, "u2"), (1024, "i8")]
)
def test_every_kind_of_number_in_both_orders_of_bytes(
    ct: Volume, tmp_path: Path, order: str, datatype: tuple[int, str]
) -> None:
    _, mask = ball_of(ct)
    path = save(tmp_path / "a.nii", nifti_bytes(mask * 3, sform=ras_of(ct.grid), order=order, datatype=datatype))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert read.name == "Label 3"
    assert np.array_equal(read.mask, mask)


def test_a_quaternion_alone_places_a_file(ct: Volume, tmp_path: Path) -> None:
    """LPS axes are RAS axes turned by half a turn about z: (b, c, d) = (0, 0, 1)."""
    _, mask = ball_of(ct)
    offset = ras_of(ct.grid)[:3, 3]
    path = save(tmp_path / "a.nii.gz", nifti_bytes(mask, qform=(0.0, 0.0, 1.0, *offset)))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)


def test_a_left_handed_quaternion(ct: Volume, tmp_path: Path) -> None:
    """RAS axes with the slices turned around: no rotation, qfac −1, columns and rows from the other end."""
    _, mask = ball_of(ct)
    last = np.diag([-1.0, -1.0, 1.0]) @ ct.grid.to_lps([n - 1 for n in SHAPE[::-1]])
    path = save(
        tmp_path / "a.nii", nifti_bytes(mask[::-1, ::-1, ::-1], qform=(0, 0, 0, *last), pixdim=(-1.0, *SPACING))
    )

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)


def test_metres_and_scaled_values(ct: Volume, tmp_path: Path) -> None:
    _, mask = ball_of(ct)
    metres = np.diag([0.001, 0.001, 0.001, 1.0]) @ ras_of(ct.grid)
    data = bytearray(nifti_bytes(mask * 2, sform=metres, scale=(2.0, 0.0)))
    data[123] = 1
    path = save(tmp_path / "a.nii", bytes(data))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert read.name == "Label 4"
    assert np.array_equal(read.mask, mask)


def test_version_2(ct: Volume, tmp_path: Path) -> None:
    _, mask = ball_of(ct)
    head = bytearray(544)
    struct.pack_into("<i8s2h", head, 0, 540, b"n+2\0\r\n\x1a\n", 2, 8)
    struct.pack_into("<8q", head, 16, 3, *SHAPE[::-1], 1, 1, 1, 1)
    struct.pack_into("<q", head, 168, 544)
    struct.pack_into("<2i", head, 344, 0, 1)
    struct.pack_into("<12d", head, 400, *ras_of(ct.grid)[:3].ravel())
    struct.pack_into("<2i", head, 496, 0, 2)
    path = save(tmp_path / "a.nii.gz", bytes(head) + mask.astype(np.uint8).tobytes())

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)


def test_a_sheared_file_is_refused_in_words(ct: Volume, tmp_path: Path) -> None:
    sheared = ras_of(ct.grid)
    sheared[1, 2] = np.tan(np.radians(16.5)) * SPACING[2]
    path = save(tmp_path / "tilted.nii", nifti_bytes(np.ones(SHAPE), sform=sheared))

    with pytest.raises(GeometryRefused, match=r"tilted.nii: Its axes are not perpendicular \(by 16\.50°\)") as refusal:
        volumes.read_volume_labels(path, volume=ct)
    assert refusal.value.code == "labels-skewed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "nifti-nowhere"),
        ({"sform": "elsewhere"}, "labels-elsewhere"),
        ({"sform": "own", "qform": "other"}, "nifti-two-places"),
        ({"sform": "flat"}, "labels-affine"),
        ({"sform": "nan"}, "nifti-two-places"),
    ],
)
def test_places_that_cannot_be_believed(ct: Volume, tmp_path: Path, change: dict[str, str], code: str) -> None:
    ras = ras_of(ct.grid)
    sform = {"own": ras, "elsewhere": ras + np.outer([0, 0, 300, 0], [0, 0, 0, 1]), "flat": ras * [0, 1, 1, 1]}
    sform["nan"] = ras * np.nan
    forms: dict[str, Any] = {"sform": sform[change["sform"]]} if "sform" in change else {}
    if "qform" in change:
        forms["qform"] = (0.0, 0.0, 1.0, *(ras[:3, 3] + [0, 0, 4.0]))
    path = save(tmp_path / "a.nii", nifti_bytes(np.ones(SHAPE), **forms))

    with pytest.raises(GeometryRefused) as refusal:
        volumes.read_volume_labels(path, volume=ct)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("labels", "datatype", "code"),
    [
        (np.linspace(0, 1, np.prod(SHAPE)).reshape(SHAPE), (16, "f4"), "labels-fractions"),
        (np.arange(np.prod(SHAPE)).reshape(SHAPE) - 1024, (4, "i2"), "labels-image"),
        (np.arange(np.prod(SHAPE)).reshape(SHAPE), (4, "i2"), "labels-many"),
        (np.zeros(SHAPE), (2, "u1"), "labels-nothing-here"),
        (np.full(SHAPE, np.nan), (64, "f8"), "labels-fractions"),
    ],
)
def test_what_is_no_labels(
    ct: Volume, tmp_path: Path, labels: np.ndarray, datatype: tuple[int, str], code: str
) -> None:
    path = save(tmp_path / "a.nii", nifti_bytes(labels, sform=ras_of(ct.grid), datatype=datatype))

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(path, volume=ct)

    assert refusal.value.code == code
    assert refusal.value.where == "a.nii"


# ---------------------------------------------------------------- hostile files


def test_claims_are_judged_before_a_voxel_is_read(ct: Volume, tmp_path: Path) -> None:
    """A header of 32 767³ voxels, and 60 bytes that would unpack to a gigabyte of noughts."""
    data = bytearray(nifti_bytes(np.ones(SHAPE), sform=ras_of(ct.grid)))
    struct.pack_into("<8h", data, 40, 3, 32767, 32767, 32767, 1, 1, 1, 1)
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = bomb.compress(bytes(data)) + b"".join(bomb.compress(bytes(2**20)) for _ in range(64)) + bomb.flush()
    (tmp_path / "bomb.nii.gz").write_bytes(packed)

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(tmp_path / "bomb.nii.gz", volume=ct)

    assert refusal.value.code == "labels-too-large"


def test_what_follows_the_voxels_is_never_unpacked(ct: Volume, tmp_path: Path) -> None:
    _, mask = ball_of(ct)
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = bomb.compress(nifti_bytes(mask, sform=ras_of(ct.grid)))
    packed += b"".join(bomb.compress(bytes(2**20)) for _ in range(64)) + bomb.flush()
    (tmp_path / "a.nii.gz").write_bytes(packed)

    (read,) = volumes.read_volume_labels(tmp_path / "a.nii.gz", volume=ct).masks

    assert np.array_equal(read.mask, mask)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_cut_short_is_a_sentence(ct: Volume, tmp_path: Path, ending: str, share: float) -> None:
    path = tmp_path / f"a{ending}"
    sitk.WriteImage(turned_image(ct, np.eye(3)), str(path), useCompression=ending != ".nii")
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])

    with pytest.raises(InputRefused):
        volumes.read_volume_labels(path, volume=ct)


@pytest.mark.parametrize("ending", [".nii", ".nrrd", ".mha"])
def test_single_bytes_changed_anywhere_in_a_header_never_end_in_a_fault(
    ct: Volume, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a{ending}"
    sitk.WriteImage(turned_image(ct, np.eye(3)), str(path))
    data = path.read_bytes()
    random = np.random.default_rng(3)
    refused = 0
    for _ in range(200):
        broken = bytearray(data)
        broken[int(random.integers(0, 400))] = int(random.integers(0, 256))
        path.write_bytes(bytes(broken))
        try:
            volumes.read_volume_labels(path, volume=ct)
        except InputRefused:
            refused += 1
    assert refused > 10


@pytest.mark.parametrize("name", ["../other.raw", "/etc/hostname", "LIST", "gone.raw", "a%03d.raw"])
def test_voxels_are_looked_for_beside_the_header_only(ct: Volume, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "other.raw").write_bytes(bytes(10_000))
    sitk.WriteImage(turned_image(ct, np.eye(3)), str(folder / "a.mhd"))
    text = (folder / "a.mhd").read_text()
    (folder / "a.mhd").write_text(re.sub(r"ElementDataFile = .*", f"ElementDataFile = {name}", text))

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(folder / "a.mhd", volume=ct)

    assert refusal.value.code.startswith("labels-detached")


# ---------------------------------------------------------------- names, kinds, sides


def extension_of(names: dict[int, str]) -> bytes:
    """The extension in which TotalSegmentator keeps its names."""
    rows = "".join(
        f'<Label Key="{key}" Red="0.0" Green="1.0" Blue="0.0" Alpha="1"><![CDATA[{name}]]></Label>\n'
        for key, name in names.items()
    )
    text = f'<?xml version="1.0"?> <CaretExtension><VolumeInformation Index="0"> <LabelTable>\n{rows}</LabelTable>'
    data = text.encode()
    size = -(-(len(data) + 8) // 16) * 16
    return struct.pack("<2i", size, 0) + data.ljust(size - 8, b" ")


def test_names_in_the_file_decide_kind_and_side(ct: Volume, tmp_path: Path) -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:4, 2:4, 2:5], labels[2:4, 2:4, 14:18], labels[8, 8, 8] = 2, 3, 9
    extension = extension_of({2: "kidney_right", 3: "kidney_left", 9: "my own <thing>"})
    path = save(tmp_path / "a.nii.gz", nifti_bytes(labels, sform=ras_of(ct.grid), extension=extension))

    right, left, own = volumes.read_volume_labels(path, volume=ct).masks

    assert (right.name, right.kind, right.side) == ("Kidney, right", StructureKind.KIDNEY, Side.RIGHT)
    assert (left.name, left.kind, left.side) == ("Kidney, left", StructureKind.KIDNEY, Side.LEFT)
    assert (own.name, own.kind, own.side) == ("my own <thing>", StructureKind.OTHER, None)


def test_a_mirrored_file_is_refused(ct: Volume, tmp_path: Path) -> None:
    """The left kidney to the right of the right one: written by a program that took RAS for LPS (H-16)."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:4, 2:4, 2:5], labels[2:4, 2:4, 14:18] = 2, 3
    extension = extension_of({3: "kidney_right", 2: "kidney_left"})
    path = save(tmp_path / "a.nii.gz", nifti_bytes(labels, sform=ras_of(ct.grid), extension=extension))

    with pytest.raises(GeometryRefused, match="Left and right are exchanged: “kidney” of the left side"):
        volumes.read_volume_labels(path, volume=ct)


def test_what_reaches_outside_the_ct_is_told_in_numbers(ct: Volume, tmp_path: Path) -> None:
    """Twelve slices moved up by six: half of a full box lies above the CT."""
    moved = ras_of(ct.grid)
    moved[2, 3] += 6 * SPACING[2]
    path = save(tmp_path / "a.nii", nifti_bytes(np.ones(SHAPE), sform=moved))

    imported = volumes.read_volume_labels(path, volume=ct)

    assert "50% of it lies outside the CT" in imported.masks[0].method
    assert any("1 of 1 structures reach outside the CT" in note and "(50%)" in note for note in imported.notes)
    assert np.array_equal(imported.masks[0].mask.any(axis=(1, 2)), np.arange(12) >= 6)


def test_a_folder_of_one_file_per_class(ct: Volume, tmp_path: Path) -> None:
    ras = ras_of(ct.grid)
    aorta, liver = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)
    aorta[:, 3, 3], liver[2:6, 6:12, 1:9] = 1, 1
    for name, labels in (("aorta", aorta), ("liver", liver), ("spleen", np.zeros(SHAPE)), ("my_own", aorta)):
        save(tmp_path / f"{name}.nii.gz", nifti_bytes(labels, sform=ras))
    save(tmp_path / "ct.nii.gz", nifti_bytes(np.full(SHAPE, -1000), sform=ras, datatype=(4, "i2")))
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
    whole = np.ones(SHAPE, bool)
    centre, ball = ball_of(ct)
    other = blob(ct.grid, centre + np.array([3.0, 0, 0]), 4.0)
    masks = [
        segmented("Skin", whole, kind=StructureKind.SKIN),
        segmented("Kidney, left", ball, kind=StructureKind.KIDNEY, side=Side.LEFT),
        segmented("Ureter, left", other, kind=StructureKind.URETER, side=Side.LEFT),
    ]
    volumes.write_seg_nrrd(tmp_path / "a.seg.nrrd", volume=ct, masks=masks, colours=["#102030", "#ff8000", ""])

    read = volumes.read_volume_labels(tmp_path / "a.seg.nrrd", volume=ct).masks

    assert [(m.name, m.kind, m.side) for m in read] == [(m.name, m.kind, m.side) for m in masks]
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(read, masks, strict=True))
    assert [m.colour for m in read] == ["#102030", "#ff8000", "#b0b0b0"]


def test_overlapping_structures_as_nifti_go_into_several_files(ct: Volume, tmp_path: Path) -> None:
    whole = np.ones(SHAPE, bool)
    _, ball = ball_of(ct)
    masks = [segmented("Skin", whole, kind=StructureKind.SKIN), segmented("Liver", ball, kind=StructureKind.LIVER)]
    (tmp_path / "a 2.nii.gz").write_text("mine")

    files = volumes.write_nifti(tmp_path / "a.nii.gz", volume=ct, masks=masks)

    assert [file.name for file in files] == ["a.nii.gz", "a 3.nii.gz"]
    assert (tmp_path / "a 2.nii.gz").read_text() == "mine"
    again = volumes.read_folder(files, volume=ct).masks
    assert [(m.name, m.kind) for m in again] == [("Skin", StructureKind.SKIN), ("Liver", StructureKind.LIVER)]
    assert np.array_equal(again[1].mask, ball)


def test_a_slicer_header_by_hand(ct: Volume, tmp_path: Path) -> None:
    """Two layers, interleaved voxel by voxel, in RAS, with a label of 5; the names are what the header says."""
    _, ball = ball_of(ct)
    layers = np.stack([ball * 5, np.ones(SHAPE) * 1], axis=-1).astype(np.uint8)
    ras = ras_of(ct.grid)
    vectors = " ".join("(" + ",".join(f"{v:.9g}" for v in ras[:3, axis]) + ")" for axis in range(3))
    entry = "TerminologyEntry:context~SCT^123037004^Anatomical Structure~SCT^{}~SCT^7771000^Left~regions~^^~^^|"
    header = f"""NRRD0005
# by hand
type: uint8
dimension: 4
space: right-anterior-superior
sizes: 2 {SHAPE[2]} {SHAPE[1]} {SHAPE[0]}
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
    sitk.WriteImage(turned_image(ct, np.eye(3)), str(path))
    head, _, data = path.read_bytes().partition(b"\n\n")
    lines = [old for old in head.decode().split("\n") if not old.startswith(f"{field}:")]
    path.write_bytes("\n".join([*lines, *([line] if line else [])]).encode() + b"\n\n" + data)

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(path, volume=ct)

    assert refusal.value.code == code


def test_nothing_of_where_it_came_from_is_in_the_files(ct: Volume, tmp_path: Path) -> None:
    """Neither the file's name nor a time nor the CT's identifiers are in what is written (H-43)."""
    masks = [segmented("Liver", ball_of(ct)[1], kind=StructureKind.LIVER)]
    volumes.write_seg_nrrd(tmp_path / "Secret^Name.seg.nrrd", volume=ct, masks=masks)
    volumes.write_nifti(tmp_path / "Secret^Name.nii.gz", volume=ct, masks=masks)

    for path in tmp_path.iterdir():
        data = path.read_bytes()
        assert b"Secret" not in data
        assert ct.ref.series_instance_uid.encode() not in data
