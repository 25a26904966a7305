"""How does the predicted ice lie in a slice? Isotherms with leader labels, their band; a hatch when it is stale."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import OPTIMISTIC_DASH, PESSIMISTIC_DASH, STALE, IceLevel
from planner.rendering.primitives import Align, Hatch, Label, Path, Pen, Primitive, Role, text_width_px
from planner.rendering.reslice import section
from planner.spatial.contour import marching_squares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.rendering.content import BandEdges, ContourCache, IceBand, IceLayer
    from planner.rendering.plane import SlicePlane

_LABEL_PX = 12.0
_LABEL_PITCH_PX = 15.0
_LABEL_GAP_PX = 18.0
_EDGE_MARGIN_PX = 26.0
_BODY_TEMPERATURE_C = 37.0
_PREVIEW_PX = 1.2
_TRAILING_OPACITY = 0.6
_PESSIMISTIC_PX, _OPTIMISTIC_PX, _OPTIMISTIC_OPACITY = 1.2, 1.0, 0.75
OUTSIDE_MM = 1e3
"""Distance to an edge where its field ends: far outside."""

Lines = tuple["NDArray[np.float64]", ...]
Extent = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def ice_marks(
    ice: IceLayer, *, plane: SlicePlane, avoid_px: Sequence[tuple[float, float]], cache: ContourCache | None = None
) -> list[Primitive]:
    """Contour the field on the plane and label every isotherm outside the shells.

    ``avoid_px`` are points (probe handles, nerve ends) that labels keep away from when choosing their side.
    """
    shells: list[tuple[IceLevel, Lines]] = []
    for level in ice.levels:
        if cache is None or not ice.key:
            found = isotherm_lps(ice, level, plane)
        else:
            found = cache.on_plane((ice.key, level.level_c), plane, partial(isotherm_lps, ice, level, plane))
        if found:
            shells.append((level, tuple(plane.to_px(line) for line in found)))
    edges: list[Primitive] = []
    if ice.drawn_band is not None:
        for level in ice.levels:
            edges += _band_marks(ice.drawn_band, level, plane=plane, cache=cache)
    return shell_marks(ice, shells, size_px=plane.size_px, avoid_px=avoid_px, edges=edges)


def shell_marks(
    ice: IceLayer,
    shells: Sequence[tuple[IceLevel, Lines]],
    *,
    size_px: tuple[int, int],
    avoid_px: Sequence[tuple[float, float]] = (),
    kept_free_px: tuple[float, float] | None = None,
    edges: Sequence[Primitive] = (),
) -> list[Primitive]:
    """Draw isotherms already in pixels, outermost first: nominal, preview or stale; ``edges`` bound its range.

    ``kept_free_px`` is a band across the view, upper and lower edge, in which no label stands.
    """
    if not shells:
        return list(edges)
    if ice.is_stale:
        return _stale_marks(shells, size_px=size_px)
    marks: list[Primitive] = []
    for level, lines in shells:
        width = _PREVIEW_PX if ice.is_preview else level.width_px
        pen = Pen(level.colour, width, opacity=_TRAILING_OPACITY if ice.is_trailing else 1.0, halo_px=1.0)
        fill = level.colour if level.fill_opacity and not ice.is_preview else None
        marks.append(Path(Role.ICE, lines, pen, fill, level.fill_opacity, name=level.label))
    title = "PREVIEW" if ice.is_preview else ""
    around = [line for _, lines in shells[:1] for line in lines]
    around += [line for edge in edges if isinstance(edge, Path) for line in edge.lines]
    extent = _extent(around, size_px)
    if extent is None:
        return [*marks, *edges]
    labels = _labels(shells, extent=extent, size_px=size_px, avoid_px=avoid_px, kept_free_px=kept_free_px, title=title)
    return [*marks, *edges, *labels]


def _extent(lines: Sequence[NDArray[np.float64]], size_px: tuple[int, int]) -> Extent | None:
    """Return the corners of what is seen of some lines; None when none of it is."""
    points = np.concatenate(lines)
    visible = points[(points >= 0).all(axis=1) & (points <= np.array(size_px)).all(axis=1)]
    return (visible.min(axis=0), visible.max(axis=0)) if len(visible) else None


def isotherm_lps(ice: IceLayer, level: IceLevel, plane: SlicePlane) -> Lines:
    """Contour one level on the field's own lattice, LPS mm."""
    cut = section(ice.field_c, grid=ice.grid, plane=plane, outside=_BODY_TEMPERATURE_C)
    if cut.values.min() > level.level_c:
        return ()
    return tuple(cut.to_lps(line) for line in marching_squares(-cut.values, -level.level_c))


