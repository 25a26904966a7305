"""The request: what makes it, what refuses it, and what must not change its hash."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.plan import NO_PROTOCOL
from planner.domain.probe import active_zone_lps_mm
from planner.domain.protocol import SkinWarming
from planner.domain.structure import StructureOrigin
from planner.domain.target import Target, TargetBody
from planner.persistence import resources
from planner.planning.request import (
    DRAG_ROOM_MM,
    MARGIN_MM,
    PREVIEW_MARGIN_MM,
    PREVIEW_SPACING_MM,
    boxed_request,
    common_box,
    preview_request,
    simulation_request,
)


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


def test_one_box_serves_many_placements_and_a_plan_without_probe_has_none(world):
    grid = world.box(100, spacing=2.0)
    plans = [
        world.plan(grid, probes=(world.probe(tip=(x, y, 0.0)),)) for x, y in ((0.0, 0.0), (13.0, -7.0), (-9.0, 5.0))
    ]
    models = resources.probe_models()
    box = common_box(plans, models=models, spacing_mm=2.0)
    corners = box.corners_lps_mm()
    tables = {"models": models, "tissues": resources.tissues(), "conditions": resources.body_conditions()}
    for plan in plans:
        request = boxed_request(plan, box, **tables)
        assert request.grid == box
        assert request.probes == plan.probes
        for end in active_zone_lps_mm(plan.probes[0], request.model_of(plan.probes[0])):
            assert (np.asarray(end) - MARGIN_MM >= corners.min(axis=0) - 1e-9).all()
            assert (np.asarray(end) + MARGIN_MM <= corners.max(axis=0) + 1e-9).all()
    with pytest.raises(PlanInvalid, match="no probe"):
        common_box([world.plan(grid, probes=())], models=models, spacing_mm=2.0)
    with pytest.raises(PlanInvalid, match="outside the scan"):
        boxed_request(world.plan(grid, probes=(world.probe(tip=(0.0, 0.0, 250.0)),)), box, **tables)


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


def test_skin_warming_of_the_protocol_reaches_the_conditions(world):
    plan = world.plan(world.box(60, spacing=2.0))
    warm = world.replace(plan, protocol=world.replace(plan.protocol, skin_warming=SkinWarming(41.0, 200.0)))
    conditions = ask(warm).conditions
    assert (conditions.air_temperature_c, conditions.skin_convection_w_per_m2_k) == (41.0, 200.0)
    assert ask(warm).input_hash != ask(plan).input_hash


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
    incomplete = code(world.plan(grid, probes=(world.probe(model="cryostar"),)))
    assert incomplete[0] == "probe-incomplete"
    assert "surface temperature" in incomplete[1]
    assert code(world.plan(grid, probes=(world.probe(tip=(0.0, 90.0, 0.0)),)))[0] == "request-outside"
    wide = world.box(150, spacing=3.0)
    apart = (world.probe(tip=(-90.0, 0.0, 0.0)), world.probe(tip=(90.0, 0.0, 0.0), label="P2"))
    assert code(world.plan(wide, probes=apart))[0] == "request-extent"


def preview(plan, box=None):
    return preview_request(
        plan,
        models=resources.probe_models(),
        tissues=resources.tissues(),
        conditions=resources.body_conditions(),
        box=box,
    )


def room_mm(request):
    """The least distance from any end of an active zone to the nearest face of cell centres."""
    corners = request.grid.corners_lps_mm()
    ends = np.array([end for p in request.probes for end in active_zone_lps_mm(p, request.model_of(p))])
    return float(min((ends - corners.min(axis=0)).min(), (corners.max(axis=0) - ends).min()))


MOVES_MM = st.tuples(*[st.floats(-DRAG_ROOM_MM, DRAG_ROOM_MM)] * 3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.tuples(*[st.floats(-5, 5)] * 3), steps=st.lists(MOVES_MM, min_size=1, max_size=4))
def test_a_drag_stays_in_one_preview_box_with_room_for_the_ice(world, start, steps):
    """A shaft dragged to and fro by up to 10 mm from where it was taken."""
    grid = world.box(90, spacing=3.0)

    def plan_at(step):
        shift = np.add(start, step)
        entry, tip = tuple(np.add((3.0, -40.0, 2.0), shift)), tuple(np.add((1.0, 2.0, -4.0), shift))
        return world.plan(grid, probes=(world.probe(entry=entry, tip=tip),))

    first = preview(plan_at((0, 0, 0)))
    assert room_mm(first) >= PREVIEW_MARGIN_MM + DRAG_ROOM_MM - 1e-9
    for step in steps:
        request = preview(plan_at(step), first.grid)
        assert request.grid == first.grid
        assert room_mm(request) >= PREVIEW_MARGIN_MM - 1e-9


def test_a_preview_box_is_left_when_the_probe_goes_far(world):
    grid = world.box(120, spacing=3.0)
    first = preview(world.plan(grid))
    far = world.plan(grid, probes=(world.probe(entry=(60.0, -40.0, 0.0), tip=(60.0, 2.0, 0.0)),))
    moved = preview(far, first.grid)
    assert moved.grid != first.grid
    assert moved.grid == preview(far).grid
    assert room_mm(moved) >= PREVIEW_MARGIN_MM + DRAG_ROOM_MM - 1e-9


def test_a_preview_box_is_of_two_millimetres_and_no_other_box_is_taken_for_one(world):
    plan = world.plan(world.box(90, spacing=3.0))
    request = preview(plan, ask(plan, 1.0).grid)
    assert request.grid == preview(plan).grid
    assert request.grid.spacing_ijk_mm == (PREVIEW_SPACING_MM,) * 3
    wide = (world.probe(tip=(-65.0, 0.0, 0.0)), world.probe(tip=(65.0, 0.0, 0.0), label="P2"))
    large = preview(world.plan(world.box(150, spacing=3.0), probes=wide))
    assert preview(plan, large.grid).grid == preview(plan).grid


def test_a_preview_refuses_like_a_result(world):
    grid = world.box(60, spacing=2.0)
    with pytest.raises(PlanInvalid) as refusal:
        preview(world.plan(grid, probes=()))
    assert refusal.value.code == "request-no-probe"
    with pytest.raises(PlanInvalid) as refusal:
        preview(world.plan(grid, probes=(world.probe(tip=(0.0, 90.0, 0.0)),)))
    assert refusal.value.code == "request-outside"


def test_fat_and_soft_tissue_found_by_threshold_leave_the_tissue_to_the_hu_until_somebody_draws_in_them(world):
    ct = world.box(60, spacing=2.0)
    found = [
        replace(world.structure(kind, kind, ct), origin=StructureOrigin.AUTOMATIC, method="From -190 HU")
        for kind in ("fat", "muscle", "bone")
    ]
    drawn = [replace(found[0], method="From -190 HU; edited: brush"), *found[1:]]
    imported = [replace(found[0], origin=StructureOrigin.IMPORTED), *found[1:]]
    for structures, kinds in ((found, ["bone"]), (drawn, ["fat", "bone"]), (imported, ["fat", "bone"])):
        request = ask(world.plan(ct, structures=structures))
        assert [region.kind.value for region in request.regions] == kinds
