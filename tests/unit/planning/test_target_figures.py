"""Figures of nerves and bodies whose lengths, times and shares can be written down beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.assessment import Assessment
from planner.domain.datum import MISSING
from planner.domain.digest import canonical_json
from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.rule import Verdict
from planner.domain.target import Target, TargetBody
from planner.domain.temperature import TemperatureHistory
from planner.persistence import resources
from planner.persistence.codec import decode
from planner.planning.assess import assess
from planner.planning.extent_checks import BOX_WORDS, SCAN_WORDS
from planner.planning.target_figures import reported_levels_c

PEAK_S = 480.0


def ramp(world, box, coldest_c):
    """37 °C, straight down to a coldest field at 480 s, straight back to 37 °C at 960 s."""
    body_c = np.full(box.shape_kji, 37.0, np.float32)
    history = TemperatureHistory.of((0.0, PEAK_S, 2 * PEAK_S), (body_c, coldest_c, body_c))
    return world.replace(world.result(coldest_c, box), history=history)


def ramp_time_s(level_c, coldest_c):
    """How long a point that reaches ``coldest_c`` in :func:`ramp` stays at or below a level."""
    return 2 * PEAK_S * (1 - (37 - level_c) / (37 - coldest_c))


def judge(world, result, *, targets, ct=None, structures=(), masks=None, rules=None):
    plan = world.plan(ct or world.box(60, spacing=4.0), targets=targets, structures=structures)
    return assess(
        plan, result, rules=rules or resources.rule_set(), masks=masks or {}, atlas=resources.atlas(), models=()
    )


def figures_of(world, result, target, **more):
    (figures,) = judge(world, result, targets=(target,), **more).targets
    return figures


def ridge(world, box, *, coldest_c=-70.0, slope=4.0):
    """A valley of cold across x: ``coldest_c`` at x = 0 and warmer by ``slope`` °C a mm to both sides, up to 37 °C."""
    return np.minimum(coldest_c + slope * np.abs(world.points(box)[..., 0]), 37.0).astype(np.float32)


def row(assessment, words):
    return next(check for check in assessment.checks if words in check.quantity)


def test_lengths_and_times_of_a_nerve_across_a_valley_of_cold(world):
    box = world.box(30)
    figures = figures_of(world, ramp(world, box, ridge(world, box)), world.nerve())
    assert [reach.level_c for reach in figures.reaches] == [-20.0, -40.0, -60.0]
    for reach in figures.reaches:
        half_mm = (reach.level_c + 70.0) / 4.0
        assert reach.length_mm == pytest.approx(2 * half_mm, abs=0.01)
        assert reach.longest_mm == pytest.approx(2 * half_mm, abs=0.01)
        assert reach.core_s == pytest.approx(ramp_time_s(reach.level_c, -70.0), abs=0.5)
        # The warmest point of the coldest 4 mm lies 2 mm from the middle.
        assert reach.hold_s == pytest.approx(ramp_time_s(reach.level_c, -62.0), abs=0.5)
    assert (figures.asked_mm, figures.asked_percent) == (4.0, None)
    assert (figures.coldest_c, figures.warmest_c) == (pytest.approx(-70.0, abs=0.01), pytest.approx(10.0, abs=0.01))
    assert figures.coldest_at_lps_mm == pytest.approx((0.0, 0.0, 0.0), abs=0.01)
    assert abs(figures.warmest_at_lps_mm[0]) == pytest.approx(20.0, abs=0.01)
    # −20 °C at 12.5 mm, 10 °C at 20 mm, on either side; the curve starts at x = −20 mm.
    flat = [end for piece in figures.under_treated_mm for end in piece]
    assert flat == pytest.approx([0.0, 7.5, 32.5, 40.0], abs=0.01)
    assert figures.segment_mm == pytest.approx((0.0, 40.0))
    assert figures.around_percent == 0.0
    assert figures.around_mean_percent == pytest.approx(100 * 25 / 40, abs=1.5)


def test_two_freezes_of_two_places_hold_neither_for_both(world):
    box = world.box(30)
    left = np.minimum(-70.0 + 4.0 * np.abs(world.points(box)[..., 0] + 14.0), 37.0).astype(np.float32)
    right = np.minimum(-70.0 + 4.0 * np.abs(world.points(box)[..., 0] - 14.0), 37.0).astype(np.float32)
    body_c = np.full(box.shape_kji, 37.0, np.float32)
    times_s = tuple(PEAK_S * n for n in range(5))
    result = world.replace(
        world.result(np.minimum(left, right), box),
        history=TemperatureHistory.of(times_s, (body_c, left, body_c, right, body_c)),
    )
    coldest = next(reach for reach in figures_of(world, result, world.nerve()).reaches if reach.level_c == -60.0)
    # −60 °C reaches 2.5 mm to either side of each place, and neither in the other's freeze.
    assert coldest.hold_s == pytest.approx(ramp_time_s(-60.0, -62.0), abs=0.5)
    assert coldest.core_s == pytest.approx(ramp_time_s(-60.0, -70.0), abs=0.5)


def test_only_the_marked_part_counts_and_a_piece_shorter_than_asked_is_not_held(world):
    box = world.box(30)
    result = ramp(world, box, ridge(world, box))
    marked = world.nerve()
    marked = world.replace(marked, course=world.replace(marked.course, segment_mm=(30.0, 33.0)))
    figures = figures_of(world, result, marked)
    # x from 10 to 13 mm: −30 °C to −18 °C.
    assert figures.reaches[0].length_mm == pytest.approx(2.5, abs=0.01)
    assert figures.reaches[0].hold_s is None
    assert figures.reaches[0].core_s == pytest.approx(ramp_time_s(-20.0, -30.0), abs=0.5)
    assert (figures.reaches[1].length_mm, figures.reaches[1].core_s) == (0.0, None)
    assert figures.under_treated_mm == ((pytest.approx(32.5, abs=0.01), pytest.approx(33.0)),)


def test_two_pieces_add_up_but_only_the_longer_is_unbroken(world):
    box = world.box(30)
    x = world.points(box)[..., 0]
    field = np.where(x < 0, -60.0 + 10 * np.abs(x + 10), -60.0 + 10 * np.abs(x - 8)).astype(np.float32)
    reach = figures_of(world, ramp(world, box, np.minimum(field, 37.0)), world.nerve()).reaches[0]
    assert (reach.length_mm, reach.longest_mm) == (pytest.approx(16.0, abs=0.02), pytest.approx(8.0, abs=0.02))


@pytest.mark.parametrize("offset_mm", [-1.4, -0.5, 0.0, 0.9, 1.3])
def test_the_cold_side_of_a_nerve_is_a_share_of_its_circumference(world, offset_mm):
    """−20 °C on a plane beside a straight nerve of radius 1.5 mm: an arc of ½ + asin(d/r)/π of the circle is cold."""
    box = world.box(30)
    field = (-20.0 + 3.0 * (world.points(box)[..., 1] - offset_mm)).astype(np.float32)
    nerve = world.nerve(diameter_mm=3.0)
    figures = figures_of(world, world.result(field, box), nerve)
    expected = 50 + 100 * math.asin(offset_mm / 1.5) / math.pi
    assert figures.around_percent == pytest.approx(expected, abs=1.0)
    assert figures.around_mean_percent == pytest.approx(expected, abs=1.0)
    assert figures.reaches[0].length_mm == 0.0


def test_too_cold_pieces_are_told_for_the_whole_nerve_as_drawn(world):
    box = world.box(30)
    field = ridge(world, box, coldest_c=-150.0, slope=10.0)
    marked = world.nerve(diameter_mm=1e-3)
    marked = world.replace(marked, course=world.replace(marked.course, segment_mm=(30.0, 40.0)))
    figures = figures_of(world, world.result(field, box), marked)
    # −140 °C at 1 mm and −100 °C at 5 mm from the middle, which lies at 20 mm of the curve.
    assert figures.neurotmesis_mm == ((pytest.approx(19.0, abs=0.01), pytest.approx(21.0, abs=0.01)),)
    assert figures.caution_mm == ((pytest.approx(15.0, abs=0.01), pytest.approx(25.0, abs=0.01)),)
    exactly = np.full(box.shape_kji, -100.0, np.float32)
    assert figures_of(world, world.result(exactly, box), marked).caution_mm == ()


def test_share_and_times_of_a_body(world):
    """−60 °C in the middle of a body of radius 6 mm and 5 °C a mm warmer outward: −40 °C at 4 mm, −30 °C at its rim."""
    box = world.box(25, spacing=0.5)
    radius_mm = np.linalg.norm(world.points(box), axis=-1)
    field = np.minimum(-60.0 + 5.0 * radius_mm, 37.0).astype(np.float32)
    body = TargetBody((0.0, 0.0, 0.0), (0.0, 0.6, 0.8), 12.0, 12.0)
    target = Target(TargetId("t"), "Ganglion", "stellate", Side.LEFT, body)
    figures = figures_of(world, ramp(world, box, field), target)
    by_level = {reach.level_c: reach for reach in figures.reaches}
    assert by_level[-20.0].share_percent == pytest.approx(100.0)
    assert by_level[-40.0].share_percent == pytest.approx(100 * (4 / 6) ** 3, abs=1.0)
    assert (by_level[-20.0].length_mm, by_level[-20.0].longest_mm) == (None, None)
    # 95 % of the volume lies within 6·∛0.95 mm of the middle.
    coldest_95_c = -60.0 + 5.0 * 6 * 0.95 ** (1 / 3)
    assert by_level[-20.0].hold_s == pytest.approx(ramp_time_s(-20.0, coldest_95_c), rel=0.03)
    assert by_level[-40.0].hold_s is None
    # The innermost point of the lattice lies within half a millimetre of the middle.
    assert ramp_time_s(-40.0, -57.0) < by_level[-40.0].core_s < ramp_time_s(-40.0, -60.0)
    assert (figures.asked_mm, figures.asked_percent) == (None, 95.0)
    assert (figures.around_percent, figures.segment_mm, figures.under_treated_mm) == (None, None, ())


def test_a_colder_isotherm_of_the_rules_is_reported_too(world):
    assert reported_levels_c(-20.0) == (-20.0, -40.0, -60.0)
    assert reported_levels_c(-30.0) == (-20.0, -30.0, -40.0, -60.0)
    box = world.box(30)
    rules = world.replace(resources.rule_set(), treatment_isotherm_c=-40.0)
    judged = judge(world, world.result(ridge(world, box), box), targets=(world.nerve(),), rules=rules)
    assert row(judged, "treated length at −40 °C").value == pytest.approx(15.0, abs=0.01)
    # All that is not treated, up to 10 °C, counts as too warm.
    assert row(judged, "marked part at −40 to 10 °C").value == pytest.approx(25.0, abs=0.01)


def test_without_a_band_in_the_rules_nothing_is_called_stunned(world):
    box = world.box(30)
    rules = world.replace(resources.rule_set(), neurapraxia_c=MISSING, intent=None)
    judged = judge(world, world.result(ridge(world, box), box), targets=(world.nerve(),), rules=rules)
    assert row(judged, "neurapraxia band").verdict is Verdict.NOT_ASSESSED
    (figures,) = judged.targets
    assert (figures.under_treated_mm, figures.intent) == ((), "")


def test_the_intent_is_said_of_nerves_and_ganglia_but_not_of_a_gland(world):
    box = world.box(30)
    result = world.result(ridge(world, box), box)
    body = TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 10.0, 10.0)
    said = {}
    for atlas_id in ("stellate", "adrenal", "unheard-of"):
        said[atlas_id] = figures_of(world, result, Target(TargetId("t"), "Body", atlas_id, Side.LEFT, body)).intent
    assert said["stellate"].startswith("Axonotmesis, Sunderland grade 2.")
    assert said["stellate"].endswith("(EVANS1981, LEARNIR).")
    assert (said["adrenal"], said["unheard-of"]) == ("", said["stellate"])


def test_without_a_diameter_there_are_no_figures(world):
    box = world.box(30)
    nerve = world.nerve(diameter_mm=None, diameter_source="")
    assert judge(world, world.result(ridge(world, box), box), targets=(nerve,)).targets == ()


@pytest.mark.parametrize(("atlas_id", "says"), [("femoral", True), ("pudendal", True), ("lfcn", False)])
@pytest.mark.parametrize("as_body", [False, True])
def test_weakness_is_a_finding_of_every_motor_or_mixed_target(world, atlas_id, says, as_body):
    box = world.box(30)
    body = TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 10.0, 10.0)
    target = Target(TargetId("t"), "Nerve", atlas_id, Side.LEFT, body) if as_body else world.nerve(atlas_id=atlas_id)
    judged = judge(world, world.result(ridge(world, box), box), targets=(target,))
    found = [check for check in judged.checks if "motor fibres" in check.quantity]
    assert bool(found) is says
    for check in found:
        assert check.verdict is Verdict.CHECK
        assert check.unit == ("%" if as_body else "mm")
        assert check.value == pytest.approx(100.0 if as_body else 40.0, abs=0.1)
        assert "weakness" in check.reason
        assert "fell" in check.reason
        assert "R-ANATOMY; recalled" in check.reason


def test_a_warm_motor_nerve_passes_and_one_that_is_only_stunned_does_not(world):
    box = world.box(30)
    for warmest_c, verdict in ((12.0, Verdict.PASS), (8.0, Verdict.CHECK)):
        result = world.result(np.full(box.shape_kji, warmest_c, np.float32), box)
        judged = judge(world, result, targets=(world.nerve(atlas_id="femoral"),))
        assert row(judged, "motor fibres").verdict is verdict


def test_what_the_scan_and_the_box_leave_out_is_a_row(world):
    ct, box = world.box(30, spacing=2.0), world.box(20)
    field = world.ball_field(box, 8.0)
    through = world.structure("Body", "skin", ct)
    inside = world.structure("Cord", "spinal cord", ct)
    masks = {"Body": np.ones(ct.shape_kji, bool), "Cord": world.ball(ct, 5.0, (20.0, 0.0, 0.0))}
    more = {"ct": ct, "structures": (through, inside), "masks": masks, "targets": ()}
    judged = judge(world, world.result(field, box), **more)
    # The outer faces: 31 mm of the scan, 20.5 mm of the box.
    assert row(judged, SCAN_WORDS).value == pytest.approx(31.0 - 8.0, abs=0.05)
    assert row(judged, SCAN_WORDS).verdict is Verdict.PASS
    assert row(judged, SCAN_WORDS).reason == "Cut by the end of the scan: Body."
    assert row(judged, BOX_WORDS).value == pytest.approx(20.5 - 8.0, abs=0.05)
    far = world.box(20, centre=(15.0, 0.0, 0.0))
    near_end = judge(world, world.result(world.ball_field(far, 8.0, centre=(15.0, 0.0, 0.0)), far), **more)
    assert row(near_end, SCAN_WORDS).verdict is Verdict.NOT_ASSESSED
    assert row(near_end, SCAN_WORDS).value == pytest.approx(8.0, abs=0.05)
    assert "not known" in row(near_end, SCAN_WORDS).reason
    cut = judge(world, world.result(field, box, reaches_boundary=True), **more)
    assert row(cut, BOX_WORDS).verdict is Verdict.NOT_ASSESSED
    assert row(cut, BOX_WORDS).value is None
    warm = judge(world, world.result(np.full(box.shape_kji, 20.0, np.float32), box), **more)
    assert {row(warm, words).reason for words in (BOX_WORDS, SCAN_WORDS)} == {"No ice is predicted."}


def test_an_own_margin_wider_than_all_rules_asks_for_more_of_the_scan(world):
    ct, box = world.box(30, spacing=2.0), world.box(20)
    wide = world.replace(world.structure("Cord", "spinal cord", ct), margin_mm=25.0, margin_reason="site")
    masks = {"Cord": world.ball(ct, 5.0, (20.0, 0.0, 0.0))}
    result = world.result(world.ball_field(box, 8.0), box)
    judged = judge(world, result, ct=ct, structures=(wide,), masks=masks, targets=())
    assert row(judged, SCAN_WORDS).verdict is Verdict.NOT_ASSESSED
    assert row(judged, SCAN_WORDS).limit == "≥ 25 mm (project default)"


def test_figures_are_kept_with_the_assessment(world):
    box = world.box(30)
    judged = judge(world, ramp(world, box, ridge(world, box)), targets=(world.nerve(),))
    assert decode(canonical_json(judged), Assessment, where="here") == judged


def test_the_end_of_the_scan_exactly_at_the_widest_margin_passes(world):
    ct, box = world.box(30, spacing=2.0), world.box(20)
    cord = world.structure("Cord", "spinal cord", ct)
    more = {"ct": ct, "masks": {"Cord": world.ball(ct, 5.0, (20.0, 0.0, 0.0))}, "targets": ()}
    result = world.result(world.ball_field(box, 8.0), box)
    ends_mm = row(judge(world, result, structures=(cord,), **more), SCAN_WORDS).value
    for margin_mm, verdict in ((ends_mm, Verdict.PASS), (np.nextafter(ends_mm, 99.0), Verdict.NOT_ASSESSED)):
        wide = world.replace(cord, margin_mm=float(margin_mm), margin_reason="site")
        found = row(judge(world, result, structures=(wide,), **more), SCAN_WORDS)
        assert found.verdict is verdict
        assert ("not known" in found.reason) is (verdict is Verdict.NOT_ASSESSED)


@pytest.mark.parametrize(("count", "ends"), [(6, "S5."), (7, "S5 and 1 more.")])
def test_the_first_six_structures_that_the_scan_cuts_are_named(world, count, ends):
    ct, box = world.box(30, spacing=4.0), world.box(20)
    structures = tuple(world.structure(f"S{n}", "muscle", ct) for n in range(count))
    masks = {f"S{n}": np.ones(ct.shape_kji, bool) for n in range(count)}
    judged = judge(
        world, world.result(world.ball_field(box, 8.0), box), ct=ct, structures=structures, masks=masks, targets=()
    )
    said = row(judged, SCAN_WORDS).reason
    assert said.startswith("Cut by the end of the scan: S0; S1; ")
    assert said.endswith(ends)
