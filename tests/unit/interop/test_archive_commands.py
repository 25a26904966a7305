"""Do the commands find and fetch what a real archive holds, through a child process, and tell its answers in words?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from planner.__main__ import main
from planner.interop import archive
from planner.persistence.peers import keep_peers
from tests.unit.interop.orthanc_server import STUDY, orthanc, write_series


def quiet(done, total, phase):
    del done, total, phase


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """A list with one archive in its two languages and one that is not there; what it holds."""
    folder = tmp_path_factory.mktemp("commands")
    files = write_series(folder / "ct", number=1, count=4)
    with orthanc(folder / "server") as server:
        archive.send(server.peer, files, progress=quiet)
        path = folder / "archives.json"
        gone = replace(server.peer, name="Gone", port=1)
        keep_peers((replace(server.peer, name="PACS"), replace(server.web, name="Web"), gone), path)
        yield path


def test_found_then_fetched_then_listed_as_any_folder(listed, tmp_path, capsys):
    where = ["--archives", str(listed), "--from"]
    assert main(["find", *where, "web", "--id", "P-77", "--json"]) == 0
    [study] = json.loads(capsys.readouterr().out)
    assert study["patient_name"] == "Müller Änne"
    assert main(["find", *where, "PACS", "--study", study["study_instance_uid"]]) == 0
    series = capsys.readouterr().out.split()[0]
    assert series == f"{STUDY}.1"
    assert main(["fetch", *where, "PACS", "--study", STUDY, "--series", series, "--out", str(tmp_path)]) == 0
    [folder] = tmp_path.iterdir()
    assert str(folder) in capsys.readouterr().out
    assert {str(pydicom.dcmread(path).SeriesInstanceUID) for path in folder.iterdir()} == {series}
    assert len(list(folder.iterdir())) == 4


def test_nothing_found_is_status_1_and_an_empty_question_status_2(listed, capsys):
    where = ["--archives", str(listed), "--from"]
    assert main(["find", *where, "PACS", "--id", "nobody"]) == 1
    assert "nothing that fits" in capsys.readouterr().out
    assert main(["find", *where, "PACS"]) == 2
    assert "Type a name" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "status"), [("Web", 0), ("Gone", 2)])
def test_a_test_of_the_archive_asks_it(listed, name, status, capsys):
    assert main(["send", "--test", "--to", name, "--archives", str(listed)]) == status
    said = capsys.readouterr()
    assert ("lets us in" in said.out) is (status == 0)
    assert Path(listed).exists()
