"""Are case files that earlier versions wrote still read, and every value in them what it was? (H-36)

``full.json`` is the case as its file's last revision held it when it was written. What was added to a case since is at
its default; nothing that was there may change or go.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.casebook.library import CaseLibrary
from planner.domain.digest import to_plain
from planner.services.case_library import export_case, import_case, look_into

KEPT = sorted((Path(__file__).parents[2] / "golden" / "cases").glob("v*/*.frostcase"))


def what_is_lost(old, new, field="case"):
    """Name every value of the old plain form that the new one does not have as it was."""
    if isinstance(old, dict) and isinstance(new, dict):
        missing = [f"{field}.{name}" for name in old if name not in new]
        both = (what_is_lost(value, new[name], f"{field}.{name}") for name, value in old.items() if name in new)
        return missing + [lost for each in both for lost in each]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [lost for n, (one, two) in pairs for lost in what_is_lost(one, two, f"{field}[{n}]")]
    is_same = old == new and isinstance(old, bool) == isinstance(new, bool)  # 120 may be read as 120.0
    return [] if is_same else [field]


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_H_36_a_case_of_an_earlier_version_is_read_with_every_value(path, tmp_path):
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    library = CaseLibrary(tmp_path / "cases")
    look = look_into(path, library)
    assert what_is_lost(truth, to_plain(look.case)) == []
    assert look.revisions > 10
    taken = import_case(library, path, plans_folder=tmp_path / "plans", at="2026-12-01T00:00:00Z")
    assert len(taken.plans) == 1
    case, _ = library.read(taken.case_id)
    assert what_is_lost(truth | {"plans": []}, to_plain(case) | {"plans": []}) == []
    assert library.identities.get(taken.case_id).patient_name == "Golden^Example"
    export_case(library, taken.case_id, tmp_path / "again.frostcase")
    assert what_is_lost(truth, to_plain(look_into(tmp_path / "again.frostcase", library).case)) == []


def test_there_is_a_case_of_each_version():
    assert [path.parent.name for path in KEPT] == ["v1"]
