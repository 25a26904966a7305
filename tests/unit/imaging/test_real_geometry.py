"""Are real scans with odd geometry put right, or refused where they are wrong? Truth from their headers by pydicom."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from planner.domain.progress import silent
from planner.domain.review import Severity
from planner.imaging import gate
from planner.imaging.assemble import load_series
from planner.imaging.scan import scan_folder

pytestmark = pytest.mark.real_data


def _one(folder, *, modality="CT"):
    (summary,) = [s for s in scan_folder(folder, progress=silent).series if s.modality == modality]
    return summary


def _imaged_at(path, lps_mm):
    """HU of a file's slice at places in patient mm, linear between pixels, and whether they are within its pixels."""
    ds = pydicom.dcmread(path)
    hu = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
    x, y = np.array(ds.ImageOrientationPatient[:3], float), np.array(ds.ImageOrientationPatient[3:], float)
    down, right = (float(v) for v in ds.PixelSpacing)
    away = lps_mm - np.array(ds.ImagePositionPatient, float)
    at = np.stack([away @ y / down, away @ x / right])
    within = ((at >= 0) & (at <= np.array(hu.shape)[:, None] - 1)).all(axis=0)
    row, column = np.clip(at, 0, np.array(hu.shape)[:, None] - 1.001)
    j, i = row.astype(int), column.astype(int)
    b, a = row - j, column - i
    upper = hu[j, i] * (1 - a) + hu[j, i + 1] * a
    return upper * (1 - b) + (hu[j + 1, i] * (1 - a) + hu[j + 1, i + 1] * a) * b, within


def test_H_03_tilted_head_is_asked_about_and_lies_where_it_was_imaged(shared_data) -> None:
    """58 slices every 2.5 mm along the table at 16.5°: 57 · 2.5 · sin 16.5° = 40.5 mm sideways."""
    summary = _one(shared_data / "odd" / "tilt_phantom" / "S3010")
    (asked,) = [f for f in summary.findings if f.severity is not Severity.NOTE]
    assert (asked.code, asked.severity, asked.unit) == ("gantry-tilt", Severity.ACK, "°")
    assert asked.value == pytest.approx(16.5, abs=0.001)
    assert "40.5 mm from first to last" in asked.sentence
    volume, _ = load_series(summary.slices, progress=silent)
    assert "Gantry tilt of 16.50° corrected by resampling" in volume.ref.notes[0]
    assert volume.grid.spacing_ijk_mm == pytest.approx((0.40625, 0.40625, 2.5 * np.cos(np.radians(16.5))), abs=1e-4)
    heights = volume.grid.corners_lps_mm()[:, 2]
    assert summary.extent_hf_mm == pytest.approx((heights.min(), heights.max()))
    rng = np.random.default_rng(2)
    for k in range(0, 58, 4):
        j, i = (rng.integers(0, size, 3000) for size in volume.hu.shape[1:])
        expected, within = _imaged_at(
            summary.slices[k].path, volume.grid.to_lps(np.stack([i, j, np.full(3000, k)], -1))
        )
        # Half a unit of rounding, and a thousandth of a pixel where the skull rises by 1000 HU.
        assert np.abs(expected - volume.hu[k, j, i])[within].max() <= 1.5
        # Beyond the imaged square lies padding, but for the half pixel around the outermost middles.
        assert np.count_nonzero(volume.padding[k, j, i] == within) <= 3000 / 600 * 4
    assert gate.judge_pixels(volume.hu, volume.padding) == ()


def test_H_03_a_few_tilted_slices_are_asked_about_by_angle_and_thickness(shared_data) -> None:
    summary = _one(shared_data / "odd" / "geometry" / "gantrytilting" / "001")
    figures = {f.code: f.value for f in summary.findings if f.severity is Severity.ACK}
    assert figures["gantry-tilt"] == pytest.approx(14.0, abs=0.01)
    assert figures["spacing-thick"] == pytest.approx(5.0 * np.cos(np.radians(14)), abs=1e-3)


@pytest.mark.parametrize(
    ("folder", "modality", "code", "words"),
    [
        ("sliceincrement/001", "CT", "missing-slices", "A slice is missing between H 28.1 and H 38.1 mm"),
        ("sliceincrement/002", "CT", "missing-slices", "A slice is missing"),
        ("notavolume/001", "CT", "duplicate-positions", "All 4 slices lie there"),
        ("slicecount/001", "MR", "not-ct", "Only two slices"),
    ],
)
def test_H_01_odd_series_are_refused_where_they_are_wrong(folder, modality, code, words, shared_data) -> None:
    summary = _one(shared_data / "odd" / "geometry" / folder, modality=modality)
    refused = gate.refusal(summary.findings)
    assert (refused.code, words in refused.sentence) == (code, True), refused.sentence
