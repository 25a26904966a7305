"""What is on the desk? The open session, what is looked at, and the one way for panels to edit and to say something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import PlanFileError, PlannerError
from planner.ui.bridge import Bridge, MainThread
from planner.ui.ice_levels import remember_levels
from planner.ui.jobs import Jobs
from planner.ui.painting import Painting
from planner.ui.slices.schemes import remember_mouse
from planner.ui.view_state import ViewState
from planner.ui.window_keys import remember_windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.domain.geometry import PointLps
    from planner.persistence.blobs import BlobStore
    from planner.services.commands import Command
    from planner.services.jobs import JobRunner
    from planner.services.session import Session
    from planner.services.shared import SharedVolume
    from planner.ui.preferences import Preferences
    from planner.ui.widgets.banner import Notice


@dataclass(frozen=True)
class AppServices:
    """What the composition root gives the window.

    Parameters
    ----------
    blobs
        Store shared with the worker processes.
    start_runner
        Starts the workers; gets the function that puts callbacks onto the window's thread.
    plans_folder
        Where plans and reports are kept; made when first needed.
    """

    blobs: BlobStore
    start_runner: Callable[[Callable[[Callable[[], None]], None]], JobRunner]
    plans_folder: Path

    @property
    def cases_folder(self) -> Path:
        """Where the library of cases is kept: beside the plans."""
        return self.plans_folder.with_name("cases")


class Desk(QObject):
    """State of the window that is not in the plan, and the door to the session.

    ``opened`` after another session (or none) is there; ``closing`` before one goes; ``changed(Change)`` on every edit
    and prediction; ``said`` for the status line; ``noticed`` and ``unnoticed`` for banners; ``report_made`` after files
    were written; ``not_kept(PlannerError)`` when an edit was made and the disk refused it.
    """

    opened = Signal()
    closing = Signal()
    changed = Signal(object)
    said = Signal(str)
    noticed = Signal(object)
    unnoticed = Signal(str)
    not_kept = Signal(object)
    report_made = Signal()

    def __init__(self, services: AppServices, preferences: Preferences) -> None:
        super().__init__()
        self.services = services
        self.preferences = preferences
        self._to_main_thread = MainThread()
        self.jobs = Jobs(lambda: services.start_runner(self._to_main_thread))
        self.view = ViewState()
        remember_mouse(self.view, preferences)
        remember_windows(self.view, preferences)
        remember_levels(self.view, preferences)
        self.session: Session | None = None
        self.volume: SharedVolume | None = None
        self.who = ""
        self.report_folder = ""
        self.report_hash = ""
        self.report_case = ""  # pseudonym of the case whose pages the report carries
        self.copies_saved = 0
        self._bridge = Bridge()
        self._bridge.changed.connect(self.changed)
        self.jobs.refused.connect(self.refuse)
        self.painting = Painting(self)

    @property
    def blobs(self) -> BlobStore:
        """Store of the open session's arrays."""
        return self.services.blobs

    @property
    def report_is_current(self) -> bool:
        """Whether the last report was made from exactly the plan on the desk."""
        return bool(self.report_hash) and self.session is not None and self.session.plan_hash == self.report_hash

    def open(self, session: Session, volume: SharedVolume) -> None:
        """Put a session on the desk in place of the one there."""
        self.close_session()
        self.session, self.volume = session, volume
        self.report_folder = self.report_hash = self.report_case = ""
        self._bridge.follow(session)
        self.view.reset(session.volume.ref, session.volume.grid.centre_lps_mm)
        self.opened.emit()

    def close_session(self) -> None:
        """Keep and release what is open. Closing never asks: every step is kept."""
        self.jobs.cancel_of_plan()
        self.painting.settle()
        self.painting.forget()
        if self.session is not None:
            self.closing.emit()
            self._bridge.follow(None)
            self.attempt(self.session.close)
        self.session = self.volume = None

    def is_all_kept(self) -> bool:
        """Try once more to write what the disk refused; whether every edit of the open plan is in its file (H-34)."""
        session = self.session
        if session is None:
            return True
        try:
            session.keep_now()
        except PlannerError:
            return False
        return not session.unkept_edits

    def apply(self, command: Command) -> bool:
        """Run one edit; say in words why not when it is refused."""
        session = self.session
        return session is not None and self.attempt(lambda: session.apply(command, initiator="user"))

    def attempt(self, act: Callable[[], object]) -> bool:
        """Do something that may be refused; say in words why not."""
        try:
            act()
        except PlannerError as error:
            self.refuse(error)
            return False
        return True

    def undo(self) -> None:
        """Take the last edit back and say what it was; a stroke that is still on its way is the last edit."""
        if self.painting.cancel_stroke():
            self.say("The stroke under the hand is taken back.")
        else:
            self.painting.when_settled(self._undo)

    def _undo(self) -> None:
        if self.session is not None and self.session.undo_label:
            label = self.session.undo_label
            if self.attempt(self.session.undo):
                self.say(f"Undone: {label}.")

    def redo(self) -> None:
        """Repeat the edit taken back last and say what it was."""
        self.painting.when_settled(self._redo)

    def _redo(self) -> None:
        if self.session is not None and self.session.redo_label:
            label = self.session.redo_label
            if self.attempt(self.session.redo):
                self.say(f"Redone: {label}.")

    def look_at(self, lps_mm: PointLps) -> None:
        """Move the crosshair, and with it every view, to a point."""
        self.view.set_crosshair(lps_mm)

    def say(self, sentence: str) -> None:
        """Put a sentence into the status line."""
        self.said.emit(sentence)

    def notice(self, notice: Notice) -> None:
        """Show a banner while its sentence is true."""
        self.noticed.emit(notice)

    def unnotice(self, word: str) -> None:
        """Take a banner away."""
        self.unnoticed.emit(word)

    def refuse(self, error: PlannerError) -> None:
        """Say why something was not done: as a banner the user can read in peace."""
        from planner.ui.widgets.banner import Notice

        if isinstance(error, PlanFileError) and self.session is not None and self.session.unkept_edits:
            self.not_kept.emit(error)  # done, and in memory: nothing was refused but the writing
            return
        sentence = str(error)
        self.noticed.emit(Notice("REFUSED", sentence, "fail", (("Close", lambda: self.unnoticed.emit("REFUSED")),)))
