"""Limit words, and every shipped rule judged exactly on its limits."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from planner.domain.datum import Status
from planner.domain.rule import Operator, Quantity, Rule, Verdict
from planner.persistence import resources
from planner.planning.rules import limit_words
from planner.planning.verdicts import Subject, if_ice_is_cut, if_scan_ends, if_unconfirmed, judged, not_assessed

RULES = resources.rule_set().rules
SUBJECT = Subject("s", "Skin", "skin")


def rule(rule_id):
    return next(r for r in RULES if r.id == rule_id)


@pytest.mark.parametrize(
    ("rule_id", "words"),
    [
        ("skin-edge", "≥ 10 mm; fail < 5 mm (SKIN-CUREUS, CORNELIS2017; project default)"),
        ("oesophagus-edge", "≥ 10 mm; fail < 5 mm (project default)"),
        ("ureter-edge", "≥ 10 mm (URETER; project default)"),
        ("lung-path", "≤ 0 mm; fail > 0 mm (ICN-2020, SIR25-SPL; project default)"),
        ("target-nerve-length", "≥ 4 mm; fail < 4 mm (TMO)"),
        ("target-nerve-cold", "≥ −100 °C; fail < −140 °C (LEARNIR, ZHOU1983)"),
        ("bone-ice", "no limit (EMU2009; project default)"),
        ("target-body-share", "≥ 95 %; fail < 80 % (project default)"),
    ],
)
def test_limits_in_words(rule_id, words):
    assert limit_words(rule(rule_id)) == words


def test_every_status_that_is_not_from_the_literature_is_named():
    recalled = Rule("r", "skin", Quantity.EDGE_DISTANCE_MM, Operator.AT_LEAST, 1.5, None, "X", Status.RECALLED)
    assert limit_words(recalled) == "≥ 1.5 mm (X; recalled)"


@pytest.mark.parametrize("each", RULES, ids=lambda r: r.id)
def test_every_shipped_rule_is_exact_on_its_limits(each):
    toward_bad = -math.inf if each.operator is Operator.AT_LEAST else math.inf
    if each.pass_limit is None:
        assert each.verdict(0.0) is Verdict.NOT_ASSESSED
        return
    assert each.verdict(each.pass_limit) is Verdict.PASS
    beyond = math.nextafter(each.pass_limit, toward_bad)
    one_limit = each.fail_limit == each.pass_limit
    assert each.verdict(beyond) is (Verdict.FAIL if one_limit else Verdict.CHECK)
    if each.fail_limit is None:
        assert each.verdict(each.pass_limit + (-1e9 if toward_bad < 0 else 1e9)) is Verdict.CHECK
    elif not one_limit:
        assert each.verdict(each.fail_limit) is Verdict.CHECK
        assert each.verdict(math.nextafter(each.fail_limit, toward_bad)) is Verdict.FAIL


def test_the_skin_prompt_appears_between_5_and_10_mm():
    assert judged(SUBJECT, rule("skin-edge"), 10.0).reason == ""
    amber = judged(SUBJECT, rule("skin-edge"), 7.0)
    assert amber.verdict is Verdict.CHECK
    assert amber.reason == "Warm the skin actively throughout the freeze."


def test_an_unconfirmed_pass_is_a_check_and_a_fail_stays():
    assert if_unconfirmed(judged(SUBJECT, rule("skin-edge"), 12.0)).verdict is Verdict.CHECK
    failed = if_unconfirmed(judged(SUBJECT, rule("skin-edge"), 2.0))
    assert failed.verdict is Verdict.FAIL
    assert "unconfirmed" in failed.reason


def test_cut_ice_withdraws_all_but_a_fail_for_cold():
    skin, length = rule("skin-edge"), rule("target-nerve-length")
    cut = if_ice_is_cut(judged(SUBJECT, skin, 12.0), skin)
    assert (cut.verdict, cut.value) == (Verdict.NOT_ASSESSED, None)
    assert if_ice_is_cut(judged(SUBJECT, skin, 2.0), skin).verdict is Verdict.FAIL
    assert if_ice_is_cut(judged(SUBJECT, length, 2.0), length).verdict is Verdict.NOT_ASSESSED
    stunned = replace(rule("target-nerve-neurapraxia"), fail_limit=1.0)
    assert judged(SUBJECT, stunned, 3.0).verdict is Verdict.FAIL
    assert if_ice_is_cut(judged(SUBJECT, stunned, 3.0), stunned).verdict is Verdict.NOT_ASSESSED


def test_the_end_of_the_scan_withdraws_a_pass_only_when_nearer_than_the_limit():
    row = judged(SUBJECT, rule("skin-edge"), 30.0)
    assert if_scan_ends(row, 10.0, needed_mm=10.0).verdict is Verdict.PASS
    assert if_scan_ends(row, 9.9, needed_mm=10.0).verdict is Verdict.NOT_ASSESSED
    assert "inside the ice" in if_scan_ends(row, -1.0, needed_mm=10.0).reason
    assert if_scan_ends(judged(SUBJECT, rule("skin-edge"), 7.0), 1.0, needed_mm=10.0).verdict is Verdict.CHECK


def test_not_assessed_keeps_the_limit():
    row = not_assessed(SUBJECT, "Why.", rule=rule("skin-edge"))
    assert (row.value, row.pass_limit, row.fail_limit, row.unit) == (None, 10.0, 5.0, "mm")
