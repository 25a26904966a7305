"""Which Hounsfield units does each slice hold, exactly? Stored values, scale, padding.

Stored values are scaled by RescaleSlope and RescaleIntercept. The volume is int16 when every HU is an integer that
fits, else float32; nothing is clipped. Padded voxels (PixelPaddingValue) are told by an explicit mask and hold
−1024 HU: their stored value, often −2000 or −3024, is a marker and no measurement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import limits
from planner.imaging.unpack import stored_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

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
