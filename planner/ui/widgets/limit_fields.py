"""Where may voxels change? Only inside another structure, only between two HU: the same for every tool."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from planner.ui.widgets.labels import label
from planner.ui.widgets.option_page import HuRange, StructureChoice
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from planner.ui.desk import Desk

_LOW_HU, _HIGH_HU = -20.0, 60.0
_OFF = "Tick “Only HU” first."


class LimitFields(QWidget):
    """Writes the limits of ``view.paint``; what is drawn, erased and changed as a whole obeys them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.inside = StructureChoice("Only inside", none_words="Anywhere")
        self.inside.setToolTip("Voxels change only where this structure is")
        self.only_hu = TickBox("Only HU")
        self.only_hu.setToolTip("Voxels change only where the CT lies in this range")
        self.range = HuRange("Only HU", low=_LOW_HU, high=_HIGH_HU)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (label("Only inside", "secondary"), self.inside, self.only_hu, self.range):
            row.addWidget(widget)
        self.inside.currentIndexChanged.connect(lambda _: self._write())
        self.only_hu.toggled.connect(self._write)
        self.range.changed.connect(self._write)
        self._enable()

    def refresh(self) -> None:
        """Offer the structures as they are, and show limits that were set elsewhere."""
        session, paint = self._desk.session, self._desk.view.paint
        structures = () if session is None else session.plan.structures
        self.inside.show_structures(structures)
        self.inside.select_data(paint.inside)
        if self.inside.currentIndex() < 0:  # the structure is gone: so is the limit, and the field says so
            self.inside.select_data(None)
            self._write()
        is_limited = paint.low_hu is not None and paint.high_hu is not None
        self.only_hu.blockSignals(True)
        self.only_hu.setChecked(is_limited)
        self.only_hu.blockSignals(False)
        if paint.low_hu is not None and paint.high_hu is not None:
            self.range.show_hu(paint.low_hu, paint.high_hu)
        self._enable()

    def _write(self, *_: object) -> None:
        low, high = self.range.hu if self.only_hu.isChecked() else (None, None)
        view = self._desk.view
        self._enable()
        view.set_paint(replace(view.paint, inside=self.inside.currentData(), low_hu=low, high_hu=high))

    def _enable(self) -> None:
        for field in (self.range.low, self.range.high):
            field.setEnabled(self.only_hu.isChecked())
            field.setToolTip("" if self.only_hu.isChecked() else _OFF)
