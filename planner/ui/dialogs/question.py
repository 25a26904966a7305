"""How does the window ask for a few figures? A title, a sentence, the fields, and the verb that uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout

from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

SIDE_PX = 24


class QuestionDialog(QDialog):
    """Opened with ``open()``; ``accepted`` when the verb was pressed. Gone once it is closed.

    Parameters
    ----------
    said
        What the answer is for, in a sentence or two.
    verb
        On the button that uses the answer.

    ``fields`` is where the subclass puts its fields, ``answer`` the button.
    """

    def __init__(self, parent: QWidget, title: str, said: str, *, verb: str, width_px: int) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(width_px)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE_PX, 20, SIDE_PX, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title"))
        column.addWidget(label(said, "hint", wrap=True))
        self.fields = QVBoxLayout()
        self.fields.setSpacing(12)
        column.addLayout(self.fields)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.answer = buttons.addButton(verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self.answer.setProperty("look", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
