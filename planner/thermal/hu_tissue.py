"""Which tissue do Hounsfield units mean where no structure was drawn? Windows from the tissue table, read with care.

*Fat.* A voxel between fat and watery tissue holds both, and mixtures in the table take the share: on a real thorax,
fat or muscle alone put the ice volume 10 to 30 % off against nine mixtures, three put it 1 to 3 % off. HU are smoothed
over 1 mm among fat and soft tissue first, so that noise does not scatter mixtures. The least fatty mixture shares its
HU with fluid; it is taken only near fattier cells, as partial volume always is.

*Bone and contrast medium.* Both are bright. A bright region is bone when it has a dense core somewhere, and only near
that core or near drawn bone, so that a vessel that touches bone is not followed far. The rest is soft tissue that took
up contrast medium (or deep marrow). Segmented vessels tell how bright blood is in this
scan: when it is bright, thick regions as bright as that blood are blood.

HU are taken as calibrated; nothing is corrected. The figures here are project defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.tissue import Tissue

SMOOTHED_HU = (-200.0, 150.0)
"""Fat and soft tissue with their noise; lung, gas and bone do not bleed into the mixtures."""
SMOOTHING_MM = 1.0
NEAR_FAT_MM = 2.0
CORE_SHARE = 0.05
"""Of bone at least a twelfth is denser than the core's limit; of vessels just below it, noise lifts 1 to 2 %."""
SHELL_SHARE = 0.25
"""Of the 27 cells round one in a shell a cell thick a third are dense; noise in a bright vessel lifts few."""
CORE_REACH_MM, DRAWN_REACH_MM = 6.0, 2.0
ENHANCED_FROM_HU = 130.0
"""Blood without contrast medium has 30 to 60 HU (recalled)."""
LIKE_BLOOD = 0.25
"""A region within a quarter of the vessels' HU is taken as blood too."""


@dataclass(frozen=True, slots=True, eq=False)
class HuTable:
    """Tissues by rising HU.

    Parameters
    ----------
    ids
        One per class.
    limits
        shape (N - 1,), float64, HU: upper end of each class but the last; a gap between two windows is halved.
    core_hu
        What a region of the last class must reach somewhere to count; NaN when nothing is asked.
    mixtures
        First and last class that is a mixture, each with a class above it; None without any.
    """

    ids: tuple[str, ...]
    limits: NDArray[np.float64]
    core_hu: float
    mixtures: tuple[int, int] | None

    @classmethod
    def of(cls, tissues: Sequence[Tissue]) -> HuTable:
        """Collect the HU windows of a tissue table; raise SimulationRefused when it has none."""
        rows = sorted(
            (row.hu.window.value, row.hu.window.upper, row.id, row.hu.core.value, bool(row.parts))
            for row in tissues
            if row.hu is not None and row.hu.window.value is not None and row.hu.window.upper is not None
        )
        if not rows:
            raise SimulationRefused("The tissue table names no HU, so CT cannot be read as tissue.", code="hu-none")
        limits = [(low[1] + high[0]) / 2 for low, high in pairwise(rows)]
        core = rows[-1][3]
        mixed = [number for number, row in enumerate(rows) if row[4]]
        return cls(
            ids=tuple(row[2] for row in rows),
            limits=np.array(limits),
            core_hu=np.nan if core is None else core,
            mixtures=(mixed[0], mixed[-1]) if mixed and mixed[-1] + 1 < len(rows) else None,
        )

    @property
    def bright(self) -> int:
        """The class of the brightest tissue: bone."""
        return len(self.ids) - 1


def classify(hu: NDArray[np.float32], table: HuTable, *, spacing_mm: float) -> NDArray[np.uint8]:
    """Return the class of each cell, position in ``table.ids``; ``hu`` is the mean over each cell, shape (K, J, I)."""
    classes = np.searchsorted(table.limits, smoothed(hu, spacing_mm=spacing_mm), side="right").astype(np.uint8)
    if table.mixtures is not None:
        first, last = table.mixtures
        fattier = (classes >= max(first - 1, 0)) & (classes < last)
        classes[(classes == last) & ~_dilated(fattier, NEAR_FAT_MM / spacing_mm)] = last + 1
    return without_lone_cells(classes)


def _dilated(mask: NDArray[np.bool_], reach_cells: float) -> NDArray[np.bool_]:
    """Grow a mask by so many cells along each axis."""
    from scipy.ndimage import maximum_filter1d

    size = 2 * max(1, round(reach_cells)) + 1
    for axis in range(3):
        mask = maximum_filter1d(mask, size, axis=axis, mode="nearest")
    return mask


