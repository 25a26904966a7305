"""Are times, dissections, doses, complications and the ice of a record typed, kept and told as they are?"""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.procedure import Complication, DonePhase, ScanPurpose, Spacer
from planner.domain.protocol import PhaseKind
from tests.ui.procedure_bench import DAY, a_record, opened_page

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


def stamp(at):
    return datetime.fromisoformat(at).timestamp()


# --- freeze and thaw -------------------------------------------------------------------------------------------------


def test_a_phase_typed_by_hand_is_kept_in_utc_and_one_past_midnight_on_the_next_day(hands):
    phases = hands.form.phases
    hands.click(phases.add)
    draft = phases.drafts[0]
    hands.choose(draft.fields[0], PhaseKind.FREEZE.value)
    hands.type(draft.fields[1], "23:56")
    assert hands.kept.phases == ()
    hands.type(draft.fields[2], "0:04:30")
    (phase,) = hands.kept.phases
    assert stamp(phase.started_at) == utc("23:56")
    assert stamp(phase.ended_at) == utc("00:04:30", "2026-03-03")
    assert phases.rows[0].texts[3] == "8:30"
    assert ("Freeze 1", "8:00", "8:30", "+0:30") in hands.rows_of_table()


def test_the_timers_phases_are_corrected_and_stay_the_timers(opened):
    hands = opened(a_record(phases=(FROZEN,)))
    row = hands.form.phases.rows[0]
    assert row.texts[3:5] == ("7:30", "8:00")
    began = row.texts[1]
    hands.type(row.fields[6], "gas changed")
    (phase,) = hands.kept.phases
    assert (phase.started_at, phase.ended_at) == (FROZEN.started_at, FROZEN.ended_at)
    assert (phase.planned_number, phase.planned_s, phase.note) == (1, 480.0, "gas changed")
    hands.type(row.fields[2], began)
    assert hands.kept.phases[0].lasted_s == 0


@pytest.mark.parametrize(("typed", "said"), [("ten", "is no time"), ("25:10", "is no time"), ("", "when it ended")])
def test_what_is_no_time_is_refused_in_words_and_stays_typed(hands, typed, said):
    hands.click(hands.form.phases.add)
    draft = hands.form.phases.drafts[0]
    hands.choose(draft.fields[0], PhaseKind.FREEZE.value)
    hands.type(draft.fields[1], "10:00")
    hands.type(draft.fields[2], typed, key=Qt.Key.Key_Return)
    assert said in draft.error.text()
    assert draft.texts[1:3] == ("10:00", typed)
    assert hands.kept.phases == ()


# --- dissection, temperatures, monitoring ----------------------------------------------------------------------------


def test_a_dissection_is_typed_by_keyboard_alone(hands):
    table = hands.form.dissections
    button = next(one for one in hands.form.add_buttons if one.text() == "Dissection")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    QTest.qWait(1)
    draft = table.drafts[0]
    assert button.isHidden()
    assert draft.fields[0].hasFocus()
    assert draft.texts == ("", "", "", "", "")
    QTest.keyClick(draft.fields[0], Qt.Key.Key_Down)
    QTest.keyClick(draft.fields[0], Qt.Key.Key_Down)
    QTest.keyClick(draft.fields[0], Qt.Key.Key_Tab)
    QTest.keyClicks(draft.fields[1], "37.5")
    QTest.keyClick(draft.fields[1], Qt.Key.Key_Tab)
    QTest.keyClicks(draft.fields[2], "bowel")
    QTest.keyClick(draft.fields[2], Qt.Key.Key_Tab)
    QTest.qWait(1)
    (one,) = hands.kept.dissections
    assert (one.spacer, one.volume_ml, one.protects, one.is_scanned_after) == (Spacer.CO2, 37.5, "bowel", None)
    assert hands.raw["dissections"][0]["volume_ml"] == 37.5
    hands.choose(table.rows[0].fields[3], "no")
    assert hands.kept.dissections[0].is_scanned_after is False
    assert hands.last_label == "change dissection 1"


