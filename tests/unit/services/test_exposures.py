"""Does the table of exposures name every target and structure, with the numbers of their geometry?"""

from __future__ import annotations

import json

import numpy as np
import pytest

from planner.domain.geometry import Grid, PatientPosition, Side, isotropic_box
from planner.domain.identity import BlobRef, PlanId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.domain.temperature import TemperatureHistory
from planner.domain.volume import VolumeRef
from planner.services.exposures import exposure_json, exposure_table

CT = Grid.from_axes((60, 80, 80), origin_lps_mm=(-40, -40, -60), spacing_ijk_mm=(1.0, 1.0, 2.0))


def distance_from_origin(grid):
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij"), axis=-1)[..., ::-1]
    return np.linalg.norm(grid.to_lps(index), axis=-1)


@pytest.fixture
def table():
    """T = −80 + 8 r °C within 37 °C, for a minute: 0 °C at 10 mm, −20 at 7.5, −40 at 5."""
    box = isotropic_box((0, 0, 0), extent_mm=(32, 32, 32), spacing_mm=1)
    coldest = np.minimum(-80 + 8 * distance_from_origin(box), 37.0).astype(np.float32)
    warm = np.full_like(coldest, 37.0)
    result = SimulationResult(
        Sha256("a" * 64),
        box,
        TemperatureHistory.of((0.0, 60.0, 120.0, 120.5), (warm, coldest, coldest, warm)),
        coldest,
        np.zeros(box.shape_kji, np.uint8),
        ("muscle",),
        SolverRecord("1", "formula", coldest.size, 1, 0.0, 0.0, reaches_boundary=False),
    )
    masks = {"ball": distance_from_origin(CT) <= 10.0, "far": np.zeros(CT.shape_kji, np.bool_)}
    masks["far"][:3, :3, :3] = True
    structures = tuple(
        Structure(StructureId(name), name, kind, BlobRef(Sha256(name), CT.shape_kji, "bool"), StructureOrigin.DRAWN)
        for name, kind in (("ball", StructureKind.BOWEL), ("far", StructureKind.BONE))
    )
    nerve = NerveCurve(((-20.0, 0.0, 0.0), (0.0, 0.0, 0.0), (20.0, 0.0, 0.0)))
    targets = (
        Target(TargetId("n"), "Nerve", "genicular", Side.LEFT, nerve),
        Target(TargetId("b"), "Ball", "stellate", Side.LEFT, TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 10.0, 10.0)),
        Target(TargetId("p"), "Point", "genicular", Side.LEFT, NerveCurve(((0.0, 0.0, 0.0),))),
    )
    volume = VolumeRef(Sha256("ct"), CT, PatientPosition.HFS, "1.1", "1.2", "1.3")
    plan = Plan(PlanId("plan"), "Plan", volume, structures, targets)
    return exposure_table(plan, result, masks)


def test_volumes_are_those_of_balls_at_every_time(table):
    volumes = {row.level_c: row for row in table.volumes}
    for level_c, radius_mm in ((0.0, 10.0), (-20.0, 7.5)):
        expected = 4 / 3 * np.pi * radius_mm**3 / 1000
        assert volumes[level_c].ever_ml == pytest.approx(expected, rel=0.01)
        assert volumes[level_c].at_times_ml == pytest.approx((0.0, expected, expected, 0.0), rel=0.01)
    assert volumes[-140.0].ever_ml == 0


def test_a_structure_in_the_box_and_none_outside(table):
    (ball,) = table.structures
    assert (ball.subject_id, ball.kind) == ("ball", "bowel")
    assert ball.within_box_ml == pytest.approx(4 / 3 * np.pi, rel=0.03)  # voxels of 1 × 1 × 2 mm
    by_level = dict(zip(ball.exposure.levels_c, ball.exposure.share_percent, strict=True))
    assert by_level[0.0] == pytest.approx(100, abs=7)  # surface and isotherm cut the same cells: the least exact case
    assert by_level[-20.0] == pytest.approx(100 * 0.75**3, abs=1.5)
    assert ball.exposure.coldest_c == pytest.approx(-80, abs=8)


def test_targets_along_their_course_and_through_their_volume(table):
    nerve, body = table.targets
    assert (nerve.name, nerve.kind, nerve.within_box_ml) == ("Left nerve", "target nerve", None)
    # 20 of 40 mm within 10 mm of the middle.
    assert nerve.exposure.share_percent[0] == pytest.approx(50, abs=2)
    assert body.exposure.share_percent[:3] == pytest.approx((100, 100, 100), abs=3)
    # 37 → about −80 °C in 60 s, a minute there: 0 °C lasts 60 s + 60 · 80/117 s, and 0.5 s of warming.
    assert nerve.exposure.longest_s[0] == pytest.approx(60 + 60 * 73 / 110, abs=1.5)


def test_the_file_holds_every_number_to_a_thousandth(table):
    data = json.loads(exposure_json(table))
    assert data["input_hash"] == "a" * 64
    assert data["times_s"] == [0.0, 60.0, 120.0, 120.5]
    assert [row["level_c"] for row in data["volumes"]] == [0.0, -20.0, -40.0, -100.0, -140.0]
    assert data["structures"][0]["exposure"]["coldest_c"] == round(table.structures[0].exposure.coldest_c, 3)
