"""What happens in one stage of the time step? Compiled float32 row functions, shared out over planes of k.

State is the *enthalpy temperature* ``e``: enthalpy divided by the warm heat capacity, so that ``e`` is the temperature
wherever tissue is unfrozen. There the bio-heat equation is linear, and one dense stencil with a conductance for each
face serves every tissue, however mixed the map is. Only the *cold zone* around the ice knows freezing: temperature,
Kirchhoff variable and conductivity are kept there in small arrays of their own, and flux between like tissues is a
difference of the Kirchhoff variable, between unlike ones ``2 k k' / (k + k') (T' - T)``. In warm tissue both say the
same, so the two meet without a seam.

Rules learned by measurement: a gather of properties for each cell costs five to ten times more than a stream of them;
a loop vectorises while it touches at most about eight arrays, so sums go through a row buffer; row functions are
inlined, since passing ten arrays costs more than a row of fifty cells; everything in a ``prange`` body lives in a
serial function, because a conditional sum inside the body can lose its state without a word.
``planner.thermal.oracle`` says the same in plain numpy, and tests hold them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit, prange

from planner.thermal.properties import (
    A_FROZEN,
    A_LIQUID,
    K_FROZEN,
    K_LIQUID,
    MUSH,
    SLOPE,
    SOLIDUS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ZERO, HALF, ONE, TWO = (np.float32(value) for value in (0, 0.5, 1, 2))

# Rows of the block of fields over all cells: two registers of e, its value at the step's start and at time zero, the
# lowest so far, conductance of the faces toward +i, +j, +k in W/(m K), 1/(rho c h²) in m K/(W s) (0 where the
# temperature is prescribed), and blood and metabolism as SUPPLY - LOSS e in W/m.
E_A, E_B, SAVED, START, LOWEST, G_I, G_J, G_K, CAP, SUPPLY, LOSS = range(11)
FIELDS = 11
# Rows of the block of the cold zone: temperature, Kirchhoff variable and conductivity twice, the constants that give
# them, and for each face toward +i, +j, +k a 1 where tissues are alike and a 2 where they are not.
T_A, THETA_A, K_A, T_B, THETA_B, K_B = range(6)
C_SOLIDUS, C_MUSH, C_FROZEN, C_LIQUID, C_INVERSE, C_K_FROZEN, C_K_STEP, C_SLOPE = range(6, 14)
LIKE_I, LIKE_J, LIKE_K, UNLIKE_I, UNLIKE_J, UNLIKE_K = range(14, 20)
COLD_FIELDS = 20
# Rows of the spans, one column for each row of cells (k, j), each from and to: active; cold; cold without its outermost
# layer, which must stay warm since warm cells take its e for its temperature; known.
ACTIVE_0, ACTIVE_1, COLD_0, COLD_1, CORE_0, CORE_1, KNOWN_0, KNOWN_1 = range(8)
SPANS = 8


def _compiled(
    *, parallel: bool = False, sums: bool = False, inline: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile; sums may be reordered only where told: differences must stay exact, or heat leaks by rounding."""
    flags = {"contract", "nnan", "nsz", "reassoc"} if sums else {"contract", "nnan", "nsz"}
    decorate: Callable[[Callable[..., Any]], Callable[..., Any]] = njit(
        cache=True,
        nogil=True,
        fastmath=flags,
        error_model="numpy",
        parallel=parallel,
        inline="always" if inline else "never",
    )
    return decorate


