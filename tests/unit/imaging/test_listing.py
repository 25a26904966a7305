"""Is every element of a header listed, private and nested ones too, bounded, and readable when it is damaged?"""

from __future__ import annotations

import warnings

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from planner.domain.errors import InputRefused
from planner.imaging import limits
from planner.imaging.listing import header_lines
from planner.persistence.blobs import BlobStore
from planner.services.jobs import InlineRunner
from planner.services.tasks import ListHeader


def _dataset(syntax=ExplicitVRLittleEndian) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    ds.PatientName = "Doe^Jane"
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.PixelSpacing = [0.5, 0.75]
    ds.Rows = 3
    return ds


@pytest.fixture
def written(tmp_path):
    """Function that writes a dataset and returns its path."""

    def write(ds):
        path = tmp_path / "file"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some of these break rules on purpose
            ds.save_as(path, enforce_file_format=True)
        return path

    return write


def _told(path, **kwargs):
    return {line.tag: line for line in header_lines(path, **kwargs)}


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_values_are_listed_as_they_stand_in_every_encoding(syntax, written) -> None:
    told = _told(written(_dataset(syntax)))
    for tag, keyword, vr, value in (
        ("(0002,0010)", "TransferSyntaxUID", "UI", str(syntax)),
        ("(0008,0008)", "ImageType", "CS", "ORIGINAL\\PRIMARY"),
        ("(0010,0010)", "PatientName", "PN", "Doe^Jane"),
        ("(0028,0010)", "Rows", "US", "3"),
        ("(0028,0030)", "PixelSpacing", "DS", "0.5\\0.75"),
    ):
        line = told[tag]
        assert (line.keyword, line.vr, line.value, line.depth) == (keyword, vr, value, 0)


def test_private_and_nested_elements_are_listed_and_binary_ones_counted(written) -> None:
    ds = _dataset()
    inner = Dataset()
    inner.CodeMeaning = "Chest"
    ds.AnatomicRegionSequence = Sequence([inner, inner])
    block = ds.private_block(0x0029, "MAKER HEADER", create=True)
    block.add_new(0x10, "OB", b"\0\1" * 500)
    block.add_new(0x11, "LO", "secret of the maker")
    block.add_new(0x12, "UN", b"readable")
    ds.PixelData, ds.BitsAllocated = b"\0\0" * 9, 16
    lines = header_lines(written(ds))
    at = next(n for n, line in enumerate(lines) if line.tag == "(0008,2218)")
    assert [(line.depth, line.value) for line in lines[at : at + 5]] == [
        (0, "2 items"),
        (1, "item 1 of 2"),
        (2, "Chest"),
        (1, "item 2 of 2"),
        (2, "Chest"),
    ]
    told = {line.tag: line for line in lines}
    assert told["(0029,0010)"].keyword == "Private Creator"
    assert told["(0029,1010)"].value == "1000 bytes"
    assert told["(0029,1011)"].value == "secret of the maker"
    assert told["(0029,1012)"].value == "readable"
    assert told["(7FE0,0010)"].value == "pixels, not listed"


def test_long_and_damaged_values_are_bounded_and_shown(written) -> None:
    ds = _dataset()
    ds.add_new(0x00204000, "UT", "x" * 50_000)
    ds.add_new(0x00104000, "UT", "line one\r\nline two\x07")
    ds.add_new(0x00181151, "DS", "1")
    ds.add_new(0x30060050, "DS", [1.5] * 200)
    path = written(ds)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"\x18\x00\x51\x11DS\x02\x001 ", b"\x18\x00\x51\x11FD\x02\x00x?"))
    told = _told(path)
    assert all(len(line.value) < 300 for line in told.values())
    assert told["(0020,4000)"].value.endswith("(50000 bytes)")
    assert told["(0010,4000)"].value == "line one  line two"
    assert told["(0018,1151)"].value == "x? (not a value of its kind)"
    assert told["(3006,0050)"].value.endswith("(200 values)")


def test_of_what_is_said_per_frame_only_the_frame_is_listed(written) -> None:
    ds = _dataset()
    items = []
    for number in range(4):
        item = Dataset()
        item.FrameComments = f"frame {number}"
        items.append(item)
    ds.NumberOfFrames = 4
    ds.PerFrameFunctionalGroupsSequence = Sequence(items)
    path = written(ds)
    assert [line.value for line in header_lines(path, frame=2) if line.depth] == ["item 3 of 4", "frame 2"]
    assert [line.value for line in header_lines(path, frame=99) if line.depth] == []


def test_H_38_deep_nesting_and_endless_lists_are_bounded(written, tmp_path, monkeypatch) -> None:
    ds = _dataset()
    outer = ds
    for _ in range(60):
        inner = Dataset()
        inner.CodeMeaning = "x"
        outer.AnatomicRegionSequence = Sequence([inner])
        outer = inner
    try:
        lines = header_lines(written(ds))
    except InputRefused as refusal:
        lines = ()
        sentence = refusal.sentence
        assert "nest" in sentence
    assert max((line.depth for line in lines), default=0) <= 2 * limits.MOST_DEPTH + 2
    monkeypatch.setattr(limits, "MOST_ELEMENTS", 5)
    cut = tmp_path / "many"
    _dataset().save_as(cut, enforce_file_format=True)
    with pytest.raises(InputRefused, match="more than 5 elements"):
        header_lines(cut)


def test_what_is_no_dicom_file_is_a_sentence(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"hello")
    said = []
    InlineRunner(BlobStore(tmp_path)).submit(ListHeader(str(path)), on_done=said.append, on_failed=said.append)
    (error,) = said
    assert isinstance(error, InputRefused)
    assert (error.code, error.where) == ("not-dicom", "x")