def _band_marks(band: IceBand, level: IceLevel, *, plane: SlicePlane, cache: ContourCache | None) -> list[Primitive]:
    """Contour both edges of an isotherm's band on the plane."""
    found = band.of(level.level_c)
    if found is None:
        return []

    def lines(name: str, distance_mm: NDArray[np.float32]) -> Lines:
        make = partial(_edge_lps, distance_mm, found.grid, plane)
        if cache is None or not band.key:
            return make()
        return cache.on_plane((band.key, name, level.level_c), plane, make)

    return edge_marks(level, found, lambda name, field: tuple(plane.to_px(line) for line in lines(name, field)))


def edge_marks(
    level: IceLevel, edges: BandEdges, contour: Callable[[str, NDArray[np.float32]], Lines]
) -> list[Primitive]:
    """Draw both edges of an isotherm's band: the pessimistic one dashed, the optimistic one dotted.

    Parameters
    ----------
    contour
        Returns the lines (px) where a field of distances is zero; also gets ``"outer"`` or ``"inner"``.
    """
    marks: list[Primitive] = []
    for name, field in (("outer", edges.outer_mm), ("inner", edges.inner_mm)):
        lines = () if field is None else contour(name, field)
        if not lines:
            continue
        is_pessimistic = (name == "inner") == level.is_for_coverage
        if is_pessimistic:
            pen = Pen(level.colour, _PESSIMISTIC_PX, PESSIMISTIC_DASH, halo_px=1.0)
        else:  # quieter: many of them lie close together, and none of them is what a plan is to hold in
            pen = Pen(level.colour, _OPTIMISTIC_PX, OPTIMISTIC_DASH, _OPTIMISTIC_OPACITY)
        words = "pessimistic" if is_pessimistic else "optimistic"
        marks.append(Path(Role.ICE, lines, pen, name=f"{level.label}, {words}"))
    return marks


def _edge_lps(distance_mm: NDArray[np.float32], grid: Grid, plane: SlicePlane) -> Lines:
    """Contour an edge on its field's own lattice, LPS mm."""
    cut = section(distance_mm, grid=grid, plane=plane, outside=OUTSIDE_MM)
    if cut.values.min() > 0:
        return ()
    return tuple(cut.to_lps(line) for line in marching_squares(-cut.values, 0.0))


def _stale_marks(shells: Sequence[tuple[IceLevel, Lines]], *, size_px: tuple[int, int]) -> list[Primitive]:
    """Grey outlines, 45° hatch inside the outermost, and the word: what is shown no longer fits the plan."""
    outer = shells[0][1]
    marks: list[Primitive] = [Hatch(Role.STALE, outer, Pen(STALE, 1.0, opacity=0.4), name="prediction does not fit")]
    for level, lines in shells:
        marks.append(Path(Role.STALE, lines, Pen(STALE, level.width_px, opacity=0.7, halo_px=1.0), name=level.label))
    x, y = np.concatenate(outer).mean(axis=0)
    middle = (float(np.clip(x, 30, size_px[0] - 30)), float(np.clip(y, 20, size_px[1] - 20)))
    marks.append(Label(Role.STALE, "STALE", middle, Align.MIDDLE, 14.0, 600, "#ffffff"))
    return marks


