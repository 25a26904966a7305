"""What can be chosen in the 3-D view? Where to look from, what of the CT is seen, and at which slices it is cut."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from planner.rendering.plane import Orientation
from planner.rendering.scene3d import ViewFrom
from planner.rendering.volume3d import CloudPreset

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from planner.ui.view_state import ViewState

_STAND_WORDS = {
    ViewFrom.ANTERIOR: "From the front",
    ViewFrom.POSTERIOR: "From behind",
    ViewFrom.LEFT: "From the patient's left",
    ViewFrom.RIGHT: "From the patient's right",
    ViewFrom.HEAD: "From the head",
    ViewFrom.FEET: "From the feet",
}
_CUT_WORDS = {
    Orientation.AXIAL: "Cut at the axial slice",
    Orientation.CORONAL: "Cut at the coronal slice",
    Orientation.SAGITTAL: "Cut at the sagittal slice",
}


def open_scene_menu(owner: QWidget, view: ViewState, *, look_from: Callable[[ViewFrom], None]) -> QMenu:
    """Return the menu of a 3-D view; it deletes itself when it closes."""
    menu = QMenu(owner)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    fill_scene_menu(menu, view, look_from=look_from)
    return menu


def fill_scene_menu(menu: QMenu, view: ViewState, *, look_from: Callable[[ViewFrom], None]) -> None:
    """Add everything that the 3-D view offers, as it stands now."""
    for stand, words in _STAND_WORDS.items():
        menu.addAction(f"{words} ({stand.value})").triggered.connect(partial(_call, look_from, stand))
    menu.addSection("CT in 3-D")
    group = QActionGroup(menu)
    presets: tuple[CloudPreset | None, ...] = (None, *CloudPreset)
    for preset in presets:
        action = QAction("Not shown" if preset is None else preset.value.capitalize(), menu)
        action.setCheckable(True)
        action.setChecked(view.cloud is preset)
        action.triggered.connect(partial(_call, view.set_cloud, preset))
        group.addAction(action)
        menu.addAction(action)
    menu.addSection("Cut away")
    for plane, words in _CUT_WORDS.items():
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(plane in view.cuts)
        action.triggered.connect(partial(_call, view.toggle_cut, plane))


def _call(act: Callable[..., object], argument: object, checked: bool = False) -> None:  # noqa: FBT002 - Qt's
    del checked
    act(argument)
