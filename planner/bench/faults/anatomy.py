"""What is truly where? A smooth anatomy given by a formula in patient space, and how far a loaded volume is from it.

The anatomy is a function of LPS millimetres, so any encoding samples it exactly where its slices claim to lie, and the
truth never comes from the program. It has no symmetry: seven landmarks of distinct HU at unlike places, inside a body
that is off centre. A volume is compared with it voxel by voxel (HU) and landmark by landmark (mm).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.volume import Volume

Floats: TypeAlias = "NDArray[np.float64]"

AIR_HU, TISSUE_HU = -1000.0, 45.0
# Places as shares of the box (left, posterior, head), and height above soft tissue: all distinct, none mirrored.
_LANDMARKS = (
    ((0.30, 0.28, 0.22), -560.0),
    ((0.68, 0.34, 0.30), -330.0),
    ((0.36, 0.66, 0.34), 180.0),
    ((0.64, 0.70, 0.52), 390.0),
    ((0.44, 0.30, 0.62), 820.0),
    ((0.30, 0.58, 0.74), 1300.0),
    ((0.66, 0.44, 0.82), 1900.0),
)
_BODY_CENTRE, _BODY_RADII = (0.49, 0.50, 0.52), (0.44, 0.43, 0.64)
_BODY_EDGE = 14.0  # steepness of the skin, per relative radius
_NEAR_SIGMAS = 1.5
_CHUNK = 40_000


@dataclass(frozen=True)
class Anatomy:
    """The anatomy in a box of patient space.

    Parameters
    ----------
    first_lps_mm, size_mm
        Corner of the box toward right, anterior, feet; and its size along left, posterior, head.
    sigma_mm
        Width of a landmark: at least the widest spacing it will be sampled with.
    shear
        How many mm the box moves toward left and posterior per mm toward the head: a tilted stack follows it.
    gain
        Factor on the landmarks' heights: another phase or another patient.
    offset_hu
        What a wrong zero in the headers adds everywhere.
    """

    first_lps_mm: tuple[float, float, float]
    size_mm: tuple[float, float, float]
    sigma_mm: float = 2.6
    shear: tuple[float, float] = (0.0, 0.0)
    gain: float = 1.0
    offset_hu: float = 0.0

    def landmarks_lps_mm(self) -> Floats:
        """Return the centres of the landmarks, shape (7, 3), LPS mm."""
        places = np.array([place for place, _ in _LANDMARKS])
        local = places * self.size_mm
        local[:, :2] += local[:, 2:] * self.shear
        return np.asarray(local + self.first_lps_mm, dtype=np.float64)

    def hu_at(self, lps_mm: ArrayLike) -> Floats:
        """Return the HU at points (..., 3) LPS mm, shape (...)."""
        points = np.asarray(lps_mm, dtype=np.float64)
        flat = points.reshape(-1, 3)
        parts = [self._hu(flat[start : start + _CHUNK]) for start in range(0, len(flat), _CHUNK)]
        return np.concatenate(parts).reshape(points.shape[:-1])

    def _hu(self, points: Floats) -> Floats:
        local = points - self.first_lps_mm
        local[:, :2] -= local[:, 2:] * self.shear
        share = (local / self.size_mm - _BODY_CENTRE) / _BODY_RADII
        radius = np.sqrt((share**2).sum(axis=1))
        above_air = np.full(len(points), TISSUE_HU - AIR_HU)
        for centre, (_, height) in zip(self.landmarks_lps_mm(), _LANDMARKS, strict=True):
            square = ((points - centre) ** 2).sum(axis=1)
            above_air += self.gain * height * np.exp(-square / (2 * self.sigma_mm**2))
        body = 1 / (1 + np.exp(np.clip(_BODY_EDGE * (radius - 1), -40, 40)))
        return np.asarray(self.offset_hu + AIR_HU + body * above_air, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far a volume is from an anatomy: worst landmark in mm, worst voxel in HU, landmarks seen, padded voxels."""

    landmark_mm: float
    hu: float
    landmarks: int
    padded: int


def deviation(volume: Volume, anatomy: Anatomy) -> Deviation:
    """Measure a loaded volume against the anatomy it was sampled from.

    A landmark's displacement is the shift that best explains the differences around it, together with its height and
    the level below it; where differences are large it is only a lower bound, and the HU tell.
    """
    grid = volume.grid
    truth, probes = _expected(anatomy, grid.shape_kji, grid.matrix.tobytes())
    padded = np.zeros(truth.shape, bool) if volume.padding is None else volume.padding
    difference = np.where(padded, 0.0, np.asarray(volume.hu, np.float64) - truth)
    flat, hidden = difference.reshape(-1), padded.reshape(-1)
    shifts = [
        float(np.linalg.norm(probe.solver @ flat[probe.near])) for probe in probes if not hidden[probe.near].any()
    ]
    return Deviation(max(shifts, default=0.0), float(np.abs(difference).max()), len(shifts), int(padded.sum()))


class _Probe(NamedTuple):
    """Voxels around a landmark, shape (N,), and what turns their differences into a shift in mm, shape (3, N)."""

    near: NDArray[np.intp]
    solver: Floats


@lru_cache(maxsize=64)
def _expected(anatomy: Anatomy, shape_kji: tuple[int, int, int], matrix: bytes) -> tuple[Floats, tuple[_Probe, ...]]:
    """Return HU (K, J, I) of a grid and the landmarks in it: by plain multiplication, not by the program's grid."""
    index_to_lps = np.frombuffer(matrix, np.float64).reshape(4, 4)
    k, j, i = np.indices(shape_kji)
    index = np.stack([i, j, k], axis=-1)
    points = index @ index_to_lps[:3, :3].T + index_to_lps[:3, 3]
    probes = (_probe(anatomy, centre, points=points.reshape(-1, 3)) for centre in anatomy.landmarks_lps_mm())
    return anatomy.hu_at(points), tuple(probe for probe in probes if probe is not None)


def _probe(anatomy: Anatomy, centre: Floats, *, points: Floats) -> _Probe | None:
    """Prepare to measure one landmark; None where the volume does not reach around it."""
    offset = points - centre
    square = (offset**2).sum(axis=1)
    near = np.flatnonzero(square < (_NEAR_SIGMAS * anatomy.sigma_mm) ** 2)
    if not _is_inside(offset[near]):
        return None
    step_mm = 0.01
    here = points[near]
    slope = [
        (anatomy.hu_at(here - step_mm * axis) - anatomy.hu_at(here + step_mm * axis)) / (2 * step_mm)
        for axis in np.eye(3)
    ]
    bump = np.exp(-square[near] / (2 * anatomy.sigma_mm**2))
    columns = np.stack([*slope, bump, np.ones_like(bump)], axis=1)
    return _Probe(near, np.linalg.pinv(columns)[:3])


def _is_inside(offsets: Floats) -> bool:
    """Whether voxels lie on all sides of a landmark: else the volume ends before it."""
    return len(offsets) >= 12 and bool((offsets.min(axis=0) < 0).all() and (offsets.max(axis=0) > 0).all())
