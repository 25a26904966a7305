"""Which case is the open plan in, and what does that case still lack? Followed by the plan's pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner.casebook.library import CaseLibrary, CaseState
from planner.casebook.next_step import next_step
from planner.casebook.readiness import readiness
from planner.domain.errors import PlannerError
from planner.persistence.intake_template import template_or_shipped
from planner.services.case_commands import PutCasePlan
from planner.services.case_plans import case_plan
from planner.services.session import ChangeKind
from planner.ui.background import Background
from planner.ui.steps import CaseNote

if TYPE_CHECKING:
    from planner.casebook.next_step import NextStep
    from planner.casebook.readiness import Readiness
    from planner.domain.case import Case, CasePlan
    from planner.domain.identity import PlanId
    from planner.services.session import Change
    from planner.ui.case.case_desk import CaseDesk

_LATE_MS = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """A case that holds the open plan, with the plan as it stands: how far its intake is, and what it waits for."""

    case: Case
    readiness: Readiness
    step: NextStep


class PlanLink(QObject):
    """The cases of the open plan. ``changed`` when they, or what they lack, are others.

    ``standings`` holds the open case first; ``sentence`` says why they could not be looked for.
    """

    changed = Signal()

    def __init__(self, case_desk: CaseDesk) -> None:
        super().__init__(case_desk)
        self._cases = case_desk
        self.standings: tuple[Standing, ...] = ()
        self.sentence = ""
        # The thread's own: what one library remembers of its file is no two threads' business.
        self._library = CaseLibrary(case_desk.desk.services.cases_folder)
        self._reader = Background(self, self._show)
        # Together: an edit of a case tells it twice.
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_LATE_MS)
        self._late.timeout.connect(self.look)
        case_desk.desk.opened.connect(self.look)
        case_desk.desk.changed.connect(self._on_plan)
        case_desk.opened.connect(self._late.start)
        case_desk.listed.connect(self._late.start)

    @property
    def first(self) -> Standing | None:
        """The case that the open plan is in, the open one before others; None when it is in none."""
        return self.standings[0] if self.standings else None

    def standing_of(self, case: Case) -> Standing:
        """Return how a case stands; the open plan counts when it is one of the case (S11)."""
        template, _ = template_or_shipped()
        session = self._cases.desk.session
        ready = readiness(case, template, None if session is None else session.plan)
        return Standing(case, ready, next_step(case, ready, today=self._cases.today()))

    @property
    def note(self) -> CaseNote | None:
        """What the plan's rail says of the case; None when there is none, or nothing is missing before a procedure."""
        if self.first is None:
            return None
        ready, step, case = self.first.readiness, self.first.step, self.first.case
        if step.is_complete or not step.is_before_procedure:
            return None
        left = len(ready.missing)
        missing = f" {left} {'question' if left == 1 else 'questions'} of the intake without an answer." if left else ""
        reason = "" if ready.is_ready else f" {ready.reason}"
        needs_look = not ready.is_ready or bool(ready.open_alerts)
        sentence = f"Case {case.pseudonym}: {step.stage.value}.{reason}{missing}"
        return CaseNote(f"intake {ready.answered}/{ready.asked}", sentence, needs_look)

    @property
    def is_busy(self) -> bool:
        """Whether the library is being looked into."""
        return self._reader.is_busy or self._late.isActive()

    def look(self) -> None:
        """Look for the cases of the open plan: the open case at once, the library in the background."""
        self._late.stop()
        session = self._cases.desk.session
        if session is None:
            self._reader.drop()
            self._show(_Found())
            return
        self._show(_Found(tuple(standing.case for standing in self.standings), self.sentence))
        library, plan_id = self._library, session.plan.id
        self._reader.ask(lambda: _cases_of(library, plan_id))

    def _show(self, found: _Found) -> None:
        """Show what was found, with the open case as it stands here."""
        session, seen = self._cases.desk.session, self.seen_plan()
        standings: tuple[Standing, ...] = ()
        if session is not None and seen is not None:
            here = self._cases.case
            cases = [case for case in found.cases if here is None or case.id != here.id]
            cases = [case for case in ([here] if here is not None else []) + cases if case.plan(seen.plan_id)]
            cases.sort(key=lambda case: (here is None or case.id != here.id, case.is_archived))
            standings = tuple(replace(self.standing_of(case.with_plan(seen)), case=case) for case in cases)
        if standings != self.standings or found.sentence != self.sentence:
            self.standings, self.sentence = standings, found.sentence
            self.changed.emit()

    def note_plan(self) -> None:
        """Have the open case know its plan as it stands: what is asked goes by the plan's targets.

        An edit of figures alone is not noted: it changes no question.
        """
        case, seen = self._cases.case, self.seen_plan()
        known = None if case is None or seen is None else case.plan(seen.plan_id)
        if known is not None and seen is not None and _told(known) != _told(seen):
            self._cases.apply(PutCasePlan(replace(seen, added_at=known.added_at), is_known=True))

    def seen_plan(self) -> CasePlan | None:
        """Return what a case keeps of the open plan; None when none is open."""
        session = self._cases.desk.session
        if session is None:
            return None
        path = "" if session.file_path is None else session.file_path
        return case_plan(session.plan, path, at=self._cases.now())

    def _on_plan(self, change: Change) -> None:
        """Look again when the plan's targets or its answers may be others; never under a moving hand."""
        session = self._cases.desk.session
        is_held = session is not None and session.is_held
        if change.kinds & {ChangeKind.TARGETS, ChangeKind.PLAN} and not is_held:
            self._late.start()


@dataclass(frozen=True, slots=True)
class _Found:
    """The cases of a plan, or the sentence why they could not be looked for."""

    cases: tuple[Case, ...] = ()
    sentence: str = ""


def _cases_of(library: CaseLibrary, plan_id: PlanId) -> _Found:
    try:
        rows = library.rows(state=CaseState.ALL)
    except PlannerError as error:
        return _Found(sentence=error.sentence)
    return _Found(tuple(row.case for row in rows if row.case.plan(plan_id) is not None))


def _told(plan: CasePlan) -> tuple[object, ...]:
    """Return what a case tells of a plan, without the hash that each edit changes."""
    return (plan.name, plan.path, plan.case_kind, plan.targets, plan.atlas_ids)
