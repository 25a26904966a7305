"""Does a hostile zip cost a sentence and nothing else? H-41 with real archives, written byte by byte where need be."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
import zlib

import pytest

from planner.domain.errors import Cancelled, InputRefused
from planner.domain.progress import silent
from planner.domain.series import RejectedFile
from planner.imaging import archive
from planner.imaging.archive import Member, is_archive, unpack_archive

MB = 1024**2


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def packed(tmp_path):
    """Function that writes a zip of (name or ZipInfo, bytes)."""

    def write(*members, method=zipfile.ZIP_DEFLATED, name="scan.zip"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as out:
            for info, data in members:
                out.writestr(info, data)
        return path

    return write


def _files_outside(tmp_path, scratch):
    inside = set(scratch.rglob("*"))
    return {path.name for path in tmp_path.rglob("*") if path.is_file() and path not in inside}


def _unpack(path, scratch):
    return list(unpack_archive(path, scratch, progress=silent))


def _by_name(items):
    return {(i.shown if isinstance(i, Member) else i.path).split(" › ")[1]: i for i in items}


def test_files_come_out_whole_under_our_names(packed, scratch) -> None:
    data = os.urandom(3 * MB)
    path = packed(("patient/", b""), ("patient/IM1", data), ("patient/sub\\IM2", b"two"))
    first, second = _unpack(path, scratch)
    assert (first.shown, second.shown) == ("scan.zip › patient/IM1", "scan.zip › patient/sub\\IM2")
    assert first.path.read_bytes() == data
    assert second.path.read_bytes() == b"two"
    assert [p.name[-5:] for p in (first.path, second.path)] == ["00002", "00003"]
    assert first.path.parent.parent == scratch


def test_an_archive_is_unpacked_once_and_again_when_it_changed(packed, scratch) -> None:
    path = packed(("a", b"one"), ("../b", b"two"))
    before = _unpack(path, scratch)
    assert _unpack(path, scratch) == before
    os.utime(packed(("a", b"other"), ("../b", b"two")), (1, 1))
    after = _unpack(path, scratch)
    assert after[0].path != before[0].path
    assert (before[0].path.read_bytes(), after[0].path.read_bytes()) == (b"one", b"other")


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "\\\\server\\share\\evil", "C:\\evil", "c:evil", "..\\evil", ".."]
)
def test_H_41_names_that_lead_outside_are_said_and_not_unpacked(name, packed, tmp_path, scratch) -> None:
    path = packed((name, b"evil"), ("good", b"good"))
    items = _unpack(path, scratch)
    bad, good = items
    assert isinstance(bad, RejectedFile)
    assert bad.code == "archive-name-outside"
    assert good.path.read_bytes() == b"good"
    assert _files_outside(tmp_path, scratch) == {"scan.zip"}
    assert not any(b"evil" in p.read_bytes() for p in scratch.rglob("member-*"))


def test_H_41_a_member_without_a_name_is_said(packed, scratch) -> None:
    path = packed(("x", b"nameless"), ("good", b"good"))
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    local = data[:26] + b"\0\0" + data[28:30] + data[31:]  # the name of one letter taken out, in both lists
    listed = local[at - 1 :]
    entry = listed[:28] + b"\0\0" + listed[30:46] + listed[47:]
    moved = local[: at - 1] + entry
    second = moved.index(b"PK\x01\x02", at)
    moved = bytearray(moved)
    struct.pack_into("<I", moved, second + 42, struct.unpack_from("<I", moved, second + 42)[0] - 1)
    end = moved.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<II", moved, end + 12)
    struct.pack_into("<II", moved, end + 12, size - 1, offset - 1)
    path.write_bytes(moved)
    bad, good = _unpack(path, scratch)
    assert bad.code == "archive-no-name"
    assert good.path.read_bytes() == b"good"


def _special(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (mode | 0o777) << 16
    return info


def test_H_41_links_devices_duplicates_and_nested_archives_are_each_said(packed, scratch) -> None:
    inner = packed(("x", b"x"), name="inner.zip").read_bytes()
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = packed(
            (_special("link", stat.S_IFLNK), b"/etc/passwd"),
            (_special("pipe", stat.S_IFIFO), b""),
            ("twice", b"first"),
            ("twice", b"second"),
            ("Twice", b"third"),
            ("inner.zip", inner),
            ("inner.tar.gz", b"\x1f\x8b\x08" + b"\0" * 50),
        )
    items = _unpack(path, scratch)
    codes = [item.code if isinstance(item, RejectedFile) else item.path.read_bytes() for item in items]
    assert codes == [
        "archive-link",
        "archive-not-a-file",
        b"first",
        "archive-duplicate",
        b"third",
        "archive-nested",
        "archive-nested",
    ]
    assert all(item.sentence.endswith(".") for item in items if isinstance(item, RejectedFile))
    assert not any(path.is_symlink() for path in scratch.rglob("*"))


def test_H_41_a_bomb_is_refused_by_its_own_claim_before_anything_is_written(packed, scratch) -> None:
    path = packed(("zeros", bytes(64 * MB)))
    with pytest.raises(InputRefused) as refusal:
        _unpack(path, scratch)
    assert refusal.value.code == "archive-ratio"
    assert list(scratch.iterdir()) == []


def _with_claimed_size(path, claimed):
    """Lie about the size of the only member, in both places where it stands."""
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, claimed)
    struct.pack_into("<I", data, 22, claimed)
    path.write_bytes(data)


def test_H_41_a_size_that_lies_is_never_believed(packed, scratch) -> None:
    path = packed(("zeros", bytes(64 * MB)), ("good", b"good"))
    _with_claimed_size(path, 1000)
    bad, good = _unpack(path, scratch)
    assert bad.code == "archive-member-damaged"
    assert good.path.read_bytes() == b"good"
    assert sum(p.stat().st_size for p in scratch.rglob("member-*")) == 4


def test_H_41_what_comes_out_is_counted_while_it_does(packed, scratch, monkeypatch) -> None:
    monkeypatch.setattr(archive, "_refuse_claims", lambda *_: None)
    path = packed(*((f"zeros {n}", bytes(8 * MB)) for n in range(5)))
    seen = []
    with pytest.raises(InputRefused) as refusal:
        seen.extend(unpack_archive(path, scratch, progress=silent))
    assert refusal.value.code == "archive-ratio"
    assert list(scratch.iterdir()) == []


def test_H_41_members_that_share_their_bytes_are_refused_or_bounded(tmp_path, scratch) -> None:
    """Many entries of the list point at one compressed run: the archive's own length bounds what may come out."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(bytes(4 * MB)) + packer.flush()
    crc = zlib.crc32(bytes(4 * MB))
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(body), 4 * MB, 1, 0) + b"a" + body
    entries = b"".join(
        struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(body), 4 * MB, 1, 0, 0, 0, 0, 0, 0)
        + b"a"
        for _ in range(200)
    )
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 200, 200, len(entries), len(local), 0)
    path = tmp_path / "overlap.zip"
    path.write_bytes(local + entries + end)
    with pytest.raises(InputRefused) as refusal:
        _unpack(path, scratch)
    assert refusal.value.code == "archive-ratio"


