"""Is the paper true? The PDF is read back with another library and compared with the plan."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pypdf import PdfReader

from planner.domain.datum import Datum, Status
from planner.domain.digest import canonical_json, short_hash, to_plain
from planner.domain.errors import ReportRefused
from planner.domain.geometry import point
from planner.domain.identity import PatientIdentity
from planner.report.figure import ReportFigure
from planner.report.pdf import render_pdf

if TYPE_CHECKING:
    from conftest import Case

    from planner.domain.probe import ProbePlacement

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#456"/></svg>'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63706838000002"
    "8401812697a72b0000000049454e44ae426082"
)
FIGURES = (ReportFigure(SVG, "Axial through the target."), ReportFigure(PNG, "3-D from behind."))
LETTERS = {"L": 1, "R": -1, "P": 1, "A": -1, "H": 1, "F": -1}


def words(pdf: bytes) -> str:
    """All text of the PDF, white space squeezed."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def probe_rows(pdf: bytes) -> dict[str, tuple[str, ...]]:
    """Cells of the probes table by label, letters and numbers apart."""
    number = r"([LRPAHF]) (\d+\.\d) · ([LRPAHF]) (\d+\.\d) · ([LRPAHF]) (\d+\.\d) mm"
    angles = r"(\d+\.\d)°(?: ([LRAP]))? (\d+\.\d)°(?: (head|feet))?"
    row = re.compile(rf"(P\d) {number} {number} (\d+\.\d) mm {angles} ([HF]) (\d+\.\d) mm (−?)(\d+\.\d) mm")
    return {match[1]: match.groups() for match in row.finditer(words(pdf))}


def expect_probe(found: tuple[str, ...], probe: ProbePlacement) -> None:
    """Compare one row with the plan: half of the last printed digit may differ."""
    tolerance = 0.0501
    printed = [LETTERS[found[n]] * float(found[n + 1]) for n in range(1, 13, 2)]
    assert printed == pytest.approx([*probe.entry_lps_mm, *probe.tip_lps_mm], abs=tolerance)
    assert float(found[13]) == pytest.approx(probe.depth_mm, abs=tolerance)
    hub = np.subtract(probe.entry_lps_mm, probe.tip_lps_mm)
    # Prone: straight above is the back, so that a hub in front of the tip reads more than 90°.
    assert float(found[14]) == pytest.approx(np.degrees(np.arctan2(abs(hub[0]), hub[1])), abs=tolerance)
    assert found[15] == (None if found[14] in ("0.0", "180.0") else "L" if hub[0] > 0 else "R")
    assert float(found[16]) == pytest.approx(np.degrees(np.arcsin(abs(hub[2]) / np.linalg.norm(hub))), abs=tolerance)
    assert found[17] == (None if found[16] == "0.0" else "head" if hub[2] > 0 else "feet")
    assert LETTERS[found[18]] * float(found[19]) == pytest.approx(probe.entry_lps_mm[2], abs=tolerance)
    scanner_mm = float(found[21]) * (-1 if found[20] else 1)
    assert scanner_mm == pytest.approx(3.5 - probe.entry_lps_mm[2], abs=tolerance)


def test_H_50_probes_read_back_equal_the_plan(case: Case) -> None:
    rows = probe_rows(render_pdf(case.build(), FIGURES))
    for probe in case.plan.probes:
        expect_probe(rows[probe.label], probe)


def test_H_50_probes_of_20_random_plans_read_back_equal(case: Case) -> None:
    random = np.random.default_rng(50)
    for _ in range(20):
        probes = tuple(
            replace(probe, entry_lps_mm=point(entry), tip_lps_mm=point(entry + random.uniform(-90, 90, 3)))
            for probe, entry in zip(case.plan.probes, random.uniform(-700, 700, (2, 3)), strict=True)
        )
        rows = probe_rows(render_pdf(case.with_plan(probes=probes).build()))
        for probe in probes:
            expect_probe(rows[probe.label], probe)


def test_H_50_every_check_reads_back_with_number_limit_and_verdict(case: Case) -> None:
    text = words(render_pdf(case.build(), FIGURES))
    for check in case.assessment.checks:
        line = re.search(
            rf"{re.escape(f'{check.subject_name}, {check.quantity}')} (.{{0,200}}?){check.verdict.value}", text
        )
        assert line is not None, check
        if check.value is None:
            assert check.reason in line[1]
            assert "—" in line[1]
            continue
        value = re.search(r"(−?)(\d+\.?\d*) (mm|°C)", line[1].replace(check.reason, ""))
        assert value is not None
        assert float(f"{value[1].replace('−', '-')}{value[2]}") == pytest.approx(check.value, abs=0.501)
        assert check.limit in line[1]


