"""Is a body at rest laid out once for all placements of a probe, and does keeping it change no byte?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, Side, point
from planner.domain.identity import PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.progress import silent
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, Target, TargetBody
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models
from planner.services import prediction
from planner.services.preparations import Preparations, array_bytes
from planner.services.shared import SharedVolume
from planner.services.tasks import Predict, PreviewIce, perform


class FakePrepared:
    """Stands for a body at rest of one box, so large."""

    def __init__(self, box, cells=0):
        self.box, self.cells = box, np.zeros(cells, np.uint8)

    def fits(self, request):
        return request == self.box


def test_the_same_box_is_prepared_once():
    made = []

    def make():
        made.append(FakePrepared("a"))
        return made[-1]

    kept = Preparations()
    assert kept.get("a", make) is kept.get("a", make)
    assert len(made) == 1


def test_the_least_recently_used_goes_first():
    kept = Preparations(most_kept=2)
    first = kept.get("a", lambda: FakePrepared("a"))
    kept.get("b", lambda: FakePrepared("b"))
    assert kept.get("a", lambda: FakePrepared("a")) is first
    kept.get("c", lambda: FakePrepared("c"))
    assert kept.get("a", lambda: FakePrepared("a")) is first
    fresh = FakePrepared("b")
    assert kept.get("b", lambda: fresh) is fresh
    assert len(kept) == 2


def test_nothing_is_kept_that_was_not_finished():
    kept = Preparations()

    def fail():
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        kept.get("a", fail)
    assert len(kept) == 0


def test_memory_is_bounded_and_what_is_too_large_is_still_returned(plan, volume, blobs):
    body = prediction.body_at_rest(prediction.preview_request_for(plan), volume, blobs=blobs, progress=silent)
    size = array_bytes(body)
    assert size > body.baseline_c.nbytes + body.scene.index.nbytes
    small = Preparations(most_bytes=size - 1)
    assert small.get(body.request, lambda: body) is body
    assert len(small) == small.kept_bytes == 0
    ample = Preparations(most_bytes=size)
    ample.get(body.request, lambda: body)
    assert ample.kept_bytes == size


def test_an_array_met_twice_counts_once():
    array = np.zeros(10)
    assert array_bytes((array, [array, np.zeros(5)])) == 120


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path)


@pytest.fixture
def plan(blobs):
    """A block of soft tissue 80 mm wide under air, one probe into it."""
    grid = Grid.from_axes((50, 50, 50), origin_lps_mm=(-49, -49, -49), spacing_ijk_mm=(2, 2, 2))
    y_mm = grid.to_lps([(0, j, 0) for j in range(50)])[:, 1]
    body = np.broadcast_to((y_mm > -30)[None, :, None], grid.shape_kji).copy()
    hu = np.where(body, 40, -1000).astype(np.int16)
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.2", "1.3", "1.4")
    blobs.put(hu)
    skin = Structure(StructureId("s"), "Skin", StructureKind.SKIN, blobs.put(body), StructureOrigin.AUTOMATIC)
    model = next(m for m in probe_models() if m.can_simulate)
    probe = ProbePlacement(ProbeId("p"), "P1", model.id, (0.0, -30.0, 0.0), (0.0, 5.0, 0.0))
    block = DiagnosticBlock("2025-11-03", "lidocaine", 80.0, "4 h")
    ganglion = TargetBody((0.0, 5.0, 0.0), (0, 0, 1.0), 8.0, 5.0)
    target = Target(TargetId("t"), "Ganglion", "celiac", Side.LEFT, ganglion, block=block)
    protocol = Protocol("Test", (Phase(PhaseKind.FREEZE, 90.0), Phase(PhaseKind.PASSIVE_THAW, 30.0)))
    return Plan(PlanId("plan"), "Small", ref, (skin,), (target,), (probe,), protocol)


@pytest.fixture
def volume(plan, blobs):
    mask = blobs.get(plan.structures[0].mask)
    return SharedVolume.of(Volume(plan.volume, np.where(mask, 40, -1000).astype(np.int16)), blobs)


def moved(plan, step_mm):
    probe = plan.probes[0]
    return replace(plan, probes=(replace(probe, tip_lps_mm=point(np.add(probe.tip_lps_mm, step_mm))),))


@pytest.fixture(autouse=True)
def nothing_kept():
    prediction.BODIES.clear()
    yield
    prediction.BODIES.clear()


def test_a_preview_has_the_same_bytes_with_and_without_what_was_kept(plan, volume, blobs):
    there, box = moved(plan, (4.0, -3.0, 5.0)), None
    warm = []
    for wanted in (plan, there, plan):
        reply = perform(PreviewIce(volume, wanted, box), blobs=blobs, progress=silent)
        box = reply.grid
        warm.append(reply.take(blobs))
    assert len(prediction.BODIES) == 1
    prediction.BODIES.clear()
    cold = perform(PreviewIce(volume, there, box), blobs=blobs, progress=silent).take(blobs)
    assert cold.key == warm[1].key != warm[0].key == warm[2].key
    assert cold.temperature_c.tobytes() == warm[1].temperature_c.tobytes()
    assert cold.plan_hash == there.hash
    assert cold.time_s == 90.0


def test_a_preview_is_cold_at_the_probe_and_leaves_nothing_in_the_store(plan, volume, blobs):
    before = {path.name for path in blobs.folder.iterdir()}
    preview = perform(PreviewIce(volume, plan), blobs=blobs, progress=silent).take(blobs)
    assert {path.name for path in blobs.folder.iterdir()} == before
    i, j, k = (round(float(v)) for v in preview.grid.to_index((0.0, -2.0, 0.0)))
    assert preview.temperature_c[k, j, i] < -20
    assert preview.temperature_c.max() < 38
    assert not preview.reaches_boundary


def test_a_result_has_the_same_bytes_with_and_without_what_was_kept(plan, volume, blobs):
    there = moved(plan, (1.0, 0.0, 1.0))
    cold = perform(Predict(volume, there, 2.0), blobs=blobs, progress=silent).result
    prediction.BODIES.clear()
    (blobs.folder / f"result-{cold.input_hash}.json").unlink()
    perform(Predict(volume, plan, 2.0), blobs=blobs, progress=silent)
    warm = perform(Predict(volume, there, 2.0), blobs=blobs, progress=silent).result
    assert replace(warm, record=replace(warm.record, wall_s=0)) == replace(cold, record=replace(cold.record, wall_s=0))


def test_another_structure_is_another_body(plan, volume, blobs):
    perform(PreviewIce(volume, plan), blobs=blobs, progress=silent)
    bare = replace(plan, structures=())
    perform(PreviewIce(volume, bare), blobs=blobs, progress=silent)
    assert len(prediction.BODIES) == 2


def test_the_preview_shows_the_end_of_the_last_first_freeze(plan):
    late = Protocol("x", (Phase(PhaseKind.PASSIVE_THAW, 20.0), Phase(PhaseKind.FREEZE, 60.0), *plan.protocol.phases))
    placed = [probe.id for probe in plan.probes]
    assert plan.protocol.first_freeze_end_s(placed) == 90.0
    assert late.first_freeze_end_s(placed) == 80.0