def test_an_impossible_volume_is_refused_by_the_record_and_stays(hands):
    hands.click(hands.form.dissections.add)
    draft = hands.form.dissections.drafts[0]
    hands.choose(draft.fields[0], Spacer.SALINE.value)
    hands.type(draft.fields[1], "6000", key=Qt.Key.Key_Return)
    assert draft.error.text() == "A dissection takes above 0 to 5000 mL, not 6000 mL."
    assert draft.texts[1] == "6000"
    assert hands.kept.dissections == ()


def test_a_reading_and_a_finding_are_kept_with_their_time(hands):
    hands.click(hands.form.temperatures.add)
    reading = hands.form.temperatures.drafts[0]
    for field, text in zip(reading.fields, ("skin over P1", "-3,5", "10:42", ""), strict=True):
        hands.type(field, text)
    (told,) = hands.kept.temperatures
    assert (told.place, told.temperature_c, stamp(told.at)) == ("skin over P1", -3.5, utc("10:42"))
    assert hands.form.temperatures.rows[0].texts == ("skin over P1", "\N{MINUS SIGN}3.5", "10:42:00", "")
    hands.click(hands.form.monitoring.add)
    finding = hands.form.monitoring.drafts[0]
    for field, text in zip(finding.fields, ("femoral", "stimulation", "twitch", "0.4", ""), strict=True):
        hands.type(field, text)
    (found,) = hands.kept.monitoring
    assert (found.nerve, found.method, found.finding, found.threshold_ma, found.at) == (
        "femoral",
        "stimulation",
        "twitch",
        0.4,
        "",
    )


def test_a_row_is_removed_and_undo_brings_it_back(hands):
    hands.click(hands.form.temperatures.add)
    reading = hands.form.temperatures.drafts[0]
    hands.type(reading.fields[0], "nerve")
    hands.type(reading.fields[1], "12")
    hands.click(hands.form.temperatures.rows[0].delete)
    assert hands.kept.temperatures == ()
    hands.case_desk.undo()
    QTest.qWait(1)
    assert hands.form.temperatures.rows[0].texts[:2] == ("nerve", "12")


# --- doses -----------------------------------------------------------------------------------------------------------


def test_scans_and_doses_are_summed_and_what_is_not_noted_is_named(hands):
    """2 scans of 310.5 and 14 without a dose: 16 scans, 310.5 mGy cm without targeting."""
    planning, targeting, *_ = hands.form.doses.table.rows
    hands.type(planning.fields[1], "2")
    hands.type(planning.fields[2], "310.5")
    hands.type(targeting.fields[1], "14")
    assert [(one.purpose, one.scans, one.dlp_mgy_cm) for one in hands.kept.scans] == [
        (ScanPurpose.PLANNING, 2, 310.5),
        (ScanPurpose.TARGETING, 14, None),
    ]
    assert hands.form.doses.total.text() == "In all: 16 scans, 310.5 mGy cm without targeting"
    assert hands.raw["scans"][1]["dlp_mgy_cm"] is None
    hands.type(planning.fields[1], "")
    hands.type(planning.fields[2], "")
    assert [one.purpose for one in hands.kept.scans] == [ScanPurpose.TARGETING]


def test_half_a_scan_is_refused(hands):
    row = hands.form.doses.table.rows[0]
    hands.type(row.fields[1], "1.5", key=Qt.Key.Key_Return)
    assert row.error.text() == "“1.5” is no count of scans. Type a whole number, such as 4."
    assert hands.kept.scans == ()


def test_a_dose_is_noted_though_nobody_counted_the_scans(hands):
    planning, targeting, *_ = hands.form.doses.table.rows
    hands.type(planning.fields[2], "310.5", key=Qt.Key.Key_Return)
    assert planning.error.isHidden()
    assert hands.raw["scans"] == [{"purpose": "planning", "scans": None, "dlp_mgy_cm": 310.5}]
    assert hands.form.doses.total.text() == "In all: scans not counted, 310.5 mGy cm"
    hands.type(targeting.fields[1], "14")
    assert hands.form.doses.total.text() == "In all: 14 scans without planning, 310.5 mGy cm without targeting"
    assert "Number of planning scans; Dose-length product of targeting scans" in hands.page.gaps.text()


