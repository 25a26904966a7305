"""What do the vessels near the ice take from it? One entry for each, and one for all together; a name leads there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from planner.planning.rules import number as level_words
from planner.report.numbers import mm, number
from planner.ui.panels.panel import SIDE_PX, clear_layout
from planner.ui.panels.structure_figures import small_ml
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.heat_sink import HeatSink, TargetLoss

HEAT_SINK_HINT = "What each takes from the ice: 2 mm cells, with and without it."
_LEAST_MM, _LEAST_ML, _LEAST_PERCENT = 0.05, 0.0005, 0.05


class HeatSinkSection(QWidget):
    """The section; hidden when no vessel is near the ice. ``place_asked(point)`` when a name is pressed."""

    place_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Heat sinks")
        self.setMinimumWidth(1)  # else its height is that of a wider panel
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE_PX, 10, SIDE_PX, 8)
        column.setSpacing(4)
        column.addWidget(label("Heat sinks", "heading"))
        self._hint = label(HEAT_SINK_HINT, "secondary", wrap=True)
        column.addWidget(self._hint)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        column.addLayout(self._rows)
        self._shown: tuple[tuple[HeatSink, ...], float] | None = None
        self.hide()

    def show_sinks(self, sinks: Sequence[HeatSink], *, isotherm_c: float) -> None:
        """Show the entries; nothing when there are none."""
        self.setVisible(bool(sinks))
        shown = (tuple(sinks), isotherm_c)
        if shown == self._shown:
            return
        self._shown = shown
        clear_layout(self._rows)
        for sink in sinks:
            self._rows.addWidget(self._name(sink), 0, Qt.AlignmentFlag.AlignLeft)
            self._rows.addWidget(label(sink_words(sink, isotherm_c=isotherm_c), "secondary", wrap=True))

    def _name(self, sink: HeatSink) -> QWidget:
        place = sink.edge_at_lps_mm
        if place is None:
            return label(sink.name, "name", wrap=True)
        button = QPushButton(sink.name.replace("&", "&&"))  # a button would take it for a shortcut
        button.setProperty("look", "link")
        button.setToolTip("Show where the 0 °C edge is pulled back most")
        button.clicked.connect(lambda: self.place_asked.emit(place))
        return button


def sink_words(sink: HeatSink, *, isotherm_c: float) -> str:
    """Return what a vessel takes, in one sentence; why it is not in the prediction otherwise."""
    gap = f"{mm(sink.gap_mm)} from the 0 °C edge. " if sink.gap_mm >= 0 else f"{mm(-sink.gap_mm)} inside the ice. "
    if not sink.is_modelled:
        return f"{gap}{sink.reason}"
    edge, treatment = sink.edge_lost_mm or 0.0, sink.treatment_lost_mm or 0.0
    frozen, treated = sink.frozen_lost_ml or 0.0, sink.treated_lost_ml or 0.0
    if max(edge, treatment) < _LEAST_MM and max(frozen, treated) < _LEAST_ML:
        return f"{gap}Takes nothing that could be told."
    isotherm = f"{level_words(isotherm_c)} °C"
    taken = (
        f"Pulls back 0 °C by {mm(edge)}, {isotherm} by {mm(treatment)}; "
        f"takes {small_ml(max(frozen, 0.0))} of ice, {small_ml(max(treated, 0.0))} below {isotherm}."
    )
    losses = [words for loss in sink.targets if (words := _loss_words(loss))]
    return f"{gap}{taken} {' '.join(losses)}".strip()


def _loss_words(loss: TargetLoss) -> str:
    if loss.lost is None or loss.before is None:
        return f"{loss.name}: treated length not told, its diameter is not known."
    least = _LEAST_MM if loss.unit == "mm" else _LEAST_PERCENT
    if loss.lost < least:
        return f"{loss.name}: nothing lost."
    lost, before = (number(value, decimals=1) for value in (loss.lost, loss.before))
    return f"{loss.name}: {lost} of {before} {loss.unit} lost."
