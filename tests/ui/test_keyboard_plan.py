"""Can a whole plan be made without a mouse? From a folder to a report by keys alone; the file is read by hand after.

The truth is the simple patient's: where its dots were written into the DICOM files. The crosshair goes in steps of 1 mm
within a slice, so a place is reached to within half of that, and through the slices exactly.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from planner.ui.slices.slice_view import SliceView
from planner.ui.start.import_dialog import ImportDialog
from planner.ui.start.series_list import SeriesTree
from tests.ui.real_hands import CTRL, SHIFT, ClickCount, Keyboard, kept_plan
from tests.ui.simple_patient import skin_mm, write_simple_patient

PATIENCE_MS = 240_000
HALF_STEP_MM = 0.5


def _is_slice(widget) -> bool:
    return isinstance(widget, SliceView)


def _pick(keys: Keyboard, name: str, text: str) -> None:
    """Take a row of a choice by opening it with a key and walking down."""
    box = keys.tab_to(name)
    assert isinstance(box, QComboBox)
    wanted = next(n for n in range(box.count()) if box.itemText(n).startswith(text))
    for _ in range(box.count()):
        if box.currentIndex() == wanted:
            break
        keys.press(Qt.Key.Key_Down if box.currentIndex() < wanted else Qt.Key.Key_Up)
    assert box.currentText().startswith(text), f"{name} shows “{box.currentText()}”"


def _cross_to(keys: Keyboard, window, place) -> None:
    """Move the crosshair to a place in the axial view: slices with the arrows, the rest in steps of 10 and 1 mm."""
    view = keys.region(_is_slice, "a slice")
    assert "Axial" in view.accessibleName()
    for axis, (less, more) in ((0, (Qt.Key.Key_Left, Qt.Key.Key_Right)), (1, (Qt.Key.Key_Up, Qt.Key.Key_Down))):
        here = window.desk.view.crosshair_lps_mm[axis]
        whole = round(float(place[axis] - here))
        key = more if whole > 0 else less
        keys.press(key, CTRL | SHIFT, times=abs(whole) // 10)
        keys.press(key, CTRL, times=abs(whole) % 10)
    slices = round((place[2] - window.desk.view.crosshair_lps_mm[2]) / 2.0)
    keys.press(Qt.Key.Key_Up if slices > 0 else Qt.Key.Key_Down, times=abs(slices))
    assert np.abs(np.subtract(window.desk.view.crosshair_lps_mm, place)).max() <= HALF_STEP_MM + 0.51


def test_a_whole_plan_by_keyboard_alone(real_window, qtbot, tmp_path):
    window = real_window
    folder = tmp_path / "ct"
    folder.mkdir()
    dots = write_simple_patient(folder).dots_lps_mm
    count, keys = ClickCount(), Keyboard(window)

    def until(condition):
        qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    _import(keys, window, folder, until)
    session = window.desk.session
    keys.tab_to("Find all")
    keys.press(Qt.Key.Key_Space)
    until(lambda: len(session.plan.structures) >= 2 and not window.desk.jobs.running)
    keys.press(Qt.Key.Key_PageDown, CTRL)
    _mark_nerve(keys, window, dots, until)
    _answer_and_measure(keys, session, until)
    keys.press(Qt.Key.Key_PageDown, CTRL)
    _place_probe(keys, window, dots, until)
    _freeze_and_report(keys, window, until)
    kept_at = session.file_path
    count.stop()
    window.close()
    assert count.presses == 0
    _check_file(kept_plan(kept_at), dots)


def _import(keys: Keyboard, window, folder, until) -> None:
    """Ctrl+O, the path, Enter; Enter starts the plan on the series that is chosen."""
    keys.press(Qt.Key.Key_O, CTRL)
    until(lambda: window.findChild(ImportDialog) is not None and window.findChild(ImportDialog).isVisible())
    field = window.findChild(ImportDialog).findChild(QLineEdit, "fileNameEdit")
    keys.tab_until(lambda widget: widget is field, "the name field of the dialog")
    keys.write(str(folder))
    keys.press(Qt.Key.Key_Return)
    until(lambda: window.start.is_settled and isinstance(keys.focus, SeriesTree))
    keys.press(Qt.Key.Key_Return)
    until(lambda: window.desk.session is not None)
    until(lambda: window.plan.grid.is_drawn)


def _mark_nerve(keys: Keyboard, window, dots, until) -> None:
    """Nerve, side and level; three points at the crosshair; Enter."""
    _pick(keys, "Nerve or ganglion", "Intercostal nerve")
    _pick(keys, "Side", "Right")
    keys.tab_to("Level")
    keys.write("T8")
    keys.tab_to("Draw nerve")
    keys.press(Qt.Key.Key_Space)
    for name in ("nerve 1", "nerve 2", "nerve 3"):
        _cross_to(keys, window, dots[name])
        keys.press(Qt.Key.Key_Return, CTRL)
    keys.press(Qt.Key.Key_Return)
    until(lambda: len(window.desk.session.plan.targets) == 1)


def _answer_and_measure(keys: Keyboard, session, until) -> None:
    """The diagnostic block, then the diameter with its source."""
    keys.tab_to("Record it")
    keys.press(Qt.Key.Key_Space)
    until(lambda: "Day of the block" in keys.focus.accessibleName())
    keys.write("2025-11-03")
    keys.press(Qt.Key.Key_Return)
    until(lambda: session.plan.targets[0].block is not None)
    keys.tab_to("Diameter")
    keys.press(Qt.Key.Key_A, CTRL)
    keys.write("3")
    keys.press(Qt.Key.Key_Tab)
    keys.tab_to("Source of the diameter")
    keys.write("By hand")
    keys.press(Qt.Key.Key_Return)
    until(lambda: session.plan.targets[0].diameter_mm == 3.0)


def _place_probe(keys: Keyboard, window, dots, until) -> None:
    """Tip and entry at the crosshair."""
    _cross_to(keys, window, dots["tip"])
    keys.press(Qt.Key.Key_P)
    keys.press(Qt.Key.Key_Return, CTRL)
    _cross_to(keys, window, dots["toward the skin"])
    keys.press(Qt.Key.Key_Return, CTRL)
    until(lambda: len(window.desk.session.plan.probes) == 1)


def _freeze_and_report(keys: Keyboard, window, until) -> None:
    """A preset, the prediction that follows by itself, the report."""
    session = window.desk.session
    while window.plan.rail.current.value != "Freeze":
        keys.press(Qt.Key.Key_PageDown, CTRL)
    keys.press(Qt.Key.Key_F6)  # in a view Tab goes from probe to probe
    _pick(keys, "Preset", "Nerve, one freeze of 8 min")
    until(lambda: session.plan.protocol.has_freeze)
    until(lambda: window.prediction.final is not None and session.result_is_current)
    keys.press(Qt.Key.Key_R, CTRL)
    until(lambda: bool(window.desk.report_folder))


def _check_file(plan: dict, dots) -> None:
    """What the keys said is what the file holds."""
    (target,), (probe,) = plan["targets"], plan["probes"]
    asked = ("right", "T8", 3.0, "By hand")
    assert tuple(target[key] for key in ("side", "level", "diameter_mm", "diameter_source")) == asked
    assert target["block"]["day"] == "2025-11-03"
    for place, name in zip(target["course"]["points_lps_mm"], ("nerve 1", "nerve 2", "nerve 3"), strict=True):
        assert np.abs(np.subtract(place, dots[name])).max() <= HALF_STEP_MM + 1e-6, name
    assert np.abs(np.subtract(probe["tip_lps_mm"], dots["tip"])).max() <= HALF_STEP_MM + 1e-6
    by_hand = skin_mm(dots["tip"], dots["toward the skin"])
    assert np.linalg.norm(np.subtract(probe["entry_lps_mm"], by_hand)) <= 3.5  # a voxel, and 1 mm of aim over 45 mm
    assert sum(phase["duration_s"] for phase in plan["protocol"]["phases"] if phase["kind"] == "freeze") == 480.0
