"""How does a second scan lie over the first? Rigid registration, and how far two registrations of it disagree.

Mutual information (Mattes et al. 2003, doi 10.1109/TMI.2003.809072) finds the shift and turn between scans whose grey
values differ, such as CT and MR. A registration has no known truth here, so its quality is told by consistency: the
scans are registered once in each direction, from starts of their own, and the larger the distance between the two
answers at the places that both scans show, the less either can be trusted (inverse consistency; Christensen & Johnson
2001, doi 10.1109/42.932742). Consistency is necessary for accuracy and no proof of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid
from planner.spatial.resample import image_onto

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# Working grid: finer does not make an answer of mutual information better, only slower.
_SPACING_MM = 2.0
_SHRINK = (4, 2, 1)
_SMOOTH_MM = (4.0, 2.0, 0.0)
_BINS = 40
# Voxels looked at in each step: enough for a steady histogram, however large the scan.
_SAMPLES = 40_000
_SEED = 20_011
_STEPS = 150
# Scans that share less than this cannot be laid over one another.
_LEAST_OVERLAP = 0.05
# The second registration starts this far from where the first began.
_ASIDE_MM, _ASIDE_DEG = (4.0, -3.0, 5.0), (2.0, -2.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """A rigid registration.

    Parameters
    ----------
    moving_to_fixed
        shape (4, 4), float64: LPS mm of the moving scan to LPS mm of the fixed one; a rotation and a shift.
    disagreement_mm
        Largest distance of the two directions' answers at the corners and faces of the common field.
    overlap
        Share of the moving scan's box that lies in the fixed one's, 0 to 1.
    """

    moving_to_fixed: NDArray[np.float64]
    disagreement_mm: float
    overlap: float


def register_rigid(
    fixed: NDArray[Any],
    fixed_grid: Grid,
    moving: NDArray[Any],
    moving_grid: Grid,
    *,
    same_frame: bool,
    tick: Callable[[int, int], None],
) -> Registration:
    """Find the rotation and shift that lay the moving scan over the fixed one.

    Parameters
    ----------
    fixed, moving
        shape (K, J, I) of their grids, any real dtype.
    same_frame
        Both name one frame of reference: the search starts where the scanner says they lie, otherwise where the middles
        of the two boxes meet.
    tick
        Called with (done, total) between the stages; may raise to stop.

    Raises
    ------
    GeometryRefused
        When the two hardly overlap at the start or in the end.
    """
    one = _prepared(fixed, fixed_grid)
    other = _prepared(moving, moving_grid)
    start = np.eye(4)
    if not same_frame:
        start[:3, 3] = fixed_grid.centre_lps_mm - moving_grid.centre_lps_mm
    _require_overlap(moving_grid, fixed_grid, start)
    tick(0, 2)
    forward = _search(one, other, start, around=fixed_grid.centre_lps_mm)
    tick(1, 2)
    aside = _rigid(np.radians(_ASIDE_DEG), np.array(_ASIDE_MM), around=moving_grid.centre_lps_mm)
    backward = _search(other, one, aside @ undone(start), around=moving_grid.centre_lps_mm)
    tick(2, 2)
    overlap = _require_overlap(moving_grid, fixed_grid, forward)
    points = _common_points(moving_grid, fixed_grid, forward)
    apart = np.linalg.norm(_moved(forward, points) - _moved(undone(backward), points), axis=1)
    return Registration(forward, float(apart.max()), overlap)


def moved_grid(grid: Grid, rigid: NDArray[np.float64]) -> Grid:
    """Return the grid carried along by a rigid motion: the same voxels at their new places."""
    return Grid.from_matrix(grid.shape_kji, rigid @ grid.matrix)


def undone(rigid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the motion back, shape (4, 4): a rotation's inverse is its transpose."""
    back = np.eye(4)
    back[:3, :3] = rigid[:3, :3].T
    back[:3, 3] = -(rigid[:3, :3].T @ rigid[:3, 3])
    return back


