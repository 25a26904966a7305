"""Which part of the CT does the box need? Pixels and masks cropped to it, so that a large scan costs no more.

Shares of a cell's volume are computed for the cells that a mask can touch and for no others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused, SimulationRefused
from planner.spatial.resample import image_onto, mask_fraction_onto

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import Sha256
    from planner.domain.volume import Volume

Window = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A mask, bool, cropped to its own extent and some room, and the grid of the crop."""

    mask: NDArray[np.bool_]
    grid: Grid


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """How much of each cell a mask fills: float32, 0 to 1, over ``window`` of the box; nothing elsewhere."""

    window: Window
    values: NDArray[np.float32]


class NearCt:
    """The CT in and just round the simulated box.

    Parameters
    ----------
    volume
        The whole CT.
    box
        The solver's grid.
    room_mm
        How much CT to keep beyond the box.
    """

    def __init__(self, volume: Volume, box: Grid, *, room_mm: float) -> None:
        self.box = box
        self._whole = volume.grid.shape_kji
        self._window, self.grid = _crop(volume.grid, box, room_mm)
        self._hu = volume.hu[self._window]
        self._padding = None if volume.padding is None else volume.padding[self._window]

    @property
    def is_empty(self) -> bool:
        """Whether the box and the CT share nothing."""
        return self._hu.size == 0

    def mean_hu(self) -> NDArray[np.float32]:
        """Mean HU of each cell, shape (K, J, I) of the box."""
        return image_onto(self._hu, source=self.grid, target=self.box, outside=0.0)

    def share_above(self, hu: float) -> NDArray[np.float32]:
        """Share of each cell's volume whose voxels exceed ``hu``, shape (K, J, I) of the box, float32."""
        whole = np.zeros(self.box.shape_kji, np.float32)
        part = self._part(self._hu > hu, room_mm=0.0)
        if part is not None:
            share = self.share(part)
            whole[share.window] = share.values
        return whole

    def covered(self) -> NDArray[np.bool_]:
        """Whether the centre of each cell lies in the CT and not in its padding, shape (K, J, I) of the box."""
        matrix = np.linalg.solve(self.grid.matrix, self.box.matrix)
        k, j, i = np.ogrid[tuple(slice(n) for n in self.box.shape_kji)]
        inside = np.ones(self.box.shape_kji, dtype=bool)
        for axis, size in enumerate(self.grid.shape_kji[::-1]):
            at = matrix[axis, 0] * i + matrix[axis, 1] * j + matrix[axis, 2] * k + matrix[axis, 3]
            inside &= (at >= -0.5) & (at <= size - 0.5)
        if self._padding is not None and self._padding.any():
            inside &= mask_fraction_onto(self._padding, source=self.grid, target=self.box) < np.float32(0.5 - 1e-5)
        return inside

    def union(
        self, regions: Iterable[Sha256], masks: Mapping[Sha256, NDArray[np.bool_]], *, room_mm: float = 0.0
    ) -> Part | None:
        """Return all masks as one, with ``room_mm`` of CT around it; None where they do not touch this part.

        Raises
        ------
        SimulationRefused
            When a mask is absent.
        GeometryRefused
            When a mask has another shape than the CT.
        """
        whole: NDArray[np.bool_] | None = None
        for region in regions:
            mask = self._cropped(region, masks)
            whole = mask if whole is None else whole | mask
        return None if whole is None else self._part(whole, room_mm=room_mm)

    def share(self, part: Part) -> Share:
        """Return how much of each cell a part fills."""
        window, cells = _crop(self.box, part.grid, min(self.box.spacing_ijk_mm))
        if min(cells.shape_kji) == 0 or any(s.start >= s.stop for s in window):
            return Share((slice(0, 0),) * 3, np.zeros((0, 0, 0), np.float32))
        return Share(window, mask_fraction_onto(part.mask, source=part.grid, target=cells))

    def _cropped(self, region: Sha256, masks: Mapping[Sha256, NDArray[np.bool_]]) -> NDArray[np.bool_]:
        if region not in masks:
            raise SimulationRefused("A structure's mask is missing; open the plan again.", code="mask-missing")
        mask = masks[region]
        if mask.shape != self._whole:
            raise GeometryRefused(f"A structure's mask is {mask.shape} but the CT is {self._whole}.", code="mask-shape")
        return mask[self._window]

    def _part(self, mask: NDArray[np.bool_], *, room_mm: float) -> Part | None:
        spans = []
        for axis in range(3):
            touched = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
            if touched.size == 0:
                return None
            room = int(np.ceil(room_mm / self.grid.spacing_ijk_mm[2 - axis]))
            spans.append(slice(max(0, int(touched[0]) - room), min(mask.shape[axis], int(touched[-1]) + 1 + room)))
        lower = (spans[2].start, spans[1].start, spans[0].start)
        part = np.ascontiguousarray(mask[tuple(spans)])
        return Part(part, self.grid.cropped(lower, part.shape))


def _crop(grid: Grid, other: Grid, room_mm: float) -> tuple[Window, Grid]:
    """Return the window of ``grid`` that holds another grid and ``room_mm`` around it, and the window's grid.

    A window that would be empty keeps one voxel of grid, so that a geometry always exists.
    """
    k, j, i = other.shape_kji
    corners = [(a, b, c) for a in (-0.5, i - 0.5) for b in (-0.5, j - 0.5) for c in (-0.5, k - 0.5)]
    ijk = grid.to_index(other.to_lps(corners))
    room = room_mm / np.array(grid.spacing_ijk_mm)
    size = np.array(grid.shape_kji[::-1])
    low = np.clip(np.floor(ijk.min(axis=0) - room + 0.5).astype(int), 0, size)
    high = np.clip(np.ceil(ijk.max(axis=0) + room - 0.5).astype(int) + 1, low, size)
    window = (slice(int(low[2]), int(high[2])), slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0])))
    shape = (max(1, int(high[2] - low[2])), max(1, int(high[1] - low[1])), max(1, int(high[0] - low[0])))
    return window, grid.cropped((int(low[0]), int(low[1]), int(low[2])), shape)
