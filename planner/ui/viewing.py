"""What do the actions on the pictures do? Slab, film, inversion, standard planes, looks before: no edit of the plan."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from planner.ui.slices.slice_view import SliceView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.ui.view_state import ViewState


def viewing_deeds(view: ViewState, slices: Callable[[], Sequence[SliceView]]) -> dict[str, Callable[[], object]]:
    """Return what each viewing action does; ``slices`` gives the slice views there are when it is done."""

    def film() -> None:
        playing = [one for one in slices() if one.cine.is_playing]
        chosen = active_slice(slices())
        for one in playing or ([chosen] if chosen is not None else []):
            one.cine.toggle()

    return {
        "invert": lambda: view.set_inverted(on=not view.is_inverted),
        "film": film,
        "slab_thicker": partial(view.thicken, 1),
        "slab_thinner": partial(view.thicken, -1),
        "standard_planes": view.reset_frame,
        "look_back": view.history.back,
        "look_forward": view.history.forward,
    }


def active_slice(slices: Sequence[SliceView]) -> SliceView | None:
    """Return the slice with the keyboard focus, else the first that is seen."""
    focus = QApplication.focusWidget()
    if isinstance(focus, SliceView):
        return focus
    return next((one for one in slices if one.isVisible()), None)
