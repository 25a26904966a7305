"""What is there to know of the open probe? What it crosses, what it passes, its reach, its hub and the bore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from planner.planning.crossings import AVOIDED
from planner.ui.panels.probe_nearest import NearestList
from planner.ui.panels.probe_words import bore_words, crossing_words, hub_words, minded, reach_words, way_words
from planner.ui.widgets.labels import IconLabel, label, plain_tip, set_tone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QLabel

    from planner.domain.probe import ProbeModel
    from planner.planning.probe_facts import ProbeFacts

CAPTION_PX = 52


class FactsSection(QWidget):
    """One sentence of crossings, the nearest structures, and three rows. ``place_chosen`` with a point, LPS mm."""

    place_chosen = Signal(object)
    grown = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        crossing = QHBoxLayout()
        crossing.setSpacing(6)
        self._mark = IconLabel("warning", "check")
        self.crossing = label("", "secondary", wrap=True)
        crossing.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        crossing.addWidget(self.crossing, 1)
        column.addLayout(crossing)
        self.nearest = NearestList()
        self.nearest.place_chosen.connect(self.place_chosen)
        self.nearest.grown.connect(self.grown)
        column.addWidget(self.nearest)
        rows = QVBoxLayout()
        rows.setSpacing(2)
        self._rows: dict[str, QLabel] = {}
        for name in ("Reach", "Hub", "Bore"):
            row = QHBoxLayout()
            row.setSpacing(8)
            caption = label(name, "hint")
            caption.setFixedWidth(CAPTION_PX)
            self._rows[name] = label("", "secondary", wrap=True)
            row.addWidget(caption, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(self._rows[name], 1)
            rows.addLayout(row)
        column.addLayout(rows)
        self.setVisible(False)

    def show_facts(self, facts: ProbeFacts, model: ProbeModel | None, colours: Mapping[str, str]) -> None:
        """Show what is known; ``colours`` are the structures' own by id."""
        bad = minded(facts)
        self._mark.show_icon("warning" if bad else "circle", "check" if bad else "text_3")
        self._mark.setVisible(bool(bad))
        self.crossing.setText(crossing_words(facts))
        self.crossing.setToolTip(plain_tip(way_words(facts)))
        self.crossing.setAccessibleName(f"{crossing_words(facts)} {way_words(facts)}".strip())
        set_tone(self.crossing, "fail" if any(one.role in AVOIDED for one in bad) else "")
        self.nearest.show_approaches(facts.approaches, colours)
        for name, (words, tone) in {
            "Reach": reach_words(facts.placement, model),
            "Hub": hub_words(facts),
            "Bore": bore_words(facts),
        }.items():
            self._rows[name].setText(words)
            self._rows[name].setAccessibleName(f"{name}: {words}")
            set_tone(self._rows[name], tone)
        self.setVisible(True)

    def words(self) -> str:
        """Return everything that is written, for screen readers and tests."""
        return " ".join([self.crossing.text(), *(row.text() for row in self._rows.values())])
