"""Who changed the rules stands in a report, but not in one without an identity."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.site_rules import RuleChange
from planner.persistence import site_rules
from planner.persistence.resources import shipped_rule_set
from planner.services.exporting import _rule_changes

CHANGE = RuleChange("skin-edge", 12.0, 6.0, "SOP-12", "Dr A", "Warm saline.", "2026-11-20T08:00:00Z")


@pytest.fixture
def record(tmp_path, monkeypatch):
    path = tmp_path / "rules.jsonl"
    monkeypatch.setattr(site_rules, "site_rules_file", lambda: path)
    return path


@pytest.mark.usefixtures("record")
def test_without_a_record_nothing_is_told():
    assert _rule_changes(is_nobodys=False) == ()


def test_H_43_who_changed_a_rule_is_left_out_where_nobody_may_be_named(record):
    site_rules.append_change(record, CHANGE, shipped=shipped_rule_set())
    assert _rule_changes(is_nobodys=False) == (CHANGE,)
    assert _rule_changes(is_nobodys=True) == (replace(CHANGE, who="", why=""),)
