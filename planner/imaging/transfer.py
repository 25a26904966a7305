"""Which packing do the pixels have, in words, and what unpacks it here? Transfer syntaxes of DICOM PS3.5."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"


class Unpacker(StrEnum):
    """What turns packed pixels into stored values. Named, so that an installed plug-in never changes the choice."""

    PLAIN = "plain"
    PYLIBJPEG = "pylibjpeg"
    PYJPEGLS = "pyjpegls"
    GDCM = "gdcm"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Packing:
    """A transfer syntax: its name in words, what unpacks it, and whether it may have changed the stored values."""

    words: str
    unpacker: Unpacker = Unpacker.NONE
    lossy: bool = False


# PS3.5 section 10 and annex A. Syntaxes that allow both count as lossy unless they are the lossless-only one.
# JPEG lossless is the most common compression in archives: pydicom needs a GPL decoder for it, ITK's GDCM does not.
_PACKINGS = {
    "1.2.840.10008.1.2": Packing("uncompressed", Unpacker.PLAIN),
    "1.2.840.10008.1.2.1": Packing("uncompressed", Unpacker.PLAIN),
    BIG_ENDIAN: Packing("uncompressed, big endian", Unpacker.PLAIN),
    "1.2.840.10008.1.2.4.50": Packing("JPEG baseline, lossy", lossy=True),
    "1.2.840.10008.1.2.4.51": Packing("JPEG extended, lossy", lossy=True),
    "1.2.840.10008.1.2.4.57": Packing("JPEG lossless", Unpacker.GDCM),
    "1.2.840.10008.1.2.4.70": Packing("JPEG lossless", Unpacker.GDCM),
    "1.2.840.10008.1.2.4.80": Packing("JPEG-LS lossless", Unpacker.PYJPEGLS),
    "1.2.840.10008.1.2.4.81": Packing("JPEG-LS near-lossless", Unpacker.PYJPEGLS, lossy=True),
    "1.2.840.10008.1.2.4.90": Packing("JPEG 2000 lossless", Unpacker.PYLIBJPEG),
    "1.2.840.10008.1.2.4.91": Packing("JPEG 2000, possibly lossy", Unpacker.PYLIBJPEG, lossy=True),
    "1.2.840.10008.1.2.4.201": Packing("high-throughput JPEG 2000 lossless", Unpacker.PYLIBJPEG),
    "1.2.840.10008.1.2.4.202": Packing("high-throughput JPEG 2000 lossless", Unpacker.PYLIBJPEG),
    "1.2.840.10008.1.2.4.203": Packing("high-throughput JPEG 2000, possibly lossy", Unpacker.PYLIBJPEG, lossy=True),
    "1.2.840.10008.1.2.5": Packing("RLE lossless", Unpacker.PYLIBJPEG),
}


def packing(transfer_syntax_uid: str) -> Packing:
    """Return what is known of a transfer syntax; nothing unpacks an unknown one."""
    unknown = Packing(f"unknown compression {transfer_syntax_uid}".strip())
    return _PACKINGS.get(transfer_syntax_uid, unknown)
