"""Which placements are shown, which limits are hard, and in what words? By hand-made figures."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import Side
from planner.domain.identity import ProbeId, TargetId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.robustness import LimitKey, LimitValue
from planner.domain.rule import Quantity, Verdict
from planner.domain.suggestion import SuggestAxis, SuggestFigures, WorstMargin, dominates
from planner.domain.target import Target, TargetBody
from planner.domain.uncertainty import IceCase
from planner.planning.suggest_aims import BESIDE_MM, aims_lps_mm, core_points
from planner.planning.suggest_choice import are_near, non_dominated, spread
from planner.planning.suggest_freeze import families
from planner.planning.suggest_limits import ice_rows
from planner.planning.suggest_words import against

TARGET = Target(TargetId("t"), "Ganglion", "celiac", Side.MIDLINE, TargetBody((0, 0, 0), (0, 0, 1.0), 12.0, 8.0))


def _figures(covered=90.0, spare=1.0, length=60.0, tilt=10.0, probes=1, minutes=8.0):
    margin = WorstMargin("s", "Gullet", 10.0 + spare, 12.0 + spare, 10.0)
    return SuggestFigures(
        covered, None, None, None, margin, -60.0, -70.0, length, tilt, probes, 60 * minutes, None, (1, 0, 0, 0)
    )


def test_a_placement_is_beaten_only_by_one_that_is_nowhere_worse():
    good, longer, elsewhere = _figures(), _figures(length=70.0), _figures(covered=99.0, spare=-3.0)
    assert dominates(good, longer)
    assert not dominates(longer, good)
    assert not dominates(good, elsewhere)
    assert not dominates(elsewhere, good)
    assert non_dominated([longer, good, elsewhere, good], lambda one: one) == [good, elsewhere]
    assert not dominates(good, _figures(length=60.5))  # no hand tells half a millimetre


def test_what_is_gained_and_what_is_lost_is_said_with_units():
    words = against(_figures(spare=2.0, length=80.0, tilt=4.0), _figures(), name="A")
    assert words == "Against A: gains 1.0 mm of margin (gullet) and 6° less tilt; costs a path 20 mm longer."
    assert against(_figures(), _figures(), name="A") == "Against A: the same on every axis, by another way."
    fewer = against(_figures(probes=1, minutes=6.0), _figures(probes=3), name="B")
    assert fewer == "Against B: gains 2 fewer probes and 2 min less freeze."


def _probe(tip, entry=(0.0, -60.0, 0.0), label="P1"):
    return ProbePlacement(ProbeId(label), label, "m", entry, tip)


def test_near_placements_are_one():
    here, beside, away = _probe((0.0, 0.0, 0.0)), _probe((2.0, 0.0, 1.0)), _probe((6.0, 0.0, 0.0))
    turned = _probe((0.0, 0.0, 0.0), entry=(20.0, -58.0, 0.0))
    same = {"one_freeze_s": 480.0, "other_freeze_s": 480.0}
    assert are_near([here], [beside], **same)
    assert not are_near([here], [away], **same)
    assert not are_near([here], [turned], **same)
    assert not are_near([here], [here], one_freeze_s=480.0, other_freeze_s=360.0)
    pair = [here, _probe((9.0, 0.0, 0.0), label="P2")]
    assert are_near(pair, [_probe((9.5, 0.0, 0.0)), beside], **same)  # whichever is named first
    assert not are_near(pair, [here], **same)


def test_spread_keeps_the_order_and_the_distance():
    tips = np.array([[0, 0, 0], [1, 0, 0], [8, 0, 0], [8, 1, 0], [20, 0, 0]], dtype=float)
    down = np.tile([0.0, 1.0, 0.0], (5, 1))
    order = np.array([1, 0, 3, 2, 4])
    assert spread(order, tips_lps_mm=tips, directions_lps=down, most=9) == [1, 3, 4]
    assert spread(order, tips_lps_mm=tips, directions_lps=down, most=2) == [1, 3]
    down[0] = [1.0, 0.0, 0.0]
    assert spread(order, tips_lps_mm=tips, directions_lps=down, most=9) == [1, 0, 3, 4]


def _key(quantity, kind, subject="s", limits=(10.0, 5.0)):
    return LimitKey(subject, "Name", kind, quantity, "words", quantity.unit, "limit", *limits)


@pytest.mark.parametrize(
    ("kind", "subject", "quantity", "verdict", "case", "is_broken"),
    [
        ("oesophagus", "s", Quantity.EDGE_DISTANCE_MM, Verdict.FAIL, IceCase.LARGEST, True),
        ("oesophagus", "s", Quantity.EDGE_DISTANCE_MM, Verdict.CHECK, IceCase.LARGEST, False),
        ("target body", "t", Quantity.MINIMUM_TEMPERATURE_C, Verdict.CHECK, IceCase.NOMINAL, False),
        ("target body", "t", Quantity.MINIMUM_TEMPERATURE_C, Verdict.FAIL, IceCase.LARGEST, True),
        ("target body", "other", Quantity.MINIMUM_TEMPERATURE_C, Verdict.FAIL, IceCase.LARGEST, True),
        ("target body", "t", Quantity.TREATED_SHARE_PERCENT, Verdict.FAIL, IceCase.NOMINAL, True),
    ],
)
def test_a_failing_limit_excludes(kind, subject, quantity, verdict, case, is_broken):
    key, value = _key(quantity, kind, subject), LimitValue(verdict, 1.0)
    (row,) = ice_rows([key], [value], target=TARGET, case=case)
    assert row.is_broken is is_broken
    assert ice_rows([key], [value], target=TARGET, case=IceCase.SMALLEST) == ()


def test_coverage_is_asked_of_the_wanted_target_as_predicted_alone():
    value = LimitValue(Verdict.FAIL, 1.0)
    key = _key(Quantity.TREATED_SHARE_PERCENT, "target body", "other")
    assert ice_rows([key], [value], target=TARGET, case=IceCase.NOMINAL) == ()
    own = _key(Quantity.TREATED_SHARE_PERCENT, "target body", "t")
    assert ice_rows([own], [value], target=TARGET, case=IceCase.LARGEST) == ()


def test_ice_that_is_cut_holds_nothing():
    value = LimitValue(Verdict.NOT_ASSESSED, None, "The cold reaches the rim of the predicted box; the true extent …")
    cut = LimitValue(
        Verdict.NOT_ASSESSED,
        None,
        "The cold reaches the rim of the predicted box; the true extent of the ice is not known.",
    )
    (row,) = ice_rows([_key(Quantity.EDGE_DISTANCE_MM, "bowel")], [cut], target=TARGET, case=IceCase.LARGEST)
    assert row.is_broken
    (row,) = ice_rows([_key(Quantity.EDGE_DISTANCE_MM, "bowel")], [value], target=TARGET, case=IceCase.LARGEST)
    assert row.verdict is Verdict.NOT_ASSESSED


def test_aims_fill_the_target_and_its_surroundings_the_same_way_every_time():
    aims = aims_lps_mm(TARGET, seed=4)
    assert np.array_equal(aims, aims_lps_mm(TARGET, seed=4))
    assert not np.array_equal(aims, aims_lps_mm(TARGET, seed=5))
    core = core_points(TARGET, most=4000)
    gaps = np.array([np.linalg.norm(core - aim, axis=1).min() for aim in aims])
    assert gaps.max() <= BESIDE_MM + 1.0
    assert np.linalg.norm(aims[0]) < 1.0
    assert abs(aims.mean(axis=0)).max() < 1.0


def test_single_freezes_are_computed_together():
    short, long = (Protocol(f"{s}", (Phase(PhaseKind.FREEZE, s),)) for s in (240.0, 480.0))
    freeze, thaw = Phase(PhaseKind.FREEZE, 90.0), Phase(PhaseKind.PASSIVE_THAW, 30.0)
    twice = Protocol("2", (freeze, thaw, freeze))
    together, apart = families([long, twice, short])
    assert together.stops_s == (240.0, 480.0)
    assert together.protocols == (short, long)
    assert together.run.total_s == 480.0
    assert apart.stops_s == ()
    assert apart.protocols == (twice,)


def test_axes_say_their_units():
    figures = _figures()
    assert [figures.on(axis) for axis in SuggestAxis][:6] == [90.0, 1.0, 60.0, 10.0, 1.0, 8.0]
    assert [axis.unit for axis in SuggestAxis] == ["%", "mm", "mm", "°", "", "min", "%"]
