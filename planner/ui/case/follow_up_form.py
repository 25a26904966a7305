"""What did this look at the patient find? A form kept field by field; what was not asked stays open, never "no"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from planner.casebook.course import interval_words
from planner.domain.errors import CaseInvalid, PlannerError
from planner.domain.intake import Scores
from planner.domain.moment import require_day
from planner.ui.case.follow_up_choice import ChoiceBar
from planner.ui.case.follow_up_findings import Findings
from planner.ui.case.follow_up_words import CONTACTS, baseline_words
from planner.ui.case.intake_remark import RemarkField
from planner.ui.case.intake_scores import ScoresForm
from planner.ui.case.refused_field import refusal_label, show_refusal
from planner.ui.panels.panel import field_row
from planner.ui.widgets.escape import asks_for_escape
from planner.ui.widgets.fields import ChoiceField, text_field
from planner.ui.widgets.labels import label, rule_line, set_tone
from planner.ui.widgets.typed_field import number_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from planner.domain.follow_up import Contact, FollowUp

_SIDE_PX, _NAME_PX, _DAY_PX = 16, 56, 104
_OUTSIDE = "none of them"
_REMOVE, _DISCARD = "Remove this follow-up", "Discard what is entered"
_NOT_KEPT = "Begun by its first entry; nothing is kept yet"


class FollowUpForm(QFrame):
    """One follow-up. ``edited(what)`` after each field, ``done`` and ``remove_asked`` by its buttons."""

    edited = Signal(str)
    done = Signal()
    remove_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Follow-up form")
        self._scale = ""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(self._make_head())
        outer.addWidget(rule_line())
        self.error = label("", wrap=True)
        self.error.setObjectName("fieldError")
        self.error.setContentsMargins(_SIDE_PX, 6, _SIDE_PX, 6)
        self.error.hide()
        outer.addWidget(self.error)
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(_SIDE_PX, 12, _SIDE_PX, 16)
        self._column.setSpacing(8)
        self._add_when()
        self._add_scores()
        self.findings = Findings()
        self.findings.edited.connect(self.edited)
        self._column.addWidget(self.findings)
        self._add_note()
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(self._scroll, 1)

    # --- building ----------------------------------------------------------------------------------------------------

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(_SIDE_PX, 10, _SIDE_PX, 10)
        names = QVBoxLayout()
        names.setSpacing(0)
        self.title = label("", "heading")
        self.kept = label("", "hint")
        names.addWidget(self.title)
        names.addWidget(self.kept)
        head.addLayout(names, 1)
        self.close_button = QPushButton("Done")
        self.close_button.setToolTip("Back to what is due, Esc. Everything is kept already.")
        self.close_button.clicked.connect(self.done)
        head.addWidget(self.close_button)
        return head

    def _add_when(self) -> None:
        self.gaps = label("", wrap=True)
        set_tone(self.gaps, "check")
        self._column.addWidget(self.gaps)
        self.day = text_field(name="Day of the follow-up", hint="such as 2026-03-14")
        self.interval = ChoiceField()
        self.interval.setAccessibleName("Which interval it answers")
        self.interval.activated.connect(lambda _at: self.edited.emit("set the interval of"))
        row = QHBoxLayout()
        row.setSpacing(12)
        self.day.setFixedWidth(_DAY_PX)
        row.addLayout(field_row("Day", self.day, width_px=_NAME_PX))
        row.addLayout(field_row("Answers", self.interval, width_px=52), 1)
        self._column.addLayout(row)
        self._day_refused = refusal_label()
        self._column.addWidget(self._day_refused)
        self.place = label("", "hint", wrap=True)
        self._column.addWidget(self.place)
        self.contact: ChoiceBar[Contact] = ChoiceBar("Contact", CONTACTS)
        self.contact.chosen.connect(lambda _contact: self.edited.emit("set the contact of"))
        self._column.addLayout(field_row("Contact", self.contact, width_px=_NAME_PX))
        self._follow(self.day, "set the day of")

    def _add_scores(self) -> None:
        self._column.addSpacing(4)
        self._column.addWidget(label("Scores", "heading"))
        self.before = label("", "hint", wrap=True)
        self._column.addWidget(self.before)
        self.scores = ScoresForm(buttons=False)
        self.scores.edited.connect(lambda: self.edited.emit("score"))
        self.scores.left.connect(self.done)
        self._column.addWidget(self.scores)
        self.relief = text_field(name="Relief as the patient tells it, %", hint="not asked")
        self.relief.setFixedWidth(84)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label("Relief, as the patient tells it", "secondary"))
        row.addWidget(self.relief)
        row.addWidget(label("%", "secondary"))
        row.addStretch(1)
        self._column.addLayout(row)
        self._relief_refused = refusal_label()
        self._column.addWidget(self._relief_refused)
        self.goal = label("", "secondary", wrap=True)
        self._column.addWidget(self.goal)
        self._follow(self.relief, "set the relief of")

    def _add_note(self) -> None:
        self._column.addSpacing(4)
        self._column.addWidget(label("Note", "heading"))
        self.note = RemarkField(name="Note on the follow-up", hint="Anything else")
        for signal in (self.note.kept, self.note.passed):
            signal.connect(lambda: self._tell(self.note.is_edited, "note on"))
        self.note.left.connect(self.done)
        self._column.addWidget(self.note)
        self.remove = QPushButton(_REMOVE)
        self.remove.setProperty("look", "link")
        self.remove.clicked.connect(self.remove_asked)
        row = QHBoxLayout()
        row.addWidget(self.remove)
        row.addStretch(1)
        self._column.addLayout(row)
        self._column.addStretch(1)

    def _follow(self, field: QLineEdit, what: str) -> None:
        field.editingFinished.connect(lambda: self._tell(field.isModified(), what))

    def _tell(self, is_edited: bool, what: str) -> None:
        if is_edited:
            self.edited.emit(what)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_follow_up(self, one: FollowUp, *, intervals: tuple[int, ...], baseline: Scores | None) -> None:
        """Show a record; what is typed and could not be kept stays as typed."""
        self._shown = one
        self._show_intervals(one.interval_days, intervals)
        for field, text in ((self.day, one.day), (self.relief, _written(one.relief_percent))):
            if not field.isModified():
                field.setText(text)
        self.contact.show_value(one.contact)
        self.before.setText(baseline_words(baseline))
        shown = one.scores or Scores()
        self._scale = "" if baseline is None else baseline.function_scale
        self.scores.show_scores(replace(shown, function_scale=shown.function_scale or self._scale))
        self.findings.show_follow_up(one)
        if not self.note.is_edited and self.note.words != one.note:
            self.note.setPlainText(one.note)
            self.note.document().setModified(False)

    def _show_intervals(self, chosen: int | None, intervals: tuple[int, ...]) -> None:
        self.interval.clear()
        for days in sorted({*intervals, *([chosen] if chosen else [])}):
            self.interval.addItem(interval_words(days), days)
        self.interval.addItem(_OUTSIDE, None)
        self.interval.setCurrentIndex(self.interval.count() - 1 if chosen is None else self.interval.findData(chosen))

    def show_kept(self, title: str, kept: str) -> None:
        """Say which record it is and when it was kept; ``kept`` is empty while nothing of it is."""
        self.title.setText(title)
        self.kept.setText(kept or _NOT_KEPT)
        self.remove.setText(_REMOVE if kept else _DISCARD)

    def show_standing(self, *, goal: str, tone: str, recovery: str, neuritis: str) -> None:
        """Say what follows from the record."""
        self.goal.setText(goal)
        self.goal.setVisible(bool(goal))
        set_tone(self.goal, tone)
        self.findings.show_standing(recovery=recovery, neuritis=neuritis)

    def show_place(self, words: str, *, is_off: bool) -> None:
        """Say how its day lies to the treatment; ``is_off`` when that does not go with what it answers."""
        self.place.setText(words)
        set_tone(self.place, "check" if is_off else "")

    def show_gaps(self, words: str) -> None:
        """Say what was not asked; nothing when it is empty."""
        self.gaps.setText(f"{words[:1].upper()}{words[1:]}." if words else "")
        self.gaps.setVisible(bool(words))

    def show_error(self, sentence: str) -> None:
        """Say what could not be kept and why; nothing when it is empty."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def show_refusals(self, day: str = "") -> None:
        """Say at each field why it cannot be kept; ``day`` is what the case has against a day that can be read."""
        show_refusal(self.day, self._day_refused, _refused(self._with_day, self._shown) or day)
        show_refusal(self.relief, self._relief_refused, _refused(self._with_relief, self._shown))
        self.scores.show_refusals()

    def begin(self) -> None:
        """Take the keyboard at the first score, once it is laid out."""
        QTimer.singleShot(0, self.scores, self.scores.begin)

    # --- reading -----------------------------------------------------------------------------------------------------

    def read(self, one: FollowUp) -> tuple[FollowUp, str]:
        """Return the record with everything that can be read, and what cannot: that keeps its value, and its text."""
        wrong: list[str] = []
        parts: tuple[Callable[[FollowUp], FollowUp], ...] = (self._with_day, self._with_scores, self._with_relief)
        for part in parts:
            try:
                one = part(one)
            except PlannerError as error:
                wrong.append(error.sentence)
        one = replace(one, interval_days=self.interval.currentData(), contact=self.contact.value)
        one = self.findings.read(replace(one, note=self.note.words))
        return one, " ".join(wrong)

    def take(self) -> None:
        """Regard what could be read as kept."""
        for part, field in ((self._with_day, self.day), (self._with_relief, self.relief)):
            if not _refused(part, self._shown):
                field.setModified(False)
        if not _refused(self._with_scores, self._shown):
            self.scores.take()
        self.findings.take()
        self.note.document().setModified(False)

    def forget(self) -> None:
        """Let go of what is typed: the next record is shown in its place."""
        for field in (self.day, self.relief):
            field.setModified(False)
        self.scores.take()
        self.findings.forget()
        self.note.document().setModified(False)
        self.show_error("")
        for field, below in ((self.day, self._day_refused), (self.relief, self._relief_refused)):
            show_refusal(field, below, "")

    def _with_day(self, one: FollowUp) -> FollowUp:
        day = self.day.text().strip()
        require_day(day, "the follow-up")
        return replace(one, day=day)

    def _with_scores(self, one: FollowUp) -> FollowUp:
        scores = self.scores.read()
        if scores.function_score is None and scores.function_scale == self._scale:  # shown beforehand, not typed
            scores = replace(scores, function_scale="")
        return replace(one, scores=None if scores.is_empty else scores)

    def _with_relief(self, one: FollowUp) -> FollowUp:
        text = self.relief.text().strip()
        if not text:
            return replace(one, relief_percent=None)
        try:
            relief = number_reader("%", what="the relief")(text)
        except PlannerError as error:
            raise CaseInvalid(f"“{text[:20]}” is no relief. Type it in %, 0 to 100.", code="relief") from error
        return replace(one, relief_percent=relief)

    # --- keys --------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's action of that key."""
        if asks_for_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit()
        else:
            super().keyPressEvent(event)


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _refused(part: Callable[[FollowUp], FollowUp], one: FollowUp) -> str:
    """Return why a part of the form cannot be kept; empty when it can."""
    try:
        part(one)
    except PlannerError as error:
        return error.sentence
    return ""
