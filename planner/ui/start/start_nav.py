"""Where can work begin? A plan used before, a case, an import, a kept plan, a demonstration or practice case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QFontMetrics, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from planner.ui.preferences import KEEP_RECENT, RECENT_FOLDERS
from planner.ui.theme.fonts import ui_font
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import label, plain_tip
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel

    from planner.ui.desk import Desk
    from planner.ui.opening import CaseOpener

DEMO_CASES = (("neck", "Stellate ganglion, neck"), ("chest-wall", "Intercostal nerve, chest wall"))
_DEMO_TIP = "Synthetic patient with known anatomy, opened with its author's plan"
_PRACTICE_TIP = "The same synthetic patient with nothing planned: target, probes and freeze are yours"
WIDE_PX, NARROW_PX = 240, 208
_ICON_AND_EDGES_PX = 64
_MOST_FOLDERS = 6
_KEPT_WORDS = "Kept on this computer: folder names only, nothing from the images. Off forgets them."


class StartNav(QFrame):
    """The left column. ``recent_asked``, ``cases_asked``, ``import_asked``, ``archive_asked``, ``plan_asked``.

    ``back_asked`` for the way back to the plan that is open.
    """

    recent_asked = Signal()
    cases_asked = Signal()
    import_asked = Signal()
    archive_asked = Signal()
    plan_asked = Signal()
    back_asked = Signal()

    def __init__(self, desk: Desk, opener: CaseOpener) -> None:
        super().__init__()
        self.setObjectName("startNav")
        self.setAccessibleName("Start")
        self._desk, self._opener = desk, opener
        self._back_name = ""
        self._wide_px = WIDE_PX
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 12, 8, 12)
        column.setSpacing(2)
        column.addWidget(_caption("START"))
        self._back = _nav_button("", "arrow-u-up-left")
        self._back.clicked.connect(self.back_asked)
        self.recent = _nav_button("Recent plans", "clock-counter-clockwise")
        self.recent.clicked.connect(self.recent_asked)
        self.cases = _nav_button("Cases", "users")
        self.cases.clicked.connect(self.cases_asked)
        self.first = _nav_button("Import study", "download-simple")
        self.first.clicked.connect(self.import_asked)
        self.archive = _nav_button("From an archive", "stack")
        self.archive.clicked.connect(self.archive_asked)
        plan = _nav_button("Open plan", "folder")
        plan.clicked.connect(self.plan_asked)
        for button in (self._back, self.recent, self.cases, self.first, self.archive, plan):
            column.addWidget(button)
        for button in (self.recent, self.cases, self.first, self.archive):
            button.setCheckable(True)
            button.setAutoExclusive(False)
        self._demos: list[tuple[QPushButton, str]] = []
        self._add_cases(column, "DEMO CASES", is_planned=True)
        self._add_cases(column, "PRACTICE CASES", is_planned=False)
        column.addSpacing(12)
        column.addWidget(_caption("RECENT FOLDERS"))
        self._folders = _list_of(column)
        self._keep = TickBox("Remember folders")
        self._keep.setToolTip(_KEPT_WORDS)
        self._keep.toggled.connect(self._set_keep)
        indented = QHBoxLayout()
        indented.setContentsMargins(8, 4, 8, 0)
        indented.addWidget(self._keep)
        column.addLayout(indented)
        kept = label(_KEPT_WORDS, "hint", wrap=True)
        kept.setContentsMargins(8, 0, 8, 0)
        column.addWidget(kept)
        column.addStretch(1)
        self.set_narrow(narrow=False)

    def _add_cases(self, column: QVBoxLayout, caption: str, *, is_planned: bool) -> None:
        """Offer the synthetic patients, with their author's plan or to be planned."""
        column.addSpacing(12)
        column.addWidget(_caption(caption))
        for case, title in DEMO_CASES:
            button = _nav_button(title, "play" if is_planned else "graduation-cap")
            button.setAccessibleName(title if is_planned else f"Practice: {title}")
            button.setToolTip(_DEMO_TIP if is_planned else _PRACTICE_TIP)
            button.clicked.connect(lambda _on=False, case=case: self._opener.open_demo(case, is_planned=is_planned))
            self._demos.append((button, title))
            column.addWidget(button)

    def show_page(self, *, is_recent: bool, is_archive: bool = False, is_cases: bool = False) -> None:
        """Mark the page on show."""
        self.recent.setChecked(is_recent)
        self.archive.setChecked(is_archive)
        self.cases.setChecked(is_cases)
        self.first.setChecked(not is_recent and not is_archive and not is_cases)

    def set_narrow(self, *, narrow: bool) -> None:
        """Take less of a small window."""
        self._wide_px = NARROW_PX if narrow else WIDE_PX
        self.setFixedWidth(self._wide_px)
        for button, title in self._demos:
            button.setText(self._fitting(title))
        self.show_open_plan(self._back_name)
        self.show_recent()

    def show_open_plan(self, name: str) -> None:
        """Offer the way back to the plan that is open; nothing when ``name`` is empty."""
        self._back_name = name
        self._back.setVisible(bool(name))
        self._back.setText(self._fitting(f"Back to {name}"))

    def show_recent(self) -> None:
        """List the folders used last, where the user allows that they are kept."""
        preferences = self._desk.preferences
        keeps = preferences.flag(KEEP_RECENT)
        with QSignalBlocker(self._keep):
            self._keep.setChecked(keeps)
        _empty(self._folders)
        hides = self._desk.view.hide_identity
        folders = preferences.texts(RECENT_FOLDERS) if keeps and not hides else ()
        for name in folders:
            button = self._named_button(Path(name).name or name, "folder-open", name)
            button.clicked.connect(lambda _checked=False, name=name: self._opener.scan(Path(name)))
            self._folders.addWidget(button)
        if not folders:
            none = "Names are hidden." if hides else "None yet."
            self._folders.addWidget(_hint(none if keeps else "Not remembered."))

    def remember(self, folder: str) -> None:
        """Keep a folder that was read, newest first, when the user allows it (H-43)."""
        preferences = self._desk.preferences
        if not folder or not preferences.flag(KEEP_RECENT):
            return
        others = [name for name in preferences.texts(RECENT_FOLDERS) if name != folder]
        preferences.set_texts(RECENT_FOLDERS, [folder, *others][:_MOST_FOLDERS])
        self.show_recent()

    def _set_keep(self, on: bool) -> None:
        """Switch remembering; switching it off forgets what is there."""
        self._desk.preferences.set_flag(KEEP_RECENT, on=on)
        if not on:
            self._desk.preferences.set_texts(RECENT_FOLDERS, ())
        self.show_recent()

    def _named_button(self, name: str, icon_name: str, tip: str) -> QPushButton:
        button = _nav_button(self._fitting(name), icon_name)
        button.setAccessibleName(name)
        button.setToolTip(plain_tip(tip))
        return button

    def _fitting(self, text: str) -> str:
        """Return text shortened in the middle to the column's width: names often differ at the end."""
        room = self._wide_px - _ICON_AND_EDGES_PX
        shown = QFontMetrics(ui_font()).elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        return shown.replace("&", "&&")  # a button would take it for a shortcut


def _caption(text: str) -> QLabel:
    made = label(text, "caption")
    made.setContentsMargins(8, 4, 8, 6)
    return made


def _hint(text: str) -> QLabel:
    made = label(text, "hint", wrap=True)
    made.setContentsMargins(8, 2, 8, 2)
    return made


def _nav_button(text: str, icon_name: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("look", "nav")
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    set_icon(button, icon_name)
    return button


def _list_of(column: QVBoxLayout) -> QVBoxLayout:
    made = QVBoxLayout()
    made.setSpacing(2)
    column.addLayout(made)
    return made


def _empty(column: QVBoxLayout) -> None:
    while (item := column.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()
