"""Where does one probe go? Model, the operator's four numbers, entry and tip in patient letters, and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QMenu, QToolButton, QVBoxLayout

from planner.domain.geometry import OperatorPose, operator_pose
from planner.persistence.resources import probe_models
from planner.planning.probe_copies import mirrored_copy, parallel_copy
from planner.planning.side import TOLERANCE_MM, find_midline
from planner.planning.trajectory import skin_entry
from planner.report.numbers import degrees, head_feet, mm, patient_point
from planner.services.probe_commands import AddProbe, MoveProbe, RemoveProbe, SetProbeModel
from planner.ui.dialogs.parallel_copy import ParallelCopyDialog
from planner.ui.models.pose import with_angles, with_depth
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QMouseEvent

    from planner.domain.geometry import PatientPosition, PointLps
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.review import Finding
    from planner.ui.desk import Desk


def model_words(model: ProbeModel) -> str:
    """Return a model's name in one line, such as ``"IceSphere 1.5 · 17G · argon"``."""
    parts = [model.label, *(part for part in (model.gauge, model.cryogen) if part and part not in model.label)]
    return " · ".join(parts)


def model_flags(model: ProbeModel) -> str:
    """Return which values of a model were not read in a source; empty when all were."""
    data = {
        "diameter": model.shaft_diameter_mm,
        "active tip": model.active_tip_mm,
        "surface temperature": model.surface_temperature_c,
    }
    by_flag: dict[str, list[str]] = {}
    for word, datum in data.items():
        if datum.value is not None and datum.flag:
            by_flag.setdefault(datum.flag, []).append(word)
    return "; ".join(f"{flag}: {', '.join(words)}" for flag, words in by_flag.items())


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


