"""Tubes through slices: drawn cylinders and spheres, whose sections are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.segmentation.tubes import Section, find_tubes

PIXEL = (1.5, 2.0)


def drawn():
    """A slanting tube of 8 mm radius over 30 slices, a flat plate, and a short tube of 5 slices."""
    z, y, x = np.indices((40, 60, 70))
    y_mm, x_mm = y * PIXEL[0], x * PIXEL[1]
    slanting = (np.hypot(y_mm - 30 - 0.5 * z, x_mm - 40) <= 8) & (z >= 4) & (z < 34)
    plate = (np.abs(y_mm - 75) < 3) & (np.abs(x_mm - 70) < 30)
    short = (np.hypot(y_mm - 30, x_mm - 110) <= 8) & (z < 5)
    return slanting, plate, short


def test_a_tube_is_followed_where_it_runs_and_nothing_else_is():
    slanting, plate, short = drawn()
    labels, tubes = find_tubes(
        slanting | plate | short, pixel_mm=PIXEL, section=Section(50, 1000, 0.5), least_slices=10
    )
    assert len(tubes) == 1
    tube = tubes[0]
    assert tube.slices == (4, 33)
    np.testing.assert_array_equal(np.isin(labels, tube.numbers), slanting)
    assert tube.areas_mm2 == pytest.approx(np.full(30, math.pi * 8**2), rel=0.1)
    assert tube.centres[:, 1] == pytest.approx(np.full(30, 20.0), abs=0.51)
    assert tube.centres[:, 0] * PIXEL[0] == pytest.approx(30 + 0.5 * np.arange(4, 34), abs=PIXEL[0])


def test_sections_too_small_or_too_large_break_a_tube():
    slanting, _, _ = drawn()
    for section in (Section(300, 1000), Section(10, 100)):
        assert find_tubes(slanting, pixel_mm=PIXEL, section=section, least_slices=3)[1] == []


def test_where_two_tubes_join_the_one_that_overlaps_more_goes_on():
    mask = np.zeros((20, 30, 40), dtype=bool)
    mask[:, 10:20, 10:20] = True
    mask[:10, 10:20, 22:26] = True
    mask[10:, 10:20, 20:26] = True  # from here on they are one
    _, tubes = find_tubes(mask, pixel_mm=(1, 1), section=Section(10, 1000), least_slices=5)
    assert [tube.slices for tube in tubes] == [(0, 19), (0, 9)]


def test_nothing_holds_no_tube():
    labels, tubes = find_tubes(
        np.zeros((3, 4, 5), dtype=bool), pixel_mm=(1, 1), section=Section(1, 100), least_slices=1
    )
    assert tubes == []
    assert not labels.any()
