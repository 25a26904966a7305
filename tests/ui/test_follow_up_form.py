"""Does the follow-up page keep each entry as it is made, and show what is due, the course and the rows?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from planner.domain.follow_up import Recovered, Sign
from planner.domain.intake import Answer
from planner.ui.case.follow_up_dues import intervals_of
from planner.ui.case.follow_up_rows import BASELINE
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import DARK, LIGHT
from tests.followed_case import case, long_case, procedure
from tests.ui.follow_up_bench import CASE_ID, FollowUpBench
from tests.ui.real_hands import choose, click, type_into


@pytest.fixture
def bench(app, no_leaks, tmp_path):
    """The page in a window of its own."""
    del app, no_leaks
    made = FollowUpBench(tmp_path)
    yield made
    made.page.close()
    made.page.deleteLater()


def test_what_is_due_is_listed_with_its_day(bench):
    page = bench.show()
    assert list(page.dues.buttons) == [7, 42, 90, 180, 365]
    said = [button.accessibleName() for button in page.dues.buttons.values()]
    assert said[:3] == [
        "Record 1 week, missed, was due 2026-01-17",
        "Record 6 weeks, due since 2026-02-21",
        "Record 3 months, due 2026-04-10, in 47 days",
    ]
    assert page.state.whole_text() == "Next: 6 weeks, due since 2026-02-21."


def test_a_pressed_answer_pressed_again_is_open(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    bar = page.form.findings.signs[Sign.WEAKNESS]
    click(bar.buttons[Answer.NO])
    assert bench.one.sign(Sign.WEAKNESS).answer is Answer.NO
    click(bar.buttons[Answer.NO])
    assert bench.one.signs == ()
    QTest.keyClick(bar, Qt.Key.Key_Y)
    QTest.keyClick(bar, Qt.Key.Key_Delete)
    assert bench.one.signs == ()


def test_a_form_that_is_only_looked_at_keeps_nothing(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    click(page.form.close_button)
    assert bench.follow_ups == ()
    assert len(bench.case_desk.library.history(CASE_ID)) == 1


def test_a_follow_up_is_removed_by_button_or_delete_and_comes_back(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    page.form.remove.click()
    assert bench.follow_ups == ()
    bench.case_desk.undo()
    assert bench.one.scores.average_nrs == 4
    page.list.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(page.list, key)
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert bench.follow_ups == ()
    QTest.keyClick(page.list, Qt.Key.Key_Home)
    QTest.keyClick(page.list, Qt.Key.Key_Delete)  # the scores before treatment are the intake's
    assert [row.key for row in page.model.rows] == [BASELINE]


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_points_are_filled_or_open_in_the_ink_of_the_theme(bench, app, tokens):
    page = bench.show(long_case(2, second=False))
    theme().apply(app, tokens)
    image = page.plot.grab().toImage()
    worst = page.plot.place_of("f1").toPoint()  # 6, and the average of that day is 4.5: 1.5 of 10 below it
    height = page.plot.height() - 40 - 34 - 52
    average = worst + QPoint(0, round(0.15 * height))
    assert image.pixelColor(worst).name() == tokens.surface
    assert image.pixelColor(average).name() == tokens.text_1
    theme().apply(app, DARK)


def test_the_keyboard_goes_to_the_follow_up_that_waits(bench):
    page = bench.show()
    page.focus_first()
    assert page.dues.buttons[42].hasFocus()
    QTest.keyClick(page.dues.buttons[42], Qt.Key.Key_Space)
    assert page.form.isVisible()
    assert page.form.interval.currentData() == 42


def test_a_scale_is_typed_before_its_score_and_stays(bench):
    page = bench.show(case(procedure("2026-01-10"), scores=None))
    click(page.dues.buttons[42])
    assert page.form.scores.scale.text() == ""
    type_into(page.form.scores.scale, "ODI", end=Qt.Key.Key_Tab)
    assert page.form.scores.scale.text() == "ODI"
    type_into(page.form.scores.function, "40")
    assert (bench.one.scores.function_scale, bench.one.scores.function_score) == ("ODI", 40)


def test_how_the_patient_was_seen_is_not_assumed(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    assert bench.one.contact is None


def test_the_page_says_how_the_last_follow_up_stands_and_what_is_next(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "2")
    words = "6 weeks, goal reached: average pain 7 → 2, 71 % less. Next: 3 months, due 2026-04-10, in 47 days."
    assert page.state.whole_text() == words
    click(page.form.findings.recovered.buttons[Recovered.NOT_YET])
    seen = "not full on day 43, expected between day 80 and day 211."
    assert page.state.whole_text() == f"{words} Recovery not expected yet: {seen}"


def test_another_interval_or_none_is_chosen_by_mouse(bench):
    page = bench.show()
    click(page.dues.other)
    type_into(page.form.scores.average, "4")
    assert bench.one.interval_days is None
    assert page.form.title.text() == "day 43"
    choose(page.form.interval, "3 months")
    assert bench.one.interval_days == 90


def test_intervals_are_typed_in_words_and_the_default_comes_back(bench):
    page = bench.show()
    assert page.dues.default.isVisible()
    type_into(page.dues.intervals, "2 weeks, 1 year, 100")
    assert bench.case_desk.case.intervals_days == (14, 100, 365)
    assert page.dues.intervals.text() == "2 weeks, 100 days, 1 year"
    assert not page.dues.default.isVisible()
    type_into(page.dues.intervals, "soon")
    assert "soon" in page.dues.error.text()
    assert page.dues.intervals.text() == "soon"
    assert bench.case_desk.case.intervals_days == (14, 100, 365)
    click(page.dues.restore)
    assert bench.case_desk.case.intervals_days == (7, 42, 90, 180, 365)
    assert page.dues.intervals.text() == "1 week, 6 weeks, 3 months, 6 months, 1 year"


def test_intervals_are_read_as_written():
    assert intervals_of("6 weeks; 7, 3 months,1y, 6w") == (7, 42, 90, 365)


def test_without_scores_the_page_says_where_they_come_from(bench):
    page = bench.show(case(scores=None))
    said = QAccessible.queryAccessibleInterface(page.plot).text(QAccessible.Text.Value)
    assert said == "No scores yet."
    assert page.dues.other.text() == "Record a follow-up"
    click(page.dues.other)
    type_into(page.form.scores.average, "4")
    assert page.form.goal.text() == "NOT ASSESSED: no pain score before treatment."
    assert "goal cannot be assessed" in page.form.before.text()


def test_scores_before_treatment_that_were_written_down_late_are_named(bench):
    page = bench.show(case(procedure("2026-01-10"), baseline_at="2026-02-01T10:00:00Z"))
    assert "written down after the procedure" in page.state.whole_text()
