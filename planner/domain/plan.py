"""What is planned? The one immutable value that everything else is derived from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from planner.domain.digest import ADDED_LATER, Composer, bytes_hash
from planner.domain.errors import PlanInvalid
from planner.domain.gantry import Gantry
from planner.domain.geometry import PatientPosition
from planner.domain.identity import MeasurementId, PlanId, ProbeId, Sha256, StructureId, TargetId
from planner.domain.measurement import Measurement
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Protocol
from planner.domain.review import Acknowledgement
from planner.domain.structure import Structure, StructureKind
from planner.domain.target import Target
from planner.domain.volume import VolumeRef
from planner.domain.waiver import Waiver

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = 1
MAX_PROBES = 8
NO_PROTOCOL = Protocol("No protocol", ())
_COMPOSER = Composer()
_SHA256 = re.compile("[0-9a-f]{64}")

_Item = TypeVar("_Item", Structure, Target, ProbePlacement, Measurement)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan pinned to one CT. Under 100 kB as JSON: arrays are blob references.

    ``planned_position`` is how the patient will lie; ``None``: as scanned. ``gantry`` is ``None`` when the scanner's
    bore is not known. ``locked_probes`` are not to be moved, changed or removed until somebody unlocks them.
    ``rule_set_hash`` is the hash of the rules that it is judged by; empty in plans that never noted it.

    Raises
    ------
    PlanInvalid
        When ids repeat, there are more than 8 probes, or a mask does not match the CT.
    """

    id: PlanId
    name: str
    volume: VolumeRef
    structures: tuple[Structure, ...] = ()
    targets: tuple[Target, ...] = ()
    probes: tuple[ProbePlacement, ...] = ()
    protocol: Protocol = NO_PROTOCOL
    rule_set_id: str = "default"
    acknowledgements: tuple[Acknowledgement, ...] = ()
    case_kind: str = "patient"
    schema: int = SCHEMA
    measurements: tuple[Measurement, ...] = field(default=(), metadata=ADDED_LATER)
    waivers: tuple[Waiver, ...] = field(default=(), metadata=ADDED_LATER)
    planned_position: PatientPosition | None = field(default=None, metadata=ADDED_LATER)
    gantry: Gantry | None = field(default=None, metadata=ADDED_LATER)
    locked_probes: tuple[ProbeId, ...] = field(default=(), metadata=ADDED_LATER)
    rule_set_hash: str = field(default="", metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        for items in (self.structures, self.targets, self.probes, self.measurements):
            ids = [item.id for item in items]
            if len(set(ids)) != len(ids):
                raise PlanInvalid(
                    f"Two items of the plan share the id {max(ids, key=ids.count)}.", code="plan-id-twice"
                )
        waived = [(waiver.name, waiver.kind) for waiver in self.waivers]
        if len(set(waived)) != len(waived):
            raise PlanInvalid(f"{max(waived, key=waived.count)[0]} is waived twice.", code="plan-waiver-twice")
        if len(self.probes) > MAX_PROBES:
            raise PlanInvalid(f"A plan holds at most {MAX_PROBES} probes, not {len(self.probes)}.", code="plan-probes")
        if self.rule_set_hash and not _SHA256.fullmatch(self.rule_set_hash):
            raise PlanInvalid(f"“{self.rule_set_hash[:80]}” is no hash of rules.", code="plan-rules")
        unknown = set(self.locked_probes) - {probe.id for probe in self.probes}
        if unknown:
            raise PlanInvalid(f"The locked probe {min(unknown)} is not in the plan.", code="plan-lock")
        for structure in self.structures:
            if structure.mask.shape != self.volume.grid.shape_kji:
                raise PlanInvalid(
                    f"{structure.name} is {structure.mask.shape} but the CT is {self.volume.grid.shape_kji}.",
                    code="plan-mask",
                )

    @property
    def position(self) -> PatientPosition:
        """How the patient will lie: angles are said for this position."""
        return self.planned_position or self.volume.patient_position

    @property
    def hash(self) -> Sha256:
        """Hash of the whole plan; any edit changes it."""
        return bytes_hash(_COMPOSER.json(self))

    @property
    def judged_hash(self) -> Sha256:
        """Hash of all that a prediction and its verdicts rest on: measuring, colouring or locking changes neither."""
        return self.as_judged.hash

    @property
    def as_judged(self) -> Plan:
        """The plan without what no verdict rests on: measurements, own colours, locks; itself where it has none."""
        if not (self.measurements or self.locked_probes or any(structure.colour for structure in self.structures)):
            return self
        plain = tuple(replace(s, colour="") if s.colour else s for s in self.structures)
        return replace(self, measurements=(), structures=plain, locked_probes=())

    def is_locked(self, probe_id: ProbeId) -> bool:
        """Whether a probe is kept from being moved, changed or removed."""
        return probe_id in self.locked_probes

    def structure(self, structure_id: StructureId) -> Structure:
        """Return one structure; raise PlanInvalid when it is not in the plan."""
        return _find(self.structures, structure_id, "structure")

    def find_structure(self, structure_id: StructureId | None) -> Structure | None:
        """Return one structure, or None when it is not in the plan: what is on screen may just have been removed."""
        return next((structure for structure in self.structures if structure.id == structure_id), None)

    @property
    def skin(self) -> Structure | None:
        """The structure that is the body; None when it is not segmented."""
        return next((structure for structure in self.structures if structure.kind is StructureKind.SKIN), None)

    def target(self, target_id: TargetId) -> Target:
        """Return one target; raise PlanInvalid when it is not in the plan."""
        return _find(self.targets, target_id, "target")

    def probe(self, probe_id: ProbeId) -> ProbePlacement:
        """Return one probe; raise PlanInvalid when it is not in the plan."""
        return _find(self.probes, probe_id, "probe")

    def measurement(self, measurement_id: MeasurementId) -> Measurement:
        """Return one measurement; raise PlanInvalid when it is not in the plan."""
        return _find(self.measurements, measurement_id, "measurement")

    def next_probe_label(self) -> str:
        """Return the first free label of P1, P2 and so on."""
        used = {probe.label for probe in self.probes}
        return next(label for n in range(1, MAX_PROBES + 2) if (label := f"P{n}") not in used)

    def next_measurement_name(self) -> str:
        """Return the first free name of M1, M2 and so on."""
        used = {measurement.name for measurement in self.measurements}
        return next(name for n in range(1, len(used) + 2) if (name := f"M{n}") not in used)

    def with_structure(self, structure: Structure) -> Plan:
        """Return a plan in which the structure of that id is replaced or added."""
        return replace(self, structures=_put(self.structures, structure))

    def with_target(self, target: Target) -> Plan:
        """Return a plan in which the target of that id is replaced or added."""
        return replace(self, targets=_put(self.targets, target))

    def with_probe(self, probe: ProbePlacement) -> Plan:
        """Return a plan in which the probe of that id is replaced or added."""
        return replace(self, probes=_put(self.probes, probe))

    def with_measurement(self, measurement: Measurement) -> Plan:
        """Return a plan in which the measurement of that id is replaced or added."""
        return replace(self, measurements=_put(self.measurements, measurement))


def _find(items: Sequence[_Item], item_id: str, word: str) -> _Item:
    for item in items:
        if item.id == item_id:
            return item
    raise PlanInvalid(f"The plan has no {word} {item_id}.", code=f"{word.replace(' ', '-')}-unknown")


def _put(items: tuple[_Item, ...], new: _Item) -> tuple[_Item, ...]:
    if any(item.id == new.id for item in items):
        return tuple(new if item.id == new.id else item for item in items)
    return items + (new,)  # noqa: RUF005 - mypy cannot follow a starred tuple of a type variable
