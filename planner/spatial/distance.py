"""How far is every voxel from a structure's surface? Signed, exact to the surface points, sub-voxel where possible.

A binary mask knows its surface to half a voxel. Two steps recover most of the rest (H-29):

1. *Surface points.* Between an inside and an outside neighbour the surface crosses once. Where the mask, lightly
   smoothed, changes sign with it, the crossing is where the smoothed mask passes one half (a plane blurred by a
   Gaussian is linear in its probit); elsewhere, as in structures one or two voxels thin, it is half-way. The crossing
   never leaves the pair of voxels, so nothing thin vanishes.
2. *Distance to these points.* Exact and linear in the number of voxels, by lower envelopes along each axis
   (Felzenszwalb & Huttenlocher, Theory of Computing 2012), with the first pass taking the sub-voxel position. Voxels
   beside the surface take the distance to the plane through their crossings instead, since points alone overstate it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

# Width of the smoothing in voxels: enough to even out stair steps, small enough that a sphere of five voxels' radius
# loses a twentieth of a voxel (bias is sigma²/R).
_SMOOTHING_VOXELS = 0.5
_SMOOTHING_REACH_VOXELS = 3


def signed_distance_mm(mask: NDArray[np.bool_], grid: Grid, *, within_mm: float | None = None) -> NDArray[np.float32]:
    """Return the distance to the mask's surface, negative inside.

    A structure cut by the edge of the grid has no surface there. An empty mask is infinitely far, a full one has no
    surface (minus infinity everywhere).

    Parameters
    ----------
    mask
        shape (K, J, I) of ``grid``, bool.
    within_mm
        When given, distances are computed only this far from the mask's bounding box and are limited to this size;
        much faster for a small structure in a large scan.

    Returns
    -------
    shape (K, J, I), float32, mm.
    """
    if mask.shape != grid.shape_kji:
        raise GeometryRefused(
            f"The mask is {mask.shape} but its grid is {grid.shape_kji}; they do not belong together.",
            code="distance-shape",
        )
    limit = np.float32(np.inf if within_mm is None else within_mm)
    result = np.full(mask.shape, limit, np.float32)
    box = _bounding_box(mask)
    if box is None:
        return result
    if mask.all():
        return np.negative(result, out=result)
    spacing_kji = grid.spacing_ijk_mm[::-1]
    everything = tuple(slice(0, n) for n in mask.shape)
    work = everything if within_mm is None else _grown(box, mask.shape, _voxels(within_mm, spacing_kji))
    surface = _grown(box, mask.shape, (_SMOOTHING_REACH_VOXELS,) * 3)
    surface_in_work = tuple(slice(s.start - w.start, s.stop - w.start) for s, w in zip(surface, work, strict=True))
    distance = _distance(mask[work], spacing_kji, surface_in_work)
    result[work] = np.clip(distance, -limit, limit, out=distance)
    return result


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice] | None:
    spans = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        touched = np.flatnonzero(mask.any(axis=others))
        if touched.size == 0:
            return None
        spans.append(slice(int(touched[0]), int(touched[-1]) + 1))
    return spans[0], spans[1], spans[2]


def _voxels(distance_mm: float, spacing_kji: tuple[float, float, float]) -> tuple[int, ...]:
    """Return how many voxels each way hold a distance, and the reach of the smoothing."""
    return tuple(int(np.ceil(distance_mm / spacing)) + _SMOOTHING_REACH_VOXELS for spacing in spacing_kji)


def _grown(box: tuple[slice, ...], shape: tuple[int, ...], margins: tuple[int, ...]) -> tuple[slice, ...]:
    """Return the box grown by so many voxels each way, within the array."""
    return tuple(
        slice(max(0, span.start - margin), min(n, span.stop + margin))
        for span, n, margin in zip(box, shape, margins, strict=True)
    )


def _distance(
    mask: NDArray[np.bool_], spacing_kji: tuple[float, float, float], box: tuple[slice, ...]
) -> NDArray[np.float32]:
    """Return signed distances; ``box`` holds every pair of an inside and an outside neighbour."""
    from planner.spatial import distance_kernels as kernels

    probit = np.zeros(mask.shape, np.float32)
    probit[box] = _probit(mask[box])

    def to_crossings(axis: int) -> NDArray[np.float32]:
        squared = np.empty(mask.shape, np.float32)
        views = (np.moveaxis(array, axis, 0) for array in (mask, probit, squared))
        kernels.row_pass(*views, spacing_kji[axis])
        return squared

    def envelope(squared: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
        kernels.envelope_pass(np.moveaxis(squared, axis, 0), spacing_kji[axis])
        return squared

    # Squared distance to crossings on edges along i, j, k. Minimum and lower envelope commute, so passes are shared.
    squared = envelope(to_crossings(2), 1)
    np.minimum(squared, envelope(to_crossings(1), 2), out=squared)
    envelope(squared, 0)
    np.minimum(squared, envelope(envelope(to_crossings(0), 1), 2), out=squared)
    np.sqrt(squared, out=squared)
    kernels.plane_fix(squared[box], mask[box], probit[box], np.array(spacing_kji))
    np.negative(squared, out=squared, where=mask)
    return squared


def _probit(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the probit of the smoothed mask; only its sign changes and ratios are used.

    At the grid's edge the mask is taken to go on unchanged.
    """
    from scipy.ndimage import gaussian_filter
    from scipy.special import ndtri

    smooth = gaussian_filter(mask.astype(np.float32), _SMOOTHING_VOXELS, mode="nearest", radius=_SMOOTHING_REACH_VOXELS)
    result = np.zeros(mask.shape, np.float32)
    band = (smooth > 1e-4) & (smooth < 1 - 1e-4)
    result[band] = ndtri(smooth[band])
    result[smooth <= 1e-4] = -4.0
    result[smooth >= 1 - 1e-4] = 4.0
    return result
