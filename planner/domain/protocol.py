"""How is it frozen? A sequence of freeze and thaw phases with durations, for all probes or for one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from planner.domain.digest import ADDED_LATER
from planner.domain.errors import PlanInvalid
from planner.domain.identity import ProbeId

if TYPE_CHECKING:
    from collections.abc import Iterable


class PhaseKind(StrEnum):
    """What the probes do during a phase."""

    FREEZE = "freeze"
    PASSIVE_THAW = "passive thaw"
    ACTIVE_THAW = "active thaw"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase.

    Parameters
    ----------
    duty
        Share of the time in which the gas flows, above 0 and at most 1: consoles call it power. A passive thaw has
        no gas, so only 1 is accepted there.
    """

    kind: PhaseKind
    duration_s: float
    duty: float = field(default=1.0, metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        if not 1 <= self.duration_s <= 3600:
            raise PlanInvalid(f"A phase lasts 1 s to 60 min, not {self.duration_s:g} s.", code="phase-duration")
        if not 0 < self.duty <= 1:
            raise PlanInvalid(
                f"In a phase the gas flows for more than 0 and at most 100 % of the time, not {100 * self.duty:g} %.",
                code="phase-duty",
            )
        if self.kind is PhaseKind.PASSIVE_THAW and self.duty != 1:
            raise PlanInvalid("A passive thaw has no gas; leave its duty at 100 %.", code="phase-duty")

    @property
    def words(self) -> str:
        """Kind and, below 100 %, the duty, such as ``"freeze at 60 %"``."""
        return self.kind.value if self.duty == 1 else f"{self.kind.value} at {100 * self.duty:g} %"


def ends_of(phases: tuple[Phase, ...]) -> tuple[float, ...]:
    """Time at which each phase ends, s from the start of the first."""
    return tuple(accumulate(phase.duration_s for phase in phases))


@dataclass(frozen=True, slots=True)
class ProbeSchedule:
    """The phases of one probe that does not follow the others. Its clock starts with theirs."""

    probe_id: ProbeId
    phases: tuple[Phase, ...]

    def __post_init__(self) -> None:
        if not self.phases:
            raise PlanInvalid(
                "A probe's own schedule has no phase; remove the schedule or give it one.", code="schedule-empty"
            )


@dataclass(frozen=True, slots=True)
class SkinWarming:
    """What keeps the skin warm from before the freeze to the end, as entered: warm air, a saline glove.

    It is taken to cover all skin in the simulated box.

    Parameters
    ----------
    temperature_c
        25 to 45 °C.
    transfer_w_per_m2_k
        Heat transfer to the skin, 5 (still air) to 1000 W/(m² K) (liquid in contact).
    """

    temperature_c: float
    transfer_w_per_m2_k: float

    def __post_init__(self) -> None:
        if not 25 <= self.temperature_c <= 45:
            raise PlanInvalid(
                f"Skin is warmed with 25 to 45 °C, not {self.temperature_c:g} °C.", code="warming-temperature"
            )
        if not 5 <= self.transfer_w_per_m2_k <= 1000:
            raise PlanInvalid(
                f"Warmth reaches the skin with 5 to 1000 W/(m² K), not {self.transfer_w_per_m2_k:g}.",
                code="warming-transfer",
            )

    @property
    def words(self) -> str:
        """A sentence for the plan and the result."""
        return (
            f"All skin is warmed with {self.temperature_c:g} °C at {self.transfer_w_per_m2_k:g} W/(m² K), as entered, "
            "from before the freeze to the end."
        )


@dataclass(frozen=True, slots=True)
class Protocol:
    """A named freeze-thaw schedule; ``source`` says where it comes from.

    ``phases`` hold for every probe that is not among ``exceptions``. ``skin_warming`` is None for skin in room air.
    ``based_on`` names the protocol that was edited into this one.
    """

    name: str
    phases: tuple[Phase, ...]
    source: str = ""
    exceptions: tuple[ProbeSchedule, ...] = field(default=(), metadata=ADDED_LATER)
    skin_warming: SkinWarming | None = field(default=None, metadata=ADDED_LATER)
    based_on: str = field(default="", metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        ids = [schedule.probe_id for schedule in self.exceptions]
        if len(set(ids)) != len(ids):
            raise PlanInvalid(
                f"The probe {max(ids, key=ids.count)} has two schedules of its own.", code="schedule-twice"
            )

    @property
    def title(self) -> str:
        """The name, and what it was edited from: ``"Own protocol, based on Nerve, one freeze of 8 min"``."""
        return f"{self.name}, based on {self.based_on}" if self.based_on else self.name

    @property
    def total_s(self) -> float:
        """End of the longest schedule."""
        return max((sum(phase.duration_s for phase in phases) for phases in self._schedules), default=0.0)

    @property
    def ends_s(self) -> tuple[float, ...]:
        """Time at which each of the common phases ends, from the start of the first."""
        return ends_of(self.phases)

    @property
    def breaks_s(self) -> tuple[float, ...]:
        """Every time at which any probe's phase ends, increasing."""
        return tuple(sorted({end for phases in self._schedules for end in ends_of(phases)}))

    @property
    def has_freeze(self) -> bool:
        """Whether any phase of any probe freezes."""
        return any(phase.kind is PhaseKind.FREEZE for phases in self._schedules for phase in phases)

    @property
    def freeze_end_s(self) -> float:
        """When the last freeze phase of any probe ends; 0 without one."""
        return max(
            (
                end
                for phases in self._schedules
                for phase, end in zip(phases, ends_of(phases), strict=True)
                if phase.kind is PhaseKind.FREEZE
            ),
            default=0.0,
        )

    def first_freeze_end_s(self, probe_ids: Iterable[ProbeId]) -> float:
        """When the last of these probes has ended its first freeze phase; 0 without one."""
        firsts = (
            next((end for phase, end in zip(own, ends_of(own), strict=True) if phase.kind is PhaseKind.FREEZE), 0.0)
            for own in map(self.phases_of, probe_ids)
        )
        return max(firsts, default=0.0)

    def phases_of(self, probe_id: ProbeId) -> tuple[Phase, ...]:
        """Return one probe's phases: its own schedule, else the common one."""
        own = [schedule.phases for schedule in self.exceptions if schedule.probe_id == probe_id]
        return own[0] if own else self.phases

    def without_probe(self, probe_id: ProbeId) -> Protocol:
        """Return the protocol after a probe was taken out: its own schedule goes with it."""
        if all(schedule.probe_id != probe_id for schedule in self.exceptions):
            return self
        return replace(self, exceptions=tuple(s for s in self.exceptions if s.probe_id != probe_id))

    @property
    def _schedules(self) -> tuple[tuple[Phase, ...], ...]:
        return (self.phases, *(schedule.phases for schedule in self.exceptions))
