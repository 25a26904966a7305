"""A plan whose ice is a ball around a known point, so that every line of a picture can be told by hand."""

from __future__ import annotations

import numpy as np

from planner.domain.assessment import Assessment, Check, NerveProfile
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef, PlanId, ProbeId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.rule import Verdict
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.domain.temperature import TemperatureHistory
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.resources import probe_models
from planner.services.figures import Pictured

CT = Grid.from_axes((60, 90, 90), origin_lps_mm=(-67, -66, -60), spacing_ijk_mm=(1.5, 1.5, 2.0))
BOX = Grid.from_axes((50, 50, 50), origin_lps_mm=(-24.5, -24.5, -24.5), spacing_ijk_mm=(1, 1, 1))
CENTRE = np.zeros(3)
EDGE_MM, TREATMENT_MM = 10.0, 8.0  # where the ball of ice reaches 0 and −20 °C
BALL_AT, BALL_MM = np.array([0.0, 22.0, 0.0]), 6.0  # a structure: 6 mm of clear tissue between it and the ice
GAP_MM = 6.0


def voxel_centres(grid: Grid) -> np.ndarray:
    """LPS of every voxel, shape (K, J, I, 3)."""
    k, j, i = np.indices(grid.shape_kji)
    return np.asarray(grid.origin_lps_mm) + np.stack([i, j, k], axis=-1) * np.asarray(grid.spacing_ijk_mm)


def structure(name: str, kind: StructureKind, number: str) -> Structure:
    """A structure whose mask lies in the test."""
    ref = BlobRef(Sha256(number * 64), CT.shape_kji, "bool")
    return Structure(StructureId(f"s{number}"), name, kind, ref, StructureOrigin.DRAWN)


def a_result() -> SimulationResult:
    """Ice that is 10 °C warmer with every millimetre from its middle."""
    away = np.linalg.norm(voxel_centres(BOX) - CENTRE, axis=-1)
    minimum = np.minimum(-100.0 + 10.0 * away, 37.0).astype(np.float32)
    frames = [np.full(BOX.shape_kji, 37.0, np.float32), minimum, np.minimum(minimum + 30, 37).astype(np.float32)]
    return SimulationResult(
        input_hash=Sha256("ef" * 32),
        grid=BOX,
        history=TemperatureHistory.of((0.0, 300.0, 420.0), frames),
        minimum_c=minimum,
        tissue_index=np.zeros(BOX.shape_kji, np.uint8),
        tissue_ids=("muscle",),
        record=SolverRecord("0.1.0", "by hand", 1, 1, 0.1, 1.0, False),
    )


def probes(count: int) -> tuple[ProbePlacement, ...]:
    """Probes side by side, 7 mm apart, from the skin at the front into the ice."""
    model = next(model.id for model in probe_models() if model.active_tip_mm.value is not None)
    places = [(7.0 * (n - (count - 1) / 2), 0.0) for n in range(count)]
    return tuple(
        ProbePlacement(ProbeId(f"p{n}"), f"P{n}", model, (x, -50.0, z + 20.0), (x, 4.0, z))
        for n, (x, z) in enumerate(places, start=1)
    )


NERVE = Target(
    TargetId("t1"),
    "Intercostal nerve",
    "intercostal",
    Side.LEFT,
    NerveCurve(((-30.0, 0.0, 0.0), (0.0, 1.0, 0.0), (30.0, 0.0, 2.0)), (20.0, 40.0)),
    level="T8",
    diameter_mm=2.0,
    diameter_source="by hand",
)
BODY = Target(
    TargetId("t2"), "Stellate ganglion", "stellate", Side.LEFT, TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 12.0, 6.0)
)


def a_check(subject: str, name: str, kind: str, *, quantity: str, verdict: Verdict, value: float, at) -> Check:
    """A row of an assessment."""
    unit = "°C" if quantity == "coldest" else "mm"
    return Check(subject, name, kind, quantity, verdict, value, unit, worst_point_lps_mm=at)


def an_assessment() -> Assessment:
    """Rows in no order: a kept gap, a CHECK of the nerve, a FAIL, and what has no place."""
    rows = (
        a_check("s3", "Far gut", "bowel", quantity="0 °C edge", verdict=Verdict.PASS, value=44.0, at=(0, -10, 0)),
        a_check("s2", "Ball", "artery", quantity="0 °C edge", verdict=Verdict.FAIL, value=GAP_MM, at=(0, 10.0, 0)),
        a_check("t1", NERVE.words, "target nerve", quantity="coldest", verdict=Verdict.CHECK, value=-99, at=(1, 1, 0)),
        a_check("s4", "Near gut", "bowel", quantity="0 °C edge", verdict=Verdict.PASS, value=9.0, at=(-10.0, 0, 0)),
        Check("s5", "Aorta", "artery", "not segmented", Verdict.NOT_ASSESSED, reason="Not segmented."),
    )
    arc = tuple(float(v) for v in np.linspace(0, 60, 61))
    cold = tuple(-20.0 if 20 <= v <= 40 else 30.0 for v in arc)
    profile = NerveProfile(NERVE.id, arc, tuple(v + 5 for v in cold), cold, (20.0, 40.0))
    return Assessment("a" * 64, "b" * 64, "c" * 64, rows, (profile,))


def a_case(*, count: int = 1, targets=(NERVE,), assessment: Assessment | None = None) -> Pictured:
    """Everything the figures are made from."""
    at = voxel_centres(CT)
    masks = {
        StructureId("s1"): np.abs(at - (0, 0, 0)).max(axis=-1) < 54,
        StructureId("s2"): np.linalg.norm(at - BALL_AT, axis=-1) <= BALL_MM,
        StructureId("s4"): np.linalg.norm(at - (-25.0, 0, 0), axis=-1) <= BALL_MM,
    }
    ref = VolumeRef(Sha256("ab" * 32), CT, PatientPosition.HFS, "1.1", "1.2", "1.3")
    plan = Plan(
        PlanId("plan-1"),
        "Ball of ice",
        ref,
        structures=(
            structure("Skin", StructureKind.SKIN, "1"),
            structure("Ball", StructureKind.ARTERY, "2"),
            structure("Near gut", StructureKind.BOWEL, "4"),
        ),
        targets=targets,
        probes=probes(count),
        protocol=Protocol("By hand", (Phase(PhaseKind.FREEZE, 300), Phase(PhaseKind.PASSIVE_THAW, 120)), source="x"),
    )
    hu = np.where(masks[StructureId("s1")], 40, -1000).astype(np.int16)
    judged = an_assessment() if assessment is None else assessment
    return Pictured(plan, Volume(ref, hu), masks, probe_models(), a_result(), assessment=judged)
