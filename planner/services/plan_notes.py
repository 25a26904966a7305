"""Must a whole plan travel at every step of a drag? No: it lies as a note beside the arrays, and the probes travel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json
from planner.domain.errors import WorkerFailed
from planner.domain.plan import Plan
from planner.persistence import codec

if TYPE_CHECKING:
    from planner.domain.identity import ProbeId
    from planner.domain.probe import ProbePlacement
    from planner.persistence.blobs import BlobStore


class PlanNotes:
    """The plan noted last, or read last; a plan that differs from it by its probes' places alone is not noted again."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._noted: tuple[str, Plan] | None = None

    def name_of(self, plan: Plan) -> str:
        """Return the note that a plan can be read from with its probes, writing it where there is none."""
        if self._noted is not None:
            name, noted = self._noted
            if replace(plan, probes=noted.probes, locked_probes=noted.locked_probes) == noted:
                return name
        name = f"plan-{plan.hash}.json"
        self._blobs.keep_note(name, canonical_json(plan))
        self._noted = (name, plan)
        return name

    def plan(self, name: str, *, probes: tuple[ProbePlacement, ...], locked: tuple[ProbeId, ...]) -> Plan:
        """Return the plan of a note with other probes; raise WorkerFailed when it is not there."""
        if self._noted is None or self._noted[0] != name:
            kept = self._blobs.note(name)
            if kept is None:
                raise WorkerFailed("The plan under the hand was not handed on. Try once more.", code="plan-note")
            self._noted = (name, codec.decode(kept, Plan, where=name))
        return replace(self._noted[1], probes=probes, locked_probes=locked)
