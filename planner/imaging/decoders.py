"""Which values do these packed bytes stand for? One frame in, whole numbers out, exactly as its header describes them.

What a compressed stream says of itself is read first (:mod:`planner.imaging.codestream`) and must agree with the
header, so that no decoder allocates more than the header's frame (H-40). Runs in the child process only.
"""

from __future__ import annotations

import struct
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import codestream
from planner.imaging.transfer import BIG_ENDIAN, JPEG_FIRST_ORDER, Unpacker, packing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.imaging.codestream import StreamFacts
    from planner.imaging.headers import SliceHeader

# No lossless method makes noise longer than this; what is longer was not made from this image.
_MOST_GROWTH, _MOST_OVERHEAD_BYTES = 2, 64 * 1024
_RLE_HEADER_BYTES = 64
# Of JPEG, JPEG-LS and JPEG 2000; only fill may follow.
_END_MARK, _FILL, _MOST_TAIL_BYTES = b"\xff\xd9", b"\0\xff", 1024


@cache
def make_ready(unpacker: Unpacker) -> None:
    """Load what an unpacker needs, once: the first time takes seconds, which are not the file's."""
    if unpacker is Unpacker.LOSSLESS_JPEG:
        import_module("planner.imaging.lossless_jpeg")
    elif unpacker not in (Unpacker.PLAIN, Unpacker.NONE):
        import_module(unpacker.value)


def unpacked(frame: bytes, header: SliceHeader) -> NDArray[np.int32]:
    """Return the stored values of one grey frame.

    Parameters
    ----------
    frame
        Its bytes as they stand in the file, fragments joined.
    header
        Of an image that :func:`planner.imaging.gate_headers.pixels` accepts.

    Returns
    -------
    shape (J, I), int32. Raises InputRefused when stream and header disagree; decoders raise what they like, which
    :func:`planner.imaging.border.dicom_border` turns into a sentence.
    """
    unpacker = packing(header.transfer_syntax_uid).unpacker
    if unpacker is Unpacker.PLAIN:
        return _without_unused_bits(_plain(frame, header), header)
    asked = ask(frame, header)
    if asked is None:
        return _without_unused_bits(_rle(frame, header), header)
    stream, facts = asked
    decoders: dict[Unpacker, Callable[[bytes, StreamFacts, SliceHeader], NDArray[np.int32]]] = {
        Unpacker.OPENJPEG: _jpeg_2000,
        Unpacker.PYJPEGLS: _jpeg_ls,
        Unpacker.LOSSLESS_JPEG: _jpeg_lossless,
        Unpacker.GDCM: _jpeg_lossy,
    }
    return as_header_says(decoders[unpacker](stream, facts, header), facts, header)


def ask(frame: bytes, header: SliceHeader) -> tuple[bytes, StreamFacts] | None:
    """Return a compressed frame's bare stream and what it says of itself; ``None`` for run lengths, which say nothing.

    Raises InputRefused unless it agrees with the header, is whole, and is no longer than its pixels: before any decoder
    sees it (H-40). Raises ValueError, IndexError or struct.error on what is no such stream.
    """
    pixels = header.rows * header.columns * header.samples
    if len(frame) > _MOST_GROWTH * pixels * header.bits_allocated // 8 + _MOST_OVERHEAD_BYTES:
        raise _refuse(
            header,
            f"The compressed image is {len(frame)} bytes, longer than its pixels. Send the file again.",
            code="pixels-length",
        )
    unpacker = packing(header.transfer_syntax_uid).unpacker
    if unpacker is Unpacker.RLE:
        return None
    if not frame[-_MOST_TAIL_BYTES:].rstrip(_FILL).endswith(_END_MARK):
        # Some decoders search a missing end for many seconds.
        raise _refuse(header, "The compressed image is cut off. Send the file again.", code="pixels-length")
    is_jpeg_2000 = unpacker is Unpacker.OPENJPEG
    stream = codestream.jpeg_2000_stream(frame) if is_jpeg_2000 else frame
    facts = codestream.jpeg_2000_facts(stream) if is_jpeg_2000 else codestream.jpeg_facts(stream)
    _require_agreement(facts, header)
    return stream, facts


