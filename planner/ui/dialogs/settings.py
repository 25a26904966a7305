"""What is set once for the whole program? Pages of settings behind Ctrl+,: rules, intake, reports, the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from planner.ui.dialogs.settings_archives import ArchivesPage
from planner.ui.dialogs.settings_intake import IntakeSettingsPage
from planner.ui.dialogs.settings_reports import ReportsPage
from planner.ui.dialogs.settings_rules import RulesPage
from planner.ui.dialogs.settings_site import SitePage
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import label, rule_line

if TYPE_CHECKING:
    from planner.ui.desk import Desk

_SIZE, _EDGE = QSize(1180, 780), QSize(60, 60)
_NAV_PX = 168
PAGES = (
    ("Rules", "list-checks"),
    ("Intake", "question"),
    ("Archives", "stack"),
    ("Reports", "file-text"),
    ("Site", "users"),
)  # one for each page made below


class SettingsDialog(QDialog):
    """One page at a time; every page keeps what is entered at once.

    ``rules_changed`` after a rule was changed, ``intake_changed`` after the questions of the intake were, and
    ``archives_changed`` after the list of archives was.
    """

    rules_changed = Signal()
    archives_changed = Signal()
    intake_changed = Signal()

    def __init__(self, parent: QWidget, desk: Desk, *, page: str = "Rules") -> None:
        super().__init__(parent)
        self.desk = desk
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_SIZE.boundedTo(parent.size() - _EDGE))
        rules = RulesPage()
        rules.rules_changed.connect(self.rules_changed)
        self._stack = QStackedWidget()
        archives = ArchivesPage(desk)
        archives.archives_changed.connect(self.archives_changed)
        self._intake = IntakeSettingsPage()
        self._intake.intake_changed.connect(self.intake_changed)
        for made in (rules, self._intake, archives, ReportsPage(), SitePage()):
            self._stack.addWidget(made)
        self._buttons: list[QPushButton] = []
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._nav())
        row.addWidget(self._stack, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(row, 1)
        whole.addWidget(rule_line())
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.setContentsMargins(24, 8, 24, 12)
        close.rejected.connect(self.reject)
        for button in close.buttons():
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)  # Enter in a field is the field's
        whole.addWidget(close)
        self.show_page(page)

    def show_page(self, name: str) -> None:
        """Show one page by its name."""
        at = [title for title, _icon in PAGES].index(name)
        self._stack.setCurrentIndex(at)
        for place, button in enumerate(self._buttons):
            button.setChecked(place == at)

    @property
    def page(self) -> QWidget | None:
        """The page on show."""
        return self._stack.currentWidget()

    def reject(self) -> None:
        """Close; changed questions that are not kept are said once before they are lost."""
        if self._intake.asks_to_stay():
            self.show_page("Intake")
            return
        super().reject()

    def _nav(self) -> QFrame:
        nav = QFrame()
        nav.setObjectName("startNav")
        nav.setAccessibleName("Pages of settings")
        nav.setFixedWidth(_NAV_PX)
        column = QVBoxLayout(nav)
        column.setContentsMargins(8, 16, 8, 12)
        column.setSpacing(2)
        caption = label("SETTINGS", "caption")
        caption.setContentsMargins(8, 0, 8, 4)
        column.addWidget(caption)
        for title, icon_name in PAGES:
            button = QPushButton(title)
            button.setProperty("look", "nav")
            button.setCheckable(True)
            button.setAutoDefault(False)
            set_icon(button, icon_name)
            button.clicked.connect(lambda _on=False, name=title: self.show_page(name))
            self._buttons.append(button)
            column.addWidget(button)
        column.addStretch(1)
        return nav
