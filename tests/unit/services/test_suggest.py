"""Is a suggestion the same in whatever processes, told in full, and stopped when asked? And what when there is none?"""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest

from planner.domain.digest import array_hash, canonical_json
from planner.domain.errors import Cancelled, InputRefused, PlanInvalid
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.progress import silent
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.rule import Verdict
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.suggestion import (
    SuggestAxis,
    Suggestion,
    SuggestStage,
    SuggestWish,
    dominates,
    with_candidate,
)
from planner.domain.target import DiagnosticBlock, NerveCurve, Target
from planner.domain.volume import Volume, VolumeRef
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models
from planner.services.local_processes import InThisProcess, local_executor
from planner.services.shared import SharedVolume
from planner.services.suggest import suggest
from planner.services.suggest_effort import Effort
from planner.services.suggest_tasks import SuggestPlacements
from planner.services.tasks import Predict, perform

SIDE = 44
GRID = Grid.from_axes((SIDE,) * 3, origin_lps_mm=(-43.0,) * 3, spacing_ijk_mm=(2.0,) * 3)
EFFORT = Effort(
    aims=24, paths=20_000, singles=8, groups=4, around=2, per_centre=2, largest=6, fine=3, fine_spacing_mm=2.0
)
MODEL = next(model for model in probe_models() if model.can_simulate and model.is_generic)
ARTERY_AT = (9.0, -6.0)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def plan(blobs):
    """Soft tissue under air, a nerve across, an artery along it on the patient's left, the gullet below."""
    places = np.stack(np.meshgrid(*(np.arange(SIDE) * 2.0 - 43.0,) * 3, indexing="ij"), axis=-1)  # z, y, x
    body = places[..., 1] > -30
    artery = np.hypot(places[..., 2] - ARTERY_AT[0], places[..., 1] - ARTERY_AT[1]) < 3
    gullet = np.hypot(places[..., 2] + 4, places[..., 1] - 24) < 6
    volume = VolumeRef(
        array_hash(np.where(body, 40, -1000).astype(np.int16)), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4"
    )
    said = {"confirmed_by": "T", "confirmed_at": "2026-01-01T00:00:00Z"}
    kinds = (
        ("s", "Skin", StructureKind.SKIN, body),
        ("a", "Artery", StructureKind.ARTERY, artery),
        ("g", "Gullet", StructureKind.OESOPHAGUS, gullet),
    )
    structures = tuple(
        Structure(StructureId(n), name, kind, blobs.put(mask), StructureOrigin.DRAWN, method="by hand", **said)
        for n, name, kind, mask in kinds
    )
    target = Target(
        TargetId("t"),
        "Nerve",
        "genicular",
        Side.LEFT,
        NerveCurve(((-1.0, 0.0, -7.0), (0.0, 0.0, 0.0), (1.0, 0.0, 7.0))),
        "",
        2.0,
        "measured",
        block=DiagnosticBlock("2025-11-03", "lidocaine", 80.0, "4 h"),
    )
    probe = ProbePlacement(ProbeId("own"), "P1", MODEL.id, (-3.0, -30.0, 0.0), (-3.0, 8.0, 0.0))
    freeze = Protocol("Test", (Phase(PhaseKind.FREEZE, 300.0),))
    return Plan(PlanId("plan"), "Small", volume, structures, (target,), (probe,), freeze)


@pytest.fixture(scope="module")
def volume(plan, blobs):
    body = blobs.get(plan.structures[0].mask)
    return SharedVolume.of(Volume(plan.volume, np.where(body, 40, -1000).astype(np.int16)), blobs)


def _asked(plan, volume, **wish):
    wish = {"most_probes": 1, "seed": 3, "draws": 3} | wish
    return SuggestPlacements(volume, plan, SuggestWish(TargetId("t"), (MODEL.id,), **wish))


def _told(plan, volume, blobs, executor=None, **wish):
    return suggest(
        _asked(plan, volume, **wish),
        executor=executor or InThisProcess(),
        blobs=blobs,
        progress=silent,
        effort=EFFORT,
    )


@pytest.fixture(scope="module")
def told(plan, volume, blobs):
    return _told(plan, volume, blobs)


def test_processes_give_the_same_bytes_and_it_travels_as_json(plan, volume, blobs, told):
    with local_executor(2) as processes:
        assert canonical_json(_told(plan, volume, blobs, processes)) == canonical_json(told)
    assert codec.decode(canonical_json(told), Suggestion, where="told") == told


def test_candidates_are_named_different_and_none_is_beaten(told):
    assert told.candidates
    assert [candidate.name for candidate in told.candidates] == list("ABCDEF"[: len(told.candidates)])
    for one in told.candidates:
        for other in told.candidates:
            assert one is other or not dominates(one.figures, other.figures)
            assert one is other or _apart(one, other)


def _apart(one, other):
    """By hand: 4 mm at the tip, 6° of direction, or a minute of freeze."""
    if abs(one.figures.freeze_s - other.figures.freeze_s) >= 60 or len(one.probes) != len(other.probes):
        return True
    a, b = one.probes[0], other.probes[0]
    tips = np.linalg.norm(np.subtract(a.tip_lps_mm, b.tip_lps_mm))
    angle = np.degrees(np.arccos(np.clip(np.dot(a.direction_lps, b.direction_lps), -1, 1)))
    return tips >= 4 - 1e-6 or angle >= 6 - 1e-6


