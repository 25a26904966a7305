"""Does who the patient is get anywhere but into the one file that holds it? Canaries through every command (H-43).

The identity, the plans' own identity, their folder and their files' names hold a word that occurs nowhere else. Every
command is run, and made to fail; then all that was said, and every byte of what was written, is searched for the word.
"""

from __future__ import annotations

import shutil
import sqlite3
import zlib
from contextlib import closing

import pytest

from planner.__main__ import main
from tests.case_with_plans import WORD, case_with_plans

HIDING = ("patients.sqlite",)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own, with settings, data and temporary files."""
    folder = tmp_path / "home"
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(folder / name.lower()))
    (folder / "temporary").mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(folder / "temporary"))
    return folder


def readings(path):
    """The bytes of a file, and of a database every value as it is and unpacked, databases in it too."""
    data = path.read_bytes()
    yield data
    if not data.startswith(b"SQLite format 3"):
        return
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        values = [value for table in tables for row in connection.execute(f"SELECT * FROM {table}") for value in row]  # noqa: S608
    for value in values:
        if not isinstance(value, bytes):
            yield str(value).encode()
        elif value.startswith(b"SQLite format 3"):
            inner = path.with_name(f"{path.name}.inner")
            inner.write_bytes(value)
            yield from readings(inner)
            inner.unlink()
        else:
            yield zlib.decompress(value)


def leaks(folder):
    """Name the files below a folder in whose name or bytes the word is."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        path.name
        for path in files
        if WORD.lower() in path.name.lower()
        or any(WORD.lower().encode() in data.lower() or b"1944-06-06" in data for data in readings(path))
    ]


def test_H_43_no_command_says_or_leaves_who_the_patient_is(tmp_path, home, capsys):
    kept = case_with_plans(tmp_path, acts=5)
    folder, other = kept.library.path.parent, home / "other"
    library = ("--library", str(folder))
    name = kept.pseudonym
    for words, status in (
        (("list",), 0),
        (("list", "--json"), 0),
        (("list", WORD), 1),
        (("show", name, "--history"), 0),
        (("show", WORD[:3]), 2),
        (("new", "Another problem", "--plan", str(kept.plans[0])), 0),
        (("add-plan", name, str(tmp_path / "none.frostline")), 2),
        (("export", name, "--out", str(home / "case.frostcase")), 0),
        (("export", name, "--out", str(home / "case.frostcase")), 2),
        (("export", name, "--out", str(home / "bare.frostcase"), "--without-plans", "--json"), 0),
    ):
        assert main(["case", *words, *library]) == status, words
    for _ in range(2):
        arguments = ["--library", str(other), "--plans", str(other / "plans")]
        assert main(["case", "import", str(home / "case.frostcase"), *arguments]) == 0
    said = capsys.readouterr()
    assert WORD.lower() not in (said.out + said.err).lower()
    assert leaks(home) == []
    assert leaks(folder) == ["cases.sqlite", *HIDING], "where plans lie is told by the library of this computer alone"
    assert list((home / "temporary").iterdir()) == []


def test_H_43_refusals_quote_nothing_of_a_damaged_list_of_patients(tmp_path, home, capsys):
    kept = case_with_plans(tmp_path, acts=0)
    folder, name = kept.library.path.parent, kept.pseudonym
    for change in ("substr(identity, 1, 60)", "replace(identity, 'sex', 'odd')", "upper(identity)", "'[' || identity"):
        shutil.copy(folder / "patients.sqlite", home / "good")
        with closing(sqlite3.connect(folder / "patients.sqlite")) as connection, connection:
            connection.execute(f"UPDATE identity SET identity = {change}")  # noqa: S608 - expressions of ours
        for words in (
            ("list", "x", "--names"),
            ("export", name, "--out", str(home / "x.frostcase"), "--with-identity"),
        ):
            assert main(["case", *words, "--library", str(folder)]) == 2
        shutil.move(home / "good", folder / "patients.sqlite")
    said = capsys.readouterr()
    assert said.err.count("list of patients is damaged") == 8
    assert WORD not in said.out + said.err
    assert leaks(home) == []
