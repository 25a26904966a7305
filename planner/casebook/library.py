"""Where do cases live? In one SQLite file of this computer, every edit a committed transaction (H-33, H-35).

Each case has a history of its own, chained by hashes (H-14). Any number of windows read and write: each edit says which
revision it was made from, and one made from an older one is refused (H-37). Who the patient is lies in another file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.casebook.identities import Identities
from planner.casebook.library_schema import LIBRARY, Revision, link, packed, reading, unpacked, writing
from planner.domain.errors import CaseFileError, PlannerError
from planner.domain.identity import CaseId, PlanId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from planner.domain.case import Case

FIRST_LABEL = "open the case"


class CaseState(StrEnum):
    """Which cases a list shows."""

    OPEN = "open"
    ARCHIVED = "archived"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list: ``number`` of its last revision, made ``edited_at``, ISO 8601 UTC."""

    case: Case
    number: int
    edited_at: str


@dataclass(frozen=True, slots=True)
class UnreadableCase:
    """A case that the list cannot show, and why."""

    case_id: CaseId
    pseudonym: str
    sentence: str


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One revision: what was done and when, ISO 8601 UTC."""

    number: int
    label: str
    at: str


class CaseLibrary:
    """The cases in ``folder``; its files are made with the first case, and no file stays open between two calls.

    Every method raises CaseFileError when the files cannot be read or written, or are newer, foreign or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cases.sqlite"
        self.identities = Identities(folder / "patients.sqlite")
        self.unreadable: tuple[UnreadableCase, ...] = ()
        self._seen: dict[CaseId, tuple[str, CaseRow]] = {}

    def rows(
        self, query: str = "", *, state: CaseState = CaseState.OPEN, with_identity: bool = False
    ) -> tuple[CaseRow, ...]:
        """Return the cases in which every word of ``query`` occurs, the last edited first.

        Parameters
        ----------
        query
            Looked for in pseudonym, problem, plans and targets, in any case; empty: all.
        with_identity
            Whether to look among the patients' names and numbers too.
        """
        words = query.casefold().split()
        names = self.identities.all() if with_identity and words else {}
        found = []
        for row in self._all():
            if state is not CaseState.ALL and row.case.is_archived != (state is CaseState.ARCHIVED):
                continue
            identity = names.get(row.case.id)
            text = _searched(row.case, "" if identity is None else f"{identity.label} {identity.patient_id}")
            if all(word in text for word in words):
                found.append(row)
        return tuple(sorted(found, key=lambda row: row.edited_at, reverse=True))

    def cases_of_plan(self, plan_id: PlanId) -> tuple[CaseId, ...]:
        """Return the cases that a plan is in, the archived ones too."""
        return tuple(row.case.id for row in self._all() if row.case.plan(plan_id) is not None)

    def find(self, pseudonym: str) -> CaseId | None:
        """Return the id of the case of that pseudonym; None when there is none."""
        if not self.path.exists():
            return None
        with reading(self.path, LIBRARY) as connection:
            row = connection.execute("SELECT case_id FROM head WHERE pseudonym = ?", (pseudonym,)).fetchone()
        return None if row is None else CaseId(row[0])

    def add(self, case: Case, *, at: str, label: str = FIRST_LABEL) -> None:
        """Keep a new case; refuse an id or a pseudonym that the library has."""
        self.add_history(((case, label, at),))

    def add_history(self, revisions: Sequence[tuple[Case, str, str]]) -> None:
        """Keep a new case with its revisions (case, label, at), oldest first, or nothing of it."""
        with writing(self.path, LIBRARY) as connection:
            _require_new(connection, revisions[-1][0], self.path.name)
            _put_history(connection, revisions)

    def replace_history(self, revisions: Sequence[tuple[Case, str, str]]) -> None:
        """Put a case with its revisions in the place of the one of its id, or keep that one as it is."""
        case = revisions[-1][0]
        with writing(self.path, LIBRARY) as connection:
            _remove(connection, case.id)
            _require_new(connection, case, self.path.name)
            _put_history(connection, revisions)

    def read(self, case_id: CaseId) -> tuple[Case, int]:
        """Return a case and the number of its last revision, after its whole history was verified.

        Raises
        ------
        CaseFileError
            When it is not there, or a revision was altered outside the program; the sentence names the revision.
        """
        revisions = self.revisions(case_id)
        return unpacked(revisions[-1].data, where=self.path.name), revisions[-1].number

    def history(self, case_id: CaseId) -> tuple[HistoryRow, ...]:
        """Return what was done to a case, oldest first; raises as :meth:`read`."""
        return tuple(HistoryRow(one.number, one.label, one.at) for one in self.revisions(case_id))

    def revisions(self, case_id: CaseId) -> tuple[Revision, ...]:
        """Return the verified history of a case, oldest first; raises as :meth:`read`."""
        if not self.path.exists():
            raise self._unknown()
        with reading(self.path, LIBRARY) as connection:
            head = connection.execute("SELECT n, chain, pseudonym FROM head WHERE case_id = ?", (case_id,)).fetchone()
            rows = connection.execute(
                "SELECT n, label, at, data, chain FROM revision WHERE case_id = ? ORDER BY n", (case_id,)
            ).fetchall()
        if head is None:
            raise self._unknown()
        revisions = tuple(Revision(*row) for row in rows)
        self._verify(case_id, revisions, head)
        return revisions

    def keep(self, case: Case, *, after: int, label: str, at: str) -> int:
        """Commit one edit and return its number; when this returns, the edit survives a power cut.

        Raises
        ------
        CaseFileError
            When another window edited the case after revision ``after`` (``case-stale``) or deleted it
            (``case-unknown``), or the disk refuses; nothing is changed.
        """
        with writing(self.path, LIBRARY) as connection:
            head = connection.execute("SELECT n, chain, pseudonym FROM head WHERE case_id = ?", (case.id,)).fetchone()
            if head is None:
                raise self._unknown()
            number, chain, pseudonym = head
            if number != after:
                last = connection.execute(
                    "SELECT label FROM revision WHERE case_id = ? AND n = ?", (case.id, number)
                ).fetchone()
                raise CaseFileError(
                    f"Another window edited this case meanwhile: “{last[0] if last else ''}”. Your edit is not kept;"
                    " show the case anew, then make it again.",
                    code="case-stale",
                    where=pseudonym,
                )
            if case.pseudonym != pseudonym:
                raise CaseFileError("A case keeps its pseudonym.", code="case-pseudonym-changed", where=pseudonym)
            _append(connection, case, (number + 1, label, at), before=chain)
        return int(number) + 1

    def remove(self, case_id: CaseId, *, name: str) -> None:
        """Delete a case, its history and its identity; no CT and no plan file is touched.

        Parameters
        ----------
        name
            The case's pseudonym, typed by whoever deletes it; another one is refused.
        """
        with writing(self.path, LIBRARY) as connection:
            row = connection.execute("SELECT pseudonym FROM head WHERE case_id = ?", (case_id,)).fetchone()
            if row is None:
                raise self._unknown()
            if name.strip().upper() != row[0]:
                raise CaseFileError(
                    f"Type {row[0]} to delete this case. Nothing is deleted.", code="case-name", where=row[0]
                )
            # Identity first: broken off in between, a case without a name is left, and no name without a case.
            self.identities.remove(case_id)
            _remove(connection, case_id)

    # --- reading all -------------------------------------------------------------------------------------------------

    def _all(self) -> list[CaseRow]:
        """Return every case that can be read; those that cannot are in ``unreadable``."""
        if not self.path.exists():
            self._seen, self.unreadable = {}, ()
            return []
        with reading(self.path, LIBRARY) as connection:
            heads = connection.execute("SELECT case_id, n, chain, pseudonym FROM head").fetchall()
            fresh, unreadable = {}, []
            for name, number, chain, pseudonym in heads:
                case_id = CaseId(name)
                known = self._seen.get(case_id)
                if known is not None and known[0] == chain:
                    fresh[case_id] = known
                    continue
                rows = connection.execute(
                    "SELECT n, label, at, data, chain FROM revision WHERE case_id = ? AND n >= ? ORDER BY n",
                    (case_id, number - 1),
                ).fetchall()
                try:
                    row = self._last(case_id, [Revision(*row) for row in rows], (number, chain, pseudonym))
                    fresh[case_id] = (chain, row)
                except PlannerError as error:
                    unreadable.append(UnreadableCase(case_id, pseudonym, error.sentence))
        self._seen, self.unreadable = fresh, tuple(unreadable)
        return [row for _, row in fresh.values()]

    def _last(self, case_id: CaseId, last: list[Revision], head: tuple[int, str, str]) -> CaseRow:
        """Return the last revision, checked against the one before and the head."""
        first = last[0] if len(last) == 2 else None
        self._verify(case_id, tuple(last[-1:]), head, before=first)
        return CaseRow(unpacked(last[-1].data, where=self.path.name), last[-1].number, last[-1].at)

    def _verify(
        self,
        case_id: CaseId,
        revisions: tuple[Revision, ...],
        head: tuple[int, str, str],
        before: Revision | None = None,
    ) -> None:
        """Refuse a history of which a revision was altered, left out or cut off."""
        number, chain = (0, "") if before is None else (before.number, before.chain)
        for one in revisions:
            expected = link(chain, case_id, (one.number, one.label, one.at, one.data))
            if one.number != number + 1 or one.chain != expected:
                raise self._altered(f"at revision {number + 1}, “{one.label}”", head[2])
            number, chain = one.number, one.chain
        if (number, chain) != (head[0], head[1]):
            raise self._altered(f"after revision {number}", head[2])

    def _altered(self, place: str, pseudonym: str) -> CaseFileError:
        return CaseFileError(
            f"This case was altered outside the program {place}. Use a copy or an export.",
            code="case-altered",
            where=pseudonym,
        )

    def _unknown(self) -> CaseFileError:
        return CaseFileError(
            "This case is not in the library (any more).", code="case-unknown", where=self.path.parent.name
        )


