"""Which plane of the patient does a view show, and where is a pixel of it? Radiological convention only.

In patient space, independent of how the CT was stored:

- axial is seen from the feet, the patient's right at the left edge, anterior at the top;
- coronal is seen from the front, the patient's right at the left edge, head at the top;
- sagittal is seen from the patient's left, anterior at the left edge, head at the top.

Pixels: ``(0, 0)`` is the outer corner at the top left, so the centre of the first pixel is ``(0.5, 0.5)`` and
``centre_lps_mm`` lies at ``(width / 2, height / 2)``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PointLps, point
from planner.rendering.reslice import aligned_axes
from planner.rendering.turning import UPRIGHT, Frame, turned_axes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# A direction is named by every patient axis it leans toward by more than this angle: below it the letter would mislead
# more than help (a 2° tilt is no "APH"). Project default.
_LETTER_LEAN_SIN = float(np.sin(np.radians(10.0)))
_FINEST_MM_PER_PX, _COARSEST_MM_PER_PX = 1e-4, 1e3
_POSITIVE_LETTERS = ("L", "P", "H")
_NEGATIVE_LETTERS = ("R", "A", "F")


class Orientation(StrEnum):
    """The three standard planes, and planes along or across a probe."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    OBLIQUE = "oblique"


_AXES: dict[Orientation, tuple[PointLps, PointLps]] = {
    Orientation.AXIAL: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    Orientation.CORONAL: ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    Orientation.SAGITTAL: ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}
_AWAY: dict[Orientation, PointLps] = {name: point(np.cross(right, down)) for name, (right, down) in _AXES.items()}
# Scrolling "up" goes to the head, to the front, and to the patient's right: with or against the viewing direction.
_UP_SIGN: dict[Orientation, float] = {
    Orientation.AXIAL: 1.0,
    Orientation.CORONAL: -1.0,
    Orientation.SAGITTAL: 1.0,
    Orientation.OBLIQUE: -1.0,
}


class EdgeLetters(NamedTuple):
    """Patient direction at the middle of each edge, one to three letters of A P L R H F, dominant first."""

    left: str
    right: str
    top: str
    bottom: str


def direction_letters(direction_lps: ArrayLike) -> str:
    """Return one to three letters for the patient directions a vector leans toward, dominant first."""
    vector = np.asarray(direction_lps, dtype=float)
    unit = vector / np.linalg.norm(vector)
    order = np.argsort(-np.abs(unit), kind="stable")
    return "".join(
        (_POSITIVE_LETTERS if unit[axis] > 0 else _NEGATIVE_LETTERS)[axis]
        for axis in order
        if abs(unit[axis]) > _LETTER_LEAN_SIN
    )


def coordinate_words(value_mm: float, axis: int) -> str:
    """Write one coordinate as patient letter and distance, such as ``"F 579.0"``; axis 0 is L/R, 1 P/A, 2 H/F."""
    rounded = round(value_mm, 1)
    letter = _POSITIVE_LETTERS[axis] if rounded >= 0 else _NEGATIVE_LETTERS[axis]
    return f"{letter} {abs(rounded):.1f}"


def point_words(lps_mm: ArrayLike) -> str:
    """Write a point sign-free in patient letters, such as ``"R 83.5 · P 262.0 · F 578.8 mm"``."""
    return " · ".join(coordinate_words(float(v), axis) for axis, v in enumerate(np.asarray(lps_mm))) + " mm"


