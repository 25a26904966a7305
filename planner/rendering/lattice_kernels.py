"""What are the values of a volume on a lattice of points across its voxels? Compiled loops behind reslice and slab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, types

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST, SMALLEST, MEAN = 0, 1, 2

# Compiled when this file is first imported (or read from the cache), so that no first turn of a plane waits for it.
# Read-only, as shared memory and kept blobs come; arrays that may be written are taken as well.
_SIGNATURES = [
    types.void(
        types.Array(kind, 3, "C", readonly=True),
        types.float64[:, ::1],
        types.int64,
        types.int64,
        types.float32,
        types.float32[:, ::1],
    )
    for kind in (types.int16, types.float32, types.float64, types.boolean)
]


@njit(_SIGNATURES, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def sample_lattice(
    array: NDArray[Any],
    lattice_ijk: NDArray[np.float64],
    layers: int,
    mode: int,
    outside: float,
    values: NDArray[np.float32],
) -> None:
    """Fill ``values`` (R, C) with trilinear samples at ``start + c·column + r·row + n·through``.

    ``lattice_ijk`` holds start, column, row and through in index space, shape (4, 3). With several ``layers`` each
    value is the largest, smallest or mean (the first and last counting half) of the samples through them. Samples
    beyond the voxels' outer faces do not count; none at all is ``outside``. In the outer half voxel the outermost value
    holds.
    """
    count_k, count_j, count_i = array.shape
    rows, columns = values.shape
    start, column, row, through = lattice_ijk[0], lattice_ijk[1], lattice_ijk[2], lattice_ijk[3]
    for r in range(rows):
        for c in range(columns):
            i0 = start[0] + c * column[0] + r * row[0]
            j0 = start[1] + c * column[1] + r * row[1]
            k0 = start[2] + c * column[2] + r * row[2]
            found, weights = np.float32(0.0), np.float32(0.0)
            for n in range(layers):
                i, j, k = i0 + n * through[0], j0 + n * through[1], k0 + n * through[2]
                if not (-0.5 <= i <= count_i - 0.5 and -0.5 <= j <= count_j - 0.5 and -0.5 <= k <= count_k - 0.5):
                    continue
                i, j, k = (
                    min(max(i, 0.0), count_i - 1.0),
                    min(max(j, 0.0), count_j - 1.0),
                    min(max(k, 0.0), count_k - 1.0),
                )
                li, lj, lk = int(i), int(j), int(k)
                ui, uj, uk = min(li + 1, count_i - 1), min(lj + 1, count_j - 1), min(lk + 1, count_k - 1)
                fi, fj, fk = np.float32(i - li), np.float32(j - lj), np.float32(k - lk)
                a = np.float32(array[lk, lj, li])
                b = np.float32(array[lk, uj, li])
                d = np.float32(array[uk, lj, li])
                e = np.float32(array[uk, uj, li])
                a += (np.float32(array[lk, lj, ui]) - a) * fi
                b += (np.float32(array[lk, uj, ui]) - b) * fi
                d += (np.float32(array[uk, lj, ui]) - d) * fi
                e += (np.float32(array[uk, uj, ui]) - e) * fi
                a += (b - a) * fj
                d += (e - d) * fj
                value = a + (d - a) * fk
                if mode == MEAN:
                    weight = np.float32(0.5 if layers > 1 and (n == 0 or n == layers - 1) else 1.0)
                    found += value * weight
                    weights += weight
                elif weights == 0.0 or (mode == LARGEST and value > found) or (mode == SMALLEST and value < found):
                    found, weights = value, np.float32(1.0)
            if weights == 0.0:
                values[r, c] = outside
            else:
                values[r, c] = found / weights if mode == MEAN else found
