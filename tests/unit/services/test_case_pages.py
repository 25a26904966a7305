"""Does the paper say what the case holds? Pages are read back with another library and compared with the records."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from pypdf import PdfReader

from planner.domain.case_print import ALL_PARTS, CasePages, CaseParts
from planner.domain.digest import canonical_json
from planner.domain.errors import ReportRefused
from planner.domain.intake import ItemKind
from planner.domain.procedure import ScanDose, ScanPurpose
from planner.persistence.intake_template import shipped_intake_template
from planner.report.labels import LABELS
from planner.services import case_pages
from planner.services.case_printing import CasePaper, case_pdf
from tests.unit.report import cases

TODAY = "2026-11-23"
PAPER = CasePaper("2026-11-23T09:30:00Z")


@pytest.fixture(autouse=True)
def shipped_questions(monkeypatch):
    """Whatever the user of this machine has set, the shipped questions are asked."""
    monkeypatch.setattr(case_pages, "intake_template", shipped_intake_template)


def words(pdf: bytes) -> str:
    """All text of the PDF, white space squeezed, without the marks at which a word may break."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u200b", "").replace("\u00a0", " ").split())


@cache
def printed(case, parts=ALL_PARTS, on=PAPER):
    return case_pdf(CasePages(case, TODAY, parts), on)


@pytest.fixture
def full():
    return cases.full_case()


def test_every_answer_is_on_the_intake_page_with_who_and_when(full):
    text = words(printed(full, CaseParts(procedure=False, follow_up=False)))
    for answer in full.intake.answers:
        in_words = answer.kind in (ItemKind.TEXT, ItemKind.SCORES)  # they have no yes and no no
        at = text.index(f"{answer.question} {'answered' if in_words else answer.answer.value}")
        row = text[at:]
        assert row.index("Dr. Vogt 2026-11-23 09:30 UTC") < 1200
        assert " ".join(answer.text.split()) in row
    for figure in ("Pain, average, 0 to 10: 7 ", "Pain, worst, 0 to 10: 9.5 ", "Oswestry 42.25", "equivalent: 30 mg"):
        assert figure in text
    assert "Day: 2026-01-14 Agent: bupivacaine 0.5 % Relief: 80 % Lasted: 6 h" in text


def test_what_is_missing_is_named_and_nothing_is_answered_for_anybody(full):
    asked = [item for item in shipped_intake_template().items if not item.only_for or "intercostal" in item.only_for]
    answered = {answer.item_id for answer in full.intake.answers}
    missing = [item.question for item in asked if item.id not in answered]
    text = words(printed(full, CaseParts(procedure=False, follow_up=False)))
    assert f"{len(asked) - len(missing)} of {len(asked)} answered" in text
    tight = text.replace(" ", "")  # a line may end behind a hyphen
    assert f"{len(missing)} open, marked in the table." in text
    for question in missing:  # each once, in its row
        assert f"{question} open".replace(" ", "") in tight
        assert tight.count(question.replace(" ", "")) == 1


def test_what_stands_out_and_is_open_is_named_above_the_table(full):
    adrenal = replace(full, plans=(replace(full.plans[0], atlas_ids=("adrenal",)),))
    text = words(printed(adrenal, CaseParts(procedure=False, follow_up=False)))
    assert "To settle first: Anaesthesia alerted to a hypertensive crisis?" in text


def test_a_case_without_a_block_is_not_ready_and_one_with_it_is(full):
    assert "NOT READY" in words(printed(cases.empty_case()))
    before = replace(full, procedures=(), follow_ups=())
    assert "NOT READY" not in words(printed(before))
    assert "READY · 14 of 21 not answered" in words(printed(before))


def test_after_the_procedure_the_state_is_about_what_comes_next(full):
    """The last of five intervals, 365 days after 2026-02-02, is to come; 90 and 180 have passed unrecorded."""
    text = words(printed(full))
    assert "FOLLOW-UP OVERDUE" in text
    assert "READY" not in text


