"""Is the atlas whole against the collected reference, does every value say where it comes from, is nonsense refused?"""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
from functools import cache

import pytest

from planner.domain.atlas import SourcedText, TargetForm
from planner.domain.datum import Datum, Status
from planner.domain.errors import ResourceInvalid
from planner.persistence import resources as r

ATLAS = {entry.id: entry for entry in r.atlas()}
SHIPPED = json.loads((r.resources_dir() / "nerves" / "nerves.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def reference(shared_data):
    """Targets as collected, by id; skips where the collection is absent."""
    path = shared_data.parent / "reference" / "nerve_targets.json"
    if not path.is_file():
        pytest.skip(f"no reference at {path}")
    return {target["id"]: target for target in json.loads(path.read_text(encoding="utf-8"))["targets"]}


def stated(entry):
    """Every sourced value of an entry."""
    for field in dataclasses.fields(entry):
        value = getattr(entry, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, SourcedText | Datum):
                yield item


def cited(entry):
    return {part for item in stated(entry) for part in item.source.split(", ") if part} | {
        source for item in stated(entry) if isinstance(item, Datum) for source in r.sources() if source in item.note
    }


def reference_sources(value):
    """Sources of everything in a reference entry that was found, derived or recalled."""
    if isinstance(value, dict):
        own = {value["source"]} if value.get("source") and value.get("status") != "missing" else set()
        return own.union(*(reference_sources(item) for item in value.values()), set())
    if isinstance(value, list):
        return set().union(*(reference_sources(item) for item in value), set())
    return set()


def test_every_target_of_the_reference_is_there_with_its_diameter_fibres_and_flag(reference):
    assert set(ATLAS) == set(reference)
    for target_id, known in reference.items():
        entry, diameter = ATLAS[target_id], known["diameter_planning_mm"]
        assert entry.fibre_type == known["fibre_type"], target_id
        assert entry.block_only == known.get("block_only", False), target_id
        if isinstance(diameter["value"], dict):  # several levels: the largest is kept, the others are in its note
            assert entry.diameter_mm.value == max(diameter["value"]["trunks"])
            assert all(f"{value:g}" in entry.diameter_mm.note for value in diameter["value"]["trunks"])
            continue
        assert entry.diameter_mm.value == diameter["value"], target_id
        assert entry.diameter_mm.status.value == diameter["status"], target_id


def test_every_source_of_a_reference_target_is_cited_by_its_entry(reference):
    for target_id, known in reference.items():
        assert reference_sources(known) <= cited(ATLAS[target_id]), target_id


def test_as_many_levels_approaches_outcomes_and_risks_as_the_reference_has(reference):
    for target_id, known in reference.items():
        entry = ATLAS[target_id]
        assert len(entry.levels) >= len(known["level"]), target_id
        assert len(entry.approaches) >= len(known["approach"]), target_id
        assert len(entry.outcomes) >= len(known.get("outcome", ())), target_id
        assert len(entry.risks) + len(entry.outcomes) + len(entry.notes) >= len(known["risks"]), target_id
        assert len(entry.expected) >= len(known["keep_clear"]), target_id


def test_no_value_stands_without_status_and_what_claims_a_source_names_one():
    for entry in ATLAS.values():
        for item in (*stated(entry), *entry.landmarks, entry.template):
            if item.status not in (Status.MISSING, Status.PROJECT_DEFAULT):
                assert item.source, (entry.id, item)
                assert all(part in r.sources() for part in item.source.split(", "))


def test_landmarks_are_recalled_and_say_so():
    for entry in ATLAS.values():
        assert 2 <= len(entry.landmarks) <= 4
        assert {mark.status for mark in (*entry.landmarks, entry.template)} == {Status.RECALLED}
        assert all(len(mark.how) > 20 for mark in entry.landmarks)
        assert (len(entry.template.points) == 1) == (entry.form is TargetForm.BODY)


def test_ten_targets_have_no_diameter_and_none_is_invented():
    assert sum(entry.diameter_mm.value is None for entry in ATLAS.values()) == 10


def test_rates_of_regrowth_and_advice_name_their_sources():
    rates = r.rule_set().regrowth_mm_per_day
    assert [(rate.value, rate.upper, rate.source) for rate in rates] == [
        (1.0, None, "EVANS1981"),
        (1.0, 1.5, "LEARNIR"),
        (0.57, 1.48, "MOTOR2016"),
    ]
    assert {text.source for text in r.advice()} == {"SEED"}


@cache
def _entry_number(target_id):
    return next(n for n, target in enumerate(SHIPPED["targets"]) if target["id"] == target_id)


BROKEN = {
    "one landmark": ("stellate", "landmarks", lambda old: old[:1]),
    "five landmarks": ("intercostal", "landmarks", lambda old: [*old, old[0] | {"name": "Another"}]),
    "a landmark twice": ("splanchnic", "landmarks", lambda old: [old[0], old[0]]),
    "a landmark without words": ("stellate", "landmarks", lambda old: [old[0] | {"how": " "}, *old[1:]]),
    "a landmark without a source": ("stellate", "landmarks", lambda old: [old[0] | {"source": ""}, *old[1:]]),
    "an unknown source": ("stellate", "landmarks", lambda old: [old[0] | {"source": "NOBODY"}, *old[1:]]),
    "weights beside one": ("impar", "template", lambda old: old | {"points": [{"weights": [0.5, 0.6]}]}),
    "too few weights": ("impar", "template", lambda old: old | {"points": [{"weights": [1.0]}]}),
    "two centres of a body": ("impar", "template", lambda old: old | {"points": old["points"] * 2}),
    "one point of a nerve": ("splanchnic", "template", lambda old: old | {"points": old["points"][:1]}),
    "off a line without a plane": (
        "impar",
        "template",
        lambda old: old | {"points": [{"weights": [1, 0], "offset_mm": [0, 3, 0]}]},
    ),
    "a frame of one landmark": ("impar", "template", lambda old: old | {"frame": [0]}),
    "a frame twice the same": ("stellate", "template", lambda old: old | {"frame": [0, 1, 1]}),
    "a frame beyond the landmarks": ("impar", "template", lambda old: old | {"frame": [0, 2]}),
    "a frame in fractions": ("impar", "template", lambda old: old | {"frame": [0, 0.5]}),
    "an offset of metres": (
        "impar",
        "template",
        lambda old: old | {"points": [{"weights": [1, 0], "offset_mm": [3000, 0, 0]}]},
    ),
    "an outcome without a status": ("impar", "outcomes", lambda _: [{"text": "Good."}]),
    "recovery in days": ("pudendal", "recovery_months", lambda old: old | {"value": 240, "upper": 365}),
    "a note that is bare text": ("femoral", "notes", lambda _: ["Only with a paralysed limb."]),
    "no template": ("femoral", "template", lambda _: None),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_H_52_a_broken_atlas_is_refused_with_entry_and_field(case, tmp_path):
    target_id, field, change = BROKEN[case]
    folder = tmp_path / "resources"
    (folder / "nerves").mkdir(parents=True)
    shutil.copy(r.resources_dir() / "sources.json", folder)
    data = copy.deepcopy(SHIPPED)
    target = data["targets"][_entry_number(target_id)]
    target[field] = change(target[field])
    (folder / "nerves" / "nerves.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ResourceInvalid) as refusal:
        r.read_atlas(folder)
    assert target_id in refusal.value.where
    assert "nerves.json" in refusal.value.where
