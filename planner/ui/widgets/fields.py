"""How is a number typed? Fields with their unit inside, a true minus, and a wheel that never edits unfocused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit

from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QValidator, QWheelEvent
    from PySide6.QtWidgets import QStyleOptionComboBox

_CARET_PX = 12
_SIDES_PX, _ICON_GAP_PX = 34, 4
_MINUS = "\N{MINUS SIGN}"


class NumberField(QDoubleSpinBox):
    """A number with its unit; committed by Enter or by leaving the field, not by each key."""

    def __init__(self, *, unit: str, low: float, high: float, decimals: int = 1, step: float = 1.0) -> None:
        super().__init__()
        self.setLocale(QLocale.c())
        self.setRange(low, high)
        self.setDecimals(decimals)
        self.setSingleStep(step)
        self.setSuffix(unit if unit == "°" else f" {unit}")
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setKeyboardTracking(False)

    def show_value(self, value: float) -> None:
        """Show a value without reporting an edit, and never while the user is typing in the field."""
        if self.hasFocus() and self.lineEdit().isModified():
            return
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)

    def textFromValue(self, value: float) -> str:
        """Write a true minus and no sign for a value that rounds to zero."""
        text = f"{abs(value):.{self.decimals()}f}"
        return _MINUS + text if value < 0 and float(text) != 0 else text

    def valueFromText(self, text: str) -> float:
        """Read hyphen, true minus, dot or comma."""
        return super().valueFromText(self._plain(text))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept what :meth:`valueFromText` reads."""
        state, _, _ = super().validate(self._plain(text), position)
        return state, text, position

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll unless the field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @staticmethod
    def _plain(text: str) -> str:
        return text.replace(_MINUS, "-").replace(",", ".")


class ChoiceField(QComboBox):
    """A choice that the wheel cannot change by accident, and that never widens its panel."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """End a name that does not fit in an ellipsis: Qt would cut it."""
        super().initStyleOption(option)
        icon_px = 0 if option.currentIcon.isNull() else option.iconSize.width() + _ICON_GAP_PX
        room_px = self.width() - _SIDES_PX - icon_px
        option.currentText = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field, then the caret in the theme's own colour."""
        super().paintEvent(event)
        tokens = theme().tokens
        box = QRectF(self.width() - _CARET_PX - 7, (self.height() - _CARET_PX) / 2, _CARET_PX, _CARET_PX)
        colour = tokens.text_2 if self.isEnabled() else tokens.line_strong
        paint_icon(QPainter(self), "caret-down", colour=colour, box=box)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel."""
        event.ignore()

    def select_data(self, data: object) -> None:
        """Select the entry that carries ``data`` without reporting an edit; none when there is no such entry."""
        self.blockSignals(True)
        self.setCurrentIndex(self.findData(data))
        self.blockSignals(False)


def text_field(*, name: str, hint: str = "") -> QLineEdit:
    """Return a one-line text field with its accessible name."""
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    return field
