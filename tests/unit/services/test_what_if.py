"""Do the rows say what each plan says for itself, do they arrive one by one, and does adopting make that plan?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import array_hash, canonical_json
from planner.domain.errors import Cancelled, PlanInvalid
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.progress import ignore, silent
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.rule import Quantity, Verdict
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, NerveCurve, Target
from planner.domain.volume import Volume, VolumeRef
from planner.domain.what_if import VariationKind, WhatIfTable
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models
from planner.planning.what_if import figures_of
from planner.services.prediction import body_at_rest, judged, request_for
from planner.services.shared import SharedVolume
from planner.services.tasks import perform
from planner.services.what_if import AdoptWhatIf, compare_what_if, nerve_presets
from planner.services.what_if_tasks import CompareWhatIf
from planner.thermal.run import simulate

GRID = Grid.from_axes((50, 50, 50), origin_lps_mm=(-49, -49, -49), spacing_ijk_mm=(2, 2, 2))
LABEL_LIMIT = {"edge": 0.6, "percent": 8.0}


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def plan(blobs):
    """Soft tissue under air, one probe at a nerve, the gullet beside it."""
    places = np.stack(np.meshgrid(*(np.arange(50) * 2 - 49,) * 3, indexing="ij"), axis=-1)  # z, y, x
    body = places[..., 1] > -40
    gullet = np.hypot(places[..., 2] - 22, places[..., 1] - 4) < 6
    hu = np.where(body, 40, -1000).astype(np.int16)
    volume = VolumeRef(array_hash(hu), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4")
    said = {"confirmed_by": "T", "confirmed_at": "2026-01-01T00:00:00Z"}
    structures = tuple(
        Structure(StructureId(n), name, kind, blobs.put(mask), StructureOrigin.DRAWN, method="by hand", **said)
        for n, name, kind, mask in (
            ("s", "Skin", StructureKind.SKIN, body),
            ("g", "Gullet", StructureKind.OESOPHAGUS, gullet),
        )
    )
    probe = ProbePlacement(ProbeId("p1"), "P1", "generic-17g-short", (0.0, -40.0, 0.0), (0.0, 8.0, 0.0))
    block = DiagnosticBlock("2025-11-03", "lidocaine", 80.0, "4 h")
    nerve = NerveCurve(((-12.0, 0.0, 2.0), (12.0, 0.0, 2.0)))
    target = Target(TargetId("n"), "Nerve", "genicular", Side.LEFT, nerve, "", 2.0, "measured", block=block)
    freeze = Protocol("Test", (Phase(PhaseKind.FREEZE, 180.0), Phase(PhaseKind.PASSIVE_THAW, 30.0)))
    return Plan(PlanId("plan"), "Small", volume, structures, (target,), (probe,), freeze)


@pytest.fixture(scope="module")
def volume(plan, blobs):
    body = blobs.get(plan.structures[0].mask)
    return SharedVolume.of(Volume(plan.volume, np.where(body, 40, -1000).astype(np.int16)), blobs)


@pytest.fixture(scope="module")
def told(plan, volume, blobs):
    """The table, and every table on the way to it."""
    seen: list[WhatIfTable] = []
    table = perform(CompareWhatIf(volume, plan), blobs=blobs, progress=silent, partial=seen.append)
    return table, seen


def test_rows_come_one_by_one_the_plan_first(plan, told):
    table, seen = told
    assert [len(each.rows) for each in seen] == list(range(1, len(table.rows) + 1))
    assert table.planned.variation is None
    assert table.plan_hash == plan.judged_hash
    assert {row.variation.kind for row in table.rows[1:]} == set(VariationKind)
    assert all(len(row.values) == len(table.limits) for row in table.rows if not row.reason)
    assert codec.decode(canonical_json(table), WhatIfTable, where="table") == table


def test_longer_and_deeper_do_what_physics_says(told):
    table, _ = told
    rows = {row.variation.words: figures_of(table.limits, row) for row in table.rows[1:] if not row.reason}
    treated = [
        rows[words].covered_percent for words in ("2 min shorter", "1 min longer", "2 min longer") if words in rows
    ]
    assert treated == sorted(treated)
    edges = [rows[words].margin.value.value for words in ("1 min shorter", "1 min longer", "2 min longer")]
    assert edges == sorted(edges, reverse=True), "more freezing, less margin"


@pytest.mark.parametrize("words", ["", "2 min longer", "P1 5 mm deeper"])
def test_a_row_agrees_with_the_plans_own_coarse_prediction(plan, volume, blobs, told, words):
    """The solver's standard steps in the plan's own box and the assessment's own code, on cells of the same size."""
    table, _ = told
    row = next(r for r in table.rows if (r.variation.words if r.variation else "") == words)
    own = plan if row.variation is None else AdoptWhatIf(row.variation).apply(plan)
    asked = request_for(own, spacing_mm=2.0)
    body = body_at_rest(asked, volume, blobs=blobs, progress=silent)
    assessment = judged(own, simulate(asked, body.tissue_map, prepared=body), blobs=blobs)
    checks = {(check.subject_id, check.quantity): check for check in assessment.checks}
    compared = 0
    for key, value in zip(table.limits, row.values, strict=True):
        check = checks.get((key.subject_id, key.words))
        if key.quantity is not Quantity.EDGE_DISTANCE_MM or check is None or check.value is None or value.is_bound:
            continue
        compared += 1
        assert value.value == pytest.approx(check.value, abs=LABEL_LIMIT["edge"]), key.subject_name
    assert compared
    coldest = min(profile.coldest_c[i] for profile in assessment.profiles for i in range(len(profile.coldest_c)))
    assert row.coldest_c == pytest.approx(coldest, abs=2.5)


