"""What is recorded of one procedure? Its sections from the probes to the note, each edited in place, kept at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from planner.report.numbers import mm
from planner.ui.case.note_area import NoteArea
from planner.ui.case.probe_used import ProbesUsed
from planner.ui.case.procedure_complications import Complications
from planner.ui.case.procedure_doses import Doses
from planner.ui.case.procedure_facts import facts_form
from planner.ui.case.procedure_forms import (
    dissection_form,
    ice_form,
    monitoring_form,
    phase_form,
    short_remark,
    temperature_form,
)
from planner.ui.case.record_days import day_remark, zone_words
from planner.ui.case.record_lists import RecordList
from planner.ui.case.record_offers import RecordOffers
from planner.ui.case.record_rows import RecordTable
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent

    from planner.domain.procedure import DonePhase, MeasuredIce, PlannedProcedure, Procedure
    from planner.ui.case.procedure_edits import ProcedureEdits
    from planner.ui.case.record_rows import RecordRow

_TIMED = "Freeze and thaw"
_SIDE_PX = 16


class ProcedureForm(QScrollArea):
    """The sections of one record; what cannot be kept yet stays in them while another record is looked at."""

    def __init__(self, edits: ProcedureEdits) -> None:
        super().__init__()
        self.edits = edits
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scrolled = QWidget()
        scrolled.setObjectName("scrolled")
        scrolled.setMinimumWidth(1)
        self._body = QVBoxLayout(scrolled)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self.setWidget(scrolled)
        self._adding = QFrame()
        self.add_buttons: list[QPushButton] = []
        self._make_lists()
        self._make_others()
        self._lay_out()

    def _day(self) -> str:
        record = self.edits.procedure
        return "" if record is None else record.day

    # --- sections ----------------------------------------------------------------------------------------------------

    def _make_lists(self) -> None:
        self.probes = ProbesUsed(self.edits)
        self.phases = RecordList(
            self.edits, phase_form(self._day), get=lambda one: one.phases, put=_with_phases, verb="Add a phase by hand"
        )
        self.dissections = RecordList(
            self.edits,
            dissection_form(),
            get=lambda one: one.dissections,
            put=lambda one, items: replace(one, dissections=items),
            verb="Add a dissection",
        )
        self.temperatures = RecordList(
            self.edits,
            temperature_form(self._day),
            get=lambda one: one.temperatures,
            put=lambda one, items: replace(one, temperatures=items),
            verb="Add a reading",
        )
        self.monitoring = RecordList(
            self.edits,
            monitoring_form(self._day),
            get=lambda one: one.monitoring,
            put=lambda one, items: replace(one, monitoring=items),
            verb="Add a finding",
        )

    def _make_others(self) -> None:
        self.facts: RecordTable[Procedure] = RecordTable(
            facts_form(), keep=self._keep_facts, remove=lambda _at: None, is_removable=False
        )
        self.offers, self.zone = RecordOffers(self.edits), label("", "hint")
        self.doses = Doses(self.edits)
        self.complications = Complications(self.edits)
        self.ice: RecordTable[MeasuredIce | None] = RecordTable(
            ice_form(self._day), keep=self._keep_ice, remove=lambda _at: None, is_removable=False
        )
        self.sedation = NoteArea("Sedation", hint="In words, as the site records it")
        self.sedation.left.connect(
            lambda text: self.edits.edit(lambda one: replace(one, sedation=text), "write the sedation")
        )
        self.note = NoteArea("Note")
        self.note.left.connect(lambda text: self.edits.edit(lambda one: replace(one, note=text), "write the note"))
        self._planned, self._predicted = label("", "hint", wrap=True), label("", "hint", wrap=True)

    def _lay_out(self) -> None:
        self._add_section("Procedure", self.facts, self.offers, self._planned, beside=self.zone)
        self._add_section("Probes used", self.probes, beside=self.probes.all_as_planned)
        self._add_list(_TIMED, self.phases, hint="timed by the timer, or typed")
        self._add_list("Dissection", self.dissections)
        self._add_list("Temperatures", self.temperatures, hint="thermocouples")
        self._add_list("Nerve monitoring", self.monitoring)
        self._add_adding()
        self._add_section("Scans and dose", self.doses)
        self._add_section("Complications", self.complications)
        self._add_section("Ice as measured", self.ice, self._predicted, hint="0 °C edge on a scan")
        self._add_notes()
        self._body.addStretch(1)

    def _add_section(self, title: str, *widgets: QWidget, hint: str = "", beside: QWidget | None = None) -> QFrame:
        made = section(title, *widgets, hint=hint, beside=beside)
        self._body.addWidget(made)
        return made

    def _add_list(self, title: str, table: RecordTable[Any], *, hint: str = "") -> None:
        """Add a section that is in sight once there is a row; until then its button stands in the row of all."""
        made = self._add_section(title, table, hint=hint)
        button = QPushButton(table.add.text().removeprefix("Add a ").capitalize())
        button.setAccessibleName(table.add.text())
        set_icon(button, "plus")
        button.clicked.connect(table.add.click)

        def follow() -> None:
            made.setVisible(not table.is_empty)
            button.setVisible(table.is_empty)
            self._adding.setVisible(any(not each.isHidden() for each in self.add_buttons))

        self.add_buttons.append(button)
        table.counted.connect(follow)

    def _add_adding(self) -> None:
        """Add the row of buttons of all lists that hold nothing."""
        self._adding.setObjectName("section")
        row = QHBoxLayout(self._adding)
        row.setContentsMargins(_SIDE_PX, 10, _SIDE_PX, 10)
        row.setSpacing(8)
        row.addWidget(label("Add", "secondary"))
        for button in self.add_buttons:
            row.addWidget(button)
        row.addStretch(1)
        self._body.addWidget(self._adding)
        for table in (self.phases, self.dissections, self.temperatures, self.monitoring):
            table.counted.emit()

    def _add_notes(self) -> None:
        """Add sedation and note, side by side."""
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(section("Sedation", self.sedation), 1)
        row.addWidget(section("Note", self.note), 1)
        self._body.addWidget(both)

    # --- keeping -----------------------------------------------------------------------------------------------------

    def _keep_facts(self, _at: int, facts: Procedure) -> str:
        return self.edits.edit(
            lambda one: replace(
                one, day=facts.day, operator=facts.operator, is_technical_success=facts.is_technical_success
            ),
            "change day, operator or success",
        )

    def _keep_ice(self, _at: int, ice: MeasuredIce | None) -> str:
        return self.edits.edit(lambda one: replace(one, ice=ice), "note the measured ice")

    def commit(self) -> None:
        """Keep what is being typed anywhere; what cannot be kept stays as typed, with the reason."""
        for part in self.parts:
            part.commit()

    @property
    def parts(self) -> tuple[RecordTable[Any] | NoteArea, ...]:
        """Everything that can be typed into, from above."""
        return (*self._tables.values(), self.sedation, self.note)

    def refused(self) -> tuple[str, RecordRow[Any] | None]:
        """Return why something typed is not kept, with the section it stands in, and its row; empty when all is."""
        for title, table in self._tables.items():
            row = table.refused
            if row is not None:
                return f"{title}: {row.refusal}", row
        return "", None

    @property
    def _tables(self) -> dict[str, RecordTable[Any]]:
        return {
            "Procedure": self.facts,
            "Probes used": self.probes,
            _TIMED: self.phases,
            "Dissection": self.dissections,
            "Temperatures": self.temperatures,
            "Nerve monitoring": self.monitoring,
            "Scans and dose": self.doses.table,
            "Complications": self.complications.table,
            "Ice as measured": self.ice,
        }

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what is being typed before it goes out of sight."""
        self.commit()
        super().hideEvent(event)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_procedure(self, procedure: Procedure, *, plan_remark: str) -> None:
        """Show a record; ``plan_remark`` says what became of its plan."""
        self.facts.show_items((procedure,))
        self.offers.show_procedure(procedure)
        zone = zone_words(f"{procedure.day}T12:00:00Z")
        self.zone.setText("Times in UTC" if zone == "UTC" else f"Times of day here, {zone}; kept as UTC")
        self._planned.setText(" ".join(part for part in (planned_words(procedure.planned), plan_remark) if part))
        for part in (self.probes, self.phases, self.dissections, self.temperatures, self.monitoring):
            part.show_procedure(procedure)
        self._show_days(procedure)
        self.doses.show_procedure(procedure)
        self.complications.show_procedure(procedure)
        self.ice.show_items((procedure.ice,))
        self.ice.rows[0].show_remark("" if procedure.ice is None else day_remark(procedure, procedure.ice.at))
        self._predicted.setText(predicted_words(procedure.planned))
        self.sedation.show_text(procedure.sedation)
        self.note.show_text(procedure.note)

    def _show_days(self, procedure: Procedure) -> None:
        """Say below a row that it is of another day than the record; below a phase also that it ended short."""
        for timed, phase in zip(self.phases.rows, procedure.phases, strict=True):
            told = (short_remark(phase), day_remark(procedure, phase.started_at))
            timed.show_remark(" ".join(part for part in told if part))
        for read, reading in zip(self.temperatures.rows, procedure.temperatures, strict=True):
            read.show_remark(day_remark(procedure, reading.at))
        for found, finding in zip(self.monitoring.rows, procedure.monitoring, strict=True):
            found.show_remark(day_remark(procedure, finding.at))


