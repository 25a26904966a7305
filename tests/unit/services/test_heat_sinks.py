"""Is what a vessel takes from the ice what a prediction without it says, and does the range carry it?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PlanId, ProbeId, StructureId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.progress import silent
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models
from planner.services import prediction
from planner.services.heat_sinks import heat_sinks
from planner.services.shared import SharedVolume
from planner.services.tasks import Predict, perform
from planner.thermal.exposure import volume_ml

ARTERY, THREAD = StructureId("artery"), StructureId("thread")


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def plan(blobs):
    """Muscle throughout, a probe along y, an artery of 8 mm along z beside its active zone, and a thread of 1.5 mm."""
    grid = Grid.from_axes((50, 50, 50), origin_lps_mm=(-49, -49, -49), spacing_ijk_mm=(2, 2, 2))
    k, j, i = np.indices(grid.shape_kji)
    x, y, _ = np.moveaxis(grid.to_lps(np.stack((i, j, k), axis=-1)), -1, 0)
    artery = np.hypot(x - 12, y) <= 4
    thread = (np.abs(x + 9) < 1.1) & (np.abs(y) < 1.1)
    structures = tuple(
        Structure(name, str(name), StructureKind.ARTERY, blobs.put(mask), StructureOrigin.DRAWN)
        for name, mask in ((ARTERY, artery), (THREAD, thread))
    )
    ref = VolumeRef(array_hash(np.full(grid.shape_kji, 60, np.int16)), grid, PatientPosition.HFS, "1.2", "1.3", "1.4")
    model = next(m for m in probe_models() if m.can_simulate)
    probe = ProbePlacement(ProbeId("p"), "P1", model.id, (0.0, -40.0, 0.0), (0.0, 8.0, 0.0))
    freeze = Protocol("Test", (Phase(PhaseKind.FREEZE, 240.0),))
    return Plan(PlanId("plan"), "Small", ref, structures, (), (probe,), freeze)


@pytest.fixture(scope="module")
def volume(plan, blobs):
    return SharedVolume.of(Volume(plan.volume, np.full(plan.volume.grid.shape_kji, 60, np.int16)), blobs)


def test_an_artery_takes_what_the_same_plan_without_it_would_freeze(plan, volume, blobs):
    prediction.BODIES.clear()

    def predicted(what):
        return perform(Predict(volume, what, 2.0), blobs=blobs, progress=silent)

    with_it = predicted(plan)
    bare = predicted(replace(plan, structures=plan.structures[1:]))
    found = heat_sinks(plan, volume, with_it.assessment, blobs=blobs, progress=silent)
    prediction.BODIES.clear()
    assert [sink.name for sink in found] == ["artery", "thread"]
    sink, thread = found
    volumes = {
        level_c: volume_ml(bare.result.open(blobs).minimum_c, bare.result.grid, level_c=level_c)
        - volume_ml(with_it.result.open(blobs).minimum_c, with_it.result.grid, level_c=level_c)
        for level_c in (0.0, -20.0)
    }
    assert volumes[0.0] > 0.1
    assert sink.frozen_lost_ml == pytest.approx(volumes[0.0], rel=1e-3)
    assert sink.treated_lost_ml == pytest.approx(volumes[-20.0], rel=1e-3)
    assert sink.edge_lost_mm > 0.5
    assert sink.edge_at_lps_mm[0] > 5.0
    assert not thread.is_modelled
    assert "Thinner than 3 mm" in thread.reason
    assert thread.edge_lost_mm is None
