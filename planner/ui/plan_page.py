"""How is the planning screen laid out? Rail, views over timeline, panel of the step; splitters keep views at 60 %."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from planner.services.session import ChangeKind
from planner.ui.background import Background
from planner.ui.panels.assess import AssessPanel
from planner.ui.panels.freeze import FreezePanel
from planner.ui.panels.panel import ALL_KINDS, Panel
from planner.ui.panels.probes import ProbesPanel
from planner.ui.panels.report import ReportPanel
from planner.ui.panels.structures import StructuresPanel
from planner.ui.panels.study import StudyPanel
from planner.ui.panels.target import TargetPanel
from planner.ui.steps import CaseNote, ReportState, WorkStep, step_states
from planner.ui.theme.tokens import (
    NARROW_WINDOW_PX,
    PANEL_NARROW_PX,
    PANEL_PX,
    PANEL_STRUCTURES_PX,
    RAIL_FOLDED_PX,
    TIMELINE_FOLDED_PX,
    TIMELINE_NARROW_PX,
    TIMELINE_PX,
)
from planner.ui.view_grid import ViewGrid
from planner.ui.view_state import STRUCTURE_TOOLS
from planner.ui.widgets.rail import WorkflowRail
from planner.ui.widgets.timeline import FreezeTimeline
from planner.ui.widgets.tool_options import ToolOptions
from planner.ui.widgets.tool_strip import ToolStrip
from planner.ui.widgets.view_toolbar import ViewToolbar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction, QResizeEvent

    from planner.services.session import Change
    from planner.ui.desk import Desk

_LOW_WINDOW_PX = 900


class PlanPage(QWidget):
    """The planning screen of the open session. ``step_shown`` after another step's panel is up."""

    step_shown = Signal(object)

    def __init__(self, desk: Desk, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("page")
        self._desk = desk
        self._user_folded = False
        self._is_following = False
        self.case_note: CaseNote | None = None
        self._behind: dict[Panel, frozenset[ChangeKind]] = {}
        self.rail = WorkflowRail()
        self.toolbar = ViewToolbar(actions, desk.view)
        self.strip = ToolStrip(actions)
        self.options = ToolOptions(desk, actions)
        self._panel_width = 0
        self.grid = ViewGrid(desk)
        self.timeline = FreezeTimeline(desk, actions)
        self._make_panels(actions)
        self._centre = QSplitter(Qt.Orientation.Vertical)
        self._centre.setHandleWidth(2)
        self._centre.setChildrenCollapsible(False)
        self._centre.addWidget(self.grid)
        self._centre.addWidget(self.timeline)
        self._centre.setStretchFactor(0, 1)
        self._across = QSplitter()
        self._across.setHandleWidth(1)
        self._across.setChildrenCollapsible(False)
        for widget in (self.rail, self._middle(), self.panel):
            self._across.addWidget(widget)
        self._across.setStretchFactor(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._across)
        self.rail.step_chosen.connect(self._show_step)
        self.toolbar.look_asked.connect(self.grid.look_from)
        self.grid.new_marks.connect(self.target.take_marks)
        self.target.step_asked.connect(lambda: self.rail.go_to(WorkStep.TARGET))
        self.probes.grown.connect(lambda: QTimer.singleShot(0, self._share_panel))
        self.probes.suggesting.connect(lambda: self._show_step(self.rail.current))
        self.timeline.folded.connect(self._share_height)
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)
        desk.report_made.connect(self.show_states)
        desk.view.changed.connect(self._on_view)

    def _middle(self) -> QWidget:
        """Return the strip of tools, and beside it the bars over the views over the timeline."""
        middle = QWidget()
        row = QHBoxLayout(middle)
        column = QVBoxLayout()
        for box in (row, column):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.options)
        column.addWidget(self._centre, 1)
        row.addWidget(self.strip)
        row.addLayout(column, 1)
        self.strip.hide()
        self.options.hide()
        return middle

    def _make_panels(self, actions: Mapping[str, QAction]) -> None:
        desk = self._desk
        self.study = StudyPanel(desk)
        self.target = TargetPanel(desk)
        self.probes = ProbesPanel(desk)
        self.freeze = FreezePanel(desk)
        self.assess = AssessPanel(desk)
        self.report = ReportPanel(desk, actions["report"], actions["range"])
        self.pages: dict[WorkStep, Panel] = {
            WorkStep.STUDY: self.study,
            WorkStep.STRUCTURES: StructuresPanel(desk),
            WorkStep.TARGET: self.target,
            WorkStep.PROBES: self.probes,
            WorkStep.FREEZE: self.freeze,
            WorkStep.ASSESS: self.assess,
            WorkStep.REPORT: self.report,
        }
        self.panel = QFrame()
        self.panel.setObjectName("panel")
        self.panel.setAccessibleName("Panel")
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._stack = QStackedWidget()
        for step, page in self.pages.items():
            if step is not WorkStep.ASSESS:
                self._stack.addWidget(page)
        self._pair = QSplitter(Qt.Orientation.Vertical)
        self._pair.setHandleWidth(1)
        self._pair.setChildrenCollapsible(False)
        self._pair.addWidget(self._stack)
        self._pair.addWidget(self.assess)
        self._pair.setStretchFactor(1, 1)
        column.addWidget(self._pair)

    # --- following ---------------------------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        if self._desk.session is None:
            self.grid.clear()
            return
        self.grid.build()
        self._refresh(ALL_KINDS)
        self.rail.go_to(WorkStep.STRUCTURES if not self._desk.session.plan.probes else WorkStep.PROBES)

    def _on_change(self, change: Change) -> None:
        session = self._desk.session
        if change.kinds == {ChangeKind.PREVIEW}:  # thirty times a second: only views and live numbers show it
            self._refresh_page(self.assess, change.kinds)
        elif session is not None and session.is_held and self._is_following and change.kinds == {ChangeKind.PROBES}:
            for page in self.pages.values():
                self._refresh_page(page, change.kinds)
        else:
            self._is_following = session is not None and session.is_held
            self._refresh(change.kinds)

    def _on_view(self, name: str) -> None:
        if name == "hide_identity" and self._desk.session is not None:
            self.pages[WorkStep.STUDY].refresh(ALL_KINDS)
        if name == "tool":
            self._show_bar()

    def _refresh_page(self, page: Panel, kinds: frozenset[ChangeKind]) -> None:
        """Have a panel in sight follow the hand; one out of sight is behind until the hand rests or it is shown."""
        if page.isVisible():
            page.refresh(kinds)
        else:
            self._behind[page] = self._behind.get(page, frozenset()) | kinds

    def _catch_up(self) -> None:
        """Bring panels that were out of sight up to date."""
        behind, self._behind = self._behind, {}
        for page, kinds in behind.items():
            page.refresh(kinds)

    def _refresh(self, kinds: frozenset[ChangeKind]) -> None:
        self._catch_up()
        for page in self.pages.values():
            page.refresh(kinds)
        if ChangeKind.PROBES in kinds:
            QTimer.singleShot(0, self._share_panel)
        self.show_states()

    def show_states(self) -> None:
        """Bring the rail up to date."""
        if self._desk.session is not None:
            states = step_states(self._desk.session, report=self._report_state(), case=self.case_note)
            self.rail.show_states(states)

    def show_rules(self) -> None:
        """Have what was told under other rules say so."""
        self.freeze.what_if.show_all()
        if self.probes.suggestions is not None:
            self.probes.suggestions.show_all()

    def _report_state(self) -> ReportState:
        if not self._desk.report_folder:
            return ReportState.NONE
        return ReportState.CURRENT if self._desk.report_is_current else ReportState.OLDER

    def _show_step(self, step: WorkStep) -> None:
        self._catch_up()
        pair = step is WorkStep.PROBES and not self._is_narrow() and not self.probes.is_suggesting
        self.assess.setVisible(pair or step is WorkStep.ASSESS)
        self._stack.setVisible(step is not WorkStep.ASSESS)
        if step is not WorkStep.ASSESS:
            self._stack.setCurrentWidget(self.pages[step])
        if pair:
            QTimer.singleShot(0, self._share_panel)
        self._show_tools(step)
        self.step_shown.emit(step)

    def _show_tools(self, step: WorkStep) -> None:
        """Have the tools of structures in their step alone; the timeline, which has no part in it, makes room."""
        is_structuring = step is WorkStep.STRUCTURES
        self.strip.setVisible(is_structuring)
        if self.timeline.isHidden() is not is_structuring:
            self.timeline.setVisible(not is_structuring)
            self._share_height()
        self._desk.view.set_structuring(on=is_structuring)
        self._show_bar()
        self._share_width()

    def _show_bar(self) -> None:
        """Put the options of a tool of structures in the place of the view toolbar."""
        has_options = self._desk.view.tool in STRUCTURE_TOOLS
        self.options.setVisible(has_options)
        self.toolbar.setVisible(not has_options)

    # --- size --------------------------------------------------------------------------------------------------------

    def toggle_rail(self) -> None:
        """Fold or unfold the rail by hand."""
        self._user_folded = not self.rail.is_folded
        self.rail.set_folded(folded=self._user_folded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the rail and narrow the panel on small windows, so that views keep 60 % of the width."""
        super().resizeEvent(event)
        narrow = self._is_narrow()
        self.rail.set_folded(folded=narrow or self._user_folded)
        self.toolbar.show_legend(wide=not narrow)
        self.panel.setMinimumWidth(PANEL_NARROW_PX)
        self.panel.setMaximumWidth(int(self.width() * 0.4) - RAIL_FOLDED_PX)
        self._panel_width = 0
        self._share_height()
        self._show_step(self.rail.current)

    def _share_width(self) -> None:
        """Give the panel the width of its step; within a step, the hand on the splitter has the say."""
        width = PANEL_STRUCTURES_PX if self.rail.current is WorkStep.STRUCTURES else PANEL_PX
        if self._is_narrow():
            width = PANEL_NARROW_PX
        if width != self._panel_width:
            self._panel_width = width
            self._across.setSizes([self.rail.width(), self.width() - self.rail.width() - width, width])

    def _share_panel(self) -> None:
        """Give the probe cards the height they need, at most three fifths, and the verdicts the rest."""
        wanted = min(self.probes.content_height(), self.height() * 3 // 5)
        self._pair.setSizes([wanted, max(1, self.height() - wanted)])

    def _share_height(self) -> None:
        """Give the timeline its height at this window size; folded, only its head."""
        timeline = TIMELINE_NARROW_PX if self.height() < _LOW_WINDOW_PX else TIMELINE_PX
        if not self.timeline.plot.isVisibleTo(self.timeline):
            timeline = TIMELINE_FOLDED_PX
        self._centre.setSizes([max(1, self._centre.height() - timeline), timeline])

    def _is_narrow(self) -> bool:
        return self.width() < NARROW_WINDOW_PX

    def regions(self) -> tuple[QWidget, ...]:
        """Return the places in sight that F6 goes through: rail, strip of tools, toolbar, views, timeline, panel."""
        page = self.assess if self.rail.current is WorkStep.ASSESS else self.pages[self.rail.current]
        all_of_them = (
            self.rail.list,
            self.strip,
            self.toolbar,
            self.options,
            self.grid.focus_target,
            self.timeline.plot,
            page,
        )
        return tuple(region for region in all_of_them if region.isVisibleTo(self))

    @property
    def is_drawn(self) -> bool:
        """Whether the views in sight and the curves have caught up with the session."""
        return self.grid.is_drawn and not self.timeline.is_waiting

    def wait(self) -> None:
        """Let the drawing threads end, before the window goes."""
        for worker in self.findChildren(Background):
            worker.drop()
            worker.wait()
