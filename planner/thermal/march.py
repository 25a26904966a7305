"""How is the body led through time? Macro steps between the protocol's breaks, with what acts from outside in each.

A step grows with the time since anything last changed, ``clip(growth (t - t_break), shortest, longest)``: a front
moves about as the square root of time, so each step moves it by a like share. No step reaches across a break, the end
of a ramp, a corner of a prescribed course or a time that is to be stored; within a step everything is linear in time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.progress import Progress, silent
from planner.thermal.properties import enthalpy_u, temperature_c, theta_w_per_m
from planner.thermal.schedule import SAME_TIME_S, Schedule, Segment, distinct
from planner.thermal.stepper import Step, advance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.thermal.settings import SolverSettings
    from planner.thermal.sources import Sinks
    from planner.thermal.stepper import Body


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A prescribed value over time: linear between its times, constant before the first and after the last.

    Parameters
    ----------
    times_s, values
        shape (N,), float64, N at least 1, times increasing.
    """

    times_s: NDArray[np.float64]
    values: NDArray[np.float64]

    @classmethod
    def constant(cls, value: float) -> Series:
        """Return a value that does not change."""
        return cls(np.zeros(1), np.array([float(value)]))

    def at(self, time_s: float) -> float:
        """Return the value at one time."""
        return float(np.interp(time_s, self.times_s, self.values))


