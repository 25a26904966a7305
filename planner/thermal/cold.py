"""Where is the cold zone kept? Small arrays around the ice that know how each tissue freezes, laid out as it grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.thermal.blocks import (
    C_FROZEN,
    C_INVERSE,
    C_K_FROZEN,
    C_K_STEP,
    C_LIQUIDUS,
    C_MUSH,
    C_SLOPE,
    C_SOLIDUS,
    COLD_FIELDS,
    G_I,
    K_A,
    K_B,
    LIKE_I,
    UNLIKE_I,
)
from planner.thermal.properties import A_FROZEN, A_LIQUID, K_FROZEN, K_LIQUID, MUSH, SLOPE, SOLIDUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.thermal.scene import Scene

ROOM_CELLS = 6
"""How far the arrays reach beyond the zone, so that they are laid out anew only a few times."""


@dataclass(frozen=True, slots=True, eq=False)
class ColdBlock:
    """Arrays over a box of cells.

    Parameters
    ----------
    fields
        shape (20, n), float32; rows as in :mod:`planner.thermal.blocks`.
    box
        shape (5,), int64: first plane, row and column, rows in a plane, and stride of a row.
    inside
        shape (6,), int64: cells ``k0 k1 j0 j1 i0 i1`` it can serve; their neighbours are in it too.
    """

    fields: NDArray[np.float32]
    box: NDArray[np.int64]
    inside: NDArray[np.int64]

    def holds(self, known: NDArray[np.int64]) -> bool:
        """Whether the cells ``k0 k1 j0 j1 i0 i1`` lie inside."""
        return bool((known[::2] >= self.inside[::2]).all() and (known[1::2] <= self.inside[1::2]).all())


def build_cold_block(scene: Scene, known: NDArray[np.int64]) -> ColdBlock:
    """Lay out arrays that serve the cells ``k0 k1 j0 j1 i0 i1`` and some room around them."""
    limits = np.repeat(scene.shape, 2)
    inside = known.copy()
    inside[::2] = np.maximum(known[::2] - ROOM_CELLS, 0)
    inside[1::2] = np.minimum(known[1::2] + ROOM_CELLS, limits[1::2])
    depth, rows, width = (int(n) + 2 for n in inside[1::2] - inside[::2])
    box = np.array([inside[0] - 1, inside[2] - 1, inside[4] - 1, rows, width], dtype=np.int64)
    block = np.zeros((COLD_FIELDS, depth * rows * width), np.float32)
    block[K_A], block[K_B], block[C_K_FROZEN] = 1, 1, 1  # beyond the grid nothing flows, and nothing is divided by 0
    _lay_out(scene.index, scene.table, scene.layout, scene.faces, (box, depth), block)
    return ColdBlock(block, box, inside)


@njit(cache=True, nogil=True, error_model="numpy")
def _lay_out(index, table, layout, faces, place, block):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    rows_of, stride, pad = layout
    box, depth = place
    planes, rows, columns = index.shape
    for dk in range(depth):
        for dj in range(box[3]):
            for di in range(box[4]):
                k, j, i = dk + box[0], dj + box[1], di + box[2]
                if not (0 <= k < planes and 0 <= j < rows and 0 <= i < columns):
                    continue
                n = (dk * box[3] + dj) * box[4] + di
                cell = pad + (k * rows_of + j) * stride + i
                m = index[k, j, i]
                block[C_SOLIDUS, n], block[C_MUSH, n] = table[m, SOLIDUS], table[m, MUSH]
                block[C_LIQUIDUS, n] = table[m, SOLIDUS] + table[m, MUSH]
                block[C_FROZEN, n], block[C_INVERSE, n] = table[m, A_FROZEN], 1 / table[m, A_LIQUID]
                block[C_K_FROZEN, n], block[C_SLOPE, n] = table[m, K_FROZEN], table[m, SLOPE]
                block[C_K_STEP, n] = table[m, K_LIQUID] - table[m, K_FROZEN]
                for axis in range(3):
                    if faces[G_I + axis, cell] > 0:
                        beyond = index[k + (axis == 2), j + (axis == 1), i + (axis == 0)]
                        block[LIKE_I + axis, n] = 1 if beyond == m else 0
                        block[UNLIKE_I + axis, n] = 0 if beyond == m else 2
