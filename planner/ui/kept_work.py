"""Is all work on the disk, and was it left in order? What the disk refuses, and what a crash left, stays on show.

Edits that could not be written are in memory, tried again every few seconds, and hold the window open until they are
written, copied elsewhere, or given up in so many words (H-34). A plan that a window left open says so (H-21, H-35).
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.domain.errors import PlannerError
    from planner.persistence.open_mark import LeftMark
    from planner.services.session import Session
    from planner.ui.desk import Desk
    from planner.ui.opening import CaseOpener
    from planner.ui.recents import Recents

NOT_KEPT, RECOVERED = "NOT KEPT", "RECOVERED"
_AGAIN_MS = 3_000
_FULL_BYTES = 5_000_000


class KeptWork(QObject):
    """Notices about kept work. ``save_copy`` asks the user where a copy goes; ``close`` closes the window."""

    def __init__(
        self,
        desk: Desk,
        opener: CaseOpener,
        recents: Recents,
        *,
        save_copy: Callable[[], None],
        close: Callable[[], object],
    ) -> None:
        super().__init__(desk)
        self._desk, self._opener, self._recents = desk, opener, recents
        self._save_copy, self._close = save_copy, close
        self._gives_up = False
        self._wants_to_close = self._is_shown = False
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._try_again)
        desk.not_kept.connect(self._on_refused)
        desk.opened.connect(self._on_opened)
        desk.closing.connect(self._clear)
        desk.changed.connect(lambda _change: self._look())
        recents.recovered.connect(self._show_recovered)

    # --- what the disk refused ---------------------------------------------------------------------------------------

    def may_close(self) -> bool:
        """Whether the window may go; when edits are in memory only, a banner offers the ways on."""
        if self._gives_up or self._desk.is_all_kept():
            return True
        self._wants_to_close = True
        self._show()
        return False

    def _on_opened(self) -> None:
        self._gives_up = self._wants_to_close = False
        self._look()

    def _on_refused(self, _error: PlannerError) -> None:
        self._look()

    def _look(self) -> None:
        """Show the banner while it is true; every edit tells it again, with the count as it is then."""
        session = self._desk.session
        if session is not None and (session.unkept_edits or session.has_no_home):
            self._show()
        elif self._is_shown:
            self._clear()
            self._desk.say("Every edit is on the disk again.")

    def _show(self) -> None:
        session = self._desk.session
        if session is None:
            return
        sentence = not_kept_words(session, self._desk.services.plans_folder)
        ways: tuple[tuple[str, Callable[[], None]], ...] = (("Save a copy", self._copy), ("Try again", self._try_aloud))
        if self._wants_to_close:
            ways = (("Save a copy", self._copy), (f"Close and lose {_edits(session.unkept_edits)}", self._give_up))
        if session.has_no_home:
            ways = tuple(way for way in ways if way[0] != "Try again")
        self._is_shown = True
        self._desk.notice(Notice(NOT_KEPT, sentence, "fail", ways))
        if not session.has_no_home:
            self._again.start()

    def _clear(self) -> None:
        self._again.stop()
        self._is_shown = False
        self._desk.unnotice(NOT_KEPT)

    def _copy(self) -> None:
        """Write a copy with everything in it; a plan without a home has it there, and another one may be left then."""
        before = self._copies()
        self._save_copy()
        session = self._desk.session
        if session is None or self._copies() == before:
            return
        if session.has_no_home or session.unkept_edits:
            self._gives_up = True  # everything is in the copy
            self._desk.say("The copy holds every edit. The window may be closed, or the copy opened.")
        self._look()

    def _copies(self) -> int:
        return self._desk.copies_saved

    def _try_again(self) -> None:
        self._desk.is_all_kept()
        self._look()

    def _try_aloud(self) -> None:
        self._try_again()
        if self._is_shown:
            self._desk.say("The disk still takes nothing. The edits stay in memory.")

    def _give_up(self) -> None:
        self._gives_up = True
        self._close()

    # --- what a crash left -------------------------------------------------------------------------------------------

    def offer_recovery(self) -> None:
        """Offer the plan that was open when a window ended without closing it."""
        left = self._recents.left_open()
        if left is None:
            return
        buttons = (("Open recovered plan", lambda: self._reopen(left)), ("Leave it", lambda: self._leave(left)))
        self._desk.notice(Notice(RECOVERED, self._recents.left_words(left), "check", buttons))

    def _reopen(self, left: LeftMark) -> None:
        self._opener.open_plan(left.path)

    def _leave(self, left: LeftMark) -> None:
        self._recents.leave(left)
        self._desk.unnotice(RECOVERED)

    def _show_recovered(self, sentence: str) -> None:
        """Say it until the user has seen that everything is there (H-21)."""
        close = ("Close", lambda: self._desk.unnotice(RECOVERED))
        self._desk.notice(Notice(RECOVERED, sentence, "check", (close,)))


def not_kept_words(session: Session, plans_folder: Path) -> str:
    """Say why edits are in memory only, how many they are, and what helps."""
    folder = session.file_path.parent if session.file_path is not None else plans_folder
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        free = None
    where = f"“{session.plan.name}”"
    if session.has_no_home:
        return f"{where} has no file: {folder} takes none. It is in memory only; save a copy elsewhere."
    count = session.unkept_edits
    kept = f"{_edits(count)} {'is' if count == 1 else 'are'} in memory only"
    if free is not None and free < _FULL_BYTES:
        return (
            f"The disk is full: {free / 1e6:.1f} MB left where {where} is kept. {kept}; free some space or save a copy."
        )
    return f"The disk refuses {where}. {kept}; check the folder, or save a copy elsewhere."


def _edits(count: int) -> str:
    return f"{count} {'edit' if count == 1 else 'edits'}"
