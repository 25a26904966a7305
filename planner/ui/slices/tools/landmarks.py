"""Landmarks tool: click what the prompts name, one after the other; each mark keeps its number and its name.

The prompts come from the panel (``view.prompts``): what to look for on the CT is the atlas's to say, not the tool's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rendering.palette import OFF_PLANE_DASH, TARGET_COLOUR
from planner.rendering.primitives import Align, Label, Marker, Pen, Primitive, Role, Shape, text_width_px
from planner.ui.slices.tools.placing import PlacingTool

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.ui.slices.tools.tool import Pointer
    from planner.ui.view_state import ViewState

# Marks in another slice than this are dashed: they were clicked elsewhere.
_HERE_MM = 2.0
_HINT_PX = (14.0, 22.0)
_NAME_PX, _LINE_PX = 12.0, 16.0


class LandmarksTool(PlacingTool):
    """As many clicks as there are prompts; the last one hands them on. Esc drops the marks and begins anew."""

    colour = TARGET_COLOUR

    def hint(self) -> str:
        """Say which landmark the next click marks."""
        return next_prompt(self.host.view)

    def add(self, lps_mm: PointLps) -> None:
        """Mark the landmark; after the last one, hand all of them on."""
        view = self.host.view
        super().add(lps_mm)
        if len(view.draft_lps_mm) >= max(1, len(view.prompts)):
            self.host.finish(view.draft_lps_mm)

    def double_click(self, at: Pointer) -> bool:
        """Take the second click of a double click for none: two landmarks are never one place."""
        del at
        return True

    def leave(self) -> None:
        """Take the words away with the mouse; the marks stay."""
        self._cursor_lps_mm = None

    def marks(self) -> list[Primitive]:
        """Draw each mark with its number and name, and beside the cursor what comes next."""
        view, plane = self.host.view, self.host.plane
        marks: list[Primitive] = []
        for number, place in enumerate(view.draft_lps_mm):
            x, y = (float(v) for v in plane.to_px(place))
            is_here = abs(float(plane.off_plane_mm(place))) <= _HERE_MM
            pen = Pen(self.colour, 1.6, () if is_here else OFF_PLANE_DASH, halo_px=1.2)
            marks.append(Marker(Role.DRAFT, (x, y), Shape.CIRCLE, 10.0, pen, "#000000", name="landmark"))
            words, width = short_prompt(view, number), float(plane.size_px[0])
            marks.append(_beside([words], (x, y - 8.0), width_px=width, shift_px=10.0, name="landmark name")[0])
        if self._cursor_lps_mm is not None and self.hint():
            x, y = (float(v) for v in plane.to_px(self._cursor_lps_mm))
            width = float(plane.size_px[0])
            lines = _lines(self.hint(), room_px=0.6 * width)
            marks += _beside(lines, (x, y + _HINT_PX[1]), width_px=width, shift_px=_HINT_PX[0], name="prompt")
        return marks


def next_prompt(view: ViewState) -> str:
    """Return what the next click marks, such as ``"1 of 3: neck of the rib"``; empty when all are marked."""
    done, total = len(view.draft_lps_mm), len(view.prompts)
    if done >= total:
        return ""
    return view.prompts[done] if total == 1 else f"{done + 1} of {total}: {view.prompts[done]}"


def short_prompt(view: ViewState, number: int) -> str:
    """Return number and name of a mark: the prompt up to its colon, where what to look for begins."""
    if number >= len(view.prompts):
        return str(number + 1)
    return f"{number + 1} {view.prompts[number].partition(':')[0]}"


def _beside(
    lines: list[str], at_px: tuple[float, float], *, width_px: float, shift_px: float, name: str
) -> list[Primitive]:
    """Return lines of words to the right of a place, or all of them to its left where the view ends."""
    room = width_px - at_px[0] - shift_px
    is_left = max(text_width_px(line, _NAME_PX) for line in lines) > room
    x, align = (at_px[0] - shift_px, Align.END) if is_left else (at_px[0] + shift_px, Align.START)
    places = [(x, at_px[1] + number * _LINE_PX) for number in range(len(lines))]
    return [
        Label(Role.DRAFT, line, place, align=align, weight=600, colour="#ffffff", name=name)
        for line, place in zip(lines, places, strict=True)
    ]


def _lines(text: str, *, room_px: float) -> list[str]:
    """Break words into lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width_px(longer, _NAME_PX) > room_px:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
