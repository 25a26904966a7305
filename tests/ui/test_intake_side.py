"""Does a wide window list what the intake lacks beside the questions, and is no reason cut off in a small one?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.persistence import intake_template
from planner.ui.case.two_lines import TwoLines
from tests.ui.case_bench import a_case, a_plan, add_case
from tests.ui.intake_bench import close_window, focused, kept, page_window
from tests.ui.real_hands import Keyboard

ALWAYS = 19
WIDE_PX, SMALL_PX = 1712, 1158
WAITING = "No diagnostic block is recorded, and nobody has answered for going without."


@pytest.fixture
def window(app, no_leaks, runner, tmp_path, monkeypatch):
    del app, no_leaks
    monkeypatch.setattr(intake_template, "site_intake_file", lambda: tmp_path / "none.json")
    made = page_window(runner, tmp_path)
    made.resize(WIDE_PX, 800)
    add_case(made, a_case(plans=(a_plan(atlas_ids=("adrenal",), targets=("Left adrenal",)),)))
    made.case_desk.set_who("Dr A")
    QApplication.processEvents()
    yield made
    close_window(made)


def rows(side):
    return [side.list.item(at).text() for at in range(side.list.count())]


def test_what_is_open_is_listed_with_what_stands_out_first(window):
    side = window.page.side
    assert side.isVisible()
    assert side.count.text() == f"{ALWAYS + 1} not answered"
    assert rows(side)[:2] == ["Anaesthesia alerted to a hypertensive crisis?", "What is the diagnosis?"]
    assert side.reason.text() == WAITING
    assert side.badge.accessibleName() == "NOT READY"


def test_a_click_on_a_row_goes_to_its_question_and_an_answer_takes_it_off_the_list(window):
    side = window.page.side
    at = rows(side).index("On blood thinners?")
    place = side.list.visualItemRect(side.list.item(at)).center()
    QTest.mouseClick(side.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.qWait(1)
    assert focused(window.page) == "blood-thinners"
    Keyboard(window).press(Qt.Key.Key_N)
    assert kept(window)["blood-thinners"]["answer"] == "no"
    assert "On blood thinners?" not in rows(side)
    assert side.count.text() == f"{ALWAYS} not answered"


def test_a_small_window_gives_the_room_to_the_questions(window):
    window.resize(SMALL_PX, 640)
    QApplication.processEvents()
    assert not window.page.side.isVisible()


def test_a_reason_takes_a_second_line_before_it_is_cut(app):
    del app
    made = TwoLines()
    made.resize(300, 40)
    made.show_text(WAITING)
    assert made.text().count("\n") == 1
    assert made.text().replace("\n", " ") == WAITING
    assert made.toolTip() == ""
    made.show_text(f"{WAITING} {WAITING}")
    assert made.text().count("\n") == 1
    assert made.text().endswith("…")
    assert made.toolTip() == f"{WAITING} {WAITING}"
    for line in made.text().split("\n"):
        assert made.fontMetrics().horizontalAdvance(line) <= 300
