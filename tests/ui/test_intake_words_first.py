"""Is a question in words answered by words at once, and is what cannot be kept said at its field?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from planner.domain.intake import Answer, IntakeAnswer, ItemKind
from planner.persistence import intake_template
from planner.services.case_commands import AnswerItem
from tests.ui.case_bench import a_case, add_case
from tests.ui.intake_bench import close_window, focused, kept, page_window, said
from tests.ui.real_hands import SHIFT, Keyboard, button, click, has_button, named, scroll_to, type_into

Key = Qt.Key
IN_WORDS = ("diagnosis", "pain-since", "pain-where", "pain-quality", "pain-helps")


@pytest.fixture
def window(app, no_leaks, runner, tmp_path, monkeypatch):
    del app, no_leaks
    monkeypatch.setattr(intake_template, "site_intake_file", lambda: tmp_path / "none.json")
    made = page_window(runner, tmp_path)
    add_case(made, a_case())
    made.case_desk.set_who("Dr A")
    QApplication.processEvents()
    yield made
    close_window(made)


def test_a_question_in_words_has_a_field_and_neither_yes_nor_no(window):
    for item_id in IN_WORDS:
        row = window.page.rows[item_id]
        assert row.field.isVisible()
        assert [has_button(row, words) for words in ("Yes", "No", "N/A")] == [False, False, True]
    row = window.page.rows["blood-thinners"]
    assert row.field is None
    assert [has_button(row, words) for words in ("Yes", "No", "N/A")] == [True, True, True]


def test_a_click_into_the_row_writes_and_a_letter_answers_nothing(window):
    row, keys = window.page.rows["pain-where"], Keyboard(window)
    scroll_to(row)
    click(row)
    keys.write("any nerve")  # A, N and Y are letters here
    assert kept(window) == {}
    keys.press(Key.Key_Return)
    answer = kept(window)["pain-where"]
    assert (answer["answer"], answer["text"]) == ("yes", "any nerve")
    assert row.field is None
    assert "any nerve" in said(row)


def test_a_stray_key_on_arriving_is_no_diagnosis(window):
    page, keys = window.page, Keyboard(window)
    page.focus_first()
    keys.press(Key.Key_X)
    assert page.rows["diagnosis"].field.words == ""
    keys.press(Key.Key_Space)
    assert focused(page) == "diagnosis"
    assert kept(window) == {}
    item = page.rows["diagnosis"].item
    words = IntakeAnswer("diagnosis", item.question, item.kind, Answer.YES, "Dr A", "2026-01-01T00:00:00Z", "neuralgia")
    for name in IN_WORDS[:3]:
        asked = page.rows[name].item
        given = replace(words, item_id=name, question=asked.question)
        window.case_desk.apply(AnswerItem(given, "test"))
    page.focus_first()  # the first open question has buttons
    assert focused(page) == "pain-one-finger"


def test_tab_and_arrows_walk_through_the_fields_and_back(window):
    page, keys = window.page, Keyboard(window)
    order = [row.item.id for row in page.column.order if row.isVisible()]
    page.show_item("diagnosis")
    assert focused(page) == order[0] == "diagnosis"
    for item_id in order[1:7]:
        keys.press(Key.Key_Tab)
        assert focused(page) == item_id
    for item_id in reversed(order[:6]):
        keys.press(Key.Key_Tab, SHIFT)
        assert focused(page) == item_id
    for item_id in order[1:5]:
        keys.press(Key.Key_Down)
        assert focused(page) == item_id
    for item_id in reversed(order[:4]):
        keys.press(Key.Key_Up)
        assert focused(page) == item_id
    assert kept(window) == {}


def test_an_arrow_keeps_the_words_and_stays_in_them_while_there_is_another_line(window):
    page, keys = window.page, Keyboard(window)
    page.show_item("pain-since")
    keys.write("2024")
    keys.press(Key.Key_Return, SHIFT)
    keys.write("after a fall")
    keys.press(Key.Key_Up)
    assert focused(page) == "pain-since"
    keys.press(Key.Key_Up)
    assert focused(page) == "diagnosis"
    assert kept(window)["pain-since"]["text"] == "2024\nafter a fall"


def test_not_applicable_needs_no_words_and_delete_opens_the_field_again(window):
    page, keys = window.page, Keyboard(window)
    row = page.rows["diagnosis"]
    scroll_to(row)
    click(button(row, "N/A"))
    assert kept(window)["diagnosis"]["answer"] == "not applicable"
    page.show_item("diagnosis")
    keys.press(Key.Key_N)
    assert kept(window)["diagnosis"]["answer"] == "not applicable"
    keys.press(Key.Key_Delete)
    assert kept(window) == {}
    assert row.field.isVisible()
    keys.write("neuralgia")
    keys.press(Key.Key_Return)
    assert kept(window)["diagnosis"]["text"] == "neuralgia"


def test_a_no_from_before_is_still_shown(window):
    item = window.page.rows["diagnosis"].item
    given = IntakeAnswer("diagnosis", item.question, ItemKind.TEXT, Answer.NO, "Dr Z", "2026-01-01T00:00:00Z")
    window.case_desk.apply(AnswerItem(given, "test"))
    QApplication.processEvents()
    row = window.page.rows["diagnosis"]
    assert has_button(row, "No")
    assert row.buttons.button(Answer.NO).isChecked()


def test_a_score_out_of_range_is_said_at_its_field_as_soon_as_it_is_left(window):
    row = window.page.rows["baseline"]
    scroll_to(row)
    assert not has_button(row, "No")  # it asks how bad
    click(button(row, "Enter"))
    QTest.qWait(1)
    average, worst = named(row, "Average pain", QLineEdit), named(row, "Worst pain", QLineEdit)
    type_into(average, "11", end=Key.Key_Tab)
    assert "Pain is scored from 0 to 10, not 11." in said(row)
    assert (bool(average.property("refused")), bool(worst.property("refused"))) == (True, False)
    assert average.accessibleDescription() == "Pain is scored from 0 to 10, not 11."
    assert average.text() == "11"
    type_into(average, "8", end=Key.Key_Tab)
    assert "0 to 10, not" not in said(row)
    assert not average.property("refused")
    assert kept(window) == {}


def test_tab_after_the_last_score_comes_to_what_keeps(window):
    window.page.show_item("baseline")
    keys = Keyboard(window)
    keys.press(Key.Key_Y)
    QTest.qWait(1)
    keys.write("7")
    for _ in range(6):
        keys.press(Key.Key_Tab)
    keys.press(Key.Key_Space)
    assert kept(window)["baseline"]["scores"]["average_nrs"] == 7


def test_a_block_that_lacks_its_day_says_so_below_its_form(window):
    row = window.page.rows["block"]
    scroll_to(row)
    click(button(row, "Yes"))
    QTest.qWait(1)
    type_into(named(row, "Agent of the block", QLineEdit), "lidocaine", end=Key.Key_Return)
    assert kept(window) == {}
    assert "day" in said(row).split("Keep")[-1].lower()
