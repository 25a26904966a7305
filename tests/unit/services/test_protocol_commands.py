"""Is every edit of the protocol one that can be taken back, with the right name on it?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.digest import canonical_json
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import ProbeId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol, SkinWarming
from planner.domain.volume import VolumeRef
from planner.persistence.codec import decode
from planner.persistence.resources import protocols
from planner.planning.phase_edits import COMMON
from planner.services.protocol_commands import ChooseProtocol, CommonSchedule, OwnSchedule, SetPhases, WarmSkin

GRID = Grid.from_axes((6, 7, 8), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(2, 2, 2))
P1, P2 = (ProbePlacement(ProbeId(i), i.upper(), "m", (0.0, 0.0, 0.0), (0.0, 0.0, 9.0)) for i in ("p1", "p2"))
EIGHT, TEN = (next(p for p in protocols() if p.name == f"Nerve, one freeze of {n} min") for n in (8, 10))
FREEZE, THAW = Phase(PhaseKind.FREEZE, 300.0), Phase(PhaseKind.PASSIVE_THAW, 60.0)


@pytest.fixture
def plan():
    ref = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
    return ChooseProtocol(EIGHT).apply(Plan("plan", "plan", ref, probes=(P1, P2)))


def test_an_edited_preset_is_an_own_protocol_that_says_what_it_was(plan):
    edited = SetPhases(COMMON, (FREEZE, THAW), "change phase 1").apply(plan).protocol
    assert (edited.name, edited.source, edited.based_on) == ("Own protocol", "", "Nerve, one freeze of 8 min")
    assert edited.title == "Own protocol, based on Nerve, one freeze of 8 min"
    twice = SetPhases(COMMON, (FREEZE,), "x").apply(replace(plan, protocol=edited)).protocol
    assert twice.based_on == "Nerve, one freeze of 8 min"


def test_phases_that_are_a_preset_again_get_its_name_and_source_back(plan):
    edited = SetPhases(COMMON, (FREEZE,), "x").apply(plan)
    ten = SetPhases(COMMON, (Phase(PhaseKind.FREEZE, 600.0),), "x").apply(edited).protocol
    assert (ten.name, ten.source, ten.based_on) == (TEN.name, "SEED", "")
    assert SetPhases(COMMON, (), "x").apply(plan).protocol == Protocol("No protocol", ())


def test_a_probe_of_its_own_makes_the_protocol_an_own_one_and_the_way_back_undoes_that(plan):
    own = OwnSchedule(P2.id, "P2").apply(plan)
    assert own.protocol.phases_of(P2.id) == EIGHT.phases
    assert own.protocol.title == "Own protocol, based on Nerve, one freeze of 8 min"
    late = SetPhases((P2.id,), (THAW, FREEZE), "x").apply(own)
    assert late.protocol.phases_of(P1.id) == EIGHT.phases
    assert late.protocol.total_s == 480.0
    assert CommonSchedule(P2.id, "P2").apply(late) == plan


def test_a_preset_leaves_single_schedules_and_warm_skin_alone(plan):
    warm = WarmSkin(SkinWarming(40.0, 100.0)).apply(OwnSchedule(P2.id, "P2").apply(plan))
    chosen = ChooseProtocol(TEN).apply(warm).protocol
    assert chosen.phases == TEN.phases
    assert chosen.phases_of(P2.id) == EIGHT.phases
    assert chosen.skin_warming == SkinWarming(40.0, 100.0)
    assert chosen.based_on == TEN.name


def test_warm_skin_is_no_part_of_the_name_and_can_be_left(plan):
    warm = WarmSkin(SkinWarming(42.0, 200.0)).apply(plan)
    assert warm.protocol.name == EIGHT.name
    assert WarmSkin(None).apply(warm) == plan


def test_unknown_probes_and_empty_schedules_are_refused(plan):
    with pytest.raises(PlanInvalid):
        SetPhases((ProbeId("gone"),), (FREEZE,), "x").apply(plan)
    with pytest.raises(PlanInvalid):
        OwnSchedule(ProbeId("gone"), "P9").apply(plan)
    with pytest.raises(PlanInvalid, match="no phases yet that P2 could have"):
        OwnSchedule(P2.id, "P2").apply(replace(plan, protocol=Protocol("No protocol", ())))
    with pytest.raises(PlanInvalid, match="own schedule has no phase"):
        SetPhases((P2.id,), (), "x").apply(plan)


def test_what_it_was_based_on_is_kept_in_the_file_and_older_plans_lack_it(plan):
    edited = SetPhases(COMMON, (FREEZE, THAW), "x").apply(plan)
    assert decode(canonical_json(edited), Plan, where="test") == edited
    assert b"based_on" not in canonical_json(plan)
