"""Is a plan sent only when asked, as one set of objects that a second try does not make anew?"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.errors import NetworkFailed
from planner.domain.peer import Peer, WebPeer
from planner.persistence.peers import keep_peers
from planner.services.dicom_tasks import ExportDicom
from planner.services.network_tasks import SendObjects, SentObjects
from planner.services.session import Session
from planner.services.tasks import Exported, ExportStructures
from planner.ui.panels import report_send
from planner.ui.plan_sender import SendChoice
from planner.ui.steps import WorkStep

PACS = Peer("PACS", "127.0.0.1", 11112, "PACS")
WEB = WebPeer("Web", "http://127.0.0.1:8042/dicom-web")


@pytest.fixture
def section(planned, case, tmp_path, monkeypatch):
    """The section of a plan that is predicted, with its report made."""
    path = tmp_path / "archives.json"
    monkeypatch.setattr(report_send, "peers_file", lambda: path)
    monkeypatch.setattr(Session, "source_folder", property(lambda _: str(tmp_path / "ct")))
    keep_peers((PACS, WEB), path)
    prediction = case.prediction()
    assert planned.desk.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    planned.plan.report.send.prediction = lambda: prediction
    planned.desk.report_folder, planned.desk.report_hash = str(tmp_path), planned.desk.session.plan_hash
    planned.go_to_step(WorkStep.REPORT)
    planned.desk.report_made.emit()
    return planned.plan.report.send


def press(section):
    QTest.mouseClick(section.send, Qt.MouseButton.LeftButton)


def make(job, *names):
    """Answer as the task does: with files that are there."""
    folder = Path(job.request.folder if isinstance(job.request, ExportDicom) else job.request.path)
    folder = folder if isinstance(job.request, ExportDicom) else folder.parent
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"object")
    job.on_done(Exported(names))
    return tuple(str(folder / name) for name in names)


def test_H_47_what_is_chosen_is_made_then_sent_and_told(section, runner):
    assert not runner.requests(SendObjects)
    assert [choice for choice, tick in section.ticks.items() if tick.isChecked()] == [
        SendChoice.REPORT,
        SendChoice.MEASUREMENTS,
    ]
    section.ticks[SendChoice.STRUCTURES].setChecked(True)
    press(section)
    [job] = runner.requests(ExportDicom)
    assert job.request.report_pdf.endswith("report.pdf")
    assert job.request.assessment is not None
    assert not job.request.isotherms
    assert "BLOCK" not in job.request.plan_name
    assert section.send.text() == "Stop"
    made = make(job, "report.dcm", "measurements.dcm")
    [structures] = runner.requests(ExportStructures)
    made += make(structures, "structures.seg.dcm")
    [sending] = runner.requests(SendObjects)
    assert sending.request == SendObjects(PACS, made)
    sending.on_progress(1, 3, "Sending to PACS")
    assert section.said.text() == "Sending to PACS 1 of 3 …"
    sending.on_done(SentObjects(3, ("report.dcm was taken with a remark, status B000.",)))
    assert section.said.text() == (
        "3 objects have arrived at PACS: report.dcm, measurements.dcm, structures.seg.dcm. "
        "report.dcm was taken with a remark, status B000."
    )
    assert section.send.text() == "Send"


def test_a_second_try_sends_the_very_same_objects(section, runner):
    press(section)
    made = make(runner.requests(ExportDicom)[0], "report.dcm", "measurements.dcm")
    runner.requests(SendObjects)[0].on_failed(
        NetworkFailed("PACS hung up. 1 of 2 have arrived.", code="network-broken")
    )
    assert section.said.text() == "PACS hung up. 1 of 2 have arrived."
    press(section)
    assert len(runner.requests(ExportDicom)) == 1
    assert runner.requests(SendObjects)[1].request.files == made
    section.archive.setCurrentIndex(1)
    runner.requests(SendObjects)[1].on_done(SentObjects(2))
    press(section)
    assert runner.requests(SendObjects)[2].request == SendObjects(WEB, made)
    assert len(runner.requests(ExportDicom)) == 1


def test_a_stop_ends_it_and_what_comes_late_is_dropped(section, runner):
    press(section)
    job = runner.requests(ExportDicom)[0]
    press(section)
    assert job.cancelled
    assert section.said.text().startswith("Stopped.")
    job.on_done(Exported(("report.dcm",)))
    assert not runner.requests(SendObjects)
    assert section.send.text() == "Send"


def test_what_cannot_be_sent_says_why(section, planned):
    for tick in section.ticks.values():
        tick.setChecked(False)
    assert not section.send.isEnabled()
    assert section.send.toolTip() == "Choose what to send."
    section.ticks[SendChoice.REPORT].setChecked(True)
    planned.desk.report_hash = ""
    section.refresh()
    assert not section.ticks[SendChoice.REPORT].isEnabled()
    assert "Make the report" in section.ticks[SendChoice.REPORT].toolTip()
    section.ticks[SendChoice.MEASUREMENTS].setChecked(True)
    assert section.send.isEnabled()
    planned.actions_by_id["slide_in"].trigger()
    assert not section.send.isEnabled()
    assert "Nothing to send" in section.send.toolTip()


def test_a_list_that_was_put_right_is_said_to_be_wrong_no_more(section, tmp_path):
    path = tmp_path / "archives.json"
    path.write_text("no list", encoding="utf-8")
    section.list_archives()
    assert "archives.json" in section.said.text()
    assert not section.archive.isVisible()
    keep_peers((PACS,), path.with_name("other.json"))
    path.with_name("other.json").replace(path)
    section.list_archives()
    assert section.said.text() == ""
    assert section.archive.isVisible()


def test_H_43_pages_of_a_case_go_to_an_archive_only_when_that_is_ticked(section, planned, runner):
    assert not section.with_case.isVisible()
    planned.desk.report_case = "FL-7K3Q-2M4"
    planned.desk.report_made.emit()
    assert section.with_case.isVisible()
    assert section.with_case.text() == "With the pages of FL-7K3Q-2M4, and the case as a file"
    assert not section.send.isEnabled()
    assert "Tick that they go along" in section.send.toolTip()
    press(section)
    assert not runner.requests(ExportDicom)
    section.ticks[SendChoice.REPORT].setChecked(False)  # numbers alone need no word for it
    assert section.send.isEnabled()
    assert not section.with_case.isVisible()
    section.ticks[SendChoice.REPORT].setChecked(True)
    QTest.mouseClick(section.with_case, Qt.MouseButton.LeftButton, pos=QPoint(8, section.with_case.height() // 2))
    assert section.send.isEnabled()
    press(section)
    assert len(runner.requests(ExportDicom)) == 1
    planned.desk.report_made.emit()
    assert not section.with_case.isChecked()


def test_a_report_made_anew_of_the_same_plan_is_sent_and_not_the_one_before(section, planned, runner, tmp_path):
    press(section)
    make(runner.requests(ExportDicom)[0], "report.dcm", "measurements.dcm")
    runner.requests(SendObjects)[0].on_done(SentObjects(2))
    again = tmp_path / "again"
    again.mkdir()
    planned.desk.report_folder = str(again)
    planned.desk.report_made.emit()
    press(section)
    assert len(runner.requests(ExportDicom)) == 2
    assert runner.requests(ExportDicom)[1].request.report_pdf == str(again / "report.pdf")
