"""Does the follow-up form keep what can be kept, say what cannot, and lose nothing that is typed?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from planner.domain.errors import CaseInvalid
from planner.domain.follow_up import Recovered, Sign
from planner.domain.intake import Answer
from planner.ui.case.follow_up_dues import intervals_of
from planner.ui.case.follow_up_page import FollowUpPage
from planner.ui.case.follow_up_rows import BASELINE
from tests.followed_case import AT, case, procedure
from tests.ui.follow_up_bench import CASE_ID, OTHER_ID, TODAY, FollowUpBench
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


def test_without_a_name_it_is_said_and_what_was_typed_waits_for_it(bench):
    page = bench.show()
    bench.case_desk.set_who("")
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    click(page.form.findings.signs[Sign.SKIN].buttons[Answer.NO])
    assert bench.follow_ups == ()
    assert "Recorded by" in page.form.error.text()
    click(page.form.close_button)
    assert page.form.isVisible()
    bench.case_desk.set_who("C. Dorn")
    assert (bench.one.who, bench.one.scores.average_nrs) == ("C. Dorn", 4)
    assert bench.one.sign(Sign.SKIN).answer is Answer.NO
    assert not page.form.error.isVisible()


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("average", "eleven", "eleven"),
        ("average", "11", "0 to 10"),
        ("worst", "2", "below the average"),
        ("dose", "99999", "5000"),
    ],
)
def test_a_score_that_cannot_be_kept_says_so_and_stays_typed(bench, field, text, words):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    typed = getattr(page.form.scores, field)
    type_into(typed, text)
    assert words in page.form.error.text()
    click(page.form.findings.signs[Sign.SKIN].buttons[Answer.NO])  # the rest is kept all the same
    assert bench.one.sign(Sign.SKIN).answer is Answer.NO
    assert bench.one.scores.average_nrs == 4
    assert typed.text() == text
    click(page.form.close_button)
    assert page.form.isVisible()
    type_into(typed, "5")
    assert page.form.error.text() == ""
    click(page.form.close_button)
    assert page.dues.isVisible()


@pytest.mark.parametrize(("text", "words"), [("2026-13-01", "2026-11-23"), ("2026-02-23", "after today"), ("", "day")])
def test_a_day_that_cannot_be_is_refused_in_words(bench, text, words):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    type_into(page.form.day, text)
    if not text:
        page.form.day.clear()
        page.form.day.setModified(True)
        QTest.keyClick(page.form.day, Qt.Key.Key_Return)
    assert words in page.form.error.text()
    assert bench.one.day == TODAY
    type_into(page.form.day, "2026-02-20")
    assert (bench.one.day, page.form.error.text()) == ("2026-02-20", "")


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


def test_a_half_typed_form_waits_for_its_case(bench):
    page = bench.show()
    other = replace(case(procedure("2026-01-10")), id=OTHER_ID, pseudonym="FL-OTHER")
    bench.case_desk.library.add(other, at=AT)
    bench.case_desk.set_who("")
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    bench.case_desk.open(OTHER_ID)
    assert page.dues.isVisible()
    bench.case_desk.open(CASE_ID)
    assert page.form.isVisible()
    assert page.form.scores.average.text() == "4"
    bench.case_desk.set_who("A. Bell")
    assert bench.one.scores.average_nrs == 4


def test_what_is_typed_and_not_left_is_kept_when_the_window_goes(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    click(page.form.scores.average)
    QTest.keyClicks(page.form.scores.average, "4")
    assert bench.follow_ups == ()
    page.close()
    assert bench.one.scores.average_nrs == 4


def test_a_page_made_with_a_case_open_already_keeps_its_form_for_it(bench):
    bench.show(who="")
    late = FollowUpPage(bench.case_desk)
    late.show()
    late.record(42)
    type_into(late.form.scores.average, "4")
    other = replace(case(procedure("2026-01-10")), id=OTHER_ID, pseudonym="FL-OTHER")
    bench.case_desk.library.add(other, at=AT)
    bench.case_desk.open(OTHER_ID)
    assert late.dues.isVisible()
    bench.case_desk.open(CASE_ID)
    assert late.form.scores.average.text() == "4"
    bench.case_desk.set_who("A. Bell")
    assert bench.one.scores.average_nrs == 4
    late.close()
    late.deleteLater()


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


def test_a_score_without_its_scale_is_refused_in_words(bench):
    page = bench.show(case(procedure("2026-01-10"), scores=None))
    click(page.dues.buttons[42])
    type_into(page.form.scores.function, "40")
    assert "scale" in page.form.error.text()
    type_into(page.form.scores.scale, "ODI")
    assert (bench.one.scores.function_score, page.form.error.text()) == (40, "")


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


@pytest.mark.parametrize("text", ["", " , ", "soon", "6 w weeks", "-7", "0", "11 years"])
def test_what_is_no_interval_is_refused(text):
    with pytest.raises(CaseInvalid):
        intervals_of(text)


def test_an_interval_past_ten_years_is_refused_and_stays_typed(bench):
    page = bench.show()
    type_into(page.dues.intervals, "11 years")
    assert page.dues.intervals.text() == "11 years"
    assert "3650" in page.dues.error.text()
    assert bench.case_desk.case.intervals_days == (7, 42, 90, 180, 365)


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