def _plain(frame: bytes, header: SliceHeader) -> NDArray[np.int32]:
    order = ">" if header.transfer_syntax_uid == BIG_ENDIAN else "<"
    raw = np.frombuffer(frame, f"{order}u{header.bits_allocated // 8}", count=header.rows * header.columns)
    return raw.reshape(header.rows, header.columns).astype(np.int32)


def _rle(frame: bytes, header: SliceHeader) -> NDArray[np.int32]:
    """Return raw values of run-length packed pixels, one segment per byte of a pixel (PS3.5 annex G)."""
    import rle.utils

    count, *offsets = struct.unpack_from("<16I", frame)
    used = offsets[:count]
    if count != header.bits_allocated // 8 or used != sorted({_RLE_HEADER_BYTES, *used}) or used[-1] >= len(frame):
        raise _refuse(
            header, "The run-length packed pixels do not fit the header. Send the file again.", code="pixels-length"
        )
    try:
        data: Any = rle.utils.decode_pixel_data(
            frame, version=2, rows=header.rows, columns=header.columns, bits_allocated=header.bits_allocated
        )
    except BaseException as error:
        # The decoder panics on damaged segments, which is no Exception and would end the process.
        if type(error).__name__ == "PanicException":
            raise ValueError("segments") from None
        raise
    return _shaped(data, f"<u{header.bits_allocated // 8}", header)


def _jpeg_2000(stream: bytes, facts: StreamFacts, header: SliceHeader) -> NDArray[np.int32]:
    del facts
    import openjpeg.utils

    values = openjpeg.utils.decode(stream, j2k_format=0)
    _require_shape(values.shape, header)
    return np.asarray(values).astype(np.int32)


def _jpeg_ls(stream: bytes, facts: StreamFacts, header: SliceHeader) -> NDArray[np.int32]:
    import jpeg_ls  # type: ignore[import-untyped]

    data, _ = jpeg_ls.decode_buffer(stream)
    return _shaped(data, "<u1" if facts.bits <= 8 else "<u2", header)


def _jpeg_lossless(stream: bytes, facts: StreamFacts, header: SliceHeader) -> NDArray[np.int32]:
    from planner.imaging.lossless_jpeg import lossless_jpeg

    predictors = (1,) if header.transfer_syntax_uid == JPEG_FIRST_ORDER else range(1, 8)
    values = lossless_jpeg(stream, rows=header.rows, columns=header.columns, bits=facts.bits, predictors=predictors)
    return values.astype(np.int32)


def _jpeg_lossy(stream: bytes, facts: StreamFacts, header: SliceHeader) -> NDArray[np.int32]:
    """Return values through GDCM, which reads files only: it gets one of our making, without the sender's header.

    No scale is in it, so that what comes back is what was stored.
    """
    import SimpleITK
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate

    wrapped = Dataset()
    wrapped.file_meta = FileMetaDataset()
    wrapped.file_meta.TransferSyntaxUID = header.transfer_syntax_uid
    wrapped.file_meta.MediaStorageSOPClassUID = wrapped.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    wrapped.file_meta.MediaStorageSOPInstanceUID = wrapped.SOPInstanceUID = "2.25.1"
    wrapped.Rows, wrapped.Columns, wrapped.SamplesPerPixel = header.rows, header.columns, 1
    wrapped.BitsAllocated = 8 if facts.bits <= 8 else 16
    wrapped.BitsStored, wrapped.HighBit, wrapped.PixelRepresentation = facts.bits, facts.bits - 1, 0
    wrapped.PhotometricInterpretation = "MONOCHROME2"
    wrapped.PixelData = encapsulate([stream])
    wrapped["PixelData"].is_undefined_length = True
    with tempfile.TemporaryDirectory(prefix="frostline-") as folder:
        path = Path(folder, "frame.dcm")
        wrapped.save_as(path, enforce_file_format=True)
        reader: Any = SimpleITK.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(str(path))
        values = SimpleITK.GetArrayFromImage(reader.Execute()).squeeze(axis=0)
    _require_shape(values.shape, header)
    return np.asarray(values).astype(np.int32)


