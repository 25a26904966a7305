"""Which Hounsfield units does each slice hold, exactly? Stored values, scale, padding, into their plane of the volume.

Stored values are scaled by RescaleSlope and RescaleIntercept. The volume is int16 when every HU is an integer that
fits, else float32; nothing is clipped. Padded voxels (PixelPaddingValue) are told by an explicit mask and hold
−1024 HU: their stored value, often −2000 or −3024, is a marker and no measurement.

There are two ways in. Plain 16-bit words, which nearly all uncompressed CT is, are scaled where they were read, in
words that wrap; anything else comes as stored values and is scaled in wide numbers. Both give the same bytes.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.imaging.headers import SliceHeader

    Words = NDArray[np.uint16]

PADDED_HU = -1024
Into = Callable[[tuple[int, int, int], "np.dtype[Any]"], "NDArray[Any]"]
"""Makes a writable array of zeros from its shape and type: in memory, or a draft on disk."""

_INT16 = np.iinfo(np.int16)
# Far beyond what 16 bits and any sensible scale give, and exact in every type used here.
_MOST_HU = 1e9


class TooWide(Exception):
    """A value is no integer of 16 bits: the volume must be float32."""


class Planes:
    """HU and padding of a volume, filled plane by plane in any order, also by several threads.

    Parameters
    ----------
    shape_kji
        Shape of the volume; refused before anything is allocated when it is too large (H-40).
    is_float
        Whether values are kept as float32; otherwise one that needs it raises :class:`TooWide`.
    into
        Makes the arrays. The mask is made only when a plane has padding.
    """

    def __init__(self, shape_kji: tuple[int, int, int], *, is_float: bool, into: Into) -> None:
        refuse_huge(shape_kji)
        self.hu = into(shape_kji, np.dtype(np.float32 if is_float else np.int16))
        self.padding: NDArray[np.bool_] | None = None
        self.is_filled = np.zeros(shape_kji[0], bool)
        self.is_padded = np.zeros(shape_kji[0], bool)
        self._into = into
        self._lock = threading.Lock()
        self._file: int | None = None
        if isinstance(self.hu, np.memmap) and self.hu.filename is not None and hasattr(os, "pwrite"):
            self._file = os.open(self.hu.filename, os.O_WRONLY)
            weakref.finalize(self, os.close, self._file)

    @classmethod
    def of(cls, hu: NDArray[Any], padding: NDArray[np.bool_] | None) -> Planes:
        """Fill arrays that another process made: ``padding`` is given where any slice may be padded."""
        shape_kji = (hu.shape[0], hu.shape[1], hu.shape[2])
        planes = cls(shape_kji, is_float=hu.dtype == np.float32, into=lambda _, __: hu)
        planes.padding = padding
        return planes

    def fill(self, k: int, stored: NDArray[np.int32], header: SliceHeader) -> None:
        """Scale stored values, shape (J, I), into plane ``k``."""
        if not has_finite_scale(header):
            raise _out_of_range(header)
        values = scaled(stored, header)
        low, high = values.min(), values.max()
        is_whole = has_integer_scale(header) and low >= _INT16.min and high <= _INT16.max
        if self.hu.dtype == np.int16 and not is_whole:
            raise TooWide
        if not max(-low, high) <= _MOST_HU:
            raise _out_of_range(header)
        self.hu[k] = values
        if header.padding is not None:
            self._pad(k, (stored >= header.padding[0]) & (stored <= header.padding[1]))
        self.is_filled[k] = True

    def fill_plain(self, k: int, words: Words, header: SliceHeader) -> None:
        """Scale plain words, shape (J · I,), into plane ``k``; the words are used up. See :func:`is_plain`."""
        if self.hu.dtype != np.int16 or not has_integer_scale(header):
            self.fill(k, _signed(words, header).reshape(self.hu.shape[1:]), header)
            return
        slope, intercept = int(header.slope or 0), int(header.intercept or 0)
        sign = _sign(header)
        # With the sign bit turned, words are the stored values plus that bit, in the same order.
        if header.bits_stored < 16:
            np.bitwise_and(words, np.uint16((1 << header.bits_stored) - 1), out=words)
        if sign:
            np.bitwise_xor(words, np.uint16(sign), out=words)
        low, high = int(words.min()) - sign, int(words.max()) - sign
        if not all(_INT16.min <= stored * slope + intercept <= _INT16.max for stored in (low, high)):
            raise TooWide
        marked = None
        if header.padding is not None and header.padding[0] <= high and header.padding[1] >= low:
            first, last = max(header.padding[0], low) + sign, min(header.padding[1], high) + sign
            marked = (words >= first) & (words <= last)
        # Every result fits, so what wraps on the way there does not matter.
        if slope != 1:
            np.multiply(words, _wrapped(slope).view(np.uint16), out=words)
        values = words.view(np.int16)
        np.add(values, _wrapped(intercept - slope * sign), out=values)
        self._store(k, values)
        if marked is not None:
            self._pad(k, marked.reshape(self.hu.shape[1:]))
        self.is_filled[k] = True

    def reorder(self, target: Sequence[int]) -> None:
        """Move plane ``k`` to ``target[k]`` for every k, in place, with one plane of room beside."""
        for array in (self.hu, self.padding):
            if array is not None:
                _permute(array, target)

    def _store(self, k: int, values: NDArray[np.int16]) -> None:
        """Put a plane of int16 into place: by one call to the system, not by a page fault for every 4 kB of it."""
        if self._file is None:
            self.hu[k].reshape(-1)[:] = values
            return
        start = self.hu.offset + k * values.nbytes  # type: ignore[attr-defined]
        if os.pwrite(self._file, values.data, start) != values.nbytes:
            self.hu[k].reshape(-1)[:] = values

    def make_padding(self) -> NDArray[np.bool_]:
        """Return the mask, made at the first call; zeros take no memory until they are written to."""
        with self._lock:
            if self.padding is None:
                shape = self.hu.shape
                self.padding = self._into((shape[0], shape[1], shape[2]), np.dtype(bool))
            return self.padding

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """Where voxels are padded; ``None`` when none is."""
        return self.padding if self.is_padded.any() else None

    def _pad(self, k: int, marked: NDArray[np.bool_]) -> None:
        if not marked.any():
            return
        self.make_padding()[k] = marked
        self.hu[k][marked] = PADDED_HU
        self.is_padded[k] = True


def is_plain(header: SliceHeader, pixel_bytes: int) -> bool:
    """Whether uncompressed pixels are 16-bit words, filled from the lowest bit, exactly as many as needed (H-39)."""
    return (
        header.bits_allocated == 16
        and 1 <= header.bits_stored <= 16
        and header.high_bit == header.bits_stored - 1
        and header.samples == 1
        and header.photometric == "MONOCHROME2"
        and has_finite_scale(header)
        and pixel_bytes == 2 * header.rows * header.columns > 0
    )


def refuse_huge(
    shape_kji: tuple[int, int, int],
    *,
    claim: str = "The series claims",
    way_out: str = "Reconstruct a smaller field.",
) -> None:
    """Raise InputRefused before anything is allocated for what is too large (H-40), in the words of who asks."""
    voxels = shape_kji[0] * shape_kji[1] * shape_kji[2]
    if voxels > limits.MOST_VOXELS:
        raise InputRefused(
            f"{claim} {shape_kji[0]} × {shape_kji[1]} × {shape_kji[2]} voxels; "
            f"at most {limits.MOST_VOXELS / 1e9:.1f} thousand million are read. {way_out}",
            code="volume-too-large",
        )


def has_integer_scale(header: SliceHeader) -> bool:
    """Whether slope and intercept are whole numbers, so that every HU is one; beyond any HU they are taken as real."""
    return all(
        number.is_integer() and abs(number) <= _MOST_HU for number in (header.slope or 0.0, header.intercept or 0.0)
    )


def has_finite_scale(header: SliceHeader) -> bool:
    """Whether slope and intercept are numbers; the gate refuses a series where they are not."""
    return all(number is not None and math.isfinite(number) for number in (header.slope, header.intercept))


def is_hu(header: SliceHeader) -> bool:
    """Whether the header's scale makes Hounsfield units of an image that nothing else judges."""
    return (
        header.modality == "CT"
        and header.samples == 1
        and header.bits_allocated in (8, 16)
        and header.rescale_type in ("", "HU", "US")
        and "LOCALIZER" not in header.image_type
        and has_finite_scale(header)
        and header.slope != 0
    )


