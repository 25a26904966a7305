"""Are schedules edited as a hand would on paper? Sums and orders worked out by hand."""

from __future__ import annotations

import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol, ends_of
from planner.planning import phase_edits as e

F8 = Phase(PhaseKind.FREEZE, 480.0)
F2 = Phase(PhaseKind.FREEZE, 120.0)
HOLD = Phase(PhaseKind.FREEZE, 90.0, 0.6)
T3 = Phase(PhaseKind.PASSIVE_THAW, 180.0)
A1 = Phase(PhaseKind.ACTIVE_THAW, 60.0)
P1, P2, P3 = (ProbePlacement(ProbeId(i), i.upper(), "m", (0.0, 0.0, 0.0), (0.0, 0.0, 30.0)) for i in ("p1", "p2", "p3"))


def test_a_cycle_of_freeze_and_thaw_done_twice_ends_at_twenty_two_minutes():
    twice = e.repeated((F8, T3), 2)
    assert twice == (F8, T3, F8, T3)
    # 8:00, 8 + 3 = 11:00, 11 + 8 = 19:00, 19 + 3 = 22:00.
    assert ends_of(twice) == (480.0, 660.0, 1140.0, 1320.0)


def test_phases_are_replaced_added_doubled_moved_and_removed_in_their_place():
    phases = (F8, T3, A1)
    assert e.with_phase(phases, 1, HOLD) == (F8, HOLD, A1)
    assert e.with_phase(phases, 3, F2) == (F8, T3, A1, F2)
    assert e.with_double(phases, 0) == (F8, F8, T3, A1)
    assert e.with_moved(phases, 0, 1) == (T3, F8, A1)
    assert e.with_moved(phases, 2, 0) == (A1, F8, T3)
    assert e.with_moved(phases, 0, -1) == phases
    assert e.with_moved(phases, 2, 3) == phases
    assert e.without_phase(phases, 1) == (F8, A1)
    assert phases == (F8, T3, A1)


def test_a_start_delay_is_one_leading_passive_thaw():
    assert e.delay_s((F8, T3)) == 0.0
    assert e.delayed((F8, T3), 45.0) == (Phase(PhaseKind.PASSIVE_THAW, 45.0), F8, T3)
    assert e.delay_s(e.delayed((F8,), 45.0)) == 45.0
    assert e.delayed(e.delayed((F8,), 45.0), 90.0) == (Phase(PhaseKind.PASSIVE_THAW, 90.0), F8)
    assert e.delayed(e.delayed((F8,), 45.0), 0.0) == (F8,)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: e.repeated((F8, T3), 13), "at most 24 phases, not 26"),
        (lambda: e.repeated((), 2), "no phase to repeat"),
        (lambda: e.repeated((F8,), 0), "once or more often, not 0 times"),
        (lambda: e.with_double((F8,) * 24, 3), "at most 24 phases, not 25"),
        (lambda: e.without_phase((F8,), 1), "no phase 2; the schedule has 1"),
        (lambda: e.with_moved((F8,), -1, 0), "no phase 0"),
        (lambda: e.with_phase((F8,), 2, T3), "no phase 3"),
        (lambda: e.delayed((F8,), 0.4), "lasts 1 s to 60 min, not 0.4 s"),
    ],
)
def test_what_cannot_be_is_refused_in_words(act, sentence):
    with pytest.raises(PlanInvalid, match=sentence):
        act()


def test_schedules_of_single_probes_are_put_beside_the_common_one():
    protocol = Protocol("p", (F8,), exceptions=(ProbeSchedule(P1.id, (T3, F2)),))
    both = e.with_schedules(protocol, (None, P2.id), (F2,))
    assert both.phases == (F2,)
    assert both.exceptions == (ProbeSchedule(P1.id, (T3, F2)), ProbeSchedule(P2.id, (F2,)))
    again = e.with_schedules(both, (P1.id,), (A1,))
    assert again.exceptions == (ProbeSchedule(P1.id, (A1,)), ProbeSchedule(P2.id, (F2,)))
    with pytest.raises(PlanInvalid, match="has no phase"):
        e.with_schedules(protocol, (P1.id,), ())
    assert e.with_schedules(protocol, (None,), ()).phases == ()


def test_every_distinct_schedule_is_a_row_with_who_follows_it():
    own, same = ProbeSchedule(P2.id, (T3, F2)), ProbeSchedule(P3.id, (F8,))
    protocol = Protocol("p", (F8,), exceptions=(own, same))
    rows = e.schedule_rows(protocol, (P1, P2, P3))
    assert [(row.label, row.whose, row.phases) for row in rows] == [
        ("P1, P3", (None, P3.id), (F8,)),
        ("P2", (P2.id,), (T3, F2)),
    ]


def test_one_schedule_needs_no_label_and_one_that_nobody_follows_is_no_row():
    assert e.schedule_rows(Protocol("p", (F8,)), (P1, P2)) == (e.ScheduleRow("", (None,), (F8,)),)
    assert e.schedule_rows(Protocol("p", (F8,)), ()) == (e.ScheduleRow("", (None,), (F8,)),)
    alone = Protocol("p", (F8,), exceptions=(ProbeSchedule(P1.id, (F2,)),))
    assert e.schedule_rows(alone, (P1,)) == (e.ScheduleRow("", (P1.id,), (F2,)),)