def test_adopting_makes_exactly_that_plan_in_one_edit(plan, told):
    table, _ = told
    by_kind = {row.variation.kind: row.variation for row in table.rows[1:]}
    schedule = AdoptWhatIf(by_kind[VariationKind.SCHEDULE]).apply(plan)
    preset = next(each for each in nerve_presets() if each.name == by_kind[VariationKind.SCHEDULE].item_id)
    assert (schedule.protocol.name, schedule.protocol.source) == (preset.name, preset.source)
    freeze = AdoptWhatIf(by_kind[VariationKind.FREEZE_TIME]).apply(plan)
    assert freeze.protocol.based_on == "Test", "edited phases are somebody's own"
    assert replace(freeze, protocol=plan.protocol) == plan
    depth = AdoptWhatIf(by_kind[VariationKind.DEPTH]).apply(plan)
    assert replace(depth, probes=plan.probes) == plan
    model = AdoptWhatIf(by_kind[VariationKind.MODEL]).apply(plan)
    assert {probe.model_id for probe in model.probes} == {by_kind[VariationKind.MODEL].item_id}


def test_what_cannot_be_computed_says_why(plan, volume, blobs):
    """A probe whose active zone would be pushed out of the scan, and a plan without a probe."""
    model = next(each for each in probe_models() if each.id == plan.probes[0].model_id)
    at_rim = replace(plan.probes[0], tip_lps_mm=(0.0, 49.0 + (model.tip_to_active_mm.value or 0.0), 0.0))
    table = compare_what_if(
        CompareWhatIf(volume, replace(plan, probes=(at_rim,))), blobs=blobs, progress=silent, partial=ignore
    )
    refused = {row.variation.words: row for row in table.rows if row.reason}
    assert {"P1 2 mm deeper", "P1 5 mm deeper"} <= set(refused)
    assert all("outside the scan" in row.reason and not row.values for row in refused.values())
    assert not table.planned.reason
    with pytest.raises(PlanInvalid, match="no probe"):
        compare_what_if(CompareWhatIf(volume, replace(plan, probes=())), blobs=blobs, progress=silent, partial=ignore)


def test_it_stops_when_asked(plan, volume, blobs):
    steps = []

    def stop(done: int, total: int, phase: str) -> None:
        steps.append((done, total, phase))
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_what_if(CompareWhatIf(volume, plan), blobs=blobs, progress=stop, partial=ignore)
    assert steps[-1][0] == 2
    assert {phase for _, _, phase in steps} == {"Comparing variations"}


def test_every_model_offered_can_be_simulated(told):
    table, _ = told
    known = {model.id: model for model in probe_models()}
    models = [row.variation.item_id for row in table.rows[1:] if row.variation.kind is VariationKind.MODEL]
    assert models
    assert all(known[model_id].can_simulate for model_id in models)
    reach = [
        value.verdict
        for row in table.rows
        for key, value in zip(table.limits, row.values, strict=False)
        if key.words == "usable length" and row.variation and row.variation.item_id == "galil-icesphere-1.5"
    ]
    assert reach == [Verdict.NOT_ASSESSED], "nobody published how long it is"
