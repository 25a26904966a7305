"""How are the views handled? Tools, window, layout, show and hide, and what the ice lines mean."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from planner.ui.layouts import SCENE, layout_of
from planner.ui.scene.menu import fill_scene_menu
from planner.ui.slices.menu import fill_slab_menu
from planner.ui.slices.schemes import SCHEMES
from planner.ui.slices.tools.crosslines import is_turned
from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import TOOLBAR_PX
from planner.ui.widgets.ice_lines import IceLegend, IceLines
from planner.ui.widgets.labels import upright_line
from planner.ui.widgets.view_menus import LayoutButton, Room, WindowButton, menu_button, refilled_menu
from planner.ui.window_keys import KEYS, key_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

    from planner.ui.view_state import ViewState

_TOOLS = (
    ("tool_pointer", "cursor"),
    ("tool_probe", "mdi-needle"),
    ("tool_nerve", "mdi-sine-wave"),
    ("tool_body", "circle-dashed"),
    ("tool_distance", "ruler"),
    ("tool_angle", "mdi-angle-acute"),
    ("tool_circle", "circle"),
)
_TOGGLES = (
    ("show_ice", "snowflake"),
    ("show_structures", "eye"),
    ("show_crosshair", "crosshair"),
    ("show_band", "band"),
)
_SCENE_TIP = "3-D: look from, CT, cut away"


class ViewToolbar(QFrame):
    """40 px above the views. ``look_asked(ViewFrom)`` turns the 3-D view."""

    look_asked = Signal(object)

    def __init__(self, actions: Mapping[str, QAction], view: ViewState) -> None:
        super().__init__()
        self.setObjectName("toolbar")
        self.setFixedHeight(TOOLBAR_PX)
        self.setAccessibleName("View toolbar")
        self._view = view
        self._actions = actions
        self._is_wide = self._has_words = True
        self._toggles: list[QToolButton] = []
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self._add_tools(row, actions)
        row.addWidget(upright_line())
        self._window = WindowButton(actions, view)
        row.addWidget(self._window)
        self._slab = menu_button("stack", "Slab: thickness and kind. Thinner with comma, thicker with full stop")
        self._slab.setMenu(refilled_menu(self._slab, self._fill_slab_menu))
        row.addWidget(self._slab)
        self._mouse = menu_button("dots-three", "Mouse: what the buttons do, and how pictures are shown")
        self._mouse.setMenu(refilled_menu(self._mouse, partial(self._fill_mouse_menu, actions)))
        row.addWidget(self._mouse)
        self._upright = QToolButton()
        self._upright.setDefaultAction(actions["standard_planes"])
        self._upright.setProperty("look", "text")
        self._upright.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        row.addWidget(self._upright)
        self._layout = LayoutButton(actions, view)
        row.addWidget(self._layout)
        self._scene = menu_button("", _SCENE_TIP)
        self._scene.setText("3-D")
        self._scene.setMenu(refilled_menu(self._scene, self._fill_scene_menu))
        row.addWidget(self._scene)
        row.addWidget(upright_line())
        self._add_toggles(row, actions)
        row.addStretch(1)
        self.legend = IceLegend(view)
        row.addWidget(self.legend)
        self._legend_button = QToolButton()
        self._legend_button.setToolTip("Ice lines: which are drawn, and what they mean")
        self._legend_button.setAccessibleName("Ice lines")
        set_icon(self._legend_button, "question")
        row.addWidget(self._legend_button)
        self.ice_lines = IceLines(self, view)
        self.legend.pressed.connect(self.open_ice_lines)
        self._legend_button.clicked.connect(self.open_ice_lines)
        self.show_legend(wide=True)
        view.changed.connect(self._follow)
        self._follow("")

    def _add_tools(self, row: QHBoxLayout, actions: Mapping[str, QAction]) -> None:
        for action_id, icon_name in _TOOLS:
            button = QToolButton()
            button.setDefaultAction(actions[action_id])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            set_icon(button, icon_name)
            row.addWidget(button)

    def _add_toggles(self, row: QHBoxLayout, actions: Mapping[str, QAction]) -> None:
        actions["show_band"].setIconText("Band ±")
        for action_id, icon_name in _TOGGLES:
            button = QToolButton()
            button.setDefaultAction(actions[action_id])
            button.setProperty("look", "text")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            set_icon(button, icon_name)
            self._toggles.append(button)
            row.addWidget(button)

    def _fill_slab_menu(self, menu: QMenu) -> None:
        fill_slab_menu(menu, self._view)

    def _fill_scene_menu(self, menu: QMenu) -> None:
        fill_scene_menu(menu, self._view, look_from=self.look_asked.emit)

    def _fill_mouse_menu(self, actions: Mapping[str, QAction], menu: QMenu) -> None:
        view, schemes, directions = self._view, QActionGroup(menu), QActionGroup(menu)
        for scheme in SCHEMES.values():
            chosen = menu.addAction(f"{scheme.title} mouse", partial(view.set_mouse_scheme, scheme.name))
            _tick(chosen, schemes, on=view.mouse_scheme is scheme.name)
        menu.addSeparator()
        for words, on in (("Windowing up is brighter", True), ("Windowing up is darker", False)):
            chosen = menu.addAction(words, partial(view.set_up_is_brighter, on=on))
            _tick(chosen, directions, on=view.up_is_brighter is on)
        menu.addSeparator()
        for action_id in ("invert", "film", "look_back", "look_forward", "shortcuts"):
            menu.addAction(actions[action_id])

    def open_ice_lines(self) -> None:
        """Open the list of isotherms below the legend, or below its button."""
        self.ice_lines.open_below(self._legend_button)

    def show_legend(self, *, wide: bool) -> None:
        """Fit the bar to a wide or a narrow window: words on the buttons, and the legend where there is room for it."""
        self._is_wide = wide
        self._share_room()

    def _share_room(self) -> None:
        """Give the legend the room of the buttons' words where it needs that; else only its own button stands."""
        fixed = sum(
            widget.sizeHint().width() + self._row.spacing()
            for widget in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
            if not widget.isHidden() and widget not in (self.legend, self.ice_lines)
        )
        without_words = fixed - (self._words_px() if self._has_words else 0)
        room = self.width() - self.legend.width() - 24
        self.legend.setVisible(self._is_wide and without_words <= room)
        with_words = without_words + self._words_px()
        self._show_words(on=self._is_wide and (with_words <= room or without_words > room))

    def _words_px(self) -> int:
        """Return how much wider the switches and the window's button are with their words."""
        switches = sum(button.fontMetrics().horizontalAdvance(f"{button.text()}  ") for button in self._toggles)
        return switches + self._window.words_px()

    def _show_words(self, *, on: bool) -> None:
        if on == self._has_words:
            return
        self._has_words = on
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if on else Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self._toggles:
            button.setToolButtonStyle(style)
        self._window.fit(Room.WORDS if on else Room.NUMBERS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether the legend has room."""
        super().resizeEvent(event)
        self._share_room()

    def _follow(self, name: str) -> None:
        if name in ("", "own_windows"):
            for key in KEYS:
                self._actions[f"window_{key}"].setText(key_words(self._view, key))
        if name in ("", "slab_mm", "slab_mode"):
            slab_mm = self._view.slab_mm
            self._slab.setText(f"{self._view.slab_mode.value} {slab_mm:g} mm" if slab_mm else "")
        if name in ("", "frame"):
            self._upright.setVisible(is_turned(self._view))
        if name in ("", "maximised", "layout"):
            layout, alone = layout_of(self._view.layout), self._view.maximised
            is_seen = SCENE in ((alone,) if alone else layout.views)
            self._scene.setEnabled(is_seen)
            self._scene.setToolTip(_SCENE_TIP if is_seen else f"{_SCENE_TIP}\nThis layout has no 3-D view.")
        if name != "crosshair_lps_mm":
            self._share_room()


def _tick(action: QAction, group: QActionGroup, *, on: bool) -> None:
    """Make an entry one of several, with a tick on the chosen one."""
    action.setCheckable(True)
    action.setChecked(on)
    group.addAction(action)
