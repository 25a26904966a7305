"""How does a case travel? In one file (``.frostcase``): its history, the files of its plans, and who it is if asked.

The file is SQLite with the tables of the library and two more. One from elsewhere is not trusted (H-41): it is copied
alone into a private folder, its form compared with ours, and each size looked at before anything is read.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.casebook.identities import identity_of
from planner.casebook.library_schema import CASE_FILE, damaged, reading, require_whole, writing
from planner.casebook.revisions import Edited, Head, Revision, heads, put_history, unpacked, unzipped, verified
from planner.domain.digest import bytes_hash, canonical_json
from planner.domain.errors import CaseFileError
from planner.domain.identity import PlanId, Sha256
from planner.persistence.plan_copy import PlanCopy

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from planner.domain.case import Case
    from planner.domain.identity import PatientIdentity

CASE_SUFFIX = ".frostcase"
MOST_FILE_BYTES = 2 * 2**30
MOST_PLANS = 100
MOST_REVISIONS = 20_000
MOST_PACKED_BYTES = 64 * 2**20
MOST_HISTORY_BYTES = 128 * 2**20
MOST_IDENTITY_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Travelling:
    """All that a case file holds: the case as it stands, its history, its plans' files.

    ``identity`` is None when it was not asked for.
    """

    case: Case
    history: tuple[Edited, ...]
    plans: tuple[PlanCopy, ...] = ()
    identity: PatientIdentity | None = None


def write_case_file(path: Path, content: Travelling) -> None:
    """Write a new case file; ``path`` is a place that nobody sees yet, and is written anew."""
    with writing(path, CASE_FILE) as connection:
        put_history(connection, content.case, content.history)
        for plan in content.plans:
            row = (plan.plan_id, plan.name, plan.sha256, plan.path.read_bytes())
            connection.execute("INSERT INTO plan VALUES (?, ?, ?, ?)", row)
        if content.identity is not None:
            connection.execute("INSERT INTO patient VALUES (?)", (canonical_json(content.identity).decode(),))


def require_read_back(path: Path, content: Travelling) -> None:
    """Raise CaseFileError unless a file just written holds, on disk, exactly what was to be written (H-33)."""
    with reading(path, CASE_FILE) as connection:
        require_whole(connection, path, CASE_FILE)
        history = [Edited(one.data, one.label, one.at) for one in verified(connection, heads(connection)[0])]
        plans = {(name, bytes_hash(data)) for name, data in connection.execute("SELECT plan_id, data FROM plan")}
    if history != list(content.history) or plans != {(str(plan.plan_id), plan.sha256) for plan in content.plans}:
        raise CaseFileError("The file does not read back as it was written.", code="case-read-back", where=path.name)


def read_case_file(path: Path, folder: Path) -> Travelling:
    """Read and verify all of a case file; the plans' files are put into ``folder``, a private one, named by us.

    Raises
    ------
    CaseFileError
        When it is no case file, newer, damaged, altered, or larger than any of ours.
    InputRefused
        When a field of the case is unknown or breaks an invariant.
    """
    copy = _alone(path, folder)
    try:
        with reading(copy, CASE_FILE) as connection:
            require_whole(connection, path, CASE_FILE)
            return _all(connection, folder, path.name)
    except CaseFileError as error:
        # What was read is our copy; what is refused is the file that was given.
        raise CaseFileError(error.sentence, code=error.code, where=path.name) from error
    finally:
        copy.unlink(missing_ok=True)


def _all(connection: sqlite3.Connection, folder: Path, where: str) -> Travelling:
    _require_sizes(connection, where)
    found = heads(connection)
    if len(found) != 1:
        raise CaseFileError(f"This file holds {len(found)} cases, not one.", code="case-count", where=where)
    revisions = verified(connection, found[0])
    case = _checked(revisions, found[0], where=where)
    history = tuple(Edited(one.data, one.label, one.at) for one in revisions)
    return Travelling(case, history, _plans(connection, folder, where), _identity(connection, where))


def _alone(path: Path, folder: Path) -> Path:
    """Copy the file without what may lie beside it, such as a journal that SQLite would play back."""
    try:
        if not path.is_file():
            raise CaseFileError("This case file does not exist.", code="case-missing", where=path.name)
        if path.stat().st_size > MOST_FILE_BYTES:
            raise CaseFileError("This file is larger than any case file of ours.", code="case-size", where=path.name)
        with closing(path.open("rb")) as stream:
            if stream.read(16) != b"SQLite format 3\x00":
                raise CaseFileError("This is not a case file of Frostline.", code="case-foreign", where=path.name)
        return shutil.copyfile(path, folder / f"{uuid4().hex}{CASE_SUFFIX}")
    except OSError as error:
        raise CaseFileError(
            f"The case file cannot be read ({error.strerror}). Check the file and the free space.",
            code="case-io",
            where=path.name,
        ) from error


def _require_sizes(connection: sqlite3.Connection, where: str) -> None:
    """Refuse more, or longer, than any case of ours has, before any of it is read (H-41)."""
    limits = (
        ("SELECT count(*) FROM revision", MOST_REVISIONS),
        ("SELECT total(length(CAST(data AS BLOB))) FROM revision", MOST_PACKED_BYTES),
        ("SELECT max(length(label) + length(at) + length(chain) + length(case_id)) FROM revision", 10_000),
        ("SELECT max(length(pseudonym) + length(chain) + length(case_id)) FROM head", 10_000),
        ("SELECT count(*) FROM head", 1000),
        ("SELECT count(*) FROM plan", MOST_PLANS),
        ("SELECT max(length(plan_id) + length(name) + length(sha256)) FROM plan", 10_000),
        ("SELECT total(length(identity)) FROM patient", MOST_IDENTITY_CHARACTERS),
    )
    for query, most in limits:
        if (connection.execute(query).fetchone()[0] or 0) > most:
            raise CaseFileError("This file holds more than any case of ours.", code="case-size", where=where)


def _checked(revisions: Sequence[Revision], head: Head, *, where: str) -> Case:
    """Decode every revision and return the last; all together are bounded, however well they were compressed."""
    size = 0
    for one in revisions:
        size += len(unzipped(one.data, where=where))
        if size > MOST_HISTORY_BYTES:
            raise CaseFileError("This file holds more than any case of ours.", code="case-size", where=where)
        case = unpacked(one.data, where=where)
        if (case.id, case.pseudonym) != (head.case_id, head.pseudonym):
            raise CaseFileError("The revisions of this file are of several cases.", code="case-count", where=where)
    return case


def _identity(connection: sqlite3.Connection, where: str) -> PatientIdentity | None:
    rows = connection.execute("SELECT identity FROM patient").fetchall()
    if not rows:
        return None
    if len(rows) != 1:
        raise damaged(where)
    return identity_of(rows[0][0], where=where, kind=CASE_FILE)


def _plans(connection: sqlite3.Connection, folder: Path, where: str) -> tuple[PlanCopy, ...]:
    plans = []
    for plan_id, name, sha256, data in connection.execute("SELECT plan_id, name, sha256, data FROM plan"):
        if not isinstance(data, bytes) or bytes_hash(data) != sha256:
            raise CaseFileError(
                f"The plan “{str(name)[:80]}” in this file was altered. Ask for it again.",
                code="case-altered",
                where=where,
            )
        path = folder / f"{uuid4().hex}.frostline"
        path.write_bytes(data)
        plans.append(PlanCopy(PlanId(plan_id), str(name), Sha256(sha256), path))
    return tuple(plans)
