"""What must be known before going on? Full-width tinted sentences under the top bar that stay while they are true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.ui.widgets.accessible import announce
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label

if TYPE_CHECKING:
    from collections.abc import Callable

_ORDER = (
    "NOT KEPT",
    "READ-ONLY",
    "STALE",
    "NOT THE PLAN",
    "RECOVERED",
    "TRAINING",
    "DIFFERS",
    "OTHER RULES",
    "NAMES HIDDEN",
    "REFUSED",
    "NO PREDICTION",
    "NOTE",
)
_ICONS = {"check": "warning", "fail": "mdi-close-octagon-outline", "not_assessed": "minus-circle"}
_SHOWN = 2
_HAND_MS = 50


@dataclass(frozen=True)
class Notice:
    """One banner: a capital word, a sentence, a tone (check, fail, not_assessed) and at most two buttons."""

    word: str
    sentence: str
    tone: str
    buttons: tuple[tuple[str, Callable[[], None]], ...] = ()


class Banner(QFrame):
    """One notice as a 38 px bar."""

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.notice = notice
        self.setObjectName("banner")
        self.setProperty("tone", notice.tone)
        self.setFixedHeight(38)
        self.setAccessibleName(f"{notice.word}. {notice.sentence}")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(IconLabel(_ICONS[notice.tone], notice.tone))
        row.addWidget(label(notice.word, "bannerWord"))
        sentence = ElidedLabel()
        sentence.show_text(notice.sentence)
        row.addWidget(sentence, 1)
        for text, action in notice.buttons:
            button = QPushButton(text)
            button.clicked.connect(action)
            row.addWidget(button)


class BannerStack(QWidget):
    """At most two banners in the fixed order; further ones collapse to a line that counts them.

    A banner moves everything below it. While a mouse button is held nothing may move: a probe being dragged would be
    taken along by the height of the banner. So banners come and go once the hand has let go.
    """

    def __init__(self) -> None:
        super().__init__()
        self._notices: dict[str, Notice] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._hand_rests = QTimer(self)
        self._hand_rests.setSingleShot(True)
        self._hand_rests.setInterval(_HAND_MS)
        self._hand_rests.timeout.connect(self._rebuild)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice, replacing the one with the same word."""
        if self._notices.get(notice.word) == notice:
            return
        self._notices[notice.word] = notice
        announce(self, f"{notice.word}. {notice.sentence}")
        self._rebuild()

    def clear_notice(self, word: str) -> None:
        """Take a notice away because it is no longer true."""
        if self._notices.pop(word, None) is not None:
            self._rebuild()

    def words(self) -> tuple[str, ...]:
        """Words of all notices in force, in display order."""
        return tuple(sorted(self._notices, key=_ORDER.index))

    def sentence_of(self, word: str) -> str:
        """Return the sentence of a notice in force; empty when there is none of that word."""
        notice = self._notices.get(word)
        return notice.sentence if notice is not None else ""

    def _rebuild(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._hand_rests.start()
            return
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        words = self.words()
        for word in words[:_SHOWN]:
            self._column.addWidget(Banner(self._notices[word]))
        if len(words) > _SHOWN:
            rest = label(f"{len(words) - _SHOWN} more: {', '.join(words[_SHOWN:])}", "hint")
            rest.setContentsMargins(16, 2, 16, 2)
            self._column.addWidget(rest)
        self.setVisible(bool(words))
