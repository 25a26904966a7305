"""Does the table of exposures name every target and structure, with the numbers of the assessment and the geometry?"""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from planner.domain.assessment import Assessment
from planner.domain.geometry import Grid, PatientPosition, Side, isotropic_box
from planner.domain.identity import BlobRef, PlanId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.structure_figures import LevelVolume, StructureFigures
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.domain.temperature import TemperatureHistory
from planner.domain.volume import VolumeRef
from planner.services.exposures import exposure_json, exposure_table
from planner.services.plan_files import tables

CT = Grid.from_axes((60, 80, 80), origin_lps_mm=(-40, -40, -60), spacing_ijk_mm=(1.0, 1.0, 2.0))


KINDS = {
    "ball": StructureKind.BOWEL,
    "far": StructureKind.BONE,
    "skin": StructureKind.SKIN,
    "unread": StructureKind.NERVE,
}


def told_volumes(*shares):
    """Figures of a structure of 200 mL at the isotherms of the assessment, by their shares."""
    levels_c = (0.0, -20.0, -40.0, -60.0)
    return tuple(LevelVolume(level_c, 2 * share, share) for level_c, share in zip(levels_c, shares, strict=True))


ASSESSED = Assessment(
    Sha256("p" * 64),
    Sha256("a" * 64),
    Sha256("r" * 64),
    (),
    structures=(
        StructureFigures(
            StructureId("ball"),
            minimum_c=-48.0,
            minimum_at_lps_mm=(4.0, 0.0, 0.0),
            volumes=told_volumes(12.5, 5.25, 0.75, 0.0),
            histogram=((-50.0, 0.0), (-48.0, 0.1), (-40.0, 0.75), (-20.0, 5.25), (0.0, 12.5)),
            total_ml=200.0,
        ),
        StructureFigures(
            StructureId("far"),
            minimum_c=36.5,
            minimum_is_bound=True,
            volumes=told_volumes(0.0, 0.0, 0.0, 0.0),
            total_ml=200.0,
            is_cut=True,
        ),
        StructureFigures(StructureId("skin"), minimum_c=32.2, minimum_at_lps_mm=(15.0, 0.0, 0.0)),
    ),
)
"""Figures as an assessment might hold them, of other numbers than the masks would give."""


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
    structures = tuple(
        Structure(StructureId(name), name, kind, BlobRef(Sha256(name), CT.shape_kji, "bool"), StructureOrigin.DRAWN)
        for name, kind in KINDS.items()
    )
    nerve = NerveCurve(((-20.0, 0.0, 0.0), (0.0, 0.0, 0.0), (20.0, 0.0, 0.0)))
    targets = (
        Target(TargetId("n"), "Nerve", "genicular", Side.LEFT, nerve),
        Target(TargetId("b"), "Ball", "stellate", Side.LEFT, TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 10.0, 10.0)),
        Target(TargetId("p"), "Point", "genicular", Side.LEFT, NerveCurve(((0.0, 0.0, 0.0),))),
    )
    volume = VolumeRef(Sha256("ct"), CT, PatientPosition.HFS, "1.1", "1.2", "1.3")
    plan = Plan(PlanId("plan"), "Plan", volume, structures, targets)
    return exposure_table(plan, result, ASSESSED)


def test_volumes_are_those_of_balls_at_every_time(table):
    volumes = {row.level_c: row for row in table.volumes}
    for level_c, radius_mm in ((0.0, 10.0), (-20.0, 7.5)):
        expected = 4 / 3 * np.pi * radius_mm**3 / 1000
        assert volumes[level_c].ever_ml == pytest.approx(expected, rel=0.01)
        assert volumes[level_c].at_times_ml == pytest.approx((0.0, expected, expected, 0.0), rel=0.01)
    assert volumes[-140.0].ever_ml == 0


