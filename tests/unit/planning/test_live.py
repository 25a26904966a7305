"""Is what is read off a preview right? Against balls and walls, brute force over the voxels, and the assessment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.structure import StructureKind
from planner.domain.target import Target, TargetBody
from planner.persistence.resources import rule_set
from planner.planning.assess import assess
from planner.planning.live import (
    MappedStructure,
    distance_map,
    frozen_part,
    live_coverages,
    live_margins,
    live_numbers,
    map_reach_mm,
    target_points,
)
from planner.planning.margins import edge_to_structure, ice_cloud
from planner.planning.structure_rules import margin_rule
from tests.unit.planning.test_margins import random_ct, rotation, slab, small_tube, tube

REACH_MM = 15.0


def _mapped(world, mask, ct, box, *, kind="lung", name="s", reach_mm=REACH_MM):
    structure = world.structure(name, kind, ct)
    return MappedStructure(structure, distance_map(mask, ct, box, reach_mm=reach_mm))


def _margin(world, field, box, mask, ct, **more):
    return live_margins(field, box, [_mapped(world, mask, ct, box, **more)], ct_grid=ct)[0]


@pytest.mark.parametrize("seed", range(10))
def test_the_gap_between_random_balls_on_2_mm_cells_is_sub_voxel(world, seed):
    rng = np.random.default_rng(seed)
    box, ct = world.box(30, spacing=2.0), random_ct(rng)
    radius, size, centre = rng.uniform(6, 13), rng.uniform(3, 8), rng.uniform(-3, 3, 3)
    away, gap = rotation(rng)[0], rng.uniform(0.5, 11)
    where = centre + away * (radius + gap + size)
    found = _margin(world, world.ball_field(box, radius, centre=centre), box, world.ball(ct, size, where), ct)
    assert not found.is_bound
    # Between cells of 2 mm a ball of ice reads up to 0.1 mm too small; the mask is known to half a voxel.
    assert -0.5 < found.distance_mm - gap < 0.4
    assert np.linalg.norm(np.asarray(found.at_lps_mm) - (centre + away * radius)) < 4.0


@pytest.mark.parametrize("depth", [0.5, 2.5, 6.5])
def test_ice_inside_a_structure_is_negative_by_its_depth(world, depth):
    box, ct = world.box(24, spacing=2.0), world.box(40)
    wall = world.points(ct)[..., 0] >= 10.0 - depth
    found = _margin(world, world.ball_field(box, 10.0), box, wall, ct)
    assert found.distance_mm == pytest.approx(-depth, abs=0.35)


@pytest.mark.parametrize("shape", [slab, small_tube, tube])
@pytest.mark.parametrize("seed", range(3))
def test_ice_that_swallows_the_middle_of_a_structure_is_as_deep_as_it_is_thick(world, shape, seed):
    box, ct = world.box(26, spacing=2.0), world.box(40)
    mask, half_mm = shape(world.points(ct), np.random.default_rng(seed))
    found = _margin(world, world.ball_field(box, 10.0), box, mask, ct)
    assert -0.35 <= found.distance_mm + half_mm <= 0.35
    judged = edge_to_structure(ice_cloud(world.ball_field(box, 10.0), box), mask, ct)
    assert found.distance_mm == pytest.approx(judged.distance_mm, abs=0.15)


def test_the_skin_is_seen_from_inside(world):
    box, ct = world.box(24, spacing=2.0), world.box(40)
    body = world.points(ct)[..., 1] <= 18.5
    found = _margin(world, world.ball_field(box, 10.0), box, body, ct, kind="skin")
    assert found.kind is StructureKind.SKIN
    assert found.distance_mm == pytest.approx(8.5, abs=0.35)


def test_far_and_deep_are_bounds(world):
    box, ct = world.box(34, spacing=2.0), world.box(50)
    x = world.points(ct)[..., 0]
    far = _margin(world, world.ball_field(box, 8.0), box, x >= 30.0, ct)
    assert (far.distance_mm, far.is_bound) == (REACH_MM, True)
    beyond = _margin(
        world, world.ball_field(world.box(20, spacing=2.0), 8.0), world.box(20, spacing=2.0), x >= 45.0, ct
    )
    assert (beyond.distance_mm, beyond.is_bound) == (REACH_MM, True)
    deep = _margin(world, world.ball_field(box, 8.0), box, x >= -20.0, ct)
    assert (deep.distance_mm, deep.is_bound) == (-REACH_MM, True)
    everywhere = _margin(world, world.ball_field(box, 8.0), box, np.ones(ct.shape_kji, bool), ct)
    assert (everywhere.distance_mm, everywhere.is_bound) == (-REACH_MM, True)


def test_no_ice_has_no_distance(world):
    box, ct = world.box(20, spacing=2.0), world.box(30)
    warm = np.full(box.shape_kji, 37.0, np.float32)
    found = _margin(world, warm, box, world.ball(ct, 5, (10, 0, 0)), ct)
    assert found.distance_mm is None
    assert not found.is_bound
    assert frozen_part(warm, box) is None


def test_the_nearest_voxel_centres_bound_every_margin(world):
    """Brute force: whatever is read lies within a voxel's diagonal of the nearest pair of ice cell and voxel."""
    rng = np.random.default_rng(7)
    box, ct = world.box(20, spacing=2.0), world.box(26, spacing=1.0)
    field = world.ball_field(box, 7.0, centre=(1.3, -0.7, 0.4))
    ice = world.points(box)[field <= 0]
    for _ in range(4):
        mask = np.zeros(ct.shape_kji, bool)
        for _ in range(5):
            mask |= world.ball(ct, rng.uniform(1.5, 4), rng.uniform(-22, 22, 3))
        mask &= np.linalg.norm(world.points(ct) - (1.3, -0.7, 0.4), axis=-1) > 9.0
        voxels = world.points(ct)[mask]
        nearest = np.linalg.norm(ice[:, None] - voxels[None], axis=-1).min()
        found = _margin(world, field, box, mask, ct)
        assert found.distance_mm <= nearest
        assert found.distance_mm >= nearest - np.sqrt(3) * (0.5 + 2.0)


