"""How are thousands of points read off an array many times a second? Their places are found once, then only summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import float64, int64, njit, types

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOCATE = "void(float64[:,::1], int64[::1], int64[::1], float64[:,::1])"
# Arrays out of a store cannot be written, and are read all the same.
_READ = [
    types.void(types.Array(number, 1, "C", readonly=True), int64[::1], float64[:, ::1], int64[::1], float64[::1])
    for number in (types.float32, types.int16)
]
_SEARCH = (
    "void(int16[::1], int64[::1], float64[:,::1], float32[::1], int64[::1], float64[:,::1], float64[::1], "
    "float64[::1], float64)"
)

_DEEPEN = [
    types.void(
        types.Array(number, 1, "C", readonly=True),
        int64[::1],
        float64[:, ::1],
        float64[::1],
        types.Array(types.float32, 1, "C", readonly=True),
        int64[::1],
        float64[:, ::1],
        float64[::1],
        float64[::1],
    )
    for number in (types.float32, types.int16)
]

# How much faster than one millimetre a millimetre a map may change between its voxels: it is read along straight lines.
_STEEPEST = 1.8


@njit(_LOCATE, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def locate(
    ijk: NDArray[np.float64], shape_kji: NDArray[np.int64], base: NDArray[np.int64], share: NDArray[np.float64]
) -> None:
    """Find the lower corner (flat index) of each point's cell and how far into it the point lies, along i, j, k.

    Points are clamped to the outermost voxel centres, as :func:`planner.spatial.sample.trilinear_at_index` does.
    """
    stride = np.array([1, shape_kji[2], shape_kji[2] * shape_kji[1]])
    for n in range(len(ijk)):
        flat = 0
        for axis in range(3):
            upper = shape_kji[2 - axis] - 1
            at = min(max(ijk[n, axis], 0.0), float(upper))
            low = min(int(at), max(upper - 1, 0))
            flat += low * stride[axis]
            share[n, axis] = at - low
        base[n] = flat


@njit(cache=True, nogil=True, inline="always")
def _mixed(flat, at, u, v, w, steps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    di, dj, dk = steps[0], steps[1], steps[2]
    near = (flat[at] * (1 - u) + flat[at + di] * u) * (1 - v) + (flat[at + dj] * (1 - u) + flat[at + dj + di] * u) * v
    at += dk
    far = (flat[at] * (1 - u) + flat[at + di] * u) * (1 - v) + (flat[at + dj] * (1 - u) + flat[at + dj + di] * u) * v
    return near + w * (far - near)


@njit(_READ, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def read(
    flat: NDArray[np.float32] | NDArray[np.int16],
    base: NDArray[np.int64],
    share: NDArray[np.float64],
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
) -> None:
    """Fill ``values`` with the trilinear samples at located points; ``steps`` lead to the next voxel along i, j, k.

    ``flat`` is a field, or a map of whole numbers.
    """
    for n in range(len(base)):
        values[n] = _mixed(flat, base[n], share[n, 0], share[n, 1], share[n, 2], steps)


@njit(cache=True, nogil=True, inline="always")
def _at(flat, shape_kji, to_index, x, y, z, outside):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    i = to_index[0, 0] * x + to_index[0, 1] * y + to_index[0, 2] * z + to_index[0, 3]
    j = to_index[1, 0] * x + to_index[1, 1] * y + to_index[1, 2] * z + to_index[1, 3]
    k = to_index[2, 0] * x + to_index[2, 1] * y + to_index[2, 2] * z + to_index[2, 3]
    count_i, count_j, count_k = shape_kji[2], shape_kji[1], shape_kji[0]
    if not (-0.5 <= i <= count_i - 0.5 and -0.5 <= j <= count_j - 0.5 and -0.5 <= k <= count_k - 0.5):
        return outside
    i = min(max(i, 0.0), count_i - 1.0)
    j = min(max(j, 0.0), count_j - 1.0)
    k = min(max(k, 0.0), count_k - 1.0)
    i0, j0, k0 = min(int(i), max(count_i - 2, 0)), min(int(j), max(count_j - 2, 0)), min(int(k), max(count_k - 2, 0))
    steps = (
        1 if count_i > 1 else 0,
        count_i if count_j > 1 else 0,
        count_i * count_j if count_k > 1 else 0,
    )
    return _mixed(flat, (k0 * count_j + j0) * count_i + i0, i - i0, j - j0, k - k0, steps)


@njit(_SEARCH, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def search(  # noqa: PLR0913, PLR0917 - a compiled loop takes arrays, not objects
    counts: NDArray[np.int16],
    map_shape: NDArray[np.int64],
    map_index: NDArray[np.float64],
    field_c: NDArray[np.float32],
    box_shape: NDArray[np.int64],
    box_index: NDArray[np.float64],
    place: NDArray[np.float64],
    lattice: NDArray[np.float64],
    sign: float,
) -> None:
    """Look round ``place`` for a frozen point of smaller distance, first coarsely, then finely.

    ``place`` (LPS mm) is moved there; its fourth number, the smallest value in counts so far, goes with it. ``lattice``
    is (coarse step, coarse reach, fine step, fine reach), mm, and the counts of a millimetre: no distance changes
    faster than that, so whole stretches are too far. ``map_index`` and ``box_index`` lead from LPS mm to voxels, shape
    (3, 4).
    """
    best = place[3]
    for level in range(2):
        step, reach = lattice[2 * level], lattice[2 * level + 1]
        count = int(np.ceil(reach / step))
        cx, cy, cz = place[0], place[1], place[2]
        for a in range(-count, count + 1):
            for b in range(-count, count + 1):
                c = -count
                while c <= count:
                    x, y, z = cx + a * step, cy + b * step, cz + c * step
                    value = sign * _at(counts, map_shape, map_index, x, y, z, sign * np.inf)
                    if value < best:
                        if _at(field_c, box_shape, box_index, x, y, z, np.inf) <= 0.0:
                            best = value
                            place[0], place[1], place[2] = x, y, z
                        c += 1
                    elif np.isfinite(value):
                        c += max(1, int((value - best) / (_STEEPEST * step * lattice[4])))
                    else:
                        c += 1
    place[3] = best


@njit(cache=True, nogil=True, inline="always")
def _slope(behind, here, ahead):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Change from a voxel on to the next, told on the side where nothing but one surface is near."""
    to_here, on = here - behind, ahead - here
    if to_here == -on:
        return 0.0
    return to_here if abs(to_here) > abs(on) else on


