"""Where in a DICOM file does what stand, within the budgets? Header bytes, their structure, where the pixels begin.

The structure is walked without recursion and without keeping values, before any library parses it: how far the header
reaches, how many elements it holds and how deep its sequences nest (H-38). A deflated file is inflated only as far as
it is asked for, and never beyond a ratio no CT reaches (H-41). Sizes are plain integers compared with the bytes that
are there, before anything is allocated (H-40).
"""

from __future__ import annotations

import io
import stat
import struct
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from planner.domain.errors import InputRefused
from planner.imaging import limits, transfer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

PIXEL_DATA = 0x7FE00010
FIRST_PIXELS = 0x7FE00008  # float pixels stand here
DIRECTORY_GROUP = 0x00040000
AFTER_IMAGE_GROUP = 0x00290000  # every attribute of an ordinary image stands before it
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_META_START = 132
_FRAMES = 0x00280008
_FUNCTIONAL_GROUPS = 0x5200
_LONG_LENGTH = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_BINARY = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW"))
ITEM_MARKS = {False: b"\xfe\xff\x00\xe0", True: b"\xff\xfe\xe0\x00"}
_CHUNK = 64 * 1024


class _Malformed(ValueError):
    """The structure inside a sequence makes no sense."""


class Source:
    """One open DICOM file. Offsets count from the start of the file; in a deflated one as if it were inflated.

    Made by :func:`opened`. ``meta`` is the file meta group, ``syntax`` its transfer syntax.
    """

    def __init__(self, path: Path, stream: BinaryIO, size: int) -> None:
        self.path = path
        self._stream, self._size = stream, size
        self._front = bytearray()
        self._inflater: zlib._Decompress | None = None
        self._deadline = time.monotonic() + limits.MOST_SECONDS_PER_FILE
        self._seen = 0
        self.frames = 1
        self.is_big, self.is_implicit = False, False
        if not self._reach(_META_START) or self.bytes_at(128, 4) != b"DICM":
            raise self.refuse(
                "Not a DICOM file as it stands: its first mark (DICM) is missing. Export it again if it is one.",
                code="not-dicom",
            )
        self._beginning = bytes(self._front)
        self.at = _META_START
        end = self.walk_to(0x00030000, least=0x00020000)
        self.meta = self._parsed(_META_START, end, tags=None)
        self.syntax = str(self.meta.get("TransferSyntaxUID", ""))
        if not self.syntax:
            raise self.refuse(
                "The file does not say how it is encoded (TransferSyntaxUID). Export it again.", code="no-syntax"
            )
        self._start = end
        if self.syntax == transfer.DEFLATED:
            self._inflate_from(end)
        self.is_big = self.syntax == transfer.BIG_ENDIAN
        self.is_implicit = self.syntax == transfer.IMPLICIT
        # As the library does: what stands there decides, not what the meta group says.
        if len(vr := self.bytes_at(end + 4, 2)) == 2:
            self.is_implicit = not _is_vr(vr)

    def refuse(self, sentence: str, *, code: str) -> InputRefused:
        """Return a refusal that names the file."""
        return InputRefused(sentence, code=code, where=self.path.name)

    def attributes(self, tags: Sequence[int]) -> Dataset:
        """Return the attributes among ``tags`` that stand before where the walk has come to."""
        dataset = self._parsed(self._start, self.at, tags=tags)
        dataset.file_meta = self.meta
        return dataset

    def bytes_at(self, offset: int, length: int) -> bytes:
        """Return bytes; fewer where the file ends before."""
        if self._inflater is not None:
            self._reach(offset + length)
        if offset + length <= len(self._front) or self._inflater is not None:
            return bytes(self._front[offset : offset + length])
        self._stream.seek(offset)
        return self._stream.read(max(0, min(length, self._size - offset)))

    @property
    def is_deflated(self) -> bool:
        """Whether the data set is one deflated stream: its length is known only once it is inflated."""
        return self._inflater is not None

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """What is equal for an unchanged file: path, size, time of change, first bytes."""
        about = self.path.stat()
        return str(self.path), about.st_size, about.st_mtime_ns, zlib.crc32(self._beginning)

    def element_here(self) -> tuple[int, bytes, int, int] | None:
        """Return (tag, VR or empty, length, offset of the value) of the element the walk stands at; None at the end."""
        head = self._head(self.at)
        return self._element(head, self.at, is_implicit=self.is_implicit) if len(head) == 8 else None

    def has(self, end: int) -> bool:
        """Whether the file reaches to an offset; nothing is kept of a plain file to answer it."""
        if self._inflater is not None:
            return self._reach(end)
        return end <= self._size

    def check_time(self, *, frames: int = 0) -> None:
        """Raise InputRefused when the file has taken longer than it may, ``frames`` being decoded so far."""
        more_s = self.frames * limits.MOST_SECONDS_PER_FRAME + frames * limits.MOST_SECONDS_PER_FILE
        if time.monotonic() > self._deadline + more_s:
            raise self.refuse(
                f"The file takes longer than {limits.MOST_SECONDS_PER_FILE + more_s:.0f} s to read. Export it again.",
                code="too-slow",
            )

    # --- the walk ----------------------------------------------------------------------------------------------------

    def walk_to(self, tag: int, *, least: int = 0) -> int:
        """Walk on to the first top-level element outside ``least`` … ``tag``, or to the end; return its offset."""
        while len(head := self._head(self.at)) == 8:
            try:
                here, vr, length, value_at = self._element(head, self.at, is_implicit=self.is_implicit)
            except _Malformed:
                raise self._cut_off() from None
            if not least <= here < tag:
                break
            self._count()
            if here == _FRAMES and length != UNDEFINED:
                self._note_frames(value_at, length)
            if not self._holds_items(here, vr, length, value_at, is_inner=False):
                self.at = self._after_value(length, value_at)
                continue
            try:
                self.at = self._after_sequence(vr, length, value_at)
            except _Malformed:
                # A broken private sequence of known length is passed over: nothing here parses it.
                if length == UNDEFINED or here >> 16 == _FUNCTIONAL_GROUPS:
                    raise self._malformed() from None
                self.at = self._after_value(length, value_at)
        return self.at

    def _after_sequence(self, vr: bytes, length: int, start: int) -> int:
        """Return the offset after a sequence, walking through what is nested in it.

        An open container is (end or None, is a sequence, holds implicit elements, holds raw fragments).
        """
        last = None if length == UNDEFINED else start + length
        open_: list[tuple[int | None, bool, bool, bool]] = [(last, True, self.is_implicit, vr in _BINARY)]
        at = start
        while open_:
            if last is not None and at > last:
                raise _Malformed
            end, is_sequence, implicit, is_raw = open_[-1]
            if end is not None and at >= end:
                if at > end:
                    raise _Malformed
                open_.pop()
                continue
            self._count()
            tag, vr, length, value_at = self._element(self._head(at), at, is_implicit=implicit)
            if tag == (SEQUENCE_END if is_sequence else ITEM_END):
                open_.pop()
                at += 8
            elif is_sequence:
                if tag != ITEM:
                    raise _Malformed
                at += 8
                if is_raw:
                    at += length
                else:
                    # Items may be implicit where the file is explicit (PS3.5 section 6.2.2); the first VR tells.
                    implicit = implicit or not _is_vr(self._head(at)[4:6])
                    open_.append((None if length == UNDEFINED else at + length, False, implicit, False))
            elif self._holds_items(tag, vr, length, value_at, is_inner=True):
                if len(open_) // 2 >= limits.MOST_DEPTH:
                    raise self.refuse(
                        f"Sequences nest deeper than {limits.MOST_DEPTH} levels; no CT does. Export the file again.",
                        code="nested-too-deep",
                    )
                inner_end = None if length == UNDEFINED else value_at + length
                open_.append((inner_end, True, implicit, vr in _BINARY or tag == PIXEL_DATA))
                at = value_at
            else:
                at = value_at + length
        return at

    def _head(self, at: int) -> bytes:
        """Return the first 8 bytes of an element; raise InputRefused where no header reaches."""
        if at > self._most_header_bytes:
            raise self._too_long() if self.has(at) else _Malformed
        self._reach(at + 12)
        return bytes(self._front[at : at + 8])

    def _element(self, head: bytes, at: int, *, is_implicit: bool) -> tuple[int, bytes, int, int]:
        """Return (tag, VR or empty, length of the value, offset of the value) of the element that starts at ``at``."""
        if len(head) < 8:
            raise _Malformed
        order = ">" if self.is_big else "<"
        group, element = struct.unpack(f"{order}HH", head[:4])
        tag, vr = group << 16 | element, b"" if is_implicit or group == 0xFFFE else head[4:6]
        if vr in _LONG_LENGTH:
            extra = bytes(self._front[at + 8 : at + 12])
            if len(extra) < 4:
                raise _Malformed
            return tag, vr, int(struct.unpack(f"{order}I", extra)[0]), at + 12
        if _is_vr(vr):
            return tag, vr, int(struct.unpack(f"{order}H", head[6:])[0]), at + 8
        return tag, b"", int(struct.unpack(f"{order}I", head[4:])[0]), at + 8

    def _holds_items(self, tag: int, vr: bytes, length: int, value_at: int, *, is_inner: bool) -> bool:
        if length == UNDEFINED or vr == b"SQ":
            return True
        # Implicit: only what is parsed later needs to be walked, so a value is looked at where it matters.
        if vr or length < 8 or not (is_inner or tag >> 16 == _FUNCTIONAL_GROUPS):
            return False
        self._reach(value_at + 4)
        return bytes(self._front[value_at : value_at + 4]) == ITEM_MARKS[self.is_big]

    def _after_value(self, length: int, value_at: int) -> int:
        end = value_at + length
        if end > self._most_header_bytes and self.has(end):
            raise self._too_long()
        if not self.has(end):
            raise self._cut_off()
        return end

    @property
    def _most_header_bytes(self) -> int:
        return limits.MOST_HEADER_BYTES + (self.frames - 1) * limits.MOST_HEADER_BYTES_PER_FRAME

    def _count(self) -> None:
        """Count one element; raise InputRefused beyond the budget."""
        self._seen += 1
        if self._seen > limits.MOST_ELEMENTS + (self.frames - 1) * limits.MOST_ELEMENTS_PER_FRAME:
            raise self.refuse(
                f"The header holds more than {self._seen - 1} elements; no CT does. Export the file again.",
                code="too-many-elements",
            )
        if self._seen % 1024 == 0:
            self.check_time()

    def _note_frames(self, value_at: int, length: int) -> None:
        """Take NumberOfFrames, which allows a longer header; a claim beyond reason allows nothing."""
        text = self.bytes_at(value_at, min(length, 16)).strip(b" \0")
        claimed = int(text) if text.isdigit() else 1
        self.frames = min(claimed, limits.MOST_FRAMES_DESCRIBED) if claimed >= 1 else 1

    # --- bytes -------------------------------------------------------------------------------------------------------

    def _reach(self, end: int) -> bool:
        """Read on until the front holds ``end`` bytes; return whether it does."""
        while len(self._front) < end:
            more = self._inflated() if self._inflater is not None else self._read_on(end)
            if not more:
                return False
            self._front += more
        return True

    def _read_on(self, end: int) -> bytes:
        self._stream.seek(len(self._front))
        return self._stream.read(max(_CHUNK, end - len(self._front)))

    def _inflate_from(self, start: int) -> None:
        """Everything from here on is one raw deflate stream (PS3.5 annex A.5)."""
        del self._front[start:]
        self._stream.seek(start)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    def _inflated(self) -> bytes:
        """Inflate some more, within the budget (H-38, H-41)."""
        inflater = self._inflater
        assert inflater is not None  # noqa: S101 - asked above
        most = max(limits.INFLATED_WITHOUT_QUESTION_BYTES, limits.MOST_INFLATION * self._size)
        if len(self._front) > min(most, limits.MOST_FILE_BYTES):
            raise self.refuse(
                f"The compressed file of {self._size / 1024:.0f} kB holds more than "
                f"{len(self._front) / 1024**2:.0f} MB; no CT compresses so far. Export it uncompressed.",
                code="deflate-bomb",
            )
        self.check_time()
        while not inflater.eof:
            packed = inflater.unconsumed_tail or self._stream.read(_CHUNK)
            more = inflater.decompress(packed, 1024 * 1024)
            if more or not packed:
                return more
        return b""

    def _parsed(self, start: int, end: int, *, tags: Sequence[int] | None) -> Dataset:
        from pydicom.filereader import read_dataset

        stream = io.BytesIO(bytes(self._front[start:end]))
        wanted = None if tags is None else list(tags)
        return read_dataset(stream, self.is_implicit, not self.is_big, specific_tags=wanted)

    def _cut_off(self) -> InputRefused:
        return self.refuse("The file is cut off: its header ends in the middle. Send it again.", code="cut-off")

    def _too_long(self) -> InputRefused:
        return self.refuse(
            f"The header is longer than {self._most_header_bytes // 1024**2} MB; no CT's is. Export the file again.",
            code="header-too-large",
        )

    def _malformed(self) -> InputRefused:
        return self.refuse("A sequence in the header is malformed. Export the file again.", code="header-unreadable")


def _is_vr(two: bytes) -> bool:
    return len(two) == 2 and two.isalpha() and two.isupper()


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open one regular file of at most 512 MB and find its meta group; raises InputRefused.

    Runs inside :func:`planner.imaging.border.dicom_border`.
    """
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise InputRefused("Not a regular file. It is not opened.", code="not-a-file", where=path.name)
    if about.st_size > limits.MOST_FILE_BYTES:
        raise InputRefused(
            f"The file is {about.st_size / 1024**2:.0f} MB; at most {limits.MOST_FILE_BYTES // 1024**2} MB are read. "
            "Export single-frame images.",
            code="file-too-large",
            where=path.name,
        )
    with path.open("rb", buffering=0) as stream:
        yield Source(path, stream, about.st_size)
