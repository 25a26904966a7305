"""``frostline case registry``: what is said, what is written, and with which status. Read by json and csv."""

from __future__ import annotations

import csv
import json

import pytest

from planner.__main__ import main
from planner.casebook.library import CaseLibrary
from tests.registry_case import full_case
from tests.ui.case_bench import AT, a_case, a_plan

NAMES = ("FL-TEST-001", "FL-TEST-002", "FL-TEST-003")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A library of a full case, a bare one and one of a synthetic patient; the salt lies beside it."""
    monkeypatch.setattr("planner.services.registry_export.salt_file", lambda: tmp_path / "salt")
    held = tmp_path / "cases"
    library = CaseLibrary(held)
    for case in (full_case(9), a_case(2), a_case(3, plans=(a_plan(1, case_kind="demo"),))):
        library.add(case, at=AT)
    return held


def run(folder, *words):
    return main(["case", "registry", "--library", str(folder), *map(str, words)])


def test_without_out_it_says_what_would_leave_and_writes_nothing(folder, tmp_path, capsys):
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert run(folder) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 cases would leave. 1 synthetic or training would stay. Nothing is written without --out.")
    assert "phases: 3 rows · case_id, procedure_id, number, kind, start_s, duration_s" in said
    assert "problem" not in said
    assert said.rstrip().endswith("No text that somebody typed goes along.")
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_what_would_leave_as_json(folder, capsys):
    assert run(folder, "--json", "--texts") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["cases"], said["synthetic_or_training_cases_left_out"], said["with_texts"]) == (2, 1, True)
    assert "problem" in said["would_leave"]["cases"]
    assert "ids_by" not in said


def test_it_is_written_and_the_manifest_says_what(folder, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(folder, "--out", out, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said == json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert said["rows"]["phases"] == 3
    assert said["fhir_version"] == "4.0.1"
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert files == {"manifest.json", *said["sha256"]}


def test_the_same_case_has_the_same_id_until_new_ones_are_asked_for(folder, tmp_path):
    def ids(name, *words):
        assert run(folder, "--forms", "csv", "--out", tmp_path / name, *words) == 0
        with (tmp_path / name / "cases.csv").open(encoding="utf-8-sig", newline="") as stream:
            return {row["case_id"] for row in csv.DictReader(stream)}

    first = ids("one")
    assert ids("two") == first
    alone = ids("three", NAMES[1])
    assert len(alone) == 1
    assert alone < first
    fresh = ids("four", "--new-ids")
    assert not fresh & first
    assert ids("five") == fresh


def test_a_refused_export_keeps_the_ids(folder, tmp_path, capsys):
    assert run(folder, "--out", tmp_path / "one") == 0
    salt = (tmp_path / "salt").read_bytes()
    assert run(folder, "--out", tmp_path / "one", "--new-ids") == 2
    assert "holds other files" in capsys.readouterr().err
    assert (tmp_path / "salt").read_bytes() == salt


def test_a_case_of_a_synthetic_patient_alone_is_a_negative_outcome(folder, tmp_path, capsys):
    assert run(folder, NAMES[2]) == 1
    assert capsys.readouterr().out.startswith("0 cases would leave. 1 synthetic or training would stay.")
    assert run(folder, NAMES[2], "--out", tmp_path / "out") == 2
    assert "no case of a patient" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "salt").exists()


def test_a_pseudonym_that_is_not_here_is_refused_in_words(folder, capsys):
    assert run(folder, "FL-NOBODY-1") == 2
    assert "FL-NOBODY-1" in capsys.readouterr().err
