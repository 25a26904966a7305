"""Does the report carry the pages of the case that are ticked, and no page where nobody may be named (H-43)?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from planner.domain.case_print import CaseParts
from planner.services.deidentified_tasks import PackNobodys
from planner.services.tasks import Exported, ExportPlan
from planner.ui.dialogs.export_plan import ExportPlanDialog
from planner.ui.steps import WorkStep
from tests.ui.case_bench import AT, a_case, a_plan, wait_until
from tests.ui.real_hands import Keyboard

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def reported(planned, case):
    """The window with a predicted plan at its Report step."""
    prediction = case.prediction()
    planned.prediction._kept[planned.desk.session.plan_hash] = prediction
    assert planned.desk.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    planned.plan.report.export.prediction = lambda: prediction
    planned.resize(1366, 768)
    planned.go_to_step(WorkStep.REPORT)
    planned.plan.report.refresh(frozenset())
    planned.grab()
    return planned


def put_into_a_case(window):
    session = window.desk.session
    case = a_case(plans=(a_plan(plan_id=session.plan.id, plan_hash=session.plan_hash),))
    window.case_desk.library.add(case, at=AT)
    window.case_desk.listed.emit()
    wait_until(lambda: window.cases.link.first is not None and not window.cases.link.is_busy)
    window.grab()
    return case


def press(tick):
    QTest.mouseClick(tick, LEFT, pos=QPoint(8, tick.height() // 2))


def asked_by_report(window, runner):
    window.actions_by_id["report"].trigger()
    return runner.requests(ExportPlan)[-1].request


def test_a_plan_in_no_case_says_so_and_its_report_has_no_page_of_one(reported, runner):
    section = reported.plan.report.case
    assert "in no case" in section._words.text()
    assert not section.intake.isVisible()
    assert asked_by_report(reported, runner).case is None


def test_the_pages_of_its_case_go_with_the_report_as_ticked_by_mouse(reported, runner):
    case = put_into_a_case(reported)
    section = reported.plan.report.case
    assert section._name.whole_text() == f"{case.pseudonym} · {case.problem}"
    pages = asked_by_report(reported, runner).case
    assert (pages.case, pages.parts) == (case, CaseParts(intake=True, procedure=True, follow_up=True, form=False))
    assert pages.today == reported.case_desk.today()
    runner.requests(ExportPlan)[-1].on_done(Exported(("report.pdf",)))
    assert reported.desk.report_case == case.pseudonym


def test_a_report_without_pages_of_its_case_is_known_as_such(reported, runner):
    put_into_a_case(reported)
    section = reported.plan.report.case
    for tick in (section.intake, section.procedure, section.follow_up):
        press(tick)
    asked_by_report(reported, runner)
    runner.requests(ExportPlan)[-1].on_done(Exported(("report.pdf",)))
    assert reported.desk.report_case == ""


def test_a_page_is_left_out_and_an_empty_record_added_by_mouse(reported, runner):
    put_into_a_case(reported)
    section = reported.plan.report.case
    press(section.procedure)
    press(section.form)
    assert asked_by_report(reported, runner).case.parts == CaseParts(procedure=False, form=True)


def test_ticks_are_reached_and_pressed_by_the_keyboard(reported, runner):
    put_into_a_case(reported)
    keys = Keyboard(reported)
    keys.region(reported.plan.report.isAncestorOf, "the panel")
    for name in ("Intake", "Procedure"):
        keys.tab_to(name)
        keys.press(Qt.Key.Key_Space)
    assert asked_by_report(reported, runner).case.parts == CaseParts(intake=False, procedure=False)


def test_without_a_tick_nothing_of_the_case_is_printed_and_that_is_said(reported, runner):
    put_into_a_case(reported)
    section = reported.plan.report.case
    for tick in (section.intake, section.procedure, section.follow_up):
        press(tick)
    assert "says nothing of the case" in section._words.text()
    assert asked_by_report(reported, runner).case is None


@pytest.mark.parametrize("is_nobodys", [False, True])
def test_H_43_an_export_carries_them_and_one_without_an_identity_never(
    reported, runner, monkeypatch, tmp_path, is_nobodys
):
    case = put_into_a_case(reported)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(tmp_path / "out"))
    QTest.mouseClick(reported.plan.report.export.export, LEFT)
    dialog = reported.findChild(ExportPlanDialog)
    if is_nobodys:
        press(dialog.nobodys)
    go = next(one for one in dialog.findChildren(QPushButton) if one.text() == "Choose folder…")
    QTest.mouseClick(go, LEFT)
    if is_nobodys:
        (job,) = runner.requests(PackNobodys)
        assert case.pseudonym not in repr(job.request)
    else:
        assert runner.requests(ExportPlan)[-1].request.case.case == case
