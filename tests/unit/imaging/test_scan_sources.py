"""Are folders, zips, media, single files and several at once listed alike, and in the same order every time?"""

from __future__ import annotations

import itertools
import os
import random
import time
import zipfile

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from planner.domain.errors import Cancelled, InputRefused
from planner.domain.progress import silent
from planner.domain.series import SeriesVerdict
from planner.imaging import header_reading, walk
from planner.imaging import scan as scanning
from planner.imaging.scan import scan, scan_folder

NAME_OF_INDEX = "1.2.840.10008.1.3.10"


def _slice(number, *, series="1.2.9", syntax=ExplicitVRLittleEndian) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{series}.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2", series, "1.2.3"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Phantom", "P1", "19610203", "F"
    ds.Modality, ds.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.StudyDate, ds.SeriesNumber, ds.InstanceNumber, ds.PatientPosition = "20260102", 7, number, "HFS"
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [-10.0, -20.0, 2.0 * number], [1.0, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness = [0.5, 0.5], 2
    ds.Rows = ds.Columns = 4
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, 0, "HU"
    ds.PixelData = bytes(32)
    return ds


@pytest.fixture
def series(tmp_path):
    """A folder with a clean series of 8 slices under names that tell nothing, and a text file."""
    folder = tmp_path / "ct"
    folder.mkdir()
    for name, number in zip("hcbgafed", range(8), strict=True):
        _slice(number).save_as(folder / name, enforce_file_format=True)
    (folder / "read me.txt").write_text("hello")
    return folder


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def _scan(*paths, scratch=None, **kwargs):
    return scan(list(paths), scratch=scratch, progress=silent, **kwargs)


def _zipped(folder, path):
    with zipfile.ZipFile(path, "w") as out:
        for file in sorted(folder.rglob("*")):
            out.write(file, f"disc/{file.relative_to(folder)}")
    return path


def _facts(report):
    """What a report says, apart from where the files lie."""
    rows = report.series
    return [(s.label, s.images, s.verdict, s.spacing_ijk_mm, s.key, s.tilt_deg, s.spacing_off_mm) for s in rows]


def test_slices_are_in_position_order_with_their_figures(series) -> None:
    report = _scan(series)
    (summary,) = report.series
    assert "".join(os.path.basename(part.path) for part in summary.slices) == "hcbgafed"  # noqa: PTH119
    assert summary.verdict is SeriesVerdict.READY
    assert summary.spacing_ijk_mm == (0.5, 0.5, 2.0)
    assert (summary.spacing_off_mm, summary.tilt_deg) == (0.0, 0.0)
    (rejected,) = report.rejected
    assert (rejected.path, rejected.code) == (str(series / "read me.txt"), "not-dicom")
    assert (report.folder, report.files_read, report.skipped, report.is_complete) == (str(series), 9, 0, True)


def test_a_zip_is_listed_like_its_folder_with_its_own_names(series, tmp_path, scratch) -> None:
    path = _zipped(series, tmp_path / "scan.zip")
    report = _scan(path, scratch=scratch)
    assert _facts(report) == _facts(_scan(series))
    assert report.folder == str(path)
    assert [item.path for item in report.rejected] == ["scan.zip › disc/read me.txt"]
    assert all(str(scratch) in part.path for part in report.series[0].slices)
    assert _scan(path, scratch=scratch) == report


def test_progress_of_a_zip_is_one_phase_at_a_time(series, tmp_path, scratch) -> None:
    phases = []

    def note(done, total, phase):
        assert 0 <= done <= total
        if phases[-1:] != [phase]:
            phases.append(phase)

    scan([_zipped(series, tmp_path / "scan.zip"), series], scratch=scratch, progress=note)
    assert set(phases) == {"Looking for files", "Reading headers", "Unpacking"}
    assert len(phases) <= 4


def test_sentences_about_a_zip_name_files_as_the_zip_does(series, tmp_path, scratch) -> None:
    ds = pydicom.dcmread(series / "g")
    del ds.ImagePositionPatient
    ds.save_as(series / "g")
    other = tmp_path / "other"
    other.mkdir()
    for number in range(8):
        _slice(number, series="1.2.10").save_as(other / f"other {number}", enforce_file_format=True)
    both = [_zipped(series, tmp_path / "scan.zip"), _zipped(other, tmp_path / "other.zip")]
    whole, broken = _scan(*both, scratch=scratch).series
    assert "first in g." in broken.sentence
    assert whole.verdict is SeriesVerdict.READY


def test_H_41_an_index_says_which_folder_is_meant_and_its_names_are_never_followed(series, tmp_path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    _slice(0, series="1.2.666").save_as(outside / "secret", enforce_file_format=True)
    index = Dataset()
    index.file_meta = FileMetaDataset()
    index.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    index.file_meta.MediaStorageSOPClassUID = NAME_OF_INDEX
    index.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    record = Dataset()
    record.DirectoryRecordType = "IMAGE"
    record.add_new(0x00041500, "LO", ["..", "outside", "secret"])  # as text of a kind that may hold dots
    index.DirectoryRecordSequence = [record]
    for name in ("DICOMDIR", "DIRFILE"):
        index.save_as(series / name, enforce_file_format=True)
        report = _scan(series / name)
        assert report.folder == str(series)
        assert [s.series_instance_uid for s in report.series] == ["1.2.9"]
        assert "dicomdir" in [item.code for item in report.rejected]


def test_single_files_and_overlapping_choices_count_once(series, tmp_path, scratch) -> None:
    report = _scan(series / "h", series / "c", series / "b")
    assert [s.images for s in report.series] == [3]
    assert report.folder == str(series)
    other = tmp_path / "other"
    other.mkdir()
    _slice(0, series="1.2.10").save_as(other / "x", enforce_file_format=True)
    both = _scan(series, series / "h", other, scratch=scratch)
    assert both.files_read == 10
    assert both.folder == str(tmp_path)
    assert _scan(other, series / "h", series, scratch=scratch) == both


def test_an_archive_among_files_is_not_opened(series, tmp_path) -> None:
    _zipped(series, tmp_path / "x.zip").rename(series / "x.dcm")
    (series / "volume.nii.gz").write_bytes(b"\x1f\x8b\x08" + bytes(50))
    codes = {os.path.basename(item.path): item.code for item in _scan(series).rejected}  # noqa: PTH119
    assert (codes["x.dcm"], codes["volume.nii.gz"]) == ("archive-inside", "packed-file")


def test_the_answer_never_depends_on_which_thread_was_first(series, monkeypatch) -> None:
    for number in range(100):
        (series / f"n{number:03d}").write_bytes(bytes([number]))
    plain = _scan(series)
    rng, fetch = random.Random(3), header_reading._start

    def slow(path):
        time.sleep(rng.random() * 0.003)
        return fetch(path)

    monkeypatch.setattr(header_reading, "_start", slow)
    assert _scan(series) == plain


def test_both_readers_say_the_same(series, monkeypatch) -> None:
    _slice(8, syntax=ImplicitVRLittleEndian).save_as(series / "i", enforce_file_format=True)
    monkeypatch.setattr(header_reading._Parser, "_scanned", lambda *_: None)
    general = _scan(series)
    monkeypatch.undo()
    monkeypatch.setattr(header_reading, "_FEW_FILES", 0)
    assert _scan(series) == general


def test_rows_are_shown_as_they_come_and_none_of_them_can_be_opened(series, monkeypatch) -> None:
    monkeypatch.setattr(scanning, "_FIRST_PARTIAL_S", 0.0)
    monkeypatch.setattr(scanning, "_PARTIAL_EVERY_S", 0.0)
    shown = []
    report = _scan(series, partial=shown.append)
    counts = [sum(row.images for row in part.series) for part in shown]
    assert counts == sorted(counts)
    assert counts[0] == 1
    for part in shown:
        assert not part.is_complete
        assert {row.verdict for row in part.series} == {SeriesVerdict.NOT_USABLE}
        assert {finding.code for row in part.series for finding in row.findings} == {"still-reading"}
        assert [row.key for row in part.series] == [row.key for row in report.series]
        assert all(len(row.slices) == 1 for row in part.series)
    assert report.is_complete


def test_partial_reports_come_at_most_twice_a_second(series, monkeypatch) -> None:
    clock = itertools.count(0.0, 0.01)  # a hundredth of a second from one look at the clock to the next
    monkeypatch.setattr(scanning.time, "monotonic", lambda: next(clock))
    for number in range(200):
        (series / f"n{number:03d}").write_bytes(b"")
    shown = []
    _scan(series, partial=shown.append)
    assert 1 <= len(shown) <= 2 * next(clock) + 1


def test_cancel_is_heard_while_a_disk_keeps_everybody_waiting(series, monkeypatch) -> None:
    monkeypatch.setattr(header_reading, "_start", lambda _: time.sleep(0.5))
    calls = []

    def stop(done, total, phase):
        calls.append((done, total, phase))
        if len(calls) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        scan([series], scratch=None, progress=stop)


def test_what_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(InputRefused, match="no file or folder") as refusal:
        _scan(tmp_path / "absent")
    assert refusal.value.code == "no-path"
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(InputRefused) as refusal:
        _scan(tmp_path / "zero")
    assert refusal.value.code == "not-a-file"


def test_H_40_links_devices_and_depth_are_said(series, tmp_path) -> None:
    (series / "loop").symlink_to(tmp_path)
    (series / "zero").symlink_to("/dev/zero")
    os.mkfifo(series / "pipe")
    deep = series
    for _ in range(45):
        deep = deep / "x"
    deep.mkdir(parents=True)
    _slice(99).save_as(deep / "far", enforce_file_format=True)
    report = scan_folder(series, progress=silent)
    codes = sorted(item.code for item in report.rejected)
    assert codes == ["folder-too-deep", "link", "link", "not-a-file", "not-dicom"]
    assert report.skipped == 4
    assert [s.images for s in report.series] == [8]


def test_H_40_a_million_names_are_refused_without_being_kept(series, monkeypatch) -> None:
    monkeypatch.setattr(walk, "_MOST_NAMES", 50)
    for number in range(60):
        (series / f"link {number}").symlink_to(series)
    with pytest.raises(InputRefused) as refusal:
        scan_folder(series, progress=silent)
    assert refusal.value.code == "too-many-names"


def test_an_unreadable_folder_below_is_passed_over_and_a_chosen_one_refused(series, monkeypatch) -> None:
    (series / "locked").mkdir()
    real = walk.os.scandir

    def scandir(path):
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(walk.os, "scandir", scandir)
    report = scan_folder(series, progress=silent)
    assert "folder-unreadable" in [item.code for item in report.rejected]
    assert [s.images for s in report.series] == [8]
    with pytest.raises(InputRefused) as refusal:
        scan_folder(series / "locked", progress=silent)
    assert refusal.value.code == "folder-unreadable"


def test_a_zip_cancelled_while_it_is_read_leaves_nothing_behind(series, tmp_path, scratch) -> None:
    path = _zipped(series, tmp_path / "scan.zip")
    calls = []

    def stop(done, total, phase):
        calls.append((done, total, phase))
        if len(calls) > 6:
            raise Cancelled

    with pytest.raises(Cancelled) as ending:
        scan([path], scratch=scratch, progress=stop)
    assert ending.value.__traceback__ is not None  # which keeps the frames of the scan alive
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize(("left", "reason"), [(-1, "cut off"), (-3, "cut off"), (0, "no pixels")])
def test_a_file_that_ends_before_its_pixels_is_listed_and_spoils_no_series(
    left, reason, is_large, series, monkeypatch
) -> None:
    """A copy that was interrupted lies beside the whole one, as broken transfers leave it; both readers see it."""
    if is_large:
        header_reading.load_scanner()
    else:
        monkeypatch.setattr(header_reading._Parser, "_scanned", lambda *_: None)
    whole = sorted(series.iterdir())[0]
    data = whole.read_bytes()
    pixels_at = data.rindex(b"\xe0\x7f\x10\x00")
    (series / "copy.part").write_bytes(data[: left or pixels_at])
    report = scan_folder(series, progress=silent)
    (sentence,) = [item.sentence for item in report.rejected if item.path == str(series / "copy.part")]
    assert reason in sentence
    (ct,) = report.series
    assert (ct.verdict, ct.images) == (SeriesVerdict.READY, 8)


def test_H_01_a_slice_left_out_at_the_end_of_its_series_is_asked_about(series) -> None:
    """Nothing else shows it: the other slices lie evenly."""
    last = max(series.iterdir(), key=lambda path: 0 if path.suffix else _place_of(path))
    last.write_bytes(last.read_bytes()[:-1])
    (ct,) = scan_folder(series, progress=silent).series
    assert (ct.verdict, ct.images) == (SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT, 7)
    (finding,) = ct.findings
    assert (finding.code, finding.value) == ("damaged-files", 1)
    assert last.name in finding.sentence


def test_a_slice_left_out_inside_its_series_is_missing(series) -> None:
    inner = sorted((path for path in series.iterdir() if not path.suffix), key=_place_of)[4]
    inner.write_bytes(inner.read_bytes()[:-1])
    (ct,) = scan_folder(series, progress=silent).series
    assert [finding.code for finding in ct.findings] == ["missing-slices", "damaged-files"]


def _place_of(path) -> float:
    return float(pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2])
