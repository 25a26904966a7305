"""Recovery as a range, by hand: length over the slowest and the fastest rate; or why it cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.datum import MISSING
from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.persistence.resources import atlas, rule_set
from planner.planning.recovery import recovery

RATES = rule_set().regrowth_mm_per_day
PUDENDAL = next(entry for entry in atlas() if entry.id == "pudendal")
NERVE = Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, NerveCurve(((0.0, 0, 0), (30.0, 0, 0))))


def test_120_mm_at_0_57_to_1_5_mm_a_day():
    """120 / 1.5 = 80 days; 120 / 0.57 = 210.5 days."""
    estimate = recovery(replace(NERVE, end_organ_mm=120.0, end_organ_source="MRI"), rates=RATES)
    assert estimate.fastest_days == pytest.approx(80.0)
    assert estimate.slowest_days == pytest.approx(210.526, abs=1e-3)
    assert estimate.words == "80 to 211 days (3 to 7 months)"
    for word in ("120 mm", "MRI", "0.57 to 1.5 mm a day", "EVANS1981", "LEARNIR", "MOTOR2016"):
        assert word in estimate.sentence


def test_a_short_way_is_told_in_days_alone():
    estimate = recovery(replace(NERVE, end_organ_mm=30.0, end_organ_source="ruler"), rates=RATES)
    assert estimate.words == "20 to 53 days"


def test_without_a_distance_a_rate_or_an_end_organ_it_is_not_assessed():
    body = replace(NERVE, course=TargetBody((0.0, 0, 0), (0.0, 0, 1.0), 10.0, 10.0))
    known = {"end_organ_mm": 80.0, "end_organ_source": "MRI"}
    cases = (
        (NERVE, RATES, "Enter it with its source"),
        (replace(NERVE, **known), (), "no rate"),
        (replace(NERVE, **known), (MISSING,), "no rate"),
        (replace(body, **known), RATES, "no single end organ"),
    )
    for target, rates, words in cases:
        estimate = recovery(target, rates=rates)
        assert estimate.words == "NOT ASSESSED"
        assert (estimate.fastest_days, estimate.slowest_days) == (None, None)
        assert words in estimate.sentence


def test_what_is_reported_of_this_very_nerve_stands_beside_it():
    for target in (NERVE, replace(NERVE, end_organ_mm=80.0, end_organ_source="MRI")):
        estimate = recovery(target, rates=RATES, entry=PUDENDAL)
        assert "Reported of this nerve: 8 to 12 months (PUD-PROLOGO)." in estimate.sentence
