"""When does each probe freeze or thaw? Its surface temperature and the share of time its gas flows, on one clock.

Pure bookkeeping, no heat. What is the project's own choice here: a surface goes from the temperature of the tissue
around it to its plateau along a straight line (:attr:`SolverSettings.ramp_s`); a duty below one, which a console makes
by switching the gas on and off, scales the heat exchange evenly instead; and a probe whose own phases have ended
thaws passively while others still work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.protocol import PhaseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.protocol import Phase

SAME_TIME_S = 1e-9
"""Times closer than this are one."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One phase of one probe as asked: like :class:`planner.domain.protocol.Phase`, of any length above zero."""

    kind: PhaseKind
    duration_s: float
    duty: float = 1.0

    @classmethod
    def of(cls, phase: Phase) -> Spell:
        """Take over a phase of a plan."""
        return cls(phase.kind, phase.duration_s, phase.duty)


@dataclass(frozen=True, slots=True)
class Segment:
    """What one probe does between two times.

    Parameters
    ----------
    surface_c
        Temperature of the active surface once the ramp is over; ``None`` while no gas flows.
    duty
        Share of the full heat exchange; 0 while no gas flows.
    ramp_start_s, ramp_s
        When the surface began to go from the tissue's temperature to ``surface_c``, and how long that takes. A
        phase of the same kind as the one before carries its ramp on.
    """

    kind: PhaseKind
    start_s: float
    end_s: float
    surface_c: float | None
    duty: float
    ramp_start_s: float
    ramp_s: float

    def surface_at_c(self, time_s: float, *, from_c: float) -> float:
        """Return the surface temperature during the segment; ``from_c`` is the tissue's at the ramp's start."""
        if self.surface_c is None:
            return from_c
        if time_s >= self.ramp_start_s + self.ramp_s:
            return self.surface_c
        return from_c + (time_s - self.ramp_start_s) / self.ramp_s * (self.surface_c - from_c)


@dataclass(frozen=True, slots=True)
class Schedule:
    """All probes' segments, one tuple each; a probe without an entry for a time thaws passively."""

    probes: tuple[tuple[Segment, ...], ...]

    @property
    def total_s(self) -> float:
        """End of the last phase of any probe."""
        return max((segments[-1].end_s for segments in self.probes if segments), default=0.0)

    @property
    def breaks_s(self) -> tuple[float, ...]:
        """Every time at which any probe's phase begins or ends, increasing."""
        return distinct({time_s for s in self._segments for time_s in (s.start_s, s.end_s)})

    @property
    def stops_s(self) -> tuple[float, ...]:
        """The breaks and the ends of ramps: no time step reaches across one of them."""
        ramps = {s.ramp_start_s + s.ramp_s for s in self._segments if s.start_s < s.ramp_start_s + s.ramp_s < s.end_s}
        return distinct({*self.breaks_s, *ramps})

    def at(self, time_s: float) -> tuple[Segment, ...]:
        """Return what each probe does from ``time_s`` on."""
        return tuple(_segment_at(segments, time_s) for segments in self.probes)

    def words_at(self, time_s: float) -> str:
        """Name what happens from ``time_s`` on, for progress: freezing while any probe freezes."""
        kinds = {segment.kind for segment in self.at(time_s) if segment.end_s > time_s}
        if PhaseKind.FREEZE in kinds:
            return "Freezing"
        return "Thawing actively" if PhaseKind.ACTIVE_THAW in kinds else "Thawing"

    @property
    def _segments(self) -> Iterator[Segment]:
        return (segment for segments in self.probes for segment in segments)


def build_schedule(
    spells: Sequence[Sequence[Spell]], *, surface_c: Sequence[float], active_thaw_c: float, ramp_s: float
) -> Schedule:
    """Lay the phases of each probe on one clock that starts at 0.

    Parameters
    ----------
    spells
        Phases of each probe, in order.
    surface_c
        Steady freezing surface temperature of each probe, °C.
    active_thaw_c
        Surface temperature in active thaw, °C.
    ramp_s
        Time in which a surface reaches its temperature; 0 for at once.
    """
    return Schedule(
        tuple(
            _segments(own, freeze_c=freeze_c, thaw_c=active_thaw_c, ramp_s=ramp_s)
            for own, freeze_c in zip(spells, surface_c, strict=True)
        )
    )


def distinct(times_s: set[float]) -> tuple[float, ...]:
    """Return times in order, each once; sums of the same durations may differ in the last digit."""
    kept: list[float] = []
    for time_s in sorted(times_s):
        if not kept or time_s - kept[-1] > SAME_TIME_S * max(1.0, time_s):
            kept.append(time_s)
    return tuple(kept)


def _segments(spells: Sequence[Spell], *, freeze_c: float, thaw_c: float, ramp_s: float) -> tuple[Segment, ...]:
    surfaces = {PhaseKind.FREEZE: freeze_c, PhaseKind.ACTIVE_THAW: thaw_c}
    built: list[Segment] = []
    now_s = 0.0
    for spell in spells:
        surface_c = surfaces.get(spell.kind)
        goes_on = bool(built) and built[-1].kind is spell.kind
        built.append(
            Segment(
                kind=spell.kind,
                start_s=now_s,
                end_s=now_s + spell.duration_s,
                surface_c=surface_c,
                duty=0.0 if surface_c is None else spell.duty,
                ramp_start_s=built[-1].ramp_start_s if goes_on else now_s,
                ramp_s=0.0 if surface_c is None else ramp_s,
            )
        )
        now_s += spell.duration_s
    return tuple(built)


def _segment_at(segments: tuple[Segment, ...], time_s: float) -> Segment:
    for segment in segments:
        if time_s < segment.end_s - SAME_TIME_S * max(1.0, segment.end_s):
            return segment
    end_s = segments[-1].end_s if segments else 0.0
    return Segment(PhaseKind.PASSIVE_THAW, end_s, end_s, None, 0.0, end_s, 0.0)
