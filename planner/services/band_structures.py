"""How cold may a structure get, and how much of it? What the band of a prediction means for each near it.

The outer edge of an isotherm is the pessimistic one: what lies within it may get that cold. A temperature has no edge
to move, so the coldest of all cases is looked for as far round the structure as the model's known error reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.rule import Quantity
from planner.domain.structure import Structure, StructureKind
from planner.domain.uncertainty import BandRow
from planner.planning.clearance import near_field
from planner.planning.cold_map import ColdMap
from planner.planning.margins import EDGE_C, edge_in_field, ice_cloud
from planner.planning.rules import QUANTITY_WORDS, number
from planner.planning.structure_figures import shifted_cloud, treatment_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.plan import Plan
    from planner.persistence.blobs import BlobStore
    from planner.planning.clearance import NearField
    from planner.planning.margins import IceCloud
    from planner.services.shared import SharedEdges

NEAR_MM = 10.0
"""Structures farther from the outer 0 °C edge have no rows; nothing of them is in question."""
EDGE = QUANTITY_WORDS[Quantity.EDGE_DISTANCE_MM]
COLDEST = QUANTITY_WORDS[Quantity.MINIMUM_TEMPERATURE_C]


def volume_words(level_c: float) -> str:
    """Return what the volume below an isotherm is called: ``"volume ≤ −20 °C"``."""
    return f"volume ≤ {number(level_c)} °C"


@dataclass(frozen=True, slots=True, eq=False)
class BandFields:
    """The cases of one prediction and the band around them.

    Parameters
    ----------
    minima
        Coldest-ever field of each case, shape (K, J, I) of ``grid``, float32, °C; the nominal one second.
    edges
        Outer and inner edge of each isotherm.
    error_mm
        By how much the cases are widened.
    """

    minima: tuple[NDArray[np.float32], ...]
    grid: Grid
    edges: Sequence[SharedEdges]
    isotherm_c: float
    error_mm: float

    def outer(self, level_c: float, blobs: BlobStore) -> tuple[NDArray[np.float32], Grid] | None:
        """Return the signed distance to an outer edge, mm, with its grid; None where no case gets that cold."""
        found = next((each for each in self.edges if each.level_c == level_c), None)
        return None if found is None or found.outer is None else (blobs.get(found.outer), found.grid)


def structure_band_rows(
    plan: Plan, fields: BandFields, *, known: Sequence[BandRow], blobs: BlobStore
) -> tuple[BandRow, ...]:
    """Return coldest temperature, volumes and both isotherms' distances of each structure near the band.

    ``known`` are rows that were told before, as margins of checks are; no quantity of a structure has two.
    """
    visible = fields.outer(EDGE_C, blobs)
    if visible is None:
        return ()
    reader = _Reader(plan, fields, visible, blobs)
    told = {(row.subject_id, row.quantity) for row in known}
    found = (row for structure in plan.structures for row in reader.rows(structure, blobs.get(structure.mask)))
    return tuple(row for row in found if (row.subject_id, row.quantity) not in told)


class _Reader:
    """What the rows of all structures share."""

    def __init__(
        self, plan: Plan, fields: BandFields, visible: tuple[NDArray[np.float32], Grid], blobs: BlobStore
    ) -> None:
        self.fields, self.grid = fields, plan.volume.grid
        self.around = ice_cloud(*visible)
        self.nominal = ColdMap.of(fields.minima[1], fields.grid, self.grid)
        coldest = np.minimum.reduce([*fields.minima])
        self.coldest = ColdMap.of(coldest, fields.grid, self.grid)
        levels = (EDGE_C, fields.isotherm_c)
        outers = {level_c: fields.outer(level_c, blobs) for level_c in levels}
        self.outers = {
            level_c: None if each is None else ColdMap.of(*each, self.grid) for level_c, each in outers.items()
        }
        self.clouds: dict[float, tuple[IceCloud, IceCloud, IceCloud | None]] = {}
        for level_c, edge in outers.items():
            largest, usual = (shifted_cloud(field, fields.grid, level_c) for field in (coldest, fields.minima[1]))
            self.clouds[level_c] = largest, usual, None if edge is None else ice_cloud(*edge)

    def rows(self, structure: Structure, mask: NDArray[np.bool_]) -> list[BandRow]:
        """Return the rows of one structure; none when it is far."""
        is_skin = structure.kind is StructureKind.SKIN
        near = near_field(self.around.points_lps_mm, mask, self.grid, reach_mm=NEAR_MM)
        if near.distance_mm is None:
            return []
        sign = -1.0 if is_skin else 1.0
        if float((sign * near.at(self.around.points_lps_mm)).min()) >= NEAR_MM:
            return []
        rows = [self._edge_row(structure, near, mask, level_c=level_c) for level_c in self.clouds]
        if is_skin:
            return rows
        return [*rows, self._coldest_row(structure, near, mask), *self._volume_rows(structure, mask)]

    def _edge_row(self, structure: Structure, near: NearField, mask: NDArray[np.bool_], *, level_c: float) -> BandRow:
        """Return the distance of an isotherm; where it reaches in, how deep its outer edge does."""
        is_skin = structure.kind is StructureKind.SKIN

        def gap_mm(cloud: IceCloud | None) -> float | None:
            if cloud is None or cloud.is_empty:
                return None
            found = edge_in_field(cloud, near, mask=mask, grid=self.grid, from_inside=is_skin)
            return None if found is None else found.distance_mm

        coldest, usual, outer = self.clouds[level_c]
        largest = gap_mm(coldest)
        pessimistic = None if largest is None else largest - self.fields.error_mm
        if pessimistic is not None and largest is not None and pessimistic < 0:
            depth = gap_mm(outer)
            # No structure is deeper than it is thick.
            pessimistic = pessimistic if depth is None else max(pessimistic, min(depth, largest))
        quantity = EDGE if level_c == EDGE_C else treatment_words(level_c)
        return _row(structure, quantity, "mm", pessimistic, gap_mm(usual))

    def _coldest_row(self, structure: Structure, near: NearField, mask: NDArray[np.bool_]) -> BandRow:
        nominal = self.nominal.survey(mask, (EDGE_C,)).lowest
        grown = mask.copy()
        if near.distance_mm is not None:
            first = np.rint(self.grid.to_index(near.grid.origin_lps_mm)).astype(int)[::-1]
            part = tuple(slice(int(a), int(a) + n) for a, n in zip(first, near.distance_mm.shape, strict=True))
            grown[part] |= near.distance_mm <= self.fields.error_mm
        pessimistic = self.coldest.survey(grown, (EDGE_C,)).lowest
        return _row(structure, COLDEST, "°C", pessimistic, nominal)

    def _volume_rows(self, structure: Structure, mask: NDArray[np.bool_]) -> list[BandRow]:
        levels = tuple(sorted(self.outers))
        nominal = dict(zip(levels, self.nominal.survey(mask, levels).below_ml, strict=True))
        rows = []
        for level_c in reversed(levels):
            outer = self.outers[level_c]
            widest_ml = 0.0 if outer is None else outer.survey(mask, (0.0,)).below_ml[0]
            rows.append(
                _row(structure, volume_words(level_c), "mL", max(widest_ml, nominal[level_c]), nominal[level_c])
            )
        return rows


def _row(structure: Structure, quantity: str, unit: str, pessimistic: float | None, nominal: float | None) -> BandRow:
    return BandRow(structure.id, structure.name, quantity, unit, pessimistic, nominal, None)
