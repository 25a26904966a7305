"""How does a tilted stack become a regular volume? Each slice is moved inside its own plane to where it truly lies.

With the gantry tilted, every slice starts a little to the side of the one before: the stack is a sheared box, and a
volume that ignores it puts anatomy up to centimetres off (H-03). The slices keep their planes and their distances; only
within a slice are values resampled, linearly along its rows and columns, by the sideways shift that
ImagePositionPatient gives. The field grows so that nothing is cropped, and what was never imaged is padding.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.progress import silent
from planner.imaging import crew
from planner.imaging.decode import PADDED_HU, refuse_huge
from planner.imaging.gate_geometry import is_tilted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.progress import Progress
    from planner.imaging.stack import Stack

    Pixels = NDArray[np.int16] | NDArray[np.float32]
    Mask = NDArray[np.bool_]

_PHASE = "Correcting tilt"
# Beyond it memory is what slices wait for.
_MOST_AT_ONCE = 8
__all__ = ["is_tilted", "straighten"]


def straighten(
    hu: Pixels,
    padding: Mask | None,
    *,
    stack: Stack,
    into: Callable[[tuple[int, int, int], np.dtype[Any]], NDArray[Any]] = np.empty,
    progress: Progress = silent,
) -> tuple[Pixels, Mask | None, Grid]:
    """Resample every slice of a tilted stack to its true place.

    Parameters
    ----------
    hu
        shape (K, J, I), int16 or float32, HU, in the stack's order. Not changed.
    padding
        shape (K, J, I), bool, True where the scanner padded; ``None`` for nowhere.
    stack
        A stack that passed the gate.
    into
        Makes the array of the result from its shape and type; ``numpy.empty`` or a draft on disk.

    Returns
    -------
    HU on the larger field, shape (K, J + a, I + b), of the same type (int16 is rounded); the mask of what was padded
    or never imaged, where HU is -1024; and the regular grid of both.

    Raises
    ------
    InputRefused
        When the larger field holds more voxels than are read (H-40).
    """
    grid = stack.grid(straightened=True)
    shape = grid.shape_kji
    refuse_huge(
        shape, claim="Corrected for gantry tilt, the series needs", way_out="Reconstruct the scan without tilt."
    )
    out = into(shape, hu.dtype)
    missing = np.ones(shape, bool)

    shifts = stack.shifts()[0].tolist()

    def place(k: int) -> None:
        right, down = shifts[k]
        values, unknown = _shifted(hu[k], None if padding is None else padding[k], right, down)
        top, left = _first_whole(down), _first_whole(right)
        rows, columns = slice(top, top + values.shape[0]), slice(left, left + values.shape[1])
        missing[k, rows, columns] = False if unknown is None else unknown
        out[k] = PADDED_HU
        out[k, rows, columns] = values
        if unknown is not None:
            np.copyto(out[k, rows, columns], PADDED_HU, where=unknown)

    _for_each_slice(place, len(shifts), progress=progress)
    return out, (missing if missing.any() else None), grid


def _for_each_slice(place: Callable[[int], None], count: int, *, progress: Progress) -> None:
    """Place every slice, several at once: each touches only its own plane, so their order changes nothing."""
    with ThreadPoolExecutor(min(crew.cores(), _MOST_AT_ONCE)) as movers:
        placed = [movers.submit(place, k) for k in range(count)]
        try:
            for done, one in enumerate(placed):
                progress(done, len(placed), _PHASE)
                one.result()
        except BaseException:
            # Stopped, or failed: what has not begun is not begun.
            for one in placed:
                one.cancel()
            raise
    progress(len(placed), len(placed), _PHASE)


def _first_whole(shift: float) -> int:
    """Return the whole step nearest to a slice's first pixel; of two as near, the one before."""
    return math.ceil(shift - 0.5)


def _shifted(image: Pixels, padding: Mask | None, right: float, down: float) -> tuple[NDArray[np.generic], Mask | None]:
    """Return one slice at whole voxels, in as many rows and columns as it has, and where a value touches padding."""
    values: NDArray[Any] = image
    for axis, shift in ((0, down), (1, right)):
        values, padding = _between(values, padding, shift % 1.0, axis=axis)
    if image.dtype == np.int16 and values.dtype != np.int16:
        values = np.rint(values).astype(np.int16)
    return values, padding


def _between(
    values: NDArray[Any], padding: Mask | None, fraction: float, *, axis: int
) -> tuple[NDArray[Any], Mask | None]:
    """Return values at the whole steps beside ones that are shifted by a fraction of a step along one axis.

    Between two pixels a value is their mix. At one end a whole step lies beside the outermost pixel, at most half a
    step from its middle: that is still within it, and has its value.
    """
    if fraction == 0:
        return values, padding
    before, after = _pair(values, axis)
    # Written so that equal neighbours stay exactly what they are.
    mixed = (before.astype(np.float32) - after) * np.float32(fraction) + after
    at_first = fraction <= 0.5
    mixed = _with_end(mixed, values, at_first=at_first, axis=axis)
    if padding is None:
        return mixed, None
    before, after = _pair(padding, axis)
    return mixed, _with_end(before | after, padding, at_first=at_first, axis=axis)


def _pair(values: NDArray[Any], axis: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return each value and the one after it along an axis."""
    if axis == 0:
        return values[:-1], values[1:]
    return values[:, :-1], values[:, 1:]


def _with_end(inner: NDArray[Any], values: NDArray[Any], *, at_first: bool, axis: int) -> NDArray[Any]:
    end = slice(None, 1) if at_first else slice(-1, None)
    outermost = values[end] if axis == 0 else values[:, end]
    return np.concatenate([outermost, inner] if at_first else [inner, outermost], axis=axis, dtype=inner.dtype)
