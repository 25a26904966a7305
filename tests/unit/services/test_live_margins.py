"""Is what rests made once, and does no preview wait for it? And what stands in the rows while a probe moves?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.assessment import Check
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.preview import LiveCoverage, LiveMargin, LiveNumbers
from planner.domain.rule import Verdict
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target
from planner.domain.volume import VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import rule_set
from planner.services.live_checks import live_checks, worst_words
from planner.services.live_margins import LiveMargins

CT = Grid.from_axes((40, 40, 40), origin_lps_mm=(-20, -20, -20), spacing_ijk_mm=(1, 1, 1))
BOX = Grid.from_axes((15, 15, 15), origin_lps_mm=(-14, -14, -14), spacing_ijk_mm=(2, 2, 2))


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path)


def _points(grid):
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack((i, j, k), axis=-1))


def _plan(blobs, *, x_mm=9.5):
    lung = blobs.put(_points(CT)[..., 0] >= x_mm)
    bone = blobs.put(_points(CT)[..., 0] <= -15)
    origin = StructureOrigin.DRAWN
    structures = (
        Structure(StructureId("l"), "Oesophagus", StructureKind.OESOPHAGUS, lung, origin, method="brush"),
        Structure(StructureId("b"), "Bone", StructureKind.BONE, bone, origin, method="brush"),
    )
    nerve = NerveCurve(((-12.0, 0.0, 0.0), (12.0, 0.0, 0.0)))
    target = Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, nerve, "", 2.0, "measured")
    ref = VolumeRef("ct", CT, PatientPosition.HFS, "1.1", "1.2", "1.3")
    return Plan(PlanId("p"), "Plan", ref, structures, (target,))


def _ice(radius_mm):
    return np.minimum(5.0 * (np.linalg.norm(_points(BOX), axis=-1) - radius_mm), 37.0).astype(np.float32)


def test_what_rests_is_made_once_and_the_numbers_follow_the_field(blobs):
    live, plan = LiveMargins(), _plan(blobs)
    small = live.numbers(plan, _ice(5.0), BOX, blobs=blobs)
    kept = live.kept_bytes
    assert kept > 0
    (blobs.folder / f"{plan.structures[0].mask.sha256}.npy").unlink(missing_ok=True)
    (blobs.folder / f"{plan.structures[0].mask.sha256}.box").unlink(missing_ok=True)
    large = live.numbers(plan, _ice(8.0), BOX, blobs=blobs)
    assert live.kept_bytes == kept
    assert small.is_complete
    assert large.is_complete
    # The surface of the mask lies at 9.5 mm; bone has no margin to be judged by.
    assert [margin.name for margin in large.margins] == ["Oesophagus"]
    assert small.margins[0].distance_mm == pytest.approx(4.5, abs=0.35)
    assert large.margins[0].distance_mm == pytest.approx(1.5, abs=0.35)
    assert large.coverages[0].treated_mm > small.coverages[0].treated_mm


def test_beside_the_previews_no_frame_waits_and_the_numbers_say_that_they_are_not_complete(blobs):
    live, plan = LiveMargins(), _plan(blobs)
    live.prepare_beside()
    first = live.numbers(plan, _ice(6.0), BOX, blobs=blobs)
    live.wait()
    second = live.numbers(plan, _ice(6.0), BOX, blobs=blobs)
    assert first.is_complete is bool(first.margins)
    assert second.is_complete
    assert second.margins[0].distance_mm == pytest.approx(3.5, abs=0.35)


def test_a_mask_that_has_left_the_store_has_no_margin_and_stops_nothing(blobs):
    live, plan = LiveMargins(), _plan(blobs)
    for path in blobs.folder.iterdir():
        path.unlink()
    numbers = live.numbers(plan, _ice(6.0), BOX, blobs=blobs)
    assert numbers.margins == ()
    assert not numbers.is_complete
    assert len(numbers.coverages) == 1


def test_maps_of_an_earlier_box_or_mask_make_room(blobs):
    live = LiveMargins(most_bytes=40_000)
    for x_mm in (7.5, 8.5, 9.5):
        numbers = live.numbers(_plan(blobs, x_mm=x_mm), _ice(4.0), BOX, blobs=blobs)
        assert numbers.margins[0].distance_mm == pytest.approx(x_mm - 4.0, abs=0.35)
        assert live.kept_bytes <= 100_000


LIVE = LiveNumbers(
    margins=(
        LiveMargin(StructureId("l"), "Oesophagus", StructureKind.OESOPHAGUS, 4.24, (5.0, 0.0, 0.0), pass_limit_mm=10.0),
    ),
    coverages=(LiveCoverage(TargetId("t"), 7.5, 24.0, None, -41.0),),
)
BEFORE = (
    Check("l", "Oesophagus", "oesophagus", "0 °C edge", Verdict.FAIL, 1.0, "mm", "≥ 10 mm", "", (0, 0, 0), 10.0, 5.0),
    Check("t", "Nerve", "target nerve", "treated length at −20 °C", Verdict.PASS, 20.0, "mm", "≥ 4 mm", "", None, 4.0),
    Check("t", "Nerve", "target nerve", "coldest", Verdict.PASS, -80.0, "°C", "≥ −100 °C"),
    Check("p", "P1", "probe", "depth", Verdict.PASS, 60.0, "mm", "≤ 100 mm"),
)


def test_rows_keep_their_places_and_hold_the_preview_without_a_verdict(blobs):
    plan, rules = _plan(blobs), rule_set()
    rows = live_checks(plan, LIVE, before=BEFORE, rules=rules)
    assert [row.check.subject_name for row in rows] == [check.subject_name for check in BEFORE]
    assert {row.check.verdict for row in rows} == {Verdict.NOT_ASSESSED}
    assert [row.value_words for row in rows] == ["4.2 mm", "7.5 mm", "−41 °C", "—"]
    assert all("1 mm result" in row.check.reason or "PREVIEW" in row.check.reason for row in rows)
    assert rows[0].check.worst_point_lps_mm == (5.0, 0.0, 0.0)


def test_before_the_first_preview_every_row_has_a_dash(blobs):
    rows = live_checks(_plan(blobs), None, before=BEFORE, rules=rule_set())
    assert [row.value_words for row in rows] == ["—"] * 4
    assert {row.check.verdict for row in rows} == {Verdict.NOT_ASSESSED}


def test_a_plan_that_was_never_judged_gets_a_row_for_each_number(blobs):
    rows = live_checks(_plan(blobs), LIVE, before=(), rules=rule_set())
    names = [(row.check.subject_name, row.check.quantity) for row in rows]
    assert ("Oesophagus", "0 °C edge") in names
    assert any(subject == "Left genicular nerve" or "treated length" in quantity for subject, quantity in names)
    assert {row.check.verdict for row in rows} == {Verdict.NOT_ASSESSED}


def test_a_bound_says_so(blobs):
    far = LiveMargin(StructureId("l"), "Oesophagus", StructureKind.OESOPHAGUS, 15.0, is_bound=True, pass_limit_mm=10.0)
    deep = replace(far, distance_mm=-15.0)
    plan = _plan(blobs)
    for margin, words in ((far, "> 15.0 mm"), (deep, "< −15.0 mm")):
        numbers = LiveNumbers(margins=(margin,))
        assert live_checks(plan, numbers, before=BEFORE, rules=rule_set())[0].value_words == words
        assert worst_words(plan, numbers) == f"Oesophagus {words}"


def test_one_line_names_the_margin_nearest_to_its_limit_and_the_coverage(blobs):
    vein = LiveMargin(StructureId("v"), "Vein", StructureKind.VEIN, 0.2)
    numbers = LiveNumbers(margins=(vein, *LIVE.margins), coverages=LIVE.coverages)
    words = worst_words(_plan(blobs), numbers)
    assert words.startswith("Oesophagus 4.2 mm · ")
    assert words.endswith("7.5 mm of 24.0 mm ≤ −20 °C")
    assert "Vein" not in words
