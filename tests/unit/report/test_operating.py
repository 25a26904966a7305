"""Does a probe's sheet tell what its shaft meets and how much stays outside, and keep to one page however crowded?"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.identity import StructureId
from planner.domain.structure import StructureKind, StructureRole
from planner.planning.crossings import Crossing, ShaftApproach
from planner.planning.probe_facts import HubFacts, ProbeFacts
from planner.report.operating import MOST_APPROACHES, MOST_CROSSINGS, NOT_MEASURED, NOTHING_OUTLINED
from planner.report.pdf import render_pdf

if TYPE_CHECKING:
    from conftest import Case

    from planner.report.model import ReportModel

ORIGIN = (0.0, 0.0, 0.0)
LONG = "Arteria intercostalis posterior dextra cum ramis collateralibus et cutaneis {n}"


def crossing(number: int, from_mm: float, to_mm: float, name: str = "") -> Crossing:
    role = StructureRole.HEAT_SINK
    return Crossing(StructureId("s2"), name or f"Vein {number}", StructureKind.VEIN, role, from_mm, to_mm)


def approach(number: int, distance_mm: float, depth_mm: float, name: str = "") -> ShaftApproach:
    artery = (StructureId("s2"), name or f"Artery {number}", StructureKind.ARTERY)
    return ShaftApproach(*artery, distance_mm, depth_mm, ORIGIN, ORIGIN)


def with_facts(case: Case, **changes: object) -> ReportModel:
    """Build the report of a case whose first shaft meets what is given; nothing is measured of the second."""
    probe = case.plan.probes[0]
    nothing = ProbeFacts(probe, (), (), (), HubFacts(None, None, True, None), frozenset(), True, (), False)
    return case.build(tables=replace(case.tables, probe_facts={probe.id: replace(nothing, **changes)}))


def sheets(model: ReportModel) -> list[str]:
    """Text of the pages that are operator's sheets."""
    pages = (page.extract_text().replace("\u200b", "") for page in PdfReader(io.BytesIO(render_pdf(model))).pages)
    return [text for text in (" ".join(page.split()) for page in pages) if "Operator sheet" in text]


def test_crossings_stand_from_to_and_how_long_with_their_share_of_the_shaft(case: Case) -> None:
    model = with_facts(case, crossings=(crossing(1, 4.04, 9.56),))
    (row,) = model.probes[0].crossings
    assert (row.from_depth, row.to_depth, row.length) == ("4.0 mm", "9.6 mm", "5.5 mm")
    # P1 is √(25.9² + 28.2² + 2.4²) = 38.364 mm deep.
    assert (row.start, row.end) == pytest.approx((4.04 / 38.364, 9.56 / 38.364), abs=1e-4)
    assert "Vein 1 vein, heat sink 4.0 mm 9.6 mm 5.5 mm" in sheets(model)[0]


def test_a_crossing_to_the_tip_does_not_run_over_the_bar(case: Case) -> None:
    assert with_facts(case, crossings=(crossing(1, 30.0, 38.4),)).probes[0].crossings[0].end == 1.0


def test_approaches_stand_with_distance_and_depth_negative_inside(case: Case) -> None:
    model = with_facts(case, approaches=(approach(1, -1.24, 20.0), approach(2, 4.06, 31.3)))
    rows = [(row.name, row.distance, row.at_depth) for row in model.probes[0].approaches]
    assert rows == [("Artery 1", "−1.2 mm", "20.0 mm"), ("Artery 2", "4.1 mm", "31.3 mm")]
    assert "Artery 1 −1.2 mm 20.0 mm Artery 2 4.1 mm 31.3 mm" in sheets(model)[0]


