"""How is a freeze timed at the table? One screen, read from 3 m, pressed with gloves; every press is in the record.

Keys: Space is the large button, S stop, E extend, M mark a moment, Ctrl+Z undo, Esc back. Nothing blinks or moves; the
screen is looked at four times a second and painted when a figure is another one. Buttons never move under the hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from planner.casebook.freeze_clock import Stage
from planner.casebook.freeze_moments import coming_moments
from planner.casebook.freeze_presses import LONGEST_TARGET_S
from planner.casebook.record_time import stamp
from planner.services.steady_clock import SystemClock
from planner.ui.case.empty_page import EmptyPage
from planner.ui.case.record_days import day_doubt, day_of, zone_words
from planner.ui.case.timer_bar import TimerBar, bar_lanes, now_on_bar_s
from planner.ui.case.timer_button import BigButton
from planner.ui.case.timer_correct import CorrectRow
from planner.ui.case.timer_deeds import TimerDeeds
from planner.ui.case.timer_keys import TimerKeys
from planner.ui.case.timer_lanes import MOST_IN_A_ROW, LaneFaces
from planner.ui.case.timer_record import TimerRecord
from planner.ui.case.timer_rows import NoteRow, OtherDeeds, OtherPhase, timer_label
from planner.ui.case.timer_side import TimerSide
from planner.ui.case.timer_strip import NotKeptStrip
from planner.ui.case.timer_words import early_words, local_clock
from planner.ui.theme.fonts import ui_font
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import NARROW_WINDOW_PX, TIMER_KEY_PX, TIMER_LINE_PX, TIMER_TEXT_PX
from planner.ui.widgets.accessible import announce
from planner.ui.widgets.labels import ElidedLabel, label, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from planner.casebook.freeze_clock import Lane, TimerState
    from planner.casebook.freeze_presses import Boundary
    from planner.casebook.record_time import Clock
    from planner.domain.identity import CaseId, ProcedureId
    from planner.domain.procedure import Procedure
    from planner.domain.protocol import PhaseKind
    from planner.ui.case.case_desk import CaseDesk

_LOOK_MS = 250
_MARGIN_PX = 12
_LOW_PX = 800
"""Lower than this, the bar and the buttons take less room."""
_CROWDED_PX = 660
_SMALLEST_PX = (900, 560)
_GONE = "This procedure is not in the case any more."


class TimerPage(QWidget):
    """The timer of one procedure; ``back_asked`` leaves it, and what runs goes on in the record.

    Parameters
    ----------
    clock
        The computer's clocks, unless a test moves its own.
    """

    back_asked = Signal()

    def __init__(self, case_desk: CaseDesk, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Freeze timer")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._case_desk = case_desk
        self._clock = SystemClock() if clock is None else clock
        self._records: dict[tuple[CaseId, ProcedureId], TimerRecord] = {}
        self.deeds = TimerDeeds(self._after_deed)
        self._marked_s = 0.0
        self._over: set[str] = set()
        self._shown: tuple[object, ...] = ()
        self._make_parts()
        self._connect_parts()
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK_MS)
        self._looking.timeout.connect(self.look)
        case_desk.opened.connect(self._on_opened)
        case_desk.changed.connect(self.look)
        theme().changed.connect(self.update)

    def _make_parts(self) -> None:
        self.title = ElidedLabel()
        self.title.setFont(ui_font(TIMER_TEXT_PX, 600))
        self.began = timer_label(size_px=TIMER_LINE_PX, weight=400)
        self.clock = timer_label(size_px=TIMER_LINE_PX + 8, weight=600)
        head = QHBoxLayout()
        head.setContentsMargins(_MARGIN_PX, 6, _MARGIN_PX, 6)
        head.setSpacing(24)
        self.training = label("TRAINING", "tag")
        set_tone(self.training, "check")
        head.addWidget(self.training)
        head.addWidget(self.title, 1)
        head.addWidget(self.began)
        head.addWidget(self.clock)
        self.not_kept = NotKeptStrip()
        self.faces, self.side, self.bar, self.keys = LaneFaces(), TimerSide(), TimerBar(), TimerKeys()
        self.said = timer_label(size_px=TIMER_TEXT_PX, weight=500)
        self.said.setFixedHeight(28)
        self.others, self.note, self.other, self.correct = OtherDeeds(), NoteRow(), OtherPhase(), CorrectRow()
        self.rows = QStackedWidget()
        self.rows.setFixedHeight(TIMER_KEY_PX)
        for row in (self.others, self.note, self.other, self.correct):
            self.rows.addWidget(row)
        middle = QHBoxLayout()
        middle.setSpacing(2)
        middle.addWidget(self.faces, 1)
        middle.addWidget(self.side)
        foot = QVBoxLayout()
        foot.setContentsMargins(_MARGIN_PX, 4, _MARGIN_PX, _MARGIN_PX)
        foot.setSpacing(8)
        foot.addWidget(self.said)
        foot.addWidget(self.keys)
        foot.addWidget(self.rows)
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        bar = QFrame()
        bar.setObjectName("bar")
        bar.setLayout(head)
        column.addWidget(bar)
        column.addWidget(self.not_kept)
        column.addLayout(middle, 1)
        column.addWidget(self.bar)
        column.addLayout(foot)
        self._gone = EmptyPage(_GONE, "Back to the record")
        whole = QVBoxLayout(self)
        # It becomes lower by itself where there is little room: see resizeEvent.
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._body)
        whole.addWidget(self._gone)
        self._gone.hide()

    def _connect_parts(self) -> None:
        self.keys.pressed.connect(self.deeds.press)
        self.keys.stop_asked.connect(self.deeds.stop)
        self.keys.extend_asked.connect(self.deeds.extend)
        self.keys.undo_asked.connect(self.deeds.undo)
        self.faces.press_asked.connect(self.deeds.press_lane)
        self.faces.stop_asked.connect(self.deeds.stop_lane)
        self.others.back_asked.connect(self.back_asked)
        self.others.mark_asked.connect(self.mark)
        self.others.other_asked.connect(self._ask_other)
        self.others.correct_asked.connect(self._ask_correction)
        self.note.kept.connect(self._keep_note)
        self.other.chosen.connect(self._add)
        self.correct.kept.connect(self._correct)
        for row in (self.note, self.other, self.correct):
            row.given_up.connect(self._show_others)
        self.not_kept.keep_asked.connect(self.deeds.keep_again)
        self.not_kept.drop_asked.connect(self.deeds.drop)
        self._gone.asked.connect(self.back_asked)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_procedure(self, procedure_id: ProcedureId) -> None:
        """Time a procedure of the open case; what runs in its record goes on."""
        case = self._case_desk.case
        if case is None:
            return
        key = (case.id, procedure_id)
        if key not in self._records:
            self._records[key] = TimerRecord(self._case_desk, procedure_id, self._clock)
        record = self.deeds.record = self._records[key]
        record.follow()
        record.refusal = ""
        self._show_others()
        self.look()

    def look(self) -> None:
        """Read clock and record, and show what is another one now."""
        record = self.deeds.record
        if record is None or not self.isVisible():
            return
        record.watch_clock()
        procedure, state = record.procedure, record.state()
        self._body.setVisible(procedure is not None)
        self._gone.setVisible(procedure is None)
        if procedure is None or state is None:
            return
        now_s = float(int(record.now_s()))
        early = self.deeds.early
        shown = (procedure, now_s, record.refusal, tuple(record.unkept), record.undo_words(), early)
        if shown == self._shown:
            return
        self._shown = shown
        self._show_head(procedure, state, now_s)
        self.faces.show_lanes(state, now_s=now_s, early=early)
        self.side.show_state(procedure, state, coming_moments(procedure.planned, state, now_s=now_s), now_s=now_s)
        self.bar.show_lanes(bar_lanes(state, now_s=now_s), now_s=now_on_bar_s(state, now_s=now_s))
        self.keys.show_state(state, undo_words=record.undo_words(), early=early)
        self.others.other.show_words("Another phase", "not in the plan" if procedure.planned else "")
        self.others.correct.show_words("Correct a time", reason="" if procedure.phases else "Nothing was timed yet")
        self.not_kept.show_presses(record.unkept)
        self._fit_height()
        told = record.refusal or ("" if early is None else early_words(early))
        told = told or _forgotten(state) or _day_words(procedure, now_s=now_s)
        self._say(told or _standing(procedure), tone="check" if told else "")
        self._tell_over(state)

    @property
    def looks_each_ms(self) -> int:
        """How often it looks at the clock, ms."""
        return self._looking.interval()

    def _after_deed(self) -> None:
        """Take the keyboard back from the button that was pressed: the next one in line is Undo, and Enter bounces."""
        if isinstance(self.focusWidget(), BigButton) and self.deeds.early is None:
            self.setFocus()
        self.look()

    def _show_head(self, procedure: Procedure, state: TimerState, now_s: float) -> None:
        case = self._case_desk.case
        self.training.setVisible(case is not None and not case.is_of_a_patient)  # H-20
        plan = procedure.planned.plan_name if procedure.planned is not None else "without a plan"
        self.title.show_text(f"{case.pseudonym if case is not None else ''} · {plan} · {procedure.day}")
        self.clock.setText(f"{local_clock(now_s, now_s=now_s)} {zone_words(stamp(now_s))}")
        began = "" if state.began_s is None else f"began {local_clock(state.began_s, now_s=now_s)}"
        self.began.setText(began)

    def _tell_over(self, state: TimerState) -> None:
        """Have a screen reader say once when a phase lasts longer than planned."""
        over = {lane.name for lane in state.lanes if lane.is_over}
        for name in sorted(over - self._over):
            announce(self.faces, f"{name} is over its planned end.")
        self._over = over

    def _say(self, sentence: str, *, tone: str = "check") -> None:
        if sentence != self.said.text():
            self.said.setText(sentence)
            set_tone(self.said, tone)
            if sentence:
                announce(self.said, sentence)

    def _on_opened(self) -> None:
        """Wait until a timer of this case is asked for; a press that is not kept yet waits in its record."""
        self.deeds.record = None
        self._shown = ()

    def _show_others(self) -> None:
        self.rows.setCurrentWidget(self.others)
        self.setFocus()

    # --- the rows below the buttons ----------------------------------------------------------------------------------

    def mark(self) -> None:
        """Keep the time of now, and ask what happened."""
        if self.deeds.record is not None:
            self._marked_s = self.deeds.now_s()
            self.rows.setCurrentWidget(self.note)
            self.note.begin(local_clock(self._marked_s, now_s=self._marked_s))

    def _keep_note(self, words: str) -> None:
        self.deeds.note(words, at_s=self._marked_s)
        self._show_others()

    def _ask_other(self) -> None:
        state = self.deeds.state
        if state is not None:
            self.rows.setCurrentWidget(self.other)
            self.other.begin(tuple(one.lane for one in state.lanes), is_running=state.is_running)

    def _add(self, lanes: tuple[Lane, ...], kind: PhaseKind) -> None:
        if self.deeds.add(lanes, kind):
            self._show_others()

    def _ask_correction(self) -> None:
        procedure = self.deeds.procedure
        if procedure is not None and procedure.phases:
            self.rows.setCurrentWidget(self.correct)
            self.correct.begin(procedure, now_s=self.deeds.now_s())

    def _correct(self, boundary: Boundary, to_s: float) -> None:
        if self.deeds.correct(boundary, to_s):
            self._show_others()

    # --- keys and window ---------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Claim the timer's keys before the window's actions do."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._deed_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key stands for, once for each press however long it is held."""
        deed = self._deed_of(event)
        if deed is None:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            deed()

    def _deed_of(self, event: QKeyEvent) -> Callable[[], None] | None:
        """Return what a key does here; a field that is typed into keeps its letters, and Esc leaves it."""
        is_typing = isinstance(self.focusWidget(), QLineEdit) and self.rows.currentWidget() is not self.others
        is_plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() == Qt.Key.Key_Escape and is_plain:
            if self.deeds.early is not None:
                return self.deeds.give_up_early
            return self._show_others if self.rows.currentWidget() is not self.others else self.back_asked.emit
        if is_typing:
            return None
        keys = QKeySequence(event.keyCombination()).toString()
        if keys in ("Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y"):  # the window's own keys for it
            return self.deeds.undo if keys == "Ctrl+Z" else self.deeds.redo
        plain: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Space: self.deeds.press,
            Qt.Key.Key_S: self.deeds.stop,
            Qt.Key.Key_E: self.deeds.extend,
            Qt.Key.Key_M: self.mark,
        }
        return plain.get(event.key()) if is_plain else None

    def minimumSizeHint(self) -> QSize:
        """Ask for no more than the smallest window has."""
        return QSize(*_SMALLEST_PX)

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the clock while it is in sight."""
        super().showEvent(event)
        self._looking.start()
        self._shown = ()
        self.look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while it is out of sight: the record knows since when a phase runs."""
        self._looking.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take less room for everything but the figures on a small screen."""
        super().resizeEvent(event)
        self.side.set_large(large=self.width() >= NARROW_WINDOW_PX)
        self._fit_height()

    def _fit_height(self) -> None:
        """Have lower rows on a small screen; where the figures would be small, they have the bar's room as well."""
        is_low, lanes = self.height() < _LOW_PX, len(self.faces.lanes)
        self.bar.set_low(low=is_low)
        self.keys.set_low(low=is_low)
        room_px = self.height() - (0 if self.not_kept.isHidden() else self.not_kept.height())
        is_crowded = lanes > 1 and room_px < _CROWDED_PX
        self.bar.setVisible(lanes <= MOST_IN_A_ROW and not is_crowded)


def _forgotten(state: TimerState) -> str:
    """Say when something runs for so long that its end must have been forgotten."""
    running = (lane.elapsed_s or 0.0 for lane in state.lanes if lane.stage is Stage.RUNNING)
    if max(running, default=0.0) <= LONGEST_TARGET_S:
        return ""
    return "This runs for more than an hour. If its end was forgotten: stop it, then correct the time of its end."


def _day_words(procedure: Procedure, *, now_s: float) -> str:
    """Say when what is timed is of another day than the record."""
    today = day_of(stamp(now_s))
    if not procedure.phases and not procedure.is_finished and procedure.day != today:
        return f"This record is of {procedure.day}, today is {today}. Set its day in the record, or begin another one."
    return day_doubt(procedure)[0]


def _standing(procedure: Procedure) -> str:
    """Say what is to be known of the record while it is timed; empty when nothing is."""
    if procedure.is_finished:
        return f"This record was finished by {procedure.finished_by}: what is pressed now is marked as a later edit."
    return ""
