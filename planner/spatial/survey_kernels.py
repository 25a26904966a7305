"""Which part of a mask reads how low in a field, and where lowest? Voxel by voxel, in one pass over both grids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SURVEY = (
    "void(boolean[:,:,::1], float32[:,:,::1], float32[:,:,::1], float64[:,:,::1], float64[::1], int64[::1], "
    "float64[::1])"
)


@njit(cache=True, nogil=True, inline="always")
def _read(field, i, j, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Sample at an index within the outer faces, clamped to the outermost cells."""
    count_k, count_j, count_i = field.shape
    i, j, k = min(max(i, 0.0), count_i - 1.0), min(max(j, 0.0), count_j - 1.0), min(max(k, 0.0), count_k - 1.0)
    i0, j0, k0 = min(int(i), max(count_i - 2, 0)), min(int(j), max(count_j - 2, 0)), min(int(k), max(count_k - 2, 0))
    i1, j1, k1 = min(i0 + 1, count_i - 1), min(j0 + 1, count_j - 1), min(k0 + 1, count_k - 1)
    u, v, w = i - i0, j - j0, k - k0
    near = (field[k0, j0, i0] * (1 - u) + field[k0, j0, i1] * u) * (1 - v) + (
        field[k0, j1, i0] * (1 - u) + field[k0, j1, i1] * u
    ) * v
    far = (field[k1, j0, i0] * (1 - u) + field[k1, j0, i1] * u) * (1 - v) + (
        field[k1, j1, i0] * (1 - u) + field[k1, j1, i1] * u
    ) * v
    return near + w * (far - near)


@njit(cache=True, nogil=True, inline="always")
def _is_in(field, i, j, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    count_k, count_j, count_i = field.shape
    return -0.5 <= i <= count_i - 0.5 and -0.5 <= j <= count_j - 0.5 and -0.5 <= k <= count_k - 0.5


@njit(cache=True, nogil=True, inline="always")
def _index(to_field, i, j, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    return (
        to_field[0, 0] * i + to_field[0, 1] * j + to_field[0, 2] * k + to_field[0, 3],
        to_field[1, 0] * i + to_field[1, 1] * j + to_field[1, 2] * k + to_field[1, 3],
        to_field[2, 0] * i + to_field[2, 1] * j + to_field[2, 2] * k + to_field[2, 3],
    )


@njit(cache=True, nogil=True, inline="always")
def _nearest(field, x, y, z):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Value of the cell that an index within the outer faces lies in."""
    count_k, count_j, count_i = field.shape
    return field[min(int(z + 0.5), count_k - 1), min(int(y + 0.5), count_j - 1), min(int(x + 0.5), count_i - 1)]


@njit(cache=True, nogil=True, inline="always")
def _tally(field, to_field, i, j, k, edges, counts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Count 27 points of one voxel by the first edge each is at or below."""
    for n in range(27):
        x, y, z = _index(to_field, i + (n % 3 - 1) / 3, j + (n // 3 % 3 - 1) / 3, k + (n // 9 - 1) / 3)
        if _is_in(field, x, y, z):
            value = _read(field, x, y, z)
            if value <= edges[-1]:
                counts[np.searchsorted(edges, value)] += 1


@njit(cache=True, nogil=True, inline="always")
def _look(field, to_field, i, j, k, lowest):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Take the lowest of 27 points of one voxel, to its outer faces, where it is lower still."""
    for n in range(27):
        at_i, at_j, at_k = i + (n % 3 - 1) / 2, j + (n // 3 % 3 - 1) / 2, k + (n // 9 - 1) / 2
        x, y, z = _index(to_field, at_i, at_j, at_k)
        if _is_in(field, x, y, z):
            value = _read(field, x, y, z)
            if value < lowest[0]:
                lowest[0], lowest[1], lowest[2], lowest[3] = value, at_i, at_j, at_k


@njit(cache=True, nogil=True, inline="always")
def _look_at_cells(mask, field, from_field, lowest):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Take the lowest cell whose centre lies in a voxel of the mask, where it is lower still."""
    count_k, count_j, count_i = field.shape
    for z in range(count_k):
        for y in range(count_j):
            for x in range(count_i):
                if field[z, y, x] < lowest[0]:
                    i, j, k = _index(from_field, float(x), float(y), float(z))
                    if _is_in(mask, i, j, k) and _nearest(mask, i, j, k):
                        lowest[0], lowest[1], lowest[2], lowest[3] = field[z, y, x], i, j, k


@njit(_SURVEY, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def survey(  # noqa: PLR0913, PLR0917 - a compiled loop takes arrays, not objects
    mask: NDArray[np.bool_],
    field: NDArray[np.float32],
    least: NDArray[np.float32],
    ways: NDArray[np.float64],
    edges: NDArray[np.float64],
    counts: NDArray[np.int64],
    lowest: NDArray[np.float64],
) -> None:
    """Count 27 points of each voxel of a mask by the first of ``edges`` they are at or below, and find the lowest.

    ``least`` holds for each cell of the field a value that no point of a voxel with its centre there is below.
    ``ways`` lead from the mask's indices (i, j, k, 1) to the field's and back, shape (2, 3, 4). ``edges`` increase;
    what lies above the last, or outside the field, is counted nowhere. ``lowest`` takes value and place (i, j, k of the
    mask), read to the voxels' outer faces and at the cells within; its value stays infinite when no voxel's centre lies
    in the field.
    """
    count_k, count_j, count_i = mask.shape
    to_field, from_field = ways[0], ways[1]
    for looks in range(2):
        for k in range(count_k):
            for j in range(count_j):
                for i in range(count_i):
                    if not mask[k, j, i]:
                        continue
                    x, y, z = _index(to_field, float(i), float(j), float(k))
                    if not _is_in(field, x, y, z):
                        continue
                    bound = _nearest(least, x, y, z)
                    if looks:
                        # The second time: what is lowest among the centres leaves few voxels that may hold less.
                        if bound < lowest[0]:
                            _look(field, to_field, i, j, k, lowest)
                        continue
                    value = _read(field, x, y, z)
                    if value < lowest[0]:
                        lowest[0], lowest[1], lowest[2], lowest[3] = value, i, j, k
                    if bound <= edges[-1]:
                        _tally(field, to_field, i, j, k, edges, counts)
    if np.isfinite(lowest[0]):
        _look_at_cells(mask, field, from_field, lowest)
