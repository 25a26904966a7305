"""When is the ice predicted anew? After every edit, once the hand rests; late answers are dropped, known ones kept."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner.domain.simulation import RESULT_SPACING_MM
from planner.services.session import ChangeKind
from planner.services.tasks import Predict, Prediction
from planner.ui.steps import missing_for_prediction
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from planner.domain.errors import PlannerError
    from planner.domain.identity import Sha256
    from planner.services.session import Change
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_REST_MS = 300
_PREVIEW_SPACING_MM = 2.0
_KEPT = 24
_INPUTS = frozenset(
    (ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.PROBES, ChangeKind.PROTOCOL, ChangeKind.PLAN)
)


class PredictionLoop(QObject):
    """Keeps the desk's prediction in step with its plan.

    A coarse preview is asked for beside the result, so that a picture is there early; it never replaces the result.
    """

    failed = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._jobs: list[RunningJob] = []
        self._kept: OrderedDict[Sha256, Prediction] = OrderedDict()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._ask)
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)

    @property
    def final(self) -> Prediction | None:
        """The full-grade prediction of exactly the plan on the desk; None while there is none."""
        session = self._desk.session
        return self._kept.get(session.plan.hash) if session is not None else None

    @property
    def is_pending(self) -> bool:
        """Whether a prediction is waited for or under way."""
        return self._rest.isActive() or bool(self._jobs)

    def _on_opened(self) -> None:
        self._cancel()
        self._kept.clear()
        self._desk.unnotice("STALE")
        self._rest.start()

    def _on_change(self, change: Change) -> None:
        if change.kinds & _INPUTS:
            self._cancel()
            if not self._show_kept():
                self._rest.start()
        self._show_staleness()

    def _cancel(self) -> None:
        self._rest.stop()
        for job in self._jobs:
            self._desk.jobs.cancel(job)
        self._jobs.clear()

    def _show_kept(self) -> bool:
        session = self._desk.session
        kept = self.final
        if session is None or kept is None:
            return False
        return session.show_prediction(kept.result.open(self._desk.blobs), kept.assessment)

    def _ask(self) -> None:
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None or missing_for_prediction(session.plan):
            return
        for spacing_mm, is_preview in ((_PREVIEW_SPACING_MM, True), (RESULT_SPACING_MM, False)):
            job = self._desk.jobs.start(
                Predict(volume, session.plan, spacing_mm),
                verb="Previewing the ice" if is_preview else "Predicting the ice",
                on_done=partial(self._receive, is_final=not is_preview),
                on_failed=_ignore if is_preview else self._on_failed,
                is_quiet=is_preview,
                is_of_plan=True,
            )
            self._jobs.append(job)
        self._show_staleness()

    def _receive(self, prediction: Prediction, *, is_final: bool) -> None:
        session = self._desk.session
        if session is None:
            return
        if is_final:
            self._kept[prediction.assessment.plan_hash] = prediction
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            self._jobs.clear()
        elif session.plan.hash in self._kept:
            return
        session.show_prediction(prediction.result.open(self._desk.blobs), prediction.assessment)
        self.failed.emit("")

    def _on_failed(self, error: PlannerError) -> None:
        self._jobs.clear()
        self.failed.emit(str(error))
        self._desk.unnotice("STALE")
        self._desk.notice(
            Notice("NO PREDICTION", str(error), "check", (("Close", lambda: self._desk.unnotice("NO PREDICTION")),))
        )

    def _show_staleness(self) -> None:
        session = self._desk.session
        if session is None or session.result is None or session.result_is_current:
            self._desk.unnotice("STALE")
            if session is not None and session.result_is_current:
                self._desk.unnotice("NO PREDICTION")
            return
        missing = missing_for_prediction(session.plan)
        rest = missing or ("Recomputing." if self.is_pending else "")
        what = f"undone: {session.redo_label}" if session.redo_label else session.undo_label or "an edit"
        self._desk.notice(Notice("STALE", f"The plan changed after this prediction ({what}). {rest}".strip(), "check"))


def _ignore(error: PlannerError) -> None:
    """Leave the refusal of a preview to the result, which refuses with the same words."""
    del error
