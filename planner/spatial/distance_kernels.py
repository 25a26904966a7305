"""What does the distance map compute per row? Compiled loops; see :mod:`planner.spatial.distance` for the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAR = np.float32(np.inf)


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _crossing(inside_a: np.bool_, probit_a: float, probit_b: float) -> float:
    """Return where between a and b the surface crosses, 0 to 1; half-way where the smoothed mask does not cross."""
    outward = 1.0 if inside_a else -1.0
    if not (outward * probit_a > 0.0 > outward * probit_b):
        return 0.5
    return probit_a / (probit_a - probit_b)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def row_pass(
    mask: NDArray[np.bool_], probit: NDArray[np.float32], squared: NDArray[np.float32], spacing_mm: float
) -> None:
    """Fill ``squared`` (mm²) with the distance along axis 0 to the nearest crossing on that axis; infinite if none."""
    count, rows, columns = mask.shape
    last = np.empty(columns, np.float32)
    for r in range(rows):
        last[:] = -_FAR
        for n in range(count):
            for c in range(columns):
                if n > 0 and mask[n, r, c] != mask[n - 1, r, c]:
                    last[c] = n - 1 + _crossing(mask[n - 1, r, c], probit[n - 1, r, c], probit[n, r, c])
                gap = (n - last[c]) * spacing_mm
                squared[n, r, c] = gap * gap
        last[:] = _FAR
        for n in range(count - 1, -1, -1):
            for c in range(columns):
                if n < count - 1 and mask[n, r, c] != mask[n + 1, r, c]:
                    last[c] = n + _crossing(mask[n, r, c], probit[n, r, c], probit[n + 1, r, c])
                gap = (last[c] - n) * spacing_mm
                squared[n, r, c] = min(squared[n, r, c], gap * gap)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def envelope_pass(squared: NDArray[np.float32], spacing_mm: float) -> None:
    """Replace each line f along axis 0 by min over q of f(q) + ((p − q)·spacing)² (mm²), in place."""
    length, rows, columns = squared.shape
    lines = np.empty((columns, length), np.float32)
    site = np.empty(length, np.int64)
    start = np.empty(length, np.float64)
    height = np.empty(length, np.float64)
    for r in range(rows):
        # A plane at a time in a small buffer: lines along slow axes would miss the cache at every step.
        for n in range(length):
            for c in range(columns):
                lines[c, n] = squared[n, r, c]
        for c in range(columns):
            _envelope_line(lines[c], spacing_mm * spacing_mm, site, start, height)
        for n in range(length):
            for c in range(columns):
                squared[n, r, c] = lines[c, n]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _envelope_line(
    line: NDArray[np.float32],
    weight: float,
    site: NDArray[np.int64],
    start: NDArray[np.float64],
    height: NDArray[np.float64],
) -> None:
    """Lower envelope of parabolas of curvature ``weight`` (mm² per voxel²), in place; the rest is scratch space."""
    length = line.shape[0]
    top = -1
    for q in range(length):
        if line[q] == _FAR:
            continue
        lifted = line[q] + weight * q * q
        begin = -np.inf
        while top >= 0:
            begin = (lifted - height[top]) / (2.0 * weight * (q - site[top]))
            if begin > start[top]:
                break
            top -= 1
            begin = -np.inf
        top += 1
        site[top] = q
        height[top] = lifted
        start[top] = begin
    if top < 0:
        return
    at = 0
    for p in range(length):
        while at < top and start[at + 1] < p:
            at += 1
        offset = p - site[at]
        line[p] = height[at] + weight * (offset * offset - site[at] * site[at])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def plane_fix(
    magnitude: NDArray[np.float32],
    mask: NDArray[np.bool_],
    probit: NDArray[np.float32],
    spacing_kji_mm: NDArray[np.float64],
) -> None:
    """Give voxels beside the surface the distance (mm) to the plane through their axis crossings, in place."""
    shape = mask.shape
    for k in range(shape[0]):
        for j in range(shape[1]):
            for i in range(shape[2]):
                here = mask[k, j, i]
                inverse = 0.0
                for axis in range(3):
                    nearest = 2.0
                    for step in (-1, 1):
                        kk = k + step if axis == 0 else k
                        jj = j + step if axis == 1 else j
                        ii = i + step if axis == 2 else i
                        if kk < 0 or jj < 0 or ii < 0 or kk >= shape[0] or jj >= shape[1] or ii >= shape[2]:
                            continue
                        if mask[kk, jj, ii] != here:
                            nearest = min(nearest, _crossing(here, probit[k, j, i], probit[kk, jj, ii]))
                    if nearest < 2.0:
                        gap = max(nearest * spacing_kji_mm[axis], 1e-6)
                        inverse += 1.0 / (gap * gap)
                if inverse > 0.0:
                    magnitude[k, j, i] = min(magnitude[k, j, i], 1.0 / np.sqrt(inverse))