@dataclass(frozen=True, slots=True, eq=False)
class HeldCells:
    """Cells whose temperature is prescribed.

    Parameters
    ----------
    cells
        shape (H,), int64, increasing: flat indices.
    fixed_c
        shape (H,), float64, °C: temperature of those that no series names.
    series
        Pairs of positions in ``cells`` and their course in °C.
    """

    cells: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    fixed_c: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    series: tuple[tuple[NDArray[np.int64], Series], ...] = ()

    def at_c(self, time_s: float) -> NDArray[np.float64]:
        """Temperature of each cell at one time, shape (H,), float64, °C."""
        if not self.series:
            return self.fixed_c
        values = self.fixed_c.copy()
        for where, series in self.series:
            values[where] = series.at(time_s)
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Everything that acts on the body from outside, over time.

    Parameters
    ----------
    schedule
        What the probes do; they are the first of the sinks.
    power_limit_w
        shape (number of probes,), float64, W: most heat each may take; infinite without a limit.
    heat_shares
        For each sink of prescribed heat, in order after the probes: share of its full heat over time, −1 to 1.
    held
        Cells of prescribed temperature.
    """

    schedule: Schedule
    power_limit_w: NDArray[np.float64]
    heat_shares: tuple[Series, ...] = ()
    held: HeldCells = field(default_factory=HeldCells)

    @property
    def knots_s(self) -> set[float]:
        """Times at which a prescribed course bends."""
        courses = (*self.heat_shares, *(series for _, series in self.held.series))
        return {float(time_s) for series in courses for time_s in series.times_s}


@dataclass(slots=True, eq=False)
class March:
    """A prediction on its way.

    Parameters
    ----------
    store
        Called with each time of ``outputs_s`` that is reached; reads the body.
    after_step
        Called with the time after every macro step.
    probe_w
        shape (P,), float64, W: mean heat each sink gave in the last step, negative where it cooled.
    """

    body: Body
    sinks: Sinks
    course: Course
    settings: SolverSettings
    outputs_s: Sequence[float] = ()
    store: Callable[[float], None] = lambda _time_s: None
    after_step: Callable[[float], None] = lambda _time_s: None
    progress: Progress = silent
    now_s: float = 0.0
    probe_w: NDArray[np.float64] = field(init=False)
    _break_s: float = field(init=False, default=0.0)
    _ramp_from_c: NDArray[np.float64] = field(init=False)
    _rows: NDArray[np.float64] = field(init=False)
    _segments: tuple[Segment, ...] = field(init=False)
    _limited: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        scene = self.body.scene
        self._rows = scene.materials.table[scene.index.reshape(-1)[self.sinks.cells]]
        self.probe_w = np.zeros(self.sinks.count)
        self._ramp_from_c = np.full(self.probe_count, scene.materials.core_c)
        self._segments = self.course.schedule.at(self.now_s)
        self._limited = tuple(int(n) for n in np.flatnonzero(np.isfinite(self.course.power_limit_w)))

    @property
    def probe_count(self) -> int:
        """How many of the sinks are probes."""
        return len(self.course.schedule.probes)

    def run(self, end_s: float) -> None:
        """Go on to ``end_s``, storing on the way."""
        breaks = distinct({*self.course.schedule.breaks_s, *self.course.knots_s})
        outputs = distinct(set(self.outputs_s))
        begun_s = self.now_s
        stops = {begun_s, *outputs, *breaks, *self.course.schedule.stops_s, end_s}
        for stop_s in distinct({s for s in stops if begun_s <= s <= end_s}):
            while self.now_s < stop_s - SAME_TIME_S * max(1.0, stop_s):
                self._step(stop_s)
            self.now_s = stop_s
            if _is_among(stop_s, outputs):
                self.store(stop_s)
            if _is_among(stop_s, breaks):
                self._begin_phases()

    def _step(self, stop_s: float) -> None:
        """Make one macro step toward ``stop_s``."""
        step_s = self._step_s(stop_s - self.now_s)
        start_s, end_s = self.now_s, self.now_s + step_s
        to_c = self._surfaces_c(end_s)
        shares = [(series.at(start_s) + series.at(end_s)) / 2 for series in self.course.heat_shares]
        idle = np.zeros(len(shares))
        step = Step(
            step_s=step_s,
            surface_from_c=np.concatenate((self._surfaces_c(start_s), idle)),
            surface_to_c=np.concatenate((to_c, idle)),
            exchange=np.concatenate((self._exchange(to_c), np.array(shares, dtype=np.float64))),
            held_from_c=self.course.held.at_c(start_s),
            held_to_c=self.course.held.at_c(end_s),
        )
        words = self.course.schedule.words_at(start_s)
        self.probe_w = advance(self.body, step, tick=lambda: self._tell(words))
        self.now_s = end_s
        self._tell(words)
        self.after_step(end_s)

    def _step_s(self, left_s: float) -> float:
        """Length of the next step; the last two before a stop share what is left, so that none is a sliver."""
        wanted_s = self.settings.growth * (self.now_s - self._break_s)
        wanted_s = min(max(wanted_s, self.settings.shortest_step_s), self.settings.longest_step_s)
        if left_s <= wanted_s:
            return left_s
        return min(wanted_s, left_s / 2)

    def _begin_phases(self) -> None:
        """Shorten the steps again and note from which temperature new ramps start."""
        self._break_s = self.now_s
        self._segments = self.course.schedule.at(self.now_s)
        tissue_c = self._tissue_at_probes_c()
        for probe, segment in enumerate(self._segments):
            if abs(segment.ramp_start_s - self.now_s) <= SAME_TIME_S * max(1.0, self.now_s):
                self._ramp_from_c[probe] = tissue_c[probe]

    def _tissue_at_probes_c(self) -> NDArray[np.float64]:
        """Mean temperature of each probe's cells, weighted by their exchange, shape (probes,), °C."""
        cells_c = temperature_c(self.body.enthalpy_u_at(self.sinks.cells), self._rows)
        weight = np.bincount(self.sinks.probe, self.sinks.conductance, minlength=self.sinks.count)
        total = np.bincount(self.sinks.probe, self.sinks.conductance * cells_c, minlength=self.sinks.count)
        mean_c = np.full(self.sinks.count, self.body.scene.materials.core_c)
        np.divide(total, weight, out=mean_c, where=weight > 0)
        return mean_c[: self.probe_count]

    def _surfaces_c(self, time_s: float) -> NDArray[np.float64]:
        ramps = zip(self._segments, self._ramp_from_c, strict=True)
        return np.array([segment.surface_at_c(time_s, from_c=from_c) for segment, from_c in ramps], dtype=np.float64)

    def _exchange(self, surface_c: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the full exchange of each probe in the next step: its duty, less where its power has a limit.

        At full exchange a probe takes most at the end of its ramp and from the warmest tissue. So the heat that
        ``surface_c``, the end of the step, would draw from the tissue at its beginning bounds what the step can take,
        and a share of limit over bound stays within the limit as long as the tissue goes on cooling.
        """
        shares = np.array([segment.duty for segment in self._segments], dtype=np.float64)
        for probe in self._limited:
            if shares[probe] > 0:
                full_w = self._full_w(probe, float(surface_c[probe]))
                limit_w = float(self.course.power_limit_w[probe])
                shares[probe] = min(shares[probe], limit_w / full_w) if full_w > 0 else shares[probe]
        return shares

    def _full_w(self, probe: int, surface_c: float) -> float:
        """Heat, W, that one probe would take at full exchange from the tissue as it is now; negative when it warms."""
        own = self.sinks.probe == probe
        rows, u = self._rows[own], self.body.enthalpy_u_at(self.sinks.cells[own])
        surface = theta_w_per_m(enthalpy_u(np.full(len(rows), surface_c), rows), rows)
        taken = self.sinks.conductance[own] * (theta_w_per_m(u, rows) - surface)
        return float(taken.sum()) * self.body.scene.materials.spacing_m

    def _tell(self, words: str) -> None:
        total_s = max(self.course.schedule.total_s, max(self.outputs_s, default=0.0))
        self.progress(round(self.now_s), math.ceil(total_s), words)


def _is_among(time_s: float, times_s: Sequence[float]) -> bool:
    return any(abs(time_s - other_s) <= SAME_TIME_S * max(1.0, time_s) for other_s in times_s)
