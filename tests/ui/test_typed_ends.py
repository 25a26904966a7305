"""Entry and tip typed in patient letters: read as written, refused in words, exact where nothing was changed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PatientPosition
from planner.report.numbers import patient_point
from planner.ui.dialogs.typed_ends import TypedEndsDialog
from planner.ui.models.typed_point import typed_point
from planner.ui.panels.probe_card import ProbeCard
from planner.ui.steps import WorkStep


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("R 62.3 · P 286.8 · F 576.9 mm", (-62.3, 286.8, -576.9)),
        ("l5 a 0 h1,5", (5.0, 0.0, 1.5)),
        ("H 12, L 3, P 4", (3.0, 4.0, 12.0)),
        ("F 576.9; R 62.3; A 1.", (-62.3, -1.0, -576.9)),
    ],
)
def test_letters_say_the_side_in_any_order(text, point):
    assert typed_point(text, what="tip") == point


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("62.3 286.8 576.9", "letter before each"),
        ("R 62.3 P 286.8", "letter before each"),
        ("R 62.3 L 2 F 3", "left or right twice"),
        ("R -62.3 P 1 F 2", "write L 62.3"),
        ("R 62.3 P 1 F 2 and more", "letter before each"),
        ("R 99999 P 1 F 2", "99999 mm"),
        ("", "letter before each"),
    ],
)
def test_what_is_no_point_is_refused_in_words(text, words):
    with pytest.raises(PlanInvalid, match=words):
        typed_point(text, what="entry")


def test_a_point_that_is_printed_is_read_back():
    for at in ((-62.3, 286.8, -576.9), (0.0, -0.1, 12.4)):
        assert typed_point(patient_point(at), what="tip") == pytest.approx(at, abs=0.051)


def test_a_probe_is_moved_by_typed_numbers_as_one_step(planned, app):
    planned.go_to_step(WorkStep.PROBES)
    session = planned.desk.session
    before = session.plan.probes[0]

    planned.plan.probes.findChild(ProbeCard).deeds.type_ends()
    dialog = app.activeModalWidget()
    assert isinstance(dialog, TypedEndsDialog)
    move = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Move")
    dialog.tip.setText("L 10 P 5")
    assert not move.isEnabled()
    dialog.tip.setText("L 10 P 5 H 2")
    assert move.isEnabled()
    QTest.mouseClick(move, Qt.MouseButton.LeftButton)
    moved = session.plan.probes[0]
    assert moved.tip_lps_mm == (10.0, 5.0, 2.0)
    assert moved.entry_lps_mm == before.entry_lps_mm
    assert session.undo_label == "move P1"


def test_no_shaft_between_two_equal_points(planned):
    probe = planned.desk.session.plan.probes[0]
    dialog = TypedEndsDialog(planned, probe, PatientPosition.HFS)
    dialog.tip.setText(dialog.entry.text() + " ")
    move = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Move")
    assert not move.isEnabled()
    dialog.deleteLater()
