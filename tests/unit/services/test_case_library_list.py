"""Does a list show the cases of its filter, and how far each is? Days are counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.casebook.library import CaseLibrary
from planner.domain.case import Case
from planner.domain.identity import CaseId, ProcedureId
from planner.domain.intake import Answer, Intake, IntakeAnswer, ItemKind
from planner.domain.procedure import Procedure
from planner.domain.target import DiagnosticBlock
from planner.persistence.intake_template import shipped_intake_template
from planner.services.case_library_list import CaseFilter, listed_cases

AT = "2026-03-01T08:00:00Z"
TODAY = "2026-03-20"
BLOCK = IntakeAnswer(
    "block", "Was a block done?", ItemKind.BLOCK, Answer.YES, "Dr A", AT, block=DiagnosticBlock("2026-01-02")
)


@pytest.fixture
def library(tmp_path):
    """Four cases: new, ready, treated on the 10th with a week's follow-up waiting, and archived."""
    kept = CaseLibrary(tmp_path)
    new = Case(CaseId("1" * 32), "FL-NEW", "Neuralgia", AT)
    ready = replace(new, id=CaseId("2" * 32), pseudonym="FL-READY", intake=Intake("site", (BLOCK,)))
    treated = replace(
        ready,
        id=CaseId("3" * 32),
        pseudonym="FL-TREATED",
        procedures=(Procedure(ProcedureId("p"), "2026-03-10"),),
        intervals_days=(7, 42),
    )
    old = replace(treated, id=CaseId("4" * 32), pseudonym="FL-OLD", is_archived=True)
    for number, case in enumerate((new, ready, treated, old)):
        kept.add(case, at=f"2026-03-0{number + 1}T00:00:00Z")
    return kept


def shown(library, which, *, today=TODAY, query=""):
    rows = listed_cases(library, which, today=today, template=shipped_intake_template(), query=query)
    return [row.case.pseudonym for row in rows]


def test_each_filter_shows_its_cases_the_last_edited_first(library):
    assert shown(library, CaseFilter.OPEN) == ["FL-TREATED", "FL-READY", "FL-NEW"]
    assert shown(library, CaseFilter.ALL) == ["FL-OLD", "FL-TREATED", "FL-READY", "FL-NEW"]
    assert shown(library, CaseFilter.ARCHIVED) == ["FL-OLD"]
    assert shown(library, CaseFilter.NOT_READY) == ["FL-NEW"]
    assert shown(library, CaseFilter.DUE) == ["FL-TREATED"]
    assert shown(library, CaseFilter.OPEN, query="ready") == ["FL-READY"]


def test_a_case_is_due_from_the_very_day(library):
    """10 March and seven days is the 17th."""
    assert shown(library, CaseFilter.DUE, today="2026-03-16") == []
    assert shown(library, CaseFilter.DUE, today="2026-03-17") == ["FL-TREATED"]


def test_a_row_tells_the_last_procedure_what_is_next_and_how_much_is_answered(library):
    rows = {
        row.case.pseudonym: row
        for row in listed_cases(library, CaseFilter.ALL, today=TODAY, template=shipped_intake_template())
    }
    treated, new = rows["FL-TREATED"], rows["FL-NEW"]
    assert (treated.last_procedure.day, treated.number, treated.edited_at) == ("2026-03-10", 1, "2026-03-03T00:00:00Z")
    assert (treated.next_due.interval_days, treated.next_due.day) == (7, "2026-03-17")
    assert treated.readiness.answered == 1
    assert (new.last_procedure, new.next_due, new.readiness.answered) == (None, None, 0)
