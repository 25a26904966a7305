"""Does each frame of an enhanced CT get its own place, scale and acquisition? Files made by hand from the standard."""

from __future__ import annotations

import numpy as np
import openjpeg
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from planner.domain.errors import InputRefused
from planner.domain.progress import silent
from planner.domain.review import Severity
from planner.imaging import limits, unpack
from planner.imaging.assemble import load_series
from planner.imaging.headers import read_header, read_headers
from planner.imaging.scan import scan_folder
from planner.imaging.unpack import frames_of, stored_values

ENHANCED_CT, LEGACY_CT, ENHANCED_US = (
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.6.2",
)
FRAMES = 5


def _item(**values) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def volume() -> np.ndarray:
    return np.random.default_rng(8).integers(-1024, 3000, (FRAMES, 36, 41)).astype(np.int16)


@pytest.fixture
def enhanced(volume, make_ct) -> Dataset:
    """Positions per frame; orientation, spacing and kernel shared; the scale per frame."""
    dataset = make_ct(volume)
    for keyword in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "RescaleSlope",
        "RescaleIntercept",
    ):
        delattr(dataset, keyword)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = ENHANCED_CT
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.PatientPosition = "HFS"
    dataset.SharedFunctionalGroupsSequence = [
        _item(
            PlaneOrientationSequence=[_item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])],
            PixelMeasuresSequence=[_item(PixelSpacing=[0.7, 0.6], SliceThickness=1.25)],
            CTReconstructionSequence=[_item(ConvolutionKernel="B30f")],
            CTXRayDetailsSequence=[_item(KVP=120.0)],
            CTAcquisitionDetailsSequence=[_item(GantryDetectorTilt=0.0)],
        )
    ]
    dataset.PerFrameFunctionalGroupsSequence = [
        _item(
            PlanePositionSequence=[_item(ImagePositionPatient=[10.0 + frame, -20.0, 30.0])],
            PixelValueTransformationSequence=[_item(RescaleSlope=1, RescaleIntercept=-1024 - frame, RescaleType="HU")],
            FrameVOILUTSequence=[_item(WindowCenter=40, WindowWidth=400)],
            FrameContentSequence=[
                _item(StackID="1", InStackPositionNumber=frame + 1, TemporalPositionIndex=2, FrameAcquisitionNumber=7)
            ],
            CTImageFrameTypeSequence=[_item(FrameType=["ORIGINAL", "PRIMARY", "AXIAL", "NONE"])],
        )
        for frame in range(FRAMES)
    ]
    return dataset


def test_every_frame_has_its_own_header(enhanced, keep) -> None:
    headers = read_headers(keep(enhanced))
    assert [header.frame for header in headers] == list(range(FRAMES))
    assert [header.position_lps_mm for header in headers] == [(10.0 + frame, -20.0, 30.0) for frame in range(FRAMES)]
    assert [header.intercept for header in headers] == [-1024.0 - frame for frame in range(FRAMES)]
    assert [header.instance_number for header in headers] == [1, 2, 3, 4, 5]
    for header in headers:
        assert header.orientation == (0, 1, 0, 0, 0, -1)
        assert header.spacing_ji_mm == (0.7, 0.6)
        assert (header.slope, header.rescale_type, header.window_hu) == (1.0, "HU", (400.0, 40.0))
        assert (header.stack_id, header.temporal_position, header.acquisition_number) == ("1", "2", "7")
        assert (header.kernel, header.kvp, header.slice_thickness_mm, header.gantry_tilt_deg) == (
            "B30f",
            "120",
            1.25,
            0,
        )
        assert header.image_type == ("ORIGINAL", "PRIMARY", "AXIAL", "NONE")
        assert (header.frames, header.patient_position, header.patient.patient_id) == (FRAMES, "HFS", "P1")
    assert headers[1].name == "slice.dcm, frame 2"


def test_a_frame_overrides_what_all_share(enhanced, keep) -> None:
    turned = _item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    enhanced.PerFrameFunctionalGroupsSequence[3].PlaneOrientationSequence = [turned]
    headers = read_headers(keep(enhanced))
    assert [header.orientation[0] for header in headers] == [0, 0, 0, 1, 0]


def test_what_no_group_says_is_absent_not_taken_from_elsewhere(enhanced, keep) -> None:
    for item in enhanced.PerFrameFunctionalGroupsSequence:
        del item.PixelValueTransformationSequence
    del enhanced.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    for header in read_headers(keep(enhanced)):
        assert (header.slope, header.intercept, header.spacing_ji_mm) == (None, None, ())


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"])
@pytest.mark.parametrize("is_undefined", [True, False])
def test_frames_come_back_in_any_order(is_undefined, syntax, enhanced, volume, keep) -> None:
    for group in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        enhanced[group].is_undefined_length = is_undefined
    enhanced.file_meta.TransferSyntaxUID = UID(syntax)
    headers = read_headers(keep(enhanced))
    order = [3, 0, 4, 1, 2]
    for frame, (header, values) in zip(order, frames_of([headers[n] for n in order]), strict=True):
        assert header.frame == frame
        np.testing.assert_array_equal(values, volume[frame])
    np.testing.assert_array_equal(stored_values(headers[2]), volume[2])


def test_compressed_frames_come_back(enhanced, volume, keep) -> None:
    enhanced.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.90")
    streams = [bytes(openjpeg.utils.encode_array(frame, bits_stored=16, photometric_interpretation=2, use_mct=False))
               for frame in volume]  # fmt: skip
    enhanced.PixelData = encapsulate(streams)
    enhanced["PixelData"].is_undefined_length = True
    headers = read_headers(keep(enhanced))
    for header in headers[::-1]:
        np.testing.assert_array_equal(stored_values(header), volume[header.frame])