def test_H_29_a_structure_has_the_numbers_of_the_assessment_and_no_others(table):
    ball, far, _ = table.structures
    assert (ball.subject_id, ball.kind, ball.total_ml, ball.is_cut) == ("ball", "bowel", 200.0, False)
    told = ball.exposure
    assert told.levels_c == (0.0, -20.0, -40.0, -60.0, -100.0, -140.0)
    assert told.share_percent == (12.5, 5.25, 0.75, 0.0, 0.0, 0.0)
    assert told.volume_ml == (25.0, 10.5, 1.5, 0.0, 0.0, 0.0)
    assert (told.coldest_c, told.coldest_is_bound, told.mean_c) == (-48.0, False, None)
    assert ball.share_of == "whole structure in the CT"
    assert (far.exposure.coldest_c, far.exposure.coldest_is_bound, far.is_cut) == (36.5, True, True)
    assert set(far.exposure.share_percent) == set(far.exposure.longest_s) == {0.0}


def test_the_times_of_a_structure_are_those_of_its_coldest_point(table):
    """37 → −48 °C in 60 s, a minute there, 0.5 s of warming: 0 °C lasts 60.5 s of 48/85 and 60 s."""
    for level_c, time_s in zip(
        table.structures[0].exposure.levels_c, table.structures[0].exposure.longest_s, strict=True
    ):
        expected_s = 60 + 60.5 * (level_c + 48) / 85 if level_c >= -48 else 0.0
        assert time_s == pytest.approx(expected_s, abs=0.5), level_c  # cells of 1 mm


def test_skin_is_a_surface_without_volumes(table):
    skin = table.structures[2]
    assert skin.exposure.coldest_c == 32.2
    assert set(skin.exposure.share_percent) == set(skin.exposure.volume_ml) == {None}
    assert set(skin.exposure.longest_s) == {0.0}
    assert skin.share_of == "no share: skin is a surface"


def test_what_the_assessment_tells_nothing_of_is_left_out(table):
    assert [one.subject_id for one in table.structures] == ["ball", "far", "skin"]


def test_the_csv_says_what_a_share_and_a_time_are_of(table):
    text = tables(ASSESSED, table)["exposure.csv"].decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["level_c"] in ("-20", "-20.0")]
    by_name = {row["subject"]: row for row in rows}
    ball, far, skin, nerve = (by_name[name] for name in ("ball", "far", "skin", "Left nerve"))
    assert [float(ball[name]) for name in ("share_percent", "volume_ml", "total_ml", "coldest_c")] == [
        *(5.25, 10.5, 200, -48)
    ]
    assert (ball["share_of"], ball["time_is"]) == ("whole structure in the CT", "at the structure's coldest point")
    assert (far["coldest_is_bound"], far["is_cut"], ball["coldest_is_bound"], ball["is_cut"]) == (
        *("yes", "yes", "no", "no"),
    )
    assert (skin["share_percent"], skin["volume_ml"], skin["total_ml"]) == ("", "", "")
    assert (nerve["share_of"], nerve["time_is"]) == ("length of the drawn course", "of the part that stays longest")


def test_targets_along_their_course_and_through_their_volume(table):
    nerve, body = table.targets
    assert (nerve.name, nerve.kind, nerve.total_ml) == ("Left nerve", "target nerve", None)
    # 20 of 40 mm within 10 mm of the middle.
    assert nerve.exposure.share_percent[0] == pytest.approx(50, abs=2)
    assert body.exposure.share_percent[:3] == pytest.approx((100, 100, 100), abs=3)
    # 37 → about −80 °C in 60 s, a minute there: 0 °C lasts 60 s + 60 · 80/117 s, and 0.5 s of warming.
    assert nerve.exposure.longest_s[0] == pytest.approx(60 + 60 * 73 / 110, abs=1.5)


def test_the_file_holds_every_number_to_a_thousandth(table):
    data = json.loads(exposure_json(table))
    assert data["input_hash"] == "a" * 64
    assert data["times_s"] == [0.0, 60.0, 120.0, 120.5]
    assert [row["level_c"] for row in data["volumes"]] == [0.0, -20.0, -40.0, -60.0, -100.0, -140.0]
    assert data["structures"][0]["exposure"]["coldest_c"] == round(table.structures[0].exposure.coldest_c, 3)
