"""What would this array be on another grid? Images by averaging, masks by volume, never aliased.

Grids whose axes are parallel (any order, any sign: head first or feet first) are resampled exactly, one axis at a time,
with the overlap of each target cell and the source as weights. Other grids are supersampled: a target cell is the mean
of regularly placed points inside it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import GeometryRefused
from planner.spatial.sample import trilinear_at_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

    Contract = Callable[[NDArray[np.float32], NDArray[np.float32], int], NDArray[np.float32]]

# Two axes count as parallel when the far end of the target strays less than this from the source axis, in voxels.
_PARALLEL_TOLERANCE_VOXELS = 1e-3
# Points per target cell and axis of the oblique path: at least, at most.
_FEWEST_MASK_POINTS = 4
_MOST_POINTS = 8
_POINTS_AT_ONCE = 2_000_000


def image_onto(array: NDArray[Any], *, source: Grid, target: Grid, outside: float) -> NDArray[np.float32]:
    """Resample an image: trilinear where the target is finer, cell averages of the trilinear image where it is coarser.

    A linear field is reproduced exactly, except in the outer half voxel of the source where the outermost value holds.

    Parameters
    ----------
    array
        shape (K, J, I) of ``source``, any real dtype.
    outside
        Value of target voxels whose centre is outside the source's outer faces, in the unit of ``array``.

    Returns
    -------
    shape (K, J, I) of ``target``, float32, unit of ``array``.
    """
    _require_shape(array, source)
    parallel = _parallel_axes(source, target)
    if parallel is None:
        return _image_oblique(array, source=source, target=target, outside=outside)
    weights = []
    covered = []
    for source_axis, target_axis, scale, offset in parallel:
        count = target.shape_kji[2 - target_axis]
        centres: NDArray[np.float64] = offset + scale * np.arange(count, dtype=np.float64)
        size = source.shape_kji[2 - source_axis]
        weights.append(_hat_weights(centres, abs(scale), size))
        covered.append((centres >= -0.5) & (centres <= size - 0.5))
    result = _apply(array, parallel, weights)
    inside_i, inside_j, inside_k = covered
    inside = inside_k[:, None, None] & inside_j[None, :, None] & inside_i[None, None, :]
    result[~inside] = outside
    return result


def mask_fraction_onto(mask: NDArray[np.bool_], *, source: Grid, target: Grid) -> NDArray[np.float32]:
    """Return the share of each target cell's volume that is inside the mask's voxels, 0 to 1.

    Exact for parallel grids, so total volume is conserved and a vessel thinner than a cell leaves its fraction. For
    oblique grids the share is counted over 4³ to 8³ points per cell. Outside the source nothing is inside the mask.

    Parameters
    ----------
    mask
        shape (K, J, I) of ``source``, bool.

    Returns
    -------
    shape (K, J, I) of ``target``, float32, dimensionless.
    """
    _require_shape(mask, source)
    parallel = _parallel_axes(source, target)
    if parallel is None:
        return _fraction_oblique(mask, source=source, target=target)
    weights = []
    for source_axis, target_axis, scale, offset in parallel:
        centres: NDArray[np.float64] = offset + scale * np.arange(target.shape_kji[2 - target_axis], dtype=np.float64)
        weights.append(_box_weights(centres, abs(scale), source.shape_kji[2 - source_axis]))
    return np.clip(_apply(mask, parallel, weights, contract=_contract_bands), 0.0, 1.0)


def mask_onto(mask: NDArray[np.bool_], *, source: Grid, target: Grid) -> NDArray[np.bool_]:
    """Return the target cells, shape (K, J, I) bool, of which at least half the volume is inside the mask."""
    # Half a cell is often exactly half; float32 sums must not decide it.
    return mask_fraction_onto(mask, source=source, target=target) >= np.float32(0.5 - 1e-5)


def _require_shape(array: NDArray[Any], source: Grid) -> None:
    if array.shape != source.shape_kji:
        raise GeometryRefused(
            f"The array is {array.shape} but its grid is {source.shape_kji}; they do not belong together.",
            code="resample-shape",
        )


def _index_map(source: Grid, target: Grid) -> NDArray[np.float64]:
    """Return the 4x4 matrix from target (i, j, k, 1) to source (i, j, k, 1)."""
    return np.asarray(np.linalg.solve(source.matrix, target.matrix), dtype=np.float64)


def _parallel_axes(source: Grid, target: Grid) -> list[tuple[int, int, float, float]] | None:
    """Return per target axis i, j, k: (source axis, target axis, source voxels per target voxel, offset); else None."""
    matrix = _index_map(source, target)
    steps = matrix[:3, :3]
    order = np.abs(steps).argmax(axis=0)
    if sorted(order) != [0, 1, 2]:
        return None
    stray = np.abs(steps)
    stray[order, np.arange(3)] = 0.0
    lengths = np.array(target.shape_kji[::-1])
    if float((stray @ lengths).max()) > _PARALLEL_TOLERANCE_VOXELS:
        return None
    return [(int(order[t]), t, float(steps[order[t], t]), float(matrix[order[t], 3])) for t in range(3)]


def _apply(
    array: NDArray[Any],
    parallel: list[tuple[int, int, float, float]],
    weights: list[NDArray[np.float32]],
    *,
    contract: Contract | None = None,
) -> NDArray[np.float32]:
    """Crop to what the weights touch, contract each source axis with its weights, and order axes as the target's."""
    window: list[slice] = [slice(0, 0)] * 3
    cropped: dict[int, NDArray[np.float32]] = {}
    for (source_axis, _, _, _), weight in zip(parallel, weights, strict=True):
        touched = np.flatnonzero(weight.any(axis=0))
        low, high = (int(touched[0]), int(touched[-1]) + 1) if touched.size else (0, 1)
        window[2 - source_axis] = slice(low, high)
        cropped[source_axis] = weight[:, low:high]
    result = array[tuple(window)].astype(np.float32)
    # The strongest reduction first: the rest then works on less.
    by_reduction = sorted(cropped, key=lambda axis: cropped[axis].shape[0] / cropped[axis].shape[1])
    for source_axis in by_reduction:
        result = (contract or _contract)(result, cropped[source_axis], 2 - source_axis)
    to_target = [2 - parallel[2 - axis][0] for axis in range(3)]
    return np.ascontiguousarray(result.transpose(to_target))


