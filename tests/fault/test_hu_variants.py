"""Are Hounsfield units exact however they are stored? Types, masks and sentences (H-09)."""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench.faults import dicom_bytes
from planner.bench.faults.case import scan
from planner.bench.faults.dicom_bytes import Raw, encapsulated
from planner.bench.faults.series import pixels, slice_bytes, store
from planner.domain.errors import GeometryRefused, InputRefused


def test_H_09_whole_numbers_stay_whole(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for one in slices:
        store(one, pixels(one) + 8192, dtype="<u2", PixelRepresentation=0, RescaleIntercept=-8192)
    volume = write(slices).load()
    check_landmarks(volume)
    assert volume.hu.dtype == np.int16


def test_H_09_fractional_slope_is_float_and_exact(clean_slices, write) -> None:
    slices = clean_slices()
    truth = np.array([pixels(one) * 0.25 - 3.5 for one in slices], np.float32)
    volume = write([one | {"RescaleSlope": 0.25, "RescaleIntercept": -3.5} for one in slices]).load()
    assert volume.hu.dtype == np.float32
    np.testing.assert_array_equal(volume.hu, truth)


def test_H_09_values_beyond_int16_are_not_clipped(clean_slices, write) -> None:
    slices = clean_slices()
    for one in slices:
        store(one, np.full((33, 36), 65535), dtype="<u2", PixelRepresentation=0, RescaleIntercept=-1024)
    volume = write(slices).load()
    assert volume.hu.dtype == np.float32
    assert (volume.hu == 64511).all()


@pytest.mark.parametrize("padding", [-2000, -32768])
def test_H_09_padding_is_masked_and_holds_air(padding, clean_slices, write) -> None:
    slices = clean_slices()
    for one in slices:
        values = pixels(one)
        values[0, :5] = padding
        store(one, values, dtype="<i2", PixelPaddingValue=padding)
    volume = write(slices).load()
    assert volume.padding is not None
    expected = np.zeros(volume.hu.shape, bool)
    expected[:, 0, :5] = True
    np.testing.assert_array_equal(volume.padding, expected)
    assert (volume.hu[expected] == -1024).all()


def test_H_09_padding_range(clean_slices, write) -> None:
    slices = clean_slices()
    for one in slices:
        values = pixels(one)
        values[0, 0:3] = [-1500, -1600, -1700]
        store(one, values, dtype="<i2", PixelPaddingValue=-1500, PixelPaddingRangeLimit=-1700)
    volume = write(slices).load()
    assert volume.padding is not None
    assert volume.padding.sum() == 3 * len(slices)


def test_H_09_padding_value_that_never_occurs_gives_no_mask(clean_slices, write) -> None:
    volume = write([one | {"PixelPaddingValue": -2000} for one in clean_slices()]).load()
    assert volume.padding is None


@pytest.mark.parametrize("syntax", [dicom_bytes.RLE, dicom_bytes.JPEG_LS, dicom_bytes.JPEG_2000])
def test_lossless_compression_is_bit_exact(syntax, clean_slices, write, check_landmarks) -> None:
    plain = write(clean_slices(), folder="plain").load()
    volume = write(clean_slices(), syntax=syntax).load()
    check_landmarks(volume)
    assert volume.ref.pixel_hash == plain.ref.pixel_hash
    assert "lossless" in volume.ref.compression


@pytest.mark.parametrize("change", [-2, 2, 4])
def test_H_39_pixels_of_another_length_are_refused(change, clean_slices, write) -> None:
    slices = clean_slices()
    data = slices[4]["PixelData"]
    slices[4]["PixelData"] = data[:change] if change < 0 else data + b"\0" * change
    with pytest.raises(InputRefused) as refusal:
        write(slices).load()
    assert refusal.value.code == "pixels-length"
    assert refusal.value.where


def test_no_pixels_is_refused_with_the_file_name(clean_slices, write) -> None:
    slices = clean_slices()
    del slices[4]["PixelData"]
    with pytest.raises(InputRefused) as refusal:
        write(slices).load()
    assert refusal.value.code == "pixels-missing"
    assert refusal.value.where


def test_lossy_compression_without_a_decoder_is_refused_in_words(clean_slices, write) -> None:
    slices = [one | {"PixelData": encapsulated([b"\xff\xd8\xff\xd9"])} for one in clean_slices()]
    series = write(slices, syntax="1.2.840.10008.1.2.4.100")
    with pytest.raises(GeometryRefused) as refusal:
        series.load()
    assert refusal.value.code == "compression"


def test_stated_lossy_compression_needs_an_acknowledgement(clean_slices, write) -> None:
    slices = [one | {"LossyImageCompression": "01"} for one in clean_slices()]
    (summary,) = scan(write(slices).folder).series
    assert [finding.code for finding in summary.findings] == ["lossy"]


def test_H_38_a_deflated_slice_is_read_and_a_bomb_is_not(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    series = write(slices, syntax=dicom_bytes.DEFLATED)
    check_landmarks(series.load())
    grown = slices[2] | {"PatientName": Raw(b" " * 50_000_000, vr="UT")}
    series.files[0].write_bytes(slice_bytes(grown, syntax=dicom_bytes.DEFLATED))
    with pytest.raises(InputRefused) as refusal:
        series.load()
    assert refusal.value.where.startswith(series.files[0].name)
