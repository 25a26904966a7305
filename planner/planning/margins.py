"""How far does the ice stay from each structure, and how much of it freezes? From fields, never from meshes.

The 0 °C edge is the surface where the coldest-ever temperature, read linearly between cells, crosses 0 °C. Its distance
to a structure is the smallest signed distance over the frozen region: positive is the gap between ice and structure,
negative is how deep the ice reaches into it. The first answer comes from the crossings on the grid's edges; around the
best of them the frozen region is then searched at a tenth of a millimetre, so the answer is sub-voxel (H-29). Where ice
reaches into the middle of a structure, its depth is looked for between the voxels, which know the nearer side alone.

A mask knows its surface to half a voxel at best. Too large a margin is the dangerous error, so a tenth of the longest
voxel edge is taken off every margin: with voxels up to 1 mm none of a curved or slanting surface is overstated by more
than 0.3 mm. A flat face along the voxels' own axes may lie anywhere between two of them: there it can be 0.4 voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, point
from planner.planning.clearance import (
    REACH_MM,
    Nearest,
    crop_around,
    near_field,
    nearest,
    nearest_by_faces,
    scan_end_mm,
    signed_distances_mm,
)
from planner.spatial.sample import trilinear
from planner.thermal.exposure import volume_ml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.planning.clearance import NearField

EDGE_C = 0.0
_FINE_STEP_MM = 0.1
GUARD_VOXELS = 0.1
# Candidates this much worse than the best may still win after the fine search: half a cell's diagonal.
CANDIDATE_SLACK = 0.87
MAX_CANDIDATES = 6
APART_CELLS = 1.5
# Steeper than any gradient at the 0 °C edge of a freeze (about 8 °C/mm, computed): sets which voxels are looked into.
_STEEPEST_C_PER_MM = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class IceCloud:
    """Points of the frozen region: its edge, and the frozen cells' centres.

    Parameters
    ----------
    points_lps_mm
        shape (N, 3), float64, LPS mm.
    minimum_c
        shape (K, J, I) of ``grid``, float32, °C, coldest ever.
    """

    points_lps_mm: NDArray[np.float64]
    minimum_c: NDArray[np.float32]
    grid: Grid

    @property
    def is_empty(self) -> bool:
        """Whether nothing freezes."""
        return len(self.points_lps_mm) == 0


def ice_cloud(minimum_c: NDArray[np.float32], grid: Grid) -> IceCloud:
    """Return the frozen region of a coldest-ever field as points: edge crossings on all grid edges, frozen centres."""
    frozen = minimum_c <= EDGE_C
    parts = [np.stack(frozen.nonzero()[::-1], axis=1).astype(np.float64)]
    for axis in range(3):
        near: list[slice] = [slice(None)] * 3
        far: list[slice] = [slice(None)] * 3
        near[axis], far[axis] = slice(None, -1), slice(1, None)
        a, b = minimum_c[tuple(near)].astype(np.float64), minimum_c[tuple(far)].astype(np.float64)
        crossing = (frozen[tuple(near)] != frozen[tuple(far)]).nonzero()
        low, high = a[crossing], b[crossing]
        ijk = np.stack(crossing[::-1], axis=1).astype(np.float64)
        ijk[:, 2 - axis] += (EDGE_C - low) / (high - low)
        parts.append(ijk)
    return IceCloud(grid.to_lps(np.concatenate(parts)), minimum_c, grid)


def edge_to_structure(
    ice: IceCloud, mask: NDArray[np.bool_], grid: Grid, *, reach_mm: float = REACH_MM
) -> Nearest | None:
    """Return the signed distance of the 0 °C edge to a structure; None when the mask is empty.

    Positive: gap between ice and structure. Negative: depth of the ice inside the structure. Up to ``reach_mm`` it is
    exact; beyond, good to half a voxel.
    """
    return _refined(ice, mask, grid, from_inside=False, reach_mm=reach_mm)


def edge_to_skin(ice: IceCloud, body: NDArray[np.bool_], grid: Grid, *, reach_mm: float = REACH_MM) -> Nearest | None:
    """Return the distance of the 0 °C edge to the surface of the body around it; None when the scan shows none."""
    return _refined(ice, body, grid, from_inside=True, reach_mm=reach_mm)


def edges_by_faces(clouds: Sequence[IceCloud], mask: NDArray[np.bool_], grid: Grid) -> list[Nearest | None]:
    """Return the distance of each cloud to a structure beyond all their maps; the first cloud encloses the others."""
    guard_mm = GUARD_VOXELS * max(grid.spacing_ijk_mm)
    found = nearest_by_faces([cloud.points_lps_mm for cloud in clouds], mask, grid, sign=1.0)
    return [None if each is None else Nearest(each.distance_mm - guard_mm, each.at_lps_mm) for each in found]


def ice_to_scan_end_mm(ice: IceCloud, grid: Grid) -> float:
    """Return how far the ice stays from the outer faces of the scan; negative when it leaves the scan."""
    return scan_end_mm(ice.points_lps_mm, grid)


def _refined(
    ice: IceCloud, mask: NDArray[np.bool_], grid: Grid, *, from_inside: bool, reach_mm: float
) -> Nearest | None:
    field = near_field(ice.points_lps_mm, mask, grid, reach_mm=reach_mm)
    return edge_in_field(ice, field, mask=mask, grid=grid, from_inside=from_inside)


def edge_in_field(
    ice: IceCloud, field: NearField, *, mask: NDArray[np.bool_], grid: Grid, from_inside: bool
) -> Nearest | None:
    """Return the same distance by the structure's map made before, which reaches round all points of the ice."""
    points, guard_mm = ice.points_lps_mm, GUARD_VOXELS * max(grid.spacing_ijk_mm)
    distances = signed_distances_mm(points, field, grid, from_inside=from_inside)
    which = int(np.argmin(distances))
    if abs(distances[which]) >= field.reach_mm:
        far = nearest(points, field, mask=mask, grid=grid, from_inside=from_inside)
        return None if far is None else Nearest(far.distance_mm - guard_mm, far.at_lps_mm)
    best, sign = Nearest(float(distances[which]), point(points[which])), -1.0 if from_inside else 1.0
    for candidate in separated(points, distances, which, cell_mm=max(ice.grid.spacing_ijk_mm)):
        fine = _frozen_near(ice, points[candidate])
        fine = fine[grid.contains(fine)]
        if len(fine) == 0:
            continue
        nearby = sign * field.at(fine)
        lowest = int(np.argmin(nearby))
        if nearby[lowest] < best.distance_mm:
            best = Nearest(float(nearby[lowest]), point(fine[lowest]))
        if best.distance_mm < 0 and not from_inside:
            best = _deepened(best, fine[lowest], ice, field)
    return Nearest(best.distance_mm - guard_mm, best.at_lps_mm)


