"""NIfTI files of labels byte by byte from their definition, and hostile files of every format."""

from __future__ import annotations

import importlib.util
import re
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.geometry import Grid
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


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "datatype", [(2, "u1"), (4, "i2"), (8, "i4"), (16, "f4"), (64, "f8"), (256, "i1"), (512, "u2"), (1024, "i8")]
)
def test_every_kind_of_number_in_both_orders_of_bytes(
    ct: Volume, tmp_path: Path, order: str, datatype: tuple[int, str]
) -> None:
    _, mask = truth.ball_of(ct)
    path = truth.save(
        tmp_path / "a.nii", truth.nifti_bytes(mask * 3, sform=truth.ras_of(ct.grid), order=order, datatype=datatype)
    )

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert read.name == "Label 3"
    assert np.array_equal(read.mask, mask)


def test_a_quaternion_alone_places_a_file(ct: Volume, tmp_path: Path) -> None:
    """LPS axes are RAS axes turned by half a turn about z: (b, c, d) = (0, 0, 1)."""
    _, mask = truth.ball_of(ct)
    offset = truth.ras_of(ct.grid)[:3, 3]
    path = truth.save(tmp_path / "a.nii.gz", truth.nifti_bytes(mask, qform=(0.0, 0.0, 1.0, *offset)))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)


def test_a_left_handed_quaternion(ct: Volume, tmp_path: Path) -> None:
    """RAS axes with the slices turned around: no rotation, qfac −1, columns and rows from the other end."""
    _, mask = truth.ball_of(ct)
    last = np.diag([-1.0, -1.0, 1.0]) @ ct.grid.to_lps([n - 1 for n in truth.SHAPE[::-1]])
    path = truth.save(
        tmp_path / "a.nii",
        truth.nifti_bytes(mask[::-1, ::-1, ::-1], qform=(0, 0, 0, *last), pixdim=(-1.0, *truth.SPACING)),
    )

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)


def test_metres_and_scaled_values(ct: Volume, tmp_path: Path) -> None:
    _, mask = truth.ball_of(ct)
    metres = np.diag([0.001, 0.001, 0.001, 1.0]) @ truth.ras_of(ct.grid)
    data = bytearray(truth.nifti_bytes(mask * 2, sform=metres, scale=(2.0, 0.0)))
    data[123] = 1
    path = truth.save(tmp_path / "a.nii", bytes(data))

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert read.name == "Label 4"
    assert np.array_equal(read.mask, mask)


def test_version_2(ct: Volume, tmp_path: Path) -> None:
    _, mask = truth.ball_of(ct)
    head = bytearray(544)
    struct.pack_into("<i8s2h", head, 0, 540, b"n+2\0\r\n\x1a\n", 2, 8)
    struct.pack_into("<8q", head, 16, 3, *truth.SHAPE[::-1], 1, 1, 1, 1)
    struct.pack_into("<q", head, 168, 544)
    struct.pack_into("<2i", head, 344, 0, 1)
    struct.pack_into("<12d", head, 400, *truth.ras_of(ct.grid)[:3].ravel())
    struct.pack_into("<2i", head, 496, 0, 2)
    path = truth.save(tmp_path / "a.nii.gz", bytes(head) + mask.astype(np.uint8).tobytes())

    (read,) = volumes.read_volume_labels(path, volume=ct).masks

    assert np.array_equal(read.mask, mask)


