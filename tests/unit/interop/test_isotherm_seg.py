"""Do predicted isotherms arrive as voxels of the CT, where the ice is, in an object that others accept?"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest

from planner.domain.errors import InputRefused
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.volume import Volume, VolumeRef
from planner.interop.isotherm_seg import PredictedIce, ShownIsotherm, on_ct_grid, write_isotherm_seg
from planner.segmentation.labelio.seg_reading import read_seg
from tests.unit.interop.conftest import FRAME, GRID, SERIES, STUDY

BOX = Grid.from_axes((9, 9, 9), origin_lps_mm=(-4, -4, -1), spacing_ijk_mm=(1, 1, 1))
CENTRE = np.array([0.3, -0.4, 3.0])
LEVELS = (
    ShownIsotherm(0.0, "0 °C edge", "#cfeeff"),
    ShownIsotherm(-20.0, "−20 °C", "#4fb3ff"),
    ShownIsotherm(-40.0, "−40 °C", "#3d7bff"),
    ShownIsotherm(-190.0, "−190 °C", "#7f6bff"),
)


def at_c(points: np.ndarray) -> np.ndarray:
    """A temperature that is linear in x, y and z: read between cells it is exact."""
    return -20.0 + (points - CENTRE) @ np.array([9.0, -7.0, 6.0])


def centres(grid: Grid) -> np.ndarray:
    k, j, i = np.indices(grid.shape_kji)
    return np.asarray(grid.origin_lps_mm) + np.stack([i, j, k], axis=-1) * np.asarray(grid.spacing_ijk_mm)


FIELD = at_c(centres(BOX)).astype(np.float32)


@pytest.fixture
def volume():
    ref = VolumeRef("a" * 64, GRID, PatientPosition.HFS, STUDY, SERIES, FRAME)
    return Volume(ref, np.zeros(GRID.shape_kji, np.int16))


@pytest.fixture
def written(tmp_path, images, volume):
    path = tmp_path / "ice.dcm"
    files = [Path(image.header.filename) for image in images]
    found = write_isotherm_seg(path, PredictedIce(FIELD, BOX, LEVELS), volume=volume, ct_files=files)
    assert found == (0.0, -20.0, -40.0)  # nothing is as cold as −190 °C
    return path


def expected(level_c: float) -> np.ndarray:
    """By hand: the voxels of the CT within the predicted box whose centre is that cold."""
    points = centres(GRID)
    low = np.asarray(BOX.origin_lps_mm) - 0.5
    inside = ((points >= low) & (points <= low + 9)).all(axis=-1)
    return (at_c(points) <= level_c + 1e-4) & inside


def frames_of(path):
    """The masks of each segment, read with pydicom and numpy alone."""
    found = pydicom.dcmread(path)
    count, rows, columns = int(found.NumberOfFrames), found.Rows, found.Columns
    bits = np.unpackbits(np.frombuffer(found.PixelData, np.uint8), bitorder="little")
    frames = bits[: count * rows * columns].reshape(count, rows, columns).astype(bool)
    masks = {}
    for frame, groups in zip(frames, found.PerFrameFunctionalGroupsSequence, strict=True):
        number = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        z = float(groups.PlanePositionSequence[0].ImagePositionPatient[2])
        masks.setdefault(number, np.zeros(GRID.shape_kji, bool))[round(z / 2)] = frame
    names = {s.SegmentNumber: s.SegmentLabel for s in found.SegmentSequence}
    return found, {names[number]: mask for number, mask in masks.items()}


def test_a_voxel_belongs_to_an_isotherm_when_its_middle_is_that_cold(written):
    found, masks = frames_of(written)
    assert list(masks) == ["0 °C edge", "−20 °C", "−40 °C"]
    for level in LEVELS[:3]:
        mask = masks[level.words]
        assert 0 < mask.sum() < mask.size
        np.testing.assert_array_equal(mask, expected(level.level_c))
    assert found.SegmentsOverlap == "YES"
    assert found.ContentLabel == "ISOTHERMS"


def test_it_belongs_to_the_cts_study_and_frame_and_says_what_it_is(written, images):
    found, _ = frames_of(written)
    assert (found.StudyInstanceUID, found.FrameOfReferenceUID, found.PatientID) == (STUDY, FRAME, "P-77")
    assert str(found.PatientName) == "Müller^Änne"
    assert found.ReferencedSeriesSequence[0].SeriesInstanceUID == SERIES
    used = {str(item.ReferencedSOPInstanceUID) for item in found.SourceImageSequence}
    assert used == {str(image.header.SOPInstanceUID) for image in images}
    category = found.SegmentSequence[0].SegmentedPropertyCategoryCodeSequence[0]
    assert (category.CodeValue, category.CodingSchemeDesignator) == ("309825002", "SCT")
    kinds = [segment.SegmentedPropertyTypeCodeSequence[0] for segment in found.SegmentSequence]
    assert [kind.CodeMeaning for kind in kinds] == [
        "Predicted ice at or below 0 °C", "Predicted ice at or below −20 °C", "Predicted ice at or below −40 °C",
    ]  # fmt: skip
    assert len({kind.CodeValue for kind in kinds}) == 3
    assert {segment.SegmentAlgorithmType for segment in found.SegmentSequence} == {"AUTOMATIC"}
    assert "not clinical" in found.SeriesDescription


def test_our_own_reader_finds_the_same_voxels(written, volume):
    masks = {mask.name: mask.mask for mask in read_seg(written, volume=volume)}
    for level in LEVELS[:3]:
        np.testing.assert_array_equal(masks[level.words], expected(level.level_c))


def test_dciodvfy_finds_no_error(written):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    check = subprocess.run(["dciodvfy", written], capture_output=True, text=True, check=False)
    assert [line for line in (check.stdout + check.stderr).splitlines() if line.startswith("Error")] == []


def test_without_ice_nothing_is_written(tmp_path, images, volume):
    warm = PredictedIce(np.full(BOX.shape_kji, 30, np.float32), BOX, LEVELS)
    with pytest.raises(InputRefused, match="No voxel of the CT"):
        write_isotherm_seg(
            tmp_path / "x.dcm", warm, volume=volume, ct_files=[Path(image.header.filename) for image in images]
        )
    assert not (tmp_path / "x.dcm").exists()


@pytest.mark.parametrize("shift", [(100.0, 0.0, 0.0), (0.0, 0.0, -60.0), (3.0, -2.0, 4.0)])
def test_a_box_beside_or_across_the_ct_is_read_only_where_both_are(shift):
    box = Grid.from_axes((9, 9, 9), origin_lps_mm=tuple(np.add((-4, -4, -1), shift)), spacing_ijk_mm=(1, 1, 1))
    field = at_c(centres(box)).astype(np.float32)
    got = on_ct_grid(field, box, GRID)
    points = centres(GRID)
    low = np.asarray(box.origin_lps_mm) - 0.5
    inside = ((points >= low) & (points <= low + 9)).all(axis=-1)
    assert (got[~inside] == 100.0).all()
    core = ((points >= low + 0.5) & (points <= low + 8.5)).all(axis=-1)
    np.testing.assert_allclose(got[core], at_c(points)[core], atol=1e-3)
