"""Can a whole plan be made by mouse on a real CT? Import, acceptance, structures, target, block, probe, freeze, report.

The scan was made feet first. Where to click is taken from a plan made by hand on this scan; what is checked is the plan
file, read without the program, against the scan's own DICOM files: the grey under a click is the HU at the place that
the plan holds.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pydicom
import pypdf
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QLineEdit

from planner.ui.dialogs.acknowledge import AcknowledgeDialog
from tests.ui.real_hands import (
    ClickCount,
    button,
    choose,
    click,
    click_step,
    has_button,
    kept_plan,
    kept_steps,
    named,
    record_block,
    scroll_to,
    type_into,
)

PATIENCE_MS = 400_000
# Below the right eighth rib, on slices of the scan (z ends in .8), and a probe along it from behind.
NERVE_LPS_MM = ((-66.7, 269.0, -572.8), (-77.8, 266.0, -577.8), (-89.5, 257.5, -582.8), (-100.8, 246.5, -587.8))
TIP_LPS_MM, BEHIND_LPS_MM = (-88.2, 258.6, -582.8), (-63.2, 285.8, -580.8)
WIDTH_HU, LEVEL_HU = 400.0, 40.0


@pytest.fixture(scope="module")
def scan(shared_data):
    folder = shared_data / "thorax_lidc0314"
    if not folder.is_dir():
        pytest.skip(f"no real thorax at {folder}")
    return folder


class Slices:
    """The scan as its files have it: HU at a millimetre, by the headers alone."""

    def __init__(self, folder: Path) -> None:
        heads = ((pydicom.dcmread(file, stop_before_pixels=True), file) for file in sorted(folder.glob("*.dcm")))
        self._files = {round(float(head.ImagePositionPatient[2]), 1): file for head, file in heads}

    def hu(self, lps_mm) -> np.ndarray:
        """HU of the pixel at a place and of those around it, shape (5, 5)."""
        z = min(self._files, key=lambda known: abs(known - lps_mm[2]))
        assert abs(z - lps_mm[2]) <= 0.5 + 1e-6, f"no slice at {lps_mm[2]}"
        slice_ = pydicom.dcmread(self._files[z])
        assert list(slice_.ImageOrientationPatient) == [1, 0, 0, 0, 1, 0]
        row_mm, column_mm = (float(v) for v in slice_.PixelSpacing)
        i = round((lps_mm[0] - float(slice_.ImagePositionPatient[0])) / column_mm)
        j = round((lps_mm[1] - float(slice_.ImagePositionPatient[1])) / row_mm)
        stored = slice_.pixel_array[j - 2 : j + 3, i - 2 : i + 3].astype(float)
        return stored * float(slice_.RescaleSlope) + float(slice_.RescaleIntercept)


def _grey_of(hu: np.ndarray) -> np.ndarray:
    return np.clip((hu - LEVEL_HU) / WIDTH_HU + 0.5, 0, 1) * 255


def _grey_at(view, at: QPoint) -> float:
    """Mean grey of the screen round a place, before anything is drawn there."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    ratio = view.devicePixelRatioF()
    x, y = round(at.x() * ratio), round(at.y() * ratio)
    return float(rows[y - 1 : y + 2, x - 1 : x + 2].mean())


def _spot(view, lps_mm) -> QPoint:
    x, y = view.plane.to_px(lps_mm)
    return QPointF(float(x), float(y)).toPoint()


