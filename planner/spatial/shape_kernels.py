"""What does a round table say at many points round many axes? Compiled loops over places along and beside an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import float32, float64, njit, void

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True, inline="always")
def _place(points, p, middles, axes, n):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return how far along an axis and beside it a point lies."""
    x, y, z = points[p, 0] - middles[n, 0], points[p, 1] - middles[n, 1], points[p, 2] - middles[n, 2]
    along = x * axes[n, 0] + y * axes[n, 1] + z * axes[n, 2]
    return along, np.sqrt(max(x * x + y * y + z * z - along * along, 0.0))


@njit(cache=True, nogil=True, inline="always")
def _read(table, z, r):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read a table between its steps; ``z`` and ``r`` lie within it."""
    low_z, low_r = min(int(z), table.shape[0] - 2), min(int(r), table.shape[1] - 2)
    z -= low_z
    r -= low_r
    near = (1 - r) * table[low_z, low_r] + r * table[low_z, low_r + 1]
    far = (1 - r) * table[low_z + 1, low_r] + r * table[low_z + 1, low_r + 1]
    return (1 - z) * near + z * far


@njit(
    void(float64[:, ::1], float64[:, ::1], float64[:, ::1], float32[:, :, ::1], float64, float32[:, :, ::1]),
    cache=True,
    nogil=True,
)  # type: ignore[untyped-decorator]
def read_round(
    points: NDArray[np.float64],
    middles: NDArray[np.float64],
    axes: NDArray[np.float64],
    tables: NDArray[np.float32],
    half_mm: float,
    out: NDArray[np.float32],
) -> None:
    """Read every table at every point round every axis; 0 beyond the table.

    Parameters
    ----------
    points, middles, axes
        shape (P, 3), (N, 3) and (N, 3), mm; ``axes`` are unit vectors.
    tables
        shape (T, Z, R): values at steps of 1 mm, along from ``-half_mm`` on, beside from 0 on.
    out
        shape (T, N, P).
    """
    last_z, last_r = tables.shape[1] - 1.0, tables.shape[2] - 1.0
    for n in range(middles.shape[0]):
        for p in range(points.shape[0]):
            along, beside = _place(points, p, middles, axes, n)
            z = along + half_mm
            within = 0 <= z <= last_z and beside <= last_r
            for t in range(tables.shape[0]):
                out[t, n, p] = _read(tables[t], z, beside) if within else 0.0


@njit(
    void(float64[:, ::1], float64[:, ::1], float64[:, ::1], float32[:, :, ::1], float64, float64[:, ::1]),
    cache=True,
    nogil=True,
)  # type: ignore[untyped-decorator]
def least_round(
    points: NDArray[np.float64],
    middles: NDArray[np.float64],
    axes: NDArray[np.float64],
    tables: NDArray[np.float32],
    half_mm: float,
    out: NDArray[np.float64],
) -> None:
    """Find the least of table less need over all points, for every table and axis; see :func:`read_round`.

    Beyond a table its rim holds, and how far beyond it a point lies is added.

    Parameters
    ----------
    points
        shape (P, 4): place, and the need.
    out
        shape (T, N); only what is less than what stands there is written.
    """
    last_z, last_r = tables.shape[1] - 1.0, tables.shape[2] - 1.0
    for n in range(middles.shape[0]):
        for p in range(points.shape[0]):
            along, beside = _place(points, p, middles, axes, n)
            z = min(max(along + half_mm, 0.0), last_z)
            r = min(beside, last_r)
            away, out_of = along + half_mm - z, beside - r
            beyond = np.sqrt(away * away + out_of * out_of) - points[p, 3]
            for t in range(tables.shape[0]):
                value = _read(tables[t], z, r) + beyond
                out[t, n] = min(out[t, n], value)
