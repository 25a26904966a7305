"""Which plans were used, which are open, and which did a window that ended leave open? Kept as plans come and go.

The open plan has a mark that counts its edits (H-21, H-35). When it is closed, and whenever it has been judged, what
the start page says of it is kept with a small picture. Nothing of this lies in settings (H-43).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner.domain.errors import PlanFileError
from planner.persistence.open_mark import OpenMark, drop_mark, left_mark, left_marks
from planner.persistence.planglance import glance_at
from planner.persistence.recent import RecentPlans
from planner.services.session import ChangeKind, utc_now
from planner.ui.background import Background
from planner.ui.start.plan_picture import plan_picture
from planner.ui.start.plan_rows import PlanRow, clock_words, kept_words, plan_rows, record_of

if TYPE_CHECKING:
    from pathlib import Path

    from planner.persistence.open_mark import LeftMark
    from planner.services.session import Change
    from planner.ui.desk import Desk

_FOLDER = "recent"
_BEAT_MS = 2_000
_SETTLED_MS = 1_500


class Recents(QObject):
    """The list of plans used before. ``changed`` when its rows are there or are others.

    ``recovered(str)`` with the sentence to say when a plan is opened that a window left open.
    """

    changed = Signal()
    recovered = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.store = RecentPlans(desk.services.plans_folder / _FOLDER)
        self.rows: tuple[PlanRow, ...] = ()
        self._mark: OpenMark | None = None
        self._opened_at = ""
        self._reader = Background(self, self._show)
        self._beat = QTimer(self)
        self._beat.setInterval(_BEAT_MS)
        self._beat.timeout.connect(self._note_time)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._keep_when_at_rest)
        desk.opened.connect(self._on_opened)
        desk.closing.connect(self._on_closing)
        desk.changed.connect(self._on_change)

    # --- the list ----------------------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether the files are being looked at."""
        return self._reader.is_busy

    @property
    def has_any(self) -> bool:
        """Whether there is anything to list, before the files are looked at."""
        folder = self._desk.services.plans_folder
        with contextlib.suppress(OSError):
            return next(folder.glob("*.frostline"), None) is not None or any(not r.is_off for r in self.store.all())
        return False

    def refresh(self) -> None:
        """Look at the files again, in the background; ``changed`` follows."""
        store, folder, own = self.store, self._desk.services.plans_folder, self._own_path()
        self._reader.ask(lambda: plan_rows(store, folder, own=own))

    def take_off(self, row: PlanRow) -> None:
        """Take a plan off the list. Its file stays where it is."""
        drop_mark(self.store.mark_of(row.path))
        self.store.take_off(row.record)
        self.refresh()

    def found_at(self, row: PlanRow, path: Path) -> str:
        """Keep where a plan is now; return why that file is not it, empty when it is."""
        try:
            found = str(glance_at(path).plan.id)
        except PlanFileError as error:
            if error.code != "plan-locked":
                return error.sentence
            found = row.record.plan_id  # open elsewhere: opening it verifies it
        if row.record.plan_id and found != row.record.plan_id:
            return f"{path.name} holds another plan. “{row.record.name}” stays on the list as not found."
        self.store.move(row.record, path)
        self.refresh()
        return ""

    # --- left open ---------------------------------------------------------------------------------------------------

    def left_open(self) -> LeftMark | None:
        """Return the latest plan that a window left open when it ended; its file must still be there."""
        return next((mark for mark in left_marks(self.store.folder) if mark.path.is_file()), None)

    def left_words(self, left: LeftMark) -> str:
        """Say when the plan's window ended and how many of its edits are kept."""
        try:
            steps: int | None = glance_at(left.path).steps
        except PlanFileError:
            steps = None
        return self._words(left, steps=steps)

    def _words(self, left: LeftMark, *, steps: int | None) -> str:
        known = self.store.of(left.path)
        name = known.name if known is not None else left.path.stem
        return f"“{name}” closed unexpectedly at {clock_words(left.at)}. {kept_words(left, steps=steps)}"

    def leave(self, left: LeftMark) -> None:
        """Do not offer a plan again; it stays on the list."""
        drop_mark(self.store.mark_of(left.path))
        self.refresh()

    # --- following the desk ------------------------------------------------------------------------------------------

    def _own_path(self) -> Path | None:
        session = self._desk.session
        return session.file_path if session is not None else None

    def _on_opened(self) -> None:
        session, path = self._desk.session, self._own_path()
        if session is None or path is None or self._mark is not None:
            return
        self._opened_at = utc_now()
        left = left_mark(self.store.mark_of(path))
        if not session.is_read_only:
            # Without a mark a crash is not told; the plan itself is kept all the same.
            with contextlib.suppress(OSError):
                mark = self.store.mark_of(path)
                self._mark = OpenMark(mark, path, steps=session.steps_at_open, at=self._opened_at)
                self._beat.start()
        self._keep()
        if left is not None:
            self.recovered.emit(self._words(left, steps=session.steps_at_open))

    def _on_change(self, change: Change) -> None:
        session = self._desk.session
        if session is None or change.kinds == {ChangeKind.PREVIEW}:
            return
        if self._mark is None and self._own_path() is not None:
            self._on_opened()  # a plan without a home has found one
        if self._mark is not None and not session.is_held:
            self._mark.note(session.edits_made, at=utc_now())
        if change.kinds & {ChangeKind.RESULT, ChangeKind.ASSESSMENT}:
            self._settled.start()

    def _on_closing(self) -> None:
        self._settled.stop()
        self._beat.stop()
        self._keep()
        if self._mark is not None:
            self._mark.release()
            self._mark = None

    def _note_time(self) -> None:
        if self._mark is not None:
            self._mark.beat(utc_now())

    def _keep_when_at_rest(self) -> None:
        """Keep what is known and the picture, but never under a moving hand."""
        session = self._desk.session
        if session is not None and session.is_held:
            self._settled.start()
        else:
            self._keep()

    def _keep(self) -> None:
        session, path = self._desk.session, self._own_path()
        if session is None or path is None:
            return
        record = record_of(session, path=path, opened_at=self._opened_at, known=self.store.of(path))
        self.store.keep(record, plan_picture(session))

    def _show(self, rows: tuple[PlanRow, ...]) -> None:
        self.rows = rows
        self.changed.emit()
