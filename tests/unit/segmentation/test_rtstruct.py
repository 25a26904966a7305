"""Structure sets in and out: lines hold the right voxels; what is no volume or does not belong is named."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.geometry import Grid, Side
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import labelio
from planner.segmentation.labelio import dicom_reading, rtstruct_reading

SHAPE = (8, 30, 40)
GRID = Grid.from_axes(SHAPE, origin_lps_mm=(-20.0, -15.0, 100.0), spacing_ijk_mm=(1.0, 1.0, 3.0))
FRAME = "1.2.3.77"


@pytest.fixture
def volume(volume_of):
    return volume_of(np.zeros(SHAPE, np.int16), GRID, frame_of_reference_uid=FRAME)


def box(low, high, z_mm) -> list[tuple[float, float, float]]:
    """A square around the pixels ``low`` to ``high`` both ways, at a height of the patient."""
    (a, b), (c, d) = (-20.5 + low, -15.5 + low), (-19.5 + high, -14.5 + high)
    return [(a, b, z_mm), (c, b, z_mm), (c, d, z_mm), (a, d, z_mm)]


def contour(points, kind="CLOSED_PLANAR") -> pydicom.Dataset:
    item = pydicom.Dataset()
    item.ContourGeometricType, item.NumberOfContourPoints = kind, len(points)
    item.ContourData = [f"{v:.3f}" for point in points for v in point]
    return item


def structure_set(path, regions, *, frame=FRAME, colour=None, observations=()):
    """A structure set as another program would write it: name and lines of each region."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = RTStructureSetStorage, generate_uid(), "RTSTRUCT"
    referenced = pydicom.Dataset()
    referenced.FrameOfReferenceUID = frame
    dataset.ReferencedFrameOfReferenceSequence = [referenced]
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [], []
    for number, (name, contours) in enumerate(regions, start=1):
        roi, lines = pydicom.Dataset(), pydicom.Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, frame
        lines.ReferencedROINumber = number
        if contours is not None:
            lines.ContourSequence = list(contours)
        if colour:
            lines.ROIDisplayColor = colour
        dataset.StructureSetROISequence.append(roi)
        dataset.ROIContourSequence.append(lines)
    dataset.RTROIObservationsSequence = list(observations)
    dataset.save_as(path, enforce_file_format=True)
    return dataset


def voxels(mask) -> dict[int, int]:
    return {k: int(plane.sum()) for k, plane in enumerate(mask) if plane.any()}


def test_lines_of_another_program_hold_the_voxels_counted_by_hand(tmp_path, volume) -> None:
    lines = [contour(box(5, 14, 100.0 + 3 * k)) for k in (3, 1, 2)] + [contour(box(8, 9, 106.0))]
    structure_set(tmp_path / "rt.dcm", [("Kidney, left", lines)], colour=[255, 160, 0])
    (back,) = labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)
    assert voxels(back.mask) == {1: 100, 2: 100 - 4, 3: 100}
    assert back.mask[1, 5:15, 5:15].all()
    assert (back.name, back.kind, back.side) == ("Kidney, left", StructureKind.KIDNEY, Side.LEFT)
    assert (back.colour, back.origin) == ("#ffa000", StructureOrigin.IMPORTED)
    assert "4 lines on 3 planes filled at pixel centres" in back.method


def test_lines_beside_the_slices_are_not_lost(tmp_path, volume) -> None:
    lines = [contour(box(5, 14, 101.0 + 3 * k)) for k in (1, 2, 3)]
    structure_set(tmp_path / "rt.dcm", [("a", lines), ("b", [contour(box(5, 6, 111.4))])])
    wide, single = labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)
    assert voxels(wide.mask) == {1: 100, 2: 100, 3: 100}
    assert "3 of the planes lie between slices" in wide.method
    assert voxels(single.mask) == {4: 4}


