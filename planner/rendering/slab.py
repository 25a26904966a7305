"""What does a slab of the volume show? The largest, smallest or mean value through its thickness, in mm.

Between stored slices a CT is taken to change linearly, as everywhere in the program. So the largest value of a slab is
that of the stored slices inside it and of its two faces, and its mean is the integral of the straight lines between
them: both are exact whatever the distance of the slices, and a slab thinner than that distance is no special case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.domain.errors import PlanInvalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SLAB_MM: Final = 100.0


class SlabMode(StrEnum):
    """What is shown of the values through a slab."""

    MIP = "MIP"
    MINIP = "MinIP"
    AVERAGE = "Average"


@dataclass(frozen=True, slots=True)
class Slab:
    """A thickness in mm, half of it on each side of the plane, and what is shown of it."""

    thickness_mm: float
    mode: SlabMode

    def __post_init__(self) -> None:
        if not 0 < self.thickness_mm <= MAX_SLAB_MM:
            raise PlanInvalid(
                f"A slab of {self.thickness_mm:g} mm cannot be shown; choose 0 to {MAX_SLAB_MM:g} mm.", code="slab"
            )

    @property
    def words(self) -> str:
        """As written on the view: ``"MIP 10 mm"``."""
        return f"{self.mode.value} {self.thickness_mm:g} mm"

    def layers(self, finest_mm: float) -> int:
        """Return how many planes across the voxels stand for the slab, its two faces included."""
        return int(np.ceil(self.thickness_mm / finest_mm)) + 1


def flatten(stack: NDArray[Any], *, index: float, spacing_mm: float, slab: Slab, outside: float) -> NDArray[np.float32]:
    """Project the slices of a stack that a slab reaches.

    Parameters
    ----------
    stack
        shape (N, R, C): stored slices one behind the other, any real dtype and any strides.
    index
        Where the middle of the slab lies, in slices; 0 is the first.
    spacing_mm
        Distance of the slices.
    outside
        Value of a slab that reaches none.

    Returns
    -------
    NDArray
        shape (R, C), float32. What of the slab lies beyond the volume's faces does not count.
    """
    last = len(stack) - 1
    half = slab.thickness_mm / spacing_mm / 2
    low, high = max(index - half, -0.5), min(index + half, last + 0.5)
    if high < low:
        return np.full(stack.shape[1:], outside, dtype=np.float32)
    low, high = min(max(low, 0.0), last), min(max(high, 0.0), last)
    first = int(low)
    part = stack[first : int(np.ceil(high)) + 1]
    if abs(part.strides[0]) < min(abs(stride) for stride in part.strides[1:]):
        # Slices that lie beside each other in memory: first a compact copy in memory's own order, which reads each
        # stretch of the CT once, then one behind the other within it. Six times faster than in one go.
        part = np.ascontiguousarray(np.array(part, order="K"))
    low, high = low - first, high - first
    if slab.mode is SlabMode.AVERAGE:
        return _mean(part, low, high)
    return _extreme(part, low, high, largest=slab.mode is SlabMode.MIP)


def _extreme(part: NDArray[Any], low: float, high: float, *, largest: bool) -> NDArray[np.float32]:
    pick = np.maximum if largest else np.minimum
    inner = part[int(np.ceil(low)) : int(high) + 1]
    faces = [_at(part, place) for place in (low, high) if place != int(place)]
    found = [pick.reduce(inner, axis=0).astype(np.float32), *faces] if len(inner) else faces
    result: NDArray[np.float32] = np.asarray(pick.reduce(found))
    return result


def _mean(part: NDArray[Any], low: float, high: float) -> NDArray[np.float32]:
    """Average the straight lines between slices: each weighs by the integral of its own hat over the slab."""
    if high - low < 1e-6:
        return _at(part, low)
    places = np.arange(len(part), dtype=float)
    weights = (_hat_integral(high - places) - _hat_integral(low - places)) / (high - low)
    total = np.zeros(part.shape[1:], dtype=np.float32)
    for flat, weight in zip(part, weights.astype(np.float32), strict=True):
        if weight > 0:
            total += flat * weight
    return total


def _hat_integral(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integrate 1 − |t| from −1 to ``x``, for ``x`` clipped to −1 … 1."""
    clipped = np.clip(x, -1.0, 1.0)
    result: NDArray[np.float64] = 0.5 + clipped - np.sign(clipped) * clipped**2 / 2
    return result


def _at(part: NDArray[Any], place: float) -> NDArray[np.float32]:
    below = min(int(place), len(part) - 1)
    flat: NDArray[np.float32] = part[below].astype(np.float32)
    if place > below:
        flat += (part[min(below + 1, len(part) - 1)] - flat) * np.float32(place - below)
    return flat
