"""When is a report refused, and does it list everything that was and was not looked at?"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain.errors import ReportRefused
from planner.domain.geometry import Grid
from planner.domain.identity import PatientIdentity, Sha256
from planner.domain.uncertainty import BandRow

if TYPE_CHECKING:
    from conftest import Case


def test_H_50_an_assessment_of_another_plan_is_refused(case: Case) -> None:
    edited = replace(case.plan, name="Right T8, edited")
    with pytest.raises(ReportRefused) as refusal:
        case.build(plan=edited)
    assert refusal.value.code == "report-plan-hash"


def test_H_50_an_assessment_of_another_prediction_is_refused(case: Case) -> None:
    with pytest.raises(ReportRefused) as refusal:
        case.build(result=replace(case.result, input_hash=Sha256("00" * 32)))
    assert refusal.value.code == "report-input-hash"


def test_an_assessment_by_other_rules_is_refused(case: Case) -> None:
    softer = replace(case.tables.rules, treatment_isotherm_c=-10.0)
    with pytest.raises(ReportRefused) as refusal:
        case.build(tables=replace(case.tables, rules=softer))
    assert refusal.value.code == "report-rules-hash"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_H_17_a_check_that_is_not_finite_is_refused(case: Case, value: float) -> None:
    broken = replace(case.assessment.checks[0], pass_limit=value)
    with pytest.raises(ReportRefused) as refusal:
        case.build(assessment=replace(case.assessment, checks=(broken,)))
    assert refusal.value.code == "report-not-finite"


def test_the_report_of_a_preview_says_so(case: Case) -> None:
    coarse = Grid.from_axes(case.result.grid.shape_kji, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(2, 2, 2))
    for grid, says in ((coarse, True), (case.result.grid, False)):
        facts = case.build(result=replace(case.result, grid=grid)).model_facts
        assert ("preview" in next(fact.text for fact in facts if fact.label == "Grid")) is says


def test_H_17_a_prediction_with_a_hole_is_refused(case: Case) -> None:
    minimum = case.result.minimum_c.copy()
    minimum[3, 3, 3] = np.nan
    with pytest.raises(ReportRefused, match="1 cells"):
        case.build(result=replace(case.result, minimum_c=minimum))


def test_H_17_an_energy_error_that_is_not_finite_is_refused(case: Case) -> None:
    record = replace(case.result.record, energy_error_percent=float("inf"))
    with pytest.raises(ReportRefused):
        case.build(result=replace(case.result, record=record))


def test_H_27_a_probe_that_is_not_in_the_catalogue_is_refused(case: Case) -> None:
    with pytest.raises(ReportRefused, match="maker-x"):
        case.build(tables=replace(case.tables, models=case.tables.models[:1]))


def test_a_time_without_a_zone_is_refused() -> None:
    from planner.report.model import ReportStamp

    with pytest.raises(ReportRefused):
        ReportStamp(datetime(2026, 11, 22, 11, 48), "0.1.0")


def test_H_28_every_check_is_printed_as_judged_or_as_not_assessed(case: Case) -> None:
    model = case.build()
    judged = [check for group in model.groups for check in group.checks]
    assert len(judged) + sum(len(gap.checks) for gap in model.not_assessed) == len(case.assessment.checks)
    assert [(fact.label, fact.text) for fact in model.tally] == [
        ("Checks made", "5: 2 PASS, 2 CHECK, 1 FAIL"),
        ("Checks not made", "1 for 1 reason, listed under “Not assessed”"),
    ]
    assert [gap.reason for gap in model.not_assessed] == ["The structure is not in the plan."]
    assert [(count.count, count.verdict) for count in model.counts] == [
        ("1", "FAIL"), ("2", "CHECK"), ("1", "NOT ASSESSED"), ("2", "PASS"),
    ]  # fmt: skip
    assert model.overall == "FAIL"


def test_what_needs_attention_comes_worst_first(case: Case) -> None:
    assert [(line.verdict, line.item) for line in case.build().attention] == [
        ("FAIL", "Skin"), ("CHECK", "Lung, right"), ("CHECK", "P1"),
    ]  # fmt: skip


def test_checks_stand_by_subject_targets_first_then_the_worst(case: Case) -> None:
    groups = case.build().groups
    assert [(group.name, group.verdict, len(group.checks), group.swatch is not None) for group in groups] == [
        ("Intercostal nerve T8", "PASS", 2, False), ("Skin", "FAIL", 1, True), ("Lung, right", "CHECK", 1, True),
        ("P1", "CHECK", 1, False),
    ]  # fmt: skip


def test_the_pessimistic_value_stands_beside_the_nominal_one(case: Case) -> None:
    band = (BandRow("s1", "Skin", "0 °C edge", "mm", -0.42, 3.3, 6.1),)
    model = case.build(tables=replace(case.tables, band=band))
    assert [(line.value, line.pessimistic) for line in model.attention] == [
        ("3.3 mm", "−0.4 mm"), ("−1.9 mm", "—"), ("9.96 mm", "—"),
    ]  # fmt: skip


def test_what_the_solver_used_without_a_source_is_grouped_by_its_owner(case: Case) -> None:
    record = replace(case.result.record, unverified=("Fat: solidus", "Skin: perfusion", "Fat: liquidus", "air film"))
    model = case.build(result=replace(case.result, record=record))
    assert model.unverified == ("Fat: solidus, liquidus", "Skin: perfusion", "air film")


def test_every_source_named_in_the_report_is_cited_and_no_other(case: Case) -> None:
    cited = {line.split(":")[0] for line in case.build().sources}
    # TMO stands in a check's limit; the others in the fixed sentences.
    assert cited == {"TMO", "AHMED2014", "IJH2020", "LIVER2024", "EVANS1981", "ZHOU1983"}


def test_H_28_outlines_nobody_confirmed_are_named_in_the_head(case: Case) -> None:
    (note,) = case.build().head_notes
    assert note.startswith("1 of 2 structures are unconfirmed: Skin. ")
    skin, lung = case.build().structures
    assert (skin.confirmed_by, skin.origin, skin.method) == ("", "automatic", "threshold −300 HU")
    assert (lung.confirmed_by, lung.confirmed_at) == ("Dr A", "time not recorded")


def test_H_24_convergence_storage_and_findings_are_printed(case: Case) -> None:
    record = replace(
        case.result.record,
        convergence="Converged.",
        temporal_error_c=0.456,
        findings=("The active zone of P1 touches bone.",),
    )
    facts = [(fact.label, fact.text) for fact in case.build(result=replace(case.result, record=record)).model_facts]
    assert ("Convergence", "Converged.") in facts
    assert (
        "Stored",
        "2 times, to 0.005 °C; linear between them, where the worst cell is off by 0.5 °C for seconds",
    ) in facts
    assert ("Finding", "The active zone of P1 touches bone.") in facts


def test_H_26_every_isotherm_is_named_and_its_volume_counted(case: Case) -> None:
    ice = {row.level_c: (row.legend, row.volume) for row in case.build().ice}
    # 2400, 1600 and 800 cells of 1 mm³, as filled in the fixture.
    assert ice[0] == ("0 °C edge, visible, not cell death", "2.4 mL")
    assert ice[-20] == ("−20 °C, treatment", "1.6 mL")
    assert ice[-40] == ("−40 °C", "0.8 mL")


def test_the_probe_is_told_in_the_operators_words(case: Case) -> None:
    first = case.build().probes[0]
    # Hub minus tip = (25.9, 28.2, 2.4): depth √(25.9²+28.2²+2.4²) = 38.364, in-plane atan(25.9/28.2) = 42.566° to the
    # left, tilt asin(2.4/38.364) = 3.587° to the head; SliceLocation = −1 × −576.9 + 3.5 = 580.4.
    assert (first.depth, first.in_plane, first.tilt) == ("38.4 mm", "42.6° L", "3.6° head")
    assert (first.table_patient, first.table_scanner) == ("F 576.9 mm", "580.4 mm")
    assert first.catalogue_status.startswith("generic, no product; project default: shaft diameter")
    assert "unverified: active tip length, surface temperature" in case.build().probes[1].catalogue_status
    assert first.boundary.startswith("Surface −")


def test_a_scan_without_slice_location_says_so(case: Case) -> None:
    volume = replace(case.plan.volume, slice_location_slope=None)
    assert case.with_plan(volume=volume).build().probes[0].table_scanner == "— not stated by the scanner"


def test_an_unknown_nerve_diameter_is_a_dash_with_its_reason(case: Case) -> None:
    target = replace(case.plan.targets[0], diameter_mm=None, diameter_source="")
    facts = {fact.label: fact.text for fact in case.with_plan(targets=(target,)).build().targets[0].facts}
    assert facts["Diameter"].startswith("— not known")


def test_the_treated_segment_is_summed_up_by_its_own_points(case: Case) -> None:
    facts = {fact.label: fact.text for fact in case.build().targets[0].facts}
    # Arc 10, 20 and 30 mm lie between 5.0 and 32.5 mm: warmest −21.0, coldest −75.4.
    assert facts["Predicted"] == "in the treated segment the warmest point reaches −21 °C, the coldest −75 °C"


def test_H_14_the_attached_plan_hashes_to_the_plan_hash(case: Case) -> None:
    model = case.build()
    attached = {file.name: file.data for file in model.attachments}
    assert hashlib.sha256(attached["plan.json"]).hexdigest() == case.plan.hash == model.plan_hash


def test_H_43_the_attachments_hold_no_identity(case: Case) -> None:
    text = b"".join(file.data for file in case.build().attachments)
    for canary in ("Doe", "ID-4711", "1960-02-03", "Example Hospital"):
        assert canary.encode() not in text


def test_a_report_may_be_made_without_a_name(case: Case) -> None:
    assert case.build(identity=PatientIdentity()).identity == "Unnamed patient"


@pytest.mark.parametrize(("kind", "mark"), [("patient", ""), ("practice", "TRAINING"), ("phantom", "DEMO")])
def test_H_20_what_is_no_patient_is_marked(case: Case, kind: str, mark: str) -> None:
    assert case.with_plan(case_kind=kind).build().mark == mark
