"""Which voxels hang together in the CT? By their HU all over, from a click, and by growing up to an edge.

Growing is a watershed from markers on the gradient magnitude (Beucher & Meyer 1993; in SimpleITK): the mask, the
other structures and everything farther than the reach are poured full from where they are, flat tissue first, and
where two of them meet, which is on an edge of the CT if there is one, is the border. In tissue without any edge the
border lies half-way between the seeds and the end of the reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused, PlanInvalid
from planner.segmentation.edit_scene import Patch
from planner.spatial.box import Box, grown, mask_box, voxels_for_mm, whole
from planner.spatial.distance import signed_distance_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.mask_edit import Connected, Grow, Threshold
    from planner.segmentation.edit_scene import Scene

# HU beyond these are air and metal; their differences are no edges of organs.
_LOWEST_HU, _HIGHEST_HU = -1024.0, 2000.0
# Edges are judged after averaging by so much, so that noise makes no valleys of its own; at least so many voxels.
_EDGE_MM, _EDGE_VOXELS = 0.8, 0.6
# Steps in which edges are told apart, HU per mm.
_EDGE_STEP_HU_PER_MM = 0.25
_BEYOND, _OTHER, _OWN = 1, 2, 3


def threshold(edit: Threshold, scene: Scene) -> Patch:
    """Return every voxel between two HU where the limits let voxels change."""
    box = scene.box_within_limits(whole(scene.grid.shape_kji))
    low_hu, high_hu = edit.threshold_hu
    voxels = scene.between_hu(box, low_hu, high_hu)
    if not voxels.any():
        where = "of this CT" if scene.limit.inside is None else "inside the limit"
        raise InputRefused(f"No voxel {where} has {low_hu:g} to {high_hu:g} HU.", code="edit-threshold-empty")
    return Patch(box, voxels)


def connected(edit: Connected, scene: Scene) -> Patch:
    """Return the voxels between two HU that hang together, through faces, with the clicked one, within the reach.

    The region runs through voxels only that the limits leave free.
    """
    seed = np.rint(scene.grid.to_index(edit.seed_lps_mm)[::-1]).astype(int)
    shape = np.array(scene.grid.shape_kji)
    if not ((seed >= 0) & (seed < shape)).all():
        raise PlanInvalid("The clicked point lies outside of the CT.", code="edit-seed-outside")
    at = (int(seed[0]), int(seed[1]), int(seed[2]))
    start: Box = (slice(at[0], at[0] + 1), slice(at[1], at[1] + 1), slice(at[2], at[2] + 1))
    box = scene.box_within_limits(
        grown(start, scene.grid.shape_kji, voxels_for_mm(edit.reach_mm, scene.spacing_kji_mm))
    )
    free = _candidates(edit, box, scene)
    inside_box = all(span.start <= n < span.stop for n, span in zip(at, box, strict=True))
    seed_in_box = tuple(n - span.start for n, span in zip(at, box, strict=True))
    if not inside_box or not free[seed_in_box]:
        raise _seed_refused(edit, at, scene)
    scene.working("Following the region")
    region = _part_at(free, seed_in_box)
    found = mask_box(region)
    assert found is not None  # noqa: S101 - it holds the seed
    lower = tuple(span.start for span in box)
    k, j, i = (slice(span.start + n, span.stop + n) for span, n in zip(found, lower, strict=True))
    return Patch((k, j, i), region[found])


def _candidates(edit: Connected, box: Box, scene: Scene) -> NDArray[np.bool_]:
    """Return the voxels of a box that are between the HU, within the reach and free to change."""
    free = scene.between_hu(box, *edit.range_hu)
    allowed = scene.may_change(box)
    if allowed is not None:
        free &= allowed
    centre = scene.grid.to_index(edit.seed_lps_mm)[::-1]
    k, j, i = (
        ((axis - at) * spacing).astype(np.float32) ** 2
        for axis, at, spacing in zip(np.ogrid[box], centre, scene.spacing_kji_mm, strict=True)
    )
    across = j + i
    for number, height in enumerate(k.ravel()):
        free[number] &= across[0] <= np.float32(edit.reach_mm**2) - height
    return free


def _part_at(mask: NDArray[np.bool_], at: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the part connected through faces that holds a voxel."""
    import SimpleITK

    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(mask).view(np.uint8))
    labels = SimpleITK.GetArrayFromImage(SimpleITK.ConnectedComponent(image))
    return np.asarray(labels == labels[at])


