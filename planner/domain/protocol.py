"""How is it frozen? A sequence of freeze and thaw phases with durations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from planner.domain.errors import PlanInvalid


class PhaseKind(StrEnum):
    """What the probes do during a phase."""

    FREEZE = "freeze"
    PASSIVE_THAW = "passive thaw"
    ACTIVE_THAW = "active thaw"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase, the same for all probes."""

    kind: PhaseKind
    duration_s: float

    def __post_init__(self) -> None:
        if not 1 <= self.duration_s <= 3600:
            raise PlanInvalid(f"A phase lasts 1 s to 60 min, not {self.duration_s:g} s.", code="phase-duration")


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named freeze-thaw schedule; ``source`` says where it comes from."""

    name: str
    phases: tuple[Phase, ...]
    source: str = ""

    @property
    def total_s(self) -> float:
        """Sum of all phases."""
        return sum(phase.duration_s for phase in self.phases)

    @property
    def ends_s(self) -> tuple[float, ...]:
        """Time at which each phase ends, from the start of the first."""
        return tuple(accumulate(phase.duration_s for phase in self.phases))

    @property
    def has_freeze(self) -> bool:
        """Whether any phase freezes."""
        return any(phase.kind is PhaseKind.FREEZE for phase in self.phases)

    @property
    def freeze_end_s(self) -> float:
        """When the last freeze phase ends; 0 without one."""
        return max(
            (end for phase, end in zip(self.phases, self.ends_s, strict=True) if phase.kind is PhaseKind.FREEZE),
            default=0.0,
        )
