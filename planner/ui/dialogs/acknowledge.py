"""Who accepts what the checks found about a series? Each finding is read, ticked and reasoned by itself, by name.

There is no "accept all" (H-19): a finding states its hazard and its number, and keeps the button off until it has its
own tick and its own reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from planner.domain.review import Acknowledgement
from planner.services.session import utc_now
from planner.ui.panels.panel import field_row
from planner.ui.start.checks import figure_words
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import IconLabel, label, set_tone
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.review import Finding

_WIDTH_PX, _MOST_SHARE = 600, 0.6
# What can go wrong, by the beginning of a finding's code. Project wording, after the hazards H-01 to H-11.
_HAZARDS: tuple[tuple[str, str], ...] = (
    (
        "gantry-tilt",
        (
            "Taken as a straight stack the anatomy would be sheared, and depths and angles with it. The slices are "
            "moved along their true positions; look at the coronal and sagittal views before planning."
        ),
    ),
    ("spacing-thick", "A thin nerve or vessel can lie unseen between two slices."),
    ("slices-left-out", "What lies in the slices left out is unseen, and may hold a nerve or a vessel."),
    ("damaged-files", "What lies in the damaged slices is unseen, and may hold a nerve or a vessel."),
    ("identifiers-missing", "Images of another patient or another scan may be among these slices."),
    ("frame-of-reference", "The patient may have moved between slices; distances across such a step are wrong."),
    ("mixed-", "The slices may stem from different acquisitions and differ in position, noise or contrast."),
    ("lossy", "HU and fine edges may have changed; tissue, fat and calcification are told apart by them."),
    ("hu-", "Tissue, air and bone are told apart by HU: on a wrong scale every prediction of ice is wrong."),
    ("monochrome1", "If the values were stored inverted, air and bone change places."),
)
_ANY_HAZARD = "What is planned rests on images that a check has questioned."


class AcknowledgeDialog(QDialog):
    """Findings with a tick and a reason each, and one name. Accept stays off until all are there."""

    def __init__(self, parent: QWidget, findings: Sequence[Finding], *, who: str, is_loaded: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle("Accept by name")
        self.setMinimumWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        one = len(findings) == 1
        found = "Reading the images showed" if is_loaded else "The checks found"
        column.addWidget(label(f"{found} {'something' if one else f'{len(findings)} things'} to accept", "title"))
        kept = "It is" if one else "Each is"
        column.addWidget(label(f"{kept} kept in the plan with your name and printed in the report.", "hint"))
        self._most_px = round(parent.height() * _MOST_SHARE)
        self.blocks = [_FindingBlock(finding) for finding in findings]
        column.addWidget(self._make_list(), 1)
        self.name_field = text_field(name="Your name", hint="Name")
        self.name_field.setText(who)
        column.addLayout(field_row("Your name", self.name_field))
        self._missing = label("", "hint", wrap=True)
        column.addWidget(self._missing)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._start = self._buttons.addButton("Accept and start plan", QDialogButtonBox.ButtonRole.AcceptRole)
        self._start.setProperty("look", "primary")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._buttons)
        self.name_field.textChanged.connect(self._check)
        for block in self.blocks:
            block.changed.connect(self._check)
            block.reason_field.returnPressed.connect(self._go_on)
        self._check()
        if self.blocks:
            self.blocks[0].tick.setFocus()

    def _make_list(self) -> QWidget:
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for block in self.blocks:
            column.addWidget(block)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        height = inner.heightForWidth(_WIDTH_PX - 60) if inner.hasHeightForWidth() else inner.sizeHint().height()
        area.setMinimumHeight(min(max(height, inner.sizeHint().height()) + 8, self._most_px))
        return area

    def _go_on(self) -> None:
        """Take the keyboard to what is still needed; with everything there, Enter accepts."""
        unread = next((block.tick for block in self.blocks if not block.tick.isChecked()), None)
        without = next((block.reason_field for block in self.blocks if not block.reason), None)
        following = unread or without or (None if self.who else self.name_field)
        if following is not None:
            following.setFocus()

    @property
    def who(self) -> str:
        """The name written."""
        return self.name_field.text().strip()

    def acknowledgements(self) -> tuple[Acknowledgement, ...]:
        """Return one acknowledgement per finding, each with its own reason."""
        when = utc_now()
        return tuple(
            Acknowledgement(block.finding.code, block.finding.sentence, self.who, block.reason, when)
            for block in self.blocks
        )

    def _check(self) -> None:
        missing = []
        unread = sum(not block.tick.isChecked() for block in self.blocks)
        if unread:
            missing.append("a tick" if unread == 1 else f"{unread} ticks")
        without = sum(not block.reason for block in self.blocks)
        if without:
            missing.append("a reason" if without == 1 else f"{without} reasons")
        if not self.who:
            missing.append("your name")
        self._start.setEnabled(not missing)
        listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}" if missing else ""
        self._missing.setText(f"Still needed: {listed}." if listed else "")
        self._start.setToolTip(self._missing.text())


class _FindingBlock(QFrame):
    """One finding: its number, its sentence, its hazard, a tick and a reason. ``changed`` when the user did either."""

    changed = Signal()

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding
        self.setObjectName("section")
        self.setAccessibleName(f"Finding: {finding.sentence}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 12, 14)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(IconLabel("warning", "check"), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label(finding.sentence, wrap=True), 1)
        if words := figure_words(finding):
            value = label(words, "title")
            set_tone(value, "check")
            head.addWidget(value, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        hazard = label(f"Hazard: {hazard_of(finding)}", "secondary", wrap=True)
        hazard.setContentsMargins(24, 0, 0, 0)
        column.addWidget(hazard)
        self.tick = TickBox("I have read this and accept it for this plan")
        self.tick.setAccessibleName(f"Accept: {finding.sentence}")
        self.tick.toggled.connect(self._on_tick)
        indented = QVBoxLayout()
        indented.setContentsMargins(24, 0, 0, 0)
        indented.addWidget(self.tick)
        self.reason_field = text_field(name=f"Reason for: {finding.sentence}", hint="Why it can be used all the same")
        self.reason_field.textChanged.connect(lambda _text: self.changed.emit())
        indented.addLayout(field_row("Reason", self.reason_field, width_px=56))
        column.addLayout(indented)

    def _on_tick(self, on: bool) -> None:
        """Go on to the reason at once: who has ticked is about to write it."""
        self.changed.emit()
        if on and not self.reason:
            self.reason_field.setFocus()

    @property
    def reason(self) -> str:
        """The reason written."""
        return self.reason_field.text().strip()


def hazard_of(finding: Finding) -> str:
    """Return what can go wrong when a finding is accepted."""
    return next((words for code, words in _HAZARDS if finding.code.startswith(code)), _ANY_HAZARD)
