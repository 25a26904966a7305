"""Does the corner check see a grid that lies? Grids are spoiled on purpose (H-08)."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid
from planner.imaging.cornercheck import check_corners


@pytest.fixture
def headers(stack_at):
    return stack_at([(-150.0, -160.0, -40.0 + 1.25 * k) for k in range(8)])


def _grid(**changes) -> Grid:
    truth = {"origin_lps_mm": (-150.0, -160.0, -40.0), "spacing_ijk_mm": (0.7, 0.7, 1.25), "direction": np.eye(3)}
    return Grid.from_axes((8, 512, 512), **(truth | changes))


def test_true_grid_passes(headers) -> None:
    assert check_corners(_grid(), headers) < 1e-9


@pytest.mark.parametrize(
    "changes",
    [
        {"origin_lps_mm": (-150.0, -160.0, -39.94)},
        {"origin_lps_mm": (-149.65, -160.0, -40.0)},
        {"spacing_ijk_mm": (0.7, 0.7, 1.26)},
        {"spacing_ijk_mm": (0.7002, 0.7, 1.25)},
        {"direction": np.diag([-1.0, -1.0, 1.0])},
        {"direction": np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, -1]])},
    ],
)
def test_H_08_a_lying_grid_is_refused(changes, headers) -> None:
    with pytest.raises(GeometryRefused) as refusal:
        check_corners(_grid(**changes), headers)
    assert refusal.value.code == "corner-check"


def test_H_08_slices_in_another_order_are_refused(headers) -> None:
    with pytest.raises(GeometryRefused):
        check_corners(_grid(), headers[::-1])
    with pytest.raises(GeometryRefused):
        check_corners(_grid(), headers[:-1])
