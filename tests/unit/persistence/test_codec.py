import json
from dataclasses import dataclass

import pytest

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused
from planner.domain.geometry import Side
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.persistence import codec
from planner.persistence.schema import json_schema


@dataclass(frozen=True)
class Leaf:
    name: str
    size_mm: float
    side: Side | None = None


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    corner: tuple[float, float, float]
    count: int = 3


TREE = {"leaves": [{"name": "a", "size_mm": 1, "side": "left"}], "corner": [1, 2.5, -3]}


def test_plain_json_becomes_the_dataclass():
    tree = codec.decode(json.dumps(TREE), Tree, where="tree.json")
    assert tree == Tree((Leaf("a", 1.0, Side.LEFT),), (1.0, 2.5, -3.0), 3)
    assert isinstance(tree.leaves[0].size_mm, float)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"leafs": []}, "leafs"),
        ({"count": 2.5}, "count"),
        ({"count": True}, "count"),
        ({"corner": [1, 2]}, "corner"),
        ({"corner": [1, 2, "3"]}, "corner[2]"),
        ({"leaves": [{"name": "a", "size_mm": 1, "side": "links"}]}, "leaves[0].side"),
        ({"leaves": [{"size_mm": 1}]}, "leaves[0].name"),
        ({"leaves": None}, "leaves"),
    ],
)
def test_every_refusal_names_file_and_field(change, field):
    with pytest.raises(InputRefused) as refusal:
        codec.decode(json.dumps(TREE | change), Tree, where="tree.json")
    assert str(refusal.value).startswith("tree.json: ")
    assert f"“{field}”" in refusal.value.sentence


@pytest.mark.parametrize("size", ["1e999", "-1e999", "9" * 400])
def test_H_17_a_number_beyond_all_range_is_refused(size):
    with pytest.raises(InputRefused, match=r"size_mm.*too large"):
        codec.decode(f'{{"name": "a", "size_mm": {size}}}', Leaf, where="leaf.json")


def test_a_field_given_twice_is_refused():
    with pytest.raises(InputRefused, match="“size_mm” occurs twice"):
        codec.decode('{"name": "a", "size_mm": 1, "size_mm": 2}', Leaf, where="leaf.json")


@pytest.mark.parametrize("text", ["", "{", "[1,]", '{"count": NaN}', "[" * 100_000])
def test_what_is_not_json_is_refused_in_words(text):
    with pytest.raises(InputRefused):
        codec.decode(text, Tree, where="tree.json")


@pytest.mark.parametrize(
    "course",
    [
        NerveCurve(((0.0, 1.0, 2.0), (3.0, 4.0, 5.0)), (0.5, 2.0)),
        TargetBody((1.0, 2.0, 3.0), (0.0, 0.0, 1.0), 20.0, 11.0),
    ],
)
def test_both_forms_of_a_target_come_back_as_themselves(course):
    target = Target("t1", "Nerve", "intercostal", Side.RIGHT, course)
    assert codec.decode(canonical_json(target), Target, where="plan") == target


def test_a_broken_invariant_names_the_field_that_broke_it():
    bad = {"points_lps_mm": [[0, 0, 0], [0, 0, 9]], "segment_mm": [5, 2]}
    with pytest.raises(InputRefused, match=r"treatment segment runs from 5\.0 to 2\.0 mm"):
        codec.from_plain(bad, NerveCurve, where="job.json", field="targets[0].course")


def test_schema_lists_the_fields_the_codec_requires():
    schema = json_schema(Tree, title="Tree")
    assert schema["$ref"] == "#/$defs/Tree"
    assert schema["$defs"]["Tree"]["required"] == ["leaves", "corner"]
    assert schema["$defs"]["Tree"]["additionalProperties"] is False
    assert {"enum": ["left", "right", "midline"]} in schema["$defs"]["Leaf"]["properties"]["side"]["anyOf"]
