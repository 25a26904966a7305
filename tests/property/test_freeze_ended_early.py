"""Whatever is pressed and when: does a planned phase ever end long before its time by one press?

The truth is the list of presses itself: an end more than 10 s before its time needs two of the same button, 0.6 to 6 s
apart, with none of another one between them, and has the time of the first.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.casebook.freeze_clock import timer_state
from planner.casebook.record_time import seconds_of
from planner.domain.errors import CaseInvalid
from planner.domain.protocol import Phase, PhaseKind
from planner.ui.case.timer_deeds import TimerDeeds
from tests.unit.casebook.freeze_case import START_S, procedure

phases = st.lists(
    st.builds(Phase, st.sampled_from(PhaseKind), st.integers(20, 90).map(float)), min_size=1, max_size=4
).map(tuple)
plans = st.lists(phases, min_size=1, max_size=2)
buttons = st.sampled_from(("press", "press", "stop", "stop", "extend", "lane", "stop lane"))
waits_s = st.one_of(st.sampled_from((0.3, 0.7, 1.0, 3.0, 5.5, 6.5)), st.floats(0.1, 100.0))


class Record:
    """A record without a library: what the timer's deeds need of one."""

    def __init__(self, made) -> None:
        self.procedure, self.at_s, self.refusal = made, START_S, ""

    def now_s(self) -> float:
        return self.at_s

    def state(self):
        return timer_state(self.procedure, now_s=float(int(self.at_s)))

    def do(self, label, deed) -> bool:
        del label
        try:
            self.procedure = deed(self.procedure)
        except CaseInvalid as error:
            self.refusal = str(error)
            return False
        return True


def press(deeds, button) -> None:
    last = len(deeds.state.lanes) - 1
    {
        "press": deeds.press,
        "stop": deeds.stop,
        "extend": deeds.extend,
        "lane": lambda: deeds.press_lane(last),
        "stop lane": lambda: deeds.stop_lane(last),
    }[button]()


def is_second_press(pressed, number) -> bool:
    """Whether a press is the second of a pair; presses of the same button between the two are a glove's."""
    button, at_s = pressed[number]
    for earlier, first_s in reversed(pressed[:number]):
        if earlier != button:
            return False
        if 0.6 <= at_s - first_s <= 6.0:
            return True
    return False


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans, st.lists(st.tuples(buttons, waits_s), max_size=30))
def test_no_planned_phase_ends_long_before_its_time_by_one_press(schedules, presses):
    record, deeds = Record(procedure(*schedules)), TimerDeeds(lambda: None)
    deeds.record = record
    pressed = []
    is_lone = len(set(schedules)) == 1  # such a lane has no buttons of its own
    for asked, wait_s in presses:
        record.at_s += wait_s
        button = {"lane": "press", "stop lane": "stop"}.get(asked, asked) if is_lone else asked
        pressed.append((button, record.at_s))
        before = {(one.started_at, one.probe_labels): one for one in record.procedure.phases}
        press(deeds, button)
        for one in record.procedure.phases:
            old = before.get((one.started_at, one.probe_labels))
            is_ended_now = bool(one.ended_at) and (old is None or not old.ended_at)
            if not is_ended_now or one.planned_s is None:
                continue
            left_s = one.planned_s - (record.at_s - seconds_of(one.started_at))
            # Parts of a second are cut off on both sides.
            if left_s > 12:
                assert is_second_press(pressed, len(pressed) - 1)
            # Stopped at once, a phase has lasted the one second that the record can tell.
            if one.lasted_s > 1 and one.planned_s - one.lasted_s > 18:
                firsts = [int(at_s) for _, at_s in pressed if 0 <= record.at_s - at_s <= 6.0]
                assert int(seconds_of(one.ended_at)) in firsts
