"""Do the tools of whole masks, pressed in a real window, make the mask that hand and numpy make, and take it back?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.identity import StructureId
from planner.domain.structure import StructureKind
from planner.ui.steps import WorkStep
from planner.ui.view_state import Tool
from tests.ui.tool_bench import (
    BALL_MM,
    BALL_RADIUS_MM,
    SHAPE_KJI,
    apply,
    ball,
    choose,
    click,
    make_hu,
    mask_of,
    open_patient,
    pick,
    places_mm,
    take_tool,
    type_value,
)


def box(k, j, i):
    made = np.zeros(SHAPE_KJI, bool)
    made[k, j, i] = True
    return made


def undo(window, before):
    """Take the one step back, by the window's own button."""
    click(window.top._undo)
    np.testing.assert_array_equal(mask_of(window.desk.session), before)


def test_threshold_makes_the_mask_between_two_hu_and_one_undo_takes_it_back(bench):
    drawn = box(slice(2, 6), slice(2, 6), slice(2, 6))
    session = open_patient(bench, {"hand": drawn, "near": ball(BALL_MM, 20.0)})
    hu = make_hu()
    take_tool(bench, "Threshold")
    type_value(bench, "Threshold from", "-150")
    type_value(bench, "Threshold to", "-50")
    apply(bench)
    np.testing.assert_array_equal(mask_of(session), (hu >= -150) & (hu <= -50))
    assert session.plan.structure("hand").method.endswith("threshold −150 to −50 HU")
    undo(bench, drawn)
    pick(bench, "New voxels", "Add")
    pick(bench, "Only inside", "Near")
    type_value(bench, "Threshold from", "300")
    type_value(bench, "Threshold to", "300")
    apply(bench)
    wanted = drawn | ((hu == 300) & ball(BALL_MM, 20.0))
    np.testing.assert_array_equal(mask_of(session), wanted)
    undo(bench, drawn)


def test_a_new_structure_is_thresholded_from_nothing(bench):
    """New, its kind, Threshold, Apply: the first ready range is bone."""
    session = open_patient(bench, {})
    bench.plan.pages[WorkStep.STRUCTURES].begin(StructureKind.BONE)
    (made,) = session.plan.structures
    take_tool(bench, "Threshold")
    apply(bench)
    np.testing.assert_array_equal(mask_of(session, made.id), make_hu() >= 200)
    click(bench.top._undo)
    assert not mask_of(session, made.id).any()
    click(bench.top._undo)
    assert session.plan.structures == ()


def test_grow_fills_the_organ_from_a_seed_and_stops_at_its_edge(bench):
    seed = ball(BALL_MM, 4.0)
    session = open_patient(bench, {"hand": seed})
    take_tool(bench, "Grow")
    type_value(bench, "Reach", "20")
    apply(bench)
    organ, grown = ball(BALL_MM, BALL_RADIUS_MM), mask_of(session)
    dice = 2 * np.count_nonzero(grown & organ) / (np.count_nonzero(grown) + np.count_nonzero(organ))
    assert dice >= 0.95
    undo(bench, seed)


def test_grow_leaves_other_structures_what_they_have(bench):
    other = ball(BALL_MM, BALL_RADIUS_MM) & (places_mm()[..., 0] > BALL_MM[0] + 6)
    seed = ball(BALL_MM, 4.0)
    session = open_patient(bench, {"hand": seed, "other": other})
    take_tool(bench, "Grow")
    type_value(bench, "Reach", "20")
    apply(bench)
    assert np.count_nonzero(mask_of(session) & other) == 0
    assert np.count_nonzero(mask_of(session)) > 2 * np.count_nonzero(seed)


def test_between_fills_the_slices_between_two_drawn_ones(bench, qtbot):
    drawn = box([10, 20], slice(20, 40), slice(25, 45))
    session = open_patient(bench, {"hand": drawn})
    take_tool(bench, "Between")
    options = bench.plan.options
    qtbot.waitUntil(lambda: "2 axial slices drawn, 9 to fill" in options.pages[Tool.BETWEEN].words.text())
    apply(bench)
    np.testing.assert_array_equal(mask_of(session), box(slice(10, 21), slice(20, 40), slice(25, 45)))
    undo(bench, drawn)
    qtbot.waitUntil(options.apply_button.isEnabled)


