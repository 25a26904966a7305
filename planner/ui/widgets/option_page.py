"""What do the options of every tool of structures have in common? One row of fields, an edit, and a reason if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.mask_edit import MaskEdit
    from planner.domain.structure import Structure
    from planner.ui.desk import Desk

HU_LOW, HU_HIGH = -1024.0, 3071.0
_MM_PX, _HU_PX, _HU_END_PX = 84, 62, 86


class OptionPage(QWidget):
    """The row of one tool. ``altered`` when a value or the reason has changed."""

    altered = Signal()
    apply_words = ""
    """What the button does that finishes; without words there is none: the hand works in the views."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)

    def edit(self) -> MaskEdit | None:
        """Return what Apply runs."""
        return None

    def reason(self) -> str:
        """Say why Apply is off; empty when it is on."""
        return ""

    def enter(self) -> None:
        """Begin: the tool was taken."""

    def leave(self) -> None:
        """End: another tool was taken."""

    def refresh(self) -> None:
        """Show the plan, the mask under the hand and what is selected as they are now."""

    def applied(self) -> None:
        """Go on after Apply has begun an edit."""

    # --- building blocks ---------------------------------------------------------------------------------------------

    def add(self, *widgets: QWidget | str) -> None:
        """Append fields and their words, in reading order."""
        for widget in widgets:
            self.row.addWidget(label(widget, "secondary") if isinstance(widget, str) else widget)

    def other_structures(self) -> tuple[Structure, ...]:
        """Return the structures that are not the one under the hand."""
        session = self.desk.session
        chosen = self.desk.view.selected_structure
        return () if session is None else tuple(s for s in session.plan.structures if s.id != chosen)


class Choices(QWidget):
    """Buttons of which one is down. ``chosen`` carries its place."""

    chosen = Signal(int)

    def __init__(self, name: str, words: Sequence[str], *, tips: Sequence[str] = ()) -> None:
        super().__init__()
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        for at, text in enumerate(words):
            button = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setProperty("look", "text")
            button.setAccessibleName(f"{name}: {text}")
            button.setToolTip(tips[at] if tips else "")
            self._group.addButton(button, at)
            row.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.chosen)

    @property
    def at(self) -> int:
        """Place of the button that is down."""
        return self._group.checkedId()

    def show_choice(self, at: int) -> None:
        """Put a button down without reporting it."""
        self._group.button(at).setChecked(True)

    def button(self, at: int) -> QToolButton:
        """Return one of the buttons."""
        found = self._group.button(at)
        assert isinstance(found, QToolButton)  # noqa: S101 - made above
        return found


def mm_field(name: str, *, low: float, high: float, value: float) -> NumberField:
    """Return a field of millimetres."""
    field = NumberField(unit="mm", low=low, high=high)
    field.setAccessibleName(name)
    field.setFixedWidth(_MM_PX)
    field.setValue(value)
    return field


class HuRange(QWidget):
    """Two fields of HU; an end that passes the other takes it along.

    ``changed`` carries both when one was committed; ``typed`` while digits are being typed, where they are a range.
    """

    changed = Signal(float, float)
    typed = Signal(float, float)

    def __init__(self, name: str, *, low: float, high: float) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.low = _hu_field(f"{name} from", unit="", width_px=_HU_PX, value=low)
        self.high = _hu_field(f"{name} to", unit="HU", width_px=_HU_END_PX, value=high)
        row.addWidget(self.low)
        row.addWidget(label("to", "secondary"))
        row.addWidget(self.high)
        self.low.valueChanged.connect(self._push_high)
        self.high.valueChanged.connect(self._push_low)
        for field in (self.low, self.high):
            field.lineEdit().textEdited.connect(self._report_typing)

    @property
    def hu(self) -> tuple[float, float]:
        """Both ends."""
        return self.low.value(), self.high.value()

    def show_hu(self, low: float, high: float) -> None:
        """Show a range without reporting it."""
        for field, value in ((self.low, low), (self.high, high)):
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)

    def set_hu(self, low: float, high: float) -> None:
        """Take a range and report it."""
        self.show_hu(low, high)
        self.changed.emit(low, high)

    def _report_typing(self) -> None:
        fields = (self.low, self.high)
        if all(field.hasAcceptableInput() for field in fields):
            low, high = (field.valueFromText(field.cleanText()) for field in fields)
            if low <= high:
                self.typed.emit(low, high)

    def _push_high(self, low: float) -> None:
        self.set_hu(low, max(low, self.high.value()))

    def _push_low(self, high: float) -> None:
        self.set_hu(min(high, self.low.value()), high)


def _hu_field(name: str, *, unit: str, width_px: int, value: float) -> NumberField:
    field = NumberField(unit=unit, low=HU_LOW, high=HU_HIGH, decimals=0, step=10.0)
    if not unit:
        field.setSuffix("")
    field.setAccessibleName(name)
    field.setFixedWidth(width_px)
    field.setValue(value)
    return field


class StructureChoice(ChoiceField):
    """One of the plan's structures, kept through changes of the list; ``none_words`` offers no structure first."""

    def __init__(self, name: str, *, none_words: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumContentsLength(10)
        self._none_words = none_words

    def show_structures(self, structures: Sequence[Structure]) -> None:
        """Offer these, with the one chosen before where it is still among them."""
        chosen = self.currentData()
        self.blockSignals(True)
        self.clear()
        if self._none_words:
            self.addItem(self._none_words, None)
        for structure in structures:
            self.addItem(structure.name, structure.id)
        self.setCurrentIndex(max(0, self.findData(chosen)) if self.count() else -1)
        self.blockSignals(False)
