"""Is the open plan judged by the rules in force? A banner says when not, and takes them over when asked to (H-52)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from planner.domain.errors import PlannerError
from planner.domain.site_rules import other_rules_sentence, stale_verdicts_sentence
from planner.persistence.resources import rule_set
from planner.services.rule_commands import rules_in_force
from planner.services.session import ChangeKind
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from planner.services.session import Change, Session
    from planner.ui.desk import Desk

WORD = "OTHER RULES"
_KINDS = frozenset((ChangeKind.PLAN, ChangeKind.ASSESSMENT, ChangeKind.RESULT))


class RulesWatch(QObject):
    """Compares the rules a plan notes, and those its verdicts are from, with those in force."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        desk.opened.connect(self.look)
        desk.changed.connect(self._on_change)

    def look(self) -> None:
        """Show or take away the banner."""
        session = self._desk.session
        sentence = "" if session is None else _sentence(session)
        if sentence:
            buttons = (("Judge by them", self._take_over),)
            self._desk.notice(Notice(WORD, sentence, "check", buttons))
        else:
            self._desk.unnotice(WORD)

    def _on_change(self, change: Change) -> None:
        if change.kinds & _KINDS:
            self.look()

    def _take_over(self) -> None:
        session = self._desk.session
        if session is not None:
            self._desk.apply(rules_in_force(session.plan))


def _sentence(session: Session) -> str:
    try:
        rules = rule_set(session.plan.rule_set_id)
    except PlannerError as error:  # nothing is judged until the record is put right, and here is why
        return str(error)
    if session.result_is_current and session.assessment is not None:
        stale = stale_verdicts_sentence(session.assessment.rule_set_hash, rules)
        if stale:  # the rules were changed while the plan is open
            return stale
    return other_rules_sentence(session.plan.rule_set_hash, rules)
