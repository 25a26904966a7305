"""Do the lines lie on the level? Against circles, single pixels and hand-drawn saddles."""

from __future__ import annotations

import numpy as np
import pytest

from planner.spatial.contour import marching_squares


def _length(line: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum())


def _area(line: np.ndarray) -> float:
    x, y = line.T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def test_circle_is_one_closed_line_on_its_radius() -> None:
    rows, columns = np.indices((60, 80))
    radius = np.hypot(columns - 40.3, rows - 29.6)
    (line,) = marching_squares(20.0 - radius, 0.0)
    np.testing.assert_array_equal(line[0], line[-1])
    np.testing.assert_allclose(np.hypot(line[:, 0] - 40.3, line[:, 1] - 29.6), 20.0, atol=0.02)
    assert _length(line) == pytest.approx(2 * np.pi * 20, rel=2e-3)


def test_single_pixel_is_a_diamond_through_the_edge_midpoints() -> None:
    image = np.zeros((5, 5), bool)
    image[2, 3] = True
    (line,) = marching_squares(image, 0.5)
    assert {tuple(p) for p in line} == {(2.5, 2.0), (3.5, 2.0), (3.0, 1.5), (3.0, 2.5)}


def test_inside_and_hole_run_opposite_ways() -> None:
    image = np.zeros((12, 12))
    image[2:10, 2:10] = 1
    image[5:7, 5:7] = 0
    areas = sorted(_area(line) for line in marching_squares(image, 0.5))
    assert len(areas) == 2
    assert areas[0] < 0 < areas[1]


def test_line_that_leaves_the_image_is_open() -> None:
    image = np.zeros((4, 6))
    image[:, 3:] = 1
    (line,) = marching_squares(image, 0.25)
    np.testing.assert_allclose(line[:, 0], 2.25)
    assert {line[0, 1], line[-1, 1]} == {0.0, 3.0}


@pytest.mark.parametrize(("corner", "lines"), [(1.0, 2), (3.0, 2)])
def test_saddle_gives_two_lines(corner, lines) -> None:
    image = np.array([[corner, 0.0], [0.0, corner]])
    assert len(marching_squares(image, 0.8)) == lines


def test_saddle_is_decided_by_the_mean() -> None:
    """Mean 1.5 is above 0.8: the high corners join, so each line cuts off one low corner."""
    for line in marching_squares(np.array([[3.0, 0.0], [0.0, 3.0]]), 0.8):
        low = np.array([1.0, 0.0]) if line[:, 0].mean() > 0.5 else np.array([0.0, 1.0])
        assert np.linalg.norm(line - low, axis=1).max() < 0.5


def test_pixels_that_are_not_finite_are_outside() -> None:
    image = np.ones((5, 5))
    image[2, 2] = np.nan
    (line,) = marching_squares(image, 0.5)
    assert np.isfinite(line).all()


@pytest.mark.parametrize("image", [np.zeros((5, 5)), np.ones((5, 5)), np.ones((1, 9)), np.zeros((0, 0))])
def test_nothing_to_draw(image) -> None:
    assert marching_squares(image, 0.5) == []
