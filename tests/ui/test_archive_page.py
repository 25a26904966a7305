"""Is a scan fetched from an archive by hand, and does it go through the same checks as any folder?"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.archive import Fetched, FoundSeries, FoundStudies, SeriesRow, StudyQuery, StudyRow
from planner.domain.errors import NetworkFailed
from planner.domain.peer import Peer
from planner.persistence.peers import keep_peers
from planner.services.network_tasks import FetchSeries, FindSeries, FindStudies
from planner.services.tasks import ScanFolder
from planner.ui.dialogs import settings_archives
from planner.ui.dialogs.settings import SettingsDialog
from planner.ui.start import archive_page

PACS = Peer("PACS", "127.0.0.1", 11112, "PACS")
STUDIES = (
    StudyRow("1.2.1", "Müller Änne", "P-77", "1961-12-31", "2026-01-02", "CT neck", "ACC9", "CT", 3, 640),
    StudyRow("1.2.2", "Кузнецов Пётр", "Q-1", "", "2025-12-31", "<b>Chest</b> " + "long " * 30, "", "CT, SR", 0, 0),
)
SERIES = (
    SeriesRow("1.2.1", "1.2.1.1", "CT", "1", "Topogram", "NECK", 1),
    SeriesRow("1.2.1", "1.2.1.2", "CT", "2", "Neck 1.0 Br36", "NECK", 512),
)


@pytest.fixture
def page(window, tmp_path, monkeypatch):
    path = tmp_path / "archives.json"
    monkeypatch.setattr(archive_page, "peers_file", lambda: path)
    keep_peers((PACS,), path)
    QTest.mouseClick(window.start.nav.archive, Qt.MouseButton.LeftButton)
    return window.start.archive


def look(window, name):
    if "FROSTLINE_LOOK" in os.environ:
        window.grab().save(str(Path(os.environ["FROSTLINE_LOOK"]) / f"{name}.png"))


def search(page, runner, name="Mul"):
    page.form.name.setFocus()
    QTest.keyClicks(page.form.name, name)
    QTest.keyClick(page.form.name, Qt.Key.Key_Return)
    return runner.requests(FindStudies)[-1]


def click_row(table, row, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, modifier, table.visualItemRect(table.item(row, 0)).center()
    )


def shown(table):
    return [
        [table.item(row, column).text() for column in range(table.columnCount())] for row in range(table.rowCount())
    ]


def test_H_47_nothing_is_asked_before_a_search_and_an_empty_one_asks_nothing(page, runner):
    assert not runner.requests(FindStudies)
    QTest.mouseClick(page.form.search, Qt.MouseButton.LeftButton)
    assert not runner.requests(FindStudies)
    assert "Type a name" in page.said.text()


def test_search_choose_fetch_and_it_is_read_as_any_folder(window, page, runner, qtbot, tmp_path):
    job = search(page, runner)
    assert job.request == FindStudies(PACS, StudyQuery(patient_name="Mul", modality="CT"))
    job.on_done(FoundStudies(STUDIES))
    assert [row[0] for row in shown(page.studies)] == ["Müller Änne", "Кузнецов Пётр"]
    assert shown(page.studies)[1][4].startswith("<b>Chest</b>")
    click_row(page.studies, 0)
    qtbot.waitUntil(lambda: bool(runner.requests(FindSeries)))
    assert runner.requests(FindSeries)[0].request == FindSeries(PACS, "1.2.1")
    runner.requests(FindSeries)[0].on_done(FoundSeries(SERIES))
    assert not page.get.isEnabled()
    click_row(page.series, 0)
    click_row(page.series, 1, Qt.KeyboardModifier.ControlModifier)
    look(window, "archive-1920")
    window.resize(1366, 768)
    qtbot.wait(50)
    look(window, "archive-1366")
    QTest.mouseClick(page.get, Qt.MouseButton.LeftButton)
    [fetch] = runner.requests(FetchSeries)
    assert fetch.request.wanted.series_instance_uids == ("1.2.1.1", "1.2.1.2")
    assert Path(fetch.request.folder) == tmp_path / "plans" / "fetched"
    assert page.get.text() == "Stop"
    fetch.on_progress(100, 513, "Fetching from PACS")
    assert page.said.text() == "Fetching from PACS 100 of 513 …"
    fetch.on_done(Fetched(str(tmp_path / "came"), 513, 270_000_000))
    assert runner.requests(ScanFolder)[-1].request == ScanFolder(str(tmp_path / "came"))
    assert not page.isVisible()


def test_a_refusal_is_said_and_a_stop_drops_what_comes_late(page, runner):
    job = search(page, runner)
    job.on_failed(NetworkFailed("PACS does not answer.", code="network-no-answer"))
    assert page.said.text() == "PACS does not answer."
    job = search(page, runner, "x")
    QTest.mouseClick(page.get, Qt.MouseButton.LeftButton)
    assert job.cancelled
    assert page.said.text() == "Stopped. Nothing half-fetched is kept."
    job.on_done(FoundStudies(STUDIES))
    assert page.studies.rowCount() == 0


def test_series_of_one_study_never_stand_under_another(page, runner, qtbot):
    search(page, runner).on_done(FoundStudies(STUDIES))
    click_row(page.studies, 0)
    qtbot.waitUntil(lambda: bool(runner.requests(FindSeries)))
    click_row(page.studies, 1)
    runner.requests(FindSeries)[0].on_done(FoundSeries(SERIES))
    assert page.series.rowCount() == 0
    qtbot.waitUntil(lambda: len(runner.requests(FindSeries)) == 2)
    runner.requests(FindSeries)[1].on_done(FoundSeries(SERIES))
    assert page.series.rowCount() == 2
    click_row(page.studies, 0)
    assert page.series.rowCount() == 0


def test_a_scan_on_its_way_is_stopped_by_its_button_alone(page, runner, qtbot):
    search(page, runner).on_done(FoundStudies(STUDIES))
    click_row(page.studies, 0)
    qtbot.waitUntil(lambda: bool(runner.requests(FindSeries)))
    runner.requests(FindSeries)[0].on_done(FoundSeries(SERIES))
    click_row(page.series, 1)
    QTest.mouseClick(page.get, Qt.MouseButton.LeftButton)
    [fetch] = runner.requests(FetchSeries)
    click_row(page.studies, 1)
    QTest.keyClick(page.form.name, Qt.Key.Key_Return)
    qtbot.wait(400)
    assert not fetch.cancelled
    QTest.mouseClick(page.get, Qt.MouseButton.LeftButton)
    assert fetch.cancelled
    assert page.studies.isEnabled()


def test_H_43_names_are_hidden_here_too(window, page, runner):
    search(page, runner).on_done(FoundStudies(STUDIES))
    window.desk.view.set_flag("hide_identity", on=True)
    texts = " ".join(text for row in shown(page.studies) for text in row)
    assert "Müller" not in texts
    assert "P-77" not in texts
    assert "1961" not in texts
    assert page.form.name.echoMode() == page.form.name.EchoMode.Password


def test_without_an_archive_it_says_where_to_list_one(window, tmp_path, monkeypatch):
    monkeypatch.setattr(archive_page, "peers_file", lambda: tmp_path / "none.json")
    QTest.mouseClick(window.start.nav.archive, Qt.MouseButton.LeftButton)
    assert "Settings" in window.start.archive.said.text()
    assert not window.start.archive.form.search.isEnabled()


def test_an_archive_kept_in_the_settings_is_offered_at_once_and_a_removed_one_takes_its_studies_along(
    window, page, runner, tmp_path, monkeypatch
):
    monkeypatch.setattr(settings_archives, "peers_file", lambda: tmp_path / "archives.json")
    search(page, runner).on_done(FoundStudies(STUDIES))
    window.deeds.show_settings()
    dialog = window.findChild(SettingsDialog)
    dialog.show_page("Archives")
    assert dialog.page._write((PACS, replace(PACS, name="Research")))
    assert [page.form.archive.itemText(at) for at in range(page.form.archive.count())] == ["PACS", "Research"]
    assert page.studies.rowCount() == 2
    assert dialog.page._write((replace(PACS, name="Research"),))
    assert page.form.chosen().name == "Research"
    assert page.studies.rowCount() == 0
    dialog.close()
