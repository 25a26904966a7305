"""How is a big CT worked on quickly? A coarse copy in patient order, morphology in millimetres, and the way back.

Patient order is ``[z, y, x]`` with z toward the head, y posterior, x to the patient's left, whatever the scan's own
order, so that no later step can mistake a side of the array for a side of the patient. Coarse voxels are averages of
whole blocks of CT voxels, at most :data:`COARSE_MM` wide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.spatial.box import grown, mask_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.volume import Volume

COARSE_MM = 2.0  # a rib, the trachea or the chest wall is several voxels thick; 8 to 16 times fewer voxels than the CT
EVEN_MM = 1.3  # pixels up to this size are averaged with their neighbours where noise matters
AIR_HU = -1024  # lowest CT number that means something; scanners pad with less


@dataclass(frozen=True, slots=True, eq=False)
class PatientCt:
    """A CT in patient order, fine and coarse.

    Parameters
    ----------
    fine_hu
        shape (Z, Y, X), int16, HU: every CT voxel.
    hu
        shape (z, y, x), int16, HU: block averages.
    factors
        CT voxels per coarse voxel along (z, y, x).
    spacing_mm
        Coarse voxel size along (z, y, x).
    axes, flipped
        How the CT's ``[k, j, i]`` became patient order: transposed by ``axes``, then flipped along ``flipped``.
    shape, corner
        Shape of the whole CT in patient order, and where in it this part begins (see :meth:`within`).
    """

    fine_hu: NDArray[np.int16]
    hu: NDArray[np.int16]
    factors: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    axes: tuple[int, ...]
    flipped: tuple[int, ...]
    shape: tuple[int, int, int]
    corner: tuple[int, int, int] = (0, 0, 0)

    @property
    def fine_mm(self) -> tuple[float, float, float]:
        """Size of a CT voxel along (Z, Y, X)."""
        z, y, x = (size / factor for size, factor in zip(self.spacing_mm, self.factors, strict=True))
        return z, y, x

    @property
    def voxel_ml(self) -> float:
        """Volume of a coarse voxel."""
        return float(np.prod(self.spacing_mm)) / 1000

    @property
    def pixel_mm2(self) -> float:
        """Area of a coarse voxel in the axial plane."""
        return self.spacing_mm[1] * self.spacing_mm[2]

    def coarsely(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the coarse voxels that hold any voxel of a fine mask (those past the last whole block left out)."""
        blocks = mask
        for axis, factor in enumerate(self.factors):
            whole = np.moveaxis(blocks, axis, 0)[: self.hu.shape[axis] * factor]
            blocks = np.moveaxis(np.logical_or.reduce([whole[n::factor] for n in range(factor)]), 0, axis)
        return np.ascontiguousarray(blocks)

    def finely(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Spread a coarse mask over the CT's voxels as it is."""
        z, y, x = (slice(0, count) for count in self.hu.shape)
        return self._finely(mask.view(np.uint8), (z, y, x))[0].view(np.bool_)

    def spread(self, part: NDArray[np.uint8], box: tuple[slice, slice, slice]) -> NDArray[np.uint8]:
        """Spread what a coarse box holds over its CT voxels, those of :meth:`fine_box`."""
        return self._finely(part, box)[0]

    def within(self, mask: NDArray[np.bool_], margin_mm: float) -> tuple[PatientCt, tuple[slice, slice, slice]]:
        """Return the part of the CT around a coarse mask, and its coarse box; later steps need not look elsewhere."""
        box = box_around(mask, self.spacing_mm, margin_mm)
        fine = self.fine_box(box)
        part = replace(
            self,
            fine_hu=self.fine_hu[fine],
            hu=np.ascontiguousarray(self.hu[box]),
            corner=(self.corner[0] + fine[0].start, self.corner[1] + fine[1].start, self.corner[2] + fine[2].start),
        )
        return part, box

    def even_hu(self) -> NDArray[np.int16]:
        """Return the CT's own HU, averaged over 3 × 3 pixels of a slice where these are small, against noise."""
        if max(self.fine_mm[1:]) > EVEN_MM or min(self.fine_hu.shape[1:]) < 3:
            return self.fine_hu
        # Nine CT numbers of at most 3071 fit into 16 bits.
        across = self.fine_hu.copy()
        across[:, :, 1:-1] += self.fine_hu[:, :, :-2]
        across[:, :, 1:-1] += self.fine_hu[:, :, 2:]
        total = across.copy()
        total[:, 1:-1] += across[:, :-2]
        total[:, 1:-1] += across[:, 2:]
        even = self.fine_hu.copy()
        np.floor_divide(total[:, 1:-1, 1:-1], 9, out=even[:, 1:-1, 1:-1])
        return even

    def refined(
        self,
        mask: NDArray[np.bool_],
        *,
        inner_mm: float,
        outer_mm: float,
        hu: tuple[float, float],
        of: NDArray[np.int16] | None = None,
    ) -> NDArray[np.bool_]:
        """Give a coarse mask the CT's own surface, shape (Z, Y, X).

        What lies ``inner_mm`` or deeper under the coarse mask's rim counts, what lies farther than ``outer_mm`` outside
        does not; between, each CT voxel counts whose own HU (or that in ``of``) lies from ``hu[0]`` to ``hu[1]``.
        """
        refined = np.zeros(self.fine_hu.shape, dtype=np.bool_)
        box = box_around(mask, self.spacing_mm, outer_mm)
        part = mask[box]
        depth_mm = signed_mm(part, self.spacing_mm)
        levels, fine_box = self._finely((depth_mm <= outer_mm).view(np.uint8) + (depth_mm <= -inner_mm), box)
        values = (self.fine_hu if of is None else of)[fine_box]
        within = levels == 1
        within &= values >= hu[0]
        within &= values <= hu[1]
        within |= levels == 2
        refined[fine_box] = within
        return refined

    def _finely(
        self, part: NDArray[np.uint8], box: tuple[slice, ...]
    ) -> tuple[NDArray[np.uint8], tuple[slice, slice, slice]]:
        """Spread a coarse box over the CT's voxels; voxels past the last whole block belong to that block."""
        fine, fine_box = part, self.fine_box(box)
        for axis in (2, 1, 0):  # the fastest axis first, while the array is still small
            edges = box[axis]
            places = np.arange(fine_box[axis].start, fine_box[axis].stop) // self.factors[axis]
            fine = fine.take(np.minimum(places, edges.stop - 1) - edges.start, axis=axis)
        return fine, fine_box

    def fine_box(self, box: tuple[slice, ...]) -> tuple[slice, slice, slice]:
        """Return the CT voxels of a coarse box."""
        z, y, x = (
            slice(edges.start * factor, fine if edges.stop == coarse else edges.stop * factor)
            for edges, factor, fine, coarse in zip(box, self.factors, self.fine_hu.shape, self.hu.shape, strict=True)
        )
        return z, y, x

    def on_ct(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Turn a fine mask of this part in patient order back into the whole CT's ``[k, j, i]``."""
        if mask.shape != self.shape:
            whole = np.zeros(self.shape, dtype=np.bool_)
            place = (slice(at, at + count) for at, count in zip(self.corner, mask.shape, strict=True))
            whole[tuple(place)] = mask
            mask = whole
        return np.ascontiguousarray(np.flip(mask, self.flipped).transpose(np.argsort(self.axes)))


def patient_ct(volume: Volume) -> PatientCt:
    """Bring a CT into patient order and make its coarse copy; padding becomes air."""
    import SimpleITK

    direction = volume.grid.direction
    # For each patient axis (z, y, x) the CT axis nearest to it; a permutation also for oblique scans.
    ijk_of = _nearest_axes(np.abs(direction))
    axes = tuple(2 - ijk_of[xyz] for xyz in (2, 1, 0))
    flipped = tuple(n for n, xyz in enumerate((2, 1, 0)) if direction[xyz, ijk_of[xyz]] < 0)
    hu = np.clip(volume.hu, AIR_HU, 3071).astype(np.int16)
    if volume.padding is not None:
        hu[volume.padding] = AIR_HU
    fine = np.ascontiguousarray(np.flip(hu.transpose(axes), flipped))
    fine_spacing = np.array(volume.grid.spacing_ijk_mm[::-1])[list(axes)]
    factors = [
        max(1, min(int(COARSE_MM / spacing + 1e-6), count))
        for spacing, count in zip(fine_spacing, fine.shape, strict=True)
    ]
    coarse = SimpleITK.GetArrayFromImage(SimpleITK.BinShrink(SimpleITK.GetImageFromArray(fine), factors[::-1]))
    z, y, x = (float(s * f) for s, f in zip(fine_spacing, factors, strict=True))
    shape = fine.shape[0], fine.shape[1], fine.shape[2]
    return PatientCt(fine, coarse, (factors[0], factors[1], factors[2]), (z, y, x), axes, flipped, shape)


def _nearest_axes(cosines: NDArray[np.float64]) -> dict[int, int]:
    """Pair each patient axis (row) with one CT axis (column), the largest cosines first."""
    pairs: dict[int, int] = {}
    for flat in np.argsort(-cosines, axis=None):
        row, column = divmod(int(flat), 3)
        if row not in pairs and column not in pairs.values():
            pairs[row] = column
    return pairs


def signed_mm(mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]) -> NDArray[np.float32]:
    """Distance between centres of voxels, mm: outside to the nearest voxel of the mask, inside (negative) to its rim.

    The volume's own faces are no rim. Without a mask everything is infinitely far, in a full one infinitely deep.
    """
    import SimpleITK

    if not mask.any() or mask.all():
        return np.full(mask.shape, -np.inf if mask.any() else np.inf, dtype=np.float32)
    image = SimpleITK.GetImageFromArray(mask.view(np.uint8))
    image.SetSpacing(spacing_mm[::-1])
    distance: NDArray[np.float32] = SimpleITK.GetArrayFromImage(
        SimpleITK.SignedMaurerDistanceMap(image, squaredDistance=False, useImageSpacing=True)
    )
    return distance


def box_around(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float], margin_mm: float
) -> tuple[slice, slice, slice]:
    """Return the box of a mask with the margin and a voxel more, so that work on it gives what work on all would."""
    box = mask_box(mask) or (slice(0, 1), slice(0, 1), slice(0, 1))
    return grown(box, mask.shape, [int(margin_mm / spacing) + 1 for spacing in spacing_mm])


