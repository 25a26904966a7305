"""Are gradings read as they stand in the file, each grade once, flagged where nobody read it, and bad ones refused?"""

from __future__ import annotations

import json
import shutil

import pytest

from planner.domain.errors import ResourceInvalid
from planner.domain.procedure import ScanPurpose
from planner.persistence.gradings import grading, gradings, published_doses, read_procedure_table
from planner.persistence.resources import resources_dir

RAW = json.loads((resources_dir() / "procedure" / "gradings.json").read_text(encoding="utf-8"))


def test_every_grade_of_the_file_is_offered_in_its_order():
    told = [(one.id, grade.grade, grade.words) for one in gradings() for grade in one.grades]
    assert told == [(one["id"], grade["grade"], grade["words"]) for one in RAW["gradings"] for grade in one["grades"]]
    assert {one.id for one in gradings()} == {"CIRSE 2017", "SIR 2003", "SIR 2017", "CTCAE 5.0"}


def test_what_was_only_recalled_says_so():
    for one in RAW["gradings"]:
        for grade in one["grades"]:
            label = grading(one["id"]).grade(grade["grade"]).label
            assert label.endswith("(unverified)") == (grade["status"] == "recalled")
    assert all(one.citation for one in gradings())


def test_published_doses_and_the_dose_length_product_behind_them():
    """4.8 mSv over 0.015 mSv per mGy cm are 320 mGy cm; the four means add up to 71.9 of the 72 mSv told."""
    doses = published_doses()
    assert doses.dlp_mgy_cm(doses.of(ScanPurpose.PLANNING).mean_msv) == pytest.approx(320.0)
    assert sum(one.mean_msv for one in doses.purposes) == pytest.approx(71.9)
    assert (doses.total_msv, doses.total_sd_msv) == (72, 18)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "procedure").mkdir()
    shutil.copy(resources_dir() / "sources.json", tmp_path)
    return tmp_path


def written(folder, change):
    data = json.loads(json.dumps(RAW))
    change(data)
    (folder / "procedure" / "gradings.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda d: d["gradings"][0]["grades"].append({"grade": "1", "words": "Again", "status": "found"}), "grades"),
        (lambda d: d["gradings"][1].update(id="CIRSE 2017"), "gradings"),
        (lambda d: d["gradings"][0].update(source="NOBODY"), "source"),
        (lambda d: d["gradings"][0].update(colour="red"), "colour"),
        (lambda d: d["doses"]["purposes"].pop(), "purposes"),
        (lambda d: d["doses"].update(conversion_msv_per_mgy_cm=15), "conversion_msv_per_mgy_cm"),
    ],
)
def test_a_bad_table_is_refused_by_its_field(folder, change, field):
    with pytest.raises(ResourceInvalid, match=f"“{field}”"):
        read_procedure_table(written(folder, change))
