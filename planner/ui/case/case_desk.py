"""Which case is on the screen, and how does a page edit it? The pages' one door to the library and the open case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import PlannerError
from planner.services.casework import OpenCase
from planner.services.session import local_day, utc_now
from planner.ui.preferences import RECORDED_BY
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.casebook.library import CaseLibrary
    from planner.domain.case import Case
    from planner.domain.identity import CaseId
    from planner.services.case_commands import CaseCommand
    from planner.ui.desk import Desk

_REFUSED, _STALE = "REFUSED", "case-stale"


class CaseDesk(QObject):
    """The open case. ``opened`` after another (or none) is there, ``changed`` after every edit, also by undo.

    ``listed`` when cases were added, removed or edited: what lists them is to look again. ``named`` when somebody wrote
    by whom records are made.
    """

    opened = Signal()
    changed = Signal()
    listed = Signal()
    named = Signal()

    def __init__(self, desk: Desk, library: CaseLibrary) -> None:
        super().__init__()
        self.desk, self.library = desk, library
        self._open: OpenCase | None = None

    @property
    def open_case(self) -> OpenCase | None:
        """The open case with its history; None when there is none."""
        return self._open

    @property
    def case(self) -> Case | None:
        """The case as it stands; None when there is none."""
        return None if self._open is None else self._open.case

    def open(self, case_id: CaseId) -> bool:
        """Put a case on the screen; say in words why not when the library refuses."""
        return self.desk.attempt(lambda: self._put(OpenCase(self.library, case_id)))

    def close(self) -> None:
        """Put the case away; everything in it is kept already."""
        self._put(None)

    def apply(self, command: CaseCommand) -> bool:
        """Run one edit; say in words why not when it is refused."""
        opened = self._open
        is_done = opened is not None and self._attempt(lambda: opened.apply(command))
        if is_done and self.desk.who:
            self.desk.preferences.set_text(RECORDED_BY, self.desk.who)
        return is_done

    def apply_to(self, case_id: CaseId, command: CaseCommand) -> bool:
        """Run one edit of a case that is not on the screen, and leave the one that is."""

        def run() -> None:
            OpenCase(self.library, case_id).apply(command)
            self.listed.emit()

        return self._attempt(run)

    def undo(self) -> None:
        """Take the last edit of the case back and say what it was."""
        opened = self._open
        if opened is not None and opened.undo_label:
            label = opened.undo_label
            if self._attempt(opened.undo):
                self.desk.say(f"Undone: {label}.")

    def redo(self) -> None:
        """Repeat the edit taken back last and say what it was."""
        opened = self._open
        if opened is not None and opened.redo_label:
            label = opened.redo_label
            if self._attempt(opened.redo):
                self.desk.say(f"Redone: {label}.")

    def show_anew(self) -> None:
        """Show the case as the library holds it: what another window did to it comes in, and undo begins anew."""
        self.desk.unnotice(_REFUSED)
        if self._open is not None:
            self.desk.attempt(self._open.read_anew)

    def set_who(self, name: str) -> None:
        """Write by whom answers and records are made from now on."""
        if name != self.desk.who:
            self.desk.who = name
            self.named.emit()

    def forget_who(self) -> None:
        """Remember nobody on this computer."""
        self.desk.preferences.set_text(RECORDED_BY, "")

    def _greet(self) -> None:
        """Take the name of who recorded last on this computer, and say so: somebody else writes their own."""
        name = self.desk.preferences.text(RECORDED_BY)
        if name and not self.desk.who:
            self.set_who(name)
            self.desk.say(f"Recorded by {name}, as last time on this computer. Somebody else writes their own name.")

    def today(self) -> str:
        """Return the calendar day here, ISO: what is due is counted in days of the site."""
        return local_day()

    def ask_anew(self) -> None:
        """Show the open case, and the list, by the questions that the site asks now."""
        if self._open is not None:
            self.changed.emit()
        self.listed.emit()

    def now(self) -> str:
        """Return the time that an answer or a record made now carries, ISO 8601 UTC."""
        return utc_now()

    def _attempt(self, act: Callable[[], None]) -> bool:
        """Do something to the open case; when another window edited it meanwhile, offer to show it anew (H-37)."""
        try:
            act()
        except PlannerError as error:
            if error.code != _STALE:
                self.desk.refuse(error)
                return False
            close = ("Close", lambda: self.desk.unnotice(_REFUSED))
            self.desk.notice(Notice(_REFUSED, str(error), "fail", (("Show it anew", self.show_anew), close)))
            return False
        return True

    def _put(self, opened: OpenCase | None) -> None:
        if opened is not None:
            self._greet()
        self._open = opened
        if opened is not None:
            opened.subscribe(self._on_edit)
        self.opened.emit()

    def _on_edit(self) -> None:
        self.changed.emit()
        self.listed.emit()
