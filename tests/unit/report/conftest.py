"""A plan, prediction and assessment made by hand, so that the page can be checked against known numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from planner.domain.assessment import Assessment, Check, NerveProfile
from planner.domain.datum import MISSING, Datum, Status
from planner.domain.digest import content_hash
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef, PatientIdentity, PlanId, ProbeId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbeModel, ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.review import Acknowledgement
from planner.domain.rule import Operator, Quantity, Rule, RuleSet, Verdict
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.domain.temperature import TemperatureHistory
from planner.domain.volume import VolumeRef
from planner.report.model import ReportModel, ReportStamp, ReportTables, build_report

CT_GRID = Grid.from_axes((120, 200, 200), origin_lps_mm=(-180, 150, -700), spacing_ijk_mm=(0.8, 0.8, 2.5))
BOX = Grid.from_axes((20, 20, 20), origin_lps_mm=(-98, 248, -589), spacing_ijk_mm=(1, 1, 1))
FROZEN_CELLS = {0: 2400, -20: 1600, -40: 800}  # whole layers, two for each level


@dataclass(frozen=True)
class Case:
    """Everything one report is built from."""

    plan: Plan
    identity: PatientIdentity
    result: SimulationResult
    assessment: Assessment
    tables: ReportTables
    stamp: ReportStamp

    def build(self, **changes: object) -> ReportModel:
        """Build the report, optionally with other parts."""
        parts = {name: getattr(self, name) for name in ("identity", "result", "assessment", "tables", "stamp")}
        return build_report(changes.pop("plan", self.plan), **(parts | changes))

    def with_plan(self, **changes: object) -> Case:
        """Return the case with an edited plan and an assessment made for it."""
        plan = replace(self.plan, **changes)
        return replace(self, plan=plan, assessment=replace(self.assessment, plan_hash=plan.hash))


def a_plan() -> Plan:
    """Two probes at the right eighth rib, feet-first prone, with numbers that no other field shares."""
    mask = BlobRef(Sha256("ab" * 32), CT_GRID.shape_kji, "bool")
    return Plan(
        id=PlanId("plan-1"),
        name="Right T8, two probes",
        volume=VolumeRef(
            pixel_hash=Sha256("cd" * 32),
            grid=CT_GRID,
            patient_position=PatientPosition.HFP,
            study_instance_uid="1.2.826.0.1.3680043.8.498.11111111111111111111111111111111111111",
            series_instance_uid="1.2.826.0.1.3680043.8.498.22222222222222222222222222222222222222",
            frame_of_reference_uid="1.2.826.0.1.3680043.8.498.33333333333333333333333333333333333333",
            series_label="3 · Thorax 2.5 mm",
            scanner="Example CT 64",
            slice_location_slope=-1.0,
            slice_location_offset_mm=3.5,
            notes=("SliceThickness says 3.0 mm; the slices lie 2.5 mm apart.",),
        ),
        structures=(
            Structure(
                StructureId("s1"),
                "Skin",
                StructureKind.SKIN,
                mask,
                StructureOrigin.AUTOMATIC,
                method="threshold −300 HU",
            ),
            Structure(
                StructureId("s2"),
                "Lung, right",
                StructureKind.LUNG,
                mask,
                StructureOrigin.AUTOMATIC,
                confirmed_by="Dr A",
            ),
        ),
        targets=(
            Target(
                TargetId("t1"),
                "Intercostal nerve",
                "intercostal",
                Side.RIGHT,
                NerveCurve(((-70.0, 280.0, -578.0), (-88.0, 258.0, -579.0), (-104.0, 240.0, -583.0)), (5.0, 32.5)),
                level="T8",
                diameter_mm=2.6,
                diameter_source="operator's measurement",
            ),
            Target(
                TargetId("t2"),
                "Stellate ganglion",
                "stellate",
                Side.RIGHT,
                TargetBody((-20.5, 240.25, -470.0), (0.0, 0.0, 1.0), 25.0, 8.5),
            ),
        ),
        probes=(
            ProbePlacement(ProbeId("p1"), "P1", "generic-17", (-62.3, 286.8, -576.9), (-88.2, 258.6, -579.3)),
            ProbePlacement(ProbeId("p2"), "P2", "maker-x", (-64.6, 288.4, -573.5), (-100.1, 249.7, -585.7)),
        ),
        protocol=Protocol(
            "Two cycles 2-1-2",
            (Phase(PhaseKind.FREEZE, 120), Phase(PhaseKind.PASSIVE_THAW, 65), Phase(PhaseKind.FREEZE, 120)),
            source="project default",
        ),
        acknowledgements=(
            Acknowledgement(
                "ct-thick", "Slices are 2.5 mm apart.", "Dr A", "No thinner series exists.", "2026-11-22T10:00:00Z"
            ),
        ),
    )


def a_result() -> SimulationResult:
    """Known counts of cells below each level, in 1 mm cells."""
    minimum = np.full(BOX.shape_kji, 37.0, dtype=np.float32)
    flat = minimum.reshape(-1)
    for level, cells in FROZEN_CELLS.items():
        flat[:cells] = level - 1
    return SimulationResult(
        input_hash=Sha256("ef" * 32),
        grid=BOX,
        history=TemperatureHistory.of((0.0, 305.0), (np.full(BOX.shape_kji, 37.0), minimum)),
        minimum_c=minimum,
        tissue_index=np.zeros(BOX.shape_kji, dtype=np.uint8),
        tissue_ids=("muscle",),
        record=SolverRecord(
            "0.1.0", "enthalpy, explicit super-steps", 8000, 412, 0.31, 2.5, False, ("muscle: perfusion",)
        ),
    )


RULES = RuleSet(
    "default",
    (
        Rule(
            "skin",
            "skin",
            Quantity.EDGE_DISTANCE_MM,
            Operator.AT_LEAST,
            10.0,
            5.0,
            "project default",
            Status.PROJECT_DEFAULT,
        ),
    ),
    regrowth_mm_per_day=(Datum(0.57, Status.FOUND, "MOTOR2016", upper=1.5),),
)

CHECKS = (
    Check("t1", "Intercostal nerve T8", "target nerve", "length ≤ −20 °C", Verdict.PASS, 25.0, "mm", "≥ 4 mm (TMO)"),
    Check("t1", "Intercostal nerve T8", "target nerve", "coldest point", Verdict.PASS, -75.4, "°C", "> −100 °C (site)"),
    Check(
        "s1",
        "Skin",
        "skin",
        "0 °C edge",
        Verdict.FAIL,
        3.3,
        "mm",
        "≥ 10 mm; fail < 5 mm (project default)",
        "Move P1 deeper or warm the skin.",
        pass_limit=10.0,
        fail_limit=5.0,
    ),
    Check(
        "s2", "Lung, right", "lung", "0 °C edge", Verdict.CHECK, -1.9, "mm", "≥ 0 mm (project default)", pass_limit=0.0
    ),
    Check("p1", "P1", "probe", "path to rib", Verdict.CHECK, 9.96, "mm", "≥ 10 mm (project default)", pass_limit=10.0),
    Check(
        "s9",
        "Intercostal artery",
        "artery",
        "0 °C edge",
        Verdict.NOT_ASSESSED,
        reason="The structure is not in the plan.",
    ),
)


@pytest.fixture
def case() -> Case:
    """A complete, consistent case."""
    plan = a_plan()
    found = Datum(1.5, Status.FOUND, "IFU")
    models = (
        ProbeModel(
            "generic-17",
            "Generic 1.5 mm",
            "",
            "argon",
            "17",
            Datum(1.5, Status.PROJECT_DEFAULT),
            Datum(20.0, Status.PROJECT_DEFAULT),
            Datum(3.0, Status.PROJECT_DEFAULT),
            Datum(-120.0, Status.PROJECT_DEFAULT),
            is_generic=True,
        ),
        ProbeModel(
            "maker-x",
            "Sphere X",
            "Example Medical",
            "argon",
            "17G",
            found,
            Datum(23.0, Status.RECALLED),
            found,
            Datum(-110.0, Status.RECALLED),
            MISSING,
        ),
    )
    profile = NerveProfile(
        TargetId("t1"),
        (0.0, 10.0, 20.0, 30.0, 40.0),
        (10.0, -22.6, -31.0, -21.0, 20.0),
        (-3.0, -60.0, -75.4, -55.0, 5.0),
        (5.0, 32.5),
    )
    assessment = Assessment(plan.hash, Sha256("ef" * 32), content_hash(RULES), CHECKS, (profile,))
    return Case(
        plan=plan,
        identity=PatientIdentity(
            "Doe^Jane", "ID-4711", "F", "1960-02-03", "2026-11-20", "CT thorax", "Example Hospital"
        ),
        result=a_result(),
        assessment=assessment,
        tables=ReportTables(models=models, rules=RULES),
        stamp=ReportStamp(datetime(2026, 11, 22, 11, 48, tzinfo=UTC), "0.1.0", "Dr A"),
    )
