"""Whose plan is it, and in which state? Brand, mode, patient, plan, tag, undo and redo, time kept, one main action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QToolButton

from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import NARROW_WINDOW_PX, TOP_BAR_PX
from planner.ui.widgets.labels import ElidedLabel, label, upright_line

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QMouseEvent, QResizeEvent

    from planner.services.session import Session

_MODES = (
    ("Plan", "mdi-needle", ""),
    ("Practice", "graduation-cap", "Practice arrives in a later version."),
    ("Review", "shield-check", "Review arrives in a later version."),
)

_PATIENT_PX = 300


class TopBar(QFrame):
    """44 px above everything.

    ``home_asked`` by the brand, ``plan_asked`` by Plan, ``case_asked`` by the case, ``rename_asked`` by its name.
    """

    home_asked = Signal()
    plan_asked = Signal()
    case_asked = Signal()
    rename_asked = Signal()

    def __init__(self, *, undo: QAction, redo: QAction, report: QAction) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setFixedHeight(TOP_BAR_PX)
        self.setAccessibleName("Top bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(4)
        self._add_brand(row)
        self._add_modes(row)
        row.addSpacing(8)
        row.addWidget(upright_line())
        row.addSpacing(8)
        self.patient = ElidedLabel("name")
        self.study = ElidedLabel("secondary")
        self.tag = label("DRAFT", "tag")
        self.tag.setFixedHeight(20)
        row.addWidget(self.patient, 0)
        row.addWidget(self.study, 0)
        row.addSpacing(4)
        row.addWidget(self.tag)
        row.addSpacing(8)
        row.addWidget(self._make_case())
        row.addStretch(1)
        self._undo = self._icon_button(undo, "arrow-u-up-left")
        self._redo = self._icon_button(redo, "arrow-u-up-right")
        self.saved = label("", "hint")
        self._report = QPushButton(report.text())
        set_icon(self._report, "file-text")
        self._report.clicked.connect(report.trigger)
        self._report_action = report
        report.changed.connect(self._follow_report)
        for widget in (self._undo, self._redo, self.saved, self._report):
            row.addWidget(widget)
            row.addSpacing(4)
        self.show_session(None)

    def _add_brand(self, row: QHBoxLayout) -> None:
        self.brand = QToolButton()
        self.brand.setText("Frostline")
        self.brand.setProperty("look", "mode")
        self.brand.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self.brand, "snowflake", "accent")
        self.brand.setToolTip("Start page: import a study or open a plan")
        self.brand.clicked.connect(self.home_asked)
        row.addWidget(self.brand)
        row.addSpacing(24)

    def _add_modes(self, row: QHBoxLayout) -> None:
        self._modes = QButtonGroup(self)
        for name, icon_name, reason in _MODES:
            button = QToolButton()
            button.setText(name)
            button.setCheckable(True)
            button.setChecked(not reason)
            button.setEnabled(not reason)
            button.setProperty("look", "mode")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setToolTip(reason or "Plan a treatment: back to the open plan")
            button.setAccessibleDescription(reason)
            set_icon(button, icon_name)
            self._modes.addButton(button)
            if not reason:
                button.clicked.connect(self.plan_asked)
            row.addWidget(button)

    def _make_case(self) -> QToolButton:
        """Return the way to the case of the plan, or to the open one."""
        self.case = QToolButton()
        self.case.setCheckable(True)
        self.case.setProperty("look", "mode")
        self.case.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self.case, "users")
        self.case.clicked.connect(self.case_asked)
        self.case.hide()
        return self.case

    def show_case(self, name: str, *, is_shown: bool) -> None:
        """Offer the way to a case; nothing when ``name`` is empty. On its page undo and redo are the case's."""
        self.case.setVisible(bool(name))
        self.case.setText(name)
        self.case.setChecked(is_shown)
        self.case.setAccessibleName(f"Case {name}")
        said = "on show" if is_shown else "intake, procedure, follow-up; Ctrl+K"
        self.case.setToolTip(f"Case {name}: {said}")
        self._modes.setExclusive(False)  # a case is none of the modes: the chosen one is none, or Plan again
        self._modes.buttons()[0].setChecked(not is_shown)
        self._modes.setExclusive(True)
        if is_shown:
            self._undo.show()
            self._redo.show()
            self.saved.hide()
            self._report.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room of a small window to the names of patient and plan: the case is an icon there."""
        super().resizeEvent(event)
        styles = Qt.ToolButtonStyle
        narrow = self.width() < NARROW_WINDOW_PX
        self.case.setToolButtonStyle(styles.ToolButtonIconOnly if narrow else styles.ToolButtonTextBesideIcon)

    def _icon_button(self, action: QAction, icon_name: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        set_icon(button, icon_name)
        return button

    def _follow_report(self) -> None:
        self._report.setEnabled(self._report_action.isEnabled())
        self._report.setToolTip(self._report_action.toolTip())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to rename the plan whose name was double-clicked."""
        if self._has_plan and self.study.geometry().contains(event.position().toPoint()):
            self.rename_asked.emit()

    def show_session(self, session: Session | None, *, hide_identity: bool = False, is_behind: bool = False) -> None:
        """Show whose plan is open, or that none is; one that is behind the start page says so (H-11)."""
        is_open = self._has_plan = session is not None
        for widget in (self.tag, self._undo, self._redo, self.saved, self._report):
            widget.setVisible(is_open)
        if session is None:
            self.patient.show_text("")
            self.patient.hide()
            self.study.show_text("No plan open")
            return
        identity = session.identity
        self.patient.show()
        who = "Identity hidden" if hide_identity else identity.label
        self.patient.show_text(f"Plan behind: {who}" if is_behind else who)
        # Whose plan it is goes before everything else: the study's name gives way first.
        self.patient.setMinimumWidth(min(self.patient.sizeHint().width(), _PATIENT_PX))
        parts = [identity.study_description, identity.study_date] if not hide_identity else []
        self.study.show_text(" · ".join(part for part in (" ".join(p for p in parts if p), session.plan.name) if part))
        self.tag.setText("DRAFT" if session.plan.case_kind == "patient" else "DRAFT · DEMO")
        saved = session.saved_at[11:19]
        left = session.unkept_edits
        words = f"Saved {saved} UTC" if saved else "Not kept on disk"
        self.saved.setText(f"{left} {'edit' if left == 1 else 'edits'} not kept" if left else words)
