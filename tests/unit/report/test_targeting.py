"""Does the paper say what stood against freezing a target, who answered, and when recovery may come?"""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pypdf
import pytest

from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.target import DiagnosticBlock, Target, TargetBody
from planner.persistence.resources import advice, atlas
from planner.planning.permission import open_findings
from planner.planning.recovery import recovery
from planner.report.pdf import render_pdf
from planner.report.targeting import LAPSED

PLEXUS = Target(
    TargetId("t3"),
    "Superior hypogastric plexus",
    "superior_hypogastric",
    Side.MIDLINE,
    TargetBody((0.0, 240.0, -600.0), (0.0, 0.0, 1.0), 20.0, 8.0),
)


@pytest.fixture
def answered(case):
    """Three targets: a nerve with its block recorded, a ganglion without, a plexus that is only blocked."""
    first, second = case.plan.targets
    first = replace(
        first,
        block=DiagnosticBlock("2026-10-03", "bupivacaine 0.5 %", 80.0, "6 h"),
        end_organ_mm=120.0,
        end_organ_source="measured on MRI",
    )
    plan = replace(case.plan, targets=(first, second, PLEXUS))
    for number, found in enumerate(open_findings(plan, atlas())):
        given = found.accepted(who=f"Dr {'BCD'[number]}", reason=f"reason {number}", when="2026-11-21T09:00:00Z")
        plan = replace(plan, acknowledgements=(*plan.acknowledgements, given))
    rates = case.tables.rules.regrowth_mm_per_day
    estimates = tuple(recovery(target, rates=rates) for target in plan.targets)
    assessment = replace(case.assessment, plan_hash=plan.judged_hash, recoveries=estimates)
    return replace(case, plan=plan, assessment=assessment, tables=replace(case.tables, atlas=atlas()))


def facts(model, number):
    return [(fact.label, fact.text) for fact in model.targets[number].facts]


def test_each_target_prints_its_block_or_who_went_without(answered):
    model = answered.build()
    assert ("Diagnostic block", "2026-10-03, bupivacaine 0.5 %, 80 % relief, for 6 h") in facts(model, 0)
    (without,) = [text for label, text in facts(model, 1) if label == "Diagnostic block"]
    assert without.startswith("No diagnostic block is recorded.")
    assert without.endswith("Accepted by Dr B, 2026-11-21: reason 0")
    (off_label,) = [text for label, text in facts(model, 2) if label == "Off label"]
    assert off_label.startswith("Freezing it is off label.")
    assert off_label.endswith("Accepted by Dr C, 2026-11-21: reason 1")


def test_end_organ_and_recovery_stand_with_their_sources_or_as_not_assessed(answered):
    model = answered.build()
    assert ("End organ", "120.0 mm from the frozen part (measured on MRI)") in facts(model, 0)
    (text,) = [text for label, text in facts(model, 0) if label == "Recovery"]
    assert text.startswith("80 to 211 days (3 to 7 months). 120 mm to the end organ")
    assert "MOTOR2016" in text
    assert any(line.startswith("MOTOR2016: ") for line in model.sources)
    (body,) = [text for label, text in facts(model, 1) if label == "Recovery"]
    assert body.startswith("NOT ASSESSED. A ganglion has no single end organ")


def test_risks_outcomes_and_advice_stand_with_source_and_status(answered):
    tables = replace(answered.tables, advice=advice())
    model = replace(answered, tables=tables).build()
    sheet = model.risks[1]
    assert "Hoarseness; phrenic palsy (R-ANATOMY; unverified)." in sheet.risks
    assert any("about one third of long-COVID patients (SEED)." in text for text in sheet.risks)
    assert any("(LI2024-SGC)" in text for text in sheet.outcomes)
    assert [entry.target for entry in model.risks] == [target.words for target in model.targets]
    assert len(model.advice) == 5
    assert "Neuritis lasts about 6 weeks: counsel and have a drug plan (SEED)." in model.advice
    words = " ".join(" ".join(page.extract_text() for page in _pages(model)).split())
    assert all(text in words for text in model.advice)


def _pages(model):
    return pypdf.PdfReader(io.BytesIO(render_pdf(model))).pages


def test_the_title_words_are_on_the_title_and_in_every_running_head(answered):
    model = answered.build()
    assert model.title_words == ("OFF-LABEL TARGET", "BLOCK NOT RECORDED")
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(model)))
    pages = [page.extract_text() for page in reader.pages]
    for words in model.title_words:
        assert pages[0].count(words) == 1
        assert all(words in page for page in pages)
        assert words in reader.metadata.title
    first = " ".join(pages[0].split())
    assert first.rindex(model.title_words[0]) < first.index(model.title)


def test_a_plan_with_every_block_recorded_has_a_plain_title(case):
    block = DiagnosticBlock("2026-10-03")
    plan = replace(case.plan, targets=tuple(replace(target, block=block) for target in case.plan.targets))
    assessment = replace(case.assessment, plan_hash=plan.judged_hash)
    model = replace(case, plan=plan, assessment=assessment, tables=replace(case.tables, atlas=atlas())).build()
    assert model.title_words == ()
    assert ("Diagnostic block", "2026-10-03, relief not stated") in facts(model, 0)
    assert "NOT RECORDED" not in pypdf.PdfReader(io.BytesIO(render_pdf(model))).pages[0].extract_text()


def test_an_answer_to_another_state_of_the_target_says_that_it_lapsed(answered):
    assert [entry.note for entry in answered.build().acknowledgements] == ["", "", "", ""]
    moved = replace(answered.plan.targets[1], level="C7")
    plan = replace(answered.plan, targets=(answered.plan.targets[0], moved, PLEXUS))
    assessment = replace(answered.assessment, plan_hash=plan.judged_hash)
    model = replace(answered, plan=plan, assessment=assessment).build()
    assert [entry.note for entry in model.acknowledgements] == ["", LAPSED, "", ""]
    (text,) = [text for label, text in facts(model, 1) if label == "Diagnostic block"]
    assert text.endswith("Nobody has accepted this.")


def test_the_attached_files_carry_block_answers_end_organ_and_recovery(answered):
    plan_file, assessment_file = answered.build().attachments
    plan, assessment = json.loads(plan_file.data), json.loads(assessment_file.data)
    assert plan["targets"][0]["block"]["relief_percent"] == 80.0
    assert plan["targets"][0]["end_organ_mm"] == 120.0
    subjects = [(ack["subject_id"], ack["finding_code"]) for ack in plan["acknowledgements"] if ack.get("subject_id")]
    assert subjects == [("t2", "block-not-recorded"), ("t3", "block-only"), ("t3", "block-not-recorded")]
    assert assessment["recoveries"][0]["fastest_days"] == pytest.approx(80.0)
    assert assessment["recoveries"][1]["slowest_days"] is None
