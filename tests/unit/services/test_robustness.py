"""Is a plan's robustness the same in whatever processes, does it match the assessment, and does it stop when asked?"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.datum import Datum, Status
from planner.domain.digest import array_hash, canonical_json, content_hash
from planner.domain.errors import Cancelled, InputRefused, PlanInvalid, WorkerFailed
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.progress import silent
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.robustness import Magnitude, Robustness, Technique
from planner.domain.rule import Quantity, Verdict
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, NerveCurve, Target, TargetBody
from planner.domain.uncertainty import IceCase
from planner.domain.volume import Volume, VolumeRef
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models, rule_set
from planner.planning.placement_errors import displaced, draws
from planner.planning.robust_limits import IceLimits
from planner.services.local_processes import InThisProcess, local_executor
from planner.services.prediction import body_at_rest, request_for
from planner.services.robustness import robustness
from planner.services.robustness_draws import DrawsAsked, DrawsDone, DrawsPlan, judge_draws
from planner.services.robustness_tasks import AssessRobustness
from planner.services.shared import SharedVolume
from planner.services.tasks import Predict, perform
from planner.thermal.run import coldest_c

GRID = Grid.from_axes((60, 60, 60), origin_lps_mm=(-59, -59, -59), spacing_ijk_mm=(2, 2, 2))


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def plan(blobs):
    """Soft tissue under air, two probes, a ganglion and a nerve between them, the gullet and an artery beside."""
    places = np.stack(np.meshgrid(*(np.arange(60) * 2 - 59,) * 3, indexing="ij"), axis=-1)  # z, y, x
    body = places[..., 1] > -40
    gullet = np.hypot(places[..., 2] - 24, places[..., 1] - 4) < 6
    artery = np.hypot(places[..., 2] + 14, places[..., 1] + 10) < 4
    volume = VolumeRef(
        array_hash(np.where(body, 40, -1000).astype(np.int16)), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4"
    )
    origin, said = StructureOrigin.DRAWN, {"confirmed_by": "T", "confirmed_at": "2026-01-01T00:00:00Z"}
    kinds = (
        ("s", "Skin", StructureKind.SKIN, body),
        ("g", "Gullet", StructureKind.OESOPHAGUS, gullet),
        ("a", "Artery", StructureKind.ARTERY, artery),
    )
    structures = tuple(
        Structure(StructureId(n), name, kind, blobs.put(mask), origin, method="by hand", **said)
        for n, name, kind, mask in kinds
    )
    model = next(m for m in probe_models() if m.can_simulate)
    probes = tuple(
        ProbePlacement(ProbeId(f"p{n}"), f"P{n}", model.id, (x, -40.0, 0.0), (x, 8.0, 0.0))
        for n, x in enumerate((-4.0, 4.0))
    )
    block = DiagnosticBlock("2025-11-03", "lidocaine", 80.0, "4 h")
    targets = (
        Target(
            TargetId("t"),
            "Ganglion",
            "celiac",
            Side.MIDLINE,
            TargetBody((0, 0, 0), (0, 0, 1.0), 12.0, 7.0),
            block=block,
        ),
        Target(
            TargetId("n"),
            "Nerve",
            "genicular",
            Side.LEFT,
            NerveCurve(((-12.0, 0.0, 2.0), (12.0, 0.0, 2.0))),
            "",
            2.0,
            "measured",
            block=block,
        ),
    )
    freeze = Protocol("Test", (Phase(PhaseKind.FREEZE, 180.0), Phase(PhaseKind.PASSIVE_THAW, 30.0)))
    return Plan(PlanId("plan"), "Small", volume, structures, targets, probes, freeze)


@pytest.fixture(scope="module")
def volume(plan, blobs):
    body = blobs.get(plan.structures[0].mask)
    return SharedVolume.of(Volume(plan.volume, np.where(body, 40, -1000).astype(np.int16)), blobs)


def technique(mean_mm=3.0, depth_mm=1.5):
    def datum(value):
        return Datum(value, Status.PROJECT_DEFAULT)

    return Technique("t", "T", Magnitude.LATERAL, datum(mean_mm), datum(mean_mm / 2), datum(depth_mm), datum(0.2))


PREVIEW_NOTE = "A preview: only a prediction on 1 mm cells"
STILL = replace(technique(0.0, 0.0), sd_mm=Datum(None, Status.MISSING))


def _told(plan, volume, blobs, executor=None, **asked):
    asked = {"draws": 11, "seed": 3, "fine": 0, "technique": technique()} | asked
    request = AssessRobustness(volume, plan, asked.pop("technique"), **asked)
    return robustness(request, executor=executor or InThisProcess(), blobs=blobs, progress=silent)


@pytest.fixture(scope="module")
def told(plan, volume, blobs):
    return _told(plan, volume, blobs, fine=1)


def test_processes_and_threads_give_the_same_bytes(plan, volume, blobs, told):
    with ThreadPoolExecutor(2) as threads:
        assert canonical_json(_told(plan, volume, blobs, threads, fine=1)) == canonical_json(told)
    with local_executor(2) as processes:
        assert canonical_json(_told(plan, volume, blobs, processes, fine=1)) == canonical_json(told)
    assert [outcome.draw for outcome in _told(plan, volume, blobs, seed=4).outcomes] != [
        outcome.draw for outcome in told.outcomes
    ]


def test_it_travels_as_json(told):
    assert codec.decode(canonical_json(told), Robustness, where="told") == told


def test_the_counts_add_up(plan, told):
    assert told.plan_hash == plan.judged_hash
    assert len(told.outcomes) == told.held.of == 11
    assert [outcome.draw.number for outcome in told.outcomes] == list(range(11))
    assert told.held.count == sum(outcome.verdict in (Verdict.PASS, Verdict.CHECK) for outcome in told.outcomes)
    for place, limit in enumerate(told.limits):
        verdicts = [outcome.values[place].verdict for outcome in told.outcomes]
        counts = (limit.passed, limit.checked, limit.failed, limit.not_assessed)
        assert counts == tuple(
            verdicts.count(one) for one in (Verdict.PASS, Verdict.CHECK, Verdict.FAIL, Verdict.NOT_ASSESSED)
        )
    assert {limit.key.subject_kind for limit in told.limits} >= {"target body", "target nerve", "artery", "probe"}
    assert told.fine is not None
    assert told.fine.draws == (0,)
    assert told.fine.share_low_percent <= told.held.share_percent <= told.fine.share_high_percent
    assert told.left_out


def test_the_plan_itself_is_judged_as_by_the_assessment(plan, volume, blobs, told):
    """Cells of 2 mm and the preview's steps against the assessment on the same cells with its own."""
    checks = perform(Predict(volume, plan, 2.0), blobs=blobs, progress=silent).assessment.checks
    tolerance = {"mm": 0.8, "°C": 2.5, "%": 4.0, "mL": 0.05}
    seen = 0
    for limit in told.limits:
        if limit.key.subject_kind == "probe":
            words = [c for c in checks if c.subject_id == limit.key.subject_id and c.quantity.startswith("axis to")]
        elif limit.key.quantity in (Quantity.PATH_DISTANCE_MM, Quantity.PATH_LENGTH_INSIDE_MM):
            words = [c for c in checks if c.subject_id == limit.key.subject_id and "path" in c.quantity]
        elif limit.key.quantity is Quantity.NEURAPRAXIA_LENGTH_MM:
            words = [c for c in checks if c.quantity.startswith("marked part at")]
        else:
            words = [c for c in checks if c.subject_id == limit.key.subject_id and c.quantity == limit.key.words]
        assert len(words) == 1, limit.key
        if limit.planned.is_bound:
            assert words[0].value >= limit.planned.value - 0.2
        else:
            assert limit.planned.value == pytest.approx(words[0].value, abs=tolerance[limit.key.unit]), limit.key
        seen += 1
    assert seen == len(told.limits) > 8


