"""How sure is each isotherm? What the three cases of a prediction enclose, widened by the model's known error.

The outer edge of an isotherm surrounds the largest of the three cases at a distance of the model's known error, the
inner edge lies as deep within the smallest (``resources/model_card.json``, ``error_mm``: 3.1 mm, the mean distance of
comparable models from visible ice in lung, IJH2020). Where a probe is placed otherwise than planned is no part of it.

The distance is a true one (:mod:`planner.spatial.level_distance`), the same for every isotherm: the published figure is
of the visible edge at 0 °C, colder isotherms lie where temperature changes faster, so for them it is the wider choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.rule import Quantity
from planner.domain.target import NerveCurve, TargetBody
from planner.domain.uncertainty import BandRow
from planner.services.range_quantities import is_coverage, is_margin
from planner.services.shared import SharedEdges

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.domain.uncertainty import RangeRow
    from planner.persistence.blobs import BlobStore

VISIBLE_C = 0.0
"""The edge from which margins are measured, °C."""
ROOM_MM = 2.0
"""Kept around the outer edge, so that a contour of it closes within its field."""


def shared_edges(
    minima: Sequence[NDArray[np.floating]],
    grid: Grid,
    *,
    levels_c: Iterable[float],
    error_mm: float,
    blobs: BlobStore,
) -> tuple[SharedEdges, ...]:
    """Put the edges of the band into the store, one entry for each level.

    Parameters
    ----------
    minima
        Coldest-ever field of each case, shape (K, J, I) of ``grid``, float32, °C.
    error_mm
        By how much the cases are widened outward and inward.
    """
    coldest = np.minimum.reduce([*minima])
    warmest = np.maximum.reduce([*minima])
    return tuple(
        _edges(coldest, warmest, grid, level_c=level_c, error_mm=error_mm, blobs=blobs)
        for level_c in sorted(set(levels_c), reverse=True)
    )


def _edges(
    coldest: NDArray[np.floating],
    warmest: NDArray[np.floating],
    grid: Grid,
    *,
    level_c: float,
    error_mm: float,
    blobs: BlobStore,
) -> SharedEdges:
    outer, inner = edge_fields(coldest, warmest, grid, level_c=level_c, error_mm=error_mm)
    where = grid if outer is None else outer[1]
    return SharedEdges(
        level_c,
        where,
        None if outer is None else blobs.put(outer[0]),
        None if inner is None else blobs.put(inner),
    )


def edge_fields(
    coldest: NDArray[np.floating],
    warmest: NDArray[np.floating],
    grid: Grid,
    *,
    level_c: float,
    error_mm: float,
) -> tuple[tuple[NDArray[np.float32], Grid] | None, NDArray[np.float32] | None]:
    """Return the signed distance to the outer edge with its grid, and to the inner edge on that same grid, mm.

    Parameters
    ----------
    coldest, warmest
        Lowest and highest of the cases at every cell, shape (K, J, I) of ``grid``, °C.

    Returns
    -------
    outer
        None where no case gets that cold.
    inner
        None where no place lies inside the edge: with everything at its worst nothing is that cold.
    """
    from planner.spatial.level_distance import level_distance

    outer = level_distance(coldest, grid, level=level_c, reach_mm=error_mm + ROOM_MM)
    if outer is None:
        return None, None
    found = (outer.distance_mm - np.float32(error_mm), outer.grid)
    inner = level_distance(warmest, grid, level=level_c, reach_mm=ROOM_MM)
    if inner is None or inner.distance_mm.min() > -error_mm:
        return found, None
    # Every case lies within the coldest one: the inner field's box fits into the outer one's.
    field = np.full(outer.distance_mm.shape, ROOM_MM + error_mm, np.float32)
    at = np.round(outer.grid.to_index(inner.grid.to_lps((0.0, 0.0, 0.0)))).astype(int)[::-1]
    box = tuple(slice(int(a), int(a) + n) for a, n in zip(at, inner.distance_mm.shape, strict=True))
    field[box] = inner.distance_mm + np.float32(error_mm)
    return found, field


def band_rows(
    plan: Plan,
    rows: Sequence[RangeRow],
    edges: Sequence[SharedEdges],
    *,
    isotherm_c: float,
    error_mm: float,
    blobs: BlobStore,
) -> tuple[BandRow, ...]:
    """Say what the band means for every coverage and for every structure near the ice.

    A structure's gap to an edge moved by the known error is smaller, or larger, by that error; where the ice reaches
    into it, how deep is measured anew, since no structure is deeper than it is thick. A target's coverage, which rows
    judge at ``isotherm_c``, is measured anew inside each edge.
    """
    visible = next((each for each in edges if each.level_c == VISIBLE_C), None)
    treatment = next((each for each in edges if each.level_c == isotherm_c), None)
    targets: dict[str, Target] = {target.id: target for target in plan.targets}
    found = []
    for row in rows:
        if is_margin(row.quantity):
            found.append(_margin_row(row, plan, visible, error_mm=error_mm, blobs=blobs))
        elif treatment is not None and row.subject_id in targets and is_coverage(row.quantity):
            found.append(_coverage_row(row, targets[row.subject_id], treatment, blobs))
    return tuple(found)


def _margin_row(
    row: RangeRow, plan: Plan, visible: SharedEdges | None, *, error_mm: float, blobs: BlobStore
) -> BandRow:
    """Move the smallest and the largest distance by the known error; none where the outer ice could not be judged."""
    told = [value for value in (row.smallest, row.nominal, row.largest) if value is not None]
    pessimistic = None if row.largest is None else min(told) - error_mm
    optimistic = None if row.smallest is None else max(told) + error_mm
    if pessimistic is not None and pessimistic < 0 and visible is not None and visible.outer is not None:
        depth = _depth_mm(row, plan, blobs.get(visible.outer), visible.grid, blobs)
        pessimistic = pessimistic if depth is None else max(pessimistic, min(depth, *told))
    return BandRow(row.subject_id, row.subject_name, row.quantity, row.unit, pessimistic, row.nominal, optimistic)


def _depth_mm(
    row: RangeRow, plan: Plan, distance_mm: NDArray[np.float32], grid: Grid, blobs: BlobStore
) -> float | None:
    """Return the signed distance of the outer edge to a structure, as its margin is judged; None when it cannot be."""
    from planner.domain.structure import StructureKind
    from planner.planning.margins import edge_to_skin, edge_to_structure, ice_cloud

    structure = next((each for each in plan.structures if each.id == row.subject_id), None)
    if structure is None:
        return None
    search = edge_to_skin if structure.kind is StructureKind.SKIN else edge_to_structure
    found = search(ice_cloud(distance_mm, grid), blobs.get(structure.mask), plan.volume.grid)
    return None if found is None else found.distance_mm


def _coverage_row(row: RangeRow, target: Target, edges: SharedEdges, blobs: BlobStore) -> BandRow:
    """Measure the coverage inside both edges; without a nominal one there is no diameter, or no segment."""
    inner, outer = (
        None if row.nominal is None else _covered(row, target, None if ref is None else blobs.get(ref), edges.grid)
        for ref in (edges.inner, edges.outer)
    )
    return BandRow(row.subject_id, row.subject_name, row.quantity, row.unit, inner, row.nominal, outer)


def _covered(row: RangeRow, target: Target, distance_mm: NDArray[np.float32] | None, grid: Grid) -> float | None:
    """Return the length of a nerve (mm), or the share of a body or of its worst diameter (%), inside an edge."""
    from planner.planning.coverage import body_coverage, nerve_coverage
    from planner.planning.rules import QUANTITY_WORDS

    if distance_mm is None:
        return 0.0
    course = target.course
    if isinstance(course, TargetBody):
        coverage = body_coverage(course, distance_mm, grid)
        is_diameter = row.quantity.startswith(QUANTITY_WORDS[Quantity.TREATED_DIAMETER_PERCENT])
        return coverage.worst_diameter(0.0).percent if is_diameter else coverage.share_percent(0.0)
    if isinstance(course, NerveCurve) and target.diameter_mm is not None:
        return nerve_coverage(course, target.diameter_mm, distance_mm, grid).treated_mm(0.0)[0]
    return None
