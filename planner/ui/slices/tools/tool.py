"""What must every tool of a slice answer? The protocol between a view and its tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from planner.rendering.primitives import Align, Label, Path, Role, text_width_px
from planner.ui.theme.fonts import ui_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.geometry import PointLps
    from planner.rendering.plane import SlicePlane
    from planner.rendering.primitives import Primitive
    from planner.services.commands import Command
    from planner.services.session import Session
    from planner.ui.painting import Painting
    from planner.ui.slices.handles import Handle
    from planner.ui.view_state import ViewState


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse is: view pixels, patient point, and the keys held with it."""

    px: tuple[float, float]
    lps_mm: PointLps
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier


class Host(Protocol):
    """What a tool may use of its view."""

    @property
    def session(self) -> Session:
        """The open case."""

    @property
    def view(self) -> ViewState:
        """What all views share."""

    @property
    def plane(self) -> SlicePlane:
        """The plane as shown now."""

    @property
    def painting(self) -> Painting | None:
        """The door of mask edits; None in a view without a window around it."""

    @property
    def shows_ct(self) -> bool:
        """Whether the picture is the planning CT, and not a second series alone."""

    selected_handle: Handle | None

    def end_gesture(self) -> None:
        """End a drag: it becomes one undo step."""

    def try_apply(self, command: Command) -> bool:
        """Run an edit; False when it was refused, in which case the view has said why."""

    def say(self, sentence: str) -> None:
        """Put a sentence into the status line."""

    def cancel_gesture(self) -> None:
        """End a drag that never was: the plan is as the hand found it."""

    def repaint_hand(self) -> None:
        """Draw the tool's own marks again."""

    def show_cursor(self, shape: Qt.CursorShape) -> None:
        """Show another mouse pointer until the tool asks for the next."""

    def finish(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Hand a finished draft to the window, which completes it, and go back to the pointer."""


_WORDS_PX = 12.0


_LINE_PX = 16.0
_BESIDE_PX = 18.0
_GROUND, _GROUND_OPACITY = "#0b0d10", 0.55


def lines_beside(lines: Sequence[str], at_px: tuple[float, float], *, size_px: tuple[int, int]) -> list[Primitive]:
    """Return lines to the lower right of the hand, the first one strong; on its other sides where the view ends.

    They stand on a translucent ground: bone is white and so are they.
    """
    strong = QFontMetricsF(ui_font(round(_WORDS_PX), 600))
    widest = max((strong.horizontalAdvance(line) for line in lines), default=0.0)
    x, y = at_px
    is_left = x + _BESIDE_PX + widest > size_px[0]
    left = max(x - _BESIDE_PX - widest, 4.0) if is_left else x + _BESIDE_PX
    top = y + _BESIDE_PX + _LINE_PX / 2
    if top + len(lines) * _LINE_PX > size_px[1]:
        top = y - _BESIDE_PX - (len(lines) - 1) * _LINE_PX
    edges = (left - 6.0, top - 15.0, left + widest + 2.0, top + (len(lines) - 1) * _LINE_PX + 7.0)
    corners = np.array([edges[:2], (edges[2], edges[1]), edges[2:], (edges[0], edges[3]), edges[:2]])
    ground = Path(Role.DRAFT, (corners,), None, _GROUND, _GROUND_OPACITY, "ground of the words")
    return [ground, *(_line(text, (left, top), number) for number, text in enumerate(lines))]


def _line(text: str, at_px: tuple[float, float], number: int) -> Label:
    place = (at_px[0], at_px[1] + number * _LINE_PX)
    return Label(Role.DRAFT, text, place, weight=400 if number else 600, colour="#ffffff", name="held")


def words_beside(text: str, at_px: tuple[float, float], *, width_px: float, name: str) -> Label:
    """Return words to the lower right of the hand, or to its lower left where the view ends; white on any grey."""
    x, y = at_px
    if x + text_width_px(text, _WORDS_PX) > width_px:
        return Label(Role.DRAFT, text, (x - 16.0, y), align=Align.END, colour="#ffffff", name=name)
    return Label(Role.DRAFT, text, (x, y), colour="#ffffff", name=name)


class SliceTool:
    """Base of the tools: does nothing on anything."""

    cursor = Qt.CursorShape.ArrowCursor
    keeps_shift = False
    """Whether Shift is the tool's own; otherwise the crosshair follows with it, or the mouse scheme uses it."""

    def __init__(self, host: Host) -> None:
        self.host = host

    @property
    def is_dragging(self) -> bool:
        """Whether something of the plan is being dragged."""
        return False

    def holds(self, at: Pointer) -> bool:
        """Whether a left drag from here is the tool's own with any keys held, whatever the mouse scheme says."""
        del at
        return False

    def takes(self, at: Pointer) -> bool:
        """Whether a left drag from here is the tool's own; otherwise the mouse scheme may have a use for it."""
        del at
        return True

    def press(self, at: Pointer) -> None:
        """Left button down."""

    def drag(self, at: Pointer) -> None:
        """Mouse moved with the left button down."""

    def hover(self, at: Pointer) -> None:
        """Mouse moved with no button down."""

    def leave(self) -> None:
        """Mouse has left the view."""

    def release(self, at: Pointer) -> None:
        """Left button up."""

    def wheel(self, notches: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Wheel turned, up is positive; False leaves it to the view."""
        del notches, modifiers
        return False

    def resize(self, steps: int) -> bool:
        """+ or − pressed; False leaves it to the view."""
        del steps
        return False

    def double_click(self, at: Pointer) -> bool:
        """Second click; False lets the view maximise itself."""
        del at
        return False

    def accept(self) -> bool:
        """Enter; False when there is nothing to finish."""
        return False

    def cancel(self) -> bool:
        """Esc; False when there is nothing to cancel."""
        return False

    def let_go(self) -> None:
        """End a drag whose view has gone out of sight; points clicked so far stay."""

    def put_down(self) -> None:
        """Drop what was begun: another tool is in the hand."""

    def marks(self) -> list[Primitive]:
        """Return what the tool draws over the slice."""
        return []
