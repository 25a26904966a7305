"""Do points, treated part and copies of a target come out where they belong? Truth: a line and a circle by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.target import DiagnosticBlock, NerveCurve, Target, TargetBody
from planner.persistence.resources import atlas
from planner.planning.nerve import (
    point_added,
    point_removed,
    segment_set,
    shown_segment_mm,
    smooth_curve,
    treatment_segment_mm,
)
from planner.planning.target_copies import level_suggestions, levels_beside, mirrored_target, moved_target

LINE = NerveCurve(((0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (40.0, 0.0, 0.0)), (15.0, 35.0))


@pytest.fixture
def target():
    block = DiagnosticBlock("2026-01-02")
    return Target(TargetId("t1"), "Intercostal nerve", "intercostal", Side.RIGHT, LINE, "T8", 3.0, "by hand", block)


@pytest.mark.parametrize(("place", "number"), [((5.0, 0, 0), 1), ((25.0, 0, 0), 2), ((39.0, 0, 0), 2)])
def test_a_point_is_put_in_between_its_neighbours(place, number):
    more = point_added(LINE, place)
    assert more.points_lps_mm[number] == place
    assert [p for p in more.points_lps_mm if p != place] == list(LINE.points_lps_mm)
    assert smooth_curve(more).length_mm == pytest.approx(40.0, abs=0.5)
    assert more.segment_mm == LINE.segment_mm


def test_a_point_beside_the_curve_bends_it():
    bent = point_added(LINE, (25.0, 8.0, 0.0))
    assert smooth_curve(bent).length_mm > 42.0


def test_a_point_on_a_point_is_refused():
    with pytest.raises(PlanInvalid, match="stands there already"):
        point_added(LINE, (10.2, 0.0, 0.0))


def test_a_curve_that_comes_back_takes_the_point_where_it_was_clicked():
    """Round most of a circle of 20 mm radius: beginning and end are near each other, the arcs are not."""
    angles = np.radians(np.arange(0, 331, 30))
    circle = NerveCurve(tuple((20 * np.cos(a), 20 * np.sin(a), 0.0) for a in angles))
    for after in range(len(angles) - 1):
        middle = (angles[after] + angles[after + 1]) / 2
        place = (20 * np.cos(middle), 20 * np.sin(middle), 0.0)
        assert point_added(circle, place).points_lps_mm[after + 1] == pytest.approx(place)


def test_a_point_taken_out_shortens_the_treated_part_with_the_curve():
    shorter = point_removed(NerveCurve(LINE.points_lps_mm, (5.0, 35.0)), 2)
    assert shorter.points_lps_mm == LINE.points_lps_mm[:2]
    assert shorter.segment_mm == pytest.approx((5.0, 10.0))


def test_what_would_leave_nothing_to_treat_is_refused():
    line = NerveCurve(((0, 0, 0), (10, 0, 0), (40, 0, 0)), (20.0, 35.0))
    with pytest.raises(PlanInvalid, match="treated part"):
        point_removed(line, 2)
    with pytest.raises(PlanInvalid, match="at least two points"):
        point_removed(NerveCurve(((0, 0, 0), (10, 0, 0))), 0)


@pytest.mark.parametrize(
    ("asked", "kept"),
    [((5.0, 20.0), (5.0, 20.0)), ((20.0, 5.0), (5.0, 20.0)), ((-3.0, 20.0), (0.0, 20.0)), ((30.0, 99.0), (30.0, 40.0))],
)
def test_the_treated_part_stays_on_the_curve_in_order(asked, kept):
    assert segment_set(LINE, asked).segment_mm == pytest.approx(kept)


def test_the_whole_curve_is_none():
    whole = segment_set(LINE, (0.0, 40.0))
    assert whole.segment_mm is None
    assert treatment_segment_mm(whole) == pytest.approx((0.0, 40.0))


def test_nothing_to_treat_is_refused():
    with pytest.raises(PlanInvalid, match="at least 1 mm"):
        segment_set(LINE, (20.0, 20.4))


def test_the_other_side_is_the_mirror_image_without_the_block(target):
    other = mirrored_target(target, midline_x_mm=-2.0)
    assert other.side is Side.LEFT
    assert other.course.points_lps_mm == ((-4.0, 0.0, 0.0), (-14.0, 0.0, 0.0), (-44.0, 0.0, 0.0))
    assert (other.diameter_mm, other.diameter_source, other.level) == (3.0, "by hand", "T8")
    assert other.block is None
    assert other.id != target.id
    assert other.course.segment_mm == target.course.segment_mm


def test_a_mirrored_body_leans_the_other_way():
    axis = (0.6, 0.0, 0.8)
    body = TargetBody((10.0, 5.0, 0.0), axis, 12.0, 6.0)
    other = mirrored_target(Target(TargetId("b"), "Ganglion", "x", Side.LEFT, body), midline_x_mm=0.0)
    assert other.course.centre_lps_mm == (-10.0, 5.0, 0.0)
    assert other.course.axis_lps == (-0.6, 0.0, 0.8)


def test_a_midline_target_has_no_other_side():
    body = TargetBody((0.0, 5.0, 0.0), (0.0, 0.0, 1.0), 12.0, 6.0)
    with pytest.raises(PlanInvalid, match="no other side"):
        mirrored_target(Target(TargetId("b"), "Ganglion impar", "impar", Side.MIDLINE, body), midline_x_mm=0.0)


def test_another_level_keeps_the_shape(target):
    below = moved_target(target, "T9", first_lps_mm=(1.0, 2.0, -25.0))
    assert below.course.points_lps_mm == ((1.0, 2.0, -25.0), (11.0, 2.0, -25.0), (41.0, 2.0, -25.0))
    assert (below.level, below.block, below.side) == ("T9", None, Side.RIGHT)


@pytest.mark.parametrize(
    ("level", "beside"),
    [("T8", ("T7", "T9")), ("t 1", ("T2",)), ("T12", ("T11",)), ("L5", ("L4",)), ("", ()), ("SM", ()), ("C7–T1", ())],
)
def test_levels_beside(level, beside):
    assert levels_beside(level) == beside


def test_entries_that_stand_for_several_nerves_offer_their_names():
    offered = {entry.id: level_suggestions(entry) for entry in atlas()}
    assert offered["genicular"] == ("SM", "SL", "IM")
    assert offered["intercostal"][7] == "T8"
    assert offered["occipital"] == ("greater", "third", "lesser")
    assert offered["pudendal"] == ()


def test_pictures_go_on_where_the_judged_part_is_refused():
    short = NerveCurve(((0.0, 0.0, 0.0), (8.0, 0.0, 0.0)), (15.0, 35.0))
    assert shown_segment_mm(short) == pytest.approx((8.0, 8.0))
    with pytest.raises(PlanInvalid, match="treatment segment starts"):
        treatment_segment_mm(short)
    assert shown_segment_mm(LINE) == treatment_segment_mm(LINE)
