"""How does a site change a rule? Limits, document, name and reason; below, everything that was ever changed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from planner.domain.datum import Status
from planner.domain.errors import PlannerError
from planner.domain.rule import Operator
from planner.domain.site_rules import RuleChange, changed_rule
from planner.planning.rules import number
from planner.ui.dialogs.settings_rule_table import bare_limits
from planner.ui.panels.panel import clear_layout, field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label, upright_line
from planner.ui.widgets.typed_field import number_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.rule import Rule

_LABEL_PX, _FORM_PX, _LIMIT_PX, _LINE_PX = 84, 420, 110, 240


class RuleForm(QFrame):
    """Fields of one rule. ``asked(RuleChange)`` without its time; ``unread(error)`` when a limit is no number."""

    asked = Signal(object)
    unread = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._rule: Rule | None = None
        self.title = label("", "heading")
        self.note = label("", "hint", wrap=True)
        self.passes = text_field(name="Passes at")
        self.fails = text_field(name="Fails at")
        self.document = text_field(name="Document", hint="document of your site that the limits stand in")
        self.why = text_field(name="Reason", hint="why it is changed")
        self.who = text_field(name="Your name", hint="who answers for it")
        self.units = (label("", "secondary"), label("", "secondary"))
        self.change = QPushButton("Change rule")
        self.change.setProperty("look", "primary")
        self.put_back = QPushButton("Put shipped rule back")
        for button, puts_back in ((self.change, False), (self.put_back, True)):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _on=False, puts_back=puts_back: self._ask(puts_back=puts_back))
        self.error = label("", wrap=True)
        self.error.setObjectName("fieldError")
        self._history = QVBoxLayout()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        row.addWidget(self._fields())
        row.addWidget(upright_line(_LINE_PX))
        row.addWidget(self._record(), 1)

    def _fields(self) -> QWidget:
        made = QWidget()
        made.setFixedWidth(_FORM_PX)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addWidget(self.note)
        limits = QHBoxLayout()
        limits.setSpacing(6)
        head = label("Passes", "secondary")
        head.setFixedWidth(_LABEL_PX)
        limits.addWidget(head)
        for field, unit, words in ((self.passes, self.units[0], ""), (self.fails, self.units[1], "Fails")):
            if words:
                limits.addSpacing(10)
                limits.addWidget(label(words, "secondary"))
            field.setFixedWidth(_LIMIT_PX)
            limits.addWidget(field)
            limits.addWidget(unit)
        limits.addStretch(1)
        column.addLayout(limits)
        for words, field in (("Document", self.document), ("Reason", self.why), ("Your name", self.who)):
            column.addLayout(field_row(words, field, width_px=_LABEL_PX))
        column.addWidget(self.error)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.put_back)
        foot.addWidget(self.change)
        column.addLayout(foot)
        column.addStretch(1)
        return made

    def _record(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(label("Changes of this rule", "heading"))
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._history = QVBoxLayout(inner)
        self._history.setContentsMargins(0, 0, 0, 0)
        self._history.setSpacing(8)
        area = QScrollArea()
        area.setAccessibleName("Changes of this rule")
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        column.addWidget(area, 1)
        return made

    def show_rule(self, rule: Rule, *, default: Rule, changes: Sequence[RuleChange]) -> None:
        """Show a rule as it is in force, what was shipped, and every change of it, the latest first."""
        is_other = self._rule is None or rule.id != self._rule.id
        self._rule = rule
        subject = rule.subject[:1].upper() + rule.subject[1:]
        quantity = rule.quantity.value.rpartition(", ")[0]
        self.title.setText(f"{subject}: {quantity}")
        said = f"Shipped: {bare_limits(default)}, {default.status.value}"
        said += f" ({default.source})." if default.source else "."
        self.note.setText(f"{said} {default.note}".strip())
        good, bad = ("≥", "<") if rule.operator is Operator.AT_LEAST else ("≤", ">")
        for field, sign, limit in ((self.passes, good, rule.pass_limit), (self.fails, bad, rule.fail_limit)):
            field.setText("" if limit is None else number(limit))
            field.setPlaceholderText(f"{sign} …")
        for unit in self.units:
            unit.setText(rule.quantity.unit)
        self.document.setText(rule.source if rule.status is Status.SITE else "")
        if is_other:
            self.why.clear()
            self.show_error("")
        self.put_back.setEnabled(rule.status is Status.SITE)
        self._show_history(default, changes)

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with what was typed; nothing when it is empty."""
        self.error.setText(sentence)

    def _show_history(self, default: Rule, changes: Sequence[RuleChange]) -> None:
        clear_layout(self._history)
        if not changes:
            self._history.addWidget(label("Never changed here: the shipped rule is in force.", "secondary", wrap=True))
        for change in reversed(changes):
            self._history.addWidget(label(change_words(change, default), "name", wrap=True))
            self._history.addWidget(
                label(f"{change.who}, {when_words(change.at)}: {change.why}", "secondary", wrap=True)
            )
        self._history.addStretch(1)

    def _ask(self, *, puts_back: bool) -> None:
        rule = self._rule
        if rule is None:
            return
        try:
            limits = [_limit(field, rule.quantity.unit) for field in (self.passes, self.fails)]
        except PlannerError as error:
            if not puts_back:
                self.unread.emit(error)
                return
            limits = [None, None]
        self.asked.emit(
            RuleChange(
                rule_id=rule.id,
                pass_limit=None if puts_back else limits[0],
                fail_limit=None if puts_back else limits[1],
                source="" if puts_back else self.document.text().strip(),
                who=self.who.text().strip(),
                why=self.why.text().strip(),
                at="",
                puts_back=puts_back,
            )
        )


def change_words(change: RuleChange, default: Rule) -> str:
    """Return what a change made of the rule, such as ``"≥ 12 mm; fail < 6 mm (SOP 7)"``."""
    if change.puts_back:
        return f"Shipped rule put back: {bare_limits(default)}"
    return f"{bare_limits(changed_rule(default, change))} ({change.source})"


def when_words(at: str) -> str:
    """Return a time of the record as people read it, such as ``"2026-11-23 05:44 UTC"``."""
    return f"{at[:10]} {at[11:16]} UTC"


def _limit(field: QLineEdit, unit: str) -> float | None:
    text = field.text().strip()
    return number_reader(unit, what="a limit")(text) if text else None
