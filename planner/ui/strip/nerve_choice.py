"""Which of the plan's nerves is laid out straight? A button for each, over the strip, when there are several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton

from planner.ui.strip.course import nerve_of, nerves_of, row_name
from planner.ui.widgets.labels import label, plain_tip

if TYPE_CHECKING:
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

_BAR_PX = 32


class NerveChoice(QFrame):
    """The row; hidden while the plan has one nerve or none. It only looks: choosing a nerve selects its target."""

    def __init__(self, session: Session, view: ViewState) -> None:
        super().__init__()
        self._session, self._view = session, view
        self._shown: tuple[tuple[str, str], ...] = ()
        self.setObjectName("toolbar")
        self.setFixedHeight(_BAR_PX)
        self.setAccessibleName("Nerve of the strip")
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(label("Nerve", "secondary"))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        row.addLayout(self._buttons)
        row.addStretch(1)
        self.refresh()

    def refresh(self) -> None:
        """Show the nerves as they are now."""
        nerves = nerves_of(self._session)
        shown = tuple((str(target.id), row_name(target)) for target in nerves)
        if shown != self._shown:
            self._shown = shown
            self._rebuild()
        chosen = nerve_of(self._session, self._view)
        for button in self._group.buttons():
            button.setChecked(chosen is not None and button.property("target") == str(chosen.id))
        self.setVisible(len(nerves) > 1)

    def _rebuild(self) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._buttons.removeWidget(button)
            button.hide()
            button.deleteLater()
        for target in nerves_of(self._session):
            button = QToolButton()
            button.setText(row_name(target))
            button.setCheckable(True)
            button.setProperty("look", "text")
            button.setProperty("target", str(target.id))
            button.setToolTip(plain_tip(f"Lay out {target.words}"))
            button.clicked.connect(lambda _checked=False, wanted=target.id: self._view.select_target(wanted))
            self._group.addButton(button)
            self._buttons.addWidget(button)
