"""How does the chosen tool work? Its options over the views, in the place of the view toolbar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from planner.services.session import ChangeKind
from planner.ui.structure_tools import BY_TOOL
from planner.ui.theme.tokens import TOOLBAR_PX
from planner.ui.view_state import Tool
from planner.ui.widgets.drawing_pages import BrushPage, HandPage, RegionPage, TubePage
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.labels import label, upright_line
from planner.ui.widgets.limit_fields import LimitFields
from planner.ui.widgets.mask_pages import (
    BetweenPage,
    BooleanPage,
    FillHolesPage,
    GrowPage,
    IslandsPage,
    MarginPage,
    SmoothPage,
)
from planner.ui.widgets.threshold_page import ThresholdPage
from planner.ui.widgets.view_menus import LayoutButton, Room, WindowButton

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction, QResizeEvent

    from planner.services.session import Change
    from planner.ui.desk import Desk
    from planner.ui.widgets.option_page import OptionPage

_SECOND_ROW_PX = 34
_SIDE_PX, _GAP_PX, _APPLY_PX = 12, 8, 72
_LASSO_WORDS = "Draw round an area, or click its corners; Shift erases"
_SCISSORS_WORDS = "Draw round what to cut away in the 3-D view; Shift keeps only that"


class ToolOptions(QFrame):
    """Name and options of the tool, its Apply, where voxels may change; window and layout stay at the right.

    Where one row has no room, the limits take a second.
    """

    def __init__(self, desk: Desk, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("toolbar")
        self.setAccessibleName("Tool options")
        self._desk = desk
        self.pages: dict[Tool, OptionPage] = {}
        self._page: OptionPage | None = None
        self._title = label("", "heading")
        self.limits = LimitFields(desk)
        self.apply_button = QPushButton()
        self.apply_button.clicked.connect(self.apply)
        self._window, self._layout = WindowButton(actions, desk.view), LayoutButton(actions, desk.view)
        self._lay_out()
        self._make_pages()
        desk.view.changed.connect(self._on_view)
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._refresh)
        desk.painting.changed.connect(self._on_mask)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE_PX, 3, 8, 3)
        column.setSpacing(0)
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        for row in (self._first, self._second):
            row.setSpacing(_GAP_PX)
        self._pages_row = QHBoxLayout()
        self._line = upright_line()
        self._first.addWidget(self._title)
        self._first.addLayout(self._pages_row)
        self._first.addWidget(self.apply_button)
        self._first.addWidget(self._line)
        self._first.addWidget(self.limits)
        self._first.addStretch(1)
        self._first.addWidget(self._window)
        self._first.addWidget(self._layout)
        self._second.addStretch(1)
        column.addLayout(self._first)
        column.addLayout(self._second)
        self._is_double = False

    def _make_pages(self) -> None:
        desk, brush = self._desk, BrushPage(self._desk)
        self.pages = {
            Tool.BRUSH: brush,
            Tool.ERASE: brush,
            Tool.LASSO: HandPage(desk, _LASSO_WORDS),
            Tool.SCISSORS: HandPage(desk, _SCISSORS_WORDS),
            Tool.THRESHOLD: ThresholdPage(desk),
            Tool.GROW: GrowPage(desk),
            Tool.CONNECTED: RegionPage(desk),
            Tool.BETWEEN: BetweenPage(desk),
            Tool.TUBE: TubePage(desk),
            Tool.MARGIN: MarginPage(desk),
            Tool.SMOOTH: SmoothPage(desk),
            Tool.ISLANDS: IslandsPage(desk),
            Tool.FILL_HOLES: FillHolesPage(desk),
            Tool.BOOLEAN: BooleanPage(desk),
        }
        for page in dict.fromkeys(self.pages.values()):
            self._pages_row.addWidget(page)
            page.hide()
            page.altered.connect(self._show_apply)

    # --- following ---------------------------------------------------------------------------------------------------

    def _on_view(self, name: str) -> None:
        if name == "tool":
            self._take(self._desk.view.tool)
        elif name in ("selected_structure", "paint") and self._page is not None:
            self._refresh()

    def _on_change(self, change: Change) -> None:
        if self._page is not None and change.kinds & {ChangeKind.STRUCTURES, ChangeKind.VOLUME}:
            self._refresh()

    def _on_mask(self) -> None:
        if self._page is not None:
            self._page.refresh()

    def _take(self, tool: Tool) -> None:
        """Show the options of a tool of structures; none for any other."""
        page = self.pages.get(tool)
        if self._page is not None and self._page is not page:
            self._page.leave()
            self._page.hide()
        is_new, self._page = page is not self._page, page
        if page is None:
            return
        self._title.setText(BY_TOOL[tool].caption)
        if is_new:
            page.show()
            page.enter()
        self._refresh()

    def _refresh(self) -> None:
        self.limits.refresh()
        if self._page is not None:
            self._page.refresh()
        self._show_apply()

    def _show_apply(self) -> None:
        page = self._page
        if page is None:
            return
        reason = page.reason()
        self.apply_button.setVisible(bool(page.apply_words))
        self.apply_button.setText(page.apply_words)
        self.apply_button.setEnabled(not reason)
        self.apply_button.setToolTip(reason or "Change the structure; Undo takes it back")
        self.apply_button.setAccessibleDescription(reason)
        self._share_room()

    # --- acting ------------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Run the tool's edit on the selected structure; the desk says in words when there is none."""
        focused = self.focusWidget()
        if isinstance(focused, NumberField):
            focused.interpretText()  # where a press takes no focus, what was typed is not committed yet
        self._desk.painting.when_settled(self._apply)  # an edit may name other masks: with their last strokes

    def _apply(self) -> None:
        page = self._page
        edit = page.edit() if page is not None else None
        if page is not None and edit is not None:
            begins = self._desk.painting.may_run
            self._desk.painting.run(edit)
            if begins:
                page.applied()

    # --- room --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether one row is enough."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Say less on the buttons at the right, and if that is not enough for every tool, take a second row for all.

        The views would jump from tool to tool otherwise.
        """
        widest = max(self.pages.values(), key=_page_px)
        is_double = self._wanted_px(Room.ICON, widest) > self.width()
        if is_double != self._is_double:
            self._is_double = is_double
            old, new, at = (self._first, self._second, 0) if is_double else (self._second, self._first, 4)
            old.removeWidget(self.limits)
            new.insertWidget(at, self.limits)
            self._line.setVisible(not is_double)
        self.setFixedHeight(TOOLBAR_PX + (_SECOND_ROW_PX if is_double else 0))
        rooms = (Room.WORDS,) if is_double or self._page is None else tuple(Room)
        for room in rooms:
            if self._page is None or self._wanted_px(room, self._page) <= self.width():
                break

    def _wanted_px(self, room: Room, page: OptionPage) -> int:
        """Let the buttons at the right say so much, and return how wide one row with a tool's options is then."""
        for button in (self._window, self._layout):
            button.fit(room)
        always = (self._title, self._line, self.limits, self._window, self._layout)
        return sum(widget.sizeHint().width() + _GAP_PX for widget in always) + _page_px(page) + _SIDE_PX


def _page_px(page: OptionPage) -> int:
    """Return how wide a tool's options are, with the button that applies them."""
    return page.sizeHint().width() + _GAP_PX + (_APPLY_PX if page.apply_words else 0)