def _seed_refused(edit: Connected, at: tuple[int, int, int], scene: Scene) -> InputRefused:
    """Say why nothing can begin at the clicked voxel."""
    low_hu, high_hu = edit.range_hu
    is_padding = scene.volume.padding is not None and bool(scene.volume.padding[at])
    value = "no HU (the scanner padded there)" if is_padding else f"{float(scene.volume.hu[at]):.0f} HU"
    if not is_padding and low_hu <= scene.volume.hu[at] <= high_hu:
        return InputRefused(
            "The clicked voxel lies outside of the limits set for drawing. Click inside them, or lift them.",
            code="edit-seed-limit",
        )
    return InputRefused(
        f"The clicked voxel has {value}, not {low_hu:g} to {high_hu:g} HU. Click inside the region, or widen the "
        "range.".replace("-", "−"),
        code="edit-seed-hu",
    )


def grow(edit: Grow, mask: NDArray[np.bool_], before: Box, scene: Scene) -> Patch:
    """Let the mask grow up to the next edge of the CT, other structures, or ``grow_mm``; what is drawn stays."""
    grid = scene.grid
    box = grown(before, grid.shape_kji, [n + 2 for n in voxels_for_mm(edit.grow_mm, scene.spacing_kji_mm)])
    own = mask[box]
    part_grid = grid.cropped((box[2].start, box[1].start, box[0].start), own.shape)
    markers = np.zeros(own.shape, np.uint8)
    distance = signed_distance_mm(own, part_grid, within_mm=edit.grow_mm + max(scene.spacing_kji_mm))
    markers[distance > edit.grow_mm] = _BEYOND
    if scene.volume.padding is not None:
        markers[scene.volume.padding[box]] = _BEYOND
    for ref in edit.others:
        markers[scene.mask(ref)[box]] = _OTHER
    markers[own] = _OWN
    scene.working("Looking for edges")
    edges = _edges(scene, box)
    scene.working("Growing up to the edges")
    return Patch(box, _poured(edges, markers) == _OWN)


def _edges(scene: Scene, box: Box) -> NDArray[np.uint16]:
    """Return how steep the CT is at each voxel, in steps of ``_EDGE_STEP_HU_PER_MM``."""
    from scipy.ndimage import gaussian_filter

    hu = np.clip(scene.volume.hu[box].astype(np.float32), _LOWEST_HU, _HIGHEST_HU)
    sigma = [max(_EDGE_MM / spacing, _EDGE_VOXELS) for spacing in scene.spacing_kji_mm]
    even = gaussian_filter(hu, sigma, mode="nearest")
    steepness_sq = np.zeros_like(even)
    for axis, spacing in enumerate(scene.spacing_kji_mm):
        if even.shape[axis] > 1:
            steepness_sq += np.gradient(even, spacing, axis=axis) ** 2
    steps: NDArray[np.float32] = np.sqrt(steepness_sq) / np.float32(_EDGE_STEP_HU_PER_MM)
    return np.asarray(np.minimum(steps, np.iinfo(np.uint16).max).astype(np.uint16))


def _poured(edges: NDArray[np.uint16], markers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import SimpleITK

    poured: NDArray[np.uint8] = SimpleITK.GetArrayFromImage(
        SimpleITK.MorphologicalWatershedFromMarkers(
            SimpleITK.GetImageFromArray(edges), SimpleITK.GetImageFromArray(markers), markWatershedLine=False
        )
    )
    return poured