@pytest.mark.parametrize(("count", "length"), [(30_000, 100), (5, 2_000_000_000), (0xFFFF, 100)])
def test_H_41_a_list_too_long_is_refused_before_it_is_parsed(count, length, tmp_path, scratch) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(b"PK\3\4" + bytes(100) + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 5, count, length, 0, 0))
    with pytest.raises(InputRefused) as refusal:
        _unpack(path, scratch)
    assert refusal.value.code == "archive-too-many"


def test_H_41_a_locked_archive_is_refused_in_words(packed, scratch) -> None:
    path = packed(("a", b"secret"))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(InputRefused, match="password") as refusal:
        _unpack(path, scratch)
    assert refusal.value.code == "archive-encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_H_41_other_methods_unpack_without_bound_and_are_not_used(method, packed, scratch) -> None:
    (item,) = _unpack(packed(("a", b"x" * 1000), method=method), scratch)
    assert item.code == "archive-method"


@pytest.mark.parametrize("keep", [10, 200, 400])
def test_cut_archives_are_refused(keep, packed, scratch) -> None:
    path = packed(*((f"{n}", os.urandom(50)) for n in range(10)))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputRefused) as refusal:
        _unpack(path, scratch)
    assert refusal.value.code == "archive-damaged"


def test_one_damaged_member_does_not_cost_the_others(packed, scratch) -> None:
    path = packed(("a", b"A" * 999), ("b", b"B" * 999), method=zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"AAAA", b"AXAA", 1))
    bad, good = _unpack(path, scratch)
    assert bad.code == "archive-member-damaged"
    assert good.path.read_bytes() == b"B" * 999


def test_H_41_thousands_of_mutants_are_refused_or_unpack_within_bounds(packed, scratch) -> None:
    import random

    path = packed(*((f"IM{n}", os.urandom(200) + bytes(300)) for n in range(6)), ("../x", b"x"))
    clean = path.read_bytes()
    rng = random.Random(41)
    for number in range(1000):
        data = bytearray(clean)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if rng.random() < 0.2:
            del data[rng.randrange(len(data)) :]
        path.write_bytes(data)
        os.utime(path, (number, number))
        try:
            items = _unpack(path, scratch)
        except InputRefused:
            items = []
        for item in items:
            assert isinstance(item, RejectedFile) or item.path.stat().st_size <= 16 * MB, number
        shutil.rmtree(scratch)
        scratch.mkdir()


def test_nothing_stays_of_an_archive_that_is_cancelled_or_left(packed, scratch) -> None:
    path = packed(*((f"{n}", b"x" * 100) for n in range(10)))

    def stop(done, total, phase):
        del total, phase
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(unpack_archive(path, scratch, progress=stop))
    assert list(scratch.iterdir()) == []
    left = unpack_archive(path, scratch, progress=silent)
    next(left)
    left.close()
    assert list(scratch.iterdir()) == []


def test_a_full_disk_is_a_sentence(packed, scratch, monkeypatch) -> None:
    path = packed(("a", b"x"))
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    with pytest.raises(InputRefused, match="Free the disk") as refusal:
        _unpack(path, scratch)
    assert refusal.value.code == "archive-disk-full"


def test_a_dicom_file_that_begins_like_a_zip_is_no_archive(tmp_path) -> None:
    path = tmp_path / "polyglot"
    path.write_bytes(b"PK\3\4".ljust(128, b"\0") + b"DICM")
    assert not is_archive(path)
    path.write_bytes(b"PK\3\4".ljust(128, b"\0") + b"XXXX")
    assert is_archive(path)
    assert not is_archive(tmp_path)
