"""SEG out and in: exact round trips, other readers agree, and what does not belong is refused in words."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage, generate_uid

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.geometry import Grid, Side
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import labelio

SHAPE = (6, 10, 12)
HEAD_FIRST = np.eye(3)
FEET_FIRST_FLIPPED = np.diag([-1.0, 1, -1])  # rows run to the patient's right, slices toward the feet
TILTED = np.array([[1, 0, 0], [0, np.cos(0.2), -np.sin(0.2)], [0, np.sin(0.2), np.cos(0.2)]])


def grid_of(direction) -> Grid:
    return Grid.from_axes(
        SHAPE, origin_lps_mm=(-30.5, 12.25, 410.0), spacing_ijk_mm=(0.8, 0.9, 2.5), direction=direction
    )


def mask_of(name, kind, side, seed, *, origin=StructureOrigin.AUTOMATIC) -> SegmentedMask:
    array = np.random.default_rng(seed).random(SHAPE) > 0.5
    array[0] = False
    return SegmentedMask(name, kind, side, array, origin, f"made for seed {seed}")


@pytest.fixture
def masks() -> tuple[SegmentedMask, ...]:
    return (
        mask_of("Aorta", StructureKind.ARTERY, Side.MIDLINE, 1),
        mask_of("Kidney, left", StructureKind.KIDNEY, Side.LEFT, 2, origin=StructureOrigin.DRAWN),
        mask_of("Danger zone", StructureKind.NERVE, Side.RIGHT, 3, origin=StructureOrigin.IMPORTED),
        mask_of("Wasser", StructureKind.FLUID_BARRIER, None, 4),
    )


@pytest.fixture
def written(tmp_path, masks, request, ct_on_disk):
    """A CT and its SEG on disk: (path, volume, masks)."""
    volume, files = ct_on_disk(tmp_path / "ct", grid_of(getattr(request, "param", HEAD_FIRST)))
    path = tmp_path / "seg.dcm"
    labelio.write_seg(path, volume=volume, ct_files=files, masks=masks, series_description="Structures of a test")
    return path, volume, masks


@pytest.mark.parametrize("written", [HEAD_FIRST, FEET_FIRST_FLIPPED, TILTED], indirect=True)
def test_round_trip_is_exact(written):
    path, volume, masks = written
    back = labelio.read_seg(path, volume=volume)
    assert [(m.name, m.kind, m.side) for m in back] == [(m.name, m.kind, m.side) for m in masks]
    for before, after in zip(masks, back, strict=True):
        np.testing.assert_array_equal(after.mask, before.mask)
        assert after.mask.dtype == bool
        assert after.origin is StructureOrigin.IMPORTED
        assert before.method in after.method
        assert "voxel for voxel" in after.method


@pytest.mark.parametrize("written", [FEET_FIRST_FLIPPED], indirect=True)
def test_plain_pydicom_finds_the_same_voxels_at_the_same_places(written):
    path, volume, masks = written
    dataset = pydicom.dcmread(path)
    found = [np.zeros(SHAPE, dtype=bool) for _ in masks]
    for frame, group in zip(dataset.pixel_array, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        position = group.PlanePositionSequence[0].ImagePositionPatient
        k = round(float(volume.grid.to_index(np.array(position, dtype=float))[2]))
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        found[number - 1][k] = frame
    for mask, array in zip(masks, found, strict=True):
        np.testing.assert_array_equal(array, mask.mask)


@pytest.mark.parametrize("written", [FEET_FIRST_FLIPPED], indirect=True)
def test_a_ct_held_in_another_order_gets_the_same_places(written, volume_of):
    path, volume, masks = written
    turned = Grid.from_matrix(
        SHAPE, volume.grid.matrix @ np.array([[-1, 0, 0, 11], [0, 1, 0, 0], [0, 0, -1, 5], [0, 0, 0, 1.0]])
    )
    other = volume_of(np.zeros(SHAPE, np.int16), turned, frame_of_reference_uid=volume.ref.frame_of_reference_uid)
    for before, after in zip(masks, labelio.read_seg(path, volume=other), strict=True):
        np.testing.assert_array_equal(after.mask, before.mask[::-1, :, ::-1])


def test_a_coarser_ct_gets_masks_by_volume(written, volume_of):
    path, volume, masks = written
    coarse = Grid.from_axes(
        (3, 5, 6), origin_lps_mm=volume.grid.to_lps((0.5, 0.5, 0.5)), spacing_ijk_mm=(1.6, 1.8, 5.0)
    )
    other = volume_of(np.zeros((3, 5, 6), np.int16), coarse, frame_of_reference_uid=volume.ref.frame_of_reference_uid)
    for before, after in zip(masks, labelio.read_seg(path, volume=other), strict=True):
        share = before.mask.reshape(3, 2, 5, 2, 6, 2).mean(axis=(1, 3, 5))
        np.testing.assert_array_equal(after.mask, share >= 0.5)
        assert "resampled by volume from 0.8 × 0.9 × 2.5 mm" in after.method


def test_what_is_too_thin_for_a_coarser_ct_is_told(tmp_path, ct_on_disk, volume_of):
    """Of a coarse voxel's eight, four are enough (2 slices), two are not (4 slices, twice): 8 of 12 are kept."""
    volume, files = ct_on_disk(tmp_path / "ct", grid_of(HEAD_FIRST))
    thin = np.zeros(SHAPE, bool)
    thin[:2, :2, 0], thin[2:, 0, 0], thin[2:, 2, 0] = True, True, True
    nerve = SegmentedMask("Nerve", StructureKind.NERVE, None, thin, StructureOrigin.DRAWN, "")
    path = tmp_path / "seg.dcm"
    labelio.write_seg(path, volume=volume, ct_files=files, masks=[nerve], series_description="")
    coarse = Grid.from_axes(
        (3, 5, 6), origin_lps_mm=volume.grid.to_lps((0.5, 0.5, 0.5)), spacing_ijk_mm=(1.6, 1.8, 5.0)
    )
    other = volume_of(np.zeros((3, 5, 6), np.int16), coarse, frame_of_reference_uid=volume.ref.frame_of_reference_uid)

    (read,) = labelio.read_seg(path, volume=other)

    assert read.mask.sum() == 1
    assert "67% of its volume is kept" in read.method


