"""When are variations computed? When asked for; an edit of the plan ends it, and what was told stays as stale (H-13).

Tables are kept by the plan they are of: undo brings one back at once. One row at a time is predicted and judged on
1 mm cells, exactly as the plan would be once it is adopted.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import PlannerError
from planner.domain.simulation import RESULT_SPACING_MM
from planner.services.session import ChangeKind
from planner.services.tasks import Predict, Prediction
from planner.services.what_if import AdoptWhatIf
from planner.services.what_if_tasks import CompareWhatIf
from planner.ui.rules_now import are_rules_now
from planner.ui.steps import missing_for_prediction

if TYPE_CHECKING:
    from planner.domain.assessment import Assessment
    from planner.domain.identity import Sha256
    from planner.domain.what_if import Variation, WhatIfTable
    from planner.services.session import Change
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_KEPT = 6
_INPUTS = frozenset(
    (ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.PROBES, ChangeKind.PROTOCOL, ChangeKind.PLAN)
)


class WhatIfLoop(QObject):
    """Asks for variations, keeps what came back, and says what of it is of the plan on the desk.

    ``changed`` when any of it may be otherwise.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._kept: OrderedDict[Sha256, WhatIfTable] = OrderedDict()
        self._fine: dict[tuple[Sha256, str], Assessment] = {}
        self._last: WhatIfTable | None = None
        self._job: RunningJob | None = None
        self._fine_job: tuple[str, RunningJob] | None = None
        self.refusal = ""
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)
        desk.jobs.changed.connect(self._on_jobs)

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def table(self) -> WhatIfTable | None:
        """The variations of the plan as it stands; else the last ones told, which are stale."""
        session = self._desk.session
        kept = None if session is None else self._kept.get(session.judged_hash)
        return kept if kept is not None else self._last

    @property
    def is_stale(self) -> bool:
        """Whether the table is of another plan than the one on the desk, or was judged by other rules."""
        session, table = self._desk.session, self.table
        if table is None or session is None:
            return table is not None
        return table.plan_hash != session.judged_hash or not are_rules_now(table.rules_hash, session.plan)

    @property
    def job(self) -> RunningJob | None:
        """What is being computed for the table; None when nothing is."""
        return self._job

    def fine_of(self, key: str) -> Assessment | None:
        """Return the 1 mm assessment of a row of the table, where it was asked for."""
        table = self.table
        return None if table is None else self._fine.get((table.plan_hash, key))

    def is_fine_pending(self, key: str) -> bool:
        """Whether a row is being computed at 1 mm."""
        return self._fine_job is not None and self._fine_job[0] == key

    def missing(self) -> str:
        """Say why nothing can be compared now; empty when it can."""
        session = self._desk.session
        return "Open a plan first." if session is None else missing_for_prediction(session.plan)

    # --- asking ------------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """Compute the variations of the plan as it stands."""
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None or self.missing():
            return
        self.cancel()
        self.refusal = ""
        job = self._desk.jobs.start(
            CompareWhatIf(volume, session.plan),
            verb="Comparing variations",
            on_done=self._receive,
            on_failed=self._on_failed,
            on_partial=self._show,
            is_of_plan=True,
        )
        self._job = job if job in self._desk.jobs.running else None  # it may be over already
        self.changed.emit()

    def cancel(self) -> None:
        """Stop what is under way; rows that are there stay."""
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
            self._job = None
        if self._fine_job is not None:
            self._desk.jobs.cancel(self._fine_job[1])
            self._fine_job = None
        self.changed.emit()

    def ask_fine(self, variation: Variation) -> None:
        """Predict and judge one variation on 1 mm cells, as the plan would be if it were adopted."""
        session, volume, table = self._desk.session, self._desk.volume, self.table
        if session is None or volume is None or table is None or self.is_stale:
            return
        if self._fine_job is not None:
            self._desk.jobs.cancel(self._fine_job[1])
        try:
            varied = AdoptWhatIf(variation).apply(session.plan)
        except PlannerError as refusal:
            self._desk.refuse(refusal)
            return
        of = (table.plan_hash, variation.key)

        def take(prediction: Prediction) -> None:
            self._fine_job = None
            self._fine[of] = prediction.assessment
            self.changed.emit()

        def fail(error: PlannerError) -> None:
            self._fine_job = None
            self._desk.refuse(error)
            self.changed.emit()

        request = Predict(volume, varied, RESULT_SPACING_MM)
        job = self._desk.jobs.start(request, verb="Computing at 1 mm", on_done=take, on_failed=fail, is_of_plan=True)
        self._fine_job = (variation.key, job) if job in self._desk.jobs.running else None
        self.changed.emit()

    def adopt(self, variation: Variation) -> bool:
        """Make a variation the plan: one edit, which undo takes back."""
        if self.is_stale or not self._desk.apply(AdoptWhatIf(variation)):
            return False
        self._desk.say(f"Adopted: {variation.words}. Undo brings the plan back as it was.")
        return True

    # --- following ---------------------------------------------------------------------------------------------------

    def _receive(self, table: WhatIfTable) -> None:
        self._job = None
        self._show(table)
        self._desk.say(f"{len(table.rows) - 1} variations compared on {table.spacing_mm:g} mm cells.")

    def _show(self, table: WhatIfTable) -> None:
        session = self._desk.session
        if session is None or table.plan_hash != session.judged_hash:
            return
        self._last = self._kept[table.plan_hash] = table
        self._kept.move_to_end(table.plan_hash)
        while len(self._kept) > _KEPT:
            gone, _ = self._kept.popitem(last=False)
            self._fine = {of: told for of, told in self._fine.items() if of[0] != gone}
        self.changed.emit()

    def _on_failed(self, error: PlannerError) -> None:
        self._job = None
        self.refusal = str(error)
        self.changed.emit()

    def _on_change(self, change: Change) -> None:
        if not change.kinds & _INPUTS:
            return
        if self._job is not None:
            self._desk.say("Comparing variations ended: the plan changed.")
        self.cancel()

    def _on_opened(self) -> None:
        self._kept.clear()
        self._fine.clear()
        self._last, self.refusal = None, ""
        self.cancel()

    def _on_jobs(self) -> None:
        """Show how far the table is; one that was cancelled elsewhere is over."""
        if self._job is not None and self._job.cancelled:
            self._job = None
        if self._fine_job is not None and self._fine_job[1].cancelled:
            self._fine_job = None
        if self._job is not None or self._fine_job is not None:
            self.changed.emit()
