"""Does anything that tells who a patient is leave in a registry export, or stay behind it? Canaries say (H-43).

Every text, name, id, path and date of a whole case, its plans and its patient's identity hold words that occur nowhere
else. After the export every byte it left is searched for them: package, temporary files, settings, salt, what was said.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import io
import json
import os
import re
import subprocess
import sys

import pytest

from planner.casebook.library import CaseLibrary
from planner.cli import case_registry, terminal
from tests.fault.strikes import Faults
from tests.fault.test_canaries import contents
from tests.registry_case import WORD, Canaries, full_case, identity

SEARCHED = re.compile(rf"{WORD[:9]}|1944-\d\d-\d\d|1944\d{{4}}|13:[345]\d:\d\d|T13[345]\d", re.IGNORECASE)
FAULTS = int(os.environ.get("FROSTLINE_FAULTS", "6"))
AT = "1944-06-30T08:00:00Z"
PACKAGE = {"manifest.json", "dictionary.json", "registry.json", "cases.csv", "follow_ups.csv", "fhir"}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A library in a folder named after the patient: two cases full of canaries, with who the patient is."""
    folder = tmp_path_factory.mktemp(WORD)
    held, canaries = CaseLibrary(folder), Canaries()
    for number in (1, 2):
        case = full_case(number, canaries)
        held.add(case, at=AT, label=canaries())
        held.identities.put(case.id, identity(canaries))
    return folder, canaries.count


def texts(value):
    """Every string that a frozen fact holds, at any depth."""
    if isinstance(value, str) and type(value) is str:
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def leaks(folder):
    """Return what of a canary is in any file below a folder, or in its name."""
    found = []
    for path in sorted(folder.rglob("*")):
        if SEARCHED.search(str(path.relative_to(folder))):
            found.append((str(path), "name"))
        if path.is_file():
            for reading in contents(path):
                text = reading.decode("latin-1")
                hit = SEARCHED.search(text) or SEARCHED.search(text.replace("\0", ""))
                if hit:
                    found.append((path.name, hit.group()))
    return found


def test_the_canaries_are_there_and_would_be_found(library, tmp_path):
    folder, count = library
    assert count > 60
    held = [text for text in texts(full_case()) if text]
    # All that is no canary: words of fixed lists, and one instrument that the dictionary lists.
    assert {text for text in held if not SEARCHED.search(text)} == {
        "patient", "intercostal", "diagnosis", "blood-thinners", "allergies", "baseline", "block", "consent",
        "P1", "generic-17g-short", "Generic 17G, 15 mm active", "typed", "CIRSE 2017", "2", "ODI",
    }  # fmt: skip
    assert sum(WORD in text for text in held) > 60
    assert {name for name, _ in leaks(folder)} == {"cases.sqlite", "patients.sqlite"}
    (tmp_path / "one.json").write_text(json.dumps({"a": "1944-06-06"}), encoding="utf-8")
    (tmp_path / "wide.bin").write_bytes(WORD.encode("utf-16-le"))
    assert {name for name, _ in leaks(tmp_path)} == {"one.json", "wide.bin"}


def run(library_folder, place, *words):
    """Run the command in a process of its own with folders of its own; what it said, without its own folders' names."""
    told = {
        "TMPDIR": place / "temp", "HOME": place / "home", "XDG_CONFIG_HOME": place / "config",
        "XDG_CACHE_HOME": place / "home" / "cache", "XDG_STATE_HOME": place / "home" / "state",
        "XDG_DATA_HOME": place / "data", "QT_QPA_PLATFORM": "offscreen",
    }  # fmt: skip
    for folder in told.values():
        if folder != "offscreen":
            folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-W", "error", "-m", "planner", "case", "registry", "--library", library_folder, *words]
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {name: str(value) for name, value in told.items()},
    )  # fmt: skip
    said = (done.stdout + done.stderr).replace(str(place), "PLACE").replace(str(library_folder), "LIBRARY")
    return done.returncode, said


