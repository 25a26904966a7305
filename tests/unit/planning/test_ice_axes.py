"""Are the axes of the ice those of a body whose size is known, also turned, and of the largest piece alone?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from planner.domain.geometry import Grid
from planner.planning.ice_axes import ice_axes_mm

GRID = Grid.from_axes((50, 50, 50), origin_lps_mm=(-24.5, -24.5, -24.5), spacing_ijk_mm=(1, 1, 1))


def centres():
    k, j, i = np.indices(GRID.shape_kji)
    return np.stack([i, j, k], axis=-1) - 24.5


def ellipsoid_c(half_mm, turn=None, middle=(0.0, 0.0, 0.0)):
    """10 °C per mm along the shortest axis, 0 °C on the ellipsoid."""
    points = (centres() - np.asarray(middle)).reshape(-1, 3)
    points = points if turn is None else turn.inv().apply(points)
    level = np.linalg.norm(points / np.asarray(half_mm), axis=1)
    return (10.0 * min(half_mm) * (level - 1)).reshape(GRID.shape_kji).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_an_ellipsoid_has_its_own_axes_however_it_lies(seed):
    turn = Rotation.random(random_state=seed)
    long_mm, short_mm = ice_axes_mm(ellipsoid_c((16.0, 11.0, 8.0), turn), GRID)
    assert long_mm == pytest.approx(32.0, abs=0.3)
    assert short_mm == pytest.approx(16.0, abs=0.2)


def test_a_ball_is_as_wide_as_long():
    long_mm, short_mm = ice_axes_mm(ellipsoid_c((12.0, 12.0, 12.0)), GRID)
    assert (long_mm, short_mm) == (pytest.approx(24.0, abs=0.1), pytest.approx(24.0, abs=0.1))


def test_of_two_pieces_the_larger_is_measured():
    both = np.minimum(
        ellipsoid_c((9.0, 9.0, 9.0), middle=(-13.0, 0.0, 0.0)), ellipsoid_c((4.0, 4.0, 4.0), middle=(14.0, 0.0, 0.0))
    )
    assert ice_axes_mm(both, GRID) == (pytest.approx(18.0, abs=0.15), pytest.approx(18.0, abs=0.15))


def test_one_frozen_cell_is_measured_and_no_ice_has_no_axes():
    field = np.full(GRID.shape_kji, 10.0, np.float32)
    assert ice_axes_mm(field, GRID) is None
    field[25, 25, 25] = -10.0
    assert ice_axes_mm(field, GRID) == (pytest.approx(1.0), pytest.approx(1 / np.sqrt(3), abs=0.01))
