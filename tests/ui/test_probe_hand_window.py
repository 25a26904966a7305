"""Are probes placed, pointed and turned by mouse and keys in the whole window? Numbers from the saved plan.

The body's front lies at y = −30 mm; the probe runs from (0, −30, 0) to its tip at (0, 0, 0), on the middle of the
nerve's treatment segment.
"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.domain.identity import ProbeId
from planner.rendering.primitives import Label
from planner.services.probe_commands import MoveProbe
from tests.ui.probe_hands import ALT, CTRL, LEFT, PLAIN, SHIFT, drag, hold, move, pixel, saved_plan

P1 = ProbeId("p1")
ENTRY, TIP, FRONT_MM = (0.0, -30.0, 0.0), (0.0, 0.0, 0.0), -30.0
NONE = Qt.MouseButton.NoButton
ONE_DEGREE_MM = 30 * np.tan(np.radians(1.0))


@pytest.fixture
def kept(planned, tmp_path):
    """The window with the small plan kept in a file."""
    planned.desk.session.keep_in(tmp_path / "kept.frostline", source_folder="somewhere")
    planned.resize(1600, 1000)
    planned.activateWindow()
    planned.grab()
    planned.saved = lambda: saved_plan(planned.desk.session, tmp_path)
    return planned


def said(window):
    return window.status.sentence.whole_text()


def press(window, key, modifier=PLAIN):
    """Press a key in the axial view, as the window's shortcut or the view's own."""
    axial = window.plan.grid.views["axial"]
    axial.setFocus()
    QTest.keyClick(axial, key, modifier)
    QApplication.processEvents()


def test_keys_point_turn_slide_lock_and_hide(kept):
    session = kept.desk.session
    off = MoveProbe(P1, "P1", ENTRY, (4.0, 3.0, 2.0), "tip")
    kept.desk.apply(off)
    press(kept, Qt.Key.Key_T, SHIFT)
    assert kept.saved().probes[0].tip_lps_mm == pytest.approx(TIP, abs=0.3)
    assert kept.saved().probes[0].entry_lps_mm == ENTRY
    assert said(kept).endswith("entry kept.")
    session.undo()
    session.undo()
    for key, modifier, expected in (
        (Qt.Key.Key_W, PLAIN, (ONE_DEGREE_MM, FRONT_MM, 0.0)),
        (Qt.Key.Key_Q, PLAIN, (-ONE_DEGREE_MM, FRONT_MM, 0.0)),
        (Qt.Key.Key_W, SHIFT, (0.0, FRONT_MM, ONE_DEGREE_MM)),
        (Qt.Key.Key_Q, SHIFT, (0.0, FRONT_MM, -ONE_DEGREE_MM)),
    ):
        press(kept, key, modifier)
        assert kept.saved().probes[0].entry_lps_mm == pytest.approx(expected, abs=0.01)
        assert kept.saved().probes[0].tip_lps_mm == TIP
        assert "1.0°" in said(kept)
        assert said(kept).endswith("tip kept, entry put on the skin.")
        session.undo()
    for key, modifier, depth_mm in (
        (Qt.Key.Key_BracketRight, PLAIN, 31.0),
        (Qt.Key.Key_BracketLeft, PLAIN, 30.0),
        (Qt.Key.Key_BracketRight, SHIFT, 30.1),
        (Qt.Key.Key_BracketLeft, SHIFT, 30.0),
    ):
        press(kept, key, modifier)
        assert kept.saved().probes[0].tip_lps_mm == pytest.approx((0.0, depth_mm - 30.0, 0.0), abs=1e-9)
        assert f"{depth_mm:.1f} mm deep" in said(kept)
    press(kept, Qt.Key.Key_L)
    assert kept.saved().is_locked(P1)
    before = kept.saved()
    press(kept, Qt.Key.Key_W)
    assert kept.saved() == before
    press(kept, Qt.Key.Key_L)
    press(kept, Qt.Key.Key_H)
    assert kept.desk.view.hidden_probes == {P1}
    press(kept, Qt.Key.Key_H)
    assert not kept.desk.view.hidden_probes


def test_arrows_nudge_by_the_millimetre_the_tenth_and_five(kept):
    sagittal = kept.plan.grid.views["sagittal"]
    QTest.mouseClick(sagittal, LEFT, PLAIN, pixel(sagittal, TIP))
    for key, modifier in ((Qt.Key.Key_Up, PLAIN), (Qt.Key.Key_Right, SHIFT), (Qt.Key.Key_Down, CTRL)):
        QTest.keyClick(sagittal, key, modifier)
    assert kept.saved().probes[0].tip_lps_mm == pytest.approx((0.0, 0.1, 1.0 - 5.0))


@pytest.mark.parametrize("is_free", [False, True], ids=["on the skin", "Alt: off the skin"])
def test_target_then_entry_in_two_views(kept, is_free):
    axial, sagittal = kept.plan.grid.views["axial"], kept.plan.grid.views["sagittal"]
    press(kept, Qt.Key.Key_P)
    at = pixel(axial, (10.0, 5.0, 0.0))
    tip = np.array(axial.plane.to_lps((at.x(), at.y())))
    QTest.mouseClick(axial, LEFT, PLAIN, at)
    at = pixel(sagittal, (0.0, -20.0, 10.0))
    clicked = np.array(sagittal.plane.to_lps((at.x(), at.y())))
    move(sagittal, at, buttons=NONE)
    hints = [mark.text for mark in sagittal.primitives() if isinstance(mark, Label) and "entry" in mark.text]
    assert hints == ["Click the entry; Alt: off the skin"]
    QTest.mouseClick(sagittal, LEFT, ALT if is_free else PLAIN, at)
    made = kept.saved().probes[-1]
    assert len(kept.saved().probes) == 2
    assert made.tip_lps_mm == pytest.approx(tip, abs=1e-6)
    share = (FRONT_MM - tip[1]) / (clicked[1] - tip[1])
    assert made.entry_lps_mm == pytest.approx(clicked if is_free else tip + share * (clicked - tip), abs=0.02)
    assert ("put on the skin" in said(kept)) is not is_free


def test_an_entry_off_the_skin_is_said_and_one_key_puts_it_there(kept):
    axial = kept.plan.grid.views["axial"]
    start = pixel(axial, ENTRY)
    end = pixel(axial, (8.0, -38.0, 0.0))
    drag(axial, start, end, ALT)
    free = kept.saved().probes[0].entry_lps_mm
    mm = axial.plane.mm_per_px
    assert free == pytest.approx(((end.x() - start.x()) * mm, FRONT_MM + (end.y() - start.y()) * mm, 0.0), abs=1e-9)
    on_skin = np.asarray(free) * FRONT_MM / free[1]
    outside_mm = np.linalg.norm(free) - np.linalg.norm(on_skin)
    assert f"{outside_mm:.1f} mm outside the skin; Shift+E puts it there" in said(kept)
    press(kept, Qt.Key.Key_E, SHIFT)
    assert kept.saved().probes[0].entry_lps_mm == pytest.approx(on_skin, abs=0.01)
    assert kept.saved().probes[0].tip_lps_mm == TIP


@pytest.mark.parametrize("name", ["axial", "scene"])
def test_escape_belongs_to_the_drag_before_it_is_the_windows(kept, qtbot, name):
    """The window's Esc takes the pointer; in a drag it must not, and leaves no step."""
    qtbot.waitUntil(lambda: hasattr(kept.plan.grid.views.get("scene"), "stage"), timeout=10_000)
    view = kept.plan.grid.views[name]
    if name == "scene":
        qtbot.waitUntil(lambda: view.grab() is not None and view.is_complete, timeout=20_000)
        seen = view.stage.to_picture((view.width(), view.height())) @ (*TIP, 1.0)
        start = QPoint(round(seen[0] / seen[3]), round(seen[1] / seen[3]))
    else:
        start = pixel(view, TIP)
    coronal = kept.plan.grid.views["coronal"]
    QTest.mouseClick(coronal, LEFT, PLAIN, pixel(coronal, TIP))
    assert coronal.selected_handle is not None, "a handle selected elsewhere does not take the key"
    hold(view, start, start + QPoint(30, 12))
    assert kept.desk.session.plan.probes[0].tip_lps_mm != TIP
    press(kept, Qt.Key.Key_Escape)
    assert kept.desk.session.plan.probes[0].tip_lps_mm == TIP
    assert kept.desk.session.undo_label == ""
    QTest.mouseRelease(view, LEFT, PLAIN, start + QPoint(30, 12))
    assert kept.saved().probes[0].tip_lps_mm == TIP
