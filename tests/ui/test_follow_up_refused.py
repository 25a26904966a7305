"""Is what cannot be kept of a follow-up said in words, and is nothing lost that was typed (H-33, H-34, H-37)?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from planner.domain.errors import CaseFileError, CaseInvalid
from planner.domain.follow_up import Sign
from planner.domain.intake import Answer
from planner.services.case_commands import PutFollowUp
from planner.services.casework import OpenCase
from planner.ui.case.follow_up_dues import intervals_of
from planner.ui.case.follow_up_page import FollowUpPage
from tests.followed_case import AT, case, procedure
from tests.ui.follow_up_bench import CASE_ID, OTHER_ID, TODAY, FollowUpBench
from tests.ui.real_hands import click, type_into


@pytest.fixture
def bench(app, no_leaks, tmp_path):
    """The page in a window of its own."""
    del app, no_leaks
    made = FollowUpBench(tmp_path)
    yield made
    made.page.close()
    made.page.deleteLater()


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


def test_H_37_what_another_window_kept_comes_in_and_what_is_typed_here_stays(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    other = OpenCase(bench.case_desk.library, CASE_ID)
    other.apply(PutFollowUp(replace(other.case.follow_ups[0], note="From the other window.")))
    type_into(page.form.relief, "60")
    assert bench.one.relief_percent is None  # refused, with a banner
    assert page.form.relief.text() == "60"
    bench.case_desk.show_anew()
    assert page.form.note.words == "From the other window."
    assert page.form.relief.text() == "60"
    click(page.form.close_button)
    assert (bench.one.note, bench.one.relief_percent) == ("From the other window.", 60)


def test_H_34_what_the_disk_refuses_stays_in_the_form(bench, monkeypatch):
    page = bench.show()
    click(page.dues.buttons[42])

    def full(*_args, **_kwargs):
        raise CaseFileError("The disk is full.", code="case-disk")

    with monkeypatch.context() as disk:
        disk.setattr(bench.case_desk.library, "keep", full)
        type_into(page.form.scores.average, "4")
        click(page.form.findings.signs[Sign.SKIN].buttons[Answer.NO])
        assert bench.follow_ups == ()
        click(page.form.close_button)
        assert page.form.isVisible()
    click(page.form.close_button)
    assert (bench.one.scores.average_nrs, bench.one.sign(Sign.SKIN).answer) == (4, Answer.NO)


def test_a_score_without_its_scale_is_refused_in_words(bench):
    page = bench.show(case(procedure("2026-01-10"), scores=None))
    click(page.dues.buttons[42])
    type_into(page.form.scores.function, "40")
    assert "scale" in page.form.error.text()
    type_into(page.form.scores.scale, "ODI")
    assert (bench.one.scores.function_score, page.form.error.text()) == (40, "")


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


def test_what_was_never_kept_can_be_let_go_and_does_not_come_into_the_next(bench):
    page = bench.show(who="")
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "x")
    type_into(page.form.relief, "60")
    type_into(page.form.findings.repeat_text, "later")
    assert page.form.remove.text() == "Discard what is entered"
    page.form.remove.click()
    assert page.dues.isVisible()
    bench.case_desk.set_who("A. Bell")
    assert bench.follow_ups == ()
    click(page.dues.other)
    texts = [page.form.scores.average.text(), page.form.relief.text(), page.form.findings.repeat_text.text()]
    assert texts == ["", "", ""]
    assert page.form.error.text() == ""


def test_intervals_that_the_disk_refuses_stay_typed(bench, monkeypatch):
    page = bench.show()

    def full(*_args, **_kwargs):
        raise CaseFileError("The disk is full.", code="case-disk")

    with monkeypatch.context() as disk:
        disk.setattr(bench.case_desk.library, "keep", full)
        type_into(page.dues.intervals, "2 weeks, 5 weeks")
        assert page.dues.intervals.text() == "2 weeks, 5 weeks"
    QTest.keyClick(page.dues.intervals, Qt.Key.Key_Return)
    assert bench.case_desk.case.intervals_days == (14, 35)


def test_a_day_before_the_procedure_is_refused_at_the_field(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    type_into(page.form.day, "2026-01-09")
    assert "before the first procedure (2026-01-10)" in page.form.error.text()
    assert page.form.day.property("refused")
    assert "before the first procedure" in page.form.day.accessibleDescription()
    assert bench.one.day == TODAY
    type_into(page.form.day, "2026-02-20")
    assert (bench.one.day, page.form.error.text()) == ("2026-02-20", "")
    assert not page.form.day.property("refused")
    assert page.form.place.text() == "41 days after the procedure of 2026-01-10."


def test_a_day_far_from_its_interval_is_remarked(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    type_into(page.form.day, "2026-01-12")
    assert bench.one.day == "2026-01-12"
    assert page.form.place.text() == ("2 days after the procedure of 2026-01-10; 6 weeks would be 2026-02-21.")


def test_without_a_procedure_a_look_says_that_it_counts_as_before_treatment(bench):
    page = bench.show(case())
    click(page.dues.other)
    assert [page.form.interval.itemText(at) for at in range(page.form.interval.count())] == ["none of them"]
    type_into(page.form.scores.average, "4")
    assert bench.one.interval_days is None
    assert page.form.place.text().startswith("No procedure is recorded: it counts as before treatment")


def test_a_refused_score_is_marked_at_its_field_and_the_mark_goes_with_it(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    scores = page.form.scores
    type_into(scores.average, "11")
    assert scores.average.property("refused")
    assert not scores.worst.property("refused")
    assert scores.average.accessibleDescription() == "Pain is scored from 0 to 10, not 11."
    type_into(page.form.relief, "200")
    assert "0 to 100" in page.form.relief.accessibleDescription()
    type_into(scores.average, "5")
    assert not scores.average.property("refused")
    assert scores.average.accessibleDescription() == ""


def test_an_interval_recorded_with_scores_alone_is_not_shown_as_done(bench):
    page = bench.show()
    click(page.dues.buttons[42])
    type_into(page.form.scores.average, "4")
    assert page.form.gaps.text() == "Not asked: function, opioids, neuritis, weakness, skin injury, recovery."
    click(page.form.close_button)
    said = {one.text() for one in page.dues.findChildren(QLabel) if one.isVisible()}
    assert "NOT ALL ASKED" in said
    assert "DONE" not in said
    assert "Not asked: function, opioids, neuritis, weakness, skin injury, recovery." in said
