"""What is looked for in an archive? Fields for patient, study and day, and which archive is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from planner.domain.archive import StudyQuery
from planner.ui.widgets.fields import ChoiceField, text_field
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QLineEdit

    from planner.domain.peer import Archive

_DAY = "2026-11-22"


class ArchiveQuery(QWidget):
    """The form. ``asked()`` on its button and on Enter in a field."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._archives: tuple[Archive, ...] = ()
        self.archive = ChoiceField()
        self.archive.setAccessibleName("Archive to ask")
        self.name = text_field(name="Patient's name", hint="family name, or its beginning")
        self.patient_id = text_field(name="Patient ID")
        self.accession = text_field(name="Accession number")
        self.modality = text_field(name="Modality", hint="any")
        self.modality.setText("CT")
        self.first_day = text_field(name="From day", hint=_DAY)
        self.last_day = text_field(name="To day", hint=_DAY)
        self.search = QPushButton("Search")
        self.search.setProperty("look", "primary")
        self.search.clicked.connect(self.asked)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        rows: tuple[tuple[tuple[str, QWidget, int], ...], ...] = (
            (("Archive", self.archive, 2), ("Name", self.name, 2), ("Patient ID", self.patient_id, 2)),
            (
                ("Accession", self.accession, 2),
                ("From day", self.first_day, 1),
                ("To day", self.last_day, 1),
                ("Modality", self.modality, 1),
                ("", self.search, 1),
            ),
        )
        for row, fields in enumerate(rows):
            at = 0
            for words, field, width in fields:
                caption = label(words, "hint")
                caption.setBuddy(field)
                grid.addWidget(caption, 2 * row, at, 1, width)
                grid.addWidget(field, 2 * row + 1, at, 1, width)
                at += width
        for column in range(6):
            grid.setColumnStretch(column, 1)
        for typed in self.typed:
            typed.returnPressed.connect(self.asked)

    @property
    def typed(self) -> tuple[QLineEdit, ...]:
        """All fields that are typed into."""
        return self.name, self.patient_id, self.accession, self.first_day, self.last_day, self.modality

    def show_archives(self, archives: Sequence[Archive]) -> None:
        """Offer these archives; the chosen one stays chosen."""
        chosen = self.archive.currentText()
        self._archives = tuple(archives)
        self.archive.blockSignals(True)
        self.archive.clear()
        for one in self._archives:
            self.archive.addItem(one.name)
        self.archive.setCurrentIndex(max(0, self.archive.findText(chosen)))
        self.archive.blockSignals(False)

    def chosen(self) -> Archive | None:
        """Return the archive that is asked."""
        at = self.archive.currentIndex()
        return self._archives[at] if 0 <= at < len(self._archives) else None

    def query(self) -> StudyQuery:
        """Return what is typed; raises InputRefused with what cannot be asked."""
        return StudyQuery(
            patient_name=self.name.text().strip(),
            patient_id=self.patient_id.text().strip(),
            accession_number=self.accession.text().strip(),
            first_day=self.first_day.text().strip(),
            last_day=self.last_day.text().strip(),
            modality=self.modality.text().strip(),
        )

    def hide_identity(self, *, on: bool) -> None:
        """Hide what is typed of a patient as a password is."""
        mode = self.name.EchoMode.Password if on else self.name.EchoMode.Normal
        for field in (self.name, self.patient_id, self.accession):
            field.setEchoMode(mode)
