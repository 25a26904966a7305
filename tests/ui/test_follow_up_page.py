"""Is a follow-up recorded in the window by mouse and by keyboard, kept with every field, and judged as by hand?"""

from __future__ import annotations

import json
import sqlite3
import zlib
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.domain.follow_up import Contact, Recovered, Sign
from planner.domain.intake import Answer
from planner.ui.case.case_steps import CaseStep
from tests.followed_case import long_case
from tests.ui.case_bench import add_case
from tests.ui.follow_up_bench import CASE_ID, TODAY, expecting
from tests.ui.real_hands import CTRL, Keyboard, click, type_into


@pytest.fixture
def window(window, monkeypatch):
    """A window in which today is the day after the 6 weeks are over."""
    monkeypatch.setattr(window.case_desk, "today", lambda: TODAY)
    window.resize(1600, 1000)
    return window


def shown(window, of=None):
    """The page of a case."""
    add_case(window, replace(of or expecting(), id=CASE_ID))
    window.case_desk.set_who("A. Bell")
    window.case.go_to(CaseStep.FOLLOW_UP)
    QApplication.processEvents()
    return window.case.pages[CaseStep.FOLLOW_UP]


def kept_follow_ups(window):
    """What the library holds, read by nothing but SQLite, zlib and JSON."""
    connection = sqlite3.connect(f"{window.case_desk.library.path.as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT data FROM revision ORDER BY n").fetchall()
    finally:
        connection.close()
    return json.loads(zlib.decompress(rows[-1][0]))["follow_ups"]


def the_one(window):
    """The only follow-up of the case."""
    (found,) = window.case_desk.case.follow_ups
    return found


def test_one_click_records_six_weeks_and_each_field_is_kept_at_once(window):
    page = shown(window)
    click(page.dues.buttons[42])
    QTest.qWait(1)
    assert page.form.isVisible()
    assert window.case_desk.case.follow_ups == ()
    form = page.form
    type_into(form.scores.average, "3,5")
    assert (the_one(window).scores.average_nrs, the_one(window).interval_days) == (3.5, 42)
    assert (the_one(window).day, the_one(window).who) == (TODAY, "A. Bell")
    assert form.goal.text() == "Goal reached: average pain 7 → 3.5, 50 % less."
    type_into(form.scores.worst, "5")
    type_into(form.scores.function, "20")
    type_into(form.scores.opioid, "none")
    type_into(form.scores.dose, "0")
    type_into(form.relief, "60")
    click(form.contact.buttons[Contact.CALL])
    click(form.findings.signs[Sign.NEURITIS].buttons[Answer.YES])
    type_into(form.findings.remarks[Sign.NEURITIS], "burning at night")
    click(form.findings.signs[Sign.HORNER].buttons[Answer.NOT_APPLICABLE])
    click(form.findings.recovered.buttons[Recovered.PARTLY])
    click(form.findings.repeat.buttons[Answer.NO])
    type_into(form.findings.repeat_text, "wait for day 90")
    click(form.note)
    QTest.keyClicks(form.note, "Sleeps again.")
    click(form.close_button)
    assert page.dues.isVisible()
    one = the_one(window)
    assert (one.scores.function_scale, one.scores.function_score) == ("PDI", 20)
    assert (one.scores.opioid, one.scores.opioid_mg_per_day) == ("none", 0)
    assert (one.relief_percent, one.contact) == (60, Contact.CALL)
    assert (one.sign(Sign.NEURITIS).answer, one.sign(Sign.NEURITIS).text) == (Answer.YES, "burning at night")
    assert one.sign(Sign.HORNER).answer is Answer.NOT_APPLICABLE
    assert one.sign(Sign.WEAKNESS) is one.sign(Sign.SKIN) is None
    assert (one.recovered, one.repeat, one.repeat_text) == (Recovered.PARTLY, Answer.NO, "wait for day 90")
    assert one.note == "Sleeps again."
    assert page.dues.buttons[42].text() == "Open"
    row = page.model.rows[-1]
    assert row.cells == ("6 weeks", TODAY, "3.5", "5", "PDI 20", "0", "60", "reached, 50 % less")
    assert row.below.startswith("recovery not expected yet: not full on day 43, expected between day 80 and day 211")
    kept = kept_follow_ups(window)
    assert (len(kept), kept[0]["scores"]["average_nrs"], kept[0]["note"]) == (1, 3.5, "Sleeps again.")


