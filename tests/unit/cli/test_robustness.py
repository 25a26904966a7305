"""Does the command say what its JSON says, exit by the verdict, and refuse in one sentence?"""

from __future__ import annotations

import json

import pytest

from planner.__main__ import main
from planner.persistence.blobs import BlobStore
from tests.kept_case import keep_plan
from tests.ui.simple_patient import write_simple_patient


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("robust")
    (folder / "ct").mkdir()
    write_simple_patient(folder / "ct")
    blobs = BlobStore.temporary()
    try:
        keep_plan(folder / "plan.frostline", folder / "ct", blobs)
    finally:
        blobs.close()
    return folder / "plan.frostline"


def test_the_table_and_the_file_tell_the_same(plan_file, tmp_path, capsys):
    out = tmp_path / "told.json"
    words = ["robustness", str(plan_file), "--draws", "6", "--seed", "5", "--fine", "1", "--out", str(out)]
    status = main([*words, "--technique", "freehand-in-plane", "--processes", "1"])
    said = capsys.readouterr().out
    told = json.loads(out.read_text(encoding="utf-8"))
    assert status == (1 if told["verdict"] == "FAIL" else 0)
    assert told["verdict"] in said.splitlines()[0]
    assert told["verdict_words"] in said
    assert len(told["outcomes"]) == told["held"]["of"] == 6
    assert told["held"]["count"] == sum(one["verdict"] in ("PASS", "CHECK") for one in told["outcomes"])
    assert told["technique"]["id"] == "freehand-in-plane"
    assert "treated along the marked part" in said
    assert told["seed"] == 5
    # The same again, as JSON and in two processes: the same bytes.
    main(["robustness", *words[1:-2], "--technique", "freehand-in-plane", "--processes", "2", "--json"])
    assert json.loads(capsys.readouterr().out) == told


def test_techniques_are_listed_with_error_source_and_law(capsys):
    assert main(["robustness", "--techniques"]) == 0
    said = capsys.readouterr().out
    assert "freehand-out-of-plane: Freehand, out of plane, lateral 10.1 ± 4 mm (ROBOT-RCT); Rice law." in said
    assert "Weibull law" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Give a plan file"),
        (["there-is-none.frostline", "--technique", "by-eye"], "There is no technique “by-eye”"),
        (["there-is-none.frostline", "--out", "/no/such/folder/x.json"], "no such folder"),
    ],
)
def test_bad_input_is_refused_in_words(words, sentence, capsys):
    assert main(["robustness", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_too_few_and_too_many_draws_are_refused(plan_file, capsys):
    assert main(["robustness", str(plan_file), "--draws", "0"]) == 2
    assert "Draw 1 to" in capsys.readouterr().err
