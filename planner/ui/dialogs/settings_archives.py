"""Which archives does the site have, and do they answer? A list, a form for each, and a test that asks (H-47)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.persistence.peers import keep_peers, peers_file, read_peers
from planner.services.network_tasks import SendObjects
from planner.ui.dialogs.settings_archive_form import ArchiveForm
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import label, set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.peer import Archive
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_LIST_PX, _ROW_PX = 260, 32
_NEW = "New archive"


class ArchivesPage(QWidget):
    """List at the left, form at the right. Kept with the button; a test asks the archive that is typed.

    ``archives_changed`` after the list was written anew.
    """

    archives_changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._job: RunningJob | None = None
        self._archives: tuple[Archive, ...] = ()
        self._at = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(8)
        column.addWidget(label("Archives", "title"))
        said = (
            "Where plans are sent to and scans are fetched from. Nothing goes over the network until you press Test, "
            "Search, Fetch or Send."
        )
        column.addWidget(label(said, "secondary", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(self._make_list())
        self.form = ArchiveForm()
        row.addWidget(self.form, 1)
        column.addLayout(row, 1)
        column.addLayout(self._make_foot())
        self._read()

    def _make_list(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        self.list = QListWidget()
        self.list.setAccessibleName("Archives")
        self.list.setFixedWidth(_LIST_PX)
        self.list.currentRowChanged.connect(self._show)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        self.add = _button("Add", "plus")
        self.add.clicked.connect(self._add)
        self.remove = _button("Remove", "trash")
        self.remove.clicked.connect(self._remove)
        row.addWidget(self.add)
        row.addWidget(self.remove)
        row.addStretch(1)
        column.addLayout(row)
        return column

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.said = label("", wrap=True)
        self.said.setAccessibleName("Answer")
        foot.addWidget(self.said, 1)
        self.test = _button("Test", "")
        self.test.setToolTip("Ask the archive as it is typed here whether it is there and lets us in")
        self.test.clicked.connect(self._test)
        self.keep = _button("Keep", "")
        self.keep.setProperty("look", "primary")
        self.keep.clicked.connect(self._keep)
        foot.addWidget(self.test)
        foot.addWidget(self.keep)
        return foot

    # --- the list ----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            self._archives = read_peers(peers_file())
        except PlannerError as error:
            self._say(f"{error} Mend the file {peers_file()}, or take it away.", "fail")
            for widget in (self.add, self.remove, self.keep, self.form):
                widget.setEnabled(False)
            return
        self._list(0 if self._archives else -1)

    def _list(self, at: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for archive in self._archives:
            item = QListWidgetItem(archive.name)
            item.setSizeHint(QSize(0, _ROW_PX))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{archive.name}, {archive.address}")
            self.list.addItem(item)
        self.list.setCurrentRow(at)
        self.list.blockSignals(False)
        self._show(at)

    def _show(self, at: int) -> None:
        self._stop()
        self._at = at
        self.form.show_archive(self._archives[at] if 0 <= at < len(self._archives) else None)
        self.remove.setEnabled(0 <= at < len(self._archives))
        self._say("" if self._archives else "No archive is listed yet: type one and keep it.", "")

    def _add(self) -> None:
        """Begin a new one; it is listed when it is kept."""
        self.list.setCurrentRow(-1)
        self._show(-1)
        self._say(f"{_NEW}: type it, test it, keep it.", "")
        self.form.name.setFocus()

    def _remove(self) -> None:
        gone = self._archives[self._at]
        rest = (*self._archives[: self._at], *self._archives[self._at + 1 :])
        if self._write(rest):
            self._list(min(self._at, len(rest) - 1))
            self._say(f"{gone.name} is off the list.", "")

    def _keep(self) -> None:
        try:
            typed = self.form.archive()
        except PlannerError as error:
            self._say(str(error), "fail")
            return
        is_new = not 0 <= self._at < len(self._archives)
        at = len(self._archives) if is_new else self._at
        if self._write((*self._archives[:at], typed, *self._archives[at + 1 :])):
            self._list(at)
            self._say(f"Kept: {typed.name}, {typed.address}.", "")

    def _write(self, archives: Sequence[Archive]) -> bool:
        try:
            keep_peers(archives, peers_file())
        except PlannerError as error:
            self._say(str(error), "fail")
            return False
        self._archives = tuple(archives)
        self.archives_changed.emit()
        return True

    # --- the test ----------------------------------------------------------------------------------------------------

    def _test(self) -> None:
        if self._job is not None:
            self._stop()
            self._say("The test was stopped.", "")
            return
        try:
            typed = self.form.archive()
        except PlannerError as error:
            self._say(str(error), "fail")
            return
        self._say(f"Asking {typed.address} …", "")
        self.test.setText("Stop")

        def answer(sentence: str, tone: str) -> None:
            self._job = None
            self.test.setText("Test")
            self._say(sentence, tone)

        words = f"{typed.name} answers and lets us in."
        job = self._desk.jobs.start(
            SendObjects(typed),
            verb=f"Asking {typed.name}",
            on_done=lambda _sent: answer(words, "good"),
            on_failed=lambda error: answer(str(error), "fail"),
        )
        if self.test.text() == "Stop":  # else it was answered at once
            self._job = job

    def _stop(self) -> None:
        job, self._job = self._job, None
        self.test.setText("Test")
        if job is not None:
            self._desk.jobs.cancel(job)

    def hideEvent(self, event: object) -> None:
        """Stop asking when nobody looks any more."""
        del event
        self._stop()

    def _say(self, sentence: str, tone: str) -> None:
        self.said.setText(sentence)
        set_tone(self.said, tone)


def _button(text: str, icon_name: str) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    if icon_name:
        set_icon(button, icon_name)
    return button
