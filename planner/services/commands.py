"""What can be done to a plan? One frozen value per edit: how it changes the plan, and the verb shown for undo.

Edits of structures stand in :mod:`planner.services.structure_commands`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from planner.domain.geometry import PatientPosition, PointLps
    from planner.domain.identity import MeasurementId, ProbeId, TargetId
    from planner.domain.measurement import Measurement
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.domain.protocol import Protocol as FreezeProtocol
    from planner.domain.target import Target


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
class PutTarget:
    """Add a target, or replace the one of the same id."""

    target: Target
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"edit target {self.target.words}"

    def apply(self, plan: Plan) -> Plan:
        """Put it."""
        return plan.with_target(self.target)


@dataclass(frozen=True, slots=True)
class RemoveTarget:
    """Take a target out of the plan."""

    target_id: TargetId
    name: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"remove target {self.name}"

    def apply(self, plan: Plan) -> Plan:
        """Drop it."""
        plan.target(self.target_id)
        return replace(plan, targets=tuple(t for t in plan.targets if t.id != self.target_id))


@dataclass(frozen=True, slots=True)
class AddProbe:
    """Place a new probe."""

    probe: ProbePlacement
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"add {self.probe.label}"

    def apply(self, plan: Plan) -> Plan:
        """Add it."""
        return plan.with_probe(self.probe)


@dataclass(frozen=True, slots=True)
class MoveProbe:
    """Set entry and tip of one probe; ``part`` is ``"tip"``, ``"entry"`` or ``"shaft"``: what the hand held."""

    probe_id: ProbeId
    probe_label: str
    entry_lps_mm: PointLps
    tip_lps_mm: PointLps
    part: str

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"move {self.part} of {self.probe_label}" if self.part != "shaft" else f"move {self.probe_label}"

    @property
    def merge_key(self) -> str:
        """One drag of one part is one step."""
        return f"move {self.probe_id} {self.part}"

    def apply(self, plan: Plan) -> Plan:
        """Replace both ends."""
        probe = plan.probe(self.probe_id)
        return plan.with_probe(replace(probe, entry_lps_mm=self.entry_lps_mm, tip_lps_mm=self.tip_lps_mm))


@dataclass(frozen=True, slots=True)
class SetProbeModel:
    """Choose another catalogue model for one probe."""

    probe_id: ProbeId
    probe_label: str
    model_id: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"change model of {self.probe_label}"

    def apply(self, plan: Plan) -> Plan:
        """Replace the model."""
        return plan.with_probe(replace(plan.probe(self.probe_id), model_id=self.model_id))


@dataclass(frozen=True, slots=True)
class RemoveProbe:
    """Take a probe out of the plan."""

    probe_id: ProbeId
    probe_label: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"remove {self.probe_label}"

    def apply(self, plan: Plan) -> Plan:
        """Drop it."""
        plan.probe(self.probe_id)
        left = tuple(p for p in plan.probes if p.id != self.probe_id)
        return replace(plan, probes=left, protocol=plan.protocol.without_probe(self.probe_id))


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
class SetPosition:
    """Say how the patient will lie; the position of the scan means "as scanned"."""

    position: PatientPosition
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"plan for {self.position.words}"

    def apply(self, plan: Plan) -> Plan:
        """Put it."""
        is_as_scanned = self.position is plan.volume.patient_position
        return replace(plan, planned_position=None if is_as_scanned else self.position)


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
