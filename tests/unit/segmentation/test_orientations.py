"""Do structures come back the same in every orientation, from our own files and as other programs read them?

Second implementations: highdicom's volumes for segmentations, plastimatch for structure sets.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess

import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813

from planner.domain.geometry import Grid, Side
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import labelio

SHAPE = (9, 40, 50)
SPACING_MM = (0.8, 0.9, 2.5)
SIGNS = list(itertools.product((1.0, -1.0), repeat=3))
CORONAL = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
SAGITTAL = np.array([[0, 0, -1.0], [1, 0, 0], [0, -1, 0]])
OBLIQUE = np.array(
    [[np.cos(0.3), -np.sin(0.3), 0], [np.sin(0.3) * np.cos(0.2), np.cos(0.3) * np.cos(0.2), -np.sin(0.2)],
     [np.sin(0.3) * np.sin(0.2), np.cos(0.3) * np.sin(0.2), np.cos(0.2)]]
)  # fmt: skip
PLASTIMATCH = shutil.which("plastimatch")


def dice(a, b) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


@pytest.fixture(scope="module")
def masks() -> tuple[SegmentedMask, ...]:
    """No mirror image of itself: an ellipsoid with two holes and an island, a block at the edge with a notch."""
    k, j, i = np.indices(SHAPE)
    organ = ((k - 4) / 3.2) ** 2 + ((j - 17) / 12) ** 2 + ((i - 20) / 14) ** 2 <= 1
    organ &= ((j - 15) / 4) ** 2 + ((i - 17) / 3) ** 2 > 1
    organ &= ((j - 22) / 3) ** 2 + ((i - 27) / 3) ** 2 > 1
    organ |= ((j - 15) ** 2 + (i - 17) ** 2 <= 1) & (k > 2) & (k < 6)
    block = np.zeros(SHAPE, dtype=bool)
    block[:4, 30:, :9] = True
    block[2, 30, 2] = False
    return (
        SegmentedMask("Kidney, left", StructureKind.KIDNEY, Side.LEFT, organ, StructureOrigin.DRAWN, "drawn"),
        SegmentedMask("Liver", StructureKind.LIVER, None, block, StructureOrigin.AUTOMATIC, ""),
    )


def grid_of(direction, shape=SHAPE) -> Grid:
    return Grid.from_axes(shape, origin_lps_mm=(-30.5, 12.25, 410.0), spacing_ijk_mm=SPACING_MM, direction=direction)


def by_signs(signs) -> tuple[Grid, bool]:
    """Rows, columns and the scanner's order of slices, each with or against the patient's axes.

    DICOM has no left-handed stack, so the third sign is the order in which the scanner numbers the slices.
    """
    x, y, z = signs
    return grid_of(np.diag([x, y, x * y])), z != x * y


def as_highdicom_reads(path, number, grid) -> np.ndarray:
    """One segment through highdicom's own geometry, looked up voxel by voxel on the CT's grid."""
    volume = hd.seg.segread(path).get_volume(
        segment_numbers=[number], combine_segments=False, allow_missing_positions=True
    )
    array = np.asarray(volume.array)[..., 0].astype(bool)
    points = np.argwhere(array) @ np.asarray(volume.affine)[:3, :3].T + np.asarray(volume.affine)[:3, 3]
    found = np.zeros(grid.shape_kji, dtype=bool)
    index = grid.to_index(points)
    assert np.abs(index - np.round(index)).max() < 1e-3
    found[tuple(np.round(index[:, ::-1]).astype(int).T)] = True
    return found


def as_plastimatch_reads(folder, grid) -> dict[str, np.ndarray]:
    """Each region on the voxels of the grid, as plastimatch fills them on an image along the patient's axes."""
    axes = np.abs(grid.direction)
    counts = np.array(grid.shape_kji[::-1])
    fixed = sitk.Image([int(n) for n in np.round(axes @ counts)], sitk.sitkInt16)
    fixed.SetSpacing([float(v) for v in axes @ grid.spacing_ijk_mm])
    fixed.SetOrigin([float(v) for v in grid.corners_lps_mm().min(axis=0)])
    sitk.WriteImage(fixed, str(folder / "fixed.mha"))
    command = [PLASTIMATCH, "convert", "--input", folder / "rt.dcm", "--fixed", folder / "fixed.mha"]
    command += ["--output-prefix", folder / "out", "--prefix-format", "mha"]
    subprocess.run(command, check=True, capture_output=True)
    found = {}
    for file in (folder / "out").glob("*.mha"):
        image = sitk.ReadImage(str(file))
        places = np.argwhere(sitk.GetArrayFromImage(image))[:, ::-1]
        index = grid.to_index(places * image.GetSpacing() + np.array(image.GetOrigin()))
        mask = np.zeros(grid.shape_kji, dtype=bool)
        mask[tuple(np.round(index[:, ::-1]).astype(int).T)] = True
        found[file.stem] = mask
    return found


