"""Is the table of placement errors read as it stands in the file, and is a bad one refused by name?"""

from __future__ import annotations

import json
import shutil

import pytest

from planner.domain.errors import InputRefused, ResourceInvalid
from planner.domain.uncertainty import IceCase
from planner.persistence.resources import resources_dir
from planner.persistence.technique_table import read_robustness_table, robustness_table, technique_named

RAW = json.loads((resources_dir() / "robustness" / "techniques.json").read_text(encoding="utf-8"))


def test_every_number_is_the_files():
    table = robustness_table()
    told = [
        (t.id, t.mean_mm.value, t.sd_mm.value, t.depth_sd_mm.value, t.entry_share.value, t.magnitude.value)
        for t in table.techniques
    ]
    names = ("mean_mm", "sd_mm", "depth_sd_mm", "entry_share")
    assert told == [(t["id"], *(t[name]["value"] for name in names), t["magnitude"]) for t in RAW["techniques"]]
    assert (table.pass_percent.value, table.check_percent.value) == (95, 80)
    assert {case: share.value for case, share in table.case_shares} == {
        IceCase.SMALLEST: 0.25,
        IceCase.NOMINAL: 0.5,
        IceCase.LARGEST: 0.25,
    }


def test_published_figures_are_those_of_the_sources():
    """Mean ± SD as the reference lists them."""
    published = {
        "freehand-out-of-plane": (10.1, 4.0, "ROBOT-RCT"),
        "robot-out-of-plane": (5.9, 2.9, "ROBOT-RCT"),
        "freehand-in-plane": (6.2, 2.7, "ROBOT-RCT"),
        "robot-in-plane": (7.7, 5.9, "ROBOT-RCT"),
        "freehand-phantom": (4.6, 2.1, "ROBOT-PHANTOM2023"),
        "robot-phantom": (3.5, 1.8, "ROBOT-PHANTOM2023"),
    }
    for name, (mean_mm, sd_mm, source) in published.items():
        found = technique_named(name)
        assert (found.mean_mm.value, found.sd_mm.value, found.mean_mm.source) == (mean_mm, sd_mm, source)
        assert found.mean_mm.status.is_verified


def test_what_no_source_gives_says_so():
    for technique in robustness_table().techniques:
        assert technique.entry_share.flag == "project default"
        if technique.depth_sd_mm.value and technique.id != "aiming-device":
            assert technique.depth_sd_mm.flag == "project default"
    assert robustness_table().pass_percent.flag == "project default"


def test_an_unknown_technique_is_refused_with_those_there_are():
    with pytest.raises(InputRefused, match="freehand-in-plane") as refusal:
        technique_named("by-eye")
    assert refusal.value.code == "technique-unknown"


def _written(tmp_path, change):
    (tmp_path / "robustness").mkdir()
    shutil.copy(resources_dir() / "sources.json", tmp_path)
    data = json.loads(json.dumps(RAW))
    change(data)
    (tmp_path / "robustness" / "techniques.json").write_text(json.dumps(data), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["techniques"].append(d["techniques"][0]), "every technique once"),
        (lambda d: d["techniques"].clear(), "every technique once"),
        (lambda d: d["techniques"][0]["mean_mm"].update(value=-1), "outside"),
        (lambda d: d["techniques"][0]["mean_mm"].update(value=None, status="missing"), "has no value"),
        (lambda d: d["techniques"][0]["mean_mm"].pop("source"), "needs a source"),
        (lambda d: d["techniques"][0]["entry_share"].update(value=1.5), "outside"),
        (lambda d: d["techniques"][0].update(hand="left"), "unknown"),
        (lambda d: d["techniques"][0].update(magnitude="sideways"), "not one of"),
        (lambda d: d["case_shares"]["largest"].update(value=0.5), "do not make 1"),
        (lambda d: d["check_percent"].update(value=96), "above PASS"),
    ],
)
def test_a_bad_table_is_refused_in_words(tmp_path, change, words):
    with pytest.raises(ResourceInvalid, match=words):
        read_robustness_table(_written(tmp_path, change))
