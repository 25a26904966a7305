"""What is to be clicked next? The landmarks or ends a guided tool asks for, ticked off as they are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from planner.ui.panels.panel import SIDE_PX, clear_layout
from planner.ui.panels.target_words import citation_of, origin_words
from planner.ui.view_state import Tool
from planner.ui.widgets.labels import IconLabel, label, plain_tip

if TYPE_CHECKING:
    from planner.ui.desk import Desk
    from planner.ui.panels.target_marking import Marking

GUIDED = frozenset({Tool.LANDMARKS, Tool.PATH})


class GuideBox(QFrame):
    """The prompts of the guided tool in the hand, over the panel's list; gone when there is none."""

    def __init__(self, desk: Desk, marking: Marking) -> None:
        super().__init__()
        self._desk, self._marking = desk, marking
        self.setObjectName("section")
        self.setAccessibleName("What to click next")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SIDE_PX, 8, SIDE_PX, 10)
        self._column.setSpacing(4)
        desk.view.changed.connect(self._on_view)
        marking.changed.connect(self.refresh)
        self.refresh()

    def _on_view(self, name: str) -> None:
        if name in ("tool", "draft_lps_mm", "prompts"):
            self.refresh()

    def refresh(self) -> None:
        """Show what is asked, and how far it is done."""
        clear_layout(self._column)
        view = self._desk.view
        is_guided = view.tool in GUIDED
        self.setVisible(is_guided or self._marking.is_finding)
        if self._marking.is_finding:
            self._column.addWidget(label("Finding the course along the structure …", "sentence", wrap=True))
        elif is_guided:
            self._add_head()
            for number, prompt in enumerate(view.prompts):
                self._add_prompt(number, prompt)

    def _add_head(self) -> None:
        view = self._desk.view
        row = QHBoxLayout()
        done, total = len(view.draft_lps_mm), len(view.prompts)
        title = "Click in any slice" if total == 1 else f"Click in any slice: {min(done + 1, total)} of {total}"
        row.addWidget(label(title, "heading"))
        row.addStretch(1)
        again = _link("Begin anew", lambda: view.set_draft(()))
        again.setEnabled(bool(done))
        row.addWidget(again)
        row.addWidget(_link("Stop", lambda: view.set_tool(Tool.POINTER)))
        self._column.addLayout(row)

    def _add_prompt(self, number: int, prompt: str) -> None:
        done = len(self._desk.view.draft_lps_mm)
        row = QHBoxLayout()
        row.setSpacing(6)
        icon, tone = ("check-circle", "good") if number < done else ("circle", "text_3")
        row.addWidget(IconLabel("crosshair" if number == done else icon, "accent" if number == done else tone))
        words = f"{number + 1}  {prompt[:1].upper()}{prompt[1:]}"
        row.addWidget(label(words, "heading" if number == done else "secondary", wrap=True), 1)
        self._column.addLayout(row)
        if number == done:
            self._add_how(number)

    def _add_how(self, number: int) -> None:
        """Add how the atlas says to find it, with source and status."""
        wanted = self._marking.wanted
        marks = wanted.entry.landmarks if wanted is not None and wanted.entry is not None else ()
        if self._desk.view.tool is not Tool.LANDMARKS or number >= len(marks):
            return
        mark = marks[number]
        how = label(mark.how, "secondary", wrap=True)
        origin = label(origin_words(mark.source, mark.status), "hint")
        origin.setToolTip(plain_tip(citation_of(mark.source)))
        for made in (how, origin):
            made.setContentsMargins(22, 0, 0, 0)
            self._column.addWidget(made)


def _link(text: str, act: object) -> QPushButton:
    made = QPushButton(text)
    made.setProperty("look", "link")
    made.clicked.connect(act)
    return made
