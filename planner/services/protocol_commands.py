"""What can be done to the freeze schedule of a plan? Edit phases, give one probe its own, warm the skin.

A protocol that is edited keeps neither the name nor the source of the preset: it is somebody's own, based on that one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.domain.plan import NO_PROTOCOL
from planner.persistence.resources import protocols
from planner.planning.phase_edits import schedule_of, with_schedules

if TYPE_CHECKING:
    from planner.domain.identity import ProbeId
    from planner.domain.plan import Plan
    from planner.domain.protocol import Phase, Protocol, SkinWarming
    from planner.planning.phase_edits import Whose

OWN_PROTOCOL = "Own protocol"


@dataclass(frozen=True, slots=True)
class ChooseProtocol:
    """Take over a preset's phases; schedules of single probes and the warming of the skin stay as they are."""

    preset: Protocol
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"choose protocol {self.preset.name}"

    def apply(self, plan: Plan) -> Plan:
        """Take it over."""
        chosen = replace(
            self.preset, exceptions=plan.protocol.exceptions, skin_warming=plan.protocol.skin_warming, based_on=""
        )
        return replace(plan, protocol=named(chosen, before=chosen))


@dataclass(frozen=True, slots=True)
class SetPhases:
    """Give some schedules these phases; ``what`` is the verb phrase, such as ``"double phase 2"``.

    ``merge_key`` groups the steps of dragging one edge.
    """

    whose: Whose
    phases: tuple[Phase, ...]
    what: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return self.what

    def apply(self, plan: Plan) -> Plan:
        """Put them; raises PlanInvalid for a probe that is not in the plan, or whose own schedule would be empty."""
        for probe_id in self.whose:
            if probe_id is not None:
                plan.probe(probe_id)
        edited = with_schedules(plan.protocol, self.whose, self.phases)
        return replace(plan, protocol=named(edited, before=plan.protocol))


@dataclass(frozen=True, slots=True)
class OwnSchedule:
    """Let one probe follow a schedule of its own, which starts as a copy of the common one."""

    probe_id: ProbeId
    probe_label: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"give {self.probe_label} its own schedule"

    def apply(self, plan: Plan) -> Plan:
        """Copy it; raises PlanInvalid while there is none to copy."""
        plan.probe(self.probe_id)
        phases = schedule_of(plan.protocol, self.probe_id)
        if not phases:
            raise PlanInvalid(
                f"There are no phases yet that {self.probe_label} could have as its own. Choose a preset first.",
                code="schedule-empty",
            )
        own = with_schedules(plan.protocol, (self.probe_id,), phases)
        return replace(plan, protocol=named(own, before=plan.protocol))


@dataclass(frozen=True, slots=True)
class CommonSchedule:
    """Let a probe follow the others again."""

    probe_id: ProbeId
    probe_label: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"let {self.probe_label} follow the common schedule"

    def apply(self, plan: Plan) -> Plan:
        """Drop its own schedule."""
        plan.probe(self.probe_id)
        return replace(plan, protocol=named(plan.protocol.without_probe(self.probe_id), before=plan.protocol))


@dataclass(frozen=True, slots=True)
class WarmSkin:
    """Keep the skin warm during the freeze, or with None leave it in the room's air."""

    warming: SkinWarming | None
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return "warm the skin" if self.warming is not None else "leave the skin in room air"

    def apply(self, plan: Plan) -> Plan:
        """Put it; warming is no part of a protocol's name."""
        return replace(plan, protocol=replace(plan.protocol, skin_warming=self.warming))


def named(protocol: Protocol, *, before: Protocol) -> Protocol:
    """Return an edited protocol under its right name: a preset's when it is exactly that again, else somebody's own."""
    if not protocol.exceptions:
        preset = next((p for p in protocols() if p.phases == protocol.phases), None)
        if preset is not None:
            return replace(protocol, name=preset.name, source=preset.source, based_on="")
        if not protocol.phases:
            return replace(protocol, name=NO_PROTOCOL.name, source="", based_on="")
    basis = before.name if before.name not in (OWN_PROTOCOL, NO_PROTOCOL.name) else before.based_on
    return replace(protocol, name=OWN_PROTOCOL, source="", based_on=basis)
