"""What does an eye outside the patient see first? Where a line of sight meets the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, point
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_STEP_MM = 0.5
_HALF = 0.5


def first_skin(
    eye_lps_mm: ArrayLike, direction_lps: ArrayLike, *, body: NDArray[np.bool_], grid: Grid
) -> PointLps | None:
    """Return the first point of a half-line that lies on the body's surface, LPS mm.

    Parameters
    ----------
    direction_lps
        From the eye into the picture; any length but zero.
    body
        shape (K, J, I) of ``grid``, bool: the body mask.

    Returns
    -------
    The first crossing into the body; where the line enters the scan inside the body, that place. ``None`` when it
    passes beside the body or the direction is zero.
    """
    eye, step = np.asarray(eye_lps_mm, dtype=np.float64), np.asarray(direction_lps, dtype=np.float64)
    norm = float(np.linalg.norm(step))
    span = _span_in_box(eye, step / norm, grid) if norm else None
    if span is None:
        return None
    along = np.append(np.arange(span[0], span[1], _STEP_MM), span[1])
    share = trilinear(body, grid, eye + along[:, None] * (step / norm), outside=0.0)
    is_in = share >= _HALF
    if not is_in.any():
        return None
    first = int(np.argmax(is_in))
    if first == 0:
        return point(eye + along[0] * step / norm)
    before, after = share[first - 1], share[first]
    exact = along[first - 1] + (along[first] - along[first - 1]) * (_HALF - before) / (after - before)
    return point(eye + exact * step / norm)


def _span_in_box(eye: NDArray[np.float64], unit: NDArray[np.float64], grid: Grid) -> tuple[float, float] | None:
    """Return where a half-line enters and leaves the voxels' outer faces, mm from the eye; None when it misses them."""
    start = grid.to_index(eye)
    step = grid.to_index(eye + unit) - start
    upper = np.array(grid.shape_kji[::-1]) - 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        at_low, at_high = (-0.5 - start) / step, (upper - start) / step
    enters, leaves = np.minimum(at_low, at_high), np.maximum(at_low, at_high)
    is_level = step == 0
    if (is_level & ((start < -0.5) | (start > upper))).any():
        return None
    near = float(np.max(enters[~is_level], initial=0.0))
    far = float(np.min(leaves[~is_level], initial=np.inf))
    return (near, far) if near < far else None
