"""Are deviations what a ruler would measure? By hand, by a second way of computing, and turned with the patient."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from planner.casebook import planned_and_done as pd
from planner.casebook.planned_and_done import Quantity, Unit, compared, deviation, ice_rows, phase_rows, probe_rows
from planner.domain.errors import CaseInvalid
from planner.domain.identity import PlanId, ProbeId, ProcedureId, Sha256
from planner.domain.procedure import (
    DonePhase,
    Frame,
    MeasuredIce,
    PlannedProbe,
    PlannedProcedure,
    Procedure,
    UsedProbe,
)
from planner.domain.protocol import Phase, PhaseKind

FREEZE, THAW = Phase(PhaseKind.FREEZE, 480.0), Phase(PhaseKind.PASSIVE_THAW, 300.0)
TWO_CYCLES = (FREEZE, THAW, FREEZE)


def a_planned(label="P1", *, entry=(0.0, 0.0, 0.0), tip=(0.0, 60.0, 0.0), phases=TWO_CYCLES, model="Probe A"):
    depth = math.dist(entry, tip)
    return PlannedProbe(ProbeId(label), label, "a", model, tip, entry, depth, phases)


def a_plan(*probes, **facts):
    return PlannedProcedure(PlanId("p"), "Plan", Sha256("0" * 64), "Two cycles", probes, (), TWO_CYCLES, **facts)


def a_used(label="P1", *, planned="P1", **facts):
    return UsedProbe(label, "Probe A", planned_label=planned, **facts)


def a_record(**facts):
    return Procedure(ProcedureId("r"), day="2026-03-02", **facts)


def at(minute, second=0):
    return f"2026-03-02T10:{minute:02d}:{second:02d}Z"


def row_of(rows, quantity, subject=None):
    return next(row for row in rows if row.quantity is quantity and subject in (None, row.subject))


def test_every_probe_used_for_a_planned_one_has_its_rows():
    """Planned 60 mm deep; the first went 58 mm, the one exchanged for it 63 mm."""
    planned = a_plan(a_planned())
    used = (a_used("P1", depth_mm=58.0), a_used("P1b", depth_mm=63.0))
    rows = probe_rows(a_record(planned=planned, probes=used))
    depths = [(row.subject, row.done, row.difference) for row in rows if row.quantity is Quantity.DEPTH]
    assert depths == [("P1", 58.0, -2.0), ("P1b for P1", 63.0, 3.0)]
    assert row_of(rows, Quantity.PROBES).done == 2


def test_a_depth_read_by_itself_that_the_place_contradicts_is_told():
    """Entry to tip 64 mm, 60 mm read: the row has what was read, and says that the place says otherwise."""
    place = {"tip_lps_mm": (0.0, 64.0, 0.0), "entry_lps_mm": (0.0, 0.0, 0.0)}

    def depth_row(**facts):
        record = a_record(planned=a_plan(a_planned()), probes=(a_used(**place, **facts),))
        return row_of(probe_rows(record), Quantity.DEPTH)

    own = depth_row(depth_mm=60.0)
    assert (own.done, own.difference, own.reason) == (60.0, 0.0, pd.OWN_READING)
    along = depth_row(depth_mm=64.0, is_depth_of_place=True)
    assert (along.done, along.difference, along.reason) == (64.0, 4.0, "")
    assert depth_row().reason == ""


def test_a_depth_is_of_the_place_only_when_it_is():
    with pytest.raises(CaseInvalid, match="depth is to be that from entry to tip"):
        a_used(depth_mm=60.0, tip_lps_mm=(0.0, 64.0, 0.0), entry_lps_mm=(0.0, 0.0, 0.0), is_depth_of_place=True)
    with pytest.raises(CaseInvalid, match="depth is to be that from entry to tip"):
        a_used(depth_mm=60.0, is_depth_of_place=True)


# --- deviations ------------------------------------------------------------------------------------------------------


def test_a_tip_3_mm_aside_and_4_mm_too_deep_is_5_mm_off():
    """Shaft straight back, 60 mm. Used tip 3 mm to the left and 4 mm deeper: a 3-4-5 triangle."""
    off = deviation(a_planned(), a_used(tip_lps_mm=(3.0, 64.0, 0.0), entry_lps_mm=(3.0, 0.0, 0.0)))
    assert off.tip_mm == pytest.approx(5.0)
    assert off.lateral_mm == pytest.approx(3.0)
    assert off.along_mm == pytest.approx(4.0)
    assert off.angle_deg == pytest.approx(0.0, abs=1e-9)
    assert off.depth_difference_mm == pytest.approx(4.0)


def test_a_shaft_that_leans_by_half_a_side_is_30_degrees_off():
    """Planned straight back, used from an entry 20·tan 30° aside of a tip 20 mm deep."""
    entry = (20.0 * math.tan(math.radians(30)), 0.0, 0.0)
    off = deviation(a_planned(tip=(0.0, 20.0, 0.0)), a_used(tip_lps_mm=(0.0, 20.0, 0.0), entry_lps_mm=entry))
    assert off.tip_mm == 0
    assert off.angle_deg == pytest.approx(30.0)
    assert off.depth_difference_mm == pytest.approx(20.0 / math.cos(math.radians(30)) - 20.0)


def test_too_shallow_is_negative_and_the_axis_goes_on_beyond_the_tip():
    off = deviation(a_planned(), a_used(tip_lps_mm=(0.0, 52.5, 0.0)))
    assert (off.along_mm, off.lateral_mm) == (pytest.approx(-7.5), pytest.approx(0.0))
    beyond = deviation(a_planned(), a_used(tip_lps_mm=(0.0, 90.0, 2.0)))
    assert beyond.lateral_mm == pytest.approx(2.0)


def test_a_small_angle_keeps_its_digits():
    """0.001° of 100 mm is 1.7 µm: the inverse cosine alone would lose it."""
    aside = 100.0 * math.tan(math.radians(0.001))
    off = deviation(
        a_planned(tip=(0.0, 100.0, 0.0)), a_used(tip_lps_mm=(aside, 100.0, 0.0), entry_lps_mm=(0.0, 0.0, 0.0))
    )
    assert off.angle_deg == pytest.approx(0.001, rel=1e-6)


def test_a_probe_as_planned_is_off_by_nothing():
    planned = a_planned(entry=(-20.0, -60.0, 12.0), tip=(0.0, -25.359, 5.0))
    off = deviation(planned, a_used(tip_lps_mm=planned.tip_lps_mm, entry_lps_mm=planned.entry_lps_mm))
    assert off.tip_mm == 0
    assert max(abs(v) for v in (off.lateral_mm, off.along_mm, off.angle_deg, off.depth_difference_mm)) < 1e-9


coordinate = st.floats(-300, 300, allow_nan=False).map(lambda v: round(v, 3))
place = st.tuples(coordinate, coordinate, coordinate)


def by_triangles(entry, tip, used_entry, used_tip):
    """A second way, without a vector product: sides, Heron's area and the law of cosines."""
    base, one, other = math.dist(entry, tip), math.dist(entry, used_tip), math.dist(tip, used_tip)
    half = (base + one + other) / 2
    area = math.sqrt(max(0.0, half * (half - base) * (half - one) * (half - other)))
    lateral = 2 * area / base
    along = (one**2 - other**2 - base**2) / (2 * base)
    shifted = tuple(e + (t - u) for e, t, u in zip(entry, used_tip, tip, strict=True))  # both shafts from one tip
    gap, used_depth = math.dist(shifted, used_entry), math.dist(used_entry, used_tip)
    cosine = (base**2 + used_depth**2 - gap**2) / (2 * base * used_depth)
    return other, lateral, along, math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def is_shaft(entry, tip):
    return 5 <= math.dist(entry, tip) <= 400


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no defect
@given(place, place, place, place)
def test_deviations_agree_with_triangles(entry, tip, used_entry, used_tip):
    if not (is_shaft(entry, tip) and is_shaft(used_entry, used_tip)):
        return
    off = deviation(a_planned(entry=entry, tip=tip), a_used(tip_lps_mm=used_tip, entry_lps_mm=used_entry))
    distance, lateral, along, angle = by_triangles(entry, tip, used_entry, used_tip)
    assert off.tip_mm == pytest.approx(distance, abs=1e-6)
    assert off.lateral_mm == pytest.approx(lateral, abs=2e-2)  # Heron loses digits of a needle-thin triangle
    assert off.along_mm == pytest.approx(along, abs=1e-6)
    assert off.angle_deg == pytest.approx(angle, abs=1e-2)
    assert off.tip_mm**2 == pytest.approx(off.lateral_mm**2 + off.along_mm**2, abs=1e-6)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no defect