def _scroll_to(window, view, z_mm: float) -> None:
    """Turn the wheel, a notch a slice of 1 mm, until the read-out is there."""
    notches = round(z_mm - window.desk.view.crosshair_lps_mm[2])
    middle = view.rect().center()
    for _ in range(abs(notches)):
        event = QWheelEvent(
            QPointF(middle), QPointF(view.mapToGlobal(middle)), QPoint(), QPoint(0, 120 if notches > 0 else -120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view, event)
    for _ in range(250):  # notches are taken together with the next frame
        if abs(window.desk.view.crosshair_lps_mm[2] - z_mm) <= 0.5:
            return
        QTest.qWait(20)
    raise AssertionError(f"the wheel did not lead to {z_mm}")


def _accept_findings(window, qtbot) -> None:
    """Read, tick and reason every finding, then sign."""
    dialog = next(d for d in window.findChildren(AcknowledgeDialog) if d.isVisible())
    for block in dialog.blocks:
        click(block.tick, QPoint(10, block.tick.height() // 2))
        qtbot.keyClicks(dialog.focusWidget(), "Research data; no step in the coronal view")
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    qtbot.keyClicks(dialog.focusWidget(), "Dr Ada")
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)


def _greys_at(window, view, places) -> list[float]:
    """The grey on screen at each place on its slice, with no outline over it."""
    seen = []
    for place in places:
        _scroll_to(window, view, place[2])
        seen.append(_grey_at(view, _spot(view, place)))
    return seen


def _click_places(window, view, places) -> None:
    """Click each place on its slice."""
    for place in places:
        _scroll_to(window, view, place[2])
        click(view, _spot(view, place))


def _mark_nerve(window, axial, until) -> list[float]:
    """Nerve, side, level, four clicks, the block, the diameter; return the greys that were under the clicks."""
    click_step(window, "Target")
    panel = window.plan.target
    choose(named(panel, "Nerve", QComboBox), "Intercostal nerve")
    choose(named(panel, "Side", QComboBox), "Right")
    type_into(named(panel, "Level", QLineEdit), "T8", end=Qt.Key.Key_Tab)
    click(button(window, "Crosshair"))
    axial.setFocus()
    QTest.keyClick(axial, Qt.Key.Key_1)  # W 400 L 40; the scan's own window is that of lungs
    QTest.keyClick(axial, Qt.Key.Key_G)  # structures off, and on again
    until(lambda: window.plan.grid.is_drawn)
    greys = _greys_at(window, axial, NERVE_LPS_MM)
    QTest.keyClick(axial, Qt.Key.Key_G)
    click(button(panel, "Draw nerve"))
    until(lambda: window.plan.grid.is_drawn)
    _click_places(window, axial, NERVE_LPS_MM)
    QTest.keyClick(axial, Qt.Key.Key_Return)
    until(lambda: len(window.desk.session.plan.targets) == 1)
    record_block(panel)
    source = named(panel, "Source of the diameter", QLineEdit)
    scroll_to(source)
    type_into(source, "Typed for this test")
    type_into(named(panel, "Diameter", QDoubleSpinBox), "3")
    until(lambda: window.desk.session.plan.targets[0].diameter_mm == 3.0)
    return greys


@pytest.mark.timeout(900)  # a minute on a machine of its own; the slices alone are 53 MB of JPEG-LS
def test_the_whole_plan_on_a_real_ct(real_window, qtbot, scan):
    window, count = real_window, ClickCount()

    def until(condition):
        qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    window.take(scan)
    until(lambda: has_button(window, "Start plan"))
    click(button(window, "Start plan"))
    until(lambda: any(d.isVisible() for d in window.findChildren(AcknowledgeDialog)))
    _accept_findings(window, qtbot)
    until(lambda: window.desk.session is not None)
    session = window.desk.session
    until(lambda: window.plan.grid.is_drawn)
    click(button(window, "Find all"))
    until(lambda: len(session.plan.structures) >= 4 and not window.desk.jobs.running)

    axial = named(window, "Axial slice")
    greys = _mark_nerve(window, axial, until)
    click(button(window, "New probe"))
    until(lambda: window.plan.grid.is_drawn)
    _click_places(window, axial, (TIP_LPS_MM, BEHIND_LPS_MM))
    until(lambda: len(session.plan.probes) == 1)
    click_step(window, "Freeze")
    choose(named(window.plan, "Preset", QComboBox), "Nerve, one freeze of 8 min")
    until(lambda: window.prediction.final is not None and session.result_is_current)
    click_step(window, "Assess")
    until(lambda: window.is_settled)
    assessment = session.assessment
    click(button(window.top, "Make report"))
    until(lambda: bool(window.desk.report_folder))
    kept_at, report = session.file_path, Path(window.desk.report_folder)
    count.stop()
    window.close()

    _check_file(kept_at, Slices(scan), greys)
    _check_assessment(assessment)
    _check_report(report, kept_plan(kept_at))
    assert count.presses <= 45


def _check_file(path: Path, slices: Slices, greys: list[float]) -> None:
    plan = kept_plan(path)
    (accepted,) = (given for given in plan["acknowledgements"] if not given.get("subject_id"))
    assert (accepted["finding_code"], accepted["who"]) == ("frame-of-reference-per-slice", "Dr Ada")
    (target,), (probe,) = plan["targets"], plan["probes"]
    assert (target["side"], target["level"], target["diameter_mm"]) == ("right", "T8", 3.0)
    assert target["block"]["day"] == "2025-11-03"
    for place, wanted, grey in zip(target["course"]["points_lps_mm"], NERVE_LPS_MM, greys, strict=True):
        assert place[0] < 0, "the patient's right is negative x"
        assert np.abs(np.subtract(place, wanted)).max() <= 0.8  # half a pixel of the screen, half a slice
        around = _grey_of(slices.hu(place))
        assert around.min() - 25 <= grey <= around.max() + 25
    assert np.linalg.norm(np.subtract(probe["tip_lps_mm"], TIP_LPS_MM)) <= 0.9
    # The entry lies on the line of the two clicks, where the body ends: tissue inward of it, air outward.
    tip, entry = np.array(probe["tip_lps_mm"]), np.array(probe["entry_lps_mm"])
    outward = (entry - tip) / np.linalg.norm(entry - tip)
    aimed = np.subtract(BEHIND_LPS_MM, TIP_LPS_MM) / np.linalg.norm(np.subtract(BEHIND_LPS_MM, TIP_LPS_MM))
    assert math.degrees(math.acos(float(np.clip(outward @ aimed, -1, 1)))) <= 2.5
    assert slices.hu(entry - 4 * outward).mean() > -300 > slices.hu(entry + 6 * outward).mean()
    assert sum(p["duration_s"] for p in plan["protocol"]["phases"] if p["kind"] == "freeze") == 480.0
    kinds = [kind for kind, _ in kept_steps(path)]
    assert kinds[0] == "start"
    assert set(kinds[1:]) == {"edit"}


def _check_assessment(assessment) -> None:
    found = {(check.subject_kind, check.quantity): check for check in assessment.checks}
    side = next(check for (_, quantity), check in found.items() if quantity.startswith("side"))
    assert side.verdict.value != "FAIL"
    # By hand: the tip lies a finger's breadth behind the right lung, so whatever is told of the lungs is told of it.
    lungs = [check for check in assessment.checks if "lung" in check.subject_name.lower()]
    told = sorted((check.subject_name, check.quantity, check.verdict.value) for check in assessment.checks)
    assert lungs, told
    assert all(check.value is not None or check.reason for check in lungs)
    treated = next(check for check in assessment.checks if check.quantity.startswith("treated length"))
    assert treated.value is not None
    assert treated.value > 4  # a shaft along the nerve, a few millimetres from it, for eight minutes


def _check_report(folder: Path, plan: dict) -> None:
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(folder / "report.pdf").pages).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    (probe,) = plan["probes"]
    assert f"{np.linalg.norm(np.subtract(probe['entry_lps_mm'], probe['tip_lps_mm'])):.1f} mm" in text
    assert "Right intercostal nerve" in text
    assert "Dr Ada" in text
