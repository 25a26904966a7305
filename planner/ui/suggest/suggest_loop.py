"""When are placements searched for, and which are shown beside the plan? On request alone; an edit ends both (H-13).

A suggestion stays on show after an edit, as stale. Once a candidate is adopted the plan is that candidate, and another
one may take its place as long as that gives exactly the plan its figures were computed of.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner.persistence.resources import probe_models
from planner.rendering.content import GhostLayer, IceLayer, ProbeLayer
from planner.report.numbers import mm
from planner.services.ghost_tasks import GhostIce
from planner.services.session import ChangeKind
from planner.services.suggest_adopt import AdoptSuggestion, is_what_was_judged
from planner.services.suggest_tasks import SuggestPlacements
from planner.ui.rules_now import are_rules_now, rules_hash_now
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from planner.domain.errors import PlannerError
    from planner.domain.suggestion import SuggestCandidate, Suggestion, SuggestWish
    from planner.services.ghost_tasks import SharedGhostIce
    from planner.services.session import Change
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

GHOST_WORD = "NOT THE PLAN"
_REST_MS = 200
"""Arrowing through the candidates computes the ice of the one where the hand rests."""
_INPUTS = frozenset(
    (ChangeKind.STRUCTURES, ChangeKind.TARGETS, ChangeKind.PROBES, ChangeKind.PROTOCOL, ChangeKind.PLAN)
)


class SuggestLoop(QObject):
    """Searches, keeps what came back, shows candidates as ghosts. ``changed`` when any of it may be otherwise."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._job: RunningJob | None = None
        self._ice_job: RunningJob | None = None
        self._ices: dict[str, IceLayer] = {}
        self._ghosts: tuple[GhostLayer, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._chosen = ""
        self._is_shown = False
        self._rules_hash = self._asked_rules = ""
        self.told: Suggestion | None = None
        self.refusal = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._ask_ice)
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)
        desk.closing.connect(self.hide_ghosts)
        desk.jobs.changed.connect(self._on_jobs)
        desk.view.changed.connect(self._on_view)

    # --- what there is -----------------------------------------------------------------------------------------------

    @property
    def job(self) -> RunningJob | None:
        """The search under way."""
        return self._job

    @property
    def adopted(self) -> str:
        """Letter of the candidate that the plan is now; empty when it is none of them."""
        session, told = self._desk.session, self.told
        if session is None or told is None:
            return ""
        return next((c.name for c in told.candidates if c.plan_hash == session.judged_hash), "")

    @property
    def is_stale(self) -> bool:
        """Whether the plan is neither the one searched for nor one of the candidates, or the rules are other ones."""
        session, told = self._desk.session, self.told
        if told is None or session is None:
            return told is not None
        is_other_plan = told.plan_hash != session.judged_hash and not self.adopted
        return is_other_plan or not are_rules_now(self._rules_hash, session.plan)

    def why_not(self, candidate: SuggestCandidate) -> str:
        """Say why a candidate cannot be adopted now; empty when it can."""
        session = self._desk.session
        if session is None or self.is_stale:
            return "The plan or its rules changed after these suggestions. Search again."
        if candidate.name == self.adopted:
            return f"{candidate.name} is the plan now."
        if not is_what_was_judged(session.plan, candidate):
            return "With the locks as they are now it would be another plan than its figures are of. Search again."
        return ""

    # --- searching ---------------------------------------------------------------------------------------------------

    def ask(self, wish: SuggestWish) -> None:
        """Search for the plan as it stands."""
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None or self._job is not None:
            return
        self.refusal, self._asked_rules = "", rules_hash_now(session.plan)
        job = self._desk.jobs.start(
            SuggestPlacements(volume, session.plan, wish),
            verb="Searching placements",
            on_done=self._receive,
            on_failed=self._on_failed,
            is_of_plan=True,
        )
        self._job = job if job in self._desk.jobs.running else None  # it may be over already
        self.changed.emit()

    def cancel(self) -> None:
        """Stop the search; what was told before stays."""
        job, self._job = self._job, None
        if job is not None:
            self._desk.jobs.cancel(job)
            self.changed.emit()

    def _receive(self, told: Suggestion) -> None:
        self._job = None
        session = self._desk.session
        if session is None or told.plan_hash != session.judged_hash:  # late (H-13)
            self.changed.emit()
            return
        self.told, self._ices, self._rules_hash = told, {}, self._asked_rules or rules_hash_now(session.plan)
        self._chosen = told.candidates[0].name if told.candidates else ""
        found = len(told.candidates)
        self._desk.say(f"{found} placement{'' if found == 1 else 's'} suggested." if found else told.reason)
        self.changed.emit()
        self._show()

    def _on_failed(self, error: PlannerError) -> None:
        self._job = None
        self.refusal = str(error)
        self._desk.say(self.refusal)
        self.changed.emit()

    # --- adopting ----------------------------------------------------------------------------------------------------

    def adopt(self, candidate: SuggestCandidate) -> bool:
        """Make a candidate the plan: one edit, which undo takes back."""
        if self.why_not(candidate) or not self._desk.apply(AdoptSuggestion(candidate)):
            return False
        first = candidate.probes[0]
        self._desk.view.select_probe(first.id)
        self._desk.look_at(first.tip_lps_mm)
        depths = ", ".join(f"{probe.label} {mm(probe.depth_mm)} deep" for probe in candidate.probes)
        self._desk.say(f"Suggestion {candidate.name} is the plan: {depths}. Undo brings the plan back as it was.")
        return True

    # --- ghosts ------------------------------------------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Draw a candidate solid among the others, and its ice once the hand rests."""
        self._chosen = name
        self._show()

    def show_ghosts(self) -> None:
        """Draw the candidates beside the plan, as long as they are of it."""
        self._is_shown = True
        self._show()

    def hide_ghosts(self) -> None:
        """Take them away."""
        self._is_shown = False
        self._clear()

    def _show(self) -> None:
        told = self.told
        if not self._is_shown or told is None or self.is_stale or not told.candidates:
            self._clear()
            return
        adopted = self.adopted
        drawn = (id(told), adopted, self._chosen, self._chosen in self._ices)
        if self._ghosts and drawn == self._drawn:
            return  # views draw what is put anew, also when it is the same
        self._drawn = drawn
        models = {model.id: model for model in probe_models()}
        made = []
        for candidate in told.candidates:
            if candidate.name == adopted:
                continue  # it is the plan
            layers = tuple(ProbeLayer(probe, models.get(probe.model_id)) for probe in candidate.probes)
            is_chosen = candidate.name == self._chosen
            ice = self._ices.get(candidate.name) if is_chosen else None
            # One name in full says what all of them are; more words would hide what they lie over.
            name = f"Suggestion {candidate.name}" if is_chosen else candidate.name
            made.append(GhostLayer(name, layers, ice, is_solid=is_chosen))
        self._ghosts = tuple(made)
        self._desk.view.set_ghosts(self._ghosts)
        names = ", ".join(layer.name.removeprefix("Suggestion ") for layer in made)
        if made:
            verb = "Suggestions {} are" if len(made) > 1 else "Suggestion {} is"
            chosen = "; the chosen one solid, its ice on 2 mm cells" if any(layer.is_solid for layer in made) else ""
            sentence = f"{verb.format(names)} drawn beside the plan{chosen}."
            self._desk.notice(Notice(GHOST_WORD, sentence, "not_assessed"))
        else:
            self._desk.unnotice(GHOST_WORD)
        if self._chosen and self._chosen != adopted and self._chosen not in self._ices:
            self._rest.start()

    def _clear(self) -> None:
        self._rest.stop()
        self._end_ice_job()
        shown, self._ghosts = self._ghosts, ()
        if shown:
            self._desk.unnotice(GHOST_WORD)
            if self._desk.view.ghosts == shown:
                self._desk.view.set_ghosts(())

    def _ask_ice(self) -> None:
        session, volume, told = self._desk.session, self._desk.volume, self.told
        if session is None or volume is None or told is None or not self._ghosts:
            return
        candidate = next((c for c in told.candidates if c.name == self._chosen), None)
        if candidate is None or candidate.name in self._ices:
            return
        self._end_ice_job()
        job = self._desk.jobs.start(
            GhostIce(volume, AdoptSuggestion(candidate).apply(session.plan)),
            verb=f"Computing the ice of suggestion {candidate.name}",
            on_done=partial(self._receive_ice, told, candidate.name),
            on_failed=self._on_ice_failed,
            is_quiet=True,
            is_of_plan=True,
        )
        self._ice_job = job if job in self._desk.jobs.running else None

    def _receive_ice(self, told: Suggestion, name: str, made: SharedGhostIce) -> None:
        self._ice_job = None
        field_c = made.take(self._desk.blobs)
        if self.told is not told:
            return
        grade = f"Suggestion {name}, {made.grid.spacing_ijk_mm[0]:g} mm"
        self._ices[name] = IceLayer(field_c, made.grid, grade, key=made.field.sha256, is_preview=True)
        if self._ghosts and name == self._chosen:
            self._show()

    def _on_ice_failed(self, error: PlannerError) -> None:
        self._ice_job = None
        self._desk.say(f"No ice of this suggestion: {error}")

    def _end_ice_job(self) -> None:
        if self._ice_job is not None:
            self._desk.jobs.cancel(self._ice_job)
            self._ice_job = None

    # --- following ---------------------------------------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        if change.kinds & _INPUTS:
            if self._job is not None:
                self._desk.say("Searching placements ended: the plan changed.")
            self.cancel()
            self.changed.emit()
            self._show()

    def _on_opened(self) -> None:
        self._job, self.told, self.refusal, self._chosen = None, None, "", ""
        self._ices.clear()
        self._clear()
        self.changed.emit()

    def _on_jobs(self) -> None:
        if self._job is not None:
            if self._job.cancelled:  # by the status line
                self._job = None
            self.changed.emit()

    def _on_view(self, name: str) -> None:
        """Somebody else's ghosts take the place of these."""
        if name == "ghosts" and self._ghosts and self._desk.view.ghosts != self._ghosts:
            self._ghosts = ()
            self._rest.stop()
            self._end_ice_job()