def leaves(value: object) -> list[str]:
    """Every string inside a JSON value."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [leaf for part in parts for leaf in leaves(part)]


def test_H_50_everything_in_the_model_is_on_the_page(case: Case) -> None:
    model = to_plain(case.with_plan(case_kind="practice").build())
    text = words(render_pdf(case.with_plan(case_kind="practice").build(), FIGURES)).replace(" ", "")
    del model["attachments"], model["made_at"]  # one is data, the other printed as "2026-11-22 11:48 UTC"
    for structure in model["structures"]:
        del structure["swatch"]  # a drawn line
    assert "2026-11-2211:48UTC" in text
    assert not [leaf for leaf in leaves(model) if "".join(leaf.split()) not in text]


def test_every_page_carries_hash_disclaimer_version_and_number(case: Case) -> None:
    pages = PdfReader(io.BytesIO(render_pdf(case.build(), FIGURES))).pages
    for number, page in enumerate(pages, start=1):
        text = " ".join(page.extract_text().split())
        assert short_hash(case.plan.hash) in text
        assert "For research and training, not for clinical use" in text
        assert f"Page {number} of {len(pages)}" in text
        assert "Frostline 0.1.0" in text


def test_H_20_every_page_of_a_case_that_is_no_patient_is_marked(case: Case) -> None:
    pdf = render_pdf(case.with_plan(case_kind="practice").build(), FIGURES)
    assert all("TRAINING" in page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "TRAINING" not in words(render_pdf(case.build(), FIGURES))


def test_the_attachments_are_the_canonical_bytes(case: Case) -> None:
    attached = PdfReader(io.BytesIO(render_pdf(case.build()))).attachments
    assert attached["plan.json"] == [canonical_json(case.plan)]
    assert attached["assessment.json"] == [canonical_json(case.assessment)]


def test_H_50_equal_input_gives_equal_bytes(case: Case) -> None:
    assert render_pdf(case.build(), FIGURES) == render_pdf(case.build(), FIGURES)


def test_the_pdf_is_tagged_and_says_which_standard_it_keeps(case: Case) -> None:
    reader = PdfReader(io.BytesIO(render_pdf(case.build(), FIGURES)))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    metadata = catalogue["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")',
        "*bold* _it_ $x^2$ `code` @ref <label> // comment",
        '#eval("1+1") #read("/etc/passwd")',
        "\\u{48} \\\\srv\\share =cmd|' /C calc'!A0",
        '"}{"title":"other"}',
        "<script>alert(1)</script>&amp;",
    ],
)
def test_H_42_text_of_the_scan_is_printed_not_run(case: Case, name: str) -> None:
    pdf = render_pdf(case.build(identity=PatientIdentity(patient_id=name)))
    assert name.replace(" ", "") in words(pdf).replace(" ", "")


def test_control_and_direction_characters_do_not_reach_the_page(case: Case) -> None:
    pdf = render_pdf(case.build(identity=PatientIdentity(patient_id="A\x00B\x1b[31mC\u202eD\ufeffE\nF")))
    assert "A B [31mC D E F" in words(pdf)


def test_a_word_of_absurd_length_stays_on_the_page(case: Case) -> None:
    reader = PdfReader(io.BytesIO(render_pdf(case.build(identity=PatientIdentity(patient_id="W" * 400)))))
    assert "".join(reader.pages[0].extract_text().split()).count("W") >= 400


@pytest.mark.parametrize("name", ["Łukasz Ørsted-Ñandú", "Дмитрий", "Ελένη", "山田 太郎", "안녕", "שלום", "مريم", "🦴"])
def test_names_in_any_script_give_a_report(case: Case, name: str) -> None:
    assert render_pdf(case.build(identity=PatientIdentity(patient_id=name))).startswith(b"%PDF-")


def test_H_43_file_facts_hold_no_identity(case: Case) -> None:
    reader = PdfReader(io.BytesIO(render_pdf(case.build())))
    facts = f"{reader.metadata} {reader.trailer['/Root']['/Metadata'].get_data().decode()}"
    assert "Doe" not in facts
    assert "4711" not in facts


def test_H_28_the_word_of_false_comfort_is_nowhere(case: Case) -> None:
    assert "safe" not in words(render_pdf(case.build(), FIGURES)).lower()


def test_a_picture_of_another_kind_is_refused(case: Case) -> None:
    with pytest.raises(ReportRefused, match="Figure 1"):
        render_pdf(case.build(), (ReportFigure(b"GIF89a", "No."),))


def test_a_plan_of_many_probes_and_checks_runs_over_pages(case: Case) -> None:
    checks = tuple(replace(case.assessment.checks[n % 6], subject_name=f"Structure {n}") for n in range(90))
    crowded = replace(case, assessment=replace(case.assessment, checks=checks))
    text = words(render_pdf(crowded.build(), FIGURES))
    assert all(f"Structure {n}, " in text for n in range(90))


def test_the_origin_of_every_surface_temperature_is_printed(case: Case) -> None:
    one, other = case.tables.models
    recalled = replace(case.tables, models=(one, replace(other, gauge="17G (unverified)")))
    printed = words(render_pdf(case.build(tables=recalled), FIGURES))
    assert "17G (unverified), Example" in printed
    assert "Surface −120 °C, a project default." in printed
    assert "Surface −110 °C, unverified." in printed


def test_sources_of_a_surface_temperature_are_cited(case: Case) -> None:
    one, other = case.tables.models
    of_class = replace(other, surface_temperature_c=Datum(-90.0, Status.CLASS_VALUE, source="SARSHOGHI2026"))
    model = case.build(tables=replace(case.tables, models=(one, of_class)))
    assert any(citation.startswith("SARSHOGHI2026: Sarshoghi") for citation in model.sources)


def test_what_was_measured_is_printed_and_only_then(case: Case) -> None:
    measured = (("M1, distance", "37.0 mm"), ("M2, circle", "mean −48 HU · SD 137"))
    printed = words(render_pdf(case.build(tables=replace(case.tables, measured=measured)), FIGURES))
    assert "Measured on the CT M1, distance 37.0 mm M2, circle mean −48 HU · SD 137" in printed
    assert "Measured on the CT" not in words(render_pdf(case.build(), FIGURES))
