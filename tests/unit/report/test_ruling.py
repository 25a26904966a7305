"""Does the report say which rules the site changed, who did it, when and why, so that all of it can be read?"""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pypdf import PdfReader

from planner.domain.digest import content_hash
from planner.domain.site_rules import RuleChange, with_changes
from planner.persistence.resources import shipped_rule_set
from planner.report.pdf import render_pdf

if TYPE_CHECKING:
    from conftest import Case

LOOSER = RuleChange("skin-edge", 4.0, 1.0, "SOP-12, 3rd edition", "Dr A", "Warm saline.", "2026-11-20T08:00:00Z")
WORDS = ("Subject", "Quantity", "Site's limit", "Shipped limit", "Changed by, when and why")


def built(case: Case, *changes: RuleChange):
    rules = with_changes(shipped_rule_set(), changes)
    assessment = replace(case.assessment, rule_set_hash=content_hash(rules))
    return case.build(assessment=assessment, tables=replace(case.tables, rules=rules, rule_changes=changes))


def test_H_52_who_changed_a_rule_last_when_and_why_is_printed(case: Case) -> None:
    earlier = replace(LOOSER, pass_limit=20.0, who="Dr B", why="A trial.")
    (rule,) = built(case, earlier, LOOSER).site_rules
    assert (rule.who, rule.when, rule.why) == ("Dr A", "2026-11-20 08:00 UTC", "Warm saline.")


def test_H_52_the_first_page_says_that_site_rules_are_in_force(case: Case) -> None:
    count = len(shipped_rule_set().rules)
    said = f"Judged by site rules: 1 of {count} changed, 1 looser."
    model = built(case, LOOSER)
    assert said in model.head_notes
    first = PdfReader(io.BytesIO(render_pdf(model))).pages[0].extract_text()
    assert said in " ".join(first.replace("\u200b", "").split())
    stricter = built(case, replace(LOOSER, pass_limit=30.0, fail_limit=20.0))
    assert f"Judged by site rules: 1 of {count} changed, none looser." in stricter.head_notes
    assert not any("site rules" in note for note in case.build().head_notes)


def test_columns_of_changed_rules_do_not_run_into_each_other(case: Case) -> None:
    """Each column begins at least 20 mm right of the one before it, also where sources are long."""
    long = replace(LOOSER, source="Standard operating procedure 12 of the department, 3rd edition, " * 3)
    other = replace(long, rule_id="target-nerve-neurapraxia", pass_limit=0.0, fail_limit=None)
    pdf = PdfReader(io.BytesIO(render_pdf(built(case, long, other))))
    page = next(page for page in pdf.pages if "Rules changed by the site" in page.extract_text())
    at: dict[str, float] = {}

    def seen(text: str, cm: list[float], tm: list[float], *_font: object) -> None:
        for word in WORDS:
            if text.strip().startswith(word):
                at[word] = tm[4] * cm[0] + cm[4]

    page.extract_text(visitor_text=seen)
    left_mm = [at[word] * 25.4 / 72 for word in WORDS]
    assert all(after - before >= 20.0 for before, after in pairwise(left_mm))
    assert "Warm saline." in page.extract_text()
