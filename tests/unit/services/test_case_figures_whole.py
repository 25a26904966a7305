"""Does a figure ever stand on two lines of a case's page? Read back from the PDF, with every break in it."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader

from planner.domain.case import Case
from planner.domain.case_print import CasePages
from planner.domain.identity import CaseId, PlanId, ProbeId, ProcedureId, Sha256
from planner.domain.procedure import PlannedProbe, PlannedProcedure, Procedure, UsedProbe
from planner.services.case_printing import CasePaper, case_pdf

AT, DAY = "2026-03-01T08:00:00Z", "2026-03-02"


def test_a_depth_and_the_other_one_are_printed_in_one_piece_each_in_german_too():
    """Entry to tip √(3² + 66²) = 66.068 mm, 65 mm were read: both stand in a narrow column."""
    entry, tip = (-60.0, 200.0, -570.0), (-60.0, 260.0, -570.0)
    planned = PlannedProbe(ProbeId("p"), "P1", "m", "Probe A", tip, entry, 60.0, ())
    plan = PlannedProcedure(PlanId("plan"), "T8", Sha256("a" * 64), "Two cycles", (planned,), (), ())
    used = UsedProbe("P1", "Probe A", "P1", (-57.0, 266.0, -570.0), entry, 65.0)
    record = Procedure(ProcedureId("r"), DAY, planned=plan, probes=(used,))
    case = Case(CaseId("c" * 32), "FL-TEST-001", problem="Pain", opened_at=AT, procedures=(record,))
    for language in ("en", "de"):
        pdf = case_pdf(CasePages(case, DAY), CasePaper(AT, language=language))
        words = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\xa0", " ")
        assert "65.0 mm" in words
        assert "66.1 mm" in words
        assert not re.search(r"\d\.[\u200b\s]+\d", words)