def test_sagittal_lines_are_filled_on_their_own_planes(tmp_path, volume) -> None:
    """Six planes of 10 × 12 mm, 1 mm apart, around pixels and slices: 6 columns, 10 rows, 4 slices."""
    corners = ((-5.5, 101.5), (4.5, 101.5), (4.5, 113.5), (-5.5, 113.5))
    lines = [contour([(x, y, z) for y, z in corners]) for x in (0, 1, 2, 3, 4, 5)]
    structure_set(tmp_path / "rt.dcm", [("Cord", lines)])
    (cord,) = labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)
    assert voxels(cord.mask) == dict.fromkeys((1, 2, 3, 4), 60)
    assert cord.mask[2, 10:20, 20:26].all()
    assert "6 lines across the slices filled on their own planes and resampled by volume" in cord.method


def test_codes_and_types_tell_what_a_name_does_not(tmp_path, volume) -> None:
    coded, typed = pydicom.Dataset(), pydicom.Dataset()
    coded.ReferencedROINumber, typed.ReferencedROINumber = 1, 2
    code, side = pydicom.Dataset(), pydicom.Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "64033007", "SCT", "Kidney"
    side.CodeValue, side.CodingSchemeDesignator, side.CodeMeaning = "24028007", "SCT", "Right"
    code.SegmentedPropertyTypeModifierCodeSequence = [side]
    coded.RTROIIdentificationCodeSequence = [code]
    typed.RTROIInterpretedType = "EXTERNAL"
    lines = [contour(box(5, 14, 103.0))]
    structure_set(tmp_path / "rt.dcm", [("ROI-1", lines), ("ROI-2", lines)], observations=[coded, typed])
    kidney, skin = labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)
    assert (kidney.kind, kidney.side, skin.kind) == (StructureKind.KIDNEY, Side.RIGHT, StructureKind.SKIN)


def test_what_is_no_volume_or_elsewhere_is_named(tmp_path, volume) -> None:
    flat = [contour(box(5, 14, 103.0))]
    upright = [contour([(0, y, z) for y, z in ((-5, 101), (5, 101), (5, 115), (-5, 115))])]
    upright += [contour([(x, 0, z) for x, z in ((-5, 101), (5, 101), (5, 115), (-5, 115))])]
    regions = [
        ("Liver", [*flat, contour([(0, 0, 103)], "POINT"), contour(box(1, 2, 103.0), "OPEN_PLANAR"), *upright]),
        ("Isocentre", [contour([(0, 0, 103)], "POINT")]),
        ("Nothing", None),
        ("Crossed", upright),
        ("Above", [contour(box(5, 14, 300.0))]),
        ("Elsewhere", flat),
        ("Half out", [contour(box(-5, 4, 100.0 + 3 * k)) for k in (-1, 0)]),
    ]
    dataset = structure_set(tmp_path / "rt.dcm", regions)
    dataset.StructureSetROISequence[5].ReferencedFrameOfReferenceUID = "1.2.3.78"
    dataset.save_as(tmp_path / "rt.dcm")
    liver, half = labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)
    assert voxels(liver.mask) == {1: 100}
    assert "2 points or lines without an area left out" in liver.method
    assert "2 lines across the slices left out" in liver.method
    for words in (
        "left out, only points or lines without an area: Isocentre",
        "left out, without lines: Nothing",
        "left out, drawn across the slices in several directions, bent, or beside the CT: Crossed",
        "left out, no voxel on this CT: Above",
        "left out, in another frame of reference: Elsewhere",
    ):
        assert words in liver.method
    told = rtstruct_reading.import_rtstruct(tmp_path / "rt.dcm", volume=volume).notes
    assert "Left out, no voxel on this CT: Above." in told
    assert len(told) == 5
    assert voxels(half.mask) == {0: 25}
    assert "1 of the planes lie outside the CT" in half.method
    assert "reaches beyond the edge of the images and is cut there" in half.method


