"""Is a record finished by name, with nothing refused and what is missing accepted? Are its days past, and one?"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from planner.domain.procedure import DonePhase
from planner.domain.protocol import PhaseKind
from planner.ui.case.case_steps import CaseStep, case_states
from planner.ui.steps import ATTENTION
from tests.ui.procedure_bench import DAY, NOW, TODAY, a_record, opened_page

FROZEN = DonePhase(PhaseKind.FREEZE, f"{DAY}T10:00:00Z", f"{DAY}T10:07:30Z", planned_s=480.0, planned_number=1)


@pytest.fixture
def opened(app, no_leaks, tmp_path):
    del app, no_leaks
    with opened_page(tmp_path) as open_with:
        yield open_with


@pytest.fixture
def hands(opened):
    return opened(a_record())


def utc(clock, day=DAY):
    """A time of day of this computer, as UTC; by the platform's own rules."""
    return datetime.fromisoformat(f"{day}T{clock}").astimezone().timestamp()


def iso(at_s):
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(at):
    return datetime.fromisoformat(at).timestamp()


def test_a_record_is_finished_by_name_and_a_later_edit_is_marked(opened):
    hands = opened(a_record(), who="")
    hands.click(hands.page.head.finish)
    assert not hands.kept.is_finished
    assert "Recorded by" in hands.page.finish.sentence.text()
    hands.case_desk.set_who("Dr A. Berg")
    assert not hands.page.finish.isVisible()
    hands.click(hands.page.head.finish)
    hands.click(hands.page.finish.accept)
    assert (hands.kept.finished_by, hands.kept.amended_by) == ("Dr A. Berg", "")
    assert hands.page.head.finish.isHidden()
    hands.case_desk.set_who("Dr D")
    hands.type(hands.form.facts.rows[0].fields[1], "Dr B")
    assert (hands.kept.operator, hands.kept.finished_by, hands.kept.amended_by) == ("Dr B", "Dr A. Berg", "Dr D")
    assert "Edited afterwards" in hands.page.head.state.whole_text()
    hands.case_desk.set_who("")
    row = hands.form.facts.rows[0]
    hands.type(row.fields[1], "Dr E", key=Qt.Key.Key_Return)
    assert "a later edit carries a name" in row.error.text()
    assert row.fields[1].text() == "Dr E"
    assert hands.kept.operator == "Dr B"


def test_a_record_with_a_running_phase_is_not_finished(opened):
    hands = opened(a_record(phases=(replace(FROZEN, ended_at=""),)))
    assert hands.page.head.timer.text() == "Timer: freeze runs"
    hands.click(hands.page.head.finish)
    assert not hands.kept.is_finished
    assert hands.page.finish.sentence.text() == "The freeze is still running. End it in the timer first."


def test_what_is_missing_is_named_and_finishing_with_it_is_a_press_of_its_own(hands):
    page = hands.page
    hands.click(page.head.finish)
    assert not hands.kept.is_finished
    assert page.finish.sentence.text() == (
        "Not recorded: Probe P1: whether and where it was used; Probe P2: whether and where it was used; Freeze and "
        "thaw times; Scans and dose; Sedation; Complications, or that there were none; Ice as measured; Technical "
        "success."
    )
    assert page.finish.accept.text() == "Finish with 8 not recorded"
    hands.click(page.finish.back)
    assert not page.finish.isVisible()
    hands.click(page.head.finish)
    hands.click(hands.form.complications.none)
    assert not page.finish.isVisible()
    hands.click(page.head.finish)
    hands.click(page.finish.accept)
    assert hands.raw["finished_by"] == "Dr A. Berg"
    assert not page.finish.isVisible()
    assert "with 7 not recorded" in page.head.state.whole_text()
    assert not hands.kept.probes


def test_a_refused_field_stands_in_the_way_of_finishing_with_its_sentence(hands):
    page = hands.page
    row = hands.form.doses.table.rows[0]
    hands.type(row.fields[2], "-50")
    hands.click(page.head.finish)
    assert not hands.kept.is_finished
    assert page.finish.sentence.text() == (
        "Scans and dose: A dose-length product is 0 to 100 000 mGy cm, not \N{MINUS SIGN}50."
    )
    assert not page.finish.accept.isVisible()
    hands.click(page.finish.show_it)
    assert row.fields[1].hasFocus()
    assert row.fields[2].text() == "-50"
    hands.type(row.fields[2], "50")
    assert not page.finish.isVisible()
    hands.click(page.head.finish)
    hands.click(page.finish.accept)
    assert hands.kept.is_finished


def test_what_is_refused_while_the_question_stands_is_not_finished_either(hands):
    page = hands.page
    hands.click(page.head.finish)
    hands.type(hands.form.doses.table.rows[0].fields[2], "-50", key=None)
    hands.click(page.finish.accept)
    assert not hands.kept.is_finished
    assert page.finish.sentence.text().startswith("Scans and dose: A dose-length product")


def test_the_rail_is_not_green_while_a_finished_record_lacks_something(opened):
    hands = opened(a_record())
    intake = SimpleNamespace(missing=())
    hands.click(hands.page.head.finish)
    hands.click(hands.page.finish.accept)
    state = case_states(hands.case_desk.case, intake, today=TODAY)[2]
    assert (state.step, state.style, state.line) == (CaseStep.PROCEDURE, ATTENTION, f"{DAY}, 8 not recorded")
    assert "Not recorded: Probe P1: whether and where it was used" in state.note


