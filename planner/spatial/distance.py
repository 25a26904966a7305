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

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused
from planner.spatial.box import TILE_VOXELS, grown, mask_box, shape_of, tiles, voxels_for_mm, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.spatial.box import Box

# Width of the smoothing in voxels: enough to even out stair steps, small enough that a sphere of five voxels' radius
# loses a twentieth of a voxel (bias is sigma²/R).
_SMOOTHING_VOXELS = 0.5
_SMOOTHING_REACH_VOXELS = 3
# Voxels of reach up to which tile by tile, leaving out those with no surface near, is less work than all at once.
_LARGEST_HALO = 20
_THREADS = 2


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
    there = mask_box(mask)
    if there is None:
        return result
    if mask.all():
        return np.negative(result, out=result)
    spacing_kji = grid.spacing_ijk_mm[::-1]
    if within_mm is None:
        distance = _distance(mask, spacing_kji, grown(there, mask.shape, (_SMOOTHING_REACH_VOXELS,) * 3))
        return np.clip(distance, -limit, limit, out=distance)
    # One voxel more: a crossing within the reach may lie between two voxels the farther of which is beyond it.
    reach = [n + _SMOOTHING_REACH_VOXELS + 1 for n in voxels_for_mm(within_mm, spacing_kji)]
    box = grown(there, mask.shape, reach)
    in_tiles = max(reach) <= _LARGEST_HALO and max(shape_of(box)) > 2 * TILE_VOXELS

    def fill(spans: tuple[Box, Box]) -> None:
        tile, around = spans
        part = mask[around]
        if part.all():
            result[tile] = -limit
        elif (here := mask_box(part)) is not None:
            surface = grown(here, part.shape, (_SMOOTHING_REACH_VOXELS,) * 3)
            near = _distance(part, spacing_kji, surface)[within(tile, around)]
            np.clip(near, -limit, limit, out=result[tile])

    if not in_tiles:
        fill((box, box))
        return result
    # The kernels and the smoothing let other threads run; tiles have no voxel in common.
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(fill, tiles(box, halo=reach, shape_kji=mask.shape)))
    return result


def surface_points(mask: NDArray[np.bool_], grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where a mask's surface crosses the lines between neighbouring voxel centres, and the way out along them.

    The points that :func:`signed_distance_mm` measures from. A structure cut by the edge of the grid has none there.

    Parameters
    ----------
    mask
        shape (K, J, I) of ``grid``, bool.

    Returns
    -------
    points_lps_mm, outward
        Each shape (N, 3), float64: LPS mm, and unit vectors along the line toward its outside voxel.
    """
    points, outward = [np.empty((0, 3))], [np.empty((0, 3))]
    box = mask_box(mask)
    if box is None:
        return points[0], outward[0]
    around_all = grown(box, mask.shape, (1, 1, 1))
    halo = (_SMOOTHING_REACH_VOXELS + 1,) * 3
    for tile, around in tiles(around_all, halo=halo, shape_kji=mask.shape):
        part = mask[around]
        if part.any() and not part.all():
            kji, out_kji = _crossings(part, within(tile, around))
            points.append(grid.to_lps((kji + [span.start for span in around])[:, ::-1]))
            outward.append(out_kji[:, ::-1] @ grid.direction.T)
    return np.concatenate(points), np.concatenate(outward)


def _crossings(mask: NDArray[np.bool_], tile: Box) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the crossings between each voxel of a tile and the one after it, and the way out.

    Each shape (N, 3), in voxels as (k, j, i).
    """
    probit = _probit(mask)
    found, ways = [], []
    for axis in range(3):
        after = [slice(span.start, span.stop) for span in tile]
        after[axis] = slice(tile[axis].start + 1, min(tile[axis].stop + 1, mask.shape[axis]))
        here = [slice(span.start, span.stop) for span in tile]
        here[axis] = slice(tile[axis].start, after[axis].stop - 1)
        near, far = tuple(here), tuple(after)
        at = np.nonzero(mask[near] != mask[far])
        a, b = probit[near][at].astype(np.float64), probit[far][at].astype(np.float64)
        outward = np.where(mask[near][at], 1.0, -1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where((outward * a > 0) & (outward * b < 0), a / (a - b), 0.5)
        kji = np.stack(at, axis=1).astype(np.float64) + [span.start for span in near]
        kji[:, axis] += share
        way = np.zeros_like(kji)
        way[:, axis] = outward
        found.append(kji)
        ways.append(way)
    return np.concatenate(found), np.concatenate(ways)


def _distance(
    mask: NDArray[np.bool_], spacing_kji: tuple[float, float, float], box: tuple[slice, ...]
) -> NDArray[np.float32]:
    """Return signed distances; ``box`` holds every pair of an inside and an outside neighbour."""
    probit = np.zeros(mask.shape, np.float32)
    probit[box] = _probit(mask[box])
    return distance_to_crossings(mask, probit, spacing_kji, box)


def distance_to_crossings(
    mask: NDArray[np.bool_],
    height: NDArray[np.float32],
    spacing_kji_mm: tuple[float, float, float],
    box: tuple[slice, ...],
) -> NDArray[np.float32]:
    """Return signed distances to a surface that crosses the lines between neighbouring voxels, negative inside.

    Parameters
    ----------
    mask
        shape (K, J, I), bool: what is inside.
    height
        shape (K, J, I), float32: positive inside; the surface crosses where it passes zero between two neighbours,
        read linearly, and half-way where it does not.
    box
        Holds every pair of an inside and an outside neighbour.

    Returns
    -------
    shape (K, J, I), float32, mm.
    """
    from planner.spatial import distance_kernels as kernels

    def to_crossings(axis: int) -> NDArray[np.float32]:
        squared = np.empty(mask.shape, np.float32)
        views = (np.moveaxis(array, axis, 0) for array in (mask, height, squared))
        kernels.row_pass(*views, spacing_kji_mm[axis])
        return squared

    def envelope(squared: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
        kernels.envelope_pass(np.moveaxis(squared, axis, 0), spacing_kji_mm[axis])
        return squared

    # Squared distance to crossings on edges along i, j, k. Minimum and lower envelope commute, so passes are shared.
    squared = envelope(to_crossings(2), 1)
    np.minimum(squared, envelope(to_crossings(1), 2), out=squared)
    envelope(squared, 0)
    np.minimum(squared, envelope(envelope(to_crossings(0), 1), 2), out=squared)
    np.sqrt(squared, out=squared)
    kernels.plane_fix(squared[box], mask[box], height[box], np.array(spacing_kji_mm))
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
