"""Which case is open, and how is it edited? The only door: check, keep in the library, tell the observers once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from planner.services.session import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.case import Case
    from planner.domain.identity import CaseId
    from planner.services.case_commands import CaseCommand


class CaseKeeper(Protocol):
    """Where cases are kept: :class:`planner.casebook.library.CaseLibrary`."""

    def read(self, case_id: CaseId) -> tuple[Case, int]:
        """Return a case and the number of its last revision."""

    def keep(self, case: Case, *, after: int, label: str, at: str) -> int:
        """Add a revision and return its number; refuse when another window added one after ``after``."""


class OpenCase:
    """One open case with its history. Every edit is kept at once; undo and redo are kept as revisions too."""

    def __init__(self, library: CaseKeeper, case_id: CaseId) -> None:
        self._library = library
        self._case, self._number = library.read(case_id)
        self._done: list[tuple[Case, str]] = []
        self._undone: list[tuple[Case, str]] = []
        self._listeners: list[Callable[[], None]] = []

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self._case

    @property
    def undo_label(self) -> str:
        """Verb phrase that undo would take back; empty when there is nothing."""
        return self._done[-1][1] if self._done else ""

    @property
    def redo_label(self) -> str:
        """Verb phrase that redo would repeat; empty when there is nothing."""
        return self._undone[-1][1] if self._undone else ""

    def apply(self, command: CaseCommand) -> None:
        """Run one edit.

        Raises
        ------
        CaseInvalid
            When the command refuses; nothing is changed.
        CaseFileError
            When the library refuses to keep it, or another window edited the case; nothing is changed.
        """
        before, after = self._case, command.apply(self._case)
        if after == before:
            return
        self._keep(after, command.label)
        self._case = after
        self._done.append((before, command.label))
        self._undone.clear()
        self._tell()

    def undo(self) -> None:
        """Take the last edit back; does nothing at the beginning."""
        self._step(self._done, self._undone, "undo")

    def redo(self) -> None:
        """Repeat the edit taken back last; does nothing at the end."""
        self._step(self._undone, self._done, "redo")

    def read_anew(self) -> None:
        """Show the case as the library holds it now: what another window did cannot be undone here."""
        self._case, self._number = self._library.read(self._case.id)
        self._done.clear()
        self._undone.clear()
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every change until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def _step(self, taken: list[tuple[Case, str]], given: list[tuple[Case, str]], verb: str) -> None:
        if not taken:
            return
        case, label = taken[-1]
        self._keep(case, f"{verb} {label}")
        taken.pop()
        given.append((self._case, label))
        self._case = case
        self._tell()

    def _keep(self, case: Case, label: str) -> None:
        self._number = self._library.keep(case, after=self._number, label=label, at=utc_now())

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()
