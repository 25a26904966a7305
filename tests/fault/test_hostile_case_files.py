"""Does a case file from elsewhere that is damaged, altered or made to harm reach the user as a sentence? (H-14, H-41).

Nothing of a refused file is taken in: no case, no plan, no file outside the private folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import tracemalloc
import zlib
from contextlib import closing, suppress

import pytest

from planner.casebook.case_file import read_case_file
from planner.casebook.library import CaseLibrary, CaseState
from planner.domain.errors import PlannerError
from planner.services.case_library import export_case, import_case
from tests.case_with_plans import case_with_plans
from tests.random_case_edits import AT

FLIPS = int(os.environ.get("FROSTLINE_CASE_FLIPS", "150"))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a case file that is as it should be."""
    folder = tmp_path_factory.mktemp("good")
    kept = case_with_plans(folder, acts=8)
    export_case(kept.library, kept.case_id, folder / "good.frostcase")
    return (folder / "good.frostcase").read_bytes()


@pytest.fixture
def file(good, tmp_path):
    path = tmp_path / "given" / "case.frostcase"
    path.parent.mkdir()
    path.write_bytes(good)
    return path


def refusal_of(path, tmp_path):
    """Take a file in, which must be refused, and leave nothing; returns the refusal."""
    library, plans = CaseLibrary(tmp_path / "cases"), tmp_path / "plans"
    with pytest.raises(PlannerError) as refusal:
        import_case(library, path, plans_folder=plans, at=AT)
    assert library.rows(state=CaseState.ALL) == ()
    assert not plans.exists() or list(plans.iterdir()) == []
    assert refusal.value.sentence.rstrip().endswith(".")
    assert refusal.value.code
    return refusal.value


def alter(path, *statements):
    """Run statements on a file, as somebody with SQLite at hand would; the last may carry values."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(*(statement if isinstance(statement, tuple) else (statement,)))


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA user_version = 2",
        "PRAGMA application_id = 0",
        "CREATE TABLE more (n)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER t BEFORE INSERT ON plan BEGIN DELETE FROM revision; END",
        "CREATE INDEX i ON revision (label)",
        "DROP TABLE patient",
        "ALTER TABLE plan ADD COLUMN c TEXT",
        "DELETE FROM head",
        "INSERT INTO head VALUES ('b', 'FL-2', 0, '')",
        "UPDATE head SET n = 'many'",
        "UPDATE head SET pseudonym = 'FL-2'",
        "DELETE FROM revision",
        "DELETE FROM revision WHERE n = 2",
        "UPDATE revision SET label = 'forged' WHERE n = 2",
        "UPDATE revision SET data = 'text' WHERE n = 1",
        "UPDATE revision SET data = x'' WHERE n = 1",
        "UPDATE revision SET label = x'ff' WHERE n = 1",
        "UPDATE revision SET label = CAST(x'ff' AS TEXT) WHERE n = 1",
        "UPDATE revision SET at = 7.5 WHERE n = 1",
        "UPDATE plan SET data = 'text'",
        "UPDATE plan SET data = x'00'",
        "UPDATE plan SET sha256 = 'abc'",
        "UPDATE plan SET data = zeroblob(5000000)",
        "INSERT INTO patient VALUES ('{}'), ('{}')",
        "INSERT INTO patient VALUES ('no json')",
        "INSERT INTO patient VALUES (7)",
        "INSERT INTO patient VALUES (printf('%.200000c', 'x'))",
        "UPDATE revision SET label = printf('%.20000c', 'x') WHERE n = 1",
    ],
)
def test_H_41_what_somebody_changed_in_a_file_is_refused(file, tmp_path, statement):
    alter(file, statement)
    refusal_of(file, tmp_path)


def rewritten(path, texts):
    """Put these texts into a file as its history, with chains that fit: only what they say is wrong."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (case_id,) = connection.execute("SELECT case_id FROM head").fetchone()
        connection.execute("DELETE FROM revision")
        chain = ""
        for number, text in enumerate(texts, start=1):
            data = text if isinstance(text, bytes) else zlib.compress(text.encode())
            parts = [chain, case_id, number, "x", AT, hashlib.sha256(data).hexdigest()]
            chain = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
            connection.execute("INSERT INTO revision VALUES (?, ?, 'x', ?, ?, ?)", (case_id, number, AT, data, chain))
        connection.execute("UPDATE head SET n = ?, chain = ?", (len(texts), chain))


def good_case(path):
    """The last case of a file as plain JSON."""
    with closing(sqlite3.connect(path)) as connection:
        (data,) = connection.execute("SELECT data FROM revision ORDER BY n DESC LIMIT 1").fetchone()
    return json.loads(zlib.decompress(data))


def test_a_history_written_anew_with_fitting_chains_is_read(file, tmp_path):
    """So that the refusals below are of what they say."""
    case = good_case(file)
    rewritten(file, [json.dumps(case)])
    taken = import_case(CaseLibrary(tmp_path / "cases"), file, plans_folder=tmp_path / "plans", at=AT)
    assert taken.pseudonym == case["pseudonym"]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"schema": "one"},
        {"unknown": 1},
        {"problem": ""},
        {"problem": "x" * 201},
        {"problem": "\ud800"},
        {"pseudonym": "../../etc"},
        {"id": "another"},
        {"intervals_days": [90, 42]},
        {"intervals_days": [float("nan")]},
        {"intervals_days": [1e999]},
        {"plans": [{}]},
        {"intake": {"answers": [1]}},
        {"opened_at": None},
    ],
)
def test_H_41_a_case_that_breaks_its_own_rules_is_refused(file, tmp_path, change):
    rewritten(file, [json.dumps(good_case(file) | change)])
    refusal_of(file, tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "7", "null", "{", "[" * 100_000, '{"schema": 1, "schema": 1}'])
