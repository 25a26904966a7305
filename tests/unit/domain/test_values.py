import hashlib
import math
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.assessment import Assessment, Check
from planner.domain.datum import Datum, Status
from planner.domain.digest import array_hash, canonical_json, content_hash, short_hash
from planner.domain.errors import PlanInvalid, ResourceInvalid, SimulationRefused
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PatientIdentity
from planner.domain.probe import ProbeModel, ProbePlacement, active_zone_lps_mm
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.rule import Operator, Quantity, Rule, Verdict
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.domain.temperature import TemperatureHistory
from planner.domain.volume import VolumeRef


def rule(operator, passing, failing):
    return Rule("r", "skin", Quantity.EDGE_DISTANCE_MM, operator, passing, failing, "source", Status.FOUND)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(10.0, Verdict.PASS), (9.999, Verdict.CHECK), (5.0, Verdict.CHECK), (4.999, Verdict.FAIL), (-3.0, Verdict.FAIL)],
)
def test_at_least_rule_on_and_beside_its_limits(value, verdict):
    assert rule(Operator.AT_LEAST, 10.0, 5.0).verdict(value) is verdict


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.0, Verdict.PASS), (0.001, Verdict.CHECK), (2.0, Verdict.CHECK), (2.1, Verdict.FAIL)]
)
def test_at_most_rule_on_and_beside_its_limits(value, verdict):
    assert rule(Operator.AT_MOST, 0.0, 2.0).verdict(value) is verdict


def test_a_rule_without_limits_judges_nothing():
    assert rule(Operator.AT_LEAST, None, None).verdict(1.0) is Verdict.NOT_ASSESSED
    assert rule(Operator.AT_LEAST, 5.0, None).verdict(-99.0) is Verdict.CHECK


def test_limits_the_wrong_way_round_are_refused():
    with pytest.raises(ResourceInvalid):
        rule(Operator.AT_LEAST, 5.0, 10.0)


def test_overall_verdict_is_the_worst_and_not_assessed_is_worse_than_pass():
    def check(verdict):
        return Check(
            "s", "Skin", "skin", "edge", verdict, None if verdict is Verdict.NOT_ASSESSED else 1.0, reason="absent"
        )

    order = [Verdict.PASS, Verdict.NOT_ASSESSED, Verdict.CHECK, Verdict.FAIL]
    for n in range(1, 5):
        assessment = Assessment("p", "i", "r", tuple(check(verdict) for verdict in order[:n]))
        assert assessment.verdict is order[n - 1]
        assert sum(assessment.counts.values()) == n
    assert Assessment("p", "i", "r", ()).verdict is Verdict.NOT_ASSESSED


def test_a_verdict_needs_a_value_and_not_assessed_needs_a_reason():
    with pytest.raises(PlanInvalid, match="without a value"):
        Check("s", "Skin", "skin", "edge", Verdict.PASS)
    with pytest.raises(PlanInvalid, match="needs its reason"):
        Check("s", "Skin", "skin", "edge", Verdict.NOT_ASSESSED)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_H_17_a_check_holds_no_number_that_is_none(value):
    with pytest.raises(PlanInvalid, match="not a number"):
        Check("s", "Skin", "skin", "edge", Verdict.PASS, value)


def test_a_body_needs_a_direction_that_is_a_number():
    with pytest.raises(PlanInvalid, match="unit vector"):
        TargetBody((0.0, 0.0, 0.0), (math.nan, 0.0, 1.0), 10.0, 5.0)


def test_text_that_no_file_can_hold_is_refused():
    with pytest.raises(PlanInvalid, match="cannot be written"):
        canonical_json({"name": "half a pair: \ud800"})


def test_canonical_json_is_sorted_compact_and_keeps_floats():
    value = NerveCurve(((0.1, 2.0, -3.0), (1e-7, 1e22, 5.0)), (0.0, 1.5))
    expected = '{"points_lps_mm":[[0.1,2.0,-3.0],[1e-07,1e+22,5.0]],"segment_mm":[0.0,1.5]}'
    assert canonical_json(value).decode() == expected
    assert content_hash(value) == hashlib.sha256(expected.encode()).hexdigest()


def test_a_scan_recorded_before_its_voltage_was_keeps_its_hash():
    """Plans name their CT by this text: a field that came later is not in it while it is empty."""
    grid = Grid.from_matrix((2, 2, 2), np.eye(4))
    ref = VolumeRef("0" * 64, grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    assert "acquisition" not in canonical_json(ref).decode()
    assert '"acquisition":"120 kVp · B30f"' in canonical_json(replace(ref, acquisition="120 kVp · B30f")).decode()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, object(), b"bytes"])
def test_what_json_cannot_hold_is_refused(bad):
    with pytest.raises(PlanInvalid):
        canonical_json({"value": bad})


def test_array_hash_sees_dtype_shape_and_content_but_not_layout():
    a = np.arange(6, dtype=np.int16).reshape(2, 3)
    assert array_hash(a) == array_hash(np.asfortranarray(a)) == array_hash(a.astype(">i2"))
    others = [a.T, a.astype(np.int32), a.reshape(3, 2), a + 1]
    assert len({array_hash(x) for x in (a, *others)}) == 5


