"""Are the three cases put side by side as they belong together, and does the range survive the way to a worker?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.assessment import Assessment, Check
from planner.domain.digest import canonical_json
from planner.domain.geometry import isotropic_box
from planner.domain.identity import BlobRef, Sha256
from planner.domain.rule import Verdict
from planner.domain.uncertainty import CaseOutcome, IceCase, IsothermSize, PredictionRange
from planner.persistence import codec
from planner.persistence.resources import body_conditions, probe_models, tissues
from planner.persistence.uncertainty import uncertainty_ranges
from planner.services.range_words import varied_words
from planner.services.ranges import range_rows
from planner.services.shared import SharedRange

HASH = Sha256("0" * 64)


def check(subject, quantity, value, *, kind="skin", verdict=Verdict.PASS, unit="mm"):
    if value is None:
        return Check(subject, subject, kind, quantity, Verdict.NOT_ASSESSED, unit=unit, reason="The ice is cut.")
    return Check(subject, subject, kind, quantity, verdict, value=value, unit=unit, limit="≥ 10 mm")


def assessments(*rows):
    """One assessment per case of rows (subject, quantity, kind, values by case)."""
    return {
        case: Assessment(HASH, HASH, HASH, tuple(check(s, q, values[n], kind=kind) for s, q, kind, values in rows))
        for n, case in enumerate(IceCase)
    }


def test_coverage_comes_first_and_is_decided_by_the_smallest_ice():
    rows = range_rows(
        assessments(
            ("Skin", "0 °C edge", "skin", (14.0, 11.0, 7.0)),
            ("Nerve", "treated length at −20 °C", "target nerve", (8.0, 21.0, 30.0)),
            ("Nerve", "coldest", "target nerve", (-60.0, -70.0, -80.0)),
            ("P1", "needle axis", "skin", (3.0, 3.0, 3.0)),
        )
    )
    assert [(row.subject_name, row.decisive) for row in rows] == [
        ("Nerve", IceCase.SMALLEST),
        ("Skin", IceCase.LARGEST),
    ]
    assert (rows[0].smallest, rows[0].nominal, rows[0].largest) == (8.0, 21.0, 30.0)


def test_margins_are_sorted_by_the_largest_ice_and_far_ones_left_out():
    rows = range_rows(
        assessments(
            ("Far", "0 °C edge", "bone", (60.0, 55.0, 50.0)),
            ("Lung", "0 °C edge", "lung", (9.0, 6.0, 4.0)),
            ("Skin", "0 °C edge", "skin", (8.0, 5.0, -1.0)),
            ("Cut", "0 °C edge", "vein", (8.0, 5.0, None)),
        )
    )
    assert [row.subject_name for row in rows] == ["Skin", "Lung", "Cut"]
    assert (rows[2].verdict, rows[2].reason) == ("NOT ASSESSED", "The ice is cut.")


def test_a_wide_margin_of_its_own_keeps_a_far_structure_in_the_list():
    three = assessments(("Stent", "0 °C edge", "artery", (24.0, 22.0, 20.0)))
    assert range_rows(three) == ()
    for case, asked_mm in ((IceCase.LARGEST, 25.0), (IceCase.LARGEST, 19.0)):
        (stent,) = three[case].checks
        three[case] = replace(three[case], checks=(replace(stent, pass_limit=asked_mm),))
        assert len(range_rows(three)) == (asked_mm > 20.0)


def test_a_row_that_one_case_lacks_is_kept_with_a_gap():
    three = assessments(("Skin", "0 °C edge", "skin", (8.0, 5.0, 4.0)))
    three[IceCase.SMALLEST] = replace(three[IceCase.SMALLEST], checks=())
    (row,) = range_rows(three)
    assert (row.smallest, row.nominal, row.largest) == (None, 5.0, 4.0)


def by_verdicts(*rows):
    """One assessment per case of rows (subject, quantity, kind, values by case, verdicts by case)."""
    return {
        case: Assessment(
            HASH,
            HASH,
            HASH,
            tuple(check(s, q, values[n], kind=kind, verdict=Verdict(said[n])) for s, q, kind, values, said in rows),
        )
        for n, case in enumerate(IceCase)
    }


def test_H_26_no_check_that_the_ice_makes_worse_is_held_back():
    every = ("PASS", "PASS", "PASS")
    rows = range_rows(
        by_verdicts(
            ("Plexus", "coldest", "nerve", (11.0, 4.0, -2.9), ("PASS", "CHECK", "FAIL")),
            ("Lung", "volume ≤ 0 °C", "lung", (0.0, 0.0, 0.004), ("PASS", "PASS", "CHECK")),
            ("Vein", "coldest", "vein", (20.0, 20.0, 20.0), ("CHECK", "CHECK", "CHECK")),
            ("Stent", "0 °C edge", "artery", (40.0, 35.0, 30.0), ("PASS", "CHECK", "CHECK")),
            ("Nerve", "coldest", "target nerve", (-60.0, -70.0, -80.0), every),
            ("Nerve", "marked part at −20 to 0 °C", "target nerve", (9.0, 4.0, 2.0), ("CHECK", "PASS", "PASS")),
            ("Nerve", "motor fibres at or below 0 °C", "target nerve", (1.0, 2.0, 3.0), ("CHECK", "CHECK", "CHECK")),
            ("Bone", "coldest", "bone", (5.0, 4.0, 3.0), every),
            ("Lung", "P1 path inside", "lung", (3.0, 3.0, 3.0), ("FAIL", "FAIL", "FAIL")),
        )
    )
    found = {(row.subject_id, row.quantity): (row.decisive.value, row.verdict) for row in rows}
    assert found == {
        ("Plexus", "coldest"): ("largest", "FAIL"),
        ("Lung", "volume ≤ 0 °C"): ("largest", "CHECK"),
        ("Vein", "coldest"): ("largest", "CHECK"),
        ("Stent", "0 °C edge"): ("largest", "CHECK"),
        ("Nerve", "marked part at −20 to 0 °C"): ("smallest", "CHECK"),
        ("Nerve", "motor fibres at or below 0 °C"): ("largest", "CHECK"),
    }
    assert rows[0].verdict == "FAIL"


def test_H_26_a_structure_that_only_the_largest_ice_meets_is_listed():
    three = by_verdicts(("Lung", "volume ≤ 0 °C", "lung", (0.0, 0.0, 0.1), ("PASS", "PASS", "FAIL")))
    for case in (IceCase.SMALLEST, IceCase.NOMINAL):
        three[case] = replace(three[case], checks=())
    (row,) = range_rows(three)
    assert (row.nominal, row.largest, row.verdict) == (None, 0.1, "FAIL")


def test_a_range_survives_the_way_through_json():
    outcome = CaseOutcome(IceCase.LARGEST, HASH, (IsothermSize(-20.0, 1.5, 12.25),))
    rows = range_rows(assessments(("Skin", "0 °C edge", "skin", (8.0, 5.0, None))))
    found = PredictionRange(HASH, HASH, 2.0, (outcome,), rows, ("a",), ("b",))
    grid = isotropic_box((0, 0, 0), extent_mm=(8, 8, 8), spacing_mm=2)
    shared = SharedRange(found, grid, (BlobRef(HASH, grid.shape_kji, "float32"),))
    assert codec.decode(canonical_json(shared), SharedRange, where="test") == shared


@pytest.fixture
def request_of_generic_probe():
    from planner.domain.identity import ProbeId
    from planner.domain.probe import ProbePlacement
    from planner.domain.protocol import Phase, PhaseKind, Protocol
    from planner.domain.simulation import SimulationRequest

    model = next(model for model in probe_models() if model.is_generic)
    return SimulationRequest(
        pixel_hash=HASH,
        grid=isotropic_box((0, 0, 0), extent_mm=(8, 8, 8), spacing_mm=2),
        regions=(),
        probes=(ProbePlacement(ProbeId("1"), "P1", model.id, (0.0, -29.0, 0.0), (0.0, 6.0, 0.0)),),
        models=(model,),
        protocol=Protocol("test", (Phase(PhaseKind.FREEZE, 120.0),)),
        tissues=tissues(),
        conditions=body_conditions(),
    )


def test_what_was_varied_names_only_what_is_there_and_whose_choice_it_is(request_of_generic_probe):
    lines = varied_words(request_of_generic_probe, uncertainty_ranges(), tissue_ids=("muscle", "fat_subcutaneous"))
    assert "Latent heat of muscle: 150 to 334 kJ/kg (project default, after BOVINE2021-L, SARSHOGHI2026)." in lines
    assert "Frozen conductivity of fat: 0.25 to 0.4 W/(m K) (R-ASHRAE, unverified)." in lines
    assert "Frozen heat capacity of muscle; fat: 1800 to 2090 J/(kg K) (MICRO2025, SARSHOGHI2026)." in lines
    of_frozen = [line for line in lines if line.startswith("Frozen conductivity")]
    assert of_frozen[-1].startswith("Frozen conductivity of every other tissue: × 0.7 to × 1.3 (project default")
    assert not any("liver" in line or "saline" in line for line in lines)
    assert any(line.startswith("Surface of Generic 17G") for line in lines)