def without_errors(path) -> None:
    if shutil.which("dciodvfy") is None:
        return
    check = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
    assert [line for line in (check.stdout + check.stderr).splitlines() if line.startswith("Error")] == []


@pytest.mark.parametrize("signs", SIGNS)
def test_H_16_segmentations_in_all_sign_combinations(signs, masks, tmp_path, ct_on_disk) -> None:
    grid, is_reversed = by_signs(signs)
    volume, files = ct_on_disk(tmp_path / "ct", grid, is_reversed=is_reversed)
    path = tmp_path / "seg.dcm"
    labelio.write_seg(path, volume=volume, ct_files=files, masks=masks, series_description="")
    for number, (mask, back) in enumerate(zip(masks, labelio.read_seg(path, volume=volume), strict=True), start=1):
        np.testing.assert_array_equal(back.mask, mask.mask)
        np.testing.assert_array_equal(as_highdicom_reads(path, number, grid), mask.mask)


@pytest.mark.parametrize("signs", SIGNS)
def test_H_16_structure_sets_in_all_sign_combinations(signs, masks, tmp_path, ct_on_disk) -> None:
    grid, is_reversed = by_signs(signs)
    volume, files = ct_on_disk(tmp_path / "ct", grid, is_reversed=is_reversed)
    labelio.write_rtstruct(tmp_path / "rt.dcm", volume=volume, ct_files=files, masks=masks, series_description="")
    for mask, back in zip(masks, labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume), strict=True):
        np.testing.assert_array_equal(back.mask, mask.mask)
        assert (back.name, back.kind, back.side) == (mask.name, mask.kind, mask.side)


@pytest.mark.skipif(PLASTIMATCH is None, reason="plastimatch (Debian package plastimatch) is not installed")
@pytest.mark.parametrize("signs", SIGNS)
def test_H_16_plastimatch_fills_our_lines_alike(signs, masks, tmp_path, ct_on_disk) -> None:
    """Keyholes included: the organ has two holes and an island in one of them."""
    grid, is_reversed = by_signs(signs)
    volume, files = ct_on_disk(tmp_path / "ct", grid, is_reversed=is_reversed)
    labelio.write_rtstruct(tmp_path / "rt.dcm", volume=volume, ct_files=files, masks=masks, series_description="")
    found = as_plastimatch_reads(tmp_path, grid)
    for mask in masks:
        (own,) = [array for name, array in found.items() if mask.name[:5] in name]
        assert dice(own, mask.mask) >= 0.999


@pytest.mark.parametrize("direction", [CORONAL, SAGITTAL, OBLIQUE], ids=["coronal", "sagittal", "oblique"])
def test_reformatted_and_oblique_stacks(direction, masks, tmp_path, ct_on_disk) -> None:
    volume, files = ct_on_disk(tmp_path / "ct", grid_of(direction))
    seg, rt = tmp_path / "seg.dcm", tmp_path / "rt.dcm"
    labelio.write_seg(seg, volume=volume, ct_files=files, masks=masks, series_description="")
    labelio.write_rtstruct(rt, volume=volume, ct_files=files, masks=masks, series_description="")
    for path, read in ((seg, labelio.read_seg), (rt, labelio.read_rtstruct)):
        without_errors(path)
        for mask, back in zip(masks, read(path, volume=volume), strict=True):
            np.testing.assert_array_equal(back.mask, mask.mask)
    for number, mask in enumerate(masks, start=1):
        np.testing.assert_array_equal(as_highdicom_reads(seg, number, volume.grid), mask.mask)


def test_a_tilt_corrected_ct_exports_on_its_own_field_and_names_the_tilted_images(masks, tmp_path, ct_on_disk) -> None:
    """Each slice begins 1.3 mm farther down: 10.4 mm over all, which 12 more rows of 0.9 mm hold."""
    scanned = grid_of(np.eye(3), (SHAPE[0], SHAPE[1] - 12, SHAPE[2]))
    volume, files = ct_on_disk(tmp_path / "ct", scanned, shear_mm=(0.0, 1.3), straightened=grid_of(np.eye(3)))
    seg, rt = tmp_path / "seg.dcm", tmp_path / "rt.dcm"
    labelio.write_seg(seg, volume=volume, ct_files=files, masks=masks, series_description="")
    labelio.write_rtstruct(rt, volume=volume, ct_files=files, masks=masks, series_description="")
    for path, read in ((seg, labelio.read_seg), (rt, labelio.read_rtstruct)):
        without_errors(path)
        for mask, back in zip(masks, read(path, volume=volume), strict=True):
            np.testing.assert_array_equal(back.mask, mask.mask)
    for number, mask in enumerate(masks, start=1):
        np.testing.assert_array_equal(as_highdicom_reads(seg, number, volume.grid), mask.mask)
    heights = {pydicom.dcmread(file).SOPInstanceUID: pydicom.dcmread(file).ImagePositionPatient[2] for file in files}
    for frame in pydicom.dcmread(seg).PerFrameFunctionalGroupsSequence:
        source = frame.DerivationImageSequence[0].SourceImageSequence[0]
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        assert heights[source.ReferencedSOPInstanceUID] == position[2]
        np.testing.assert_allclose(position[:2], (-30.5, 12.25))
        assert source.SpatialLocationsPreserved == "NO"
    for contour in pydicom.dcmread(rt).ROIContourSequence[0].ContourSequence:
        assert heights[contour.ContourImageSequence[0].ReferencedSOPInstanceUID] == contour.ContourData[2]


