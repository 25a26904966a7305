"""Does every case that work can lead to come on paper, with its numbers, in both languages and without an identity?"""

from __future__ import annotations

import io
import os
import random
import re

import pytest
from pypdf import PdfReader

from planner.domain.case_print import CasePages, CaseParts
from planner.persistence.intake_template import shipped_intake_template
from planner.services import case_pages
from planner.services.case_printing import CasePaper, case_pdf
from planner.services.casework import OpenCase
from tests.random_case_edits import AT, WORDS, CaseHand, MemoryKeeper, new_case

CASES = int(os.environ.get("FROSTLINE_PRINTED_CASES", "6"))
TYPED = tuple(word for word in WORDS if word.strip() and word.isascii() and "\0" not in word and "\n" not in word)


@pytest.fixture(autouse=True)
def shipped_questions(monkeypatch):
    monkeypatch.setattr(case_pages, "intake_template", shipped_intake_template)


def worked_on(seed: int):
    """Return a case after 40 random edits."""
    case = new_case(seed)
    hand = CaseHand(OpenCase(MemoryKeeper(case), case.id), random.Random(seed))
    for _ in range(40):
        hand.act()
    return hand.opened.case


def tight(pdf: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join(text.replace("\u200b", "").split())


def entered(value: float) -> str:
    """Return a number to its last digit, by another way than the page's."""
    return repr(float(value)).removesuffix(".0").replace("-", "−")


@pytest.mark.parametrize("seed", range(CASES))
def test_whatever_was_recorded_is_on_the_page(seed):
    case = worked_on(seed)
    for language in ("en", "de"):
        on = CasePaper(AT, paper="letter" if seed % 2 else "a4", language=language)
        text = tight(case_pdf(CasePages(case, "2026-11-23", CaseParts(form=bool(seed % 2))), on))
        assert case.pseudonym in text
        for procedure in case.procedures:
            assert procedure.day in text
            for one in procedure.dissections:
                assert f"{entered(one.volume_ml)}mL" in text
            for one in procedure.temperatures:
                assert f"{entered(one.temperature_c)}°C" in text
            for one in procedure.scans:
                if one.dlp_mgy_cm is not None:
                    assert f"{entered(one.dlp_mgy_cm)}mGycm" in text
        for one in case.follow_ups:
            assert one.day in text
            if one.relief_percent is not None:
                assert f"{entered(one.relief_percent)}%" in text


@pytest.mark.parametrize("seed", range(CASES))
def test_H_43_of_nobody_nothing_typed_and_no_day_is_told(seed):
    case = worked_on(seed)
    text = tight(case_pdf(CasePages(case, "2026-11-23", CaseParts(is_nobodys=True)), CasePaper(AT)))
    assert case.pseudonym not in text
    for word in TYPED:
        assert "".join(word.split())[:40] not in text
    assert set(re.findall(r"\d{4}-\d\d-\d\d", text)) <= {AT[:10]}
