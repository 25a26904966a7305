"""What went wrong, by which published scale? Or: nothing, stated by name. Silence says neither."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.persistence.gradings import gradings
from planner.ui.case.procedure_edits import put_at, without
from planner.ui.case.procedure_forms import complication_form, complication_remark
from planner.ui.case.record_rows import RecordTable
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.procedure import Complication, Procedure
    from planner.ui.case.procedure_edits import ProcedureEdits


class Complications(QWidget):
    """The rows, or the statement that there were none."""

    def __init__(self, edits: ProcedureEdits) -> None:
        super().__init__()
        self._edits = edits
        self._is_stated = False
        self.table: RecordTable[Complication] = RecordTable(
            complication_form(), keep=self._keep, remove=self._remove, add_verb="Add a complication"
        )
        self.none = QPushButton("There was none")
        self.none.setToolTip("State by your name that no complication occurred")
        self.none.clicked.connect(self._state_none)
        self.add = QPushButton("Add a complication")
        set_icon(self.add, "plus")
        self.add.clicked.connect(self.table.add.click)
        self.take_back = QPushButton("Take back")
        self.take_back.setProperty("look", "link")
        self.take_back.clicked.connect(self._take_back)
        self.said = label("", "name")
        self.error = label("", wrap=True)
        self.error.setObjectName("fieldError")
        self.error.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.said, self.none, self.add, self.take_back):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.error)
        column.addWidget(self.table)
        column.addWidget(label(sources_words(), "hint", wrap=True))
        self.table.counted.connect(self._show_buttons)

    def show_procedure(self, procedure: Procedure) -> None:
        """Show what a record says of complications."""
        self.table.show_items(procedure.complications)
        for row, one in zip(self.table.rows, procedure.complications, strict=True):
            row.show_remark(complication_remark(one))
        is_stated = bool(procedure.no_complication_by)
        self.said.setText(f"No complication, stated by {procedure.no_complication_by}." if is_stated else "Not stated.")
        self._is_stated = is_stated
        self.take_back.setVisible(is_stated)
        self._show_buttons()
        if is_stated or procedure.complications:
            self.error.hide()

    def _show_buttons(self) -> None:
        """Offer the statement and the first row side by side; further rows below the rows."""
        is_empty = self.table.is_empty
        self.said.setVisible(is_empty)
        self.none.setVisible(is_empty and not self._is_stated)
        self.add.setVisible(is_empty and not self._is_stated)
        self.table.setVisible(not is_empty)

    def _keep(self, at: int, one: Complication) -> str:
        verb = "add" if at == len(self._kept) else "change"
        return self._edits.edit(
            lambda record: replace(record, complications=put_at(record.complications, at, one)),
            f"{verb} complication “{one.what}”",
        )

    @property
    def _kept(self) -> tuple[Complication, ...]:
        record = self._edits.procedure
        return () if record is None else record.complications

    def _remove(self, at: int) -> None:
        what = self._kept[at].what
        self._edits.edit(
            lambda record: replace(record, complications=without(record.complications, at)),
            f"remove complication “{what}”",
        )

    def _state_none(self) -> None:
        refusal = self._edits.state_no_complication()
        self.error.setText(refusal)
        self.error.setVisible(bool(refusal))

    def _take_back(self) -> None:
        self._edits.edit(
            lambda record: replace(record, no_complication_by=""), "take back that no complication occurred"
        )


def sources_words() -> str:
    """Return where the scales come from, and which were not read."""
    told = [f"{one.id}: {one.source}{'' if one.status.is_verified else ', unverified'}" for one in gradings()]
    return f"Published scales; a grade is chosen, never computed. {'; '.join(told)}."
