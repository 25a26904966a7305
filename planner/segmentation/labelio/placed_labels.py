"""Where do the labels of a file lie on this CT, and can they belong to it at all? Placed by geometry, label by label.

NIfTI, NRRD and MetaImage carry no frame of reference, so nothing in them says which scan they were made on. What can be
checked is checked: that they overlap the CT, how much of them does, and that left and right are not exchanged (H-16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid, Side
from planner.segmentation import placement, vocabulary
from planner.spatial.box import Box, grown, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from planner.segmentation.labelio.label_image import Labels

UNCHECKED = "the file names no frame of reference, so only its position was compared with the CT"
LEAST_KEPT = 0.8  # of a structure's volume on the CT's voxels; below it, parts of what is thin are gone
_LEAST_APART_MM = 5.0  # a left structure this much to the right of its right twin is no rounding


@dataclass(frozen=True, slots=True, eq=False)
class PlacedLabel:
    """One label on the CT.

    Parameters
    ----------
    mask
        shape (K, J, I), bool, on the CT's grid.
    share_outside
        Share of the label, 0 to 1, that lies outside the CT.
    share_kept
        Volume on the CT's voxels as a share of what lies inside the CT; 0 to about 1, small for what is thinner than
        the CT's voxels.
    centre_lps_mm
        shape (3,): its middle, LPS mm, of all of it.
    """

    mask: NDArray[np.bool_]
    share_outside: float
    share_kept: float
    centre_lps_mm: NDArray[np.float64]


def require_overlap(source: Grid, target: Grid) -> None:
    """Refuse a file whose box has no point in common with the CT's, with both places in numbers."""
    low, high = source.corners_lps_mm().min(axis=0), source.corners_lps_mm().max(axis=0)
    ct_low, ct_high = target.corners_lps_mm().min(axis=0), target.corners_lps_mm().max(axis=0)
    # Corners are voxel centres, and some formats round them: half a voxel more on each side belongs to both.
    slack_mm = 0.5 * (max(source.spacing_ijk_mm) + max(target.spacing_ijk_mm))
    if (low <= ct_high + slack_mm).all() and (ct_low <= high + slack_mm).all():
        return
    axis = int(np.argmax(np.maximum(low - ct_high, ct_low - high)))
    name = ("left to right", "front to back", "feet to head")[axis]
    raise GeometryRefused(
        f"This file lies beside the CT: {name} it reaches from {low[axis]:.0f} to {high[axis]:.0f} mm, the CT from "
        f"{ct_low[axis]:.0f} to {ct_high[axis]:.0f} mm. Choose the file that was made on this scan.",
        code="labels-elsewhere",
    )


def place_label(labels: Labels, value: int, box: Box, *, source: Grid, target: Grid) -> PlacedLabel:
    """Return one label of a volume, shape (K, J, I), on the CT: copied where both share voxels, else by volume.

    ``box`` is the smallest that holds the label: only it is looked at, and only its part of the CT is filled.
    """
    part = labels[box] == value
    here = _cropped(source, box)
    centre = here.to_lps(_centre_ijk(part))
    if placement.shared_lattice(here, target) is not None:
        mask = placement.onto_ct(part, source=here, target=target)
        return PlacedLabel(mask, 1.0 - np.count_nonzero(mask) / np.count_nonzero(part), 1.0, centre)
    there = _box_on(here, target)
    mask = np.zeros(target.shape_kji, dtype=np.bool_)
    if min(shape_of(there)) > 0:
        mask[there] = placement.onto_ct(part, source=here, target=_cropped(target, there))
    outside, kept = shares(part, mask, source=here, target=target)
    return PlacedLabel(mask, outside, kept, centre)


def shares(part: NDArray[np.bool_], placed: NDArray[np.bool_], *, source: Grid, target: Grid) -> tuple[float, float]:
    """Return which share of a mask lies outside the CT, and which of the volume inside is kept on its voxels."""
    outside = placement.share_outside(part, source=source, target=target)
    inside_mm3 = (1.0 - outside) * np.count_nonzero(part) * source.voxel_volume_mm3
    kept_mm3 = np.count_nonzero(placed) * target.voxel_volume_mm3
    return outside, float(kept_mm3 / inside_mm3) if inside_mm3 > 0 else 1.0


