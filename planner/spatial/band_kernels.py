"""How is an array averaged along one axis when a new cell meets only a few old ones? The few are summed, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALONG_AXIS = "void(float32[:,:,::1], int64[::1], float32[:,::1], float32[:,:,::1])"


@njit(_ALONG_AXIS, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def sum_bands(
    source: NDArray[np.float32], first: NDArray[np.int64], band: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """Fill ``out``, shape (A, M, B), with weighted sums along the middle axis of ``source``, shape (A, N, B).

    Cell m meets the old cells from ``first[m]`` on with the weights ``band[m]``, shape (M, T). Unlike a product of
    matrices the order of the sum is the same on every machine.
    """
    for a in range(source.shape[0]):
        for m in range(len(first)):
            row = out[a, m]
            row[:] = 0.0
            for t in range(band.shape[1]):
                weight = band[m, t]
                if weight != 0.0:
                    old = source[a, first[m] + t]
                    for b in range(len(row)):
                        row[b] += weight * old[b]


def banded(weights: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return where each row of weights, shape (M, N), leaves zero first, (M,), and its weights from there on, (M, T).

    T is the width of the widest row; none reaches beyond the last column.
    """
    is_met = weights != 0
    first = is_met.argmax(axis=1)
    last = weights.shape[1] - 1 - is_met[:, ::-1].argmax(axis=1)
    width = int(np.where(is_met.any(axis=1), last - first + 1, 1).max(initial=1))
    first = np.minimum(first, weights.shape[1] - width)
    return first.astype(np.int64), np.take_along_axis(weights, first[:, None] + np.arange(width), axis=1)
