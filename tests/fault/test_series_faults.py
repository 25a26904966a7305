"""What exactly is said of a broken series? Codes, sentences and the list, for faults that users meet.

That nothing wrong is accepted is shown by the cases of test_fault_cases.py; here are the words.
"""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest

from planner.bench.faults.case import load, scan
from planner.bench.faults.encoding import axial
from planner.bench.faults.series import pixels, slice_bytes, store
from planner.domain.errors import GeometryRefused
from planner.domain.series import SeriesVerdict


def _refused(series, code, words=""):
    """The loader refuses with this code, and the scan lists the same sentence."""
    with pytest.raises(GeometryRefused) as refusal:
        series.load()
    assert refusal.value.code == code, refusal.value.sentence
    assert words in refusal.value.sentence
    for summary in scan(series.folder).series:
        assert summary.verdict is SeriesVerdict.NOT_USABLE


def test_clean_series_has_no_finding(clean_slices, write, check_landmarks) -> None:
    series = write(clean_slices())
    report = scan(series.folder)
    (summary,) = report.series
    assert summary.verdict is SeriesVerdict.READY
    assert summary.findings == ()
    assert report.rejected == ()
    assert summary.label == "3 · Lattice"
    assert summary.spacing_ijk_mm == (0.7, 1.1, 2.0)
    assert summary.extent_hf_mm == (-104.0, -82.0)
    volume = series.load()
    check_landmarks(volume)
    assert volume.ref.notes == ()
    assert volume.ref.window_hu == (400.0, 40.0)
    assert summary.patient.patient_name == "Phantom^Lattice"
    assert summary.patient.birth_date == "1961-02-03"
    assert summary.patient.study_date == "2026-01-02"
    assert sorted(part.path for part in summary.slices) == sorted(str(path) for path in series.files)


def test_slices_are_listed_in_position_order(clean_slices, write) -> None:
    slices = clean_slices()
    series = write(slices)
    (summary,) = scan(series.folder).series
    names = {path.read_bytes(): str(path) for path in series.files}
    assert [part.path for part in summary.slices] == [names[slice_bytes(one)] for one in slices]


@pytest.mark.parametrize("gone", [[5], [2, 7], [3, 4, 5], [1], [10]])
def test_H_01_missing_slices_are_refused(gone, clean_slices, write) -> None:
    slices = [one for number, one in enumerate(clean_slices()) if number not in gone]
    _refused(write(slices), "missing-slices", "missing between")


def test_H_01_sentence_names_the_place(clean_slices, write) -> None:
    """Slices lie every 2 mm from −104: without number 5 there is nothing between −96 and −92."""
    slices = clean_slices()
    del slices[5]
    _refused(write(slices), "missing-slices", "A slice is missing between F 96.0 and F 92.0 mm")


@pytest.mark.parametrize("which", [[0], [4, 5], list(range(12))])
def test_H_02_duplicates_are_refused(which, clean_slices, write) -> None:
    slices = clean_slices()
    _refused(write(slices + [deepcopy(slices[k]) for k in which]), "duplicate-positions")


def test_H_02_two_phases_are_split_never_merged(clean_slices, write, check_landmarks) -> None:
    arterial = clean_slices()
    venous = [dict(one) for one in arterial]
    for one in venous:
        store(one, pixels(one) + 50, dtype="<i2", AcquisitionNumber=2)
    series = write(arterial + venous)
    with pytest.raises(GeometryRefused, match="another slice already has"):
        series.load()
    parts = scan(series.folder).series
    assert [part.verdict for part in parts] == [SeriesVerdict.READY] * 2
    assert [part.images for part in parts] == [12, 12]
    assert [part.part for part in parts] == ["acquisition 1", "acquisition 2"]
    check_landmarks(load(parts[0].slices))


@pytest.mark.parametrize("tilt_deg", [0.5, 1.0, -1.0, 3.0, 20.0, -30.0])
def test_H_03_gantry_tilt_asks_with_its_angle(tilt_deg, clean_slices, write) -> None:
    slices = clean_slices()
    shear = np.tan(np.radians(tilt_deg))
    for one in slices:
        x, y, z = (float(v) for v in one["ImagePositionPatient"])
        one["ImagePositionPatient"] = [x, round(y + (z + 104.0) * shear, 6), z]
    (summary,) = scan(write(slices).folder).series
    assert summary.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    (finding,) = summary.findings
    assert (finding.code, finding.unit) == ("gantry-tilt", "°")
    assert finding.value == pytest.approx(abs(tilt_deg), abs=0.005)


