"""Which packing do the pixels have, in words, and what unpacks it here? Transfer syntaxes of DICOM PS3.5."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.util import find_spec

IMPLICIT = "1.2.840.10008.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_FIRST_ORDER = "1.2.840.10008.1.2.4.70"  # lossless, each value predicted from its left neighbour


class Unpacker(StrEnum):
    """What turns packed pixels into stored values. Named, so that an installed plug-in never changes the choice.

    The value is the module that does it; the plain one needs none.
    """

    PLAIN = "plain"
    RLE = "rle"
    OPENJPEG = "openjpeg"
    PYJPEGLS = "jpeg_ls"
    LOSSLESS_JPEG = "numba"
    GDCM = "SimpleITK"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Packing:
    """A transfer syntax: its name in words, what unpacks it, and whether it may have changed the stored values."""

    words: str
    unpacker: Unpacker = Unpacker.NONE
    lossy: bool = False


# PS3.5 section 10 and annex A, PS3.6 table A-1. Syntaxes that allow both count as lossy unless they are the
# lossless-only one. Lossless JPEG is unpacked by a loop of our own, which tells damage; lossy JPEG by ITK's GDCM.
_PACKINGS = {
    IMPLICIT: Packing("uncompressed", Unpacker.PLAIN),
    "1.2.840.10008.1.2.1": Packing("uncompressed", Unpacker.PLAIN),
    DEFLATED: Packing("deflated", Unpacker.PLAIN),
    BIG_ENDIAN: Packing("uncompressed, big endian", Unpacker.PLAIN),
    "1.2.840.10008.1.2.1.98": Packing("encapsulated uncompressed"),
    "1.2.840.10008.1.2.4.50": Packing("JPEG baseline, lossy", Unpacker.GDCM, lossy=True),
    "1.2.840.10008.1.2.4.51": Packing("JPEG extended, lossy", Unpacker.GDCM, lossy=True),
    "1.2.840.10008.1.2.4.53": Packing("JPEG spectral selection (retired), lossy", lossy=True),
    "1.2.840.10008.1.2.4.55": Packing("JPEG full progression (retired), lossy", lossy=True),
    "1.2.840.10008.1.2.4.57": Packing("JPEG lossless", Unpacker.LOSSLESS_JPEG),
    JPEG_FIRST_ORDER: Packing("JPEG lossless", Unpacker.LOSSLESS_JPEG),
    "1.2.840.10008.1.2.4.80": Packing("JPEG-LS lossless", Unpacker.PYJPEGLS),
    "1.2.840.10008.1.2.4.81": Packing("JPEG-LS near-lossless", Unpacker.PYJPEGLS, lossy=True),
    "1.2.840.10008.1.2.4.90": Packing("JPEG 2000 lossless", Unpacker.OPENJPEG),
    "1.2.840.10008.1.2.4.91": Packing("JPEG 2000, possibly lossy", Unpacker.OPENJPEG, lossy=True),
    "1.2.840.10008.1.2.4.92": Packing("JPEG 2000 multi-component lossless"),
    "1.2.840.10008.1.2.4.93": Packing("JPEG 2000 multi-component, possibly lossy", lossy=True),
    "1.2.840.10008.1.2.4.110": Packing("JPEG XL lossless"),
    "1.2.840.10008.1.2.4.111": Packing("JPEG XL recompressed JPEG, lossy", lossy=True),
    "1.2.840.10008.1.2.4.112": Packing("JPEG XL, possibly lossy", lossy=True),
    "1.2.840.10008.1.2.4.201": Packing("high-throughput JPEG 2000 lossless", Unpacker.OPENJPEG),
    "1.2.840.10008.1.2.4.202": Packing("high-throughput JPEG 2000 lossless", Unpacker.OPENJPEG),
    "1.2.840.10008.1.2.4.203": Packing("high-throughput JPEG 2000, possibly lossy", Unpacker.OPENJPEG, lossy=True),
    "1.2.840.10008.1.2.5": Packing("RLE lossless", Unpacker.RLE),
    "1.2.840.10008.1.2.8.1": Packing("deflated image frames"),
}
_VIDEO = tuple(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109))


def packing(transfer_syntax_uid: str) -> Packing:
    """Return what is known of a transfer syntax; nothing unpacks an unknown one, or one whose decoder is missing."""
    known = _known(transfer_syntax_uid)
    return known if is_installed(known.unpacker) else replace(known, unpacker=Unpacker.NONE)


def why_not(transfer_syntax_uid: str) -> str | None:
    """Return a sentence that names the packing when its pixels cannot be unpacked here, ``None`` when they can."""
    known = _known(transfer_syntax_uid)
    if packing(transfer_syntax_uid).unpacker is not Unpacker.NONE:
        return None
    if known.unpacker is not Unpacker.NONE:
        return (
            f"The pixels are stored as {known.words}, and its decoder ({known.unpacker.value}) is not installed. "
            "Set the program up again, or export uncompressed."
        )
    return f"The pixels are stored as {known.words}, which is not unpacked here. Export uncompressed."


@cache
def is_installed(unpacker: Unpacker) -> bool:
    """Whether the module that unpacks is there; nothing is imported."""
    return unpacker in (Unpacker.PLAIN, Unpacker.NONE) or find_spec(unpacker.value) is not None


def _known(transfer_syntax_uid: str) -> Packing:
    if transfer_syntax_uid.startswith(_VIDEO):
        return Packing("video", lossy=True)
    unknown = Packing(f"unknown compression {transfer_syntax_uid}".strip())
    return _PACKINGS.get(transfer_syntax_uid, unknown)
