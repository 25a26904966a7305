"""Where may I enter? The skin painted by what a shaft to the target would meet, its legend, and what a place says.

The screening runs in a thread. An answer is shown only for the question that the plan asks now; until that is there,
the skin of the question before stands grey (H-13).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.domain.geometry import distance_mm
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.persistence.resources import probe_models
from planner.rendering.access_scene import ACCESS_CLASSES, AccessLayer, Stripes, access_classes
from planner.rendering.isosurface import Mesh
from planner.report.numbers import mm
from planner.services.access import AccessMaker, AccessQuestion
from planner.services.probe_commands import AddProbe, MoveProbe
from planner.ui.facts_loop import FactsLoop
from planner.ui.panels.panel import field_row
from planner.ui.probe_deeds import middle_of, model_for
from planner.ui.steps import missing_for_access
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import figure, label
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.persistence.blobs import BlobStore
    from planner.rendering.access_scene import AccessClass
    from planner.services.access import AccessMap
    from planner.ui.desk import Desk

_HINT = "In 3-D, point at the skin to read why. Click an open place: the shaft enters there, its tip as chosen above."
_MIDDLE, _OWN_TIP = "middle", "own tip"


class AccessSection(QWidget):
    """The switch, and while it is on what belongs to the painted skin."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName("Where may I enter?")
        self._maker = AccessMaker()
        self._map: AccessMap | None = None
        self._loop = FactsLoop(self, self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        self._switch = TickBox("Where may I enter?  S")
        self._switch.toggled.connect(lambda on: desk.view.set_flag("show_access", on=on))
        column.addWidget(self._switch)
        self._more = QWidget()
        inner = QVBoxLayout(self._more)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        self._tip = ChoiceField()
        self._tip.setAccessibleName("Where the tip shall be")
        self._tip.addItem("Middle of the target", _MIDDLE)
        self._tip.addItem("Where the probe’s tip is", _OWN_TIP)
        self._tip.activated.connect(lambda _: self.refresh())
        inner.addLayout(field_row("Tip", self._tip, width_px=52))
        self._asked = label("", "secondary", wrap=True)
        self._said = label("", "sentence", wrap=True)
        # What is said of a place is longer than the rest: nothing below moves while a hand goes over the skin.
        self._said.setMinimumHeight(2 * self._said.fontMetrics().lineSpacing())
        self._said.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._legend = AccessLegend()
        self._open_points = label("", "hint", wrap=True)
        for widget in (self._asked, self._said, self._legend, label(_HINT, "hint", wrap=True), self._open_points):
            inner.addWidget(widget)
        column.addWidget(self._more)
        self._more.hide()
        desk.view.changed.connect(self._on_view)
        desk.opened.connect(self._on_opened)
        desk.closing.connect(self._forget)

    # --- asking ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask again when the plan asks another question now; nothing while the switch is off."""
        session, view = self._desk.session, self._desk.view
        if session is None:
            return
        missing = missing_for_access(session.plan)
        self._switch.setEnabled(not missing or view.flags["show_access"])
        self._switch.setToolTip(missing)
        if not view.flags["show_access"]:
            return
        question = None if missing else self._question(session.plan)
        if question is None:
            self._map = None
            self._show_none(missing)
        elif self._map is not None and self._map.question == question:
            self._show(self._map)
        else:
            self._show_waiting(question)
            maker, plan, blobs = self._maker, session.plan, session.blobs
            self._loop.ask(lambda: _answer(maker, question, plan, blobs), is_held=session.is_held)

    def _question(self, plan: Plan) -> AccessQuestion | None:
        target, probe = self._target(plan), self._probe(plan)
        if target is None:
            return None
        model_id = probe.model_id if probe is not None else model_for(plan)
        tip, words = middle_of(target, plan), f"the middle of {target.words}"
        if probe is not None and self._tip.currentData() == _OWN_TIP:
            tip, words = probe.tip_lps_mm, f"where the tip of {probe.label} is"
        return AccessQuestion.of(plan, tip_lps_mm=tip, tip_words=words, model_id=model_id)

    def _probe(self, plan: Plan) -> ProbePlacement | None:
        chosen = self._desk.view.selected_probe
        return next((p for p in plan.probes if p.id == chosen), plan.probes[0] if plan.probes else None)

    def _target(self, plan: Plan) -> Target | None:
        """Return the chosen target, else the one nearest to the probe's tip."""
        chosen = next((t for t in plan.targets if t.id == self._desk.view.selected_target), None)
        probe = self._probe(plan)
        if chosen is not None or not plan.targets:
            return chosen
        if probe is None:
            return plan.targets[0]
        return min(plan.targets, key=lambda target: distance_mm(middle_of(target, plan), probe.tip_lps_mm))

    def _take(self, found: AccessMap | PlannerError) -> None:
        """Keep an answer if it is the answer to what is asked now."""
        session = self._desk.session
        if session is None or not self._desk.view.flags["show_access"]:
            return
        if isinstance(found, PlannerError):
            self._show_none(str(found))
        elif found.question == self._question(session.plan):
            self._map = found
            self._show(found)

    @property
    def is_waiting(self) -> bool:
        """Whether the skin is still being screened."""
        return self._loop.is_busy

    @property
    def shown(self) -> AccessMap | None:
        """The map that is shown as current; None while there is none."""
        layer = self._desk.view.access
        return self._map if layer is not None and not layer.is_stale else None

    # --- showing -----------------------------------------------------------------------------------------------------

    def _show(self, found: AccessMap) -> None:
        view, mesh = self._desk.view, found.mesh
        classes = access_classes(found.found.reason, found.found.worst_clearance_mm)
        if view.access is None or view.access.is_stale or not np.array_equal(view.access.classes, classes):
            surface = Mesh(mesh.points_lps_mm, mesh.triangles)
            view.set_access(AccessLayer(surface, classes, mesh.entries_lps_mm))
        self._asked.setText(self._question_words(found.question))
        self._said.setText(found.summary())
        self._legend.show_counts(np.bincount(classes, minlength=len(ACCESS_CLASSES)))
        self._legend.show()
        self._open_points.setText("Not looked at: " + " ".join(found.not_assessed) if found.not_assessed else "")
        self._open_points.setVisible(bool(found.not_assessed))

    def _show_waiting(self, question: AccessQuestion) -> None:
        """Have what is there stand grey until the answer comes."""
        view = self._desk.view
        if view.access is not None and not view.access.is_stale:
            view.set_access(replace(view.access, is_stale=True))
        self._asked.setText(self._question_words(question))
        self._said.setText("Working out which ways are open …")

    def _show_none(self, why: str) -> None:
        self._desk.view.set_access(None)
        self._asked.setText("")
        self._said.setText(why)
        self._legend.hide()
        self._open_points.hide()

    def _question_words(self, question: AccessQuestion) -> str:
        model = next((m for m in probe_models() if m.id == question.model_id), None)
        probe = "Unknown probe" if model is None else model.label
        return f"{probe} to {question.tip_words}."

    def _on_view(self, name: str) -> None:
        if name == "show_access":
            on = self._desk.view.flags["show_access"]
            self._switch.setChecked(on)
            self._more.setVisible(on)
            if on:
                self.refresh()
            else:
                self._loop.drop()
                self._desk.view.set_access(None)
        elif name in ("selected_probe", "selected_target"):
            self.refresh()
        elif name == "access_at":
            self._say_of_place()

    def _say_of_place(self) -> None:
        """Say why the place under the hand is open or closed."""
        found, at = self.shown, self._desk.view.access_at
        if found is None:
            return
        words = "" if at is None else found.words(at)
        self._desk.view.say_of_access(words)
        self._said.setText(words or found.summary())

    def _on_opened(self) -> None:
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self._loop.drop()
        self._maker, self._map = AccessMaker(), None

    # --- entering ----------------------------------------------------------------------------------------------------

    def enter(self, triangle: int) -> None:
        """Let the chosen probe enter at a place that is open, its tip where it was asked for."""
        session, found = self._desk.session, self.shown
        if session is None or found is None:
            return
        entry = found.entry(triangle)
        if entry is None:
            self._desk.say(found.words(triangle))
            return
        probe = self._probe(session.plan)
        tip, model_id = found.question.tip_lps_mm, found.question.model_id
        try:
            placed = (
                ProbePlacement(ProbeId(uuid4().hex), session.plan.next_probe_label(), model_id, entry, tip)
                if probe is None
                else replace(probe, entry_lps_mm=entry, tip_lps_mm=tip)
            )
        except PlannerError as error:
            self._desk.refuse(error)
            return
        command = AddProbe(placed) if probe is None else MoveProbe(placed.id, placed.label, entry, tip, "shaft")
        if self._desk.apply(command):
            self._desk.view.select_probe(placed.id)
            self._desk.look_at(tip)
            self._desk.say(f"{placed.label}: enters here, {mm(placed.depth_mm)} deep. {found.words(triangle)}")


def _answer(maker: AccessMaker, question: AccessQuestion, plan: Plan, blobs: BlobStore) -> AccessMap | PlannerError:
    """Screen the skin, in a thread; a refusal is an answer, too, so that nobody waits for ever."""
    try:
        return maker.answer(question, plan, blobs)
    except PlannerError as error:
        return error


class AccessLegend(QWidget):
    """What each colour and pattern on the skin means; classes that no place has are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Legend of the skin")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._rows = []
        for row, each in enumerate(ACCESS_CLASSES):
            widgets = (AccessSwatch(each), label(each.label), figure("", "secondary"))
            for column, widget in enumerate(widgets):
                grid.addWidget(widget, row, column)
            self._rows.append(widgets)

    def show_counts(self, counts: np.ndarray) -> None:
        """Show how much of the skin each class has, in per cent of its triangles, shape (classes,)."""
        total = max(int(counts.sum()), 1)
        for (swatch, name, share), count in zip(self._rows, counts, strict=True):
            percent = 100 * int(count) / total
            share.setText(f"{percent:.0f} %" if percent >= 1 or not count else "< 1 %")
            for widget in (swatch, name, share):
                widget.setVisible(bool(count))


class AccessSwatch(QWidget):
    """A sample of one class, stripes and all."""

    def __init__(self, each: AccessClass) -> None:
        super().__init__()
        self._class = each
        self.setFixedSize(QSize(SWATCH_W_PX, SWATCH_H_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        painter.setClipRect(box)
        painter.fillRect(box, QColor(self._class.colour))
        painter.setPen(QPen(QColor(self._class.dark), 3.0))
        for start, end in _stripe_lines(self._class.stripes, box):
            painter.drawLine(start, end)
        painter.end()


def _stripe_lines(stripes: Stripes, box: QRectF) -> list[tuple[QPointF, QPointF]]:
    """Return the stripes of a sample: as they run on the skin seen from the front."""
    left, right, top, bottom = box.left(), box.right(), box.top(), box.bottom()
    lines: list[tuple[QPointF, QPointF]] = []
    if stripes in (Stripes.LEVEL, Stripes.CHECKED):
        lines += [(QPointF(left, y), QPointF(right, y)) for y in np.arange(top + 3, bottom, 7)]
    if stripes in (Stripes.UPRIGHT, Stripes.CHECKED):
        lines += [(QPointF(x, top), QPointF(x, bottom)) for x in np.arange(left + 3, right, 7)]
    height = box.height()
    if stripes is Stripes.RISING:
        lines += [(QPointF(x, bottom), QPointF(x + height, top)) for x in np.arange(left - height, right, 8)]
    if stripes is Stripes.FALLING:
        lines += [(QPointF(x, top), QPointF(x + height, bottom)) for x in np.arange(left - height, right, 8)]
    return lines
