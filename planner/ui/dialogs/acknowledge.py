"""Who accepts what the checks found about a series? Each finding is read, then accepted by name with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout

from planner.domain.review import Severity
from planner.ui.opening import acknowledgements_of
from planner.ui.panels.panel import SentenceList, field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.domain.review import Acknowledgement
    from planner.domain.series import SeriesSummary


class AcknowledgeDialog(QDialog):
    """Findings, name, reason. Start stays off until both are written."""

    def __init__(self, parent: QWidget, series: SeriesSummary, *, who: str) -> None:
        super().__init__(parent)
        self._series = series
        self.setWindowTitle("Accept by name")
        self.setMinimumWidth(520)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label("This series needs an acknowledgement", "title"))
        findings = SentenceList("Findings")
        findings.show_sentences([f.sentence for f in series.findings if f.severity is Severity.ACK])
        column.addWidget(findings)
        column.addWidget(label("It is kept in the plan and printed in the report.", "hint"))
        self._who = text_field(name="Your name", hint="Name")
        self._who.setText(who)
        self._reason = text_field(name="Reason", hint="Why it can be used all the same")
        column.addLayout(field_row("Your name", self._who))
        column.addLayout(field_row("Reason", self._reason))
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._start = self._buttons.addButton("Accept and start plan", QDialogButtonBox.ButtonRole.AcceptRole)
        self._start.setProperty("look", "primary")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._buttons)
        for field in (self._who, self._reason):
            field.textChanged.connect(self._check)
        self._check()

    @property
    def who(self) -> str:
        """The name written."""
        return self._who.text().strip()

    def acknowledgements(self) -> tuple[Acknowledgement, ...]:
        """Return one acknowledgement per finding."""
        return acknowledgements_of(self._series, who=self.who, reason=self._reason.text().strip())

    def _check(self) -> None:
        complete = bool(self.who and self._reason.text().strip())
        self._start.setEnabled(complete)
        self._start.setToolTip("" if complete else "Write your name and a reason first.")
