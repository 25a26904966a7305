"""What happens in one stage of the time step? Compiled float32 row functions, shared out over planes of k.

State is the *enthalpy temperature* ``e``: enthalpy divided by the warm heat capacity, so that ``e`` is the temperature
wherever tissue is unfrozen. There the bio-heat equation is linear, and one stencil with a conductance for each face
serves every tissue, however mixed the map is. Only the *cold zone* around the ice knows freezing: flux between like
tissues is a difference of the Kirchhoff variable, between unlike ones ``2 k k' / (k + k') (T' - T)``. In warm tissue
both say the same, so the two meet without a seam.

Rows are taken in chunks of eight cells. A chunk of one tissue among its like needs no constants but its tissue's, and
in the cold zone nothing but the Kirchhoff variable; only chunks at a border between tissues read those of each cell.

Rules learned by measurement: a stage waits for cache more than for arithmetic, so what can be worked out again is not
stored; row functions are inlined, since passing ten arrays costs more than a row of fifty cells; everything in a
``prange`` body lives in a serial function, because a conditional sum inside the body can lose its state without a word.
``planner.thermal.oracle`` says the same in plain numpy, and tests hold them together.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from planner.thermal.blocks import (
    ACTIVE_0,
    ACTIVE_1,
    CAP,
    COLD,
    CORE,
    KNOWN,
    LOSS,
    MIXED,
    OF_CAP,
    OF_LOSS,
    OF_SUPPLY,
    OWN,
    PATTERN_CAP,
    PATTERN_LENGTH,
    PATTERN_LOSS,
    PATTERN_SUPPLY,
    STOPPED,
    SUPPLY,
    THETA,
    TISSUE,
    TO_ABOVE,
    TO_BELOW,
    TO_EAST,
    TO_NORTH,
    TO_SOUTH,
    TO_WEST,
)
from planner.thermal.cold import enthalpy_c, evaluate_plane, near_start, planes_near, theta_of
from planner.thermal.compiling import TWO, ZERO, compiled
from planner.thermal.lanes import (
    LANES,
    LOG_LANES,
    fused,
    lane,
    least,
    load,
    of_bits,
    offset_by,
    pick,
    pointer,
    size,
    spread,
    store,
)
from planner.thermal.properties import K_LIQUID, MUSH, SOLIDUS

ANY_WARM_C = np.float32(1e9)
WHOLE = 255
"""All eight bits of a chunk."""


@compiled(inline=True)
def _differences(values, n, steps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Sum of the differences to the six neighbours."""
    south, north, below, above = steps
    mine = load(values, n)
    along = (load(values, n + 1) - mine) + (load(values, n - 1) - mine)
    across = (load(values, north + n) - mine) + (load(values, south + n) - mine)
    return (along + across) + ((load(values, above + n) - mine) + (load(values, below + n) - mine))


