"""What is to be frozen? Choose from the atlas, then mark it in the slices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.atlas import AtlasEntry, TargetForm
from planner.domain.geometry import Side, side_of
from planner.domain.identity import TargetId
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.persistence.resources import atlas
from planner.services.session import ChangeKind
from planner.services.target_commands import PutTarget
from planner.ui.panels.panel import Panel, field_row
from planner.ui.panels.target_form import TargetEditor, atlas_choice, atlas_sizes
from planner.ui.steps import target_words
from planner.ui.view_state import Tool
from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.plan import Plan
    from planner.ui.desk import Desk

_HEAD_LPS: PointLps = (0.0, 0.0, 1.0)


class TargetPanel(Panel):
    """New target above, the selected target's form below. ``first_placed`` when the plan got its first target."""

    first_placed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Target")
        self._redrawn: TargetId | None = None
        self._make_new()
        self._chooser_section = self.add_section("In this plan")
        self._chooser = ChoiceField()
        self._chooser.setAccessibleName("Target of this plan")
        self._chooser.activated.connect(self._choose)
        self._chooser_section.addWidget(self._chooser)
        self._editor = TargetEditor(desk)
        self._editor.redraw_asked.connect(self._redraw)
        self._chooser_section.addWidget(self._editor)
        self.body.addStretch(1)
        desk.view.changed.connect(self._on_view)
        self._show_entry()

    def _make_new(self) -> None:
        column: QVBoxLayout = self.add_section("New target", "nerve atlas")
        self._atlas = atlas_choice()
        self._atlas.setCurrentIndex(-1)
        self._atlas.currentIndexChanged.connect(self._show_entry)
        self._side = ChoiceField()
        for side in Side:
            self._side.addItem(side.value.capitalize(), side)
        self._side.setCurrentIndex(-1)
        self._side.setPlaceholderText("Side of the patient")
        self._side.currentIndexChanged.connect(self._show_entry)
        column.addLayout(field_row("Nerve", self._atlas, width_px=60))
        column.addLayout(field_row("Side", self._side, width_px=60))
        self._sizes = QWidget()
        sizes = QHBoxLayout(self._sizes)
        sizes.setContentsMargins(0, 0, 0, 0)
        self._length = NumberField(unit="mm", low=0, high=200)
        self._width = NumberField(unit="mm", low=0, high=200)
        for name, field in (("Length", self._length), ("Width", self._width)):
            field.setSpecialValueText("—")
            field.valueChanged.connect(self._show_entry)
            sizes.addLayout(field_row(name, field, width_px=60))
        column.addWidget(self._sizes)
        self._atlas_says = label("", "hint", wrap=True)
        self._reason = label("", "secondary", wrap=True)
        column.addWidget(self._atlas_says)
        column.addWidget(self._reason)
        row = QHBoxLayout()
        self._begin = QPushButton("Draw nerve  N")
        self._begin.clicked.connect(self.begin)
        row.addStretch(1)
        row.addWidget(self._begin)
        column.addLayout(row)
        self._atlas.currentIndexChanged.connect(self._take_atlas_sizes)

    # --- showing -----------------------------------------------------------------------------------------------------

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's targets."""
        session = self.desk.session
        if session is None or not kinds & {ChangeKind.TARGETS, ChangeKind.VOLUME}:
            return
        plan = session.plan
        self.set_count(str(len(plan.targets)) if plan.targets else "")
        frame = self._chooser_section.parentWidget()
        if frame is not None:
            frame.setVisible(bool(plan.targets))
        self._chooser.blockSignals(True)
        self._chooser.clear()
        for target in plan.targets:
            self._chooser.addItem(target_words(target), target.id)
        self._chooser.blockSignals(False)
        current = self._current(plan)
        if current is not None:
            self._chooser.select_data(current.id)
            self._editor.show_target(current)

    def _current(self, plan: Plan) -> Target | None:
        chosen = self.desk.view.selected_target
        return next((t for t in plan.targets if t.id == chosen), plan.targets[-1] if plan.targets else None)

    def _choose(self, index: int) -> None:
        self.desk.view.select_target(self._chooser.itemData(index))

    def _on_view(self, name: str) -> None:
        if name == "selected_target":
            self.refresh(frozenset((ChangeKind.TARGETS,)))
        elif name == "tool" and self.desk.view.tool is Tool.POINTER:
            self._show_entry()

    # --- a new target ------------------------------------------------------------------------------------------------

    @property
    def entry(self) -> AtlasEntry | None:
        """The atlas entry chosen for a new target."""
        chosen = self._atlas.currentData()
        return next((entry for entry in atlas() if entry.id == chosen), None)

    def missing(self) -> str:
        """Return why a new target cannot be marked yet; empty when it can."""
        entry = self.entry
        if entry is None:
            return "Choose the nerve or ganglion."
        if self._side.currentData() is None:
            return "Choose the side of the patient."
        if entry.form is TargetForm.BODY and not (self._length.value() and self._width.value()):
            return "The atlas has no size for this target. Measure it and type length and width."
        return ""

    def begin(self) -> None:
        """Take the tool that marks the chosen target; say what is missing otherwise."""
        self._redrawn = None
        missing = self.missing()
        if missing:
            self.desk.say(missing)
            (self._atlas if self.entry is None else self._side).setFocus()
            return
        body = self.entry is not None and self.entry.form is TargetForm.BODY
        self.desk.view.set_tool(Tool.BODY if body else Tool.NERVE)
        self.desk.say(
            "Click the middle of the target in a slice. Esc cancels."
            if body
            else "Click along the nerve, then Enter or a double click. Esc cancels."
        )

    def place_nerve(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Put the course that was drawn into the plan: a new target, or another course of the one being redrawn."""
        self._place(NerveCurve(points_lps_mm))

    def place_body(self, centre_lps_mm: PointLps) -> None:
        """Put a body where it was clicked: a new target, or the one being moved."""
        redrawn = self._redrawn_target()
        if redrawn is not None and isinstance(redrawn.course, TargetBody):
            self._place(replace(redrawn.course, centre_lps_mm=centre_lps_mm))
        else:
            self._place(TargetBody(centre_lps_mm, _HEAD_LPS, self._length.value(), self._width.value()))

    def _place(self, course: NerveCurve | TargetBody) -> None:
        redrawn, entry = self._redrawn_target(), self.entry
        self._redrawn = None
        if redrawn is not None:
            target = replace(redrawn, course=course)
        elif entry is not None:
            diameter_mm, source = _diameter_of(entry)
            target = Target(
                id=TargetId(uuid4().hex),
                name=entry.name,
                atlas_id=entry.id,
                side=Side(self._side.currentData()),  # Qt hands enum members back as plain text
                course=course,
                diameter_mm=diameter_mm,
                diameter_source=source,
            )
        else:
            return
        if self.desk.apply(PutTarget(target)):
            self.desk.view.select_target(target.id)
            if redrawn is None and self.desk.session is not None and len(self.desk.session.plan.targets) == 1:
                self.first_placed.emit()
            self._warn_of_side(target)

    def _warn_of_side(self, target: Target) -> None:
        """Say at once when the typed side and the place disagree; the assessment judges it against the anatomy."""
        session = self.desk.session
        if session is None:
            return
        points = [target.course.centre_lps_mm] if isinstance(target.course, TargetBody) else target.course.points_lps_mm
        midline = float(session.volume.grid.centre_lps_mm[0])
        lies = side_of(points, midline_x_mm=midline)
        if {lies, target.side} == {Side.LEFT, Side.RIGHT}:
            self.desk.say(
                f"The target says {target.side.value}; it lies {lies.value} of the scan's middle. Check the side."
            )

    def _redraw(self, target: Target) -> None:
        self._redrawn = target.id
        self.desk.view.set_tool(Tool.BODY if target.is_body else Tool.NERVE)
        self.desk.say("Click the new place in a slice. Esc cancels.")

    def _redrawn_target(self) -> Target | None:
        session = self.desk.session
        if session is None or self._redrawn is None:
            return None
        return next((t for t in session.plan.targets if t.id == self._redrawn), None)

    def _take_atlas_sizes(self) -> None:
        entry = self.entry
        if entry is not None:
            self._length.setValue(entry.body_length_mm.value or 0.0)
            self._width.setValue(entry.body_width_mm.value or 0.0)

    def _show_entry(self) -> None:
        entry, missing = self.entry, self.missing()
        body = entry is not None and entry.form is TargetForm.BODY
        self._sizes.setVisible(body)
        self._atlas_says.setText(atlas_sizes(entry) if entry else "")
        self._atlas_says.setVisible(entry is not None)
        self._reason.setText(missing)
        self._reason.setVisible(bool(missing))
        self._begin.setText("Place target  B" if body else "Draw nerve  N")
        self._begin.setEnabled(not missing)
        self._begin.setToolTip(missing or "Then click in a slice")


def _diameter_of(entry: AtlasEntry) -> tuple[float | None, str]:
    """Return diameter and source of a nerve from the atlas; nothing when it has none, so nothing is assumed."""
    datum = entry.diameter_mm
    if entry.form is not TargetForm.NERVE or datum.value is None:
        return None, ""
    flag = f", {datum.flag}" if datum.flag else ""
    return datum.value, f"atlas: {datum.source}{flag}"
