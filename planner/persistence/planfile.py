"""Where does a plan live? In one SQLite file, every step a transaction chained to the one before (H-14, H-33).

Tables: ``step`` is append-only: each edit, undo and redo with the whole plan as canonical JSON and a hash over the
previous chain hash and the row. ``blob`` holds masks by content hash, ``patient`` the identity, apart from the plan.
``result``, in a file of format 2, holds what took long to compute, the last of each kind; it is no part of the chain:
it names the plan that it is of, and can be computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.digest import array_hash, canonical_json
from planner.domain.errors import PlanFileError
from planner.domain.identity import BlobRef, PatientIdentity
from planner.domain.plan import Plan
from planner.persistence import codec
from planner.persistence.blobs import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from planner.persistence.blobs import BlobStore

APPLICATION_ID = 0x46524F53  # "FROS" in the SQLite header, so that file managers and we can tell the file apart
FORMAT = 2
_WITHOUT_RESULTS = 1
"""The format of a file until a result is kept in it, so that a program before results still opens it."""
_NOT_WRITABLE = "This plan cannot be written where it lies. Save a copy elsewhere to work on it."

_SCHEMA = (
    (
        "CREATE TABLE step (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, label TEXT NOT NULL, initiator TEXT NOT NULL,"
        " at TEXT NOT NULL, plan TEXT NOT NULL, chain TEXT NOT NULL)"
    ),
    "CREATE TABLE blob (sha256 TEXT PRIMARY KEY, shape TEXT NOT NULL, dtype TEXT NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE patient (identity TEXT NOT NULL)",
    "CREATE TABLE source (folder TEXT NOT NULL)",
)
_RESULTS = "CREATE TABLE result (name TEXT PRIMARY KEY, data BLOB NOT NULL)"


class StepKind(StrEnum):
    """What a row of the step table did to the history."""

    START = "start"
    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class Step:
    """One row: what was done, by whom, when (ISO 8601 UTC), and the plan after it."""

    kind: StepKind
    label: str
    initiator: str
    at: str
    plan: Plan


class PlanFile:
    """An open ``.frostline`` file. Holds an exclusive lock until closed.

    One that ``is_read_only`` is a copy of a plan that somebody else holds (:mod:`planner.persistence.planlook`), alone
    in a folder that goes when it is closed; ``path`` is the plan's own.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, copy: Path | None = None) -> None:
        self.path = path
        self._copy = copy
        self._connection = connection
        self._chain = self._last_chain()

    @classmethod
    def create(cls, path: Path, first: Step, *, identity: PatientIdentity, source_folder: str) -> PlanFile:
        """Create a new file with its first step; refuse to overwrite an existing one."""
        _reserve(path)
        with _plan_file_errors(path):
            connection = _connect(path)
            try:
                with connection:
                    connection.execute("BEGIN EXCLUSIVE")
                    for statement in _SCHEMA:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {_WITHOUT_RESULTS}")
                    connection.execute("INSERT INTO patient VALUES (?)", (canonical_json(identity).decode(),))
                    connection.execute("INSERT INTO source VALUES (?)", (source_folder,))
                file = cls(path, connection)
                file.append(first)
            except BaseException:
                # A file without its first step is no plan, and its name would be taken.
                connection.close()
                path.unlink(missing_ok=True)
                raise
        return file

    @property
    def is_read_only(self) -> bool:
        """Whether this is a copy to look at."""
        return self._copy is not None

    @classmethod
    def open(cls, path: Path, *, shown_as: Path | None = None) -> PlanFile:
        """Open and verify a file; refuse what is missing, newer, damaged, altered, locked or no plan at all.

        ``shown_as`` is the plan of which ``path`` is a copy to look at.
        """
        if not path.is_file():
            raise PlanFileError("This plan file does not exist.", code="plan-missing", where=path.name)
        with _plan_file_errors(path), path.open("rb") as raw:
            magic = raw.read(16)
        if magic != b"SQLite format 3\x00":
            raise PlanFileError("This is not a Frostline plan.", code="plan-foreign", where=path.name)
        # SQLite opens what cannot be written to be read, and says so only at the first edit.
        if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            raise PlanFileError(_NOT_WRITABLE, code="plan-not-writable", where=path.name)
        with _plan_file_errors(path):
            connection = _connect(path)
            try:
                _verify_container(connection, path)
                file = cls(shown_as or path, connection, copy=path if shown_as else None)
                file._verify_chain()
            except BaseException:
                connection.close()
                raise
        return file

    def append(self, step: Step) -> None:
        """Commit one step; when this returns, the step survives a power cut."""
        if self.is_read_only:
            raise read_only(self.path)
        text = canonical_json(step.plan).decode()
        row = (step.kind.value, step.label, step.initiator, step.at, text)
        chain = _link(self._chain, *row)
        with _plan_file_errors(self.path), self._connection:
            self._connection.execute(
                "INSERT INTO step (kind, label, initiator, at, plan, chain) VALUES (?, ?, ?, ?, ?, ?)",
                (*row, chain),
            )
        self._chain = chain

    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        with _plan_file_errors(self.path):
            rows = self._connection.execute("SELECT kind, label, initiator, at, plan FROM step ORDER BY n").fetchall()
            return tuple(
                Step(StepKind(kind), label, who, at, codec.decode(text, Plan, where=self.path.name))
                for kind, label, who, at, text in rows
            )

    def count_edits(self) -> int:
        """Return how many edits, undos and redos the file holds."""
        with _plan_file_errors(self.path):
            return int(self._connection.execute("SELECT count(*) FROM step").fetchone()[0]) - 1

    def identity(self) -> PatientIdentity:
        """Return the identity kept apart from the plan."""
        return codec.decode(self._only("SELECT identity FROM patient"), PatientIdentity, where=self.path.name)

    def source_folder(self) -> str:
        """Return the folder the CT was read from."""
        return self._only("SELECT folder FROM source")

    def move_source(self, folder: str) -> None:
        """Keep another place for the CT, after it was found there; which CT it is, its hash alone decides (H-12)."""
        with _plan_file_errors(self.path), self._connection:
            self._connection.execute("UPDATE source SET folder = ?", (folder,))

    def keep_blobs(self, refs: Iterable[BlobRef], store: BlobStore) -> None:
        """Copy arrays that the file does not hold yet out of the session's store, compressed."""
        with _plan_file_errors(self.path):
            held = {row[0] for row in self._connection.execute("SELECT sha256 FROM blob")}
            for ref in refs:
                if ref.sha256 not in held:
                    data = store.packed(ref)
                    with self._connection:
                        self._connection.execute(
                            "INSERT INTO blob VALUES (?, ?, ?, ?)", (ref.sha256, json.dumps(ref.shape), ref.dtype, data)
                        )
                    held.add(ref.sha256)  # two structures may have one mask: both empty, or one read twice

    def keep_result(self, name: str, data: bytes) -> None:
        """Keep a result under a name in place of the one there; the first makes the file one of format 2.

        Raises
        ------
        PlanFileError
            When the file is only looked at, or the disk refuses it.
        """
        if self.is_read_only:
            raise read_only(self.path)
        with _plan_file_errors(self.path), self._connection:
            self._connection.execute("BEGIN EXCLUSIVE")
            if self._format < FORMAT:
                self._connection.execute(_RESULTS)
                self._connection.execute(f"PRAGMA user_version = {FORMAT}")
            self._connection.execute("INSERT OR REPLACE INTO result VALUES (?, ?)", (name, data))

    def result(self, name: str) -> bytes | None:
        """Return what is kept under a name; None when nothing is."""
        with _plan_file_errors(self.path):
            if self._format < FORMAT:
                return None
            row = self._connection.execute("SELECT data FROM result WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row is not None else None

    @property
    def _format(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def restore_blobs(self, refs: Iterable[BlobRef], store: BlobStore) -> None:
        """Put the named arrays back into a session's store; raise PlanFileError when one is missing or altered."""
        for ref in refs:
            if store.has(ref):
                continue
            data = self._blob(ref)
            array = unpacked(data, ref)
            if array is None or array_hash(array) != ref.sha256:
                raise self._altered_blob()
            store.keep_packed(ref, data)
            store.put(array)

    def shelve_blobs(self, refs: Iterable[BlobRef], store: BlobStore) -> None:
        """Hand arrays that only undo comes back to as they are to a session's store, which checks them when asked."""
        for ref in refs:
            store.keep_packed(ref, self._blob(ref))

    def save_copy(self, path: Path) -> None:
        """Write a compact copy elsewhere; the file itself stays open."""
        _reserve(path)
        with _plan_file_errors(path):
            try:
                self._connection.execute("VACUUM INTO ?", (str(path),))
            except BaseException:
                path.unlink(missing_ok=True)
                raise

    def close(self) -> None:
        """Release the lock."""
        self._connection.close()
        if self._copy is not None:
            shutil.rmtree(self._copy.parent, ignore_errors=True)

    def _blob(self, ref: BlobRef) -> bytes:
        with _plan_file_errors(self.path):
            row = self._connection.execute("SELECT data FROM blob WHERE sha256 = ?", (ref.sha256,)).fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise self._altered_blob()
        return row[0]

    def _altered_blob(self) -> PlanFileError:
        return PlanFileError("A structure in this plan is missing or altered.", code="plan-blob", where=self.path.name)

    def _only(self, query: str) -> str:
        """Return the text of a table of one row; refuse a file in which it is not there."""
        with _plan_file_errors(self.path):
            rows = self._connection.execute(query).fetchall()
            if len(rows) != 1 or not isinstance(rows[0][0], str):
                raise ValueError(query)
            return rows[0][0]

    def _last_chain(self) -> str:
        row = self._connection.execute("SELECT chain FROM step ORDER BY n DESC LIMIT 1").fetchone()
        return "" if row is None else str(row[0])

    def _verify_chain(self) -> None:
        chain = ""
        rows = self._connection.execute(
            "SELECT kind, label, initiator, at, plan, chain FROM step ORDER BY n"
        ).fetchall()
        if not rows:
            raise PlanFileError("This plan file holds no steps.", code="plan-empty", where=self.path.name)
        for *row, stored in rows:
            chain = _link(chain, *row)
            if chain != stored:
                raise PlanFileError(
                    f"This plan was altered outside the program at the step “{row[1]}”. Ask for the original.",
                    code="plan-altered",
                    where=self.path.name,
                )


def read_only(path: Path) -> PlanFileError:
    """Say why a plan that is only looked at takes no edit."""
    return PlanFileError(
        "This plan is open in another window, or cannot be written where it lies: edits are off here. Open a copy.",
        code="plan-read-only",
        where=path.name,
    )


def _link(previous: str, *row: str) -> str:
    """Return the chain hash over the previous one and (kind, label, initiator, at, plan text)."""
    return hashlib.sha256(json.dumps([previous, *row], ensure_ascii=False).encode()).hexdigest()


def _reserve(path: Path) -> None:
    """Take a name nobody has, as an empty file that is ours to fill or to remove."""
    with _plan_file_errors(path):
        try:
            path.open("xb").close()
        except FileExistsError as error:
            raise PlanFileError(
                "A file of this name exists already. Choose another name.", code="plan-exists", where=path.name
            ) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0.2, check_same_thread=False)
    for pragma in ("trusted_schema = OFF", "synchronous = FULL", "locking_mode = EXCLUSIVE", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _verify_container(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN EXCLUSIVE").close()
    connection.commit()
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise PlanFileError("This is not a Frostline plan.", code="plan-foreign", where=path.name)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT:
        raise PlanFileError(
            f"This plan was written by a newer program (format {version}, this one reads {FORMAT}). Update Frostline.",
            code="plan-newer",
            where=path.name,
        )
    if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
        raise PlanFileError("This plan file is damaged. Use a copy or an export.", code="plan-damaged", where=path.name)
    found = sorted(row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
    if found != sorted((*_SCHEMA, _RESULTS) if version == FORMAT else _SCHEMA):
        raise PlanFileError("This plan file has tables that are not ours.", code="plan-schema", where=path.name)


@contextmanager
def _plan_file_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "readonly" in text:
            raise PlanFileError(_NOT_WRITABLE, code="plan-not-writable", where=path.name) from error
        if "locked" in text:
            raise PlanFileError("This plan is open in another window.", code="plan-locked", where=path.name) from error
        raise PlanFileError(
            f"The plan could not be written: {text}. Check the folder and the free space.",
            code="plan-io",
            where=path.name,
        ) from error
    except OSError as error:
        raise PlanFileError(
            f"The plan file cannot be read or written ({error.strerror}). Check the folder and its permissions.",
            code="plan-io",
            where=path.name,
        ) from error
    except UnicodeEncodeError as error:
        raise PlanFileError(
            "A name holds characters that a plan file cannot keep. Rename the folder or the item.",
            code="plan-text",
            where=path.name,
        ) from error
    except (sqlite3.DatabaseError, ValueError) as error:
        raise PlanFileError(
            "This plan file is damaged. Use a copy or an export.", code="plan-damaged", where=path.name
        ) from error
