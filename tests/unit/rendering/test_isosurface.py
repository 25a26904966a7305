"""Do meshes lie on the surface they stand for, outward and closed?"""

from __future__ import annotations

import struct

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import isotropic_box
from planner.domain.temperature import TemperatureHistory
from planner.rendering.isosurface import Mesh, isotherm_mesh, mask_field, stl_bytes, surface


def ball_field(grid, centre, voxel_centres) -> np.ndarray:
    """Temperature = 4 (distance − 10) °C: the −20 °C surface is the sphere of radius 5 mm, 0 °C of radius 10 mm."""
    return 4.0 * (np.linalg.norm(voxel_centres(grid) - centre, axis=-1) - 10.0)


@pytest.mark.parametrize(("level_c", "radius"), [(0.0, 10.0), (-20.0, 5.0)])
def test_isotherm_of_a_ball_is_its_sphere(stored_grid, voxel_centres, level_c: float, radius: float) -> None:
    centre = stored_grid.centre_lps_mm + np.array([0.4, -0.3, 0.7])
    points, triangles = isotherm_mesh(ball_field(stored_grid, centre, voxel_centres), stored_grid, level_c)
    distance = np.linalg.norm(points - centre, axis=1)
    # 1.25 to 2 mm voxels: linear interpolation of a curved field errs by at most h²/8 × curvature.
    assert np.abs(distance - radius).max() < 2.0**2 / 8 / radius + 0.02
    mesh = Mesh(points, triangles)
    # Points and facets both cut the sphere by that much at most, and volume goes with the third power.
    assert mesh.enclosed_mm3 == pytest.approx(4 / 3 * np.pi * radius**3, rel=6 * 2.0**2 / 8 / radius**2)


def test_isotherm_on_the_solver_grid_is_within_a_tenth_of_a_millimetre(voxel_centres) -> None:
    grid = isotropic_box((5.0, -40.0, 300.0), extent_mm=(40, 40, 40), spacing_mm=1.0)
    centre = np.array([5.2, -40.3, 300.1])
    points, triangles = isotherm_mesh(ball_field(grid, centre, voxel_centres), grid, 0.0)
    assert np.abs(np.linalg.norm(points - centre, axis=1) - 10.0).max() < 0.1
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all(), "every edge has two triangles: closed"


def test_the_surface_at_any_time_is_that_of_the_moment(voxel_centres) -> None:
    grid = isotropic_box((0.0, 0.0, 0.0), extent_mm=(40, 40, 40), spacing_mm=1.0)
    radius = np.linalg.norm(voxel_centres(grid), axis=-1)
    # The edge of the ice moves out at 0.1 mm/s, from 4 mm at 0 s to 16 mm at 120 s.
    times_s = np.linspace(0.0, 120.0, 9)
    history = TemperatureHistory.of(times_s, [4.0 * (radius - 4.0 - 0.1 * time_s) for time_s in times_s])
    for time_s, level_c in ((33.0, 0.0), (100.0, -20.0)):
        points, triangles = isotherm_mesh(history.at_time_c(time_s), grid, level_c)
        away = np.linalg.norm(points, axis=1) - (4.0 + 0.1 * time_s + level_c / 4.0)
        assert len(triangles)
        assert np.abs(away).max() < 0.1


def test_ice_at_the_border_is_capped(voxel_centres) -> None:
    grid = isotropic_box((0.0, 0.0, 0.0), extent_mm=(12, 40, 40), spacing_mm=1.0)
    mesh = Mesh(*isotherm_mesh(ball_field(grid, np.zeros(3), voxel_centres), grid, 0.0))
    assert mesh.enclosed_mm3 > 0
    assert np.abs(mesh.points_lps_mm[:, 0]).max() <= 6.5 + 1e-6


def test_nothing_cold_gives_an_empty_mesh_that_cannot_be_exported() -> None:
    grid = isotropic_box((0.0, 0.0, 0.0), extent_mm=(5, 5, 5), spacing_mm=1.0)
    points, triangles = isotherm_mesh(np.full(grid.shape_kji, 37.0), grid, 0.0)
    assert len(points) == len(triangles) == 0
    with pytest.raises(PlanInvalid, match="nothing is that cold"):
        stl_bytes(points, triangles)


def test_surface_of_a_mask_follows_it_in_any_orientation(stored_grid, voxel_centres) -> None:
    centre = stored_grid.centre_lps_mm
    mask = ((voxel_centres(stored_grid) - centre) ** 2).sum(axis=-1) <= 144.0
    field, coarse = mask_field(mask, stored_grid, spacing_mm=2.0)
    mesh = surface(field, coarse, level=0.5)
    distance = np.linalg.norm(mesh.points_lps_mm - centre, axis=1)
    assert distance.mean() == pytest.approx(12.0, abs=0.5)
    assert np.abs(distance - 12.0).max() < 1.8
    assert mesh.enclosed_mm3 > 0


def test_surface_of_an_empty_mask_is_empty(stored_grid) -> None:
    field, coarse = mask_field(np.zeros(stored_grid.shape_kji, dtype=bool), stored_grid, spacing_mm=2.0)
    assert surface(field, coarse, level=0.5).is_empty


CORNERS = np.array([(0.0, 0, 0), (2, 0, 0), (0, 3, 0), (0, 0, 5)])
FACES = np.array([(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)])


def test_stl_holds_every_triangle_with_its_normal() -> None:
    data = stl_bytes(CORNERS, FACES)
    assert not data.startswith(b"solid")
    assert struct.unpack("<I", data[80:84])[0] == 4
    assert len(data) == 84 + 4 * 50
    first = struct.unpack("<12f", data[84 : 84 + 48])
    assert first[:3] == (0, 0, -1)
    assert first[3:] == (0, 0, 0, 0, 3, 0, 2, 0, 0)