def test_margin_is_the_same_in_every_direction_of_the_patient(bench):
    """Every voxel clearly nearer than the margin to a drawn one is in, every one clearly farther is out."""
    drawn = box(slice(18, 22), slice(28, 32), slice(33, 37))
    session = open_patient(bench, {"hand": drawn})
    take_tool(bench, "Margin")
    type_value(bench, "Distance", "7")
    apply(bench)
    grown, places = mask_of(session), places_mm()
    # Distance to the box of the drawn voxels' outer faces, worked out per axis.
    low, high = places[18, 28, 33] - (0.75, 0.75, 1.0), places[21, 31, 36] + (0.75, 0.75, 1.0)
    apart = np.linalg.norm(np.maximum(np.maximum(low - places, places - high), 0), axis=-1)
    assert grown[apart < 7 - 1.2].all()
    assert not grown[apart > 7 + 1.2].any()
    undo(bench, drawn)
    round_one = ball((0.0, 0.0, 0.0), 15.0)
    session = open_patient(bench, {"hand": round_one})
    take_tool(bench, "Margin")
    choose(bench, "Direction: Shrink")
    type_value(bench, "Distance", "5")
    apply(bench)
    shrunk = mask_of(session)
    assert shrunk[ball((0.0, 0.0, 0.0), 8.8)].all()
    assert not shrunk[~ball((0.0, 0.0, 0.0), 11.2)].any()
    undo(bench, round_one)


def test_smooth_takes_corners_and_keeps_the_volume(bench):
    drawn = box(slice(10, 30), slice(20, 40), slice(25, 45))
    session = open_patient(bench, {"hand": drawn})
    take_tool(bench, "Smooth")
    type_value(bench, "Size", "3")
    apply(bench)
    smooth = mask_of(session)
    assert not smooth[10, 20, 25]
    assert smooth[20, 30, 35]
    assert np.count_nonzero(smooth) == pytest.approx(np.count_nonzero(drawn), rel=0.06)
    undo(bench, drawn)


def test_islands_keep_the_largest_or_drop_small_ones(bench):
    large, middle, small = (
        box(slice(5, 15), slice(5, 15), slice(5, 15)),
        box(slice(20, 25), slice(20, 25), slice(20, 25)),
        box(slice(30, 32), slice(30, 32), slice(30, 32)),
    )
    drawn = large | middle | small
    session = open_patient(bench, {"hand": drawn})
    take_tool(bench, "Islands")
    apply(bench)
    np.testing.assert_array_equal(mask_of(session), large)
    undo(bench, drawn)
    # Voxels of 4.5 mm³: 1000 of them are 4.5 mL, 125 are 0.5625 mL, 8 are 0.036 mL.
    choose(bench, "Islands: Remove below")
    type_value(bench, "Smallest part", "0.2")
    apply(bench)
    np.testing.assert_array_equal(mask_of(session), large | middle)
    undo(bench, drawn)


def test_holes_are_filled_in_space_or_in_each_slice(bench):
    whole = box(slice(10, 20), slice(10, 30), slice(10, 30))
    cavity = box(slice(13, 16), slice(15, 20), slice(15, 20))
    tunnel = box(slice(None), slice(24, 26), slice(24, 26))
    drawn = whole & ~cavity & ~tunnel
    session = open_patient(bench, {"hand": drawn})
    take_tool(bench, "Fill holes")
    apply(bench)
    np.testing.assert_array_equal(mask_of(session), whole & ~tunnel)
    undo(bench, drawn)
    choose(bench, "Holes: In each slice")
    apply(bench)
    np.testing.assert_array_equal(mask_of(session), whole)
    undo(bench, drawn)


def test_boolean_adds_subtracts_and_intersects(bench):
    a, b = box(slice(5, 20), slice(5, 20), slice(5, 20)), box(slice(10, 25), slice(10, 25), slice(10, 25))
    session = open_patient(bench, {"hand": a, "second": b})
    take_tool(bench, "Boolean")
    for words, wanted in (("Add", a | b), ("Subtract", a & ~b), ("Intersect with", a & b)):
        choose(bench, f"Operation: {words}")
        pick(bench, "Other structure", "Second")
        apply(bench)
        np.testing.assert_array_equal(mask_of(session), wanted)
        np.testing.assert_array_equal(mask_of(session, StructureId("second")), b)
        undo(bench, a)


def test_what_leaves_nothing_is_refused_in_words_and_changes_nothing(bench):
    drawn = box(slice(18, 22), slice(28, 32), slice(33, 37))
    session = open_patient(bench, {"hand": drawn})
    take_tool(bench, "Margin")
    choose(bench, "Direction: Shrink")
    type_value(bench, "Distance", "30")
    before = session.plan
    apply(bench)
    assert session.plan is before
    assert "nothing" in bench.banners.sentence_of("REFUSED")
