"""Does the published JSON Schema say what a plan's JSON may hold? Judged by jsonschema, on plans of random work."""

from __future__ import annotations

import json
import random
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from planner.domain.digest import canonical_json
from planner.persistence.planfile import PlanFile
from planner.persistence.resources import resources_dir
from planner.persistence.schema import plan_schema
from tests.random_edits import Hand, new_session

PUBLISHED = resources_dir() / "schema" / "plan.schema.json"
GOLDEN = Path(__file__).parents[2] / "golden" / "plans" / "v1" / "targets_without_a_block.frostline"
# Numbers without a unit: counts, shares of one, index triples, shapes, versions.
UNITLESS = {"schema", "duty", "image_numbers", "shape", "shape_kji", "slice_location_slope", "index_to_lps"}
UNIT = re.compile(r"_(mm|s|c|deg|hu|percent|lps|w_per_m2_k)$")


@pytest.fixture(scope="module")
def judge():
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def random_plans(count):
    session = new_session()
    try:
        hand = Hand(session, random.Random(7))
        for _ in range(count):
            hand.act()
            yield session.plan
    finally:
        session.close()


def test_what_is_published_is_what_the_program_reads():
    # Write it anew: python -c "from planner.persistence.schema import plan_schema as s; print(s().decode(), end='')"
    assert PUBLISHED.read_bytes() == plan_schema()


def test_every_plan_of_random_work_fits_it(judge):
    for plan in random_plans(300):
        judge.validate(json.loads(canonical_json(plan)))


def test_an_older_plan_fits_it(judge, tmp_path):
    file = PlanFile.open(Path(shutil.copyfile(GOLDEN, tmp_path / "plan.frostline")))
    try:
        for step in file.steps():
            judge.validate(json.loads(canonical_json(step.plan)))
    finally:
        file.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plan: plan.pop("volume"),
        lambda plan: plan.update(note="x"),
        lambda plan: plan.update(name=3),
        lambda plan: plan["volume"].update(patient_position="standing"),
        lambda plan: plan["volume"]["grid"].update(shape_kji=[1, 2]),
        lambda plan: plan["protocol"].update(phases=[{"kind": "freeze"}]),
    ],
)
def test_what_the_program_refuses_does_not_fit_it(judge, spoil):
    plan = json.loads(canonical_json(next(random_plans(1))))
    spoil(plan)
    assert not judge.is_valid(plan)


def test_H_25_the_name_of_every_number_says_its_unit():
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    named = {
        name: described
        for definition in schema["$defs"].values()
        for name, described in definition.get("properties", {}).items()
    }
    numbers = {name for name, described in named.items() if re.search('"(number|integer)"', json.dumps(described))}
    assert numbers
    assert {name for name in numbers if not UNIT.search(name)} <= UNITLESS