def _contract(array: NDArray[np.float32], weights: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    return np.moveaxis(np.tensordot(weights, array, axes=(1, axis)), 0, axis)


def _contract_bands(array: NDArray[np.float32], weights: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Do the same where most weights are zero: a twentieth of the work for the masks of thirty structures."""
    from planner.spatial.band_kernels import banded, sum_bands

    before, size, after = math.prod(array.shape[:axis]), array.shape[axis], math.prod(array.shape[axis + 1 :])
    out = np.empty((before, len(weights), after), np.float32)
    sum_bands(np.ascontiguousarray(array).reshape(before, size, after), *banded(weights), out)
    return out.reshape(*array.shape[:axis], len(weights), *array.shape[axis + 1 :])


def _box_weights(centres: NDArray[np.float64], width: float, size: int) -> NDArray[np.float32]:
    """Return (targets, size): the share of each target cell covered by each source voxel."""
    low = (centres - width / 2)[:, None]
    high = (centres + width / 2)[:, None]
    voxel = np.arange(size)[None, :]
    overlap = np.minimum(high, voxel + 0.5) - np.maximum(low, voxel - 0.5)
    return np.asarray(np.clip(overlap, 0.0, None) / width, dtype=np.float32)


def _hat_weights(centres: NDArray[np.float64], width: float, size: int) -> NDArray[np.float32]:
    """Return (targets, size): weights of the linear interpolant, averaged over the cell when it is wider than a voxel.

    Each row sums to 1. Cells are cut at the source's outer faces, and the outermost value holds over the outer half
    voxel.
    """
    last = size - 1
    if width <= 1.0:
        position = np.clip(centres, 0.0, last)[:, None]
        point: NDArray[np.float64] = np.clip(1.0 - np.abs(position - np.arange(size)[None, :]), 0.0, None)
        return point.astype(np.float32)
    low = np.clip(centres - width / 2, -0.5, size - 0.5)[:, None]
    high = np.clip(centres + width / 2, -0.5, size - 0.5)[:, None]
    voxel = np.arange(size)[None, :]
    mass = _hat_integral(np.clip(high, 0.0, last) - voxel) - _hat_integral(np.clip(low, 0.0, last) - voxel)
    mass[:, :1] += np.clip(high, None, 0.0) - np.clip(low, None, 0.0)
    mass[:, -1:] += np.clip(high, last, None) - np.clip(low, last, None)
    total = mass.sum(axis=1, keepdims=True)
    weight: NDArray[np.float64] = np.divide(mass, total, out=np.zeros_like(mass), where=total > 1e-9)
    return weight.astype(np.float32)


def _hat_integral(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral from minus infinity to x of the triangle of height 1 over (−1, 1)."""
    inside = np.clip(x, -1.0, 1.0)
    rising = (inside + 1.0) ** 2 / 2
    falling = 1.0 - (1.0 - inside) ** 2 / 2
    return np.where(inside < 0, rising, falling)


def _points_per_axis(source: Grid, target: Grid, *, per_source_voxel: float, fewest: int) -> tuple[int, int, int]:
    """Return how many points along target i, j, k keep sub-points closer than the finest source voxel."""
    finest_mm = min(source.spacing_ijk_mm)
    ni, nj, nk = (
        min(_MOST_POINTS, max(fewest, math.ceil(per_source_voxel * spacing / finest_mm - 1e-9)))
        for spacing in target.spacing_ijk_mm
    )
    return ni, nj, nk


def _oblique_points(source: Grid, target: Grid, counts_ijk: tuple[int, int, int], rows: slice) -> NDArray[np.float64]:
    """Return source indices of the sub-points of target slices ``rows``, shape (k·nk, j·nj, i·ni, 3)."""
    shape_k, shape_j, shape_i = target.shape_kji
    slices = np.arange(shape_k)[rows]
    axes = [
        (np.asarray(voxels)[:, None] + (np.arange(n) + 0.5)[None, :] / n - 0.5).ravel()
        for voxels, n in zip((slices, np.arange(shape_j), np.arange(shape_i)), counts_ijk[::-1], strict=True)
    ]
    k, j, i = np.meshgrid(*axes, indexing="ij")
    matrix = _index_map(source, target)
    points: NDArray[np.float64] = np.stack([i, j, k], axis=-1) @ matrix[:3, :3].T + matrix[:3, 3]
    return points


def _block_mean(values: NDArray[Any], counts_ijk: tuple[int, int, int]) -> NDArray[np.float32]:
    ni, nj, nk = counts_ijk
    k, j, i = values.shape
    blocks = values.reshape(k // nk, nk, j // nj, nj, i // ni, ni)
    return np.asarray(blocks.mean(axis=(1, 3, 5), dtype=np.float64), dtype=np.float32)


def _slabs(target: Grid, counts_ijk: tuple[int, int, int]) -> list[slice]:
    """Return runs of target slices small enough to hold all their sub-points at once."""
    per_slice = target.shape_kji[1] * target.shape_kji[2] * math.prod(counts_ijk)
    step = max(1, _POINTS_AT_ONCE // per_slice)
    return [slice(k, min(k + step, target.shape_kji[0])) for k in range(0, target.shape_kji[0], step)]


def _image_oblique(array: NDArray[Any], *, source: Grid, target: Grid, outside: float) -> NDArray[np.float32]:
    counts = _points_per_axis(source, target, per_source_voxel=1.0, fewest=1)
    result = np.empty(target.shape_kji, np.float32)
    upper = np.array(source.shape_kji[::-1]) - 0.5
    for rows in _slabs(target, counts):
        points = _oblique_points(source, target, counts, rows)
        values = trilinear_at_index(array, points.reshape(-1, 3)).reshape(points.shape[:3])
        result[rows] = _block_mean(values, counts)
        centres = _oblique_points(source, target, (1, 1, 1), rows)
        result[rows][~((centres >= -0.5) & (centres <= upper)).all(axis=-1)] = outside
    return result


def _fraction_oblique(mask: NDArray[np.bool_], *, source: Grid, target: Grid) -> NDArray[np.float32]:
    counts = _points_per_axis(source, target, per_source_voxel=2.0, fewest=_FEWEST_MASK_POINTS)
    result = np.empty(target.shape_kji, np.float32)
    upper = np.array(source.shape_kji[::-1])
    for rows in _slabs(target, counts):
        nearest = np.floor(_oblique_points(source, target, counts, rows) + 0.5).astype(np.int64)
        inside = np.asarray(((nearest >= 0) & (nearest < upper)).all(axis=-1))
        i, j, k = np.moveaxis(np.where(inside[..., None], nearest, 0), -1, 0)
        result[rows] = _block_mean(mask[k, j, i] & inside, counts)
    return result