def scaled(stored: NDArray[np.int32], header: SliceHeader) -> NDArray[np.int64] | NDArray[np.float64]:
    """Return stored · slope + intercept without rounding."""
    slope, intercept = float(header.slope or 0), float(header.intercept or 0)
    if has_integer_scale(header):
        return stored.astype(np.int64) * int(slope) + int(intercept)
    return np.asarray(stored * slope + intercept, dtype=np.float64)


def _out_of_range(header: SliceHeader) -> InputRefused:
    return InputRefused(
        "The scale of the HU in the header is out of all range. Export the series again.",
        code="rescale-range",
        where=header.name,
    )


def _sign(header: SliceHeader) -> int:
    return 1 << (header.bits_stored - 1) if header.signed else 0


def _signed(words: Words, header: SliceHeader) -> NDArray[np.int32]:
    """Return the stored values of plain words, int32."""
    values: NDArray[np.int32] = words.astype(np.int32) & ((1 << header.bits_stored) - 1)
    return (values ^ _sign(header)) - _sign(header)


def _wrapped(value: int) -> np.int16:
    return np.uint16(value % 65536).view(np.int16)


def _permute(array: NDArray[Any], target: Sequence[int]) -> None:
    """Move ``array[k]`` to ``array[target[k]]``, cycle by cycle."""
    is_done = [k == place for k, place in enumerate(target)]
    for start in range(len(target)):
        if is_done[start]:
            continue
        carried, k = array[start].copy(), start
        while not is_done[k]:
            is_done[k] = True
            k = target[k]
            displaced = array[k].copy()
            array[k] = carried
            carried = displaced
