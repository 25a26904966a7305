"""What is computed per cell while the steady temperature is sought? Compiled float32 passes over planes of k.

The unknown is the difference to the core temperature. Its matrix is kept as the conductances ``gk``, ``gj``, ``gi``
from each cell toward +k, +j, +i (zero where nothing may pass), and its diagonal. Rounding a diagonal to float32 changes
a weak perfusion by per cents, therefore residuals are taken in float64 and as differences, from the heat that each cell
loses. Sums are taken plane by plane and added in one order, so the number of threads changes no byte.
"""

# Compiled functions take arrays one by one and have the types that numba finds.
# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: ANN001, ANN201, ANN202, PLR0913, PLR0917

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED_FROM_CELLS = 300_000
"""Smaller grids are worked on by one thread: two wait for each other about as long as they gain."""
DAMPING = np.float32(0.8)
"""Share of the Jacobi step taken when smoothing; below 1 it damps every wave in three dimensions."""


_compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = njit(
    cache=True, nogil=True, fastmath={"contract", "reassoc"}, error_model="numpy"
)


def over_planes(
    kernel: Callable[..., Any],
    shape: tuple[int, ...],
    *arrays: Any,  # noqa: ANN401
    cells: int = 0,
) -> None:
    """Run a kernel over all planes of ``shape``; when it reads many cells the threads take equal parts.

    ``cells`` is how many it reads, if more than ``shape`` has.

    Threads of our own and not the compiler's: those triple the time to compile, which is seconds after each install.
    """
    planes = shape[0]
    is_large = max(cells, math.prod(shape)) >= SHARED_FROM_CELLS
    threads = min(numba.get_num_threads(), planes) if is_large else 1
    if threads == 1:
        kernel(0, planes, *arrays)
        return
    edges = [planes * n // threads for n in range(threads + 1)]
    rest = [_threads().submit(kernel, *edges[n : n + 2], *arrays) for n in range(1, threads)]
    kernel(*edges[:2], *arrays)
    for part in rest:
        part.result()


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, numba.config.NUMBA_NUM_THREADS - 1), thread_name_prefix="baseline")


# --- laying out ------------------------------------------------------------------------------------------------------


@_compiled
def _pair_sums(k, j, i, index, pairs):
    """Add ``pairs[own, neighbour]`` over the six faces of a cell; the edges of the array carry nothing."""
    own = pairs[index[k, j, i]]
    total = own.dtype.type(0)
    if k > 0:
        total += own[index[k - 1, j, i]]
    if k < index.shape[0] - 1:
        total += own[index[k + 1, j, i]]
    if j > 0:
        total += own[index[k, j - 1, i]]
    if j < index.shape[1] - 1:
        total += own[index[k, j + 1, i]]
    if i > 0:
        total += own[index[k, j, i - 1]]
    if i < index.shape[2] - 1:
        total += own[index[k, j, i + 1]]
    return total


@_compiled
def _face_plane(k, index, pairs, gk, gj, gi):
    depth, height, width = index.shape
    for j in range(height):
        for i in range(width):
            own = pairs[index[k, j, i]]
            gk[k, j, i] = own[index[k + 1, j, i]] if k < depth - 1 else 0
            gj[k, j, i] = own[index[k, j + 1, i]] if j < height - 1 else 0
            gi[k, j, i] = own[index[k, j, i + 1]] if i < width - 1 else 0


@_compiled
def lay_faces(first, last, index, pairs, gk, gj, gi):
    """Write the conductance toward +k, +j, +i of every cell from the table of pairs of materials."""
    for k in range(first, last):
        _face_plane(k, index, pairs, gk, gj, gi)


@_compiled
def _balance_plane(k, index, cell, pairs, out):
    for j in range(index.shape[1]):
        for i in range(index.shape[2]):
            out[k, j, i] = cell[index[k, j, i]] + _pair_sums(k, j, i, index, pairs)


@_compiled
def lay_balance(first, last, index, cell, pairs, out):
    """Write a value per material plus one per face, from the tables ``cell`` (M,) and ``pairs`` (M, M)."""
    for k in range(first, last):
        _balance_plane(k, index, cell, pairs, out)


