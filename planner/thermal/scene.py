"""How is the tissue map laid out for the kernels? A conductance for each face, a capacity and a blood flow per cell.

Rows of cells are padded to a multiple of eight and the whole block by a plane on both sides, with faces of zero
conductance: an edge of the grid is a mirror, and no loop needs to know where it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.thermal.blocks import CAP, FIELDS, G_I, G_J, G_K, LOSS, OF_CAP, OF_LOSS, OF_SUPPLY, SUPPLY
from planner.thermal.lanes import LANES
from planner.thermal.patterns import find_patterns
from planner.thermal.properties import (
    A_FROZEN,
    A_LIQUID,
    ENTHALPY,
    FIXED,
    K_FROZEN,
    K_LIQUID,
    METABOLIC,
    MUSH,
    PERFUSION,
    SLOPE,
    SOLIDUS,
    Materials,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One tissue map, ready for stepping.

    Parameters
    ----------
    materials
        Constants of each material.
    index
        shape (K, J, I), uint8: row of ``materials.table`` of each cell.
    table
        shape (M, 11), float32: the same constants for the kernels.
    layout
        ``(rows in a plane, stride of a row, offset of the first row)`` of the flat fields.
    faces
        shape (3, N), float32, W/(m K): conductance of the faces toward +i, +j, +k.
    cells, of_tissues
        shape (3, N) and (M, 3), float32: 1/(rho c h²), and blood and metabolism as supply and loss; of each cell, and
        of each material.
    labels
        shape (N,), uint8: ``index`` laid out as the fields are.
    codes
        shape (N / 8,), uint16: which chunks lie in one tissue, as :mod:`planner.thermal.blocks` says.
    patterns
        shape (P, 72), float32: constants of each kind of chunk, as there; and shape (N / 8,), int32: which a chunk has.
    """

    materials: Materials
    index: NDArray[np.uint8]
    table: NDArray[np.float32]
    layout: tuple[int, int, int]
    faces: NDArray[np.float32]
    cells: NDArray[np.float32]
    of_tissues: NDArray[np.float32]
    labels: NDArray[np.uint8]
    codes: NDArray[np.uint16]
    patterns: tuple[NDArray[np.float32], NDArray[np.int32]]
    _rates: dict[tuple[int, int], tuple[NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of cells (K, J, I)."""
        k, j, i = self.index.shape
        return k, j, i

    @property
    def present(self) -> NDArray[np.int64]:
        """Which materials the map holds, increasing."""
        return np.flatnonzero(np.bincount(self.index.reshape(-1), minlength=len(self.table)))

    @property
    def rows(self) -> NDArray[np.float64]:
        """Constants of every cell, shape (K, J, I, 11): for plain numpy forms, large."""
        cells: NDArray[np.float64] = self.materials.table[self.index]
        return cells

    @property
    def liquidus_c(self) -> NDArray[np.float64]:
        """Liquidus of each material, shape (M,), °C."""
        table: NDArray[np.float64] = self.materials.table
        return table[:, SOLIDUS] + table[:, MUSH]

    def fields(self) -> NDArray[np.float32]:
        """Return a fresh block of a body's fields, shape (8, N), with capacity and blood filled in."""
        block = np.zeros((FIELDS, self.cells.shape[1]), np.float32)
        block[CAP], block[SUPPLY], block[LOSS] = self.cells
        return block

    def cells_of(self, flat: NDArray[np.float32]) -> NDArray[np.float32]:
        """View one field as (K, J, I)."""
        k, j, i = self.shape
        _, width, pad = self.layout
        view: NDArray[np.float32] = flat[pad : pad + k * j * width].reshape(k, j, width)[:, :, :i]
        return view

    def fastest_rate_per_s(self, *, frozen: int, coldest_c: float, sink_conductance: float) -> float:
        """Return the largest decay rate of the discrete system: Gershgorin's bound, 1/s.

        Parameters
        ----------
        frozen
            Tissues that may freeze, as bits, or -1 for all; the others count with their warm values.
        coldest_c
            Bounds a k that rises with cold.
        sink_conductance
            The probes' largest share of h² (dimensionless).
        """
        # Whole degrees, rounded to the cold side, so that what is kept answers every asker with the same bits.
        key = (frozen, math.floor(coldest_c))
        if key not in self._rates:
            self._rates[key] = _rates_per_s(self, *key)
        alone, per_sink = self._rates[key]
        return float((alone + sink_conductance * per_sink).max(initial=0.0))


def build_scene(index: NDArray[np.uint8], materials: Materials) -> Scene:
    """Lay out a tissue map, shape (K, J, I), uint8, for the kernels."""
    depth, rows, columns = index.shape
    width = -(-columns // LANES) * LANES
    pad = rows * width + LANES
    # A read-only map would make numba compile everything once more.
    index = np.require(index, requirements=["C", "W"])
    table = np.ascontiguousarray(materials.table, dtype=np.float32)
    count = depth * rows * width + 2 * pad
    faces, cells = (np.zeros((3, count), np.float32) for _ in range(2))
    labels = np.zeros(count, np.uint8)
    of_tissues = _of_tissues(materials)
    _lay_out(index, materials.table, of_tissues, (width, pad), faces, cells, labels)
    codes, patterns = find_patterns(faces, cells, labels, (rows, width, pad), depth)
    return Scene(materials, index, table, (rows, width, pad), faces, cells, of_tissues, labels, codes, patterns)


def _of_tissues(materials: Materials) -> NDArray[np.float32]:
    """Return capacity, supply and loss of each material, shape (M, 3), float32; 0 where temperature is prescribed."""
    table, h_m = materials.table, materials.spacing_m
    free = table[:, FIXED] < 0.5
    values = np.zeros((len(table), 3), np.float32)
    values[free, OF_CAP] = table[free, A_LIQUID] / (table[free, ENTHALPY] * h_m * h_m)
    values[free, OF_SUPPLY] = table[free, PERFUSION] * materials.core_c + table[free, METABOLIC]
    values[free, OF_LOSS] = table[free, PERFUSION]
    return values


@njit(cache=True, nogil=True, error_model="numpy")
def _lay_out(index, table, of_tissues, layout, faces, cells, labels):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    width, pad = layout
    depth, rows, columns = index.shape
    for k in range(depth):
        for j in range(rows):
            for i in range(columns):
                n = pad + (k * rows + j) * width + i
                m = index[k, j, i]
                labels[n] = m
                if i + 1 < columns:
                    faces[G_I, n] = _conductance(table, m, index[k, j, i + 1])
                if j + 1 < rows:
                    faces[G_J, n] = _conductance(table, m, index[k, j + 1, i])
                if k + 1 < depth:
                    faces[G_K, n] = _conductance(table, m, index[k + 1, j, i])
                for row in range(3):
                    cells[row, n] = of_tissues[m, row]


@njit(cache=True, nogil=True, error_model="numpy")
def _conductance(table, m, other):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Conductance of the face between two unfrozen cells, W/(m K); none between two that keep their temperature."""
    if table[m, FIXED] > 0.5 and table[other, FIXED] > 0.5:
        return 0.0
    mine, theirs = table[m, K_LIQUID], table[other, K_LIQUID]
    return 2 * mine * theirs / (mine + theirs)


def _rates_per_s(scene: Scene, frozen: int, coldest_c: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the decay rate of each free tissue, 1/s, and by how much one unit of sink conductance raises it."""
    table, h_m = scene.materials.table, scene.materials.spacing_m
    may_freeze = np.array([bool(frozen >> m & 1) for m in range(len(table))])
    rise = np.maximum(table[:, SLOPE] * np.minimum(coldest_c - table[:, SOLIDUS], 0), 0)
    iced = np.maximum(table[:, K_FROZEN] + rise, table[:, K_LIQUID])
    largest = np.where(may_freeze, iced, table[:, K_LIQUID])
    capacity = table[:, ENTHALPY] / np.where(
        may_freeze, np.maximum(table[:, A_FROZEN], table[:, A_LIQUID]), table[:, A_LIQUID]
    )
    present = scene.present
    free = present[table[present, FIXED] == 0]
    # Across unlike faces the harmonic conductivity can exceed a tissue's own by up to two.
    mixed = 2 * np.outer(largest[free], largest[present]) / np.add.outer(largest[free], largest[present])
    k_face = np.maximum(largest[free], mixed.max(axis=1, initial=0.0))
    heat_capacity = capacity[free] * h_m**2
    alone = (k_face * 12 + table[free, PERFUSION]) / heat_capacity
    return alone, np.where(may_freeze[free], largest[free], 0.0) / heat_capacity
