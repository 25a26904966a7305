"""Which procedure do the timer's tests time? Planned ones with one schedule and with several, and times by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from planner.domain.identity import PlanId, ProbeId, ProcedureId, Sha256
from planner.domain.procedure import PlannedMoment, PlannedProbe, PlannedProcedure, Procedure
from planner.domain.protocol import Phase, PhaseKind

FREEZE, THAW, ACTIVE = PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW, PhaseKind.ACTIVE_THAW
START = datetime(2026, 11, 23, 10, 2, 11, tzinfo=UTC)
START_S = 1_795_428_131.0  # date -u -d 2026-11-23T10:02:11Z +%s
TWO_FREEZES = (Phase(FREEZE, 480), Phase(THAW, 180), Phase(FREEZE, 480), Phase(THAW, 120))


def at(minutes: int, seconds: int = 0) -> str:
    """Write a time after the start as the record does, without the code under test."""
    return (START + timedelta(minutes=minutes, seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def s(minutes: int, seconds: float = 0.0) -> float:
    """Return the same time as seconds since 1970."""
    return START_S + 60 * minutes + seconds


def planned(*schedules: tuple[Phase, ...], moments: tuple[PlannedMoment, ...] = ()) -> PlannedProcedure:
    """Return a plan with one probe for each schedule, P1, P2 and so on."""
    probes = tuple(
        PlannedProbe(ProbeId(f"p{n}"), f"P{n}", "m", "Model", (0, 0, 0), (0, -50, 0), 50.0, phases)
        for n, phases in enumerate(schedules, start=1)
    )
    common = schedules[0] if schedules else ()
    return PlannedProcedure(PlanId("plan"), "T8 right", Sha256("a" * 64), "Nerve", probes, (), common, moments)


def procedure(*schedules: tuple[Phase, ...], moments: tuple[PlannedMoment, ...] = ()) -> Procedure:
    """Return a procedure of such a plan before the first press; without schedules it has no plan."""
    made = planned(*schedules, moments=moments) if schedules else None
    return Procedure(ProcedureId("r1"), "2026-11-23", planned=made)


class HandClock:
    """Two clocks that stand still until a test moves them."""

    def __init__(self) -> None:
        self.wall, self.steady = START_S, 5000.0

    def pass_s(self, seconds: float) -> None:
        """Let time pass on both."""
        self.wall += seconds
        self.steady += seconds

    def wall_s(self) -> float:
        return self.wall

    def steady_s(self) -> float:
        return self.steady
