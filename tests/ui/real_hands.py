"""What do tests of the whole job share? Mouse and keys as a person uses them, and the plan file read without us."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEFT = Qt.MouseButton.LeftButton
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
_MOST_TABS = 150
_TRIES = 3


def kept_plan(path: Path) -> dict:
    """The plan in a file, read by nothing but SQLite and JSON."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return json.loads(connection.execute("SELECT plan FROM step ORDER BY n DESC LIMIT 1").fetchone()[0])
    finally:
        connection.close()


def kept_steps(path: Path) -> list[tuple[str, str]]:
    """Kind and label of every step in a file."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT kind, label FROM step ORDER BY n").fetchall()
    finally:
        connection.close()


# --- mouse -----------------------------------------------------------------------------------------------------------


class ClickCount(QObject):
    """Counts presses of mouse buttons and keys that reach any window, once each: what a plan costs a hand."""

    def __init__(self) -> None:
        super().__init__()
        self.presses, self.keys, self._last = 0, 0, None
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            at = event.globalPosition(), event.timestamp()
            self.presses += at != self._last  # Qt offers the same press to the parents of a widget that leaves it
            self._last = at
        elif kind == QEvent.Type.ShortcutOverride:
            self.keys += 1
        return False

    def stop(self) -> None:
        QApplication.instance().removeEventFilter(self)


def button(parent: QWidget, text: str) -> QAbstractButton:
    """The visible button that reads or is called ``text``."""
    for found in parent.findChildren(QAbstractButton):
        names = (found.text(), found.accessibleName(), found.toolTip())
        if found.isVisible() and any(name.startswith(text) for name in names):
            return found
    raise AssertionError(f"no visible button “{text}”")


def has_button(parent: QWidget, text: str) -> bool:
    """Whether there is a visible button that reads ``text`` and can be pressed."""
    return any(
        b.isVisible() and b.isEnabled() and b.text().startswith(text) for b in parent.findChildren(QAbstractButton)
    )


def click(widget: QWidget, at: QPoint | None = None) -> None:
    QTest.mouseClick(widget, LEFT, pos=at if at is not None else widget.rect().center())
    QApplication.processEvents()


def choose(box: QComboBox, text: str) -> None:
    """Open a choice by mouse and click the row that starts with ``text``."""
    row = next(n for n in range(box.count()) if box.itemText(n).startswith(text))
    view = box.view()
    for _ in range(_TRIES):  # on a busy machine the release comes so late that Qt takes it for a choice of its own
        QApplication.processEvents()
        QTest.mouseClick(box, LEFT, pos=QPoint(box.width() - 8, box.height() // 2))
        QTest.qWait(QApplication.doubleClickInterval() + 50)  # Qt takes a faster second click for the end of the first
        if view.isVisible():
            break
    assert view.isVisible(), f"the choice {box.accessibleName()} did not open"
    view.scrollTo(box.model().index(row, box.modelColumn()))
    at = view.visualRect(box.model().index(row, box.modelColumn())).center()
    QTest.mouseMove(view.viewport(), at)
    QApplication.processEvents()
    QTest.mouseClick(view.viewport(), LEFT, pos=at)
    QApplication.processEvents()
    assert box.currentText().startswith(text), f"{box.accessibleName()} shows “{box.currentText()}”"


def type_into(field: QWidget, text: str, *, end: Qt.Key = Qt.Key.Key_Return) -> None:
    edit = field if isinstance(field, QLineEdit) else field.findChild(QLineEdit)
    click(edit)
    edit.selectAll()
    QTest.keyClicks(edit, text)
    # What a list of suggestions lies under gets its keys from the list, which closes on the last one.
    QTest.keyClick(QApplication.activePopupWidget() or edit, end)
    QApplication.processEvents()


def named(parent: QWidget, name: str, kind: type[QWidget] = QWidget) -> QWidget:
    """The visible widget of a kind whose accessible name starts so."""
    found = (w for w in parent.findChildren(kind) if w.accessibleName().startswith(name) and w.isVisible())
    widget = next(found, None)
    assert widget is not None, f"nothing visible is called “{name}”"
    return widget


def click_step(window: QWidget, name: str) -> None:
    """Click a step in the workflow rail."""
    rail = window.plan.rail.list
    row = next(n for n in range(rail.model().rowCount()) if str(rail.model().index(n, 0).data()).startswith(name))
    QTest.mouseClick(rail.viewport(), LEFT, pos=rail.visualRect(rail.model().index(row, 0)).center())
    QApplication.processEvents()


def scroll_to(widget: QWidget) -> None:
    """Bring a widget of a panel into sight, as the wheel would."""
    from PySide6.QtWidgets import QScrollArea

    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None:
        above.ensureWidgetVisible(widget)
        QApplication.processEvents()


def record_block(panel: QWidget) -> None:
    """Answer the question of the diagnostic block by writing down when it was done."""
    ask = button(panel, "Record it")
    scroll_to(ask)
    click(ask)
    QApplication.processEvents()
    day = named(panel, "Day of the block", QLineEdit)
    scroll_to(day)
    type_into(day, "2025-11-03", end=Qt.Key.Key_Tab)
    type_into(named(panel, "Agent of the block", QLineEdit), "5 mL lidocaine 1 %", end=Qt.Key.Key_Tab)
    keep = button(panel, "Keep the block")
    scroll_to(keep)
    click(keep)


# --- keys ------------------------------------------------------------------------------------------------------------


class Keyboard:
    """The keyboard of one window: keys go to what has the focus, and nothing else is touched."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        window.activateWindow()
        QApplication.processEvents()

    @property
    def focus(self) -> QWidget:
        """What has the keyboard."""
        top = QApplication.activeModalWidget() or self._window
        return QApplication.focusWidget() or top.focusWidget() or top

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, *, times: int = 1) -> None:
        if QApplication.activeWindow() is None:  # without a window manager nobody gives it back after a dialog
            self._window.activateWindow()
            QApplication.processEvents()
        for _ in range(times):
            QTest.keyClick(self.focus, key, modifiers)
        QApplication.processEvents()

    def write(self, text: str) -> None:
        QTest.keyClicks(self.focus, text)
        QApplication.processEvents()

    def tab_to(self, name: str, *, back: bool = False) -> QWidget:
        """Press Tab until what has the keyboard reads or is called ``name``."""
        return self.tab_until(lambda widget: _called(widget, name), name, back=back)

    def tab_until(self, is_there: Callable[[QWidget], bool], what: str, *, back: bool = False) -> QWidget:
        passed: list[str] = []
        for _ in range(_MOST_TABS):
            widget = self.focus
            if is_there(widget):
                return widget
            passed.append(f"{type(widget).__name__} “{widget.accessibleName() or _text(widget)}”")
            self.press(Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab, SHIFT if back else NONE)
        raise AssertionError(f"Tab does not reach “{what}”; it passed {', '.join(dict.fromkeys(passed))}")

    def region(self, is_there: Callable[[QWidget], bool], what: str) -> QWidget:
        """Press F6 until a region has the keyboard."""
        for _ in range(10):
            if is_there(self.focus):
                return self.focus
            self.press(Qt.Key.Key_F6)
        raise AssertionError(f"F6 does not reach {what}")


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QAbstractButton | QLineEdit) else ""


def _called(widget: QWidget, name: str) -> bool:
    owner: QWidget | None = widget
    if isinstance(widget, QLineEdit) and not widget.accessibleName():
        owner = widget.parentWidget()  # the text of a number field
    return any(text.startswith(name) for text in (widget.accessibleName(), _text(widget), owner.accessibleName()))