@compiled(inline=True)
def _warm_flux(e, faces, n, steps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Flux into a chunk of warm cells of any tissues, W/m."""
    south, north, below, above = steps
    mine = load(e, n)
    along = size(load(faces, TO_WEST)) * (load(e, n - 1) - mine)
    along = fused(size(load(faces, TO_EAST)), load(e, n + 1) - mine, along)
    across = fused(size(load(faces, TO_NORTH)), load(e, n + north) - mine, along)
    across = fused(size(load(faces, TO_SOUTH)), load(e, n + south) - mine, across)
    through = fused(size(load(faces, TO_ABOVE)), load(e, n + above) - mine, across)
    return fused(size(load(faces, TO_BELOW)), load(e, n + below) - mine, through)


@compiled(inline=True)
def _face(near, at, other, conductance):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Flux through one face of each cell of a chunk of the cold zone, W/m; none where there is no face."""
    theta, celsius, conductivity, _ = near
    mine, theirs = load(conductivity, at), load(conductivity, other)
    unlike = spread(TWO) * (mine * theirs) / (mine + theirs) * (load(celsius, other) - load(celsius, at))
    return pick(conductance, load(theta, other) - load(theta, at), pick(-conductance, unlike, spread(ZERO)))


@compiled(inline=True)
def _cold_flux(near, faces, at, steps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Flux into a chunk of the cold zone of any tissues, W/m."""
    south, north, below, above = steps
    along = _face(near, at, at + 1, load(faces, TO_EAST)) + _face(near, at, at - 1, load(faces, TO_WEST))
    across = _face(near, at, at + north, load(faces, TO_NORTH)) + _face(near, at, at + south, load(faces, TO_SOUTH))
    through = _face(near, at, at + above, load(faces, TO_ABOVE)) + _face(near, at, at + below, load(faces, TO_BELOW))
    return along + across + through


@compiled(inline=True)
def _advanced(old, before, share, given, weights):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return e after the stage; ``given`` is the heat in W/m."""
    nu, gain = weights
    return fused(gain * share, given, fused(nu, before - old, old))


@compiled(inline=True)
def _warm_alike(registers, of, k_warm, run, steps, weights, brought):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance warm cells of one tissue among their like."""
    e1, e2 = registers
    share, supply, loss = of
    for n in range(run[0], run[1], LANES):
        old = load(e1, n)
        heat = fused(-loss, old, supply)
        flux = k_warm * _differences(e1, n, steps)
        store(e2, n, _advanced(old, load(e2, n), share, flux + heat, weights))
        brought = brought + heat
    return brought


@compiled(inline=True)
def _pattern_of(patterns, chunk):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Where the constants of a chunk begin."""
    return offset_by(patterns[0], np.int64(patterns[1][chunk]) * PATTERN_LENGTH)


@compiled(inline=True)
def _cell(cells, pattern, code, n):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Capacity, supply and loss of a chunk: its own, or those of its pattern, with blood or without."""
    cap, supply, loss = cells
    share, supplied, lost = load(pattern, PATTERN_CAP), spread(ZERO), spread(ZERO)
    if code & OWN:
        share, supplied, lost = load(cap, n), load(supply, n), load(loss, n)
    elif code & STOPPED == 0:
        supplied, lost = load(pattern, PATTERN_SUPPLY), load(pattern, PATTERN_LOSS)
    return share, supplied, lost


@compiled(inline=True)
def _warm_any(registers, cells, patterns, code, run, steps, weights, brought):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance warm cells of any tissues."""
    e1, e2 = registers
    for n in range(run[0], run[1], LANES):
        pattern = _pattern_of(patterns, n >> LOG_LANES)
        share, supplied, lost = _cell(cells, pattern, code, n)
        old = load(e1, n)
        heat = fused(-lost, old, supplied)
        flux = _warm_flux(e1, pattern, n, steps)
        store(e2, n, _advanced(old, load(e2, n), share, flux + heat, weights))
        brought = brought + pick(share, heat, -flux)
    return brought


@compiled(inline=True)
def _rim(lowest, new, share, core):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Lowest enthalpy temperature so far of free cells of the cold zone outside its core: no front gets past them."""
    warm = spread(ANY_WARM_C)
    return least(lowest, pick(of_bits(core), warm, pick(share, new, warm)))


@compiled(inline=True)
def _cold_alike(registers, theta, of, core, run, places, weights, sums):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance cells of the cold zone of one tissue among their like: with no blood where frozen, even in part."""
    e1, e2 = registers
    shift, steps = places
    share, supplied, lost, liquidus = of
    brought, lowest = sums
    for n in range(run[0], run[1], LANES):
        old = load(e1, n)
        flux = _differences(theta, n + shift, steps)
        heat = pick(liquidus - old, spread(ZERO), fused(-lost, old, supplied))
        new = _advanced(old, load(e2, n), share, flux + heat, weights)
        store(e2, n, new)
        brought = brought + heat
        if core[n >> LOG_LANES] != WHOLE:
            lowest = _rim(lowest, new, share, core[n >> LOG_LANES])
    return brought, lowest


@compiled(inline=True)
def _cold_any(registers, near, cells, patterns, code, liquidus, core, run, places, weights, sums):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Advance cells of the cold zone of any tissues."""
    e1, e2 = registers
    shift, steps = places
    brought, lowest = sums
    for n in range(run[0], run[1], LANES):
        pattern = _pattern_of(patterns, n >> LOG_LANES)
        share, supplied, lost = _cell(cells, pattern, code, n)
        old, limit = load(e1, n), liquidus
        if code & MIXED:
            flux, limit = _cold_flux(near, pattern, n + shift, steps), load(near[3], n + shift)
        else:
            flux = _differences(near[0], n + shift, steps)
        heat = pick(limit - old, spread(ZERO), fused(-lost, old, supplied))
        new = _advanced(old, load(e2, n), share, flux + heat, weights)
        store(e2, n, new)
        brought = brought + pick(share, heat, -flux)
        if core[n >> LOG_LANES] != WHOLE:
            lowest = _rim(lowest, new, share, core[n >> LOG_LANES])
    return brought, lowest


@compiled(inline=True)
def _same_until(codes, n, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Where the run of chunks of one code ends."""
    last = n + LANES
    while last < end and codes[last >> LOG_LANES] == codes[n >> LOG_LANES]:
        last += LANES
    return last


@compiled(inline=True)
def _tissue(of_tissues, table, code):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Capacity, supply, loss and liquidus of a run of one tissue."""
    m = code & TISSUE
    supply, loss = of_tissues[m, OF_SUPPLY], of_tissues[m, OF_LOSS]
    if code & STOPPED:
        supply, loss = ZERO, ZERO
    liquidus = table[m, SOLIDUS] + table[m, MUSH]
    return spread(of_tissues[m, OF_CAP]), spread(supply), spread(loss), spread(liquidus)


@compiled(inline=True)
def _total(lanes):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    pairs = (lane(lanes, 0) + lane(lanes, 4), lane(lanes, 1) + lane(lanes, 5))
    others = (lane(lanes, 2) + lane(lanes, 6), lane(lanes, 3) + lane(lanes, 7))
    return (pairs[0] + others[0]) + (pairs[1] + others[1])


@compiled(inline=True)
def _smallest(lanes):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    smallest = lane(lanes, 0)
    for n in range(1, LANES):
        smallest = min(smallest, lane(lanes, n))
    return smallest


@compiled()
def _aim(drive, table, from_c, to_c, share):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the Kirchhoff variable of each probe's surface in each tissue at a share of the step."""
    for p in range(drive.shape[0]):
        surface_c = np.float32(from_c[p] + share * (to_c[p] - from_c[p]))
        for m in range(drive.shape[1]):
            drive[p, m] = theta_of(surface_c, table, m)


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
    smallest = values[0]
    for value in values[1:]:
        smallest = min(smallest, value)
    return smallest


@compiled()
def _take_heat(e, cap, theta, sinks, drive, exchange, row, places, noted):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    """Give the cells of one row what the probes give, and note it for each probe, W/m; return what held cells took."""
    pointer, columns, kinds, owners, conductance, heat = sinks
    base, shift, gain = places
    power, k = noted
    taken = ZERO
    for n in range(pointer[row], pointer[row + 1]):
        cell, p = base + columns[n], owners[n]
        given = exchange[p] * (conductance[n] * (drive[p, kinds[n]] - theta[cell + shift]) + heat[n])
        e[cell] += gain * cap[cell] * given
        power[k, p] += given
        if cap[cell] <= ZERO:
            taken += given
    return taken


@compiled()
def _hold(e, held, temperatures, table, row, base):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    pointer, columns, kinds = held
    for n in range(pointer[row], pointer[row + 1]):
        e[base + columns[n]] = enthalpy_c(temperatures[n], table, kinds[n])


@compiled()
def planes(k_from, k_to, fields, scene, zone, spans, sources, block, power, weights):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Advance planes ``k_from`` to ``k_to`` by one stage; return the rim's lowest enthalpy temperature.

    See :func:`run_stages` for the arguments.
    """
    (rows_of, width, pad), _, table, of_tissues, codes, kinds = scene
    register, nu, gain = weights
    sinks, held, drive, exchange, held_c = sources
    sink_rows, held_rows, known, e_next, cap = sinks[0], held[0], zone[KNOWN], fields[1 - register], fields[CAP]
    registers, near = (pointer(fields[register]), pointer(e_next)), planes_near(block)
    cells = (pointer(cap), pointer(fields[SUPPLY]), pointer(fields[LOSS]))
    patterns = (pointer(kinds[0]), pointer(kinds[1]))
    core, theta = pointer(zone[CORE]), block[THETA]
    plane, ends = width * rows_of, power.shape[1] - 1
    gains, around = (spread(nu), spread(gain)), (-width, width, -plane, plane)
    lowest = spread(ANY_WARM_C)
    for k in range(k_from - 1, k_from + 1):
        evaluate_plane(near, registers[0], scene, known, spans, k)
    for k in range(k_from, k_to):
        evaluate_plane(near, registers[0], scene, known, spans, k + 1)
        at = near_start(k, rows_of, width)
        shift = at - (pad + k * plane)
        close = (-width, width, near_start(k - 1, rows_of, width) - at, near_start(k + 1, rows_of, width) - at)
        power[k] = 0.0
        for r in range(k * rows_of, (k + 1) * rows_of):
            n, end = pad + r * width + spans[ACTIVE_0, r], pad + r * width + spans[ACTIVE_1, r]
            if end <= n:
                continue
            brought = spread(ZERO)
            while n < end:
                code = codes[n >> LOG_LANES]
                last = _same_until(codes, n, end)
                of = _tissue(of_tissues, table, code)
                if code & COLD and code & (MIXED | OWN):
                    brought, lowest = _cold_any(
                        registers,
                        near,
                        cells,
                        patterns,
                        code,
                        of[3],
                        core,
                        (n, last),
                        (shift, close),
                        gains,
                        (brought, lowest),
                    )
                elif code & COLD:
                    brought, lowest = _cold_alike(
                        registers, near[0], of, core, (n, last), (shift, close), gains, (brought, lowest)
                    )
                elif code & (MIXED | OWN):
                    brought = _warm_any(registers, cells, patterns, code, (n, last), around, gains, brought)
                else:
                    k_warm = spread(table[code & TISSUE, K_LIQUID])
                    brought = _warm_alike(registers, of[0:3], k_warm, (n, last), around, gains, brought)
                n = last
            row = pad + r * width
            total = np.float64(_total(brought))
            if sink_rows[r + 1] > sink_rows[r]:
                total -= _take_heat(e_next, cap, theta, sinks, drive, exchange, r, (row, shift, gain), (power, k))
            if held_rows[r + 1] > held_rows[r]:
                _hold(e_next, held, held_c, table, r, row)
            power[k, ends] += total
    return _smallest(lowest)


@compiled(parallel=True)
def run_stages(fields, scene, zone, spans, sources, work, step, cuts):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Do stages ``first`` to ``last`` of an RKL1 macro step of ``count`` stages; return the rim's lowest enthalpy.

    ``Y_j = mu Y_(j-1) + nu Y_(j-2) + mu w1 dt F(Y_(j-1))``, in place over ``Y_(j-2)``; mu = 1 - nu.

    Parameters
    ----------
    fields
        shape (8, N), float32; rows as in :mod:`planner.thermal.blocks`.
    scene
        Layout ``(rows in a plane, stride of a row, offset of the first row)``; tissue of each cell, shape (N,), uint8;
        the table of tissues, shape (M, 11); capacity, supply and loss of each tissue, shape (M, 3); code of each
        chunk, shape (N / 8,), uint16; ``(patterns, number of the pattern of each chunk)``, shape (P, 72), float32, and
        (N / 8,), int32.
    zone
        shape (4, N / 8), uint8.
    spans
        shape (4, K*J), int32.
    sources
        ``(pointer, column, tissue, owner, conductance, heat)`` of the sinks, ``(pointer, column, tissue)`` of the
        held cells, exchange (P,), surface temperature from and to (P,), held temperature from and to (H,).
    work
        Room near the ice, shape (threads, 4, n), from :func:`planner.thermal.cold.near_planes`; heat of each plane,
        shape (K, P + 1), float64; running heat of the step and of the stage before, shape (2, P + 1), float64, J/m.
    step
        ``(register, first, last, count, seconds)``.
    cuts
        shape (threads + 1,), int64: which planes each thread takes.
    """
    sinks, held, exchange, from_c, to_c, held_from_c, held_to_c = sources
    pointer, columns, kinds, owners, conductance, prescribed = sinks
    held_pointer, held_columns, held_kinds = held
    (rows_of, width, pad), labels, table, of_tissues, codes, (patterns, numbers) = scene
    near, power, heat = work
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
        weights = (register, nu, gain)
        if threads == 1:  # without waking anybody
            sources_now = (sinks, held, drive, exchange, held_c)
            coldest[0] = planes(0, len(power), fields, scene, zone, spans, sources_now, near[0], power, weights)
        else:
            for thread in prange(threads):
                coldest[thread] = planes(
                    cuts[thread],
                    cuts[thread + 1],
                    fields,
                    ((rows_of, width, pad), labels, table, of_tissues, codes, (patterns, numbers)),
                    zone,
                    spans,
                    (
                        (pointer, columns, kinds, owners, conductance, prescribed),
                        (held_pointer, held_columns, held_kinds),
                        drive,
                        exchange,
                        held_c,
                    ),
                    near[thread],
                    power,
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