def _labels(
    shells: Sequence[tuple[IceLevel, Lines]],
    *,
    extent: Extent,
    size_px: tuple[int, int],
    avoid_px: Sequence[tuple[float, float]],
    kept_free_px: tuple[float, float] | None,
    title: str = "",
) -> list[Primitive]:
    """Stack the labels beside everything that is ice, each on a leader to its own line, under a title if there is one.

    ``extent`` holds the outermost shell and the band.
    """
    width, height = size_px
    low, high = extent
    label_width = max(text_width_px(text, _LABEL_PX) for text in (title, *(level.words for level, _ in shells)))
    stack = _LABEL_PITCH_PX * (len(shells) - 1)
    top = float(np.clip((low[1] + high[1] - stack) / 2, 50.0, max(50.0, height - 60.0 - stack)))
    to_left = _is_left_better(low, high, label_width=label_width, width=width, middle_y=top, avoid_px=avoid_px)
    if to_left:
        x = max(float(low[0]) - _LABEL_GAP_PX, label_width + _EDGE_MARGIN_PX)
    else:
        x = min(float(high[0]) + _LABEL_GAP_PX, width - label_width - _EDGE_MARGIN_PX)
    marks: list[Primitive] = []
    side = Align.END if to_left else Align.START
    if title:
        above = (x, top - _LABEL_PITCH_PX + _LABEL_PX * 0.36)
        marks.append(Label(Role.ICE_LABEL, title, above, side, _LABEL_PX, 600, "#ffffff"))
    for y, (level, lines) in zip(_rows_px(top, len(shells), kept_free_px=kept_free_px), shells, strict=True):
        end = _facing_point(np.concatenate(lines), y=y, to_left=to_left)
        start = (x + 4.0 if to_left else x - 4.0, y)
        leader = np.array([start, end])
        marks.append(Path(Role.ICE_LABEL, (leader,), Pen(level.colour, 1.0, opacity=0.8), name=level.label))
        anchor = (x, y + _LABEL_PX * 0.36)
        marks.append(Label(Role.ICE_LABEL, level.words, anchor, side, _LABEL_PX, 500, level.colour))
    return marks


def _rows_px(top: float, count: int, *, kept_free_px: tuple[float, float] | None) -> list[float]:
    """Return the middles of a stack of labels; those from the first that would stand in the band on go below it."""
    rows = [top + place * _LABEL_PITCH_PX for place in range(count)]
    if kept_free_px is None:
        return rows
    upper, lower = kept_free_px[0] - _LABEL_PITCH_PX / 2, kept_free_px[1] + _LABEL_PITCH_PX / 2
    first = next((place for place, y in enumerate(rows) if upper < y < lower), count)
    return rows[:first] + [lower + place * _LABEL_PITCH_PX for place in range(count - first)]


def _is_left_better(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    *,
    label_width: float,
    width: float,
    middle_y: float,
    avoid_px: Sequence[tuple[float, float]],
) -> bool:
    """Choose the side with room, and among two with room the one with fewer handles beside the labels."""
    need = label_width + _LABEL_GAP_PX + _EDGE_MARGIN_PX

    def cost(*, left: bool) -> float:
        room = float(low[0]) if left else width - float(high[0])
        near = sum(
            1
            for x, y in avoid_px
            if abs(y - middle_y) < 60 and (low[0] - need < x < low[0] if left else high[0] < x < high[0] + need)
        )
        return near + 10.0 * max(0.0, need - room) / need

    return cost(left=True) <= cost(left=False)


def _facing_point(points: NDArray[np.float64], *, y: float, to_left: bool) -> NDArray[np.float64]:
    """Return the point of a shell that a leader from this side at height ``y`` meets first."""
    reach = points[:, 0] if to_left else -points[:, 0]
    best: NDArray[np.float64] = points[int(np.argmin(reach + 2.0 * np.abs(points[:, 1] - y)))]
    return best
