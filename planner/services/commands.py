"""What can be done to a plan? One frozen value per edit: how it changes the plan, and the verb shown for undo.

Edits of structures, targets and probes stand in the modules ``structure_commands``, ``target_commands`` and
``probe_commands`` beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from planner.domain.identity import MeasurementId
    from planner.domain.measurement import Measurement
    from planner.domain.plan import Plan
    from planner.domain.protocol import Protocol as FreezeProtocol


class Command(Protocol):
    """One edit. ``merge_key`` is equal for edits that belong to one gesture, such as every step of one drag."""

    @property
    def label(self) -> str:
        """Verb phrase after "Undo", such as ``"move tip of P2"``."""

    @property
    def merge_key(self) -> str:
        """Key under which steps of one gesture become one undo step; empty = never merged."""

    def apply(self, plan: Plan) -> Plan:
        """Return the plan after the edit; raise PlanInvalid when the edit is not possible."""


@dataclass(frozen=True, slots=True)
class PutMeasurement:
    """Add a measurement, or replace the one of the same id. ``merge_key`` groups the steps of dragging one point."""

    measurement: Measurement
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"{'move' if self.merge_key else 'add'} {self.measurement.kind} {self.measurement.name}"

    def apply(self, plan: Plan) -> Plan:
        """Put it."""
        return plan.with_measurement(self.measurement)


@dataclass(frozen=True, slots=True)
class RemoveMeasurement:
    """Take a measurement out of the plan."""

    measurement_id: MeasurementId
    name: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"remove {self.name}"

    def apply(self, plan: Plan) -> Plan:
        """Drop it."""
        plan.measurement(self.measurement_id)
        return replace(plan, measurements=tuple(m for m in plan.measurements if m.id != self.measurement_id))


@dataclass(frozen=True, slots=True)
class SetProtocol:
    """Choose or edit the freeze protocol. ``merge_key`` groups the steps of dragging one phase edge."""

    protocol: FreezeProtocol
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"set protocol {self.protocol.name}"

    def apply(self, plan: Plan) -> Plan:
        """Replace the protocol."""
        return replace(plan, protocol=self.protocol)


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """Give the plan another name."""

    name: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return "rename plan"

    def apply(self, plan: Plan) -> Plan:
        """Replace the name."""
        return replace(plan, name=self.name)
