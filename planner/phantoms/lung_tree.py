"""How do vessels branch through a lung? Limbs that fork, thin out and bend, down to half a millimetre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.phantoms.canvas import Label, Paint
from planner.phantoms.shapes import Patch, Tube

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.phantoms.sculptor import Sculptor


def grow_tree(
    sculptor: Sculptor, limb: tuple[NDArray[np.float64], NDArray[np.float64], float], lung: Patch, label: Label
) -> None:
    """Paint one limb (start, heading, radius) and the two that come from its end, cut to the inside of ``lung``."""
    start, heading, radius = limb
    rng = sculptor.canvas.rng
    if radius < 0.55:
        return
    heading = heading / np.linalg.norm(heading)
    length = 7.0 * radius + rng.uniform(4, 12)
    end = start + heading * length
    middle = (start + end) / 2 + rng.normal(size=3) * length * 0.06
    tip = radius * 0.76
    tube = Tube.of([(*start, radius, radius), (*middle, radius * 0.85, radius * 0.85), (*end, tip, tip)])
    patch = sculptor.canvas.patch(tube)
    if not patch.is_empty:
        held = np.full(patch.distance.shape, np.float32(9))
        mine = tuple(
            slice(max(s.start, o.start) - s.start, min(s.stop, o.stop) - s.start)
            for s, o in zip(patch.box, lung.box, strict=True)
        )
        theirs = tuple(
            slice(max(s.start, o.start) - o.start, min(s.stop, o.stop) - o.start)
            for s, o in zip(patch.box, lung.box, strict=True)
        )
        held[mine] = np.maximum(patch.distance[mine], lung.distance[theirs])
        sculptor.canvas.paint(Patch(patch.box, held), Paint(95, blur_mm=1.2), label)
    for share in (0.80, rng.uniform(0.55, 0.7)):
        turn = heading + rng.normal(size=3) * 0.48
        grow_tree(sculptor, (end, turn, tip * share * 1.1), lung, label)
