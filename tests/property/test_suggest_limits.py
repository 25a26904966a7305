"""Does any suggestion break a hard limit? Random patients with obstacles, judged anew by what did not search (H-31).

``FROSTLINE_SUGGEST_PHANTOMS`` sets how many; every one has its own seed, which a failure names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numba
import numpy as np
import pytest
from scipy.spatial import cKDTree

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.progress import silent
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.rule import Verdict
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.suggestion import SuggestWish, with_candidate
from planner.domain.target import DiagnosticBlock, NerveCurve, Target, TargetBody
from planner.domain.uncertainty import IceCase
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import atlas, probe_models, rule_set
from planner.persistence.uncertainty import uncertainty_ranges
from planner.planning.assess import assess
from planner.services.local_processes import InThisProcess
from planner.services.prediction import body_at_rest, request_for
from planner.services.shared import SharedVolume
from planner.services.suggest import suggest
from planner.services.suggest_effort import Effort
from planner.services.suggest_tasks import SuggestPlacements
from planner.thermal.run import simulate
from planner.thermal.uncertainty import variants

COUNT = int(os.environ.get("FROSTLINE_SUGGEST_PHANTOMS", "30"))
SIDE, STEP_MM = 38, 2.0
FIRST_MM = -37.0
GRID = Grid.from_axes((SIDE,) * 3, origin_lps_mm=(FIRST_MM,) * 3, spacing_ijk_mm=(STEP_MM,) * 3)
EFFORT = Effort(aims=16, paths=8_000, singles=4, groups=4, around=2, per_centre=2, largest=4, fine=1)
KINDS = (
    StructureKind.ARTERY,
    StructureKind.VEIN,
    StructureKind.OESOPHAGUS,
    StructureKind.BONE,
    StructureKind.NERVE,
    StructureKind.LUNG,
    StructureKind.THYROID,
    StructureKind.SPINAL_CORD,
)
CROSSED_AT_NO_DEPTH = set(KINDS) - {StructureKind.ARTERY}
EDGE_MM = {StructureKind.OESOPHAGUS: 5.0, StructureKind.SPINAL_CORD: 5.0}
"""From where on the rules no longer fail."""
ICE_SLACK_MM = 1.6
"""Voxels of 2 mm and cells of 1 mm, both told by their centres."""


@dataclass(frozen=True)
class Phantom:
    plan: Plan
    volume: SharedVolume
    masks: dict[str, np.ndarray]


def _places():
    return np.stack(np.meshgrid(*(np.arange(SIDE) * STEP_MM + FIRST_MM,) * 3, indexing="ij"), axis=-1)[..., ::-1]


PLACES = _places()


def _phantom(seed: int, blobs: BlobStore) -> Phantom:
    """A body under a slanting skin, a target in its middle, and tubes and balls of critical things round it."""
    stream = np.random.default_rng(np.random.SeedSequence([seed, 77]))
    slope = stream.uniform(-0.25, 0.25, 2)
    body = PLACES[..., 1] > -26.0 + slope[0] * PLACES[..., 0] + slope[1] * PLACES[..., 2]
    masks, structures = {"skin": body}, [("skin", "Skin", StructureKind.SKIN, body)]
    for number in range(int(stream.integers(2, 7))):
        kind = KINDS[int(stream.integers(len(KINDS)))]
        mask = _obstacle(stream) & body
        if mask.any():
            structures.append((f"o{number}", f"{kind.value.capitalize()} {number}", kind, mask))
            masks[f"o{number}"] = mask
    said = {"confirmed_by": "T", "confirmed_at": "2026-01-01T00:00:00Z"} if seed % 2 else {}
    made = tuple(
        Structure(
            StructureId(name), words, kind, blobs.put(mask), StructureOrigin.DRAWN, side=None, method="by hand", **said
        )
        for name, words, kind, mask in structures
    )
    hu = np.where(body, 40, -1000).astype(np.int16)
    ref = VolumeRef(array_hash(hu), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4")
    freeze = Protocol("Test", (Phase(PhaseKind.FREEZE, 180.0),))
    plan = Plan(PlanId(f"plan{seed}"), "Random", ref, made, (_target(stream),), (), freeze)
    return Phantom(plan, SharedVolume.of(Volume(ref, hu), blobs), masks)


def _obstacle(stream) -> np.ndarray:
    """A ball, or a tube right through, 8 to 26 mm beside the target."""
    way = stream.normal(size=3)
    way /= np.linalg.norm(way)
    centre, radius = way * stream.uniform(8.0, 24.0), stream.uniform(2.5, 6.0)
    from_centre = PLACES - centre
    if stream.random() < 0.5:
        return np.linalg.norm(from_centre, axis=-1) < radius
    axis = np.cross(way, stream.normal(size=3))
    axis /= np.linalg.norm(axis)
    return np.linalg.norm(from_centre - (from_centre @ axis)[..., None] * axis, axis=-1) < radius


def _target(stream) -> Target:
    block = DiagnosticBlock("2025-11-03", "lidocaine", 80.0, "4 h")
    if stream.random() < 0.5:
        axis = stream.normal(size=3)
        axis /= np.linalg.norm(axis)
        body = TargetBody((0.0, 0.0, 0.0), tuple(axis.tolist()), 8.0, 5.0)
        return Target(TargetId("t"), "Ganglion", "celiac", Side.MIDLINE, body, block=block)
    bend = stream.uniform(-3, 3, (3, 2))
    course = NerveCurve(tuple((float(x), float(y), float(z)) for x, (y, z) in zip((-8, 0, 8), bend, strict=True)))
    return Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, course, "", 2.0, "measured", block=block)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As in the processes that a search uses: threads that wait for each other cost more than they save here."""
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.fixture(autouse=True)
def short_freezes(monkeypatch):
    """The plan's own 3 min in several lengths: 10 min in so small a body would take three times as long to compute."""
    monkeypatch.setattr("planner.persistence.resources.presets", lambda: ())


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def model():
    return next(model for model in probe_models() if model.can_simulate and model.is_generic)


PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
def test_no_suggestion_breaks_a_hard_limit(part, blobs, model):
    suggested = 0
    for seed in range(part, COUNT, PARTS):
        phantom = _phantom(seed, blobs)
        wish = SuggestWish(TargetId("t"), (model.id,), 2 if seed % 5 == 0 else 1, seed, draws=0)
        asked = SuggestPlacements(phantom.volume, phantom.plan, wish)
        told = suggest(asked, executor=InThisProcess(), blobs=blobs, progress=silent, effort=EFFORT)
        suggested += len(told.candidates)
        assert told.candidates or told.reason
        for candidate in told.candidates:
            adopted = with_candidate(phantom.plan, candidate)
            assert not _broken(phantom, adopted, blobs), (seed, candidate.name)
    assert suggested, "otherwise nothing was tested"


def _broken(phantom: Phantom, plan: Plan, blobs: BlobStore) -> list[str]:
    """Everything that a suggested plan does wrong, told by whole assessments in its own box and by brute force."""
    asked = request_for(plan, spacing_mm=1.0)
    found = _on_the_way(phantom, plan)
    for case, varied in variants(asked, uncertainty_ranges()).items():
        if case is IceCase.SMALLEST:
            continue
        body = body_at_rest(varied, phantom.volume, blobs=blobs, progress=silent)
        result = simulate(varied, body.tissue_map, prepared=body)
        found += _in_the_ice(phantom, plan, result)
        if case is IceCase.LARGEST:
            continue  # its rows are the search's own; the ice itself is looked at
        checks = assess(
            plan,
            result,
            rules=rule_set(plan.rule_set_id),
            masks={structure.id: blobs.get(structure.mask) for structure in plan.structures},
            atlas=atlas(),
            models=probe_models(),
        ).checks
        for check in checks:
            is_of_place = check.subject_kind == "probe" or not check.subject_kind.startswith("target ")
            is_cold = check.quantity == "coldest" or (
                case is IceCase.NOMINAL and check.quantity.startswith(("treated", "worst diameter"))
            )
            if check.verdict is Verdict.FAIL and (is_of_place or is_cold) and not _is_at_limit(check):
                found.append(f"{case.value}: {check}")
    return found


def _is_at_limit(check) -> bool:
    """Whether a value is off its limit by no more than two boxes and two ways of stepping differ."""
    slack = {"mm": 0.15, "°C": 1.0, "%": 1.0}.get(check.unit, 0.0)
    return (
        check.fail_limit is not None and "path" not in check.quantity and abs(check.value - check.fail_limit) <= slack
    )


def _on_the_way(phantom: Phantom, plan: Plan) -> list[str]:
    """Voxels of things not to be crossed that a shaft goes through, and arteries nearer than 5 mm."""
    found = []
    for probe in plan.probes:
        share = np.linspace(0, 1, 2000)[:, None]
        points = (1 - share) * np.asarray(probe.entry_lps_mm) + share * np.asarray(probe.tip_lps_mm)
        i, j, k = np.rint((points - FIRST_MM) / STEP_MM).astype(int).clip(0, SIDE - 1).T
        for structure in plan.structures:
            mask = phantom.masks[structure.id]
            if structure.kind in CROSSED_AT_NO_DEPTH and mask[k, j, i].any():
                found.append(f"{probe.label} crosses {structure.name}")
            if structure.kind is StructureKind.ARTERY:
                centres = PLACES[mask]
                nearest = cKDTree(centres).query(points)[0].min()
                if nearest < 5.0:  # a voxel's centre is farther away than its surface
                    found.append(f"{probe.label} passes {structure.name} at {nearest:.1f} mm")
    return found


def _in_the_ice(phantom: Phantom, plan: Plan, result) -> list[str]:
    """Structures nearer to the centre of a frozen cell than their rule allows."""
    frozen = np.argwhere(result.minimum_c <= 0.0)[:, ::-1]
    ice = result.grid.to_lps(frozen.astype(float))
    found = []
    for structure in plan.structures:
        limit = EDGE_MM.get(structure.kind)
        if limit is None or not len(ice):
            continue
        centres = PLACES[phantom.masks[structure.id]]
        nearest = cKDTree(centres).query(ice)[0].min()
        if nearest < limit - ICE_SLACK_MM:
            found.append(f"ice at {nearest:.1f} mm from {structure.name}")
    return found


def test_a_broken_limit_would_be_seen(blobs, model):
    """The judgement above is no rubber stamp: the same suggestion moved 25 mm is caught."""
    seed = 1  # one of those that get a suggestion
    phantom = _phantom(seed, blobs)
    wish = SuggestWish(TargetId("t"), (model.id,), 1, seed, draws=0)
    told = suggest(
        SuggestPlacements(phantom.volume, phantom.plan, wish),
        executor=InThisProcess(),
        blobs=blobs,
        progress=silent,
        effort=EFFORT,
    )
    plan = with_candidate(phantom.plan, told.candidates[0])
    probe = plan.probes[0]
    moved = replace(
        probe,
        entry_lps_mm=tuple(np.add(probe.entry_lps_mm, (0, 25, 0))),
        tip_lps_mm=tuple(np.add(probe.tip_lps_mm, (0, 12, 0))),
    )
    assert _broken(phantom, replace(plan, probes=(moved, *plan.probes[1:])), blobs)
