"""How does ice conduct? Kirchhoff variable, temperature and conductivity of cells from their enthalpy, compiled.

They are never stored: each plane's are worked out when the stage gets near it, which costs less than to fetch them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.thermal.blocks import (
    CELSIUS,
    CONDUCTIVITY,
    KNOWN_0,
    KNOWN_1,
    LIQUIDUS,
    MIXED,
    NEAR_PLANES,
    NEAR_ROWS,
    THETA,
    TISSUE,
)
from planner.thermal.compiling import HALF, ONE, ZERO, compiled
from planner.thermal.lanes import (
    LANES,
    LOG_LANES,
    from_lane,
    fused,
    least,
    load,
    most,
    pick,
    pointer,
    spread,
    store,
    word,
)
from planner.thermal.properties import A_FROZEN, A_LIQUID, K_FROZEN, K_LIQUID, MUSH, SLOPE, SOLIDUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

EACH_BYTE = np.uint64(0x0101010101010101)
"""Times a label: eight cells of it."""


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
def theta_of(t_c, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Kirchhoff variable of a temperature in tissue ``m``, W/m."""
    above = t_c - table[m, SOLIDUS]
    below, part = min(above, ZERO), min(max(above / table[m, MUSH], ZERO), ONE)
    ice = below * (table[m, K_FROZEN] + HALF * table[m, SLOPE] * below)
    k_step = table[m, K_LIQUID] - table[m, K_FROZEN]
    front = table[m, MUSH] * part * (table[m, K_FROZEN] + HALF * k_step * part)
    return ice + front + table[m, K_LIQUID] * max(above - table[m, MUSH], ZERO)


@compiled(inline=True)
def _theta_lanes(part, below, over, table, m):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    k_frozen = spread(table[m, K_FROZEN])
    ice = fused(spread(HALF * table[m, SLOPE]), below, k_frozen)
    front = fused(spread(HALF * (table[m, K_LIQUID] - table[m, K_FROZEN])), part, k_frozen)
    return fused(ice, below, fused(spread(table[m, K_LIQUID]), over, spread(table[m, MUSH]) * part * front))


@compiled(inline=True)
def _evaluate_alike(theta, e, table, m, places, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the Kirchhoff variable of a run of cells of one tissue."""
    source, target = places
    zero, one = spread(ZERO), spread(ONE)
    liquidus, inverse = spread(table[m, SOLIDUS] + table[m, MUSH]), spread(ONE / table[m, A_LIQUID])
    frozen = spread(table[m, A_FROZEN])
    for x in range(0, cells, LANES):
        above = load(e, source + x) - liquidus
        u = fused(above, inverse, one)
        store(
            theta,
            target + x,
            _theta_lanes(most(least(u, one), zero), frozen * least(u, zero), most(above, zero), table, m),
        )


@compiled()
def _evaluate_mixed(near, e, labels, table, source, target):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write all there is to know of one chunk: the whole chunk for its first tissue, then the rest for the next."""
    zero, one = spread(ZERO), spread(ONE)
    value, kinds = load(e, source), word(labels, source)
    theta, celsius, conductivity, limit = zero, zero, zero, zero
    first = 0
    while first < LANES:
        m = np.int64(labels[source + first])
        liquidus, inverse = spread(table[m, SOLIDUS] + table[m, MUSH]), spread(ONE / table[m, A_LIQUID])
        above = value - liquidus
        u = fused(above, inverse, one)
        part, below, over = most(least(u, one), zero), spread(table[m, A_FROZEN]) * least(u, zero), most(above, zero)
        rest = from_lane(first)
        theta = pick(rest, _theta_lanes(part, below, over, table, m), theta)
        # Where tissue is warm, e is its temperature to the last bit.
        mushy = fused(spread(table[m, MUSH]), part, spread(table[m, SOLIDUS])) + below
        celsius = pick(rest, pick(over, value, mushy), celsius)
        k_step = spread(table[m, K_LIQUID] - table[m, K_FROZEN])
        k = fused(spread(table[m, SLOPE]), below, fused(k_step, part, spread(table[m, K_FROZEN])))
        conductivity = pick(rest, k, conductivity)
        limit = pick(rest, liquidus, limit)
        if kinds == np.uint64(m) * EACH_BYTE:
            break
        first += 1
        while first < LANES and labels[source + first] == m:
            first += 1
    store(near[0], target, theta)
    store(near[1], target, celsius)
    store(near[2], target, conductivity)
    store(near[3], target, limit)


@compiled()
def evaluate_plane(near, e, scene, known, spans, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Work out the known chunks of plane ``k``; beyond the grid there is none.

    ``near`` and ``e`` are pointers, as :func:`planes_near` returns them.
    """
    (rows_of, width, pad), labels, table, _, codes, _ = scene
    labels = pointer(labels)
    if not 0 <= k < spans.shape[1] // rows_of:
        return
    theta = near[0]
    shift = near_start(k, rows_of, width) - (pad + k * rows_of * width)
    for r in range(k * rows_of, (k + 1) * rows_of):
        n, end = pad + r * width + spans[KNOWN_0, r], pad + r * width + spans[KNOWN_1, r]
        while n < end:
            code = codes[n >> LOG_LANES] & (MIXED | TISSUE)
            last = n + LANES
            if known[n >> LOG_LANES] > 0 and code & MIXED:
                _evaluate_mixed(near, e, labels, table, n, n + shift)
            elif known[n >> LOG_LANES] > 0:
                while (
                    last < end and known[last >> LOG_LANES] > 0 and codes[last >> LOG_LANES] & (MIXED | TISSUE) == code
                ):
                    last += LANES
                _evaluate_alike(theta, e, table, code, (n, n + shift), last - n)
            n = last


@compiled(inline=True)
def planes_near(block):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Pointers to Kirchhoff variable, temperature, conductivity and liquidus of three planes."""
    return (pointer(block[THETA]), pointer(block[CELSIUS]), pointer(block[CONDUCTIVITY]), pointer(block[LIQUIDUS]))


@compiled()
def near_start(k, rows_of, width):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Where the first row of plane ``k`` begins among three planes; a row stands before and behind each."""
    return (k + NEAR_PLANES) % NEAR_PLANES * near_cells(rows_of, width) + width + LANES


@compiled()
def near_cells(rows_of, width):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """How many places a plane takes."""
    return (rows_of + 2) * width + 2 * LANES


def near_planes(layout: tuple[int, int, int], *, threads: int) -> NDArray[np.float32]:
    """Return room for three planes for each thread, shape (threads, 4, n), float32."""
    rows_of, width, _ = layout
    block = np.zeros((threads, NEAR_ROWS, NEAR_PLANES * ((rows_of + 2) * width + 2 * LANES)), np.float32)
    block[:, CONDUCTIVITY] = 1  # beyond the grid nothing flows, and nothing is divided by 0
    return block