def test_sources_named_on_the_pages_are_explained_at_their_end(full):
    text = words(printed(full))
    assert "SEED: Reid O." in text
    assert "ILFELD2023: Ilfeld BM" in text


def test_phases_are_printed_with_the_times_of_the_record(full):
    text = words(printed(full, CaseParts(intake=False, follow_up=False)))
    assert "1 freeze 2:00 2:12 +0:12 10:00:00 10:02:12 extended by +0:12" in text
    assert "2 passive thaw 1:00 0:50 −0:10 10:02:12 10:03:02" in text
    assert "3 freeze 2:00 2:00 0:00 10:03:02 10:05:02 pneumothorax seen" in text
    assert "Freezing in all 4:00 4:12 +0:12" in text


def test_probes_stand_side_by_side_with_distances_worked_out_by_hand(full):
    """P1 lies 3 mm to the left and 4 mm to the back of its plan, which is 5 mm; its shaft is 2.5 mm longer."""
    text = words(printed(full, CaseParts(intake=False, follow_up=False)))
    planned, used = full.procedures[0].planned.probes[0], full.procedures[0].probes[0]
    off = [b - a for a, b in zip(planned.tip_lps_mm, used.tip_lps_mm, strict=True)]
    axis = [b - a for a, b in zip(planned.entry_lps_mm, planned.tip_lps_mm, strict=True)]
    length = sum(one * one for one in axis) ** 0.5
    along = sum(a * b for a, b in zip(off, axis, strict=True)) / length
    lateral = (25.0 - along**2) ** 0.5
    row = re.search(r"R 68\.0 · P 287\.0 · F 577\.0 mm .*?5\.0 mm (\d+\.\d) mm \+2\.5 mm", text)
    assert row is not None
    assert float(row[1]) == pytest.approx(lateral, abs=0.0501)
    assert "R 94.0 · P 258.0 · F 579.0 mm" in text
    assert "R 91.0 · P 262.0 · F 579.0 mm" in text
    assert "In the procedure CT’s coordinates; not compared." in text


def test_the_rest_of_the_record_is_on_the_page(full):
    text = words(printed(full, CaseParts(intake=False, follow_up=False)))
    for said in (
        "saline 62.5 mL pleura yes lifted 9 mm",
        "CO₂ 40 mL bowel",
        "rib margin thermocouple 2 −12.5 °C 10:04:00",
        "T8 motor branch stimulation 2 Hz 1.25 mA 09:58:00 twitch gone",
        "planning 1 310.5 mGy cm",
        "monitoring 4 —",
        "together 13 832.75 mGy cm, 1 not noted",
        "small pneumothorax CIRSE 2017 1",
        "2026-02-02 watched, no drain",
        "Ice: longest axis 32.4 mm 31.0 mm −1.4 mm",
        "Ice: shortest axis 21.0 mm 22.5 mm +1.5 mm",
        "series 7, 2026-02-02 10:05 UTC",
        "propofol by anaesthesia",
        "10:04:30 patient coughed",
        "Dr. Kältemann, 2026-02-02 11:00 UTC",
        "Breath held at each scan.",
    ):
        assert said in text, said


def test_a_dissection_of_which_no_scan_was_noted_says_neither_yes_nor_no(full):
    said = replace(full.procedures[0].dissections[0], is_scanned_after=None)
    case = replace(full, procedures=(replace(full.procedures[0], dissections=(said,)),))
    assert "saline 62.5 mL pleura — lifted 9 mm" in words(printed(case, CaseParts(intake=False, follow_up=False)))


def test_complications_are_listed_denied_by_name_or_not_recorded(full):
    def told(**changes):
        procedure = replace(full.procedures[0], complications=(), **changes)
        return words(printed(replace(full, procedures=(procedure,)), CaseParts(intake=False, follow_up=False)))

    assert "None, stated by Dr. Kältemann." in told(no_complication_by="Dr. Kältemann")
    assert "neither that there was a complication nor that there was none" in told()


