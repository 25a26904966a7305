"""What stands at the top of a probe's card? Handle, name, model, eye, lock and menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QStackedWidget, QToolButton, QWidget

from planner.services.probe_commands import LONGEST_LABEL
from planner.ui.panels.probe_grip import Grip
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.escape import asks_for_escape
from planner.ui.widgets.labels import ElidedLabel, label, plain_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

_FIELD_PX = 112


class _Typed(QLineEdit):
    """The field a name is typed in; Esc gives up and keeps the old one."""

    given_up = Signal()

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's action of that key."""
        if asks_for_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class NameLabel(QStackedWidget):
    """A name that a double click turns into a field. ``renamed`` with what was typed; Enter commits, Esc gives up."""

    renamed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.shown = label("", "heading")
        self.shown.setToolTip("Double click to rename, F2")
        self.field = _Typed()
        self.field.setMaxLength(LONGEST_LABEL)
        self.addWidget(self.shown)
        self.addWidget(self.field)
        self.field.returnPressed.connect(self._commit)
        self.field.editingFinished.connect(self._commit)
        self.field.given_up.connect(self._leave)
        self.shown.installEventFilter(self)
        self.show_name("")

    def show_name(self, name: str) -> None:
        """Show a name; while one is being typed, what is typed stays."""
        self.shown.setText(name)
        self.field.setAccessibleName(f"Name of {name}")
        self._fit()

    def begin(self) -> None:
        """Turn into a field with the name in it; one that is being typed stays."""
        if self.is_typing:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.field.setText(self.shown.text())
        self.field.selectAll()
        self.setCurrentWidget(self.field)
        self._fit()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def is_typing(self) -> bool:
        """Whether a name is being typed."""
        return self.currentWidget() is self.field

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin on a double click, when its last release has reached the label it began on."""
        if event.type() == QEvent.Type.MouseButtonDblClick:
            QTimer.singleShot(0, self.begin)
            return True
        return super().eventFilter(watched, event)

    def _commit(self) -> None:
        if self.is_typing:
            typed = self.field.text().strip()
            self._leave()
            if typed != self.shown.text():
                self.renamed.emit(typed)

    def _leave(self) -> None:
        self.setCurrentWidget(self.shown)
        self._fit()

    def _fit(self) -> None:
        self.setFixedWidth(_FIELD_PX if self.is_typing else self.shown.sizeHint().width())


class CardHead(QHBoxLayout):
    """The row. ``model_place`` holds the model's name, or its choice while the card is open."""

    def __init__(self, choice: QWidget, menu: QAbstractButton) -> None:
        super().__init__()
        self.setSpacing(4)
        self.grip = Grip()
        self.name = NameLabel()
        self.model = ElidedLabel("name")
        self.choice = choice
        self.eye, self.lock, self.menu = QToolButton(), QToolButton(), menu
        for widget in (self.grip, self.name):
            self.addWidget(widget)
        self.addSpacing(4)
        self.addWidget(self.model, 1)
        self.addWidget(choice, 1)
        for button in (self.eye, self.lock, menu):
            button.setFixedSize(28, 28)
            self.addWidget(button)

    def show_state(self, name: str, *, is_open: bool, is_hidden: bool, is_locked: bool) -> None:
        """Show name, eye and lock."""
        self.name.show_name(name)
        self.grip.show_name(name)
        self.model.setVisible(not is_open)
        self.choice.setVisible(is_open)
        set_icon(self.eye, "eye-slash" if is_hidden else "eye", "text_1" if is_hidden else "text_3")
        _say(self.eye, f"Show {name}" if is_hidden else f"Hide {name}")
        set_icon(self.lock, "lock-simple" if is_locked else "lock-open", "text_1" if is_locked else "text_3")
        _say(self.lock, f"Unlock {name}" if is_locked else f"Lock {name}")
        _say(self.menu, f"More for {name}")


def _say(button: QAbstractButton, words: str) -> None:
    button.setToolTip(plain_tip(words))
    button.setAccessibleName(words)
