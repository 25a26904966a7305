"""What does each probe's active zone lie in? Tissue is what was validated; room air and gas are refused, bone is told.

The shaft of the active zone is sampled on its axis and its surface, and every point looked up in the tissue map. The
limits are project defaults: beyond them nobody knows the freezing power, so there is no picture (H-23).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.thermal.properties import K_LIQUID, OUTSIDE_AIR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.thermal.scene import Scene
    from planner.thermal.sources import Needle

MOST_OUTSIDE_BODY = 0.1
MOST_IN_GAS = 0.5
LEAST_TOLD = 0.005
"""Shares below this would be told as 0 %."""
GAS_CONDUCTS_BELOW_W_PER_M_K = 0.06
"""Between gas (0.027, found) and inflated lung (0.18, found)."""
BONE_PREFIX = "bone_"
POINTS_PER_CELL = 4
POINTS_AROUND = 12


def judge(needles: Sequence[Needle], *, grid: Grid, scene: Scene) -> tuple[str, ...]:
    """Return a sentence for everything unusual that an active zone lies in.

    Parameters
    ----------
    grid
        Geometry of the scene's cells.

    Raises
    ------
    SimulationRefused
        When more than a tenth of an active zone lies outside the body (``probe-outside-body``) or more than half of
        it in gas (``probe-in-gas``).
    """
    ids, materials = scene.materials.ids, scene.materials
    outside = np.array([name == OUTSIDE_AIR for name in ids])
    gas = (materials.table[:, K_LIQUID] < GAS_CONDUCTS_BELOW_W_PER_M_K) & ~outside
    bone = np.array([name.startswith(BONE_PREFIX) for name in ids])
    vessel = materials.is_fixed & ~outside
    findings: list[str] = []
    for needle in needles:
        found = _materials_along(needle, grid, scene.index)
        shares = {word: float(kind[found].mean()) for word, kind in _named(outside, gas, bone, vessel)}
        _refuse(needle.label, outside=shares["outside"], gas=shares["gas"])
        findings += [
            sentence.format(share=f"{shares[word]:.0%}", label=needle.label)
            for word, sentence in SENTENCES.items()
            if shares[word] >= LEAST_TOLD
        ]
    return tuple(findings)


SENTENCES = {
    "outside": "{share} of the active zone of {label} lies outside the body: its freezing power there is not known.",
    "gas": "{share} of the active zone of {label} lies in gas: little ice forms there.",
    "bone": "{share} of the active zone of {label} lies in bone: freezing there was not validated.",
    "vessel": "{share} of the active zone of {label} lies in a vessel held at blood temperature: no ice forms there.",
}


def _named(*kinds: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.bool_]]]:
    return list(zip(SENTENCES, kinds, strict=True))


def _refuse(label: str, *, outside: float, gas: float) -> None:
    if outside > MOST_OUTSIDE_BODY:
        raise SimulationRefused(
            f"{outside:.0%} of the active zone of {label} lies outside the body. Move the probe deeper.",
            code="probe-outside-body",
        )
    if outside + gas > MOST_IN_GAS:
        raise SimulationRefused(
            f"{outside + gas:.0%} of the active zone of {label} lies in gas, where its freezing power is not known. "
            "Move the probe into tissue.",
            code="probe-in-gas",
        )


def _materials_along(needle: Needle, grid: Grid, index: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the material at evenly spread points of the shaft, shape (N,), uint8; points off the grid are left out."""
    deep, shallow = np.asarray(needle.deep_lps_mm), np.asarray(needle.shallow_lps_mm)
    length_mm = float(np.linalg.norm(shallow - deep))
    along = (shallow - deep) / length_mm
    count = max(2, int(np.ceil(length_mm / min(grid.spacing_ijk_mm) * POINTS_PER_CELL)))
    axis = deep + ((np.arange(count) + 0.5) / count * length_mm)[:, None] * along
    first = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    first /= np.linalg.norm(first)
    turn = 2 * np.pi * np.arange(POINTS_AROUND) / POINTS_AROUND
    ring = np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * np.cross(along, first)
    spokes = np.vstack([np.zeros(3), ring * needle.diameter_mm / 2])
    points = axis[:, None, :] + spokes[None, :, :]
    nearest = np.floor(grid.to_index(points.reshape(-1, 3)) + 0.5).astype(np.int64)
    inside = ((nearest >= 0) & (nearest < np.array(grid.shape_kji[::-1]))).all(axis=1)
    i, j, k = nearest[inside].T
    if not i.size:
        raise SimulationRefused(
            f"The active zone of {needle.label} lies outside the simulated box. Enlarge the box or move the probe.",
            code="probe-outside-grid",
        )
    found: NDArray[np.uint8] = index[k, j, i]
    return found
