"""Which part of a structure's surface is nearest to a shaft? Its voxel faces, sorted by where they lie.

Made once for a mask and kept by its content’s hash, so that a probe can be dragged past thirty structures of a CT:
each step looks at the few cubes of space that can hold the nearest face.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from planner.planning.clearance import voxel_faces_lps_mm
from planner.spatial.box import grown, mask_box

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

_Answer = TypeVar("_Answer")
_CUBE_MM = 12.0
_MOST_KEPT = 96
_MOST_ANSWERS = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """Faces that a straight stretch passes about equally near.

    Parameters
    ----------
    gap_mm
        Distance of the nearest face's centre to the stretch.
    face_lps_mm
        That centre, shape (3,).
    depths_mm
        Smallest and largest place along the stretch beside which a face is nearly as near.
    """

    gap_mm: float
    face_lps_mm: NDArray[np.float64]
    depths_mm: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceIndex:
    """All faces between an inside and an outside voxel of one mask.

    Parameters
    ----------
    faces_lps_mm
        Their centres, shape (N, 3), float32, LPS mm, cube after cube.
    starts
        Where each cube's faces begin, shape (B + 1,).
    centres_lps_mm, radii_mm
        A ball round each cube's faces, shape (B, 3) and (B,).
    """

    faces_lps_mm: NDArray[np.float32]
    starts: NDArray[np.int64]
    centres_lps_mm: NDArray[np.float64]
    radii_mm: NDArray[np.float64]

    @classmethod
    def of(cls, mask: NDArray[np.bool_], grid: Grid) -> SurfaceIndex:
        """Index a mask, bool, shape (K, J, I) of ``grid``. What the scan's edge cuts has no face there."""
        box = mask_box(mask)
        if box is None:
            return cls(np.empty((0, 3), np.float32), np.zeros(1, np.int64), np.empty((0, 3)), np.empty(0))
        around = grown(box, mask.shape, (1, 1, 1))
        k0, j0, i0 = (span.start for span in around)
        part = mask[around]
        faces = voxel_faces_lps_mm(part, grid.cropped((i0, j0, k0), part.shape))
        cubes = np.floor((faces - faces.min(axis=0, initial=np.inf)) / _CUBE_MM).astype(np.int64)
        key = (cubes[:, 0] << 42) | (cubes[:, 1] << 21) | cubes[:, 2]
        order = np.argsort(key, kind="stable")
        faces, key = faces[order], key[order]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(key)) + 1, [len(key)]]).astype(np.int64)
        if len(faces) == 0:
            return cls(faces.astype(np.float32), np.zeros(1, np.int64), np.empty((0, 3)), np.empty(0))
        low = np.minimum.reduceat(faces, starts[:-1])
        high = np.maximum.reduceat(faces, starts[:-1])
        return cls(faces.astype(np.float32), starts, (low + high) / 2, np.linalg.norm(high - low, axis=1) / 2)

    def passage(
        self, start_lps_mm: NDArray[np.float64], step_mm: NDArray[np.float64], *, slack_mm: float
    ) -> Passage | None:
        """Return what a stretch from a point by a vector passes; ``None`` where there is no face at all.

        ``slack_mm`` is how much farther than the nearest a face may be and still count as nearly as near.
        """
        if len(self.radii_mm) == 0:
            return None
        to_cubes, _ = _gaps(self.centres_lps_mm, start_lps_mm, step_mm)
        bound = float((to_cubes + self.radii_mm).min())
        chosen = np.flatnonzero(to_cubes - self.radii_mm <= bound + slack_mm)
        spans = [self.faces_lps_mm[self.starts[cube] : self.starts[cube + 1]] for cube in chosen]
        faces = np.concatenate(spans).astype(np.float64)
        gaps, depths = _gaps(faces, start_lps_mm, step_mm)
        best = int(np.argmin(gaps))
        near = depths[gaps <= gaps[best] + slack_mm]
        return Passage(float(gaps[best]), faces[best], (float(near.min()), float(near.max())))


def _gaps(
    points: NDArray[np.float64], start: NDArray[np.float64], step: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distance of points (N, 3) to a stretch, and where along it each is nearest, mm."""
    length = float(np.linalg.norm(step))
    along = step / length if length > 0 else step
    away = points - start
    depth = np.clip(away @ along, 0.0, length)
    return np.linalg.norm(away - depth[:, None] * along, axis=1), depth


class SurfaceStore:
    """Indices of masks by content hash and grid, and answers already given. Not for two threads at once."""

    def __init__(self) -> None:
        self._indices: OrderedDict[object, SurfaceIndex] = OrderedDict()
        self._answers: OrderedDict[object, Any] = OrderedDict()

    def index(self, sha256: str, mask: NDArray[np.bool_], grid: Grid) -> SurfaceIndex:
        """Return a mask's index, made when it is asked for first."""
        key = (sha256, grid)
        if key not in self._indices:
            self._indices[key] = SurfaceIndex.of(mask, grid)
            while len(self._indices) > _MOST_KEPT:
                self._indices.popitem(last=False)
        self._indices.move_to_end(key)
        return self._indices[key]

    def remembered(self, question: object, measure: Callable[[], _Answer]) -> _Answer:
        """Return what was answered to the same question before, else measure; the question holds all it depends on."""
        if question not in self._answers:
            self._answers[question] = measure()
            while len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)
        self._answers.move_to_end(question)
        answer: _Answer = self._answers[question]
        return answer
