"""Parts of a target drawn where none runs: lengths and shares worked out on half-filled boxes."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.rule import Verdict
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.persistence import resources
from planner.planning.assess import assess
from planner.planning.target_place import misplaced


@pytest.fixture
def scene(world):
    """A 60 mm box; lung where x > 10.5, body where z < 20.5 mm: the faces lie between voxels."""
    grid = world.box(30)
    at = world.points(grid)
    lung, skin = world.structure("Lung, left", "lung", grid), world.structure("Skin", "skin", grid)
    muscle = world.structure("Muscle", "muscle", grid)
    masks = {lung.id: at[..., 0] > 10.5, skin.id: at[..., 2] < 20.5, muscle.id: np.ones(grid.shape_kji, np.bool_)}
    return grid, (lung, skin, muscle), masks


def found(scene, course):
    grid, structures, masks = scene
    target = Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, course)
    return misplaced(target, structures=structures, masks=masks, grid=grid)


def test_a_nerve_half_in_lung_and_half_outside_is_told_with_lengths(scene):
    (lung,) = found(scene, NerveCurve(((-10.0, 0, 0), (25.0, 0, 0))))
    assert (lung.where, lung.unit) == ("in Lung, left", "mm")
    assert lung.amount == pytest.approx(14.5, abs=1.0)
    assert lung.at_lps_mm[0] == pytest.approx((10.5 + 25) / 2, abs=1.0)
    (outside,) = found(scene, NerveCurve(((0.0, 0, 0), (0.0, 0, 29.0))))
    assert outside.where == "outside the body"
    assert outside.amount == pytest.approx(8.5, abs=1.0)


def test_a_ball_cut_by_the_lungs_face_is_told_as_a_share(scene):
    (lung,) = found(scene, TargetBody((10.5, 0, 0), (0.0, 0, 1.0), 10.0, 10.0))
    assert lung.unit == "%"
    assert lung.amount == pytest.approx(50.0, abs=3.0)


def test_a_target_in_its_place_and_one_beyond_the_scan(scene):
    assert found(scene, NerveCurve(((-20.0, 0, 0), (5.0, 0, 0)))) == ()
    beyond = found(scene, NerveCurve(((0.0, 0, -80.0), (0.0, 0, -60.0))))
    assert [part.where for part in beyond] == ["outside the scan"]


def test_what_the_scan_does_not_show_is_not_said_to_be_outside_the_body(scene):
    """The scan ends at z = −30.5 mm, the body does not: 20 mm of the nerve lie beyond, whoever segmented what."""
    leaving = NerveCurve(((0.0, 0, -50.5), (0.0, 0, -10.5)))
    (part,) = found(scene, leaving)
    assert part.where == "outside the scan"
    assert part.amount == pytest.approx(20.0, abs=1.0)
    (same,) = found((scene[0], (), {}), leaving)
    assert same == part


def test_the_assessment_has_a_check_for_it(world, scene):
    grid, structures, masks = scene
    target = Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, NerveCurve(((-10.0, 0, 0), (25.0, 0, 0))))
    plan = world.plan(grid, structures=structures, targets=(target,))
    result = world.result(world.ball_field(grid, 10.0), grid)
    verdicts = assess(plan, result, rules=resources.rule_set(), masks=masks, atlas=resources.atlas())
    row = next(check for check in verdicts.checks if check.quantity == "drawn in Lung, left")
    assert row.verdict is Verdict.CHECK
    assert row.worst_point_lps_mm[0] > 10.5
