"""What happens in one stage of the time step? Compiled float32 row functions, parallel over planes of k.

Rules learned by measurement: properties come as scalars per run of one material along i (a gather per cell costs five
to ten times more); stencil and update are separate loops over a row buffer so that both vectorise; every sum and every
branch lives in a serial function, because a conditional accumulation inside a ``prange`` body can lose its state
without a word; row functions take arrays one by one, since a tuple unpacked per row costs atomic reference counts that
the threads fight over. ``planner.thermal.oracle`` says the same in plain numpy and tests hold them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, prange

from planner.thermal.properties import (
    A_FROZEN,
    A_LIQUID,
    ENTHALPY,
    FIXED,
    K_FROZEN,
    K_LIQUID,
    METABOLIC,
    MUSH,
    PERFUSION,
    SLOPE,
    SOLIDUS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ZERO, HALF, ONE, TWO = (np.float32(value) for value in (0, 0.5, 1, 2))


def _compiled(*, parallel: bool = False, sums: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile; sums may be reordered only where told: differences must stay exact, or heat leaks by rounding."""
    flags = {"contract", "reassoc"} if sums else {"contract"}
    decorate: Callable[[Callable[..., Any]], Callable[..., Any]] = njit(
        cache=True, nogil=True, fastmath=flags, error_model="numpy", parallel=parallel
    )
    return decorate


