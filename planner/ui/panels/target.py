"""What is to be frozen? The targets with their states, the form of one of them, and of the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QTimer, Signal
from PySide6.QtWidgets import QMenu

from planner.domain.geometry import Side, side_of
from planner.domain.target import Target, TargetBody
from planner.persistence.resources import atlas
from planner.planning.permission import target_findings
from planner.planning.side import TOLERANCE_MM, find_midline
from planner.planning.target_copies import mirrored_target
from planner.services.session import ChangeKind
from planner.services.target_commands import PutTarget, RemoveTarget
from planner.ui.background import Background
from planner.ui.panels.panel import Panel
from planner.ui.panels.target_form import TargetEditor, fill_copies
from planner.ui.panels.target_guide import GuideBox
from planner.ui.panels.target_list import TargetList, TargetListModel, TargetRow
from planner.ui.panels.target_marking import Along, Marking, Wanted
from planner.ui.panels.target_new import NewTarget
from planner.ui.panels.target_side import SideWatch
from planner.ui.panels.target_words import entry_of, has_course, middle_of, target_state
from planner.ui.theme.icons import set_icon
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from planner.domain.atlas import AtlasEntry
    from planner.domain.geometry import PointLps
    from planner.domain.identity import PlanId, TargetId
    from planner.domain.plan import Plan
    from planner.planning.side import Midline
    from planner.ui.desk import Desk


_SHOWN = frozenset(
    {
        ChangeKind.TARGETS,
        ChangeKind.VOLUME,
        ChangeKind.STRUCTURES,
        ChangeKind.PLAN,
        ChangeKind.ASSESSMENT,
        ChangeKind.RESULT,
    }
)
"""What the panel shows anew."""


class TargetPanel(Panel):
    """List, form of the selected target, and the form of a new one. ``first_placed`` when the plan got its first."""

    first_placed = Signal()
    step_asked = Signal()
    """A tool that marks a target was taken, and what it is to mark must be chosen here first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Target")
        self.sides = SideWatch(desk)
        self.sides.changed.connect(self._on_sides)
        self.marking = Marking(desk)
        self.marking.marked.connect(self._put)
        self._mirroring = Background(self, self._put_mirrored)
        self._wants_new = self._has_verdicts = False
        self.add_button = self.add_head_button("New target", "plus", self._turn_new)
        self.guide = GuideBox(desk, self.marking)
        self.add_above(self.guide)
        self._make_list()
        self._make_new()
        self.editor = TargetEditor(desk)
        self._wire_editor()
        self.body.addWidget(self.editor)
        self.body.addStretch(1)
        desk.view.changed.connect(self._on_view)
        self._arrange()

    def _make_list(self) -> None:
        self._model = TargetListModel()
        self.list = TargetList(self._model)
        self.list.go_pressed.connect(self.go_to)
        self.list.remove_pressed.connect(self.remove)
        self.list.menu_asked.connect(self._show_menu)
        self.list.selectionModel().currentChanged.connect(self._on_row)
        self.add_above(self.list)

    def _make_new(self) -> None:
        column = self.add_section("New target", "nerve atlas")
        self.new = NewTarget()
        self.new.ways.draw_asked.connect(self.begin)
        self.new.ways.landmarks_asked.connect(lambda: self._by_landmarks(self.new.wanted()))
        self.new.ways.along_asked.connect(lambda along: self._along(self.new.wanted(), along))
        column.addWidget(self.new)

    def _wire_editor(self) -> None:
        editor = self.editor
        editor.remove_asked.connect(lambda: self.remove(self._chosen_id()))
        editor.show_asked.connect(lambda: self.go_to(self._chosen_id()))
        editor.mirror_asked.connect(self._mirror)
        editor.level_asked.connect(self._copy_to)
        editor.ways.draw_asked.connect(self._redraw)
        editor.ways.landmarks_asked.connect(lambda: self._by_landmarks(self._again()))
        editor.ways.along_asked.connect(lambda along: self._along(self._again(), along))

    # --- showing -----------------------------------------------------------------------------------------------------

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's targets; their states also change with structures, answers and verdicts."""
        session = self.desk.session
        if session is None:
            return
        plan = session.plan
        if not kinds & _SHOWN:
            # Thirty times a second while a probe is dragged: the states change only when verdicts come or go.
            if session.result_is_current is not self._has_verdicts:
                self._show_rows(plan)
            return
        self.set_count(str(len(plan.targets)) if plan.targets else "")
        self.sides.follow(session)
        self.new.ways.show_structures(plan)
        self.new.show_form()
        self._show_rows(plan)
        self._arrange()
        self._show_editor()

    def _show_rows(self, plan: Plan) -> None:
        session = self.desk.session
        self._has_verdicts = session is not None and session.result_is_current
        assessment = session.assessment if session is not None and self._has_verdicts else None
        findings = target_findings(plan, atlas())
        rows = []
        for target in plan.targets:
            own = [found for found in findings if found.target_id == target.id]
            side = self.sides.words_of(target)
            rows.append(TargetRow(target, target_state(target, findings=own, side=side, assessment=assessment)))
        self._model.show_rows(rows)
        self.list.fit()
        at = self._model.row_of(self._chosen_id())
        if at != self.list.currentIndex().row():
            self.list.setCurrentIndex(self._model.index(at) if at >= 0 else QModelIndex())

    def _arrange(self) -> None:
        """Show list and form while there is a target; the form of a new one when there is none, or it was asked for."""
        session = self.desk.session
        has_targets = session is not None and bool(session.plan.targets)
        self.list.setVisible(has_targets)
        self.add_button.setVisible(has_targets)
        self.add_button.setText("Close" if self._wants_new else "New target")
        set_icon(self.add_button, "x" if self._wants_new else "plus")
        frame = self.new.parentWidget()
        if frame is not None:
            frame.setVisible(self._wants_new or not has_targets)
        self.editor.setVisible(has_targets and not self._wants_new)

    def _show_editor(self) -> None:
        target = self.current
        if target is not None:
            self.editor.show_target(target, self.sides.words_of(target))

    @property
    def current(self) -> Target | None:
        """The target whose form is shown: the selected one, else the last."""
        targets = () if self.desk.session is None else self.desk.session.plan.targets
        chosen = self.desk.view.selected_target
        return next((t for t in targets if t.id == chosen), targets[-1] if targets else None)

    def _chosen_id(self) -> TargetId | None:
        target = self.current
        return None if target is None else target.id

    def _on_row(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and current.row() < len(self._model.rows):
            self.desk.view.select_target(self._model.rows[current.row()].target.id)

    def _on_view(self, name: str) -> None:
        session = self.desk.session
        if name == "selected_target" and session is not None:
            self._show_rows(session.plan)
            self._show_editor()
        elif name == "tool" and self.desk.view.tool is Tool.POINTER:
            self.new.show_form()
        elif name == "tool" and self.desk.view.tool in (Tool.NERVE, Tool.BODY):
            QTimer.singleShot(0, self, self._require_wanted)

    def _require_wanted(self) -> None:
        """Ask what is to be marked before the hand clicks a course that nobody could keep."""
        is_marking = self.desk.view.tool in (Tool.NERVE, Tool.BODY)
        if is_marking and self.marking.wanted is None and self.new.wanted() is None:
            self.desk.view.set_tool(Tool.POINTER)
            self.step_asked.emit()
            self.begin()

    def _on_sides(self) -> None:
        session, target = self.desk.session, self.current
        if session is not None and target is not None:
            self._show_rows(session.plan)
            self.editor.show_side(self.sides.words_of(target))

    # --- marking -----------------------------------------------------------------------------------------------------

    @property
    def entry(self) -> AtlasEntry | None:
        """The atlas entry chosen for a new target."""
        return self.new.entry

    def missing(self) -> str:
        """Return why a new target cannot be marked yet; empty when it can."""
        return self.new.missing()

    def begin(self) -> None:
        """Take the tool that marks the chosen target; say what is missing otherwise."""
        wanted = self.new.wanted()
        if wanted is None:
            self._wants_new = True
            self._arrange()
            self.desk.say(self.new.missing())
            self.new.begin_typing()
            return
        self.marking.draw(wanted)

    def _turn_new(self) -> None:
        self._wants_new = not self._wants_new
        self._arrange()
        if self._wants_new:
            self.new.forget()
            self.new.begin_typing()

    def _redraw(self) -> None:
        wanted = self._again()
        if wanted is not None:
            self.marking.draw(wanted)

    def _again(self) -> Wanted | None:
        """Return what is wanted for another place of the target whose form is shown."""
        target = self.current
        return None if target is None else Wanted(entry_of(target), target.side, redrawn=target)

    def _by_landmarks(self, wanted: Wanted | None) -> None:
        marks = wanted.entry.landmarks if wanted is not None and wanted.entry is not None else ()
        if wanted is not None and marks:
            self.marking.by_landmarks(wanted, tuple(mark.name for mark in marks))

    def _along(self, wanted: Wanted | None, along: Along) -> None:
        if wanted is not None:
            self.marking.along(wanted, along)

    def place_nerve(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Take the course that was drawn: of a new target, or another one of the target being redrawn."""
        self._place(points_lps_mm)

    def place_body(self, centre_lps_mm: PointLps) -> None:
        """Take the place where a body was clicked: of a new target, or of the one being moved."""
        self._place((centre_lps_mm,))

    def _place(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        wanted = self.marking.wanted or self.new.wanted()
        if wanted is None:
            self.begin()  # says what is missing: a course without its nerve is not kept
            return
        self.marking.take_points(points_lps_mm, wanted)

    def take_marks(self, tool: Tool, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Take what a guided tool has asked for."""
        self.marking.take_marks(tool, points_lps_mm)

    def _put(self, target: Target, what: str) -> None:
        """Put a marked target into the plan, select it, and say at once when it lies on the other side."""
        session = self.desk.session
        if session is None or not self.desk.apply(PutTarget(target, what=what)):
            return
        self.desk.view.select_target(target.id)
        if what in ("mark", "copy"):
            self._wants_new = False
            self.new.forget()
            self._arrange()
            self._show_editor()
        if what == "mark" and len(session.plan.targets) == 1:
            self.first_placed.emit()
        if what == "redraw":
            self.desk.say("The course is another one: the whole of it is treated until you set a part.")
        self._warn_of_side(target)

    def _warn_of_side(self, target: Target) -> None:
        """Say at once when typed side and place disagree; the anatomy's own answer follows in the form."""
        session = self.desk.session
        if session is None or not has_course(target):
            return
        points = [target.course.centre_lps_mm] if isinstance(target.course, TargetBody) else target.course.points_lps_mm
        lies = side_of(points, midline_x_mm=float(session.volume.grid.centre_lps_mm[0]))
        if {lies, target.side} == {Side.LEFT, Side.RIGHT}:
            self.desk.say(
                f"The target says {target.side.value}; it lies {lies.value} of the scan's middle. Check the side."
            )

    # --- acting on one -----------------------------------------------------------------------------------------------

    def _target(self, target_id: TargetId | None) -> Target | None:
        targets = () if self.desk.session is None else self.desk.session.plan.targets
        return next((t for t in targets if t.id == target_id), None)

    def go_to(self, target_id: TargetId | None) -> None:
        """Look at a target."""
        target = self._target(target_id)
        if target is not None and has_course(target):
            self.desk.look_at(middle_of(target))

    def remove(self, target_id: TargetId | None) -> None:
        """Take a target out of the plan; undo brings it back."""
        target = self._target(target_id)
        if target is not None:
            self.desk.apply(RemoveTarget(target.id, target.words))

    def _show_menu(self, target_id: TargetId, at: QPoint) -> None:
        target = self._target(target_id)
        if target is None:
            return
        menu = QMenu(self)
        menu.addAction("Show", lambda: self.go_to(target_id))
        fill_copies(menu, target, mirror=self._mirror, to_level=self._copy_to)
        menu.addAction("Remove", lambda: self.remove(target_id))
        menu.popup(at)

    def _mirror(self) -> None:
        """Copy the target to the other side, at the midline that the anatomy shows there."""
        session, target = self.desk.session, self.current
        if session is None or target is None or not has_course(target):
            return
        plan, blobs, level_mm = session.plan, session.blobs, float(middle_of(target)[2])
        there = [s for s in plan.structures if s.kind in TOLERANCE_MM]

        def look() -> tuple[PlanId, Target, Midline | None]:
            masks = {s.id: blobs.get(s.mask) for s in there}
            return plan.id, target, find_midline(level_mm, structures=there, masks=masks, grid=plan.volume.grid)

        self._mirroring.ask(look)

    def _put_mirrored(self, found: tuple[PlanId, Target, Midline | None]) -> None:
        """Put the copy there, unless another plan is on the desk by now."""
        plan_id, target, midline = found
        session = self.desk.session
        if session is None or session.plan.id != plan_id:
            return
        if midline is None:
            self.desk.say("The patient’s midline is not known here: find or draw the spinal cord, bone or skin first.")
        elif self.desk.attempt(lambda: self._put(mirrored_target(target, midline_x_mm=midline.x_mm), "copy")):
            self.desk.say(f"Mirrored at the middle of {midline.source}; the two sides of a patient differ: check it.")

    def _copy_to(self, level: str) -> None:
        """Ask where the copy lies; without a level, fill the form of a new target with what is known."""
        target = self.current
        if target is None:
            return
        if level and has_course(target):
            self.marking.copy(target, level)
            return
        self._wants_new = True
        self.new.resume(target)
        self._arrange()
        self.new.level.setFocus()