# --- the matrix ------------------------------------------------------------------------------------------------------


@_compiled
def _row_product(k, j, x, diagonal, gk, gj, gi, out):
    """Write the matrix times ``x`` for one row into ``out``, shape (I,)."""
    width = x.shape[2]
    centre, along = x[k, j], gi[k, j]
    for i in range(width):
        out[i] = diagonal[k, j, i] * centre[i]
    if k > 0:
        for i in range(width):
            out[i] -= gk[k - 1, j, i] * x[k - 1, j, i]
    if k < x.shape[0] - 1:
        for i in range(width):
            out[i] -= gk[k, j, i] * x[k + 1, j, i]
    if j > 0:
        for i in range(width):
            out[i] -= gj[k, j - 1, i] * x[k, j - 1, i]
    if j < x.shape[1] - 1:
        for i in range(width):
            out[i] -= gj[k, j, i] * x[k, j + 1, i]
    for i in range(width - 1):
        out[i] -= along[i] * centre[i + 1]
    for i in range(1, width):
        out[i] -= along[i - 1] * centre[i - 1]


@_compiled
def _product_plane(k, x, diagonal, gk, gj, gi, out):
    total = 0.0
    for j in range(x.shape[1]):
        _row_product(k, j, x, diagonal, gk, gj, gi, out[k, j])
        row = np.float32(0)
        for i in range(x.shape[2]):
            row += out[k, j, i] * x[k, j, i]
        total += float(row)
    return total


@_compiled
def product(first, last, x, diagonal, gk, gj, gi, out, sums):
    """Write the matrix times ``x``, and its scalar product with ``x`` per plane into ``sums``, float64."""
    for k in range(first, last):
        sums[k] = _product_plane(k, x, diagonal, gk, gj, gi, out)


@_compiled
def _row_flux(k, j, x, gk, gj, gi, out):
    """Add to ``out``, float64, shape (I,), the heat that leaves each cell of a row to its neighbours."""
    width = x.shape[2]
    here, along = x[k, j], gi[k, j]
    if k > 0:
        for i in range(width):
            out[i] += gk[k - 1, j, i] * (here[i] - x[k - 1, j, i])
    if k < x.shape[0] - 1:
        for i in range(width):
            out[i] += gk[k, j, i] * (here[i] - x[k + 1, j, i])
    if j > 0:
        for i in range(width):
            out[i] += gj[k, j - 1, i] * (here[i] - x[k, j - 1, i])
    if j < x.shape[1] - 1:
        for i in range(width):
            out[i] += gj[k, j, i] * (here[i] - x[k, j + 1, i])
    for i in range(width - 1):
        out[i] += along[i] * (here[i] - here[i + 1])
    for i in range(1, width):
        out[i] += along[i - 1] * (here[i] - here[i - 1])


@_compiled
def _residual_plane(k, x, heat, loss, gk, gj, gi, out):
    lost = np.empty(x.shape[2], np.float64)
    for j in range(x.shape[1]):
        for i in range(x.shape[2]):
            lost[i] = loss[k, j, i] * x[k, j, i]
        _row_flux(k, j, x, gk, gj, gi, lost)
        for i in range(x.shape[2]):
            out[k, j, i] = heat[k, j, i] - lost[i]


@_compiled
def residual(first, last, x, heat, loss, gk, gj, gi, out):
    """Write ``heat - loss x - fluxes`` for float64 ``x``: what is still out of balance in each cell, W/m."""
    for k in range(first, last):
        _residual_plane(k, x, heat, loss, gk, gj, gi, out)


# --- smoothing and changing grids ------------------------------------------------------------------------------------


@_compiled
def _first_plane(k, r, diagonal, z):
    for j in range(r.shape[1]):
        for i in range(r.shape[2]):
            z[k, j, i] = DAMPING * r[k, j, i] / diagonal[k, j, i]


@_compiled
def first_smooth(first, last, r, diagonal, z):
    """Write a damped Jacobi step from zero."""
    for k in range(first, last):
        _first_plane(k, r, diagonal, z)