@given(place, place, place, place, st.integers(0, 10_000), place)
def test_deviations_turn_and_move_with_the_patient(entry, tip, used_entry, used_tip, seed, shift):
    if not (is_shaft(entry, tip) and is_shaft(used_entry, used_tip)):
        return
    turn = Rotation.random(random_state=seed)

    def moved(point):
        return tuple(float(v) for v in turn.apply(point) + np.asarray(shift))

    before = deviation(a_planned(entry=entry, tip=tip), a_used(tip_lps_mm=used_tip, entry_lps_mm=used_entry))
    after = deviation(
        a_planned(entry=moved(entry), tip=moved(tip)),
        a_used(tip_lps_mm=moved(used_tip), entry_lps_mm=moved(used_entry)),
    )
    for name in ("tip_mm", "lateral_mm", "along_mm", "angle_deg", "depth_difference_mm"):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-4)


# --- what is missing stays missing -----------------------------------------------------------------------------------


def test_a_place_of_another_scan_is_not_compared_but_a_depth_read_off_the_shaft_is():
    used = a_used(tip_lps_mm=(0.0, 61.0, 0.0), entry_lps_mm=(0.0, 0.0, 0.0), depth_mm=63.0, frame=Frame.PROCEDURE_CT)
    off = deviation(a_planned(), used)
    assert (off.tip_mm, off.lateral_mm, off.along_mm, off.angle_deg) == (None, None, None, None)
    assert off.why_no_tip == off.why_no_angle == pd.OTHER_FRAME
    assert off.depth_difference_mm == pytest.approx(3.0)


