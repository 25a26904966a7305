"""Which probes were used, and where? Each beside the one that was planned, with how far it lies from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

from planner.casebook.planned_and_done import deviation
from planner.domain.procedure import AS_PLANNED, UsedProbe
from planner.report.numbers import degrees, mm
from planner.services.case_plans import as_planned
from planner.ui.case.probe_used_form import ProbeSlot, planned_under, probe_form
from planner.ui.case.procedure_edits import put_at
from planner.ui.case.record_rows import RecordTable

if TYPE_CHECKING:
    from planner.domain.procedure import PlannedProbe, Procedure
    from planner.ui.case.procedure_edits import ProcedureEdits

_LETTERS = "bcdefghijklmnopqrstuvwxyz"
_TOLD_FROM_MM = 0.05


class ProbesUsed(RecordTable[ProbeSlot]):
    """The rows; planned probes first, then what was used besides: exchanged for one of them, or not planned."""

    def __init__(self, edits: ProcedureEdits) -> None:
        super().__init__(
            probe_form(), keep=self._keep_slot, remove=self._remove_slot, add_verb="Add a probe", verb="As planned"
        )
        self._edits = edits
        self.asked = self._on_verb
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
            last = max(one.number for one in slots if one.planned is slot.planned)
            _show_verb(row.verb, slot, is_last=slot.number == last)
            row.delete.setEnabled(slot.used is not None)
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

    def _on_verb(self, at: int) -> None:
        """Record a planned probe as planned; of one that was used, record that another was used for it as well."""
        slot = self.rows[at].item
        if slot is None or slot.planned is None:
            return
        planned = slot.planned
        if slot.used is None:
            self._edits.edit(
                lambda record: _with_used(record, at, as_planned(planned)), f"record probe {planned.label} as planned"
            )
            return
        refusal = self._edits.edit(lambda record: _with_another(record, planned), f"exchange probe {planned.label}")
        if not refusal:
            self.rows[-1].begin(1)

    def _all_as_planned(self) -> None:
        def make(record: Procedure) -> Procedure:
            added = [as_planned(slot.planned) for slot in slots_of(record) if slot.used is None and slot.planned]
            return replace(record, probes=(*record.probes, *added))

        self._edits.edit(make, "record all probes as planned")


def slots_of(procedure: Procedure) -> tuple[ProbeSlot, ...]:
    """Return the rows of a record: planned probes with what was used for them first, then every other used one."""
    planned = {one.label: one for one in (() if procedure.planned is None else procedure.planned.probes)}
    firsts: dict[str, UsedProbe] = {}
    counts: dict[str, int] = {}
    others = []
    for used in procedure.probes:
        asked = used.planned_label
        if asked not in planned:
            others.append(ProbeSlot(None, used))
            continue
        counts[asked] = counts.get(asked, 0) + 1
        if counts[asked] == 1:
            firsts[asked] = used
        else:
            others.append(ProbeSlot(planned[asked], used, counts[asked]))
    return (*(ProbeSlot(one, firsts.get(label)) for label, one in planned.items()), *others)


def _with_another(record: Procedure, planned: PlannedProbe) -> Procedure:
    """Return a record with one more probe used for a planned one; nothing is known of it but that."""
    taken = {one.label for one in record.probes}
    name = next(each for each in (f"{planned.label}{letter}" for letter in _LETTERS) if each not in taken)
    return replace(record, probes=(*record.probes, UsedProbe(name, "", planned_label=planned.label)))


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
        return " ".join(part for part in ("Not planned.", _depth_remark(used), source) if part)
    off = deviation(planned, used)
    if off.tip_mm is None or off.lateral_mm is None or off.along_mm is None:
        told = off.why_no_tip
    else:
        along = f"{mm(abs(off.along_mm))} {'deeper' if off.along_mm >= 0 else 'shallower'}"
        angle = _within(off.why_no_angle) if off.angle_deg is None else f"turned by {degrees(off.angle_deg)}."
        told = f"Tip {mm(off.tip_mm)} off: {mm(off.lateral_mm)} lateral, {along}; {angle}"
    another = f"Probe {slot.number} used for {planned.label}." if slot.number > 1 else ""
    return " ".join(part for part in (another, told, _depth_remark(used), source) if part)


def _within(sentence: str) -> str:
    """Return a sentence as it stands behind another one's semicolon."""
    return f"{sentence[:1].lower()}{sentence[1:]}"


def _depth_remark(used: UsedProbe) -> str:
    """Say whether the depth is that of entry and tip; one that was read by itself is told with its difference."""
    shaft_mm = used.shaft_mm
    if shaft_mm is None or used.depth_mm is None:
        return ""
    if used.depth_goes_along:
        return "" if used.source == AS_PLANNED else "Depth: entry to tip."
    apart_mm = used.depth_mm - shaft_mm
    if abs(apart_mm) < _TOLD_FROM_MM:
        return "Depth as read."
    way = "more" if apart_mm > 0 else "less"
    return f"Depth as read {mm(used.depth_mm)}: {mm(abs(apart_mm))} {way} than entry to tip, {mm(shaft_mm)}."


def _show_verb(button: QPushButton, slot: ProbeSlot, *, is_last: bool) -> None:
    """Offer what can be said of a planned probe in one click."""
    can_be = slot.planned is not None and is_last
    button.setEnabled(can_be)
    if slot.planned is not None:
        is_used, name = slot.used is not None, slot.planned.label
        button.setText("Exchange" if is_used else "As planned")
        button.setToolTip(
            f"Another probe was used for {name} as well: add it, and this one stays"
            if is_used
            else f"{name} was used where it was planned"
        )
    _keep_room(button, is_seen=can_be)


def _keep_room(button: QWidget, *, is_seen: bool) -> None:
    """Hide a button and keep its place, so that columns stay under their heads."""
    policy = button.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    button.setSizePolicy(policy)
    button.setVisible(is_seen)
