"""Is what a record keeps of a plan what the plan says, with moments and axes that can be told by hand?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.assessment import Assessment
from planner.domain.errors import PlanFileError
from planner.domain.identity import PatientIdentity
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.domain.structure import StructureKind
from planner.domain.structure_figures import StructureFigures
from planner.persistence.planfile import PlanFile, Step, StepKind
from planner.persistence.resources import probe_models, rule_set
from planner.services.case_plans import as_planned, case_plan, new_procedure, planned_in_file, planned_procedure
from planner.services.session import utc_now
from tests.unit.services.figure_case import BODY, CT, NERVE, a_case, a_result, structure, voxel_centres

FREEZE_300 = Protocol("One freeze of 5 min", (Phase(PhaseKind.FREEZE, 300.0), Phase(PhaseKind.PASSIVE_THAW, 120.0)))
AT = "2026-03-02T10:00:00Z"
NOBODY = PatientIdentity()


@pytest.fixture(scope="module")
def plan():
    return replace(a_case(count=2, targets=(NERVE, BODY)).plan, protocol=FREEZE_300)


def test_a_case_keeps_what_a_plan_is_for_and_where_it_lies(plan, tmp_path):
    kept = case_plan(plan, tmp_path / "ball.frostline", at=AT)
    assert (kept.plan_id, kept.name, kept.case_kind) == (plan.id, "Ball of ice", "patient")
    assert kept.path == str(tmp_path / "ball.frostline")
    assert kept.targets == ("Left intercostal nerve T8", "Left stellate ganglion")
    assert kept.atlas_ids == ("intercostal", "stellate")
    assert kept.plan_hash == plan.hash
    assert kept.plan_hash != case_plan(replace(plan, name="Other"), "", at=AT).plan_hash


def test_probes_are_kept_with_the_name_of_their_model_and_their_own_phases(plan):
    own = (Phase(PhaseKind.FREEZE, 60.0),)
    with_own = replace(plan, protocol=replace(FREEZE_300, exceptions=(ProbeSchedule(plan.probes[1].id, own),)))
    first, second = planned_procedure(with_own).probes
    model = next(model for model in probe_models() if model.id == plan.probes[0].model_id)
    assert (first.label, first.model_name) == ("P1", model.label)
    assert first.depth_mm == pytest.approx(np.linalg.norm(np.subtract(first.entry_lps_mm, first.tip_lps_mm)))
    assert (first.phases, second.phases) == (FREEZE_300.phases, own)


def test_recovery_is_the_distance_over_the_fastest_and_slowest_rate(plan):
    """90 mm at the rates of the rules; a ganglion has none, and the reason is kept."""
    target = replace(NERVE, end_organ_mm=90.0, end_organ_source="measured")
    rates = rule_set().regrowth_mm_per_day
    slowest, fastest = min(r.value for r in rates), max(r.upper or r.value for r in rates)
    nerve, body = planned_procedure(replace(plan, targets=(target, BODY))).targets
    assert nerve.recovery_low_days == pytest.approx(90.0 / fastest)
    assert nerve.recovery_high_days == pytest.approx(90.0 / slowest)
    assert (body.recovery_low_days, body.recovery_high_days) == (None, None)
    assert body.recovery_words


def test_without_a_prediction_there_is_no_ice_and_no_moment(plan):
    kept = planned_procedure(plan)
    assert (kept.ice_long_mm, kept.ice_short_mm, kept.moments) == (None, None, ())
    assert kept.protocol == "One freeze of 5 min"
    assert planned_procedure(replace(plan, case_kind="training")).case_kind == "training"


def test_the_axes_are_those_of_the_ball_at_the_end_of_the_freeze(plan):
    """At 300 s the ball of ice has a radius of 10 mm."""
    kept = planned_procedure(plan, a_result())
    assert kept.ice_long_mm == pytest.approx(20.0, abs=0.2)
    assert kept.ice_short_mm == pytest.approx(20.0, abs=0.2)


def test_the_body_is_treated_when_its_farthest_point_is_at_the_isotherm(plan):
    """6 mm from the middle: 37 °C to −40 °C in 300 s, linear, so −20 °C after 57/77 of it. The nerve's ends never."""
    moments = planned_procedure(plan, a_result()).moments
    assert [moment.words for moment in moments] == ["−20 °C through Left stellate ganglion"]
    assert moments[0].at_s == pytest.approx(300 * 57 / 77, abs=2.0)


