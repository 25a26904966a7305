"""Does screening open only what the assessment's own rows pass, and close only what has a reason?

Truth: every point of every way read, structure by structure; and the rows of the assessment themselves.
"""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.access import AccessLimits, PathReason
from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import PlanInvalid
from planner.domain.gantry import Gantry
from planner.domain.geometry import Grid, PatientPosition, point
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.rule import Quantity, Verdict
from planner.domain.structure import StructureRole
from planner.persistence import resources
from planner.persistence.access_table import access_limits
from planner.planning.gantry import ROOM_MM, bore_clearance, hub_lps_mm, length_back_inside_mm
from planner.planning.path_obstacles import ObstacleStore
from planner.planning.path_screening import TOLD_MM, PathScreen
from planner.planning.shaft_rows import shaft_rows
from planner.planning.table import LEVEL_DEG, below_horizontal_deg
from planner.spatial.distance import signed_distance_mm
from planner.spatial.sample import trilinear

WAYS = int(os.environ.get("FROSTLINE_SCREENED_WAYS", "100000"))
JUDGED = int(os.environ.get("FROSTLINE_SCREENED_JUDGED", "60"))
NO_LIMITS = AccessLimits(MISSING, MISSING)
RADIUS_MM = 0.75
NEEDED_MM = {"Artery": 5.0, "Thin artery": 5.0, "Rib": RADIUS_MM, "Vein": RADIUS_MM, "Lung": RADIUS_MM}


@pytest.fixture(scope="module")
def models():
    return {model.id: model for model in resources.probe_models()}


@pytest.fixture(scope="module")
def probe_model(models):
    model = models["generic-17g-short"]
    assert model.shaft_diameter_mm.value == 2 * RADIUS_MM
    return model


def neighbourhood(world, *, grid=None):
    """A body with five structures of four kinds, on oblong voxels; masks from formulas."""
    grid = grid or Grid.from_axes((44, 70, 66), origin_lps_mm=(-32.5, -32.0, -32.0), spacing_ijk_mm=(1.0, 0.9, 1.5))
    shape = grid.shape_kji
    upright = Grid.from_axes(shape, origin_lps_mm=(-32.5, -32.0, -32.0), spacing_ijk_mm=(1.0, 0.9, 1.5))
    x, y, z = np.moveaxis(world.points(upright), -1, 0)
    shapes = {
        "Skin": ("skin", (x / 27) ** 2 + (y / 25) ** 2 <= 1),
        "Artery": ("artery", np.hypot(x - 12, y + 2) < 3),
        "Thin artery": ("artery", np.hypot(x + 0.2 * z + 4, z - 13) < 0.9),
        "Rib": ("bone", (abs(y + 14 - 0.1 * x) < 2) & (abs(z - 4) < 5) & (x < 6)),
        "Vein": ("vein", np.hypot(y + 6, z + 12) < 2),
        "Lung": ("lung", np.sqrt((x + 16) ** 2 + (y - 12) ** 2 + (z + 4) ** 2) < 9),
    }
    structures = [world.structure(name, kind, grid) for name, (kind, _) in shapes.items()]
    masks = {structure.id: shapes[structure.name][1] for structure in structures}
    plan = world.plan(grid, structures=structures, probes=())
    return plan, masks