def test_dciodvfy_finds_no_error(written):
    path, _, _ = written
    try:
        check = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    errors = [line for line in (check.stdout + check.stderr).splitlines() if line.startswith("Error")]
    assert errors == []


def test_codes_and_laterality_stand_in_the_file(written):
    path, _, _ = written
    kidney = pydicom.dcmread(path).SegmentSequence[1]
    kind = kidney.SegmentedPropertyTypeCodeSequence[0]
    assert (kind.CodeValue, kind.CodingSchemeDesignator, kind.CodeMeaning) == ("64033007", "SCT", "Kidney")
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Left"
    assert kidney.SegmentAlgorithmType == "MANUAL"


def test_a_colour_comes_back(written):
    path, volume, masks = written
    files = sorted((path.parent / "ct").iterdir())
    coloured = replace(masks[0], colour="#ffa000")
    labelio.write_seg(path, volume=volume, ct_files=files, masks=[coloured, masks[1]], series_description="")
    assert [mask.colour for mask in labelio.read_seg(path, volume=volume)] == ["#ffa000", ""]


def test_another_frame_of_reference_is_refused(written, volume_of):
    path, volume, _ = written
    with pytest.raises(GeometryRefused, match=r"frame of reference .* made on this scan"):
        labelio.read_seg(path, volume=volume_of(volume.hu, volume.grid, frame_of_reference_uid="1.2.3.4"))


def test_a_label_against_its_code_leaves_the_side_open(written):
    path, volume, _ = written
    dataset = pydicom.dcmread(path)
    dataset.SegmentSequence[1].SegmentLabel = "Kidney, right"
    dataset.save_as(path)
    kidney = labelio.read_seg(path, volume=volume)[1]
    assert kidney.side is None
    assert "its name says right but its code says left" in kidney.method


def test_a_hollow_skin_is_not_the_body(written):
    path, volume, _ = written
    hollow = np.ones(SHAPE, dtype=bool)
    hollow[:, 1:-1, 1:-1] = False
    files = sorted((path.parent / "ct").iterdir())
    for array, kind in ((hollow, StructureKind.OTHER), (np.ones(SHAPE, dtype=bool), StructureKind.SKIN)):
        skin = SegmentedMask("Skin", StructureKind.SKIN, None, array, StructureOrigin.AUTOMATIC, "")
        labelio.write_seg(path, volume=volume, ct_files=files, masks=[skin], series_description="")
        assert labelio.read_seg(path, volume=volume)[0].kind is kind