def test_without_a_tip_or_an_entry_the_row_says_which():
    assert deviation(a_planned(), a_used()).why_no_tip == pd.NO_PLACE
    off = deviation(a_planned(), a_used(tip_lps_mm=(0.0, 60.0, 1.0)))
    assert (off.angle_deg, off.why_no_angle) == (None, pd.NO_ENTRY)
    assert off.tip_mm == pytest.approx(1.0)


def test_rows_of_probes_name_what_was_not_used_and_what_was_not_planned():
    record = a_record(
        planned=a_plan(a_planned("P1"), a_planned("P2", model="Probe B")),
        probes=(a_used("P1", depth_mm=58.0), a_used("P9", planned="")),
    )
    rows = probe_rows(record)
    counted = row_of(rows, Quantity.PROBES)
    assert (counted.planned, counted.done, counted.difference) == (2, 2, 0)
    assert row_of(rows, Quantity.MODEL, "P2").reason == pd.NOT_RECORDED
    assert row_of(rows, Quantity.MODEL, "P2").done is None
    assert row_of(rows, Quantity.MODEL, "P9").reason == pd.NOT_PLANNED
    depth = row_of(rows, Quantity.DEPTH, "P1")
    assert (depth.planned, depth.done, depth.difference) == (60.0, 58.0, pytest.approx(-2.0))
    assert row_of(rows, Quantity.TIP, "P1").reason == pd.NO_PLACE


def test_a_record_that_says_nothing_does_not_say_none():
    rows = compared(a_record(planned=a_plan(a_planned())))
    for quantity in (Quantity.PROBES, Quantity.FREEZES, Quantity.FREEZE_TIME, Quantity.PHASE, Quantity.MODEL):
        row = row_of(rows, quantity)
        assert (row.done, row.difference, row.reason) == (None, None, pd.NOT_RECORDED)


def test_another_probe_in_the_place_of_a_planned_one_says_so():
    other = replace(a_used("N7", planned="P1"), model_name="Probe C")
    rows = probe_rows(a_record(planned=a_plan(a_planned()), probes=(other,)))
    model = row_of(rows, Quantity.MODEL, "N7 for P1")
    assert model.is_changed
    assert (model.planned, model.done) == ("Probe A", "Probe C")


# --- freeze and thaw -------------------------------------------------------------------------------------------------


def done(kind, start, end="", labels=()):
    return DonePhase(kind, start, end, probe_labels=labels)


def test_two_planned_freezes_against_two_done_are_summed_by_hand():
    """Planned 8 + 8 min. Done 7:30 and 9:00: 16:30 in all, 30 s longer; the thaw 5:00 took 4:00."""
    record = a_record(
        planned=a_plan(a_planned()),
        phases=(
            done(PhaseKind.FREEZE, at(0), at(7, 30)),
            done(PhaseKind.PASSIVE_THAW, at(8), at(12)),
            done(PhaseKind.FREEZE, at(12), at(21)),
        ),
    )
    rows = phase_rows(record)
    assert [(row.subject, row.planned, row.done, row.difference) for row in rows] == [
        ("", 2, 2, 0),
        ("", 960, 990, 30),
        ("freeze 1", 480, 450, -30),
        ("passive thaw 1", 300, 240, -60),
        ("freeze 2", 480, 540, 60),
    ]


