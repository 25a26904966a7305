"""Where is it? World coordinates, grids, sides, and the CT operator's words for a probe.

Conventions, fixed for the whole program:

- World = DICOM patient coordinates **LPS, millimetres**, float64: +x to the patient's left, +y posterior, +z head.
- Arrays are C-order ``[k, j, i]`` (slice, row, column); index triples are ``(i, j, k)``.
- ``index_to_lps`` is a 4x4 affine acting on ``(i, j, k, 1)`` at voxel centres, with determinant > 0.
- Only :class:`Grid` converts between the two.

Operator's words (worked example in :func:`operator_pose`):

- *depth*: skin entry to tip along the shaft, mm.
- *in-plane angle*: angle of the shaft's projection on the axial plane to the vertical of the planned patient position,
  with the side the hub leans to: 0 degrees from straight above, 90 level, up to 180 from below.
- *tilt*: angle out of the axial plane, degrees, hub toward head or feet.
- *table position*: the entry slice as patient H/F mm and as the scanner's own SliceLocation, each named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused, PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

PointLps = tuple[float, float, float]
Affine = tuple[
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
]


class Side(StrEnum):
    """Side of the *patient*; nothing in the program is ever screen left or screen right."""

    LEFT = "left"
    RIGHT = "right"
    MIDLINE = "midline"


_DOWN: dict[str, PointLps] = {
    "S": (0.0, 1.0, 0.0),
    "P": (0.0, -1.0, 0.0),
    "DR": (-1.0, 0.0, 0.0),
    "DL": (1.0, 0.0, 0.0),
}
"""Patient direction that is down, LPS, by how the patient lies."""


class PatientPosition(StrEnum):
    """How the patient lies on the table: DICOM (0018,5100), head or feet first and which side is up."""

    HFS = "HFS"
    HFP = "HFP"
    HFDR = "HFDR"
    HFDL = "HFDL"
    FFS = "FFS"
    FFP = "FFP"
    FFDR = "FFDR"
    FFDL = "FFDL"

    @property
    def is_decubitus(self) -> bool:
        """Whether left-right, not anterior-posterior, is vertical in the room."""
        return self.value.endswith(("DR", "DL"))

    @property
    def down_lps(self) -> PointLps:
        """The patient direction that is down, a unit vector."""
        return _DOWN[self.value[2:]]

    @property
    def words(self) -> str:
        """The position in words, such as ``"feet first, supine"``."""
        first = "head first" if self.value.startswith("H") else "feet first"
        lie = {"S": "supine", "P": "prone", "DR": "right side down", "DL": "left side down"}[self.value[2:]]
        return f"{first}, {lie}"


@dataclass(frozen=True, slots=True)
class Grid:
    """A regular box of voxels in patient space, without pixels.

    Parameters
    ----------
    shape_kji
        Number of voxels ``(K, J, I)``, each at least 1.
    index_to_lps
        Rows of the 4x4 affine from ``(i, j, k, 1)`` at voxel centres to LPS mm. Right-handed, orthogonal columns.

    Raises
    ------
    GeometryRefused
        When a size is below 1, a number is not finite, columns are not orthogonal, or the determinant is not positive.
    """

    shape_kji: tuple[int, int, int]
    index_to_lps: Affine

    def __post_init__(self) -> None:
        if len(self.shape_kji) != 3 or min(self.shape_kji) < 1:
            raise GeometryRefused(
                f"A volume needs at least one voxel each way; got {self.shape_kji}.", code="grid-shape"
            )
        matrix = self.matrix
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not np.array_equal(matrix[3], (0, 0, 0, 1)):
            raise GeometryRefused("The volume's position or spacing is not a finite affine matrix.", code="grid-affine")
        steps = matrix[:3, :3]
        determinant = float(np.linalg.det(steps))
        if determinant <= 0:
            raise GeometryRefused(
                f"The volume is mirrored or flat (determinant {determinant:.3g} mm³). Its axes must be right-handed.",
                code="grid-handedness",
            )
        unit = steps / np.linalg.norm(steps, axis=0)
        skew = float(np.abs(unit.T @ unit - np.eye(3)).max())
        if skew > 1e-4:
            raise GeometryRefused(f"The volume's axes are not perpendicular (cosine {skew:.2g}).", code="grid-skew")

    @classmethod
    def from_axes(
        cls,
        shape_kji: tuple[int, int, int],
        *,
        origin_lps_mm: ArrayLike,
        spacing_ijk_mm: ArrayLike,
        direction: ArrayLike | None = None,
    ) -> Grid:
        """Build from the first voxel's centre, spacing along (i, j, k) and a 3x3 matrix whose columns are the axes."""
        axes = np.eye(3) if direction is None else np.asarray(direction, dtype=float)
        matrix = np.eye(4)
        matrix[:3, :3] = axes * np.asarray(spacing_ijk_mm, dtype=float)
        matrix[:3, 3] = np.asarray(origin_lps_mm, dtype=float)
        return cls.from_matrix(shape_kji, matrix)

    @classmethod
    def from_matrix(cls, shape_kji: tuple[int, int, int], matrix: ArrayLike) -> Grid:
        """Build from a 4x4 array-like affine."""
        rows = np.asarray(matrix, dtype=float)
        affine = tuple(tuple(float(v) for v in row) for row in rows)
        return cls(tuple(int(n) for n in shape_kji), affine)  # type: ignore[arg-type]

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Index to LPS affine as a fresh array, shape (4, 4), float64."""
        return np.array(self.index_to_lps, dtype=np.float64)

    @property
    def spacing_ijk_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along i, j and k."""
        lengths = np.linalg.norm(self.matrix[:3, :3], axis=0)
        return float(lengths[0]), float(lengths[1]), float(lengths[2])

    @property
    def direction(self) -> NDArray[np.float64]:
        """Unit axes as columns (i, j, k), shape (3, 3)."""
        steps = self.matrix[:3, :3]
        unit: NDArray[np.float64] = steps / np.linalg.norm(steps, axis=0)
        return unit

    @property
    def origin_lps_mm(self) -> NDArray[np.float64]:
        """Centre of voxel (0, 0, 0), shape (3,)."""
        return self.matrix[:3, 3]

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        return float(np.linalg.det(self.matrix[:3, :3]))

    @property
    def centre_lps_mm(self) -> NDArray[np.float64]:
        """Centre of the box, shape (3,)."""
        k, j, i = self.shape_kji
        return self.to_lps(((i - 1) / 2, (j - 1) / 2, (k - 1) / 2))

    def to_lps(self, ijk: ArrayLike) -> NDArray[np.float64]:
        """Map index triples (..., 3) in (i, j, k) order to LPS mm (..., 3)."""
        points = np.asarray(ijk, dtype=np.float64)
        matrix = self.matrix
        lps: NDArray[np.float64] = points @ matrix[:3, :3].T + matrix[:3, 3]
        return lps

    def to_index(self, lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Map LPS mm (..., 3) to continuous index triples (..., 3) in (i, j, k) order."""
        points = np.asarray(lps_mm, dtype=np.float64)
        inverse = np.linalg.inv(self.matrix)
        ijk: NDArray[np.float64] = points @ inverse[:3, :3].T + inverse[:3, 3]
        return ijk

    def contains(self, lps_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points (..., 3) lie inside the voxels' outer faces, shape (...)."""
        ijk = self.to_index(lps_mm)
        upper = np.array(self.shape_kji[::-1]) - 0.5
        return np.asarray(((ijk >= -0.5) & (ijk <= upper)).all(axis=-1))

    def corners_lps_mm(self) -> NDArray[np.float64]:
        """Centres of the eight corner voxels, shape (8, 3), i fastest."""
        k, j, i = (n - 1 for n in self.shape_kji)
        return self.to_lps([(a, b, c) for c in (0, k) for b in (0, j) for a in (0, i)])

    def cropped(self, lower_ijk: tuple[int, int, int], shape_kji: tuple[int, int, int]) -> Grid:
        """Return the sub-box of ``shape_kji`` voxels that starts at index ``lower_ijk``."""
        matrix = self.matrix
        matrix[:3, 3] = self.to_lps(lower_ijk)
        return Grid.from_matrix(shape_kji, matrix)

    def same_as(self, other: Grid, *, tolerance_mm: float = 1e-3) -> bool:
        """Whether both grids have the same size and all corners agree within ``tolerance_mm``."""
        if self.shape_kji != other.shape_kji:
            return False
        return bool(np.abs(self.corners_lps_mm() - other.corners_lps_mm()).max() <= tolerance_mm)


def isotropic_box(centre_lps_mm: ArrayLike, *, extent_mm: ArrayLike, spacing_mm: float) -> Grid:
    """Return the LPS-aligned isotropic grid around a centre that covers at least ``extent_mm`` (x, y, z)."""
    counts = np.maximum(1, np.ceil(np.asarray(extent_mm, dtype=float) / spacing_mm - 1e-9).astype(int))
    origin = np.asarray(centre_lps_mm, dtype=float) - (counts - 1) / 2 * spacing_mm
    shape = (int(counts[2]), int(counts[1]), int(counts[0]))
    return Grid.from_axes(shape, origin_lps_mm=origin, spacing_ijk_mm=(spacing_mm,) * 3)


def point(lps_mm: ArrayLike) -> PointLps:
    """Return three plain floats for a domain value; raise PlanInvalid unless they are three finite numbers."""
    array = np.asarray(lps_mm, dtype=float)
    if array.shape != (3,) or not np.isfinite(array).all():
        raise PlanInvalid(f"A point needs three finite coordinates in mm; got {lps_mm!r}.", code="point")
    return float(array[0]), float(array[1]), float(array[2])


def distance_mm(a: ArrayLike, b: ArrayLike) -> float:
    """Euclidean distance of two LPS points."""
    return float(np.linalg.norm(np.asarray(a, dtype=float) - np.asarray(b, dtype=float)))


@dataclass(frozen=True, slots=True)
class OperatorPose:
    """A probe in the CT operator's words; see the module docstring for the definitions."""

    depth_mm: float
    in_plane_deg: float
    hub_leans: str
    tilt_deg: float
    hub_toward: str
    table_hf_mm: float


def operator_pose(entry_lps_mm: ArrayLike, tip_lps_mm: ArrayLike, position: PatientPosition) -> OperatorPose:
    """Express entry and tip in the operator's words.

    Worked example: supine, entry (−20, −60, 12), tip (0, −25.359, 5). The hub is 20 mm toward the patient's right,
    34.641 mm anterior and 7 mm toward the head of the tip: depth √(20²+34.641²+7²) = 40.608 mm, in-plane
    atan(20/34.641) = 30.0° to the right, tilt asin(7/40.608) = 9.9° head.

    The in-plane angle counts from straight above: 90° is level, more comes from below.

    ``hub_leans`` is ``"L"``/``"R"`` (or ``"A"``/``"P"`` for a patient lying on the side), ``""`` when vertical;
    ``hub_toward`` is ``"head"``/``"feet"``, ``""`` when in plane. Raises PlanInvalid when entry and tip coincide.
    """
    shaft = np.asarray(entry_lps_mm, dtype=float) - np.asarray(tip_lps_mm, dtype=float)
    depth = float(np.linalg.norm(shaft))
    if not depth > 0:
        raise PlanInvalid("Entry and tip are the same point; a probe needs a direction.", code="probe-zero-length")
    if position.is_decubitus:
        across, letters = float(shaft[1]), ("A", "P")
    else:
        across, letters = float(shaft[0]), ("R", "L")
    upward = -float(shaft @ np.asarray(position.down_lps))
    in_plane = math.degrees(math.atan2(abs(across), upward))
    tilt = math.degrees(math.asin(max(-1.0, min(1.0, float(shaft[2]) / depth))))
    return OperatorPose(
        depth_mm=depth,
        in_plane_deg=in_plane,
        hub_leans="" if across == 0 else letters[1 if across > 0 else 0],
        tilt_deg=abs(tilt),
        hub_toward="" if tilt == 0 else ("head" if tilt > 0 else "feet"),
        table_hf_mm=float(np.asarray(entry_lps_mm, dtype=float)[2]),
    )


def side_of(points_lps_mm: Iterable[ArrayLike], *, midline_x_mm: float, tolerance_mm: float = 5.0) -> Side:
    """Return the patient side on which the mean of points lies; within ``tolerance_mm`` of the midline is MIDLINE.

    The 5 mm are a project default. Raises PlanInvalid without a finite point: no side is ever guessed.
    """
    across_mm = [point(p)[0] for p in points_lps_mm]
    if not across_mm:
        raise PlanInvalid("Without a point no side can be told.", code="side-no-point")
    offset_mm = float(np.mean(across_mm)) - midline_x_mm
    if abs(offset_mm) <= tolerance_mm:
        return Side.MIDLINE
    return Side.LEFT if offset_mm > 0 else Side.RIGHT
