"""What does each action do? One short function per row of the action table."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QFileDialog

from planner.domain.errors import PlannerError
from planner.domain.simulation import RESULT_SPACING_MM
from planner.persistence.site_settings import site_settings
from planner.services.depiction import focus_lps_mm
from planner.services.live_checks import worst_words
from planner.services.robustness_shelf import hash_for_report
from planner.services.session import local_day, utc_now
from planner.services.tasks import Exported, ExportPlan
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.layouts import LAYOUTS
from planner.ui.opening import PLAN_SUFFIX
from planner.ui.probe_deeds import ProbeDeeds
from planner.ui.steps import WorkStep, missing_for_report
from planner.ui.structure_tools import BY_TOOL, STRUCTURE_TOOLS
from planner.ui.theme.theme import theme
from planner.ui.view_state import Tool
from planner.ui.viewing import viewing_deeds
from planner.ui.window_keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.ui.main_window import MainWindow


class Deeds:
    """Runs actions by id on one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._desk = window.desk
        view = self._desk.view
        self._table: dict[str, Callable[[], object]] = {
            "home": window.show_start,
            "open_folder": self._open_folder,
            "save_copy": self._save_copy,
            "rename": self.rename_plan,
            "cases": window.show_cases,
            "case": window.cases.toggle,
            "undo": window.undo,
            "redo": window.redo,
            "report": self.make_report,
            "range": window.band.ask,
            "suggest": self._show_suggestions,
            "what_if": self._show_what_if,
            "model_card": self._show_model_card,
            "next_step": lambda: self._step(1),
            "previous_step": lambda: self._step(-1),
            "tool_pointer": lambda: view.set_tool(Tool.POINTER),
            "tool_nerve": self._target_tool,
            "tool_body": self._target_tool,
            "tool_distance": lambda: view.set_tool(Tool.DISTANCE),
            "tool_angle": lambda: view.set_tool(Tool.ANGLE),
            "tool_circle": lambda: view.set_tool(Tool.CIRCLE),
            "tool_watch": lambda: view.set_tool(Tool.WATCH),
            **{entry.action_id: partial(view.set_tool, entry.tool) for entry in STRUCTURE_TOOLS},
            "size_larger": lambda: view.set_paint(view.paint.wider(1)),
            "size_smaller": lambda: view.set_paint(view.paint.wider(-1)),
            "cancel": self._leave_tool,
            "jump": window.plan.assess.jump_to_next,
            "frame": self.frame_plan,
            "four_up": lambda: view.set_maximised(""),
            "probe_eye": window.plan.grid.toggle_probe_eye,
            "play": lambda: None,
            "coldest": lambda: view.set_time(None),
            "fold_rail": window.toggle_rail,
            "theme": self._switch_theme,
            "next_region": lambda: window.go_to_region(1),
            "previous_region": lambda: window.go_to_region(-1),
            "settings": self.show_settings,
            "shortcuts": self._show_shortcuts,
        }
        self.probes = ProbeDeeds(self._desk, show_probes=partial(window.go_to_step, WorkStep.PROBES))
        self._table |= self.probes.table
        for flag in view.flags:
            self._table[flag] = partial(view.toggle, flag)
        self._table |= viewing_deeds(view, lambda: window.plan.grid.slices)
        for layout in LAYOUTS:
            self._table[f"layout_{layout.key}"] = partial(self._choose_layout, layout.key)
        for key in KEYS:
            self._table[f"window_{key}"] = partial(self._set_window, key)

    def _set_window(self, key: str) -> None:
        self._desk.view.set_window(self._desk.view.window_of(key))

    def do(self, name: str) -> None:
        """Run one action."""
        self._table[name]()

    def _leave_tool(self) -> None:
        """Put back what is dragged, or drop what a tool of structures has begun; otherwise take the pointer.

        The window's key comes before the view's own: in a drag it must be the drag's.
        """
        view = self._desk.view
        if self._window.plan.timeline.cancel_hand() or self._window.plan.grid.cancel_segment():
            return
        if (view.tool in BY_TOOL or view.tool is Tool.POINTER) and self._window.plan.grid.cancel_hand():
            return
        # With nothing in the hand, what is shown for a look goes first.
        if view.tool is not Tool.POINTER or not self._window.plan.assess.robust.loop.hide_draw():
            view.set_tool(Tool.POINTER)

    def _choose_layout(self, key: str) -> None:
        """Put the views of a layout on, also when one of them was alone."""
        self._desk.view.set_maximised("")
        self._desk.view.set_layout(key)

    def frame_plan(self) -> None:
        """Show the target, else the first probe, in every view."""
        session = self._desk.session
        if session is not None:
            self._desk.look_at(focus_lps_mm(session.plan))
            self._window.plan.grid.frame_plan()

    def _target_tool(self) -> None:
        self._window.go_to_step(WorkStep.TARGET)
        self._window.plan.target.begin()

    # --- files -------------------------------------------------------------------------------------------------------

    def make_report(self) -> None:
        """Write report and files into a new folder beside the plans."""
        desk, session = self._desk, self._desk.session
        prediction = self._window.prediction.final
        if session is None or desk.volume is None:
            return
        missing = missing_for_report(session) or (
            "" if prediction else "No report: the 1 mm prediction is not finished."
        )
        if missing or prediction is None:
            desk.say(missing)
            return
        made_at = utc_now()
        folder = desk.services.plans_folder / "reports" / report_folder_name(session.plan.name, made_at)
        try:
            site = site_settings()
        except PlannerError as error:
            desk.refuse(error)
            return
        request = ExportPlan(desk.volume, session.identity, session.plan, prediction, str(folder), made_at)
        request = replace(request, paper=site.paper, language=site.language)
        request = replace(request, case=self._window.plan.report.case.pages(local_day()))
        if session.range_is_current:
            request = replace(request, uncertainty=session.uncertainty)
        request = replace(request, robustness=hash_for_report(session))

        def tell(reply: Exported) -> None:
            desk.report_folder, desk.report_hash = str(folder), request.plan.hash
            desk.report_case = "" if request.case is None else request.case.case.pseudonym
            desk.report_made.emit()
            self._window.go_to_step(WorkStep.REPORT)
            desk.say(f"Report made: {len(reply.files)} files in {folder}.")

        try:
            folder.mkdir(parents=True, exist_ok=False)
        except OSError as error:
            desk.say(
                f"The folder {folder} cannot be made ({error.strerror}). Free the disk, then make the report again."
            )
            return
        desk.jobs.start(request, verb="Making the report", on_done=tell, is_of_plan=True)

    def _show_model_card(self) -> None:
        from planner.ui.dialogs.model_card import ModelCardDialog

        ModelCardDialog(self._window, self._desk.session).open()

    def _show_suggestions(self) -> None:
        self._window.go_to_step(WorkStep.PROBES)
        self._window.plan.probes.show_suggestions()

    def _show_what_if(self) -> None:
        self._window.go_to_step(WorkStep.FREEZE)
        self._window.plan.freeze.show_what_if()

    def rename_plan(self) -> None:
        """Go to the plan's name."""
        self._window.show_plan()
        self._window.go_to_step(WorkStep.STUDY)
        self._window.plan.study.begin_rename()

    def _save_copy(self) -> None:
        session = self._desk.session
        if session is None:
            return
        start = str(Path.home() / f"{session.plan.name}{PLAN_SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(
            self._window,
            "Save a copy",
            start,
            f"Frostline plan (*{PLAN_SUFFIX})",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        forget_visited_folders()
        if not name:
            return
        try:
            session.save_copy(Path(name).with_suffix(PLAN_SUFFIX))
        except PlannerError as error:
            self._desk.refuse(error)
        else:
            self._desk.copies_saved += 1
            self._desk.say(f"Copy saved: {name}.")

    def _open_folder(self) -> None:
        self._window.show_start()
        self._window.start.choose_folder()

    # --- window ------------------------------------------------------------------------------------------------------

    def _step(self, by: int) -> None:
        order = list(WorkStep)
        at = order.index(self._window.plan.rail.current) + by
        self._window.go_to_step(order[min(max(at, 0), len(order) - 1)])

    def _switch_theme(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme().toggle(app)

    def show_settings(self) -> None:
        """Open the pages of settings; an open plan is compared with the rules that are changed there."""
        from planner.ui.dialogs.settings import SettingsDialog

        dialog = SettingsDialog(self._window, self._desk)
        dialog.rules_changed.connect(self._window.rules_watch.look)
        dialog.rules_changed.connect(self._window.plan.show_rules)
        dialog.intake_changed.connect(self._window.case_desk.ask_anew)
        for place in (self._window.start.archive, self._window.plan.report.send):
            dialog.archives_changed.connect(place.list_archives)
        dialog.open()

    def _show_shortcuts(self) -> None:
        from planner.ui.dialogs.shortcuts import ShortcutSheet

        ShortcutSheet(self._window, view=self._desk.view).open()

    def grade_words(self) -> str:
        """Return how good the shown prediction is, for the status line."""
        session = self._desk.session
        if session is not None and session.preview is not None and not session.result_is_current:
            grade = f"PREVIEW {session.preview.grid.spacing_ijk_mm[0]:g} mm, not judged"
            return " · ".join(part for part in (grade, worst_words(session.plan, session.preview.live)) if part)
        if session is None or session.result is None:
            return "No prediction"
        if not session.result_is_current:
            return "STALE"
        spacing = session.result.grid.spacing_ijk_mm[0]
        seconds = session.result.record.wall_s
        grade = "result" if spacing <= RESULT_SPACING_MM else "preview"
        return f"{spacing:g} mm {grade}, {seconds:.1f} s"


def report_folder_name(plan_name: str, made_at: str) -> str:
    """Return what the folder of a report is called; a sign that no folder bears leaves no gap of two spaces."""
    plain = " ".join(re.sub(r"[^\w ,-]", "", plan_name).split()) or "Plan"
    return f"{plain} {made_at.replace(':', '')}"
