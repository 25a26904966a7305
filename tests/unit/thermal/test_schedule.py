"""Are probes switched on and off when the protocol says, each on its own clock?"""

from __future__ import annotations

import pytest

from planner.domain.protocol import Phase, PhaseKind
from planner.thermal.schedule import Schedule, Spell, build_schedule, distinct

FREEZE, PASSIVE, ACTIVE = PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW, PhaseKind.ACTIVE_THAW


def schedule(*spells, surface_c=-100.0, ramp_s=20.0):
    return build_schedule(spells, surface_c=[surface_c] * len(spells), active_thaw_c=20.0, ramp_s=ramp_s)


def test_one_probe_goes_through_its_phases():
    plan = schedule((Spell(FREEZE, 600), Spell(PASSIVE, 300), Spell(FREEZE, 480), Spell(ACTIVE, 60)))
    assert plan.breaks_s == (0, 600, 900, 1380, 1440)
    assert plan.stops_s == (0, 20, 600, 900, 920, 1380, 1400, 1440)
    assert plan.total_s == 1440
    assert [plan.at(t)[0].surface_c for t in (0, 599, 600, 899.9, 900, 1380, 1440)] == [
        -100.0,
        -100.0,
        None,
        None,
        -100.0,
        20.0,
        None,
    ]
    assert [plan.at(t)[0].duty for t in (0, 600, 1380, 5000)] == [1, 0, 1, 0]


def test_ramp_goes_straight_from_the_tissue_to_the_plateau():
    segment = schedule((Spell(PASSIVE, 60), Spell(FREEZE, 600))).at(60)[0]
    assert [segment.surface_at_c(t, from_c=36.0) for t in (60, 65, 70, 80, 500)] == [36, 2, -32, -100, -100]
    thaw = schedule((Spell(FREEZE, 60), Spell(ACTIVE, 60)), surface_c=-140.0).at(60)[0]
    assert [thaw.surface_at_c(t, from_c=-130.0) for t in (60, 70, 90)] == [-130, -55, 20]


def test_without_ramp_the_plateau_holds_at_once():
    segment = schedule((Spell(FREEZE, 60),), ramp_s=0.0).at(0)[0]
    assert segment.surface_at_c(0.0, from_c=37.0) == -100.0


def test_a_change_of_duty_does_not_begin_a_new_ramp():
    plan = schedule((Spell(FREEZE, 10, 0.5), Spell(FREEZE, 100, 1.0)))
    before, after = plan.at(0)[0], plan.at(10)[0]
    assert (before.duty, after.duty) == (0.5, 1.0)
    assert before.surface_at_c(10, from_c=40.0) == after.surface_at_c(10, from_c=40.0) == -30.0
    assert plan.stops_s == (0, 10, 20, 110)


def test_breaks_are_those_of_all_probes_and_a_finished_probe_thaws_passively():
    plan = schedule((Spell(FREEZE, 300),), (Spell(PASSIVE, 120), Spell(FREEZE, 240), Spell(ACTIVE, 30)))
    assert plan.breaks_s == (0, 120, 300, 360, 390)
    assert [segment.kind for segment in plan.at(130)] == [FREEZE, FREEZE]
    assert [segment.kind for segment in plan.at(300)] == [PASSIVE, FREEZE]
    assert plan.at(300)[0].duty == 0
    assert [plan.words_at(t) for t in (0, 310, 361, 400)] == ["Freezing", "Freezing", "Thawing actively", "Thawing"]


def test_eight_probes_keep_their_own_clocks():
    plan = schedule(*[(Spell(PASSIVE, 10.0 * n + 1), Spell(FREEZE, 100)) for n in range(8)])
    freezing = [sum(segment.kind is FREEZE for segment in plan.at(t)) for t in (0, 1, 11, 71, 101, 170.9, 171)]
    assert freezing == [0, 1, 2, 8, 7, 1, 0]


def test_no_probe_and_no_phase():
    assert Schedule(()).total_s == 0
    assert schedule(()).at(0)[0].surface_c is None


def test_sums_that_differ_in_the_last_digit_are_one_break():
    assert distinct({0.1 + 0.2, 0.3, 0.1 + 0.7, 0.8}) == (pytest.approx(0.3), pytest.approx(0.8))
    plan = schedule((Spell(FREEZE, 0.1), Spell(PASSIVE, 0.2)), (Spell(FREEZE, 0.3),))
    assert len(plan.breaks_s) == 3
    assert plan.at(plan.breaks_s[-1])[0].end_s == plan.at(plan.breaks_s[-1])[0].start_s


def test_a_phase_of_a_plan_is_taken_over_whole():
    assert Spell.of(Phase(FREEZE, 60.0, 0.4)) == Spell(FREEZE, 60.0, 0.4)
