"""Do real structures on real CT survive the way out and in? Through our own files, highdicom and plastimatch."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from pydicom.uid import generate_uid

from planner.domain.progress import silent
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.imaging.assemble import load_series
from planner.imaging.scan import scan_folder
from planner.segmentation import labelio

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_data
PLASTIMATCH = shutil.which("plastimatch")


def dice(a, b) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def errors_of(path: Path) -> list[str]:
    if shutil.which("dciodvfy") is None:
        return []
    check = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
    return [line for line in (check.stdout + check.stderr).splitlines() if line.startswith("Error")]


@pytest.fixture(scope="module")
def exchanged(shared_data, tmp_path_factory):
    """The 14 structures of the pelvis written as segmentation and structure set: (CT, masks, folder)."""
    folder = tmp_path_factory.mktemp("pelvis")
    source = shared_data / "abdomen_pelvis_ts"
    files = sorted((source / "ct").iterdir())
    (summary,) = scan_folder(source / "ct", progress=silent).series
    volume, _ = load_series(summary.slices, progress=silent)
    masks = labelio.read_seg(source / "seg.dcm", volume=volume)
    for write, name in ((labelio.write_seg, "seg.dcm"), (labelio.write_rtstruct, "rt.dcm")):
        write(folder / name, volume=volume, ct_files=files, masks=masks, series_description="Pelvis")
    return volume, masks, folder


@pytest.mark.parametrize(("name", "read"), [("seg.dcm", labelio.read_seg), ("rt.dcm", labelio.read_rtstruct)])
def test_real_structures_come_back_exactly(exchanged, name, read) -> None:
    volume, masks, folder = exchanged
    assert len(masks) == 14
    for mask, back in zip(masks, read(folder / name, volume=volume), strict=True):
        np.testing.assert_array_equal(back.mask, mask.mask)
        assert (back.name, back.kind, back.side) == (mask.name, mask.kind, mask.side)
    assert errors_of(folder / name) == []


def test_highdicom_reads_the_same_voxels(exchanged) -> None:
    volume, masks, folder = exchanged
    segmentation = hd.seg.segread(folder / "seg.dcm")
    for number, mask in enumerate(masks, start=1):
        own = segmentation.get_volume(segment_numbers=[number], combine_segments=False)
        points = np.argwhere(np.asarray(own.array)[..., 0]) @ own.affine[:3, :3].T + own.affine[:3, 3]
        found = np.zeros_like(mask.mask)
        found[tuple(np.round(volume.grid.to_index(points)[:, ::-1]).astype(int).T)] = True
        np.testing.assert_array_equal(found, mask.mask)


@pytest.mark.skipif(PLASTIMATCH is None, reason="plastimatch (Debian package plastimatch) is not installed")
def test_plastimatch_fills_the_same_voxels(exchanged) -> None:
    volume, masks, folder = exchanged
    fixed = sitk.GetImageFromArray(np.zeros(volume.grid.shape_kji, np.int16))
    np.testing.assert_allclose(volume.grid.direction, np.eye(3), atol=1e-9)
    fixed.SetSpacing(volume.grid.spacing_ijk_mm)
    fixed.SetOrigin([float(v) for v in volume.grid.origin_lps_mm])
    sitk.WriteImage(fixed, str(folder / "fixed.mha"))
    command = [PLASTIMATCH, "convert", "--input", folder / "rt.dcm", "--fixed", folder / "fixed.mha"]
    subprocess.run(
        [*command, "--output-prefix", folder / "out", "--prefix-format", "mha"], check=True, capture_output=True
    )
    found = {
        file.stem: sitk.GetArrayFromImage(sitk.ReadImage(str(file))) > 0 for file in (folder / "out").glob("*.mha")
    }
    assert len(found) == len(masks)
    for mask in masks:
        assert max(dice(other, mask.mask) for other in found.values()) >= 0.999, mask.name


def test_H_03_a_tilted_head_as_it_is_opened(shared_data, tmp_path) -> None:
    """Part of a real tilted series, on the corrected grid; its images are named, their pixels are not claimed."""
    folder, frame = tmp_path / "ct", generate_uid()
    folder.mkdir()
    for file in sorted((shared_data / "odd" / "geometry" / "gantrytilting" / "001").iterdir()):
        image = pydicom.dcmread(file)
        image.FrameOfReferenceUID = frame  # the files name none, and without one nothing could be said of places
        image.save_as(folder / file.name)
    (summary,) = [one for one in scan_folder(folder, progress=silent).series if one.modality == "CT"]
    volume, _ = load_series(summary.slices, progress=silent)
    assert volume.grid.shape_kji[1] > pydicom.dcmread(summary.slices[0].path, stop_before_pixels=True).Rows
    part = np.zeros(volume.grid.shape_kji, dtype=bool)  # few lines: the validator takes minutes over many
    part[:, 220:260, 230:270] = volume.hu[:, 220:260, 230:270] > np.median(volume.hu[:, 220:260, 230:270])
    bone = SegmentedMask("Part", StructureKind.BONE, None, part, StructureOrigin.AUTOMATIC, "")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    named = {pydicom.dcmread(one.path, stop_before_pixels=True).SOPInstanceUID for one in summary.slices}
    for write, read, name in (
        (labelio.write_seg, labelio.read_seg, "seg.dcm"),
        (labelio.write_rtstruct, labelio.read_rtstruct, "rt.dcm"),
    ):
        path = tmp_path / name
        write(path, volume=volume, ct_files=files, masks=[bone, replace(bone, name="Again")], series_description="Head")
        assert errors_of(path) == []
        for back in read(path, volume=volume):
            np.testing.assert_array_equal(back.mask, bone.mask)
    segmentation = pydicom.dcmread(tmp_path / "seg.dcm")
    assert {item.ReferencedSOPInstanceUID for item in segmentation.SourceImageSequence} == named
    derivation = segmentation.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    assert derivation.SourceImageSequence[0].SpatialLocationsPreserved == "NO"
