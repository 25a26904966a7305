"""Does a plan's report carry the pages of its case where they are wanted, and say on page 1 how far the case is?"""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from planner.domain.case_print import NO_PLAN, CasePages, CaseParts
from planner.domain.digest import canonical_json
from planner.domain.identity import PlanId
from planner.domain.intake import Intake
from planner.domain.target import DiagnosticBlock
from planner.persistence import codec
from planner.persistence.intake_template import shipped_intake_template
from planner.report.labels import LABELS
from planner.report.pdf import render_pdf
from planner.report.translated import translated
from planner.services import case_pages
from planner.services.case_pages import case_files, course_pictures, printed_pages
from tests.unit.report import cases


@pytest.fixture(autouse=True)
def shipped_questions(monkeypatch):
    monkeypatch.setattr(case_pages, "intake_template", shipped_intake_template)


def report_of(case, pages):
    """Return the model and the pictures of a report that carries the pages of a case."""
    printed, fact = printed_pages(pages)
    tables = replace(case.tables, case=printed, case_fact=fact, attached=case_files(pages))
    return case.build(tables=tables), course_pictures(pages)


def pages_of(pdf):
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_page_1_says_how_far_the_case_is_and_the_pages_stand_before_the_appendix(case):
    model, figures = report_of(case, CasePages(cases.full_case(), "2026-11-23"))
    texts = pages_of(render_pdf(model, figures))
    assert "Case FL-7K3Q-2M4 · FOLLOW-UP OVERDUE · 14 questions open" in texts[0]
    starts = [
        next(n for n, text in enumerate(texts) if words in text)
        for words in (
            "7 of 21 answered",
            "Procedure 2026-02-02",
            "Follow-ups recorded",
            "Sources and proof",
        )
    ]
    assert starts == sorted(starts)
    assert len(set(starts[:3])) == 3
    for text in texts:
        assert "For research and training, not for clinical use" in text
        assert "Frostline plan report Plan hash" in text


def test_a_part_that_is_not_wanted_is_not_there_and_neither_is_a_case_that_is_not(case):
    model, figures = report_of(case, CasePages(cases.full_case(), "2026-11-23", CaseParts(procedure=False)))
    text = " ".join(pages_of(render_pdf(model, figures)))
    assert "Procedure 2026-02-02" not in text
    assert "Follow-ups recorded" in text
    plain = " ".join(pages_of(render_pdf(case.build())))
    assert "READY" not in plain
    assert "Follow-ups recorded" not in plain
    assert "case.json" not in PdfReader(io.BytesIO(render_pdf(case.build()))).attachments


def test_the_case_travels_with_its_pages_only_and_not_without_an_identity(case):
    pages = CasePages(cases.full_case(), "2026-11-23")
    attached = PdfReader(io.BytesIO(render_pdf(*report_of(case, pages)))).attachments
    assert attached["case.json"] == [canonical_json(cases.full_case())]
    assert {"plan.json", "assessment.json"} <= set(attached)
    nobodys = replace(pages, parts=CaseParts(is_nobodys=True))
    pdf = render_pdf(*report_of(case, nobodys))
    assert "case.json" not in PdfReader(io.BytesIO(pdf)).attachments
    assert "FL-7K3Q-2M4" not in " ".join(pages_of(pdf))
    assert "Case FOLLOW-UP OVERDUE · 14 questions open" in pages_of(pdf)[0]


def test_sources_of_the_signs_are_cited_with_the_others(case):
    model, _ = report_of(case, CasePages(cases.full_case(), "2026-11-23"))
    assert any(line.startswith("ILFELD2023: ") for line in model.sources)


def test_in_german_it_says_the_same(case):
    model, figures = report_of(case, CasePages(cases.full_case(), "2026-11-23"))
    german, labels = translated(model, LABELS, "de")
    text = " ".join(pages_of(render_pdf(german, figures, labels=labels)))
    assert "FL-7K3Q-2M4 · NACHSORGE ÜBERFÄLLIG · 14 Fragen offen" in text
    assert "Erfasste Nachsorgen" in text
    assert "Post-thoracotomy neuralgia T8" in text


@pytest.mark.parametrize("case", [cases.empty_case(), cases.full_case(probes=8, follow_ups=10)])
def test_what_is_to_be_printed_reaches_another_process_whole(case):
    pages = CasePages(case, "2026-11-23", CaseParts(form=True))
    assert codec.decode(canonical_json(pages), CasePages, where="task") == pages


def test_H_43_whether_the_plan_answers_for_its_block_counts_without_an_identity_too(case):
    """The package's plan has another id: the case's own id of it is told, so that page 1 says the same."""
    plan = replace(
        case.plan, targets=tuple(replace(one, block=DiagnosticBlock("day left out")) for one in case.plan.targets)
    )
    asked = replace(cases.full_case(), intake=Intake(), procedures=(), follow_ups=())
    (kept,) = asked.plans
    pages = CasePages(asked, "2026-11-23", CaseParts(is_nobodys=True), plan_id=kept.plan_id)
    stranger = replace(plan, id=PlanId("another"))
    assert printed_pages(pages, plan=stranger)[0].state == "READY · 21 of 21 not answered"
    assert printed_pages(pages, plan=stranger)[0].reason == ""
    assert printed_pages(replace(pages, plan_id=NO_PLAN), plan=stranger)[0].state == "NOT READY"
