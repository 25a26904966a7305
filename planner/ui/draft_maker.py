"""Is the working copy there when the hand comes down? It is made in a thread as soon as a structure may be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRunnable, QThreadPool

from planner.domain.errors import PlannerError
from planner.services.mask_draft import MaskDraft

if TYPE_CHECKING:
    from planner.domain.identity import BlobRef
    from planner.services.session import Session


class _Making(QRunnable):
    """Copies one mask; no Qt object is touched."""

    def __init__(self, session: Session, ref: BlobRef) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self._session, self.ref = session, ref
        self.draft: MaskDraft | None = None

    def run(self) -> None:
        """Copy; one that cannot be read is refused where it is taken."""
        try:
            self.draft = MaskDraft(self._session.volume, self._session.blobs.get(self.ref))
        except PlannerError:
            self.draft = None


class DraftMaker(QObject):
    """Makes one working copy ahead: of a mask of the whole body it takes longer than a hand may wait."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._made: _Making | None = None

    def want(self, session: Session, ref: BlobRef) -> None:
        """Make the copy of a mask that will probably be drawn."""
        if self._made is None or self._made.ref != ref:
            self._made = _Making(session, ref)
            self._pool.start(self._made)

    def take(self, session: Session, ref: BlobRef) -> MaskDraft:
        """Return the copy of a mask, waiting for it when it is under way; raises InputRefused when it is missing."""
        made, self._made = self._made, None
        if made is not None:
            self._pool.waitForDone()
        if made is not None and made.ref == ref and made.draft is not None:
            return made.draft
        return MaskDraft(session.volume, session.blobs.get(ref))

    def forget(self) -> None:
        """Let go of what was made ahead."""
        self._pool.waitForDone()
        self._made = None
