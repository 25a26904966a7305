"""How does one damaged file look? Seeded damage to the bytes of a DICOM file, blind and with knowledge of its elements.

Damage spares the grey values themselves: a flipped bit inside uncompressed pixels is another grey value, and nothing in
a file can prove it wrong. Damage inside compressed streams is a kind of its own: it must not crash anything.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.bench.faults import dicom_bytes
from planner.bench.faults.dicom_bytes import TAGS, raw_element

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT", b"OF", b"OD", b"UC", b"UR", b"OL", b"OV")
_VRS = (b"DS", b"IS", b"US", b"SS", b"UL", b"LO", b"UI", b"CS", b"UN", b"OB", b"SQ", b"FD", b"AT", b"OW", b"PN", b"??")
_TEXTS = (
    b"0",
    b"-1",
    b"1e9",
    b"nan",
    b"inf",
    b"1\\2",
    b"",
    b"1\\0\\0\\0\\1\\0",
    b"16384",
    b"0.5",
    b"A",
    b"\xff\xfe",
    b"2",
)
_LENGTHS = (b"\xff\xff", b"\0\0", b"\x01\x00", b"\xfe\xff", b"\x02\x00", b"\x00\x80", b"\x10\x00")
_PIXELS = b"\xe0\x7f\x10\x00"
_DEPTHS = (8, 31, 33, 200, 2000)


@dataclass(frozen=True, slots=True)
class Place:
    """One element of an explicit little-endian file: its start, tag, type, where its value begins and its length."""

    start: int
    tag: int
    vr: bytes
    value: int
    length: int

    @property
    def end(self) -> int:
        """Where the next element begins."""
        return self.value + self.length


def places(data: bytes) -> list[Place]:
    """Return the elements of a file as this package writes them, up to the pixels; sequences as a whole."""
    found, at = [], 132
    while at + 8 <= len(data):
        group, number = struct.unpack_from("<HH", data, at)
        vr = data[at + 4 : at + 6]
        if vr in _LONG:
            length, value = struct.unpack_from("<I", data, at + 8)[0], at + 12
        else:
            length, value = struct.unpack_from("<H", data, at + 6)[0], at + 8
        if length == 0xFFFFFFFF:
            length = len(data) - value
        found.append(Place(at, group << 16 | number, vr, value, length))
        at = value + length
    return found


def pixels_at(data: bytes) -> int:
    """Return where the pixel values begin: after the element header of (7FE0,0010); the end where there are none."""
    at = data.rfind(_PIXELS)
    return at + 12 if at > 0 else len(data)


def mutate(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Damage a file outside its grey values; return it and the kind of damage."""
    kind = rng.choice(sorted(_KINDS))
    return _KINDS[kind](data, rng), kind


