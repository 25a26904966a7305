r"""Which archives want out of their folder, or to fill the disk? Zips by hand, as no library would write them (H-41).

Every archive lies deep inside a private tree, so that ``../`` and absolute names that succeed leave a trace in it.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, NamedTuple

from planner.bench.faults.dicom_bytes import file_bytes
from planner.bench.faults.encoding import axial
from planner.bench.faults.series import clean, named_files, uid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BOMB_BYTES = 120_000_000
_LINK = 0o120777 << 16
_PIPE = 0o010666 << 16


class Member(NamedTuple):
    """One member as it stands in the archive; sizes and checks may be other than the data's."""

    name: bytes
    data: bytes
    method: int = 8
    attributes: int = 0o100644 << 16
    flags: int = 0x800
    claimed: int | None = None
    wrong_crc: bool = False
    version: int = 20


def archives() -> dict[str, Callable[[], bytes]]:
    """Return what makes each hostile archive, by name."""
    hostile: dict[str, Callable[[], bytes]] = {f"named {name!r}": _named(name) for name in _NAMES}
    return {**hostile, **_METHODS, **_BOMBS, **_DAMAGED}


def clean_archive() -> bytes:
    """Return an archive that must open: a clean series, some of it stored, in folders."""
    files = named_files(clean(axial(slices=14)))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, data) in enumerate(files.items()):
            kind = zipfile.ZIP_STORED if number % 2 else zipfile.ZIP_DEFLATED
            archive.writestr(f"DICOM/S1/{name}.dcm", data, kind)
    return made.getvalue()


def zip_bytes(members: list[Member], *, comment: bytes = b"", count: int | None = None) -> bytes:
    """Return a zip archive member by member; ``count`` may claim another number of them."""
    body, index = bytearray(), bytearray()
    for member in members:
        packed = member.data
        if member.method == 8:
            packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
            packed = packer.compress(member.data) + packer.flush()
        crc = zlib.crc32(member.data) ^ (1 if member.wrong_crc else 0)
        size = len(member.data) if member.claimed is None else member.claimed
        facts = struct.pack(
            "<HHHHHIIIHH",
            member.version,
            member.flags,
            member.method,
            0,
            0x5A21,
            crc,
            len(packed),
            size,
            len(member.name),
            0,
        )
        index += b"PK\x01\x02" + struct.pack("<H", 0x0314) + facts
        index += struct.pack("<HHHII", 0, 0, 0, member.attributes & 0xFFFFFFFF, len(body)) + member.name
        body += b"PK\x03\x04" + facts + member.name + packed
    told = len(members) if count is None else count
    end = struct.pack("<HHHHIIH", 0, 0, told & 0xFFFF, told & 0xFFFF, len(index), len(body), len(comment))
    return bytes(body + index) + b"PK\x05\x06" + end + comment


def _slice_bytes() -> bytes:
    return file_bytes(clean(axial(slices=14))[6])


_NAMES = (
    "../escape",
    "../../../../escape",
    "/escape-absolute",
    "a/../../escape",
    "C:\\escape",
    "..\\..\\escape",
    "\\\\server\\share\\escape",
    "C:escape",
    "a/./../b/../../escape",
    "CON",
    "aux.dcm",
    "name\nwith\tcontrol",
    "name\u202egpj.exe",
    "x" * 5000,
    "deep/" * 400 + "x",
    "escape\0.dcm",
    "~/escape",
    "",
    "a//b",
    ". ",
)


def _named(name: str) -> Callable[[], bytes]:
    return lambda: zip_bytes([Member(name.encode(), _slice_bytes())])


def _link_then_file() -> bytes:
    """Return a link out of the folder, and a file that would be written through it."""
    return zip_bytes(
        [
            Member(b"out", b"../..", method=0, attributes=_LINK),
            Member(b"out/escape", _slice_bytes()),
        ]
    )


def _nested(levels: int) -> bytes:
    data = zip_bytes([Member(b"slice", _slice_bytes())])
    for _ in range(levels):
        data = zip_bytes([Member(f"{number}.zip".encode(), data) for number in range(4)])
    return data