def test_another_frame_of_reference_is_refused(tmp_path, volume, volume_of) -> None:
    structure_set(tmp_path / "rt.dcm", [("Liver", [contour(box(5, 14, 103.0))])], frame="1.2.3.78")
    with pytest.raises(GeometryRefused, match=r"frame of reference 1\.2\.3\.78, the CT in 1\.2\.3\.77"):
        labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)
    nameless = volume_of(np.zeros(SHAPE, np.int16), GRID, frame_of_reference_uid="")
    structure_set(tmp_path / "rt.dcm", [("Liver", [contour(box(5, 14, 103.0))])], frame="")
    with pytest.raises(GeometryRefused, match=r"\(none\), the CT in \(none\)"):
        labelio.read_rtstruct(tmp_path / "rt.dcm", volume=nameless)


@pytest.mark.parametrize(
    ("regions", "words"),
    [
        ([], r"the frame of reference .*|No region of this file"),
        ([("Empty", None)], r"No region of this file has a voxel inside the CT \(without lines\)"),
        ([("Far", [contour(box(5, 14, 900.0))])], r"\(no voxel on this CT\)"),
        ([("Beside", [contour([(900, 0, 101), (900, 9, 101), (900, 9, 115)])])], "drawn across the CT's slices"),
    ],
)
def test_a_file_without_a_volume_is_refused_in_words(tmp_path, volume, regions, words) -> None:
    structure_set(tmp_path / "rt.dcm", regions)
    with pytest.raises(InputRefused, match=words):
        labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)


def _put(dataset, **values):
    for name, value in values.items():
        setattr(dataset.ROIContourSequence[0].ContourSequence[0], name, value)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda d: _put(d, NumberOfContourPoints=9), "seg-damaged"),
        (lambda d: _put(d, ContourData=["1", "2", "3", "4"]), "seg-damaged"),
        (lambda d: _put(d, ContourData=["1", "2", "1e9"] * 4), "seg-damaged"),
        (lambda d: setattr(d.StructureSetROISequence[1], "ROINumber", 1), "seg-damaged"),
        (lambda d: setattr(d.ROIContourSequence[0], "ReferencedROINumber", None), "seg-damaged"),
        (lambda d: setattr(d, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.481.5"), "seg-not-seg"),
    ],
)
def test_H_38_damaged_files_are_refused_in_words(tmp_path, volume, spoil, code) -> None:
    lines = [contour(box(5, 14, 103.0))]
    dataset = structure_set(tmp_path / "rt.dcm", [("a", lines), ("b", lines)])
    spoil(dataset)
    dataset.save_as(tmp_path / "rt.dcm")
    with pytest.raises(InputRefused) as refusal:
        labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)
    assert (refusal.value.code, refusal.value.where) == (code, "rt.dcm")


def test_H_38_numbers_that_are_none_are_refused(tmp_path, volume) -> None:
    """Bytes that the library would not write: a number that is none, one as long as a novel, and a cut file."""
    structure_set(tmp_path / "rt.dcm", [("a", [contour(box(5, 14, 103.0))])])
    sound = (tmp_path / "rt.dcm").read_bytes()
    for bad in (sound.replace(b"103.000", b"10x.000"), sound.replace(b"103.000", b"nan    "), sound[:-40]):
        (tmp_path / "bad.dcm").write_bytes(bad)
        with pytest.raises(InputRefused) as refusal:
            labelio.read_rtstruct(tmp_path / "bad.dcm", volume=volume)
        assert refusal.value.code in ("seg-damaged", "seg-unreadable")


def test_H_38_more_than_is_read_is_refused(tmp_path, volume, monkeypatch) -> None:
    lines = [contour(box(5, 14, 103.0)), contour(box(5, 14, 106.0))]
    structure_set(tmp_path / "rt.dcm", [("a", lines), ("b", lines)])
    for module, name, most in (
        (rtstruct_reading, "MOST_REGIONS", 1),
        (rtstruct_reading, "MOST_LINES", 3),
        (rtstruct_reading, "MOST_POINTS", 15),
        (rtstruct_reading, "MOST_POINTS_PER_LINE", 3),
        (dicom_reading, "MOST_FILE_BYTES", 500),
        (dicom_reading, "MAX_MASK_BYTES", 2 * 8 * 30 * 40 - 1),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, most)
            with pytest.raises(InputRefused, match="Export only the structures near the target"):
                labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)