def test_figures_are_those_of_the_adopted_plan(plan, volume, blobs, told):
    for candidate in told.candidates[:2]:
        adopted = with_candidate(plan, candidate)
        assert candidate.plan_hash == adopted.judged_hash
        checks = perform(Predict(volume, adopted, 2.0), blobs=blobs, progress=silent).assessment.checks
        (treated,) = [check for check in checks if check.quantity.startswith("treated length")]
        assert candidate.figures.treated_mm == pytest.approx(treated.value, abs=0.2)
        (probe,) = candidate.probes
        assert candidate.figures.longest_mm == pytest.approx(
            np.linalg.norm(np.subtract(probe.entry_lps_mm, probe.tip_lps_mm))
        )
        along = abs(probe.entry_lps_mm[2] - probe.tip_lps_mm[2]) / candidate.figures.longest_mm
        assert candidate.figures.tilt_deg == pytest.approx(np.degrees(np.arcsin(along)), abs=1e-6)
        edges = {c.subject_name: c.value for c in checks if c.quantity == "0 °C edge" and c.pass_limit is not None}
        margin = candidate.figures.margin
        assert margin.nominal_mm == pytest.approx(edges[margin.name], abs=0.3)
        assert margin.distance_mm <= margin.nominal_mm + 0.05
        assert candidate.figures.verdicts[2] == 0 or all(
            c.subject_kind.startswith("target") for c in checks if c.verdict is Verdict.FAIL
        )


def test_what_a_shaft_passes_is_measured_and_named(told):
    for candidate in told.candidates:
        probe = candidate.probes[0]
        passed = [each for each in candidate.passages if each.name == "Artery"]
        share = np.linspace(0, 1, 4001)[:, None]
        points = (1 - share) * np.asarray(probe.entry_lps_mm) + share * np.asarray(probe.tip_lps_mm)
        gaps = np.hypot(points[:, 0] - ARTERY_AT[0], points[:, 1] - ARTERY_AT[1]) - 3.0
        assert gaps.min() >= 5.0 - 1.0  # the mask of 2 mm voxels may be a voxel's half thinner or thicker
        if gaps.min() < 14:
            assert passed[0].distance_mm == pytest.approx(gaps.min(), abs=1.2)
            at = points[np.argmin(gaps)]
            dx, dy = at[0] - ARTERY_AT[0], at[1] - ARTERY_AT[1]
            if abs(dx) > 1.5 * abs(dy):
                assert passed[0].words in ("medial to", "to the patient’s right of") if dx < 0 else True
        assert candidate.explanation[0].startswith("P1: ")


def test_the_counts_add_up(told):
    counts = told.counts
    assert counts.paths >= counts.open_paths > counts.coarse >= counts.fine >= counts.held >= len(told.candidates)
    closed = sum(e.count for e in told.exclusions if e.stage is SuggestStage.SHAFTS and "crossed by" not in e.words)
    assert closed == counts.paths - counts.open_paths
    assert told.present is not None
    for axis in SuggestAxis:
        best = told.best_on(axis)
        assert set(best) <= {candidate.name for candidate in told.candidates}


def test_locked_probes_stay_and_others_are_replaced(plan, volume, blobs):
    locked = replace(plan, locked_probes=(ProbeId("own"),))
    found = _told(locked, volume, blobs, draws=0)
    for candidate in found.candidates:
        adopted = with_candidate(locked, candidate)
        assert adopted.probes[0] == plan.probes[0]
        assert [probe.label for probe in adopted.probes] == ["P1", "P2"]
    assert any("Locked probes stay" in note for note in found.notes)


def test_where_nothing_holds_it_says_what_excluded_how_many(plan, volume, blobs):
    tissue = blobs.get(plan.structures[0].mask)
    shell = np.zeros_like(tissue)
    shell[:, 8:10] = tissue[:, 8:10]  # bone under all of the skin
    bone = Structure(StructureId("b"), "Plate", StructureKind.BONE, blobs.put(shell), StructureOrigin.DRAWN)
    found = _told(replace(plan, structures=(plan.structures[0], bone), probes=()), volume, blobs, draws=0)
    assert not found.candidates
    assert found.present is None
    assert "None of" in found.reason
    assert "Plate" in found.reason
    assert found.hints
    assert max(found.exclusions, key=lambda each: each.count).subject_id == "b"


def test_it_stops_when_asked(plan, volume, blobs):
    heard = []

    def stop(done, _total, phase):
        heard.append(phase)
        if phase.startswith("Computing ice") and done > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        suggest(_asked(plan, volume), executor=InThisProcess(), blobs=blobs, progress=stop, effort=EFFORT)
    assert heard[0] == "Screening shafts"
    assert not any("1 mm" in phase for phase in heard)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"most_probes": 0}, "suggest-probes"),
        ({"most_probes": 5}, "suggest-probes"),
        ({"seed": -1}, "suggest-seed"),
        ({"draws": 5000}, "suggest-draws"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_words(wish, code):
    with pytest.raises(InputRefused) as refusal:
        SuggestWish(TargetId("t"), (MODEL.id,), **wish)
    assert refusal.value.code == code


def test_unknown_models_and_targets_without_diameter_are_refused(plan, volume, blobs):
    with pytest.raises(InputRefused, match="no probe model"):
        suggest(
            SuggestPlacements(volume, plan, SuggestWish(TargetId("t"), ("nobody",))),
            executor=InThisProcess(),
            blobs=blobs,
            progress=silent,
        )
    bare = replace(plan, targets=(replace(plan.targets[0], diameter_mm=None),))
    with pytest.raises(PlanInvalid, match="diameter"):
        _told(bare, volume, blobs)
    with pytest.raises(PlanInvalid, match="skin"):
        _told(replace(plan, structures=plan.structures[1:]), volume, blobs)