@njit(cache=True, nogil=True)
def _between(values, shape_kji, voxel, i, j, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Least distance that the planes through the eight voxels round an index allow, square to the way out of each."""
    count_i, count_j, count_k = shape_kji[2], shape_kji[1], shape_kji[0]
    row, layer = count_i, count_i * count_j
    i, j, k = min(max(i, 0.0), count_i - 1.0), min(max(j, 0.0), count_j - 1.0), min(max(k, 0.0), count_k - 1.0)
    most = -np.inf
    for corner in range(8):
        a = min(int(i) + corner % 2, count_i - 1)
        b = min(int(j) + corner // 2 % 2, count_j - 1)
        c = min(int(k) + corner // 4, count_k - 1)
        at = c * layer + b * row + a
        here = float(values[at])
        x = _slope(float(values[at - (a > 0)]), here, float(values[at + (a < count_i - 1)])) / voxel[0]
        y = _slope(float(values[at - row * (b > 0)]), here, float(values[at + row * (b < count_j - 1)])) / voxel[1]
        z = _slope(float(values[at - layer * (c > 0)]), here, float(values[at + layer * (c < count_k - 1)])) / voxel[2]
        steep = max(1.0, np.sqrt(x * x + y * y + z * z))
        change = x * (i - a) * voxel[0] + y * (j - b) * voxel[1] + z * (k - c) * voxel[2]
        most = max(most, here + change / steep)
    return most


@njit(_DEEPEN, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def deepen(  # noqa: PLR0913, PLR0917 - a compiled loop takes arrays, not objects
    values: NDArray[np.generic],
    map_shape: NDArray[np.int64],
    map_index: NDArray[np.float64],
    voxel: NDArray[np.float64],
    field_c: NDArray[np.float32],
    box_shape: NDArray[np.int64],
    box_index: NDArray[np.float64],
    place: NDArray[np.float64],
    lattice: NDArray[np.float64],
) -> None:
    """Look round ``place`` for the frozen point deepest in a structure, where its two sides meet between voxels.

    Read along straight lines, a map is up to half a voxel too shallow there: each voxel knows the nearer side alone.
    Within a structure that bulges out no point is deeper than any plane allows that touches its surface, so the least
    of those from the voxels around is taken where it is deeper than what is read (H-29).

    ``values`` is the map, negative inside; ``voxel`` the size of a voxel along i, j, k in its unit. ``place`` (LPS mm,
    and the value found so far) is moved. ``lattice`` is (coarse step, coarse reach, fine step, fine reach), mm. For the
    rest see :func:`search`.
    """
    best = place[3]
    slack = 0.5 * np.sqrt(voxel[0] ** 2 + voxel[1] ** 2 + voxel[2] ** 2)
    for level in range(2):
        if level and best == place[3]:
            break  # nothing deeper is near
        step, reach = lattice[2 * level], lattice[2 * level + 1]
        count = int(np.ceil(reach / step))
        cx, cy, cz = place[0], place[1], place[2]
        for n in range((2 * count + 1) ** 3):
            x = cx + (n % (2 * count + 1) - count) * step
            y = cy + (n // (2 * count + 1) % (2 * count + 1) - count) * step
            z = cz + (n // (2 * count + 1) ** 2 - count) * step
            read_there = _at(values, map_shape, map_index, x, y, z, np.inf)
            if not (read_there < 0.0 and read_there - slack < best):
                continue
            if not _at(field_c, box_shape, box_index, x, y, z, np.inf) <= 0.0:
                continue
            i = map_index[0, 0] * x + map_index[0, 1] * y + map_index[0, 2] * z + map_index[0, 3]
            j = map_index[1, 0] * x + map_index[1, 1] * y + map_index[1, 2] * z + map_index[1, 3]
            k = map_index[2, 0] * x + map_index[2, 1] * y + map_index[2, 2] * z + map_index[2, 3]
            deep = min(read_there, _between(values, map_shape, voxel, i, j, k))
            if deep < best:
                best = deep
                place[0], place[1], place[2] = x, y, z
    place[3] = best
