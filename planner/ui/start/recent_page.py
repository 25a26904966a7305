"""Where did the work stop? The plans used before, and for the chosen one: open it, find its file, take it off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.opening import PLAN_SUFFIX
from planner.ui.start.plan_rows import ELSEWHERE, UNREADABLE, PlanRow
from planner.ui.start.recent_list import RecentList
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import ElidedLabel, label

if TYPE_CHECKING:
    from planner.ui.desk import Desk
    from planner.ui.recents import Recents

_NONE = "No recent plans. Drop a CT folder here."


class RecentPage(QWidget):
    """The page. ``open_asked(Path)`` for a plan that is there, ``import_asked`` and ``plan_asked`` for others."""

    open_asked = Signal(object)
    import_asked = Signal()
    plan_asked = Signal()

    def __init__(self, desk: Desk, recents: Recents) -> None:
        super().__init__()
        self._desk, self._recents = desk, recents
        self._wants_focus = False
        self.setAccessibleName("Recent plans page")
        self._column = QVBoxLayout(self)
        self._column.setSpacing(12)
        self._column.addLayout(self._make_title())
        self._count = label("", "secondary")
        self._column.addWidget(self._count)
        self.list = RecentList(desk.services.plans_folder)
        self.list.picked.connect(self._show_choice)
        self.list.opened.connect(self._act)
        self._table = QStackedWidget()
        self._table.addWidget(self.list)
        self._empty = self._make_empty()
        self._table.addWidget(self._empty)
        self._column.addWidget(self._table, 1)
        self._column.addLayout(self._make_foot())
        recents.changed.connect(self.show_rows)
        self.show_rows()

    def _make_title(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label("Recent plans", "title"))
        head.addStretch(1)
        other = QPushButton("Open another plan")
        set_icon(other, "folder")
        other.clicked.connect(self.plan_asked)
        self.first = QPushButton("Import study")
        set_icon(self.first, "download-simple")
        self.first.clicked.connect(self.import_asked)
        head.addWidget(other)
        head.addWidget(self.first)
        return head

    def _make_empty(self) -> QWidget:
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setSpacing(16)
        words = label(_NONE, "sentence", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = QPushButton("Open folder or zip")
        button.clicked.connect(self.import_asked)
        column.addStretch(2)
        column.addWidget(words)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return empty

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._open = QPushButton("Open plan")
        self._open.setProperty("look", "primary")
        self._open.clicked.connect(lambda: self._act(self.list.current()))
        self._off = QPushButton("Take off the list")
        self._off.setToolTip("The plan file itself stays where it is")
        self._off.clicked.connect(self._take_off)
        self._words = ElidedLabel("secondary")
        for widget in (self._open, self._off):
            foot.addWidget(widget)
        foot.addWidget(self._words, 1)
        return foot

    def set_margins(self, side: int) -> None:
        """Take less of a small window."""
        self._column.setContentsMargins(side, 20, side, 16)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_rows(self) -> None:
        """Show the list as it was found."""
        rows = self._recents.rows
        self.list.show_rows(rows)
        self._table.setCurrentWidget(self.list if rows else self._empty)
        gone = sum(row.is_gone for row in rows)
        words = f"{len(rows)} {'plan' if len(rows) == 1 else 'plans'}"
        self._count.setText(f"{words} · {gone} not found" if gone else words)
        self._count.setVisible(bool(rows))
        for widget in (self._open, self._off, self._words):
            widget.setVisible(bool(rows))
        if rows and self._wants_focus and self.window().focusWidget() is self.first:
            self._wants_focus = False  # it waited for the files to be looked at
            self.list.setFocus()

    def focus_first(self) -> None:
        """Put the keyboard where work goes on."""
        self._wants_focus = not self._recents.rows
        (self.first if self._wants_focus else self.list).setFocus()

    def _show_choice(self, row: PlanRow | None) -> None:
        self._open.setText("Find the file" if row is not None and row.is_gone else "Open plan")
        self._open.setEnabled(row is not None and row.state is not UNREADABLE)
        is_open_here = row is not None and self._is_open_here(row)
        self._off.setEnabled(row is not None and not is_open_here)
        words = "Enter opens the plan."
        if row is None:
            words = ""
        elif row.is_gone:
            words = "Choose the file where it is now, or take the plan off the list."
        elif row.state is UNREADABLE:
            words = f"Open is off: {row.sentence}"
        elif is_open_here:
            words = "Enter goes back to it. It stays on the list while it is open."
        elif row.state is ELSEWHERE:
            words = "Enter opens it to be looked at; edits are off while the other window has it."
        self._words.show_text(words)

    def _is_open_here(self, row: PlanRow) -> bool:
        session = self._desk.session
        return session is not None and session.file_path == row.path

    # --- acting ------------------------------------------------------------------------------------------------------

    def _act(self, row: PlanRow | None) -> None:
        if row is None or row.state is UNREADABLE:
            return
        if row.is_gone:
            self._find(row)
        else:
            self.open_asked.emit(row.path)

    def _take_off(self) -> None:
        row = self.list.current()
        if row is not None:
            self._recents.take_off(row)
            self._desk.say(f"“{row.record.name}” is off the list. Its file was not touched.")
            self.list.setFocus()

    def _find(self, row: PlanRow) -> None:
        """Ask where a plan is now; only the same plan takes its place."""
        near = next((str(place) for place in row.path.parents if place.is_dir()), str(Path.home()))
        title = f"Where is “{row.record.name}”?"
        name, _ = QFileDialog.getOpenFileName(self, title, near, f"Frostline plan (*{PLAN_SUFFIX})")
        forget_visited_folders()
        if not name:
            return
        why = self._recents.found_at(row, Path(name))
        if why:
            self._desk.say(why)
        else:
            self.open_asked.emit(Path(name))
