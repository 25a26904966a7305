"""Where in space is the surface of an isotherm or a structure? Triangle meshes in LPS mm, and their STL files.

Meshes are for looking at and for taking elsewhere. Margins, volumes and exposures come from fields, never from meshes.
Method: flying edges (Schroeder, Maynard, Geveci 2015), as in VTK.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid
from planner.spatial.resample import mask_fraction_onto

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles in patient space, outward side counter-clockwise.

    Parameters
    ----------
    points_lps_mm
        shape (N, 3), float64, LPS mm.
    triangles
        shape (M, 3), int64, indices into the points.
    """

    points_lps_mm: NDArray[np.float64]
    triangles: NDArray[np.int64]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return len(self.triangles) == 0

    @property
    def enclosed_mm3(self) -> float:
        """Signed volume inside a closed mesh; positive when triangles face outward. For checks, not for reports."""
        a, b, c = (self.points_lps_mm[self.triangles[:, corner]] for corner in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def isotherm_mesh(field_c: NDArray[Any], grid: Grid, level_c: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the surface of everything at or below a temperature.

    Parameters
    ----------
    field_c
        shape (K, J, I), float, °C, on ``grid``.
    level_c
        °C. Ice that reaches the box's border is closed there by a flat cap.

    Returns
    -------
    points_lps_mm
        shape (N, 3), float64, LPS mm; empty when nothing is that cold.
    triangles
        shape (M, 3), int64.
    """
    mesh = surface(-np.asarray(field_c, dtype=np.float32), grid, level=-level_c)
    return mesh.points_lps_mm, mesh.triangles


def mask_field(mask: NDArray[np.bool_], grid: Grid, *, spacing_mm: float) -> tuple[NDArray[np.float32], Grid]:
    """Prepare a mask for a smooth surface: share of each coarse cell inside it, softened once, cropped to the mask.

    Plain numpy, so it may run on any thread; contour the result at 0.5 with :func:`surface` on the main thread.
    """
    box = _bounding_box(mask)
    if box is None:
        return np.zeros((1, 1, 1), dtype=np.float32), grid.cropped((0, 0, 0), (1, 1, 1))
    lower, shape = box
    source = grid.cropped(lower, shape)
    part = mask[tuple(slice(start, start + size) for start, size in zip(lower[::-1], shape, strict=True))]
    steps = tuple(max(1.0, spacing_mm / s) for s in source.spacing_ijk_mm)
    counts = tuple(int(np.ceil(n / step)) + 2 for n, step in zip(shape[::-1], steps, strict=True))
    origin = [(n - 1) / 2 - (count - 1) / 2 * step for n, count, step in zip(shape[::-1], counts, steps, strict=True)]
    matrix = source.matrix
    matrix[:3, 3] = source.to_lps(origin)
    matrix[:3, :3] *= np.array(steps)
    coarse = Grid.from_matrix((counts[2], counts[1], counts[0]), matrix)
    return _soften(mask_fraction_onto(part, source=source, target=coarse)), coarse


def surface(field: NDArray[np.float32], grid: Grid, *, level: float) -> Mesh:
    """Return the surface that separates values at or above ``level`` (inside) from those below, outward, closed."""
    if not (field >= level).any():
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))
    inside_room = float(np.clip(level - float(field.min()), 1e-3, 1e4))
    padded = np.pad(field, 1, constant_values=level - inside_room)
    points_ijk, triangles = _flying_edges(padded, level)
    mesh = Mesh(grid.to_lps(points_ijk - 1.0), triangles)
    return mesh if mesh.enclosed_mm3 >= 0 else Mesh(mesh.points_lps_mm, mesh.triangles[:, ::-1])


def _flying_edges(field: NDArray[np.float32], level: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Contour in index space: points (N, 3) in (i, j, k) and triangles (M, 3)."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    values = np.ascontiguousarray(field, dtype=np.float32)
    image = vtkImageData()
    image.SetDimensions(*values.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(values.reshape(-1), deep=False))
    contour = vtkFlyingEdges3D()
    contour.SetInputData(image)
    contour.SetValue(0, level)
    contour.ComputeNormalsOff()
    contour.ComputeScalarsOff()
    contour.Update()
    output = contour.GetOutput()
    if output.GetNumberOfPolys() == 0:
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)
    points = vtk_to_numpy(output.GetPoints().GetData()).astype(np.float64)
    triangles = vtk_to_numpy(output.GetPolys().GetConnectivityArray()).astype(np.int64).reshape(-1, 3)
    return points, triangles


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[tuple[int, int, int], tuple[int, int, int]] | None:
    """Return the lower (i, j, k) and shape (K, J, I) of the smallest box around a mask; None when it is empty."""
    spans = []
    for others in ((1, 2), (0, 2), (0, 1)):
        hits = np.flatnonzero(mask.any(axis=others))
        if not hits.size:
            return None
        spans.append((int(hits[0]), int(hits[-1] - hits[0] + 1)))
    (k, k_size), (j, j_size), (i, i_size) = spans
    return (i, j, k), (k_size, j_size, i_size)


def _soften(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average with neighbours 1-2-1 along each axis: takes the stairs off without moving flat faces."""
    for axis in range(3):
        moved = np.moveaxis(field, axis, 0)
        smooth = moved * np.float32(0.5)
        smooth[1:] += moved[:-1] * np.float32(0.25)
        smooth[:-1] += moved[1:] * np.float32(0.25)
        smooth[0] += moved[0] * np.float32(0.25)
        smooth[-1] += moved[-1] * np.float32(0.25)
        field = np.moveaxis(smooth, 0, axis)
    return np.ascontiguousarray(field)


def stl_bytes(points_lps_mm: NDArray[np.float64], triangles: NDArray[np.int64], *, name: str = "") -> bytes:
    """Encode a mesh as binary STL, LPS mm; ``name`` goes into the 80-byte header and must hold no patient text."""
    _require_mesh(triangles)
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    rows = np.zeros(len(triangles), dtype=record)
    corners = points_lps_mm[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    rows["normal"] = normal / np.where(length > 0, length, 1.0)
    rows["corners"] = corners
    # A header that starts with "solid" would be read as the text form of STL.
    header = f"frostline LPS mm {name}".encode("ascii", "replace")[:80].ljust(80)
    return header + np.uint32(len(rows)).tobytes() + rows.tobytes()


def _require_mesh(triangles: NDArray[np.int64]) -> None:
    if len(triangles) == 0:
        raise PlanInvalid("There is no surface to export: nothing is that cold.", code="mesh-empty")
