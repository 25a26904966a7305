"""Is a freeze timed by mouse and keyboard as it was done, and is every press in the library at once?"""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.procedure import PlannedMoment
from planner.domain.protocol import Phase
from planner.ui.case.timer_bar import now_on_bar_s
from planner.ui.case.timer_face import LaneFace
from tests.ui.timer_bench import TimerBench
from tests.unit.casebook.freeze_case import FREEZE, START_S, THAW, TWO_FREEZES, at

CTRL = Qt.KeyboardModifier.ControlModifier
SHORT = (Phase(FREEZE, 360), Phase(THAW, 300), Phase(FREEZE, 480))
LATE = (Phase(THAW, 120), Phase(FREEZE, 360))


@pytest.fixture
def timer_of(app, no_leaks, tmp_path):
    del app, no_leaks
    made = []

    def make(*schedules, **facts):
        made.append(TimerBench(tmp_path, *schedules, **facts))
        return made[0]

    yield make
    for timer in made:
        timer.close()


@pytest.fixture
def timer(timer_of):
    return timer_of(TWO_FREEZES, moments=(PlannedMoment(380, "ice within 3 mm of lung"),))


def figures(words):
    return [(figure.caption, figure.text) for figure in words.figures]


def test_a_whole_freeze_by_mouse_is_in_the_library_press_by_press(timer) -> None:
    primary = timer.page.keys.primary
    assert primary.words[0] == "Start freeze 1 of 2"
    timer.click(primary)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]
    timer.passes(5, 20)
    assert timer.words.name == "Freeze 1 of 2"
    assert figures(timer.words) == [("ELAPSED", "5:20"), ("LEFT", "2:40")]
    timer.passes(2, 52)
    assert figures(timer.words) == [("ELAPSED", "8:12"), ("OVER", "+0:12")]
    assert primary.words == ("Start passive thaw 1 of 2", "ends freeze 1 of 2")
    timer.click(primary)
    timer.passes(3)
    timer.click(primary)
    timer.passes(8)
    timer.click(primary)
    timer.passes(2)
    assert primary.words[0] == "End passive thaw 2 of 2"
    timer.click(primary)
    assert timer.kept_rows() == [
        (FREEZE, at(0), at(8, 12)),
        (THAW, at(8, 12), at(11, 12)),
        (FREEZE, at(11, 12), at(19, 12)),
        (THAW, at(19, 12), at(21, 12)),
    ]
    assert figures(timer.words) == [("FROZEN IN ALL", "16:12"), ("PLANNED", "16:00")]
    assert not primary.isEnabled()
    assert timer.words.name == "Every planned phase is done"
    assert primary.words[1] == "Nothing more is planned"


def test_by_keyboard_alone_space_is_always_the_large_button(timer) -> None:
    timer.key(Qt.Key.Key_Space)
    timer.passes(4)
    timer.page.keys.stop.setFocus()
    timer.key_twice(Qt.Key.Key_Space)
    assert [row[0] for row in timer.kept_rows()] == [FREEZE, THAW]
    timer.passes(0, 59)
    timer.key(Qt.Key.Key_E)
    assert timer.kept().phases[1].extended_s == 60
    timer.key_twice(Qt.Key.Key_S)
    assert timer.kept_rows()[1] == (THAW, at(4), at(5))
    assert timer.words.name == "Passive thaw 1 of 2 ended"
    timer.page.keys.undo.setFocus()
    timer.key(Qt.Key.Key_Return)
    assert timer.kept_rows()[1] == (THAW, at(4), "")


def test_a_key_held_down_presses_once(timer) -> None:
    timer.key(Qt.Key.Key_Space)
    timer.passes(4)
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtGui import QKeyEvent

    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", autorep=True)
    QCoreApplication.sendEvent(timer.page, held)
    assert len(timer.kept().phases) == 1


def test_a_bounce_is_not_taken_and_said(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.clock.pass_s(1)
    timer.click(timer.page.keys.primary)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]
    assert "Pressed twice" in timer.page.said.text()
    timer.passes(0, 3)
    timer.click_twice(timer.page.keys.primary)
    assert timer.page.said.text() == ""
    assert len(timer.kept().phases) == 2


def test_a_stop_ends_early_and_the_plan_goes_on_behind_it(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(5, 20)
    timer.click_twice(timer.page.keys.stop)
    assert figures(timer.words) == [("LASTED", "5:20"), ("SHORT OF PLAN", "2:40")]
    assert not timer.page.keys.stop.isEnabled()
    timer.passes(0, 59)
    assert timer.page.keys.primary.words[0] == "Start passive thaw 1 of 2"
    timer.click(timer.page.keys.primary)
    assert timer.kept_rows() == [(FREEZE, at(0), at(5, 20)), (THAW, at(6, 20), "")]


def test_ctrl_z_takes_presses_back_and_ctrl_y_does_them_again(timer) -> None:
    timer.key(Qt.Key.Key_Space)
    timer.passes(8)
    timer.key(Qt.Key.Key_Space)
    assert timer.page.keys.undo.words[1] == "start passive thaw 1 of 2"
    timer.key(Qt.Key.Key_Z, CTRL)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]
    timer.key(Qt.Key.Key_Y, CTRL)
    assert timer.kept_rows() == [(FREEZE, at(0), at(8)), (THAW, at(8), "")]
    timer.key(Qt.Key.Key_Z, CTRL)
    timer.key(Qt.Key.Key_Z, CTRL)
    assert timer.kept_rows() == []
    assert timer.words.name == "Not begun"


