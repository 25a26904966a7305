"""Where do cases live? In one SQLite file of this computer, every edit a committed transaction (H-33, H-35).

Each case has a history of its own, chained by hashes (H-14). Any number of windows read and write: each edit says which
revision it was made from, and one made from an older one is refused (H-37). Who the patient is lies in another file.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.casebook.identities import Identities
from planner.casebook.library_schema import LIBRARY, reading, writing
from planner.casebook.revisions import (
    Edited,
    Head,
    Revision,
    append,
    case_of,
    delete_history,
    head_of,
    heads,
    last_verified,
    packed,
    put_history,
    verified,
)
from planner.domain.errors import CaseFileError, PlannerError
from planner.domain.identity import CaseId, PlanId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
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

    def has(self, case_id: CaseId) -> bool:
        """Whether a case of that id is here."""
        with reading(self.path, LIBRARY) as connection:
            return head_of(connection, case_id) is not None

    def find(self, pseudonym: str) -> CaseId | None:
        """Return the id of the case of that pseudonym; None when there is none."""
        with reading(self.path, LIBRARY) as connection:
            row = connection.execute("SELECT case_id FROM head WHERE pseudonym = ?", (pseudonym,)).fetchone()
        return None if row is None else CaseId(row[0])

    def add(self, case: Case, *, at: str, label: str = FIRST_LABEL) -> None:
        """Keep a new case; refuse an id or a pseudonym that the library has."""
        self.add_history(case, (Edited(packed(case), label, at),))

    def add_history(self, case: Case, history: Sequence[Edited], *, replacing: bool = False) -> None:
        """Keep a case with its revisions, oldest first and ``case`` the last, or nothing of it.

        Parameters
        ----------
        replacing
            Whether the case of that id, with its whole history, goes in the same transaction; otherwise an id or a
            pseudonym that the library has is refused (``case-exists``).
        """
        with writing(self.path, LIBRARY) as connection:
            if replacing:
                delete_history(connection, case.id)
            _require_new(connection, case, self.path.name)
            put_history(connection, case, history)

    def read(self, case_id: CaseId) -> tuple[Case, int]:
        """Return a case and the number of its last revision, after its whole history was verified.

        Raises
        ------
        CaseFileError
            When it is not there, or a revision was altered outside the program; the sentence names the revision.
        """
        with reading(self.path, LIBRARY) as connection:
            head = self._head(connection, case_id)
            last = verified(connection, head)[-1]
        return case_of(last, head, where=self.path.name), last.number

    def history(self, case_id: CaseId) -> tuple[HistoryRow, ...]:
        """Return what was done to a case, oldest first; raises as :meth:`read`."""
        return tuple(HistoryRow(one.number, one.label, one.at) for one in self.revisions(case_id))

    def revisions(self, case_id: CaseId) -> tuple[Revision, ...]:
        """Return the verified history of a case, oldest first; raises as :meth:`read`."""
        with reading(self.path, LIBRARY) as connection:
            return verified(connection, self._head(connection, case_id))

    def keep(self, case: Case, *, after: int, label: str, at: str) -> int:
        """Commit one edit and return its number; when this returns, the edit survives a power cut.

        Raises
        ------
        CaseFileError
            When another window edited the case after revision ``after`` (``case-stale``) or deleted it
            (``case-unknown``), or the disk refuses; nothing is changed.
        """
        with writing(self.path, LIBRARY) as connection:
            head = self._head(connection, case.id)
            if head.number != after:
                raise _stale(connection, head)
            if case.pseudonym != head.pseudonym:
                raise CaseFileError("A case keeps its pseudonym.", code="case-pseudonym-changed", where=head.pseudonym)
            return append(connection, Edited(packed(case), label, at), head).number

    def remove(self, case_id: CaseId, *, name: str) -> None:
        """Delete a case, its history and its identity; no CT and no plan file is touched.

        Parameters
        ----------
        name
            The case's pseudonym, typed by whoever deletes it; another one is refused.
        """
        with writing(self.path, LIBRARY) as connection:
            head = self._head(connection, case_id)
            if name.strip().upper() != head.pseudonym:
                raise CaseFileError(
                    f"To delete this case, type {head.pseudonym}. Nothing is deleted.",
                    code="case-name",
                    where=head.pseudonym,
                )
            # Identity first: broken off in between, a case without a name is left, and no name without a case.
            self.identities.remove(case_id)
            delete_history(connection, case_id)

    def _all(self) -> list[CaseRow]:
        """Return every case that can be read; those that cannot are in ``unreadable``."""
        fresh: list[tuple[Head, Revision]] = []
        seen: dict[CaseId, tuple[str, CaseRow]] = {}
        unreadable: list[UnreadableCase] = []
        with reading(self.path, LIBRARY) as connection:
            for head in heads(connection):
                known = self._seen.get(head.case_id)
                if known is not None and known[0] == head.chain:
                    seen[head.case_id] = known
                    continue
                with _noting(head, unreadable):
                    fresh.append((head, last_verified(connection, head)))
        for head, last in fresh:  # decoding takes seconds for many cases; meanwhile others write
            with _noting(head, unreadable):
                row = CaseRow(case_of(last, head, where=self.path.name), last.number, last.at)
                seen[head.case_id] = (head.chain, row)
        self._seen, self.unreadable = seen, tuple(unreadable)
        return [row for _, row in seen.values()]

    def _head(self, connection: sqlite3.Connection, case_id: CaseId) -> Head:
        head = head_of(connection, case_id)
        if head is None:
            raise self._unknown()
        return head

    def _unknown(self) -> CaseFileError:
        return CaseFileError(
            "This case is not in the library, or not any more.", code="case-unknown", where=self.path.name
        )


@contextmanager
def _noting(head: Head, unreadable: list[UnreadableCase]) -> Iterator[None]:
    """Note a case that is refused: one that was altered must not hide the others."""
    try:
        yield
    except PlannerError as error:
        unreadable.append(UnreadableCase(head.case_id, head.pseudonym, error.sentence))


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


def _stale(connection: sqlite3.Connection, head: Head) -> CaseFileError:
    """Say what another window did meanwhile (H-37)."""
    label = last_verified(connection, head).label
    return CaseFileError(
        f"Another window edited this case meanwhile: “{label}”. Your edit is not kept; show the case anew, then make it"
        " again.",
        code="case-stale",
        where=head.pseudonym,
    )
