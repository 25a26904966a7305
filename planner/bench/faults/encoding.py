"""Which way can a stack of slices be stored? Directions, steps and counts, and the slices sampled from the anatomy."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from planner.bench.faults.anatomy import Anatomy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Vector = tuple[float, float, float]

# The reference lattice: counts and steps toward left, posterior, head; anisotropic along every axis.
COUNTS_XYZ = (36, 33, 14)
STEPS_MM = (0.7, 1.1, 2.0)
FIRST_LPS_MM = (-31.25, 12.5, -104.0)
ANATOMY = Anatomy(FIRST_LPS_MM, tuple(n * s for n, s in zip(COUNTS_XYZ, STEPS_MM, strict=True)))  # type: ignore[arg-type]
PATIENT_POSITIONS = ("HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL")


@dataclass(frozen=True)
class Encoding:
    """A stack: where its slices lie and how their rows and columns run.

    Parameters
    ----------
    row, column
        Unit directions along a row (toward higher columns) and along a column (toward higher rows).
    step_mm
        Vector from one slice to the next.
    first_lps_mm
        Centre of the first pixel of the first slice.
    counts_ijk
        Columns, rows, slices.
    spacing_ij_mm
        Distance between columns and between rows.
    """

    row: Vector
    column: Vector
    step_mm: Vector
    first_lps_mm: Vector
    counts_ijk: tuple[int, int, int]
    spacing_ij_mm: tuple[float, float]
    patient_position: str = "HFS"
    anatomy: Anatomy = ANATOMY

    def position_lps_mm(self, k: int) -> NDArray[np.float64]:
        """Return ImagePositionPatient of slice ``k``."""
        return np.asarray(np.add(self.first_lps_mm, np.multiply(self.step_mm, k)), dtype=np.float64)

    def pixels_lps_mm(self, position_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixel centres of the slice at a position, shape (J, I, 3)."""
        i, j = np.arange(self.counts_ijk[0])[None, :, None], np.arange(self.counts_ijk[1])[:, None, None]
        along = i * self.spacing_ij_mm[0] * np.asarray(self.row) + j * self.spacing_ij_mm[1] * np.asarray(self.column)
        return np.asarray(position_lps_mm + along, dtype=np.float64)

    def image(self, position_lps_mm: NDArray[np.float64]) -> NDArray[np.int16]:
        """Return the HU of the slice at a position, shape (J, I), int16."""
        return np.rint(self.anatomy.hu_at(self.pixels_lps_mm(position_lps_mm))).astype(np.int16)


@lru_cache(maxsize=64)
def images(encoding: Encoding) -> tuple[NDArray[np.int16], ...]:
    """Return all slices of an encoding; shared, so not to be written to."""
    return tuple(encoding.image(encoding.position_lps_mm(k)) for k in range(encoding.counts_ijk[2]))


def along_axes(row: Vector, column: Vector, *, patient_position: str = "HFS", reverse: bool = False) -> Encoding:
    """Return the reference lattice stored with rows and columns along patient axes; ``reverse`` turns slice order."""
    i, j = (int(np.abs(axis).argmax()) for axis in (row, column))
    k = 3 - i - j
    first = np.asarray(FIRST_LPS_MM, dtype=np.float64)
    for axis, direction in ((i, row), (j, column)):
        if direction[axis] < 0:
            first[axis] += (COUNTS_XYZ[axis] - 1) * STEPS_MM[axis]
    step = np.zeros(3)
    step[k] = STEPS_MM[k]
    if reverse:
        first[k] += (COUNTS_XYZ[k] - 1) * STEPS_MM[k]
        step = -step
    return Encoding(
        row=row,
        column=column,
        step_mm=_vector(step),
        first_lps_mm=_vector(first),
        counts_ijk=(COUNTS_XYZ[i], COUNTS_XYZ[j], COUNTS_XYZ[k]),
        spacing_ij_mm=(STEPS_MM[i], STEPS_MM[j]),
        patient_position=patient_position,
    )


def axial(
    *, slices: int = COUNTS_XYZ[2], step_mm: float = STEPS_MM[2], size_ij: tuple[int, int] = (36, 33)
) -> Encoding:
    """Return axial slices from feet to head around an anatomy of their own height."""
    spacing = (STEPS_MM[0], STEPS_MM[1])
    size = (size_ij[0] * spacing[0], size_ij[1] * spacing[1], slices * step_mm)
    anatomy = Anatomy(FIRST_LPS_MM, size, sigma_mm=max(2.6, 1.3 * step_mm))
    return Encoding(
        (1.0, 0.0, 0.0),
        (0.0, 1.0, 0.0),
        (0.0, 0.0, step_mm),
        FIRST_LPS_MM,
        (*size_ij, slices),
        spacing,
        anatomy=anatomy,
    )


def all_faces() -> Iterator[tuple[Vector, Vector]]:
    """Yield the 24 ways in which rows and columns can run along patient axes."""
    units = [_vector(sign * row) for row in np.eye(3) for sign in (1, -1)]
    for row, column in itertools.product(units, units):
        if np.dot(row, column) == 0:
            yield row, column


def turned(encoding: Encoding, rotation: NDArray[np.float64]) -> Encoding:
    """Return the stack turned about the middle of the anatomy, which itself stays: an oblique scan of it."""
    middle = np.asarray(encoding.anatomy.first_lps_mm) + np.asarray(encoding.anatomy.size_mm) / 2
    first = rotation @ (np.asarray(encoding.first_lps_mm) - middle) + middle
    return replace(
        encoding,
        row=_vector(rotation @ np.asarray(encoding.row)),
        column=_vector(rotation @ np.asarray(encoding.column)),
        step_mm=_vector(rotation @ np.asarray(encoding.step_mm)),
        first_lps_mm=_vector(first),
    )


def rotation_about(axis: int, angle_deg: float) -> NDArray[np.float64]:
    """Return the rotation about patient axis 0, 1 or 2, shape (3, 3)."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = np.cos(np.radians(angle_deg))
    matrix[b, a] = np.sin(np.radians(angle_deg))
    matrix[a, b] = -matrix[b, a]
    return matrix


def _vector(values: NDArray[np.float64]) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])
