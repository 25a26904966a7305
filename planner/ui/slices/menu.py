"""What does the right click offer? Window, slab, planes, film and layout of the view under the cursor."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from planner.rendering.slab import SlabMode
from planner.rendering.window import PRESETS
from planner.ui.slices.tools.crosslines import is_turned
from planner.ui.view_state import CINE_RATES_PER_S, SLAB_STEPS_MM
from planner.ui.window_keys import KEYS, key_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from planner.ui.slices.slice_view import SliceView
    from planner.ui.view_state import ViewState

_SHOWN_SLABS_MM = tuple(mm for mm in SLAB_STEPS_MM if mm in (0.0, 3.0, 5.0, 10.0, 20.0, 40.0))


def slice_menu(owner: SliceView) -> QMenu:
    """Return the menu of one view; it deletes itself when it closes."""
    view = owner.view
    menu = QMenu(owner)
    menu.aboutToHide.connect(menu.deleteLater)
    window = menu.addMenu("Window")
    for key in KEYS:
        _add(window, key_words(view, key), partial(view.set_window, view.window_of(key)), key=key)
    for preset in PRESETS:
        if not preset.key:
            _add(window, preset.words, partial(view.set_window, preset.window_hu))
    fill_slab_menu(menu.addMenu("Slab"), view)
    _add(menu, "Invert", lambda: view.set_inverted(on=not view.is_inverted), key="I", on=view.is_inverted)
    menu.addSeparator()
    film = menu.addMenu("Film")
    fill_film_menu(film, owner)
    menu.addSeparator()
    _add(menu, "Whole slice", owner.reset_view, key="Space")
    _add(menu, "Standard planes", view.reset_frame, key="Shift+Space").setEnabled(is_turned(view))
    alone = view.maximised == owner.stand.name
    words = "All views" if alone else "This view alone"
    _add(menu, words, lambda: owner.maximise_asked.emit(owner.stand.name), key="double click")
    return menu


def fill_slab_menu(menu: QMenu, view: ViewState) -> None:
    """Offer thickness and kind; choosing a kind while single slices are shown starts with 10 mm."""
    kinds, sizes = QActionGroup(menu), QActionGroup(menu)
    for mm in _SHOWN_SLABS_MM:
        action = _add(menu, f"{mm:g} mm" if mm else "Single slices", partial(view.set_slab, mm), on=view.slab_mm == mm)
        sizes.addAction(action)
    menu.addSeparator()
    names = {SlabMode.MIP: "Largest value (MIP)", SlabMode.MINIP: "Smallest value (MinIP)", SlabMode.AVERAGE: "Average"}
    for mode, words in names.items():
        is_on = bool(view.slab_mm) and view.slab_mode is mode
        kinds.addAction(_add(menu, words, partial(_choose_mode, view, mode), on=is_on))


def fill_film_menu(menu: QMenu, owner: SliceView) -> None:
    """Offer to play the slices, and how fast."""
    _add(menu, "Stop" if owner.cine.is_playing else "Play", owner.cine.toggle, key="C")
    menu.addSeparator()
    rates = QActionGroup(menu)
    for rate in CINE_RATES_PER_S:
        on = owner.view.cine_per_s == rate
        rates.addAction(_add(menu, f"{rate:g} slices per second", partial(owner.view.set_cine, rate), on=on))


def _choose_mode(view: ViewState, mode: SlabMode) -> None:
    view.set_slab(view.slab_mm or 10.0, mode)


def _add(menu: QMenu, words: str, act: Callable[[], object], *, key: str = "", on: bool | None = None) -> QAction:
    """Add an entry; the key is written beside it and acts elsewhere, so that it never acts twice."""
    action = menu.addAction(f"{words}\t{key}" if key else words, act)
    if on is not None:
        action.setCheckable(True)
        action.setChecked(on)
    return action
