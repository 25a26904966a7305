"""What lies between drawn slices? The shapes of two slices become one another by their signed distances.

The zero of (1 − t)·(distance to one outline) + t·(distance to the other) turns one shape into the other (Herman, Zheng
& Bucholtz, IEEE Computer Graphics and Applications 12 (1992) 69). Two things are added for what moves and branches:

- *Pairs.* Connected parts of the two slices belong together where they overlap. A part that overlaps none joins the
  nearest one when no more than the distance of the slices lies between them, or when each slice has a single part; else
  it ends at its slice. A part that belongs to several is divided among them, each pixel going to the nearest, and
  interpolated as a whole as well, so that branches leave their trunk in a fork and not in a cut.
- *Shift.* A pair moves along the straight line between its centres, as an oblique vessel does, unless the shapes agree
  less with their centres laid on each other than where they are.

Drawn slices stay as they are.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid
from planner.segmentation.edit_scene import Patch
from planner.spatial.box import grown
from planner.spatial.distance import signed_distance_mm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.domain.mask_edit import FillBetween
    from planner.segmentation.edit_scene import Scene
    from planner.spatial.box import Box

    Plane = NDArray[np.bool_]
    Spacing = tuple[float, float]

_AXIS_WORDS = ("columns", "rows", "slices")


def fill_between(edit: FillBetween, mask: NDArray[np.bool_], before: Box, scene: Scene) -> Patch:
    """Fill the empty planes across an axis that lie between drawn ones."""
    axis = 2 - edit.fill_axis
    # The shapes in between stay in the box of both; half as much again each way lets a moved shape be read beyond it.
    reach = [(span.stop - span.start) // 2 + 1 for span in before]
    spans = list(grown(before, mask.shape, reach))
    spans[axis] = before[axis]
    box: Box = (spans[0], spans[1], spans[2])
    filled = mask[box].copy()
    planes = np.moveaxis(filled, axis, 0)
    drawn = np.flatnonzero(planes.any(axis=(1, 2)))
    gaps = [(int(low), int(high)) for low, high in pairwise(drawn) if high - low > 1]
    if not gaps:
        raise PlanInvalid(_nothing_between(len(drawn), edit.fill_axis), code="edit-no-gap")
    spacing = [step for other, step in enumerate(scene.spacing_kji_mm) if other != axis]
    for number, (low, high) in enumerate(gaps):
        scene.working(f"Filling gap {number + 1} of {len(gaps)}")
        step_mm = scene.spacing_kji_mm[axis] * (high - low)
        shares = np.arange(1, high - low) / (high - low)
        for one, other in _pairs(planes[low], planes[high], (spacing[0], spacing[1]), apart_mm=step_mm):
            planes[low + 1 : high] |= _between(one, other, (spacing[0], spacing[1]), shares)
        for one, other in _forks(planes[low], planes[high]):
            planes[low + 1 : high] |= _between(one, other, (spacing[0], spacing[1]), shares, may_move=False)
    return Patch(box, filled)


def _nothing_between(drawn: int, fill_axis: int) -> str:
    planes = _AXIS_WORDS[fill_axis]
    if drawn < 2:
        return f"Filling needs at least two drawn {planes} with room between them; there is {drawn}. Draw another."
    return f"There is no empty plane between the drawn {planes}: nothing is left to fill."


def _pairs(one: Plane, other: Plane, spacing_mm: Spacing, *, apart_mm: float) -> Iterator[tuple[Plane, Plane]]:
    """Yield the shapes of two planes that belong together, those that branch divided among their branches."""
    from scipy.ndimage import label

    ones, ones_count = label(one, structure=np.ones((3, 3)))
    others, others_count = label(other, structure=np.ones((3, 3)))
    both = one & other
    links = set(zip(ones[both].tolist(), others[both].tolist(), strict=True))
    farthest_mm = np.inf if ones_count == others_count == 1 else apart_mm
    links |= set(_nearest_links(ones, others, spacing_mm, farthest_mm, {a for a, _ in links}))
    links |= {(a, b) for b, a in _nearest_links(others, ones, spacing_mm, farthest_mm, {b for _, b in links})}
    for a, b in sorted(links):
        part = _share(ones == a, b, [y for x, y in sorted(links) if x == a], others, spacing_mm)
        counterpart = _share(others == b, a, [x for x, y in sorted(links) if y == b], ones, spacing_mm)
        if part.any() and counterpart.any():
            yield part, counterpart


def _forks(one: Plane, other: Plane) -> Iterator[tuple[Plane, Plane]]:
    """Yield the shapes of two planes, whole, where one part of a plane overlaps several of the other."""
    from scipy.ndimage import label

    # Seen from the side, parts that overlap are one: numbered together, as two planes of a volume.
    around = np.ones((3, 3, 3))
    around[0] = around[2] = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    (ones, others), count = label(np.stack([one, other]), structure=around)
    for number in range(1, count + 1):
        here, there = ones == number, others == number
        if here.any() and there.any() and max(label(plane, np.ones((3, 3)))[1] for plane in (here, there)) > 1:
            yield here, there


def _nearest_links(
    labels: NDArray[np.int32], targets: NDArray[np.int32], spacing_mm: Spacing, farthest_mm: float, linked: set[int]
) -> Iterator[tuple[int, int]]:
    """Yield (label, nearest target) for each label not yet linked whose target is near enough."""
    from scipy.ndimage import distance_transform_edt

    loose = [number for number in range(1, int(labels.max()) + 1) if number not in linked]
    if not loose:
        return
    away_mm, nearest = distance_transform_edt(targets == 0, sampling=spacing_mm, return_indices=True)
    for number in loose:
        pixels = np.flatnonzero(labels == number)
        best = pixels[np.argmin(away_mm.ravel()[pixels])]
        if away_mm.ravel()[best] <= farthest_mm:
            row, column = nearest[0].ravel()[best], nearest[1].ravel()[best]
            yield number, int(targets[row, column])


def _share(part: Plane, own: int, among: list[int], targets: NDArray[np.int32], spacing_mm: Spacing) -> Plane:
    """Return the pixels of a part that are nearer to its target ``own`` than to the others it belongs to."""
    from scipy.ndimage import distance_transform_edt

    if len(among) == 1:
        return part
    away = np.stack([distance_transform_edt(targets != number, sampling=spacing_mm)[part] for number in among])
    share = np.zeros_like(part)
    share[part] = away.argmin(axis=0) == among.index(own)
    return share


def _between(
    one: Plane, other: Plane, spacing_mm: Spacing, shares: NDArray[np.float64], *, may_move: bool = True
) -> NDArray[np.bool_]:
    """Return the shapes at ``shares`` of the way from one to the other, shape (len(shares), rows, columns)."""
    from scipy.ndimage import shift

    step = _shift(one, other) if may_move else np.zeros(2)
    # A moved shape is read as far beyond the window as it moves.
    box = _window(one | other, [int(n) for n in np.ceil(np.abs(step))])
    from_one, from_other = _outline_mm(one[box], spacing_mm), _outline_mm(other[box], spacing_mm)
    found = np.zeros((len(shares), *one.shape), np.bool_)
    for number, t in enumerate(shares):
        here = shift(from_one, t * step, order=1, mode="nearest") if step.any() else from_one
        there = shift(from_other, (t - 1) * step, order=1, mode="nearest") if step.any() else from_other
        found[number][box] = (1 - t) * here + t * there <= 0
    return found


def _window(shape: Plane, more: list[int]) -> tuple[slice, slice]:
    """Return the window of a shape with a pixel and ``more`` (rows, columns) each way, within the plane."""
    spans = []
    for axis, extra in zip((1, 0), more, strict=True):
        touched = np.flatnonzero(shape.any(axis=axis))
        spans.append(slice(max(int(touched[0]) - 1 - extra, 0), int(touched[-1]) + 2 + extra))
    return spans[0], spans[1]


def _outline_mm(shape: Plane, spacing_mm: Spacing) -> NDArray[np.float32]:
    """Return the signed sub-voxel distance to a shape's outline within its plane, mm, negative inside."""
    rows, columns = spacing_mm
    grid = Grid.from_axes((1, *shape.shape), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(columns, rows, 1.0))
    # Limited, so that a shape that fills its window is deep and not infinitely so.
    across_mm = float(np.hypot(shape.shape[0] * rows, shape.shape[1] * columns))
    distance: NDArray[np.float32] = signed_distance_mm(shape[None], grid, within_mm=across_mm)[0]
    return distance


def _shift(one: Plane, other: Plane) -> NDArray[np.float64]:
    """Return the step in pixels from one centre to the other, or none when the shapes agree no better for it."""
    step = np.array([np.mean(axis) for axis in np.nonzero(other)]) - [np.mean(axis) for axis in np.nonzero(one)]
    whole = np.rint(step).astype(int)
    if not whole.any():
        return step if (np.abs(step) > 1e-6).any() else np.zeros(2)
    rows, columns = np.nonzero(one)
    moved = np.stack([rows, columns], axis=1) + whole
    inside = ((moved >= 0) & (moved < one.shape)).all(axis=1)
    agrees = np.count_nonzero(other[tuple(moved[inside].T)])
    return step if agrees >= np.count_nonzero(one & other) else np.zeros(2)