class ModelChoice(ChoiceField):
    """The catalogue. A model that cannot be simulated is listed with its reason and cannot be chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Probe model")
        for model in probe_models():
            if model.can_simulate:
                self.addItem(model_words(model), model.id)
                words = "\n".join(part for part in (model.boundary_words, _sentence(model_flags(model))) if part)
                self.setItemData(self.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
                continue
            reason = f"cannot be simulated, missing {', '.join(model.missing_words)}"
            self.addItem(f"{model_words(model)}: {reason}", model.id)
            self.setItemData(self.count() - 1, model.boundary_words, Qt.ItemDataRole.ToolTipRole)
            items = self.model()
            assert isinstance(items, QStandardItemModel)  # noqa: S101 - what QComboBox makes
            items.item(self.count() - 1).setEnabled(False)


class ProbeCard(QFrame):
    """One probe; open while selected, two lines otherwise. ``chosen`` when clicked or focused."""

    chosen = Signal()

    def __init__(self, desk: Desk, probe: ProbePlacement) -> None:
        super().__init__()
        self.setObjectName("card")
        self._desk = desk
        self.probe = probe
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        column.addLayout(self._make_head())
        self._summary = ElidedLabel("secondary")
        self._summary.setContentsMargins(32, 0, 0, 0)
        column.addWidget(self._summary)
        self._open = QFrame()
        self._fill_open(QVBoxLayout(self._open))
        column.addWidget(self._open)
        self._flag_row = QFrame()
        flag = QHBoxLayout(self._flag_row)
        flag.setContentsMargins(0, 0, 0, 0)
        flag.setSpacing(6)
        self._flag = label("", "secondary", wrap=True)
        flag.addWidget(IconLabel("warning", "check"))
        flag.addWidget(self._flag, 1)
        column.addWidget(self._flag_row)

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(8)
        self._label = label("", "heading")
        self._name = ElidedLabel("name")
        self._copy = QToolButton()
        set_icon(self._copy, "plus", "text_3")
        self._copy.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._copy)
        menu.addAction("Copy beside …", self._copy_beside)
        menu.addAction("Copy to the other side", self._copy_mirrored)
        self._copy.setMenu(menu)
        self._remove = QToolButton()
        set_icon(self._remove, "trash", "text_3")
        self._remove.clicked.connect(self._ask_remove)
        head.addWidget(self._label)
        head.addWidget(self._name, 1)
        head.addWidget(self._copy)
        head.addWidget(self._remove)
        return head

    def _fill_open(self, column: QVBoxLayout) -> None:
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._models = ModelChoice()
        self._models.activated.connect(self._set_model)
        column.addWidget(self._models)
        self._depth = NumberField(unit="mm", low=1, high=400)
        self._table = label("", "name")
        self._in_plane = NumberField(unit="°", low=-90, high=90)
        self._tilt = NumberField(unit="°", low=-89, high=89)
        self._depth.editingFinished.connect(self._set_depth)
        self._in_plane.editingFinished.connect(self._set_angles)
        self._tilt.editingFinished.connect(self._set_angles)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for at, (name, field) in enumerate(
            (("Depth", self._depth), ("Table", self._table), ("In-plane", self._in_plane), ("Tilt", self._tilt))
        ):
            field.setAccessibleName(name)
            grid.addWidget(label(name, "secondary"), at // 2, at % 2 * 2)
            grid.addWidget(field, at // 2, at % 2 * 2 + 1)
            grid.setColumnStretch(at % 2 * 2 + 1, 1)
        column.addLayout(grid)
        self._entry, self._tip, self._scanner = (
            ElidedLabel("secondary"),
            ElidedLabel("secondary"),
            ElidedLabel("secondary"),
        )
        for name, shown in (("Entry", self._entry), ("Tip", self._tip), ("Scanner", self._scanner)):
            row = QHBoxLayout()
            caption = label(name, "hint")
            caption.setFixedWidth(52)
            row.addWidget(caption)
            row.addWidget(shown, 1)
            column.addLayout(row)
        self._boundary = label("", "hint", wrap=True)
        column.addWidget(self._boundary)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_probe(self, probe: ProbePlacement, *, selected: bool) -> None:
        """Show a probe's present values."""
        self.probe = probe
        if self.property("selected") != selected:
            self.setProperty("selected", selected)
            self.style().unpolish(self)
            self.style().polish(self)
        model = next((m for m in probe_models() if m.id == probe.model_id), None)
        self._label.setText(probe.label)
        name = model_words(model) if model else f"Unknown model {probe.model_id}"
        self._name.show_text("" if selected else name)
        self._remove.setToolTip(f"Remove {probe.label}")
        self._remove.setAccessibleName(f"Remove {probe.label}")
        self._copy.setToolTip(f"Copy {probe.label}")
        self._copy.setAccessibleName(f"Copy {probe.label}")
        self._models.select_data(probe.model_id)
        self._boundary.setText("" if model is None else model.boundary_words)
        self._boundary.setToolTip("" if model is None else "\n".join(model.notes))
        self._boundary.setVisible(model is not None)
        self._show_pose(probe)
        self._show_flag(model)
        self._open.setVisible(selected)
        self._summary.setVisible(not selected)
        self.setAccessibleName(f"{probe.label}, {name}, {self._summary.whole_text()}")

    def _show_pose(self, probe: ProbePlacement) -> None:
        ref = self._ref_position()
        if ref is None or self._desk.session is None:
            return
        pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, ref)
        in_plane, tilt = degrees(pose.in_plane_deg, pose.hub_leans), degrees(pose.tilt_deg, pose.hub_toward)
        self._depth.show_value(pose.depth_mm)
        self._table.setText(head_feet(pose.table_hf_mm))
        self._in_plane.setSuffix(f"° {pose.hub_leans}".rstrip())
        self._in_plane.show_value(pose.in_plane_deg)
        self._in_plane.setToolTip("Hub leans to this side of the patient; a negative angle leans to the other side")
        self._tilt.setSuffix(f"° {pose.hub_toward}".rstrip())
        self._tilt.show_value(pose.tilt_deg)
        self._tilt.setToolTip("Hub toward this end; a negative angle tilts to the other end")
        self._entry.show_text(patient_point(probe.entry_lps_mm))
        self._tip.show_text(patient_point(probe.tip_lps_mm))
        location = self._desk.session.plan.volume.slice_location_mm(pose.table_hf_mm)
        self._scanner.show_text(
            f"Slice location {mm(location)}" if location is not None else "No slice location in the headers"
        )
        self._summary.show_text(f"{mm(pose.depth_mm)} deep · in-plane {in_plane} · tilt {tilt}")

    def _show_flag(self, model: ProbeModel | None) -> None:
        words = "" if model is None else model_flags(model)
        if model is not None and not model.can_simulate:
            words = f"Cannot be simulated: missing {', '.join(model.missing_words)}"
        self._flag.setText(_sentence(words))
        self._flag_row.setVisible(bool(words))

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show what the placement itself breaks, ahead of what the catalogue lacks."""
        if findings:
            self._flag.setText(findings[0].sentence)
            self._flag_row.setVisible(True)

    def _ref_position(self) -> PatientPosition | None:
        return self._desk.session.plan.position if self._desk.session else None

    # --- acting ------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the probe."""
        super().mousePressEvent(event)
        self.chosen.emit()

    def _set_model(self, index: int) -> None:
        self._desk.apply(SetProbeModel(self.probe.id, self.probe.label, str(self._models.itemData(index))))

    def _set_depth(self) -> None:
        if abs(self._depth.value() - round(self.probe.depth_mm, 1)) >= 0.05:
            self._move(self.probe.entry_lps_mm, with_depth(self.probe, self._depth.value()), part="tip")

    def _set_angles(self) -> None:
        position = self._ref_position()
        if position is None:
            return
        pose = operator_pose(self.probe.entry_lps_mm, self.probe.tip_lps_mm, position)
        if not self._angles_differ(pose):
            return
        entry = with_angles(self.probe, position, in_plane_deg=self._in_plane.value(), tilt_deg=self._tilt.value())
        on_skin = self._on_skin(entry)
        self._move(on_skin or entry, self.probe.tip_lps_mm, part="entry")
        if on_skin is not None:
            self._desk.say(f"{self.probe.label}: tip kept, entry put on the skin along the new angle.")

    def _on_skin(self, entry: PointLps) -> PointLps | None:
        """Return where the shaft of that direction leaves the body; None without a body mask."""
        session = self._desk.session
        skin = session.plan.skin if session else None
        if session is None or skin is None:
            return None
        tip = np.asarray(self.probe.tip_lps_mm)
        return skin_entry(tip, np.asarray(entry) - tip, body=session.mask(skin.id), grid=session.plan.volume.grid)

    def _angles_differ(self, pose: OperatorPose) -> bool:
        typed = (self._in_plane.value(), self._tilt.value())
        shown = (round(pose.in_plane_deg, 1), round(pose.tilt_deg, 1))
        return any(abs(one - other) >= 0.05 for one, other in zip(typed, shown, strict=True))

    def _move(self, entry: PointLps, tip: PointLps, *, part: str) -> None:
        self._desk.apply(MoveProbe(self.probe.id, self.probe.label, entry, tip, part))

    def _copy_beside(self) -> None:
        session = self._desk.session
        dialog = ParallelCopyDialog(self, self.probe)
        if session is None or dialog.exec() != QDialog.DialogCode.Accepted:
            return
        name, probe = session.plan.next_probe_label(), self.probe
        self._add(lambda: parallel_copy(probe, name, spacing_mm=dialog.spacing_mm, toward=dialog.toward))

    def _copy_mirrored(self) -> None:
        session = self._desk.session
        if session is None:
            return
        plan, probe = session.plan, self.probe
        masks = {s.id: session.mask(s.id) for s in plan.structures if s.kind in TOLERANCE_MM}
        level_mm = probe.tip_lps_mm[2]
        midline = find_midline(level_mm, structures=plan.structures, masks=masks, grid=plan.volume.grid)
        if midline is None:
            self._desk.say("The patient’s midline is not known here: find or draw the spinal cord, bone or skin first.")
        elif self._add(lambda: mirrored_copy(probe, plan.next_probe_label(), midline_x_mm=midline.x_mm)):
            self._desk.say(f"Mirrored at the middle of {midline.source}; the two sides of a patient differ: check it.")

    def _add(self, make: Callable[[], ProbePlacement]) -> bool:
        """Put a copy into the plan and select it; a copy that cannot be is refused in words."""

        def add() -> None:
            made = make()
            if self._desk.apply(AddProbe(made)):
                self._desk.view.select_probe(made.id)

        return self._desk.attempt(add)

    def _ask_remove(self) -> None:
        self._desk.apply(RemoveProbe(self.probe.id, self.probe.label))
