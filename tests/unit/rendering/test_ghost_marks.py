"""Is a placement that is not the plan's drawn as such: named, dashed, in its own colour, with nothing to hold?"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.rendering.anatomy_marks import nerve_marks
from planner.rendering.content import GhostLayer, IceLayer, NerveLayer, ProbeLayer, SliceContent
from planner.rendering.ghost_marks import GHOST_LEVELS, ghost_marks
from planner.rendering.ghost_scene import ghost_actors
from planner.rendering.nerve_shares import UNTOLD_SHARE, treated_parts
from planner.rendering.palette import GHOST_COLOUR, GHOST_DASH, TARGET_COLOUR, rgb, share_class
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.primitives import Label, Marker, Path, Role
from planner.rendering.scene3d import nerve_actors
from planner.rendering.slice_scene import build_plan_marks

GRID = Grid.from_axes((41, 41, 41), origin_lps_mm=(-20, -20, -20), spacing_ijk_mm=(1, 1, 1))
PLANE = SlicePlane(Orientation.AXIAL, (0.0, 0.0, 0.0), 0.25, (400, 300))
SHAFT = ProbeLayer(ProbePlacement(ProbeId("p"), "P1", "m", (0.0, -18.0, 0.0), (0.0, 0.0, 0.0)))


def a_ball(radius_mm=8.0):
    """Ice whose 0 °C edge is a ball of this radius, 5 °C colder each mm inward."""
    places = np.stack(np.meshgrid(*(np.arange(-20, 21),) * 3, indexing="ij"), axis=-1)
    field = (5.0 * (np.linalg.norm(places, axis=-1) - radius_mm)).astype(np.float32)
    return IceLayer(field, GRID, "draw", key="ball")


def marks_of(*ghosts):
    return ghost_marks(ghosts, plane=PLANE, slice_mm=1.0)


def test_both_isotherms_are_drawn_dashed_in_the_ghosts_colour_at_their_radius():
    lines = [mark for mark in marks_of(GhostLayer("Draw 3", (SHAFT,), a_ball())) if isinstance(mark, Path)]
    by_name = {mark.name: mark for mark in lines}
    for level, radius_mm in zip(GHOST_LEVELS, (8.0, 4.0), strict=True):
        mark = by_name[f"Draw 3, {level.label}"]
        away_mm = np.linalg.norm(np.concatenate(mark.lines) - np.array(PLANE.size_px) / 2, axis=1) * PLANE.mm_per_px
        assert away_mm == pytest.approx(radius_mm, abs=0.1)
        assert (mark.pen.colour, mark.pen.dash_px, mark.fill) == (GHOST_COLOUR, GHOST_DASH, None)


def test_the_chosen_one_of_several_is_solid():
    chosen, other = GhostLayer("A", (SHAFT,), a_ball(), is_solid=True), GhostLayer("B", (SHAFT,), a_ball(6.0))
    dashes = {mark.name: mark.pen.dash_px for mark in marks_of(chosen, other) if isinstance(mark, Path)}
    assert dashes["A, 0 °C edge"] == ()
    assert dashes["B, 0 °C edge"] == GHOST_DASH


def test_nothing_of_it_can_be_taken_for_the_plans_own_or_be_held():
    marks = marks_of(GhostLayer("Draw 3", (SHAFT,), a_ball()))
    assert {mark.role for mark in marks} == {Role.GHOST}
    assert all(mark.fill is None for mark in marks if isinstance(mark, Marker))
    drawn = build_plan_marks(
        PLANE, grid=GRID, content=SliceContent(probes=(SHAFT,), ghosts=(GhostLayer("D", (SHAFT,)),))
    )
    assert sum(mark.role is Role.HANDLE for mark in drawn) == 2  # the plan's own tip and entry


def test_no_two_names_stand_on_each_other_and_each_stands_in_the_view():
    ghosts = tuple(GhostLayer(f"Draw {n}", (SHAFT,), a_ball()) for n in range(3))
    names = [mark for mark in marks_of(*ghosts) if isinstance(mark, Label)]
    assert [name.text for name in names] == [ghost.name for ghost in ghosts]
    heights = sorted(name.anchor_px[1] for name in names)
    assert min(np.diff(heights)) >= 15.0
    assert all(0 < name.anchor_px[0] < 400 and 0 < name.anchor_px[1] <= 300 for name in names)


def test_names_far_apart_stand_where_their_shafts_are():
    far = ProbeLayer(ProbePlacement(ProbeId("q"), "P2", "m", (-40.0, -18.0, 0.0), (-40.0, 0.0, 0.0)))
    names = [mark for mark in marks_of(GhostLayer("A", (SHAFT,)), GhostLayer("B", (far,))) if isinstance(mark, Label)]
    assert names[0].anchor_px[1] == names[1].anchor_px[1]
    assert names[0].anchor_px[0] - names[1].anchor_px[0] == pytest.approx(40.0 / PLANE.mm_per_px)


def test_its_name_stands_beside_the_hubs_end_right_of_the_shaft_and_out_of_view_it_has_none():
    (name,) = [mark for mark in marks_of(GhostLayer("Draw 3", (SHAFT,), a_ball())) if isinstance(mark, Label)]
    entry = PLANE.to_px(SHAFT.placement.entry_lps_mm)
    assert name.anchor_px[0] > entry[0] + 20.0  # a probe's own name stands beyond its entry
    assert abs(name.anchor_px[1] - max(entry[1], 64.0)) < 8.0
    far = ProbeLayer(ProbePlacement(ProbeId("p"), "P1", "m", (900.0, -18.0, 0.0), (900.0, 0.0, 0.0)))
    assert not any(isinstance(mark, Label) for mark in marks_of(GhostLayer("Draw 4", (far,))))


def test_in_space_every_part_has_the_ghosts_colour_and_can_be_seen_through():
    for actor in ghost_actors(GhostLayer("Draw 3", (SHAFT,), a_ball())):
        look = actor.GetProperty()
        assert look.GetColor() == pytest.approx(rgb(GHOST_COLOUR))
        assert look.GetOpacity() < 0.5


# --- how often a nerve is treated ------------------------------------------------------------------------------------


def a_nerve(shares):
    curve = np.stack([np.linspace(-10, 10, 21), np.zeros(21), np.zeros(21)], axis=1)
    return NerveLayer("N", curve, (5, 15), 2.0, shares=shares)


SHARES = np.array([np.nan] * 5 + [0.5, 0.6, 0.7, 0.85, 0.9, 0.96, 1.0, 0.97, 0.9, 0.85, 0.4] + [np.nan] * 5)


def test_each_piece_of_a_nerve_has_the_colour_and_width_of_its_share():
    pieces = treated_parts(a_nerve(SHARES), a_nerve(SHARES).curve_lps_mm, 1.0)
    assert [round(radius, 2) for _, radius, _ in pieces] == [0.6, 0.8, 1.0, 0.8]
    assert [colour for _, _, colour in pieces] == [share_class(s).colour for s in (0.5, 0.9, 1.0, 0.9)]
    ends = [(float(part[0, 0]), float(part[-1, 0])) for part, _, _ in pieces]
    assert ends[0][0] == -5.0
    assert ends[-1][1] == 5.0
    assert all(before[1] == after[0] for before, after in pairwise(ends))  # no gap


def test_where_nothing_is_told_the_nerve_is_as_it_was():
    bare = a_nerve(None)
    ((part, radius, colour),) = treated_parts(bare, bare.curve_lps_mm, 1.0)
    assert (len(part), radius, colour) == (11, 1.0, TARGET_COLOUR)
    untold = a_nerve(np.full(21, np.nan))
    assert [radius for _, radius, _ in treated_parts(untold, untold.curve_lps_mm, 1.0)] == [UNTOLD_SHARE]
    assert len(nerve_actors(a_nerve(SHARES))) == len(nerve_actors(bare)) + 3


def test_in_a_slice_the_shares_lie_under_the_nerve_each_with_its_own_pattern():
    marks = nerve_marks(a_nerve(SHARES), plane=PLANE, slice_mm=1.0)
    shares = [mark for mark in marks if "treated in" in mark.name]
    assert len({mark.pen.dash_px for mark in shares}) == 3
    assert marks.index(shares[-1]) < min(n for n, mark in enumerate(marks) if mark.name.endswith("in plane"))
    always = next(mark for mark in shares if "≥ 95 %" in mark.name)
    xs = np.concatenate(always.lines)[:, 0] * PLANE.mm_per_px - 50.0
    assert (xs.min(), xs.max()) == (0.0, 3.0)  # from the place of 0.96 to just before that of 0.9 again
    assert not any("treated in" in mark.name for mark in nerve_marks(a_nerve(None), plane=PLANE, slice_mm=1.0))
