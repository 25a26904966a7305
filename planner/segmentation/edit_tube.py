"""Which voxels does a tube along a line hold? Those whose centres lie within its radius, with round ends.

The line is the one that nerves run on (:mod:`planner.spatial.curve`). Where the tube is thinner than the voxels, those
that its centre line runs through are held as well: a nerve or ureter never breaks into pieces or vanishes (H-28).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.segmentation.edit_scene import Patch
from planner.spatial.curve import curve_through

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.mask_edit import Tube
    from planner.segmentation.edit_scene import Scene
    from planner.spatial.box import Box

# Straight pieces of the line are at most a fifth of the radius long, within these limits: on a bend of twice the radius
# they leave the curve by less than 1 % of the radius.
_PIECE_OF_RADIUS = 0.2
_PIECES_MM = (0.25, 5.0)


def tube(edit: Tube, scene: Scene) -> Patch:
    """Return the tube's voxels within the CT; raise PlanInvalid when it lies outside of it altogether."""
    length_mm = float(np.clip(_PIECE_OF_RADIUS * edit.radius_mm, *_PIECES_MM))
    curve = curve_through(edit.centreline_lps_mm, what="A tube", step_mm=length_mm)
    kji = scene.grid.to_index(curve.points_lps_mm)[:, ::-1]
    spacing = np.array(scene.spacing_kji_mm)
    box = _box_round(kji, edit.radius_mm / spacing, scene.grid.shape_kji)
    if box is None:
        raise PlanInvalid("The tube lies outside of the CT. Draw it in the slices.", code="edit-tube-outside")
    voxels = np.zeros(tuple(span.stop - span.start for span in box), np.bool_)
    lower = np.array([span.start for span in box])
    on_grid_mm = (kji - lower) * spacing
    for number in range(len(kji) - 1):
        if number % 64 == 0:
            scene.working("Drawing the tube")
        _draw_piece(voxels, on_grid_mm[number], on_grid_mm[number + 1], radius_mm=edit.radius_mm, spacing_mm=spacing)
    _draw_line(voxels, kji - lower)
    return Patch(box, voxels)


def _box_round(kji: NDArray[np.float64], reach: NDArray[np.float64], shape: tuple[int, int, int]) -> Box | None:
    """Return the box of a line grown by ``reach`` voxels, within the CT; None when it lies outside."""
    low = np.maximum(np.floor(kji.min(axis=0) - reach).astype(int), 0)
    high = np.minimum(np.ceil(kji.max(axis=0) + reach).astype(int) + 1, shape)
    if (high <= low).any():
        return None
    k, j, i = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return k, j, i


def _draw_piece(
    voxels: NDArray[np.bool_],
    start_mm: NDArray[np.float64],
    end_mm: NDArray[np.float64],
    *,
    radius_mm: float,
    spacing_mm: NDArray[np.float64],
) -> None:
    """Add the voxels within the radius of one straight piece; positions in mm from the first voxel along [k, j, i]."""
    centre, reach = (start_mm + end_mm) / 2, np.abs(end_mm - start_mm) / 2 + radius_mm
    box = _box_round(centre[None] / spacing_mm, reach / spacing_mm, (voxels.shape[0], voxels.shape[1], voxels.shape[2]))
    if box is None:
        return
    axes = np.ogrid[box]
    k, j, i = (axis * spacing - origin for axis, spacing, origin in zip(axes, spacing_mm, start_mm, strict=True))
    along = end_mm - start_mm
    length_sq = max(float(along @ along), 1e-12)
    t = np.clip((k * along[0] + j * along[1] + i * along[2]) / length_sq, 0.0, 1.0)
    away_sq = (k - t * along[0]) ** 2 + (j - t * along[1]) ** 2 + (i - t * along[2]) ** 2
    # A rounding error more than the radius, so that a centre exactly on the surface counts on every grid.
    voxels[box] |= away_sq <= radius_mm**2 * (1 + 1e-9)


def _draw_line(voxels: NDArray[np.bool_], kji: NDArray[np.float64]) -> None:
    """Add the voxels that the centre line runs through; ``kji`` counts voxels from the box's first."""
    steps = max(2, int(np.ceil(np.abs(np.diff(kji, axis=0)).max() * 8)))
    fine = np.concatenate([kji[:-1] + np.diff(kji, axis=0) * share for share in np.linspace(0, 1, steps + 1)])
    nearest = np.rint(fine).astype(int)
    nearest = nearest[((nearest >= 0) & (nearest < voxels.shape)).all(axis=1)]
    voxels[tuple(nearest.T)] = True
