"""What lies under the patient? A curved carbon table with a foam core, and a pad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.phantoms.canvas import Canvas


def lay_table(canvas: Canvas, *, top_mm: float, sag_mm: float, half_width_mm: float = 215.0) -> None:
    """Paint the table where there is only air; ``top_mm`` is the y of its lowest line, ``sag_mm`` its curvature.

    The table is a trough: its surface rises by ``sag_mm`` at ``half_width_mm`` from the middle.
    """
    x = canvas.lattice.x[None, :].astype(float)
    y = canvas.lattice.y[:, None].astype(float)
    lift = sag_mm * (x / half_width_mm) ** 2
    depth = y - (top_mm - lift)
    section = _profile(depth, canvas.lattice.y)
    air = canvas.hu < -980
    canvas.hu[:] = np.where(air & (section > -995), section.astype(np.float32), canvas.hu)


def _profile(depth: NDArray[np.float64], rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """HU by depth below the table's surface: pad cover, foam, carbon skin, foam core, carbon skin."""
    half = float(rows[1] - rows[0]) / 2
    layers = (
        (-14.0, -13.0, -620.0),
        (-13.0, -0.8, -968.0),
        (0.0, 1.9, 330.0),
        (1.7, 30.0, -945.0),
        (30.0, 31.7, 150.0),
    )
    hu = np.full(depth.shape, -1000.0)
    for top, bottom, value in layers:
        share = np.clip((np.minimum(depth + half, bottom) - np.maximum(depth - half, top)) / (2 * half), 0, 1)
        hu += share * (value + 1000)
    return hu