def test_a_sheared_file_is_refused_in_words(ct: Volume, tmp_path: Path) -> None:
    sheared = truth.ras_of(ct.grid)
    sheared[1, 2] = np.tan(np.radians(16.5)) * truth.SPACING[2]
    path = truth.save(tmp_path / "tilted.nii", truth.nifti_bytes(np.ones(truth.SHAPE), sform=sheared))

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
    ras = truth.ras_of(ct.grid)
    sform = {"own": ras, "elsewhere": ras + np.outer([0, 0, 300, 0], [0, 0, 0, 1]), "flat": ras * [0, 1, 1, 1]}
    sform["nan"] = ras * np.nan
    forms: dict[str, Any] = {"sform": sform[change["sform"]]} if "sform" in change else {}
    if "qform" in change:
        forms["qform"] = (0.0, 0.0, 1.0, *(ras[:3, 3] + [0, 0, 4.0]))
    path = truth.save(tmp_path / "a.nii", truth.nifti_bytes(np.ones(truth.SHAPE), **forms))

    with pytest.raises(GeometryRefused) as refusal:
        volumes.read_volume_labels(path, volume=ct)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("labels", "datatype", "code"),
    [
        (np.linspace(0, 1, np.prod(truth.SHAPE)).reshape(truth.SHAPE), (16, "f4"), "labels-fractions"),
        (np.arange(np.prod(truth.SHAPE)).reshape(truth.SHAPE) - 1024, (4, "i2"), "labels-image"),
        (np.arange(np.prod(truth.SHAPE)).reshape(truth.SHAPE), (4, "i2"), "labels-many"),
        (np.zeros(truth.SHAPE), (2, "u1"), "labels-nothing-here"),
        (np.full(truth.SHAPE, np.nan), (64, "f8"), "labels-fractions"),
    ],
)
def test_what_is_no_labels(
    ct: Volume, tmp_path: Path, labels: np.ndarray, datatype: tuple[int, str], code: str
) -> None:
    path = truth.save(tmp_path / "a.nii", truth.nifti_bytes(labels, sform=truth.ras_of(ct.grid), datatype=datatype))

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(path, volume=ct)

    assert refusal.value.code == code
    assert refusal.value.where == "a.nii"


# ---------------------------------------------------------------- hostile files


def test_claims_are_judged_before_a_voxel_is_read(ct: Volume, tmp_path: Path) -> None:
    """A header of 32 767³ voxels, and 60 bytes that would unpack to a gigabyte of noughts."""
    data = bytearray(truth.nifti_bytes(np.ones(truth.SHAPE), sform=truth.ras_of(ct.grid)))
    struct.pack_into("<8h", data, 40, 3, 32767, 32767, 32767, 1, 1, 1, 1)
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = bomb.compress(bytes(data)) + b"".join(bomb.compress(bytes(2**20)) for _ in range(64)) + bomb.flush()
    (tmp_path / "bomb.nii.gz").write_bytes(packed)

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(tmp_path / "bomb.nii.gz", volume=ct)

    assert refusal.value.code == "labels-too-large"


def test_what_follows_the_voxels_is_never_unpacked(ct: Volume, tmp_path: Path) -> None:
    _, mask = truth.ball_of(ct)
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = bomb.compress(truth.nifti_bytes(mask, sform=truth.ras_of(ct.grid)))
    packed += b"".join(bomb.compress(bytes(2**20)) for _ in range(64)) + bomb.flush()
    (tmp_path / "a.nii.gz").write_bytes(packed)

    (read,) = volumes.read_volume_labels(tmp_path / "a.nii.gz", volume=ct).masks

    assert np.array_equal(read.mask, mask)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_cut_short_is_a_sentence(ct: Volume, tmp_path: Path, ending: str, share: float) -> None:
    path = tmp_path / f"a{ending}"
    sitk.WriteImage(truth.turned_image(ct, np.eye(3)), str(path), useCompression=ending != ".nii")
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])

    with pytest.raises(InputRefused):
        volumes.read_volume_labels(path, volume=ct)