def test_short_hash_is_the_first_sixteen_digits_in_fours():
    assert short_hash("7c419ae052d81f36" + "0" * 48) == "7c41 9ae0 52d8 1f36"


def test_H_43_identity_does_not_print_itself():
    who = PatientIdentity(patient_name="Canary^Name", patient_id="CANARY-1")
    assert "Canary" not in repr(who) + str(who)
    assert who.label == "Canary, Name · CANARY-1"


def generic(**changes):
    values = {
        "shaft_diameter_mm": Datum(1.5, Status.PROJECT_DEFAULT),
        "active_tip_mm": Datum(20.0, Status.PROJECT_DEFAULT),
        "tip_to_active_mm": Datum(3.0, Status.PROJECT_DEFAULT),
        "surface_temperature_c": Datum(-120.0, Status.PROJECT_DEFAULT),
    } | changes
    return ProbeModel("g", "Generic", "", "argon", "17G", **values)


def test_H_27_active_zone_starts_behind_the_tip_and_runs_toward_the_hub():
    placement = ProbePlacement("i", "P1", "g", (0, -60, 0), (0, 0, 0))
    deep, shallow = active_zone_lps_mm(placement, generic())
    assert deep == pytest.approx((0, -3, 0))
    assert shallow == pytest.approx((0, -23, 0))


def test_a_model_with_missing_values_says_which_and_cannot_be_simulated():
    model = generic(active_tip_mm=Datum(None, Status.MISSING), surface_temperature_c=Datum(None, Status.MISSING))
    assert model.missing_words == ("active tip length", "surface temperature")
    assert not model.can_simulate
    assert generic().can_simulate


def test_a_value_without_number_must_be_missing_and_the_reverse():
    with pytest.raises(ResourceInvalid):
        Datum(None, Status.FOUND)
    with pytest.raises(ResourceInvalid):
        Datum(1.0, Status.MISSING)
    assert (Datum(1.0, Status.RECALLED).flag, Datum(1.0, Status.FOUND).flag) == ("unverified", "")


@pytest.mark.parametrize("tip", [(0, 0, 0.5), (0, 0, 401), (math.nan, 0, 30)])
def test_impossible_placements_are_refused(tip):
    with pytest.raises(PlanInvalid):
        ProbePlacement("i", "P1", "g", (0, 0, 0), tip)


def test_protocol_times():
    protocol = Protocol(
        "two cycles",
        tuple(
            Phase(k, s)
            for k, s in [
                (PhaseKind.FREEZE, 600),
                (PhaseKind.PASSIVE_THAW, 300),
                (PhaseKind.FREEZE, 480),
                (PhaseKind.ACTIVE_THAW, 60),
            ]
        ),
    )
    assert (protocol.total_s, protocol.ends_s, protocol.freeze_end_s) == (1440, (600, 900, 1380, 1440), 1380)
    assert not Protocol("none", ()).has_freeze


def test_spheroid_contains_its_inside_only():
    body = TargetBody((10.0, 0.0, 0.0), (0.0, 0.0, 1.0), length_mm=20, width_mm=8)
    points = np.array([[10, 0, 9.99], [10, 0, 10.01], [13.99, 0, 0], [14.01, 0, 0], [12.8, 2.8, 0], [12.9, 2.9, 0]])
    assert body.contains(points).tolist() == [True, False, True, False, True, False]


def test_target_words_name_side_and_level():
    target = Target("t", "Intercostal nerve", "intercostal", Side.RIGHT, NerveCurve(((0, 0, 0), (0, 0, 9))), "T8")
    assert target.words == "Right intercostal nerve T8"


def test_a_diameter_without_its_source_is_refused():
    with pytest.raises(PlanInvalid, match="where the diameter comes from"):
        Target("t", "Nerve", "x", Side.LEFT, NerveCurve(((0, 0, 0), (0, 0, 9))), diameter_mm=3.0)


def test_temperature_between_stored_times_is_interpolated():
    grid = Grid.from_axes((1, 1, 2), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
    record = SolverRecord("1", "test", 2, 1, 0.0, 0.0, reaches_boundary=False)
    frames = np.array([[[[37, 37]]], [[[-3, 17]]], [[[-43, -3]]]], np.float16)
    result = SimulationResult(
        "h",
        grid,
        TemperatureHistory.of((0.0, 10.0, 30.0), frames),
        frames[-1].astype(np.float32),
        np.zeros((1, 1, 2), np.uint8),
        ("muscle",),
        record,
    )
    np.testing.assert_allclose(result.at_time_c(5.0), [[[17, 27]]], rtol=1e-6)
    np.testing.assert_allclose(result.at_time_c(20.0), [[[-23, 7]]])
    np.testing.assert_allclose(result.at_time_c(-1.0), [[[37, 37]]])
    np.testing.assert_allclose(result.at_time_c(99.0), [[[-43, -3]]])
    with pytest.raises(SimulationRefused, match=r"\(1, 1, 1\) cells but its grid \(1, 1, 2\)"):
        SimulationResult(
            "h",
            grid,
            TemperatureHistory.of((0.0,), frames[:1, :, :, :1]),
            frames[-1].astype(np.float32),
            np.zeros((1, 1, 2), np.uint8),
            ("muscle",),
            record,
        )