def section(title: str, *widgets: QWidget, hint: str = "", beside: QWidget | None = None) -> QFrame:
    """Return widgets under a heading; ``beside`` stands at its right."""
    made = QFrame()
    made.setObjectName("section")
    column = QVBoxLayout(made)
    column.setContentsMargins(_SIDE_PX, 12, _SIDE_PX, 14)
    column.setSpacing(8)
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(label(title, "heading"))
    row.addWidget(label(hint, "hint"))
    row.addStretch(1)
    if beside is not None:
        row.addWidget(beside)
    column.addLayout(row)
    for widget in widgets:
        column.addWidget(widget)
    return made


def _with_phases(record: Procedure, phases: tuple[DonePhase, ...]) -> Procedure:
    """Return a record with other phases, in the order in which they began."""
    return replace(record, phases=tuple(sorted(phases, key=lambda phase: phase.started_at)))


def planned_words(planned: PlannedProcedure | None) -> str:
    """Return from which plan a record began."""
    if planned is None:
        return "Without a plan."
    targets = ", ".join(target.words for target in planned.targets) or "no target"
    count = len(planned.probes)
    probes = f"{count} probe{'' if count == 1 else 's'}"
    return f"Planned: {planned.plan_name} · {targets} · {probes} · {planned.protocol}."


def predicted_words(planned: PlannedProcedure | None) -> str:
    """Return the predicted axes beside the measured ones."""
    if planned is None or planned.ice_long_mm is None or planned.ice_short_mm is None:
        return "No prediction when the record began."
    axes = f"{mm(planned.ice_long_mm)} × {mm(planned.ice_short_mm)}"
    return f"Predicted at the end of the last freeze: {axes}."
