"""The request: what makes it, what refuses it, and what must not change its hash."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.plan import NO_PROTOCOL
from planner.domain.probe import active_zone_lps_mm
from planner.domain.target import Target, TargetBody
from planner.persistence import resources
from planner.planning.request import MARGIN_MM, simulation_request


def ask(plan, spacing_mm=1.0):
    return simulation_request(
        plan,
        models=resources.probe_models(),
        tissues=resources.tissues(),
        conditions=resources.body_conditions(),
        spacing_mm=spacing_mm,
    )


@pytest.mark.parametrize("spacing", [0.5, 1.0, 2.0])
def test_the_box_holds_every_active_zone_with_room_and_sits_on_fixed_multiples(world, spacing):
    grid = world.box(60, spacing=2.0)
    plan = world.plan(
        grid, probes=(world.probe(), world.probe(entry=(13.3, -40.0, 7.0), tip=(9.1, 3.3, 5.0), label="P2"))
    )
    request = ask(plan, spacing)
    corners = request.grid.corners_lps_mm()
    for probe in plan.probes:
        for end in active_zone_lps_mm(probe, request.model_of(probe)):
            assert (np.asarray(end) - MARGIN_MM >= corners.min(axis=0) - 1e-9).all()
            assert (np.asarray(end) + MARGIN_MM <= corners.max(axis=0) + 1e-9).all()
    assert np.allclose(request.grid.origin_lps_mm / spacing, np.round(request.grid.origin_lps_mm / spacing))
    assert request.grid.spacing_ijk_mm == pytest.approx((spacing,) * 3)
    assert np.array_equal(request.grid.direction, np.eye(3))


def test_targets_are_held_too_but_only_as_far_as_ice_can_matter(world):
    grid = world.box(100, spacing=2.0)
    near = world.nerve(((-45.0, 0.0, 0.0), (45.0, 0.0, 0.0)))
    box = ask(world.plan(grid, targets=(near,))).grid
    assert box.contains(near.course.points_lps_mm).all()
    far = Target(TargetId("b"), "Far", "celiac", Side.LEFT, TargetBody((95.0, 0, 0), (0, 0, 1.0), 20.0, 5.0))
    assert ask(world.plan(grid, targets=(far,))).grid.corners_lps_mm()[:, 0].max() < 75


def test_equal_plans_give_equal_hashes_and_names_do_not_matter(world):
    grid = world.box(60, spacing=2.0)
    skin = world.structure("skin", "skin", grid)
    plan = world.plan(grid, structures=(skin,))
    renamed = world.plan(grid, structures=(world.replace(skin, name="Body", confirmed_by=""),))
    assert ask(plan).input_hash == ask(renamed).input_hash
    moved = world.plan(grid, structures=(skin,), probes=(world.probe(tip=(0.0, 0.1, 0.0)),))
    assert ask(plan).input_hash != ask(moved).input_hash


def test_only_models_in_use_and_complete_tissues_travel(world):
    request = ask(world.plan(world.box(60, spacing=2.0)))
    assert [model.id for model in request.models] == ["generic-17g-short"]
    ids = {tissue.id for tissue in request.tissues}
    assert {"muscle", "fat_subcutaneous", "bone_cortical", "air", "blood"} <= ids
    assert not {"bone_cancellous", "bone_marrow_yellow"} & ids


def test_every_reason_against_a_prediction_has_its_sentence(world):
    grid = world.box(60, spacing=2.0)

    def code(plan, spacing=1.0):
        with pytest.raises(PlanInvalid) as refusal:
            ask(plan, spacing)
        return refusal.value.code, refusal.value.sentence

    assert code(world.plan(grid), 1.5)[0] == "request-spacing"
    assert code(world.plan(grid, probes=()))[0] == "request-no-probe"
    assert code(world.plan(grid, protocol=NO_PROTOCOL))[0] == "request-no-freeze"
    assert code(world.plan(grid, probes=(world.probe(model="nobody"),)))[0] == "probe-unknown"
    incomplete = code(world.plan(grid, probes=(world.probe(model="galil-iceseed-1.5"),)))
    assert incomplete[0] == "probe-incomplete"
    assert "surface temperature" in incomplete[1]
    assert code(world.plan(grid, probes=(world.probe(tip=(0.0, 90.0, 0.0)),)))[0] == "request-outside"
    wide = world.box(150, spacing=3.0)
    apart = (world.probe(tip=(-90.0, 0.0, 0.0)), world.probe(tip=(90.0, 0.0, 0.0), label="P2"))
    assert code(world.plan(wide, probes=apart))[0] == "request-extent"
