"""How is the tissue map laid out for the kernels? Runs of one material along i, and the list of unlike faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.thermal.properties import (
    A_FROZEN,
    A_LIQUID,
    ENTHALPY,
    FIXED,
    K_FROZEN,
    K_LIQUID,
    PERFUSION,
    SLOPE,
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
    runs
        ``(pointer (K*J+1,), start, end, material)``: runs along i of each row.
    faces
        ``(pointer (K*J+1,), cell, neighbour)``: flat indices of faces between unlike materials, seen from each
        cell that is not fixed.
    """

    materials: Materials
    index: NDArray[np.uint8]
    table: NDArray[np.float32]
    runs: tuple[NDArray[np.int64], ...]
    faces: tuple[NDArray[np.int64], ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of cells (K, J, I)."""
        k, j, i = self.index.shape
        return k, j, i

    @property
    def rows(self) -> NDArray[np.float64]:
        """Constants of every cell, shape (K, J, I, 11): for plain numpy forms, large."""
        cells: NDArray[np.float64] = self.materials.table[self.index]
        return cells

    @property
    def kernel_form(self) -> tuple[object, ...]:
        """Shape, flat material, table, runs and faces as :func:`planner.thermal.kernels.stage` takes them."""
        return self.shape, self.index.reshape(-1), self.table, self.runs, self.faces


def build_scene(index: NDArray[np.uint8], materials: Materials) -> Scene:
    """Lay out a tissue map, shape (K, J, I), uint8, for the kernels."""
    return Scene(
        materials=materials,
        index=np.ascontiguousarray(index),
        table=np.ascontiguousarray(materials.table, dtype=np.float32),
        runs=_runs(index),
        faces=_faces(index, materials.is_fixed),
    )


def fastest_rate_per_s(scene: Scene, *, coldest_c: float, sink_conductance: float) -> float:
    """Return the largest decay rate of the discrete system: Gershgorin's bound over all tissues present, 1/s.

    ``sink_conductance`` is the probes' largest share of h² (dimensionless); ``coldest_c`` bounds a k that rises with
    cold. Across unlike faces the harmonic conductivity can exceed a tissue's own by up to two.
    """
    table, h_m = scene.materials.table, scene.materials.spacing_m
    present = np.unique(scene.index)
    cold = np.maximum(table[:, SLOPE] * (coldest_c - table[:, 0]), 0)
    largest = np.maximum(table[:, K_FROZEN] + cold, table[:, K_LIQUID])
    rates = [0.0]
    for m in present:
        row = table[m]
        if row[FIXED]:
            continue
        mixed = 2 * largest[m] * largest[present] / (largest[m] + largest[present])
        k_face = max(float(largest[m]), float(mixed.max()) if len(present) > 1 else 0.0)
        capacity = row[ENTHALPY] / max(row[A_FROZEN], row[A_LIQUID])
        rates.append((k_face * 12 + largest[m] * sink_conductance + row[PERFUSION]) / (capacity * h_m**2))
    return float(max(rates))


def _runs(index: NDArray[np.uint8]) -> tuple[NDArray[np.int64], ...]:
    width = index.shape[2]
    rows = index.reshape(-1, width)
    begins = np.ones(rows.shape, dtype=bool)
    begins[:, 1:] = rows[:, 1:] != rows[:, :-1]
    row, start = np.nonzero(begins)
    end = np.empty_like(start)
    end[:-1] = np.where(row[1:] == row[:-1], start[1:], width)
    end[-1] = width
    pointer = np.searchsorted(row, np.arange(len(rows) + 1)).astype(np.int64)
    return pointer, start.astype(np.int64), end.astype(np.int64), rows[row, start].astype(np.int64)


def _faces(index: NDArray[np.uint8], is_fixed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], ...]:
    flat_index = np.arange(index.size, dtype=np.int64).reshape(index.shape)
    cells, others = [], []
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        unlike = index[tuple(low)] != index[tuple(high)]
        a, b = flat_index[tuple(low)][unlike], flat_index[tuple(high)][unlike]
        cells += [a, b]
        others += [b, a]
    cell, other = np.concatenate(cells), np.concatenate(others)
    moving = ~is_fixed[index.reshape(-1)[cell]]
    cell, other = cell[moving], other[moving]
    order = np.argsort(cell, kind="stable")
    cell, other = cell[order], other[order]
    row_count = index.shape[0] * index.shape[1]
    pointer = np.searchsorted(cell, np.arange(row_count + 1) * index.shape[2]).astype(np.int64)
    return pointer, cell, other
