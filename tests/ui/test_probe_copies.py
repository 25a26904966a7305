"""A copy of a probe is made from its card by mouse, lies where asked, and is one step to undo."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from planner.domain.geometry import PatientPosition
from planner.planning.probe_copies import Toward
from planner.ui.dialogs.parallel_copy import ParallelCopyDialog
from planner.ui.panels.probe_card import ProbeCard
from planner.ui.steps import WorkStep
from planner.ui.view_state import Tool
from planner.ui.widgets.fields import ChoiceField


def _choose(window, words):
    """Open the first card's copy menu with the mouse and press an entry of it."""
    card = next(c for c in window.plan.probes.findChildren(ProbeCard) if c.probe.label == "P1")
    button = next(b for b in card.findChildren(QPushButton) if b.accessibleName() == "More for P1")
    menu = button.menu()

    def press():
        action = next(a for a in menu.actions() if a.text() == words)
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())

    QTimer.singleShot(50, press)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.qWait(150)


def test_a_copy_beside_lies_at_the_spacing_typed(planned, app):
    session = planned.desk.session
    original = session.plan.probes[0]
    count = len(session.plan.probes)

    _choose(planned, "Copy beside …")
    dialog = app.activeModalWidget()
    assert isinstance(dialog, ParallelCopyDialog)
    dialog.spacing.setValue(12.0)
    dialog.direction.select_data(Toward.HEAD)
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy")
    QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
    made = session.plan.probes[-1]
    assert len(session.plan.probes) == count + 1
    gap = np.subtract(made.tip_lps_mm, original.tip_lps_mm)
    assert np.linalg.norm(gap) == pytest.approx(12.0)
    assert gap @ np.asarray(original.direction_lps) == pytest.approx(0.0, abs=1e-9)
    assert gap[2] > 0
    assert made.direction_lps == pytest.approx(original.direction_lps)
    assert planned.desk.view.selected_probe == made.id
    words = " ".join(label.text() for label in planned.plan.probes.findChildren(QLabel))
    assert "shafts 12.0 mm apart" in words
    planned.desk.undo()
    assert len(session.plan.probes) == count
    assert planned.desk.view.tool is Tool.POINTER


def test_the_other_side_is_mirrored_at_the_patients_middle(planned):
    session = planned.desk.session
    original = session.plan.probes[0]
    skin = next(s for s in session.plan.structures if s.kind.value == "skin")
    k, j, i = np.nonzero(session.mask(skin.id))
    xs = session.volume.grid.to_lps(np.stack([i, j, k], axis=1).astype(float))
    band = np.abs(xs[:, 2] - original.tip_lps_mm[2]) <= 15.0
    middle_mm = float(xs[band, 0].mean())
    _choose(planned, "Copy to the other side")
    made = session.plan.probes[-1]
    assert made.tip_lps_mm[0] == pytest.approx(2 * middle_mm - original.tip_lps_mm[0], abs=0.5)
    assert made.tip_lps_mm[1:] == original.tip_lps_mm[1:]
    assert made.entry_lps_mm[1:] == original.entry_lps_mm[1:]


def test_how_the_patient_will_lie_is_chosen_by_key_and_undone(planned, qtbot):
    session = planned.desk.session
    planned.go_to_step(WorkStep.PROBES)
    lie = next(c for c in planned.plan.probes.findChildren(ChoiceField) if c.accessibleName() == "Planned position")
    assert lie.currentText().endswith("as scanned")
    qtbot.keyClick(lie, Qt.Key.Key_Down)
    position = session.plan.planned_position
    assert isinstance(position, PatientPosition)
    assert position is not session.plan.volume.patient_position
    assert lie.currentText() == position.words.partition(", ")[2].capitalize()
    assert session.undo_label == f"plan for {position.words}"
    qtbot.keyClick(lie, Qt.Key.Key_Up)
    assert session.plan.planned_position is None
    planned.desk.undo()
    assert session.plan.planned_position is position
