"""How does a screen reader see a painted widget? Name from Qt, role and value from the widget itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

if TYPE_CHECKING:
    from PySide6.QtCore import QObject


class PaintedWidget(QWidget):
    """Base of every custom-painted widget: set ``role``, answer :meth:`spoken_value`, call :meth:`value_changed`."""

    role = QAccessible.Role.Graphic

    def spoken_value(self) -> str:
        """Return what the picture says, in words with units."""
        return ""

    def value_changed(self) -> None:
        """Repaint, and tell screen readers that the value is another one."""
        self.update()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.ValueChanged))


class _PaintedInterface(QAccessibleWidget):
    """Reports a :class:`PaintedWidget` to the platform's accessibility bridge."""

    def __init__(self, widget: PaintedWidget) -> None:
        super().__init__(widget, widget.role)
        self._widget = widget

    def text(self, kind: QAccessible.Text) -> str:
        """Return the spoken value, or what Qt knows."""
        if kind == QAccessible.Text.Value:
            return self._widget.spoken_value()
        return super().text(kind)


_alive: dict[int, _PaintedInterface] = {}


def _make_interface(_class_name: str, thing: QObject) -> QAccessibleInterface | None:
    if not isinstance(thing, PaintedWidget):
        return None
    interface = _PaintedInterface(thing)
    key = id(thing)
    _alive[key] = interface
    thing.destroyed.connect(lambda: _alive.pop(key, None))
    return interface


_installed: list[bool] = []


def install_accessibility() -> None:
    """Register the interface of painted widgets, once per process."""
    if not _installed:
        QAccessible.installFactory(_make_interface)
        _installed.append(True)


def announce(widget: QWidget, sentence: str) -> None:
    """Have a screen reader speak a sentence now."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, sentence))
