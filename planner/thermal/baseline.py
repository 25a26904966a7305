"""How warm is the body before any probe works? Steady state of perfusion, metabolism, conduction and skin cooling.

Above the liquidus every tissue is linear, so the steady state is one symmetric linear system with the same face
conductances as the stepping kernels: ``sum g (Tn - T) + w h² (Tcore - T) + q h² = 0``. Solved by conjugate gradients
with Jacobi scaling. The result starts the freeze and stays as the halo outside the active box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.thermal.properties import K_LIQUID, METABOLIC, MUSH, PERFUSION, SOLIDUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.progress import Progress
    from planner.thermal.scene import Scene

TOLERANCE_K = 2e-3
"""Largest Jacobi correction left anywhere: far below the 0.03 °C of the stored float16."""
MOST_ITERATIONS = 2000
SMALLEST_CURVATURE = 1e-9
"""Below it the system has no steady state; the weakest perfusion in the tables gives 1e-4."""
WARMEST_C = 45.0


def baseline_temperature_c(scene: Scene, *, progress: Progress) -> NDArray[np.float64]:
    """Return the no-probe steady temperature, shape (K, J, I), float64, °C.

    Raises SimulationRefused when it does not settle (metabolic heat that nothing carries away) or when tissue would
    freeze or overheat without any probe.
    """
    from planner.thermal.baseline_kernels import apply_conductances

    materials = scene.materials
    fixed = materials.is_fixed[scene.index]
    faces = _face_conductances(scene)
    loss = materials.table[:, PERFUSION][scene.index]
    source = materials.table[:, METABOLIC][scene.index]
    t_c = np.where(fixed, np.nan_to_num(materials.fixed_c)[scene.index], materials.core_c)
    diagonal = loss + _diagonal(faces, scene.shape)
    diagonal[fixed | (diagonal == 0)] = 1.0
    moving = ~fixed
    product = np.zeros_like(t_c)

    def apply(x: NDArray[np.float64]) -> NDArray[np.float64]:
        apply_conductances(x, *faces, product)
        return np.where(moving, product + loss * x, 0)

    residual = np.where(moving, source + loss * materials.core_c, 0) - apply(t_c)
    scaled = residual / diagonal
    direction = scaled.copy()
    power = _dot(residual, scaled)
    for _ in range(MOST_ITERATIONS):
        if np.abs(scaled).max() <= TOLERANCE_K * 0.05:
            break
        progress(0, 1, "Warming the body")
        image = apply(direction)
        curvature = _dot(direction, image)
        if curvature <= SMALLEST_CURVATURE * _dot(direction, diagonal * direction):
            _refuse_unsettled()
        step = power / curvature
        t_c += step * direction
        residual -= step * image
        scaled = residual / diagonal
        power, before = _dot(residual, scaled), power
        direction *= power / before
        direction += scaled
    else:
        _refuse_unsettled()
    _check(t_c, scene)
    return t_c


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the scalar product, summed in one order: a library's own splits by its number of threads."""
    return float((a * b).sum())


def _refuse_unsettled() -> None:
    raise SimulationRefused(
        "The body's temperature without probes does not settle: metabolic heat has nowhere to go. "
        "Check perfusion and metabolic heat in the tissue table.",
        code="baseline-unsettled",
    )


def _face_conductances(scene: Scene) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Harmonic conductivity of every face toward +k, +j, +i, W/(m K)."""
    k = scene.materials.table[:, K_LIQUID][scene.index]

    def harmonic(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ascontiguousarray(2 * a * b / (a + b))

    return harmonic(k[:-1], k[1:]), harmonic(k[:, :-1], k[:, 1:]), harmonic(k[:, :, :-1], k[:, :, 1:])


def _diagonal(
    faces: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], shape: tuple[int, int, int]
) -> NDArray[np.float64]:
    total = np.zeros(shape)
    gk, gj, gi = faces
    total[:-1] += gk
    total[1:] += gk
    total[:, :-1] += gj
    total[:, 1:] += gj
    total[:, :, :-1] += gi
    total[:, :, 1:] += gi
    return total


def _check(t_c: NDArray[np.float64], scene: Scene) -> None:
    table = scene.materials.table
    for m in np.unique(scene.index):
        if scene.materials.is_fixed[m]:
            continue
        inside = t_c[scene.index == m]
        liquidus = table[m, SOLIDUS] + table[m, MUSH]
        if not (np.isfinite(inside).all() and inside.min() > liquidus and inside.max() <= WARMEST_C):
            raise SimulationRefused(
                f"Without any probe, {scene.materials.ids[m]} would be {inside.min():.1f} to {inside.max():.1f} °C. "
                f"Living tissue is above {liquidus:g} °C and at most {WARMEST_C:g} °C; check the tissue table.",
                code="baseline-range",
            )
