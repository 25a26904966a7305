"""Does a plan's range come out of the solver in order, is it kept, and is a prediction beyond the card told?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.progress import silent
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, Target, TargetBody
from planner.domain.uncertainty import IceCase
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models
from planner.services import prediction
from planner.services.shared import SharedVolume
from planner.services.tasks import Predict, PredictRange, perform


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def plan(blobs):
    """Soft tissue under air, a probe into it, a ganglion at its active zone, the body's skin as a structure."""
    grid = Grid.from_axes((50, 50, 50), origin_lps_mm=(-49, -49, -49), spacing_ijk_mm=(2, 2, 2))
    y_mm = grid.to_lps([(0, j, 0) for j in range(50)])[:, 1]
    body = np.broadcast_to((y_mm > -20)[None, :, None], grid.shape_kji).copy()
    ref = VolumeRef(
        array_hash(np.where(body, 40, -1000).astype(np.int16)), grid, PatientPosition.HFS, "1.2", "1.3", "1.4"
    )
    skin = Structure(StructureId("s"), "Skin", StructureKind.SKIN, blobs.put(body), StructureOrigin.AUTOMATIC)
    model = next(m for m in probe_models() if m.can_simulate)
    probe = ProbePlacement(ProbeId("p"), "P1", model.id, (0.0, -20.0, 0.0), (0.0, 8.0, 0.0))
    block = DiagnosticBlock("2025-11-03", "lidocaine", 80.0, "4 h")
    ganglion = TargetBody((0.0, 0.0, 0.0), (0, 0, 1.0), 14.0, 7.0)
    target = Target(TargetId("t"), "Ganglion", "celiac", Side.LEFT, ganglion, block=block)
    return Plan(
        PlanId("plan"), "Small", ref, (skin,), (target,), (probe,), Protocol("Test", (Phase(PhaseKind.FREEZE, 150.0),))
    )


@pytest.fixture(scope="module")
def volume(plan, blobs):
    mask = blobs.get(plan.structures[0].mask)
    return SharedVolume.of(Volume(plan.volume, np.where(mask, 40, -1000).astype(np.int16)), blobs)


@pytest.fixture(scope="module")
def shared(plan, volume, blobs):
    """The range of the plan, made once."""
    prediction.BODIES.clear()
    yield perform(PredictRange(volume, plan, 2.0), blobs=blobs, progress=silent)
    prediction.BODIES.clear()


def test_the_three_cases_come_in_order_and_are_kept(plan, volume, blobs, shared, monkeypatch):
    found = shared.prediction
    assert [outcome.case for outcome in found.cases] == list(IceCase)
    assert found.plan_hash == plan.hash
    for level in range(3):
        sizes = [outcome.isotherms[level] for outcome in found.cases]
        assert sizes[0].volume_ml < sizes[1].volume_ml < sizes[2].volume_ml
        assert sizes[0].width_mm < sizes[1].width_mm < sizes[2].width_mm
    coldest = [blobs.get(ref) for ref in shared.minima]
    assert (coldest[0] >= coldest[1] - 0.05).all()
    assert (coldest[1] >= coldest[2] - 0.05).all()
    nominal = perform(Predict(volume, plan, 2.0), blobs=blobs, progress=silent).result
    assert found.cases[1].input_hash == nominal.input_hash
    assert np.array_equal(blobs.get(nominal.minimum), coldest[1])

    def nothing_is_made_again(*_, **__):
        raise AssertionError

    monkeypatch.setattr("planner.thermal.run.simulate", nothing_is_made_again)
    assert perform(PredictRange(volume, plan, 2.0), blobs=blobs, progress=silent) == shared


def test_coverage_and_margin_move_the_way_their_case_says(shared):
    rows = shared.prediction.rows
    share = next(row for row in rows if row.quantity.startswith("treated share"))
    assert share.decisive is IceCase.SMALLEST
    assert share.smallest < share.nominal < share.largest
    diameter = next(row for row in rows if row.quantity.startswith("worst diameter"))
    assert diameter.decisive is IceCase.SMALLEST
    assert diameter.smallest < diameter.nominal < diameter.largest
    skin = next(row for row in rows if row.subject_name == "Skin")
    assert skin.decisive is IceCase.LARGEST
    assert skin.smallest > skin.nominal > skin.largest


@pytest.mark.usefixtures("shared")
def test_H_30_a_prediction_beyond_the_compared_times_says_so_in_its_record(plan, volume, blobs):
    short = replace(plan, protocol=Protocol("Short", (Phase(PhaseKind.FREEZE, 30.0),)))
    told = {
        name: perform(Predict(volume, each, 2.0), blobs=blobs, progress=silent).result.record.findings
        for name, each in (("usual", plan), ("short", short))
    }
    assert not any("was compared" in finding for finding in told["usual"])
    assert any("one freeze phase of 30 s is outside 60 to 900 s" in finding for finding in told["short"])