def test_a_draw_on_the_assessments_own_cells_is_judged_like_that_plan(plan, volume, blobs):
    """The same field, so every value and verdict of the ice must be the whole assessment's of the displaced plan."""
    for draw in draws(plan.probes, technique(), seed=6, numbers=range(2)):
        moved = replace(plan, probes=displaced(plan.probes, draw))
        box = request_for(moved, spacing_mm=2.0).grid
        rules = rule_set(plan.rule_set_id)
        asked = DrawsPlan(volume, plan, box, content_hash(rules), is_standard=True)
        texts = [canonical_json(each).decode() for each in (asked, DrawsAsked((draw,)))]
        ice = codec.decode(judge_draws(str(blobs.folder), *texts), DrawsDone, where="test").ice[0]
        checks = perform(Predict(volume, moved, 2.0), blobs=blobs, progress=silent).assessment.checks
        keys = IceLimits.of(plan, rules, {}, round_ice=box).keys
        assert len(keys) == len(ice.values) >= 7
        for key, value in zip(keys, ice.values, strict=True):
            words = "marked part at" if key.quantity is Quantity.NEURAPRAXIA_LENGTH_MM else key.words
            (check,) = [c for c in checks if c.subject_id == key.subject_id and c.quantity.startswith(words)]
            assert PREVIEW_NOTE in check.reason
            if value.is_bound:
                assert check.value >= value.value - 0.1
            else:
                assert value.value == pytest.approx(check.value, abs=0.05), key
            # On 2 mm cells an assessment makes CHECK of every PASS; nothing else may differ.
            told = Verdict.CHECK if value.verdict is Verdict.PASS else value.verdict
            assert check.verdict is told, key


