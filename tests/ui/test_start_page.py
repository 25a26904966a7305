"""Can a study be chosen, and is one that cannot be used refused in words?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from planner.domain.errors import PlanFileError
from planner.domain.identity import PatientIdentity
from planner.domain.review import Finding, Severity
from planner.domain.series import RejectedFile, ScanReport, SeriesSummary, SliceFile
from planner.services.tasks import OpenSeries, PreparePlan, ScanFolder
from planner.ui.dialogs.acknowledge import AcknowledgeDialog


def _series(label, *findings, images=20):
    return SeriesSummary(
        series_instance_uid=label,
        study_instance_uid="1",
        patient=PatientIdentity(patient_name="Roe^R", study_date="2026-01-02"),
        label=label,
        modality="CT",
        images=images,
        size_ji=(512, 512),
        spacing_ijk_mm=(0.7, 0.7, 1.0),
        extent_hf_mm=(-10.0, 9.0),
        date="2026-01-02",
        detail="kernel D",
        patient_position="HFS",
        scanner="Maker Model",
        compression="none",
        slices=(SliceFile("/data/a.dcm"), SliceFile("/data/b.dcm")),
        findings=findings,
    )


_READY = _series("3 · Thorax")
_ACK = _series("5 · Venous", Finding("tilt", Severity.ACK, "Gantry tilt 16.5°."), images=10)
_BAD = _series("1 · Scout", Finding("scout", Severity.REFUSE, "A localizer has no slice positions."), images=300)


@pytest.fixture
def page(window):
    report = ScanReport(
        "/data", 61, (_BAD, _READY, _ACK), (RejectedFile("/data/x.txt", "Not a DICOM file.", "not-dicom"),)
    )
    window.start.show_report(report)
    return window.start


def _start_button(page):
    return next(b for b in page.findChildren(QPushButton) if b.text() == "Start plan")


def test_the_largest_usable_series_is_chosen_first(page):
    assert page.tree.current() == _READY
    assert _start_button(page).isEnabled()


def test_rejected_files_and_counts_are_listed(page):
    texts = " ".join(label.text() for label in page.findChildren(QLabel))
    assert "1 patient · 1 study · 3 series · 1 file rejected" in texts
    assert page.rejected.texts() == [("x.txt", "Not a DICOM file.")]


def test_an_unusable_series_cannot_start_a_plan(page, window, runner):
    page._preview_series(_BAD)
    assert not _start_button(page).isEnabled()
    assert "localizer" in _start_button(page).toolTip()
    window.start_plan(_BAD, "/data")
    assert not runner.requests(OpenSeries)
    assert "localizer" in window.status.sentence.whole_text()


def test_a_ready_series_is_opened_by_a_worker(page, runner):
    _start_button(page).click()
    assert runner.requests(OpenSeries)[0].request.slices == _READY.slices


@pytest.mark.usefixtures("page")
def test_an_acknowledgement_needs_name_and_reason(window, runner):
    window.start_plan(_ACK, "/data")
    dialog = window.findChild(AcknowledgeDialog)
    accept = next(b for b in dialog.findChildren(QPushButton) if b.text().startswith("Accept"))
    assert not accept.isEnabled()
    dialog.name_field.setText("Dr Ada")
    (block,) = dialog.blocks
    block.reason_field.setText("Measured on the phantom")
    assert not accept.isEnabled()
    block.tick.setChecked(True)
    assert accept.isEnabled()
    (given,) = dialog.acknowledgements()
    assert (given.finding_code, given.who, given.reason) == ("tilt", "Dr Ada", "Measured on the phantom")
    accept.click()
    assert runner.requests(OpenSeries)[0].request.slices == _ACK.slices


def test_a_finding_is_accepted_with_one_click_and_the_keys(page, window, runner):
    page._preview_series(_ACK)
    window.start_plan(_ACK, "/data")
    dialog = window.findChild(AcknowledgeDialog)
    (block,) = dialog.blocks
    QTest.mouseClick(block.tick, Qt.MouseButton.LeftButton, pos=QPoint(8, block.tick.height() // 2))
    assert dialog.focusWidget() is block.reason_field
    QTest.keyClicks(block.reason_field, "Measured on the phantom")
    QTest.keyClick(block.reason_field, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.name_field
    QTest.keyClicks(dialog.name_field, "Dr Ada")
    QTest.keyClick(dialog.name_field, Qt.Key.Key_Return)
    assert runner.requests(OpenSeries)[0].request.slices == _ACK.slices


def test_the_way_back_to_an_open_plan_by_button_and_by_mode(window, case):
    window.show_start()
    back = next(b for b in window.start.findChildren(QPushButton) if b.text().startswith("Back to"))
    assert not back.isVisibleTo(window.start)
    window.desk.open(case.session, case.shared)
    window.top.home_asked.emit()
    assert window._pages.currentWidget() is window.start
    assert back.text() == "Back to Small"
    assert back.isVisibleTo(window.start)
    back.click()
    assert window._pages.currentWidget() is window.plan
    window.top.home_asked.emit()
    next(b for b in window.top.findChildren(QToolButton) if b.text() == "Plan").click()
    assert window._pages.currentWidget() is window.plan


def test_filtering_keeps_what_matches(page):
    page.filter.setText("venous")
    page._list_series()
    model = page.tree.model()
    parent = model.index(0, 0, QModelIndex())
    assert [model.index(row, 0, parent).data() for row in range(model.rowCount(parent))] == ["5 · Venous"]


def test_a_dropped_folder_is_scanned(window, runner, tmp_path):
    window.take(tmp_path)
    assert runner.requests(ScanFolder)[0].request.path == str(tmp_path)


def test_a_plan_file_is_checked_by_a_worker_and_its_refusal_is_shown(window, runner, tmp_path):
    path = tmp_path / "x.frostline"
    window.take(path)
    job = runner.requests(PreparePlan)[0]
    assert job.request.path == str(path)
    job.on_failed(PlanFileError("This is not a Frostline plan.", code="plan-foreign"))
    assert "not a Frostline plan" in window.banners.sentence_of("REFUSED")
