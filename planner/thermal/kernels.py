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

from planner.thermal.blocks import (
    ACTIVE_0,
    ACTIVE_1,
    C_FROZEN,
    C_INVERSE,
    C_K_FROZEN,
    C_K_STEP,
    C_LIQUIDUS,
    C_MUSH,
    C_SLOPE,
    C_SOLIDUS,
    CAP,
    COLD_0,
    COLD_1,
    COLD_FROM,
    COLD_TO,
    CORE_0,
    CORE_1,
    G_I,
    G_J,
    G_K,
    KNOWN_FROM,
    KNOWN_TO,
    LIKE_I,
    LOSS,
    SUPPLY,
    UNLIKE_I,
)
from planner.thermal.properties import A_FROZEN, A_LIQUID, K_FROZEN, K_LIQUID, MUSH, SLOPE, SOLIDUS

if TYPE_CHECKING:
    from collections.abc import Callable

ZERO, HALF, ONE, ANY_WARM_C = (np.float32(value) for value in (0, 0.5, 1, 1e9))


def compiled(
    *, parallel: bool = False, sums: bool = False, inline: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile; sums may be reordered only where told: nothing that reaches a field.

    A process that compiles and one that loads what was compiled inline differently: a free order would change bits.
    """
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


@compiled(inline=True)
def _warm_across(buffer, e, g_i, g_j, row, width, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Write the flux from the four neighbours in the plane, W/m."""
    one = np.uint64(1)
    south, north = row - width, row + width
    for x in range(first, last):
        mine = e[row + x]
        along = g_i[row + x] * (e[row + x + one] - mine) + g_i[row + x - one] * (e[row + x - one] - mine)
        buffer[x] = along + (g_j[row + x] * (e[north + x] - mine) + g_j[south + x] * (e[south + x] - mine))


@compiled(inline=True)
def _warm_through(buffer, e, g_k, row, plane, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Add the flux from the neighbours in the planes below and above, W/m."""
    below, above = row - plane, row + plane
    for x in range(first, last):
        mine = e[row + x]
        buffer[x] += g_k[row + x] * (e[above + x] - mine) + g_k[below + x] * (e[below + x] - mine)


@compiled(inline=True)
def _cold_along(buffer, cold, register, start, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the flux from the neighbours toward -i and +i of a run of cells of the cold block, W/m."""
    t_c, theta, k = cold[register], cold[register + 1], cold[register + 2]
    like, unlike = cold[LIKE_I], cold[UNLIKE_I]
    one = np.uint64(1)
    for x in range(cells):
        n = start + x
        mine, k_mine, k_next, k_before = theta[n], k[n], k[n + one], k[n - one]
        next_flux = unlike[n] * (k_mine * k_next / (k_mine + k_next)) * (t_c[n + one] - t_c[n])
        before_flux = unlike[n - one] * (k_mine * k_before / (k_mine + k_before)) * (t_c[n - one] - t_c[n])
        alike = like[n] * (theta[n + one] - mine) + like[n - one] * (theta[n - one] - mine)
        buffer[x] = alike + (next_flux + before_flux)


@compiled(inline=True)
def _cold_face(buffer, cold, register, kind, rows, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Add the flux through one face of each cell of a run of the cold block, W/m.

    ``rows`` holds the offsets of the cells, of their neighbours, and of the face's weights.
    """
    t_c, theta, k = cold[register], cold[register + 1], cold[register + 2]
    like, unlike = cold[LIKE_I + kind], cold[UNLIKE_I + kind]
    mine, other, face = rows
    for x in range(cells):
        k_mine, k_other = k[mine + x], k[other + x]
        unlike_flux = unlike[face + x] * (k_mine * k_other / (k_mine + k_other)) * (t_c[other + x] - t_c[mine + x])
        buffer[x] += like[face + x] * (theta[other + x] - theta[mine + x]) + unlike_flux


@compiled()
def _cold_plane(buffer, cold, register, box, start, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the flux into a run of cells of the cold block: whole rows of one plane, since short runs do not pay."""
    up, over = np.uint64(box[4]), np.uint64(box[4] * box[3])
    _cold_along(buffer, cold, register, start, cells)
    _cold_face(buffer, cold, register, 1, (start, start + up, start), cells)
    _cold_face(buffer, cold, register, 1, (start, start - up, start - up), cells)
    _cold_face(buffer, cold, register, 2, (start, start + over, start), cells)
    _cold_face(buffer, cold, register, 2, (start, start - over, start - over), cells)


@compiled(sums=True)
def _sum(values, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    total = ZERO
    for x in range(first, last):
        total += values[x]
    return total


@compiled(inline=True)
def _update_warm(buffer, e1, e2, cap, supply, loss, row, weights, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance warm cells; leave the heat from blood and from prescribed cells in the buffer, W/m."""
    nu, gain = weights
    for x in range(first, last):
        old, share = e1[row + x], cap[row + x]
        heat = supply[row + x] - loss[row + x] * old
        e2[row + x] = old + nu * (e2[row + x] - old) + gain * share * (buffer[x] + heat)
        buffer[x] = heat if share > ZERO else -buffer[x]


@compiled(inline=True)
def _update_cold(buffer, e1, e2, cap, supply, loss, liquidus, rows, weights, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance cells of the cold zone as warm ones, but with no blood where tissue is frozen, even in part."""
    nu, gain = weights
    row, at, run = rows
    for x in range(first, last):
        old, share, flux = e1[row + x], cap[row + x], buffer[run + x]
        heat = supply[row + x] - loss[row + x] * old if old >= liquidus[at + x] else ZERO
        e2[row + x] = old + nu * (e2[row + x] - old) + gain * share * (flux + heat)
        buffer[run + x] = heat if share > ZERO else -flux


@compiled()
def _lowest_of_rim(e, cap, row, span):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Lowest enthalpy temperature of the free cells in the outermost layer of the cold zone: no front gets past it."""
    lowest = ANY_WARM_C
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


@compiled(inline=True)
def _evaluate_run(liquid, e, cold, register, start, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write temperature, Kirchhoff variable and conductivity of a run of the cold block from its enthalpy."""
    solidus, mush, liquidus, inverse = cold[C_SOLIDUS], cold[C_MUSH], cold[C_LIQUIDUS], cold[C_INVERSE]
    frozen, k_frozen, k_step, slope = cold[C_FROZEN], cold[C_K_FROZEN], cold[C_K_STEP], cold[C_SLOPE]
    t_c, theta, k = cold[register], cold[register + 1], cold[register + 2]
    for x in range(cells):
        liquid[x] = ONE + (e[x] - liquidus[start + x]) * inverse[start + x]
    for x in range(cells):
        u, over = liquid[x], max(e[x] - liquidus[start + x], ZERO)
        mushy = solidus[start + x] + mush[start + x] * min(max(u, ZERO), ONE)
        # Where tissue is warm, e is its temperature to the last bit.
        t_c[start + x] = e[x] if over > ZERO else mushy + frozen[start + x] * min(u, ZERO)
    for x in range(cells):
        u, over = liquid[x], max(e[x] - liquidus[start + x], ZERO)
        part, below = min(max(u, ZERO), ONE), frozen[start + x] * min(u, ZERO)
        ice = below * (k_frozen[start + x] + HALF * slope[start + x] * below)
        front = mush[start + x] * part * (k_frozen[start + x] + HALF * k_step[start + x] * part)
        theta[start + x] = ice + front + (k_frozen[start + x] + k_step[start + x]) * over
    for x in range(cells):
        u = liquid[x]
        below = frozen[start + x] * min(u, ZERO)
        k[start + x] = k_frozen[start + x] + slope[start + x] * below + k_step[start + x] * min(max(u, ZERO), ONE)


@compiled()
def _evaluate_plane(scratch, e, cold, register, place, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Bring the known rows of one plane of the cold block up to date with the enthalpy ``e``."""
    layout, box, bands = place
    rows_of, width, pad = layout
    liquid, copied = scratch
    first, last = bands[KNOWN_FROM, k], bands[KNOWN_TO, k]
    if last <= first:
        return
    for j in range(first, last):
        from_column, to_column = max(box[2], 0), min(box[2] + box[4], width)
        row = np.uint64(pad + (k * rows_of + j) * width)
        to = np.uint64((j - first) * box[4] - box[2])  # negative ones wrap, and come back with the column added
        for x in range(np.uint64(from_column), np.uint64(to_column)):
            copied[to + x] = e[row + x]
    start = ((k - box[0]) * box[3] + (first - box[1])) * box[4]
    _evaluate_run(liquid, copied, cold, register, np.uint64(start), np.uint64((last - first) * box[4]))


@compiled()
def enthalpy_c(t_c, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Enthalpy temperature of a temperature in tissue ``m``, °C: the same where it is warm."""
    solidus, mush = table[m, SOLIDUS], table[m, MUSH]
    if t_c >= solidus + mush:
        return t_c
    above = t_c - solidus
    u = min(above, ZERO) / table[m, A_FROZEN] + max(above / mush, ZERO)
    return solidus + mush + table[m, A_LIQUID] * (u - ONE)


@compiled()
def _theta(t_c, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    above = t_c - table[m, SOLIDUS]
    below, part = min(above, ZERO), min(max(above / table[m, MUSH], ZERO), ONE)
    ice = below * (table[m, K_FROZEN] + HALF * table[m, SLOPE] * below)
    k_step = table[m, K_LIQUID] - table[m, K_FROZEN]
    front = table[m, MUSH] * part * (table[m, K_FROZEN] + HALF * k_step * part)
    return ice + front + table[m, K_LIQUID] * max(above - table[m, MUSH], ZERO)


@compiled()
def _aim(drive, table, from_c, to_c, share):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the Kirchhoff variable of each probe's surface in each tissue at a share of the step."""
    for p in range(drive.shape[0]):
        surface_c = np.float32(from_c[p] + share * (to_c[p] - from_c[p]))
        for m in range(drive.shape[1]):
            drive[p, m] = _theta(surface_c, table, m)


# Whole-array expressions stand in functions of their own: within the parallel one each would wake every thread at every
# stage, which on a busy machine takes a hundred times longer than all the rest.


@compiled()
def _hold_at(held_c, from_c, to_c, share):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the temperature of each held cell at a share of the step."""
    for n in range(len(held_c)):
        held_c[n] = np.float32(from_c[n] + share * (to_c[n] - from_c[n]))


@compiled()
def _least(values):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the smallest of a few values."""
    least = values[0]
    for value in values[1:]:
        least = min(least, value)
    return least


@compiled()
def _take_heat(flux, theta, sinks, drive, exchange, row, offsets, power):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Add what the probes give to the cells of one row, W/m, and note it for each probe."""
    pointer, columns, kinds, owners, conductance, heat = sinks
    for n in range(pointer[row], pointer[row + 1]):
        x, p = columns[n], owners[n]
        given = exchange[p] * (conductance[n] * (drive[p, kinds[n]] - theta[offsets[0] + x]) + heat[n])
        flux[offsets[1] + x] += given
        power[p] += given


@compiled()
def _hold(e, held, temperatures, table, row, base):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    pointer, columns, kinds = held
    for n in range(pointer[row], pointer[row + 1]):
        e[base + columns[n]] = enthalpy_c(temperatures[n], table, kinds[n])


@compiled()
def planes(k_from, k_to, fields, faces, cold, place, spans, sources, work, weights):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Advance planes ``k_from`` to ``k_to`` by one stage; return the rim's lowest enthalpy temperature.

    See :func:`run_stages` for the arguments.
    """
    layout, box, bands = place
    rows_of, width, pad = layout
    register, nu, gain = weights
    sinks, held, table, drive, exchange, held_c = sources
    (buffer, flux), power = work
    e1, e2 = fields[register], fields[1 - register]
    cap, supply, loss = fields[CAP], fields[SUPPLY], fields[LOSS]
    now, then = 3 * register, 3 * (1 - register)
    stride, plane = np.uint64(width), np.uint64(width * rows_of)
    lowest = ANY_WARM_C
    last_power = power.shape[1] - 1
    for k in range(k_from, k_to):
        power[k] = 0.0
        brought = 0.0
        first_row, rows_cold = bands[COLD_FROM, k], bands[COLD_TO, k] - bands[COLD_FROM, k]
        run = ((k - box[0]) * box[3] + (first_row - box[1])) * box[4]
        if rows_cold > 0:
            _cold_plane(flux, cold, now, box, np.uint64(run), np.uint64(rows_cold * box[4]))
        for j in range(rows_of):
            r = k * rows_of + j
            if spans[ACTIVE_1, r] <= spans[ACTIVE_0, r]:
                continue
            a0, a1 = np.uint64(spans[ACTIVE_0, r]), np.uint64(spans[ACTIVE_1, r])
            c0, c1 = np.uint64(spans[COLD_0, r]), np.uint64(spans[COLD_1, r])
            row = np.uint64(pad + r * width)
            if c1 <= c0:
                c0, c1 = a1, a1
            for first, last in ((a0, c0), (c1, a1)):
                if last > first:
                    _warm_across(buffer, e1, faces[G_I], faces[G_J], row, stride, first, last)
                    _warm_through(buffer, e1, faces[G_K], row, plane, first, last)
                    _update_warm(buffer, e1, e2, cap, supply, loss, row, (nu, gain), first, last)
                    brought += _sum(buffer, first, last)
            if c1 > c0:
                at = ((k - box[0]) * box[3] + (j - box[1])) * box[4] - box[2]
                if sinks[0][r + 1] > sinks[0][r]:
                    _take_heat(flux, cold[now + 1], sinks, drive, exchange, r, (at, at - run), power[k])
                offsets = (row, np.uint64(at), np.uint64(at - run))
                _update_cold(flux, e1, e2, cap, supply, loss, cold[C_LIQUIDUS], offsets, (nu, gain), c0, c1)
                brought += _sum(flux, np.uint64(at - run) + c0, np.uint64(at - run) + c1)
                lowest = min(lowest, _lowest_of_rim(e2, cap, row, spans[:, r]))
            if held[0][r + 1] > held[0][r]:
                _hold(e2, held, held_c, table, r, row)
        power[k, last_power] = brought
        _evaluate_plane((buffer, flux), e2, cold, then, place, k)
    return lowest


@compiled()
def evaluate(fields, cold, place, scratch):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Bring the cold block up to date with both registers of the enthalpy: a row that rests is not written again."""
    for k in range(place[2].shape[1]):
        for register in range(2):
            _evaluate_plane((scratch[0], scratch[1]), fields[register], cold, 3 * register, place, k)


@compiled(parallel=True)
def run_stages(fields, faces, cold, place, spans, sources, work, step, cuts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Do stages ``first`` to ``last`` of an RKL1 macro step of ``count`` stages; return the rim's lowest enthalpy.

    ``Y_j = mu Y_(j-1) + nu Y_(j-2) + mu w1 dt F(Y_(j-1))``, in place over ``Y_(j-2)``; mu = 1 - nu.

    Parameters
    ----------
    fields, faces, cold
        Blocks of float32 fields over all cells and over the cold zone; rows as in :mod:`planner.thermal.blocks`.
    place
        Layout ``(rows in a plane, stride of a row, offset of the first row)``; box of the cold block, shape (5,),
        int64: first plane, row and column, rows in a plane and their stride; bands, shape (4, K), int32.
    spans
        shape (6, K*J), int32.
    sources
        ``(pointer, column, tissue, owner, conductance, heat)`` of the sinks, ``(pointer, column, tissue)`` of the
        held cells, the table of tissues, exchange (P,), surface temperature from and to (P,), held temperature from
        and to (H,).
    work
        Scratch, shape (threads, 2, n); heat of each plane, shape (K, P + 1), float64; running heat of
        the step and of the stage before, shape (2, P + 1), float64, J/m.
    step
        ``(register, first, last, count, seconds)``.
    cuts
        shape (threads + 1,), int64: which planes each thread takes.
    """
    sinks, held, table, exchange, from_c, to_c, held_from_c, held_to_c = sources
    pointer, columns, kinds, owners, conductance, prescribed = sinks
    held_pointer, held_columns, held_kinds = held
    (rows_of, width, pad), box, bands = place
    scratch, power, heat = work
    register, first, last, count, seconds = step
    threads = len(cuts) - 1
    coldest = np.empty(threads, np.float32)
    lowest = ANY_WARM_C
    drive = np.empty((len(exchange), len(table)), np.float32)
    held_c = np.empty(len(held_from_c), np.float32)
    weight = 2.0 / (count * count + count)
    for stage in range(first, last + 1):
        mu, nu = (2.0 * stage - 1) / stage, np.float32(-(stage - 1.0) / stage)
        gain = np.float32(mu * weight * seconds)
        before, after = weight * stage * (stage - 1) / 2, weight * stage * (stage + 1) / 2
        _aim(drive, table, from_c, to_c, before)
        _hold_at(held_c, held_from_c, held_to_c, after)
        if threads == 1:  # without waking anybody
            sources_now = (sinks, held, table, drive, exchange, held_c)
            work_now = ((scratch[0, 0], scratch[0, 1]), power)
            coldest[0] = planes(
                0, len(power), fields, faces, cold, place, spans, sources_now, work_now, (register, nu, gain)
            )
        else:
            for thread in prange(threads):
                coldest[thread] = planes(
                    cuts[thread],
                    cuts[thread + 1],
                    fields,
                    faces,
                    cold,
                    ((rows_of, width, pad), box, bands),
                    spans,
                    (
                        (pointer, columns, kinds, owners, conductance, prescribed),
                        (held_pointer, held_columns, held_kinds),
                        table,
                        drive,
                        exchange,
                        held_c,
                    ),
                    ((scratch[thread, 0], scratch[thread, 1]), power),
                    (register, nu, gain),
                )
        lowest = min(lowest, _least(coldest))
        _account(heat, power, mu, float(nu), mu * weight * seconds)
        register = 1 - register
    return lowest


@compiled()
def _account(heat, power, mu, nu, seconds):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Carry the heat of probes and surroundings through the same recursion as the temperature."""
    for p in range(heat.shape[1]):
        total = 0.0
        for k in range(power.shape[0]):
            total += power[k, p]
        new = mu * heat[0, p] + nu * heat[1, p] + seconds * total
        heat[1, p] = heat[0, p]
        heat[0, p] = new
