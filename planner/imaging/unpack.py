"""Which stored values does an image hold, exactly? Unpacked, unused bits cleared, sign extended.

Only the exact number of bytes will do (H-39), and what a decoder returns must have the shape that the header says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import transfer
from planner.imaging.border import dicom_border
from planner.imaging.gate_headers import pixels
from planner.imaging.headers import TAGS, header_of, refuse_unreadable_file

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.imaging.headers import SliceHeader


def stored_values(header: SliceHeader) -> NDArray[np.int32]:
    """Return one slice's stored values, shape (J, I), int32.

    Raises InputRefused when the file has changed since its header was read, or its pixels are not exactly there.
    """
    import pydicom

    # The gate asks the same of a whole series; here nothing depends on having asked it.
    for finding in pixels([header]):
        raise InputRefused(finding.sentence, code=finding.code, where=header.name)
    refuse_unreadable_file(header.path)
    with dicom_border(header.path, doing="The pixels cannot be unpacked", code="pixels-unreadable"):
        dataset = pydicom.dcmread(header.path, specific_tags=[*TAGS, "PixelData"])
        if header_of(dataset, header.path) != header:
            raise InputRefused("The file changed while it was read. Load it again.", code="changed", where=header.name)
        _require_pixels(dataset.get("PixelData"), header)
        unpacker = transfer.packing(header.transfer_syntax_uid).unpacker
        if unpacker is transfer.Unpacker.PLAIN:
            raw = _plain(dataset, header)
        elif unpacker is transfer.Unpacker.GDCM:
            raw = _unpacked_by_gdcm(header)
        else:
            raw = _unpacked(dataset, header, plugin=unpacker.value)
    return _without_unused_bits(raw, header)


def _plain(dataset: Dataset, header: SliceHeader) -> NDArray[np.int32]:
    """Return raw stored values of uncompressed pixels, unsigned; only the exact number of bytes will do (H-39)."""
    data = dataset.PixelData
    size = header.rows * header.columns * header.bits_allocated // 8
    if len(data) != size + size % 2:
        raise InputRefused(
            f"The pixels are {len(data)} bytes; {header.columns} × {header.rows} pixels need {size}.",
            code="pixels-length",
            where=header.name,
        )
    order = ">" if header.transfer_syntax_uid == transfer.BIG_ENDIAN else "<"
    if header.bits_allocated == 8 and order == ">" and dataset["PixelData"].VR == "OW":
        # Bytes of 16-bit words are swapped on the wire (PS3.5 annex A.3).
        data = np.frombuffer(data, "<u2").byteswap().tobytes()
    raw = np.frombuffer(data, f"{order}u{header.bits_allocated // 8}", count=header.rows * header.columns)
    return raw.reshape(header.rows, header.columns).astype(np.int32)


def _unpacked(dataset: Dataset, header: SliceHeader, *, plugin: str) -> NDArray[np.int32]:
    from pydicom.pixels import get_decoder

    decoder = get_decoder(header.transfer_syntax_uid)
    array, _ = decoder.as_array(dataset, index=0, raw=True, decoding_plugin=plugin)
    _require_shape(array.shape, header)
    return np.asarray(array).astype(np.int32)


def _unpacked_by_gdcm(header: SliceHeader) -> NDArray[np.int32]:
    """Return stored values through GDCM, which gives HU; they are scaled back and must come out as integers."""
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(header.path))
    values = SimpleITK.GetArrayFromImage(reader.Execute()).squeeze(axis=0).astype(np.float64)
    _require_shape(values.shape, header)
    stored = (values - float(header.intercept or 0)) / float(header.slope or 1)
    whole: NDArray[np.float64] = np.rint(stored)
    if not np.abs(stored - whole).max() < 1e-3:
        raise InputRefused("The unpacked pixels are no whole numbers.", code="pixels-unreadable", where=header.name)
    return whole.astype(np.int32)


def _require_shape(shape: tuple[int, ...], header: SliceHeader) -> None:
    if shape != (header.rows, header.columns):
        raise InputRefused(
            f"The unpacked pixels are {shape[::-1]}; the header says {(header.columns, header.rows)}.",
            code="pixels-length",
            where=header.name,
        )


def _require_pixels(data: bytes | None, header: SliceHeader) -> None:
    if not data:
        raise InputRefused("The file holds no pixels. Export it again.", code="pixels-missing", where=header.name)


def _without_unused_bits(raw: NDArray[np.int32], header: SliceHeader) -> NDArray[np.int32]:
    """Keep BitsStored bits, and extend the sign where the pixels are signed (H-09)."""
    values = raw & ((1 << header.bits_stored) - 1)
    if not header.signed:
        return values
    sign = 1 << (header.bits_stored - 1)
    return (values ^ sign) - sign
