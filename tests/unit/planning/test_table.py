"""Down is the back of a supine patient, the front of a prone one, the side named when lying on a side."""

from __future__ import annotations

import math

import pytest

from planner.domain.assessment import Assessment
from planner.domain.digest import canonical_json, content_hash
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PlanId, ProbeId, Sha256
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.volume import VolumeRef
from planner.persistence.resources import probe_models
from planner.planning.table import below_horizontal_deg, position_words, table_findings
from planner.report.judging import Pessimist
from planner.report.operating import printed_probes
from planner.report.placing import scan_facts
from planner.services.probe_commands import SetPosition

# From the tip the hub lies 30 mm to the patient's left and 40 mm to the back: 50 mm of shaft.
BACK_LEFT = ProbePlacement(ProbeId("1"), "P1", "generic-17g-short", (30.0, 40.0, 0.0), (0.0, 0.0, 0.0))
GRID = Grid.from_axes((4, 4, 4), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
PLAN = Plan(
    PlanId("p"), "plan", VolumeRef(Sha256("a" * 64), GRID, PatientPosition.FFS, "1", "2", "3"), probes=(BACK_LEFT,)
)


def printed_in_plane(plan):
    nothing_judged = Assessment(PLAN.hash, Sha256("b" * 64), Sha256("c" * 64), ())
    (probe,) = printed_probes(plan, probe_models(), assessment=nothing_judged, pessimist=Pessimist(()), facts={})
    return probe.in_plane


@pytest.mark.parametrize(
    ("position", "rise"),
    [("HFS", 40 / 50), ("FFS", 40 / 50), ("HFP", -40 / 50), ("HFDL", 30 / 50), ("FFDR", -30 / 50)],
)
def test_how_far_a_hub_points_down_follows_from_how_the_patient_lies(position, rise):
    expected = math.degrees(math.asin(rise))
    assert below_horizontal_deg(BACK_LEFT, PatientPosition(position)) == pytest.approx(expected)
    assert bool(table_findings(BACK_LEFT, PatientPosition(position))) == (expected > 0)


def test_a_back_entry_on_a_supine_patient_names_the_table():
    (finding,) = table_findings(BACK_LEFT, PatientPosition.HFS)
    assert finding.sentence.startswith(
        "P1 comes 53° from below with the patient head first, supine: the table is there."
    )


def test_another_position_is_kept_said_and_changes_angles_and_nothing_else():
    turned = SetPosition(PatientPosition.FFDR).apply(PLAN)
    assert turned.position is PatientPosition.FFDR
    assert "planned feet first, right side down" in position_words(turned)
    assert {fact.label: fact.text for fact in scan_facts(turned)}["Planned position"].startswith("feet first, right")
    # Vertical is left-right now: 40 mm to the back over 30 mm up are atan(40/30) = 53.1°. Before, 30 mm to the
    # left over 40 mm down, from below: 180° − atan(30/40) = 143.1°.
    assert printed_in_plane(turned) == "53.1° P"
    assert printed_in_plane(PLAN) == "143.1° L"
    assert SetPosition(PatientPosition.FFS).apply(turned) == PLAN


def test_plans_as_scanned_keep_their_hash():
    assert b"planned_position" not in canonical_json(PLAN)
    assert content_hash(SetPosition(PatientPosition.FFP).apply(PLAN)) != content_hash(PLAN)
    assert position_words(PLAN) == ""
