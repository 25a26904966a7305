"""How near do points come to a structure? Signed, sub-voxel, quick for masks of a whole scan.

Up to ``REACH_MM`` the distance comes from the signed distance map of the mask cut round the points (exact: anything
outside the cut is farther). Beyond, where no rule has its limits, it is the distance to the nearest voxel face,
corrected by that face's own sub-voxel distance to the surface: good to half a voxel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, point
from planner.spatial.box import grown, mask_box
from planner.spatial.distance import signed_distance_mm
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Above the largest limit of any rule (10 mm), so every verdict rests on the exact branch.
REACH_MM = 15.0
# How deep inside a structure a point is still told apart; deeper reads as this deep.
DEEPEST_MM = 40.0
_LOCAL_VOXELS = 8
# Cuts tried in turn for a structure beyond ``REACH_MM``, before the whole scan.
_FAR_MM = (40.0, 90.0)


@dataclass(frozen=True, slots=True)
class Nearest:
    """Smallest signed distance of some points to a surface, and the point it belongs to."""

    distance_mm: float
    at_lps_mm: PointLps


def crop_around(
    points_lps_mm: NDArray[np.float64], mask: NDArray[np.bool_], grid: Grid, *, reach_mm: float
) -> tuple[NDArray[np.bool_], Grid] | None:
    """Return the part of a mask within ``reach_mm`` of the points' bounding box, with its grid; None when outside."""
    ijk = grid.to_index(points_lps_mm)
    reach = reach_mm / np.array(grid.spacing_ijk_mm)
    # The bounding box is taken along the voxel axes, which the reach in voxels covers for any orientation.
    low = np.floor(ijk.min(axis=0) - reach).astype(int)
    high = np.ceil(ijk.max(axis=0) + reach).astype(int) + 1
    low, high = np.maximum(low, 0), np.minimum(high, mask.shape[::-1])
    if (high <= low).any():
        return None
    (i0, j0, k0), (i1, j1, k1) = low, high
    part = mask[k0:k1, j0:j1, i0:i1]
    return part, grid.cropped((int(i0), int(j0), int(k0)), part.shape)