def _searched(case: Case, identity: str) -> str:
    """Return the text that a search looks into."""
    plans = [f"{plan.name} {' '.join(plan.targets)} {' '.join(plan.atlas_ids)}" for plan in case.plans]
    return " ".join((case.pseudonym, case.problem, *plans, identity)).casefold()


def _require_new(connection: sqlite3.Connection, case: Case, where: str) -> None:
    taken = connection.execute(
        "SELECT pseudonym FROM head WHERE case_id = ? OR pseudonym = ?", (case.id, case.pseudonym)
    ).fetchone()
    if taken is not None:
        raise CaseFileError(
            f"The library has a case {taken[0]} already. Choose another pseudonym.", code="case-exists", where=where
        )


def _put_history(connection: sqlite3.Connection, revisions: Sequence[tuple[Case, str, str]]) -> None:
    first = revisions[0][0]
    connection.execute("INSERT INTO head VALUES (?, ?, 0, '')", (first.id, first.pseudonym))
    chain = ""
    for number, (case, label, at) in enumerate(revisions, start=1):
        chain = _append(connection, case, (number, label, at), before=chain)


def _append(connection: sqlite3.Connection, case: Case, row: tuple[int, str, str], *, before: str) -> str:
    """Add a revision (number, label, at) and make it the last; return its chain hash."""
    data = packed(case)
    chain = link(before, case.id, (*row, data))
    connection.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?)", (case.id, *row, data, chain))
    connection.execute("UPDATE head SET n = ?, chain = ? WHERE case_id = ?", (row[0], chain, case.id))
    return chain


def _remove(connection: sqlite3.Connection, case_id: CaseId) -> None:
    connection.execute("DELETE FROM revision WHERE case_id = ?", (case_id,))
    connection.execute("DELETE FROM head WHERE case_id = ?", (case_id,))
