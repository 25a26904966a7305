"""Is every word of a case's pages said in German? Whatever the pages say of cases full, empty and in between."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from planner.domain.case_print import CasePages, CaseParts
from planner.domain.follow_up import Recovered
from planner.domain.identity import FollowUpId
from planner.domain.intake import Answer, Intake, ItemKind, Scores
from planner.domain.target import DiagnosticBlock
from planner.persistence.follow_up_table import follow_up_rules
from planner.persistence.gradings import gradings
from planner.persistence.intake_template import shipped_intake_template
from planner.report.case_procedure import printed_gradings
from planner.report.catalogue import NUMBER, catalogue
from planner.report.translated import translated_by
from planner.services import case_pages
from planner.services.case_pages import alone, course_pictures, printed_pages
from planner.services.picture_words import say_in
from tests.unit.report import cases

ITS_OWN = {"A question of an earlier list?", "series 6", "Two cycles 2-1-2"}
"""Words of the site in places where the program's stand, too: they stay as they are."""


@pytest.fixture(autouse=True)
def shipped_questions(monkeypatch):
    monkeypatch.setattr(case_pages, "intake_template", shipped_intake_template)


def many_cases():
    full = cases.full_case(probes=8, follow_ups=10)
    (procedure,) = full.procedures
    nothing = {
        "complications": (),
        "ice": None,
        "finished_at": "",
        "finished_by": "",
        "amended_at": "",
        "amended_by": "",
    }
    running = replace(procedure.phases[-1], ended_at="")
    yield full
    yield cases.empty_case()
    yield replace(full, procedures=())
    yield replace(full, procedures=(replace(procedure, **nothing, is_technical_success=None),))
    yield replace(full, procedures=(replace(procedure, **nothing, no_complication_by="Dr X", planned=None),))
    yield replace(
        full, procedures=(replace(procedure, probes=procedure.probes[:1], phases=(*procedure.phases[:-1], running)),)
    )
    second = replace(procedure, id="r" * 32, day="2026-06-20")
    yield replace(full, procedures=(procedure, second))
    yield replace(full, procedures=(replace(procedure, planned=replace(procedure.planned, targets=())),))
    yield replace(full, follow_ups=(replace(full.follow_ups[0], day="2026-02-02", interval_days=None, scores=None),))
    for average in (7.0, 9.0):
        yield replace(full, follow_ups=(replace(full.follow_ups[0], scores=Scores(average, 10.0)),))
    healed = replace(
        full.follow_ups[0], id=FollowUpId("g"), day="2026-05-20", interval_days=None, recovered=Recovered.FULLY
    )
    for day in ("2026-02-20", "2026-05-20", "2026-12-20"):
        yield replace(full, follow_ups=(replace(healed, day=day), replace(full.follow_ups[0], recovered=None)))
    for block in (
        cases.answer(
            "block",
            "Was a diagnostic block done?",
            Answer.NO,
            "Cancer pain; agreed with the patient",
            kind=ItemKind.BLOCK,
        ),
        cases.answer("block", "Was a diagnostic block done?", kind=ItemKind.BLOCK, block=DiagnosticBlock("2026-01-14")),
        cases.answer(
            "block",
            "Was a diagnostic block done?",
            kind=ItemKind.BLOCK,
            block=DiagnosticBlock("2026-01-14", lasted="2 h"),
        ),
    ):
        yield replace(full, intake=Intake("", (block,)))


def test_every_word_of_the_pages_has_its_german_and_keeps_its_numbers():
    german = catalogue("de")
    german.missing.clear()
    for case in many_cases():
        for parts in (CaseParts(form=True), CaseParts(is_nobodys=True)):
            for today in ("2026-02-02", "2026-02-10", "2026-03-20", "2027-03-01"):
                pages = CasePages(case, today, parts)
                translated_by(german, alone(pages, made_at=cases.AT, version="0.1.0"))
                told = [printed_pages(pages)[1].text]
                told += [words for one in course_pictures(pages) for words in (one.caption, one.alt)]
                for english in told:
                    assert sorted(re.findall(NUMBER, german.text(english))) == sorted(re.findall(NUMBER, english))
    assert sorted(german.missing - ITS_OWN) == []


def test_every_question_grade_and_sign_has_its_german():
    german = catalogue("de")
    german.missing.clear()
    for section in shipped_intake_template().sections:
        german.text(section.title)
    for item in shipped_intake_template().items:
        german.text(item.question)
    for grade in (grade for grading in printed_gradings() for grade in grading.grades):
        german.text(grade.text)
    assert len(printed_gradings()) == len(gradings())
    for note in follow_up_rules().signs:
        german.text(note.sign.value)
        german.text(note.text)
    assert sorted(german.missing) == []


def test_every_word_inside_the_course_is_said_in_german():
    german = say_in("de")
    (english,) = course_pictures(CasePages(cases.full_case(), "2026-11-23"))
    (other,) = course_pictures(CasePages(cases.full_case(), "2026-11-23"), say=german)
    text = re.compile(r"<text[^>]*>([^<]*)</text>")
    before, after = text.findall(english.svg.decode()), text.findall(other.svg.decode())
    assert len(before) == len(after) > 10
    for one, said in zip(before, after, strict=True):
        assert one != said or not re.search(r"[a-z]{2}", one), one


def test_typed_words_are_never_translated():
    case = cases.full_case()
    typed = replace(case, note="Skin", problem="Skin")
    german = translated_by(catalogue("de"), alone(CasePages(typed, "2026-11-23"), made_at=cases.AT, version="0.1.0"))
    assert catalogue("de").text("Skin") == "Haut"
    assert german.case.problem == german.title == "Skin"
    assert [fact.text for fact in german.case.facts if fact.label == "Notizen"] == ["Skin"]
    assert german.case.pseudonym == case.pseudonym


def test_the_state_of_a_case_is_said_in_german():
    full = cases.full_case()
    for case, today, said in (
        (cases.empty_case(), "2026-11-23", "NICHT BEREIT"),
        (replace(full, procedures=(), follow_ups=()), "2026-11-23", "BEREIT · 14 von 21 nicht beantwortet"),
        (full, "2026-11-23", "NACHSORGE ÜBERFÄLLIG"),
    ):
        german = translated_by(catalogue("de"), alone(CasePages(case, today), made_at=cases.AT, version="0.1.0"))
        assert german.case.state == said
