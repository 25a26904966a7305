"""When are draws of the plan computed, and which of them is looked at? On request alone; an edit ends both (H-13).

How somebody brings probes in is a habit of who plans at this workstation, not of one plan: technique and draws are
preferences, so choosing one is no edit and takes no approval back. What was computed names its technique with its
numbers, and goes into the plan's file with them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import InputRefused, PlannerError
from planner.persistence.resources import probe_models
from planner.persistence.technique_table import robustness_table, technique_named
from planner.planning.placement_errors import displaced
from planner.rendering.content import GhostLayer, IceLayer, ProbeLayer
from planner.services.ghost_tasks import GhostIce
from planner.services.robustness_shelf import (
    bytes_in_file,
    current_robustness,
    keep_in_file,
    put_into_store,
    shelf_of,
)
from planner.services.robustness_tasks import AssessRobustness
from planner.services.robustness_words import draw_words, labels_of
from planner.services.session import ChangeKind
from planner.ui.background import Background
from planner.ui.preferences import ROBUSTNESS_TECHNIQUE, ROBUSTNESS_TISSUE
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from planner.domain.robustness import DrawOutcome, Robustness, Technique
    from planner.services.ghost_tasks import SharedGhostIce
    from planner.services.session import Change, Session
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

GHOST_WORD = "NOT THE PLAN"
DEFAULT_TECHNIQUE = "freehand-out-of-plane"
_INPUTS = frozenset(
    (ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.PROBES, ChangeKind.PROTOCOL, ChangeKind.PLAN)
)


class RobustLoop(QObject):
    """Runs the draws of the plan on the desk and shows one of them as a ghost. ``changed`` when anything of it has."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._job: RunningJob | None = None
        self._ghost_job: RunningJob | None = None
        self._shown: tuple[DrawOutcome, GhostLayer] | None = None
        self.refusal = ""
        self._file_reader = Background(self, self._take_from_file)
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)
        desk.closing.connect(self._leave)
        desk.jobs.changed.connect(self._on_jobs)
        desk.view.changed.connect(self._on_view)

    # --- what is asked for -------------------------------------------------------------------------------------------

    @property
    def technique(self) -> Technique:
        """The technique of the next run."""
        try:
            return technique_named(self._desk.preferences.text(ROBUSTNESS_TECHNIQUE, DEFAULT_TECHNIQUE))
        except InputRefused:  # of another version's table
            return robustness_table().techniques[0]

    def choose_technique(self, technique_id: str) -> None:
        """Choose the technique of the next run, and of this workstation."""
        self._desk.preferences.set_text(ROBUSTNESS_TECHNIQUE, technique_id)
        self.changed.emit()

    @property
    def is_tissue_drawn(self) -> bool:
        """Whether the next run draws tissue and probes, too."""
        return self._desk.preferences.flag(ROBUSTNESS_TISSUE)

    def draw_tissue(self, *, on: bool) -> None:
        """Have tissue and probes drawn, too, or not."""
        self._desk.preferences.set_flag(ROBUSTNESS_TISSUE, on=on)
        self.changed.emit()

    # --- what is there -----------------------------------------------------------------------------------------------

    @property
    def job(self) -> RunningJob | None:
        """The run under way."""
        return self._job

    @property
    def told(self) -> Robustness | None:
        """What is known: of the plan as it stands, else of a state before it, which is then STALE."""
        session = self._desk.session
        return None if session is None else shelf_of(session).latest(session.judged_hash)

    @property
    def is_current(self) -> bool:
        """Whether :attr:`told` is of exactly the plan as it stands."""
        session = self._desk.session
        return session is not None and current_robustness(session) is not None

    @property
    def shown_draw(self) -> int | None:
        """Number of the draw that is shown as a ghost."""
        return None if self._shown is None else self._shown[0].draw.number

    # --- running -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Compute the draws of the plan as it stands."""
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None or self._job is not None:
            return
        self.refusal = ""
        asked = AssessRobustness(volume, session.plan, self.technique, is_tissue_drawn=self.is_tissue_drawn)
        job = self._desk.jobs.start(
            asked,
            verb="Computing draws",
            on_done=self._receive,
            on_failed=self._on_failed,
            is_of_plan=True,
        )
        self._job = job if job in self._desk.jobs.running else None  # what is not there has ended already
        self.changed.emit()

    def cancel(self) -> None:
        """Stop the run under way; nothing of it is kept."""
        job, self._job = self._job, None
        if job is not None:
            self._desk.jobs.cancel(job)
            self.changed.emit()

    def _receive(self, told: Robustness) -> None:
        self._job = None
        session = self._desk.session
        if session is None or told.plan_hash != session.judged_hash:  # late (H-13)
            self.changed.emit()
            return
        shelf_of(session).put(told)
        self._desk.attempt(partial(keep_in_file, session, told))
        self._desk.say(told.verdict_words)
        self._tell_plan()

    def _on_failed(self, error: PlannerError) -> None:
        self._job = None
        self.refusal = str(error)
        self._desk.say(self.refusal)
        self.changed.emit()

    # --- a ghost -----------------------------------------------------------------------------------------------------

    def show_draw(self, outcome: DrawOutcome) -> None:
        """Show where the probes lie in a draw of the plan as it stands, and its ice as soon as it is computed."""
        session, volume, told = self._desk.session, self._desk.volume, self.told
        if session is None or volume is None or told is None or not self.is_current:
            return
        self._end_ghost_job()
        probes = displaced(session.plan.probes, outcome.draw)
        models = {model.id: model for model in probe_models()}
        layers = tuple(ProbeLayer(probe, models.get(probe.model_id)) for probe in probes)
        self._put_ghost(outcome, GhostLayer(f"Draw {outcome.draw.number}", layers))
        self._say_ghost(told, outcome)
        job = self._desk.jobs.start(
            GhostIce(volume, replace(session.plan, probes=probes), outcome.draw.case),
            verb=f"Computing the ice of draw {outcome.draw.number}",
            on_done=partial(self._receive_ice, outcome),
            on_failed=self._on_ice_failed,
            is_quiet=True,
            is_of_plan=True,
        )
        self._ghost_job = job if job in self._desk.jobs.running else None

    def hide_draw(self) -> bool:
        """Take the ghost away; False when none was shown."""
        self._end_ghost_job()
        shown, self._shown = self._shown, None
        if shown is None:
            return False
        self._desk.unnotice(GHOST_WORD)
        if self._desk.view.ghosts == (shown[1],):
            self._desk.view.set_ghosts(())
        self.changed.emit()
        return True

    def _receive_ice(self, outcome: DrawOutcome, made: SharedGhostIce) -> None:
        self._ghost_job = None
        field_c = made.take(self._desk.blobs)
        if self._shown is None or self._shown[0] is not outcome:
            return
        grade = f"Draw {outcome.draw.number}, {made.grid.spacing_ijk_mm[0]:g} mm"
        ice = IceLayer(field_c, made.grid, grade, key=made.field.sha256, is_preview=True)
        self._put_ghost(outcome, replace(self._shown[1], ice=ice))

    def _on_ice_failed(self, error: PlannerError) -> None:
        self._ghost_job = None
        self._desk.say(f"No ice of this draw: {error}")

    def _put_ghost(self, outcome: DrawOutcome, ghost: GhostLayer) -> None:
        self._shown = (outcome, ghost)
        self._desk.view.set_ghosts((ghost,))
        self.changed.emit()

    def _say_ghost(self, told: Robustness, outcome: DrawOutcome) -> None:
        labels = {} if self._desk.session is None else labels_of(self._desk.session.plan)
        sentence = f"{draw_words(told, outcome, labels)} Cells of {told.spacing_mm:g} mm."
        self._desk.notice(Notice(GHOST_WORD, sentence, "not_assessed", (("Close", self._close_ghost),)))

    def _close_ghost(self) -> None:
        self.hide_draw()

    def _end_ghost_job(self) -> None:
        if self._ghost_job is not None:
            self._desk.jobs.cancel(self._ghost_job)
            self._ghost_job = None

    # --- following ---------------------------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        self._job, self.refusal = None, ""
        session = self._desk.session
        if session is None:
            return
        try:
            data = bytes_in_file(session)
        except PlannerError:  # the plan is whole; what was computed of it can be computed again
            data = None
        if data is not None:
            self._file_reader.ask(partial(_read, session, data))
        self.changed.emit()

    def _take_from_file(self, read: tuple[Session, Robustness]) -> None:
        session, told = read
        if session is self._desk.session:
            shelf_of(session).put_back(told)
            self._tell_plan()

    def _leave(self) -> None:
        """Let go of everything of the plan that goes."""
        self._file_reader.drop()
        self.hide_draw()
        self._job = None

    def _on_change(self, change: Change) -> None:
        if change.kinds & _INPUTS:
            self.cancel()
            self.hide_draw()
            self.refusal = ""
            self.changed.emit()

    def _on_jobs(self) -> None:
        if self._job is not None:
            if self._job.cancelled:  # by the status line
                self._job = None
            self.changed.emit()

    def _on_view(self, name: str) -> None:
        """Somebody else's ghosts take the place of this one's."""
        if name == "ghosts" and self._shown is not None and self._desk.view.ghosts != (self._shown[1],):
            self._shown = None
            self._end_ghost_job()
            self._desk.unnotice(GHOST_WORD)
            self.changed.emit()

    def _tell_plan(self) -> None:
        """Have views and panels show what is now known of the plan."""
        self.changed.emit()
        self._desk.view.changed.emit("robustness")


def _read(session: Session, data: bytes) -> tuple[Session, Robustness]:
    return session, put_into_store(session, data)
