"""Limits of a site: moved either way with a document, a name and a reason, never switched off, never unnamed (H-52)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.datum import Status
from planner.domain.digest import content_hash
from planner.domain.errors import InputRefused
from planner.domain.rule import Operator, Quantity, Rule, RuleSet, Verdict
from planner.domain.site_rules import (
    PLAUSIBLE,
    RuleChange,
    is_looser,
    other_rules_sentence,
    rule_set_words,
    site_rules,
    stale_verdicts_sentence,
    with_changes,
)

SKIN = Rule(
    "skin", "skin", Quantity.EDGE_DISTANCE_MM, Operator.AT_LEAST, 10, 5, "BOOK", Status.PROJECT_DEFAULT, "Warm it."
)
PATH = Rule("path", "bowel", Quantity.PATH_LENGTH_INSIDE_MM, Operator.AT_MOST, 0, 2, "", Status.PROJECT_DEFAULT)
OPEN = Rule("open", "kidney", Quantity.EDGE_DISTANCE_MM, Operator.AT_LEAST, None, None, "", Status.PROJECT_DEFAULT)
SHIPPED = RuleSet("default", (SKIN, PATH, OPEN))
CHANGE = RuleChange("skin", 12.0, 6.0, "SOP 7", "Dr A", "burns", "2026-11-23T05:44:10Z")
BACK = RuleChange("skin", None, None, "", "Dr A", "not kept up", "2026-11-24T05:44:10Z", puts_back=True)


def test_a_changed_rule_has_the_sites_limits_source_and_status_and_the_others_stay():
    rules = with_changes(SHIPPED, [CHANGE])
    assert rules.rules[0] == replace(SKIN, pass_limit=12.0, fail_limit=6.0, source="SOP 7", status=Status.SITE)
    assert rules.rules[1:] == (PATH, OPEN)
    assert [rule.id for rule in site_rules(rules)] == ["skin"]
    assert [rules.rules[0].verdict(value) for value in (12.0, 11.9, 5.9)] == [Verdict.PASS, Verdict.CHECK, Verdict.FAIL]


def test_the_last_change_counts_and_putting_back_gives_the_shipped_rules_to_the_bit():
    later = replace(CHANGE, pass_limit=8.0, fail_limit=4.0)
    assert with_changes(SHIPPED, [CHANGE, later]).rules[0].pass_limit == 8.0
    back = with_changes(SHIPPED, [CHANGE, later, BACK])
    assert back == SHIPPED
    assert content_hash(back) == content_hash(SHIPPED)
    assert content_hash(with_changes(SHIPPED, [CHANGE])) != content_hash(SHIPPED)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"who": " "}, "site-rule-text"),
        ({"why": ""}, "site-rule-text"),
        ({"source": ""}, "site-rule-text"),
        ({"source": "x" * 201}, "site-rule-text"),
        ({"why": "two\nlines"}, "site-rule-text"),
        ({"who": "Dr\x00A"}, "site-rule-text"),
        ({"pass_limit": None}, "site-rule-off"),
        ({"pass_limit": None, "fail_limit": None}, "site-rule-off"),
        ({"fail_limit": None}, "site-rule-off"),
        ({"fail_limit": 13.0}, "site-rule-order"),
        ({"pass_limit": -1.0}, "site-rule-range"),
        ({"pass_limit": 100.0}, "site-rule-range"),
        ({"pass_limit": float("nan")}, "site-rule-range"),
        ({"pass_limit": float("inf")}, "site-rule-range"),
        ({"rule_id": "none"}, "site-rule-unknown"),
    ],
)
def test_what_cannot_stand_is_refused_in_words(wrong, code):
    with pytest.raises(InputRefused) as refused:
        with_changes(SHIPPED, [replace(CHANGE, **wrong)])
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")


def test_the_order_of_an_at_most_rule_is_the_mirror_image():
    fine = replace(CHANGE, rule_id="path", pass_limit=1.0, fail_limit=3.0)
    assert with_changes(SHIPPED, [fine]).rules[1].verdict(2.0) is Verdict.CHECK
    with pytest.raises(InputRefused, match="above it"):
        with_changes(SHIPPED, [replace(fine, pass_limit=3.0, fail_limit=1.0)])


@pytest.mark.parametrize(
    ("default", "limits", "looser"),
    [
        (SKIN, (10, 5), False),
        (SKIN, (12, 6), False),
        (SKIN, (9.9, 5), True),
        (SKIN, (12, 4), True),
        (PATH, (0, 2), False),
        (PATH, (0, 1), False),
        (PATH, (1, 2), True),
        (PATH, (0, 3), True),
        (OPEN, (10, 5), True),  # passes what was never judged
    ],
)
def test_a_rule_that_lets_more_pass_is_told(default, limits, looser):
    assert is_looser(replace(default, pass_limit=limits[0], fail_limit=limits[1]), default) is looser


def test_looser_means_that_some_value_is_judged_better():
    """Brute force: every pair of limits of a small lattice against every value."""
    values = [value / 2 for value in range(31)]
    order = (Verdict.PASS, Verdict.CHECK, Verdict.FAIL)
    for good in range(13):
        for bad in range(good + 1):
            rule = replace(SKIN, pass_limit=good, fail_limit=bad)
            better = any(order.index(rule.verdict(v)) < order.index(SKIN.verdict(v)) for v in values)
            assert is_looser(rule, SKIN) is better


def test_every_shipped_rule_with_a_limit_lies_in_the_plausible_range():
    from planner.persistence.resources import shipped_rule_set

    for rule in shipped_rule_set().rules:
        low, high = PLAUSIBLE[rule.quantity]
        assert all(low <= limit <= high for limit in (rule.pass_limit, rule.fail_limit) if limit is not None), rule.id


def test_a_plan_of_other_rules_is_told_and_one_that_never_noted_them_is_not():
    site = with_changes(SHIPPED, [CHANGE])
    assert rule_set_words(SHIPPED) == "shipped rules"
    assert rule_set_words(site) == "site rules, 1 of 3 changed by the site"
    assert other_rules_sentence("", site) == ""
    assert other_rules_sentence(content_hash(site), site) == ""
    said = other_rules_sentence(content_hash(SHIPPED), site)
    assert "site rules, 1 of 3" in said
    assert content_hash(SHIPPED)[:4] in said
    # Verdicts are made by the rules in force whenever a plan is opened: they do not differ from what is shown.
    assert said.startswith("The plan notes other rules")
    assert "judged here by the rules in force" in said
    assert "may differ" not in said


def test_verdicts_by_rules_that_are_no_longer_in_force_say_so():
    site = with_changes(SHIPPED, [CHANGE])
    assert stale_verdicts_sentence(content_hash(site), site) == ""
    said = stale_verdicts_sentence(content_hash(SHIPPED), site)
    assert said.startswith("The verdicts are by other rules")
    assert "judged here" not in said
