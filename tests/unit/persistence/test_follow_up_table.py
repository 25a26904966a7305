"""Is the table of follow-ups read strictly, and does it say what its source says?"""

from __future__ import annotations

import json
import shutil

import pytest

from planner.domain.datum import Status
from planner.domain.errors import ResourceInvalid
from planner.domain.follow_up import Sign
from planner.persistence.follow_up_table import follow_up_rules, read_follow_up_rules
from planner.persistence.resources import resources_dir


@pytest.fixture
def folder(tmp_path):
    """A resources folder with the sources and the table of follow-ups."""
    shutil.copy(resources_dir() / "sources.json", tmp_path)
    shutil.copytree(resources_dir() / "follow_up", tmp_path / "follow_up")
    return tmp_path


def edited(folder, change):
    """Write the table anew after a change."""
    path = folder / "follow_up" / "default.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    return folder


def test_the_goal_is_half_and_neuritis_lasts_six_weeks():
    rules = follow_up_rules()
    assert (rules.goal, rules.goal_percent.status, rules.goal_percent.source) == (50, Status.FOUND, "SEED")
    assert (rules.note(Sign.NEURITIS).expected_days, rules.note(Sign.NEURITIS).source) == (42, "SEED")
    assert rules.overdue_after_days.flag == "project default"


def test_horners_syndrome_is_asked_after_the_stellate_ganglion_alone():
    rules = follow_up_rules()
    assert rules.note(Sign.HORNER).is_asked_of({"stellate", "intercostal"})
    assert not rules.note(Sign.HORNER).is_asked_of({"intercostal"})
    assert not rules.note(Sign.HORNER).is_asked_of(())
    assert all(rules.note(sign).is_asked_of(()) for sign in Sign if sign is not Sign.HORNER)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda data: data["signs"].pop(), "every sign"),
        (lambda data: data["signs"].append(data["signs"][0]), "every sign"),
        (lambda data: data["goal_percent"].update(value=0.5), "outside"),
        (lambda data: data["goal_percent"].update(source="NOBODY"), "NOBODY"),
        (lambda data: data["signs"][0].pop("source"), "source"),
        (lambda data: data.update(extra=1), "unknown"),
        (lambda data: data["signs"][2].update(only_for=["nowhere"]), "nowhere, which the atlas lacks"),
    ],
)
def test_what_is_wrong_is_refused_in_words(folder, change, word):
    with pytest.raises(ResourceInvalid, match=word):
        read_follow_up_rules(edited(folder, change))
