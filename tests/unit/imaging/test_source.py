"""Do the budgets hold, and does the walk through a header find its end whatever stands in it?"""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from planner.domain.errors import InputRefused
from planner.imaging import limits, source
from planner.imaging.border import dicom_border
from planner.imaging.headers import read_header, read_headers
from planner.imaging.unpack import stored_values

DEFLATED = "1.2.840.10008.1.2.1.99"
UNDEFINED = 0xFFFFFFFF


@pytest.fixture
def ct(noise, make_ct) -> Dataset:
    return make_ct(noise)


def _refusal(path) -> InputRefused:
    with pytest.raises(InputRefused) as refusal:
        stored_values(read_header(path))
    assert refusal.value.where.startswith(path.name)
    return refusal.value


def _nested(depth: int, *, is_undefined: bool) -> Dataset:
    inner = Dataset()
    inner.PatientComments = "the innermost"
    for _ in range(depth):
        outer = Dataset()
        outer.RequestAttributesSequence = Sequence([inner])
        outer["RequestAttributesSequence"].is_undefined_length = is_undefined
        inner.is_undefined_length_sequence_item = is_undefined
        inner = outer
    return inner


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
@pytest.mark.parametrize("is_undefined", [True, False])
def test_H_38_sequences_nest_32_deep_and_no_deeper(is_undefined, syntax, ct, noise, keep) -> None:
    if is_undefined or syntax != "1.2.840.10008.1.2":  # implicit ones of stated length are passed over unread
        for depth, codes in ((32, None), (33, "nested-too-deep")):
            ct.RequestAttributesSequence = _nested(depth, is_undefined=is_undefined).RequestAttributesSequence
            ct["RequestAttributesSequence"].is_undefined_length = is_undefined
            ct.file_meta.TransferSyntaxUID = UID(syntax)
            if codes is None:
                values = stored_values(read_header(keep(ct)))
                expected = noise.byteswap() if syntax.endswith("2.2") else noise
                np.testing.assert_array_equal(values, expected)
            else:
                assert _refusal(keep(ct)).code == codes


def test_H_38_thousands_of_levels_end_in_a_sentence(ct, keep) -> None:
    path = keep(ct)
    data = path.read_bytes()
    sequence = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, UNDEFINED)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
    path.write_bytes(data[: data.index(b"\x10\x00\x10\x00PN")] + (sequence + item) * 100_000)
    with pytest.raises(InputRefused) as refusal:
        read_header(path)
    assert refusal.value.code == "nested-too-deep"


def test_H_38_more_than_20_000_elements_are_refused(ct, keep) -> None:
    path = keep(ct)
    data = path.read_bytes()
    at = data.index(b"\x10\x00\x10\x00PN")
    private = b"".join(
        struct.pack("<HH2sH", 0x0009, 0x1000 + n % 0xE000, b"LO", 0) for n in range(limits.MOST_ELEMENTS)
    )
    path.write_bytes(data[:at] + private + data[at:])
    refusal = _refusal(path)
    assert refusal.code == "too-many-elements"
    assert "20000" in refusal.sentence


def test_H_38_a_header_beyond_8_mb_is_refused_unread(ct, keep) -> None:
    path = keep(ct)
    data = path.read_bytes()
    at = data.index(b"\x10\x00\x10\x00PN")
    huge = struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, limits.MOST_HEADER_BYTES) + bytes(limits.MOST_HEADER_BYTES)
    path.write_bytes(data[:at] + huge + data[at:])
    tracemalloc.start()
    try:
        refusal = _refusal(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal.code == "header-too-large"
    assert peak < 2e6


def test_H_38_a_length_beyond_the_file_is_refused_before_anything_is_allocated(ct, keep) -> None:
    path = keep(ct)
    data = path.read_bytes()
    at = data.index(b"\x10\x00\x10\x00PN")
    lie = struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, 0xFFFFFFF0)
    path.write_bytes(data[:at] + lie + data[at:])
    assert _refusal(path).code == "cut-off"