def test_the_whole_form_is_filled_by_keyboard(window):
    page = shown(window)
    page.dues.buttons[42].setFocus()
    keys = Keyboard(window)
    keys.press(Qt.Key.Key_Space)
    QTest.qWait(1)
    assert keys.focus is page.form.scores.average
    keys.write("2")
    keys.press(Qt.Key.Key_Tab)
    assert the_one(window).scores.average_nrs == 2
    keys.tab_to("Weakness")
    keys.write("n")
    keys.tab_to("Skin injury")
    keys.write("y")
    keys.tab_to("Remark on skin injury")
    keys.write("blister")
    keys.tab_to("Recovery")
    keys.press(Qt.Key.Key_Right)
    keys.press(Qt.Key.Key_Right)
    keys.tab_to("Repeat the treatment")
    keys.write("a")
    keys.press(Qt.Key.Key_Escape)
    one = the_one(window)
    assert [(seen.sign, seen.answer, seen.text) for seen in one.signs] == [
        (Sign.WEAKNESS, Answer.NO, ""),
        (Sign.SKIN, Answer.YES, "blister"),
    ]
    assert (one.recovered, one.repeat) == (Recovered.PARTLY, Answer.NOT_APPLICABLE)
    assert page.dues.isVisible()
    assert keys.focus is page.list
    keys.press(Qt.Key.Key_End)
    keys.press(Qt.Key.Key_Return)
    assert page.form.isVisible()
    assert page.form.title.text() == "6 weeks"
    QTest.qWait(1)
    assert keys.focus is page.form.scores.average


def test_ctrl_z_takes_an_entry_back_and_the_form_shows_it(window):
    page = shown(window)
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    click(page.form.findings.signs[Sign.SKIN].buttons[Answer.NO])
    keys = Keyboard(window)
    keys.press(Qt.Key.Key_Z, CTRL)
    assert the_one(window).signs == ()
    assert page.form.findings.signs[Sign.SKIN].value is None
    keys.press(Qt.Key.Key_Z, CTRL)
    assert window.case_desk.case.follow_ups == ()
    assert page.dues.isVisible()


def test_the_plot_says_in_words_what_it_shows_and_a_point_opens_its_follow_up(window):
    page = shown(window, long_case(2, second=False))
    said = QAccessible.queryAccessibleInterface(page.plot).text(QAccessible.Text.Value)
    assert said == (
        "Before treatment: average pain 7, worst pain 9, PDI 42, opioid 60 mg a day. "
        "Day 7 (2026-01-17): average pain 6, worst pain 7, PDI 42, opioid 60 mg a day. "
        "Day 42 (2026-02-21): average pain 4.5, worst pain 6, PDI 39, opioid 45 mg a day. "
        "Procedure on day 0. Goal: average pain at most 3.5. Full recovery expected between day 80 and day 211."
    )
    at = page.plot.place_of("f1")
    click(page.plot, QPoint(round(at.x()), round(at.y())))
    assert page.form.isVisible()
    assert page.form.title.text() == "6 weeks"
    assert page.list.currentIndex().row() == 2


def test_ten_follow_ups_fit_with_their_words_whole_at_the_smallest_window(window):
    page = shown(window, long_case())
    window.resize(1366, 768)
    QApplication.processEvents()
    assert len(page.model.rows) == 11
    assert page.plot.width() >= 600
    assert page.form.minimumSizeHint().width() <= page.form.width()
