"""Does any text of a picture stand on another? Names that collide are moved aside, numbers of a scale are left out.

What orients and what measures keeps its place: letters, name, scale bar, isotherms. The worst figure, names of probes
and targets give way, in this order; a depth beside a shaft that finds no room is not written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.rendering.primitives import Align, Label, Marker, Primitive, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH_EM = 0.56  # of Inter's usual letters; figures and capitals are up to 0.65
_ABOVE_EM, _BELOW_EM = 0.78, 0.22
_GAP_PX = 2.0
_BORDER_PX = 4.0
_STEP_PX = 6.0
_MOST_STEPS = 22
_FIRST = (
    Role.LETTER, Role.NAME, Role.IDENTITY, Role.SCALE, Role.GRADE, Role.CORNER, Role.ICE_LABEL, Role.MEASUREMENT,
    Role.HANDLE, Role.PROBE, Role.TARGET,
)  # fmt: skip
_MOVED = (Role.MEASUREMENT, Role.PROBE, Role.TARGET, Role.WATCHED)
_LEFT_OUT = ("depth",)
_KEPT_SEEN = (Role.HANDLE, Role.MEASUREMENT)


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where a text stands, px."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: TextBox) -> bool:
        """Whether two texts touch."""
        return (
            self.left < other.right + _GAP_PX
            and other.left < self.right + _GAP_PX
            and self.top < other.bottom + _GAP_PX / 2
            and other.top < self.bottom + _GAP_PX / 2
        )

    def is_within(self, size_px: tuple[int, int]) -> bool:
        """Whether all of it lies in a picture."""
        return self.left >= 1 and self.top >= 1 and self.right <= size_px[0] - 1 and self.bottom <= size_px[1] - 1


def text_box(label: Label) -> TextBox:
    """Return where a label stands, by the usual width of letters."""
    width = len(label.text) * label.size_px * _WIDTH_EM
    x, y = label.anchor_px
    left = x - {Align.START: 0.0, Align.MIDDLE: width / 2, Align.END: width}[label.align]
    return TextBox(left, y - label.size_px * _ABOVE_EM, left + width, y + label.size_px * _BELOW_EM)


def with_room(marks: Sequence[Primitive], size_px: tuple[int, int]) -> list[Primitive]:
    """Return the marks with every text on free ground, as near to where it stood as can be, and over all lines."""
    order = {role: rank for rank, role in enumerate(_FIRST)}
    labels = [at for at, mark in enumerate(marks) if isinstance(mark, Label) and mark.text]
    labels.sort(key=lambda at: (_rank(marks[at], order), at))
    placed: list[Primitive | None] = list(marks)
    taken: list[TextBox] = []
    handles = [_around(mark) for mark in marks if isinstance(mark, Marker) and mark.role in _KEPT_SEEN]
    for at in labels:
        label = marks[at]
        assert isinstance(label, Label)  # noqa: S101 - chosen so above
        found = _free(label, [*taken, *handles], size_px) if label.role in _MOVED else label
        placed[at] = found
        if found is not None:
            taken.append(text_box(found))
    kept = [mark for mark in placed if mark is not None]
    return sorted(kept, key=lambda mark: isinstance(mark, Label))


def _around(marker: Marker) -> TextBox:
    """Return the box of a handle: a name that covers one hides where a probe begins or ends."""
    x, y = marker.centre_px
    half = marker.size_px / 2
    return TextBox(x - half, y - half, x + half, y + half)


def _rank(mark: Primitive, order: dict[Role, int]) -> float:
    rank = float(order.get(mark.role, len(order)))
    return rank + 0.5 if isinstance(mark, Label) and mark.name in _LEFT_OUT else rank


def _free(label: Label, taken: Sequence[TextBox], size_px: tuple[int, int]) -> Label | None:
    """Return a label moved to the nearest free place; None for one that is better left out, itself where none is."""
    label = _inside(label, size_px)
    offsets = [
        (dx * _STEP_PX, dy * _STEP_PX)
        for dx in range(-_MOST_STEPS, _MOST_STEPS + 1)
        for dy in range(-_MOST_STEPS, _MOST_STEPS + 1)
    ]
    # Up and down first: aside, a name soon stands beside something else.
    offsets.sort(key=lambda step: (step[0] * 1.3) ** 2 + step[1] ** 2)
    if label.name in _LEFT_OUT:
        offsets = offsets[:1]
    for dx, dy in offsets:
        moved = replace(label, anchor_px=(label.anchor_px[0] + dx, label.anchor_px[1] + dy))
        box = text_box(moved)
        if box.is_within(size_px) and not any(box.meets(other) for other in taken):
            return moved
    return None if label.name in _LEFT_OUT else label


def _inside(label: Label, size_px: tuple[int, int]) -> Label:
    """Return a label that leaves the picture moved into it, shortened where it is wider than the picture."""
    label = replace(label, text=shortened(label.text, size_px[0] - 2 * _BORDER_PX, size_px=label.size_px))
    box = text_box(label)
    dx = max(_BORDER_PX - box.left, 0.0) or min(size_px[0] - _BORDER_PX - box.right, 0.0)
    dy = max(_BORDER_PX - box.top, 0.0) or min(size_px[1] - _BORDER_PX - box.bottom, 0.0)
    return replace(label, anchor_px=(label.anchor_px[0] + dx, label.anchor_px[1] + dy))


def shortened(text: str, room_px: float, *, size_px: float) -> str:
    """Return a text that fits, with its middle left out where it must: side, level and figure stay (H-16)."""
    most = max(int(room_px / (size_px * _WIDTH_EM)), 5)
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head].rstrip()}…{text[len(text) - (most - 1 - head) :].lstrip()}"