def smoothed(hu: NDArray[np.float32], *, spacing_mm: float) -> NDArray[np.float32]:
    """Return HU averaged among neighbouring fat and soft tissue; the rest as it was."""
    from scipy.ndimage import gaussian_filter

    low, high = SMOOTHED_HU
    within = (hu > low) & (hu < high)
    weight = within.astype(np.float32)
    sigma = SMOOTHING_MM / spacing_mm
    total = gaussian_filter(hu * weight, sigma, truncate=2.0)
    count = gaussian_filter(weight, sigma, truncate=2.0)
    result = hu.copy()
    result[within] = total[within] / count[within]
    return result


def without_lone_cells(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give every cell that no neighbour shares a class with the commonest class of its six neighbours."""
    padded = np.pad(classes, 1, mode="edge")
    middle = (slice(1, -1),) * 3
    sides = [
        padded[tuple(slice(1 + step * (a == axis), n - 1 + step * (a == axis)) for a, n in enumerate(padded.shape))]
        for axis in range(3)
        for step in (-1, 1)
    ]
    lone = np.ones(classes.shape, bool)
    # The array's edge repeats the cell itself beyond it; only real neighbours count.
    for number, side in enumerate(sides):
        same = side == padded[middle]
        rim = [slice(None)] * 3
        rim[number // 2] = slice(0, 1) if number % 2 == 0 else slice(-1, None)
        same[tuple(rim)] = False
        lone &= ~same
    around = np.stack([side[lone] for side in sides])
    votes = (around[:, None, :] == around[None, :, :]).sum(axis=1)
    votes[around == classes[lone]] = 0
    result = classes.copy()
    result[lone] = np.take_along_axis(around, votes.argmax(axis=0)[None], axis=0)[0]
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Bright:
    """What bright cells are: masks of shape (K, J, I), bool, and their sentence for the record."""

    bone: NDArray[np.bool_]
    blood: NDArray[np.bool_]
    stained: NDArray[np.bool_]


def part_bright(
    bright: NDArray[np.bool_],
    core: NDArray[np.float32],
    *,
    drawn: NDArray[np.bool_],
    hu: NDArray[np.float32],
    blood_hu: float | None,
    spacing_mm: float,
) -> Bright:
    """Part bright cells into bone, contrast-filled blood, and soft tissue stained by contrast medium.

    Parameters
    ----------
    bright, core, hu
        shape (K, J, I): cells bright enough for bone; share of each cell's volume above the core's HU; mean HU.
    drawn
        shape (K, J, I): cells of segmented bone. They need no proof; what lies off them needs its own core.
    blood_hu
        Median HU of the segmented vessels; None when there are none.
    """
    from scipy.ndimage import label, uniform_filter

    touching = np.ones((3, 3, 3), bool)
    regions, count = label(bright | drawn, structure=touching)
    cells = np.bincount(regions.ravel(), minlength=count + 1)
    dense = np.bincount(regions.ravel(), weights=np.maximum(core, drawn).ravel(), minlength=count + 1)
    is_bone = dense >= CORE_SHARE * cells
    is_bone[0] = False
    bone = is_bone[regions] & bright
    dense_cells = uniform_filter(core, 3, mode="nearest") >= SHELL_SHARE
    bone &= _dilated(dense_cells, CORE_REACH_MM / spacing_mm) | _dilated(drawn, DRAWN_REACH_MM / spacing_mm)
    if blood_hu is None or blood_hu < ENHANCED_FROM_HU:
        return Bright(bone, np.zeros_like(bright), bright & ~bone)
    regions, count = label(bright & ~bone, structure=touching)
    sums = np.bincount(regions.ravel(), weights=hu.ravel(), minlength=count + 1)
    means = sums / np.maximum(np.bincount(regions.ravel(), minlength=count + 1), 1)
    like = np.abs(means - blood_hu) <= LIKE_BLOOD * blood_hu
    like[0] = False
    blood = like[regions]
    return Bright(bone, blood, bright & ~bone & ~blood)


def vessel_hu(hu: NDArray[np.float32], share: NDArray[np.float32]) -> float | None:
    """Median HU of the cells that vessels fill; None when none is full."""
    full = share > 1 - 1e-3
    return float(np.median(hu[full])) if full.any() else None