@pytest.mark.parametrize("ending", [".nii", ".nrrd", ".mha"])
def test_single_bytes_changed_anywhere_in_a_header_never_end_in_a_fault(
    ct: Volume, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a{ending}"
    sitk.WriteImage(truth.turned_image(ct, np.eye(3)), str(path))
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
    sitk.WriteImage(truth.turned_image(ct, np.eye(3)), str(folder / "a.mhd"))
    text = (folder / "a.mhd").read_text()
    (folder / "a.mhd").write_text(re.sub(r"ElementDataFile = .*", f"ElementDataFile = {name}", text))

    with pytest.raises(InputRefused) as refusal:
        volumes.read_volume_labels(folder / "a.mhd", volume=ct)

    assert refusal.value.code.startswith("labels-detached")


# Unbounded, a search through each of these takes hours.
SLOW_TABLES = {
    "spaces": '<Label Key="1">' + " " * 20_000,
    "open labels": "<Label " * 100_000,
    "open literals": '<Label Key="1"><![CDATA[' * 40_000,
}


@pytest.mark.parametrize("table", SLOW_TABLES.values(), ids=SLOW_TABLES)
def test_H_38_no_table_of_names_makes_the_search_slow(ct: Volume, tmp_path: Path, table: str) -> None:
    _, mask = truth.ball_of(ct)
    data = f"<LabelTable>{table}".encode()
    size = -(-(len(data) + 8) // 16) * 16
    extension = struct.pack("<2i", size, 0) + data.ljust(size - 8, b"\0")
    file = tmp_path / "a.nii"
    file.write_bytes(truth.nifti_bytes(mask, sform=truth.ras_of(ct.grid), extension=extension))

    (read,) = volumes.read_volume_labels(file, volume=ct).masks

    assert (read.name, np.array_equal(read.mask, mask)) == ("Label 1", True)


def test_H_38_hundreds_of_thousands_of_extensions_are_passed_over(ct: Volume, tmp_path: Path) -> None:
    _, mask = truth.ball_of(ct)
    extensions = struct.pack("<2i", 9, 0) + b"x"
    data = truth.nifti_bytes(mask, sform=truth.ras_of(ct.grid), extension=extensions * 400_000)
    (tmp_path / "a.nii").write_bytes(data)

    (read,) = volumes.read_volume_labels(tmp_path / "a.nii", volume=ct).masks

    assert np.array_equal(read.mask, mask)


def test_H_38_open_brackets_of_a_nrrd_header_are_refused(ct: Volume, tmp_path: Path) -> None:
    file = tmp_path / "a.nrrd"
    sitk.WriteImage(truth.turned_image(ct, np.eye(3)), str(file))
    damaged = re.sub(rb"space directions: .*", b"space directions: " + b"(" * 900_000, file.read_bytes(), count=1)
    file.write_bytes(damaged)

    with pytest.raises(GeometryRefused) as refusal:
        volumes.read_volume_labels(file, volume=ct)

    assert refusal.value.code == "nrrd-nowhere"


def test_names_of_workbench_written_as_plain_text(ct: Volume, tmp_path: Path) -> None:
    _, mask = truth.ball_of(ct)
    data = b'<LabelTable>\n<Label Red="1" Key="1" Alpha="1">\n Aorta &amp; arch \n</Label></LabelTable>'
    size = -(-(len(data) + 8) // 16) * 16
    extension = struct.pack("<2i", size, 30) + data.ljust(size - 8, b"\0")
    file = tmp_path / "a.nii"
    file.write_bytes(truth.nifti_bytes(mask, sform=truth.ras_of(ct.grid), extension=extension))

    assert [one.name for one in volumes.read_volume_labels(file, volume=ct).masks] == ["Aorta & arch"]


@pytest.mark.parametrize("step_mm", [1e200, -1e200, 1e7])
def test_steps_that_no_patient_has_are_refused(ct: Volume, tmp_path: Path, step_mm: float) -> None:
    """Squared, the largest are no longer finite."""
    file = tmp_path / "a.nrrd"
    sitk.WriteImage(truth.turned_image(ct, np.eye(3)), str(file))
    vectors = f"space directions: ({step_mm},0,0) (0,1,0) (0,0,1)".encode()
    file.write_bytes(re.sub(rb"space directions: .*", vectors, file.read_bytes(), count=1))

    with pytest.raises(GeometryRefused) as refusal:
        volumes.read_volume_labels(file, volume=ct)

    assert refusal.value.code == "labels-affine"