def test_ice_that_comes_near_a_structure_is_told_with_its_time(plan):
    """A ball whose surface lies 12 mm from the middle: ice within 3 mm when it is 9 mm wide, at 37/47 of 300 s."""
    mask = np.linalg.norm(voxel_centres(CT) - (0.0, 22.0, 0.0), axis=-1) <= 10.0
    near = structure("Artery", StructureKind.ARTERY, "2")
    figures = (StructureFigures(near.id, minimum_c=20.0, edge_mm=2.0),)
    assessment = Assessment("a" * 64, "b" * 64, "c" * 64, (), structures=figures)
    alone = replace(plan, structures=(near,), targets=())
    (moment,) = planned_procedure(alone, a_result(), assessment, mask_of=lambda _id: mask).moments
    assert moment.words == "ice within 3 mm of Artery"
    assert 300 * 37 / 47 <= moment.at_s <= 300 * 37 / 37  # its voxels know its surface to half of 1.5 mm


def test_ice_that_reaches_a_structure_says_both_in_order(plan):
    """Its surface lies 5 mm from the middle: within 3 mm at 37/117 of 300 s, reached at 37/87 of it."""
    mask = np.linalg.norm(voxel_centres(CT) - (0.0, 20.0, 0.0), axis=-1) <= 15.0
    near = structure("Lung", StructureKind.LUNG, "2")
    figures = (StructureFigures(near.id, minimum_c=-50.0, edge_mm=-5.0),)
    assessment = Assessment("a" * 64, "b" * 64, "c" * 64, (), structures=figures)
    alone = replace(plan, structures=(near,), targets=())
    near_by, reached = planned_procedure(alone, a_result(), assessment, mask_of=lambda _id: mask).moments
    assert (near_by.words, reached.words) == ("ice within 3 mm of Lung", "ice reaches Lung")
    assert near_by.at_s == pytest.approx(300 * 37 / 117, abs=10)
    assert reached.at_s == pytest.approx(300 * 37 / 87, abs=10)


def test_a_structure_out_of_reach_is_not_even_looked_at(plan):
    far = structure("Aorta", StructureKind.ARTERY, "2")
    figures = (StructureFigures(far.id, minimum_c=36.0, edge_mm=25.0),)
    assessment = Assessment("a" * 64, "b" * 64, "c" * 64, (), structures=figures)

    def refuse(structure_id):
        raise AssertionError(structure_id)

    alone = replace(plan, structures=(far,), targets=())
    assert planned_procedure(alone, a_result(), assessment, mask_of=refuse).moments == ()


def test_a_plan_that_another_window_holds_is_read_as_a_copy_and_stays_as_it_is(plan, tmp_path):
    path = tmp_path / "held.frostline"
    held = PlanFile.create(path, Step(StepKind.START, "", "program", AT, plan), identity=NOBODY, source_folder="")
    try:
        before = path.read_bytes()
        assert planned_in_file(path).plan_name == "Ball of ice"
        assert path.read_bytes() == before
    finally:
        held.close()
    assert planned_in_file(path).protocol == "One freeze of 5 min"


def test_a_file_that_is_no_plan_is_refused(tmp_path):
    (tmp_path / "no.frostline").write_text("nothing")
    with pytest.raises(PlanFileError, match=r"no\.frostline"):
        planned_in_file(tmp_path / "no.frostline")


def test_a_new_record_is_open_and_says_nothing_as_done(plan):
    kept = planned_procedure(plan)
    first, second = (new_procedure(kept, day="2026-03-02", operator="Dr A") for _ in range(2))
    assert first.id != second.id
    assert (first.probes, first.phases, first.scans, first.complications) == ((), (), (), ())
    assert (first.no_complication_by, first.ice, first.is_technical_success) == ("", None, None)
    assert not first.is_finished


def test_as_planned_says_that_it_is(plan):
    planned = planned_procedure(plan).probes[0]
    used = as_planned(planned)
    assert (used.tip_lps_mm, used.entry_lps_mm, used.depth_mm) == (
        planned.tip_lps_mm,
        planned.entry_lps_mm,
        planned.depth_mm,
    )
    assert (used.planned_label, used.source) == ("P1", "as planned")


def test_times_of_the_program_are_times_of_a_record():
    from planner.domain.moment import require_moment

    require_moment(utc_now(), "now")
