"""Are archives typed, kept and asked from the settings, and nothing asked before a button is pressed?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.errors import NetworkFailed
from planner.domain.peer import Peer, WebPeer
from planner.persistence.peers import keep_peers, read_peers
from planner.services.network_tasks import SendObjects, SentObjects
from planner.ui.dialogs import settings_archives
from planner.ui.dialogs.settings import SettingsDialog

PACS = Peer("PACS", "127.0.0.1", 11112, "PACS")
WEB = WebPeer("Web archive", "https://pacs.example/dicom-web")


@pytest.fixture
def listed(tmp_path, monkeypatch):
    path = tmp_path / "archives.json"
    monkeypatch.setattr(settings_archives, "peers_file", lambda: path)
    keep_peers((PACS, WEB), path)
    return path


@pytest.fixture
def page(window, listed, qtbot):
    del listed
    dialog = SettingsDialog(window, window.desk, page="Archives")
    dialog.show()
    yield dialog.page
    dialog.close()
    qtbot.wait(10)


def press(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(field, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def test_what_is_listed_is_shown_in_its_own_form(page):
    assert [page.list.item(at).text() for at in range(page.list.count())] == ["PACS", "Web archive"]
    assert page.form.archive() == PACS
    page.list.setCurrentRow(1)
    assert page.form.archive() == WEB
    assert page.form._web.isVisible()


def test_a_new_one_is_typed_and_kept(page, listed):
    press(page.add)
    type_into(page.form.name, "Research")
    fields = page.form._dicom
    for field, text in (
        (fields.host, "127.0.0.1"),
        (fields.port, "104"),
        (fields.theirs, "VNA"),
        (fields.receive, "11113"),
    ):
        type_into(field, text)
    press(page.keep)
    assert read_peers(listed) == (PACS, WEB, Peer("Research", "127.0.0.1", 104, "VNA", receive_port=11113))
    assert page.list.currentRow() == 2
    assert "Kept: Research" in page.said.text()


@pytest.mark.parametrize(
    ("name", "port", "words"), [("", "104", "needs a name"), ("pacs", "104", "Two archives"), ("X", "70000", "port")]
)
def test_what_cannot_be_is_said_and_not_kept(page, listed, name, port, words):
    page.list.setCurrentRow(1)
    page.form.kind.setCurrentIndex(0)
    type_into(page.form.name, name)
    fields = page.form._dicom
    for field, text in ((fields.host, "127.0.0.1"), (fields.port, port), (fields.theirs, "VNA")):
        type_into(field, text)
    press(page.keep)
    assert words in page.said.text()
    assert read_peers(listed) == (PACS, WEB)


def test_one_is_taken_off_the_list(page, listed):
    press(page.remove)
    assert read_peers(listed) == (WEB,)
    assert page.form.archive() == WEB


def test_H_47_nothing_is_asked_until_test_is_pressed_and_the_answer_is_in_words(page, runner):
    assert not runner.requests(SendObjects)
    press(page.test)
    [job] = runner.requests(SendObjects)
    assert job.request == SendObjects(PACS)
    assert page.test.text() == "Stop"
    job.on_done(SentObjects(0))
    assert page.said.text() == "PACS answers and lets us in."
    press(page.test)
    runner.requests(SendObjects)[1].on_failed(NetworkFailed("PACS does not answer.", code="network-no-answer"))
    assert page.said.text() == "PACS does not answer."
    assert page.test.text() == "Test"


def test_a_test_is_stopped_by_its_button_and_by_leaving_the_page(page, runner):
    press(page.test)
    press(page.test)
    assert runner.requests(SendObjects)[0].cancelled
    press(page.test)
    page.hide()
    assert runner.requests(SendObjects)[1].cancelled


def test_a_damaged_list_is_said_and_never_written_over(window, listed, qtbot):
    listed.write_text("{", encoding="utf-8")
    dialog = SettingsDialog(window, window.desk, page="Archives")
    dialog.show()
    assert "archives.json" in dialog.page.said.text()
    assert not dialog.page.keep.isEnabled()
    dialog.close()
    qtbot.wait(10)
    assert listed.read_text(encoding="utf-8") == "{"
