"""What is in each voxel? Paints signed-distance shapes into HU with partial volume, and keeps the truth labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.phantoms.shapes import Lattice, Loft, Patch, Tube, tube_patch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, Side
    from planner.domain.progress import Progress

AIR_HU = -1000.0
FAT_HU = -104.0
TILE_KJI = (70, 150, 162)


@dataclass(frozen=True, slots=True)
class Paint:
    """What a shape is made of.

    Parameters
    ----------
    hu
        HU inside.
    rim_hu, rim_mm
        HU at the surface and how deep the rim goes: cortex of bone, wall of gut and airway. ``rim_mm`` 0 = none.
    plane_mm
        Thickness of the fat plane laid round the shape before it, so that neighbours never melt together.
    rough_mm
        Amplitude of the irregularity of the surface.
    blur_mm
        Width of the transition across the surface: partial volume of a voxel of about 1 mm.
    """

    hu: float
    rim_hu: float = 0.0
    rim_mm: float = 0.0
    plane_mm: float = 0.0
    rough_mm: float = 0.0
    blur_mm: float = 1.0

    def profile(self, distance: NDArray[np.float32]) -> NDArray[np.float32] | np.float32:
        """HU by depth below the surface."""
        if not self.rim_mm:
            return np.float32(self.hu)
        depth = np.clip((-distance - np.float32(self.rim_mm)) / np.float32(0.8) + np.float32(0.5), 0, 1)
        blend: NDArray[np.float32] = np.float32(self.rim_hu) + depth * np.float32(self.hu - self.rim_hu)
        return blend


@dataclass(frozen=True, slots=True)
class Label:
    """A structure of the truth."""

    name: str
    kind: StructureKind
    side: Side | None = None


class Canvas:
    """The CT being painted.

    Attributes
    ----------
    hu
        shape (K, J, I), float32, HU, before blur and noise.
    codes
        shape (K, J, I), uint8: index into the labels painted so far, 0 = unnamed tissue. The last painter wins.
    """

    STAGES = 4

    def __init__(self, grid: Grid, *, seed: int, progress: Progress) -> None:
        self.grid = grid
        self._progress = progress
        self._stage = 0
        self.lattice = Lattice.of(grid)
        self.rng = np.random.default_rng(seed)
        self.hu = np.full(grid.shape_kji, AIR_HU, dtype=np.float32)
        self.codes = np.zeros(grid.shape_kji, dtype=np.uint8)
        self.labels: list[Label] = []
        self.rough = smooth_noise(grid, self.rng, scale_mm=(9.0, 9.0, 11.0))

    def begin(self, stage: int) -> None:
        """Enter one of the painting's stages; every stroke from here on reports it, and can be cancelled there."""
        self._stage = stage

    def _tell(self) -> None:
        self._progress(self._stage, self.STAGES, "Painting anatomy")

    def patch(self, shape: Tube | Loft | Patch) -> Patch:
        """Return the signed distance of a shape on this canvas."""
        if isinstance(shape, Patch):
            return shape
        return shape.patch(self.lattice) if isinstance(shape, Loft) else tube_patch(shape, self.lattice)

    def paint(self, shape: Tube | Loft | Patch, paint: Paint, label: Label | None = None) -> None:
        """Lay a shape over what is there; inside its surface the label becomes ``label``."""
        self._tell()
        patch = self.patch(shape)
        if patch.is_empty:
            return
        hu, codes, distance = self.hu[patch.box], self.codes[patch.box], patch.distance
        if paint.rough_mm:
            distance = distance + np.float32(paint.rough_mm) * self.rough[patch.box]
        if paint.plane_mm:
            around = np.clip(0.5 - (distance - np.float32(paint.plane_mm)) / np.float32(paint.blur_mm), 0, 1)
            around *= hu > -300  # a fat plane lies between tissues, never in the air outside
            hu += around * (np.float32(FAT_HU) - hu)
        inside = np.clip(0.5 - distance / np.float32(paint.blur_mm), 0, 1)
        hu += inside * (paint.profile(distance) - hu)
        codes[distance < 0] = self._code(label)

    def paint_packed(self, shapes: Sequence[Tube], paint: Paint, *, grow_mm: float, within: Patch) -> None:
        """Paint muscles that swell until they meet: each takes the voxels nearest to it, fat planes run between.

        A voxel belongs to the nearest shape if that is at most ``grow_mm`` away and the second nearest is farther by
        more than the fat plane; the plane's thickness wanders, so that here and there two muscles touch. Nothing
        swells out of ``within``.
        """
        far = np.float32(grow_mm + 4)
        nearest = np.full(self.grid.shape_kji, far, dtype=np.float32)
        second = nearest.copy()
        for shape in shapes:
            self._tell()
            patch = tube_patch(shape, self.lattice, margin_mm=grow_mm + 4)
            if patch.is_empty:
                continue
            first, next_best = nearest[patch.box], second[patch.box]
            np.minimum(next_best, np.maximum(first, patch.distance), out=next_best)
            np.minimum(first, patch.distance, out=first)
        touched = np.flatnonzero((nearest < far).any(axis=(1, 2)))
        if not len(touched):
            return
        box = (slice(int(touched[0]), int(touched[-1]) + 1), slice(None), slice(None))
        plane = np.float32(paint.plane_mm) * (1 + np.float32(0.8) * self.rough[box])
        gap = (plane - (second[box] - nearest[box])) / 2
        swollen = np.maximum(nearest[box] - np.float32(grow_mm), gap)
        limit = np.full(self.grid.shape_kji, far, dtype=np.float32)
        limit[within.box] = within.distance
        self.paint(Patch(box, np.maximum(swollen, limit[box])), replace(paint, plane_mm=0.0))

    def clear_outside(self, body: Patch) -> NDArray[np.bool_]:
        """Put back air round the body and return the filled body, shape (K, J, I), bool."""
        inside = np.zeros(self.grid.shape_kji, dtype=bool)
        inside[body.box] = body.distance < 0
        share = np.zeros(self.grid.shape_kji, dtype=np.float32)
        share[body.box] = np.clip(0.5 - body.distance / np.float32(1.3), 0, 1)
        edge = np.float32(AIR_HU) + share * np.float32(1012)
        self.hu = np.where(share < 1, np.minimum(self.hu, edge), self.hu)
        self.codes[~inside] = 0
        return inside

    def _code(self, label: Label | None) -> int:
        if label is None:
            return 0
        if label not in self.labels:
            self.labels.append(label)
        return self.labels.index(label) + 1

    def mask(self, label: Label) -> NDArray[np.bool_]:
        """Voxels whose centre lies in a structure, shape (K, J, I), bool."""
        return np.asarray(self.codes == self.labels.index(label) + 1)

    def truth(self) -> tuple[SegmentedMask, ...]:
        """Return every labelled structure that has voxels, in the order first painted."""
        return tuple(
            SegmentedMask(label.name, label.kind, label.side, mask, StructureOrigin.IMPORTED, "phantom truth")
            for label in self.labels
            if (mask := self.mask(label)).any()
        )


def smooth_noise(grid: Grid, rng: np.random.Generator, *, scale_mm: tuple[float, float, float]) -> NDArray[np.float32]:
    """Return a random field of unit variance whose features are about ``scale_mm`` (x, y, z) wide, float32 (K, J, I).

    A seamless tile of filtered white noise, repeated: a patient is several tiles wide, and nobody sees the repeat.
    """
    sigma = [0.4 * scale / step for scale, step in zip(scale_mm[::-1], grid.spacing_ijk_mm[::-1], strict=True)]
    tile = ndimage.gaussian_filter(rng.standard_normal(TILE_KJI, dtype=np.float32), sigma, mode="wrap")
    tile /= np.float32(tile.std())
    index = [np.arange(n) % size for n, size in zip(grid.shape_kji, TILE_KJI, strict=True)]
    return np.ascontiguousarray(tile[np.ix_(*index)])