def test_a_segmentation_made_on_the_tilted_images_lands_on_the_corrected_ct(masks, tmp_path, ct_on_disk) -> None:
    """Written by highdicom on the images as they are; each voxel comes to the nearest row of its slice."""
    rows = SHAPE[1] - 12
    scanned = grid_of(np.eye(3), (SHAPE[0], rows, SHAPE[2]))
    volume, files = ct_on_disk(tmp_path / "ct", scanned, shear_mm=(0.0, 1.3), straightened=grid_of(np.eye(3)))
    images = [pydicom.dcmread(file) for file in files]
    images.sort(key=lambda image: image.ImagePositionPatient[2])
    pixels = masks[0].mask[:, 5 : 5 + rows]
    code = hd.sr.CodedConcept("64033007", "SCT", "Kidney")
    described = hd.seg.SegmentDescription(1, "Kidney", code, code, "MANUAL")
    segmentation = hd.seg.Segmentation(
        images, pixels.astype(np.uint8), "BINARY", [described], hd.UID(), 7, hd.UID(), 1, "maker", "model", "1", "none"
    )
    segmentation.save_as(tmp_path / "seg.dcm")
    truth = np.zeros(SHAPE, dtype=bool)
    for k in range(SHAPE[0]):
        begin = int(np.floor(1.3 * k / 0.9 + 0.5))
        truth[k, begin : begin + rows] = pixels[k]
    (back,) = labelio.read_seg(tmp_path / "seg.dcm", volume=volume)
    np.testing.assert_array_equal(back.mask, truth)
    assert "made on tilted slices, each moved to the nearest pixels" in back.method


def test_a_multi_frame_ct_is_named_frame_by_frame(masks, tmp_path, ct_on_disk) -> None:
    """The slices as frames of one enhanced CT, in a scrambled order."""
    volume, files = ct_on_disk(tmp_path / "ct", grid_of(np.eye(3)))
    images = [pydicom.dcmread(file) for file in files]
    enhanced = images[0]
    enhanced.SOPClassUID = enhanced.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    enhanced.NumberOfFrames = len(images)
    facing, measures, shared = (pydicom.Dataset() for _ in range(3))
    facing.ImageOrientationPatient, measures.PixelSpacing = enhanced.ImageOrientationPatient, enhanced.PixelSpacing
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [facing], [measures]
    enhanced.SharedFunctionalGroupsSequence, enhanced.PerFrameFunctionalGroupsSequence = [shared], []
    for image in images:
        place, frame = pydicom.Dataset(), pydicom.Dataset()
        place.ImagePositionPatient = list(image.ImagePositionPatient)
        frame.PlanePositionSequence = [place]
        enhanced.PerFrameFunctionalGroupsSequence.append(frame)
    del enhanced.ImagePositionPatient, enhanced.ImageOrientationPatient, enhanced.PixelSpacing, enhanced.SliceThickness
    enhanced.save_as(tmp_path / "enhanced.dcm")
    seg, rt = tmp_path / "seg.dcm", tmp_path / "rt.dcm"
    for write, path in ((labelio.write_seg, seg), (labelio.write_rtstruct, rt)):
        write(path, volume=volume, ct_files=[tmp_path / "enhanced.dcm"], masks=masks, series_description="")
        without_errors(path)
    for path, read in ((seg, labelio.read_seg), (rt, labelio.read_rtstruct)):
        for mask, back in zip(masks, read(path, volume=volume), strict=True):
            np.testing.assert_array_equal(back.mask, mask.mask)
    places = [
        frame.PlanePositionSequence[0].ImagePositionPatient for frame in enhanced.PerFrameFunctionalGroupsSequence
    ]
    for frame in pydicom.dcmread(seg).PerFrameFunctionalGroupsSequence:
        source = frame.DerivationImageSequence[0].SourceImageSequence[0]
        assert places[source.ReferencedFrameNumber - 1] == frame.PlanePositionSequence[0].ImagePositionPatient
        assert source.SpatialLocationsPreserved == "YES"
    for contour in pydicom.dcmread(rt).ROIContourSequence[1].ContourSequence:
        assert places[contour.ContourImageSequence[0].ReferencedFrameNumber - 1][2] == contour.ContourData[2]
