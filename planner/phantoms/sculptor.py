"""How is drawn anatomy put on a canvas? One table per organ, warped as one body, mirrored with a little difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Side
from planner.phantoms.canvas import Canvas, Label, Paint
from planner.phantoms.shapes import Displacement, Loft, Tube

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.structure import StructureKind
    from planner.phantoms.shapes import Patch

Rows = Sequence[Sequence[float]]
Sheet = tuple[Rows, float]
UPRIGHT = (1.0, 0.0, 0.0)
LEVEL = (0.0, 0.0, 1.0)

CONTRAST_ARTERY = Paint(255, plane_mm=0.7)
CONTRAST_VEIN = Paint(158, plane_mm=0.7)
MUSCLE = Paint(59, plane_mm=1.6, rough_mm=0.7, blur_mm=1.1)
NERVE = Paint(34, plane_mm=1.4)


class Sculptor:
    """Paints tables of anatomy after warping them with one smooth displacement."""

    def __init__(self, canvas: Canvas, displace: Displacement) -> None:
        self.canvas = canvas
        self.displace = displace

    def tube(self, rows: Rows, *, up: tuple[float, float, float] = UPRIGHT, bend: float = 0.0) -> Tube:
        """Return a warped tube."""
        return Tube.of(rows, up=up, bend=bend).moved(self.displace)

    def tubes(self, rows: Rows, *, up: tuple[float, float, float] = UPRIGHT, bend: float = 0.0) -> tuple[Tube, Tube]:
        """Return the warped tubes of both sides, (left, right), from the left one's table."""
        left = Tube.of(rows, up=up, bend=bend)
        return left.moved(self.displace), left.mirrored().moved(self.displace)

    def one(self, rows: Rows, paint: Paint, label: Label | None = None, *, bend: float = 0.0) -> None:
        """Paint one upright organ."""
        self.canvas.paint(self.tube(rows, bend=bend), paint, label)

    def pair(
        self, rows: Rows, paint: Paint, *, name: str = "", kind: StructureKind | None = None, bend: float = 0.0
    ) -> None:
        """Paint an upright organ on both sides; named ones become ``"Name, left"`` and ``"Name, right"``."""
        for side, tube in zip((Side.LEFT, Side.RIGHT), self.tubes(rows, bend=bend), strict=True):
            label = Label(f"{name}, {side.value}", kind, side) if name and kind else None
            self.canvas.paint(tube, paint, label)

    def vessels(self, tree: Sequence[tuple[Rows, Label | None]], paint: Paint) -> None:
        """Paint branches that open into one another: all fat planes first, then all lumens."""
        for plane_mm in (paint.plane_mm, 0.0):
            for rows, label in tree:
                self.one(rows, replace(paint, plane_mm=plane_mm), label)

    def ball(self, centre: Sequence[float], radius_mm: float, paint: Paint, label: Label | None = None) -> None:
        """Paint a sphere."""
        x, y, z = centre
        rows = [(x, y, z - 0.3, radius_mm, radius_mm), (x, y, z + 0.3, radius_mm, radius_mm)]
        self.canvas.paint(self.tube(rows), paint, label)

    def distance(self, shape: Tube) -> Patch:
        """Return the signed distance of a tube on the canvas."""
        return self.canvas.patch(shape)

    def point(self, lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Where a drawn point lies in the patient."""
        return self.displace(lps_mm)


def half_outlines(rows: Sequence[tuple[float, float, Sequence[float]]], displace: Displacement) -> Loft:
    """Return a loft from half outlines: (z, centre y, nine radii from the front over the left side to the back).

    The nine radii are 22.5° apart. The right half is the mirror image, and both are shaken by the warp.
    """
    z_mm, centres, radii = [], [], []
    for z, y, half in sorted(rows, key=lambda row: row[0]):
        front_to_back = np.asarray(half, dtype=float)
        ring = np.concatenate([front_to_back, front_to_back[-2:0:-1]])  # front, left, back, right
        ring = np.roll(ring, -4)  # start at the patient's left
        angle = np.linspace(0, 2 * np.pi, len(ring), endpoint=False)
        rim = np.column_stack([ring * np.cos(angle), y + ring * np.sin(angle), np.full(len(ring), z)])
        shift = displace((0.0, y, z)) - np.array([0.0, y, z])
        moved = displace(rim) - [0, y, 0] - shift * [1, 1, 0]
        z_mm.append(z)
        centres.append((shift[0], y + shift[1]))
        radii.append(np.hypot(moved[:, 0], moved[:, 1]))
    return Loft(np.array(z_mm), np.array(centres), np.array(radii))
