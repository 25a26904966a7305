"""Does a second Monte-Carlo, on ice that can be written down, find the same share? Do more error and none behave?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.datum import Datum, Status
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef, PlanId, ProbeId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.robustness import (
    Draw,
    DrawOutcome,
    LimitKey,
    LimitValue,
    Magnitude,
    RobustnessTable,
    Technique,
)
from planner.domain.rule import Quantity, Verdict
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target
from planner.domain.uncertainty import IceCase
from planner.domain.volume import VolumeRef
from planner.persistence.resources import probe_models, rule_set
from planner.planning.placement_errors import displaced, draws, undisturbed
from planner.planning.robust_limits import DrawnField, IceLimits, PathLimits
from planner.planning.robustness import (
    fails_first,
    fails_most,
    fine_check,
    limit_summaries,
    outcome_of,
    target_coverages,
    wilson,
)
from tests.unit.planning.analytic import capsule_c, points_of, rotation, to_segment_mm

RULES = rule_set("default")
CT = Grid.from_axes((70, 70, 90), origin_lps_mm=(-44.5, -34.5, -34.5), spacing_ijk_mm=(1, 1, 1))
BOX = Grid.from_axes((33, 33, 33), origin_lps_mm=(-24, -24, -24), spacing_ijk_mm=(1.5, 1.5, 1.5))
WALL_MM, LUNG_MM, ICE_MM, ZONE_MM = 16.0, 9.0, 10.0, 20.0
_ALONG_MM = 0.2
TREATED_MM = ICE_MM - 20.0 / 4.0  # the field rises by 4 °C a mm
PROBE = ProbePlacement(ProbeId("p"), "P1", "generic-17g-short", (0.0, -2.0, 34.0), (0.0, 0.0, -10.0))
NERVE = NerveCurve(((-14.0, 0.0, 0.0), (14.0, 0.0, 0.0)))


def _datum(value):
    return Datum(value, Status.PROJECT_DEFAULT)


def technique(mean_mm, sd_mm=None, *, depth_mm=1.5, entry=0.2):
    sd = Datum(None, Status.MISSING) if sd_mm is None else _datum(sd_mm)
    return Technique("t", "T", Magnitude.LATERAL, _datum(mean_mm), sd, _datum(depth_mm), _datum(entry))


def _ref(name, grid):
    return BlobRef(Sha256(name * 64), grid.shape_kji, "bool")


def _scene(turn=None):
    """A nerve along x, the gullet beyond x = 16 mm, lung beyond y = 9 mm, and all of it turned as a whole."""
    turn = np.eye(3) if turn is None else turn
    ct = Grid.from_axes(
        CT.shape_kji, origin_lps_mm=turn @ CT.to_lps((0, 0, 0)), spacing_ijk_mm=(1, 1, 1), direction=turn
    )
    places = points_of(ct) @ turn
    masks = {StructureId("g"): places[..., 0] >= WALL_MM, StructureId("l"): places[..., 1] >= LUNG_MM}
    origin, said = StructureOrigin.DRAWN, {"confirmed_by": "T", "confirmed_at": "2026-01-01T00:00:00Z"}
    structures = (
        Structure(StructureId("g"), "Gullet", StructureKind.OESOPHAGUS, _ref("a", ct), origin, method="b", **said),
        Structure(StructureId("l"), "Lung", StructureKind.LUNG, _ref("b", ct), origin, method="b", **said),
    )
    course = NerveCurve(tuple(tuple(float(x) for x in turn @ p) for p in NERVE.points_lps_mm))
    target = Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, course, "", 2.0, "measured")
    ends = [tuple(float(x) for x in turn @ p) for p in (PROBE.entry_lps_mm, PROBE.tip_lps_mm)]
    probe = ProbePlacement(PROBE.id, PROBE.label, PROBE.model_id, *ends)
    volume = VolumeRef("ct", ct, PatientPosition.HFS, "1.1", "1.2", "1.3")
    return Plan(PlanId("p"), "Plan", volume, structures, (target,), (probe,)), masks


def _zone(probe):
    tip, axis = np.array(probe.tip_lps_mm), np.array(probe.direction_lps)
    return tip, tip - ZONE_MM * axis


class Product:
    """The product's draws and judgement, with capsules of ice in place of the solver's."""

    def __init__(self, turn=None):
        self.plan, masks = _scene(turn)
        self.ice = IceLimits.of(self.plan, RULES, masks, round_ice=BOX)
        corners = self.plan.volume.grid.corners_lps_mm()
        models = {model.id: model for model in probe_models()}
        self.paths = PathLimits.of(self.plan, RULES, masks, models=models, ends_lps_mm=corners)
        self.keys = (*self.ice.keys, *self.paths.keys)

    def outcome(self, draw):
        probes = displaced(self.plan.probes, draw)
        start, end = _zone(probes[0])
        field_c = capsule_c(BOX, start, end, radius_mm=ICE_MM)
        values, coverages = self.ice.values(DrawnField(field_c, BOX))
        return outcome_of(draw, (*values, *self.paths.values(probes)), coverages)

    def outcomes(self, law, *, count, seed=1):
        return [self.outcome(draw) for draw in draws(self.plan.probes, law, seed=seed, numbers=range(count))]


def _second_judge(entry, tip):
    """Whether all limits that can fail hold, by formulas: treated length, edge to the gullet, shaft in the lung."""
    axis = (tip - entry) / np.linalg.norm(tip - entry)
    start, end = tip, tip - ZONE_MM * axis
    along = np.arange(-14.0, 14.0001, _ALONG_MM)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rim = np.stack(np.broadcast_arrays(along[:, None], np.cos(angles)[None], np.sin(angles)[None]), axis=-1)
    is_treated = to_segment_mm(rim, start, end).max(axis=1) <= TREATED_MM
    longest = run = 0
    for treated in is_treated:
        run = run + 1 if treated else 0
        longest = max(longest, run)
    edge_mm = WALL_MM - max(start[0], end[0]) - ICE_MM
    return (
        _ALONG_MM * (longest - 1) >= 4.0 - _ALONG_MM / 2 and edge_mm - 0.1 >= 5.0 and max(entry[1], tip[1]) <= LUNG_MM
    )


def _second_draw(random, mean_mm, *, depth_mm, entry_share):
    """A placement by plain normal numbers: Rayleigh across the axis, normal along it."""
    entry, tip = np.array(PROBE.entry_lps_mm), np.array(PROBE.tip_lps_mm)
    axis = (tip - entry) / np.linalg.norm(tip - entry)
    scatter = random.normal(size=3) * mean_mm / math.sqrt(math.pi / 2)
    lateral = scatter - (scatter @ axis) * axis  # of a ball of normal numbers what lies across is Rayleigh
    return entry + entry_share * lateral, tip + lateral + random.normal() * depth_mm * axis


@pytest.fixture(scope="module")
def product():
    return Product()


def _of(error):
    return _second_judge(np.array(error.entry_lps_mm), np.array(error.tip_lps_mm))


def test_a_second_monte_carlo_agrees_within_two_points(product):
    mean_mm, law = 3.2, technique(3.2)
    random = np.random.default_rng(20)
    second = 100 * np.mean(
        [_second_judge(*_second_draw(random, mean_mm, depth_mm=1.5, entry_share=0.2)) for _ in range(6000)]
    )
    drawn = draws(product.plan.probes, law, seed=1, numbers=range(4000))
    share = 100 * np.mean([_of(draw.errors[0]) for draw in drawn])
    assert 30 < second < 90
    assert share == pytest.approx(second, abs=2.0)
    # Chance set aside: the two judges on the same placements.
    outcomes = [product.outcome(draw) for draw in drawn[:400]]
    same = [_of(outcome.draw.errors[0]) for outcome in outcomes]
    assert 100 * np.mean([outcome.is_held for outcome in outcomes]) == pytest.approx(100 * np.mean(same), abs=2.0)
    assert sum(held != outcome.is_held for held, outcome in zip(same, outcomes, strict=True)) <= 12


def test_each_limit_fails_where_the_formula_says(product):
    for outcome in product.outcomes(technique(6.0, 3.0), count=150, seed=4):
        told = {(key.subject_id, key.quantity): value for key, value in zip(product.keys, outcome.values, strict=True)}
        error = outcome.draw.errors[0]
        start, end = _zone(ProbePlacement(PROBE.id, "P", "m", error.entry_lps_mm, error.tip_lps_mm))
        edge = told["g", Quantity.EDGE_DISTANCE_MM]
        if not edge.is_bound:
            assert edge.value == pytest.approx(WALL_MM - max(start[0], end[0]) - ICE_MM - 0.1, abs=0.35)
        inside = told["l", Quantity.PATH_LENGTH_INSIDE_MM]
        reach = max(error.entry_lps_mm[1], error.tip_lps_mm[1])
        if abs(reach - LUNG_MM) > 0.2:
            assert (inside.verdict is Verdict.FAIL) is (reach > LUNG_MM)


def test_no_error_is_all_or_nothing_and_the_plan_itself(product):
    planned = product.outcome(undisturbed(product.plan.probes))
    still = product.outcomes(technique(0.0, depth_mm=0.0), count=4)
    assert planned.is_held
    assert {outcome.verdict for outcome in still} == {planned.verdict}
    for outcome in still:
        for a, b in zip(outcome.values, planned.values, strict=True):
            assert a.verdict is b.verdict
            assert a.value == pytest.approx(b.value, abs=1e-6)


def test_a_larger_error_holds_less_often(product):
    shares = [
        np.mean([outcome.is_held for outcome in product.outcomes(technique(mean_mm), count=120, seed=8)])
        for mean_mm in (0.5, 2.0, 4.0, 8.0)
    ]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.97
    assert shares[-1] < 0.4


def test_turning_the_whole_patient_changes_nothing_beyond_chance(product):
    law, count = technique(3.2), 180
    upright = np.mean([outcome.is_held for outcome in product.outcomes(law, count=count)])
    turned = Product(rotation(np.random.default_rng(2)))
    planned = turned.outcome(undisturbed(turned.plan.probes))
    straight = product.outcome(undisturbed(product.plan.probes))
    for a, b in zip(planned.values, straight.values, strict=True):
        assert a.verdict is b.verdict
        assert a.value == pytest.approx(b.value, abs=0.5)
    share = np.mean([outcome.is_held for outcome in turned.outcomes(law, count=count)])
    assert share == pytest.approx(upright, abs=3 * math.sqrt(2 * 0.25 / count))


def test_coverage_along_the_nerve_is_a_share_of_draws(product):
    outcomes = product.outcomes(technique(3.2), count=200)
    (coverage,) = target_coverages(product.plan.targets, outcomes)
    assert coverage.segment_mm == pytest.approx(28.0, abs=0.01)
    assert coverage.arc_mm == pytest.approx(np.linspace(0, 28, 29), abs=0.01)
    by_hand = np.zeros(29)
    for outcome in outcomes:
        error = outcome.draw.errors[0]
        start, end = _zone(ProbePlacement(PROBE.id, "P", "m", error.entry_lps_mm, error.tip_lps_mm))
        angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        for place, x in enumerate(np.linspace(-14, 14, 29)):
            rim = np.stack(np.broadcast_arrays(x, np.cos(angles), np.sin(angles)), axis=-1)
            by_hand[place] += to_segment_mm(rim, start, end).max() <= TREATED_MM
    assert np.array(coverage.probability) == pytest.approx(by_hand / 200, abs=0.04)
    percents = [outcome.coverages[0].covered_percent for outcome in outcomes]
    assert coverage.covered_percent == pytest.approx(np.quantile(percents, (0.05, 0.25, 0.5, 0.75, 0.95)))
    assert coverage.told == 200


def test_a_cut_ice_and_a_missing_mask_are_not_assessed(product):
    field_c = capsule_c(BOX, *_zone(PROBE), radius_mm=ICE_MM)
    values, coverages = product.ice.values(DrawnField(field_c, BOX, is_cut=True))
    assert {value.verdict for value in values} == {Verdict.NOT_ASSESSED}
    assert coverages[0].covered_percent is None
    plan, _ = _scene()
    bare = IceLimits.of(plan, RULES, {}, round_ice=BOX)
    told = dict(zip([key.subject_id for key in bare.keys], bare.values(DrawnField(field_c, BOX))[0], strict=True))
    assert told["g"].verdict is Verdict.NOT_ASSESSED
    assert told["l"].verdict is Verdict.NOT_ASSESSED
    assert told["g"].reason


# --- what many draws say, by hand ------------------------------------------------------------------------------------

KEYS = (
    LimitKey("s", "S", "nerve", Quantity.EDGE_DISTANCE_MM, "edge", "mm", "", 10.0, 5.0),
    LimitKey("v", "V", "lung", Quantity.PATH_LENGTH_INSIDE_MM, "inside", "mm", "", 0.0, 0.0, more_is_better=False),
)


def _told(number, edge, inside):
    draw = Draw(number, IceCase.NOMINAL, ())
    values = (
        LimitValue(Verdict.NOT_ASSESSED, None, "x") if edge is None else LimitValue(_verdict(edge), edge),
        LimitValue(Verdict.FAIL if inside > 0 else Verdict.PASS, inside),
    )
    return outcome_of(draw, values)


def _verdict(edge):
    return Verdict.PASS if edge >= 10 else Verdict.CHECK if edge >= 5 else Verdict.FAIL


def test_wilson_is_the_published_formula():
    # Newcombe 1998 (Stat Med 17:857), method 3: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    share = wilson(81, 263)
    assert (share.low_percent, share.high_percent) == pytest.approx((25.53, 36.62), abs=0.01)
    none = wilson(0, 20)
    assert (none.low_percent, none.high_percent) == pytest.approx((0.0, 16.11), abs=0.01)
    assert wilson(20, 20).high_percent == 100.0
    assert (wilson(0, 0).low_percent, wilson(0, 0).high_percent) == (0.0, 100.0)


def test_what_was_not_told_is_never_held():
    assert _told(0, 12.0, 0.0).verdict is Verdict.PASS
    assert _told(0, 7.0, 0.0).verdict is Verdict.CHECK
    assert _told(0, 7.0, 0.0).is_held
    assert _told(0, None, 0.0).verdict is Verdict.NOT_ASSESSED
    assert not _told(0, None, 0.0).is_held
    assert _told(0, None, 2.0).verdict is Verdict.FAIL
    assert outcome_of(Draw(0, IceCase.NOMINAL, ()), (), reason="outside the scan").verdict is Verdict.NOT_ASSESSED
    assert outcome_of(Draw(0, IceCase.NOMINAL, ()), ()).verdict is Verdict.NOT_ASSESSED


def test_limits_are_counted_and_the_worst_value_kept():
    outcomes = [_told(0, 12.0, 0.0), _told(1, 4.0, 0.0), _told(2, 8.0, 3.0), _told(3, 2.0, 0.0), _told(4, None, 0.0)]
    outcomes.append(outcome_of(Draw(5, IceCase.NOMINAL, ()), (), reason="no"))
    edge, inside = limit_summaries(KEYS, outcomes[0], outcomes)
    assert (edge.passed, edge.checked, edge.failed, edge.not_assessed) == (1, 1, 2, 2)
    assert (edge.worst.value, edge.worst_draw) == (2.0, 3)
    assert (inside.worst.value, inside.worst_draw) == (3.0, 2)
    assert (inside.passed, inside.failed, inside.not_assessed) == (4, 1, 1)
    assert fails_most((edge, inside)) == 0
    assert fails_first((edge, inside)) in (0, 1)
    assert fails_most(limit_summaries(KEYS, outcomes[0], outcomes[:1])) is None


@pytest.mark.parametrize(
    ("held", "untold", "verdict"),
    [
        (95, 0, Verdict.PASS),
        (94, 0, Verdict.CHECK),
        (80, 0, Verdict.CHECK),
        (79, 0, Verdict.FAIL),
        (95, 5, Verdict.PASS),
        (90, 5, Verdict.NOT_ASSESSED),
        (60, 10, Verdict.FAIL),
        (0, 100, Verdict.NOT_ASSESSED),
    ],
)
def test_the_verdict_waits_for_what_was_not_told(held, untold, verdict):
    shares = ((IceCase.SMALLEST, _datum(0.25)), (IceCase.NOMINAL, _datum(0.5)), (IceCase.LARGEST, _datum(0.25)))
    assert RobustnessTable((), _datum(95.0), _datum(80.0), shares).verdict(held, untold, 100) is verdict


def test_fine_cells_bound_the_share():
    coarse: list[DrawOutcome] = [_told(n, edge, 0.0) for n, edge in enumerate((12.0, 5.3, 4.8, 9.0, 4.0))]
    fine = [_told(0, 11.5, 0.0), _told(1, 4.9, 0.0)]
    found = fine_check(KEYS, coarse, fine, spacing_mm=1.0)
    # The largest difference is 0.5 mm: 5.3 may be 4.8 and fail, 4.8 may be 5.3 and hold, 4.0 stays a failure.
    assert found.other_verdicts == 1
    assert found.differences[0].largest == pytest.approx(0.5)
    assert (found.share_low_percent, found.share_high_percent) == pytest.approx((40.0, 80.0))
