"""Are the limits of a shaft's direction read as they stand, and is a bad file refused by name?"""

from __future__ import annotations

import json
import shutil

import pytest

from planner.domain.errors import ResourceInvalid
from planner.persistence.access_table import access_limits, read_access_limits
from planner.persistence.resources import resources_dir


def test_limits_are_the_files_and_say_that_they_are_ours():
    limits = access_limits()
    assert (limits.tilt_deg.value, limits.tilt_deg.flag) == (45, "project default")
    assert limits.in_plane_deg.value is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tilt_deg": {"value": 300, "status": "site"}}, "tilt_deg"),
        ({"tilt_deg": {"value": 30, "status": "found"}}, "source"),
        ({"roll_deg": 3}, "roll_deg"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, change, words):
    (tmp_path / "access").mkdir()
    shutil.copyfile(resources_dir() / "sources.json", tmp_path / "sources.json")
    raw = json.loads((resources_dir() / "access" / "limits.json").read_text(encoding="utf-8"))
    (tmp_path / "access" / "limits.json").write_text(json.dumps(raw | change), encoding="utf-8")
    with pytest.raises(ResourceInvalid, match=words):
        read_access_limits(tmp_path)
