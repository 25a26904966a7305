"""How is a steady heat balance solved quickly? Conjugate gradients, each step corrected on ever coarser grids.

Each coarser grid joins blocks of 2 × 2 × 2 cells: their losses add up, and the conductance between two blocks is that
of the resistances in series between their middles. One cycle down and up the grids removes the smooth part of the error
that a Jacobi step on the fine grid leaves; conjugate gradients repair what blocks cannot express, at a fifth of the
fine grid's price per cycle (Trottenberg, Oosterlee, Schüller: Multigrid, chapters 2, 7 and 8). The first guess comes
from the coarser grids as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.thermal import baseline_kernels as kernels
from planner.thermal.baseline_kernels import over_planes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Field = NDArray[np.float32]
    Faces = tuple[Field, Field, Field]

MOST_STEPS = 100
MOST_ROUNDS = 20
COARSE_PATIENCE = 10.0
"""The first guess from a coarser grid is sought to ten times the tolerance."""


class Unsettled(Exception):
    """The balance has no finite solution, or none was found."""


@dataclass(slots=True, eq=False)
class Level:
    """One grid: its balance, and room to work in.

    Parameters
    ----------
    loss
        shape (K, J, I), float32: heat that a cell gives away for good per kelvin.
    faces
        Conductances toward +k, +j, +i, each shape (K, J, I), float32; the last plane of each axis is zero.
    """

    loss: Field
    faces: Faces
    diagonal: Field
    right: Field
    first: Field
    last: Field
    sums: NDArray[np.float64]
    largest: Field

    @classmethod
    def of(cls, loss: Field, faces: Faces) -> Level:
        """Make room for one grid."""
        shape = loss.shape
        diagonal = loss + sum(face + _from_before(face, axis) for axis, face in enumerate(faces))
        diagonal[diagonal == 0] = 1
        right, first, last = (np.zeros(shape, np.float32) for _ in range(3))
        return cls(loss, faces, diagonal, right, first, last, np.zeros(shape[0]), np.zeros(shape[0], np.float32))

    @property
    def steps(self) -> tuple[int, int, int]:
        """Cells per block of the next coarser grid along k, j, i."""
        k, j, i = (2 if size > 1 else 1 for size in self.loss.shape)
        return k, j, i

    def coarser(self) -> Level:
        """Return the balance of blocks."""
        k, j, i = (_joined_faces(face, axis) for axis, face in enumerate(self.faces))
        return Level.of(joined(self.loss), (k, j, i))

    def product(self, x: Field, out: Field) -> float:
        """Write the matrix times ``x``; return its scalar product with ``x``."""
        over_planes(kernels.product, x.shape, x, self.diagonal, *self.faces, out, self.sums)
        return float(self.sums.sum())


def solve(
    loss: Field, faces: Faces, heat: Field, *, tolerance_k: float, tick: Callable[[], None]
) -> NDArray[np.float64]:
    """Return x of ``loss x + sum over faces g (x - x_neighbour) = heat``, shape (K, J, I), float64.

    Parameters
    ----------
    loss, faces, heat
        shape (K, J, I), float32; see :class:`Level`.
    tolerance_k
        Largest correction left, K. The cycle knows the error to about a factor of two.
    tick
        Called before each step; may raise.

    Raises
    ------
    Unsettled
        When heat has nowhere to go, or the steps do not come to an end.
    """
    if not loss.any():
        if heat.any():
            raise Unsettled
        return np.zeros(loss.shape)
    levels = [Level.of(loss, faces)]
    while levels[-1].loss.size > 1:
        levels.append(levels[-1].coarser())
    x = _first_guess(levels, heat, tolerance_k=COARSE_PATIENCE * tolerance_k, tick=tick).astype(np.float64)
    finest = levels[0]
    for _ in range(MOST_ROUNDS):
        over_planes(kernels.residual, x.shape, x, heat, loss, *faces, finest.right)
        correction, is_settled = _approach(levels, tolerance_k=tolerance_k, tick=tick)
        if is_settled:
            return x
        x += correction
    raise Unsettled


def joined(field: Field) -> Field:
    """Add a field up over blocks of two cells along each axis longer than one."""
    for axis in range(3):
        field = _paired(field, axis)
    return np.ascontiguousarray(field)


def _first_guess(levels: list[Level], heat: Field, *, tolerance_k: float, tick: Callable[[], None]) -> Field:
    """Solve the coarser grids one after the other, each from the one before; return the guess for the finest."""
    heats = [heat]
    for _ in levels[1:]:
        heats.append(joined(heats[-1]))
    x: Field = heats[-1] / levels[-1].diagonal
    for at in range(len(levels) - 2, -1, -1):
        level = levels[at]
        finer = np.zeros(level.loss.shape, np.float32)
        over_planes(kernels.spread, finer.shape, x, level.steps, finer)
        x = finer
        if at:
            image = np.empty_like(x)
            level.product(x, image)
            np.subtract(heats[at], image, out=level.right)
            x += _approach(levels[at:], tolerance_k=tolerance_k, tick=tick)[0]
    return x


def _approach(levels: list[Level], *, tolerance_k: float, tick: Callable[[], None]) -> tuple[Field, bool]:
    """Solve for ``levels[0].right``; also say whether its solution was below the tolerance from the start."""
    level = levels[0]
    x = np.zeros_like(level.right)
    image = np.empty_like(x)
    power = _cycle(levels)
    along = level.last.copy()
    for step in range(MOST_STEPS):
        if not np.isfinite(power):
            break
        if level.largest.max() <= tolerance_k:
            return x, step == 0
        tick()
        curvature = level.product(along, image)
        over_planes(kernels.advance, x.shape, np.float32(power / curvature), along, image, x, level.right)
        power, before = _cycle(levels), power
        over_planes(kernels.turn, x.shape, np.float32(power / before), level.last, along)
    raise Unsettled


def _cycle(levels: list[Level]) -> float:
    """Estimate in ``last`` what solves for ``right``; return their scalar product. One cycle down and up."""
    level = levels[0]
    if len(levels) == 1:
        np.divide(level.right, level.diagonal, out=level.last)
        level.largest[:] = np.abs(level.last).max()
        return float((level.last * level.right).sum())
    coarse, shape = levels[1], level.loss.shape
    over_planes(kernels.first_smooth, shape, level.right, level.diagonal, level.first)
    over_planes(
        kernels.gather,
        coarse.loss.shape,
        level.first,
        level.right,
        level.diagonal,
        *level.faces,
        level.steps,
        coarse.right,
        cells=level.loss.size,
    )
    _cycle(levels[1:])
    over_planes(kernels.spread, shape, coarse.last, level.steps, level.first)
    over_planes(
        kernels.last_smooth,
        shape,
        level.first,
        level.right,
        level.diagonal,
        *level.faces,
        level.last,
        level.sums,
        level.largest,
    )
    return float(level.sums.sum())


def _from_before(face: Field, axis: int) -> Field:
    """Return each cell's conductance toward its predecessor along an axis."""
    before = np.zeros_like(face)
    here, there = [slice(None)] * 3, [slice(None)] * 3
    here[axis], there[axis] = slice(1, None), slice(None, -1)
    before[tuple(here)] = face[tuple(there)]
    return before


def _paired(field: Field, axis: int) -> Field:
    if field.shape[axis] == 1:
        return field
    lines = np.moveaxis(field, axis, 0)
    pairs = lines[0::2].copy()
    odd = lines[1::2]
    pairs[: len(odd)] += odd
    return np.moveaxis(pairs, 0, axis)


def _joined_faces(face: Field, axis: int) -> Field:
    """Return the conductance between blocks: half of each block's own resistance lies before and after the face."""
    joint: Field = _series(np.moveaxis(face, axis, 0)) if face.shape[axis] > 1 else np.moveaxis(face, axis, 0)
    joint = np.moveaxis(joint, 0, axis)
    for other in range(3):
        if other != axis:
            joint = _paired(joint, other)
    return np.ascontiguousarray(joint)


def _series(lines: Field) -> Field:
    inside = lines[0::2]
    between = np.zeros_like(inside)
    between[: len(lines) // 2] = lines[1::2]
    half = np.zeros_like(inside)
    np.divide(np.float32(0.5), inside, out=half, where=inside > 0)
    resistance = half.copy()
    resistance[:-1] += half[1:]
    joint: Field = between / (1 + between * resistance)
    return joint
