"""Does ice into a structure whose margin has no limit to fail at exclude a placement, as predicted and at most?"""

from __future__ import annotations

import pytest

from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.robustness import LimitKey, LimitValue
from planner.domain.rule import Quantity, Verdict
from planner.domain.target import NerveCurve, Target
from planner.domain.uncertainty import IceCase
from planner.planning.suggest_limits import broken, ice_rows, untold_words

TARGET = Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, NerveCurve(((-8.0, 0.0, 0.0), (8.0, 0.0, 0.0))))


def rows(value, verdict, *, fail_limit=None, case=IceCase.LARGEST, reason="", is_bound=False):
    key = LimitKey(
        "u", "Ureter", "ureter", Quantity.EDGE_DISTANCE_MM, "0 °C edge", "mm", "≥ 10 mm", 10.0, fail_limit,
        more_is_better=True,
    )  # fmt: skip
    return ice_rows((key,), (LimitValue(verdict, value, reason, is_bound),), target=TARGET, case=case)


@pytest.mark.parametrize("case", [IceCase.NOMINAL, IceCase.LARGEST])
def test_ice_in_a_ureter_is_never_proposed_though_its_rule_only_asks_for_attention(case):
    (row,) = broken(rows(-3.0, Verdict.CHECK, case=case))
    assert (row.subject_name, row.needs, row.case) == ("Ureter", "≥ 0 mm, no ice in it", case.value)
    assert not broken(rows(4.0, Verdict.CHECK, case=case))
    assert not broken(rows(12.0, Verdict.PASS, case=case))
    assert rows(15.0, Verdict.PASS, case=case, is_bound=True) == ()  # the distance was not measured
    assert broken(rows(-15.0, Verdict.CHECK, case=case, is_bound=True))  # nor how deep it is


def test_a_margin_with_a_limit_to_fail_at_goes_by_that():
    assert broken(rows(4.0, Verdict.FAIL, fail_limit=5.0))
    assert not broken(rows(6.0, Verdict.CHECK, fail_limit=5.0))


def test_one_that_was_not_told_is_told_to_be_so():
    found = rows(None, Verdict.NOT_ASSESSED, reason="Its mask is empty.")
    assert not broken(found)
    assert untold_words(found) == ("Ureter, 0 °C edge: Its mask is empty.",)