def test_H_05_spacing_that_changes_half_way_is_refused(clean_slices, write) -> None:
    slices = clean_slices()
    for number, one in enumerate(slices):
        one["ImagePositionPatient"][2] = -104.0 + 2 * number + max(0, number - 6) * 1.3
    _refused(write(slices), "uneven-spacing", "not evenly spaced")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ImageOrientationPatient": "1\\0\\0\\0\\0\\1"}, "mixed-orientations"),
        ({"ImageOrientationPatient": "1\\0\\0\\0\\1.1\\0"}, "orientation-invalid"),
        ({"ImageOrientationPatient": "1\\0\\0\\0.05\\0.99875\\0"}, "orientation-invalid"),
        ({"PixelSpacing": "1.1\\0.6"}, "mixed-pixel-spacing"),
        ({"PixelSpacing": "1.1\\0"}, "missing-pixel-spacing"),
        ({"PatientPosition": "FFS"}, "mixed-positions"),
        ({"PatientID": "P2"}, "mixed-patients"),
        ({"PatientName": "Other^Person"}, "mixed-patients"),
        ({"PatientBirthDate": "19700101"}, "mixed-patients"),
        ({"StudyInstanceUID": "1.2.3"}, "mixed-studies"),
        ({"FrameOfReferenceUID": "1.2.4"}, "mixed-frames-of-reference"),
        ({"RescaleSlope": 2}, "mixed-rescale"),
        ({"RescaleSlope": 0}, "missing-rescale-slope"),
        ({"RescaleSlope": -1}, "missing-rescale-slope"),
        ({"RescaleIntercept": -1024}, "mixed-rescale"),
        ({"RescaleIntercept": None}, "missing-rescale-intercept"),
        ({"ImagePositionPatient": None}, "missing-position"),
        ({"ImageOrientationPatient": None}, "missing-orientation"),
        ({"PixelSpacing": None}, "missing-pixel-spacing"),
        ({"ImagePositionPatient": "-27.25\\12.5\\-94"}, "sideways-shift"),
        ({"BitsStored": 12}, "mixed-storage"),
        ({"Modality": "MR"}, "not-ct"),
        ({"NumberOfFrames": 2}, "multi-frame"),
        ({"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, "localizer"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "secondary-capture"),
    ],
)
def test_H_11_one_odd_slice_among_many_is_refused(changes, code, clean_slices, write) -> None:
    """Identity, geometry and HU must be equal in all slices (H-06, H-07, H-09, H-11)."""
    slices = clean_slices()
    _change(slices[5], changes)
    with pytest.raises(GeometryRefused) as refusal:
        write(slices).load()
    assert refusal.value.code == code, refusal.value.sentence
    assert "Phantom" not in refusal.value.sentence


def _change(one, changes) -> None:
    for keyword, value in changes.items():
        if value is None:
            del one[keyword]
        else:
            one[keyword] = value


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ImagePositionPatient": None}, "missing-position"),
        ({"ImageOrientationPatient": None}, "missing-orientation"),
        ({"PixelSpacing": None}, "missing-pixel-spacing"),
        ({"PatientPosition": None}, "patient-position"),
        ({"PatientPosition": "SITTING"}, "patient-position"),
        ({"RescaleSlope": None}, "missing-rescale-slope"),
        ({"RescaleType": "OD"}, "not-hu"),
        ({"HighBit": 11}, "bits"),
        ({"BitsAllocated": 32}, "bits"),
        ({"Modality": "PT"}, "not-ct"),
        ({"Modality": ""}, "not-ct"),
    ],
)
def test_H_07_what_every_slice_lacks_is_refused(changes, code, clean_slices, write) -> None:
    slices = clean_slices()
    for one in slices:
        _change(one, changes)
    _refused(write(slices), code)


@pytest.mark.parametrize("count", [1, 2])
def test_H_07_spacing_is_never_invented(count, clean_slices, write) -> None:
    _refused(write(clean_slices()[:count]), "too-few-slices", "at least three")


def test_H_11_two_patients_in_one_folder_are_listed_apart(clean_slices, write) -> None:
    first = clean_slices()
    second = [one | {"PatientID": "P2", "SeriesInstanceUID": "1.2.3"} for one in first]
    report = scan(write(first + second).folder)
    assert sorted(s.patient.patient_id for s in report.series) == ["P1", "P2"]
    assert all(s.verdict is SeriesVerdict.READY for s in report.series)


def test_missing_identifiers_need_an_acknowledgement(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for one in slices:
        one.update(dict.fromkeys(("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID"), ""))
    series = write(slices)
    (summary,) = scan(series.folder).series
    assert summary.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    assert "do not name the kind of image, study and series" in summary.sentence
    volume = series.load()
    check_landmarks(volume)
    assert volume.ref.notes == (summary.sentence,)


def test_frame_of_reference_per_slice_needs_an_acknowledgement(clean_slices, write) -> None:
    slices = clean_slices()
    for number, one in enumerate(slices):
        one["FrameOfReferenceUID"] = f"1.2.3.{number}"
    series = write(slices)
    (summary,) = scan(series.folder).series
    assert summary.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    assert series.load().ref.frame_of_reference_uid == ""


def test_slice_location_runs_its_own_way(clean_slices, write) -> None:
    slices = clean_slices()
    for one in slices:
        one["SliceLocation"] = round(17.5 - one["ImagePositionPatient"][2], 3)
    volume = write(slices).load()
    assert volume.ref.slice_location_slope == -1.0
    assert volume.ref.slice_location_mm(-100.0) == pytest.approx(117.5)


def test_H_04_spacing_tag_is_only_noted(clean_slices, write, check_landmarks) -> None:
    volume = write([one | {"SpacingBetweenSlices": -7.0} for one in clean_slices()]).load()
    assert volume.ref.notes == ("SpacingBetweenSlices says -7 mm; the positions say 2 mm and are used.",)
    check_landmarks(volume)


def test_H_01_missing_end_slices_change_only_the_extent(clean_slices, write, check_landmarks) -> None:
    volume = write(clean_slices()[3:-1]).load()
    check_landmarks(volume, axial(slices=12), least=2)
    low, high = volume.grid.corners_lps_mm()[[0, -1], 2]
    assert (low, high) == (-98.0, -84.0)