def test_H_41_what_is_no_case_at_all_is_refused(file, tmp_path, text):
    rewritten(file, [text])
    refusal_of(file, tmp_path)


@pytest.mark.parametrize("change", [lambda data: data[:-4], lambda data: data + b"more", lambda data: data * 2])
def test_H_41_a_revision_cut_short_or_with_something_behind_it_is_refused(file, tmp_path, change):
    rewritten(file, [change(zlib.compress(json.dumps(good_case(file)).encode()))])
    refusal_of(file, tmp_path)


def test_H_41_a_plan_that_the_case_does_not_have_is_refused(file, tmp_path):
    rewritten(file, [json.dumps(good_case(file) | {"plans": []})])
    assert refusal_of(file, tmp_path).code == "case-plan"


def test_H_41_a_bomb_is_refused_before_it_grows(file, tmp_path):
    bomb = zlib.compressobj(9)
    data = b"".join(bomb.compress(bytes(2**20)) for _ in range(200)) + bomb.flush()
    assert len(data) < 1_000_000  # of 200 MB
    rewritten(file, [data])
    tracemalloc.start()
    try:
        refusal_of(file, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_H_41_many_small_bombs_are_refused_together(file, tmp_path):
    """Each text is a case; all together are more than any history."""
    case = json.dumps(good_case(file) | {"note": "x" * 7_900_000})
    rewritten(file, [zlib.compress(case.encode(), 9)] * 18)
    assert refusal_of(file, tmp_path).code == "case-size"


def test_H_41_more_revisions_than_any_case_has_are_refused_unread(file, tmp_path):
    with closing(sqlite3.connect(file)) as connection, connection:
        rows = (("b", n, "x", AT, b"", "") for n in range(20_001))
        connection.executemany("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?)", rows)
    assert refusal_of(file, tmp_path).code == "case-size"


def test_H_41_a_file_larger_than_any_is_refused_uncopied(file, tmp_path):
    with file.open("r+b") as stream:
        stream.truncate(3 * 2**30)  # takes no room
    assert refusal_of(file, tmp_path).code == "case-size"


@pytest.mark.parametrize(
    "title", ["../../../evil", "C:\\evil", "/etc/evil", "..", "", "x" * 3000, "a\0b", "nul\n", "💥"]
)
def test_H_41_no_plans_name_leads_out_of_the_folder(file, tmp_path, title):
    alter(file, ("UPDATE plan SET name = ?", (title,)))
    taken = import_case(CaseLibrary(tmp_path / "cases"), file, plans_folder=tmp_path / "in" / "plans", at=AT)
    assert len(taken.plans) == 2
    assert {path.parent for path in taken.plans} == {tmp_path / "in" / "plans"}
    assert {path.name for path in tmp_path.iterdir()} == {"given", "cases", "in"}
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["plans"]
    assert len(list((tmp_path / "in" / "plans").iterdir())) == 2


def test_H_41_a_journal_beside_the_file_is_not_played_back(file, tmp_path):
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN")
        connection.execute("UPDATE plan SET name = name || 'x'")
        journal = file.with_name(f"{file.name}-journal")
        kept = journal.read_bytes() if journal.exists() else b""
        connection.execute("COMMIT")
    journal.write_bytes(kept or b"\xd9\xd5\x05\xf9 \xa1c\xd7" + bytes(512))
    taken = import_case(CaseLibrary(tmp_path / "cases"), file, plans_folder=tmp_path / "plans", at=AT)
    assert len(taken.plans) == 2
    assert journal.exists()


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "text", "header", "plan", "library", "fifo"])
def test_what_is_no_case_file_is_refused(file, tmp_path, kind):
    other = tmp_path / "given" / f"{kind}.frostcase"
    if kind == "folder":
        other.mkdir()
    elif kind == "fifo":
        if not hasattr(os, "mkfifo"):
            pytest.skip("this system has no named pipes")
        os.mkfifo(other)
    elif kind == "plan":
        with closing(sqlite3.connect(file)) as connection:
            other.write_bytes(connection.execute("SELECT data FROM plan").fetchone()[0])
    elif kind == "library":
        library = CaseLibrary(tmp_path / "another")
        import_case(library, file, plans_folder=tmp_path / "another", at=AT)
        other.write_bytes(library.path.read_bytes())
    elif kind != "missing":
        other.write_bytes({"empty": b"", "text": b"a case\n" * 99, "header": b"SQLite format 3\x00"}[kind])
    refusal_of(other, tmp_path)


def test_H_14_every_byte_changed_is_refused_or_changes_nothing(good, tmp_path):
    """Flipped, cut, doubled: what is read is what was written, or a sentence."""
    dice = random.Random(14)
    path, private = tmp_path / "case.frostcase", tmp_path / "private"
    private.mkdir()
    path.write_bytes(good)
    truth = read_case_file(path, private)
    plans = [plan.path.read_bytes() for plan in truth.plans]
    unchanged = 0
    for _ in range(FLIPS):
        data = bytearray(good)
        what, place = dice.random(), dice.randrange(len(good))
        if what < 0.8:
            data[place] ^= 1 << dice.randrange(8)
        elif what < 0.9:
            data = data[:place]
        else:
            data[place:place] = data[place : place + 4096]
        path.write_bytes(data)
        with suppress(PlannerError):
            found = read_case_file(path, private)
            assert found.history == truth.history
            assert [plan.path.read_bytes() for plan in found.plans] == plans
            for plan in found.plans:
                plan.path.unlink()
            unchanged += 1
    assert unchanged < FLIPS * 2 / 3