def test_segments_outside_the_ct_are_named_or_refused(written, volume_of):
    path, volume, masks = written
    masks[0].mask[1:] = False
    masks[0].mask[5, 2, 2] = True
    files = sorted((path.parent / "ct").iterdir())
    labelio.write_seg(path, volume=volume, ct_files=files, masks=masks, series_description="")
    part = volume_of(
        np.zeros((3, 10, 12), np.int16),
        volume.grid.cropped((0, 0, 1), (3, 10, 12)),
        frame_of_reference_uid=volume.ref.frame_of_reference_uid,
    )
    back = labelio.read_seg(path, volume=part)
    assert [m.name for m in back] == [m.name for m in masks[1:]]
    assert "left out as empty on this CT: Aorta" in back[0].method
    outside = 1 - masks[1].mask[1:4].sum() / masks[1].mask.sum()
    assert f"{outside:.0%} of it lies outside the CT" in back[0].method
    np.testing.assert_array_equal(back[0].mask, masks[1].mask[1:4])
    far = Grid.from_axes(SHAPE, origin_lps_mm=(900, 0, 0), spacing_ijk_mm=(1, 1, 1))
    with pytest.raises(InputRefused, match="No segment of this file has a voxel inside the CT"):
        labelio.read_seg(
            path, volume=volume_of(volume.hu, far, frame_of_reference_uid=volume.ref.frame_of_reference_uid)
        )


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda d: d.pop("PerFrameFunctionalGroupsSequence"), "seg-damaged"),
        (lambda d: d["PerFrameFunctionalGroupsSequence"].value.pop(), "seg-damaged"),
        (lambda d: setattr(d, "PixelData", d.PixelData[:20]), "seg-damaged"),
        (lambda d: setattr(d.SegmentSequence[1], "SegmentNumber", 1), "seg-damaged"),
        (
            lambda d: (setattr(d, "SegmentationType", "FRACTIONAL"), setattr(d, "MaximumFractionalValue", 0)),
            "seg-damaged",
        ),
        (lambda d: setattr(d, "SOPClassUID", CTImageStorage), "seg-not-seg"),
        (lambda d: setattr(d, "FrameOfReferenceUID", ""), "seg-frame-of-reference"),
        (lambda d: (setattr(d, "Rows", 60000), setattr(d, "Columns", 60000)), "seg-too-large"),
    ],
)
def test_damaged_files_are_refused_in_words(written, spoil, code):
    path, volume, _ = written
    dataset = pydicom.dcmread(path)
    spoil(dataset)
    dataset.save_as(path)
    with pytest.raises(InputRefused) as refusal:
        labelio.read_seg(path, volume=volume)
    assert refusal.value.code == code
    assert refusal.value.where == "seg.dcm"


def test_a_text_file_is_no_dicom(tmp_path, written):
    _, volume, _ = written
    note = tmp_path / "note.dcm"
    note.write_text("not an image")
    with pytest.raises(InputRefused, match="not a readable DICOM file"):
        labelio.read_seg(note, volume=volume)


def test_what_cannot_be_written_is_refused(written, masks):
    path, volume, _ = written
    files = sorted((path.parent / "ct").iterdir())
    empty = SegmentedMask("Nothing", StructureKind.OTHER, None, np.zeros(SHAPE, bool), StructureOrigin.DRAWN, "")
    small = replace(masks[0], mask=masks[0].mask[1:])
    for ct, ct_files, chosen, match in (
        (volume, files, [], "no structure"),
        (volume, files, [empty], "Nothing is empty"),
        (volume, files, [small], r"Aorta is \(5, 10, 12\) voxels but the CT is \(6, 10, 12\)"),
        (volume, files[1:], masks, "1 of the CT's 6 slices are not among these 5 files"),
        (volume, [], masks, "6 of the CT's 6 slices"),
    ):
        with pytest.raises(InputRefused, match=match):
            labelio.write_seg(path, volume=ct, ct_files=ct_files, masks=chosen, series_description="")
    header = pydicom.dcmread(files[0])
    header.FrameOfReferenceUID = generate_uid()
    header.save_as(files[0])
    with pytest.raises(GeometryRefused, match="1 of the CT's 6 slices"):
        labelio.write_seg(path, volume=volume, ct_files=files, masks=masks, series_description="")
    del header.SOPInstanceUID, header.file_meta.MediaStorageSOPInstanceUID
    header.FrameOfReferenceUID = volume.ref.frame_of_reference_uid
    header.save_as(files[0])
    with pytest.raises(InputRefused, match="no SOPInstanceUID"):
        labelio.write_seg(path, volume=volume, ct_files=files, masks=masks, series_description="")


