"""Is the skin kept warm during the freeze? Off until both values are typed; what they mean is written beside them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.domain.protocol import SkinWarming
from planner.persistence.resources import body_conditions
from planner.ui.panels.panel import field_row
from planner.ui.widgets.labels import label
from planner.ui.widgets.typed_field import TypedField, number_reader

_MEANING = (
    "Temperature: of what touches the skin, such as warm air or a glove of warm saline, 25 to 45 °C. "
    "Heat transfer: watts that reach each m² of skin per °C of difference; from 5 in still air to 1000 for a liquid "
    "in contact. All skin near the ice is taken as warmed, from before the freeze to the end."
)


class SkinWarmingFields(QWidget):
    """Two fields and a way back to room air. ``chosen(SkinWarming or None)``; ``refused(error)``."""

    chosen = Signal(object)
    refused = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._warming: SkinWarming | None = None
        self._typed: dict[str, float] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._state = label("", "secondary", wrap=True)
        column.addWidget(self._state)
        self._temperature = self._field("°C", "Skin warming: temperature", "the temperature of what touches the skin")
        self._transfer = self._field("W/(m² K)", "Skin warming: heat transfer", "the heat transfer to the skin")
        column.addLayout(field_row("Temperature", self._temperature))
        column.addLayout(field_row("Heat transfer", self._transfer))
        column.addWidget(label(_MEANING, "hint", wrap=True))
        foot = QHBoxLayout()
        foot.addStretch(1)
        self._stop = QPushButton("Back to room air")
        self._stop.clicked.connect(self._leave)
        foot.addWidget(self._stop)
        column.addLayout(foot)
        self._temperature.typed.connect(lambda value: self._take("temperature", value))
        self._transfer.typed.connect(lambda value: self._take("transfer", value))

    def _field(self, unit: str, name: str, what: str) -> TypedField:
        field = TypedField(
            read=number_reader(unit, what=what), write=lambda value: f"{value:g} {unit}", name=name, step=0.0
        )
        field.setPlaceholderText(f"— {unit}")
        field.refused.connect(self.refused)
        return field

    def show_warming(self, warming: SkinWarming | None) -> None:
        """Show what the plan says; another plan's half-typed pair is forgotten."""
        if warming != self._warming:
            self._typed = {}
        self._warming = warming
        self._show()

    def _show(self) -> None:
        warming = self._warming
        shown = (warming.temperature_c, warming.transfer_w_per_m2_k) if warming else (None, None)
        self._temperature.show_value(self._typed.get("temperature", shown[0]))
        self._transfer.show_value(self._typed.get("transfer", shown[1]))
        self._stop.setVisible(warming is not None or bool(self._typed))
        self._stop.setText("Back to room air" if warming is not None else "Leave it off")
        air = body_conditions()
        off = f"Off: skin in room air, {air.air_temperature_c:g} °C at {air.skin_convection_w_per_m2_k:g} W/(m² K)."
        lacking = " Type the other value too to warm the skin." if self._typed else ""
        self._state.setText(warming.words if warming is not None else off + lacking)

    def _take(self, name: str, value: float) -> None:
        """Keep a value that was typed, and warm the skin once there are two."""
        held = self._warming
        known = {"temperature": held.temperature_c, "transfer": held.transfer_w_per_m2_k} if held else self._typed
        pair = {**known, name: value}
        if len(pair) < 2:
            self._typed = pair
            self._show()
            return
        try:
            warming = SkinWarming(pair["temperature"], pair["transfer"])
        except PlannerError as error:
            self._show()
            self.refused.emit(error)
            return
        self.chosen.emit(warming)

    def _leave(self) -> None:
        self._typed = {}
        self._show()
        if self._warming is not None:
            self.chosen.emit(None)
