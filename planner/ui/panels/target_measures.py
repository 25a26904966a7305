"""How thick is the nerve, and how far is its end organ? A length with the reason for it: neither stands alone.

Where the atlas has no figure there is no default: what rests on the length reads NOT ASSESSED until both are typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.ui.panels.panel import field_row
from planner.ui.panels.target_words import citation_of, datum_words
from planner.ui.widgets.fields import NumberField, text_field
from planner.ui.widgets.labels import label, plain_tip, set_tone

if TYPE_CHECKING:
    from planner.domain.datum import Datum

NAME_PX = 68
_LENGTH_PX = 84
_DIGIT_MM = 0.01


class SourcedLength(QWidget):
    """A length in mm and where it comes from. ``committed(mm | None, source)`` when both are there, or neither.

    Parameters
    ----------
    name
        Of the length, such as ``"Diameter"``.
    hint
        In the empty field of the source.
    """

    committed = Signal(object, str)
    lacking = Signal(str)

    def __init__(self, name: str, *, low: float, high: float, hint: str) -> None:
        super().__init__()
        self._name = name
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.length = NumberField(unit="mm", low=low, high=high)
        self.length.setSpecialValueText("—")
        self.length.setAccessibleName(name)
        self.source = text_field(name=f"Source of the {name.lower()}", hint=hint)
        pair = QHBoxLayout()
        pair.setSpacing(8)
        pair.addLayout(field_row(name, self.length, width_px=NAME_PX))
        self.length.setFixedWidth(_LENGTH_PX)
        pair.addWidget(self.source, 1)
        column.addLayout(pair)
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self.note = label("", "hint", wrap=True)
        self.use = QPushButton("Use")
        self.use.setProperty("look", "link")
        self.use.setToolTip("Take the atlas's figure with its source")
        self.use.hide()
        self.use.clicked.connect(self._use)
        self._row.addWidget(self.note, 1)
        self._row.addWidget(self.use)
        column.addLayout(self._row)
        self._datum: Datum | None = None
        self._shown: tuple[float | None, str] = (None, "")
        self.length.editingFinished.connect(self._try)
        self.source.editingFinished.connect(self._try)

    def show_value(self, value_mm: float | None, source: str, *, note: str, is_open: bool) -> None:
        """Show value and source; ``note`` below them, marked when something rests on what is missing."""
        if (value_mm, source) != self._shown or not self._is_begun:
            self.length.show_value(value_mm or 0.0)
            self.source.setText(source)
            self.source.setCursorPosition(0)
        self._shown = (value_mm, source)
        self.source.setToolTip(plain_tip(source))
        self.note.setText(note)
        set_tone(self.note, "not_assessed" if is_open else "")

    def forget(self) -> None:
        """Drop what is typed and not used yet: another target is shown."""
        self.length.lineEdit().setModified(False)
        self.length.show_value(self._shown[0] or 0.0)
        self.source.setText(self._shown[1])

    @property
    def _is_begun(self) -> bool:
        """Whether one of the two is typed and waits for the other: whatever else the panel shows anew, it stays."""
        return (self._typed_mm, self.source.text().strip()) != self._shown or self.length.lineEdit().isModified()

    @property
    def _typed_mm(self) -> float | None:
        """The length in the field; one that was not typed anew stays to its last digit."""
        return kept_digits(self.length, self._shown[0] or 0.0) or None

    def offer(self, datum: Datum | None) -> None:
        """Offer the atlas's figure where it has one that is not in use."""
        self._datum = datum if datum is not None and datum.value is not None else None
        self.use.setVisible(self._datum is not None and self._datum.value != self._shown[0])
        if self._datum is not None:
            self.use.setAccessibleName(f"Use the atlas's {self._name.lower()}")
            self.note.setToolTip(plain_tip(citation_of(self._datum.source)))

    def _try(self) -> None:
        value = self._typed_mm
        source = self.source.text().strip()
        if (value, source) == self._shown or (value is None and self._shown[0] is None):
            return
        if value is None:
            self.committed.emit(None, "")
        elif source:
            self.committed.emit(value, source)
        else:
            self.lacking.emit(f"Say where the {self._name.lower()} comes from; then it is used.")
            self.source.setFocus()

    def _use(self) -> None:
        if self._datum is not None and self._datum.value is not None:
            self.committed.emit(self._datum.value, atlas_source(self._datum))


def kept_digits(field: NumberField, there: float) -> float:
    """Return what a field holds; while it shows ``there``, which it can only show rounded, that itself."""
    return there if abs(field.value() - round(there, field.decimals())) < _DIGIT_MM else field.value()


def atlas_source(datum: Datum) -> str:
    """Return how a plan names a figure of the atlas: ``"atlas: PUD-US, unverified"``."""
    return f"atlas: {datum.source}{f', {datum.flag}' if datum.flag else ''}"


def atlas_note(datum: Datum) -> str:
    """Return what the atlas says of a length."""
    return f"Atlas: {datum_words(datum, 'mm')}"