def _deepened(best: Nearest, place: NDArray[np.float64], ice: IceCloud, field: NearField) -> Nearest:
    """Return the deepest frozen point round a place, also between voxels, where it is deeper than the best so far."""
    from planner.spatial.sample_kernels import deepen

    if field.distance_mm is None:
        return best
    moved = np.array((*place, best.distance_mm))
    deepen(
        np.ascontiguousarray(field.distance_mm).reshape(-1),
        np.array(field.grid.shape_kji),
        from_lps(field.grid),
        np.array(field.grid.spacing_ijk_mm),
        np.ascontiguousarray(ice.minimum_c, np.float32).reshape(-1),
        np.array(ice.grid.shape_kji),
        from_lps(ice.grid),
        moved,
        depth_lattice_mm(field.grid),
    )
    return Nearest(float(moved[3]), point(moved[:3])) if moved[3] < best.distance_mm else best


def depth_lattice_mm(grid: Grid) -> NDArray[np.float64]:
    """Return coarse step and reach, fine step and reach, by which a map is searched between its voxels, mm."""
    return max(grid.spacing_ijk_mm) * np.array((0.25, 0.75, 0.05, 0.25))


def from_lps(grid: Grid) -> NDArray[np.float64]:
    """Return the matrix (3, 4) from LPS mm to voxels (i, j, k), as compiled loops take it."""
    return np.ascontiguousarray(np.linalg.inv(grid.matrix)[:3])


def separated(
    points_lps_mm: NDArray[np.float64], distances_mm: NDArray[np.float64], which: int, *, cell_mm: float
) -> list[int]:
    """Return the indices of well separated points that may hold the true minimum: ``which`` first, then the best.

    Parameters
    ----------
    points_lps_mm, distances_mm
        shape (N, 3), LPS mm, and (N,), mm: points of the ice on cells of ``cell_mm`` and their signed distances.
    which
        The point of the smallest distance.
    """
    near = np.flatnonzero(distances_mm <= distances_mm[which] + CANDIDATE_SLACK * cell_mm)
    near = near[np.argsort(distances_mm[near], kind="stable")]
    chosen, last = [which], which
    while len(chosen) < MAX_CANDIDATES:
        apart = points_lps_mm[near] - points_lps_mm[last]
        near = near[np.einsum("ij,ij->i", apart, apart) > (APART_CELLS * cell_mm) ** 2]
        if not len(near):
            break
        last = int(near[0])
        chosen.append(last)
    return chosen


