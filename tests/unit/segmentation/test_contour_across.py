"""Do lines across the slices hold their body? A ball drawn on planes of any direction, against the ball itself."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.segmentation.labelio.contour_across import fill_across

GRID = Grid.from_axes((24, 50, 60), origin_lps_mm=(-30, -25, 100), spacing_ijk_mm=(1.0, 1.0, 2.0))
CENTRE = np.array([2.0, 1.0, 124.0])
RADIUS_MM = 16.0
ANGLE = np.linspace(0, 2 * np.pi, 90, endpoint=False)


def ball() -> np.ndarray:
    k, j, i = np.indices(GRID.shape_kji)
    return np.linalg.norm(GRID.to_lps(np.stack([i, j, k], axis=-1)) - CENTRE, axis=-1) <= RADIUS_MM


def circles(normal, every_mm) -> list[np.ndarray]:
    """The ball's outline on parallel planes."""
    normal = np.array(normal) / np.linalg.norm(normal)
    u = np.cross(normal, (0.3, 0.5, 0.8))
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    lines = []
    for height in np.arange(-RADIUS_MM + every_mm / 2, RADIUS_MM, every_mm):
        radius = np.sqrt(RADIUS_MM**2 - height**2)
        ring = radius * (np.cos(ANGLE)[:, None] * u + np.sin(ANGLE)[:, None] * v)
        lines.append(CENTRE + height * normal + (ring if len(lines) % 2 else ring[::-1]))
    return lines


@pytest.mark.parametrize(("every_mm", "least"), [(1.0, 0.975), (3.0, 0.96)])
@pytest.mark.parametrize("normal", [(1, 0, 0), (0, -1, 0), (0.3, 0.4, 0.86), (1, 1, 0.1)])
def test_a_ball_on_planes_of_any_direction(normal, every_mm, least) -> None:
    """Planes every 3 mm leave steps of that height."""
    truth, found = ball(), fill_across(circles(normal, every_mm), grid=GRID)
    assert 2 * (truth & found).sum() / (truth.sum() + found.sum()) >= least
    assert found.sum() == pytest.approx(truth.sum(), rel=0.02)


def test_lines_of_several_directions_bent_ones_and_far_ones_are_not_filled() -> None:
    across = circles((1, 0, 0), 3.0)
    assert fill_across([*across, *circles((0, 1, 0), 3.0)], grid=GRID) is None
    bent = across[4].copy()
    bent[::2, 0] += 3
    assert fill_across([bent], grid=GRID) is None
    assert fill_across([across[3], across[3] + (9e5, 9e5, 0)], grid=GRID) is None
    assert fill_across([np.zeros((4, 3))], grid=GRID) is None


def test_what_lies_beside_the_ct_gives_nothing() -> None:
    assert not fill_across([line + np.array([0, 300, 0]) for line in circles((1, 0, 0), 3.0)], grid=GRID).any()
