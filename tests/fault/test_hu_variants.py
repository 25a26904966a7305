"""Are Hounsfield units exact however they are stored? Against the anatomy the files were made from (H-09)."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.progress import silent
from planner.imaging.scan import scan_folder


def _stored(ds) -> np.ndarray:
    return np.frombuffer(ds.PixelData, "<i2").reshape(ds.Rows, ds.Columns).astype(np.int64)


def _store(ds, values, *, dtype, **tags) -> None:
    ds.PixelData = np.ascontiguousarray(values).astype(dtype).tobytes()
    for keyword, value in tags.items():
        setattr(ds, keyword, value)


@pytest.mark.parametrize("intercept", [-1024, -8192, 0])
def test_H_09_unsigned_with_intercept(intercept, clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for ds in slices:
        hu = np.maximum(_stored(ds), intercept)
        _store(ds, hu - intercept, dtype="<u2", PixelRepresentation=0, RescaleIntercept=intercept)
    volume, _ = write(slices).load()
    below_zero = [(1, 2, 1), (11, 2, 3)]
    check_landmarks(volume, without=below_zero if intercept == 0 else ())
    assert volume.hu.dtype == np.int16


@pytest.mark.parametrize("signed", [0, 1])
def test_H_09_twelve_bits_with_rubbish_above_them(signed, clean_slices, write, check_landmarks) -> None:
    """Old scanners kept overlays in the unused bits."""
    slices = clean_slices()
    intercept = 0 if signed else -1024
    rng = np.random.default_rng(5)
    for ds in slices:
        bits = np.clip(_stored(ds) - intercept, -2048, 4095 if not signed else 2047) & 0xFFF
        bits |= rng.integers(0, 16, bits.shape) << 12
        _store(ds, bits, dtype="<u2", BitsStored=12, HighBit=11, PixelRepresentation=signed, RescaleIntercept=intercept)
    volume, _ = write(slices).load()
    check_landmarks(volume, without=[(0, 10, 11)] if signed else ())


def test_H_09_eight_bits(clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        small = np.clip(_stored(ds), 0, 255)
        data = small.astype(np.uint8).tobytes()
        ds.PixelData = data + b"\0" * (len(data) % 2)
        ds["PixelData"].VR = "OB"
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
    volume, _ = write(slices).load()
    assert volume.hu.max() == 255
    assert volume.hu[6, 6, 5] == 255


def test_H_09_fractional_slope_is_float_and_exact(clean_slices, write) -> None:
    slices = clean_slices()
    truth = []
    for ds in slices:
        stored = _stored(ds)
        truth.append(stored * 0.25 - 3.5)
        ds.RescaleSlope, ds.RescaleIntercept = 0.25, -3.5
    volume, _ = write(slices).load()
    assert volume.hu.dtype == np.float32
    np.testing.assert_array_equal(volume.hu, np.array(truth, np.float32))


def test_H_09_values_beyond_int16_are_not_clipped(clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        _store(ds, np.full((ds.Rows, ds.Columns), 65535), dtype="<u2", PixelRepresentation=0, RescaleIntercept=-1024)
    volume, _ = write(slices).load()
    assert volume.hu.dtype == np.float32
    assert (volume.hu == 64511).all()


@pytest.mark.parametrize("padding", [-2000, -32768])
def test_H_09_padding_is_masked_and_holds_air(padding, clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for ds in slices:
        values = _stored(ds)
        values[0, :5] = padding
        _store(ds, values, dtype="<i2", PixelPaddingValue=padding)
    volume, _ = write(slices).load()
    check_landmarks(volume)
    assert volume.padding is not None
    expected = np.zeros(volume.hu.shape, bool)
    expected[:, 0, :5] = True
    np.testing.assert_array_equal(volume.padding, expected)
    assert (volume.hu[expected] == -1024).all()


def test_H_09_padding_range(clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        values = _stored(ds)
        values[0, 0:3] = [-1500, -1600, -1700]
        _store(ds, values, dtype="<i2", PixelPaddingValue=-1500, PixelPaddingRangeLimit=-1700)
    volume, _ = write(slices).load()
    assert volume.padding is not None
    assert volume.padding.sum() == 3 * len(slices)


def test_H_09_padding_value_that_never_occurs_gives_no_mask(clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        ds.PixelPaddingValue = -2000
    volume, _ = write(slices).load()
    assert volume.padding is None


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_lossless_compression_is_bit_exact(syntax, clean_slices, write, check_landmarks) -> None:
    plain, _ = write(clean_slices(), folder="plain").load()
    slices = clean_slices()
    for ds in slices:
        ds.compress(syntax, generate_instance_uid=False)
    volume, _ = write(slices).load()
    check_landmarks(volume)
    assert volume.ref.pixel_hash == plain.ref.pixel_hash
    assert "lossless" in volume.ref.compression


def test_implicit_little_endian(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for ds in slices:
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    volume, _ = write(slices).load()
    check_landmarks(volume)


def test_big_endian(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for ds in slices:
        ds.PixelData = np.frombuffer(ds.PixelData, "<i2").astype(">i2").tobytes()
        ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    volume, _ = write(slices).load()
    check_landmarks(volume)


def test_mixed_transfer_syntaxes_are_one_volume(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for ds in slices[::2]:
        ds.compress(JPEGLSLossless, generate_instance_uid=False)
    volume, _ = write(slices).load()
    check_landmarks(volume)


@pytest.mark.parametrize("change", [-2, 2, 4])
def test_H_39_pixels_of_another_length_are_refused(change, clean_slices, write) -> None:
    slices = clean_slices()
    data = slices[4].PixelData
    slices[4].PixelData = data[:change] if change < 0 else data + b"\0" * change
    with pytest.raises(InputRefused, match=r"bytes; 14 × 11 pixels need 308") as refusal:
        write(slices).load()
    assert refusal.value.where


def test_no_pixels_is_refused_with_the_file_name(clean_slices, write) -> None:
    slices = clean_slices()
    del slices[4].PixelData
    with pytest.raises(InputRefused, match="holds no pixels"):
        write(slices).load()


def test_lossy_compression_without_a_decoder_is_refused_in_words(clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        ds.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    with pytest.raises(GeometryRefused, match="JPEG baseline, lossy, which cannot be unpacked"):
        write(slices).load()


def test_stated_lossy_compression_needs_an_acknowledgement(clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        ds.LossyImageCompression = "01"
    (summary,) = scan_folder(write(slices).folder, progress=silent).series
    assert [finding.code for finding in summary.findings] == ["lossy"]


def test_H_38_deflated_files_are_refused_before_inflating(clean_slices, write) -> None:
    slices = clean_slices()
    slices[2].file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    series = write(slices)
    with pytest.raises(InputRefused) as refusal:
        series.load()
    assert refusal.value.code == "deflated"
    (rejected,) = scan_folder(series.folder, progress=silent).rejected
    assert "deflated" in rejected.sentence