def test_what_the_lists_leave_out_is_counted(case: Case) -> None:
    model = with_facts(
        case,
        crossings=tuple(crossing(n, n, n + 0.5) for n in range(MOST_CROSSINGS + 3)),
        approaches=tuple(approach(n, n, n) for n in range(MOST_APPROACHES + 1)),
    )
    assert len(model.probes[0].crossings) == MOST_CROSSINGS
    assert model.probes[0].path_notes[-2:] == (
        "3 further crossings are in the assessment.", "1 further structures lie farther away.",
    )  # fmt: skip


def test_H_28_what_was_not_looked_at_is_said(case: Case) -> None:
    model = with_facts(case, unread=("Lung, right",), leaves_scan=True, has_structures=False)
    first, second = model.probes
    assert first.path_notes[0] == NOTHING_OUTLINED
    assert "outside the scan" in first.path_notes[1]
    assert first.path_notes[2] == "Not looked at: Lung, right."
    assert (second.path_missing, second.crossings) == (NOT_MEASURED, ())
    assert NOT_MEASURED in sheets(model)[1]


@pytest.mark.parametrize(
    ("usable", "words"),
    [
        (Datum(150.0, Status.FOUND, "IFU"), "150.0 mm, of which 111.6 mm stay outside"),
        (Datum(150.0, Status.PROJECT_DEFAULT), "150.0 mm, of which 111.6 mm stay outside (project default)"),
        (Datum(30.0, Status.FOUND, "IFU"), "30.0 mm, too short by 8.4 mm"),
        (MISSING, "— not known: whether it reaches cannot be told"),
    ],
)
def test_the_usable_length_says_how_much_stays_outside(case: Case, usable: Datum, words: str) -> None:
    one, other = case.tables.models
    tables = replace(case.tables, models=(replace(one, usable_length_mm=usable), other))
    assert case.build(tables=tables).probes[0].usable == words


def test_the_active_zone_is_drawn_behind_the_dead_length_of_the_tip(case: Case) -> None:
    start, end = case.build().probes[0].active_zone
    # 20 mm active, 3 mm dead before it, at 38.364 mm depth.
    assert (start, end) == pytest.approx((15.364 / 38.364, 35.364 / 38.364), abs=1e-4)


@pytest.mark.parametrize(("paper", "count"), [("a4", 2), ("letter", 8)])
def test_crowded_sheets_stand_on_one_page_each(case: Case, paper: str, count: int) -> None:
    one = case.plan.probes[0]
    probes = tuple(replace(one, id=type(one.id)(f"p{n}"), label=f"P{n}") for n in range(1, count + 1))
    crowded = case.with_plan(probes=probes)
    facts = {
        probe.id: ProbeFacts(
            probe,
            tuple(crossing(n, 3.0 * n, 3.0 * n + 1, LONG.format(n=n)) for n in range(12)),
            tuple(approach(n, n, n, LONG.format(n=n)) for n in range(9)),
            (), HubFacts(None, None, True, None), frozenset(), True, (), False,
        )
        for probe in probes
    }  # fmt: skip
    checks = tuple(
        replace(check, subject_id=probe.id, subject_name=probe.label, quantity=f"{check.quantity} {n}")
        for probe in probes
        for n, check in enumerate(case.assessment.checks)
    )
    model = crowded.build(
        assessment=replace(crowded.assessment, checks=checks), tables=replace(case.tables, probe_facts=facts)
    )
    pages = [
        page.extract_text() for page in PdfReader(io.BytesIO(render_pdf(replace(model, sources=()), paper=paper))).pages
    ]
    found = [number for number, text in enumerate(pages) if "Operator sheet" in text]
    assert found == list(range(found[0], found[0] + count))
    for number, text in enumerate(pages[found[0] : found[0] + count], start=1):
        squeezed = " ".join(text.replace("\u200b", "").split())
        assert re.search(rf"Operator sheet, P{number}, {number} of {count}", squeezed)
        # First and last line of everything that belongs on it.
        assert "collateralibus et cutaneis 9" in squeezed
        assert "The structure is not in the plan." in squeezed
    assert "Operator sheet" not in pages[found[0] + count]