@dataclass(frozen=True, slots=True)
class SlicePlane:
    """A rectangle of the patient as a view shows it.

    Parameters
    ----------
    orientation
        AXIAL, CORONAL or SAGITTAL, also when turned away from it (:meth:`turned`); OBLIQUE planes belong to none of the
        three and are made by :meth:`oblique`.
    centre_lps_mm
        The point at the middle of the view.
    mm_per_px
        Edge of one (logical) pixel.
    size_px
        (width, height) in logical pixels.
    oblique_axes
        Unit vectors (to the right, downwards) of an OBLIQUE or turned plane; None for one that stands upright.
    """

    orientation: Orientation
    centre_lps_mm: PointLps
    mm_per_px: float
    size_px: tuple[int, int]
    oblique_axes: tuple[PointLps, PointLps] | None = None

    def __post_init__(self) -> None:
        point(self.centre_lps_mm)
        if not _FINEST_MM_PER_PX <= self.mm_per_px <= _COARSEST_MM_PER_PX or min(self.size_px) < 1:
            raise PlanInvalid(
                f"A view of {self.size_px} pixels at {self.mm_per_px:g} mm per pixel cannot be drawn.",
                code="plane-size",
            )
        if self.orientation is Orientation.OBLIQUE and self.oblique_axes is None:
            raise PlanInvalid("An oblique plane names its own axes.", code="plane-axes")
        frame = np.array([self.right_lps, self.down_lps])
        if np.abs(frame @ frame.T - np.eye(2)).max() > 1e-6:
            raise PlanInvalid("The axes of a view must be perpendicular unit vectors.", code="plane-axes")

    @classmethod
    def oblique(
        cls, centre_lps_mm: ArrayLike, *, right: ArrayLike, down: ArrayLike, mm_per_px: float, size_px: tuple[int, int]
    ) -> SlicePlane:
        """Build a plane with its own axes; ``down`` is made perpendicular to ``right``."""
        to_right = np.asarray(right, dtype=float) / np.linalg.norm(right)
        downwards = np.asarray(down, dtype=float)
        downwards = downwards - (downwards @ to_right) * to_right
        downwards = downwards / np.linalg.norm(downwards)
        axes = (point(to_right), point(downwards))
        return cls(Orientation.OBLIQUE, point(centre_lps_mm), mm_per_px, size_px, axes)

    @classmethod
    def turned(
        cls,
        orientation: Orientation,
        centre_lps_mm: ArrayLike,
        *,
        frame: Frame = UPRIGHT,
        mm_per_px: float,
        size_px: tuple[int, int],
    ) -> SlicePlane:
        """Build a standard plane as it lies in a frame; it still carries its own name, colour and way of scrolling."""
        right, down = _AXES[orientation]
        axes = turned_axes(frame, right_lps=right, down_lps=down)
        return cls(orientation, point(centre_lps_mm), mm_per_px, size_px, axes)

    @classmethod
    def fit(
        cls, orientation: Orientation, grid: Grid, *, size_px: tuple[int, int], centre_lps_mm: PointLps | None = None
    ) -> SlicePlane:
        """Show the whole volume; ``centre_lps_mm`` chooses the slice only, the middle of the volume by default."""
        fitted = cls(orientation, point(grid.centre_lps_mm), 1.0, size_px).fitted(grid)
        return fitted if centre_lps_mm is None else fitted.through(centre_lps_mm)

    def fitted(self, grid: Grid) -> SlicePlane:
        """Return the parallel plane that shows the whole volume, through the volume's middle."""
        reach = np.array([np.ptp(grid.corners_lps_mm() @ np.asarray(axis)) for axis in (self.right_lps, self.down_lps)])
        voxel = max(grid.spacing_ijk_mm)
        mm_per_px = float(((reach + voxel) / np.array(self.size_px)).max())
        return replace(self, centre_lps_mm=point(grid.centre_lps_mm), mm_per_px=mm_per_px)

    @property
    def right_lps(self) -> PointLps:
        """Unit vector that points to the right edge."""
        return self.oblique_axes[0] if self.oblique_axes is not None else _AXES[self.orientation][0]

    @property
    def down_lps(self) -> PointLps:
        """Unit vector that points to the bottom edge."""
        return self.oblique_axes[1] if self.oblique_axes is not None else _AXES[self.orientation][1]

    @property
    def normal_lps(self) -> PointLps:
        """Unit vector away from the viewer."""
        if self.oblique_axes is None:
            return _AWAY[self.orientation]
        return point(np.cross(self.right_lps, self.down_lps))

    @property
    def is_upright(self) -> bool:
        """Whether it is one of the three standard planes, not turned."""
        return self.oblique_axes is None

    @property
    def lean_deg(self) -> float:
        """Angle to the standard plane whose name it carries, degrees; 0 for an OBLIQUE plane, which has none."""
        standard = _AWAY.get(self.orientation)
        if standard is None:
            return 0.0
        cosine = float(np.clip(np.dot(standard, self.normal_lps), -1.0, 1.0))
        return float(np.degrees(np.arccos(cosine)))

    @property
    def up_lps(self) -> PointLps:
        """Unit vector of one scroll step up: to the head, the front, the patient's right; out of an oblique view."""
        return point(_UP_SIGN[self.orientation] * np.asarray(self.normal_lps))

    def to_px(self, lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Project points (..., 3) in LPS mm onto the view, shape (..., 2), px."""
        offset = np.asarray(lps_mm, dtype=float) - np.asarray(self.centre_lps_mm)
        frame = np.array([self.right_lps, self.down_lps]).T
        px: NDArray[np.float64] = offset @ frame / self.mm_per_px + np.array(self.size_px) / 2
        return px

    def to_lps(self, px: ArrayLike) -> NDArray[np.float64]:
        """Return the points (..., 3) of the plane under pixels (..., 2), LPS mm."""
        offset = (np.asarray(px, dtype=float) - np.array(self.size_px) / 2) * self.mm_per_px
        frame = np.array([self.right_lps, self.down_lps])
        lps: NDArray[np.float64] = offset @ frame + np.asarray(self.centre_lps_mm)
        return lps

    def off_plane_mm(self, lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Signed distance of points (..., 3) from the plane along the viewing direction, shape (...), mm."""
        offset = np.asarray(lps_mm, dtype=float) - np.asarray(self.centre_lps_mm)
        return np.asarray(offset @ np.asarray(self.normal_lps))

    def edge_letters(self) -> EdgeLetters:
        """Return the patient letters at the middle of the four edges, from the plane's own axes."""
        right, down = np.asarray(self.right_lps), np.asarray(self.down_lps)
        return EdgeLetters(
            left=direction_letters(-right),
            right=direction_letters(right),
            top=direction_letters(-down),
            bottom=direction_letters(down),
        )

    def position_words(self) -> str:
        """Where along its axis the slice lies, such as ``"F 579.0 mm"``; all three coordinates for an oblique plane."""
        axis = {Orientation.AXIAL: 2, Orientation.CORONAL: 1, Orientation.SAGITTAL: 0}.get(self.orientation)
        if axis is None or not self.is_upright:
            return point_words(self.centre_lps_mm)
        return f"{coordinate_words(self.centre_lps_mm[axis], axis)} mm"

    def through(self, lps_mm: ArrayLike) -> SlicePlane:
        """Return the parallel plane through a point, without panning."""
        shift = self.off_plane_mm(lps_mm) * np.asarray(self.normal_lps)
        return replace(self, centre_lps_mm=point(np.asarray(self.centre_lps_mm) + shift))

    def panned(self, dx_px: float, dy_px: float) -> SlicePlane:
        """Return the plane whose picture has moved by (dx, dy) pixels."""
        middle = np.array(self.size_px) / 2 - (dx_px, dy_px)
        return replace(self, centre_lps_mm=point(self.to_lps(middle)))

    def zoomed(self, factor: float, *, at_px: tuple[float, float]) -> SlicePlane:
        """Return the plane magnified by ``factor``, with the point under ``at_px`` kept where it is.

        Stops at the limits of what can be drawn, however far a hand has dragged.
        """
        fixed = self.to_lps(at_px)
        wanted = self.mm_per_px / factor
        scaled = replace(self, mm_per_px=min(max(wanted, _FINEST_MM_PER_PX), _COARSEST_MM_PER_PX))
        return replace(scaled, centre_lps_mm=point(np.asarray(scaled.centre_lps_mm) + fixed - scaled.to_lps(at_px)))

    def resized(self, size_px: tuple[int, int]) -> SlicePlane:
        """Return the plane in a view of another size, same centre and magnification."""
        return replace(self, size_px=size_px)


@dataclass(frozen=True, slots=True)
class SlicePosition:
    """Which image of the series a plane shows."""

    number: int
    count: int
    thickness_mm: float
    is_along_stack: bool = True
    """Whether the images counted are the scanner's own, and not planes across them."""

    def words(self, image_numbers: tuple[int, int] | None) -> str:
        """Name the image as the scanner numbers it, ``"Im 88/275"``; without its numbers, ``"Slice 188/275"``.

        ``image_numbers`` as in :class:`planner.domain.volume.VolumeRef`. Numbers that do not run over the stack are not
        followed by its count.
        """
        if image_numbers is None or not self.is_along_stack:
            return f"Slice {self.number}/{self.count}"
        first, step = image_numbers
        ends = sorted((first, first + step * (self.count - 1)))
        named = f"Im {first + step * (self.number - 1)}"
        return f"{named}/{self.count}" if ends == [1, self.count] else named


def slice_position(plane: SlicePlane, grid: Grid) -> SlicePosition:
    """Return the 1-based image number nearest to the plane, their count, and their distance.

    Counted along the stored voxel axis that is most nearly perpendicular to the plane, in stored order.
    """
    axis = int(np.argmax(np.abs(grid.direction.T @ np.asarray(plane.normal_lps))))
    count = grid.shape_kji[2 - axis]
    index = int(np.clip(np.round(grid.to_index(plane.centre_lps_mm)[axis]), 0, count - 1))
    return SlicePosition(index + 1, count, grid.spacing_ijk_mm[axis], is_along_stack=axis == 2)


def standard_axes(orientation: Orientation) -> tuple[PointLps, PointLps]:
    """Return the unit vectors to the right and downwards of a standard plane, as radiologists hang it."""
    return _AXES[orientation]


def standard_normal_lps(orientation: Orientation, frame: Frame = UPRIGHT) -> PointLps:
    """Return the unit vector away from the viewer of a standard plane in a frame."""
    return point(np.array(frame) @ np.array(_AWAY[orientation]))


def on_slice(plane: SlicePlane, grid: Grid, *, steps: int = 0) -> SlicePlane:
    """Return the plane moved onto the nearest image, then ``steps`` images up, kept inside the volume.

    Every view of stored pixels starts from here, so that what is seen is an acquired slice and not a blend of two. A
    plane that lies across the stored slices is left where it is, and goes up in steps of the finest voxel spacing.
    """
    if aligned_axes(grid, plane) is None:
        return _across_slices(plane, grid, steps=steps)
    axis = int(np.argmax(np.abs(grid.direction.T @ np.asarray(plane.normal_lps))))
    up = float(grid.direction[:, axis] @ np.asarray(plane.up_lps))
    index = grid.to_index(plane.centre_lps_mm)
    wanted = np.round(index[axis]) + (steps if up > 0 else -steps)
    index[axis] = np.clip(wanted, 0, grid.shape_kji[2 - axis] - 1)
    return plane.through(grid.to_lps(index))


def _across_slices(plane: SlicePlane, grid: Grid, *, steps: int) -> SlicePlane:
    """Return the plane ``steps`` finest voxel spacings up, kept so that it still cuts the volume."""
    up = np.asarray(plane.up_lps)
    here = float(up @ np.asarray(plane.centre_lps_mm))
    reach = grid.corners_lps_mm() @ up
    there = float(np.clip(here + steps * min(grid.spacing_ijk_mm), reach.min(), reach.max()))
    return replace(plane, centre_lps_mm=point(np.asarray(plane.centre_lps_mm) + (there - here) * up))