def test_every_follow_up_is_read_back(full):
    text = words(printed(full, CaseParts(intake=False, procedure=False)))
    for one in full.follow_ups:
        at = text.index(one.day)
        scores = one.scores
        row = f"{scores.average_nrs:g} {scores.worst_nrs:g} Oswestry {scores.function_score:g} "
        assert row + f"{scores.opioid_mg_per_day:g} mg" in text
        assert f"{one.relief_percent:g} %" in text[at - 200 : at + 400]
        assert one.note in text
    assert "neuritis yes (burning at night) · weakness no · Horner's syndrome not applicable" in text
    assert "skin injury yes" not in text  # it was not asked
    assert "skin injury no" not in text


def test_the_goal_is_half_of_the_baseline_and_days_count_from_the_procedure(full):
    text = words(printed(full, CaseParts(intake=False, procedure=False)))
    assert "average pain at most 3.5" in text
    halves = [one.scores.average_nrs <= 7.0 / 2 for one in full.follow_ups]
    assert (text.count("goal reached "), text.count("goal not reached ")) == (sum(halves), len(halves) - sum(halves))
    last = full.follow_ups[-1]
    assert f"day {(date.fromisoformat(last.day) - date(2026, 2, 2)).days} {last.day}" in text


def test_the_course_is_a_picture_with_all_its_figures_in_words(full):
    (picture,) = case_pages.course_pictures(CasePages(full, TODAY))
    for one in full.follow_ups:
        assert f"average pain {one.scores.average_nrs:g}, worst pain {one.scores.worst_nrs:g}" in picture.alt
    assert b"<svg" in picture.svg
    assert case_pages.course_pictures(CasePages(cases.empty_case(), TODAY)) == ()
    assert case_pages.course_pictures(CasePages(full, TODAY, CaseParts(follow_up=False))) == ()


def test_H_50_the_case_travels_byte_for_byte(full):
    (data,) = PdfReader(io.BytesIO(printed(full))).attachments["case.json"]
    assert data == canonical_json(full)
    assert json.loads(data)["pseudonym"] == full.pseudonym


def test_H_50_equal_input_gives_equal_bytes(full):
    assert printed(full) == case_pdf(CasePages(full, TODAY), PAPER)


def test_every_page_says_what_it_is_for_and_of_which_case(full):
    pages = PdfReader(io.BytesIO(printed(full))).pages
    for number, page in enumerate(pages, start=1):
        text = " ".join(page.extract_text().split())
        assert "For research and training, not for clinical use" in text
        assert f"Page {number} of {len(pages)}" in text
        assert full.pseudonym in text
        assert re.search(r"Frostline \d+\.\d+\.\d+, build [0-9a-f]{8}", text)


@pytest.mark.parametrize(("kind", "mark"), [("practice", "TRAINING"), ("demo", "DEMO"), ("patient", "")])
def test_H_20_every_page_of_a_synthetic_patient_is_marked(kind, mark):
    pages = PdfReader(io.BytesIO(printed(cases.full_case(case_kind=kind)))).pages
    assert all((f"{mark}, NO PATIENT" in page.extract_text()) == bool(mark) for page in pages)
    assert mark or not any("NO PATIENT" in page.extract_text() for page in pages)


def test_H_20_a_case_begun_for_training_stays_marked_without_its_plan():
    case = replace(cases.empty_case(), pseudonym="TRAIN-7K3Q-2M4A")
    assert "TRAINING, NO PATIENT" in words(printed(case))


def test_an_empty_record_has_lines_to_write_on_and_no_word_of_an_answer():
    text = words(printed(cases.empty_case(), CaseParts(form=True)))
    for key in ("case_form", "case_form_hint", "case_form_probe", "case_form_none", "case_sedation", "signature"):
        assert LABELS[key] in text
    assert "CIRSE 2017 1 Solved within the same procedure" in text
    assert not re.search(r"\d+:\d\d (?!UTC)", text.partition(LABELS["case_form_hint"])[2])


def test_the_record_to_fill_by_hand_is_one_page_and_holds_the_plan():
    pages = PdfReader(io.BytesIO(printed(cases.full_case(), CaseParts(False, False, False, form=True)))).pages
    assert len(pages) <= 2  # the head of the case, then the record
    text = " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())
    for planned in cases.planned().probes:
        assert planned.label in text
    assert "R 68.0 · P 287.0 · F 577.0 mm" in text
    assert "freeze 2:00" in text


