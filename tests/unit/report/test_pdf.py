"""Is the paper true? The PDF is read back with another library and compared with the plan."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from planner.domain.datum import Datum, Status
from planner.domain.digest import canonical_json, short_hash, to_plain
from planner.domain.errors import ReportRefused
from planner.domain.identity import PatientIdentity
from planner.report.figure import FULL_PAGE_MM, FigureKind, ReportFigure
from planner.report.labels import LABELS
from planner.report.pdf import PAPERS, render_pdf
from planner.report.printed import Attachment

if TYPE_CHECKING:
    from conftest import Case


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#456"/></svg>'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63706838000002"
    "8401812697a72b0000000049454e44ae426082"
)
FIGURES = (ReportFigure(SVG, "Axial through the target."), ReportFigure(PNG, "3-D from behind."))
LETTERS = {"L": 1, "R": -1, "P": 1, "A": -1, "H": 1, "F": -1}


def words(pdf: bytes) -> str:
    """All text of the PDF, white space squeezed, without the marks at which a word may break."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u200b", "").split())


def leaves(value: object) -> list[str]:
    """Every string inside a JSON value that is printed: colours, ids and drawn lines are not."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = {key: item for key, item in value.items() if key not in ("swatch", "id", "mime_type")}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [leaf for part in parts for leaf in leaves(part)]


def test_H_50_everything_in_the_model_is_on_the_page(case: Case) -> None:
    full = case.with_plan(case_kind="practice").build()
    text = words(render_pdf(full, FIGURES)).replace(" ", "")
    model = to_plain(replace(full, attachments=(), made_at=""))  # one is data, the other printed "2026-11-22 11:48 UTC"
    for group in model["groups"]:
        del group["kind"], group["verdict"]  # its verdict is the first row's, its kind is drawn
    for structure in model["structures"]:
        del structure["margins"]  # said once for all, with other marks between
    assert "2026-11-2211:48UTC" in text
    assert not [leaf for leaf in leaves(model) if "".join(leaf.split()) not in text]
    assert all("".join(margin.split()) in text for entry in full.structures for margin in entry.margins)


def test_no_line_ends_inside_a_quantity(case: Case) -> None:
    """Whatever the width, a line of the page does not end between a number and its unit."""
    words_of_all_lengths = tuple("m" * n + " 0 °C edge ≥ 10 mm; " * 9 for n in range(1, 9))
    pages = PdfReader(io.BytesIO(render_pdf(replace(case.build(), scan_notes=words_of_all_lengths)))).pages
    lines = [line.strip() for page in pages for line in page.extract_text().splitlines()]
    assert sum("0\N{NO-BREAK SPACE}°C" in line or "0 °C" in line for line in lines) > 8
    assert not [line for line in lines if line.startswith(("°C", "mm")) or line.endswith(("≥", " 0", " 10"))]


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
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert catalogue["/Lang"] == "en"


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


SCRIPTS = ["Łukasz Ørsted-Ñandú", "Дмитрий", "Ελένη", "山田 太郎", "안녕", "שלום", "مريم", "🦴", "\U0001e900"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_names_in_any_script_are_printed_by_some_font_or_as_their_numbers_never_as_boxes(case: Case, name: str) -> None:
    pdf = render_pdf(case.build(identity=PatientIdentity(patient_id=name)))
    numbers = "".join(f"U+{ord(char):04X}" for char in name)
    text = "".join(words(pdf).split())
    printed = "".join(name.split())
    # Right-to-left text is read out in either order.
    assert any(form in text for form in (printed, printed[::-1], numbers)), name
    assert ("as their Unicode numbers" in words(pdf)) == (numbers in text)
    assert "a-3a" not in text
    assert b"pdfaid" in PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_data()


@pytest.mark.parametrize("name", ["山田", "안녕", "🦴"])
def test_names_in_pictures_are_never_boxes_either(case: Case, name: str) -> None:
    picture = SVG.replace(b"</svg>", f'<text x="2" y="20" font-family="Inter">{name}</text></svg>'.encode())
    text = "".join(words(render_pdf(case.build(), (ReportFigure(picture, "A."),))).split())
    assert name in text or "".join(f"U+{ord(char):04X}" for char in name) in text


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
    assert all(re.search(rf"Structure {n}\b", text) for n in range(90))


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


def test_a_file_of_any_bytes_is_attached_as_it_is(case: Case) -> None:
    raw = bytes(range(256)) * 3
    files = (Attachment("masks.bin", raw, "Masks.", "application/octet-stream"), Attachment("a.json", b"[1]\r\n", "A."))
    model = case.build(tables=replace(case.tables, attached=files))
    attached = PdfReader(io.BytesIO(render_pdf(model))).attachments
    assert attached["masks.bin"] == [raw]
    assert attached["a.json"] == [b"[1]\r\n"]
    assert set(attached) == {"plan.json", "assessment.json", "masks.bin", "a.json"}


@pytest.mark.parametrize(("paper", "size_pt"), [("a4", (595.3, 841.9)), ("letter", (612.0, 792.0))])
def test_paper_is_a4_or_letter(case: Case, paper: str, size_pt: tuple[float, float]) -> None:
    assert paper in PAPERS
    for page in PdfReader(io.BytesIO(render_pdf(case.build(), FIGURES, paper=paper))).pages:
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(size_pt, abs=0.5)


def test_a_paper_nobody_knows_is_refused(case: Case) -> None:
    with pytest.raises(ReportRefused, match="legal"):
        render_pdf(case.build(), paper="legal")


def test_every_word_of_the_template_can_be_another(case: Case) -> None:
    other = {key: value if key == "language_code" else f"‹{key}›" for key, value in LABELS.items()}
    text = words(render_pdf(case.build(), FIGURES, labels=other | {"language_code": "de"}))
    assert "‹attention›" in text
    for said in ("Needs attention", "Operator sheet", "Decision planes", "Risks to be told", "Appendix", "Signatures"):
        assert LABELS.get(said) is None
        assert said not in text


def test_each_picture_stands_where_its_kind_says(case: Case) -> None:
    def a_figure(kind: FigureKind, subject: str = "", width_mm: float = 88.5) -> ReportFigure:
        return ReportFigure(SVG, f"About {kind.value} {subject}.", kind, subject, width_mm)

    figures = (
        a_figure(FigureKind.TARGET, "t1"), a_figure(FigureKind.SPACE), a_figure(FigureKind.STRIP, "t1", FULL_PAGE_MM),
        *(a_figure(kind, probe.id) for probe in case.plan.probes for kind in (FigureKind.ALONG, FigureKind.ACROSS)),
        a_figure(FigureKind.WORST, "s1"), a_figure(FigureKind.CURVES, "", FULL_PAGE_MM),
    )  # fmt: skip
    pages = [
        " ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(render_pdf(case.build(), figures))).pages
    ]
    assert "About target t1." in pages[0]
    assert "About worst-margin s1." in pages[0]
    for number, probe in enumerate(case.plan.probes, start=1):
        assert f"About along-probe {probe.id}." in pages[number]
        assert f"About across-probe {probe.id}." in pages[number]
        assert f"Operator sheet, {probe.label}, {number} of 2" in pages[number]
    text = " ".join(pages)
    for figure in figures:
        assert text.count(figure.caption) == 1
