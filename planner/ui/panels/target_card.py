"""What does the atlas say of this target? Every statement with its source and status, folded by kind until wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner.domain.atlas import TargetForm
from planner.domain.datum import Status
from planner.ui.panels.panel import clear_layout
from planner.ui.panels.target_words import citation_of, datum_words, origin_words
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import ElidedLabel, label, plain_tip, set_tone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.atlas import AtlasEntry, SourcedText

_HEAD_PX = 114
_OPEN_AT_FIRST = frozenset({"Before freezing"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the atlas says; ``origin`` is empty for what it lists without a source of its own."""

    text: str
    origin: str = ""
    citation: str = ""
    is_verified: bool = True


def statements_of(entry: AtlasEntry) -> tuple[tuple[str, tuple[Statement, ...]], ...]:
    """Return everything the atlas says of a target, by kind; a kind without a statement is told as missing."""
    sizes = [("Diameter", entry.diameter_mm)]
    if entry.form is TargetForm.BODY:
        sizes = [("Length", entry.body_length_mm), ("Width", entry.body_width_mm)]
    groups: list[tuple[str, tuple[Statement, ...]]] = [
        ("Before freezing", _before(entry)),
        ("Level", _sourced(entry.levels)),
        ("Fibres", _sourced((replace(entry.fibres, text=_fibres(entry)),))),
        ("Approach", _sourced(entry.approaches)),
        ("Landmarks", _landmarks(entry)),
        ("Size", tuple(Statement(f"{name} {datum_words(datum, 'mm')}") for name, datum in sizes)),
        ("Nearby", _nearby(entry)),
        ("Risks", _sourced(entry.risks)),
        ("Protocol", _sourced(entry.protocols)),
        ("Outcome", _sourced(entry.outcomes)),
        ("Notes", _sourced(entry.notes)),
    ]
    return tuple(group for group in groups if group[1] or group[0] not in ("Before freezing", "Notes"))


def _before(entry: AtlasEntry) -> tuple[Statement, ...]:
    return _sourced(text for text in (entry.off_label, entry.block_first) if text is not None)


def _fibres(entry: AtlasEntry) -> str:
    text = _capital(entry.fibre_type)
    return f"{text}. Weakness is a risk." if entry.has_motor_fibres else text


def _nearby(entry: AtlasEntry) -> tuple[Statement, ...]:
    """List what lies near; where the list comes from stands once, under its last line."""
    (origin,) = _sourced((entry.nearby,))
    names = [_capital(near.name) for near in entry.expected]
    return (*(Statement(name) for name in names[:-1]), *(replace(origin, text=name) for name in names[-1:]))


def _landmarks(entry: AtlasEntry) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            f"{number}. {mark.name}: {mark.how}",
            origin_words(mark.source, mark.status),
            citation_of(mark.source),
            mark.status.is_verified,
        )
        for number, mark in enumerate(entry.landmarks, start=1)
    )


def _sourced(texts: Iterable[SourcedText]) -> tuple[Statement, ...]:
    return tuple(
        Statement(text.text, origin_words(text.source, text.status), citation_of(text.source), text.status.is_verified)
        for text in texts
        if text.status is not Status.MISSING
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class Fold(QWidget):
    """One kind of statement: its name and the first words in a line, all of it below when opened. ``turned(bool)``."""

    turned = Signal(bool)

    def __init__(self, name: str, statements: tuple[Statement, ...], *, is_open: bool) -> None:
        super().__init__()
        self._name, self._statements = name, statements
        self._is_open = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(4)
        self.button = QPushButton(name)
        self.button.setProperty("look", "fold")
        self.button.setFixedWidth(_HEAD_PX)
        self.button.clicked.connect(self._turn)
        self._line = ElidedLabel("hint")
        head.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        head.addWidget(self._line, 1)
        column.addLayout(head)
        self._body = QWidget()
        self._body.setObjectName("scrolled")
        self._inner = QVBoxLayout(self._body)
        self._inner.setContentsMargins(20, 0, 0, 8)
        self._inner.setSpacing(1)
        self._body.hide()
        column.addWidget(self._body)
        more = f"  +{len(statements) - 1}" if len(statements) > 1 else ""
        self._line.show_text(f"{statements[0].text}{more}" if statements else "— missing in the atlas")
        self._show(is_open=is_open and bool(statements))
        self.button.setEnabled(bool(statements))

    def _turn(self) -> None:
        self._show(is_open=not self._is_open)
        self.turned.emit(self._is_open)

    def _show(self, *, is_open: bool) -> None:
        self._is_open = is_open
        if is_open and not self._inner.count():
            for statement in self._statements:
                self._add(statement)
        self._body.setVisible(is_open)
        self._line.setVisible(not is_open)
        set_icon(self.button, "caret-down" if is_open else "caret-right")
        self.button.setAccessibleName(f"{self._name}: {'fold' if is_open else 'open'}")

    def _add(self, statement: Statement) -> None:
        self._inner.addWidget(label(statement.text, "secondary", wrap=True))
        if statement.origin:
            origin: QLabel = label(statement.origin, "hint", wrap=True)
            origin.setContentsMargins(0, 0, 0, 5)
            origin.setToolTip(plain_tip(statement.citation))
            if not statement.is_verified:
                set_tone(origin, "check")
            self._inner.addWidget(origin)


class AtlasCard(QWidget):
    """The atlas entry of a target; what was opened stays open for the next target."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Atlas")
        self._entry: AtlasEntry | None = None
        self._is_shown = False
        self._open = set(_OPEN_AT_FIRST)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_entry(self, entry: AtlasEntry | None) -> None:
        """Show an entry; the same one stays as it is."""
        if self._is_shown and entry is self._entry:
            return
        self._entry, self._is_shown = entry, True
        clear_layout(self._column)
        if entry is None:
            unknown = "The atlas does not know this target: size, neighbours and risks are yours to find."
            self._column.addWidget(label(unknown, "secondary", wrap=True))
            return
        for name, statements in statements_of(entry):
            fold = Fold(name, statements, is_open=name in self._open)
            fold.turned.connect(lambda is_open, group=name: self._remember(group, is_open=is_open))
            self._column.addWidget(fold)

    def _remember(self, name: str, *, is_open: bool) -> None:
        (self._open.add if is_open else self._open.discard)(name)
