"""Which packing do the pixels have, in words, and can this installation unpack it? Transfer syntaxes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

DEFLATED = "1.2.840.10008.1.2.1.99"


@dataclass(frozen=True, slots=True)
class Packing:
    """A transfer syntax: its name in words, and whether it may have changed the stored values."""

    words: str
    lossy: bool = False


# DICOM PS3.5 section 10 and annex A. Syntaxes that allow both count as lossy unless they are the lossless-only one.
_PACKINGS = {
    "1.2.840.10008.1.2": Packing("uncompressed"),
    "1.2.840.10008.1.2.1": Packing("uncompressed"),
    "1.2.840.10008.1.2.2": Packing("uncompressed, big endian"),
    "1.2.840.10008.1.2.4.50": Packing("JPEG baseline, lossy", lossy=True),
    "1.2.840.10008.1.2.4.51": Packing("JPEG extended, lossy", lossy=True),
    "1.2.840.10008.1.2.4.57": Packing("JPEG lossless"),
    "1.2.840.10008.1.2.4.70": Packing("JPEG lossless"),
    "1.2.840.10008.1.2.4.80": Packing("JPEG-LS lossless"),
    "1.2.840.10008.1.2.4.81": Packing("JPEG-LS near-lossless", lossy=True),
    "1.2.840.10008.1.2.4.90": Packing("JPEG 2000 lossless"),
    "1.2.840.10008.1.2.4.91": Packing("JPEG 2000, possibly lossy", lossy=True),
    "1.2.840.10008.1.2.4.201": Packing("high-throughput JPEG 2000 lossless"),
    "1.2.840.10008.1.2.4.202": Packing("high-throughput JPEG 2000 lossless"),
    "1.2.840.10008.1.2.4.203": Packing("high-throughput JPEG 2000, possibly lossy", lossy=True),
    "1.2.840.10008.1.2.5": Packing("RLE lossless"),
}
# JPEG lossless, the most common compression in archives: pydicom needs a GPL decoder for it, ITK's GDCM does not.
DECODED_BY_GDCM = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
UNCOMPRESSED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")


def packing(transfer_syntax_uid: str) -> Packing:
    """Return what is known of a transfer syntax; an unknown one counts as lossy."""
    unknown = Packing(f"unknown compression {transfer_syntax_uid}" if transfer_syntax_uid else "unknown compression")
    return _PACKINGS.get(transfer_syntax_uid, unknown)


@lru_cache(maxsize=64)
def can_decode(transfer_syntax_uid: str) -> bool:
    """Whether a decoder for this transfer syntax is installed."""
    if transfer_syntax_uid in (*UNCOMPRESSED, *DECODED_BY_GDCM):
        return True
    if transfer_syntax_uid not in _PACKINGS:
        return False
    from pydicom.pixels import get_decoder

    try:
        return bool(get_decoder(transfer_syntax_uid).is_available)
    except NotImplementedError:
        return False
