"""Does the paper say of each structure what it is taken for, by which limit, from where, and whose name is on it?"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from planner.domain.assessment import Check
from planner.domain.geometry import Side
from planner.domain.identity import StructureId
from planner.domain.rule import Verdict
from planner.domain.structure import StructureKind, StructureOrigin, StructureRole
from planner.domain.waiver import Waiver
from planner.report.pdf import render_pdf

if TYPE_CHECKING:
    from conftest import Case

    from planner.report.model import ReportModel

AT = "2026-11-22T09:05:30Z"
WAIVER = Waiver("intercostal artery", "artery", "Dr B", AT, "too thin for this scan")


def build(case: Case, **skin: object) -> ReportModel:
    """Build the report with the first structure, the skin, changed."""
    first, *others = case.plan.structures
    return case.with_plan(structures=(replace(first, **skin), *others)).build()


def page_text(model: ReportModel) -> str:
    """All text of the PDF without white space."""
    pages = PdfReader(io.BytesIO(render_pdf(model))).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def test_limits_stand_with_their_rule_source_and_status(case: Case) -> None:
    skin, lung = case.build().structures
    assert skin.margins == ("0 °C edge ≥ 10 mm; fail < 5 mm (project default; project default)",)
    assert (skin.role, skin.kind) == ("critical", "")
    assert lung.margins == ("no rule for a margin",)


def test_an_own_margin_stands_with_its_reason(case: Case) -> None:
    skin = build(case, margin_mm=12.5, margin_reason="scar").structures[0]
    assert skin.margins == ("0 °C edge ≥ 12.5 mm; fail < 5 mm (own margin: scar; site)",)


@pytest.mark.parametrize(
    ("role", "printed", "margins"),
    [
        (StructureRole.OBSTACLE, "obstacle (usual: critical)", ("0 °C edge not judged, by its role",)),
        (StructureRole.TARGET, "target (usual: critical)", ("not judged",)),
        (StructureRole.BARRIER, "barrier (usual: critical)", ("not judged",)),
    ],
)
def test_a_role_other_than_the_usual_one_is_said(
    case: Case, role: StructureRole, printed: str, margins: tuple[str, ...]
) -> None:
    skin = build(case, role=role).structures[0]
    assert (skin.role, skin.margins) == (printed, margins)


def test_who_confirmed_and_when(case: Case) -> None:
    skin = build(case, confirmed_by="Dr C", confirmed_at=AT, side=Side.LEFT).structures[0]
    assert (skin.confirmed_by, skin.confirmed_at, skin.kind) == ("Dr C", "2026-11-22 09:05", "left")
    text = page_text(build(case, confirmed_by="Dr C", confirmed_at=AT))
    assert "DrC,2026-11-2209:05" in text
    assert "Unconfirmed" not in text
    assert "Unconfirmed" in page_text(case.build())


def test_H_28_the_head_counts_what_nobody_confirmed(case: Case) -> None:
    assert build(case, confirmed_by="Dr C", confirmed_at=AT).head_notes == ()
    lung = replace(case.plan.structures[1], confirmed_by="")
    none = case.with_plan(structures=(case.plan.structures[0], lung)).build()
    assert none.head_notes[0].startswith("No structure is confirmed: Skin; Lung, right. ")
    many = tuple(replace(lung, id=StructureId(f"m{n}"), name=f"Part {n}") for n in range(15))
    note = case.with_plan(structures=(*case.plan.structures, *many)).build().head_notes[0]
    assert note.startswith("16 of 17 structures are unconfirmed: Skin; Part 0; ")
    assert "; Part 10 and 4 more." in note


def test_H_28_absent_and_waived_structures_stand_in_the_head_and_in_a_table(case: Case) -> None:
    def missing(name: str, kind: str, reason: str) -> Check:
        subject = (f"expected:{name}", name.capitalize(), kind)
        return Check(*subject, "not segmented", Verdict.NOT_ASSESSED, reason=reason)

    rows = (
        missing("intercostal artery", "artery", f"{WAIVER.words}. Expected near the right intercostal nerve T8."),
        missing("spinal cord", "spinal cord", "Not segmented. Expected near the right intercostal nerve T8."),
    )
    moot = Waiver("lung", "lung", "Dr B", AT, "far away")
    waived = case.with_plan(waivers=(WAIVER, moot))
    judged = replace(waived.assessment, checks=(*waived.assessment.checks, *rows))
    model = replace(waived, assessment=judged).build()
    assert model.head_notes[1:] == (
        "Expected near the target and not segmented: Spinal cord.",
        "Expected near the target and waived by name: Intercostal artery.",
    )
    artery, lung = model.waivers
    assert (artery.name, artery.who, artery.reason) == ("Intercostal artery", "Dr B", "too thin for this scan")
    assert (artery.when, artery.note) == ("2026-11-22 09:05 UTC", "")
    assert "segmented meanwhile" in lung.note
    text = page_text(model)
    assert "WaivedbyDrB:toothinforthisscan." in text
    assert "Intercostalartery,arteryDrBtoothinforthisscan" in text


@pytest.mark.parametrize(("kind", "material"), [("fluid barrier", "fluid"), ("gas barrier", "gas")])
def test_a_drawn_barrier_reminds_on_the_first_page_and_in_its_row(case: Case, kind: str, material: str) -> None:
    drawn = replace(
        case.plan.structures[1],
        id=StructureId("b"),
        name="Pocket",
        kind=StructureKind(kind),
        origin=StructureOrigin.DRAWN,
    )
    model = case.with_plan(structures=(*case.plan.structures, drawn)).build()
    assert model.head_notes[-1].startswith(f"The prediction counts on {material} that was drawn: Pocket. Image the")
    assert f"Image the real {material} again before freezing" in model.structures[-1].reminder
    first = PdfReader(io.BytesIO(render_pdf(model))).pages[0].extract_text()
    assert f"Imagethereal{material}again" in "".join(first.split())


def test_a_colour_of_its_own_is_printed_in_the_pattern_of_the_kind(case: Case) -> None:
    plain = case.build().structures[0].swatch
    plan = replace(case.plan, structures=(replace(case.plan.structures[0], colour="#ffcc00"), case.plan.structures[1]))
    own = case.build(plan=plan).structures[0].swatch
    assert (own.colour, own.dash, own.has_ticks) == ("#ffcc00", plain.dash, plain.has_ticks)
    assert plain.dash == "1.5 3"


def test_a_plan_without_structures_says_that_nothing_was_checked(case: Case) -> None:
    text = page_text(case.with_plan(structures=()).build())
    assert "nothingoftheanatomywaschecked" in text
