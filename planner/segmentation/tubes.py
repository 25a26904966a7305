"""Where does a tube run through the slices? Round cross-sections, each followed into the one it overlaps most.

How a reader follows a windpipe or a vessel through a stack: the same spot, slice after slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Section:
    """What may count as a cross-section: area, mm², and the share of its bounding box that it fills (a disc: π/4)."""

    least_mm2: float
    most_mm2: float
    round_share: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """A tube found: cross-sections in neighbouring slices.

    Parameters
    ----------
    slices
        First and last slice.
    centres
        shape (N, 2), (row, column) of each cross-section, from the first slice on.
    areas_mm2
        shape (N,).
    numbers
        shape (N,): the cross-sections' numbers in the labels given beside the tubes.
    """

    slices: tuple[int, int]
    centres: NDArray[np.float64]
    areas_mm2: NDArray[np.float64]
    numbers: NDArray[np.int64]


def find_tubes(
    mask: NDArray[np.bool_], *, pixel_mm: tuple[float, float], section: Section, least_slices: int
) -> tuple[NDArray[np.int32], list[Tube]]:
    """Follow cross-sections of a mask, shape (Z, Y, X), along Z.

    Returns
    -------
    labels
        shape (Z, Y, X), int32: every connected part of every slice has its own number; 0 where nothing is.
    tubes
        Those of at least ``least_slices``, the longest first. Two cross-sections belong together when each overlaps
        the other more than any other part of its slice that may count.
    """
    labels, areas, centres, fills = _sections(mask, pixel_mm=pixel_mm)
    counts = (areas >= section.least_mm2) & (areas <= section.most_mm2) & (fills >= section.round_share)
    below_of = _partners(labels, counts)
    is_start = counts.copy()
    is_start[list(below_of.values())] = False
    slice_of = np.zeros(len(areas), dtype=np.int64)
    for z in range(len(labels)):
        slice_of[np.unique(labels[z])] = z
    tubes = []
    for start in np.flatnonzero(is_start):
        chain = [int(start)]
        while chain[-1] in below_of:
            chain.append(below_of[chain[-1]])
        if len(chain) >= least_slices:
            numbers = np.array(chain)
            ends = int(slice_of[chain[0]]), int(slice_of[chain[-1]])
            tubes.append(Tube(ends, centres[numbers], areas[numbers], numbers))
    return labels, sorted(tubes, key=lambda tube: -len(tube.numbers))


def _sections(
    mask: NDArray[np.bool_], *, pixel_mm: tuple[float, float]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return labels of the parts of each slice, and their areas in mm², centres (row, column) and filled shares."""
    from scipy.ndimage import find_objects, label

    in_slice = np.zeros((3, 3, 3), dtype=bool)
    in_slice[1] = True
    labels, number = label(mask, structure=in_slice, output=np.int32)
    pixels = np.bincount(labels.ravel(), minlength=number + 1).astype(np.float64)
    pixels[0] = 0
    centres, fills = np.zeros((number + 1, 2)), np.zeros(number + 1)
    for n, box in enumerate(find_objects(labels), start=1):
        height, width = box[1].stop - box[1].start, box[2].stop - box[2].start
        centres[n] = (box[1].start + box[1].stop - 1) / 2, (box[2].start + box[2].stop - 1) / 2
        # The box of a disc is square: a long thing along an axis fills its box, but not the square around it.
        fills[n] = pixels[n] * pixel_mm[0] * pixel_mm[1] / max(height * pixel_mm[0], width * pixel_mm[1]) ** 2
    return labels, pixels * pixel_mm[0] * pixel_mm[1], centres, fills


def _partners(labels: NDArray[np.int32], counts: NDArray[np.bool_]) -> dict[int, int]:
    """Pair each cross-section with one in the next slice: each the one that overlaps the other most."""
    partners: dict[int, int] = {}
    for z in range(len(labels) - 1):
        here, there = labels[z], labels[z + 1]
        both = counts[here] & counts[there] & (here > 0) & (there > 0)
        if not both.any():
            continue
        pairs, overlaps = np.unique(np.stack([here[both], there[both]]), axis=1, return_counts=True)
        best_there: dict[int, int] = {}
        best_here: dict[int, int] = {}
        for n in np.argsort(overlaps, kind="stable"):
            best_there[int(pairs[0, n])] = int(pairs[1, n])
            best_here[int(pairs[1, n])] = int(pairs[0, n])
        partners |= {a: b for a, b in best_there.items() if best_here[b] == a}
    return partners
