"""When is the band around the ice computed? Once the result is there and the hand has rested; an edit ends it at once.

Two more predictions take as long as the one on the screen twice over, so they are made in a worker, quietly, and only
for a plan that somebody goes on looking at. What was made is kept by the plan's hash: undo brings it back at once. The
same range is what "Range of the ice" shows and the report prints; nothing else computes one.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner.domain.simulation import RESULT_SPACING_MM
from planner.services.session import ChangeKind
from planner.services.tasks import PredictRange

if TYPE_CHECKING:
    from planner.domain.errors import PlannerError
    from planner.domain.identity import Sha256
    from planner.services.session import Change, Session
    from planner.services.shared import SharedRange
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_REST_MS = 1500
"""After a result, before the band is begun: whoever is still working will have moved something by then."""
_SHORT_REST_MS = 150
"""When only isotherms are to be added: the predictions are there, edges take some tens of milliseconds."""
_KEPT = 12
_INPUTS = frozenset(
    (ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.PROBES, ChangeKind.PROTOCOL, ChangeKind.PLAN)
)


class BandLoop(QObject):
    """Keeps the range of the prediction in step with the plan on the desk while the band is shown.

    ``changed`` when :meth:`words` may say something else.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._job: RunningJob | None = None
        self._kept: OrderedDict[Sha256, SharedRange] = OrderedDict()
        self._refused: tuple[Sha256, str] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(lambda: self._start(is_quiet=True))
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)
        desk.view.changed.connect(self._on_view)

    @property
    def is_pending(self) -> bool:
        """Whether the band of the plan on the desk is waited for or under way."""
        return self._rest.isActive() or self._job is not None

    def words(self) -> str:
        """Say in a sentence whether there is a band, and if not, why."""
        session = self._desk.session
        if session is None or not session.result_is_current:
            return "No band: there is no prediction of the plan as it stands."
        if self._job is not None:
            return f"{self._job.words} …"
        if session.range_is_current:
            return "The band is of the plan as it stands. It bounds the coldest temperatures reached."
        if self._refused is not None and self._refused[0] == session.judged_hash:
            return f"No band: {self._refused[1]}"
        if not self._desk.view.show_band:
            return "The band is switched off."
        return "The band comes when the hand has rested for a moment."

    def ask(self) -> None:
        """Compute the band now, with its progress in the status line, and show it."""
        self._desk.view.set_flag("show_band", on=True)
        self._refused = None
        self._rest.stop()
        if self._job is None:
            self._start(is_quiet=False)
        else:
            self._job.is_quiet = False
            self._desk.jobs.changed.emit()

    # --- when ------------------------------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        self._cancel()
        self._kept.clear()
        self._settle()

    def _on_change(self, change: Change) -> None:
        if change.kinds & _INPUTS:
            self._cancel()
        self._settle()

    def _on_view(self, name: str) -> None:
        if name == "show_band" and not self._desk.view.show_band:
            self._cancel()
        if name in ("show_band", "levels_c"):
            self._settle()

    def _settle(self) -> None:
        """Show what is kept for the plan as it stands, and have made what is wanted and not there."""
        session = self._desk.session
        if session is not None:
            self._show_kept(session)
        if session is None or not self._is_wanted(session):
            self._rest.stop()
        elif self._job is None and not self._rest.isActive():
            self._rest.start(_SHORT_REST_MS if session.range_is_current else _REST_MS)
        self.changed.emit()

    def _is_wanted(self, session: Session) -> bool:
        if not self._desk.view.show_band or session.is_held or not session.result_is_current:
            return False
        if self._refused is not None and self._refused[0] == session.judged_hash:
            return False
        made = session.uncertainty if session.range_is_current else None
        return made is None or not made.has_levels(self._desk.view.levels_c)

    def _show_kept(self, session: Session) -> None:
        kept = self._kept.get(session.judged_hash)
        if kept is not None and session.result_is_current and session.uncertainty is not kept:
            session.show_range(kept)

    # --- what ------------------------------------------------------------------------------------------------------

    def _start(self, *, is_quiet: bool) -> None:
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None:
            return
        levels_c = set(self._desk.view.levels_c)
        if session.range_is_current and session.uncertainty is not None:
            levels_c |= {edges.level_c for edges in session.uncertainty.edges}
        asked = PredictRange(volume, session.plan, RESULT_SPACING_MM, tuple(sorted(levels_c, reverse=True)))
        self._job = self._desk.jobs.start(
            asked,
            verb="Predicting the range",
            on_done=self._receive,
            on_failed=self._on_failed,
            is_quiet=is_quiet,
            is_of_plan=True,
        )
        self.changed.emit()

    def _receive(self, made: SharedRange) -> None:
        job, self._job = self._job, None
        session = self._desk.session
        if session is None:
            return
        self._kept[made.prediction.plan_hash] = made
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        if session.show_range(made) and job is not None and not job.is_quiet:
            self._desk.say(_made_words(made))
        self._settle()

    def _on_failed(self, error: PlannerError) -> None:
        job, self._job = self._job, None
        session = self._desk.session
        if session is not None:
            self._refused = (session.judged_hash, str(error))
        if job is not None and not job.is_quiet:
            self._desk.refuse(error)
        self.changed.emit()

    def _cancel(self) -> None:
        """Stop what is under way; nothing of it is kept but what the store already has."""
        self._rest.stop()
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
            self._job = None


def _made_words(made: SharedRange) -> str:
    smallest, _, largest = (outcome.isotherms[0].volume_ml for outcome in made.prediction.cases)
    return (
        f"Ice within 0 °C: {smallest:.1f} to {largest:.1f} mL over the range of values. "
        f"The lines are {made.error_mm:g} mm wider each way."
    )
