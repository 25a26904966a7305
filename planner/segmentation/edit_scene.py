"""What does an edit of a mask work on? The CT, the masks it names, where voxels may change; and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import GeometryRefused, InputRefused
from planner.spatial.box import Box, mask_box, shared, whole, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import BlobRef
    from planner.domain.mask_edit import EditLimit
    from planner.domain.progress import Progress
    from planner.domain.volume import Volume

STEPS = 4
"""Of an edit: looking at the structure, the edit itself, its limits, and keeping the result, which the caller does."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Voxels of a box: bool, shape of the box."""

    box: Box
    voxels: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The CT, the other masks by their address, the limits of the edit, and whom to tell how far it is.

    Parameters
    ----------
    masks
        Each bool, shape (K, J, I) of the CT.
    """

    volume: Volume
    masks: Mapping[BlobRef, NDArray[np.bool_]]
    limit: EditLimit
    progress: Progress

    @property
    def grid(self) -> Grid:
        """Geometry of every mask."""
        return self.volume.grid

    @property
    def spacing_kji_mm(self) -> tuple[float, float, float]:
        """Voxel size along [k, j, i]."""
        i, j, k = self.grid.spacing_ijk_mm
        return k, j, i

    def working(self, phase: str) -> None:
        """Tell which part of the edit is under way; passes on the user's cancelling."""
        self.progress(1, STEPS, phase)

    def mask(self, ref: BlobRef) -> NDArray[np.bool_]:
        """Return a named mask; raise InputRefused when it is not at hand and GeometryRefused on another grid."""
        found = self.masks.get(ref)
        if found is None:
            raise InputRefused("A structure that this edit names is no longer in the plan.", code="edit-mask-missing")
        require_on(found, self.grid)
        return found

    def where_limited(self) -> Box | None:
        """Return the box outside of which the limits let nothing change; None when nothing at all may."""
        if self.limit.inside is None:
            return whole(self.grid.shape_kji)
        return mask_box(self.mask(self.limit.inside))

    def may_change(self, box: Box) -> NDArray[np.bool_] | None:
        """Return which voxels of a box the limits leave free, shape of the box; None when all are."""
        free = None if self.limit.inside is None else self.mask(self.limit.inside)[box]
        if self.limit.low_hu is None and self.limit.high_hu is None:
            return free
        low_hu = -np.inf if self.limit.low_hu is None else self.limit.low_hu
        high_hu = np.inf if self.limit.high_hu is None else self.limit.high_hu
        dense = self.between_hu(box, low_hu, high_hu)
        return dense if free is None else dense & free

    def between_hu(self, box: Box, low_hu: float, high_hu: float) -> NDArray[np.bool_]:
        """Return the voxels of a box from ``low_hu`` to ``high_hu``, both included; padding never counts."""
        hu = self.volume.hu[box]
        if hu.dtype == np.int16:  # compared as they are stored: four times quicker than as float64
            extremes = np.iinfo(np.int16)
            low, high = max(np.ceil(low_hu), extremes.min), min(np.floor(high_hu), extremes.max)
            if low > high:
                return np.zeros(hu.shape, np.bool_)
            found = (hu >= np.int16(low)) & (hu <= np.int16(high))
        else:
            found = (hu >= low_hu) & (hu <= high_hu)
        if self.volume.padding is not None:
            found &= ~self.volume.padding[box]
        return np.asarray(found)

    def box_within_limits(self, box: Box) -> Box:
        """Return the part of a box that the limits reach, maybe without voxels."""
        limited = self.where_limited()
        return shared(box, limited) if limited is not None else shared(box, (slice(0, 0),) * 3)


def require_on(mask: NDArray[Any], grid: Grid) -> None:
    """Raise GeometryRefused unless the mask has the grid's shape."""
    if mask.shape != grid.shape_kji:
        raise GeometryRefused(
            f"The mask is {mask.shape} but the CT is {grid.shape_kji}; they do not belong together.", code="edit-shape"
        )


def pasted(patch: Patch, box: Box) -> NDArray[np.bool_]:
    """Return a patch laid into a larger box that holds it, shape of that box."""
    laid = np.zeros(tuple(span.stop - span.start for span in box), np.bool_)
    laid[within(patch.box, box)] = patch.voxels
    return laid
