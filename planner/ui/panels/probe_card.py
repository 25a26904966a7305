"""Where does one probe go? Model, the operator's four numbers, entry and tip in patient letters, and what it meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout

from planner.domain.geometry import operator_pose
from planner.persistence.resources import probe_models
from planner.planning.trajectory import skin_entry
from planner.report.numbers import degrees, head_feet, mm, patient_point
from planner.services.probe_commands import LockProbe, MoveProbe, RenameProbe, SetProbeModel
from planner.ui.models.pose import with_angles, with_depth
from planner.ui.panels.model_choice import ModelChoice
from planner.ui.panels.probe_facts import CAPTION_PX, FactsSection
from planner.ui.panels.probe_head import CardHead
from planner.ui.panels.probe_menu import ProbeDeeds, menu_button
from planner.ui.panels.probe_words import LOCKED_WORDS, minded, model_flags, model_words, sentence
from planner.ui.theme.theme import theme
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QFocusEvent, QMouseEvent, QPaintEvent

    from planner.domain.geometry import PatientPosition, PointLps
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.planning.probe_facts import ProbeFacts
    from planner.ui.desk import Desk

_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
_ALT = Qt.KeyboardModifier.AltModifier
_DIGIT = 0.05


class ProbeCard(QFrame):
    """One probe; open while selected, two lines otherwise. ``chosen`` when clicked or entered; ``grown`` in height."""

    chosen = Signal()
    grown = Signal()

    def __init__(self, desk: Desk, probe: ProbePlacement) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleDescription("Enter opens, F2 renames, Alt+Up and Alt+Down reorder, Delete removes")
        self._desk = desk
        self.probe = probe
        self._facts: ProbeFacts | None = None
        self._shown: tuple[object, ...] = ()
        self._is_ringed = False
        self.deeds = ProbeDeeds(desk, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 8, 8)
        column.setSpacing(4)
        self._models = ModelChoice()
        self.head = CardHead(self._models, menu_button(self.deeds))
        column.addLayout(self.head)
        self._summary = ElidedLabel("secondary")
        self._summary.setContentsMargins(24, 0, 0, 0)
        column.addWidget(self._summary)
        self._open = QFrame()
        self._fill_open(QVBoxLayout(self._open))
        column.addWidget(self._open)
        self._flag_row = QFrame()
        flag = QHBoxLayout(self._flag_row)
        flag.setContentsMargins(24, 0, 0, 0)
        flag.setSpacing(6)
        self._flag = label("", "secondary", wrap=True)
        flag.addWidget(IconLabel("warning", "check"), 0, Qt.AlignmentFlag.AlignTop)
        flag.addWidget(self._flag, 1)
        column.addWidget(self._flag_row)
        self._connect()

    def _connect(self) -> None:
        self.head.name.renamed.connect(self._rename)
        self.head.grip.stepped.connect(self.deeds.step)
        self.head.eye.clicked.connect(self._turn_eye)
        self.head.lock.clicked.connect(self._turn_lock)
        self._models.activated.connect(self._set_model)
        self._about.clicked.connect(self.deeds.about)
        self.facts.place_chosen.connect(self._desk.look_at)
        self.facts.grown.connect(self.grown)

    def _fill_open(self, column: QVBoxLayout) -> None:
        column.setContentsMargins(24, 0, 4, 0)
        column.setSpacing(6)
        self._locked = label(LOCKED_WORDS, "hint", wrap=True)
        column.addWidget(self._locked)
        self._depth = NumberField(unit="mm", low=1, high=400)
        self._table = label("", "name")
        self._in_plane = NumberField(unit="°", low=-180, high=180)
        self._tilt = NumberField(unit="°", low=-89, high=89)
        self._depth.editingFinished.connect(self._set_depth)
        self._in_plane.editingFinished.connect(self._set_angles)
        self._tilt.editingFinished.connect(self._set_angles)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        fields = (("Depth", self._depth), ("Table", self._table), ("In-plane", self._in_plane), ("Tilt", self._tilt))
        for at, (name, field) in enumerate(fields):
            field.setAccessibleName(name)
            field.installEventFilter(self)
            grid.addWidget(label(name, "secondary"), at // 2, at % 2 * 2)
            grid.addWidget(field, at // 2, at % 2 * 2 + 1)
            grid.setColumnStretch(at % 2 * 2 + 1, 1)
        column.addLayout(grid)
        places = QVBoxLayout()
        places.setSpacing(2)
        self._places = {name: ElidedLabel("secondary") for name in ("Entry", "Tip", "Scanner")}
        for name, shown in self._places.items():
            row = QHBoxLayout()
            row.setSpacing(8)
            caption = label(name, "hint")
            caption.setFixedWidth(CAPTION_PX)
            row.addWidget(caption)
            row.addWidget(shown, 1)
            places.addLayout(row)
        column.addLayout(places)
        self.facts = FactsSection()
        column.addWidget(self.facts)
        self._about = QPushButton("About this probe")
        self._about.setProperty("look", "link")
        column.addWidget(self._about, 0, Qt.AlignmentFlag.AlignLeft)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_probe(self, probe: ProbePlacement, *, selected: bool) -> None:
        """Show a probe's present values."""
        plan = self._plan()
        if plan is None:
            return
        is_locked, is_hidden = plan.is_locked(probe.id), probe.id in self._desk.view.hidden_probes
        shown = (plan.position, plan.volume, is_locked, is_hidden, selected)
        if self._shown == (probe, *shown):  # in a drag most cards stay as they are
            return
        self._shown = (probe, *shown)
        self.probe = probe
        if self.property("selected") != selected:
            self.setProperty("selected", selected)
            self.style().unpolish(self)
            self.style().polish(self)
        model = self._model()
        name = model_words(model) if model else f"Unknown model {probe.model_id}"
        self.head.show_state(probe.label, is_open=selected, is_hidden=is_hidden, is_locked=is_locked)
        self.head.model.show_text(name)
        self._models.select_data(probe.model_id)
        self._lock_fields(is_locked=is_locked)
        self._show_pose(probe, plan)
        self._show_flag()
        self._open.setVisible(selected)
        self._summary.setVisible(not selected)
        state = ", ".join(word for word, is_so in (("locked", is_locked), ("hidden", is_hidden)) if is_so)
        spoken = (probe.label, name, state, self._summary.whole_text(), self._flag.text())
        self.setAccessibleName(", ".join(part for part in spoken if part))

    def _lock_fields(self, *, is_locked: bool) -> None:
        self._locked.setVisible(is_locked)
        for field in (self._models, self._depth, self._in_plane, self._tilt):
            field.setEnabled(not is_locked)
            field.setToolTip(LOCKED_WORDS if is_locked else "")

    def _show_pose(self, probe: ProbePlacement, plan: Plan) -> None:
        pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, plan.position)
        in_plane, tilt = degrees(pose.in_plane_deg, pose.hub_leans), degrees(pose.tilt_deg, pose.hub_toward)
        self._depth.show_value(pose.depth_mm)
        self._table.setText(head_feet(pose.table_hf_mm))
        self._table.setToolTip("Entry slice in patient coordinates")
        self._in_plane.setSuffix(f"° {pose.hub_leans}".rstrip())
        self._in_plane.show_value(pose.in_plane_deg)
        self._tilt.setSuffix(f"° {pose.hub_toward}".rstrip())
        self._tilt.show_value(pose.tilt_deg)
        if not plan.is_locked(probe.id):
            self._in_plane.setToolTip("Hub leans to this side of the patient; a negative angle leans to the other side")
            self._tilt.setToolTip("Hub toward this end; a negative angle tilts to the other end")
        location = plan.volume.slice_location_mm(pose.table_hf_mm)
        self._places["Entry"].show_text(patient_point(probe.entry_lps_mm))
        self._places["Tip"].show_text(patient_point(probe.tip_lps_mm))
        self._places["Scanner"].show_text(
            f"SliceLocation {mm(location)} at the entry" if location is not None else "No slice location in the headers"
        )
        self._summary.show_text(f"{mm(pose.depth_mm)} deep · in-plane {in_plane} · tilt {tilt}")

    def show_facts(self, facts: ProbeFacts) -> None:
        """Show what the shaft meets, and what the placement itself breaks."""
        self._facts = facts
        plan = self._plan()
        colours = {} if plan is None else {str(s.id): s.colour for s in plan.structures if s.colour}
        self.facts.show_facts(facts, self._model(), colours)
        self._show_flag()

    def _show_flag(self) -> None:
        """Say the worst: what the placement breaks, then what the catalogue lacks, then what is unverified."""
        model, facts = self._model(), self._facts
        parts = [finding.sentence for finding in facts.findings] if facts is not None else []
        if not parts and model is not None and not model.can_simulate:
            parts.append(f"Cannot be simulated: missing {', '.join(model.missing_words)}")
        if not parts and facts is not None and not self.property("selected"):
            names = dict.fromkeys(one.name for one in minded(facts))
            parts += [f"Crosses {', '.join(names)}."] if names else []
        if not parts and model is not None:
            parts.append(sentence(model_flags(model)))
        self._flag.setText("\n".join(part for part in parts if part))
        self._flag_row.setVisible(bool(self._flag.text()))

    def _model(self) -> ProbeModel | None:
        return next((model for model in probe_models() if model.id == self.probe.model_id), None)

    def _plan(self) -> Plan | None:
        return self._desk.session.plan if self._desk.session is not None else None

    def _ref_position(self) -> PatientPosition | None:
        plan = self._plan()
        return None if plan is None else plan.position

    # --- acting ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the probe."""
        super().mousePressEvent(event)
        self.chosen.emit()

    def event(self, event: QEvent) -> bool:
        """Keep the card's own keys from the window's actions of the same key, wherever in the card the focus is."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._deed_of(event):
            event.accept()
            return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the card's keys from a number's field too, which would step its value at Alt+Up."""
        deed = self._deed_of(event) if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        if deed is None:
            return super().eventFilter(watched, event)
        deed()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 renames, Alt with an arrow reorders; on the card itself Enter opens and Delete removes."""
        deed = self._deed_of(event)
        if deed is not None:
            deed()
        else:
            super().keyPressEvent(event)

    def _deed_of(self, event: QKeyEvent) -> Callable[[], object] | None:
        key, is_alt = event.key(), bool(event.modifiers() & _ALT)
        if key == Qt.Key.Key_F2:
            return self.begin_rename
        if is_alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return lambda: self.deeds.step(-1 if key == Qt.Key.Key_Up else 1)
        is_here = self.window().focusWidget() is self  # not in one of its fields
        if is_here and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            return self.chosen.emit
        if is_here and key == Qt.Key.Key_Delete:
            return self.deeds.remove
        return None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring when the keyboard brought the focus."""
        super().focusInEvent(event)
        self._is_ringed = event.reason() in _BY_KEYBOARD
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self._is_ringed = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card, then the ring."""
        super().paintEvent(event)
        if self._is_ringed:
            painter = QPainter(self)
            painter.setPen(QPen(QColor(theme().tokens.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def begin_rename(self) -> None:
        """Turn the name into a field."""
        self.head.name.begin()

    def _rename(self, typed: str) -> None:
        self._desk.apply(RenameProbe(self.probe.id, self.probe.label, typed))

    def _turn_eye(self) -> None:
        self._desk.view.show_probe(self.probe.id, on=self.probe.id in self._desk.view.hidden_probes)

    def _turn_lock(self) -> None:
        plan = self._plan()
        if plan is not None:
            self._desk.apply(LockProbe(self.probe.id, self.probe.label, not plan.is_locked(self.probe.id)))

    def _set_model(self, index: int) -> None:
        chosen = str(self._models.itemData(index))
        if not self._desk.apply(SetProbeModel(self.probe.id, self.probe.label, chosen)):
            self._models.select_data(self.probe.model_id)

    def _set_depth(self) -> None:
        if abs(self._depth.value() - round(self.probe.depth_mm, 1)) >= 0.05:
            self._move(self.probe.entry_lps_mm, with_depth(self.probe, self._depth.value()), part="tip")

    def _set_angles(self) -> None:
        position = self._ref_position()
        if position is None:
            return
        pose = operator_pose(self.probe.entry_lps_mm, self.probe.tip_lps_mm, position)
        in_plane_deg, tilt_deg = _typed(self._in_plane, pose.in_plane_deg), _typed(self._tilt, pose.tilt_deg)
        if (in_plane_deg, tilt_deg) == (pose.in_plane_deg, pose.tilt_deg):
            return
        entry = with_angles(self.probe, position, in_plane_deg=in_plane_deg, tilt_deg=tilt_deg)
        on_skin = self._on_skin(entry)
        is_moved = self._move(on_skin or entry, self.probe.tip_lps_mm, part="entry")
        if is_moved and on_skin is not None:
            self._desk.say(f"{self.probe.label}: tip kept, entry put on the skin along the new angle.")

    def _on_skin(self, entry: PointLps) -> PointLps | None:
        """Return where the shaft of that direction leaves the body; None without a body mask."""
        session = self._desk.session
        skin = session.plan.skin if session else None
        if session is None or skin is None:
            return None
        tip = np.asarray(self.probe.tip_lps_mm)
        return skin_entry(tip, np.asarray(entry) - tip, body=session.mask(skin.id), grid=session.plan.volume.grid)

    def _move(self, entry: PointLps, tip: PointLps, *, part: str) -> bool:
        plan = self._plan()
        is_moved = self._desk.apply(MoveProbe(self.probe.id, self.probe.label, entry, tip, part))
        if not is_moved and plan is not None:
            self._show_pose(self.probe, plan)  # the fields say again what is in the plan
        return is_moved


def _typed(field: NumberField, present: float) -> float:
    """Return what was typed; a value that was not typed anew stays to its last digit."""
    return present if abs(field.value() - round(present, 1)) < _DIGIT else field.value()
