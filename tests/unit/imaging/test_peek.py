"""Is the one image of a thumbnail the middle one, in its own units, with nothing assumed?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import InputRefused
from planner.domain.progress import silent
from planner.domain.series import SliceFile
from planner.imaging.peek import peek
from planner.persistence.blobs import BlobStore
from planner.services.tasks import PeekSeries, perform


def _entry(path, frame: int = 0) -> SliceFile:
    return SliceFile(str(path), frame)


def test_the_middle_slice_comes_in_hounsfield_units(make_ct, keep) -> None:
    slices = []
    for number in range(5):
        values = np.full((6, 9), 100 * number, np.int16)
        values[0, 0] = 7
        slices.append(_entry(keep(make_ct(values), f"{number}.dcm")))
    found = peek(slices)
    assert found.image.dtype == np.int16
    assert found.image.shape == (6, 9)
    assert (found.image[0, 0], found.image[3, 3]) == (7 - 1024, 200 - 1024)
    assert found.is_hu
    assert found.spacing_ji_mm == (0.75, 0.5)
    assert found.axes == ((1, 0, 0), (0, 1, 0))
    assert found.window_hu is None


def test_a_fractional_scale_keeps_its_fractions(make_ct, keep) -> None:
    dataset = make_ct(np.arange(12, dtype=np.int16).reshape(3, 4))
    dataset.RescaleSlope = "0.5"
    found = peek([_entry(keep(dataset))])
    assert found.image.dtype == np.float32
    assert found.image[2, 3] == 11 * 0.5 - 1024


def test_padded_voxels_are_air(make_ct, keep) -> None:
    values = np.array([[-2000, 1064], [1064, 1000]], np.int16)
    dataset = make_ct(values)
    dataset.add_new("PixelPaddingValue", "SS", -2000)
    assert peek([_entry(keep(dataset))]).image.tolist() == [[-1024, 40], [40, -24]]


def test_what_the_header_does_not_define_is_absent(make_ct, keep) -> None:
    dataset = make_ct(np.zeros((3, 4), np.int16))
    for keyword in ("PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient", "RescaleSlope"):
        delattr(dataset, keyword)
    found = peek([_entry(keep(dataset))])
    assert (found.spacing_ji_mm, found.axes, found.is_hu) == (None, None, False)


@pytest.mark.parametrize(
    ("orientation", "spacing"), [([1, 0, 0, 1, 0, 0], [0, 1]), ([0] * 6, [-1, 1]), ([1, 0, 0], [1])]
)
def test_nonsense_directions_and_spacings_are_absent(orientation, spacing, make_ct, keep) -> None:
    dataset = make_ct(np.zeros((3, 4), np.int16))
    dataset.ImageOrientationPatient, dataset.PixelSpacing = orientation, spacing
    found = peek([_entry(keep(dataset))])
    assert (found.axes, found.spacing_ji_mm) == (None, None)


def test_another_modality_keeps_its_own_values_and_window(make_ct, keep) -> None:
    dataset = make_ct(np.array([[5, 900]], np.int16))
    del dataset.RescaleSlope, dataset.RescaleIntercept
    dataset.Modality, dataset.WindowCenter, dataset.WindowWidth = "MR", 450, 800
    found = peek([_entry(keep(dataset))])
    assert found.image.tolist() == [[5, 900]]
    assert (found.window_hu, found.is_hu) == ((800, 450), False)


def test_a_radiograph_whose_least_value_is_white_is_shown_so(make_ct, keep) -> None:
    """Negated values under the negated level are the same picture with white for the least value."""
    dataset = make_ct(np.array([[0, 4000]], np.int16))
    del dataset.RescaleSlope, dataset.RescaleIntercept
    dataset.Modality, dataset.PhotometricInterpretation = "DX", "MONOCHROME1"
    dataset.WindowCenter, dataset.WindowWidth = 1000, 2000
    found = peek([_entry(keep(dataset))])
    assert found.image.tolist() == [[0, -4000]]
    assert found.window_hu == (2000, -1000)


def test_a_ct_in_hounsfield_units_is_never_negated(make_ct, keep) -> None:
    dataset = make_ct(np.array([[0, 2000]], np.int16))
    dataset.PhotometricInterpretation = "MONOCHROME1"
    assert peek([_entry(keep(dataset))]).image.tolist() == [[-1024, 976]]


@pytest.mark.parametrize("is_planar", [False, True])
def test_colour_becomes_brightness(is_planar, make_ct, keep) -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
    dataset = make_ct(np.zeros((2, 2), np.uint8), bits_stored=8, signed=False)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
    dataset.PlanarConfiguration = int(is_planar)
    dataset.PixelData = (colours.transpose(2, 0, 1) if is_planar else colours).tobytes()
    image = peek([_entry(keep(dataset))]).image
    np.testing.assert_allclose(image, [[76.245, 149.685], [29.07, 255]], atol=1e-3)


def test_the_middle_frame_of_a_cine_is_shown(make_ct, keep) -> None:
    values = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((5, 3, 4), np.uint8)
    dataset = make_ct(values, bits_stored=8, signed=False)
    del dataset.RescaleSlope, dataset.RescaleIntercept
    dataset.Modality = "US"
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    assert peek([_entry(keep(dataset))]).image[0, 0] == 2


def test_a_report_has_no_image(make_ct, keep) -> None:
    dataset = make_ct(np.zeros((2, 2), np.int16))
    for keyword in ("Rows", "Columns", "PixelData"):
        delattr(dataset, keyword)
    dataset.Modality = "SR"
    with pytest.raises(InputRefused) as refusal:
        peek([_entry(keep(dataset))])
    assert refusal.value.code == "no-image"


def test_H_40_a_colour_picture_of_false_size_is_refused(make_ct, keep) -> None:
    dataset = make_ct(np.zeros((2, 2), np.uint8), bits_stored=8, signed=False)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
    dataset.PlanarConfiguration = 0
    dataset.Rows = 4000
    with pytest.raises(InputRefused) as refusal:
        peek([_entry(keep(dataset))])
    assert refusal.value.code == "pixels-length"


def test_the_task_puts_the_image_into_the_store(make_ct, keep) -> None:
    blobs = BlobStore.temporary()
    try:
        entry = _entry(keep(make_ct(np.full((3, 4), 24, np.int16))))
        peeked = perform(PeekSeries((entry,)), blobs=blobs, progress=silent)
        assert blobs.take(peeked.image).tolist() == [[-1000] * 4] * 3
        assert peeked.is_hu
    finally:
        blobs.close()


@pytest.mark.parametrize("frames", [1, 3])
def test_a_mask_of_single_bits_is_shown(frames, make_ct, keep) -> None:
    """Frames of 5 × 5 bits do not end with a byte; the middle one is shown."""
    bits = np.random.default_rng(2).integers(0, 2, (frames, 5, 5)).astype(np.uint8)
    dataset = make_ct(np.zeros((5, 5), np.uint8), bits_stored=1, signed=False)
    dataset.Modality, dataset.BitsAllocated, dataset.NumberOfFrames = "SEG", 1, frames
    del dataset.RescaleSlope, dataset.RescaleIntercept
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    np.testing.assert_array_equal(peek([_entry(keep(dataset))]).image, bits[frames // 2])


def test_a_dose_of_32_bits_is_shown(make_ct, keep) -> None:
    dose = np.array([[0, 70_000], [3, 2_000_000_000]], np.uint32)
    dataset = make_ct(dose, bits_stored=32, signed=False)
    dataset.Modality = "RTDOSE"
    del dataset.RescaleSlope, dataset.RescaleIntercept
    found = peek([_entry(keep(dataset))])
    np.testing.assert_allclose(found.image, dose)
    assert (found.is_hu, found.window_hu) == (False, None)