def test_a_running_freeze_has_no_length_yet_and_one_left_out_says_so():
    rows = phase_rows(a_record(planned=a_plan(a_planned()), phases=(done(PhaseKind.FREEZE, at(0)),)))
    total = row_of(rows, Quantity.FREEZE_TIME)
    assert (total.difference, total.reason) == (None, pd.RUNNING)
    assert row_of(rows, Quantity.PHASE, "freeze 1").reason == pd.RUNNING
    assert row_of(rows, Quantity.PHASE, "freeze 2").reason == pd.NOT_RECORDED


def test_a_phase_that_the_timer_numbered_stands_beside_that_one():
    """The first freeze was left out: the timer says that what ran is number 3 of the schedule, the second freeze."""
    numbered = replace(done(PhaseKind.FREEZE, at(0), at(9)), planned_number=3)
    typed = done(PhaseKind.ACTIVE_THAW, at(9), at(11))
    rows = phase_rows(a_record(planned=a_plan(a_planned()), phases=(numbered, typed)))
    assert row_of(rows, Quantity.PHASE, "freeze 1").reason == pd.NOT_RECORDED
    assert row_of(rows, Quantity.PHASE, "freeze 2").difference == 60
    assert row_of(rows, Quantity.PHASE, "active thaw 1").reason == pd.NOT_PLANNED


def test_a_wait_before_the_first_freeze_is_no_phase_to_do():
    late = a_planned(phases=(Phase(PhaseKind.PASSIVE_THAW, 60.0), FREEZE))
    rows = phase_rows(a_record(planned=a_plan(late), phases=(done(PhaseKind.FREEZE, at(1), at(9)),)))
    assert [row.subject for row in rows if row.quantity is Quantity.PHASE] == ["freeze 1"]


def test_probes_timed_on_their_own_are_compared_on_their_own():
    short = (Phase(PhaseKind.FREEZE, 120.0),)
    record = a_record(
        planned=a_plan(a_planned("P1"), a_planned("P2", phases=short), a_planned("P3")),
        phases=(
            done(PhaseKind.FREEZE, at(0), at(8), ("P1", "P3")),
            done(PhaseKind.FREEZE, at(1), at(3, 30), ("P2",)),
        ),
    )
    rows = phase_rows(record)
    assert row_of(rows, Quantity.PHASE, "P1, P3: freeze 1").difference == 0
    assert row_of(rows, Quantity.PHASE, "P2: freeze 1").difference == 30
    assert row_of(rows, Quantity.FREEZES, "P1, P3").difference == -1
    assert row_of(rows, Quantity.FREEZES, "P2").difference == 0


def test_without_a_plan_what_was_done_stands_alone():
    rows = compared(a_record(phases=(done(PhaseKind.FREEZE, at(0), at(8)),)))
    assert row_of(rows, Quantity.FREEZES).reason == pd.NO_PLAN
    assert row_of(rows, Quantity.FREEZE_TIME).done == 480
    assert row_of(rows, Quantity.FREEZE_TIME).difference is None
    assert row_of(rows, Quantity.PHASE, "freeze 1").reason == pd.NOT_PLANNED


# --- ice -------------------------------------------------------------------------------------------------------------


def test_measured_ice_against_predicted_ice():
    ice = MeasuredIce(31.0, 22.0, "series 5")
    long, short = ice_rows(a_record(planned=a_plan(ice_long_mm=35.5, ice_short_mm=21.0), ice=ice))
    assert (long.planned, long.done, long.difference, long.unit) == (35.5, 31.0, -4.5, Unit.MM)
    assert short.difference == pytest.approx(1.0)


def test_ice_without_a_prediction_or_a_measurement_has_no_difference():
    measured = ice_rows(a_record(planned=a_plan(), ice=MeasuredIce(31.0, 22.0, "series 5")))
    assert {row.reason for row in measured} == {pd.NO_PREDICTION}
    unseen = ice_rows(a_record(planned=a_plan(ice_long_mm=35.5, ice_short_mm=21.0)))
    assert {row.reason for row in unseen} == {pd.NOT_MEASURED}
    assert all(row.difference is None for row in (*measured, *unseen))