def test_no_page_at_all_is_refused_in_words(full):
    with pytest.raises(ReportRefused, match="Choose intake"):
        case_pdf(CasePages(full, TODAY, CaseParts(False, False, False)), PAPER)


def test_a_long_case_keeps_everything_on_letter_and_in_german():
    case = cases.full_case(probes=8, follow_ups=10)
    text = words(printed(case, CaseParts(form=True), replace(PAPER, paper="letter", language="de")))
    assert "Für Forschung und Ausbildung, nicht für den klinischen Einsatz" in text
    for one in case.procedures[0].probes:
        assert one.label in text
    for one in case.follow_ups:
        assert one.day in text
        assert one.note in text
    assert " ".join(cases.LONG.split()) in text
    assert "Wo ist der Schmerz? beantwortet" in text
    assert "Ziel erreicht" in text
    assert "goal reached" not in text


@pytest.mark.parametrize(
    "typed",
    [
        '#panic("x") #eval("1+1")',
        "*bold* _it_ $x^2$ `code` @ref <label> // comment",
        "W" * 3900,
        "ألم 0 °C",
        '"}{"title":"x"}',
    ],
)
def test_H_42_what_is_typed_is_text_and_nothing_else(typed):
    full = cases.full_case()
    (procedure,) = full.procedures
    case = replace(
        full,
        problem=typed[:190],
        note=typed,
        intake=full.intake.with_answer(cases.answer("allergies", typed[:160], text=typed), template_name=typed[:100]),
        procedures=(replace(procedure, operator=typed, note=typed, sedation=typed, no_complication_by=""),),
        follow_ups=tuple(replace(one, note=typed, who=typed) for one in full.follow_ups),
    )
    reader = PdfReader(io.BytesIO(case_pdf(CasePages(case, TODAY), PAPER)))
    tight = "".join("".join(page.extract_text().split()) for page in reader.pages).replace("\u200b", "")
    wanted = "".join(typed.split())[:18]
    if typed.isascii():  # what runs to the left is read in another order
        assert tight.count(wanted) >= 5
    assert len(reader.pages) >= 3


def test_a_planned_probe_that_the_record_does_not_name_is_not_said_to_be_unused(full):
    first = full.procedures[0]
    bare = replace(full, procedures=(replace(first, probes=(), scans=()),))
    text = words(printed(bare, CaseParts(intake=False, follow_up=False)))
    assert text.count("whether it was used is not recorded") == len(first.planned.probes)
    assert "not used" not in text


def test_a_purpose_without_a_scan_lacks_no_dose(full):
    first = full.procedures[0]
    scans = (ScanDose(ScanPurpose.PLANNING, 2, 310.5), ScanDose(ScanPurpose.SURVEY, 0))
    text = words(printed(replace(full, procedures=(replace(first, scans=scans),)), CaseParts(intake=False)))
    assert "together 2 310.5 mGy cm" in text
    assert "not noted" not in text


def test_a_model_that_was_not_noted_is_not_taken_for_the_planned_one(full):
    first = full.procedures[0]
    probes = (replace(first.probes[0], model_name=""), *first.probes[1:])
    text = words(printed(replace(full, procedures=(replace(first, probes=probes),)), CaseParts(intake=False)))
    assert f"{first.planned.probes[0].model_name} → —" in text


def test_sources_are_printed_with_the_page_that_names_them_alone():
    assert "Sources" not in words(printed(cases.empty_case()))
    assert "SEED:" not in words(printed(cases.full_case(), CaseParts(follow_up=False)))


def test_after_the_procedure_the_intake_still_tells_of_its_block(full):
    text = words(printed(full, CaseParts(procedure=False, follow_up=False)))
    assert "6 months: overdue since 2026-08-01." in text
    assert "Block recorded: 2026-01-14, bupivacaine 0.5 %, 80 % relief, for 6 h." in text