@pytest.mark.parametrize("megabytes", [60, 600])
def test_H_41_a_deflate_bomb_costs_a_sentence(megabytes, ct, keep) -> None:
    """600 MB of zeros in 612 kB; naive reading of it took over two minutes."""
    ct.file_meta.TransferSyntaxUID = UID(DEFLATED)
    del ct.PixelData
    path = keep(ct)
    data = path.read_bytes()
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = packer.compress(struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, megabytes * 1024**2))
    zeros = bytes(1024**2)
    bomb += b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()
    path.write_bytes(data[: _meta_end(data)] + bomb)
    tracemalloc.start()
    try:
        refusal = _refusal(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refusal.code in ("deflate-bomb", "header-too-large")
    assert peak < 200e6


def _meta_end(data: bytes) -> int:
    """Where the meta group ends: its first element holds the length of the rest."""
    return 144 + int(struct.unpack_from("<I", data, 140)[0])


def test_H_41_a_blank_deflated_slice_is_no_bomb(make_ct, keep) -> None:
    """It deflates a thousandfold, and is what the last slices of a scan often are."""
    blank = np.full((512, 512), -2000, np.int16)
    ct = make_ct(blank)
    ct.file_meta.TransferSyntaxUID = UID(DEFLATED)
    path = keep(ct)
    assert path.stat().st_size < 5_000
    np.testing.assert_array_equal(stored_values(read_header(path)), blank)


@pytest.mark.parametrize("kept", [100, 131, 400, 500])
def test_a_file_cut_off_in_its_header_is_refused(kept, ct, keep) -> None:
    path = keep(ct)
    path.write_bytes(path.read_bytes()[:kept])
    assert _refusal(path).code in ("not-dicom", "no-syntax", "cut-off", "photometric")


def test_H_40_pipes_and_folders_are_not_opened(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(InputRefused) as refusal:
            read_headers(path)
        assert refusal.value.code == "not-a-file"


def test_H_40_a_file_over_512_mb_is_refused_unopened(ct, keep) -> None:
    path = keep(ct)
    with path.open("r+b") as file:
        file.truncate(limits.MOST_FILE_BYTES + 1)  # sparse: takes no room on the disk
    refusal = _refusal(path)
    assert refusal.code == "file-too-large"
    assert "512 MB" in refusal.sentence


def test_a_file_that_does_not_name_its_encoding_is_refused(ct, keep) -> None:
    path = keep(ct)
    data = path.read_bytes()
    at = data.index(b"\x02\x00\x10\x00UI")
    path.write_bytes(data[:at] + b"\x02\x00\x11\x00UI" + data[at + 6 :])
    assert _refusal(path).code == "no-syntax"


def test_a_broken_private_sequence_of_known_length_is_passed_over(ct, noise, keep) -> None:
    path = keep(ct)
    data = path.read_bytes()
    at = data.index(b"\x10\x00\x10\x00PN")
    broken = struct.pack("<HH2sHI", 0x0009, 0x1001, b"SQ", 0, 12) + b"no item here"
    path.write_bytes(data[:at] + broken + data[at:])
    np.testing.assert_array_equal(stored_values(read_header(path)), noise)


def test_pixels_of_an_icon_are_not_taken_for_the_image(ct, noise, keep) -> None:
    icon = Dataset()
    icon.Rows = icon.Columns = 2
    icon.BitsAllocated = 8
    icon.PixelData = b"\1\2\3\4"
    icon["PixelData"].VR = "OB"
    ct.IconImageSequence = [icon]
    np.testing.assert_array_equal(stored_values(read_header(keep(ct))), noise)


def test_H_38_a_file_that_takes_too_long_is_given_up(ct, keep, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_SECONDS_PER_FILE", -1.0)
    assert _refusal(keep(ct)).code == "too-slow"


def test_walk_stops_where_it_is_asked_to(ct, keep) -> None:
    path = keep(ct)
    with dicom_border(path, doing="It", code="x"), source.opened(path) as opened:
        opened.walk_to(source.AFTER_IMAGE_GROUP)
        found = opened.element_here()
        assert found is not None
        assert found[:3] == (source.PIXEL_DATA, b"OW", 40 * 56 * 2)
        assert opened.bytes_at(found[3], 4) == ct.PixelData[:4]


def test_a_broken_sequence_never_reaches_beyond_its_stated_end(ct, noise, keep) -> None:
    """An item of unknown length inside one of known length: what follows belongs to the image, not to it."""
    path = keep(ct)
    data = path.read_bytes()
    at = data.index(b"\x10\x00\x10\x00PN")
    item = struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
    broken = struct.pack("<HH2sHI", 0x0009, 0x1001, b"SQ", 0, len(item)) + item
    path.write_bytes(data[:at] + broken + data[at:])
    header = read_header(path)
    assert (header.patient.patient_id, header.series_instance_uid) == ("P1", "1.3")
    np.testing.assert_array_equal(stored_values(header), noise)


def test_the_index_of_a_large_medium_is_known_for_one(ct, keep) -> None:
    """Its records are many more elements than a header may hold; they are not walked."""
    index = Dataset()
    index.file_meta = ct.file_meta
    index.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    index.FileSetID = "MEDIUM"
    record = Dataset()
    record.DirectoryRecordType = "IMAGE"
    index.DirectoryRecordSequence = [record] * limits.MOST_ELEMENTS
    header = read_header(keep(index, "DICOMDIR"))
    assert header.media_class_uid == "1.2.840.10008.1.3.10"
