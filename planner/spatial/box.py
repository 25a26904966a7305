"""Which box of a big array matters? The smallest around a mask, grown, joined, and the uneven tiles within it.

Nearly everything done to a structure concerns a small part of the CT; whoever works in its box is quick on any scan.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from planner.domain.bit_packing import NOWHERE, box_around

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

Box: TypeAlias = tuple[slice, slice, slice]
"""Slices along [k, j, i] with their starts and stops given."""

TILE_VOXELS = 96


def mask_box(mask: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box that holds every voxel of a mask, shape (K, J, I); None when it has none."""
    box = box_around(mask)
    return None if box == NOWHERE else box.slices


def whole(shape_kji: Sequence[int]) -> Box:
    """Return the box of the whole array."""
    k, j, i = (slice(0, int(n)) for n in shape_kji)
    return k, j, i


def shape_of(box: Box) -> tuple[int, int, int]:
    """Return how many voxels a box has along [k, j, i]."""
    k, j, i = (max(span.stop - span.start, 0) for span in box)
    return k, j, i


def grown(box: Box, shape_kji: Sequence[int], margins: Sequence[int]) -> Box:
    """Return the box with so many voxels more each way, within the array."""
    k, j, i = (
        slice(max(0, span.start - margin), min(int(n), span.stop + margin))
        for span, n, margin in zip(box, shape_kji, margins, strict=True)
    )
    return k, j, i


def joined(one: Box, other: Box) -> Box:
    """Return the smallest box that holds both."""
    k, j, i = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return k, j, i


def shared(one: Box, other: Box) -> Box:
    """Return what two boxes have in common; spans without a voxel where they have nothing."""
    spans = [slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(one, other, strict=True)]
    k, j, i = (slice(span.start, max(span.start, span.stop)) for span in spans)
    return k, j, i


def within(inner: Box, outer: Box) -> Box:
    """Return ``inner`` counted from the first voxel of ``outer``, which holds it."""
    k, j, i = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(inner, outer, strict=True))
    return k, j, i


def voxels_for_mm(distance_mm: float, spacing_kji_mm: Sequence[float]) -> tuple[int, int, int]:
    """Return how many voxels along [k, j, i] a distance spans at most."""
    k, j, i = (int(np.ceil(distance_mm / spacing - 1e-9)) for spacing in spacing_kji_mm)
    return k, j, i


def tiles(box: Box, *, halo: Sequence[int], shape_kji: Sequence[int]) -> Iterator[tuple[Box, Box]]:
    """Yield the tiles of a box, each with the same tile grown by ``halo`` voxels within the array."""
    spans = [
        [slice(start, min(start + TILE_VOXELS, span.stop)) for start in range(span.start, span.stop, TILE_VOXELS)]
        for span in box
    ]
    for k, j, i in itertools.product(*spans):
        tile = (k, j, i)
        yield tile, grown(tile, shape_kji, halo)
