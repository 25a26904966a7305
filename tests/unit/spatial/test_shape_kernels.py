"""Do the compiled loops over round tables say what plain numpy says?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from planner.spatial.shape_kernels import least_round, read_round

HALF_MM = 6.0


@pytest.fixture
def scene():
    stream = np.random.default_rng(5)
    axes = stream.normal(size=(7, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    tables = stream.uniform(-5, 5, (2, 13, 9)).astype(np.float32)
    return stream.uniform(-9, 9, (40, 3)), stream.uniform(-3, 3, (7, 3)), axes, tables


def _around(points, middles, axes):
    """Along and beside each axis, by projecting."""
    way = points[None] - middles[:, None]
    along = np.einsum("npk,nk->np", way, axes)
    beside = np.linalg.norm(way - along[..., None] * axes[:, None], axis=2)
    return along, beside


def _oracle(table, along, beside):
    grid = (np.arange(table.shape[0]) - HALF_MM, np.arange(table.shape[1], dtype=float))
    return RegularGridInterpolator(grid, table.astype(float))(np.stack((along, beside), axis=-1))


def test_tables_are_read_as_a_regular_grid_and_are_zero_beyond(scene):
    points, middles, axes, tables = scene
    found = np.full((2, 7, 40), np.nan, np.float32)
    read_round(points, middles, axes, tables, HALF_MM, found)
    along, beside = _around(points, middles, axes)
    within = (np.abs(along) <= HALF_MM) & (beside <= tables.shape[2] - 1)
    assert within.any()
    assert not within.all()
    for number, table in enumerate(tables):
        expected = np.zeros_like(along)
        expected[within] = _oracle(table, along[within], beside[within])
        np.testing.assert_allclose(found[number], expected, atol=2e-5)


def test_the_least_of_value_less_need_is_found_and_rims_go_on(scene):
    points, middles, axes, tables = scene
    needs = np.linspace(0, 3, len(points))
    found = np.full((2, 7), 30.0)
    least_round(np.column_stack((points, needs)), middles, axes, tables, HALF_MM, found)
    along, beside = _around(points, middles, axes)
    rim_z, rim_r = np.clip(along, -HALF_MM, HALF_MM), np.clip(beside, 0, tables.shape[2] - 1)
    away = np.hypot(along - rim_z, beside - rim_r)
    for number, table in enumerate(tables):
        expected = (_oracle(table, rim_z, rim_r) + away - needs).min(axis=1)
        np.testing.assert_allclose(found[number], np.minimum(expected, 30.0), atol=2e-5)


def test_what_stands_there_stays_where_it_is_less(scene):
    points, middles, axes, tables = scene
    found = np.full((2, 7), -100.0)
    least_round(np.column_stack((points, np.zeros(len(points)))), middles, axes, tables, HALF_MM, found)
    assert (found == -100.0).all()
