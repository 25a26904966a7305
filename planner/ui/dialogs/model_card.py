"""What may be asked of the prediction? What it was compared with, its known error, and where this plan leaves that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from planner.domain.errors import PlannerError
from planner.domain.rule import Verdict
from planner.persistence.uncertainty import model_card
from planner.report.ranging import printed_card
from planner.services.prediction import outside_card
from planner.ui.theme.tokens import VERDICT_STYLE
from planner.ui.widgets.labels import StateBadge, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.report.printed_card import PrintedCard, PrintedValidation
    from planner.services.session import Session
    from planner.ui.theme.tokens import StateStyle

_SIZE = QSize(820, 700)
_EDGE_PX = 24
_INSIDE, _OUTSIDE = VERDICT_STYLE[Verdict.PASS], VERDICT_STYLE[Verdict.CHECK]
_UNKNOWN = VERDICT_STYLE[Verdict.NOT_ASSESSED]
_COLUMNS = ("Case", "Farthest figure", "Expected", "Computed", "Tolerance", "Met")


class ModelCardDialog(QDialog):
    """The model card on a page that scrolls, the plan on the desk first."""

    def __init__(self, parent: QWidget, session: Session | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Model card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_SIZE.boundedTo(parent.size() - QSize(80, 80)))
        style, word, reasons = standing(session)
        card = printed_card(model_card(), reasons)
        page = QWidget()
        page.setObjectName("scrolled")
        column = QVBoxLayout(page)
        column.setContentsMargins(_EDGE_PX, 20, _EDGE_PX, 16)
        column.setSpacing(16)
        column.addWidget(label("Model card: prediction of ice", "title"))
        if card is not None:
            column.addWidget(label(card.purpose, "sentence", wrap=True))
            column.addLayout(_plan_section(style, word, reasons))
            _add_card(column, card)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        area.setAccessibleName("Model card")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.setContentsMargins(_EDGE_PX, 8, _EDGE_PX, 16)
        foot.addWidget(buttons)
        whole.addLayout(foot)


def standing(session: Session | None) -> tuple[StateStyle, str, tuple[str, ...]]:
    """Say how the plan on the desk stands to the card: look, word, and reasons.

    The reasons are those of the report. Without a prediction it is not known which tissues its box holds.
    """
    result = None if session is None else session.result
    if session is None or result is None or not session.result_is_current:
        return _UNKNOWN, "NOT ASSESSED", ("There is no prediction of the plan as it stands.",)
    try:
        reasons = outside_card(session.plan, result)
    except PlannerError as error:
        return _UNKNOWN, "NOT ASSESSED", (str(error),)
    if not reasons:
        return _INSIDE, "INSIDE", ("Probes, protocol, grid and every tissue in the box are within what was compared.",)
    return _OUTSIDE, "OUTSIDE", reasons


def _plan_section(style: StateStyle, word: str, reasons: Sequence[str]) -> QVBoxLayout:
    section = QVBoxLayout()
    section.setSpacing(4)
    head = QHBoxLayout()
    head.addWidget(label("This plan", "heading"))
    badge = StateBadge()
    badge.show_state(style, word)
    head.addWidget(badge)
    head.addStretch(1)
    section.addLayout(head)
    for reason in reasons:
        section.addWidget(label(reason, "secondary", wrap=True))
    return section


def _add_card(column: QVBoxLayout, card: PrintedCard) -> None:
    own = model_card()
    column.addLayout(_sentences("Known error", (own.error_words, *(entry.text for entry in own.published))))
    column.addLayout(_sentences("Compared with", (card.validation,)))
    if card.not_met:
        column.addLayout(_not_met(card.not_met))
    column.addLayout(_limits(card))
    column.addLayout(_sentences("Modelled", card.modelled))
    column.addLayout(_sentences("Not modelled", card.not_modelled))
    column.addWidget(label(f"The comparison is made again by: {card.validated_by}", "hint", wrap=True))


def _sentences(title: str, sentences: Sequence[str]) -> QVBoxLayout:
    section = QVBoxLayout()
    section.setSpacing(4)
    section.addWidget(label(title, "heading"))
    for sentence in sentences:
        section.addWidget(label(f"{sentence[:1].upper()}{sentence[1:]}", "secondary", wrap=True))
    return section


def _not_met(rows: Sequence[PrintedValidation]) -> QGridLayout:
    """List the cases with figures outside their tolerance, and why."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 3)
    grid.setColumnStretch(1, 3)
    grid.addWidget(label("Outside its tolerance", "heading"), 0, 0, 1, len(_COLUMNS))
    for at, name in enumerate(_COLUMNS):
        grid.addWidget(label(name, "column"), 1, at)
    line = 2
    for row in rows:
        cells = (row.case, row.quantity, row.expected, row.got, row.tolerance, row.verdict)
        for at, text in enumerate(cells):
            cell = label(text, "secondary", wrap=at < 2)
            cell.setAlignment(Qt.AlignmentFlag.AlignTop)
            grid.addWidget(cell, line, at)
        line += 1
        if row.note:
            grid.addWidget(
                label(f"{row.note[:1].upper()}{row.note[1:]}.", "hint", wrap=True), line, 0, 1, len(_COLUMNS)
            )
            line += 1
    return grid


def _limits(card: PrintedCard) -> QGridLayout:
    """List the ranges in which the model was compared."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(1, 1)
    grid.addWidget(label("Range in which it was compared", "heading"), 0, 0, 1, 2)
    for line, fact in enumerate(card.limits, start=1):
        grid.addWidget(label(fact.label, "secondary"), line, 0)
        grid.addWidget(label(fact.text, "name"), line, 1)
    tissues = ", ".join(name.replace("_", " ") for name in model_card().compared_tissues)
    grid.addWidget(label("Tissues and media", "secondary"), len(card.limits) + 1, 0, Qt.AlignmentFlag.AlignTop)
    grid.addWidget(label(tissues, "name", wrap=True), len(card.limits) + 1, 1)
    return grid
