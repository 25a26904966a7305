"""What becomes of a mask's shape? Smoothing, margins, parts and holes: nothing here looks at the CT's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused, PlanInvalid
from planner.segmentation.edit_scene import Patch
from planner.spatial.box import grown, tiles, voxels_for_mm, whole, within
from planner.spatial.distance import signed_distance_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.mask_edit import FillHoles, Islands, Margin, Smooth
    from planner.segmentation.edit_scene import Scene
    from planner.spatial.box import Box

# Standard deviations that the averaging of Smooth looks far.
_SMOOTHING_REACH = 3.0
# Voxels of reach up to which tile by tile, leaving out those with no surface near, is less work than all at once.
_LARGEST_HALO = 16
# Shares of inside in the average between which the new surface is sought. Half would let every rounding lose volume:
# a ball of radius R shrinks by s²/R. What is thinner than the averaging has no such share and is lost, as it should.
_LEVELS = (0.25, 0.75)


def margin(edit: Margin, mask: NDArray[np.bool_], before: Box, scene: Scene) -> Patch:
    """Grow or shrink by the sub-voxel Euclidean distance in mm (H-29); the faces of the CT are no surface.

    A voxel belongs to the new mask when its centre is no farther from the surface than the margin. A structure that
    the scan cuts off is not shrunk from the cut.
    """
    grid = scene.grid
    reach = voxels_for_mm(max(edit.margin_mm, 0.0), scene.spacing_kji_mm)
    # Beyond the box lies one voxel of outside at least, so that the box's own faces never hide a surface.
    box = grown(before, grid.shape_kji, [n + 1 for n in reach])
    lower = (box[2].start, box[1].start, box[0].start)
    part = mask[box]
    distance = signed_distance_mm(part, grid.cropped(lower, part.shape), within_mm=abs(edit.margin_mm) + _ABOVE_MM)
    return Patch(box, distance <= edit.margin_mm)


# The distance map is cut off a little farther than the margin, so that the cut never decides.
_ABOVE_MM = 0.01


def smooth(edit: Smooth, mask: NDArray[np.bool_], before: Box, scene: Scene) -> Patch:
    """Average the mask with a Gaussian and keep the share that leaves the number of voxels as it was.

    The volume stays within 1 % for what is thicker than four times ``smooth_mm``, and as near as shares from a quarter
    to three quarters allow else. Flat faces stay where they are; at the scan's faces the mask is taken to go on.
    """
    sigma = [edit.smooth_mm / spacing for spacing in scene.spacing_kji_mm]
    reach = [int(np.ceil(_SMOOTHING_REACH * s)) for s in sigma]
    box = grown(before, scene.grid.shape_kji, reach)
    part = mask[box]
    if max(reach) > _LARGEST_HALO:
        share = _averaged(part, sigma, reach)
    else:
        share = np.zeros(part.shape, np.float32)
        for tile, around in tiles(whole(part.shape), halo=reach, shape_kji=part.shape):
            inside = part[around]
            if inside.all():
                share[tile] = 1.0
            elif inside.any():
                share[tile] = _averaged(inside, sigma, reach)[within(tile, around)]
                scene.working(f"Working: {edit.words}")
    after = share > _level_keeping(share, int(np.count_nonzero(part)))
    if not after.any():
        raise InputRefused(
            f"Smoothing by {edit.smooth_mm:g} mm would remove the structure: it is thinner than that. Choose less.",
            code="edit-smooth-all",
        )
    return Patch(box, after)


def _averaged(part: NDArray[np.bool_], sigma: list[float], reach: list[int]) -> NDArray[np.float32]:
    from scipy.ndimage import gaussian_filter

    averaged: NDArray[np.float32] = gaussian_filter(
        part.astype(np.float32), sigma, mode="nearest", radius=tuple(max(n, 1) for n in reach)
    )
    return averaged


def _level_keeping(share: NDArray[np.float32], voxels: int) -> float:
    """Return the share, a quarter to three quarters, above which as many voxels lie as were in the mask."""
    low, high = _LEVELS
    wanted = voxels - int(np.count_nonzero(share > high))
    between = share[(share > low) & (share <= high)]
    if wanted <= 0:
        return high
    if wanted >= between.size:
        return low
    kept = between.size - wanted
    ordered = np.partition(between, (kept - 1, kept))
    # Half-way between the last that stays and the first that goes: on a flat face that is one half exactly.
    return float((ordered[kept - 1] + ordered[kept]) / 2)


def islands(edit: Islands, mask: NDArray[np.bool_], before: Box, scene: Scene) -> Patch:
    """Keep the parts, connected through faces, that are large enough; of equally large ones the first stored."""
    import SimpleITK

    scene.working("Telling the parts apart")
    labels = SimpleITK.ConnectedComponent(_image(mask[before]))
    ordering = SimpleITK.RelabelComponentImageFilter()
    parts = SimpleITK.GetArrayFromImage(ordering.Execute(labels))
    if edit.smallest_ml is None:
        return Patch(before, parts == 1)
    voxel_ml = scene.grid.voxel_volume_mm3 / 1000
    sizes_ml = np.array(ordering.GetSizeOfObjectsInPixels()) * voxel_ml
    large = int(np.count_nonzero(sizes_ml >= edit.smallest_ml))
    if large == 0:
        raise PlanInvalid(
            f"No part is as large as {edit.smallest_ml:g} mL; the largest has {sizes_ml[0]:.3g} mL.",
            code="edit-no-such-part",
        )
    return Patch(before, (parts >= 1) & (parts <= large))


def fill_holes(edit: FillHoles, mask: NDArray[np.bool_], before: Box, scene: Scene) -> Patch:
    """Fill what is enclosed through faces, in space or in each stored slice; what opens to the scan's face is not."""
    import SimpleITK

    # Beyond the mask's own box everything is outside, so a hole is what does not reach the box's faces.
    part = mask[before]
    if not edit.in_slices:
        scene.working("Filling what is enclosed")
        return Patch(before, _array(SimpleITK.BinaryFillhole(_image(part), False, 1)))  # noqa: FBT003 - ITK's order
    filled = part.copy()
    for number, plane in enumerate(part):
        if number % 16 == 0:
            scene.working("Filling each slice")
        if plane.any():
            filled[number] = _array(SimpleITK.BinaryFillhole(_image(plane), False, 1))  # noqa: FBT003 - ITK's order
    return Patch(before, filled)


def _image(mask: NDArray[np.bool_]) -> Any:  # noqa: ANN401 - SimpleITK has no types
    import SimpleITK

    return SimpleITK.GetImageFromArray(np.ascontiguousarray(mask).view(np.uint8))


def _array(image: Any) -> NDArray[np.bool_]:  # noqa: ANN401 - SimpleITK has no types
    import SimpleITK

    return np.asarray(SimpleITK.GetArrayFromImage(image) != 0)
