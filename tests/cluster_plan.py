"""A small plan in which every text that somebody could have typed is a canary."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from planner.domain.datum import Datum, Status
from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import MeasurementId, PlanId, ProbeId, StructureId, TargetId
from planner.domain.measurement import Measurement, MeasurementKind
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.domain.review import Acknowledgement
from planner.domain.robustness import Magnitude, Technique
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, NerveCurve, Target, TargetBody
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.resources import probe_models
from planner.services.robustness_tasks import AssessRobustness
from planner.services.shared import SharedVolume

GRID = Grid.from_axes((160, 70, 70), origin_lps_mm=(-69, -69, -159), spacing_ijk_mm=(2, 2, 2))
CANARY = "Zacharias"


def canary(number):
    """Return a name that stands nowhere in the program."""
    return f'{CANARY}{number} "ß" ⟦pl0⟧'


def oblique_grid():
    """Return a CT of other spacings each way, turned by 20° about the patient's long axis and by 10° about another."""
    turned = Rotation.from_euler("zx", (20, 10), degrees=True).as_matrix()
    spacing_mm, size = np.array((1.5, 1.7, 4.0)), np.array((96, 84, 80))
    first = -turned @ (spacing_mm * (size - 1) / 2)
    k, j, i = (int(n) for n in size[::-1])
    return Grid.from_axes((k, j, i), origin_lps_mm=first, spacing_ijk_mm=spacing_mm, direction=turned)


def small_plan(blobs, grid=GRID):
    """Soft tissue under air: two probes, a ganglion and a nerve; the gullet and an artery beside, bone far away."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")[::-1], axis=-1)
    x, y, z = np.moveaxis(grid.to_lps(index), -1, 0)
    body = y > -40
    kinds = (
        (StructureKind.SKIN, body, True),
        (StructureKind.OESOPHAGUS, np.hypot(x - 24, y - 4) < 6, True),
        (StructureKind.ARTERY, np.hypot(x + 14, y + 10) < 4, False),
        (StructureKind.BONE, (z > 145), True),
        (StructureKind.BOWEL, np.zeros(grid.shape_kji, bool), True),
    )
    structures = tuple(
        Structure(
            StructureId(canary(f"si{n}")),
            canary(f"sn{n}"),
            kind,
            blobs.put(mask),
            StructureOrigin.DRAWN,
            method=f"edited: {canary('m')}",
            confirmed_by=canary("who") if is_confirmed else "",
            confirmed_at="2026-01-01T00:00:00Z" if is_confirmed else "",
            margin_mm=7.5 if n == 1 else None,
            margin_reason=canary("why") if n == 1 else "",
        )
        for n, (kind, mask, is_confirmed) in enumerate(kinds)
    )
    hu = np.where(body, 40, -1000).astype(np.int16) + (3 * np.sin(x + 2 * y + z)).astype(np.int16)
    ref = VolumeRef(
        array_hash(hu), grid, PatientPosition.HFS, f"1.{CANARY}", f"2.{CANARY}", f"3.{CANARY}", series_label=canary("s")
    )
    model = next(model for model in probe_models() if model.can_simulate)
    probes = tuple(
        ProbePlacement(ProbeId(canary(f"pi{n}")), canary(f"pl{n}"), model.id, (at, -40.0, 0.0), (at, 8.0, 0.0))
        for n, at in enumerate((-4.0, 4.0))
    )
    plan = Plan(
        PlanId(canary("id")),
        canary("plan"),
        ref,
        structures,
        _targets(),
        probes,
        _protocol(probes[1].id),
        acknowledgements=(Acknowledgement("code", canary("a"), canary("b"), canary("c"), "2026-01-01T00:00:00Z"),),
        measurements=(_measured(),),
    )
    padding = x < -65
    return plan, SharedVolume.of(Volume(ref, hu, padding), blobs)


def _measured():
    ends = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    return Measurement(MeasurementId(canary("mi")), MeasurementKind.DISTANCE, ends, (0.0, 0.0, 1.0), canary("mn"))


def _targets():
    block = DiagnosticBlock("2025-11-03", canary("agent"), 80.0, canary("lasted"))
    body = TargetBody((0, 0, 0), (0, 0, 1.0), 12.0, 7.0)
    nerve = NerveCurve(((-12.0, 0.0, 2.0), (12.0, 0.0, 2.0)))
    return (
        Target(TargetId(canary("t0")), canary("tn0"), "celiac", Side.MIDLINE, body, block=block),
        Target(
            TargetId(canary("t1")), canary("tn1"), "genicular", Side.LEFT, nerve, canary("l"), 2.0, canary("d"), block
        ),
    )


def _protocol(own):
    phases = (Phase(PhaseKind.FREEZE, 120.0), Phase(PhaseKind.PASSIVE_THAW, 30.0))
    longer = ProbeSchedule(own, (Phase(PhaseKind.FREEZE, 150.0), *phases[1:]))
    return Protocol(canary("protocol"), phases, canary("source"), (longer,), based_on=canary("based"))


def asked_of(plan, volume, **asked):
    """Return a request of a few draws of a few mm."""

    def datum(value):
        return Datum(value, Status.PROJECT_DEFAULT)

    mean_mm = asked.pop("mean_mm", 3.0)
    technique = Technique("t", "T", Magnitude.LATERAL, datum(mean_mm), datum(mean_mm / 2), datum(1.5), datum(0.2))
    return AssessRobustness(volume, plan, technique, **({"draws": 12, "seed": 3, "fine": 1} | asked))