@_compiled
def _last_plane(k, z, r, diagonal, gk, gj, gi, out):
    total, largest = 0.0, np.float32(0)
    for j in range(z.shape[1]):
        line = out[k, j]
        _row_product(k, j, z, diagonal, gk, gj, gi, line)
        row = np.float32(0)
        for i in range(z.shape[2]):
            value = z[k, j, i] + DAMPING * (r[k, j, i] - line[i]) / diagonal[k, j, i]
            line[i] = value
            row += value * r[k, j, i]
            largest = max(largest, abs(value))
        total += float(row)
    return total, largest


@_compiled
def last_smooth(first, last, z, r, diagonal, gk, gj, gi, out, sums, largest):
    """Write one more damped Jacobi step; per plane its scalar product with ``r`` and its largest value."""
    for k in range(first, last):
        sums[k], largest[k] = _last_plane(k, z, r, diagonal, gk, gj, gi, out)


@_compiled
def _gather_row(row, step, out):
    width = row.shape[0]
    if step == 1:
        for i in range(width):
            out[i] += row[i]
        return
    for n in range(width // 2):
        out[n] += row[2 * n] + row[2 * n + 1]
    if width % 2:
        out[width // 2] += row[width - 1]


@_compiled
def _coarse_plane(n, z, r, diagonal, gk, gj, gi, steps, out):
    line = np.empty(z.shape[2], np.float32)
    out[n] = 0
    for k in range(n * steps[0], min((n + 1) * steps[0], z.shape[0])):
        for j in range(z.shape[1]):
            _row_product(k, j, z, diagonal, gk, gj, gi, line)
            for i in range(z.shape[2]):
                line[i] = r[k, j, i] - line[i]
            _gather_row(line, steps[2], out[n, j // steps[1]])


@_compiled
def gather(first, last, z, r, diagonal, gk, gj, gi, steps, out):
    """Add ``r`` minus the matrix times ``z`` over blocks of ``steps`` cells (1 or 2 along each axis)."""
    for n in range(first, last):
        _coarse_plane(n, z, r, diagonal, gk, gj, gi, steps, out)


@_compiled
def _spread_plane(k, coarse, steps, z):
    width = z.shape[2]
    for j in range(z.shape[1]):
        row, line = coarse[k // steps[0], j // steps[1]], z[k, j]
        if steps[2] == 1:
            for i in range(width):
                line[i] += row[i]
        else:
            for n in range(width // 2):
                line[2 * n] += row[n]
                line[2 * n + 1] += row[n]
            if width % 2:
                line[width - 1] += row[width // 2]


@_compiled
def spread(first, last, coarse, steps, z):
    """Add each block's value to its cells."""
    for k in range(first, last):
        _spread_plane(k, coarse, steps, z)


# --- conjugate gradients ---------------------------------------------------------------------------------------------


@_compiled
def _advance_plane(k, share, along, image, x, r):
    for j in range(x.shape[1]):
        for i in range(x.shape[2]):
            x[k, j, i] += share * along[k, j, i]
            r[k, j, i] -= share * image[k, j, i]


@_compiled
def advance(first, last, share, along, image, x, r):
    """Take one step along a direction: ``x += share along``, ``r -= share image``."""
    for k in range(first, last):
        _advance_plane(k, share, along, image, x, r)


@_compiled
def _turn_plane(k, share, z, along):
    for j in range(z.shape[1]):
        for i in range(z.shape[2]):
            along[k, j, i] = z[k, j, i] + share * along[k, j, i]


@_compiled
def turn(first, last, share, z, along):
    """Make the next direction: ``along = z + share along``."""
    for k in range(first, last):
        _turn_plane(k, share, z, along)


# --- looking ---------------------------------------------------------------------------------------------------------


@_compiled
def _extremes_plane(k, index, t_c, low, high):
    for j in range(index.shape[1]):
        for i in range(index.shape[2]):
            m, value = index[k, j, i], t_c[k, j, i]
            low[m], high[m] = min(low[m], value), max(high[m], value)


@_compiled
def extremes(first, last, index, t_c, low, high):
    """Lower and raise ``low`` and ``high``, shape (K, M), to the temperatures of each material in each plane."""
    for k in range(first, last):
        _extremes_plane(k, index, t_c, low[k], high[k])