def damage_stream(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Damage the compressed pixels of a file; return it and the kind of damage."""
    kind = rng.choice(sorted(_STREAM_KINDS))
    return _STREAM_KINDS[kind](data, rng), f"stream {kind}"


def shorten_stream(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """End the compressed pixels of a file early, or let their fragments claim other lengths."""
    kind = rng.choice(["items", "short"])
    return _STREAM_KINDS[kind](data, rng), f"stream {kind}"


def _at(data: bytes, rng: random.Random) -> int:
    return rng.randrange(128, max(129, pixels_at(data)))


def _bit(data: bytes, rng: random.Random) -> bytes:
    work, at = bytearray(data), _at(data, rng)
    work[min(at, len(work) - 1)] ^= 1 << rng.randrange(8)
    return bytes(work)


def _byte(data: bytes, rng: random.Random) -> bytes:
    work, at = bytearray(data), _at(data, rng)
    work[min(at, len(work) - 1)] = rng.randrange(256)
    return bytes(work)


def _cut(data: bytes, rng: random.Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + data[at + rng.randrange(1, 9) :]


def _insert(data: bytes, rng: random.Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + rng.randbytes(rng.randrange(1, 9)) + data[at:]


def _copy(data: bytes, rng: random.Random) -> bytes:
    at, start = _at(data, rng), _at(data, rng)
    return data[:at] + data[start : start + rng.randrange(1, 60)] + data[at:]


def _truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(0, len(data))]


def _append(data: bytes, rng: random.Random) -> bytes:
    return data + rng.choice(
        [rng.randbytes(rng.randrange(1, 40)), bytes(2), data[132:400], _PIXELS + b"OW\0\0\2\0\0\0ab"]
    )


def _digit(data: bytes, rng: random.Random) -> bytes:
    work = bytearray(data)
    digits = [p for p in range(128, pixels_at(data)) if chr(work[p]).isdigit()]
    if digits:
        work[rng.choice(digits)] = ord(str(rng.randrange(10)))
    return bytes(work)


def _one(data: bytes, rng: random.Random) -> Place | None:
    found = places(data)
    return rng.choice(found) if found else None


def _length(data: bytes, rng: random.Random) -> bytes:
    """Let an element claim another length than it has."""
    place = _one(data, rng)
    if place is None:
        return _byte(data, rng)
    work = bytearray(data)
    if place.vr in _LONG:
        claims = (
            b"\xff\xff\xff\xff",
            b"\xfe\xff\xff\x7f",
            bytes(4),
            struct.pack("<I", (place.length + 2) & 0xFFFFFFFF),
        )
        work[place.start + 8 : place.start + 12] = rng.choice(claims)
    else:
        near = tuple(struct.pack("<H", (place.length + step) & 0xFFFF) for step in (-2, -1, 1, 2, 4))
        work[place.start + 6 : place.start + 8] = rng.choice(_LENGTHS + near)
    return bytes(work)


def _type(data: bytes, rng: random.Random) -> bytes:
    """Let an element claim another value representation."""
    place = _one(data, rng)
    if place is None:
        return _byte(data, rng)
    return data[: place.start + 4] + rng.choice(_VRS) + data[place.start + 6 :]


def _value(data: bytes, rng: random.Random) -> bytes:
    """Give an element another value of its own type, rightly encoded."""
    place = _one(data, rng)
    if place is None or place.tag == TAGS["PixelData"][0] or place.vr in _LONG:
        return _digit(data, rng)
    if place.vr in (b"US", b"SS", b"UL"):
        size = 4 if place.vr == b"UL" else 2
        value = rng.choice([0, 1, 2, 7, 8, 11, 12, 15, 16, 17, 32, 512, 65535, 32768]).to_bytes(size, "little")
    else:
        value = rng.choice([*_TEXTS, data[place.value : place.end][::-1], data[place.value : place.end] * 2])
    return _with_value(data, place, value)


def _with_value(data: bytes, place: Place, value: bytes) -> bytes:
    even = value + b" " * (len(value) % 2)
    made = raw_element(place.tag, place.vr.decode("latin-1"), even[:60000])
    return data[: place.start] + made + data[place.end :]


def _delete(data: bytes, rng: random.Random) -> bytes:
    place = _one(data, rng)
    return data if place is None else data[: place.start] + data[place.end :]


def _double(data: bytes, rng: random.Random) -> bytes:
    """Repeat an element, or one with another value, right behind itself or at the end of the header."""
    place = _one(data, rng)
    if place is None or place.tag == TAGS["PixelData"][0]:
        return data
    again = data[place.start : place.end]
    if rng.random() < 0.5:
        again = _with_value(again, Place(0, place.tag, place.vr, place.value - place.start, place.length), b"7")
    at = rng.choice([place.end, max(132, pixels_at(data) - 12)])
    return data[:at] + again + data[at:]


def _swap(data: bytes, rng: random.Random) -> bytes:
    """Exchange two elements: tags no longer ascend."""
    found = [place for place in places(data) if place.tag >> 16 != 2]
    if len(found) < 3:
        return data
    first, second = sorted(rng.sample(found, 2), key=lambda place: place.start)
    return (
        data[: first.start]
        + data[second.start : second.end]
        + data[first.end : second.start]
        + data[first.start : first.end]
        + data[second.end :]
    )


def _nest(data: bytes, rng: random.Random) -> bytes:
    """Put sequences in sequences, of stated or of undefined length, in place of an element's successor."""
    nested = b""
    undefined = rng.random() < 0.5
    for _ in range(rng.choice(_DEPTHS)):
        if undefined:
            item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + nested + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
            nested = raw_element(0x00081140, "SQ", item + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0), length=0xFFFFFFFF)
        else:
            nested = raw_element(0x00081140, "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(nested)) + nested)
    at = next((place.start for place in places(data) if place.tag > 0x00081140), 132)
    return data[:at] + nested + data[at:]


def _many(data: bytes, rng: random.Random) -> bytes:
    """Put very many small elements ahead of the image's own."""
    count = rng.choice([50, 50, 1000, 21_000])
    extra = b"".join(raw_element(0x00091000 + k % 0xEFFF, "LO", b"x ") for k in range(count))
    at = next((place.start for place in places(data) if place.tag >= 0x00100010), 132)
    return data[:at] + extra + data[at:]


def _bomb(data: bytes, rng: random.Random) -> bytes:
    """Let the file claim to be deflated: empty, random, or thousandfold."""
    meta = dicom_bytes.meta_bytes({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, syntax=dicom_bytes.DEFLATED)
    size = rng.choice([100, 10_000, 10_000, 1_000_000])
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data[132:] + bytes(size)) + packer.flush()
    return meta + (rng.randbytes(200) if rng.random() < 0.2 else body[: rng.randrange(1, len(body) + 1)])


def _meta(data: bytes, rng: random.Random) -> bytes:
    """Let the meta information name another transfer syntax."""
    other = rng.choice(
        ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5", "1.2.3", "", "1.2.840.10008.1.2.4.70"]
    )
    place = next((place for place in places(data) if place.tag == 0x00020010), None)
    if place is None:
        return data
    value = other.encode() + b"\0" * (len(other) % 2)
    grown = len(value) - place.length
    work = bytearray(data[: place.start] + raw_element(place.tag, "UI", value) + data[place.end :])
    work[140:144] = struct.pack("<I", max(0, struct.unpack_from("<I", work, 140)[0] + grown))
    return bytes(work)


_KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "append": _append,
    "bit": _bit,
    "bomb": _bomb,
    "byte": _byte,
    "copy": _copy,
    "cut": _cut,
    "delete": _delete,
    "digit": _digit,
    "double": _double,
    "insert": _insert,
    "length": _length,
    "many": _many,
    "meta": _meta,
    "nest": _nest,
    "swap": _swap,
    "truncate": _truncate,
    "type": _type,
    "value": _value,
}


