"""What do the ice lines mean, and which are drawn? The legend over the views, and the list behind it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.persistence.uncertainty import model_card
from planner.rendering.palette import (
    ALL_ICE_LEVELS,
    OPTIMISTIC_DASH,
    PESSIMISTIC_DASH,
    IceLevel,
    levels_for,
    own_level,
)
from planner.services.range_words import band_words
from planner.ui.ice_levels import KNOWN_LEVELS_C
from planner.ui.theme.fonts import SECONDARY_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.view_choice import COLDEST_LEVEL_C, WARMEST_LEVEL_C
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.labels import label, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QMouseEvent, QPaintEvent, QShowEvent

    from planner.ui.view_state import ViewState

_TREATMENT = "−20 °C treatment"
_WIDTH_PX = 560
_SAMPLE_PX = (26, 14)
_PESSIMISTIC = (
    "Pessimistic: the outer edge of 0, −100 and −140 °C, from which structures are kept; the inner edge of −20, −40 "
    "and −60 °C, which a target is to reach. Without an inner edge, nothing is surely that cold."
)
_LAST_ONE = "The last isotherm stays. Press O to hide the ice."


class LineSample(QWidget):
    """A short piece of a line as the pictures draw it, in its paper colour on a light theme."""

    def __init__(self, level: IceLevel | None, *, dash_px: tuple[float, ...] = ()) -> None:
        super().__init__()
        self._level, self._dash_px = level, dash_px
        self.setFixedSize(*_SAMPLE_PX)

    def show_level(self, level: IceLevel) -> None:
        """Draw another isotherm."""
        self._level = level
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 1.4 if self._level is None else self._level.width_px
        painter.setPen(_pen(self._level, width_px=width, dash_px=self._dash_px))
        painter.drawLine(QPointF(0, self.height() / 2), QPointF(self.width(), self.height() / 2))


def _pen(level: IceLevel | None, *, width_px: float, dash_px: tuple[float, ...] = ()) -> QPen:
    tokens = theme().tokens
    colour = tokens.text_2 if level is None else level.colour if tokens.dark else level.light_colour
    pen = QPen(QColor(colour), width_px)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dash_px:
        pen.setDashPattern([part / width_px for part in dash_px])
    return pen


class IceLegend(PaintedWidget):
    """The isotherms that are drawn, with width, colour and meaning; a click opens the list of them."""

    pressed = Signal()
    role = QAccessible.Role.StaticText
    _LINE_PX, _GAP_PX, _SPACE_PX = 20, 6, 12

    def __init__(self, view: ViewState) -> None:
        super().__init__()
        self._view = view
        self.setFixedHeight(24)
        self.setAccessibleName("Ice lines")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        view.changed.connect(self._follow)
        self._follow("levels_c")

    def spoken_value(self) -> str:
        """Say every level and its meaning."""
        return "; ".join(f"{level.label} {level.meaning}" for level in levels_for(self._view.levels_c))

    def _follow(self, name: str) -> None:
        if name not in ("levels_c", "show_band"):
            return
        self.setFont(ui_font(SECONDARY_PX))
        metrics = self.fontMetrics()
        entries = self._entries()
        text = sum(metrics.horizontalAdvance(word) + 4 for word, _, _ in entries)
        self.setFixedWidth(text + len(entries) * (self._LINE_PX + self._GAP_PX + self._SPACE_PX))
        tips = [f"{level.label}: {level.meaning}" for level in levels_for(self._view.levels_c)]
        if self._view.show_band:
            tips.append(band_tip())
        self.setToolTip("\n".join(tips))
        self.value_changed()

    def _entries(self) -> list[tuple[str, IceLevel | None, tuple[float, ...]]]:
        levels = levels_for(self._view.levels_c)
        entries: list[tuple[str, IceLevel | None, tuple[float, ...]]] = [
            (_TREATMENT if level.label == "−20 °C" else level.label, level, ()) for level in levels
        ]
        if self._view.show_band:
            entries.append(("±", None, PESSIMISTIC_DASH))
        return entries

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw each line as on the picture, in the paper colours on a light theme."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(SECONDARY_PX))
        x, middle = 0.0, self.height() / 2
        for word, level, dash_px in self._entries():
            painter.setPen(_pen(level, width_px=1.2 if level is None else level.width_px, dash_px=dash_px))
            painter.drawLine(QPointF(x, middle), QPointF(x + self._LINE_PX, middle))
            x += self._LINE_PX + self._GAP_PX
            painter.setPen(QColor(theme().tokens.text_2))
            width = painter.fontMetrics().horizontalAdvance(word)
            painter.drawText(QPointF(x, middle + painter.fontMetrics().ascent() / 2 - 1), word)
            x += width + self._SPACE_PX

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the list."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.pressed.emit()


def band_tip() -> str:
    """Say in a few words what the band is."""
    return band_words(model_card().known_error_mm)


class IceLines(QFrame):
    """The list of isotherms with a tick, meaning and source each, and what the band is. ``card_asked``: model card.

    A window of its own that closes at a click elsewhere or with Escape; every row is reached by Tab.
    """

    card_asked = Signal()

    def __init__(self, parent: QWidget, view: ViewState, *, state_words: Callable[[], str] = str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._view = view
        self.state_words = state_words
        self.setObjectName("iceLines")
        self.setAccessibleName("Ice lines")
        self.setFixedWidth(_WIDTH_PX)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(label("Isotherms drawn", "heading"))
        self._ticks: dict[float, QCheckBox] = {}
        column.addLayout(self._levels_grid())
        self._note = label("", "hint", wrap=True)
        column.addWidget(self._note)
        column.addWidget(_rule())
        column.addWidget(label("Band", "heading"))
        column.addLayout(_band_grid())
        self._whole = QCheckBox("Both edges of every isotherm drawn")
        self._whole.setToolTip("Otherwise the outer edge of 0 °C and the inner edge of −20 °C")
        self._whole.toggled.connect(lambda on: view.set_flag("whole_band", on=on))
        column.addWidget(self._whole)
        self._state = label("", "secondary", wrap=True)
        column.addWidget(self._state)
        foot = QHBoxLayout()
        card = QPushButton("Model card")
        card.setProperty("look", "link")
        card.setToolTip("What the model was compared with, its known error, and whether this plan is outside its range")
        card.clicked.connect(self._ask_card)
        foot.addStretch(1)
        foot.addWidget(card)
        column.addLayout(foot)
        view.changed.connect(self._follow)
        self._show()

    # --- rows --------------------------------------------------------------------------------------------------------

    def _levels_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(2, 1)
        for row, level in enumerate(ALL_ICE_LEVELS):
            tick = QCheckBox(f"{level.label} ")
            tick.setAccessibleDescription(level.meaning)
            tick.toggled.connect(partial(self._toggle, level.level_c))
            self._ticks[level.level_c] = tick
            source = label(level.source, "hint")
            for at, widget in enumerate((tick, LineSample(level), label(level.meaning, "secondary"), source)):
                grid.addWidget(widget, row, at)
        self._own_tick = QCheckBox("Own")
        self._own_tick.setAccessibleDescription("An isotherm of your own")
        self._own_tick.toggled.connect(self._toggle_own)
        self._own_sample = LineSample(own_level(self._view.own_level_c))
        self._own_field = NumberField(unit="°C", low=COLDEST_LEVEL_C, high=WARMEST_LEVEL_C)
        self._own_field.setAccessibleName("Own isotherm")
        self._own_field.setFixedWidth(96)
        self._own_field.valueChanged.connect(self._type_own)
        last = len(ALL_ICE_LEVELS)
        for at, widget in enumerate((self._own_tick, self._own_sample, self._own_field)):
            grid.addWidget(widget, last, at)
        return grid

    def _show(self) -> None:
        """Tick what is drawn; the last one cannot be taken away."""
        view = self._view
        ticks = {**self._ticks, view.own_level_c: self._own_tick}
        shown = [tick for level_c, tick in ticks.items() if level_c in view.levels_c]
        for level_c, tick in ticks.items():
            tick.blockSignals(True)
            tick.setChecked(level_c in view.levels_c)
            tick.blockSignals(False)
            tick.setEnabled(shown != [tick])
            tick.setToolTip(_LAST_ONE if shown == [tick] else "")
        self._whole.blockSignals(True)
        self._whole.setChecked(view.whole_band)
        self._whole.blockSignals(False)
        self._own_field.show_value(view.own_level_c)
        self._own_sample.show_level(own_level(view.own_level_c))
        self._state.setText(self.state_words())
        self._state.setVisible(bool(self._state.text()))
        self._note.hide()

    def _follow(self, name: str) -> None:
        if name in ("levels_c", "own_level_c", "show_band", "whole_band"):
            self._show()

    # --- acting ------------------------------------------------------------------------------------------------------

    def _toggle(self, level_c: float, on: bool) -> None:
        view = self._view
        others = tuple(c for c in view.levels_c if c != level_c)
        view.set_levels((*others, level_c) if on else others)

    def _toggle_own(self, on: bool) -> None:
        self._toggle(self._view.own_level_c, on)

    def _type_own(self, level_c: float) -> None:
        """Draw an isotherm that was typed; one that is in the list is ticked there."""
        view = self._view
        if level_c in KNOWN_LEVELS_C:
            self._toggle(level_c, True)
            self._own_field.lineEdit().setModified(False)
            self._own_field.show_value(view.own_level_c)
            self._note.setText(f"{own_level(level_c).label} is in the list and is drawn.")
            self._note.show()
            return
        view.set_own_level(level_c)
        self._toggle(view.own_level_c, True)

    def _ask_card(self) -> None:
        self.close()
        self.card_asked.emit()

    def open_below(self, widget: QWidget) -> None:
        """Open with the right edge under a widget's right edge, within the screen."""
        self._show()
        # Wrapped lines ask for their height only once the width is known.
        self.resize(_WIDTH_PX, self._column.heightForWidth(_WIDTH_PX))
        corner = widget.mapToGlobal(QPoint(widget.width(), widget.height() + 4))
        room = widget.screen().availableGeometry()
        left = min(max(corner.x() - self.width(), room.left()), room.right() - self.width())
        self.move(left, min(corner.y(), max(room.top(), room.bottom() - self.height())))
        self.show()

    def show_state(self) -> None:
        """Say anew whether there is a band."""
        if self.isVisible():
            self._state.setText(self.state_words())

    def showEvent(self, event: QShowEvent) -> None:
        """Give the focus to the first row."""
        super().showEvent(event)
        first = next(iter(self._ticks.values()))
        (first if first.isEnabled() else self._own_tick).setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    return rule


def _band_grid() -> QGridLayout:
    """Say what the three patterns mean, and where the width comes from."""
    card = model_card()
    grid = QGridLayout()
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    lines: tuple[tuple[tuple[float, ...], str], ...] = (
        ((), "Nominal: every value as listed."),
        (
            PESSIMISTIC_DASH,
            _PESSIMISTIC,
        ),
        (OPTIMISTIC_DASH, "Optimistic: the other edge."),
    )
    for row, (dash_px, words) in enumerate(lines):
        grid.addWidget(LineSample(None, dash_px=dash_px), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(words, "secondary", wrap=True), row, 1)
    made = label(
        "Both edges enclose the smallest, the nominal and the largest ice that the ranges of tissue and probe values "
        f"allow, and are wider by the model's known error of {card.known_error_mm:g} mm ({card.error_mm.source}; see "
        "the model card).",
        "hint",
        wrap=True,
    )
    set_tone(made, "")
    grid.addWidget(made, len(lines), 0, 1, 2)
    return grid
