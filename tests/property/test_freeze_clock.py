"""Whatever is pressed in whatever order: are phases ordered, without overlap, and do their sums come out right?

The truth is a second timer, told second by second: one list of what each probe did in every second that passed.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.casebook.freeze_clock import Stage, freeze_s, timer_state
from planner.casebook.freeze_presses import added, corrected, extended, pressed, stopped, taken_back
from planner.casebook.record_time import seconds_of
from planner.domain.errors import CaseInvalid
from planner.domain.protocol import Phase, PhaseKind
from tests.unit.casebook.freeze_case import FREEZE, START_S, THAW, procedure

phases = st.lists(
    st.builds(Phase, st.sampled_from(PhaseKind), st.integers(20, 600).map(float)), min_size=1, max_size=5
).map(tuple)
plans = st.lists(phases, min_size=0, max_size=3)
deeds = st.lists(
    st.tuples(
        st.sampled_from(("press", "press", "press", "stop", "extend", "freeze", "thaw", "lane", "back", "correct")),
        st.integers(0, 400),
        st.integers(-30, 30),
    ),
    max_size=25,
)


def do(made, deed, at_s, by_s):
    state = timer_state(made, now_s=at_s)
    lanes = [one.lane for one in state.lanes]
    if deed == "press":
        return pressed(made, state.pressed, at_s=at_s)
    if deed == "lane":
        return pressed(made, state.lanes[-1:], at_s=at_s)
    if deed == "stop":
        return stopped(made, lanes, at_s=at_s)
    if deed == "extend":
        return extended(made, lanes, by_s=by_s)
    if deed == "back":
        return taken_back(made)
    if deed == "correct":
        if not made.phases:
            return made
        at = abs(by_s) % len(made.phases)
        row = made.phases[at]
        ended_s = seconds_of(row.ended_at) + by_s if row.ended_at else None
        return corrected(made, at, began_s=seconds_of(row.started_at) + by_s, ended_s=ended_s, now_s=at_s)
    return added(made, lanes, kind=FREEZE if deed == "freeze" else THAW, at_s=at_s)


def played(schedules, presses):
    """Return what stands after each press that was taken, and the time at the end."""
    made, at_s, stands = procedure(*schedules), START_S, []
    for deed, wait_s, by_s in presses:
        at_s += wait_s
        try:
            made = do(made, deed, at_s, by_s)
        except CaseInvalid:
            continue
        stands.append(made)
    return stands, at_s


def seconds_by_probe(made, until_s):
    """Say what each probe did in each second, by walking through every one; a probe that does two things shows."""
    labels = [probe.label for probe in made.planned.probes] if made.planned else ["all"]
    did = {label: Counter() for label in labels}
    for label in labels:
        taken: dict[int, str] = {}
        for row in made.phases:
            if row.probe_labels and label not in row.probe_labels:
                continue
            end_s = seconds_of(row.ended_at) if row.ended_at else until_s
            for second in range(int(seconds_of(row.started_at)), int(end_s)):
                assert second not in taken, f"{label} does {taken[second]} and {row.kind} at once"
                taken[second] = row.kind
        did[label] = Counter(taken.values())
    return did


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans, deeds)
def test_any_sequence_of_presses_keeps_phases_ordered_apart_and_their_sums_right(schedules, presses) -> None:
    stands, at_s = played(schedules, presses)
    for made in stands:
        starts = [row.started_at for row in made.phases]
        assert starts == sorted(starts)
    if not stands:
        return
    made = stands[-1]
    did = seconds_by_probe(made, at_s)
    for lane in timer_state(made, now_s=at_s).lanes:
        for label in lane.lane.labels or did:
            assert freeze_s(lane, now_s=at_s) == did[label][FREEZE]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans, deeds)
def test_a_probe_never_runs_twice_and_never_does_a_planned_phase_again(schedules, presses) -> None:
    stands, _ = played(schedules, presses)
    for made in stands:
        for label in [probe.label for probe in made.planned.probes] if made.planned else ["all"]:
            mine = [row for row in made.phases if not row.probe_labels or label in row.probe_labels]
            numbers = [row.planned_number for row in mine if row.planned_number is not None]
            assert len(set(numbers)) == len(numbers)
            assert sum(not row.ended_at for row in mine) <= 1


class Watch:
    """A kitchen timer: it counts seconds one by one, and knows nothing of records or times of day."""

    def __init__(self, schedule) -> None:
        self.ahead, self.kind, self.counted, self.to_go = list(schedule), None, 0, 0.0

    def second(self) -> None:
        self.counted += 1
        self.to_go -= 1

    def press(self) -> None:
        phase = self.ahead.pop(0) if self.ahead else None
        self.kind, self.counted = (phase.kind, 0) if phase else (None, self.counted)
        self.to_go = phase.duration_s if phase else self.to_go


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(phases, st.lists(st.tuples(st.sampled_from(("press", "press", "stop", "extend")), st.integers(2, 90))))
def test_every_second_the_timer_shows_what_a_kitchen_timer_counts(schedule, presses) -> None:
    # Without a leading passive thaw: that is a wait, which no press begins.
    schedule = (Phase(FREEZE, 60), *schedule)
    made, at_s, watch = procedure(schedule), START_S, Watch(schedule)
    for deed, wait_s in presses:
        for _ in range(wait_s):
            at_s += 1
            watch.second()
            (lane,) = timer_state(made, now_s=at_s).lanes
            if watch.kind is None:
                assert lane.stage is not Stage.RUNNING
            else:
                assert (lane.rows[-1].kind, lane.elapsed_s, lane.left_s) == (watch.kind, watch.counted, watch.to_go)
                assert lane.is_over == (watch.to_go < 0)
        try:
            made = do(made, deed, at_s, 30)
        except CaseInvalid:
            continue
        if deed == "press":
            watch.press()
        elif deed == "stop":
            watch.kind = None
        else:
            watch.to_go += 30


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans, st.lists(st.integers(2, 400), min_size=1, max_size=12))
def test_presses_alone_are_taken_back_one_by_one_to_the_beginning(schedules, waits) -> None:
    made, at_s, stands = procedure(*schedules), START_S, []
    for wait_s in waits:
        at_s += wait_s
        state = timer_state(made, now_s=at_s)
        if not state.pressed:
            break
        stands.append(made)
        made = pressed(made, state.pressed, at_s=at_s)
    while stands:
        made = taken_back(made)
        assert made == stands.pop()
