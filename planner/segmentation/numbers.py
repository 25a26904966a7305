"""How large and how dense is a structure? Volume, surface, HU and extent of a mask.

*Volume* is that of its voxels. *Surface* is Crofton's: the area is four times the mean area seen from all directions,
each direction's counted by how often lines through voxel centres enter the mask (Ohser & Mücklich, Statistical Analysis
of Microstructures in Materials Science, 2000). Thirteen directions are counted, each for the part of the sphere nearest
to it, so that it holds on voxels of any proportion; thin structures keep both their sides. Measured against closed
forms, :data:`SURFACE_ERROR_PERCENT` holds for balls from 5 voxels in radius on (20 mm on 1 mm: 0.1 %); faces that
lie flat along the voxels, as of a drawn box, are the worst and come out low: 9 % on cubes, 17 % where a voxel is three
times as long as wide.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure_numbers import StructureNumbers
from planner.spatial.box import mask_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume
    from planner.spatial.box import Box

SURFACE_ERROR_PERCENT = 3.0
"""Of the surface of rounded structures, at least five voxels in radius."""
_SPREAD_DIRECTIONS = 20_000
_FIFTH, _HALF, _NINETY_FIFTH = 0.05, 0.5, 0.95


def structure_numbers(mask: NDArray[np.bool_], volume: Volume) -> StructureNumbers:
    """Measure a mask.

    Parameters
    ----------
    mask
        bool, shape (K, J, I) of ``volume``.

    Returns
    -------
    The numbers; an empty mask has volume and surface 0, and no HU.
    """
    box = mask_box(mask)
    if box is None:
        return StructureNumbers(volume_ml=0.0, surface_cm2=0.0)
    part = mask[box]
    count = int(np.count_nonzero(part))
    hu = volume.hu[box][part if volume.padding is None else part & ~volume.padding[box]]
    across = extent_mm(part, box, volume.grid)
    numbers = StructureNumbers(
        volume_ml=count * volume.grid.voxel_volume_mm3 / 1000,
        surface_cm2=surface_mm2(part, volume.grid.spacing_ijk_mm) / 100,
        voxels=count,
        extent_lps_mm=across,
    )
    return numbers if not hu.size else _with_hu(numbers, hu)


def _with_hu(numbers: StructureNumbers, hu: NDArray[np.int16] | NDArray[np.float32]) -> StructureNumbers:
    values, counts = _counted(hu)
    mean = float((values * counts).sum() / counts.sum())
    variance = float((counts * (values - mean) ** 2).sum() / max(counts.sum() - 1, 1))
    return replace(
        numbers,
        mean_hu=mean,
        sd_hu=float(np.sqrt(variance)),
        median_hu=_quantile(values, counts, _HALF),
        least_hu=float(values[0]),
        most_hu=float(values[-1]),
        p5_hu=_quantile(values, counts, _FIFTH),
        p95_hu=_quantile(values, counts, _NINETY_FIFTH),
    )


def _counted(hu: NDArray[np.int16] | NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return each value that occurs, rising, and how often."""
    if hu.dtype == np.int16:
        least = int(hu.min())
        # By portions: counting takes eight bytes a voxel, and a body has thirty million.
        counts = np.zeros(int(hu.max()) - least + 1, np.int64)
        for start in range(0, hu.size, 2**22):
            counts += np.bincount(hu[start : start + 2**22].astype(np.int64) - least, minlength=len(counts))
        there = np.flatnonzero(counts)
        return (there + least).astype(np.float64), counts[there]
    values, counts = np.unique(hu[np.isfinite(hu)].astype(np.float64), return_counts=True)
    return values, counts


def _quantile(values: NDArray[np.float64], counts: NDArray[np.int64], share: float) -> float:
    """Return the quantile, interpolated between the two voxels of neighbouring rank as numpy does."""
    ranks = np.cumsum(counts)
    at = share * (ranks[-1] - 1)
    low, high = (values[np.searchsorted(ranks, rank, side="right")] for rank in (np.floor(at), np.ceil(at)))
    return float(low + (high - low) * (at - np.floor(at)))


def extent_mm(part: NDArray[np.bool_], box: Box, grid: Grid) -> tuple[float, float, float]:
    """Return how far a mask reaches along the patient's x (right-left), y (front-back) and z (feet-head), mm.

    ``part`` is the mask in ``box``, the smallest that holds it. Voxels count to their outer faces.
    """
    rows = np.argwhere(np.logical_or.reduce(part, axis=2))
    lines = part[rows[:, 0], rows[:, 1]]
    first, last = lines.argmax(axis=1), part.shape[2] - 1 - lines[:, ::-1].argmax(axis=1)
    lower = np.array([box[2].start, box[1].start, box[0].start])
    ends = [np.stack([i, rows[:, 1], rows[:, 0]], axis=1) + lower for i in (first, last)]
    lps_mm = grid.to_lps(np.concatenate(ends))
    voxel_mm = np.abs(grid.matrix[:3, :3]).sum(axis=1)
    x, y, z = (float(v) for v in np.ptp(lps_mm, axis=0) + voxel_mm)
    return x, y, z


def surface_mm2(mask: NDArray[np.bool_], spacing_ijk_mm: tuple[float, float, float]) -> float:
    """Return the area of a mask's surface, mm²; faces of the array count, so a structure cut by the scan is closed.

    Parameters
    ----------
    mask
        bool, shape (K, J, I).
    """
    padded = np.pad(mask, 1)
    spacing = np.array(spacing_ijk_mm)
    steps = _steps()
    away_mm = np.linalg.norm(steps * spacing, axis=1)
    line_mm2 = float(spacing.prod()) / away_mm
    area = 0.0
    for step, weight, per_line in zip(steps, _shares(steps * spacing), line_mm2, strict=True):
        here, there = _neighbours(padded, step[::-1])
        # Every line enters as often as it leaves, and half its changes are entries.
        area += 4 * weight * per_line * np.count_nonzero(here != there) / 2
    return float(area)


def _neighbours(array: NDArray[np.bool_], step_kji: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return two views of an array, the second a step farther than the first."""
    here = tuple(slice(max(0, -int(n)), size - max(0, int(n))) for n, size in zip(step_kji, array.shape, strict=True))
    there = tuple(slice(max(0, int(n)), size - max(0, -int(n))) for n, size in zip(step_kji, array.shape, strict=True))
    return array[here], array[there]


def _steps() -> NDArray[np.int64]:
    """Return the thirteen steps (i, j, k) to neighbouring voxels, one of each pair of opposite ones, shape (13, 3)."""
    every = [step for step in itertools.product((-1, 0, 1), repeat=3) if step > (0, 0, 0)]
    return np.array(every, dtype=np.int64)


def _shares(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each direction the part of the sphere that is nearer to it than to the others, shape (N,)."""
    number = np.arange(_SPREAD_DIRECTIONS) + 0.5
    height, angle = 1 - 2 * number / _SPREAD_DIRECTIONS, np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - height**2)
    spread = np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    nearest = np.abs(spread @ unit.T).argmax(axis=1)
    shares: NDArray[np.float64] = np.bincount(nearest, minlength=len(unit)) / _SPREAD_DIRECTIONS
    return shares