def test_slices_that_share_no_frame_of_reference_go_by_their_series(written, masks):
    """As in relabelled research data: each slice names its own, and the volume none."""
    path, volume, _ = written
    files = sorted((path.parent / "ct").iterdir())
    for file in files:
        header = pydicom.dcmread(file)
        header.FrameOfReferenceUID = generate_uid()
        header.save_as(file)
    frameless = replace(volume, ref=replace(volume.ref, frame_of_reference_uid=""))
    elsewhere = replace(frameless, ref=replace(frameless.ref, series_instance_uid="1.2.3.9"))
    for write, read in ((labelio.write_seg, labelio.read_seg), (labelio.write_rtstruct, labelio.read_rtstruct)):
        write(path, volume=frameless, ct_files=files, masks=masks, series_description="")
        for before, after in zip(masks, read(path, volume=frameless), strict=True):
            np.testing.assert_array_equal(after.mask, before.mask)
        for other in (volume, elsewhere):
            with pytest.raises(GeometryRefused, match="frame of reference"):
                read(path, volume=other)
    for file in files:
        header = pydicom.dcmread(file)
        del header.FrameOfReferenceUID
        header.save_as(file)
    with pytest.raises(GeometryRefused, match="names no frame of reference"):
        labelio.write_seg(path, volume=frameless, ct_files=files, masks=masks, series_description="")


def test_files_of_other_series_and_no_images_are_passed_over(written, masks, tmp_path):
    path, volume, _ = written
    files = sorted((path.parent / "ct").iterdir())
    other = pydicom.dcmread(files[0])
    other.SeriesInstanceUID = generate_uid()
    other.save_as(tmp_path / "other.dcm")
    scout = pydicom.dcmread(files[0])
    scout.SOPInstanceUID, scout.ImageOrientationPatient = generate_uid(), [1, 0, 0, 0, 0, -1]
    scout.save_as(tmp_path / "scout.dcm")
    (tmp_path / "note.txt").write_text("not an image")
    (tmp_path / "empty").touch()
    everything = [p for p in (tmp_path, tmp_path / "ct") for p in sorted(p.iterdir()) if p.is_file() and p != path]
    labelio.write_seg(path, volume=volume, ct_files=everything, masks=masks, series_description="")
    named = {item.ReferencedSOPInstanceUID for item in pydicom.dcmread(path).SourceImageSequence}
    assert named == {pydicom.dcmread(file).SOPInstanceUID for file in files}


def test_of_two_images_on_one_plane_the_volumes_own_number_is_referred_to(written, masks, tmp_path):
    path, volume, _ = written
    files = sorted((path.parent / "ct").iterdir())
    again = []
    for at, file in enumerate(files):
        twin = pydicom.dcmread(file)
        twin.SOPInstanceUID, twin.InstanceNumber = generate_uid(), twin.InstanceNumber + 6
        again.append(tmp_path / f"again {at}.dcm")
        twin.save_as(again[-1])
    second = replace(volume, ref=replace(volume.ref, image_numbers=(7, 1)))
    labelio.write_seg(path, volume=second, ct_files=[*files, *again], masks=masks, series_description="")
    named = {item.ReferencedSOPInstanceUID for item in pydicom.dcmread(path).SourceImageSequence}
    assert named == {pydicom.dcmread(file).SOPInstanceUID for file in again}


def test_names_of_any_script_and_images_without_identity(tmp_path, ct_on_disk):
    volume, files = ct_on_disk(tmp_path / "ct", grid_of(HEAD_FIRST))
    for file in files:
        header = pydicom.dcmread(file)
        for name in (
            "PatientID",
            "StudyID",
            "AccessionNumber",
            "ReferringPhysicianName",
            "StudyTime",
            "SliceThickness",
        ):
            delattr(header, name)
        header.SpecificCharacterSet, header.PatientName = "ISO_IR 100", "Müßig"
        header.save_as(file)
    mask = mask_of("Nervus medianus\\links\n手 Œ" + "x" * 80, StructureKind.NERVE, None, 3)
    labelio.write_seg(tmp_path / "seg.dcm", volume=volume, ct_files=files, masks=[mask], series_description="手\\b")
    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    assert str(dataset.PatientName) == "Müßig"
    assert dataset.SegmentSequence[0].SegmentLabel.startswith("Nervus medianus/links 手 Œxxx")
    assert len(dataset.SegmentSequence[0].SegmentLabel.encode()) == 64
    assert dataset.SeriesDescription == "手/b"
    assert "not for clinical use" in dataset.ImageComments
    (back,) = labelio.read_seg(tmp_path / "seg.dcm", volume=volume)
    np.testing.assert_array_equal(back.mask, mask.mask)


