"""What is the window? Top bar, banners, start or planning screen, status line; actions from the table wired to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from planner.casebook.case_file import CASE_SUFFIX
from planner.casebook.library import CaseLibrary
from planner.services.depiction import focus_lps_mm
from planner.services.session import ChangeKind
from planner.services.tasks import WarmUp
from planner.ui.actions import ACTIONS, keys_of, tooltip
from planner.ui.background import Background
from planner.ui.band_loop import BandLoop
from planner.ui.case.case_desk import CaseDesk
from planner.ui.case.case_page import CASE_ACTIONS
from planner.ui.case.case_window import CaseWindow
from planner.ui.deeds import Deeds
from planner.ui.idle_imports import IdleImports
from planner.ui.kept_work import KeptWork
from planner.ui.opening import PLAN_SUFFIX, CaseOpener
from planner.ui.plan_page import PlanPage
from planner.ui.prediction_loop import PredictionLoop
from planner.ui.recents import Recents
from planner.ui.rules_watch import RulesWatch
from planner.ui.scene.opengl import stop_opengl_check
from planner.ui.start.beginning import PlanBeginning
from planner.ui.start.start_page import StartPage
from planner.ui.steps import missing_for_prediction
from planner.ui.structure_tools import STRUCTURE_TOOLS
from planner.ui.theme.icons import refresh_icons
from planner.ui.theme.theme import theme
from planner.ui.view_state import Tool
from planner.ui.widgets.banner import BannerStack, Notice
from planner.ui.widgets.status_line import StatusLine
from planner.ui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent

    from planner.domain.series import SeriesSummary
    from planner.services.session import Change
    from planner.ui.desk import Desk
    from planner.ui.steps import WorkStep

DEFAULT_SIZE = QSize(1920, 1080)
MINIMUM_SIZE = QSize(1366, 768)
_DROP_WORDS = "Drop a folder, zip or files anywhere  ·  Files are read in place and never changed"
_TOOL_ACTIONS = {
    "tool_pointer": Tool.POINTER,
    "tool_probe": Tool.PROBE,
    "tool_nerve": Tool.NERVE,
    "tool_body": Tool.BODY,
    "tool_distance": Tool.DISTANCE,
    "tool_angle": Tool.ANGLE,
    "tool_circle": Tool.CIRCLE,
    "tool_watch": Tool.WATCH,
    **{entry.action_id: entry.tool for entry in STRUCTURE_TOOLS},
}


class MainWindow(QMainWindow):
    """The one window. Everything it shows comes from the desk; everything it does goes through :class:`Deeds`."""

    def __init__(self, desk: Desk, settings: QSettings) -> None:
        super().__init__()
        self.desk = desk
        self._settings = settings
        self.setWindowTitle("Frostline")
        self.setMinimumSize(MINIMUM_SIZE)
        self.setAcceptDrops(True)
        self.opener = CaseOpener(desk)
        self.recents = Recents(desk)
        self._beginning = PlanBeginning(self, desk, self.opener)
        self.prediction = PredictionLoop(desk)
        self._was_held = False
        self.band = BandLoop(desk)
        self.rules_watch = RulesWatch(desk, self)
        self.actions_by_id = self._make_actions()
        self.top = TopBar(
            undo=self.actions_by_id["undo"], redo=self.actions_by_id["redo"], report=self.actions_by_id["report"]
        )
        self.top.home_asked.connect(self.show_start)
        self.top.plan_asked.connect(self.show_plan)
        self.top.case_asked.connect(lambda: self._do("case"))
        self.top.rename_asked.connect(lambda: self._do("rename"))
        self.banners = BannerStack()
        self.status = StatusLine(desk.jobs)
        self.start = StartPage(desk, self.opener, self.recents)
        self.start.start_asked.connect(self.start_plan)
        self.start.back_asked.connect(self.show_plan)
        self.plan = PlanPage(desk, self.actions_by_id)
        self.plan.report.send.prediction = self.plan.report.export.prediction = lambda: self.prediction.final
        self.case_desk = CaseDesk(desk, CaseLibrary(desk.services.cases_folder))
        self.cases = CaseWindow(self, self.case_desk)
        self.case = self.cases.page
        self.deeds = Deeds(self)
        self.kept = KeptWork(desk, self.opener, self.recents, save_copy=lambda: self._do("save_copy"), close=self.close)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.start)
        self._pages.addWidget(self.plan)
        self._pages.addWidget(self.case)
        self._lay_out()
        self._connect()
        self._idle_imports = IdleImports(self)
        self._restore_geometry()
        self.show_start()

    def _lay_out(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget, stretch in ((self.top, 0), (self.banners, 0), (self._pages, 1), (self.status, 0)):
            column.addWidget(widget, stretch)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        desk = self.desk
        desk.opened.connect(self._on_opened)
        desk.changed.connect(self._on_change)
        desk.said.connect(self.status.say)
        desk.noticed.connect(self.banners.show_notice)
        desk.unnoticed.connect(self.banners.clear_notice)
        desk.report_made.connect(self.refresh)
        desk.view.changed.connect(self._on_view)
        self.case_desk.changed.connect(self.refresh)
        self.cases.connect_all()
        self.plan.grid.cursor_words.connect(self.status.show_readout)
        self.plan.grid.new_probe.connect(self.deeds.probes.add)
        self.plan.grid.entry_chosen.connect(self.plan.probes.access.enter)
        self.plan.grid.new_free_probe.connect(lambda tip, entry: self.deeds.probes.add(tip, entry, is_off_skin=True))
        self.plan.grid.new_nerve.connect(self.plan.target.place_nerve)
        self.plan.grid.new_body.connect(self.plan.target.place_body)
        self.plan.target.first_placed.connect(self.deeds.frame_plan)
        ice_lines = self.plan.toolbar.ice_lines
        ice_lines.state_words = self.band.words
        ice_lines.card_asked.connect(lambda: self._do("model_card"))
        self.band.changed.connect(ice_lines.show_state)
        theme().changed.connect(self._on_theme)

    # --- actions -----------------------------------------------------------------------------------------------------

    def _make_actions(self) -> Mapping[str, QAction]:
        made: dict[str, QAction] = {}
        tools = QActionGroup(self)
        for spec in ACTIONS:
            action = QAction(spec.text, self)
            keys = keys_of(spec, is_structuring=False)
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setCheckable(spec.checkable)
            action.setToolTip(tooltip(spec.text, keys, ""))
            action.triggered.connect(lambda _checked=False, name=spec.id: self._do(name))
            if spec.id in _TOOL_ACTIONS:
                tools.addAction(action)
            self.addAction(action)
            made[spec.id] = action
        return made

    def _do(self, name: str) -> None:
        """Run an action; single letters are typed, not done, while a text field has the focus (Qt gives it the key)."""
        self.deeds.do(name)
        self.refresh_actions()

    def refresh_actions(self) -> None:
        """Enable what can be done now, and write the reason on what cannot."""
        on_case = self.is_case_shown
        edited = self.case_desk.open_case if on_case else self.desk.session
        texts = {}
        if edited is not None:
            texts = {
                "undo": f"Undo {edited.undo_label}".strip(),
                "redo": f"Redo {edited.redo_label}".strip(),
            }
        on_plan = self.is_plan_shown
        for spec in ACTIONS:
            action = self.actions_by_id[spec.id]
            is_cases = on_case and spec.id in CASE_ACTIONS
            reason = self.case.reason(spec.id) if is_cases else spec.reason(self.desk)
            usable = not reason and (on_plan or is_cases or spec.group == "Window")
            action.setEnabled(usable)
            text = texts.get(spec.id, spec.text)
            keys = keys_of(spec, is_structuring=self.desk.view.is_structuring)
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setToolTip(tooltip(text, keys, reason))
        view = self.desk.view
        for name, on in view.flags.items():
            if name in self.actions_by_id:
                self.actions_by_id[name].setChecked(on)
        for name, tool in _TOOL_ACTIONS.items():
            self.actions_by_id[name].setChecked(view.tool is tool)

    def undo(self) -> None:
        """Take the last edit back of what is on show: the case on its page, else the plan."""
        (self.case_desk if self.is_case_shown else self.desk).undo()

    def redo(self) -> None:
        """Repeat the edit taken back last of what is on show."""
        (self.case_desk if self.is_case_shown else self.desk).redo()

    def toggle_rail(self) -> None:
        """Fold or unfold the rail on show."""
        (self.case if self.is_case_shown else self.plan).toggle_rail()

    # --- pages -------------------------------------------------------------------------------------------------------

    def show_start(self) -> None:
        """Show the start page; the plan stays open behind it."""
        self.start.show_open_plan(self.desk.session.plan.name if self.desk.session is not None else "")
        self.start.show_recent()
        self.status.show_readout(_DROP_WORDS)
        self._pages.setCurrentWidget(self.start)
        self.start.focus_first()
        self.refresh()

    def show_plan(self) -> None:
        """Show the planning screen when a plan is open."""
        if self.desk.session is not None:
            self.status.show_readout("")
            self._pages.setCurrentWidget(self.plan)
            if not self.plan.isAncestorOf(self.focusWidget()):  # keys act in a view at once, as the hand does
                self.plan.grid.focus_target.setFocus()
        self.refresh()

    def show_cases(self) -> None:
        """Show the list of all cases."""
        self.show_start()
        self.start.show_cases()

    def show_case_page(self) -> None:
        """Show the page of the open case; the plan stays open behind it."""
        self.status.show_readout("")
        self._pages.setCurrentWidget(self.case)
        self.case.focus_first()
        self.refresh()

    @property
    def is_case_shown(self) -> bool:
        """Whether the page of a case is on show."""
        return self._pages.currentWidget() is self.case

    @property
    def is_plan_shown(self) -> bool:
        """Whether the planning screen is on show."""
        return self._pages.currentWidget() is self.plan

    def start_plan(self, series: SeriesSummary, folder: str) -> None:
        """Start a plan on a series, after an acknowledgement by name where the checks ask for one."""
        self._beginning.start(series, folder=folder)

    def _on_opened(self) -> None:
        self._look_at_plan()
        self.refresh()
        self.show_plan()

    def _look_at_plan(self) -> None:
        """Begin where the plan is: at its first probe's tip, else at its target."""
        plan = self.desk.session.plan if self.desk.session is not None else None
        if plan is not None and plan.probes:
            self.desk.view.select_probe(plan.probes[0].id)
            self.desk.look_at(plan.probes[0].tip_lps_mm)
        elif plan is not None and plan.targets:
            self.desk.look_at(focus_lps_mm(plan))

    def _on_view(self, name: str) -> None:
        if name == "hide_identity":
            if self.desk.view.hide_identity:
                self.desk.notice(
                    Notice("NAMES HIDDEN", "Identity is hidden in views and pictures (X).", "not_assessed")
                )
            else:
                self.desk.unnotice("NAMES HIDDEN")
            self.refresh()
        elif name not in ("crosshair_lps_mm", "draft_lps_mm", "time_s", "window_hu"):
            self.refresh_actions()

    def _on_change(self, change: Change) -> None:
        session = self.desk.session
        is_held = session is not None and session.is_held
        # Of a drag only its first step changes what can be done and what can be undone.
        is_step_of_drag = is_held and self._was_held and change.kinds == {ChangeKind.PROBES}
        self._was_held = is_held
        if is_step_of_drag or change.kinds == {ChangeKind.PREVIEW}:
            self.status.grade.setText(self.deeds.grade_words())
        else:
            self.refresh()

    def refresh(self) -> None:
        """Bring top bar, title, status line and actions up to date."""
        session, view = self.desk.session, self.desk.view
        is_behind = not self.is_plan_shown
        self.top.show_session(session, hide_identity=view.hide_identity, is_behind=is_behind)
        self.top.show_case(self.case.pseudonym(on_plan=not is_behind), is_shown=self.is_case_shown)
        name = "" if session is None else session.plan.name
        who = "" if session is None or view.hide_identity else f"{session.identity.label} — "
        self.setWindowTitle(f"{who}{name} — DRAFT — Frostline" if session is not None else "Frostline")
        if self.is_case_shown:  # whose plan is behind is nothing of the case on show (H-11)
            self.setWindowTitle(f"{self.case.title} — Frostline")
        self.status.grade.setText("" if session is None or is_behind else self.deeds.grade_words())
        self.refresh_actions()

    def _on_theme(self) -> None:
        refresh_icons(self)
        self.update()

    # --- regions -----------------------------------------------------------------------------------------------------

    def go_to_region(self, step: int) -> None:
        """Move the keyboard focus to the next or previous region of the window."""
        if self._pages.currentWidget() is self.start:
            regions: tuple[QWidget, ...] = (self.top, *self.start.regions())
        elif self.is_case_shown:
            regions = (self.top, *self.case.regions())
        else:
            regions = (self.top, *self.plan.regions())
        focus = QApplication.focusWidget()
        at = next(
            (i for i, region in enumerate(regions) if focus is region or (focus and region.isAncestorOf(focus))), 0
        )
        for distance in range(1, len(regions) + 1):
            if _focus_into(regions[(at + step * distance) % len(regions)]):
                return

    # --- files dropped, window closed --------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept folders and plan files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a dropped plan, or read everything dropped as one scan."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.take(*paths)
            event.acceptProposedAction()

    def take(self, *paths: Path) -> None:
        """Open what was dropped or named on the command line: a plan, a case, or a folder, zip, medium or files."""
        plan = next((path for path in paths if path.suffix == PLAN_SUFFIX), None)
        if plan is not None:
            self.opener.open_plan(plan)
            return
        case = next((path for path in paths if path.suffix == CASE_SUFFIX), None)
        if case is not None:
            self.cases.deeds.import_from(case)
            return
        self.show_start()
        self.opener.scan(*paths)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to load the heavy libraries once the window is there."""
        super().showEvent(event)
        self._idle_imports.begin()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep everything and go. Nothing is asked: every step is kept already, unless the disk refused some (H-34)."""
        self._settings.setValue("window/geometry", self.saveGeometry())
        if not self.kept.may_close():
            event.ignore()
            return
        self._idle_imports.stop()
        self.plan.grid.clear()
        self.plan.wait()
        self.desk.close_session()
        self.desk.jobs.close()
        for worker in self.findChildren(Background):  # also what closing itself has set going
            worker.drop()
            worker.wait()
        stop_opengl_check()
        super().closeEvent(event)

    @property
    def is_settled(self) -> bool:
        """Whether the open plan is shown with its final prediction and every view and curve is drawn."""
        session = self.desk.session
        if session is None or self.prediction.is_pending or not self.plan.is_drawn:
            return False
        return bool(missing_for_prediction(session.plan)) or self.prediction.final is not None

    def warm_up(self) -> None:
        """Have the workers compile what the first prediction needs, while the user is still choosing a study."""
        self.desk.jobs.start(
            WarmUp(),
            verb="Warming up",
            on_done=lambda _warm: self._idle_imports.load_compiled(),
            on_failed=lambda _error: self._idle_imports.load_compiled(),
            is_quiet=True,
        )

    def offer_recovery(self) -> None:
        """Offer the plan that was open when a window ended without closing it."""
        self.kept.offer_recovery()

    def _restore_geometry(self) -> None:
        kept = self._settings.value("window/geometry")
        if kept is None or not self.restoreGeometry(kept):
            self.resize(DEFAULT_SIZE)

    def go_to_step(self, step: WorkStep) -> None:
        """Show a step's panel."""
        self.plan.rail.go_to(step)


def _focus_into(region: QWidget) -> bool:
    """Give the focus to a region or to the first thing in it that takes it."""
    if not region.isVisible():
        return False
    if region.focusPolicy() & Qt.FocusPolicy.TabFocus and region.isEnabled():
        region.setFocus(Qt.FocusReason.TabFocusReason)
        return True
    for child in region.findChildren(QWidget):
        if child.isVisibleTo(region) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
            child.setFocus(Qt.FocusReason.TabFocusReason)
            return True
    return False