def some_ways(count, *, seed=1):
    """Ends anywhere about the body, half of them toward one tip."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, count)
    entries = np.stack([27 * np.cos(angle), 25 * np.sin(angle), rng.uniform(-28, 28, count)], axis=1)
    tips = rng.normal(0.0, 8.0, (count, 3)) * (np.arange(count) % 2)[:, None]
    return entries, np.clip(tips, -20, 20)


def points_of(entries, tips):
    """Return the points that the rows read, way after way, and where each way begins."""
    lengths = np.linalg.norm(tips - entries, axis=1)
    counts = np.maximum(1, np.ceil(lengths / 0.25).astype(int)) + 1
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    which = np.repeat(np.arange(len(entries)), counts)
    share = (np.arange(len(which)) - starts[which]) / (counts[which] - 1)
    return entries[which] + share[:, None] * (tips - entries)[which], starts


def least_distances(plan, masks, entries, tips):
    """Return the least distance of each way to each obstacle, {name: shape (n,)}."""
    grid, found = plan.volume.grid, {name: [] for name in NEEDED_MM}
    fields = {s.name: signed_distance_mm(masks[s.id], grid) for s in plan.structures}
    for part in np.array_split(np.arange(len(entries)), max(1, len(entries) // 5000)):
        points, starts = points_of(entries[part], tips[part])
        for name in NEEDED_MM:
            found[name].append(np.minimum.reduceat(trilinear(fields[name], grid, points, outside=99.0), starts))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def screen_of(plan, masks, entries, tips, *, rules=None, limits=NO_LIMITS, store=None):
    ends = np.concatenate([entries, np.atleast_2d(tips)])
    rules = rules or resources.rule_set()
    return PathScreen.of(plan, rules, masks, ends_lps_mm=ends, limits=limits, store=store)


def placed(entry, tip, model_id="generic-17g-short"):
    return ProbePlacement(ProbeId("P1"), "P1", model_id, point(entry), point(tip))


def test_no_way_is_open_that_has_too_little_room_and_none_closed_that_has_more(world, probe_model):
    """H-31: of 100 000 ways all that are kept, and some of those that are closed, read point by point."""
    plan, masks = neighbourhood(world)
    entries, tips = some_ways(WAYS)
    screen = screen_of(plan, masks, entries, tips)
    found = screen.screen(entries, tips, probe_model)
    is_kept = found.reason != PathReason.STRUCTURE
    assert 0.02 * WAYS < np.count_nonzero(is_kept) < 0.9 * WAYS
    some = np.flatnonzero(is_kept | (np.arange(WAYS) % 40 == 0))
    is_kept = is_kept[some]
    room = {n: d - NEEDED_MM[n] for n, d in least_distances(plan, masks, entries[some], tips[some]).items()}
    least = np.min(list(room.values()), axis=0)
    assert not (is_kept & (least < 0)).any()
    # Rounding down costs two steps of 1/256 mm; where two structures are equally near, less than a voxel's change.
    assert not (~is_kept & (least > 0.8)).any()
    assert np.count_nonzero(~is_kept & (least > 0.02)) < 0.02 * np.count_nonzero(~is_kept)
    # The room that is told of open ways is no more than there is, and hardly less.
    is_open, told = found.is_open[some], found.worst_clearance_mm[some]
    short = np.minimum(least, TOLD_MM)[is_open] - told[is_open]
    assert short.min() > -1e-4
    assert np.quantile(short, 0.9) < 0.02
    assert short.max() < 0.8
    # Whose it is: the one that is nearest to its limit there.
    names = np.array([*(obstacle.structure.name for obstacle in screen.obstacles), "none"])
    blamed = names[found.structure_index[some]]
    for name in NEEDED_MM:
        near = is_open & (told < 2) & (blamed == name)
        assert np.quantile(room[name][near] - least[near], 0.95) < 0.05
        close = room[name][~is_kept & (blamed == name)]
        assert np.quantile(close, 0.98) < 0.02
        assert close.max() < 0.8


def test_what_is_open_the_assessments_own_rows_pass(world, models, probe_model):
    """H-31: the very rows, way by way; the same bytes however the work is spread."""
    plan, masks = neighbourhood(world)
    plan = replace(plan, gantry=Gantry(700.0, 150.0, 40.0))
    entries, tips = some_ways(8000, seed=2)
    screen = screen_of(plan, masks, entries, tips, limits=access_limits())
    found = screen.screen(entries, tips, probe_model)
    open_ways = np.flatnonzero(found.is_open)
    assert len(open_ways) > JUDGED
    rules = resources.rule_set()
    for n in np.random.default_rng(3).permutation(open_ways)[:JUDGED]:
        rows = shaft_rows(plan, placed(entries[n], tips[n]), rules=rules, masks=masks, models=models)
        assert {row.verdict for row in rows} <= {Verdict.PASS, Verdict.NOT_ASSESSED}, n
        assert {"Artery", "Rib", "Vein", "Lung", "P1"} <= {row.subject_name for row in rows}
    alone = [screen.screen(entries[n : n + 1], tips[n : n + 1], probe_model) for n in range(200)]
    assert [int(one.reason[0]) for one in alone] == found.reason[:200].tolist()
    np.testing.assert_array_equal([one.worst_clearance_mm[0] for one in alone], found.worst_clearance_mm[:200])


def test_more_margin_opens_nothing_and_unconfirmed_structures_count(world, probe_model):
    plan, masks = neighbourhood(world)
    entries, tips = some_ways(20000, seed=4)
    before = None
    for margin_mm in (0.0, 2.0, 5.0, 9.0):
        rules = resources.rule_set()
        changed = tuple(
            replace(rule, pass_limit=margin_mm, fail_limit=0.0)
            if rule.quantity is Quantity.PATH_DISTANCE_MM and rule.subject == "artery"
            else rule
            for rule in rules.rules
        )
        found = screen_of(plan, masks, entries, tips, rules=replace(rules, rules=changed)).screen(
            entries, tips, probe_model
        )
        is_kept = found.reason != PathReason.STRUCTURE
        assert before is None or (~before[is_kept]).sum() == 0
        assert before is None or is_kept.sum() < before.sum()
        before = is_kept
    found = screen_of(plan, masks, entries, tips).screen(entries, tips, probe_model)
    nobody = replace(plan, structures=tuple(replace(s, confirmed_by="") for s in plan.structures))
    again = screen_of(nobody, masks, entries, tips).screen(entries, tips, probe_model)
    np.testing.assert_array_equal(found.reason, again.reason)


def test_what_no_rule_judges_is_not_crossed_where_its_role_keeps_needles_out(world, probe_model):
    """A plexus in the way closes it; not when it is passable, or holds the very target."""
    plan, masks = neighbourhood(world)
    grid = plan.volume.grid
    plexus = world.structure("Plexus", "nerve", grid)
    masks = {plexus.id: world.ball(grid, 6.0, (0.0, 0.0, 0.0)), plan.skin.id: masks[plan.skin.id]}
    entries, tip = np.array([[0.0, -25.0, 0.0], [20.0, -16.0, 0.0]]), np.array([0.0, 8.0, 0.0])

    def reasons(structure, **more):
        own = replace(plan, structures=(plan.skin, structure), **more)
        screen = screen_of(own, masks, entries, tip)
        return screen, screen.screen(entries, tip, probe_model).reason.tolist()

    screen, found = reasons(plexus)
    assert found == [PathReason.STRUCTURE, PathReason.STRUCTURE]
    (obstacle,) = screen.obstacles
    assert (obstacle.rule, obstacle.margin_mm, obstacle.needed_mm(probe_model)) == (None, None, RADIUS_MM)
    assert reasons(replace(plexus, role=StructureRole.PASSABLE))[1] == [PathReason.OPEN, PathReason.OPEN]
    inside = world.nerve(points=((-4.0, 0.0, 0.0), (4.0, 0.0, 0.0)))
    assert reasons(plexus, targets=(inside,))[1] == [PathReason.OPEN, PathReason.OPEN]
    beside = world.nerve(points=((-4.0, 12.0, 0.0), (4.0, 12.0, 0.0)))
    assert reasons(plexus, targets=(beside,))[1] == [PathReason.STRUCTURE, PathReason.STRUCTURE]


def test_structures_close_the_same_ways_of_a_patient_who_lies_elsewhere(world, probe_model):
    """Turned by 25° about an oblique axis and moved: the same ways are closed by structures."""
    plan, masks = neighbourhood(world)
    entries, tips = some_ways(6000, seed=5)
    here = screen_of(plan, masks, entries, tips).screen(entries, tips, probe_model)
    axis, angle = np.array([1.0, 2.0, 2.0]) / 3, np.radians(25)
    cross = np.cross(np.eye(3), axis)
    turn = np.eye(3) + np.sin(angle) * cross.T + (1 - np.cos(angle)) * (cross.T @ cross.T)
    shift = np.array([110.0, -40.0, 870.0])
    matrix = plan.volume.grid.matrix
    matrix[:3, :3] = turn @ matrix[:3, :3]
    matrix[:3, 3] = turn @ matrix[:3, 3] + shift
    moved, moved_masks = neighbourhood(world, grid=Grid.from_matrix(plan.volume.grid.shape_kji, matrix))
    ends = entries @ turn.T + shift, tips @ turn.T + shift
    there = screen_of(moved, moved_masks, *ends).screen(*ends, probe_model)
    np.testing.assert_array_equal(here.reason == PathReason.STRUCTURE, there.reason == PathReason.STRUCTURE)
    closed = here.reason == PathReason.STRUCTURE
    np.testing.assert_array_equal(here.structure_index[closed], there.structure_index[closed])


def test_hub_bore_and_table_are_told_as_one_by_one(world, probe_model):
    plan, masks = neighbourhood(world)
    skin = plan.skin
    grid, body = plan.volume.grid, masks[skin.id].copy()
    x, y, _ = np.moveaxis(world.points(grid), -1, 0)
    body |= (abs(x - 29) < 2.5) & (abs(y) < 25) & (y < 20)  # an arm beside the body
    masks = {**masks, skin.id: body}
    gantry = Gantry(300.0, 60.0, 40.0)
    plan = replace(plan, gantry=gantry, structures=(skin,))
    entries, tips = some_ways(1500, seed=6)
    found = screen_of(plan, masks, entries, tips).screen(entries, tips, probe_model)
    seen = set()
    for n, (entry, tip) in enumerate(zip(entries, tips, strict=True)):
        probe = placed(entry, tip)
        hub = hub_lps_mm(probe, probe_model, hub_mm=gantry.hub_mm)
        inside_mm, _ = length_back_inside_mm(probe, hub, body=body, grid=grid)
        answer = bore_clearance(probe, probe_model, gantry, position=plan.position, body=(body, grid))
        expected = PathReason.OPEN
        if below_horizontal_deg(probe, plan.position) > LEVEL_DEG:
            expected = PathReason.TABLE
        elif inside_mm > 0:
            expected = PathReason.HUB
        elif answer.clearance_mm is not None and answer.clearance_mm < ROOM_MM:
            expected = PathReason.BORE
        assert found.reason[n] == expected, n
        seen.add(expected)
    assert seen == {PathReason.OPEN, PathReason.TABLE, PathReason.HUB, PathReason.BORE}


def test_each_reason_stands_before_the_next(world, probe_model):
    plan, masks = neighbourhood(world)
    tip = np.array([0.0, 0.0, 0.0])
    entries = np.array(
        [[0.0, -25.0, -3.0], [0.0, 0.0, 0.5], [0.0, -25.0, 4.0], [0.0, -60.0, -3.0], [3.0, -18.0, -26.0]]
    )
    limits = AccessLimits(Datum(40.0, Status.SITE), Datum(60.0, Status.SITE))
    screen = screen_of(plan, masks, entries, tip, limits=limits)
    reasons = [PathReason(r) for r in screen.screen(entries, tip, probe_model).reason]
    assert reasons[1:] == [PathReason.LENGTH, PathReason.STRUCTURE, PathReason.SCAN, PathReason.STRUCTURE]
    skin_alone = replace(plan, structures=(plan.skin,))
    screen = screen_of(skin_alone, masks, entries, tip, limits=limits)
    reasons = [PathReason(r) for r in screen.screen(entries, tip, probe_model).reason]
    assert reasons == [
        PathReason.OPEN,
        PathReason.LENGTH,
        PathReason.OPEN,
        PathReason.SCAN,
        PathReason.ANGLE,
    ]
    # Lying on the front, what came from the front comes through the table; in-plane 60° closes the side.
    prone = replace(skin_alone, planned_position=PatientPosition.HFP)
    assert screen_of(prone, masks, entries, tip, limits=NO_LIMITS).screen(entries, tip, probe_model).reason[0] == (
        PathReason.TABLE
    )
    side = np.array([[26.0, -2.0, 0.0]])
    assert screen_of(skin_alone, masks, side, tip, limits=limits).screen(side, tip, probe_model).reason[0] == (
        PathReason.ANGLE
    )
    short = replace(probe_model, usable_length_mm=Datum(20.0, Status.SITE))
    assert screen.screen(entries, tip, short).reason[0] == PathReason.LENGTH
    counts = screen.screen(entries, tip, probe_model).counts()
    assert counts[PathReason.OPEN] == 2
    assert sum(counts.values()) == len(entries)


def test_what_is_not_known_closes_nothing_and_is_told(world, probe_model):
    plan, masks = neighbourhood(world)
    entries, tips = some_ways(500, seed=7)
    unknown = replace(probe_model, usable_length_mm=MISSING, shaft_diameter_mm=MISSING)
    known = screen_of(plan, masks, entries, tips)
    assert known.not_assessed(probe_model) == ("The scanner’s bore is not in the plan: it closes nothing.",)
    said = " ".join(known.not_assessed(unknown))
    assert "usable length" in said
    assert "diameter" in said
    fewer = {key: mask for key, mask in masks.items() if key not in ("Rib", "Skin")}
    screen = screen_of(plan, fewer, entries, tips)
    said = " ".join(screen.not_assessed(probe_model))
    assert "Rib: its mask is empty or not at hand" in said
    assert "skin is not segmented" in said
    more = known.screen(entries, tips, probe_model).reason == PathReason.STRUCTURE
    assert (screen.screen(entries, tips, probe_model).reason == PathReason.STRUCTURE).sum() < more.sum()
    bare = screen_of(replace(plan, structures=(plan.skin,)), masks, entries, tips)
    assert any("nothing is known" in words for words in bare.not_assessed(probe_model))


def test_maps_are_kept_and_ends_outside_the_box_are_refused(world, probe_model):
    plan, masks = neighbourhood(world)
    entries, tips = some_ways(50, seed=8)
    store = ObstacleStore()
    first = screen_of(plan, masks, entries, tips, store=store)
    # The hash of the mask is the same, so the map made before is taken, whatever is handed over.
    again = screen_of(plan, {**masks, "Rib": masks["Lung"]}, entries, tips, store=store)
    np.testing.assert_array_equal(
        first.screen(entries, tips, probe_model).reason, again.screen(entries, tips, probe_model).reason
    )
    near = np.array([[-32.0, -31.0, -31.0], [-25.0, -25.0, -25.0]])
    small = PathScreen.of(plan, resources.rule_set(), masks, ends_lps_mm=near, limits=NO_LIMITS)
    with pytest.raises(PlanInvalid, match="outside the box"):
        small.screen(np.array([[26.0, 20.0, 0.0]]), near[1], probe_model)
    with pytest.raises(PlanInvalid, match="as many tips"):
        first.screen(entries, tips[:2], probe_model)
    with pytest.raises(PlanInvalid, match="no way to screen"):
        PathScreen.of(plan, resources.rule_set(), masks, ends_lps_mm=np.empty((0, 3)), limits=NO_LIMITS)