@pytest.mark.real_data
def test_real_seg_agrees_with_a_direct_decode(shared_data, pelvis):
    path = shared_data / "abdomen_pelvis_ts" / "seg.dcm"
    back = {m.name: m for m in labelio.read_seg(path, volume=pelvis)}
    assert len(back) == 14
    dataset = pydicom.dcmread(path)
    frames, groups = dataset.pixel_array, dataset.PerFrameFunctionalGroupsSequence
    for item in dataset.SegmentSequence:
        points = []
        for frame, group in zip(frames, groups, strict=True):
            if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber == item.SegmentNumber:
                origin = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
                rows, columns = np.nonzero(frame)
                points.append(origin + np.stack([3.0 * columns, 3.0 * rows, 0 * rows], axis=1))
        direct = np.concatenate(points)
        mask = back[item.SegmentLabel].mask
        assert mask.sum() == len(direct)
        np.testing.assert_allclose(
            pelvis.grid.to_lps(np.argwhere(mask)[:, ::-1]).mean(axis=0), direct.mean(axis=0), atol=0.01
        )


@pytest.mark.real_data
def test_real_labels_are_understood_and_lie_on_their_side(shared_data, pelvis):
    back = {m.name: m for m in labelio.read_seg(shared_data / "abdomen_pelvis_ts" / "seg.dcm", volume=pelvis)}
    kinds = {name: mask.kind for name, mask in back.items()}
    assert StructureKind.OTHER not in kinds.values()
    assert kinds["inferior vena cava"] is StructureKind.VEIN
    assert kinds["hip left"] is StructureKind.BONE
    spine_x = pelvis.grid.to_lps(np.argwhere(back["sacrum"].mask)[:, ::-1]).mean(axis=0)[0]
    for mask in back.values():
        if mask.side is not None:
            x = pelvis.grid.to_lps(np.argwhere(mask.mask)[:, ::-1]).mean(axis=0)[0]
            assert (x > spine_x) == (mask.side is Side.LEFT), mask.name


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "segments", "words"),
    [
        ("seg_image_ct_binary.dcm", 1, "voxel for voxel"),
        ("seg_image_ct_binary_overlap.dcm", 2, "voxel for voxel"),
        ("seg_image_ct_true_fractional.dcm", 1, "fractional, taken where at least 50%"),
    ],
)
def test_foreign_files_of_each_type(shared_data, volume_of, name, segments, words):
    path = shared_data / "odd" / "seg" / name
    dataset = pydicom.dcmread(path)
    corner = min(
        (g.PlanePositionSequence[0].ImagePositionPatient for g in dataset.PerFrameFunctionalGroupsSequence),
        key=lambda position: float(position[2]),
    )
    shared = dataset.SharedFunctionalGroupsSequence[0]
    measures = shared.PixelMeasuresSequence[0]
    row, column = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    own = Grid.from_axes(
        (200, dataset.Rows, dataset.Columns),
        origin_lps_mm=np.array(corner, dtype=float) - 10 * 1.25 * np.cross(row, column),
        spacing_ijk_mm=(*map(float, measures.PixelSpacing[::-1]), 1.25),
        direction=np.stack([row, column, np.cross(row, column)], axis=1),
    )
    volume = volume_of(np.zeros(own.shape_kji, np.int16), own, frame_of_reference_uid=str(dataset.FrameOfReferenceUID))
    back = labelio.read_seg(path, volume=volume)
    assert len(back) == segments
    assert words in back[0].method
    limit = 0.5 * dataset.MaximumFractionalValue if dataset.SegmentationType == "FRACTIONAL" else 1
    assert sum(int(m.mask.sum()) for m in back) == int((dataset.pixel_array >= limit).sum())


@pytest.mark.real_data
def test_a_structured_report_is_no_seg(shared_data, pelvis):
    with pytest.raises(InputRefused, match=r"Comprehensive 3D SR Storage, not a segmentation"):
        labelio.read_seg(shared_data / "odd" / "seg" / "sr_document.dcm", volume=pelvis)