def test_the_assessment_of_the_same_field_says_the_same(world):
    """Margins, treated length, share and coldest: one field, both ways."""
    box, ct = world.box(30, spacing=2.0), world.box(45)
    shapes = {"ureter": (14, 3, 2), "oesophagus": (0, -13, 4), "bowel": (-20, 0, 1), "bladder": (6, 5, 0)}
    masks = {name: world.ball(ct, 5.0, centre) for name, centre in shapes.items()}
    masks["skin"] = np.linalg.norm(world.points(ct), axis=-1) <= 22.3
    structures = tuple(world.structure(name, name, ct) for name in masks)
    nerve = world.nerve(points=((-18.0, 1.0, 0.0), (0.0, 0.0, 2.0), (18.0, 1.0, 0.0)))
    body = Target(
        TargetId("b"), "Body", "stellate", Side.LEFT, TargetBody((2.0, 1.0, -1.0), (0.0, 0.0, 1.0), 14.0, 9.0)
    )
    plan = world.plan(ct, structures=structures, targets=(nerve, body))
    field = world.ball_field(box, 9.0, centre=(0.5, 0.2, -0.3), slope=6.0)
    rules = rule_set(plan.rule_set_id)
    mapped = [
        MappedStructure(s, distance_map(masks[s.id], ct, box, reach_mm=map_reach_mm(rule)), rule.pass_limit)
        for s in structures
        if (rule := margin_rule(s, rules)) is not None
    ]
    live = live_numbers(
        field,
        box,
        structures=mapped,
        targets=[target_points(nerve, box), target_points(body, box)],
        ct_grid=ct,
        isotherm_c=rules.treatment_isotherm_c,
    )
    judged = assess(plan, world.result(field, box), rules=rules, masks=masks, atlas=())
    edges = {check.subject_id: check for check in judged.checks if check.quantity == "0 °C edge"}
    assert set(edges) == {margin.subject_id for margin in live.margins} == set(masks)
    for margin in live.margins:
        assert margin.distance_mm == pytest.approx(edges[margin.subject_id].value, abs=0.1)
        assert margin.pass_limit_mm == edges[margin.subject_id].pass_limit
    by_words = {(check.subject_id, check.quantity.split(" at ")[0]): check.value for check in judged.checks}
    along, through = live.coverages
    assert along.treated_mm == pytest.approx(by_words["t", "treated length"], abs=1e-4)
    assert along.segment_mm == pytest.approx(judged.profiles[0].segment_mm[1])
    np.testing.assert_allclose(along.profile.warmest_c, judged.profiles[0].warmest_c, atol=1e-4)
    assert through.share_percent == pytest.approx(by_words["b", "treated share"], abs=1e-4)
    assert through.treated_mm is None
    assert along.share_percent is None


def test_the_treated_length_of_a_straight_nerve_in_a_ball_is_the_chord(world):
    """A nerve of radius r through a ball: every point of a cross-section is cold over 2·√((R − s)² − r²)."""
    box = world.box(30, spacing=2.0)
    field = world.ball_field(box, 14.0, slope=5.0)  # −20 °C at 10 mm
    nerve = world.nerve(points=((-25.0, 0.0, 0.0), (25.0, 0.0, 0.0)), diameter_mm=3.0)
    found = live_coverages(field, [target_points(nerve, box)], isotherm_c=-20.0)[0]
    assert found.treated_mm == pytest.approx(2 * np.sqrt(10.0**2 - 1.5**2), abs=0.6)
    # The ball's middle is a point; between cells of 2 mm it is read a little too warm.
    assert found.coldest_c == pytest.approx(-70.0, abs=0.1)


def test_a_nerve_without_diameter_has_no_coverage(world):
    assert target_points(replace(world.nerve(), diameter_mm=None, diameter_source=""), world.box()) is None


def test_a_field_that_may_not_be_written_is_read(world):
    box, ct = world.box(20, spacing=2.0), world.box(30)
    field = world.ball_field(box, 7.0)
    field.flags.writeable = False
    assert _margin(world, field, box, world.ball(ct, 5, (14, 0, 0)), ct).distance_mm == pytest.approx(2.0, abs=0.4)


def test_ice_outside_the_scan_counts_for_no_structure(world):
    """The box reaches beyond the scan: nothing is known there, and no distance is made up."""
    ct = world.box(12)
    box = world.box(20, spacing=2.0, centre=(14.0, 0.0, 0.0))
    field = world.ball_field(box, 5.0, centre=(28.0, 0.0, 0.0))
    found = _margin(world, field, box, world.ball(ct, 4, (0, 0, 0)), ct)
    assert (found.distance_mm, found.is_bound) == (REACH_MM, True)
