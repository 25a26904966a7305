"""Do the verdicts follow the physics? Margins, treated lengths and volumes of real predictions, assessed.

A nerve beside one probe or two in even muscle, on 1 mm cells in a small box: freezing longer and one probe more never
treat less of it or leave a wider margin, more blood never treats more. A pose turned and shifted between the cells is
judged the same within what the solver's own cells allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from planner.domain.datum import Datum, Status
from planner.domain.geometry import Grid, PatientPosition, Side, isotropic_box
from planner.domain.identity import BlobRef, PlanId, ProbeId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbeModel, ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.simulation import BodyConditions, SimulationRequest
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target
from planner.domain.tissue import Tissue
from planner.domain.volume import VolumeRef
from planner.persistence import resources
from planner.planning.assess import assess
from planner.thermal.exposure import volume_ml
from planner.thermal.run import simulate
from planner.thermal.tissue_map import TissueMap

BOX_MM, CELL_MM, TIMES_S = 76.0, 1.0, 4.0
VALUES = {
    "density_kg_per_m3": 1090.0,
    "c_unfrozen_j_per_kg_k": 3421.0,
    "c_frozen_j_per_kg_k": 1800.0,
    "k_unfrozen_w_per_m_k": 0.495,
    "k_frozen_w_per_m_k": 2.0,
    "latent_heat_j_per_kg": 250e3,
    "solidus_c": -8.0,
    "liquidus_c": -1.0,
    "metabolic_w_per_m3": 0.0,
}
NERVE = ((-20.0, 0.5, 0.0), (0.0, 0.5, 0.0), (20.0, 0.5, 0.0))
FIRST, SECOND = ((0.0, -4.0, -14.0), (0.0, -2.0, 6.0)), ((9.0, -4.0, -14.0), (9.0, -2.0, 6.0))


@dataclass(frozen=True)
class Case:
    """One prediction: how long, how many probes, how much blood, and how everything is turned and shifted."""

    freeze_s: float = 300.0
    probes: int = 1
    blood: float = 1.0
    pose: int = 0


@dataclass(frozen=True)
class Judged:
    """What an assessment says of a case; arrays hold one entry per reported isotherm."""

    margin_mm: float
    coldest_c: float
    lengths_mm: np.ndarray
    core_s: np.ndarray
    hold_s: np.ndarray
    ice_ml: float


def datum(value):
    return Datum(value, Status.COMPUTED)


def motion(pose):
    """Return a proper rotation and a shift, mm; pose 0 is at rest."""
    if pose == 0:
        return np.eye(3), np.zeros(3)
    random = np.random.default_rng(pose)
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    return turn * np.sign(np.linalg.det(turn)), random.uniform(-0.5, 0.5, 3)


@cache
def judged(case):
    """Predict and assess one case."""
    turn, shift_mm = motion(case.pose)

    def moved(place):
        return tuple(float(x) for x in turn @ np.asarray(place) + shift_mm)

    spacing = np.full(3, 0.75)
    counts = np.ceil(np.full(3, 78.0) / spacing).astype(int)
    ct = Grid.from_axes(
        tuple(int(n) for n in counts[::-1]),
        origin_lps_mm=moved(-(counts - 1) / 2 * spacing),
        spacing_ijk_mm=spacing,
        direction=turn,
    )
    k, j, i = np.indices(ct.shape_kji)
    away = (ct.to_lps(np.stack((i, j, k), axis=-1)) - shift_mm) @ turn
    mask = (away[..., 0] + 4.0) ** 2 + (away[..., 1] - 19.0) ** 2 <= 16.0
    cord = Structure(
        StructureId("cord"),
        "Cord",
        StructureKind.SPINAL_CORD,
        BlobRef(Sha256("cord"), ct.shape_kji, "bool"),
        StructureOrigin.DRAWN,
        method="brush",
        confirmed_by="A. Reader",
    )
    model = ProbeModel("p", "Probe", "", "argon", "17G", datum(1.5), datum(12.0), datum(2.0), datum(-120.0))
    probes = tuple(
        ProbePlacement(ProbeId(f"p{n}"), f"P{n}", "p", moved(entry), moved(tip))
        for n, (entry, tip) in enumerate((FIRST, SECOND)[: case.probes], start=1)
    )
    protocol = Protocol("freeze", (Phase(PhaseKind.FREEZE, case.freeze_s),))
    perfusion = datum(2535.0 * case.blood)
    tissue = Tissue(
        "muscle", "Muscle", perfusion_w_per_m3_k=perfusion, **{name: datum(v) for name, v in VALUES.items()}
    )
    box = isotropic_box((0, 0, 0), extent_mm=(BOX_MM,) * 3, spacing_mm=CELL_MM)
    request = SimulationRequest(
        Sha256("ct"), box, (), probes, (model,), protocol, (tissue,), BodyConditions(37.0, 22.0, 10.0)
    )
    result = simulate(request, TissueMap(np.zeros(box.shape_kji, np.uint8), ("muscle",)))
    target = Target(
        TargetId("t"),
        "Nerve",
        "genicular",
        Side.LEFT,
        NerveCurve(tuple(moved(p) for p in NERVE)),
        diameter_mm=2.0,
        diameter_source="measured",
    )
    reference = VolumeRef(Sha256("ct"), ct, PatientPosition.HFS, "1.1", "1.2", "1.3")
    plan = Plan(PlanId("plan"), "Plan", reference, (cord,), (target,), probes, protocol)
    found = assess(
        plan, result, rules=resources.rule_set(), masks={cord.id: mask}, atlas=resources.atlas(), models=(model,)
    )
    assert not result.record.reaches_boundary
    (figures,) = found.targets
    return Judged(
        margin_mm=next(c.value for c in found.checks if c.subject_id == "cord" and c.quantity == "0 °C edge"),
        coldest_c=next(c.value for c in found.checks if c.subject_id == "t" and c.quantity == "coldest"),
        lengths_mm=np.array([reach.length_mm for reach in figures.reaches]),
        core_s=np.array([reach.core_s or 0.0 for reach in figures.reaches]),
        hold_s=np.array([reach.hold_s or 0.0 for reach in figures.reaches]),
        ice_ml=volume_ml(result.minimum_c, box, level_c=0.0),
    )


def assert_more(more, less):
    """Whether nothing is treated less, and no margin is wider, beyond rounding of float32 and of stored hundredths.

    Times are read between frames 15 s apart, as if temperature were linear there: good to a few seconds.
    """
    assert (more.lengths_mm >= less.lengths_mm - 0.01).all()
    assert (more.core_s >= less.core_s - TIMES_S).all()
    assert (more.hold_s >= less.hold_s - TIMES_S).all()
    assert more.coldest_c <= less.coldest_c + 0.02
    assert more.margin_mm <= less.margin_mm + 0.01
    assert more.ice_ml >= less.ice_ml


def test_freezing_longer_never_treats_less():
    cases = [judged(Case(freeze_s=freeze_s)) for freeze_s in (90.0, 180.0, 300.0)]
    for less, more in pairwise(cases):
        assert_more(more, less)
        assert more.ice_ml > less.ice_ml
        assert more.margin_mm < less.margin_mm
    assert cases[-1].lengths_mm[0] > cases[0].lengths_mm[0] > 0


@pytest.mark.parametrize("freeze_s", [180.0, 300.0])
def test_one_probe_more_never_treats_less(freeze_s):
    one, two = judged(Case(freeze_s=freeze_s)), judged(Case(freeze_s=freeze_s, probes=2))
    assert_more(two, one)
    assert two.lengths_mm[0] > one.lengths_mm[0] + 2.0


def test_more_blood_never_treats_more():
    cases = [judged(Case(blood=blood)) for blood in (1.0, 3.0, 10.0)]
    for more, less in pairwise(cases):
        assert_more(more, less)
        assert more.ice_ml > less.ice_ml


@pytest.mark.parametrize("pose", [1, 2, 3])
def test_a_turned_pose_is_judged_the_same_within_the_solvers_cells(pose):
    at_rest, turned = judged(Case()), judged(Case(pose=pose))
    assert turned.margin_mm == pytest.approx(at_rest.margin_mm, abs=0.15)
    assert turned.lengths_mm == pytest.approx(at_rest.lengths_mm, abs=0.2)
    assert turned.ice_ml == pytest.approx(at_rest.ice_ml, rel=0.01)