@_compiled(inline=True)
def _warm_across(buffer, e, g_i, g_j, row, width, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Write the flux from the four neighbours in the plane, W/m."""
    one = np.uint64(1)
    south, north = row - width, row + width
    for x in range(first, last):
        mine = e[row + x]
        along = g_i[row + x] * (e[row + x + one] - mine) + g_i[row + x - one] * (e[row + x - one] - mine)
        buffer[x] = along + (g_j[row + x] * (e[north + x] - mine) + g_j[south + x] * (e[south + x] - mine))


@_compiled(inline=True)
def _warm_through(buffer, e, g_k, row, plane, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Add the flux from the neighbours in the planes below and above, W/m."""
    below, above = row - plane, row + plane
    for x in range(first, last):
        mine = e[row + x]
        buffer[x] += g_k[row + x] * (e[above + x] - mine) + g_k[below + x] * (e[below + x] - mine)


@_compiled(inline=True)
def _clear(buffer, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    for x in range(first, last):
        buffer[x] = ZERO


@_compiled(inline=True)
def _cold_face(buffer, cold, register, kind, rows, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Add the flux through one face of each cell of a row of the cold zone, W/m.

    ``rows`` holds the offsets of the cells, of their neighbours, and of the face's weights.
    """
    t_c, theta, k = cold[register], cold[register + 1], cold[register + 2]
    like, unlike = cold[LIKE_I + kind], cold[UNLIKE_I + kind]
    mine, other, face = rows
    for x in range(first, last):
        k_mine, k_other = k[mine + x], k[other + x]
        unlike_flux = unlike[face + x] * (k_mine * k_other / (k_mine + k_other)) * (t_c[other + x] - t_c[mine + x])
        buffer[x] += like[face + x] * (theta[other + x] - theta[mine + x]) + unlike_flux


@_compiled(sums=True, inline=True)
def _update_warm(buffer, e1, e2, cap, supply, loss, row, weights, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance warm cells; return the heat from blood and from prescribed cells, W/m, and the lowest value reached."""
    nu, gain = weights
    brought, lowest = ZERO, np.float32(1e9)
    for x in range(first, last):
        old, share = e1[row + x], cap[row + x]
        heat = supply[row + x] - loss[row + x] * old
        brought += heat if share > ZERO else -buffer[x]
        new = old + nu * (e2[row + x] - old) + gain * share * (buffer[x] + heat)
        lowest = min(lowest, new if share > ZERO else np.float32(1e9))
        e2[row + x] = new
    return brought, lowest


@_compiled(sums=True, inline=True)
def _supply_cold(buffer, heat, e1, supply, loss, solidus, mush, rows, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Write the heat of blood and metabolism: none where tissue is frozen, even in part."""
    row, cold_row = rows
    for x in range(first, last):
        old = e1[row + x]
        flows = old >= solidus[cold_row + x] + mush[cold_row + x]
        heat[x] = supply[row + x] - loss[row + x] * old if flows else ZERO


@_compiled(sums=True, inline=True)
def _update_cold(buffer, heat, e1, e2, cap, row, weights, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    nu, gain = weights
    brought = ZERO
    for x in range(first, last):
        old, share = e1[row + x], cap[row + x]
        brought += heat[x] if share > ZERO else -buffer[x]
        e2[row + x] = old + nu * (e2[row + x] - old) + gain * share * (buffer[x] + heat[x])
    return brought


@_compiled()
def _lowest_of_rim(e, cap, row, span):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Lowest enthalpy temperature of the free cells in the outermost layer of the cold zone."""
    lowest = np.float32(1e9)
    inner_0, inner_1 = span[CORE_0], span[CORE_1]
    if inner_1 <= inner_0:
        inner_0, inner_1 = span[COLD_1], span[COLD_1]
    for x in range(span[COLD_0], inner_0):
        if cap[row + np.uint64(x)] > ZERO:
            lowest = min(lowest, e[row + np.uint64(x)])
    for x in range(inner_1, span[COLD_1]):
        if cap[row + np.uint64(x)] > ZERO:
            lowest = min(lowest, e[row + np.uint64(x)])
    return lowest


@_compiled(inline=True)
def _evaluate_row(liquid, e, cold, register, rows, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Write temperature, Kirchhoff variable and conductivity of a row of the cold zone from its enthalpy."""
    row, at = rows
    solidus, mush, inverse = cold[C_SOLIDUS], cold[C_MUSH], cold[C_INVERSE]
    frozen, warm = cold[C_FROZEN], cold[C_LIQUID]
    k_frozen, k_step, slope = cold[C_K_FROZEN], cold[C_K_STEP], cold[C_SLOPE]
    t_c, theta, k = cold[register], cold[register + 1], cold[register + 2]
    for x in range(first, last):
        liquid[x] = ONE + (e[row + x] - solidus[at + x] - mush[at + x]) * inverse[at + x]
    for x in range(first, last):
        u = liquid[x]
        part = min(max(u, ZERO), ONE)
        t_c[at + x] = (
            solidus[at + x] + frozen[at + x] * min(u, ZERO) + mush[at + x] * part + warm[at + x] * max(u - ONE, ZERO)
        )
    for x in range(first, last):
        u = liquid[x]
        part, below = min(max(u, ZERO), ONE), frozen[at + x] * min(u, ZERO)
        ice = below * (k_frozen[at + x] + HALF * slope[at + x] * below)
        front = mush[at + x] * part * (k_frozen[at + x] + HALF * k_step[at + x] * part)
        theta[at + x] = ice + front + (k_frozen[at + x] + k_step[at + x]) * warm[at + x] * max(u - ONE, ZERO)
    for x in range(first, last):
        u = liquid[x]
        below = frozen[at + x] * min(u, ZERO)
        k[at + x] = k_frozen[at + x] + slope[at + x] * below + k_step[at + x] * min(max(u, ZERO), ONE)


@_compiled()
def enthalpy_c(t_c, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Enthalpy temperature of a temperature in tissue ``m``, °C."""
    above = t_c - table[m, SOLIDUS]
    mush, warm = table[m, MUSH], table[m, A_LIQUID]
    u = min(above, ZERO) / table[m, A_FROZEN] + min(max(above / mush, ZERO), ONE) + max(above - mush, ZERO) / warm
    return table[m, SOLIDUS] + mush + warm * (u - ONE)


@_compiled()
def _theta(t_c, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    above = t_c - table[m, SOLIDUS]
    below, part = min(above, ZERO), min(max(above / table[m, MUSH], ZERO), ONE)
    ice = below * (table[m, K_FROZEN] + HALF * table[m, SLOPE] * below)
    k_step = table[m, K_LIQUID] - table[m, K_FROZEN]
    front = table[m, MUSH] * part * (table[m, K_FROZEN] + HALF * k_step * part)
    return ice + front + table[m, K_LIQUID] * max(above - table[m, MUSH], ZERO)


@_compiled()
def _take_heat(buffer, theta, sinks, drive, exchange, row, at, power):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Add what the probes give to the cells of one row, W/m, and note it for each probe."""
    pointer, columns, kinds, owners, conductance, heat = sinks
    for n in range(pointer[row], pointer[row + 1]):
        x, p = columns[n], owners[n]
        given = exchange[p] * (conductance[n] * (drive[p, kinds[n]] - theta[at + x]) + heat[n])
        buffer[x] += given
        power[p] += given


@_compiled()
def _hold(e, held, temperatures, table, row, base):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    pointer, columns, kinds = held
    for n in range(pointer[row], pointer[row + 1]):
        e[base + columns[n]] = enthalpy_c(temperatures[n], table, kinds[n])


@_compiled()
def planes(k_from, k_to, fields, cold, layout, box, spans, sources, work, weights):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Advance planes ``k_from`` to ``k_to`` by one stage; return the lowest enthalpy temperature of warm cells.

    See :func:`run_stages` for the arguments.
    """
    rows_of, width, pad = layout
    register, nu, gain = weights
    sinks, held, table, drive, exchange, held_c = sources
    buffer, heat, power = work
    e1, e2 = fields[register], fields[1 - register]
    now, then = 3 * register, 3 * (1 - register)
    stride, plane = np.uint64(width), np.uint64(width * rows_of)
    lowest = np.float32(1e9)
    last_power = power.shape[1] - 1
    for k in range(k_from, k_to):
        power[k] = 0.0
        brought = 0.0
        for j in range(rows_of):
            r = k * rows_of + j
            if spans[ACTIVE_1, r] <= spans[ACTIVE_0, r]:
                continue
            a0, a1 = np.uint64(spans[ACTIVE_0, r]), np.uint64(spans[ACTIVE_1, r])
            c0, c1 = np.uint64(spans[COLD_0, r]), np.uint64(spans[COLD_1, r])
            row = np.uint64(pad + r * width)
            at = np.uint64(cold_row(box, k, j))
            if c1 <= c0:
                c0, c1 = a1, a1
            for first, last in ((a0, c0), (c1, a1)):
                if last > first:
                    _warm_across(buffer, e1, fields[G_I], fields[G_J], row, stride, first, last)
                    _warm_through(buffer, e1, fields[G_K], row, plane, first, last)
                    warm_heat, coldest = _update_warm(
                        buffer, e1, e2, fields[CAP], fields[SUPPLY], fields[LOSS], row, (nu, gain), first, last
                    )
                    brought += warm_heat
                    lowest = min(lowest, coldest)
            if c1 > c0:
                one, up, over = np.uint64(1), np.uint64(box[4]), np.uint64(box[4] * box[3])
                _clear(buffer, c0, c1)
                _cold_face(buffer, cold, now, 0, (at, at + one, at), c0, c1)
                _cold_face(buffer, cold, now, 0, (at, at - one, at - one), c0, c1)
                _cold_face(buffer, cold, now, 1, (at, at + up, at), c0, c1)
                _cold_face(buffer, cold, now, 1, (at, at - up, at - up), c0, c1)
                _cold_face(buffer, cold, now, 2, (at, at + over, at), c0, c1)
                _cold_face(buffer, cold, now, 2, (at, at - over, at - over), c0, c1)
                if sinks[0][r + 1] > sinks[0][r]:
                    _take_heat(buffer, cold[now + 1], sinks, drive, exchange, r, at, power[k])
                _supply_cold(
                    buffer, heat, e1, fields[SUPPLY], fields[LOSS], cold[C_SOLIDUS], cold[C_MUSH], (row, at), c0, c1
                )
                brought += _update_cold(buffer, heat, e1, e2, fields[CAP], row, (nu, gain), c0, c1)
                lowest = min(lowest, _lowest_of_rim(e2, fields[CAP], row, spans[:, r]))
            if held[0][r + 1] > held[0][r]:
                _hold(e2, held, held_c, table, r, row)
            known_0, known_1 = np.uint64(spans[KNOWN_0, r]), np.uint64(spans[KNOWN_1, r])
            if known_1 > known_0:
                _evaluate_row(buffer, e2, cold, then, (row, at), known_0, known_1)
        power[k, last_power] = brought
    return lowest


@_compiled(inline=True)
def cold_row(box, k, j):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Offset in the cold block of column 0 of a row of cells; may point before the block's first cell."""
    return ((k - box[0]) * box[3] + (j - box[1])) * box[4] - box[2]


@_compiled()
def evaluate(fields, cold, layout, box, spans):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Bring the cold block up to date with both registers of the enthalpy."""
    rows_of, width, pad = layout
    scratch = np.empty(width, np.float32)
    for r in range(spans.shape[1]):
        first, last = np.uint64(spans[KNOWN_0, r]), np.uint64(spans[KNOWN_1, r])
        if last <= first:
            continue
        k, j = r // rows_of, r % rows_of
        rows = (np.uint64(pad + r * width), np.uint64(cold_row(box, k, j)))
        for which in range(2):
            # A row that rests is never written again, so its other register must be right as well.
            _evaluate_row(scratch, fields[which], cold, 3 * which, rows, first, last)


@_compiled(parallel=True)
def run_stages(fields, cold, layout, box, spans, sources, work, step, cuts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Do stages ``first`` to ``last`` of an RKL1 macro step of ``count`` stages; return the lowest warm enthalpy.

    ``Y_j = mu Y_(j-1) + nu Y_(j-2) + mu w1 dt F(Y_(j-1))``, in place over ``Y_(j-2)``; mu = 1 - nu.

    Parameters
    ----------
    fields, cold
        Blocks of float32 fields over all cells and over the cold zone; rows as named at the top of this file.
    layout
        ``(rows in a plane, stride of a row, offset of the first row)``.
    box
        shape (5,), int64: first plane, row and column of the cold block, its rows in a plane and their stride.
    spans
        shape (8, K*J), int32.
    sources
        ``(pointer, column, tissue, owner, conductance, heat)`` of the sinks, ``(pointer, column, tissue)`` of the
        held cells, the table of tissues, exchange (P,), surface temperature from and to (P,), held temperature from
        and to (H,).
    work
        Scratch rows, shape (threads, 2, stride); heat of each plane, shape (K, P + 1), float64; running heat of
        the step and of the stage before, shape (2, P + 1), float64, J/m.
    step
        ``(register, first, last, count, seconds)``.
    cuts
        shape (threads + 1,), int64: which planes each thread takes.
    """
    sinks, held, table, exchange, from_c, to_c, held_from_c, held_to_c = sources
    pointer, columns, kinds, owners, conductance, prescribed = sinks
    held_pointer, held_columns, held_kinds = held
    rows_of, width, pad = layout
    scratch, power, heat = work
    register, first, last, count, seconds = step
    threads = len(cuts) - 1
    coldest = np.empty(threads, np.float32)
    lowest = np.float32(1e9)
    drive = np.empty((len(exchange), len(table)), np.float32)
    weight = 2.0 / (count * count + count)
    for stage in range(first, last + 1):
        mu, nu = (2.0 * stage - 1) / stage, np.float32(-(stage - 1.0) / stage)
        gain = np.float32(mu * weight * seconds)
        before, after = weight * stage * (stage - 1) / 2, weight * stage * (stage + 1) / 2
        for p in range(len(exchange)):
            surface_c = np.float32(from_c[p] + before * (to_c[p] - from_c[p]))
            for m in range(len(table)):
                drive[p, m] = _theta(surface_c, table, m)
        held_c = (held_from_c + after * (held_to_c - held_from_c)).astype(np.float32)
        for thread in prange(threads):
            coldest[thread] = planes(
                cuts[thread],
                cuts[thread + 1],
                fields,
                cold,
                (rows_of, width, pad),
                box,
                spans,
                (
                    (pointer, columns, kinds, owners, conductance, prescribed),
                    (held_pointer, held_columns, held_kinds),
                    table,
                    drive,
                    exchange,
                    held_c,
                ),
                (scratch[thread, 0], scratch[thread, 1], power),
                (register, nu, gain),
            )
        lowest = min(lowest, coldest.min())
        _account(heat, power, mu, float(nu), mu * weight * seconds)
        register = 1 - register
    return lowest


@_compiled()
def _account(heat, power, mu, nu, seconds):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Carry the heat of probes and surroundings through the same recursion as the temperature."""
    for p in range(heat.shape[1]):
        total = 0.0
        for k in range(power.shape[0]):
            total += power[k, p]
        new = mu * heat[0, p] + nu * heat[1, p] + seconds * total
        heat[1, p] = heat[0, p]
        heat[0, p] = new


@_compiled(inline=True)
def _copy_row(fields, source, target, row, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    a, b = fields[source], fields[target]
    for x in range(first, last):
        b[row + x] = a[row + x]


@_compiled(inline=True)
def _lower_row(fields, source, row, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    e, lowest = fields[source], fields[LOWEST]
    for x in range(first, last):
        lowest[row + x] = min(lowest[row + x], e[row + x])


@_compiled()
def copy_active(fields, spans, layout, source, target):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Copy one field to another over the active cells."""
    _, width, pad = layout
    for r in range(spans.shape[1]):
        first, last = np.uint64(spans[ACTIVE_0, r]), np.uint64(spans[ACTIVE_1, r])
        if last > first:
            _copy_row(fields, source, target, np.uint64(pad + r * width), first, last)


@_compiled()
def note_lowest(fields, spans, layout, register, liquidus_c, index, blood_stays_off):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Keep the smallest enthalpy each cell ever had; stop for good the blood of cells that have begun to freeze.

    ``liquidus_c`` is the liquidus of each tissue, and ``index`` (K*J, I) names the tissue of each cell.
    """
    _, width, pad = layout
    for r in range(spans.shape[1]):
        row = np.uint64(pad + r * width)
        first, last = np.uint64(spans[ACTIVE_0, r]), np.uint64(spans[ACTIVE_1, r])
        if last > first:
            _lower_row(fields, register, row, first, last)
        if blood_stays_off:
            for x in range(spans[COLD_0, r], spans[COLD_1, r]):
                if fields[register, row + np.uint64(x)] < liquidus_c[index[r, x]]:
                    fields[SUPPLY, row + np.uint64(x)] = ZERO
                    fields[LOSS, row + np.uint64(x)] = ZERO


@_compiled()
def stored_heat(fields, spans, layout, register, capacity, index):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Sum of ``rho c (e - e at start)`` over active cells whose temperature is free, J/m³ times cells, float64."""
    _, width, pad = layout
    total = 0.0
    for r in range(spans.shape[1]):
        row = pad + r * width
        for x in range(spans[ACTIVE_0, r], min(spans[ACTIVE_1, r], index.shape[1])):
            if fields[CAP, row + x] > ZERO:
                gain = np.float64(fields[register, row + x]) - np.float64(fields[START, row + x])
                total += gain * capacity[index[r, x]]
    return total


@_compiled()
def exchanged(fields, layout, register, held):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Sum of |flux| into each held cell as if nothing were frozen, W/m: how much heat is on the move."""
    pointer, columns, _, _ = held
    rows, width, pad = layout
    plane = rows * width
    e, g_i, g_j, g_k = fields[register], fields[G_I], fields[G_J], fields[G_K]
    total = 0.0
    for r in range(len(pointer) - 1):
        for cell in range(pointer[r], pointer[r + 1]):
            n = pad + r * width + columns[cell]
            mine = e[n]
            flux = g_i[n] * (e[n + 1] - mine) + g_i[n - 1] * (e[n - 1] - mine)
            flux += g_j[n] * (e[n + width] - mine) + g_j[n - width] * (e[n - width] - mine)
            total += abs(flux + g_k[n] * (e[n + plane] - mine) + g_k[n - plane] * (e[n - plane] - mine))
    return total


@_compiled()
def temperatures(e, layout, index, table, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write the temperature of every cell, °C; ``e`` is one flat field, ``index`` and ``out`` are (K, J, I)."""
    rows, width, pad = layout
    depth, _, columns = index.shape
    for k in range(depth):
        for j in range(rows):
            for i in range(columns):
                m, value = index[k, j, i], e[pad + (k * rows + j) * width + i]
                liquidus = table[m, SOLIDUS] + table[m, MUSH]
                if value >= liquidus:
                    out[k, j, i] = value
                else:
                    u = ONE + (value - liquidus) / table[m, A_LIQUID]
                    mushy = table[m, SOLIDUS] + table[m, MUSH] * max(u, ZERO)
                    out[k, j, i] = mushy + table[m, A_FROZEN] * min(u, ZERO)
