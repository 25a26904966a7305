"""What is the value at this point? Trilinear samples of an array on a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import GeometryRefused

# Fewer are read sooner than the compiled loop is loaded.
_MANY = 2000

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid


def trilinear(array: NDArray[Any], grid: Grid, points_lps_mm: ArrayLike, *, outside: float) -> NDArray[np.float64]:
    """Sample an array at points.

    Parameters
    ----------
    array
        shape (K, J, I) of ``grid``, any real dtype or bool.
    points_lps_mm
        shape (N, 3), LPS mm.
    outside
        Value at points outside the voxels' outer faces, or not finite, in the unit of ``array``. In the outer half
        voxel the outermost value holds.

    Returns
    -------
    shape (N,), float64, unit of ``array``.
    """
    if array.shape != grid.shape_kji:
        raise GeometryRefused(
            f"The array is {array.shape} but its grid is {grid.shape_kji}; they do not belong together.",
            code="sample-shape",
        )
    points = np.asarray(points_lps_mm, dtype=np.float64).reshape(-1, 3)
    ijk = grid.to_index(points)
    upper = np.array(grid.shape_kji[::-1]) - 0.5
    inside = ((ijk >= -0.5) & (ijk <= upper)).all(axis=1)
    values = np.full(len(points), float(outside))
    values[inside] = trilinear_at_index(array, ijk[inside])
    return values


def trilinear_at_index(array: NDArray[Any], ijk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the samples (N,) at continuous indices (N, 3) in (i, j, k) order, clamped to the outermost voxels."""
    if len(ijk) >= _MANY and array.dtype == np.float32 and array.flags.c_contiguous and array.size:
        return _read_compiled(array, ijk)
    upper = np.array(array.shape[::-1]) - 1
    clamped = np.clip(ijk, 0, upper)
    low = np.minimum(clamped.astype(np.int64), np.maximum(upper - 1, 0))
    high = np.minimum(low + 1, upper)
    (i0, j0, k0), (i1, j1, k1) = low.T, high.T
    u, v, w = (clamped - low).T
    near = _bilinear(array, k0, (j0, j1, v), (i0, i1, u))
    far = _bilinear(array, k1, (j0, j1, v), (i0, i1, u))
    result: NDArray[np.float64] = near + w * (far - near)
    return result


def _read_compiled(array: NDArray[np.float32], ijk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Do the same sum in the same order, to the last bit, in a compiled loop."""
    from planner.spatial.sample_kernels import locate, read

    count_k, count_j, count_i = array.shape
    base, share, values = np.empty(len(ijk), np.int64), np.empty((len(ijk), 3)), np.empty(len(ijk))
    locate(np.ascontiguousarray(ijk), np.array(array.shape), base, share)
    steps = np.array([int(count_i > 1), count_i * (count_j > 1), count_i * count_j * (count_k > 1)])
    read(array.reshape(-1), base, share, steps, values)
    return values


_Axis = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]"]


def _bilinear(array: NDArray[Any], k: NDArray[np.int64], rows: _Axis, columns: _Axis) -> NDArray[np.float64]:
    """Return values within slices ``k`` between two rows and two columns, each with its fraction toward the second."""
    j0, j1, v = rows
    i0, i1, u = columns
    top = array[k, j0, i0] * (1.0 - u) + array[k, j0, i1] * u
    bottom = array[k, j1, i0] * (1.0 - u) + array[k, j1, i1] * u
    result: NDArray[np.float64] = top * (1.0 - v) + bottom * v
    return result