def _require_agreement(facts: StreamFacts, header: SliceHeader) -> None:
    """Raise InputRefused when the stream is another image than the header's, or lossy under a lossless name."""
    if (facts.rows, facts.columns, facts.components) != (header.rows, header.columns, header.samples):
        raise _refuse(
            header,
            f"The compressed image is {facts.columns} × {facts.rows} with {facts.components} values per pixel; the "
            f"header says {header.columns} × {header.rows} with {header.samples}. Send the file again.",
            code="pixels-length",
        )
    if not 1 <= facts.bits <= header.bits_allocated:
        raise _refuse(
            header,
            f"The compressed image has {facts.bits} bits per pixel; the header makes room for "
            f"{header.bits_allocated}. Export it again.",
            code="bits-mismatch",
        )
    how = packing(header.transfer_syntax_uid)
    if not facts.is_exact and not how.lossy:
        raise _refuse(
            header,
            f"The file says that its pixels are {how.words}, but they were compressed with loss. Export it again.",
            code="lossy-stream",
        )


def as_header_says(values: NDArray[np.int32], facts: StreamFacts, header: SliceHeader) -> NDArray[np.int32]:
    """Return what a stream's numbers mean under the header's BitsStored and sign (PS3.5 section 8.2).

    Where depth or sign differ, the bit pattern is what was stored, as long as only one reading is possible.

    Parameters
    ----------
    values
        shape (J, I), int32: the numbers the stream holds, signed if the stream says so.
    """
    stored = header.bits_stored
    most = (1 << (stored - 1 if header.signed else stored)) - 1
    least = -most - 1 if header.signed else 0
    low, high = int(values.min()), int(values.max())
    if facts.is_signed == header.signed:
        if least <= low and high <= most:
            return values
        # Old overlays live in unused high bits; loss can overflow into them too, and then nothing is known.
        if not header.signed and not packing(header.transfer_syntax_uid).lossy:
            return _without_unused_bits(values, header)
    elif low >= 0 and high < 1 << (min(facts.bits, stored) - 1):
        return values
    elif _keeps_words(values, facts, header) and (
        facts.bits == stored or (facts.bits > stored and not facts.is_signed)
    ):
        return _without_unused_bits(values, header)
    raise _refuse(
        header,
        f"Depth or sign of the compressed pixels ({facts.bits} bits, {_sign(is_signed=facts.is_signed)}) and of the "
        f"header ({stored} bits, {_sign(is_signed=header.signed)}) leave their values open. Export it again.",
        code="bits-mismatch",
    )


def _keeps_words(values: NDArray[np.int32], facts: StreamFacts, header: SliceHeader) -> bool:
    """Whether bit patterns survive: a lossy transform turns −1 beside 0 into anything between their words.

    Near-lossless JPEG-LS bounds the error of each word, so that only those beside the change of sign are in doubt.
    """
    sign = 1 << (header.bits_stored - 1)
    return facts.is_exact or (facts.near > 0 and not (np.abs(values - sign) <= facts.near).any())


def _without_unused_bits(raw: NDArray[np.int32], header: SliceHeader) -> NDArray[np.int32]:
    """Keep BitsStored bits, and extend the sign where the pixels are signed (H-09)."""
    values = raw & ((1 << header.bits_stored) - 1)
    if not header.signed:
        return values
    sign = 1 << (header.bits_stored - 1)
    return (values ^ sign) - sign


def _shaped(data: bytes | bytearray, dtype: str, header: SliceHeader) -> NDArray[np.int32]:
    values = np.frombuffer(data, dtype)
    if values.size != header.rows * header.columns:
        _require_shape((1, values.size), header)
    return values.reshape(header.rows, header.columns).astype(np.int32)


def _require_shape(shape: tuple[int, ...], header: SliceHeader) -> None:
    if shape != (header.rows, header.columns):
        raise _refuse(
            header,
            f"The unpacked pixels are {' × '.join(map(str, shape[::-1]))}; the header says "
            f"{header.columns} × {header.rows}. Send the file again.",
            code="pixels-length",
        )


def _sign(*, is_signed: bool) -> str:
    return "signed" if is_signed else "unsigned"


def _refuse(header: SliceHeader, sentence: str, *, code: str) -> InputRefused:
    return InputRefused(sentence, code=code, where=header.name)
