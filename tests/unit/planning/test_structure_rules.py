"""Roles, own margins and barriers: what is judged, what is left out, and that neither is ever silent (H-28).

Ice: a ball of 10 mm round the origin. Every distance is a matter of school geometry.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.datum import Status
from planner.domain.rule import Quantity, Verdict
from planner.domain.structure import USUAL_ROLE, StructureKind, StructureOrigin, StructureRole
from planner.persistence import resources
from planner.planning.assess import assess
from planner.planning.structure_rules import PATH, role_words, structure_rules

RULES = resources.rule_set()
CORD_GAP_MM = np.hypot(30.0, 20.0) - 5.0 - 10.0


@pytest.fixture(scope="module")
def scene(world):
    """Cord, lung, artery and a ball of unknown tissue that the needle crosses over 12 mm."""
    ct, box = world.box(60, spacing=1.5), world.box(35)
    p = world.points(ct)
    x, y = p[..., 0], p[..., 1]
    masks = {
        "cord": (x + 30) ** 2 + (y - 20) ** 2 <= 25,
        "lung": x > 40,
        "artery": x**2 + (y - 22) ** 2 <= 9,
        "ball": world.ball(ct, 6.0, (0.0, -24.0, 0.0)),
        "water": world.ball(ct, 6.0, (0.0, 24.0, 0.0)),
    }
    return ct, masks, world.result(world.ball_field(box, 10.0), box)


def judge(world, scene, *structures, **plan_more):
    ct, masks, result = scene
    plan = world.plan(ct, structures=structures, **plan_more)
    done = assess(plan, result, rules=RULES, masks=masks, atlas=(), models=resources.probe_models())
    return [check for check in done.checks if check.subject_id in {structure.id for structure in structures}]


def only(checks, words):
    (found,) = [check for check in checks if words in check.quantity]
    return found


def test_every_role_of_every_kind_lists_every_rule_of_the_kind_or_says_why_not(world, scene):
    """No combination of kind and role may lose a rule without a word."""
    for kind in StructureKind:
        of_kind = set(RULES.for_subject(kind.value))
        for role in StructureRole:
            structure = replace(world.structure("x", kind, scene[0]), role=role)
            rules = structure_rules(structure, RULES)
            if role in (StructureRole.BARRIER, StructureRole.TARGET):
                assert rules.judged == rules.left_out == ()
                continue
            assert of_kind <= {*rules.judged, *rules.left_out}
            assert bool(rules.left_out) == bool(rules.left_out_reason)
            if role is not USUAL_ROLE.get(kind, StructureRole.CRITICAL):
                assert rules.note


def test_the_usual_roles_change_nothing_that_was_judged_before_there_were_roles(world, scene):
    for kind in StructureKind:
        usual = structure_rules(world.structure("x", kind, scene[0]), RULES)
        if usual.judged:
            assert usual.judged == RULES.for_subject(kind.value)
        assert (usual.left_out, usual.note, usual.margin_note) == ((), "", "")


def test_an_obstacle_is_judged_by_its_path_and_the_rest_is_named(world, scene):
    cord = replace(world.structure("cord", "spinal cord", scene[0]), role=StructureRole.OBSTACLE)
    checks = judge(world, scene, cord)
    assert only(checks, "path").verdict is Verdict.PASS
    for words in ("0 °C edge", "coldest"):
        left_out = only(checks, words)
        assert left_out.verdict is Verdict.NOT_ASSESSED
        assert left_out.value is None
        assert "obstacle for the shaft: the ice may reach it" in left_out.reason
    assert all("Spinal cord usually is critical." in check.reason for check in checks)


def test_an_obstacle_whose_kind_has_no_path_rule_gets_the_general_one(world, scene):
    ball = world.structure("ball", "other", scene[0])
    (unjudged,) = judge(world, scene, ball)
    assert unjudged.reason == "There is no rule for other."
    (path,) = judge(world, scene, replace(ball, role=StructureRole.OBSTACLE))
    assert path.verdict is Verdict.FAIL
    # The needle runs along y through the middle of a ball of 6 mm.
    assert path.value == pytest.approx(12.0, abs=1.0)
    assert "obstacle" in path.reason


def test_passable_takes_away_the_path_and_nothing_else(world, scene):
    through = world.probe(entry=(58.0, 0.0, 0.0), tip=(0.0, 0.0, 0.0))
    lung = world.structure("lung", "lung", scene[0])
    assert only(judge(world, scene, lung, probes=(through,)), "path").verdict is Verdict.FAIL
    checks = judge(world, scene, replace(lung, role=StructureRole.PASSABLE), probes=(through,))
    path = only(checks, "needle inside")
    assert path.verdict is Verdict.NOT_ASSESSED
    assert "Taken as passable: the needle may cross it." in path.reason
    assert "Lung usually is critical." in path.reason
    assert only(checks, "volume").verdict is Verdict.PASS


def test_a_passable_vessel_far_from_the_ice_is_listed_once(world, scene):
    ct, masks, result = scene
    vein = replace(world.structure("artery", "vein", ct), role=StructureRole.PASSABLE)
    assert {check.quantity for check in judge(world, scene, vein)} == {"0 °C edge", "needle inside"}
    small = world.result(world.ball_field(result.grid, 3.0), result.grid)
    # 22 − 3 − 3 = 16 mm, farther than a heat sink matters.
    (path,) = judge(world, (ct, masks, small), vein)
    assert path.quantity == "needle inside"


@pytest.mark.parametrize("role", [StructureRole.TARGET, StructureRole.BARRIER])
def test_what_is_to_be_frozen_or_put_there_is_not_judged_and_says_so(world, scene, role):
    cord = world.structure("cord", "spinal cord", scene[0])
    own = replace(cord, role=role, margin_mm=5.0, margin_reason="asked for")
    (check,) = judge(world, scene, own)
    assert check.verdict is Verdict.NOT_ASSESSED
    assert "Spinal cord usually is critical." in check.reason
    assert ("own margin is not judged" in check.reason) == (role is StructureRole.TARGET)


@pytest.mark.parametrize(
    ("margin_mm", "verdict", "fail_mm"),
    # The cord's rule passes from 10 mm and fails below 5 mm; it lies 21.06 mm from the ice.
    [(3.0, Verdict.PASS, 3.0), (20.0, Verdict.PASS, 5.0), (22.5, Verdict.CHECK, 5.0), (50.0, Verdict.CHECK, 5.0)],
)
def test_an_own_margin_replaces_the_rules_and_its_reason_is_printed(world, scene, margin_mm, verdict, fail_mm):
    cord = world.structure("cord", "spinal cord", scene[0])
    own = replace(cord, margin_mm=margin_mm, margin_reason="earlier surgery")
    edge = only(judge(world, scene, own), "0 °C edge")
    assert edge.verdict is verdict
    assert edge.value == pytest.approx(CORD_GAP_MM, abs=0.75)
    assert edge.value <= CORD_GAP_MM + 0.3
    assert (edge.pass_limit, edge.fail_limit) == (margin_mm, fail_mm)
    assert "own margin: earlier surgery" in edge.limit
    assert "in place of the rule set's 10 mm" in edge.reason
    assert "Own margin" not in only(judge(world, scene, own), "coldest").reason


def test_an_own_margin_that_is_not_kept_fails_where_the_rule_fails(world, scene):
    near = replace(world.structure("artery", "bowel", scene[0]), margin_mm=9.6, margin_reason="thin wall")
    # Bowel fails below 5 mm: 22 − 3 − 10 = 9 mm is CHECK by the rule and by the own margin.
    assert only(judge(world, scene, near), "0 °C edge").verdict is Verdict.CHECK
    own = structure_rules(replace(near, margin_mm=2.0), RULES)
    (edge,) = [rule for rule in own.judged if rule.quantity is Quantity.EDGE_DISTANCE_MM]
    assert [edge.verdict(value) for value in (2.0, 1.99)] == [Verdict.PASS, Verdict.FAIL]


@pytest.mark.parametrize(
    ("kind", "role", "margin_mm", "verdict"),
    [
        # 22 − 3 − 10 = 9 mm. An artery's own rule only shows the distance; other kinds here have none at all.
        ("artery", None, 8.0, Verdict.PASS),
        ("artery", None, 10.0, Verdict.CHECK),
        ("other", None, 8.0, Verdict.PASS),
        ("muscle", None, 10.0, Verdict.CHECK),
        ("bone", None, 10.0, Verdict.CHECK),
        ("liver", StructureRole.OBSTACLE, 8.0, Verdict.PASS),
        ("liver", StructureRole.PASSABLE, 10.0, Verdict.CHECK),
    ],
)
def test_an_own_margin_is_judged_whatever_the_kind_and_role_say(world, scene, kind, role, margin_mm, verdict):
    structure = replace(
        world.structure("artery", kind, scene[0]), role=role, margin_mm=margin_mm, margin_reason="asked for"
    )
    checks = judge(world, scene, structure)
    edge = only(checks, "0 °C edge")
    assert edge.verdict is verdict
    assert edge.value == pytest.approx(9.0, abs=0.75)
    assert not any("There is no rule" in check.reason for check in checks)


def test_H_28_own_margins_and_roles_do_not_lift_the_limit_on_unconfirmed_structures(world, scene):
    cord = world.structure("cord", "spinal cord", scene[0], confirmed=False)
    own = replace(cord, role=StructureRole.HEAT_SINK, margin_mm=20.0, margin_reason="earlier surgery")
    checks = judge(world, scene, own)
    assert Verdict.PASS not in {check.verdict for check in checks}
    assert all("unconfirmed" in check.reason for check in checks)


@pytest.mark.parametrize(("kind", "material"), [("fluid barrier", "fluid"), ("gas barrier", "gas")])
@pytest.mark.parametrize("origin", list(StructureOrigin))
def test_a_barrier_reminds_that_the_real_one_must_be_imaged(world, scene, kind, material, origin):
    water = replace(world.structure("water", kind, scene[0]), origin=origin)
    (check,) = judge(world, scene, water)
    assert check.verdict is Verdict.NOT_ASSESSED
    assert f"Image the real {material} again before freezing" in check.reason
    (_, reminder) = judge(world, scene, replace(water, role=StructureRole.OBSTACLE))
    assert f"Image the real {material} again" in reminder.reason
    assert reminder.quantity == "barrier"


def test_heat_sinks_are_named(world, scene):
    artery = world.structure("artery", "artery", scene[0])
    assert role_words(artery) == "heat sink"
    assert "heat sink" in only(judge(world, scene, artery), "0 °C edge").reason
    kidney = replace(world.structure("artery", "kidney", scene[0]), role=StructureRole.HEAT_SINK)
    assert role_words(kidney) == "heat sink (usual: critical)"
    assert "Taken as a heat sink. Kidney usually is critical." in judge(world, scene, kidney)[0].reason


def test_rules_of_the_new_kinds_follow_the_reference_or_say_that_they_are_ours():
    def edge(kind):
        return next(rule for rule in RULES.for_subject(kind) if rule.quantity is Quantity.EDGE_DISTANCE_MM)

    # thresholds.json: tendon, ligament and plantar fat are destroyed in the foot by freezing (SEED), "show only".
    for kind in ("ligament", "plantar fascia", "fat pad"):
        assert (edge(kind).pass_limit, edge(kind).source) == (None, "SEED")
    for kind in ("pancreas", "gallbladder", "heart"):
        assert (edge(kind).pass_limit, edge(kind).fail_limit, edge(kind).source) == (10.0, 5.0, "")
    for kind in StructureKind:
        assert all(rule.status is Status.PROJECT_DEFAULT for rule in RULES.for_subject(kind.value))
    (obstacle,) = RULES.for_subject("obstacle")
    assert obstacle.quantity in PATH