def _dicomdir() -> bytes:
    """Return a medium's index whose entries name files elsewhere: it is never followed."""
    index = {
        "SOPClassUID": "1.2.840.10008.1.3.10",
        "SOPInstanceUID": uid(9, 1),
        "StudyDescription": "..\\..\\..\\..\\ETC\\PASSWD",
    }
    return zip_bytes([Member(b"DICOMDIR", file_bytes(index)), Member(b"../IMAGES/0", _slice_bytes())])


def _overlapping() -> bytes:
    """Many entries of the index that all stand for the same packed bytes."""
    kernel = zip_bytes([Member(b"k", bytes(3_000_000))])
    end = kernel.rfind(b"PK\x01\x02")
    entry = kernel[end : kernel.rfind(b"PK\x05\x06")]
    index = b"".join(entry[:-1] + bytes([33 + n % 90]) for n in range(900))
    tail = struct.pack("<HHHHIIH", 0, 0, 900, 900, len(index), end, 0)
    return kernel[:end] + index + b"PK\x05\x06" + tail


def _zip64_claim() -> bytes:
    data = zip_bytes([Member(b"s", _slice_bytes())])
    at = data.rfind(b"PK\x05\x06")
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2**60, 2**60, 2**60, 0)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1)
    end = data[at : at + 8] + b"\xff\xff\xff\xff" + b"\xff\xff\xff\xff" + b"\xff\xff\xff\xff" + b"\0\0"
    return data[:at] + record + locator + end


_METHODS: Mapping[str, Callable[[], bytes]] = {
    "link to a file": lambda: zip_bytes([Member(b"link", b"/etc/passwd", method=0, attributes=_LINK)]),
    "link, then a file through it": _link_then_file,
    "pipe": lambda: zip_bytes([Member(b"pipe", b"", method=0, attributes=_PIPE)]),
    "locked": lambda: zip_bytes([Member(b"s", _slice_bytes(), flags=0x801)]),
    "unknown method": lambda: zip_bytes([Member(b"s", _slice_bytes(), method=99)]),
    "shrunk": lambda: zip_bytes([Member(b"s", _slice_bytes(), method=1)]),
    "newer version": lambda: zip_bytes([Member(b"s", _slice_bytes(), version=255)]),
    "same name twice": lambda: zip_bytes([Member(b"s", _slice_bytes()), Member(b"s", bytes(400))]),
    "names by case": lambda: zip_bytes([Member(b"S", _slice_bytes()), Member(b"s", bytes(400))]),
    "index of a medium": _dicomdir,
}
_BOMBS: Mapping[str, Callable[[], bytes]] = {
    "120 MB of zeros": lambda: zip_bytes([Member(b"z", bytes(_BOMB_BYTES))]),
    "120 MB told as 400 bytes": lambda: zip_bytes([Member(b"z", bytes(_BOMB_BYTES), claimed=400)]),
    "400 bytes told as 4 GB": lambda: zip_bytes([Member(b"z", bytes(400), claimed=2**32 - 2)]),
    "many members of zeros": lambda: zip_bytes([Member(f"{n}".encode(), bytes(1_000_000)) for n in range(120)]),
    "archives in archives": lambda: _nested(3),
    "21 000 members": lambda: zip_bytes([Member(f"{n}".encode(), b"", method=0) for n in range(21_000)]),
    "entries over one another": _overlapping,
}
_DAMAGED: Mapping[str, Callable[[], bytes]] = {
    "cut in the middle": lambda: (data := clean_archive())[: len(data) // 2],
    "cut in the index": lambda: clean_archive()[:-60],
    "more members told": lambda: zip_bytes([Member(b"s", _slice_bytes())], count=5000),
    "fewer members told": lambda: zip_bytes([Member(b"s", _slice_bytes()), Member(b"t", b"x")], count=0),
    "wrong check sum": lambda: zip_bytes([Member(b"s", _slice_bytes(), wrong_crc=True)]),
    "huge numbers (zip64)": _zip64_claim,
    "end mark only": lambda: b"PK\x05\x06" + bytes(18),
    "start mark only": lambda: b"PK\x03\x04" + bytes(400),
    "comment with an end mark": lambda: zip_bytes([Member(b"s", b"x")], comment=b"PK\x05\x06" + bytes(30)),
    "random": lambda: b"PK\x03\x04" + bytes(range(256)) * 40,
}
