"""When is the ice predicted anew? A preview at every edit, the result once the hand rests; late answers are dropped.

While a probe is dragged one preview is under way at a time, and when it comes back the next is asked for where the hand
is by then: the newest place always wins and nothing queues up. The result follows when the hand lets go.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner.domain.simulation import RESULT_SPACING_MM
from planner.services.preview_tasks import PreviewIce
from planner.services.session import ChangeKind
from planner.services.tasks import Predict, Prediction
from planner.ui.steps import missing_for_prediction
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from planner.domain.errors import PlannerError
    from planner.domain.geometry import Grid
    from planner.domain.identity import Sha256
    from planner.services.preview_tasks import PreviewedIce
    from planner.services.session import Change
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_REST_MS = 300
# A hand that holds still for this long is about to let go, or looks: both give the result time.
_HELD_REST_MS = 150
_KEPT = 24
_INPUTS = frozenset(
    (ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.PROBES, ChangeKind.PROTOCOL, ChangeKind.PLAN)
)


class PredictionLoop(QObject):
    """Keeps the desk's prediction in step with its plan.

    A preview is shown while there is no result for the plan as it stands; it never replaces the result.
    """

    failed = Signal(str)
    previewed = Signal(float, float)
    """A preview is shown: when it was asked for (monotonic time), and how long it took where it was made, s."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._job: RunningJob | None = None
        self._preview: RunningJob | None = None
        self._is_preview_behind = False
        self._preview_box: Grid | None = None
        self._kept: OrderedDict[Sha256, Prediction] = OrderedDict()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._ask)
        self._held_rest = QTimer(self)
        self._held_rest.setSingleShot(True)
        self._held_rest.setInterval(_HELD_REST_MS)
        self._held_rest.timeout.connect(self._ask_ahead)
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)

    @property
    def final(self) -> Prediction | None:
        """The full-grade prediction of exactly the plan on the desk; None while there is none."""
        session = self._desk.session
        return self._kept.get(session.judged_hash) if session is not None else None

    @property
    def is_pending(self) -> bool:
        """Whether a prediction is waited for or under way."""
        return self._rest.isActive() or (self._job is not None and not self._job.cancelled)

    def _on_opened(self) -> None:
        self._cancel()
        self._kept.clear()
        self._preview, self._is_preview_behind, self._preview_box = None, False, None
        self._desk.unnotice("STALE")
        self._ask_preview()
        self._rest.start()

    def _on_change(self, change: Change) -> None:
        session = self._desk.session
        if session is None:
            return
        if change.kinds & _INPUTS:
            self._cancel()
            if not self._show_kept():
                self._ask_preview()
                (self._held_rest if session.is_held else self._rest).start()
        elif ChangeKind.GESTURE in change.kinds and not session.result_is_current:
            self._let_go()
        self._show_staleness()

    @property
    def _is_followed(self) -> bool:
        """Whether a preview is shown in place of the stale prediction, or is about to be."""
        session = self._desk.session
        return session is not None and (
            session.preview is not None or (session.is_trailed and self._preview is not None)
        )

    def _cancel(self) -> None:
        """Stop what works on the result of an older plan. A preview under way ends sooner than it could be stopped."""
        self._rest.stop()
        self._held_rest.stop()
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
            self._job = None

    def _ask_ahead(self) -> None:
        """Begin the result of where a hand rests that still holds on; the ice under the hand comes first."""
        session = self._desk.session
        if session is None or not session.is_held or self._job is not None or self.final is not None:
            return
        if self._preview is not None:
            self._held_rest.start()
        else:
            self._ask()

    def _let_go(self) -> None:
        """Have the result now: made while the hand rested, under way since then, or asked for."""
        self._rest.stop()
        self._held_rest.stop()
        if self._job is not None:
            return
        if self._show_kept():
            self._make_room()
        else:
            self._ask()

    def _show_kept(self) -> bool:
        session = self._desk.session
        kept = self.final
        if session is None or kept is None:
            return False
        return session.show_prediction(kept.result.open(self._desk.blobs), kept.assessment)

    # --- preview -----------------------------------------------------------------------------------------------------

    def _ask_preview(self) -> None:
        """Ask for the ice of the plan as it stands, now or when the one under way is back."""
        session = self._desk.session
        can_be = session is not None and not missing_for_prediction(session.plan)
        self._is_preview_behind = can_be and self._preview is not None
        if can_be and self._preview is None:
            self._start_preview(self._preview_box)

    def _make_room(self) -> None:
        """Lay out the tissue round the probes as they rest, so that the next drag begins in the middle of its box."""
        if self._preview is None:
            self._start_preview(None)

    def _start_preview(self, box: Grid | None) -> None:
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None:
            return
        self._preview = self._desk.jobs.start(
            PreviewIce(volume, session.plan, box, session.judged_hash),
            verb="Previewing the ice",
            on_done=self._receive_preview,
            on_failed=self._on_preview_failed,
            is_quiet=True,
            is_of_plan=True,
        )

    def _receive_preview(self, previewed: PreviewedIce) -> None:
        asked_s = 0.0 if self._preview is None else self._preview.began_s
        self._preview = None
        preview = previewed.take(self._desk.blobs)
        session = self._desk.session
        if session is None:
            return
        self._preview_box = preview.grid
        if session.show_preview(preview):
            self.previewed.emit(asked_s, previewed.took_s)
        if self._is_preview_behind and not session.result_is_current:
            self._ask_preview()

    def _on_preview_failed(self, error: PlannerError) -> None:
        """Show no ice where there can be none; the result refuses with the same words, but only when the hand rests."""
        self._preview = None
        session = self._desk.session
        if session is None:
            return
        session.drop_preview()
        if session.is_held:
            self._desk.say(str(error))
        if self._is_preview_behind:
            self._ask_preview()

    # --- result ------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None or missing_for_prediction(session.plan):
            return
        self._job = self._desk.jobs.start(
            Predict(volume, session.plan, RESULT_SPACING_MM),
            verb="Predicting the ice",
            on_done=self._receive,
            on_failed=self._on_failed,
            is_of_plan=True,
        )
        self._show_staleness()

    def _receive(self, prediction: Prediction) -> None:
        session = self._desk.session
        if session is None:
            return
        self._kept[prediction.assessment.plan_hash] = prediction
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self._job = None
        if session.is_held:  # under a hand nothing but the preview changes
            return
        if session.show_prediction(prediction.result.open(self._desk.blobs), prediction.assessment):
            self._make_room()
        self.failed.emit("")

    def _on_failed(self, error: PlannerError) -> None:
        self._job = None
        session = self._desk.session
        if session is not None and session.is_held:  # asked again when it lets go, and said then
            return
        self.failed.emit(str(error))
        self._desk.unnotice("STALE")
        self._desk.notice(
            Notice("NO PREDICTION", str(error), "check", (("Close", lambda: self._desk.unnotice("NO PREDICTION")),))
        )

    def _show_staleness(self) -> None:
        """Say that the prediction shown is stale; while a preview stands in its place, nothing moves under the hand."""
        session = self._desk.session
        if session is None or session.result is None or session.result_is_current or self._is_followed:
            self._desk.unnotice("STALE")
            if session is not None and session.result_is_current:
                self._desk.unnotice("NO PREDICTION")
            return
        missing = missing_for_prediction(session.plan)
        rest = missing or ("Recomputing." if self.is_pending else "")
        what = f"undone: {session.redo_label}" if session.redo_label else session.undo_label or "an edit"
        self._desk.notice(Notice("STALE", f"The plan changed after this prediction ({what}). {rest}".strip(), "check"))