def test_after_the_window_was_closed_it_goes_on_from_the_record(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(8)
    timer.click(timer.page.keys.primary)
    timer.close()
    timer.case_desk.open(timer.case.id)
    timer.clock.pass_s(100)
    timer.page = timer.opened()
    assert timer.words.name == "Passive thaw 1 of 2"
    assert figures(timer.words) == [("ELAPSED", "1:40"), ("LEFT", "1:20")]
    # Undo has no history any more, and still knows the last two presses.
    assert timer.page.keys.undo.words[1] == "start of passive thaw 1 of 2"
    timer.click(timer.page.keys.undo)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]
    timer.click(timer.page.keys.undo)
    assert timer.kept_rows() == []


def test_a_machine_that_slept_shows_how_long_it_really_was(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(47)
    assert figures(timer.words) == [("ELAPSED", "47:00"), ("OVER", "+39:00")]
    assert timer.kept().moments == ()


def test_a_clock_that_is_set_is_noted_and_does_not_falsify_the_freeze(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(2)
    timer.clock.wall += 3600
    timer.passes(1)
    assert figures(timer.words)[0] == ("ELAPSED", "3:00")
    (moment,) = timer.kept().moments
    assert (moment.at, moment.clock_jump_s) == (at(3), 3600)
    assert "60:00 min ahead" in moment.words
    timer.passes(5)
    timer.click(timer.page.keys.primary)
    assert timer.kept_rows()[0] == (FREEZE, at(0), at(8))
    timer.close()
    timer.page = timer.opened()
    assert figures(timer.words)[0] == ("ELAPSED", "0:00")


def test_a_moment_keeps_the_time_at_which_it_was_marked(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(3, 30)
    timer.key(Qt.Key.Key_M)
    timer.passes(0, 20)
    QTest.keyClicks(timer.page.focusWidget(), "Patient coughed. See M and S")
    timer.key(Qt.Key.Key_Return)
    (moment,) = timer.kept().moments
    assert (moment.at, moment.words) == (at(3, 30), "Patient coughed. See M and S")
    assert timer.kept_rows() == [(FREEZE, at(0), "")]


def test_escape_leaves_a_note_and_then_the_timer(timer) -> None:
    left = []
    timer.page.back_asked.connect(lambda: left.append(True))
    timer.key(Qt.Key.Key_M)
    timer.key(Qt.Key.Key_Escape)
    assert (timer.page.rows.currentWidget(), left) == (timer.page.others, [])
    timer.key(Qt.Key.Key_Escape)
    assert left == [True]
    assert timer.kept().moments == ()


def test_a_second_freeze_is_added_by_two_presses(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(8)
    timer.click(timer.page.keys.primary)
    timer.passes(1)
    timer.click(timer.page.others.other)
    timer.click(timer.page.other.kinds[FREEZE])
    assert timer.kept_rows()[2] == (FREEZE, at(9), "")
    assert timer.words.name == "Extra freeze"
    assert figures(timer.words)[1] == ("NO PLANNED END", "—")
    timer.click(timer.page.keys.extend)
    assert figures(timer.words)[1] == ("LEFT", "1:00")


def test_a_late_press_is_corrected_by_buttons_and_by_typing(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(8, 40)
    timer.click(timer.page.keys.primary)
    timer.passes(1)
    timer.click(timer.page.others.correct)
    correct = timer.page.correct
    assert correct.which.words[0] == "Start of passive thaw 1 of 2"
    for _ in range(3):
        timer.click(correct.steps[-10])
    timer.click(correct.keep)
    assert timer.kept_rows() == [(FREEZE, at(0), at(8, 10)), (THAW, at(8, 10), "")]
    timer.click(timer.page.others.correct)
    typed = correct.field.text()[:-2] + "26"  # 10:10:21 becomes 10:10:26
    correct.field.selectAll()
    QTest.keyClicks(correct.field, typed)
    QTest.keyClick(correct.field, Qt.Key.Key_Return)
    assert timer.kept_rows() == [(FREEZE, at(0), at(8, 15)), (THAW, at(8, 15), "")]


def test_a_time_that_cannot_be_is_refused_in_words_and_stays_in_the_field(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    timer.click(timer.page.others.correct)
    field = timer.page.correct.field
    field.selectAll()
    QTest.keyClicks(field, "25 past")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert (timer.page.said.text(), field.text()) == ("A time of day is written 10:02:11.", "25 past")
    for _ in range(6):
        timer.click(timer.page.correct.steps[60])
    timer.click(timer.page.correct.keep)
    assert "future" in timer.page.said.text()
    assert timer.kept_rows() == [(FREEZE, at(0), "")]


def test_an_end_forgotten_overnight_is_stopped_and_corrected_to_the_day_before(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(14 * 60)
    assert "If its end was forgotten" in timer.page.said.text()
    timer.click(timer.page.keys.stop)
    timer.click(timer.page.others.correct)
    field = timer.page.correct.field
    eight_later = datetime.fromtimestamp(START_S + 480).astimezone()
    field.selectAll()
    QTest.keyClicks(field, f"{eight_later:%H:%M:%S}")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert timer.kept_rows() == [(FREEZE, at(0), at(8))]


def test_a_beginning_typed_ahead_of_now_is_refused_and_not_put_on_another_day(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    timer.click(timer.page.others.correct)
    field = timer.page.correct.field
    field.selectAll()
    QTest.keyClicks(field, f"{datetime.fromtimestamp(START_S + 900).astimezone():%H:%M:%S}")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "future" in timer.page.said.text()
    assert timer.kept_rows() == [(FREEZE, at(0), "")]


def test_weeks_after_a_stop_the_bar_ends_with_what_was_planned_and_done(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    timer.click_twice(timer.page.keys.stop)
    state = timer.page.deeds.state
    assert now_on_bar_s(state, now_s=START_S + 3600) == 3600
    assert now_on_bar_s(state, now_s=START_S + 50 * 86_400) is None
    timer.passes(50 * 24 * 60)
    assert timer.page.bar.axis_s == 21 * 60


def test_enter_that_bounces_on_stop_does_not_undo_it(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    timer.page.keys.stop.setFocus()
    timer.key_twice(Qt.Key.Key_Return)
    timer.key(Qt.Key.Key_Return)
    assert timer.kept_rows() == [(FREEZE, at(0), at(5))]


def test_what_is_predicted_soon_comes_nearer(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(5, 40)
    shown = timer.page.side.spoken()
    assert "in 0:40 ice within 3 mm of lung (plan\N{NO-BREAK SPACE}6:20)" in shown
    assert "Predicted for the planned times." in shown


def test_probes_with_their_own_schedules_have_their_own_faces_and_buttons(timer_of) -> None:
    timer = timer_of(TWO_FREEZES, SHORT, LATE)
    timer.click(timer.page.keys.primary)
    timer.passes(1, 40)
    assert [timer.lane_words(n).name for n in range(3)] == ["Freeze 1 of 2", "Freeze 1 of 2", "Wait"]
    assert timer.page.keys.primary.words[0] == "P3: start freeze"
    timer.passes(0, 20)
    timer.click(timer.page.keys.primary)
    timer.passes(2)
    timer.click_twice(timer.page.faces.lanes[1].stop)
    assert [(row.probe_labels, row.ended_at) for row in timer.kept().phases] == [
        (("P1",), ""),
        (("P2",), at(4)),
        (("P3",), ""),
    ]
    timer.passes(0, 29)
    timer.click_twice(timer.page.keys.stop)
    assert timer.kept().all_running == ()


@pytest.mark.parametrize(("size", "digits_px"), [((1920, 1080), 120), ((1366, 700), 80)], ids=["1920x1080", "1366x768"])
@pytest.mark.parametrize("schedules", [(TWO_FREEZES,), (TWO_FREEZES, SHORT), (TWO_FREEZES, SHORT, LATE)])
def test_figures_are_read_from_3_m_and_buttons_pressed_with_gloves(timer_of, size, digits_px, schedules) -> None:
    timer = timer_of(*schedules, size=size)
    timer.click(timer.page.keys.primary)
    timer.passes(12, 34)
    assert (timer.page.width(), timer.page.height()) == size
    for face in timer.page.findChildren(LaneFace):
        assert face.digits_px >= digits_px
    buttons = [button for button in timer.page.findChildren(type(timer.page.keys.primary)) if button.isVisible()]
    assert len(buttons) >= 8
    assert min(button.height() for button in buttons) >= 72


def test_a_screen_reader_hears_what_the_face_and_the_bar_show(timer) -> None:
    timer.click(timer.page.keys.primary)
    timer.passes(8, 12)
    assert timer.page.faces.lanes[0].face.spoken_value() == (
        "Freeze 1 of 2, elapsed 8:12, over +0:12, Of 8:00 · then passive thaw 1 of 2, 3:00"
    )
    assert "done Freeze 1 of 2 8:12" in timer.page.bar.spoken_value()
    assert timer.page.keys.primary.accessibleName() == "Start passive thaw 1 of 2. ends freeze 1 of 2"


def test_the_screen_is_painted_only_when_a_figure_is_another_one(timer, monkeypatch) -> None:
    timer.click(timer.page.keys.primary)
    painted = []
    monkeypatch.setattr(LaneFace, "value_changed", lambda face: painted.append(face.words.figures[0].text))
    for _ in range(8):
        timer.clock.pass_s(0.25)
        timer.page.look()
    assert painted == ["0:01", "0:02"]
    assert timer.page.looks_each_ms >= 250