def _stream_bits(data: bytes, rng: random.Random) -> bytes:
    work, start = bytearray(data), pixels_at(data)
    for _ in range(rng.choice([1, 1, 4, 40])):
        work[rng.randrange(start, len(work))] ^= 1 << rng.randrange(8)
    return bytes(work)


def _stream_head(data: bytes, rng: random.Random) -> bytes:
    """Damage the first bytes of the stream, where sizes and depths stand."""
    work, start = bytearray(data), pixels_at(data)
    work[min(len(work) - 1, start + rng.randrange(0, 120))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
    return bytes(work)


def _stream_cut(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(pixels_at(data), len(data))
    return data[:at] + data[at + rng.randrange(1, 200) :]


def _stream_insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(pixels_at(data), len(data))
    return data[:at] + rng.randbytes(rng.randrange(1, 64)) + data[at:]


def _stream_short(data: bytes, rng: random.Random) -> bytes:
    """End the stream early, with its fragment's length told right and its end marked."""
    fragments = data.find(b"\xfe\xff\x00\xe0", pixels_at(data) + 8)
    length = struct.unpack_from("<I", data, fragments + 4)[0]
    kept = rng.randrange(0, max(1, min(length, len(data)))) & ~1
    body = data[fragments + 8 : fragments + 8 + kept]
    return data[:fragments] + struct.pack("<HHI", 0xFFFE, 0xE000, kept) + body + data[fragments + 8 + length :]


def _stream_items(data: bytes, rng: random.Random) -> bytes:
    """Let a fragment or the offset table claim another length."""
    work = bytearray(data)
    at = data.find(b"\xfe\xff\x00\xe0", pixels_at(data) + rng.choice([0, 8]))
    work[at + 4 : at + 8] = struct.pack("<I", rng.choice([0, 1, 2, 4, 2**31, 2**32 - 1, len(data)]))
    return bytes(work)


_STREAM_KINDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bits": _stream_bits,
    "cut": _stream_cut,
    "head": _stream_head,
    "insert": _stream_insert,
    "items": _stream_items,
    "short": _stream_short,
}
