"""How warm is the body before any probe works? Steady state of perfusion, metabolism, conduction and skin cooling.

Above the liquidus every tissue is linear, so the steady state is one symmetric linear system with the same face
conductances as the stepping kernels: ``sum g (Tn - T) + w h² (Tcore - T) + q h² = 0``, solved for ``T - Tcore`` by
:mod:`planner.thermal.multigrid`. The result starts the freeze and stays as the halo outside the active box.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.thermal import baseline_kernels as kernels
from planner.thermal.baseline_kernels import over_planes
from planner.thermal.multigrid import Unsettled, solve
from planner.thermal.properties import K_LIQUID, METABOLIC, MUSH, PERFUSION, SOLIDUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.progress import Progress
    from planner.thermal.properties import Materials
    from planner.thermal.scene import Scene

TOLERANCE_K = 5e-4
"""Largest correction left anywhere, by the solver's own estimate: the result is good to 0.005 K with room to spare."""
WARMEST_C = 45.0


def baseline_temperature_c(scene: Scene, *, progress: Progress) -> NDArray[np.float64]:
    """Return the no-probe steady temperature, shape (K, J, I), float64, °C, within 0.005 K of the exact balance.

    The same scene gives the same bytes, whatever the number of threads.

    Raises SimulationRefused when it does not settle (metabolic heat that nothing carries away) or when tissue would
    freeze or overheat without any probe.
    """
    materials, index = scene.materials, scene.index
    pairs = _pair_conductance(materials)
    moves = ~materials.is_fixed
    gk, gj, gi = (np.empty(scene.shape, np.float32) for _ in range(3))
    over_planes(kernels.lay_faces, scene.shape, index, _single(pairs * np.outer(moves, moves)), gk, gj, gi)
    to_fixed = pairs * np.outer(moves, ~moves)
    lost = np.where(moves, materials.table[:, PERFUSION], 0)
    made = np.where(moves, materials.table[:, METABOLIC], 0)
    above_core = np.where(moves, 0, np.nan_to_num(materials.fixed_c) - materials.core_c)
    loss, heat = np.empty(scene.shape, np.float32), np.empty(scene.shape, np.float32)
    over_planes(kernels.lay_balance, scene.shape, index, _single(lost), _single(to_fixed), loss)
    over_planes(kernels.lay_balance, scene.shape, index, _single(made), _single(to_fixed * above_core), heat)
    tick = partial(progress, 0, 1, "Warming the body")
    try:
        t_c = solve(loss, (gk, gj, gi), heat, tolerance_k=TOLERANCE_K, tick=tick)
    except Unsettled as error:
        raise SimulationRefused(
            "The body's temperature without probes does not settle: metabolic heat has nowhere to go. "
            "Check perfusion and metabolic heat in the tissue table.",
            code="baseline-unsettled",
        ) from error
    t_c += materials.core_c
    if not moves.all():
        t_c = np.where(moves[index], t_c, np.nan_to_num(materials.fixed_c)[index])
    _check(t_c, scene)
    return t_c


def _single(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, dtype=np.float32)


def _pair_conductance(materials: Materials) -> NDArray[np.float64]:
    """Return the harmonic conductivity of a face between any two materials, shape (M, M), W/(m K)."""
    k = materials.table[:, K_LIQUID]
    pairs: NDArray[np.float64] = 2 * np.outer(k, k) / np.add.outer(k, k)
    return pairs


def _check(t_c: NDArray[np.float64], scene: Scene) -> None:
    table, count = scene.materials.table, len(scene.materials.ids)
    low, high = np.full((scene.shape[0], count), np.inf), np.full((scene.shape[0], count), -np.inf)
    over_planes(kernels.extremes, scene.shape, scene.index, t_c, low, high)
    lowest, highest = low.min(axis=0), high.max(axis=0)
    for m in np.flatnonzero((lowest <= highest) & ~scene.materials.is_fixed):
        liquidus = table[m, SOLIDUS] + table[m, MUSH]
        if not (lowest[m] > liquidus and highest[m] <= WARMEST_C):
            raise SimulationRefused(
                f"Without any probe, {scene.materials.ids[m]} would be {lowest[m]:.1f} to {highest[m]:.1f} °C. "
                f"Living tissue is above {liquidus:g} °C and at most {WARMEST_C:g} °C; check the tissue table.",
                code="baseline-range",
            )
