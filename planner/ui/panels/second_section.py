"""What lies over the CT, and how well? The part of the Study panel that adds, fades and removes a second series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QVBoxLayout, QWidget

from planner.report.numbers import mm, number
from planner.services.tasks import LayOver, ScanFolder
from planner.ui.dialogs.second_series import SecondSeriesDialog, can_lie_over
from planner.ui.layouts import SECOND
from planner.ui.panels.panel import FactTable, field_row
from planner.ui.start.import_dialog import ImportDialog
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.second import SecondSeries
    from planner.domain.series import ScanReport, SeriesSummary
    from planner.services.second import SharedSecond
    from planner.ui.desk import Desk

_NOTHING = "A contrast phase or an MR can be laid over this CT, to look at and never to measure."


def second_facts(second: SecondSeries) -> list[tuple[str, str]]:
    """Return names and values of what lies over the CT; agreement is no proof of accuracy, and the words say so."""
    frame = "one frame of reference" if second.same_frame else "another frame of reference"
    return [
        ("Series", second.label),
        ("Agreement", f"registrations both ways differ by {mm(second.disagreement_mm)} at most; check on anatomy"),
        ("Moved", f"{mm(second.shift_mm)} from where its headers put it, {frame}"),
        ("In the CT", f"{number(second.overlap_percent, decimals=0)} % of its field"),
    ]


class SecondSection(QWidget):
    """Shows ``session.second``; laying over runs in the worker."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName("Second series")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._nothing = label(_NOTHING, "secondary", wrap=True)
        self._facts = FactTable("Facts of the second series")
        self.share = QSlider(Qt.Orientation.Horizontal)
        self.share.setRange(0, 100)
        self.share.setAccessibleName("Second series seen through the CT, percent")
        self.share.valueChanged.connect(lambda value: desk.view.set_second_share(value / 100))
        self._fade = QWidget()
        self._fade.setLayout(field_row("CT to second", self.share))
        self.add = QPushButton("Lay a series over …")
        self.add.clicked.connect(self.ask)
        self.beside = QPushButton("Side by side")
        self.beside.clicked.connect(self._show_beside)
        self.remove = QPushButton("Take away")
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout()
        for button in (self.add, self.beside, self.remove):
            row.addWidget(button)
        row.addStretch(1)
        for widget in (self._nothing, self._facts, self._fade):
            column.addWidget(widget)
        column.addLayout(row)
        desk.view.changed.connect(self._follow)

    def refresh(self) -> None:
        """Show what lies over the CT now."""
        session = self._desk.session
        second = session.second if session is not None else None
        for widget in (self._facts, self._fade, self.beside, self.remove):
            widget.setVisible(second is not None)
        for widget in (self._nothing, self.add):
            widget.setVisible(second is None)
        if second is not None:
            self._facts.show_facts(second_facts(second))
        self._follow("second_share")

    def ask(self) -> None:
        """List the series beside the planning CT, for one to be chosen."""
        session = self._desk.session
        folder = session.source_folder if session is not None else ""
        if folder and Path(folder).exists():
            self._scan(folder)
        else:
            self._ask_folder()

    def _scan(self, path: str, *also: str) -> None:
        request = ScanFolder(path, also)
        self._desk.jobs.start(request, verb="Looking for a second series", on_done=self._choose, is_of_plan=True)

    def _ask_folder(self) -> None:
        dialog = ImportDialog(self, str(Path.home()))
        dialog.accepted.connect(lambda: self._scan(*(str(path) for path in dialog.chosen)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _choose(self, report: ScanReport) -> None:
        session = self._desk.session
        if session is None:
            return
        planning = session.volume.ref.series_instance_uid
        found = [
            series for series in report.series if can_lie_over(series, planning_uid=planning, identity=session.identity)
        ]
        dialog = SecondSeriesDialog(self, found, hides_identity=self._desk.view.hide_identity)

        def act() -> None:
            if self._desk.session is not session:
                return  # another plan came onto the desk meanwhile
            if dialog.chosen is not None:
                self.lay_over(dialog.chosen)
            elif dialog.wants_other_folder:
                self._ask_folder()

        dialog.finished.connect(act)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def lay_over(self, series: SeriesSummary) -> None:
        """Lay a listed series over the CT."""
        volume = self._desk.volume
        if volume is None:
            return
        request = LayOver(volume, series.slices)
        self._desk.jobs.start(request, verb="Laying it over the CT", on_done=self._show, is_of_plan=True)

    def _show(self, shared: SharedSecond) -> None:
        session = self._desk.session
        if session is None:
            return
        second = shared.open(self._desk.blobs)
        self._desk.view.set_second_window(None)
        session.show_second(second)
        differ = mm(second.disagreement_mm)
        self._desk.say(f"{second.label} lies over the CT; registrations both ways differ by {differ}. Not measured.")

    def _show_beside(self) -> None:
        """Show the CT alone in its own views, and the second series in views of its own."""
        self._desk.view.set_second_share(0.0)
        self._desk.view.set_layout(SECOND)

    def _remove(self) -> None:
        if self._desk.session is not None:
            self._desk.session.show_second(None)

    def _follow(self, name: str) -> None:
        if name == "second_share":
            self.share.setValue(round(100 * self._desk.view.second_share))
