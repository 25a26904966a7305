"""Does the command list what its JSON says, change nothing, and refuse in one sentence?"""

from __future__ import annotations

import json

import pytest

from planner.__main__ import main
from planner.persistence.blobs import BlobStore
from tests.kept_case import keep_plan
from tests.ui.simple_patient import write_simple_patient


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whatif")
    (folder / "ct").mkdir()
    write_simple_patient(folder / "ct")
    blobs = BlobStore.temporary()
    try:
        keep_plan(folder / "plan.frostline", folder / "ct", blobs)
    finally:
        blobs.close()
    return folder / "plan.frostline"


def test_the_list_and_the_file_tell_the_same(plan_file, tmp_path, capsys):
    before, out = plan_file.read_bytes(), tmp_path / "told.json"
    assert main(["whatif", str(plan_file), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    told = json.loads(out.read_text(encoding="utf-8"))
    words = [row["variation"]["words"] for row in told["rows"][1:]]
    assert told["rows"][0]["variation"] is None
    assert "As planned" in said
    assert all(name in said for name in words)
    assert all(sentence in said for sentence in told["left_out"])
    assert {"Freeze time:", "Published schedule:", "Probe model:", "Depth:"} <= set(said.splitlines())
    assert plan_file.read_bytes() == before


def test_bad_input_is_refused(plan_file, tmp_path, capsys):
    assert main(["whatif", str(plan_file), "--out", str(tmp_path / "nowhere" / "x.json")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main(["whatif", str(tmp_path / "gone.frostline")]) == 2