# --- days ------------------------------------------------------------------------------------------------------------


def test_a_day_in_the_future_is_refused_and_stays_typed(hands):
    row = hands.form.facts.rows[0]
    hands.type(row.fields[0], "2026-03-10", key=Qt.Key.Key_Return)
    assert row.error.text().startswith("2026-03-10 is in the future.")
    assert row.fields[0].text() == "2026-03-10"
    assert hands.kept.day == DAY
    hands.type(row.fields[0], TODAY)
    assert hands.kept.day == TODAY


def test_a_time_in_the_future_is_refused_and_stays_typed(hands):
    hands.type(hands.form.facts.rows[0].fields[0], TODAY)
    hands.click(hands.form.temperatures.add)
    draft = hands.form.temperatures.drafts[0]
    late = datetime.fromtimestamp(stamp(NOW) + 7200).astimezone().strftime("%H:%M")
    for field, text in zip(draft.fields, ("skin", "12", late), strict=False):
        hands.type(field, text, key=Qt.Key.Key_Return)
    assert draft.error.text().startswith(f"{late}:00 on {TODAY} is in the future.")
    assert draft.texts[2] == late
    hands.type(draft.fields[2], datetime.fromtimestamp(stamp(NOW) - 7200).astimezone().strftime("%H:%M"))
    assert stamp(hands.kept.temperatures[0].at) == stamp(NOW) - 7200


def test_phases_of_another_day_than_the_records_are_marked_and_the_day_is_set_by_one_click(opened):
    hands = opened(replace(a_record(phases=(FROZEN,)), day="2026-03-04"))
    assert hands.form.phases.rows[0].remark.text() == (f"Ended 0:30 short of plan. On {DAY}, not on the record’s day.")
    assert hands.form.offers.doubt.text() == f"Freeze and thaw are of {DAY}, the record is of 2026-03-04."
    assert f"Freeze and thaw are of {DAY}" in hands.page.gaps.text()
    assert not hands.form.offers.times.isVisible()
    hands.click(hands.form.offers.day)
    assert hands.kept.day == DAY
    assert hands.last_label == "set the day to that of the times"
    assert not hands.form.offers.doubt.isVisible()
    assert hands.form.phases.rows[0].remark.text() == "Ended 0:30 short of plan."


def test_times_typed_for_another_day_are_put_on_the_records_by_one_click(opened):
    """Typed the day after, then the day corrected: 10:00 and 10:42 of the wall clock stay, the day goes back by two."""
    hands = opened(a_record())
    hands.type(hands.form.facts.rows[0].fields[0], "2026-03-04")
    hands.click(hands.form.temperatures.add)
    draft = hands.form.temperatures.drafts[0]
    for field, text in zip(draft.fields, ("skin", "12", "10:42", ""), strict=True):
        hands.type(field, text)
    hands.click(hands.form.phases.add)
    draft = hands.form.phases.drafts[0]
    hands.choose(draft.fields[0], PhaseKind.FREEZE.value)
    hands.type(draft.fields[1], "10:00")
    hands.type(draft.fields[2], "10:08")
    assert not hands.form.offers.times.isVisible()
    hands.type(hands.form.facts.rows[0].fields[0], DAY)
    assert hands.form.offers.doubt.text() == f"Times are of 2026-03-04, the record is of {DAY}."
    assert hands.form.temperatures.rows[0].remark.text() == "On 2026-03-04, not on the record’s day."
    hands.click(hands.form.offers.times)
    (reading,), (phase,) = hands.kept.temperatures, hands.kept.phases
    assert (stamp(reading.at), stamp(phase.started_at), stamp(phase.ended_at)) == (
        utc("10:42"),
        utc("10:00"),
        utc("10:08"),
    )
    assert hands.kept.day == DAY
    assert not hands.form.offers.doubt.isVisible()


def test_a_freeze_past_midnight_is_of_the_same_procedure(opened):
    late, early = utc("23:50"), utc("00:05", "2026-03-03")
    phases = tuple(
        DonePhase(PhaseKind.FREEZE, iso(at), iso(at + 300), planned_number=number)
        for number, at in ((1, late), (3, early))
    )
    hands = opened(a_record(phases=phases))
    assert not hands.form.offers.doubt.isVisible()


def test_the_operator_is_offered_from_recorded_by_and_taken_by_one_click(opened):
    hands = opened(a_record(), who="")
    offers = hands.form.offers
    assert not offers.operator.isVisible()
    hands.case_desk.set_who("Dr A. Berg")
    assert (offers.operator.isVisible(), hands.kept.operator) == (True, "")
    hands.click(offers.operator)
    assert hands.kept.operator == "Dr A. Berg"
    assert not offers.operator.isVisible()
    hands.case_desk.undo()
    assert hands.kept.operator == ""


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC0", "Times in UTC"),
        ("EET-2", "Times of day here, UTC+2; kept as UTC"),
        ("IST-5:30", "Times of day here, UTC+5:30; kept as UTC"),
        ("NST3:30", "Times of day here, UTC−3:30; kept as UTC"),
    ],
)
def test_which_zone_times_are_in_is_said(opened, monkeypatch, zone, said):
    """Zones as POSIX writes them: hours to add for UTC, so that those ahead of it have a minus."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert opened(a_record()).form.zone.text() == said
    finally:
        monkeypatch.undo()
        time.tzset()