def test_without_error_every_draw_is_the_plan(plan, volume, blobs, told):
    still = _told(plan, volume, blobs, draws=3, technique=STILL)
    assert {outcome.verdict for outcome in still.outcomes} == {still.planned.verdict} == {told.planned.verdict}
    assert still.held.share_percent in (0.0, 100.0)
    for outcome in still.outcomes:
        for a, b in zip(outcome.values, still.planned.values, strict=True):
            assert a == replace(b, value=pytest.approx(b.value, abs=1e-6))


def test_tissue_is_drawn_on_request_and_leaves_the_probes_where_they_were(plan, volume, blobs, told):
    cased = _told(plan, volume, blobs, is_tissue_drawn=True)
    assert [outcome.draw.errors for outcome in cased.outcomes] == [outcome.draw.errors for outcome in told.outcomes]
    assert {outcome.draw.case for outcome in cased.outcomes} == set(IceCase)
    place = next(n for n, limit in enumerate(told.limits) if limit.key.words.startswith("treated share"))
    for one, other in zip(cased.outcomes, told.outcomes, strict=True):
        a, b = one.values[place].value, other.values[place].value
        if one.draw.case is IceCase.NOMINAL:
            assert a == pytest.approx(b, abs=0.5)
        else:
            assert a <= b + 0.5 if one.draw.case is IceCase.SMALLEST else a >= b - 0.5


def test_a_draw_outside_the_scan_is_not_assessed_and_not_held(plan, volume, blobs):
    found = _told(plan, volume, blobs, draws=8, technique=technique(45.0))
    lost = [outcome for outcome in found.outcomes if outcome.reason]
    assert lost
    assert all(outcome.verdict is Verdict.NOT_ASSESSED and not outcome.is_held for outcome in lost)
    assert found.not_assessed.count >= len(lost)
    assert found.held.of == 8


def test_a_structure_without_mask_leaves_every_draw_untold(plan, volume, blobs):
    empty = Structure(
        StructureId("e"),
        "Lost",
        StructureKind.OESOPHAGUS,
        blobs.put(np.zeros(GRID.shape_kji, np.bool_)),
        StructureOrigin.DRAWN,
        method="by hand",
    )
    found = _told(replace(plan, structures=(*plan.structures, empty)), volume, blobs, draws=2, technique=STILL)
    assert found.held.count == 0
    assert found.verdict in (Verdict.NOT_ASSESSED, Verdict.FAIL)


def test_it_tells_how_far_it_is_and_stops_when_asked(plan, volume, blobs):
    heard = []

    def stop(done, total, phase):
        heard.append((done, total, phase))
        if done >= 5:
            raise Cancelled

    request = AssessRobustness(volume, plan, technique(), draws=30, seed=1, fine=0)
    with pytest.raises(Cancelled):
        robustness(request, executor=InThisProcess(), blobs=blobs, progress=stop)
    assert heard[-1][0] < 30
    assert heard[-1][2] == "Computing draws"


def _die():
    os._exit(3)


def test_a_process_that_dies_is_told_in_words(plan, volume, blobs, monkeypatch):
    monkeypatch.setattr("planner.services.robustness.get_ready", _die)
    with local_executor(2) as processes, pytest.raises(WorkerFailed, match="ended unexpectedly"):
        _told(plan, volume, blobs, processes)


def test_the_coldest_field_is_the_assessments_own(plan, volume, blobs):
    asked = request_for(plan, spacing_mm=2.0)
    body = body_at_rest(asked, volume, blobs=blobs, progress=silent)
    shared = perform(Predict(volume, plan, 2.0), blobs=blobs, progress=silent).result
    assert np.array_equal(coldest_c(asked, body, quality="standard"), shared.open(blobs).minimum_c)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"draws": 0}, "robustness-draws"),
        ({"draws": 10**6}, "robustness-draws"),
        ({"fine": 12}, "robustness-fine"),
        ({"seed": -1}, "robustness-seed"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(plan, volume, blobs, asked, code):
    with pytest.raises(InputRefused) as refusal:
        _told(plan, volume, blobs, **asked)
    assert refusal.value.code == code


def test_a_plan_without_probe_is_refused(plan, volume, blobs):
    with pytest.raises(PlanInvalid, match="no probe"):
        _told(replace(plan, probes=()), volume, blobs)
