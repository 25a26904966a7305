"""Which case is this plan in, and what does its intake lack? The part of the Study panel that leads there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from planner.ui.case.case_stage import stage_style
from planner.ui.theme.icons import icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, plain_tip

if TYPE_CHECKING:
    from planner.ui.case.plan_link import PlanLink, Standing

_NONE = "This plan is in no case. A case keeps intake, procedure and follow-up of the patient with it."
_ROW_PX, _MOST_ROWS, _ICON_PX = 28, 7, 14
_ROLE = Qt.ItemDataRole.UserRole


class CaseSection(QWidget):
    """Shows the case of the open plan.

    ``start_asked`` and ``add_asked`` while it is in none, ``open_asked`` for its case, ``item_asked(str)`` for one of
    the questions that have no answer.
    """

    start_asked = Signal()
    add_asked = Signal()
    open_asked = Signal()
    item_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Case of the plan")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._none = label(_NONE, "secondary", wrap=True)
        self._name = ElidedLabel("name")
        self._badge = StateBadge()
        self._reason = label("", "secondary", wrap=True)
        self._progress = label("", "name")
        self.missing = self._make_missing()
        self._also = label("", "hint", wrap=True)
        column.addWidget(self._none)
        column.addWidget(self._name)
        column.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._reason)
        column.addLayout(self._make_buttons())
        column.addWidget(self.missing)
        column.addWidget(self._also)
        theme().changed.connect(self._draw_anew)
        self._link: PlanLink | None = None
        self._show(None)

    def _make_missing(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Questions without an answer")
        made.setAccessibleDescription("Enter goes to the question")
        made.setIconSize(QSize(_ICON_PX, _ICON_PX))
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        made.itemClicked.connect(self._ask)
        made.itemActivated.connect(self._ask)
        return made

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.start = QPushButton("Start a case")
        self.start.setToolTip("Begins a case with this plan")
        self.start.clicked.connect(self.start_asked)
        self.add = QPushButton("Add to a case…")
        self.add.clicked.connect(self.add_asked)
        self.open = QPushButton("Open case")
        self.open.setToolTip("Open case, Ctrl+K; the plan stays open")
        self.open.clicked.connect(self.open_asked)
        for widget in (self.start, self.add, self._progress):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.open)
        return row

    def follow(self, link: PlanLink) -> None:
        """Show what this link finds, from now on."""
        self._link = link
        link.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the case as it stands."""
        if self._link is not None:
            self._none.setText(self._link.sentence or _NONE)
            self._show(self._link.first)

    def _show(self, standing: Standing | None) -> None:
        for widget in (self._none, self.start, self.add):
            widget.setVisible(standing is None)
        for shown in (self._name, self._badge, self._reason, self._progress, self.open):
            shown.setVisible(standing is not None)
        self.missing.setVisible(standing is not None and bool(standing.readiness.missing))
        others = self._link.standings[1:] if self._link is not None else ()
        self._also.setVisible(bool(others))
        self._also.setText(f"Also in {', '.join(other.case.pseudonym for other in others)}.")
        if standing is None:
            return
        case, ready = standing.case, standing.readiness
        self._name.show_text(f"{case.pseudonym} · {case.problem}")
        self._badge.show_state(stage_style(standing.step))
        self._reason.setText(standing.step.reason)
        self._progress.setText(f"Intake: {ready.progress}")
        self._list_missing(standing)

    def _list_missing(self, standing: Standing) -> None:
        """List the questions without an answer; those that stand out come with a warning."""
        self.missing.clear()
        for item in standing.readiness.missing:
            row = QListWidgetItem(item.question)
            row.setIcon(icon("warning", "check") if item.is_alert else icon("circle", "text_3"))
            row.setData(_ROLE, item.id)
            row.setSizeHint(QSize(0, _ROW_PX))
            row.setToolTip(plain_tip(f"{item.question}\nGo to this question"))
            self.missing.addItem(row)
        self.missing.setFixedHeight(min(_MOST_ROWS, max(1, self.missing.count())) * _ROW_PX + 2)

    def _ask(self, row: QListWidgetItem) -> None:
        self.item_asked.emit(str(row.data(_ROLE)))

    def _draw_anew(self) -> None:
        """Take the icons of the other theme."""
        self.refresh()
