"""Exporting a plan from the report step: what is ticked is asked for, and with whose name on it (H-43)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from planner.domain.exchange import PlanForm
from planner.services.deidentified_tasks import NobodysCt, PackNobodys
from planner.services.tasks import Exported, ExportPlan
from planner.ui.dialogs.export_plan import ExportPlanDialog
from planner.ui.steps import WorkStep

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def section(planned, case, monkeypatch, tmp_path):
    """The section of a plan that is predicted; a folder is chosen whenever one is asked for."""
    prediction = case.prediction()
    assert planned.desk.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    planned.plan.report.export.prediction = lambda: prediction
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(tmp_path / "out"))
    planned.resize(1366, 768)
    planned.go_to_step(WorkStep.REPORT)
    planned.plan.report.refresh(frozenset())
    planned.grab()
    return planned.plan.report.export


def opened(section, planned):
    QTest.mouseClick(section.export, LEFT)
    return planned.findChild(ExportPlanDialog)


def go(dialog):
    button = next(one for one in dialog.findChildren(QPushButton) if one.text() == "Choose folder…")
    QTest.mouseClick(button, LEFT)


def press(tick):
    QTest.mouseClick(tick, LEFT, pos=tick.rect().center().__class__(8, tick.height() // 2))


def test_its_longest_words_have_room(section, planned, app):
    dialog = opened(section, planned)
    press(dialog.nobodys)
    app.processEvents()
    words = dialog._words
    assert words.height() >= words.heightForWidth(words.width())
    assert words.geometry().bottom() < dialog.answer.mapTo(dialog, dialog.answer.rect().topLeft()).y()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    app.processEvents()


def test_on_a_small_screen_no_word_of_it_is_cut(section, planned, app):
    dialog = opened(section, planned)
    press(dialog.nobodys)
    dialog.resize(dialog.minimumSize())
    app.processEvents()
    words = dialog._words
    assert words.height() >= words.heightForWidth(words.width())
    assert words.geometry().bottom() < dialog.answer.mapTo(dialog, dialog.answer.rect().topLeft()).y()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    app.processEvents()


def test_what_is_ticked_is_asked_for(section, planned, runner, app, tmp_path):
    dialog = opened(section, planned)
    assert "name the patient" in dialog._words.text()
    assert not dialog.ct.isEnabled()
    press(dialog.ticks[PlanForm.MARKUPS])
    go(dialog)
    (job,) = runner.requests(ExportPlan)
    assert job.request.forms == (PlanForm.CSV, PlanForm.MARKUPS)
    assert (job.request.folder, job.request.identity.patient_id) == (str(tmp_path / "out"), "ID-1")
    job.on_done(Exported(("report.pdf", "assessment.csv")))
    assert section.said.text() == f"2 files and folders in {tmp_path / 'out'}."
    app.processEvents()


def test_without_an_identity_nothing_of_it_is_asked_for(section, planned, runner, app):
    dialog = opened(section, planned)
    press(dialog.nobodys)
    assert "face" in dialog._words.text()
    press(dialog.ct)
    go(dialog)
    assert not runner.requests(ExportPlan)
    (job,) = runner.requests(PackNobodys)
    assert job.request.with_ct
    assert job.request.range_spacing_mm is None
    job.on_done(NobodysCt(("report.pdf", "plan.frostline", "ct"), ("Look at the pixels.",)))
    assert section.said.text().endswith("Look at the pixels.")
    app.processEvents()


def test_the_ct_is_not_asked_for_once_the_identity_is_wanted_again(section, planned, runner, app):
    dialog = opened(section, planned)
    press(dialog.nobodys)
    press(dialog.ct)
    press(dialog.nobodys)
    assert not dialog.asked.with_ct
    dialog.reject()
    app.processEvents()
    assert not runner.requests(ExportPlan)


def test_without_a_prediction_the_button_says_why(planned):
    planned.go_to_step(WorkStep.REPORT)
    section = planned.plan.report.export
    section.refresh()
    assert not section.export.isEnabled()
    assert "prediction" in section.export.toolTip().lower()
