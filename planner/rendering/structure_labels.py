"""What are the outlines of a slice called? Names beside the body on leaders, where no anatomy is covered.

A name stands left or right of everything that is outlined at its height, in the air beside the body, or nowhere: on a
slice that fills its view no name is written. Names keep clear of the corner texts and of the letters at the edges.
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
_LONGEST_PX = 280.0
"""A longer leader would cross more anatomy than its name is worth."""


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """One outlined structure: all its points, those inside the view, px, and the length of its outline."""

    name: str
    colour: str
    all_px: NDArray[np.float64]
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
    found = _visible(marks, size_px=size_px)
    if size_px[0] < NARROWEST_VIEW_PX or not any(item.name == body for item in found):
        return []
    # Of the body also what lies outside the view: where its edge is out of sight, no air is in sight either.
    edges = [item.all_px if item.name == body else item.points_px for item in found]
    air = _Air.of(np.concatenate(edges), size_px=size_px)
    taken: set[tuple[bool, int]] = set()
    places: dict[bool, list[tuple[int, _Named]]] = {True: [], False: []}
    for item in sorted(found, key=lambda item: -item.length_px)[:MOST_NAMES]:
        place = _best_place(item, air, taken)
        if place is not None:
            taken.add(place)
            places[place[0]].append((place[1], item))
    return [mark for to_left, held in places.items() for mark in _side(held, air, to_left=to_left)]


@dataclass(frozen=True, slots=True, eq=False)
class _Air:
    """Where names may begin: rows a pitch apart, and at each the edges of all that is outlined; NaN beside nothing."""

    rows_px: NDArray[np.float64]
    low_px: NDArray[np.float64]
    high_px: NDArray[np.float64]
    width_px: float

    @classmethod
    def of(cls, points_px: NDArray[np.float64], *, size_px: tuple[int, int]) -> _Air:
        width, height = size_px
        rows = np.arange(_TOP_PX, height - _BOTTOM_PX, _PITCH_PX)
        low, high = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        for at, y in enumerate(rows):
            near = points_px[np.abs(points_px[:, 1] - y) < _PITCH_PX, 0]
            if len(near):
                low[at], high[at] = near.min(), near.max()
        return cls(rows, low, high, width)

    def start_px(self, row: int, *, to_left: bool) -> float:
        """Return where a name begins, or at the left ends."""
        return float(self.low_px[row] - _GAP_PX) if to_left else float(self.high_px[row] + _GAP_PX)

    def has_room(self, row: int, text: str, *, to_left: bool) -> bool:
        x = self.start_px(row, to_left=to_left)
        room = x - _EDGE_PX if to_left else self.width_px - _EDGE_PX - x
        return room >= text_width_px(text, LABEL_PX)  # False beside nothing, where it is not a number


def _best_place(item: _Named, air: _Air, taken: set[tuple[bool, int]]) -> tuple[bool, int] | None:
    """Return side and row of the shortest leader that is free and has room; None when none is near enough."""
    costs: list[tuple[float, bool, int]] = []
    for to_left in (True, False):
        aim = _facing(item.points_px, to_left=to_left)
        for row, y in enumerate(air.rows_px):
            if (to_left, row) not in taken and air.has_room(row, item.name, to_left=to_left):
                costs.append((float(np.hypot(air.start_px(row, to_left=to_left) - aim[0], y - aim[1])), to_left, row))
    best = min(costs, default=None)
    return None if best is None or best[0] > _LONGEST_PX else best[1:]


def _side(held: Sequence[tuple[int, _Named]], air: _Air, *, to_left: bool) -> list[Primitive]:
    """Write the names of one side, from the top in the order of the places they point to where all fit so."""
    rows = sorted(row for row, _ in held)
    aimed = sorted((item for _, item in held), key=lambda item: float(_facing(item.points_px, to_left=to_left)[1]))
    ordered = list(zip(rows, aimed, strict=True))
    if not all(air.has_room(row, item.name, to_left=to_left) for row, item in ordered):
        ordered = list(held)
    made: list[Primitive] = []
    for row, item in ordered:
        x, y = air.start_px(row, to_left=to_left), float(air.rows_px[row])
        leader = np.array([(x + 4.0 if to_left else x - 4.0, y), _facing(item.points_px, to_left=to_left)])
        made.append(Path(Role.STRUCTURE_NAME, (leader,), Pen(item.colour, 1.0, opacity=0.8), name=item.name))
        anchor = (x, y + LABEL_PX * 0.36)
        align = Align.END if to_left else Align.START
        made.append(Label(Role.STRUCTURE_NAME, item.name, anchor, align, LABEL_PX, 500, item.colour, name=item.name))
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
            found.append(_Named(mark.name, mark.pen.colour, points, inside, length))
    return found


def _facing(points_px: NDArray[np.float64], *, to_left: bool) -> NDArray[np.float64]:
    """Return the outermost point at the side of the name."""
    at: NDArray[np.float64] = points_px[int(np.argmin(points_px[:, 0] if to_left else -points_px[:, 0]))]
    return at
