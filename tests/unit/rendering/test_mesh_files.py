"""Surfaces of masks as STL, PLY and OBJ, read back by hand and by VTK, against a ball's volume."""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.rendering.mesh_files import mask_surface, mesh_bytes, rod

if TYPE_CHECKING:
    from pathlib import Path

RADIUS_MM = 20.0
CENTRE = np.array([31.0, -12.0, 104.0])
ENDINGS = (".stl", ".ply", ".obj")


def ball(signs: tuple[int, int, int] = (1, 1, 1)) -> tuple[np.ndarray, Grid]:
    """A ball of radius 20 mm on 1 mm voxels, off the middle of its box, with these signs of the axes."""
    if np.prod(signs) < 0:
        signs = (signs[0], signs[1], -signs[2])
    axes = np.diag(np.array(signs, dtype=float))
    shape = (50, 54, 58)
    origin = CENTRE - axes @ np.array([27.0, 25.0, 22.0])
    grid = Grid.from_axes(shape, origin_lps_mm=origin, spacing_ijk_mm=(1, 1, 1), direction=axes)
    k, j, i = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    return np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)) - CENTRE, axis=-1) <= RADIUS_MM, grid


def read_back(data: bytes, ending: str) -> tuple[np.ndarray, np.ndarray]:
    """Corners by hand: points (N, 3) and triangles (M, 3)."""
    if ending == ".stl":
        (count,) = struct.unpack_from("<I", data, 80)
        assert len(data) == 84 + 50 * count
        rows = np.frombuffer(data[84:], np.dtype([("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")]))
        return rows["c"].reshape(-1, 3).astype(float), np.arange(3 * count).reshape(-1, 3)
    if ending == ".ply":
        head, _, body = data.partition(b"end_header\n")
        points, faces = (int(line.split()[-1]) for line in head.decode().split("\n") if line.startswith("element"))
        corners = np.frombuffer(body[: 12 * points], "<f4").reshape(-1, 3).astype(float)
        rows = np.frombuffer(body[12 * points :], np.dtype([("n", "u1"), ("c", "<i4", 3)]))
        assert len(rows) == faces
        assert (rows["n"] == 3).all()
        return corners, rows["c"].astype(int)
    lines = [line.split() for line in data.decode().split("\n")]
    corners = np.array([line[1:] for line in lines if line[:1] == ["v"]], dtype=float)
    return corners, np.array([line[1:] for line in lines if line[:1] == ["f"]], dtype=int) - 1


def enclosed_mm3(points: np.ndarray, triangles: np.ndarray) -> float:
    a, b, c = (points[triangles[:, n]] for n in range(3))
    return float(np.einsum("ij,ij->i", a - CENTRE, np.cross(b - CENTRE, c - CENTRE)).sum() / 6)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("signs", [s for s in itertools.product((1, -1), repeat=3) if np.prod(s) > 0])
def test_a_ball_comes_back_in_place_with_its_volume(ending: str, signs: tuple[int, int, int]) -> None:
    mask, grid = ball(signs)

    points, triangles = read_back(mesh_bytes(mask_surface(mask, grid), name="Ball", ending=ending), ending)

    volume = enclosed_mm3(points, triangles)
    assert volume == pytest.approx(np.count_nonzero(mask), rel=0.01)  # outward: positive, and within 1 % of the mask
    assert volume == pytest.approx(4 / 3 * np.pi * RADIUS_MM**3, rel=0.01)
    away = np.linalg.norm(points - CENTRE, axis=1)
    assert np.abs(away - RADIUS_MM).max() < 1.0


@pytest.mark.parametrize("ending", ENDINGS)
def test_another_program_reads_the_same(tmp_path: Path, ending: str) -> None:
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOGeometry import vtkOBJReader, vtkSTLReader
    from vtkmodules.vtkIOPLY import vtkPLYReader

    mask, grid = ball()
    mesh = mask_surface(mask, grid)
    path = tmp_path / f"ball{ending}"
    path.write_bytes(mesh_bytes(mesh, name="Ball of Müller\n", ending=ending))
    reader = {".stl": vtkSTLReader, ".ply": vtkPLYReader, ".obj": vtkOBJReader}[ending]()
    reader.SetFileName(str(path))
    reader.Update()

    output = reader.GetOutput()

    assert output.GetNumberOfPolys() == len(mesh.triangles)
    theirs = vtk_to_numpy(output.GetPoints().GetData())
    assert np.abs(theirs.min(axis=0) - mesh.points_lps_mm.min(axis=0)).max() < 1e-3
    assert np.abs(theirs.max(axis=0) - mesh.points_lps_mm.max(axis=0)).max() < 1e-3


def test_a_single_voxel_and_the_border_are_closed() -> None:
    mask, grid = ball()
    mask[:] = False
    mask[0, 0, 0] = True
    mesh = mask_surface(mask, grid)
    edges = np.sort(mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()
    assert np.abs(mesh.points_lps_mm - grid.to_lps((0, 0, 0))).max() == pytest.approx(0.5)
    assert mask_surface(np.zeros_like(mask), grid).is_empty


@pytest.mark.parametrize("along", [(0, 0, 1), (1, 0, 0), (0.3, -0.5, 0.81), (-1, -1, 0.01)])
def test_a_rod_is_closed_and_as_large_as_a_cylinder(along: tuple[float, float, float]) -> None:
    start = np.array([10.0, -4.0, 7.0])
    end = start + 30 * np.array(along) / np.linalg.norm(along)
    mesh = rod((tuple(start), tuple(end)), diameter_mm=2.4)
    assert mesh.enclosed_mm3 == pytest.approx(np.pi * 1.2**2 * 30, rel=0.005)
    edges = [tuple(sorted(pair)) for t in mesh.triangles for pair in itertools.combinations(t, 2)]
    assert {edges.count(edge) for edge in set(edges)} == {2}
    axis = (end - start) / 30
    aside = (mesh.points_lps_mm - start) - np.outer((mesh.points_lps_mm - start) @ axis, axis)
    assert np.linalg.norm(aside, axis=1).max() == pytest.approx(1.2)
    depth = (mesh.points_lps_mm - start) @ axis
    assert (depth.min(), depth.max()) == pytest.approx((0, 30), abs=1e-9)