def test_a_deflated_file_is_refused_before_it_is_inflated(tmp_path, volume) -> None:
    dataset = structure_set(tmp_path / "rt.dcm", [("a", [contour(box(5, 14, 103.0))])])
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    dataset.save_as(tmp_path / "rt.dcm")
    with pytest.raises(InputRefused, match="deflated"):
        labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)


# ---------------------------------------------------------------- writing


def test_what_is_written_says_what_others_need(tmp_path, ct_on_disk) -> None:
    volume, files = ct_on_disk(tmp_path / "ct", GRID)
    body, node = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    body[:, 2:28, 2:38] = True
    node[3:5, 10:13, 20:24] = True
    masks = [
        SegmentedMask("Skin", StructureKind.SKIN, None, body, StructureOrigin.AUTOMATIC, "by threshold"),
        SegmentedMask("Nerve, left \\ 手", StructureKind.NERVE, Side.LEFT, node, StructureOrigin.DRAWN, "", "#40a0ff"),
    ]
    path = tmp_path / "rt.dcm"
    labelio.write_rtstruct(path, volume=volume, ct_files=files, masks=masks, series_description="Structures")
    dataset = pydicom.dcmread(path)
    assert dataset.FrameOfReferenceUID == volume.ref.frame_of_reference_uid
    series = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == volume.ref.series_instance_uid
    own = {pydicom.dcmread(file).SOPInstanceUID for file in files}
    assert {item.ReferencedSOPInstanceUID for item in series.ContourImageSequence} == own
    assert "not for clinical use" in dataset.StructureSetDescription
    assert (dataset.ApprovalStatus, dataset.Modality) == ("UNAPPROVED", "RTSTRUCT")
    rois = dataset.StructureSetROISequence
    assert [roi.ROIName for roi in rois] == ["Skin", "Nerve, left / 手"]
    assert [roi.ROIGenerationAlgorithm for roi in rois] == ["AUTOMATIC", "MANUAL"]
    assert float(rois[1].ROIVolume) == pytest.approx(2 * 3 * 4 * 3.0 / 1000)
    assert [item.RTROIInterpretedType for item in dataset.RTROIObservationsSequence] == ["EXTERNAL", "ORGAN"]
    code = dataset.RTROIObservationsSequence[1].RTROIIdentificationCodeSequence[0]
    assert (code.CodeValue, code.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning) == ("91728009", "Left")
    assert list(dataset.ROIContourSequence[1].ROIDisplayColor) == [0x40, 0xA0, 0xFF]
    lines = dataset.ROIContourSequence[1].ContourSequence
    assert len(lines) == 2
    corners = np.array(lines[0].ContourData, dtype=float).reshape(-1, 3)
    np.testing.assert_allclose(corners.mean(axis=0), (-20 + 21.5, -15 + 11, 100 + 9), atol=1e-6)
    back = labelio.read_rtstruct(path, volume=volume)
    assert [(m.name, m.kind, m.side, m.colour) for m in back] == [
        ("Skin", StructureKind.SKIN, None, ""),
        ("Nerve, left / 手", StructureKind.NERVE, Side.LEFT, "#40a0ff"),
    ]
    for mask, other in zip(masks, back, strict=True):
        np.testing.assert_array_equal(other.mask, mask.mask)


def test_dciodvfy_finds_no_error_in_any_kind(tmp_path, ct_on_disk) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    volume, files = ct_on_disk(tmp_path / "ct", GRID)
    node = np.zeros(SHAPE, dtype=bool)
    node[3:5, 10:13, 20:24] = True
    origins = list(StructureOrigin)
    masks = [
        SegmentedMask(kind.value, kind, Side.LEFT if at % 2 else None, node, origins[at % 3], "made", "#c0a080")
        for at, kind in enumerate(StructureKind)
    ]
    for write, name in ((labelio.write_rtstruct, "rt.dcm"), (labelio.write_seg, "seg.dcm")):
        write(tmp_path / name, volume=volume, ct_files=files, masks=masks, series_description="All kinds")
        check = subprocess.run(["dciodvfy", tmp_path / name], capture_output=True, text=True, check=False)
        lines = (check.stdout + check.stderr).splitlines()
        assert [line for line in lines if line.startswith("Error")] == []


