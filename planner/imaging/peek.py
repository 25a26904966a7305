"""What does a series look like at a glance? Its middle image, of any modality that has pixels, judged by nobody.

For thumbnails and the preview only: nothing is measured on it. Budgets and exact lengths hold as for any image (H-38…
H-40); what a header does not define (spacing, directions, a window) is absent, not assumed (H-07).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import decoders, transfer, unpack
from planner.imaging.border import dicom_border
from planner.imaging.decode import PADDED_HU, has_finite_scale, is_hu
from planner.imaging.headers import read_headers
from planner.imaging.source import opened
from planner.imaging.stack import unit_axes
from planner.imaging.transfer import Unpacker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.series import SliceFile
    from planner.imaging.headers import SliceHeader

Direction = tuple[float, float, float]

_GREY = ("MONOCHROME1", "MONOCHROME2")
_WORDS = (8, 16)
# What pydicom is to use for a picture; its own decoder of run lengths raises where another ends the process.
_PLUGINS = {
    Unpacker.RLE: "pydicom",
    Unpacker.OPENJPEG: "pylibjpeg",
    Unpacker.PYJPEGLS: "pyjpegls",
    Unpacker.GDCM: "pillow",
}
# Shares of red, green and blue in brightness (ITU-R BT.601).
_BRIGHTNESS = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True, eq=False)
class Peek:
    """One image, shape (J, I), int16 where it fits, else float32.

    ``window_hu`` is (width, level) in the image's own values, Hounsfield units where ``is_hu``; ``spacing_ji_mm`` the
    distance between rows and between columns; ``axes`` the unit directions along a row and down a column, LPS.
    """

    image: NDArray[np.int16] | NDArray[np.float32]
    window_hu: tuple[float, float] | None
    spacing_ji_mm: tuple[float, float] | None
    axes: tuple[Direction, Direction] | None
    is_hu: bool


def peek(slices: Sequence[SliceFile]) -> Peek:
    """Return the middle image of ``slices``; of a cine that is one entry, its middle frame.

    Raises InputRefused, in words, where there is no image or it cannot be unpacked.
    """
    chosen = slices[len(slices) // 2]
    header = _header(Path(chosen.path), chosen.frame)
    if not (header.rows and header.columns):
        raise InputRefused("There is no image in this file.", code="no-image", where=header.name)
    if header.samples == 1 and header.photometric in _GREY and header.bits_allocated in _WORDS:
        values, window = _grey(header)
    else:
        values, window = _picture(header), None
    return Peek(
        image=_compact(values),
        window_hu=window,
        spacing_ji_mm=_spacing(header),
        axes=_axes(header),
        is_hu=is_hu(header),
    )


def _header(path: Path, frame: int) -> SliceHeader:
    headers = read_headers(path)
    if len(headers) > 1:
        return headers[min(frame, len(headers) - 1)]
    (only,) = headers
    return replace(only, frame=max(only.frames, 1) // 2) if only.frames > 1 else only


def _grey(header: SliceHeader) -> tuple[NDArray[np.float64], tuple[float, float] | None]:
    """Return scaled values and the window for them; where the least value is meant to be white, both are negated."""
    stored = unpack.stored_values(header)
    values = stored.astype(np.float64)
    if has_finite_scale(header) and header.slope != 0:
        values = values * float(header.slope or 1) + float(header.intercept or 0)
    if header.padding is not None:
        padded = (stored >= header.padding[0]) & (stored <= header.padding[1])
        if padded.any() and not padded.all():
            values[padded] = PADDED_HU if is_hu(header) else values[~padded].min()
    if header.photometric == "MONOCHROME1" and not is_hu(header):
        window = header.window_hu
        return -values, None if window is None else (window[0], -window[1])
    return values, header.window_hu


def _picture(header: SliceHeader) -> NDArray[np.float64]:
    """Return a colour image as brightness, or a mask or dose as it stands, shape (J, I).

    Its frame is found and its size compared as for any other; pydicom does the rest.
    """
    from pydicom import dcmread
    from pydicom.pixels import apply_color_lut, pixel_array

    unpacker = transfer.packing(header.transfer_syntax_uid).unpacker
    if (why := transfer.why_not(header.transfer_syntax_uid)) is not None:
        raise InputRefused(why, code="compression", where=header.name)
    with dicom_border(header.path, doing="The picture cannot be unpacked", code="pixels-unreadable"):
        with opened(header.path) as source:
            frame = unpack.frame_bytes(source, unpack.layout_of(source), header)
        if unpacker is not Unpacker.PLAIN:
            decoders.ask(frame, header)
        plugin = _PLUGINS.get(unpacker, "")
        colour: NDArray[Any] = pixel_array(header.path, index=header.frame, decoding_plugin=plugin)
        if header.photometric == "PALETTE COLOR":
            colour = apply_color_lut(colour, dcmread(header.path, stop_before_pixels=True))
        if header.samples == 1 and colour.shape == (header.rows, header.columns):
            return colour.astype(np.float64)
        if colour.shape != (header.rows, header.columns, 3):
            raise InputRefused("The picture has an unknown kind of colour.", code="photometric", where=header.name)
        return np.asarray(colour @ np.array(_BRIGHTNESS), dtype=np.float64)


def _compact(values: NDArray[np.float64]) -> NDArray[np.int16] | NDArray[np.float32]:
    limit = np.iinfo(np.int16)
    if values.min() >= limit.min and values.max() <= limit.max and np.array_equal(values, np.rint(values)):
        return values.astype(np.int16)
    return values.astype(np.float32)


def _spacing(header: SliceHeader) -> tuple[float, float] | None:
    spacing = header.spacing_ji_mm
    if len(spacing) != 2 or not all(math.isfinite(number) and number > 0 for number in spacing):
        return None
    return spacing[0], spacing[1]


def _axes(header: SliceHeader) -> tuple[Direction, Direction] | None:
    """Return unit directions, ``None`` where the header's are incomplete or no two directions."""
    orientation = np.array(header.orientation, dtype=np.float64)
    if orientation.shape != (6,) or not np.isfinite(orientation).all():
        return None
    row, column = orientation[:3], orientation[3:]
    if np.linalg.norm(np.cross(row, column)) < 0.5:
        return None
    axes = unit_axes(header.orientation)
    (a, b, c), (d, e, f) = axes[:, 0].tolist(), axes[:, 1].tolist()
    return (a, b, c), (d, e, f)
