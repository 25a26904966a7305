"""Which bore must the hubs pass through? Three figures for the whole plan, from a manual or a tape measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlanInvalid
from planner.domain.gantry import Gantry
from planner.services.probe_commands import SetGantry
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import ElidedLabel, label, set_tone

if TYPE_CHECKING:
    from planner.ui.desk import Desk

_CAPTION_PX = 132
_HOW = (
    "CT headers tell none of them. The table’s top is taken at the lowest skin near each entry slice, the bore’s axis "
    "over the middle of the body; a tilted gantry is not looked at."
)


class GantryFields(QWidget):
    """One line with the figures; "Change" opens the fields. Nothing is kept until bore and axis are both there."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName("Scanner’s bore")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._summary = ElidedLabel("secondary")
        self._fields = QWidget()
        self._turn = QPushButton()
        self._turn.setProperty("look", "link")
        self._turn.clicked.connect(lambda: self._show_fields(on=self._fields.isHidden()))
        caption = label("Bore", "secondary")
        caption.setFixedWidth(52)
        head.addWidget(caption)
        head.addWidget(self._summary, 1)
        head.addWidget(self._turn)
        column.addLayout(head)
        inner = QVBoxLayout(self._fields)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        self.bore = self._field(inner, "Inner width, mm", "not known")
        self.axis = self._field(inner, "Axis over table, mm", "not known")
        self.hub = self._field(inner, "Hub and hose, mm", "0: the shaft’s end alone")
        inner.addWidget(label(_HOW, "hint", wrap=True))
        self._said = label("", "hint", wrap=True)
        inner.addWidget(self._said)
        self._forget = QPushButton("Forget the bore")
        self._forget.clicked.connect(lambda: self._put(None))
        inner.addWidget(self._forget)
        column.addWidget(self._fields)
        self._show_fields(on=False)
        desk.opened.connect(self._forget_typed)

    def _field(self, column: QVBoxLayout, name: str, hint: str) -> QLineEdit:
        field = text_field(name=name, hint=hint)
        field.editingFinished.connect(self._commit)
        column.addLayout(field_row(name, field, width_px=_CAPTION_PX))
        return field

    def show_gantry(self, gantry: Gantry | None) -> None:
        """Show the plan's bore; a field that is being typed in keeps what is typed."""
        self._summary.show_text(_words(gantry))
        self._forget.setVisible(gantry is not None)
        shown = ("", "", "") if gantry is None else (gantry.bore_mm, gantry.axis_above_table_mm, gantry.hub_mm)
        for field, value in zip((self.bore, self.axis, self.hub), shown, strict=True):
            if not (field.hasFocus() and field.isModified()) and (gantry is not None or not self._is_begun()):
                field.setText(f"{value:g}" if isinstance(value, float) else "")
        self._say("")

    def _forget_typed(self) -> None:
        """Drop what was typed of another plan's bore."""
        for field in (self.bore, self.axis, self.hub):
            field.setModified(False)
        if self._desk.session is not None:
            self.show_gantry(self._desk.session.plan.gantry)

    def _is_begun(self) -> bool:
        """Whether somebody has typed a part of a bore that the plan does not have yet."""
        return any(field.isModified() for field in (self.bore, self.axis, self.hub))

    def _show_fields(self, *, on: bool) -> None:
        self._fields.setVisible(on)
        self._turn.setText("Done" if on else "Change")
        self._turn.setAccessibleName("Fold the scanner’s bore" if on else "Change the scanner’s bore")

    def _commit(self) -> None:
        try:
            gantry = self._typed()
        except PlanInvalid as error:
            self._say(str(error), tone="fail")
            return
        if gantry is None:
            self._say("Inner width and height of the axis are needed both; nothing is kept yet.")
        elif self._desk.session is not None and gantry != self._desk.session.plan.gantry:
            self._put(gantry)

    def _typed(self) -> Gantry | None:
        """Return what is typed; None while something is missing; raises PlanInvalid for what is no such figure."""
        values = [_figure(field.text(), field.accessibleName()) for field in (self.bore, self.axis, self.hub)]
        bore, axis, hub = values
        return None if bore is None or axis is None else Gantry(bore, axis, hub or 0.0)

    def _put(self, gantry: Gantry | None) -> None:
        for field in (self.bore, self.axis, self.hub):
            field.setModified(False)
        if not self._desk.apply(SetGantry(gantry)) and self._desk.session is not None:
            self.show_gantry(self._desk.session.plan.gantry)

    def _say(self, words: str, *, tone: str = "") -> None:
        self._said.setText(words)
        self._said.setVisible(bool(words))
        set_tone(self._said, tone)


def _figure(text: str, name: str) -> float | None:
    """Return a typed number, comma or dot; None when the field is empty."""
    plain = text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-").removesuffix("mm").strip()
    if not plain:
        return None
    try:
        return float(plain)
    except ValueError:
        words = name.removesuffix(", mm").lower()
        raise PlanInvalid(f"The {words} is a number in mm, not “{text}”.", code="gantry-number") from None


def _words(gantry: Gantry | None) -> str:
    if gantry is None:
        return "not known"
    hub = f", hub {gantry.hub_mm:g} mm" if gantry.hub_mm else ""
    return f"{gantry.bore_mm:g} mm wide, axis {gantry.axis_above_table_mm:g} mm over the table{hub}"