def _prepared(array: NDArray[Any], grid: Grid) -> Any:  # noqa: ANN401 - SimpleITK.Image
    """Return a SimpleITK image averaged to the working spacing along the scan's own axes, within its usual values."""
    import SimpleITK

    spacing = np.maximum(np.array(grid.spacing_ijk_mm), _SPACING_MM)
    extent = np.array(grid.shape_kji[::-1]) * np.array(grid.spacing_ijk_mm)
    counts = np.maximum(4, np.floor(extent / spacing + 1e-6)).astype(int)
    spacing = extent / counts
    first = grid.to_lps((spacing / np.array(grid.spacing_ijk_mm) - 1) / 2)
    target = Grid.from_axes(
        (int(counts[2]), int(counts[1]), int(counts[0])),
        origin_lps_mm=first,
        spacing_ijk_mm=spacing,
        direction=grid.direction,
    )
    values = image_onto(array, source=grid, target=target, outside=float(array.min()))
    low, high = np.percentile(values, (0.5, 99.5))
    image = SimpleITK.GetImageFromArray(np.clip(values, low, high))
    image.SetOrigin(target.origin_lps_mm.tolist())
    image.SetSpacing(target.spacing_ijk_mm)
    image.SetDirection(target.direction.ravel().tolist())
    return image


def _search(
    fixed: Any,  # noqa: ANN401 - SimpleITK.Image
    moving: Any,  # noqa: ANN401
    start: NDArray[np.float64],
    *,
    around: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the matrix, shape (4, 4), that maps the moving scan's LPS mm to the fixed one's."""
    import SimpleITK

    # SimpleITK moves points of the fixed image into the moving one: the inverse of what we ask for.
    inverse = undone(start)
    transform = SimpleITK.Euler3DTransform()
    transform.SetCenter(around.tolist())
    transform.SetMatrix(inverse[:3, :3].ravel().tolist())
    transform.SetTranslation((inverse[:3, :3] @ around + inverse[:3, 3] - around).tolist())
    method = SimpleITK.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricSamplingStrategy(method.RANDOM)
    voxels = float(np.prod(fixed.GetSize()))
    method.SetMetricSamplingPercentagePerLevel([min(1.0, _SAMPLES * n**3 / voxels) for n in _SHRINK], _SEED)
    # One thread: the order in which threads add up would change the last digits from run to run.
    method.SetGlobalDefaultNumberOfThreads(1)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=2.0, minStep=1e-3, numberOfIterations=_STEPS, relaxationFactor=0.6, gradientMagnitudeTolerance=1e-6
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(_SHRINK)
    method.SetSmoothingSigmasPerLevel(_SMOOTH_MM)
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(transform, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError as error:
        raise GeometryRefused(
            "The two scans cannot be laid over one another: too little of one lies in the other. Choose a scan of the "
            "same region.",
            code="registration-failed",
        ) from error
    found = np.eye(4)
    found[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    found[:3, 3] = np.array(transform.GetTranslation()) + centre - found[:3, :3] @ centre
    return undone(found)


def _rigid(turn_rad: NDArray[np.float64], shift_mm: NDArray[np.float64], *, around: NDArray[np.float64]) -> Any:  # noqa: ANN401
    """Return a small turn about a point and a shift, shape (4, 4)."""
    matrix = np.eye(4)
    for axis, angle in enumerate(turn_rad):
        turn: NDArray[np.float64] = np.eye(3)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix[:3, :3] = turn @ matrix[:3, :3]
    matrix[:3, 3] = around - matrix[:3, :3] @ around + shift_mm
    return matrix


def _lattice(grid: Grid, *, per_axis: int) -> NDArray[np.float64]:
    """Return evenly spread points of a grid's box, shape (per_axis³, 3), LPS mm."""
    axes = [np.linspace(0, n - 1, per_axis) for n in grid.shape_kji[::-1]]
    return grid.to_lps(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3))


def _common_points(moving: Grid, fixed: Grid, rigid: NDArray[np.float64]) -> NDArray[np.float64]:
    points = _lattice(moving, per_axis=9)
    return points[fixed.contains(_moved(rigid, points))]


def _require_overlap(moving: Grid, fixed: Grid, rigid: NDArray[np.float64]) -> float:
    share = float(fixed.contains(_moved(rigid, _lattice(moving, per_axis=21))).mean())
    if share < _LEAST_OVERLAP:
        raise GeometryRefused(
            f"Only {share:.0%} of the second scan lies in the planning CT; at least {_LEAST_OVERLAP:.0%} is needed. "
            "Choose a scan of the same region.",
            code="registration-overlap",
        )
    return share


def _moved(rigid: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = points @ rigid[:3, :3].T + rigid[:3, 3]
    return moved
