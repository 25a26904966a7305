"""How does a case become a PDF of its own? Its pages and its course as a picture, on paper, in a language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.casebook.identities import NOBODY
from planner.domain.case_print import CasePages
from planner.domain.errors import InputRefused
from planner.persistence.build_id import version_words
from planner.persistence.leaving import leaving_into, put_in_place
from planner.services.case_pages import alone, course_pictures
from planner.services.picture_words import say_in

if TYPE_CHECKING:
    from pathlib import Path

    from planner.casebook.library import CaseLibrary
    from planner.domain.identity import CaseId, PlanId


@dataclass(frozen=True, slots=True)
class CasePaper:
    """On what it is printed: a key of :data:`planner.report.pdf.PAPERS`, a language of the reports, and when (UTC)."""

    made_at: str
    paper: str = "a4"
    language: str = "en"


def case_pdf(pages: CasePages, on: CasePaper, *, identity: str = "") -> bytes:
    """Return a case as a PDF with the case as a file in it; ``identity`` is who the patient is, empty leaves it out.

    Raises
    ------
    ReportRefused
        When no page of it is wanted, or the page cannot be set.
    """
    from planner.report.labels import LABELS
    from planner.report.pdf import render_pdf
    from planner.report.translated import translated, translated_figures

    model = alone(pages, made_at=on.made_at, version=version_words(), identity=identity)
    model, labels = translated(model, LABELS, on.language)
    pictures = translated_figures(course_pictures(pages, say=say_in(on.language)), on.language)
    return render_pdf(model, pictures, labels=labels, paper=on.paper)


def print_case(pages: CasePages, path: Path, on: CasePaper, *, identity: str = "") -> None:
    """Write a case as a PDF, in place of what has its name; raises as :func:`case_pdf`, or when the disk is full."""
    data = case_pdf(pages, on, identity=identity)
    with leaving_into(path.parent, what="The case") as staging:
        (staging / path.name).write_bytes(data)
        put_in_place(staging / path.name, path)


def pages_of_plan(library: CaseLibrary, plan_id: PlanId, *, today: str) -> CasePages | None:
    """Return the pages of the case that a plan is in; None when it is in none.

    Raises
    ------
    InputRefused
        When it is in several cases: which one is to be printed is nobody's guess.
    """
    cases = [library.read(case_id)[0] for case_id in library.cases_of_plan(plan_id)]
    if len(cases) > 1:
        names = ", ".join(case.pseudonym for case in cases)
        raise InputRefused(f"The plan is in {len(cases)} cases: {names}. Choose one, or none.", code="case-several")
    return CasePages(cases[0], today) if cases else None


def identity_of(library: CaseLibrary, case_id: CaseId) -> str:
    """Return who the patient is, as it stands on paper; empty when the library does not know."""
    identity = library.identities.get(case_id)
    return "" if identity == NOBODY else identity.label
