"""Which series shall lie over the planning CT? Those of the same folder, or of another one, that fit at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from planner.domain.identity import may_be_same_person
from planner.domain.series import SeriesVerdict
from planner.ui.start.series_words import grouped, patient_words, series_words, spacing_words
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.identity import PatientIdentity
    from planner.domain.series import SeriesSummary

_WIDTH_PX, _HEIGHT_PX = 860, 420
_PATIENT_PX = 260
_COLUMNS = ("Series", "Modality", "Images", "Spacing, mm", "Patient")


def can_lie_over(series: SeriesSummary, *, planning_uid: str, identity: PatientIdentity) -> bool:
    """Whether a listed series may lie over the planning CT: regular CT or MR of the same person, not that CT (H-11)."""
    is_overlay = any(finding.code == "overlay-only" for finding in series.findings)
    is_usable = series.verdict is not SeriesVerdict.NOT_USABLE or is_overlay
    is_same = may_be_same_person(series.patient, identity)
    return is_usable and is_same and series.series_instance_uid != planning_uid


class SecondSeriesDialog(QDialog):
    """A list to choose one from. ``chosen`` is None until OK; ``wants_other_folder`` when that button was pressed."""

    def __init__(self, parent: QWidget, found: Sequence[SeriesSummary], *, hides_identity: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle("Lay a series over the CT")
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        self.chosen: SeriesSummary | None = None
        self.wants_other_folder = False
        self._found = tuple(found)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label("Lay a series over the CT", "title"))
        said = (
            "It is moved and turned, never stretched, to where its anatomy meets the CT's, and shown for the eye only: "
            "nothing is measured or judged on it. Series that name another patient are left out."
            if self._found
            else "There is no other regular CT or MR series of this patient here. Choose the folder of the second scan."
        )
        column.addWidget(label(said, "hint", wrap=True))
        self.table = self._make_table(hides_identity=hides_identity)
        self.table.setVisible(bool(self._found))
        column.addWidget(self.table, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        other = buttons.addButton("Other folder …", QDialogButtonBox.ButtonRole.ActionRole)
        other.clicked.connect(self._ask_other)
        lay = buttons.addButton("Lay over", QDialogButtonBox.ButtonRole.AcceptRole)
        lay.setProperty("look", "primary")
        lay.setEnabled(bool(self._found))
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _make_table(self, *, hides_identity: bool) -> QTableWidget:
        table = QTableWidget(len(self._found), len(_COLUMNS))
        table.setAccessibleName("Series that can be laid over")
        table.setHorizontalHeaderLabels(list(_COLUMNS))
        table.verticalHeader().hide()
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        for row, series in enumerate(self._found):
            patient = "Hidden" if hides_identity else patient_words(series)
            texts = (
                series_words(series),
                series.modality,
                grouped(series.images),
                spacing_words(series),
                patient,
            )
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                table.setItem(row, place, item)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in range(1, len(_COLUMNS) - 1):
            table.horizontalHeader().setSectionResizeMode(place, QHeaderView.ResizeMode.ResizeToContents)
        table.setColumnWidth(len(_COLUMNS) - 1, _PATIENT_PX)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if self._found:
            table.selectRow(0)
        table.itemDoubleClicked.connect(self._take)
        return table

    def _take(self) -> None:
        row = self.table.currentRow()
        if 0 <= row < len(self._found):
            self.chosen = self._found[row]
            self.accept()

    def _ask_other(self) -> None:
        self.wants_other_folder = True
        self.reject()
