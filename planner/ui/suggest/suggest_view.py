"""Which placement would do? The wish, the search, the candidates in a table and as ghosts, and adopting one (H-31).

The plan stays as it is until "Adopt", which is one edit. What was excluded and why stands under the candidates; a
suggestion of another state of the plan says STALE, has no verdicts and cannot be adopted (H-13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from planner.domain.rule import Verdict
from planner.domain.suggestion import SuggestAxis
from planner.planning.suggest_words import against
from planner.ui.panels.panel import SIDE_PX, SentenceList
from planner.ui.steps import missing_for_suggestion
from planner.ui.suggest.candidate_rows import CandidateHeads, CandidateLine, CandidateList
from planner.ui.suggest.compare_table import CompareTable
from planner.ui.suggest.folding import Folding
from planner.ui.suggest.suggest_loop import SuggestLoop
from planner.ui.suggest.suggest_words import (
    PLAN,
    axis_text,
    excluded_words,
    hard_words,
    margin_words,
    none_words,
    searched_words,
    spoken_candidate,
    verdict_counts,
    why_words,
)
from planner.ui.suggest.wish_form import WishForm
from planner.ui.theme.tokens import StateStyle
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, rule_line
from planner.ui.widgets.row_list import RowListModel

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from planner.domain.suggestion import SuggestCandidate, SuggestFigures, Suggestion, SuggestWish
    from planner.ui.desk import Desk

STALE = StateStyle("STALE", "warning", "check", "check_tint")
_STALE_WORDS = "The plan or its rules changed after these suggestions. Search again."
_RUNNING_WORDS = "The plan stays as it is. Look around meanwhile; an edit of the plan ends the search."
_NONE = "No placement keeps every hard limit"


class SuggestView(QWidget):
    """Form, progress, candidates, why, side by side, excluded; and the two buttons."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName("Suggestions")
        self.loop = SuggestLoop(desk)
        self._is_asking = True
        self._shown: tuple[object, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.form = WishForm(desk)
        self.form.asked.connect(self._ask)
        column.addWidget(self.form)
        self._summary = self._make_summary()
        column.addWidget(self._summary)
        self._running = self._make_running()
        column.addWidget(self._running)
        self._state = self._make_state()
        column.addWidget(self._state)
        self._model: RowListModel[CandidateLine] = RowListModel()
        self.list = CandidateList(self._model)
        self.heads = CandidateHeads()
        column.addWidget(self.heads)
        column.addWidget(self.list)
        self._said = self._make_said()
        column.addWidget(self._said, 1)
        self._foot = self._make_foot()
        column.addWidget(self._foot)
        self._filler = QWidget()
        column.addWidget(self._filler, 1)
        self._connect()
        self.show_all()

    def _connect(self) -> None:
        self.list.selectionModel().currentChanged.connect(lambda _new, _old: self._on_chosen())
        self.list.go_pressed.connect(lambda _key: self._look())
        adopt = QShortcut(QKeySequence("Ctrl+Return"), self.list, self._adopt)
        adopt.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.loop.changed.connect(self.show_all)
        self._desk.changed.connect(lambda _change: self.show_all() if self.isVisible() else None)
        self._desk.opened.connect(self._begin_anew)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _make_summary(self) -> QWidget:
        """Return the line that stands for the form once there is an answer."""
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(SIDE_PX, 6, SIDE_PX, 6)
        self._wish = ElidedLabel("secondary", mode=Qt.TextElideMode.ElideMiddle)
        self.change = QPushButton("Change")
        self.change.setProperty("look", "link")
        self.change.clicked.connect(self._ask_again)
        row.addWidget(self._wish, 1)
        row.addWidget(self.change)
        return line

    def _make_running(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(SIDE_PX, 4, SIDE_PX, 8)
        column.setSpacing(4)
        row = QHBoxLayout()
        self._progress_words = ElidedLabel("secondary")
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self._cancel)
        row.addWidget(self._progress_words, 1)
        row.addWidget(self.cancel)
        column.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the search")
        column.addWidget(self._bar)
        column.addWidget(label(_RUNNING_WORDS, "hint", wrap=True))
        return part

    def _make_state(self) -> QWidget:
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(SIDE_PX, 4, SIDE_PX, 6)
        row.setSpacing(8)
        self._stale = StateBadge(STALE)
        self._state_words = label("", "secondary", wrap=True)
        row.addWidget(self._stale)
        row.addWidget(self._state_words, 1)
        return part

    def _make_said(self) -> QScrollArea:
        """Return what scrolls under the candidates: why, side by side, hard limits, what was excluded."""
        inside = QWidget()
        inside.setObjectName("scrolled")
        inside.setMinimumWidth(1)
        column = QVBoxLayout(inside)
        column.setContentsMargins(SIDE_PX, 10, SIDE_PX, 12)
        column.setSpacing(8)
        self._name = ElidedLabel("heading")
        self._why = SentenceList("Why this candidate")
        self._why_said: tuple[str, ...] = ()
        column.addWidget(self._name)
        column.addWidget(self._why)
        self._side = Folding("Side by side")
        pair = QHBoxLayout()
        self._with = ChoiceField()
        self._with.setAccessibleName("Compare with")
        self._with.activated.connect(lambda _at: self._show_pair())
        pair.addWidget(label("With", "secondary"))
        pair.addWidget(self._with, 1)
        self._side.body.addLayout(pair)
        self.pair = CompareTable()
        self._side.body.addWidget(self.pair)
        self._hard = Folding("Hard limits")
        self._hard_words = label("", "secondary", wrap=True)
        self._hard.body.addWidget(self._hard_words)
        self._excluded = Folding("What was excluded, and why")
        self._excluded_words = label("", "secondary", wrap=True)
        self._excluded.body.addWidget(self._excluded_words)
        for part in (self._side, self._hard, self._excluded):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("About the chosen candidate")
        return area

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(rule_line())
        row = QHBoxLayout()
        row.setContentsMargins(SIDE_PX, 8, SIDE_PX, 8)
        row.setSpacing(8)
        self.adopt = QPushButton("Adopt")
        self.adopt.clicked.connect(self._adopt)
        self.look = QPushButton("Look at its tip")
        self.look.clicked.connect(self._look)
        row.addWidget(self.adopt)
        row.addWidget(self.look)
        row.addStretch(1)
        column.addLayout(row)
        return foot

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Show what there is, how far a search is, and whether it is of the plan on the desk."""
        session, loop = self._desk.session, self.loop
        if session is None:
            return
        told, job = loop.told, loop.job
        had_keys = self._has_keys()
        is_form = job is None and (told is None or self._is_asking)
        self.form.setVisible(is_form)
        if is_form:
            self.form.show_plan(session.plan, missing=missing_for_suggestion(session.plan))
            if loop.refusal:
                self.form.say(loop.refusal)
        self._running.setVisible(job is not None)
        if job is not None:
            self._progress_words.show_text(f"{job.words} …")
            self._bar.setRange(0, max(job.total, 1))  # one without an end would move on its own
            self._bar.setValue(job.done)
        self._summary.setVisible(told is not None and not is_form and job is None)
        has_any = told is not None and not is_form and job is None
        for part in (self._said, self._foot):
            part.setVisible(has_any)
        self._filler.setVisible(not has_any)
        rows = told is not None and has_any and bool(told.candidates or told.present)
        self.heads.setVisible(rows)
        self.list.setVisible(rows)
        self._state.setVisible(False)
        if told is not None and has_any:
            self._show_told(told)
        if self.isVisible():
            (loop.show_ghosts if has_any else loop.hide_ghosts)()
        if had_keys and not self._has_keys():  # what had the keyboard is hidden now
            self._give_keys()

    def _has_keys(self) -> bool:
        widget = QApplication.focusWidget()
        return widget is not None and self.isAncestorOf(widget) and widget.isVisible()

    def _give_keys(self) -> None:
        places = (self.list, self.cancel, self.form.target, self.change)
        next(place for place in (*places, self) if place.isVisible() or place is self).setFocus()

    def _show_told(self, told: Suggestion) -> None:
        loop = self.loop
        self._wish.show_text(_wish_words(told))
        adopted = loop.adopted
        self._stale.setVisible(loop.is_stale)
        self._state.setVisible(loop.is_stale or bool(adopted))
        self._state_words.setText(_STALE_WORDS if loop.is_stale else f"Suggestion {adopted} is the plan now.")
        if self._shown != (id(told), loop.is_stale, adopted):
            is_new = not self._shown or self._shown[0] != id(told)
            self._shown = (id(told), loop.is_stale, adopted)
            self.list.show_lines(_lines(told, is_stale=loop.is_stale, adopted=adopted))
            if is_new:
                self._show_new(told)
        self._show_chosen()

    def _show_new(self, told: Suggestion) -> None:
        """Choose the first candidate, and write what holds of all."""
        self.list.choose(told.candidates[0].name if told.candidates else PLAN)
        self._excluded_words.setText("\n".join((searched_words(told), excluded_words(told), *told.notes)))
        self._excluded.set_open(is_open=not told.candidates)
        names = [PLAN] * (told.present is not None) + [candidate.name for candidate in told.candidates]
        self._with.clear()
        for name in names:
            self._with.addItem("The plan as it was" if name == PLAN else f"Suggestion {name}", name)

    def _show_chosen(self) -> None:
        told, candidate = self.loop.told, self._candidate()
        if told is None:
            return
        for part in (self._side, self._hard):
            part.setVisible(candidate is not None)
        if candidate is None:
            self._name.show_text(_NONE if not told.candidates else "The plan as it was")
            self._say_why(none_words(told) if not told.candidates else _present_words(told))
        else:
            self._name.show_text(f"Why {candidate.name}")
            self._say_why(why_words(candidate))
            self._hard.set_title(f"Hard limits, {len(candidate.hard_rows)} looked at")
            self._hard_words.setText(hard_words(candidate.hard_rows))
            self._show_pair()
        reason = "Choose a candidate." if candidate is None else self.loop.why_not(candidate)
        self.adopt.setText("Adopt" if candidate is None else f"Adopt {candidate.name}")
        self.adopt.setEnabled(not reason)
        self.adopt.setToolTip(reason or "One edit of the plan, which undo takes back; Ctrl+Enter in the list")
        self.look.setEnabled(candidate is not None)

    def _say_why(self, sentences: tuple[str, ...]) -> None:
        if sentences != self._why_said:
            self._why_said = sentences
            self._why.show_sentences(sentences)

    def _show_pair(self) -> None:
        """Show the chosen candidate beside another one; never beside itself."""
        told, candidate = self.loop.told, self._candidate()
        if told is None or candidate is None:
            return
        others = [self._with.itemData(at) for at in range(self._with.count())]
        if self._with.currentData() in (None, candidate.name):
            self._with.select_data(next((name for name in others if name != candidate.name), None))
        name = self._with.currentData()
        other = None if name in (None, candidate.name) else _figures(told, str(name))
        self.pair.setVisible(other is not None)
        if other is not None:
            title = PLAN if name == PLAN else str(name)
            words = (
                against(candidate.figures, other, name="the plan" if name == PLAN else title),
                f"{candidate.name}: {margin_words(candidate.figures.margin)}",
                f"{title}: {margin_words(other.margin)}",
            )
            self.pair.show_pair((candidate.name, candidate.figures), (title, other), words="\n".join(words))

    def _candidate(self) -> SuggestCandidate | None:
        told, key = self.loop.told, self.list.chosen_key()
        return None if told is None else next((c for c in told.candidates if c.name == key), None)

    # --- acting ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Give the keyboard to what comes next: the candidates, else the form."""
        self.show_all()
        self._give_keys()

    def _ask(self, wish: SuggestWish) -> None:
        self._is_asking = False
        self.loop.ask(wish)
        if self.loop.job is not None:
            self.cancel.setFocus()

    def _ask_again(self) -> None:
        self._is_asking = True
        self.show_all()
        self.form.target.setFocus()

    def _begin_anew(self) -> None:
        self._is_asking, self._shown = True, ()
        self.show_all()

    def _cancel(self) -> None:
        self._is_asking = self.loop.told is None
        self.loop.cancel()
        self._desk.say("Searching placements: cancelled.")

    def _on_chosen(self) -> None:
        candidate = self._candidate()
        self.loop.choose("" if candidate is None else candidate.name)
        self._show_chosen()

    def _look(self) -> None:
        candidate = self._candidate()
        if candidate is not None:
            self._desk.look_at(candidate.probes[0].tip_lps_mm)

    def _adopt(self) -> None:
        candidate = self._candidate()
        if candidate is not None and self.adopt.isEnabled():
            self.loop.adopt(candidate)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the candidates in the views while they are listed."""
        super().showEvent(event)
        self.show_all()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the views to the plan."""
        super().hideEvent(event)
        self.loop.hide_ghosts()


def _lines(told: Suggestion, *, is_stale: bool, adopted: str) -> list[CandidateLine]:
    """Return the plan's own probes and every candidate as rows."""
    lines = []
    # A candidate may be what the plan was already: then the plan's own figures are still its own.
    is_other = bool(adopted) and told.candidate(adopted).plan_hash != told.plan_hash
    if told.present is not None:
        lines.append(_line(PLAN, told.present, (), is_stale=is_stale or is_other))
    for candidate in told.candidates:
        best = tuple(axis for axis in SuggestAxis if candidate.name in _best(told, axis))
        lines.append(_line(candidate.name, candidate.figures, best, is_stale=is_stale))
    return lines


def _best(told: Suggestion, axis: SuggestAxis) -> tuple[str, ...]:
    """Return the candidates that are best on an axis; none where all count as the same."""
    names = told.best_on(axis)
    return names if len(names) < len(told.candidates) else ()


def _line(name: str, figures: SuggestFigures, best: tuple[SuggestAxis, ...], *, is_stale: bool) -> CandidateLine:
    margin = "" if figures.margin is None else figures.margin.name
    spoken = spoken_candidate(name if name == PLAN else f"Suggestion {name}", figures, best)
    return CandidateLine(
        key=name,
        name=name,
        texts=tuple(axis_text(figures, axis) for axis in SuggestAxis),
        spoken=f"STALE. {spoken}" if is_stale else spoken,
        best=frozenset(best),
        counts=verdict_counts(figures),
        below=margin,
        is_stale=is_stale,
    )


def _figures(told: Suggestion, name: str) -> SuggestFigures | None:
    if name == PLAN:
        return told.present
    return next((c.figures for c in told.candidates if c.name == name), None)


def _present_words(told: Suggestion) -> tuple[str, ...]:
    """Say what the plan's own probes break."""
    if not told.present_broken:
        untold = verdict_counts(told.present)[Verdict.NOT_ASSESSED] if told.present is not None else 0
        left = f"; {untold} rows of its assessment are NOT ASSESSED" if untold else ""
        return (f"The plan's own probes by the same figures. They break no hard limit that could be told{left}.",)
    return ("The plan's own probes by the same figures. They break:", hard_words(told.present_broken))


def _wish_words(told: Suggestion) -> str:
    wish = told.wish
    count = "1 probe" if wish.most_probes == 1 else f"1 to {wish.most_probes} probes"
    models = f"{len(wish.model_ids)} model{'' if len(wish.model_ids) == 1 else 's'}"
    return f"{told.target_name} · {count} · {models} · seed {wish.seed}"
