"""Settings, page Intake: a site rewords, adds, moves and removes questions; the file on the disk says what is asked."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from planner.persistence import intake_template
from planner.ui.dialogs.settings import SettingsDialog
from planner.ui.dialogs.settings_intake import IntakeSettingsPage
from tests.ui.real_hands import Keyboard, button, click, type_into


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "intake.json"
    monkeypatch.setattr(intake_template, "site_intake_file", lambda: path)
    return path


@pytest.fixture
def page(app, no_leaks):
    del no_leaks
    made = QWidget()
    made.page = IntakeSettingsPage()
    box = QVBoxLayout(made)
    box.addWidget(made.page)
    made.resize(1010, 640)
    made.show()
    made.activateWindow()
    yield made.page
    made.close()
    made.deleteLater()
    app.processEvents()


def rows(page):
    return [page.list.item(at).text().strip() for at in range(page.list.count())]


def choose(page, words):
    at = next(at for at, text in enumerate(rows(page)) if text == words)
    page.list.scrollToItem(page.list.item(at))
    place = page.list.visualItemRect(page.list.item(at)).center()
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QApplication.processEvents()
    assert page.list.currentItem().text().strip() == words


def asked(file) -> dict[str, dict]:
    data = json.loads(file.read_text(encoding="utf-8"))
    return {item["id"]: item for part in data["sections"] for item in part["items"]}


def test_a_question_is_reworded_and_asked_of_chosen_targets_when_it_is_kept(page, file):
    choose(page, "Consent given?")
    type_into(page.form.question, "Consent signed?")
    click(page.form.targets["femoral"])
    click(page.form.alert, QPoint(8, page.form.alert.height() // 2))
    assert not file.exists()
    assert page.state.text() == "Not kept yet."
    click(button(page, "Keep"))
    kept = asked(file)["consent"]
    assert kept["question"] == "Consent signed?"
    assert kept["only_for"] == ["femoral"]
    assert kept["is_alert"] is True
    assert (kept["status"], "source" in kept) == ("site", False)
    assert asked(file)["expect-half"]["source"] == "SEED"
    assert page.form.origin.text() == "site"


def test_what_was_typed_is_of_the_question_it_was_typed_for(page, file):
    choose(page, "Consent given?")
    page.form.question.setFocus()
    page.form.question.selectAll()
    QTest.keyClicks(page.form.question, "Signed?")
    choose(page, "Allergies?")  # by mouse, without Enter
    click(button(page, "Keep"))
    assert asked(file)["consent"]["question"] == "Signed?"
    assert asked(file)["allergies"]["question"] == "Allergies?"
    assert page.form.question.text() == "Allergies?"


def test_a_question_is_added_moved_by_key_and_removed(page, file):
    choose(page, "Consent given?")
    click(button(page, "Add question"))
    QTest.keyClicks(QApplication.focusWidget(), "Interpreter needed?")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    before = rows(page).index("Interpreter needed?")
    assert rows(page)[before - 1] == "Consent given?"
    Keyboard(page.window()).press(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert rows(page).index("Interpreter needed?") == before - 1
    choose(page, "Chronic conditions?")
    click(button(page, "Remove"))
    click(button(page, "Keep"))
    kept = asked(file)
    (added,) = (item for item in kept.values() if item["question"] == "Interpreter needed?")
    assert added["id"].startswith("site-")
    assert "chronic-conditions" not in kept
    order = list(kept)
    assert order.index(added["id"]) + 1 == order.index("consent")


def test_what_looks_like_a_tag_is_shown_as_it_is_typed(page, file):
    choose(page, "Consent given?")
    type_into(page.form.question, "<b>Consent</b> & more?")
    row = page.list.currentItem()
    assert row.text().strip() == "<b>Consent</b> & more?"
    assert "<b>" not in row.toolTip()
    assert "&lt;b&gt;Consent" in row.toolTip()
    assert not file.exists()


def test_the_block_stays_and_a_site_is_told_why(page, file):
    choose(page, "Was a diagnostic block done?")
    click(button(page, "Remove"))
    assert "The question for the diagnostic block stays" in page.state.text()
    assert "Was a diagnostic block done?" in rows(page)
    assert not file.exists()


def test_sections_are_added_and_named_and_an_empty_one_is_not_kept(page, file):
    click(button(page, "Add section"))
    QTest.keyClicks(QApplication.focusWidget(), "Afterwards")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert rows(page)[-1] == "Afterwards"
    choose(page, "Health")
    type_into(page.title, "State of health")
    click(button(page, "Keep"))
    titles = [part["title"] for part in json.loads(file.read_text(encoding="utf-8"))["sections"]]
    assert "State of health" in titles
    assert "Afterwards" not in titles


def test_the_shipped_questions_come_back(page, file):
    choose(page, "Allergies?")
    click(button(page, "Remove"))
    click(button(page, "Keep"))
    assert "allergies" not in asked(file)
    click(button(page, "Shipped questions"))
    assert "allergies" not in asked(file)
    click(button(page, "Keep"))
    assert not file.exists()
    assert "Allergies?" in rows(page)


def test_changes_that_are_not_kept_are_said_once_before_the_window_closes(window, file):
    dialog = SettingsDialog(window, window.desk)
    dialog.show()
    click(button(dialog, "Intake"))
    page = dialog.page
    choose(page, "Allergies?")
    click(button(page, "Remove"))
    click(button(dialog, "Rules"))
    click(button(dialog, "Close"))
    assert dialog.isVisible()
    assert dialog.page is page
    assert "not kept" in page.state.text()
    click(button(dialog, "Close"))
    assert not file.exists()


def test_changes_are_undone_until_they_are_kept(page, file):
    choose(page, "Allergies?")
    click(button(page, "Remove"))
    click(button(page, "Undo changes"))
    assert "Allergies?" in rows(page)
    assert not file.exists()


def test_a_file_that_cannot_be_read_is_said_and_stays_until_others_are_kept(app, file):
    del app
    file.write_text("{", encoding="utf-8")
    made = IntakeSettingsPage()
    assert "not JSON" in made.state.text()
    assert file.read_text(encoding="utf-8") == "{"
    made.deleteLater()
