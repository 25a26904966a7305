"""Rows of a probe: its hub, the bore round it, and its neighbours, each with a truth worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.gantry import Gantry
from planner.domain.rule import Verdict
from planner.persistence import resources
from planner.planning.assess import assess


def probe_rows(assessment, label):
    return {check.quantity: check for check in assessment.checks if check.subject_name == label}


def test_each_probe_says_its_hub_its_bore_and_its_nearest_neighbour(world):
    box = world.box(60, 2.0)
    inside = np.abs(world.points(box)[..., 1]) < 30
    skin = world.structure("Skin", "skin", box)
    probes = (
        world.probe(entry=(0.0, -30.0, 0.0)),
        world.probe(entry=(10.0, -30.0, 0.0), tip=(10.0, 0.0, 0.0), label="P2"),
        world.probe(entry=(10.0, -30.0, 1.0), tip=(10.0, 0.0, 1.0), label="P3"),
    )
    result = world.result(world.ball_field(world.box(20), 5.0), world.box(20))
    plan = world.plan(box, structures=[skin], probes=probes)

    def rows(plan, label):
        assessed = assess(
            plan, result, rules=resources.rule_set(), masks={skin.id: inside}, atlas=(), models=resources.probe_models()
        )
        return probe_rows(assessed, label)

    unknown = rows(plan, "Scanner’s bore")["hub to the bore"]
    assert unknown.verdict is Verdict.NOT_ASSESSED
    first = rows(plan, "P1")
    # 175 mm usable, 30 mm deep: the hub lies 145 mm before the skin, beyond the 30 mm of air in the scan.
    assert first["hub outside the body"].verdict is Verdict.NOT_ASSESSED
    assert (first["axis to P2"].verdict, first["axis to P2"].value) == (Verdict.PASS, pytest.approx(10.0))
    second = rows(plan, "P2")["axis to P3"]
    assert (second.verdict, second.value, second.limit) == (
        Verdict.FAIL,
        pytest.approx(1.0),
        "≥ 1.5 mm, where the shafts touch",
    )
    # The table at y = 30, the axis 100 before it; the hub at y = -175: 105 mm from the axis in a bore of 350 radius.
    known = replace(plan, gantry=Gantry(700.0, 100.0))
    assert "Scanner’s bore" not in {row.subject_name for row in rows(known, "P1").values()}
    bore = rows(known, "P1")["hub to the bore"]
    assert bore.verdict is Verdict.NOT_ASSESSED  # the body reaches the scan's sides: its middle is not known
    assert "at the side" in bore.reason
    narrow = np.zeros_like(inside)
    narrow[:, :, 10:-10] = inside[:, :, 10:-10]
    inside[:] = narrow
    # Now it is known: 105 mm before the axis, over the middle.
    bore = rows(known, "P1")["hub to the bore"]
    assert (bore.verdict, bore.value) == (Verdict.PASS, pytest.approx(350 - 105, abs=2.1))
    assert rows(replace(known, gantry=Gantry(300.0, 60.0)), "P1")["hub to the bore"].verdict is Verdict.CHECK
    assert rows(replace(known, gantry=Gantry(300.0, 40.0)), "P1")["hub to the bore"].verdict is Verdict.FAIL


def test_without_a_usable_length_one_row_says_all_that_is_not_known(world):
    lacking = next(model for model in resources.probe_models() if model.usable_length_mm.value is None)
    box = world.box(20, 2.0)
    plan = world.plan(box, probes=(world.probe(model=lacking.id),), gantry=Gantry(700.0, 150.0))
    result = world.result(world.ball_field(world.box(10), 5.0), world.box(10))
    assessed = assess(plan, result, rules=resources.rule_set(), masks={}, atlas=(), models=resources.probe_models())
    found = probe_rows(assessed, "P1")
    assert found["depth"].verdict is Verdict.NOT_ASSESSED
    assert f"usable length of {lacking.label}" in found["depth"].reason
    assert "hub" in found["depth"].reason
    assert not {"hub outside the body", "hub to the bore"} & set(found)