def test_published_doses_are_context_and_unfold_on_demand(hands):
    doses = hands.form.doses
    assert not doses.context.isVisible()
    hands.click(doses.unfold)
    assert doses.context.isVisible()
    assert "Planning: 4.8 ± 2.2 mSv, about 320 mGy cm." in doses.context.text()
    assert "no limit" in doses.context.text()
    hands.click(doses.unfold)
    assert not doses.context.isVisible()


# --- complications ---------------------------------------------------------------------------------------------------


def test_a_complication_has_a_published_scale_and_its_grades_follow_the_scale(hands):
    table = hands.form.complications.table
    hands.click(hands.form.complications.add)
    draft = table.drafts[0]
    assert draft.fields[2].count() == 0
    hands.type(draft.fields[0], "Small pneumothorax")
    hands.choose(draft.fields[1], "CIRSE 2017")
    assert [draft.fields[2].itemData(n) for n in range(6)] == ["1", "2", "3", "4", "5", "6"]
    hands.choose(draft.fields[2], "2")
    (one,) = hands.kept.complications
    assert (one.what, one.grading, one.grade) == ("Small pneumothorax", "CIRSE 2017", "2")
    row = table.rows[0]
    hands.choose(row.fields[1], "SIR 2003")
    hands.type(row.fields[4], "drained", key=Qt.Key.Key_Return)
    assert row.error.text() == "Choose a grade of SIR 2003."
    assert hands.kept.complications[0].grading == "CIRSE 2017"
    hands.choose(row.fields[2], "B")
    assert hands.kept.complications == (Complication("Small pneumothorax", "SIR 2003", "B", "", "drained"),)


def test_no_complication_is_stated_by_name_only_and_taken_back(opened):
    hands = opened(a_record(), who="")
    part = hands.form.complications
    hands.click(part.none)
    assert part.error.text() == "Write your name under “Recorded by” first."
    assert hands.kept.no_complication_by == ""
    hands.case_desk.set_who("Dr C")
    hands.click(part.none)
    assert hands.kept.no_complication_by == "Dr C"
    assert part.said.text() == "No complication, stated by Dr C."
    assert part.add.isHidden()
    hands.click(part.take_back)
    assert hands.kept.no_complication_by == ""
    assert part.said.text() == "Not stated."


# --- ice and texts ------------------------------------------------------------------------------------------


def test_the_measured_ice_stands_beside_the_predicted(hands):
    row = hands.form.ice.rows[0]
    hands.type(row.fields[0], "31")
    hands.type(row.fields[1], "22")
    assert hands.kept.ice is None
    hands.type(row.fields[2], "series 5")
    assert (hands.kept.ice.long_mm, hands.kept.ice.short_mm) == (31, 22)
    rows = hands.rows_of_table()
    assert ("Longest axis", "35.5 mm", "31.0 mm", "\N{MINUS SIGN}4.5 mm") in rows
    assert ("Shortest axis", "22.1 mm", "22.0 mm", "\N{MINUS SIGN}0.1 mm") in rows
    for field in row.fields[:3]:
        hands.type(field, "")
    assert hands.kept.ice is None


def test_sedation_is_kept_when_the_keyboard_leaves_it(hands):
    area = hands.form.sedation
    hands.form.ensureWidgetVisible(area)
    area.setFocus()
    QTest.keyClicks(area, "Local, 5 mL")
    QTest.keyClick(area, Qt.Key.Key_Tab)
    QTest.qWait(1)
    assert hands.raw["sedation"] == "Local, 5 mL"
    assert hands.last_label == "write the sedation"


def test_technical_success_is_stated_or_stays_open(hands):
    choice = hands.form.facts.rows[0].fields[2]
    assert hands.kept.is_technical_success is None
    hands.choose(choice, "no")
    assert hands.kept.is_technical_success is False
    hands.choose(choice, "")
    assert hands.kept.is_technical_success is None


def test_a_day_that_is_none_is_refused(hands):
    row = hands.form.facts.rows[0]
    hands.type(row.fields[0], "2.3.2026", key=Qt.Key.Key_Return)
    assert "is written 2026-11-23" in row.error.text()
    assert hands.kept.day == DAY
