"""What can be done to a mask as a whole? Each way of drawing or changing one, as a value: what a worker runs, in words.

Dabs of the brush are not here: they happen under the hand, voxel by voxel, in the window. Where an edit makes new
voxels (a threshold, a tube, a region), :class:`Combine` says what becomes of those that were there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps
from planner.domain.identity import BlobRef

MOST_GROWTH_MM = 100.0
MOST_RADIUS_MM = 100.0


class Combine(StrEnum):
    """What new voxels do to the mask that is there."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"
    KEEP_COMMON = "keep common"


class BooleanKind(StrEnum):
    """How two masks become one."""

    UNION = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect with"


@dataclass(frozen=True, slots=True)
class EditLimit:
    """Where voxels may change: only inside another mask, only between two HU; without both, everywhere."""

    inside: BlobRef | None = None
    low_hu: float | None = None
    high_hu: float | None = None

    def __post_init__(self) -> None:
        if self.low_hu is not None and self.high_hu is not None:
            _require_range(self.low_hu, self.high_hu)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Every voxel between two HU, both included."""

    threshold_hu: tuple[float, float]
    combine: Combine = Combine.REPLACE

    def __post_init__(self) -> None:
        _require_range(*self.threshold_hu)

    @property
    def words(self) -> str:
        """What was done."""
        return f"threshold {_number(self.threshold_hu[0])} to {_number(self.threshold_hu[1])} HU"


@dataclass(frozen=True, slots=True)
class Connected:
    """The voxels between two HU that hang together with the one at a clicked point, no farther than ``reach_mm``."""

    seed_lps_mm: PointLps
    range_hu: tuple[float, float]
    reach_mm: float
    combine: Combine = Combine.ADD

    def __post_init__(self) -> None:
        _require_range(*self.range_hu)
        _require_size(self.reach_mm, 1000.0, "The reach")

    @property
    def words(self) -> str:
        """What was done."""
        return f"connected region {_number(self.range_hu[0])} to {_number(self.range_hu[1])} HU"


@dataclass(frozen=True, slots=True)
class Grow:
    """Let the mask grow from what is drawn of it until it meets an edge of the CT, other structures or ``grow_mm``.

    ``others`` are masks that keep what they have and grow against it.
    """

    grow_mm: float
    others: tuple[BlobRef, ...] = ()

    def __post_init__(self) -> None:
        _require_size(self.grow_mm, MOST_GROWTH_MM, "The reach of growing")

    @property
    def words(self) -> str:
        """What was done."""
        return f"grown from seeds up to {self.grow_mm:g} mm"


@dataclass(frozen=True, slots=True)
class FillBetween:
    """Fill the slices between those drawn, by interpolating shapes. ``fill_axis``: 0 = i, 1 = j, 2 = k of the grid."""

    fill_axis: int

    def __post_init__(self) -> None:
        if self.fill_axis not in (0, 1, 2):
            raise PlanInvalid(f"There is no axis {self.fill_axis}.", code="edit-axis")

    @property
    def words(self) -> str:
        """What was done."""
        return "filled between slices"


@dataclass(frozen=True, slots=True)
class Tube:
    """A tube along a smooth curve through points: vessel, ureter, nerve."""

    centreline_lps_mm: tuple[PointLps, ...]
    radius_mm: float
    combine: Combine = Combine.ADD

    def __post_init__(self) -> None:
        if len(self.centreline_lps_mm) < 2:
            raise PlanInvalid("A tube needs at least two points.", code="edit-tube-points")
        _require_size(self.radius_mm, MOST_RADIUS_MM, "The radius")

    @property
    def words(self) -> str:
        """What was done."""
        return f"tube of {2 * self.radius_mm:g} mm through {len(self.centreline_lps_mm)} points"


@dataclass(frozen=True, slots=True)
class Smooth:
    """Round off what is smaller than ``smooth_mm`` (standard deviation of the averaging), volume nearly kept."""

    smooth_mm: float

    def __post_init__(self) -> None:
        _require_size(self.smooth_mm, 20.0, "The smoothing")

    @property
    def words(self) -> str:
        """What was done."""
        return f"smoothed by {self.smooth_mm:g} mm"


@dataclass(frozen=True, slots=True)
class Margin:
    """Grow (positive) or shrink (negative) by a distance in mm, the same in every direction of the patient."""

    margin_mm: float

    def __post_init__(self) -> None:
        _require_size(abs(self.margin_mm), MOST_GROWTH_MM, "The margin")

    @property
    def words(self) -> str:
        """What was done."""
        return f"{'grown' if self.margin_mm > 0 else 'shrunk'} by {abs(self.margin_mm):g} mm"


@dataclass(frozen=True, slots=True)
class Islands:
    """Keep connected parts from ``smallest_ml`` on; None keeps the largest alone."""

    smallest_ml: float | None

    def __post_init__(self) -> None:
        if self.smallest_ml is not None:
            _require_size(self.smallest_ml, 1e6, "The smallest part")

    @property
    def words(self) -> str:
        """What was done."""
        return "largest part kept" if self.smallest_ml is None else f"parts below {self.smallest_ml:g} mL removed"


@dataclass(frozen=True, slots=True)
class FillHoles:
    """Fill what is enclosed: in space, or with ``in_slices`` in each slice."""

    in_slices: bool

    @property
    def words(self) -> str:
        """What was done."""
        return "holes filled in each slice" if self.in_slices else "holes filled"


@dataclass(frozen=True, slots=True)
class Boolean:
    """Combine with another structure's mask; ``other_name`` is for the words alone."""

    boolean: BooleanKind
    other: BlobRef
    other_name: str

    @property
    def words(self) -> str:
        """What was done."""
        return f"{self.boolean.value} {self.other_name}"


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut with scissors: what lies behind a closed line drawn on a picture, all through the patient.

    ``to_picture`` is the 4x4 matrix, row by row, from LPS (x, y, z, 1) to homogeneous picture coordinates (x, y, depth,
    w), and ``outline`` the line in those coordinates after division by w; what has w <= 0 is behind the viewer and
    stays. Outside of the line is cut away when ``keep_inside``.
    """

    to_picture: tuple[float, ...]
    outline: tuple[tuple[float, float], ...]
    keep_inside: bool = False

    def __post_init__(self) -> None:
        if len(self.to_picture) != 16 or not all(math.isfinite(value) for value in self.to_picture):
            raise PlanInvalid("A cut needs the 16 finite numbers of its picture.", code="edit-cut-picture")
        if len(self.outline) < 3:
            raise PlanInvalid("A cut needs a line around something.", code="edit-cut-line")

    @property
    def words(self) -> str:
        """What was done."""
        return "cut outside a line" if self.keep_inside else "cut with scissors"


MaskEdit = Threshold | Connected | Grow | FillBetween | Tube | Smooth | Margin | Islands | FillHoles | Boolean | Cut
"""Every edit; no two share their field names, so that JSON tells them apart."""


def _require_range(low_hu: float, high_hu: float) -> None:
    if not low_hu <= high_hu:
        raise PlanInvalid(
            f"The range {low_hu:g} to {high_hu:g} HU is empty; the lower end comes first.", code="edit-hu"
        )


def _require_size(value: float, most: float, what: str) -> None:
    if not 0 < value <= most:
        raise PlanInvalid(f"{what} must be above 0 and at most {most:g}, not {value:g}.", code="edit-size")


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
