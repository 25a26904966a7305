"""Was a structure drawn slice by slice? Along which axis, and how many slices between the drawn ones are empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DrawnSlices:
    """What there is to fill. ``axis``: 0 = i, 1 = j, 2 = k of the grid; ``drawn`` and ``empty`` count its slices."""

    axis: int
    drawn: int
    empty: int


def drawn_slices(mask: NDArray[np.bool_]) -> DrawnSlices | None:
    """Return the axis with the largest share of empty slices between drawn ones; None when no axis has any.

    A contour drawn in slices leaves gaps along their axis alone: along the two others the same contours cover every
    index. Two parts that lie apart leave a gap, too, but a smaller share of their extent.

    Parameters
    ----------
    mask
        shape (K, J, I), bool.
    """
    over_k, over_j = np.any(mask, axis=0), np.any(mask, axis=1)
    along = {0: np.any(over_k, axis=0), 1: np.any(over_k, axis=1), 2: np.any(over_j, axis=1)}
    found = [made for axis, covered in along.items() if (made := _gaps(axis, covered)) is not None]
    return max(found, key=lambda made: made.empty / (made.empty + made.drawn), default=None)


def _gaps(axis: int, covered: NDArray[np.bool_]) -> DrawnSlices | None:
    at = np.flatnonzero(covered)
    empty = 0 if not at.size else int(at[-1] - at[0] + 1 - at.size)
    return DrawnSlices(axis, at.size, empty) if empty else None
