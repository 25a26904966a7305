"""Which probes were used, and where? Each beside the one that was planned, with how far it lies from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

from planner.casebook.planned_and_done import deviation
from planner.report.numbers import degrees, mm
from planner.services.case_plans import as_planned
from planner.ui.case.procedure_edits import put_at
from planner.ui.case.procedure_forms import ProbeSlot, planned_under, probe_form
from planner.ui.case.record_rows import RecordTable

if TYPE_CHECKING:
    from planner.domain.procedure import Procedure, UsedProbe
    from planner.ui.case.procedure_edits import ProcedureEdits


class ProbesUsed(RecordTable[ProbeSlot]):
    """The rows; planned probes first, then what was used besides."""

    def __init__(self, edits: ProcedureEdits) -> None:
        super().__init__(
            probe_form(), keep=self._keep_slot, remove=self._remove_slot, add_verb="Add a probe", verb="As planned"
        )
        self._edits = edits
        self.asked = self._as_planned
        self.all_as_planned = QPushButton("All as planned")
        self.all_as_planned.setToolTip("Record every planned probe that has no entry yet as used where it was planned")
        self.all_as_planned.clicked.connect(self._all_as_planned)

    def show_procedure(self, procedure: Procedure) -> None:
        """Show the probes of a record."""
        slots = slots_of(procedure)
        self.show_items(slots)
        for row, slot in zip(self.rows, slots, strict=True):
            row.show_under(planned_under(slot.planned))
            row.show_remark(remark(slot))
            can_be = slot.planned is not None and slot.used is None
            row.verb.setEnabled(can_be)
            row.delete.setEnabled(slot.used is not None)
            _keep_room(row.verb, is_seen=can_be)
            _keep_room(row.delete, is_seen=slot.used is not None)
        open_slots = [slot for slot in slots if slot.used is None]
        self.all_as_planned.setVisible(procedure.planned is not None and bool(procedure.planned.probes))
        self.all_as_planned.setEnabled(bool(open_slots))

    def _keep_slot(self, at: int, slot: ProbeSlot) -> str:
        used = slot.used
        if used is None:
            return "" if slot.planned is not None else "Type what is known of the probe."
        return self._edits.edit(lambda record: _with_used(record, at, used), f"record probe {used.label}")

    def _remove_slot(self, at: int) -> None:
        def make(record: Procedure) -> Procedure:
            used = slots_of(record)[at].used
            return replace(record, probes=tuple(one for one in record.probes if one is not used))

        name = self.rows[at].texts[0]
        self._edits.edit(make, f"remove what was recorded of probe {name}")

    def _as_planned(self, at: int) -> None:
        slot = self.rows[at].item
        if slot is not None and slot.planned is not None and slot.used is None:
            planned = slot.planned
            self._edits.edit(
                lambda record: _with_used(record, at, as_planned(planned)), f"record probe {planned.label} as planned"
            )

    def _all_as_planned(self) -> None:
        def make(record: Procedure) -> Procedure:
            added = [as_planned(slot.planned) for slot in slots_of(record) if slot.used is None and slot.planned]
            return replace(record, probes=(*record.probes, *added))

        self._edits.edit(make, "record all probes as planned")


def slots_of(procedure: Procedure) -> tuple[ProbeSlot, ...]:
    """Return the rows of a record: planned probes with what was used for them, then what was not planned."""
    planned = () if procedure.planned is None else procedure.planned.probes
    stands = {used.planned_label: used for used in procedure.probes if used.planned_label}
    known = {one.label for one in planned}
    return (
        *(ProbeSlot(one, stands.get(one.label)) for one in planned),
        *(ProbeSlot(None, used) for used in procedure.probes if used.planned_label not in known),
    )


def _with_used(record: Procedure, at: int, used: UsedProbe) -> Procedure:
    slots = slots_of(record)
    before = slots[at].used if at < len(slots) else None
    places = [n for n, one in enumerate(record.probes) if one is before]
    return replace(record, probes=put_at(record.probes, places[0] if places else len(record.probes), used))


def remark(slot: ProbeSlot) -> str:
    """Return how far a probe lies from the planned one, or why that cannot be told."""
    used, planned = slot.used, slot.planned
    if used is None:
        return ""
    source = "" if used.source == "typed" else f"Place: {used.source}."
    if planned is None:
        return f"Not planned. {source}".strip()
    off = deviation(planned, used)
    if off.tip_mm is None or off.lateral_mm is None or off.along_mm is None:
        told = off.why_no_tip
    else:
        along = f"{mm(abs(off.along_mm))} {'deeper' if off.along_mm >= 0 else 'shallower'}"
        angle = off.why_no_angle if off.angle_deg is None else f"turned by {degrees(off.angle_deg)}."
        told = f"Tip {mm(off.tip_mm)} off: {mm(off.lateral_mm)} lateral, {along}; {angle}"
    return " ".join(part for part in (told, _depth_remark(used), source) if part)


def _depth_remark(used: UsedProbe) -> str:
    """Say when a depth as typed and the depth from entry to tip do not agree."""
    shaft_mm = used.shaft_mm
    if shaft_mm is None or used.depth_mm is None or abs(shaft_mm - used.depth_mm) < 1:
        return ""
    return f"Entry to tip is {mm(shaft_mm)}, the depth as typed {mm(used.depth_mm)}."


def _keep_room(button: QWidget, *, is_seen: bool) -> None:
    """Hide a button and keep its place, so that columns stay under their heads."""
    policy = button.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    button.setSizePolicy(policy)
    button.setVisible(is_seen)
