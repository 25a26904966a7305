"""What is done to whole fields between the steps? Compiled passes over active cells, to and from temperature."""

from __future__ import annotations

import numpy as np

from planner.thermal.blocks import (
    ACTIVE_0,
    ACTIVE_1,
    CAP,
    COLD,
    G_I,
    G_J,
    G_K,
    KNOWN_0,
    KNOWN_1,
    LOSS,
    LOWEST,
    OF_CAP,
    OWN,
    SAVED,
    START,
    STOPPED,
    SUPPLY,
)
from planner.thermal.cold import enthalpy_c
from planner.thermal.compiling import HALF, ONE, ZERO, compiled
from planner.thermal.lanes import LANES, LOG_LANES
from planner.thermal.properties import A_FROZEN, A_LIQUID, FIXED, MUSH, SOLIDUS


@compiled(inline=True)
def _keep_row(e, saved, lowest, row, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    for x in range(first, last):
        saved[row + x] = e[row + x]
    for x in range(first, last):
        lowest[row + x] = min(lowest[row + x], e[row + x])


@compiled()
def keep(fields, spans, layout, register):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Save the present of the active cells, and the lowest enthalpy each ever had."""
    _, width, pad = layout
    for r in range(spans.shape[1]):
        first, last = np.uint64(spans[ACTIVE_0, r]), np.uint64(spans[ACTIVE_1, r])
        if last > first:
            _keep_row(fields[register], fields[SAVED], fields[LOWEST], np.uint64(pad + r * width), first, last)


@compiled()
def restore(fields, spans, layout, register):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Bring back the saved present of the active cells."""
    _, width, pad = layout
    for r in range(spans.shape[1]):
        first, last = pad + r * width + spans[ACTIVE_0, r], pad + r * width + spans[ACTIVE_1, r]
        fields[register, first:last] = fields[SAVED, first:last]


@compiled()
def stop_blood(fields, codes, spans, layout, register, liquidus_c, tissues):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Stop for good the blood of cells that have begun to freeze, and write that into the codes of their chunks.

    ``liquidus_c`` is the liquidus of each tissue; ``tissues`` the tissue of each cell, and what each is like.
    """
    _, width, pad = layout
    labels, of_tissues = tissues
    e, cap, supply, loss = fields[register], fields[CAP], fields[SUPPLY], fields[LOSS]
    for r in range(spans.shape[1]):
        row = pad + r * width
        for start in range(row + spans[KNOWN_0, r], row + spans[KNOWN_1, r], LANES):
            code = codes[start >> LOG_LANES]
            if code & COLD == 0 or code & STOPPED:
                continue
            stopped, flowing, free = False, False, True
            for n in range(start, start + LANES):
                if e[n] < liquidus_c[labels[n]]:
                    supply[n] = ZERO
                    loss[n] = ZERO
                    stopped = True
                flowing |= supply[n] != ZERO or loss[n] != ZERO
                free &= cap[n] == of_tissues[labels[n], OF_CAP]
            if stopped:
                codes[start >> LOG_LANES] = code | OWN if flowing or not free else (code & ~OWN) | STOPPED


@compiled()
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


@compiled()
def exchanged(fields, faces, layout, register, held):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Sum of |flux| into each held cell as if nothing were frozen, W/m: how much heat is on the move."""
    pointer, columns, _, _ = held
    rows, width, pad = layout
    plane = rows * width
    e, g_i, g_j, g_k = fields[register], faces[G_I], faces[G_J], faces[G_K]
    total = 0.0
    for r in range(len(pointer) - 1):
        for cell in range(pointer[r], pointer[r + 1]):
            n = pad + r * width + columns[cell]
            mine = e[n]
            flux = g_i[n] * (e[n + 1] - mine) + g_i[n - 1] * (e[n - 1] - mine)
            flux += g_j[n] * (e[n + width] - mine) + g_j[n - width] * (e[n - width] - mine)
            total += abs(flux + g_k[n] * (e[n + plane] - mine) + g_k[n - plane] * (e[n - plane] - mine))
    return total


@compiled()
def enthalpies(t_c, fixed_c, layout, index, table, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write the enthalpy temperature of every cell; tissues that keep their temperature have ``fixed_c``."""
    rows, width, pad = layout
    depth, _, columns = index.shape
    for k in range(depth):
        for j in range(rows):
            for i in range(columns):
                m = index[k, j, i]
                value = fixed_c[m] if table[m, FIXED] > HALF else t_c[k, j, i]
                out[pad + (k * rows + j) * width + i] = enthalpy_c(value, table, m)


@compiled()
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