def test_asking_frame_by_frame_describes_the_file_once(enhanced, volume, keep, monkeypatch) -> None:
    headers = read_headers(keep(enhanced))
    described: list[object] = []
    real = unpack.layout_of

    def counted(source):
        described.append(source)
        return real(source)

    monkeypatch.setattr(unpack, "layout_of", counted)
    for header in headers:
        np.testing.assert_array_equal(stored_values(header), volume[header.frame])
    assert len(described) == 1


def test_a_file_written_anew_is_described_anew(enhanced, keep) -> None:
    headers = read_headers(keep(enhanced))
    stored_values(headers[0])
    enhanced.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient = [10.5, -20.0, 30.0]
    keep(enhanced)
    with pytest.raises(InputRefused) as refusal:
        stored_values(headers[0])
    assert refusal.value.code == "changed"


@pytest.mark.parametrize("claimed", [FRAMES - 1, FRAMES + 1, 100_000])
def test_H_40_frames_described_and_claimed_must_agree(claimed, enhanced, keep) -> None:
    enhanced.NumberOfFrames = claimed
    with pytest.raises(InputRefused) as refusal:
        read_headers(keep(enhanced))
    assert refusal.value.code == "frames-mismatch"
    assert str(claimed) in refusal.value.sentence


@pytest.mark.parametrize("sop_class", [ENHANCED_CT, ENHANCED_US])
def test_frames_without_groups_have_no_place(sop_class, enhanced, keep) -> None:
    """One header, and no position even where the file names one: it is the place of one frame at most (H-07)."""
    del enhanced.PerFrameFunctionalGroupsSequence
    enhanced.file_meta.MediaStorageSOPClassUID = enhanced.SOPClassUID = sop_class
    enhanced.ImagePositionPatient, enhanced.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    (header,) = read_headers(keep(enhanced))
    assert (header.frames, header.frame, header.position_lps_mm, header.orientation) == (FRAMES, 0, (), ())


def test_converted_attributes_of_a_legacy_image_are_taken(enhanced, keep) -> None:
    enhanced.file_meta.MediaStorageSOPClassUID = enhanced.SOPClassUID = LEGACY_CT
    del enhanced.SharedFunctionalGroupsSequence[0].CTReconstructionSequence
    enhanced.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence = [
        _item(ConvolutionKernel="STANDARD")
    ]
    for frame, item in enumerate(enhanced.PerFrameFunctionalGroupsSequence):
        item.UnassignedPerFrameConvertedAttributesSequence = [_item(SliceLocation=5.0 * frame)]
    headers = read_headers(keep(enhanced))
    assert [header.slice_location_mm for header in headers] == [0.0, 5.0, 10.0, 15.0, 20.0]
    assert {header.kernel for header in headers} == {"STANDARD"}


def test_a_frame_that_is_not_there_is_refused(enhanced, keep) -> None:
    path = keep(enhanced)
    assert read_header(path, frame=4).frame == 4
    with pytest.raises(InputRefused) as refusal:
        read_header(path, frame=5)
    assert refusal.value.code == "no-frame"


def test_a_thousand_frames_fit_the_budgets(make_ct, enhanced, keep) -> None:
    """Elements and header length are allowed per frame; 40 private elements beside each stand for a real scanner's."""
    count = 1000
    large = make_ct(np.zeros((count, 4, 4), np.int16))
    large.file_meta.MediaStorageSOPClassUID = large.SOPClassUID = ENHANCED_CT
    large.SharedFunctionalGroupsSequence = enhanced.SharedFunctionalGroupsSequence
    private = Dataset()
    block = private.private_block(0x0021, "SCANNER", create=True)
    for number in range(40):
        block.add_new(number, "LO", "x")
    large.PerFrameFunctionalGroupsSequence = [
        _item(PlanePositionSequence=[_item(ImagePositionPatient=[0, 0, frame])], ReferencedImageSequence=[private])
        for frame in range(count)
    ]
    headers = read_headers(keep(large))
    assert count * 40 > limits.MOST_ELEMENTS
    assert [header.position_lps_mm[2] for header in headers] == list(range(count))


def test_an_enhanced_ct_becomes_a_volume_in_its_place(enhanced, volume, keep, tmp_path) -> None:
    """Scanned, judged and loaded as any series; frames stand in the file from left to right, which is along k."""
    for number, item in enumerate(enhanced.PerFrameFunctionalGroupsSequence):
        item.PixelValueTransformationSequence[0].RescaleIntercept = -1024
        item.PlanePositionSequence[0].ImagePositionPatient = [10.0 - 1.25 * number, -20.0, 30.0]
    keep(enhanced)
    (series,) = scan_folder(tmp_path, progress=silent).series
    assert not [finding for finding in series.findings if finding.severity is Severity.REFUSE]
    assert len(series.slices) == FRAMES
    loaded, _ = load_series(series.slices, progress=silent)
    np.testing.assert_array_equal(loaded.hu, volume.astype(np.int32) - 1024)
    # Rows run to the back, columns to the feet, so that frames follow each other to the right: (P) × (F) = R.
    np.testing.assert_allclose(loaded.grid.to_lps((0, 0, 4)), [5.0, -20.0, 30.0])
    np.testing.assert_allclose(loaded.grid.to_lps((3, 2, 0)), [10.0, -20.0 + 3 * 0.6, 30.0 - 2 * 0.7])
