"""Does ``frostline case`` do what it says, with the exit statuses of the house, and without a name (H-43)?"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from planner.__main__ import main
from planner.casebook.library import CaseLibrary
from planner.services.case_commands import ArchiveCase
from planner.services.casework import OpenCase
from tests.case_with_plans import WORD, case_with_plans


@pytest.fixture
def kept(tmp_path):
    return case_with_plans(tmp_path, acts=0)


@pytest.fixture
def frostline(capsys):
    """Function that runs a command and returns its exit status, what it said, and what it said of errors."""

    def run(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_list_says_how_far_each_case_is(kept, frostline):
    status, out, _ = frostline("case", "list", "--library", kept.library.path.parent)
    assert status == 0
    (line,) = out.splitlines()
    assert line.startswith(f"{kept.pseudonym}  Intercostal neuralgia, T8 · T8 · intake 0/")
    assert line.endswith("NOT READY")
    assert WORD not in out


def test_a_list_as_json_holds_what_the_library_holds(kept, frostline):
    status, out, _ = frostline("case", "list", "--json", "--library", kept.library.path.parent)
    assert status == 0
    (row,) = json.loads(out)["cases"]
    case, _ = kept.library.read(kept.case_id)
    assert (row["pseudonym"], row["problem"]) == (case.pseudonym, case.problem)
    assert row["plans"] == [plan.name for plan in case.plans]
    assert (row["state"], row["procedures"], row["next_due"], row["last_procedure"]) == ("NOT READY", 0, None, None)
    assert "patient" not in row
    assert json.loads(out)["unreadable"] == []


def test_H_43_names_are_said_when_asked_only(kept, frostline):
    folder = kept.library.path.parent
    for words in ((), ("--json",)):
        assert frostline("case", "list", WORD, *words, "--library", folder)[0] == 1
        status, out, _ = frostline("case", "list", WORD, "--names", *words, "--library", folder)
        assert status == 0
        assert WORD in out


def test_an_archived_case_is_shown_where_it_is_asked_for(kept, frostline):
    folder = kept.library.path.parent
    OpenCase(kept.library, kept.case_id).apply(ArchiveCase(is_archived=True))
    for shown, status in (("open", 1), ("due", 1), ("not-ready", 1), ("archived", 0), ("all", 0)):
        assert frostline("case", "list", "--show", shown, "--library", folder)[0] == status
    status, out, _ = frostline("case", "list", "--library", folder)
    assert out == "The library has no case that fits.\n"


def test_an_altered_case_is_named_in_a_list(kept, frostline):
    name = kept.pseudonym
    with closing(sqlite3.connect(kept.library.path)) as connection, connection:
        connection.execute("UPDATE revision SET label = 'forged'")
    status, out, _ = frostline("case", "list", "--library", kept.library.path.parent)
    assert status == 1
    assert out.startswith(f"{name}  cannot be read: This case was altered outside the program")


def test_one_case_is_shown_with_its_history(kept, frostline):
    folder = kept.library.path.parent
    status, out, _ = frostline("case", "show", kept.pseudonym.lower(), "--history", "--library", folder)
    assert status == 0
    assert "NOT READY: No diagnostic block is recorded" in out
    assert out.count("not answered: ") > 10
    assert out.splitlines()[-1].endswith("name the case")
    status, out, _ = frostline("case", "show", kept.pseudonym, "--json", "--history", "--library", folder)
    plain = json.loads(out)
    assert plain["case"]["pseudonym"] == kept.pseudonym
    assert plain["revision"] == len(plain["history"]) == len(kept.library.history(kept.case_id))
    assert "block" in plain["readiness"]["missing"]
    assert plain["readiness"]["state"] == "NOT READY"


def test_a_mistyped_pseudonym_is_called_that(kept, frostline):
    folder = kept.library.path.parent
    wrong = kept.pseudonym[:-1] + ("A" if kept.pseudonym[-1] != "A" else "B")
    status, _, err = frostline("case", "show", wrong, "--library", folder)
    assert status == 2
    assert "one is mistyped" in err
    status, _, err = frostline("case", "show", "SITE-1", "--library", folder)
    assert status == 2
    assert "mistyped" not in err
    status, _, err = frostline("case", "list", "--library", folder / "nowhere")
    assert status == 2
    assert "no such folder" in err


def test_a_case_is_begun_and_gets_a_plan(kept, frostline, tmp_path):
    folder = tmp_path / "new"
    status, out, _ = frostline("case", "new", "Neuralgia", "--plan", kept.plans[0], "--json", "--library", folder)
    assert status == 0
    name = json.loads(out)["pseudonym"]
    status, out, _ = frostline("case", "add-plan", name, kept.plans[1], "--json", "--library", folder)
    assert status == 0
    case, number = CaseLibrary(folder).read(CaseLibrary(folder).find(name))
    assert json.loads(out)["plans"] == [plan.name for plan in case.plans]
    assert [plan.path for plan in case.plans] == [str(path) for path in kept.plans]
    assert number == 2
    assert frostline("case", "new", " ", "--library", folder)[0] == 2
    assert frostline("case", "new", "Other", "--plan", tmp_path / "none.frostline", "--library", folder)[0] == 2
    assert len(CaseLibrary(folder).rows()) == 1


def test_a_case_is_exported_and_imported(kept, frostline, tmp_path):
    folder, file, other = kept.library.path.parent, tmp_path / "out.frostcase", tmp_path / "other"
    status, out, _ = frostline("case", "export", kept.pseudonym, "--out", file, "--json", "--library", folder)
    assert status == 0
    assert json.loads(out) == {
        "file": str(file),
        "plans": [plan.name for plan in kept.library.read(kept.case_id)[0].plans],
        "notes": [],
    }
    status, _, err = frostline("case", "export", kept.pseudonym, "--out", file, "--library", folder)
    assert status == 2
    assert "exists already" in err
    words = ("case", "import", file, "--plans", other / "plans", "--json", "--library", other)
    status, out, _ = frostline(*words)
    assert status == 0
    plain = json.loads(out)
    assert plain["pseudonym"] == kept.pseudonym
    assert len(plain["plans"]) == 2
    assert json.loads(frostline(*words)[1])["pseudonym"] != kept.pseudonym
    assert json.loads(frostline(*words, "--replace")[1])["pseudonym"] == kept.pseudonym
    assert len(CaseLibrary(other).rows()) == 2
    status, _, err = frostline("case", "import", kept.plans[0], "--library", other)
    assert status == 2
    assert "not a case file" in err


def test_a_case_travels_without_its_plans_or_with_its_patient(kept, frostline, tmp_path):
    folder = kept.library.path.parent
    bare, named = tmp_path / "bare.frostcase", tmp_path / "named.frostcase"
    export = ("case", "export", kept.pseudonym, "--library", folder)
    assert frostline(*export, "--out", bare, "--without-plans")[:2] == (0, f"Written to {bare} with no plan's file.\n")
    assert frostline(*export, "--out", named, "--with-identity")[0] == 0
    assert WORD.encode() not in bare.read_bytes()
    assert WORD.encode() in named.read_bytes()
