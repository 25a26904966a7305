"""Where do the hubs of very many shafts end? In the body again, or too near the wall of the scanner's bore.

The same questions as :mod:`planner.planning.gantry` answers for one shaft, and the same answers, for all at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.planning.gantry import BAND_MM, Rest, resting_place
from planner.planning.trajectory import ENTRY_TOLERANCE_MM, STEP_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.gantry import Gantry
    from planner.domain.geometry import Grid, PatientPosition

_BLOCK_MM = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class BodyBlocks:
    """The body, and of each block of its voxels how far from all of it the body stays.

    Parameters
    ----------
    body
        shape (K, J, I) of ``grid``, uint8, 0 or 1.
    clear_mm
        float32, mm, never more than there is; ``block_ijk`` voxels each.
    rests
        Where the body rests, by position and by the slices looked at, as far as it was asked before.
    """

    body: NDArray[np.uint8]
    grid: Grid
    clear_mm: NDArray[np.float32]
    block_ijk: NDArray[np.int64]
    rests: dict[object, Rest | str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: NDArray[np.bool_], grid: Grid) -> BodyBlocks:
        """Prepare a body mask, shape (K, J, I) of ``grid``, bool."""
        from scipy.ndimage import distance_transform_edt

        spacing = np.array(grid.spacing_ijk_mm)
        block = np.maximum(1, np.rint(_BLOCK_MM / spacing)).astype(np.int64)
        held = np.ascontiguousarray(body)
        some = _any_of_blocks(held, block[::-1])
        size = block * spacing
        clear = distance_transform_edt(~some, sampling=size[::-1]) if some.any() else np.full(some.shape, 1e3)
        # From any point of one block to any voxel of another, and what is read between voxels reaches one farther.
        clear -= np.linalg.norm(size) + np.linalg.norm(spacing)
        return cls(held.view(np.uint8), grid, np.maximum(clear, 0.0).astype(np.float32), block)


def _any_of_blocks(mask: NDArray[np.bool_], block_kji: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return of which blocks any voxel is set; the last ones may be smaller."""
    found = mask
    for axis, size in enumerate(block_kji):
        found = np.logical_or.reduceat(found, np.arange(0, mask.shape[axis], int(size)), axis=axis)
    return found


def is_hub_inside(
    blocks: BodyBlocks,
    entries_lps_mm: NDArray[np.float64],
    along_lps: NDArray[np.float64],
    beyond_mm: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return of which shafts a part beyond the entry, or the hub, is in the body again, shape (n,).

    Parameters
    ----------
    along_lps
        shape (n, 3), unit vectors from entry to tip.
    beyond_mm
        shape (n,): length of shaft and hub outside.
    """
    from planner.spatial.path_kernels import runs_back

    grid = blocks.grid
    entries = np.ascontiguousarray(grid.to_index(entries_lps_mm))
    ways = np.ascontiguousarray(grid.to_index(entries_lps_mm - along_lps) - entries)
    spans = np.stack([np.full(len(entries), ENTRY_TOLERANCE_MM), beyond_mm + STEP_MM], axis=1)
    spans[beyond_mm <= ENTRY_TOLERANCE_MM, 1] = 0.0
    found = np.zeros(len(entries), np.bool_)
    runs_back(blocks.body, blocks.clear_mm, blocks.block_ijk, entries, ways, spans, found)
    return found


def bore_room_mm(
    hubs_lps_mm: NDArray[np.float64],
    entries_z_mm: NDArray[np.float64],
    gantry: Gantry,
    *,
    position: PatientPosition,
    blocks: BodyBlocks,
) -> NDArray[np.float64]:
    """Return how far each hub's end stays from the bore's wall, mm, shape (n,); NaN where that cannot be told."""
    down = np.asarray(position.down_lps)
    across = np.array([abs(down[1]), abs(down[0]), 0.0])
    grid = blocks.grid
    along = int(np.argmax(np.abs(grid.direction[2])))
    # The resting place depends on the level by the slices within the band alone.
    centre = grid.to_index(np.column_stack([np.tile(grid.centre_lps_mm[:2], (len(entries_z_mm), 1)), entries_z_mm]))
    reach = BAND_MM / grid.spacing_ijk_mm[along]
    bands = np.stack([np.ceil(centre[:, along] - reach), np.floor(centre[:, along] + reach)], axis=1)
    slices, first, band = np.unique(bands, axis=0, return_index=True, return_inverse=True)
    for pair, n in zip(slices.tolist(), first, strict=True):
        key = (position, *pair)
        if key not in blocks.rests:
            body = blocks.body.view(np.bool_)
            blocks.rests[key] = resting_place(body, grid, z_mm=float(entries_z_mm[n]), position=position)
    rests = [blocks.rests[position, *pair] for pair in slices.tolist()]
    known = np.array([(r.table_mm, r.middle_mm) if isinstance(r, Rest) else (np.nan, np.nan) for r in rests])
    table_mm, middle_mm = known[band.ravel()].T
    away_down = hubs_lps_mm @ down - (table_mm - gantry.axis_above_table_mm)
    away_across = hubs_lps_mm @ across - middle_mm
    room: NDArray[np.float64] = gantry.bore_mm / 2 - np.hypot(away_down, away_across)
    return room