def dilated(mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float], radius_mm: float) -> NDArray[np.bool_]:
    """Grow by a ball of ``radius_mm``."""
    box = box_around(mask, spacing_mm, radius_mm)
    grown = np.zeros_like(mask)
    grown[box] = signed_mm(mask[box], spacing_mm) <= radius_mm
    return grown


def eroded(mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float], radius_mm: float) -> NDArray[np.bool_]:
    """Shrink by a ball of ``radius_mm``; the volume's own faces are no border, so masks stay open there."""
    box = box_around(mask, spacing_mm, 0)
    shrunk = np.zeros_like(mask)
    shrunk[box] = mask[box] & (signed_mm(~mask[box], spacing_mm) > radius_mm)
    return shrunk


def opened(mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float], radius_mm: float) -> NDArray[np.bool_]:
    """Remove what a ball of ``radius_mm`` does not fit into."""
    return dilated(eroded(mask, spacing_mm, radius_mm), spacing_mm, radius_mm)


def closed(mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float], radius_mm: float) -> NDArray[np.bool_]:
    """Fill gaps that a ball of ``radius_mm`` does not fit into."""
    return eroded(dilated(mask, spacing_mm, radius_mm), spacing_mm, radius_mm)


def labelled(mask: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Give connected parts (through faces) numbers; return labels and voxel counts, the background's count being 0."""
    import SimpleITK

    labels = SimpleITK.GetArrayFromImage(SimpleITK.ConnectedComponent(SimpleITK.GetImageFromArray(mask.view(np.uint8))))
    counts = np.bincount(labels.ravel())
    counts[0] = 0
    return labels, counts


def slice_holes(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Give numbers to the holes of each axial slice, closed off within the slice; return labels and voxel counts."""
    from scipy.ndimage import label

    in_slice = np.zeros((3, 3, 3), dtype=bool)
    in_slice[1] = [[False, True, False], [True, True, True], [False, True, False]]
    labels, number = label(~mask, structure=in_slice)
    outside = np.zeros(number + 1, dtype=bool)
    for edge in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        outside[np.unique(edge)] = True
    labels[outside[labels]] = 0
    counts = np.bincount(labels.ravel(), minlength=number + 1)
    counts[0] = 0
    return labels, counts


def filled_in_slices(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what a mask encloses in each axial slice, so that a volume cut through a lung has no open end."""
    filled: NDArray[np.bool_] = mask | (slice_holes(mask)[0] > 0)
    return filled


def sealed_in_slices(shell: NDArray[np.bool_], *, outside: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give numbers to the parts of slices that no way within the slice joins with ``outside``; 0 elsewhere."""
    from scipy.ndimage import label

    in_slice = np.zeros((3, 3, 3), dtype=bool)
    in_slice[1] = [[False, True, False], [True, True, True], [False, True, False]]
    labels, number = label(~shell, structure=in_slice, output=np.int32)
    kept = np.arange(number + 1, dtype=np.int32)
    kept[labels[outside]] = 0
    sealed: NDArray[np.int32] = kept[labels]
    return sealed


def beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the voxels that share a face with one of the mask."""
    near = np.zeros_like(mask)
    for axis in range(mask.ndim):
        ahead, behind = [slice(None)] * mask.ndim, [slice(None)] * mask.ndim
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        near[tuple(ahead)] |= mask[tuple(behind)]
        near[tuple(behind)] |= mask[tuple(ahead)]
    return near
