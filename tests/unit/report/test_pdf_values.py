"""Does every number on the paper equal the plan's? Probes and checks are read back from the PDF and compared (H-50).

``FROSTLINE_REPORTS`` random plans are set and read back, 30 where it is not given; 200 are asked for of a release.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pypdf import PdfReader

from planner.domain.geometry import point
from planner.domain.uncertainty import BandRow
from planner.report.pdf import render_pdf

if TYPE_CHECKING:
    from conftest import Case

    from planner.domain.assessment import Check
    from planner.domain.probe import ProbePlacement
    from planner.report.model import ReportModel

PLANS = int(os.environ.get("FROSTLINE_REPORTS", "30"))
LETTERS = {"L": 1, "R": -1, "P": 1, "A": -1, "H": 1, "F": -1}


def words(pdf: bytes) -> str:
    """All text of the PDF, white space squeezed, without the marks at which a word may break."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u200b", "").split())


NUMBER = r"([LRPAHF]) (\d+\.\d) · ([LRPAHF]) (\d+\.\d) · ([LRPAHF]) (\d+\.\d) mm"
SIGNED = r"(−?\d+\.\d), (−?\d+\.\d), (−?\d+\.\d) mm"


def probe_rows(text: str) -> dict[str, tuple[str, ...]]:
    """Cells of the first page's table of probes by label, letters and numbers apart."""
    angles = r"(\d+\.\d)°(?: ([LRAP]))? (\d+\.\d)°(?: (head|feet))?"
    row = re.compile(rf"(P\d) [^·]{{0,60}}? {NUMBER} {NUMBER} (\d+\.\d) mm {angles} ([HF]) (\d+\.\d) mm")
    return {match[1]: match.groups() for match in row.finditer(text)}


def probe_sheets(text: str) -> list[tuple[float, ...]]:
    """Of each operator's sheet the entry and the tip as DICOM's numbers, and the scanner's SliceLocation."""
    sheet = re.compile(
        rf"DICOM patient, L P S {SIGNED} Tip {NUMBER} DICOM patient, L P S {SIGNED} "
        r"Scanner’s SliceLocation (−?\d+\.\d) mm"
    )
    lps = (1, 2, 3, 10, 11, 12, 13)
    return [tuple(float(match[n].replace("−", "-")) for n in lps) for match in sheet.finditer(text)]


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


def expect_probes(text: str, probes: tuple[ProbePlacement, ...]) -> None:
    """Compare the first page and the sheets of all probes with the plan."""
    rows, sheets = probe_rows(text), probe_sheets(text)
    assert len(rows) == len(sheets) == len(probes)
    for probe, sheet in zip(probes, sheets, strict=True):
        expect_probe(rows[probe.label], probe)
        expected = [*probe.entry_lps_mm, *probe.tip_lps_mm, 3.5 - probe.entry_lps_mm[2]]
        assert sheet == pytest.approx(expected, abs=0.0501)


def small(model: ReportModel) -> ReportModel:
    """Leave out what does not hang on the plan's numbers, so that many plans can be set."""
    return replace(
        model,
        terms=(),
        sources=(),
        warnings=(),
        model_facts=(),
        model_limits=(),
        attachments=(),
        structures=(),
        risks=(),
    )


def test_H_50_probes_read_back_equal_the_plan(case: Case) -> None:
    expect_probes(words(render_pdf(case.build())), case.plan.probes)


def test_H_50_probes_and_checks_of_random_plans_read_back_equal(case: Case) -> None:
    random = np.random.default_rng(50)
    for _ in range(PLANS):
        entries = random.uniform(-700, 700, (2, 3))
        probes = tuple(
            replace(probe, entry_lps_mm=point(entry), tip_lps_mm=point(entry + random.uniform(-90, 90, 3)))
            for probe, entry in zip(case.plan.probes, entries, strict=True)
        )
        edited = case.with_plan(probes=probes)
        checks = tuple(
            replace(check, value=None if check.value is None else float(random.uniform(-120, 120)))
            for check in case.assessment.checks
        )
        band = tuple(
            BandRow(check.subject_id, check.subject_name, check.quantity, check.unit, value - 3.3, value, value + 3.3)
            for check in checks
            if (value := check.value) is not None and random.random() < 0.7
        )
        model = edited.build(
            assessment=replace(edited.assessment, checks=checks), tables=replace(case.tables, band=band)
        )
        text = words(render_pdf(small(model)))
        expect_probes(text, probes)
        expect_checks(text, checks, band)


def expect_checks(text: str, checks: tuple[Check, ...], band: tuple[BandRow, ...] = ()) -> None:
    """Find every check in the assessment, with its numbers, limit and verdict behind its subject's name."""
    worst = {(row.subject_id, row.quantity): row.pessimistic for row in band}
    text = text[text.index("By subject, the worst first") :]
    for check in checks:
        if check.value is None:
            gap = re.escape(f"{check.subject_name}, {check.quantity} — {check.reason}")
            assert re.search(f"{gap} NOT ASSESSED", text), check
            continue
        said = re.escape(" ".join(f"{check.quantity} {check.reason}".split()))
        number = rf"(−?\d+\.?\d*) {re.escape(check.unit)}"
        line = re.search(rf"{said} {number} (?:—|{number}) {re.escape(check.limit)} {check.verdict.value}", text)
        assert line is not None, check
        # A name beside several rows is drawn after them.
        assert check.subject_name in text[max(0, line.start() - 200) : line.end() + 400]
        for printed, expected in ((line[1], check.value), (line[2], worst.get((check.subject_id, check.quantity)))):
            assert (printed is None) == (expected is None)
            if expected is not None:
                half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
                assert float(printed.replace("−", "-")) == pytest.approx(expected, abs=half * 1.001)


def test_H_50_every_check_reads_back_with_number_limit_and_verdict(case: Case) -> None:
    expect_checks(words(render_pdf(case.build())), case.assessment.checks)
