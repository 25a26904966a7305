"""Where is it said that a field cannot be kept? At the field: its edge, a sentence below it, and its description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel, QWidget


def refusal_label() -> QLabel:
    """Return the line for a sentence below a field; it takes no room while there is none."""
    made = label("", wrap=True)
    made.setObjectName("fieldError")
    made.hide()
    return made


def show_refusal(field: QWidget, below: QLabel, sentence: str) -> None:
    """Mark a field and say below it why it is refused; an empty sentence takes the mark away."""
    below.setText(sentence)
    below.setVisible(bool(sentence))
    mark_refused(field, sentence)


def mark_refused(field: QWidget, sentence: str) -> None:
    """Draw the edge of a field as refused, and have a screen reader say why; nothing when the sentence is empty."""
    field.setAccessibleDescription(sentence)
    if bool(field.property("refused")) != bool(sentence):
        field.setProperty("refused", bool(sentence))
        field.style().unpolish(field)
        field.style().polish(field)