@dataclass(frozen=True, slots=True, eq=False)
class NearField:
    """Signed distance to one structure, negative inside, within ``reach_mm`` of the points it was made for.

    Values at or beyond ``± reach_mm`` are bounds. Outside the scan nothing is known and ``reach_mm`` is returned.

    Parameters
    ----------
    distance_mm
        shape of ``grid``, float32, mm; ``None`` where no voxel of the structure is near.
    """

    distance_mm: NDArray[np.float32] | None
    grid: Grid
    reach_mm: float

    def at(self, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the signed distance of points (N, 3), shape (N,), float64, mm."""
        if self.distance_mm is None:
            return np.full(len(points_lps_mm), self.reach_mm)
        return trilinear(self.distance_mm, self.grid, points_lps_mm, outside=self.reach_mm)


def near_field(
    points_lps_mm: NDArray[np.float64], mask: NDArray[np.bool_], grid: Grid, *, reach_mm: float = REACH_MM
) -> NearField:
    """Return the distance map of a structure round some points.

    Parameters
    ----------
    points_lps_mm
        shape (N, 3), LPS mm.
    mask
        shape (K, J, I) of ``grid``, bool.
    """
    # The map goes two voxels beyond the reach, so no value within it is interpolated from a clipped one.
    limit_mm = reach_mm + 2 * max(grid.spacing_ijk_mm)
    cut = crop_around(points_lps_mm, mask, grid, reach_mm=limit_mm)
    if cut is None or not cut[0].any():
        return NearField(None, grid, reach_mm)
    part, part_grid = cut
    if part.all():
        return NearField(np.full(part.shape, -limit_mm, np.float32), part_grid, reach_mm)
    return NearField(signed_distance_mm(part, part_grid, within_mm=limit_mm), part_grid, reach_mm)


def nearest(
    points_lps_mm: NDArray[np.float64], field: NearField, *, mask: NDArray[np.bool_], grid: Grid, from_inside: bool
) -> Nearest | None:
    """Return the point with the smallest signed distance to a structure's surface.

    From outside: a gap, or minus the depth inside. From inside (the body's skin): the distance to the surface around,
    negative for a point outside the body. ``None`` when the scan shows no such surface.
    """
    sign = -1.0 if from_inside else 1.0
    distances = signed_distances_mm(points_lps_mm, field, grid, from_inside=from_inside)
    best = int(np.argmin(distances))
    if abs(distances[best]) < field.reach_mm:
        return Nearest(float(distances[best]), point(points_lps_mm[best]))
    if distances[best] < 0:
        return _nearest_deep(points_lps_mm, mask, grid, sign=sign)
    return _nearest_far(points_lps_mm, mask, grid, sign=sign)


def signed_distances_mm(
    points_lps_mm: NDArray[np.float64], field: NearField, grid: Grid, *, from_inside: bool
) -> NDArray[np.float64]:
    """Return each point's signed distance to a surface as the field knows it, shape (N,), mm.

    From inside, positive is the distance to the surface around; a point outside the scan is infinitely far from it.
    """
    if not from_inside:
        return field.at(points_lps_mm)
    distances = -field.at(points_lps_mm)
    distances[~grid.contains(points_lps_mm)] = np.inf
    return distances


def _nearest_deep(
    points_lps_mm: NDArray[np.float64], mask: NDArray[np.bool_], grid: Grid, *, sign: float
) -> Nearest | None:
    """Return the point deepest on the wrong side, told apart up to ``DEEPEST_MM``."""
    distances = sign * near_field(points_lps_mm, mask, grid, reach_mm=DEEPEST_MM).at(points_lps_mm)
    best = int(np.argmin(distances))
    return Nearest(float(distances[best]), point(points_lps_mm[best]))


def scan_end_mm(points_lps_mm: NDArray[np.float64], grid: Grid) -> float:
    """Return how far the points stay from the outer faces of the scan; negative when one lies outside."""
    ijk = grid.to_index(points_lps_mm)
    spacing = np.array(grid.spacing_ijk_mm)
    below = (ijk + 0.5) * spacing
    above = (np.array(grid.shape_kji[::-1]) - 0.5 - ijk) * spacing
    return float(np.minimum(below, above).min())


def _nearest_far(
    points_lps_mm: NDArray[np.float64], mask: NDArray[np.bool_], grid: Grid, *, sign: float
) -> Nearest | None:
    return nearest_by_faces((points_lps_mm,), mask, grid, sign=sign)[0]


def nearest_voxel_lps_mm(
    place_lps_mm: PointLps, mask: NDArray[np.bool_], grid: Grid, *, within_mm: float
) -> PointLps | None:
    """Return the centre of a structure's voxel nearest to a place, to look at; None when none is as near as that."""
    place = np.array([place_lps_mm])
    cut = crop_around(place, mask, grid, reach_mm=within_mm)
    if cut is None:
        return None
    part, part_grid = cut
    centres = part_grid.to_lps(np.stack(part.nonzero()[::-1], axis=1).astype(np.float64))
    if not len(centres):
        return None
    gaps_mm = np.linalg.norm(centres - place, axis=1)
    which = int(np.argmin(gaps_mm))
    return point(centres[which]) if gaps_mm[which] <= within_mm else None


def nearest_by_faces(
    clouds_lps_mm: Sequence[NDArray[np.float64]], mask: NDArray[np.bool_], grid: Grid, *, sign: float
) -> list[Nearest | None]:
    """Return the nearest point of each cloud by voxel faces, which are looked for once.

    The first cloud encloses the others. ``sign`` is −1 for a surface seen from inside the mask.
    """
    for reach_mm in _FAR_MM:
        cut = crop_around(clouds_lps_mm[0], mask, grid, reach_mm=reach_mm)
        faces = np.empty((0, 3)) if cut is None else voxel_faces_lps_mm(*_bounding_part(*cut))
        found = [_nearest_face(points, faces) for points in clouds_lps_mm]
        # Faces outside the cut are farther than its reach, so one found nearer is the nearest of all.
        if all(each is not None and each[0] <= reach_mm for each in found):
            break
    else:
        faces = voxel_faces_lps_mm(*_bounding_part(mask, grid))
        found = [_nearest_face(points, faces) for points in clouds_lps_mm]
    told: list[Nearest | None] = []
    for points, each in zip(clouds_lps_mm, found, strict=True):
        if each is None:
            told.append(None)
            continue
        gap_mm, face, which = each
        told.append(Nearest(gap_mm + sign * local_distance_mm(face, mask, grid), point(points[which])))
    return told


def _nearest_face(
    points_lps_mm: NDArray[np.float64], faces: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], int] | None:
    """Return the smallest gap between faces and points, with the face and the index of the point."""
    from scipy.spatial import cKDTree

    if len(faces) == 0:
        return None
    # No face is nearer to a point than to the box round all of them: that leaves few to look at closely.
    beyond = np.maximum(points_lps_mm.min(axis=0) - faces, faces - points_lps_mm.max(axis=0))
    to_box = np.linalg.norm(np.maximum(beyond, 0.0), axis=1)
    first = faces[int(np.argmin(to_box))]
    enough_mm = float(np.linalg.norm(points_lps_mm - first, axis=1).min())
    faces = faces[to_box <= enough_mm + 1e-6]
    gaps, which = cKDTree(points_lps_mm).query(faces)
    face = int(np.argmin(gaps))
    return float(gaps[face]), faces[face], int(which[face])


def _bounding_part(mask: NDArray[np.bool_], grid: Grid) -> tuple[NDArray[np.bool_], Grid]:
    """Return the mask cut to one voxel beyond its extent, with its grid; the mask itself when it is empty."""
    box = mask_box(mask)
    if box is None:
        return mask, grid
    k, j, i = grown(box, mask.shape, (1, 1, 1))
    part = mask[k, j, i]
    return part, grid.cropped((i.start, j.start, k.start), part.shape)


def local_distance_mm(face: NDArray[np.float64], mask: NDArray[np.bool_], grid: Grid) -> float:
    """Return the sub-voxel signed distance of one voxel face's centre to the surface."""
    reach = _LOCAL_VOXELS * min(grid.spacing_ijk_mm)
    return float(near_field(face[None], mask, grid, reach_mm=reach).at(face[None])[0])


def voxel_faces_lps_mm(mask: NDArray[np.bool_], grid: Grid) -> NDArray[np.float64]:
    """Return the centres of all faces between an inside and an outside voxel, shape (N, 3), LPS mm."""
    found = []
    for axis in range(3):
        near, far = (slice(None),) * axis + (slice(None, -1),), (slice(None),) * axis + (slice(1, None),)
        changes = mask[near] != mask[far]
        ijk = np.stack(np.unravel_index(np.flatnonzero(changes), changes.shape)[::-1], axis=1).astype(np.float64)
        ijk[:, 2 - axis] += 0.5
        found.append(ijk)
    return grid.to_lps(np.concatenate(found))
