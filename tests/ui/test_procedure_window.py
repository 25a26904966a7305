"""In the whole window: does a record take the plan that is open here with its prediction, and does undo reach it?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.services.case_plans import case_plan
from planner.ui.case.case_steps import CaseStep
from planner.ui.steps import WorkStep
from tests.ui.case_bench import AT, a_case, add_case, wait_until
from tests.ui.test_band import show_prediction


def test_a_record_begins_from_the_plan_that_is_open_here_with_its_prediction(window, case, tmp_path):
    """The ice of the small plan is a ball of 10 mm at 120 s; its file is held by this very window."""
    folder = window.desk.services.plans_folder
    folder.mkdir(parents=True)
    path = folder / "Small.frostline"
    case.session.keep_in(path, source_folder=str(tmp_path))
    window.desk.open(case.session, case.shared)
    window.go_to_step(WorkStep.STUDY)
    QApplication.processEvents()
    show_prediction(window, case)
    QTest.qWait(50)
    kept = add_case(window, a_case(plans=(case_plan(case.session.plan, path, at=AT),)))
    window.case.go_to(CaseStep.PROCEDURE)
    page = window.case.pages[CaseStep.PROCEDURE]
    QTest.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    wait_until(lambda: page.procedure is not None)
    planned = window.case_desk.library.read(kept.id)[0].procedures[0].planned
    assert planned.ice_long_mm == pytest.approx(20.0, abs=0.3)
    assert planned.ice_short_mm == pytest.approx(20.0, abs=0.3)
    assert planned.plan_hash == case.session.plan_hash
    assert page.form._predicted.text().startswith("Predicted at the end of the last freeze: 20.0 mm × ")
    # By keyboard: every planned probe as planned, and Ctrl+Z takes it back.
    window.activateWindow()
    wait_until(window.isActiveWindow)
    page.form.probes.all_as_planned.setFocus()
    QTest.keyClick(page.form.probes.all_as_planned, Qt.Key.Key_Space)
    assert len(page.procedure.probes) == 1
    note = page.form.probes.rows[0].fields[-1]
    note.setFocus()  # nothing is typed in it: the key is the case's
    QTest.keyClick(note, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_until(lambda: page.procedure.probes == ())
    assert window.case_desk.library.read(kept.id)[0].procedures[0].probes == ()
    # So it is in the sedation's lines, until something is typed there.
    area = page.form.sedation
    area.setFocus()
    QTest.keyClick(area, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    wait_until(lambda: len(page.procedure.probes) == 1)
    QTest.keyClicks(area, "Local")
    QTest.keyClick(area, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.qWait(1)
    assert (area.toPlainText(), len(page.procedure.probes)) == ("", 1)
    # The timer opens over the page, and its way back leads here.
    QTest.mouseClick(page.head.timer, Qt.MouseButton.LeftButton)
    assert not page.isVisible()
    window.case.hide_timer()
    assert page.isVisible()