def _frozen_near(ice: IceCloud, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the frozen points of a fine lattice, one cell each way round a place."""
    reach = max(ice.grid.spacing_ijk_mm)
    count = 2 * int(np.ceil(reach / _FINE_STEP_MM)) + 1
    offsets = np.linspace(-reach, reach, count)
    lattice = np.stack(np.meshgrid(offsets, offsets, offsets, indexing="ij"), axis=-1).reshape(-1, 3) + place
    temperature = trilinear(ice.minimum_c, ice.grid, lattice, outside=np.inf)
    frozen: NDArray[np.float64] = lattice[temperature <= EDGE_C]
    return frozen


def ice_volume_ml(minimum_c: NDArray[np.float32], grid: Grid) -> float:
    """Return the volume at or below 0 °C, mL, cells at its surface in part (see :mod:`planner.thermal.exposure`)."""
    return volume_ml(minimum_c, grid, level_c=EDGE_C)


def rim_minimum_c(minimum_c: NDArray[np.float32], *, without: NDArray[np.bool_] | None = None) -> float:
    """Return the coldest temperature on the six outer faces of the box, leaving out cells such as air."""
    field = minimum_c if without is None else np.where(without, np.float32(np.inf), minimum_c)
    faces = [field[edge] for axis in range(3) for edge in (_face(axis, 0), _face(axis, -1))]
    coldest = min(float(face.min()) for face in faces)
    return coldest if np.isfinite(coldest) else float(minimum_c.min())


def _face(axis: int, index: int) -> tuple[slice | int, ...]:
    return tuple(index if a == axis else slice(None) for a in range(3))


@dataclass(frozen=True, slots=True, eq=False)
class VoxelsNear:
    """The voxels of a structure near some points."""

    ijk: NDArray[np.float64]
    grid: Grid

    @classmethod
    def of(cls, mask: NDArray[np.bool_], grid: Grid, around_lps_mm: NDArray[np.float64]) -> VoxelsNear:
        """Take the voxels of a mask in the box around some points."""
        cut = crop_around(around_lps_mm, mask, grid, reach_mm=max(grid.spacing_ijk_mm))
        if cut is None:
            return cls(np.empty((0, 3)), grid)
        part, part_grid = cut
        ijk = np.stack(part.nonzero()[::-1], axis=1).astype(np.float64)
        return cls(ijk, part_grid)

    @property
    def half_diagonal_mm(self) -> float:
        """Distance from a voxel's centre to its corner."""
        return float(np.linalg.norm(self.grid.spacing_ijk_mm)) / 2

    def centres_lps_mm(self) -> NDArray[np.float64]:
        """Centres of the voxels, shape (N, 3)."""
        return self.grid.to_lps(self.ijk)

    def points_around_coldest(self, field_c: NDArray[np.floating], box: Grid) -> NDArray[np.float64]:
        """Return a lattice to the outer faces of every voxel that may hold the coldest point, shape (N, 3)."""
        centre_c = trilinear(field_c, box, self.centres_lps_mm(), outside=np.inf)
        if len(centre_c) == 0 or not np.isfinite(centre_c.min()):
            return np.empty((0, 3))
        close = centre_c <= centre_c.min() + 2 * _STEEPEST_C_PER_MM * self.half_diagonal_mm
        return self.points_lps_mm(close, (-0.5, 0.0, 0.5))

    def colder_than(self, level_c: float, field_c: NDArray[np.floating], box: Grid) -> VoxelsNear:
        """Return those voxels that could hold a point at or below a temperature."""
        centre_c = trilinear(field_c, box, self.centres_lps_mm(), outside=np.inf)
        kept = centre_c <= level_c + _STEEPEST_C_PER_MM * self.half_diagonal_mm
        return VoxelsNear(self.ijk[kept], self.grid)

    def points_lps_mm(self, chosen: NDArray[np.bool_], fractions: tuple[float, ...]) -> NDArray[np.float64]:
        """Return a lattice in each chosen voxel, ``fractions`` of a voxel from its centre along each axis."""
        offsets = np.stack(np.meshgrid(fractions, fractions, fractions, indexing="ij"), axis=-1).reshape(-1, 3)
        return self.grid.to_lps((self.ijk[chosen][:, None] + offsets).reshape(-1, 3))