def loss_words(outside_share: float, kept_share: float) -> str:
    """Return what of a structure did not reach the CT, to stand behind how it was placed; empty for nothing."""
    cut = f"; {percent(outside_share)} of it lies outside the CT" if outside_share > 0 else ""
    return cut + (f"; {percent(kept_share)} of its volume is kept" if kept_share < LEAST_KEPT else "")


def percent(share: float) -> str:
    """Return a share as whole percent, without making a part of it all or none."""
    if 0 < share < 0.005 or 0.995 < share < 1:
        return "less than 1%" if share < 0.5 else "more than 99%"
    return f"{share:.0%}"


def _centre_ijk(mask: NDArray[np.bool_]) -> list[float]:
    counts = (np.count_nonzero(mask, axis=axes) for axes in ((0, 1), (0, 2), (1, 2)))
    return [float(np.average(np.arange(len(count)), weights=count)) for count in counts]


def _cropped(grid: Grid, box: Box) -> Grid:
    k, j, i = box
    return grid.cropped((i.start, j.start, k.start), shape_of(box))


def _box_on(source: Grid, target: Grid) -> Box:
    """Return the voxels of the CT that a grid's box can reach."""
    corners = target.to_index(source.corners_lps_mm())
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int) + 1
    upper = np.array(target.shape_kji[::-1])
    i, j, k = (slice(int(min(max(a, 0), n)), int(max(min(b, n), 0))) for a, b, n in zip(low, high, upper, strict=True))
    return grown((k, j, i), target.shape_kji, (1, 1, 1)) if min(shape_of((k, j, i))) > 0 else (k, j, i)


def how_placed(source: Grid, target: Grid) -> str:
    """Say how the labels of a file came onto the CT."""
    if placement.shared_lattice(source, target) is not None:
        return "copied voxel for voxel"
    spacing = " × ".join(f"{round(mm, 3):g}" for mm in source.spacing_ijk_mm)
    return f"resampled by volume from {spacing} mm"


def require_sides(named: Iterable[tuple[str, Side | None, PlacedLabel]]) -> tuple[str, ...]:
    """Refuse labels most of whose left ones lie to the right of their right twins: a file written mirrored (H-16).

    Each is (name, side, placed label); twins are those whose names differ in the side alone. Returns a sentence for
    each pair that lies the wrong way round among more that do not.
    """
    exchanged, right_way = [], 0
    for name, left, right in _twins(named):
        apart_mm = float(left.centre_lps_mm[0] - right.centre_lps_mm[0])
        if apart_mm < -_LEAST_APART_MM:
            exchanged.append(name)
        elif apart_mm > _LEAST_APART_MM:
            right_way += 1
    if len(exchanged) > right_way:
        more = f", and so do {len(exchanged) - 1} more pairs" if len(exchanged) > 1 else ""
        raise GeometryRefused(
            f"Left and right are exchanged: “{exchanged[0]}” of the left side lies to the right of that of the right "
            f"side{more}. The file was written mirrored; save it again with its orientation.",
            code="labels-mirrored",
        )
    return tuple(
        f"“{name}” of the left side lies to the right of that of the right side; look which is which."
        for name in exchanged
    )


def _twins(named: Iterable[tuple[str, Side | None, PlacedLabel]]) -> Iterator[tuple[str, PlacedLabel, PlacedLabel]]:
    """Yield what stands once for each side: name without side, left, right."""
    by_name: dict[str, dict[Side, PlacedLabel]] = {}
    for name, side, placed in named:
        if side in (Side.LEFT, Side.RIGHT):
            words = " ".join(word for word in vocabulary.words_of(name) if word not in ("left", "right", "l", "r"))
            by_name.setdefault(words, {})[side] = placed
    for words, sides in by_name.items():
        if len(sides) == 2:
            yield words, sides[Side.LEFT], sides[Side.RIGHT]
