"""Does an outline that holds a target say so, and does only such a one?"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from planner.domain.rule import Verdict
from planner.domain.structure import StructureRole
from planner.persistence import resources
from planner.planning.assess import assess
from planner.planning.own_target import own_target_words


@pytest.fixture
def around(world):
    """A nerve along x, and masks of a sheath round it, of half of it and of a neighbour."""
    ct = world.box(30)
    p = world.points(ct)
    off_axis = np.hypot(p[..., 1], p[..., 2])
    masks = {
        "sheath": off_axis <= 2.5,
        "third": (off_axis <= 2.5) & (p[..., 0] < -7),
        "beside": np.hypot(p[..., 1] - 8, p[..., 2]) <= 2.5,
    }
    return ct, masks


def words_of(world, around, name, *, kind="nerve", role=None):
    ct, masks = around
    structure = replace(world.structure(name, kind, ct), role=role)
    plan = world.plan(ct, structures=(structure,), targets=(world.nerve(),))
    return own_target_words(SimpleNamespace(plan=plan, masks=masks, ct_grid=ct), structure)


def test_only_an_outline_that_holds_most_of_a_target_says_so(world, around):
    assert "It holds the target “Left test nerve”" in words_of(world, around, "sheath")
    assert words_of(world, around, "third") == ""
    assert words_of(world, around, "beside") == ""


def test_a_target_by_role_or_tissue_that_holds_everything_says_nothing(world, around):
    assert words_of(world, around, "sheath", role=StructureRole.TARGET) == ""
    assert words_of(world, around, "sheath", kind="muscle") == ""


def test_the_row_that_fails_for_freezing_the_target_carries_the_sentence(world, around):
    ct, masks = around
    structure = world.structure("sheath", "nerve", ct)
    plan = world.plan(ct, structures=(structure,), targets=(world.nerve(),))
    box = world.box(25)
    done = assess(
        plan,
        world.result(world.ball_field(box, 10.0), box),
        rules=resources.rule_set(),
        masks=masks,
        atlas=resources.atlas(),
    )
    rows = [check for check in done.checks if check.subject_id == "sheath" and check.quantity == "coldest"]
    assert rows[0].verdict is Verdict.FAIL
    assert "give it the role “target”" in rows[0].reason
