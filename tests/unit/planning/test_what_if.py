"""Which variations does a plan have, what plan is each, and are its figures what a hand would work out?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PatientPosition, Side, distance_mm, isotropic_box
from planner.domain.identity import PlanId, ProbeId, Sha256, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.domain.robustness import CoverageValue, LimitKey, LimitValue
from planner.domain.rule import Quantity, Verdict
from planner.domain.target import Target, TargetBody
from planner.domain.volume import VolumeRef
from planner.domain.what_if import Variation, VariationKind, WhatIfRow
from planner.persistence.resources import probe_models
from planner.planning.robust_limits import DrawnField
from planner.planning.what_if import (
    coldest_in_targets_c,
    differences,
    figures_of,
    offered,
    pushed,
    reach_values,
    varied,
)

FREEZE, THAW = PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW
GRID = Grid.from_axes((10, 10, 10), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(10, 10, 10))
MODELS = probe_models()
SIMULATED = [model for model in MODELS if model.can_simulate]
EIGHT = Protocol("Eight", (Phase(FREEZE, 480.0),), source="S")
TWICE = Protocol("Twice", (Phase(FREEZE, 90.0), Phase(THAW, 30.0), Phase(FREEZE, 90.0)), source="S")


def _plan(*phases: Phase, probes: int = 1, locked: tuple[str, ...] = ()) -> Plan:
    volume = VolumeRef(Sha256("a" * 64), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4")
    placed = tuple(
        ProbePlacement(ProbeId(f"p{n}"), f"P{n}", SIMULATED[0].id, (10.0 * n, 20.0, 30.0), (10.0 * n, 60.0, 60.0))
        for n in range(1, probes + 1)
    )
    protocol = Protocol("Own", phases or (Phase(FREEZE, 300.0), Phase(THAW, 60.0)))
    return Plan(
        PlanId("p"), "P", volume, probes=placed, protocol=protocol, locked_probes=tuple(ProbeId(n) for n in locked)
    )


def _kinds(plan, presets=(EIGHT, TWICE)):
    told = offered(plan, models=MODELS, presets=presets)
    return {kind: [v.words for v in told.variations if v.kind is kind] for kind in VariationKind}, told.left_out


def test_every_kind_is_offered_one_row_each():
    kinds, left_out = _kinds(_plan(probes=2))
    assert kinds[VariationKind.FREEZE_TIME] == ["2 min shorter", "1 min shorter", "1 min longer", "2 min longer"]
    assert kinds[VariationKind.SCHEDULE] == ["Eight", "Twice"]
    assert kinds[VariationKind.MODEL] == [model.label for model in SIMULATED[1:]]
    assert kinds[VariationKind.DEPTH] == [
        f"P{n} {words}" for n in (1, 2) for words in ("5 mm less deep", "2 mm less deep", "2 mm deeper", "5 mm deeper")
    ]
    assert len(left_out) == 1, "models that nobody can simulate"
    assert all(model.label in left_out[0] for model in MODELS if not model.can_simulate)


def test_keys_are_unique():
    told = offered(_plan(probes=3), models=MODELS, presets=(EIGHT, TWICE))
    assert len({variation.key for variation in told.variations}) == len(told.variations)


def test_what_would_leave_no_freeze_is_told():
    kinds, left_out = _kinds(_plan(Phase(FREEZE, 90.0), Phase(THAW, 30.0), Phase(FREEZE, 90.0)))
    assert kinds[VariationKind.FREEZE_TIME] == [
        "Each freeze 1 min shorter",
        "Each freeze 1 min longer",
        "Each freeze 2 min longer",
    ]
    assert kinds[VariationKind.SCHEDULE] == ["Eight"], "the plan's own schedule is no variation"
    assert any("Each freeze 2 min shorter is not offered" in sentence for sentence in left_out)


def test_locked_probes_are_left_as_they_are():
    plan = _plan(probes=2, locked=("p1",))
    kinds, left_out = _kinds(plan)
    assert kinds[VariationKind.MODEL] == []
    assert all(words.startswith("P2") for words in kinds[VariationKind.DEPTH])
    assert sum("locked" in sentence for sentence in left_out) == 2
    for variation in (
        Variation(VariationKind.DEPTH, "x", "p1", deeper_mm=2.0),
        Variation(VariationKind.MODEL, "x", item_id=SIMULATED[1].id),
    ):
        with pytest.raises(PlanInvalid, match="P1 is locked"):
            varied(plan, variation, presets=())


def test_freezes_alone_get_longer_in_every_schedule():
    plan = _plan(Phase(FREEZE, 300.0), Phase(THAW, 60.0), probes=2)
    own = ProbeSchedule(ProbeId("p2"), (Phase(THAW, 10.0), Phase(FREEZE, 200.0)))
    plan = replace(plan, protocol=replace(plan.protocol, exceptions=(own,)))
    longer = varied(plan, Variation(VariationKind.FREEZE_TIME, "x", longer_s=60.0), presets=()).protocol
    assert [phase.duration_s for phase in longer.phases] == [360.0, 60.0]
    assert [phase.duration_s for phase in longer.exceptions[0].phases] == [10.0, 260.0]
    assert plan.protocol.phases[0].duration_s == 300.0


def test_a_probe_is_pushed_along_its_shaft():
    probe = _plan().probes[0]  # from (10, 20, 30) to (10, 60, 60): 50 mm, direction (0, 0.8, 0.6)
    deeper = pushed(probe, 5.0)
    assert deeper.entry_lps_mm == probe.entry_lps_mm
    assert deeper.tip_lps_mm == pytest.approx((10.0, 64.0, 63.0))
    assert distance_mm(deeper.entry_lps_mm, pushed(probe, -2.0).tip_lps_mm) == pytest.approx(48.0)


def test_what_is_gone_is_refused_in_words():
    for variation, words in (
        (Variation(VariationKind.SCHEDULE, "x", item_id="Nobody's"), "no schedule"),
        (Variation(VariationKind.DEPTH, "x", "gone", deeper_mm=2.0), "not in the plan any more"),
    ):
        with pytest.raises(PlanInvalid, match=words):
            varied(_plan(), variation, presets=(EIGHT,))


def test_depths_are_held_against_the_models_length():
    probe = _plan().probes[0]
    model = next(m for m in SIMULATED if m.usable_length_mm.value is not None)
    unknown = next(m for m in SIMULATED if m.usable_length_mm.value is None)
    short = replace(model, usable_length_mm=replace(model.usable_length_mm, value=49.9))
    just = replace(model, usable_length_mm=replace(model.usable_length_mm, value=50.0))
    said = {
        (name, at): reach_values((replace(probe, model_id=model.id),), {model.id: m})[0].verdict
        for name, at, m in (("short", 0, short), ("just", 1, just))
    }
    assert list(said.values()) == [Verdict.FAIL, Verdict.PASS]
    nobody_knows = reach_values((replace(probe, model_id=unknown.id),), {unknown.id: unknown})[0]
    assert nobody_knows.verdict is Verdict.NOT_ASSESSED
    assert unknown.label in nobody_knows.reason


def _key(name, quantity=Quantity.EDGE_DISTANCE_MM, need=5.0):
    return LimitKey(name, name, "lung", quantity, "0 °C edge", "mm", "≥", need, need / 2)


def test_the_worst_margin_is_the_worst_verdict_with_least_room():
    keys = (_key("far", need=5.0), _key("near", need=2.0), _key("path", Quantity.PATH_DISTANCE_MM), _key("cut"))
    values = (
        LimitValue(Verdict.CHECK, 4.0),  # 1 mm short
        LimitValue(Verdict.PASS, 2.5),  # half a millimetre to spare
        LimitValue(Verdict.FAIL, 0.1),  # no margin of the ice
        LimitValue(Verdict.NOT_ASSESSED, None, "cut"),
    )
    row = WhatIfRow(None, values, (CoverageValue(TargetId("a"), 80.0), CoverageValue(TargetId("b"), 55.0)), -60.0)
    told = figures_of(keys, row)
    assert told.margin.key.subject_name == "far"
    assert told.covered_percent == 55.0, "of the target of which least is treated"
    assert told.coldest_c == -60.0
    assert [told.counts[v] for v in (Verdict.PASS, Verdict.CHECK, Verdict.FAIL, Verdict.NOT_ASSESSED)] == [1, 1, 1, 1]
    unknown = replace(row, coverages=(*row.coverages, CoverageValue(TargetId("c"), None)))
    assert figures_of(keys, unknown).covered_percent is None, "one that is not told could be the least"
    assert figures_of((), WhatIfRow(None)).margin is None


def test_only_verdicts_that_change_are_differences():
    keys = (_key("a"), _key("b"), _key("c"))
    planned = WhatIfRow(None, tuple(LimitValue(v, 1.0) for v in (Verdict.PASS, Verdict.FAIL, Verdict.PASS)))
    row = WhatIfRow(None, tuple(LimitValue(v, 2.0) for v in (Verdict.PASS, Verdict.PASS, Verdict.FAIL)))
    found = differences(keys, planned, row)
    assert [(each.key.subject_name, each.is_worse) for each in found] == [("c", True), ("b", False)]


def test_the_coldest_point_is_looked_for_in_every_target():
    box = isotropic_box((0, 0, 0), extent_mm=(40, 40, 40), spacing_mm=2)
    field = np.full(box.shape_kji, 37.0, np.float32)
    field[:] = box.to_lps(np.stack(np.meshgrid(*(range(n) for n in box.shape_kji), indexing="ij"), -1)[..., ::-1])[
        ..., 0
    ]
    bodies = [
        Target(TargetId(str(x)), "G", "celiac", Side.MIDLINE, TargetBody((x, 0, 0), (0, 0, 1.0), 6.0, 6.0))
        for x in (-5.0, 8.0)
    ]
    # The field is x itself: the coldest point of the body about x = −5 with radius 3 is −8.
    assert coldest_in_targets_c(bodies, DrawnField(field, box)) == pytest.approx(-8.0, abs=0.1)
    assert coldest_in_targets_c((), DrawnField(field, box)) is None