@_compiled()
def _temperature(u, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    liquid = min(max(u, ZERO), ONE)
    cold, warm = table[m, A_FROZEN] * min(u, ZERO), table[m, A_LIQUID] * max(u - ONE, ZERO)
    return table[m, SOLIDUS] + cold + table[m, MUSH] * liquid + warm


@_compiled()
def _conductivity(u, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    liquid = min(max(u, ZERO), ONE)
    cold = table[m, SLOPE] * table[m, A_FROZEN] * min(u, ZERO)
    return table[m, K_FROZEN] + cold + (table[m, K_LIQUID] - table[m, K_FROZEN]) * liquid


@_compiled()
def _stencil_row(
    buffer: NDArray[np.float32], theta: NDArray[np.float32], rows: tuple[int, int, int, int, int], first: int, last: int
) -> None:
    """Sum the differences of theta to the six neighbours; differences first, so that a field at rest stays at rest."""
    centre, north, south, below, above = (
        np.uint64(rows[0]),
        np.uint64(rows[1]),
        np.uint64(rows[2]),
        np.uint64(rows[3]),
        np.uint64(rows[4]),
    )
    one = np.uint64(1)
    for i in range(np.uint64(first), np.uint64(last)):
        mine = theta[centre + i]
        along = (theta[centre + i - one] - mine) + (theta[centre + i + one] - mine)
        across = (theta[north + i] - mine) + (theta[south + i] - mine)
        buffer[i] = along + across + ((theta[below + i] - mine) + (theta[above + i] - mine))


@_compiled()
def _stencil_edge(
    buffer: NDArray[np.float32], theta: NDArray[np.float32], rows: tuple[int, int, int, int, int], i: int, width: int
) -> None:
    left, right = max(i - 1, 0), min(i + 1, width - 1)
    mine = theta[rows[0] + i]
    along = (theta[rows[0] + left] - mine) + (theta[rows[0] + right] - mine)
    across = (theta[rows[1] + i] - mine) + (theta[rows[2] + i] - mine)
    buffer[i] = along + across + ((theta[rows[3] + i] - mine) + (theta[rows[4] + i] - mine))


@_compiled()
def _faces_row(buffer, u, theta, material, table, pointer, cells, neighbours, span):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Replace the flux across unlike faces by the harmonic one; return heat from fixed neighbours, W/m."""
    row, start, first, last = span
    gained = 0.0
    for n in range(pointer[row], pointer[row + 1]):
        cell, other = cells[n], neighbours[n]
        i = cell - start
        if i < first or i >= last:
            continue
        mine, theirs = material[cell], material[other]
        k_mine, k_theirs = _conductivity(u[cell], table, mine), _conductivity(u[other], table, theirs)
        step = _temperature(u[other], table, theirs) - _temperature(u[cell], table, mine)
        flux = TWO * k_mine * k_theirs / (k_mine + k_theirs) * step
        buffer[i] += flux - (theta[other] - theta[cell])
        if table[theirs, FIXED] > HALF:
            gained += flux
    return gained


@_compiled()
def _sinks_row(buffer, theta, pointer, cells, conductance, drive, span):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Add the probes' heat ``drive - conductance * theta``; return its sum, W/m."""
    row, start, _, _ = span
    gained = 0.0
    for n in range(pointer[row], pointer[row + 1]):
        heat = drive[n] - conductance[n] * theta[cells[n]]
        buffer[cells[n] - start] += heat
        gained += heat
    return gained


@_compiled(sums=True)
def _update_run(buffer, u1, u2, theta2, lowest, constants, weights, span):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance the cells of one run; return the heat that perfusion and metabolism brought, W/m."""
    solidus, mush, a_frozen, a_liquid, k_frozen, k_liquid, slope, perfusion, metabolic = constants
    nu, gain, core = weights
    start, first, last = np.uint64(span[0]), np.uint64(span[1]), np.uint64(span[2])
    liquidus = solidus + mush
    bend, k_step, k_warm = HALF * slope, HALF * (k_liquid - k_frozen), k_liquid * a_liquid
    brought = ZERO
    for i in range(first, last):
        old = u1[start + i]
        supply = perfusion * (core - liquidus - a_liquid * (old - ONE)) + metabolic
        supply = supply if min(old, lowest[start + i]) >= ONE else ZERO
        brought += supply
        new = old + nu * (u2[start + i] - old) + gain * (buffer[i] + supply)
        u2[start + i] = new
        below, liquid = a_frozen * min(new, ZERO), min(max(new, ZERO), ONE)
        cold = below * (k_frozen + bend * below)
        theta2[start + i] = cold + mush * liquid * (k_frozen + k_step * liquid) + k_warm * max(new - ONE, ZERO)
    return brought


@_compiled()
def _update_row(buffer, u1, u2, theta2, lowest, pointer, starts, ends, kinds, table, weights, span):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    row, start, first, last = span
    nu, scale, core = weights
    brought = 0.0
    for r in range(pointer[row], pointer[row + 1]):
        a, b, m = max(starts[r], first), min(ends[r], last), kinds[r]
        if a >= b or table[m, FIXED] > HALF:
            continue
        constants = (
            table[m, SOLIDUS],
            table[m, MUSH],
            table[m, A_FROZEN],
            table[m, A_LIQUID],
            table[m, K_FROZEN],
            table[m, K_LIQUID],
            table[m, SLOPE],
            table[m, PERFUSION],
            table[m, METABOLIC],
        )
        row_weights = (nu, np.float32(scale / table[m, ENTHALPY]), core)
        brought += _update_run(buffer, u1, u2, theta2, lowest, constants, row_weights, (start, a, b))
    return brought


@_compiled()
def _plane(k, fields, scene, sinks, work, weights):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Advance one plane of the active box and note its heat: probes, perfusion, fixed neighbours (W/m)."""
    u1, theta1, u2, theta2, lowest = fields
    shape, material, table, runs, faces = scene
    depth, height, width = shape
    run_pointer, starts, ends, kinds = runs
    face_pointer, face_cells, face_others = faces
    sink_pointer, sink_cells, conductance, drive = sinks
    buffers, power, box = work
    buffer = buffers[k]
    first, last = box[4], box[5]
    probes, blood, held = 0.0, 0.0, 0.0
    for j in range(box[2], box[3]):
        row = k * height + j
        start = row * width
        rows = (
            start,
            (k * height + max(j - 1, 0)) * width,
            (k * height + min(j + 1, height - 1)) * width,
            (max(k - 1, 0) * height + j) * width,
            (min(k + 1, depth - 1) * height + j) * width,
        )
        span = (row, start, first, last)
        _stencil_row(buffer, theta1, rows, max(first, 1), min(last, width - 1))
        if first == 0:
            _stencil_edge(buffer, theta1, rows, 0, width)
        if last == width:
            _stencil_edge(buffer, theta1, rows, width - 1, width)
        held += _faces_row(buffer, u1, theta1, material, table, face_pointer, face_cells, face_others, span)
        probes += _sinks_row(buffer, theta1, sink_pointer, sink_cells, conductance, drive, span)
        blood += _update_row(buffer, u1, u2, theta2, lowest, run_pointer, starts, ends, kinds, table, weights, span)
    power[k, 0], power[k, 1], power[k, 2] = probes, blood, held


@_compiled(parallel=True)
def stage(fields, scene, sinks, work, weights):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Compute one RKL1 stage: ``Y_j = mu Y_(j-1) + nu Y_(j-2) + mu w1 dt F(Y_(j-1))``, in place over ``Y_(j-2)``.

    Parameters
    ----------
    fields
        ``(u1, theta1, u2, theta2, lowest)``, flat float32: stage j-1, stage j-2 (overwritten), lowest u so far.
    scene
        ``(shape, material, table, runs, faces)`` of :class:`planner.thermal.scene.Scene`.
    sinks
        ``(pointer, cells, conductance, drive)`` by row.
    work
        ``(buffers, power, box)``: shape (K, I) float32 scratch, one row for each plane; shape (K, 3) float64, written
        with each plane's heat of this stage, W/m; shape (6,) int64 active cells ``k0 k1 j0 j1 i0 i1``.
    weights
        ``(nu, mu w1 dt / h², core temperature)``, float32; mu = 1 - nu is never rounded on its own.
    """
    # Plain arrays and scalars only may cross into the parallel body; it does nothing but call the serial plane.
    u1, theta1, u2, theta2, lowest = fields
    shape, material, table, runs, faces = scene
    depth, height, width = shape
    run_pointer, run_start, run_end, run_kind = runs
    face_pointer, face_cell, face_other = faces
    sink_pointer, sink_cell, conductance, drive = sinks
    buffers, power, box = work
    nu, scale, core = weights
    for k in prange(box[0], box[1]):
        _plane(
            k,
            (u1, theta1, u2, theta2, lowest),
            (
                (depth, height, width),
                material,
                table,
                (run_pointer, run_start, run_end, run_kind),
                (face_pointer, face_cell, face_other),
            ),
            (sink_pointer, sink_cell, conductance, drive),
            (buffers, power, box),
            (nu, scale, core),
        )


@_compiled()
def stage_serial(fields, scene, sinks, work, weights):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Do the same as :func:`stage` in one thread: for boxes too small to share out."""
    for k in range(work[2][0], work[2][1]):
        _plane(k, fields, scene, sinks, work, weights)


@_compiled()
def _lowest_row(u, lowest, start, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    for i in range(np.uint64(start + first), np.uint64(start + last)):
        lowest[i] = min(lowest[i], u[i])


@_compiled()
def note_lowest(u, lowest, shape, box):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Keep the smallest normalised enthalpy each cell ever had: its coldest moment, and whether its blood stopped."""
    for k in range(box[0], box[1]):
        for j in range(box[2], box[3]):
            _lowest_row(u, lowest, (k * shape[1] + j) * shape[2], box[4], box[5])


@_compiled()
def temperatures(u, material, table, fixed_c, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write the temperature of every cell, °C, float32."""
    for n in range(u.size):
        m = material[n]
        out[n] = fixed_c[m] if table[m, FIXED] > HALF else _temperature(u[n], table, m)


@_compiled()
def cylinder_fraction(out, cylinder, per_edge):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write the share of each unit cell inside a flat-ended cylinder; ``out`` is float64 (K, J, I).

    ``cylinder`` is (start, unit axis, length, radius) in (i, j, k) order and cell units. Cells wholly in or out are
    told by their centre's distance; the rest are sampled ``per_edge``³ times.
    """
    start, along, length, radius = cylinder
    reach = 0.8660254037844387
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            for i in range(out.shape[2]):
                d = (i - start[0], j - start[1], k - start[2])
                axial = d[0] * along[0] + d[1] * along[1] + d[2] * along[2]
                radial = np.sqrt(max(d[0] ** 2 + d[1] ** 2 + d[2] ** 2 - axial**2, 0.0))
                margin = min(radius - radial, axial, length - axial)
                if margin >= reach:
                    out[k, j, i] = 1.0
                elif margin > -reach:
                    out[k, j, i] = _sampled_share(d, along, length, radius, per_edge)


@_compiled()
def _sampled_share(d, along, length, radius, per_edge):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    inside = 0
    for c in range(per_edge):
        z = d[2] + (c + 0.5) / per_edge - 0.5
        for b in range(per_edge):
            y = d[1] + (b + 0.5) / per_edge - 0.5
            for a in range(per_edge):
                x = d[0] + (a + 0.5) / per_edge - 0.5
                axial = x * along[0] + y * along[1] + z * along[2]
                off = x * x + y * y + z * z - axial * axial
                if 0 <= axial <= length and off <= radius * radius:
                    inside += 1
    return inside / per_edge**3
