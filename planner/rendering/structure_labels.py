"""What are the outlines of a slice called? Names beside the body on leaders, where no anatomy is covered.

A name stands left or right of everything that is outlined, in the air beside the body, or nowhere: on a slice that
fills its view no name is written. Names keep clear of the corner texts and of the letters at the middle of the edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.primitives import Align, Label, Path, Pen, Primitive, Role, text_width_px

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LABEL_PX = 12.0
MOST_NAMES = 12
NARROWEST_VIEW_PX = 600
"""Narrower views have no room for names beside the body."""
_PITCH_PX = 18.0
_GAP_PX = 14.0
_EDGE_PX = 34.0
"""Kept free at the left and right edge for the letters of orientation."""
_TOP_PX, _BOTTOM_PX = 84.0, 64.0
"""Kept free above and below for the corner texts."""


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """One outlined structure: its points inside the view, px, and the length of its outline there."""

    name: str
    colour: str
    points_px: NDArray[np.float64]
    length_px: float


def structure_names(marks: Sequence[Primitive], *, size_px: tuple[int, int], body: str) -> list[Primitive]:
    """Return a leader and a name for each outlined structure that has room beside the body, the longest outlines first.

    Without the body's own outline in the slice nobody knows where the air begins, and no name is written.

    Parameters
    ----------
    marks
        Outlines as :func:`planner.rendering.anatomy_marks.structure_marks` gives them.
    size_px
        Width and height of the view.
    body
        Name of the structure that is the whole body, the skin.
    """
    width, height = size_px
    found = _visible(marks, size_px=size_px)
    if width < NARROWEST_VIEW_PX or not any(item.name == body for item in found):
        return []
    everything = np.concatenate([item.points_px for item in found])
    low, high = float(everything[:, 0].min()), float(everything[:, 0].max())
    room = {True: low - _GAP_PX - _EDGE_PX, False: width - high - _GAP_PX - _EDGE_PX}
    sides: dict[bool, list[_Named]] = {True: [], False: []}
    for item in sorted(found, key=lambda item: -item.length_px)[:MOST_NAMES]:
        fits = [left for left in (True, False) if room[left] >= text_width_px(item.name, LABEL_PX)]
        if fits:
            nearest = float(np.median(item.points_px[:, 0])) < (low + high) / 2
            sides[nearest if nearest in fits else fits[0]].append(item)
    made: list[Primitive] = []
    for to_left, items in sides.items():
        x = low - _GAP_PX if to_left else high + _GAP_PX
        made += _column(items, x=x, height=height, to_left=to_left)
    return made


def _visible(marks: Sequence[Primitive], *, size_px: tuple[int, int]) -> list[_Named]:
    found = []
    for mark in marks:
        if not isinstance(mark, Path) or mark.role is not Role.STRUCTURE or mark.name.endswith(" ticks"):
            continue
        points = np.concatenate(mark.lines) if mark.lines else np.empty((0, 2))
        inside = points[((points >= 0) & (points <= size_px)).all(axis=1)]
        if len(inside) and mark.name and mark.pen is not None:
            length = sum(float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in mark.lines)
            found.append(_Named(mark.name, mark.pen.colour, inside, length))
    return found


def _column(items: Sequence[_Named], *, x: float, height: float, to_left: bool) -> list[Primitive]:
    """Stack names at one side in the order of the places they point to, so that no leader crosses another."""
    most = max(0, int((height - _TOP_PX - _BOTTOM_PX) // _PITCH_PX))
    aims = sorted(((_facing(item.points_px, to_left=to_left), item) for item in items[:most]), key=lambda a: a[0][1])
    rows = _rows([float(aim[1]) for aim, _ in aims], height=height)
    made: list[Primitive] = []
    for y, (aim, item) in zip(rows, aims, strict=True):
        start = (x + 4.0 if to_left else x - 4.0, y)
        leader = np.array([start, aim])
        made.append(Path(Role.STRUCTURE_NAME, (leader,), Pen(item.colour, 1.0, opacity=0.8), name=item.name))
        anchor = (x, y + LABEL_PX * 0.36)
        align = Align.END if to_left else Align.START
        made.append(Label(Role.STRUCTURE_NAME, item.name, anchor, align, LABEL_PX, 500, item.colour, name=item.name))
    return made


def _facing(points_px: NDArray[np.float64], *, to_left: bool) -> NDArray[np.float64]:
    """Return the outermost point at the side of the name."""
    at: NDArray[np.float64] = points_px[int(np.argmin(points_px[:, 0] if to_left else -points_px[:, 0]))]
    return at


def _rows(wanted: Sequence[float], *, height: float) -> list[float]:
    """Return heights near the wanted ones (ascending), a pitch apart, between the corner texts."""
    rows: list[float] = []
    for y in wanted:
        rows.append(max(y, rows[-1] + _PITCH_PX if rows else _TOP_PX))
    lowest = height - _BOTTOM_PX
    for at in range(len(rows) - 1, -1, -1):
        rows[at] = min(rows[at], lowest)
        lowest = rows[at] - _PITCH_PX
    return rows