def test_H_43_no_canary_is_in_a_registry_export_nor_left_behind(library, tmp_path):
    folder, _ = library
    status, said = run(folder, tmp_path)  # what would leave
    assert status == 0, said
    assert not SEARCHED.search(said)
    assert "Nothing is written" in said
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    status, said = run(folder, tmp_path, "--out", tmp_path / "out")
    assert status == 0, said
    assert not SEARCHED.search(said)
    assert {path.name for path in (tmp_path / "out").iterdir()} >= PACKAGE
    assert leaks(tmp_path) == []
    left = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert {str(path) for path in left if path.parts[0] != "out"} == {"data/frostline/registry/salt"}
    salt = (tmp_path / "data" / "frostline" / "registry" / "salt").read_text(encoding="ascii").strip()
    assert not [path for path in (tmp_path / "out").rglob("*.*") if salt in path.read_text(encoding="utf-8")]


def test_H_43_names_of_people_stay_even_when_texts_are_asked_for(library, tmp_path):
    folder, _ = library
    status, said = run(folder, tmp_path, "--texts", "--out", tmp_path / "out", "--forms", "csv", "fhir")
    assert status == 0, said
    assert not SEARCHED.search(said)
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.*"))
    case = full_case()
    people = [answer.who for answer in case.intake.answers]
    people += [follow_up.who for follow_up in case.follow_ups]
    people += [name for one in case.procedures for name in (one.operator, one.finished_by, one.amended_by) if name]
    kept = [
        *people, str(case.id), case.pseudonym, *map(str, (case.plans[0].plan_id, case.plans[0].name)),
        case.plans[0].path, str(case.plans[0].plan_hash), *case.plans[0].targets,
        *(str(one.id) for one in (*case.procedures, *case.follow_ups)),
    ]  # fmt: skip
    assert len(people) > 8
    assert not [name for name in kept if re.search(rf"{re.escape(name)}(?!\d)", written)]
    assert not re.search(r"1944-\d\d-\d\d", written)
    rows = list(
        csv.DictReader(io.StringIO((tmp_path / "out" / "cases.csv").read_text(encoding="utf-8-sig"), newline=""))
    )
    assert sum(WORD in row["problem"] for row in rows) == 2


PLACES = (
    ("pathlib.Path.write_bytes", OSError(28, "No space left on device")),
    ("pathlib.Path.replace", PermissionError(13, "Permission denied")),
    ("pathlib.Path.mkdir", OSError(30, "Read-only file system")),
    ("os.fsync", OSError(28, "No space left on device")),
    ("os.link", OSError(5, "Input/output error")),
    ("tempfile.mkdtemp", OSError(28, "No space left on device")),
    ("planner.casebook.registry.dictionary.Dictionary.row_of", RuntimeError("A fault of ours")),
    ("planner.casebook.registry.fhir_bundle.bundle_json", MemoryError()),
    ("planner.casebook.library.CaseLibrary.rows", RuntimeError("A fault of ours")),
)
"""What touches files or builds the package, with the errors that happen there."""


def test_H_43_nothing_is_left_behind_by_an_error_wherever_it_strikes(library, tmp_path, monkeypatch, capfd):
    """FROSTLINE_FAULTS=100 strikes a hundred places; each time all that is left on the disk is searched."""
    folder, _ = library
    place, out = tmp_path / "place", tmp_path / "place" / "out"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr("planner.services.registry_export.salt_file", lambda: place / "registry" / "salt")
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", type=type(folder))
    case_registry.add_arguments(parser)
    arguments = parser.parse_args(["--library", str(folder), "--out", str(out), "--new-ids"])
    with monkeypatch.context() as patching:
        faults = Faults(patching, PLACES)
        assert terminal.guarded(lambda: case_registry.run(arguments)) == 0
        count, struck = faults.calls, 0
        assert count > 100
        for number in range(FAULTS):
            for path in sorted(out.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
            before = (place / "registry" / "salt").read_bytes()
            faults.calls, faults.fail_at = 0, 1 + int((number + 0.5) * count / FAULTS)
            failed = terminal.guarded(lambda: case_registry.run(arguments)) != 0
            faults.fail_at = None
            said = capfd.readouterr()
            assert not SEARCHED.search((said.out + said.err).replace(str(place), ""))
            assert leaks(place) == []
            assert [path.name for path in place.rglob(".*")] == []  # nothing half made
            assert {path.name for path in (place / "registry").iterdir()} == {"salt"}
            if failed:
                struck += 1
                assert (place / "registry" / "salt").read_bytes() == before  # ids that were not used are not the site's
                assert not (out / "manifest.json").exists()
    assert struck == FAULTS