def test_a_line_longer_than_a_short_length_holds_its_points(tmp_path, ct_on_disk) -> None:
    """A comb of a thousand teeth: more than 64 KiB of coordinates in one line."""
    grid = Grid.from_axes((1, 40, 1200), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(0.5, 0.5, 2.0))
    volume, files = ct_on_disk(tmp_path / "ct", grid)
    comb = np.zeros(grid.shape_kji, dtype=bool)
    comb[0, 5:30, 10:1100:2] = True
    comb[0, 30, 10:1100] = True
    mask = SegmentedMask("Comb", StructureKind.OTHER, None, comb, StructureOrigin.DRAWN, "")
    labelio.write_rtstruct(tmp_path / "rt.dcm", volume=volume, ct_files=files, masks=[mask], series_description="")
    (line,) = pydicom.dcmread(tmp_path / "rt.dcm").ROIContourSequence[0].ContourSequence
    assert len(line.ContourData) == 3 * line.NumberOfContourPoints > 6000
    np.testing.assert_array_equal(labelio.read_rtstruct(tmp_path / "rt.dcm", volume=volume)[0].mask, comb)


# ---------------------------------------------------------------- real files


@pytest.mark.real_data
def test_a_real_aorta_is_the_reference_segmentation(shared_data, ct_of) -> None:
    """plastimatch drew the lines from label 52 of the NIfTI file beside it; SimpleITK reads that label."""
    folder = shared_data / "upper_abdomen_ts"
    path = next(folder.glob("rtss*"))
    volume = ct_of(folder / "ct")
    with pytest.raises(GeometryRefused, match="Choose the segmentation made on this scan"):
        labelio.read_rtstruct(path, volume=volume)
    # The file was made from converted images and names a frame of reference of its own.
    frame = pydicom.dcmread(path).ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID
    same = replace(volume, ref=replace(volume.ref, frame_of_reference_uid=str(frame)))
    (aorta,) = labelio.read_rtstruct(path, volume=same)
    image = sitk.ReadImage(str(folder / "seg.nii.gz"))
    truth = np.zeros(volume.grid.shape_kji, dtype=bool)
    for k, j, i in np.argwhere(sitk.GetArrayViewFromImage(image) == 52).tolist():
        place = volume.grid.to_index(image.TransformIndexToPhysicalPoint((i, j, k)))
        truth[tuple(np.round(place[::-1]).astype(int))] = True
    dice = 2 * (truth & aorta.mask).sum() / (truth.sum() + aorta.mask.sum())
    assert truth.sum() == 11723
    assert dice >= 0.999


@pytest.mark.real_data
def test_a_real_file_without_preamble_and_with_isocentres(shared_data, volume_of) -> None:
    """The patient is drawn as a rectangle of 400 × 300 mm at −200, −190 and −180 mm, on slices of 5 mm."""
    path = shared_data / "odd" / "pydicom" / "rtstruct.dcm"
    grid = Grid.from_axes((81, 80, 100), origin_lps_mm=(-247.5, -197.5, -200.0), spacing_ijk_mm=(5.0, 5.0, 5.0))
    frame = "1.2.826.0.1.3680043.8.498.2010020400001.2"
    volume = volume_of(np.zeros(grid.shape_kji, np.int16), grid, frame_of_reference_uid=frame)
    (patient,) = labelio.read_rtstruct(path, volume=volume)
    assert patient.kind is StructureKind.SKIN
    assert voxels(patient.mask) == dict.fromkeys(range(5), 80 * 60)
    assert "left out, only points or lines without an area: Isocenter 1, Isocenter 2" in patient.method
