"""What can be done to the probes of a plan? Place, move, change, name, order and lock them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid

if TYPE_CHECKING:
    from planner.domain.gantry import Gantry
    from planner.domain.geometry import PatientPosition, PointLps
    from planner.domain.identity import ProbeId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement

LONGEST_LABEL = 12


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
        """Replace both ends; raises PlanInvalid when the probe is locked."""
        probe = _unlocked(plan, self.probe_id)
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
        """Replace the model; raises PlanInvalid when the probe is locked."""
        return plan.with_probe(replace(_unlocked(plan, self.probe_id), model_id=self.model_id))


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
        """Drop it; raises PlanInvalid when the probe is locked."""
        _unlocked(plan, self.probe_id)
        left = tuple(p for p in plan.probes if p.id != self.probe_id)
        return replace(plan, probes=left, protocol=plan.protocol.without_probe(self.probe_id))


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
class LockProbe:
    """Keep a probe from being moved, changed or removed, or let it be moved again."""

    probe_id: ProbeId
    probe_label: str
    is_locked: bool
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"{'lock' if self.is_locked else 'unlock'} {self.probe_label}"

    def apply(self, plan: Plan) -> Plan:
        """Lock or unlock it."""
        plan.probe(self.probe_id)
        others = tuple(locked for locked in plan.locked_probes if locked != self.probe_id)
        return replace(plan, locked_probes=(*others, self.probe_id) if self.is_locked else others)


@dataclass(frozen=True, slots=True)
class RenameProbe:
    """Give a probe another name: short, since it is written beside the shaft, and no other probe's."""

    probe_id: ProbeId
    probe_label: str
    name: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"rename {self.probe_label}"

    def apply(self, plan: Plan) -> Plan:
        """Rename it; raises PlanInvalid when the name is empty, too long or taken."""
        name = self.name.strip()
        if not 0 < len(name) <= LONGEST_LABEL:
            raise PlanInvalid(f"A probe's name has 1 to {LONGEST_LABEL} letters, not {len(name)}.", code="probe-name")
        if any(probe.label == name and probe.id != self.probe_id for probe in plan.probes):
            raise PlanInvalid(f"Another probe is already called {name}.", code="probe-name-twice")
        return plan.with_probe(replace(plan.probe(self.probe_id), label=name))


@dataclass(frozen=True, slots=True)
class OrderProbe:
    """Put a probe at another place of the list; ``place`` counts from 0."""

    probe_id: ProbeId
    probe_label: str
    place: int
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"reorder {self.probe_label}"

    def apply(self, plan: Plan) -> Plan:
        """Move it within the list; a place beyond an end is that end."""
        moved = plan.probe(self.probe_id)
        others = [probe for probe in plan.probes if probe.id != self.probe_id]
        others.insert(min(max(self.place, 0), len(others)), moved)
        return replace(plan, probes=tuple(others))


@dataclass(frozen=True, slots=True)
class SetGantry:
    """Say which bore the hubs must pass through; ``None``: not known."""

    gantry: Gantry | None
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return "set the scanner's bore" if self.gantry is not None else "forget the scanner's bore"

    def apply(self, plan: Plan) -> Plan:
        """Put it."""
        return replace(plan, gantry=self.gantry)


def _unlocked(plan: Plan, probe_id: ProbeId) -> ProbePlacement:
    probe = plan.probe(probe_id)
    if plan.is_locked(probe_id):
        raise PlanInvalid(f"{probe.label} is locked. Unlock it in the Probes step first.", code="probe-locked")
    return probe
