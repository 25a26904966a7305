"""Which diagnostic block showed that this nerve carries the pain? Recorded in place: day, agent, relief, how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.domain.target import DiagnosticBlock
from planner.planning.permission import NO_BLOCK, findings_of
from planner.services.session import utc_now
from planner.services.target_commands import Acknowledge, PutTarget
from planner.ui.panels.panel import clear_layout, field_row
from planner.ui.panels.target_answers import FindingAnswer
from planner.ui.panels.target_words import block_words, entry_of
from planner.ui.widgets.fields import NumberField, text_field
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.ui.desk import Desk

_NAME_PX = 64
_NOT_SAID = -1.0


@dataclass(frozen=True, slots=True)
class BlockElsewhere:
    """What was said of the block outside the plan: ``where``, such as "Intake of FL-7K3Q", and a block, or why none."""

    where: str
    block: DiagnosticBlock | None
    who: str
    reason: str = ""


class BlockForm(QFrame):
    """Four fields; only the day must be there. ``kept(DiagnosticBlock)`` or ``left``; ``lacking`` says what is not."""

    kept = Signal(object)
    left = Signal()
    lacking = Signal(str)

    def __init__(self, block: DiagnosticBlock | None) -> None:
        super().__init__()
        self.setAccessibleName("Diagnostic block")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(6)
        self.day = text_field(name="Day of the block", hint="such as 2026-01-14")
        self.agent = text_field(name="Agent of the block", hint="such as 5 mL bupivacaine 0.25 %")
        self.relief = NumberField(unit="%", low=_NOT_SAID, high=100, decimals=0, step=10)
        self.relief.setSpecialValueText("not said")
        self.relief.setAccessibleName("Relief by the block")
        self.lasted = text_field(name="How long the block lasted", hint="such as 6 h")
        for name, field in (("Day", self.day), ("Agent", self.agent)):
            column.addLayout(field_row(name, field, width_px=_NAME_PX))
        pair = QHBoxLayout()
        pair.setSpacing(8)
        pair.addLayout(field_row("Relief", self.relief, width_px=_NAME_PX), 1)
        pair.addLayout(field_row("Lasted", self.lasted, width_px=44), 1)
        column.addLayout(pair)
        foot = QHBoxLayout()
        foot.addStretch(1)
        keep, leave = QPushButton("Keep"), QPushButton("Cancel")  # Tab comes to what keeps first
        keep.setAccessibleName("Keep the block")
        leave.clicked.connect(self.left)
        keep.clicked.connect(self._keep)
        for field in (self.day, self.agent, self.lasted):
            field.returnPressed.connect(self._keep)
        foot.addWidget(keep)
        foot.addWidget(leave)
        column.addLayout(foot)
        self._fill(block)

    def resume(self, other: BlockForm) -> None:
        """Go on with what was typed into a form that goes."""
        for own, old in ((self.day, other.day), (self.agent, other.agent), (self.lasted, other.lasted)):
            own.setText(old.text())
        other.relief.interpretText()
        self.relief.setValue(other.relief.value())

    def begin(self) -> None:
        """Take the keyboard, once it is laid out."""
        QTimer.singleShot(0, self.day, self.day.setFocus)

    def _fill(self, block: DiagnosticBlock | None) -> None:
        self.relief.setValue(_NOT_SAID)
        if block is None:
            return
        self.day.setText(block.day)
        self.agent.setText(block.agent)
        self.lasted.setText(block.lasted)
        if block.relief_percent is not None:
            self.relief.setValue(block.relief_percent)

    def _keep(self) -> None:
        self.relief.interpretText()
        relief = None if self.relief.value() < 0 else self.relief.value()
        texts = (field.text().strip() for field in (self.day, self.agent, self.lasted))
        day, agent, lasted = texts
        try:
            block = DiagnosticBlock(day, agent, relief, lasted)
        except PlannerError as error:
            self.lacking.emit(str(error))
            self.day.setFocus()
            return
        self.kept.emit(block)


class BlockSection(QWidget):
    """The block of one target, and the findings that need an answer before freezing is planned."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._target: Target | None = None
        self._shown: object = None
        self._find: Callable[[], BlockElsewhere | None] | None = None
        self.answers: list[FindingAnswer] = []
        self.form: BlockForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)

    def follow(self, find: Callable[[], BlockElsewhere | None]) -> None:
        """Offer what ``find`` returns wherever the target has neither a block nor an answer for none."""
        self._find = find

    def look_again(self) -> None:
        """Show what is said elsewhere now; a form that is open stays."""
        session, target = self._desk.session, self._target
        if session is not None and target is not None and target.id in {one.id for one in session.plan.targets}:
            self.show_target(session.plan.target(target.id), session.plan)

    def show_target(self, target: Target, plan: Plan) -> None:
        """Show findings and block; nothing is built anew, and nothing typed is lost, while they are the same."""
        acknowledgements = tuple(ack for ack in plan.acknowledgements if ack.subject_id == target.id)
        elsewhere = None if self._find is None else self._find()
        shown = (target.id, target.words, target.block, target.atlas_id, acknowledgements, elsewhere)
        before, self._target = self._target, target
        is_same = before is not None and (before.id, before.block) == (target.id, target.block)
        typed = self.form if is_same else None
        if shown != self._shown:
            self._shown = shown
            self._rebuild(plan)
            if typed is not None:
                self._open_form().resume(typed)

    def _rebuild(self, plan: Plan | None = None) -> None:
        session, target = self._desk.session, self._target
        plan = plan or (session.plan if session is not None else None)
        holder = self.window().focusWidget()
        had_keyboard = holder is not None and self.isAncestorOf(holder)
        clear_layout(self._column)
        self.answers, self.form = [], None
        if plan is None or target is None:
            return
        for found in findings_of(target, entry_of(target), plan.acknowledgements):
            answer = FindingAnswer(self._desk, target, found)
            answer.record_asked.connect(self.record)
            answer.opened.connect(self._close_form)
            self.answers.append(answer)
        # What was answered already stands before the question that it answers: it is asked once.
        if target.block is None and self._find is not None:
            self._add_elsewhere(self._find())
        for answer in self.answers:
            self._column.addWidget(answer)
        if target.block is not None:
            self._add_block(target.block)
        elif not any(answer.found.title.startswith("BLOCK") for answer in self.answers):
            self._add_row("No diagnostic block is recorded.", ("Record it", self.record))
        if had_keyboard:
            QTimer.singleShot(0, self, self._take_keyboard)

    def _take_keyboard(self) -> None:
        """Keep the keyboard that a form had which is gone; else it goes to the window's first widget."""
        if self.form is None:
            first = next((button for button in self.findChildren(QPushButton) if button.isVisible()), None)
            if first is not None:
                first.setFocus()

    def _add_block(self, block: DiagnosticBlock) -> None:
        self._add_row(f"Diagnostic block: {block_words(block)}", ("Change", self.record), ("Remove", self._remove))

    def _add_elsewhere(self, said: BlockElsewhere | None) -> None:
        """Offer a block recorded outside the plan, or the word for none, to be taken over by one press."""
        if said is not None and said.block is not None:
            block = said.block
            self._add_offer(f"{said.where}: {block_words(block)}", "Take over", lambda: self._keep(block))
        elif said is not None and any(a.found.finding.code == NO_BLOCK and _is_open(a) for a in self.answers):
            words = f"{said.where}: none, {said.who}: {said.reason}"
            self._add_offer(words, "Acknowledge here too", lambda: self._acknowledge(said))

    def _add_offer(self, words: str, verb: str, act: Callable[[], object]) -> None:
        """Add what was said elsewhere with the button that takes it over."""
        self._column.addWidget(label(words, wrap=True))
        button = QPushButton(verb)
        button.setProperty("look", "primary")
        button.setAccessibleName(f"{verb}: diagnostic block")
        button.clicked.connect(act)
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        self._column.addLayout(row)

    def _acknowledge(self, said: BlockElsewhere) -> None:
        who = self._desk.who or said.who
        for answer in self.answers:
            if answer.found.finding.code == NO_BLOCK and _is_open(answer):
                self._desk.apply(Acknowledge(answer.found.accepted(who=who, reason=said.reason, when=utc_now())))
                return

    def _add_row(self, words: str, *links: tuple[str, object]) -> None:
        """Add a sentence with what can be done beside a short one, and below a long one."""
        column, row = QVBoxLayout(), QHBoxLayout()
        column.setSpacing(0)
        row.setSpacing(4)
        if len(links) > 1:
            column.addWidget(label(words, wrap=True))
            row.addStretch(1)
        else:
            row.addWidget(label(words, wrap=True), 1)
        for text, act in links:
            button = QPushButton(text)
            button.setProperty("look", "link")
            button.setAccessibleName(f"{text}: diagnostic block")
            button.clicked.connect(act)
            row.addWidget(button)
        column.addLayout(row)
        self._column.addLayout(column)

    def _close_form(self) -> None:
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def record(self) -> None:
        """Open the form in place of one for a name and a reason."""
        for answer in self.answers:
            answer.close_form()
        if self._target is not None:
            (self.form or self._open_form()).begin()

    def _open_form(self) -> BlockForm:
        """Put the form below the rows."""
        self.form = BlockForm(None if self._target is None else self._target.block)
        self.form.kept.connect(self._keep)
        self.form.left.connect(self._rebuild)
        self.form.lacking.connect(self._desk.say)
        self._column.addWidget(self.form)
        return self.form

    def _keep(self, block: DiagnosticBlock) -> None:
        target = self._target
        if target is not None and self._desk.apply(PutTarget(replace(target, block=block), what="record the block of")):
            self._rebuild()

    def _remove(self) -> None:
        if self._target is not None:
            self._desk.apply(PutTarget(replace(self._target, block=None), what="remove the block of"))


def _is_open(answer: FindingAnswer) -> bool:
    return answer.found.acknowledgement is None
