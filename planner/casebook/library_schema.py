"""What is inside the library's files? Their tables, how they are opened and checked, and what is said when they fail.

A file is opened for one reading or one transaction and closed again: nothing is held between two edits, so that any
number of windows work beside each other, and a file that is moved or replaced is noticed at the next edit.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import CaseFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_S = 2.0  # another window writes for milliseconds
MOST_VALUE_BYTES = 256 * 2**20
"""No value of ours is longer: a plan's file is a few megabytes (H-41)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file of ours: its mark in SQLite's header, its format, its tables, what it is called.

    ``remedy`` says what to do with a damaged one.
    """

    application_id: int
    format: int
    tables: tuple[str, ...]
    word: str
    remedy: str = "Put a copy in its place."


REVISIONS = (
    "CREATE TABLE revision (case_id TEXT NOT NULL, n INTEGER NOT NULL, label TEXT NOT NULL, at TEXT NOT NULL,"
    " data BLOB NOT NULL, chain TEXT NOT NULL, PRIMARY KEY (case_id, n))"
)
LIBRARY = Kind(
    0x46524F4C,  # "FROL"
    1,
    (
        REVISIONS,
        (
            "CREATE TABLE head (case_id TEXT PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, n INTEGER NOT NULL,"
            " chain TEXT NOT NULL)"
        ),
    ),
    "library of cases",
)
CASE_FILE = Kind(
    0x46524F43,  # "FROC"
    1,
    (
        *LIBRARY.tables,
        "CREATE TABLE plan (plan_id TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, data BLOB NOT NULL)",
        "CREATE TABLE patient (identity TEXT NOT NULL)",
    ),
    "case file",
    "Ask for it again.",
)
IDENTITIES = Kind(
    0x46524F49,  # "FROI"
    1,
    ("CREATE TABLE identity (case_id TEXT PRIMARY KEY, identity TEXT NOT NULL)",),
    "list of patients",
)


@contextmanager
def reading(path: Path, kind: Kind) -> Iterator[sqlite3.Connection]:
    """Open a file to read one moment of it; refuse what is not of this kind, newer or damaged.

    A file that is not there yet, or of which the making was broken off, reads as one that holds nothing.
    """
    with _errors(path, kind), closing(_connect(path if path.exists() else None)) as connection:
        connection.execute("BEGIN")
        if connection.execute("PRAGMA page_count").fetchone()[0]:
            _require(connection, path, kind)
            yield connection
            connection.rollback()
            return
    with closing(_connect(None)) as nothing:
        make_tables(nothing, kind)
        yield nothing


@contextmanager
def writing(path: Path, kind: Kind) -> Iterator[sqlite3.Connection]:
    """Open a file, made when it is not there, for one transaction: all of it is kept on leaving, or nothing (H-33)."""
    with _errors(path, kind):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            with suppress(FileExistsError):  # another window was quicker
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(_connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                    make_tables(connection, kind)
                _require(connection, path, kind)
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise


def make_tables(connection: sqlite3.Connection, kind: Kind) -> None:
    """Make an empty file one of this kind."""
    for statement in kind.tables:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {kind.application_id}")
    connection.execute(f"PRAGMA user_version = {kind.format}")


def damaged(where: str) -> CaseFileError:
    """Say that what is kept cannot be read."""
    return CaseFileError("This case is damaged. Use a copy or an export.", code="case-damaged", where=where)


def require_whole(connection: sqlite3.Connection, path: Path, kind: Kind) -> None:
    """Refuse a file whose pages are damaged; reads all of it."""
    if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise damaged_file(path.name, kind)


def _connect(path: Path | None) -> sqlite3.Connection:
    """Open a file; None opens one in memory that holds nothing."""
    connection = sqlite3.connect(path or ":memory:", timeout=_BUSY_S, isolation_level=None)
    # What is deleted is overwritten: a removed name must not stay in a free page (H-43).
    for pragma in ("trusted_schema = OFF", "synchronous = FULL", "cell_size_check = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_VALUE_BYTES)
    return connection


def _require(connection: sqlite3.Connection, path: Path, kind: Kind) -> None:
    """Refuse a file of another kind, of a newer program, or with tables that are not ours."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != kind.application_id:
        raise CaseFileError(f"This is not a {kind.word} of Frostline.", code="case-foreign", where=path.name)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > kind.format:
        raise CaseFileError(
            f"This {kind.word} was written by a newer program (format {version}, this one reads {kind.format})."
            " Update Frostline.",
            code="case-newer",
            where=path.name,
        )
    found = sorted(row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
    if found != sorted(kind.tables):
        raise CaseFileError(f"This {kind.word} has tables that are not ours.", code="case-schema", where=path.name)


@contextmanager
def _errors(path: Path, kind: Kind) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _operational(str(error), path, kind) from error
    except OSError as error:
        raise CaseFileError(
            f"The {kind.word} cannot be read or written ({error.strerror}). Check the folder and its permissions.",
            code="case-io",
            where=path.name,
        ) from error
    except (sqlite3.DatabaseError, UnicodeError) as error:
        raise damaged_file(path.name, kind) from error


def damaged_file(where: str, kind: Kind) -> CaseFileError:
    """Say that a file cannot be read, and what to do about one of its kind."""
    return CaseFileError(f"The {kind.word} is damaged. {kind.remedy}", code="case-damaged", where=where)


def _operational(text: str, path: Path, kind: Kind) -> CaseFileError:
    if "decode" in text:  # text that is none
        return damaged_file(path.name, kind)
    if "readonly" in text:
        sentence, code = f"The {kind.word} cannot be written where it lies. Check its permissions.", "case-not-writable"
    elif "locked" in text:
        sentence, code = f"Another window is writing the {kind.word}. Try again.", "case-locked"
    else:
        free = f", {shutil.disk_usage(path.parent).free / 1e6:.1f} MB are free" if path.parent.is_dir() else ""
        sentence = (
            f"The {kind.word} cannot be written ({text}{free}). Nothing of it is changed; make room, then try again."
        )
        code = "case-io"
    return CaseFileError(sentence, code=code, where=path.name)
