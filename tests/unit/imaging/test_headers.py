"""Are attributes taken as they stand? Absent, empty, several values, foreign text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset

from planner.domain.errors import InputRefused
from planner.imaging.assemble import slice_location_fit
from planner.imaging.headers import header_of, read_headers
from planner.imaging.summary import series_label


@pytest.fixture
def dataset() -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    return ds


def test_an_empty_header_is_empty_not_invented(dataset) -> None:
    header = header_of(dataset, Path("a"))
    assert (header.position_lps_mm, header.orientation, header.spacing_ji_mm) == ((), (), ())
    assert (header.slope, header.intercept, header.padding, header.window_hu) == (None, None, None, None)
    assert (header.rows, header.columns, header.frames, header.instance_number) == (0, 0, 1, None)


def test_dates_are_iso_and_names_keep_their_letters(dataset) -> None:
    dataset.PatientName, dataset.PatientBirthDate, dataset.StudyDate = "Grün^Ägid", "19440506", "20260102"
    patient = header_of(dataset, Path("a")).patient
    assert (patient.patient_name, patient.birth_date, patient.study_date) == ("Grün^Ägid", "1944-05-06", "2026-01-02")


def test_control_characters_are_dropped_from_text(dataset) -> None:
    dataset.SeriesDescription = "Thorax\r\n\x1b[31m1.0 mm"
    dataset.SeriesNumber = 4
    assert series_label(header_of(dataset, Path("a"))) == "4 · Thorax[31m1.0 mm"


def test_first_window_and_padding_range(dataset) -> None:
    dataset.WindowWidth, dataset.WindowCenter = [300, 1500], [40, 300]
    dataset.PixelRepresentation = 1
    dataset.PixelPaddingValue, dataset.PixelPaddingRangeLimit = -2000, -3024
    header = header_of(dataset, Path("a"))
    assert header.window_hu == (300.0, 40.0)
    assert header.padding == (-3024, -2000)


def test_slice_location_is_unknown_unless_it_is_a_straight_line(stack_at) -> None:
    positions = [(0, 0, z) for z in (0.0, 1.0, 2.0)]
    assert slice_location_fit(stack_at(positions)) == (None, None)
    assert slice_location_fit(stack_at(positions, slice_location_mm=5.0)) == (None, None)


@pytest.mark.parametrize(
    ("mark", "kind", "expected"), [(63536, 1, -2000), (-2000, 1, -2000), (-2000, 0, 63536), (63536, 0, 63536)]
)
def test_padding_under_the_wrong_sign_is_the_same_word(mark, kind, expected, dataset) -> None:
    """63536 and −2000 are the same 16 bits; some writers take the other sign for the mark than for the pixels."""
    dataset.PixelRepresentation, dataset.BitsAllocated = kind, 16
    dataset.add_new("PixelPaddingValue", "SL", mark)
    assert header_of(dataset, Path("a")).padding == (expected, expected)


def test_H_09_a_sign_that_is_none_is_refused(dataset) -> None:
    dataset.PixelRepresentation = 2
    with pytest.raises(ValueError, match="PixelRepresentation"):
        header_of(dataset, Path("a"))


@pytest.mark.parametrize("is_empty", [True, False])
def test_H_09_a_ct_that_does_not_name_its_sign_is_refused_in_words(is_empty, make_ct, keep) -> None:
    ct = make_ct(np.zeros((3, 4), np.int16))
    del ct.PixelRepresentation
    if is_empty:
        ct.add_new("PixelRepresentation", "US", None)
    with pytest.raises(InputRefused) as refusal:
        read_headers(keep(ct))
    assert refusal.value.code == "missing-sign"
    assert "PixelRepresentation" in refusal.value.sentence
