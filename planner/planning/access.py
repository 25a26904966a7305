"""From which places of the skin may a shaft come in? The skin as triangles, each with the place where it is entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid
from planner.spatial.box import grown, mask_box
from planner.spatial.resample import mask_fraction_onto
from planner.spatial.sample import trilinear
from planner.spatial.surface_net import surface_net

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan

SPACING_MM = 4.0
_HALF = 0.5
_SEEK_STEP_MM = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SkinMesh:
    """The skin as triangles; open where the scan cuts the body.

    Parameters
    ----------
    points_lps_mm
        shape (N, 3), LPS mm.
    triangles
        shape (M, 3), int64, numbers of points, outward side counter-clockwise.
    entries_lps_mm
        shape (M, 3): the place of each triangle at which a shaft enters, on the surface of the body mask itself.
    normals_lps
        shape (M, 3): unit vectors out of the body.
    """

    points_lps_mm: NDArray[np.float64]
    triangles: NDArray[np.int64]
    entries_lps_mm: NDArray[np.float64]
    normals_lps: NDArray[np.float64]


def skin_entries(
    plan: Plan, masks: Mapping[StructureId, NDArray[np.bool_]], *, spacing_mm: float = SPACING_MM
) -> SkinMesh:
    """Return the skin in triangles with sides of about ``spacing_mm``; the same mask gives the same triangles.

    Cavities within the body have no skin. The side that lies on the table is there, too: what comes from it is closed
    when it is screened.

    Raises
    ------
    PlanInvalid
        When the skin is not segmented, or its mask is empty or not at hand.
    """
    skin = plan.skin
    body = None if skin is None else masks.get(skin.id)
    if body is None or not body.any():
        raise PlanInvalid(
            "The skin is not segmented, so nobody knows where a shaft may enter. Find it in the Structures step.",
            code="access-no-skin",
        )
    return skin_mesh(body, plan.volume.grid, spacing_mm=spacing_mm)


def skin_mesh(body: NDArray[np.bool_], grid: Grid, *, spacing_mm: float) -> SkinMesh:
    """Return the outer surface of a body mask, bool, shape (K, J, I) of ``grid``."""
    share, coarse = _coarse_body(body, grid, spacing_mm)
    points, triangles = surface_net(_filled(share), coarse, level=_HALF)
    corners = points[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normals, axis=1)
    whole = size > 1e-6
    triangles, normals = triangles[whole], normals[whole] / size[whole, None]
    entries, is_found = _on_surface(corners[whole].mean(axis=1), normals, body, grid, reach_mm=2 * spacing_mm)
    return SkinMesh(points, triangles[is_found], entries[is_found], normals[is_found])


def _coarse_body(body: NDArray[np.bool_], grid: Grid, spacing_mm: float) -> tuple[NDArray[np.float32], Grid]:
    """Return which share of each coarse cell the body fills, over the body and a cell of air round it within the CT."""
    box = mask_box(body)
    if box is None:
        return np.zeros((1, 1, 1), np.float32), grid.cropped((0, 0, 0), (1, 1, 1))
    steps = np.maximum(1.0, spacing_mm / np.array(grid.spacing_ijk_mm))
    k, j, i = grown(box, body.shape, [int(np.ceil(2 * step)) for step in steps[::-1]])
    part = body[k, j, i]
    source = grid.cropped((i.start, j.start, k.start), part.shape)
    sizes = np.array(part.shape[::-1])
    counts = np.maximum(1, (sizes / steps).astype(int))
    matrix = source.matrix
    matrix[:3, 3] = source.to_lps((sizes - 1) / 2 - (counts - 1) / 2 * steps)
    matrix[:3, :3] *= steps
    coarse = Grid.from_matrix((int(counts[2]), int(counts[1]), int(counts[0])), matrix)
    # A cell more each way, as the outermost ones are: skin goes on to the scan's end, and no further.
    share = np.pad(mask_fraction_onto(part, source=source, target=coarse), 1, mode="edge")
    return share, coarse.cropped((-1, -1, -1), share.shape)


def _filled(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill what the outside air does not reach: no shaft enters from a cavity."""
    from scipy.ndimage import label

    labels, _ = label(share < _HALF)
    rim = np.zeros(share.shape, np.bool_)
    for axis in (1, 2):
        np.moveaxis(rim, axis, 0)[[0, -1]] = True
    outside = np.unique(labels[rim & (labels > 0)])
    is_cavity = (labels > 0) & ~np.isin(labels, outside)
    return np.where(is_cavity, np.float32(1.0), share)


def _on_surface(
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    body: NDArray[np.bool_],
    grid: Grid,
    *,
    reach_mm: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Slide points along their normals to where the body mask, read between voxels, ends; which of them found it."""
    offsets = np.arange(reach_mm, -reach_mm - _SEEK_STEP_MM / 2, -_SEEK_STEP_MM)
    previous = np.zeros(len(points))
    best = np.full(len(points), np.nan)
    for offset in offsets:
        share = trilinear(body, grid, points + offset * normals, outside=0.0)
        enters = np.isnan(best) & (previous < _HALF) & (share >= _HALF)
        with np.errstate(invalid="ignore", divide="ignore"):
            back = (share - _HALF) / (share - previous) * _SEEK_STEP_MM
        best[enters] = offset + back[enters]
        previous = share
    is_found = ~np.isnan(best)
    entries = points + np.where(is_found, best, 0.0)[:, None] * normals
    return entries, is_found & grid.contains(entries)
