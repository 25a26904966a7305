"""How is the history of a case kept? As a chain: each revision the whole case, with a hash over all before it (H-14).

The functions work inside one transaction on a file with the tables ``revision`` and ``head``: the library, or a case
file. ``head`` says which revision is a case's last, so that a history that was cut short is seen too.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.casebook.library_schema import damaged
from planner.domain.case import SCHEMA, Case
from planner.domain.digest import canonical_json
from planner.domain.errors import CaseFileError, CaseInvalid, PlannerError
from planner.domain.identity import CaseId
from planner.persistence import codec

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from typing import Any

MOST_CASE_BYTES = 8_000_000
"""A case is below 100 kB; a compressed text that grows beyond this is no case of ours (H-41)."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One row: what was done, when (ISO 8601 UTC), the case after it as :func:`packed` makes it, and the chain hash."""

    number: int
    label: str
    at: str
    data: bytes
    chain: str

    def __post_init__(self) -> None:
        kinds = (int, str, str, bytes, str)
        values = (self.number, self.label, self.at, self.data, self.chain)
        # A column of SQLite holds whatever was put there.
        if any(type(value) is not kind for value, kind in zip(values, kinds, strict=True)):
            raise damaged("")


@dataclass(frozen=True, slots=True)
class Head:
    """Which revision of a case is its last."""

    case_id: CaseId
    pseudonym: str
    number: int
    chain: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A case as it was after an edit, as :func:`packed` makes it: what travels and what is put into a history."""

    data: bytes
    label: str
    at: str


def packed(case: Case) -> bytes:
    """Return a case as it is kept: canonical JSON, compressed; raise CaseInvalid when it could not be read again."""
    text = canonical_json(case)
    if len(text) > MOST_CASE_BYTES:
        raise CaseInvalid(
            f"The case holds {len(text) / 1e6:.1f} MB of text, above {MOST_CASE_BYTES / 1e6:.0f} MB. Shorten a note.",
            code="case-size",
        )
    return zlib.compress(text, 6)


def unpacked(data: bytes, *, where: str) -> Case:
    """Return the case that :func:`packed` made these bytes of.

    Raises
    ------
    CaseFileError
        When they are of no case, or of one that a newer program wrote.
    InputRefused
        When a field is unknown or breaks an invariant; the sentence names it.
    """
    text = unzipped(data, where=where)
    try:
        case = codec.decode(text, Case, where=where)
    except PlannerError:
        _refuse_newer(_schema_in(text), where)  # which explains better than its first unknown field
        raise
    _refuse_newer(case.schema, where)
    return case


def unzipped(data: bytes, *, where: str) -> bytes:
    """Return the JSON text of a revision; raise CaseFileError when it is cut, too long or none."""
    unzip = zlib.decompressobj()
    try:
        text = unzip.decompress(data, MOST_CASE_BYTES)
    except zlib.error as error:
        raise damaged(where) from error
    if not unzip.eof or unzip.unused_data:
        raise damaged(where)
    return text


def rewritten(data: bytes, change: Callable[[dict[str, Any]], None], *, where: str) -> bytes:
    """Return a kept case in which ``change`` has set fields of its plain form: a history is long, decoding it slow."""
    plain = json.loads(unzipped(data, where=where))
    change(plain)
    return zlib.compress(canonical_json(plain), 6)


def _schema_in(text: bytes) -> int:
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        return 0
    schema = plain.get("schema") if isinstance(plain, dict) else 0
    return schema if isinstance(schema, int) else 0


def _refuse_newer(schema: int, where: str) -> None:
    if schema > SCHEMA:
        raise CaseFileError(
            f"This case was written by a newer program (format {schema}, this one reads {SCHEMA}). Update Frostline.",
            code="case-newer",
            where=where,
        )


def heads(connection: sqlite3.Connection) -> tuple[Head, ...]:
    """Return the head of every case."""
    rows = connection.execute("SELECT case_id, pseudonym, n, chain FROM head").fetchall()
    return tuple(_head(row) for row in rows)


def head_of(connection: sqlite3.Connection, case_id: CaseId) -> Head | None:
    """Return the head of one case; None when it is not there."""
    row = connection.execute("SELECT case_id, pseudonym, n, chain FROM head WHERE case_id = ?", (case_id,)).fetchone()
    return None if row is None else _head(row)


def verified(connection: sqlite3.Connection, head: Head) -> tuple[Revision, ...]:
    """Return the whole history of a case, oldest first.

    Raises
    ------
    CaseFileError
        When a revision was altered, left out or cut off outside the program; the sentence names it.
    """
    revisions = _rows(connection, head.case_id, since=1)
    _verify(revisions, head, before=None)
    return revisions


def last_verified(connection: sqlite3.Connection, head: Head) -> Revision:
    """Return the last revision of a case, checked against the one before it; raises as :func:`verified`.

    A list of many cases reads this much only; the whole history is verified when a case is opened.
    """
    revisions = _rows(connection, head.case_id, since=head.number - 1)
    before = revisions[0] if len(revisions) == 2 else None
    _verify(revisions[-1:], head, before=before)
    return revisions[-1]


def case_of(last: Revision, head: Head, *, where: str) -> Case:
    """Return the case of a verified last revision; raise CaseFileError when the head names another."""
    case = unpacked(last.data, where=where)
    if (case.id, case.pseudonym) != (head.case_id, head.pseudonym):
        raise _altered(f"in its name: it says {case.pseudonym} of itself", head)
    return case


def put_history(connection: sqlite3.Connection, case: Case, history: Sequence[Edited]) -> Head:
    """Write a new case, named as ``case`` is, with its revisions, oldest first; return its head."""
    connection.execute("INSERT INTO head VALUES (?, ?, 0, '')", (case.id, case.pseudonym))
    head = Head(case.id, case.pseudonym, 0, "")
    for edited in history:
        head = append(connection, edited, head)
    return head


def append(connection: sqlite3.Connection, edited: Edited, head: Head) -> Head:
    """Add a revision after the last one; return the new head."""
    number, data = head.number + 1, edited.data
    chain = link(head.chain, head.case_id, (number, edited.label, edited.at, data))
    row = (head.case_id, number, edited.label, edited.at, data, chain)
    connection.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.execute("UPDATE head SET n = ?, chain = ? WHERE case_id = ?", (number, chain, head.case_id))
    return Head(head.case_id, head.pseudonym, number, chain)


def delete_history(connection: sqlite3.Connection, case_id: CaseId) -> None:
    """Take a case with all its revisions out of the file."""
    connection.execute("DELETE FROM revision WHERE case_id = ?", (case_id,))
    connection.execute("DELETE FROM head WHERE case_id = ?", (case_id,))


def link(before: str, case_id: str, revision: tuple[int, str, str, bytes]) -> str:
    """Return the chain hash over the one before and (number, label, at, data)."""
    number, label, at, data = revision
    parts = [before, case_id, number, label, at, hashlib.sha256(data).hexdigest()]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _rows(connection: sqlite3.Connection, case_id: CaseId, *, since: int) -> tuple[Revision, ...]:
    rows = connection.execute(
        "SELECT n, label, at, data, chain FROM revision WHERE case_id = ? AND n >= ? ORDER BY n", (case_id, since)
    ).fetchall()
    return tuple(Revision(*row) for row in rows)


def _head(row: tuple[str, str, int, str]) -> Head:
    case_id, pseudonym, number, chain = row
    if type(number) is not int or any(type(text) is not str for text in (case_id, pseudonym, chain)):
        raise damaged("")
    return Head(CaseId(case_id), pseudonym, number, chain)


def _verify(revisions: Sequence[Revision], head: Head, *, before: Revision | None) -> None:
    number, chain = (0, "") if before is None else (before.number, before.chain)
    for one in revisions:
        row = (one.number, one.label, one.at, one.data)
        if one.number != number + 1 or one.chain != link(chain, head.case_id, row):
            raise _altered(f"at revision {number + 1}, “{one.label}”", head)
        number, chain = one.number, one.chain
    if not revisions or (number, chain) != (head.number, head.chain):
        raise _altered(f"after revision {number}", head)


def _altered(place: str, head: Head) -> CaseFileError:
    return CaseFileError(
        f"This case was altered outside the program {place}. Use a copy or an export.",
        code="case-altered",
        where=head.pseudonym,
    )
