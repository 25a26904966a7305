"""Does a page without an identity tell nothing that somebody typed? Canaries in every text of a case are looked for."""

from __future__ import annotations

import io
import json
import re
from dataclasses import fields, is_dataclass, replace

import pytest
from pypdf import PdfReader

from planner.domain.case_print import CasePages, CaseParts
from planner.domain.identity import PatientIdentity
from planner.domain.intake import Answer
from planner.persistence.resources import probe_models
from planner.services import case_pages
from planner.services.case_nobody import nobodys_case
from planner.services.case_printing import CasePaper, case_pdf
from tests.unit.report import cases

NOBODYS = CaseParts(form=True, is_nobodys=True)
PAPER = CasePaper("2026-11-23T09:30:00Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
KEPT = {"id", "kind", "item_id", "case_kind", "answer", "frame", "spacer", "purpose", "contact", "sign", "repeat"}
KEPT |= {"recovered", "day", "at", "opened_at", "added_at", "started_at", "ended_at", "finished_at", "amended_at"}
KEPT |= {"probe_id", "model_id", "target_id", "plan_id", "atlas_id", "atlas_ids", "pseudonym", "plan_hash"}


class Canaries:
    """Puts a word of its own in the place of every text that a case holds."""

    def __init__(self) -> None:
        self.count = 0
        self._labels: dict[str, str] = {}

    def planted(self, value, name=""):
        if is_dataclass(value):
            changes = {
                one.name: self.planted(getattr(value, one.name), one.name)
                for one in fields(value)
                if one.name not in KEPT
            }
            return replace(value, **changes)
        if isinstance(value, tuple):
            return tuple(self.planted(one, name) for one in value)
        if type(value) is str and value:
            if name in ("label", "planned_label", "probe_labels"):
                return self._labels.setdefault(value, self._next())
            return self._next()
        return value

    def _next(self) -> str:
        self.count += 1
        return f"CANARY{self.count}X"


@pytest.fixture
def planted():
    canaries = Canaries()
    case = canaries.planted(cases.full_case())
    case = replace(
        case, pseudonym="CANARY-0-X", plans=tuple(replace(one, atlas_ids=("CANARYatlas",)) for one in case.plans)
    )
    assert canaries.count > 60
    return case


def everything(pdf: bytes) -> str:
    """Text, document data, alternative texts and names and bytes of the files of a PDF."""
    reader = PdfReader(io.BytesIO(pdf))
    text = " ".join(page.extract_text() for page in reader.pages)
    told = [text, str(reader.metadata), reader.trailer["/Root"]["/Metadata"].get_data().decode()]
    told += [name + repr(data) for name, data in reader.attachments.items()]
    told += [repr(one.get_object()) for one in (reader.get_object(n) for n in range(1, len(reader.xref[0]) + 1)) if one]
    return "".join(told).replace("\u200b", "")


@pytest.mark.parametrize("language", ["en", "de"])
def test_H_43_no_canary_no_day_and_no_file_is_in_it(planted, language):
    pdf = case_pdf(
        CasePages(planted, "2026-11-23", NOBODYS), replace(PAPER, language=language), identity="CANARY patient"
    )
    told = everything(pdf)
    assert "CANARY" not in told
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert set(DAY.findall(text)) <= {"2026-11-23"}  # when it was printed
    assert not PdfReader(io.BytesIO(pdf)).attachments


def test_H_43_the_same_canaries_are_found_where_names_are_wanted(planted):
    told = everything(case_pdf(CasePages(planted, "2026-11-23"), PAPER, identity=PatientIdentity("CANARYname").label))
    assert len(set(re.findall(r"CANARY\d+X", told))) > 40
    assert "CANARYname" in told


def test_H_43_no_canary_is_in_the_picture_or_its_words(planted):
    (picture,) = case_pages.course_pictures(CasePages(planted, "2026-11-23", NOBODYS))
    assert "CANARY" not in picture.alt + picture.caption + picture.svg.decode()
    assert not DAY.search(picture.alt + picture.svg.decode())


def test_numbers_choices_and_days_as_distances_stay():
    pdf = case_pdf(CasePages(cases.full_case(), "2026-11-23", NOBODYS), PAPER)
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    text = " ".join(text.replace("\u200b", "").replace("\u00a0", " ").split())
    for said in (
        "Day: day −19",
        "Procedure day 0",
        "day +42",
        "5.0 mm",
        "310.5 mGy cm",
        "goal reached",
        "Told of a pneumothorax?",
    ):
        assert said in text, said


def test_whether_a_question_was_answered_stays_and_what_it_asked_is_the_shipped_wording():
    case = cases.full_case()
    told = nobodys_case(case)
    assert [one.answer for one in told.intake.answers] == [one.answer for one in case.intake.answers]
    assert told.intake.answer_to("allergies").answer is Answer.NOT_APPLICABLE
    assert told.intake.answer_to("gone").question.startswith("A question of the site")


def test_a_model_that_was_not_noted_is_no_other_model():
    case = cases.full_case()
    first = case.procedures[0]
    bare = replace(first, probes=(replace(first.probes[0], model_name=""), *first.probes[1:]))
    told = nobodys_case(replace(case, procedures=(bare, *case.procedures[1:])))
    assert told.procedures[0].probes[0].model_name == ""


def test_H_43_a_probe_of_the_sites_own_is_another_model(tmp_path, monkeypatch):
    entry = {
        "id": "canary-17g", "label": "Clinic Canary 17G", "manufacturer": "Its maker", "cryogen": "argon",
        "gauge": "17G", "document": "1 rev. A", "active_tip_mm": 30,
    }  # fmt: skip
    file = tmp_path / "probes.json"
    file.write_text(json.dumps({"schema": 1, "about": "Ours", "probes": [entry]}), encoding="utf-8")
    monkeypatch.setattr("planner.persistence.site_probes.site_probes_file", lambda: file)
    probe_models.cache_clear()
    try:
        assert "Clinic Canary 17G" in {model.label for model in probe_models()}
        case = cases.full_case()
        first = case.procedures[0]
        own = replace(first, probes=(replace(first.probes[0], model_name="Clinic Canary 17G"),))
        told = nobodys_case(replace(case, procedures=(own,)))
        assert told.procedures[0].probes[0].model_name == "Another model"
    finally:
        probe_models.cache_clear()
