"""How wrong is a temperature that is read between two stored times? Seen at the steps made in between.

Frames are read linearly in time. At a sample of cells around the probes the temperature of every macro step is kept;
what the straight line between the stored frames misses there is the error itself, not an estimate. Where no step lies
between two frames the curvature over this interval and the step before it stands in: over two equal lengths a parabola
deviates four times as much from its chord as over one. Counted are moments in which a cell is near one of the
isotherms that are read, and cells outside the probes' own sinks.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.thermal.properties import temperature_c

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.thermal.sources import Sinks
    from planner.thermal.stepper import Body

COUNTED_C = (-45.0, 2.0)
"""Isotherms of 0, −20 and −40 °C are read in this range."""
SAMPLE = 2000
REACH_MM = 20.0
USUAL_PERCENT = 99.0


class FrameError:
    """Keeps a sample of cells at every step; ``note`` is to be called at the start and after each step."""

    def __init__(self, body: Body, sinks: Sinks) -> None:
        self._body = body
        self._cells = _sample(body, sinks)
        scene = body.scene
        self._rows = scene.materials.table[scene.index.reshape(-1)[self._cells]]
        self._times_s: list[float] = []
        self._seen_c: list[NDArray[np.float32]] = []

    def note(self, time_s: float) -> None:
        """Keep the sample's temperature now."""
        u = self._body.enthalpy_u_at(self._cells)
        self._times_s.append(time_s)
        self._seen_c.append(temperature_c(u, self._rows).astype(np.float32))

    def errors_c(self, stored_s: Sequence[float]) -> tuple[float, float] | None:
        """Return the largest deviation from the lines between the stored times, and the one that 99 % keep, °C.

        The largest belongs to a cell beside a probe in the first minute of a freeze, or one that freezes last between
        two probes: both cool by degrees in a second. None where there is nothing to look at.
        """
        if not self._cells.size or len(self._times_s) < 3:
            return None
        times_s, seen_c = np.array(self._times_s), np.stack(self._seen_c)
        frames = np.unique(np.searchsorted(times_s, np.asarray(stored_s) - 1e-6).clip(0, len(times_s) - 1))
        found = [np.zeros(0)]
        for first, last in pairwise(frames.tolist()):
            if last > first + 1:
                found.append(_deviations_c(times_s, seen_c, (first, np.arange(first + 1, last), last)))
            elif first > 0:
                found.append(_deviations_c(times_s, seen_c, (first - 1, np.array([first]), last)) / 4)
        deviations_c = np.concatenate(found)
        if not deviations_c.size:
            return None
        return float(deviations_c.max()), float(np.percentile(deviations_c, USUAL_PERCENT))


def _deviations_c(
    times_s: NDArray[np.float64], seen_c: NDArray[np.float32], span: tuple[int, NDArray[np.int64], int]
) -> NDArray[np.float64]:
    """Deviations, °C, of the samples inside a span from the line between its ends, where they count; shape (N,)."""
    first, inside, last = span
    weight = ((times_s[inside] - times_s[first]) / (times_s[last] - times_s[first]))[:, None]
    line_c = seen_c[first] * (1 - weight) + seen_c[last] * weight
    counted = (seen_c[inside] >= COUNTED_C[0]) & (seen_c[inside] <= COUNTED_C[1])
    deviations_c: NDArray[np.float64] = np.abs(line_c - seen_c[inside])[counted]
    return deviations_c


def _sample(body: Body, sinks: Sinks) -> NDArray[np.int64]:
    """Choose up to :data:`SAMPLE` cells within :data:`REACH_MM` of the probes' box, the same ones every time."""
    shape = body.scene.shape
    if not sinks.cells.size:
        return np.zeros(0, np.int64)
    reach = round(REACH_MM * 1e-3 / body.scene.materials.spacing_m)
    near = np.zeros(shape, np.bool_)
    where = np.unravel_index(sinks.cells, shape)
    near[tuple(slice(max(int(w.min()) - reach, 0), int(w.max()) + reach + 1) for w in where)] = True
    near &= ~body.scene.materials.is_fixed[body.scene.index]
    near.reshape(-1)[sinks.cells] = False
    cells = np.flatnonzero(near)
    if cells.size <= SAMPLE:
        return cells
    return np.sort(np.random.default_rng(0).choice(cells, SAMPLE, replace=False))
