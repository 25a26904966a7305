"""How far apart are two predicted surfaces? The distance from one isotherm to the other, to first order.

At every corner of the judged isotherm's mesh the reference field is read: ``(T - level) / |grad T|`` is how far the
reference's own isotherm lies away, positive where the judged ice is too large. First order suffices for millimetres,
and no meshes have to be matched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.rendering.isosurface import isotherm_mesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

LEVELS_C = (0.0, -20.0, -40.0)
LEAST_SLOPE_K_PER_MM = 0.05
"""A flatter field has no isotherm to speak of; it keeps a division by zero out."""


@dataclass(frozen=True, slots=True)
class SurfaceError:
    """Distances of one isotherm to the reference's, mm, without sign but for ``mean_mm``; and volumes, mm³."""

    mean_mm: float
    p50_mm: float
    p95_mm: float
    largest_mm: float
    volume_mm3: float
    reference_mm3: float

    @property
    def volume_percent(self) -> float:
        """Volume beyond the reference's, % of it."""
        return 100 * (self.volume_mm3 / self.reference_mm3 - 1)

    @property
    def radius_mm(self) -> float:
        """Difference in radius of the spheres of equal volume, mm."""
        return ball_radius_mm(self.volume_mm3) - ball_radius_mm(self.reference_mm3)


def ball_radius_mm(volume_mm3: float) -> float:
    """Radius of the sphere of a volume, mm."""
    return float(np.cbrt(volume_mm3 * 3 / (4 * np.pi)))


def surface_error(
    field_c: NDArray[Any], grid: Grid, level_c: float, *, reference_c: NDArray[Any], reference_grid: Grid
) -> SurfaceError:
    """Compare the surface at ``level_c`` of one field with a reference on the same or another grid.

    Parameters
    ----------
    field_c, reference_c
        shape (K, J, I), float, °C, each on its grid.

    Raises
    ------
    SimulationRefused
        When one of them is nowhere that cold.
    """
    points_mm, triangles = isotherm_mesh(field_c, grid, level_c)
    reference_points_mm, reference_triangles = isotherm_mesh(reference_c, reference_grid, level_c)
    if not (len(triangles) and len(reference_triangles)):
        raise SimulationRefused(
            f"Nothing is colder than {level_c:g} °C in one of the two predictions.", code="bench-no-ice"
        )
    away_mm = _distances_mm(points_mm, level_c, reference_c, reference_grid)
    p50_mm, p95_mm = (float(value) for value in np.percentile(np.abs(away_mm), (50, 95)))
    return SurfaceError(
        mean_mm=float(away_mm.mean()),
        p50_mm=p50_mm,
        p95_mm=p95_mm,
        largest_mm=float(np.abs(away_mm).max()),
        volume_mm3=enclosed_mm3(points_mm, triangles),
        reference_mm3=enclosed_mm3(reference_points_mm, reference_triangles),
    )


def enclosed_mm3(points_mm: NDArray[np.float64], triangles: NDArray[np.int64]) -> float:
    """Volume inside a closed mesh, by the divergence theorem."""
    a, b, c = (points_mm[triangles[:, n]] for n in range(3))
    return float(np.einsum("ni,ni->n", a, np.cross(b, c)).sum() / 6)


def _distances_mm(
    points_mm: NDArray[np.float64], level_c: float, field_c: NDArray[Any], grid: Grid
) -> NDArray[np.float64]:
    """Signed distance of points (N, 3) from the field's isotherm, to first order; positive on its warm side."""
    step_mm = grid.spacing_ijk_mm[0]
    slope = np.stack(
        [
            _read_c(field_c, grid, points_mm + offset) - _read_c(field_c, grid, points_mm - offset)
            for offset in np.eye(3) * step_mm
        ]
    )
    steepness = np.maximum(np.linalg.norm(slope, axis=0) / (2 * step_mm), LEAST_SLOPE_K_PER_MM)
    away: NDArray[np.float64] = (_read_c(field_c, grid, points_mm) - level_c) / steepness
    return away


def _read_c(field_c: NDArray[Any], grid: Grid, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import map_coordinates

    kji = grid.to_index(points_mm)[:, ::-1].T
    values: NDArray[np.float64] = map_coordinates(field_c, kji, output=np.float64, order=1, mode="nearest")
    return values
