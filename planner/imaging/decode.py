"""Which Hounsfield units does each slice hold, exactly? Stored values, unused bits, scale, padding.

Stored values are masked to BitsStored, sign-extended, and scaled by RescaleSlope and RescaleIntercept. The volume is
int16 when every HU is an integer that fits, else float32; nothing is clipped. Padded voxels (PixelPaddingValue) are
told by an explicit mask and hold −1024 HU: their stored value, often −2000 or −3024, is a marker and no measurement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import limits, transfer
from planner.imaging.border import dicom_border
from planner.imaging.gate_headers import pixels
from planner.imaging.headers import TAGS, header_of, refuse_unreadable_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.domain.progress import Progress
    from planner.imaging.headers import SliceHeader

PADDED_HU = -1024
_PHASE = "Reading pixels"


def decode(
    ordered: Sequence[SliceHeader], *, progress: Progress
) -> tuple[NDArray[np.int16] | NDArray[np.float32], NDArray[np.bool_] | None]:
    """Read all slices' pixels as HU.

    Parameters
    ----------
    ordered
        Headers that passed the gate, in slice order.

    Returns
    -------
    HU, shape (K, J, I), int16 or float32; and the padding mask, shape (K, J, I), bool, ``None`` when nothing is padded.
    """
    first = ordered[0]
    shape = (len(ordered), first.rows, first.columns)
    refuse_huge(shape)
    as_float = not _is_integer_scale(first)
    hu: NDArray[Any] = np.empty(shape, np.float32 if as_float else np.int16)
    padding = np.zeros(shape, bool) if any(header.padding for header in ordered) else None
    # One at a time: the decoders hold the interpreter lock, and two threads were measured no faster than one.
    for k, header in enumerate(ordered):
        progress(k, len(ordered), _PHASE)
        stored = stored_values(header)
        values = _scaled(stored, header)
        if hu.dtype == np.int16 and not _fits_int16(values):
            hu = hu.astype(np.float32)
        hu[k] = values
        if padding is not None and header.padding is not None:
            padding[k] = (stored >= header.padding[0]) & (stored <= header.padding[1])
    progress(len(ordered), len(ordered), _PHASE)
    if padding is None or not padding.any():
        return hu, None
    hu[padding] = PADDED_HU
    return hu, padding


def refuse_huge(shape_kji: tuple[int, int, int]) -> None:
    """Raise InputRefused before anything is allocated for a claim that is too large (H-40)."""
    voxels = shape_kji[0] * shape_kji[1] * shape_kji[2]
    if voxels > limits.MOST_VOXELS:
        raise InputRefused(
            f"The series claims {shape_kji[0]} × {shape_kji[1]} × {shape_kji[2]} voxels; "
            f"at most {limits.MOST_VOXELS / 1e9:.1f} thousand million are read. Reconstruct a smaller field.",
            code="volume-too-large",
        )


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


def _is_integer_scale(header: SliceHeader) -> bool:
    return float(header.slope or 0).is_integer() and float(header.intercept or 0).is_integer()


def _scaled(stored: NDArray[np.int32], header: SliceHeader) -> NDArray[np.int64] | NDArray[np.float64]:
    """Return stored · slope + intercept without rounding."""
    slope, intercept = float(header.slope or 0), float(header.intercept or 0)
    if _is_integer_scale(header):
        return stored.astype(np.int64) * int(slope) + int(intercept)
    return np.asarray(stored * slope + intercept, dtype=np.float64)


def _fits_int16(values: NDArray[Any]) -> bool:
    limit = np.iinfo(np.int16)
    return bool(values.min() >= limit.min and values.max() <= limit.max)
