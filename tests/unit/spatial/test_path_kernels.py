"""Do the compiled ways find what plain loops over every point find? On a random map of room."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.spatial import path_kernels as kernels
from planner.spatial.distance import signed_distance_mm

SPACING = np.array([1.1, 0.8, 1.6])
NEEDED_MM = 2.0
WAYS = 400


@pytest.fixture(scope="module")
def room():
    """Distance to some balls less 2 mm, in steps of the map, and its bounds."""
    rng = np.random.default_rng(11)
    shape = (34, 60, 50)
    k, j, i = np.indices(shape)
    places = np.stack((i, j, k), axis=-1) * SPACING
    mask = np.zeros(shape, np.bool_)
    for centre in rng.uniform(8, 44, (6, 3)):
        mask |= np.linalg.norm(places - centre, axis=-1) < rng.uniform(2, 5)
    distance = signed_distance_mm(mask, Grid.from_axes(shape, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=SPACING))
    values = np.floor(np.clip(distance - NEEDED_MM, -50, 12) * kernels.ROOM_PER_MM).astype(np.int16)
    code = np.empty(shape, np.uint8)
    kernels.bounds_of_cells(values, code, 0, 20)
    kernels.bounds_of_cells(values, code, 20, shape[0])
    return values, code


def ways():
    rng = np.random.default_rng(12)
    high = np.array([49, 59, 33]) * SPACING
    entries, tips = rng.uniform(-0.4, 1, (WAYS, 3)) * SPACING, rng.uniform(0, 1, (WAYS, 3)) * high
    entries[::2] = rng.uniform(0, 1, (WAYS // 2, 3)) * high
    return entries, tips, np.linalg.norm(tips - entries, axis=1)


def to_ijk():
    return np.ascontiguousarray(np.concatenate([np.diag(1 / SPACING), np.zeros((3, 1))], axis=1))


def slack_mm():
    return float(np.linalg.norm(SPACING)) + max(float(SPACING.max()) - NEEDED_MM, 0.0)


def read(values, ijk):
    """Plain numpy: eight voxels, clamped."""
    upper = np.array(values.shape[::-1]) - 1
    ijk = np.clip(ijk, 0, upper)
    low = np.minimum(ijk.astype(int), upper - 1)
    share, total = ijk - low, np.zeros(len(ijk))
    for corner in range(8):
        bits = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1])
        i, j, k = (low + bits).T
        total += np.where(bits, share, 1 - share).prod(axis=1) * values[k, j, i]
    return total


def every_point(values, entry, tip, length):
    steps = max(1, int(np.ceil(length / kernels.STEP_MM)))
    points = tip + np.arange(steps + 1)[:, None] / steps * (entry - tip)
    return read(values, points / SPACING)[::-1]  # numbered from the entry


def test_bounds_are_the_least_of_eight_rounded_down(room):
    values, code = room
    padded = np.pad(values, ((0, 1),) * 3, mode="edge")
    least = np.min([padded[a : a + 34, b : b + 60, c : c + 50] for a in (0, 1) for b in (0, 1) for c in (0, 1)], axis=0)
    expected = np.where(least < 0, 0, 1 + least // (kernels.ROOM_PER_MM // kernels.CODE_PER_MM))
    np.testing.assert_array_equal(code, np.minimum(expected, 255))


def test_a_breach_is_found_exactly_where_there_is_one(room):
    values, code = room
    entries, tips, lengths = ways()
    found = np.empty(WAYS, np.int32)
    kernels.first_breach(values, code, tips, entries, lengths, to_ijk(), slack_mm(), found)
    least = np.array([every_point(values, *way).min() for way in zip(entries, tips, lengths, strict=True)])
    assert 40 < (found >= 0).sum() < WAYS - 40
    clear = np.abs(least) > 1e-6  # what is nothing but rounding may fall either way
    np.testing.assert_array_equal((found >= 0)[clear], (least < 0)[clear])
    for n in np.flatnonzero(found >= 0):
        assert every_point(values, entries[n], tips[n], lengths[n])[found[n]] < 1e-6
    to_one = np.empty(WAYS, np.int32)
    kernels.first_breach(values, code, tips[:1], entries, lengths, to_ijk(), slack_mm(), to_one)
    same = np.empty(WAYS, np.int32)
    kernels.first_breach(values, code, np.tile(tips[:1], (WAYS, 1)), entries, lengths, to_ijk(), slack_mm(), same)
    np.testing.assert_array_equal(to_one, same)


def test_the_least_room_is_that_of_every_point_up_to_what_is_told_apart(room):
    values, code = room
    entries, tips, lengths = ways()
    least, found = np.empty(WAYS), np.empty(WAYS, np.int32)
    kernels.least_room(values, code, tips, entries, lengths, to_ijk(), np.array([slack_mm(), 8.0]), least, found)
    expected = [every_point(values, *way).min() for way in zip(entries, tips, lengths, strict=True)]
    np.testing.assert_allclose(least, np.minimum(expected, 8.0 * kernels.ROOM_PER_MM), atol=1e-6)
    for n in np.flatnonzero(least < 8.0 * kernels.ROOM_PER_MM):
        assert every_point(values, entries[n], tips[n], lengths[n])[found[n]] == pytest.approx(least[n], abs=1e-6)
    places = np.empty((WAYS, 3))
    kernels.places_on_ways(tips, entries, found, to_ijk(), places)
    np.testing.assert_allclose(read(values, places)[least < 2000], least[least < 2000], atol=1e-6)


def test_ways_without_length_are_left(room):
    values, code = room
    entries, tips, _ = ways()
    nothing = np.zeros(WAYS)
    least, found = np.empty(WAYS), np.empty(WAYS, np.int32)
    kernels.first_breach(values, code, tips, entries, nothing, to_ijk(), slack_mm(), found)
    assert (found == -1).all()
    kernels.least_room(values, code, tips, entries, nothing, to_ijk(), np.array([slack_mm(), 8.0]), least, found)
    assert np.isinf(least).all()


def test_a_line_that_comes_back_into_the_body_is_found():
    body = np.zeros((20, 60, 40), np.uint8)
    body[:, 30:, :] = 1  # the body; entries on its face at y = 29.5
    body[8:12, 5:8, 18:22] = 1  # something before it
    block = np.array([4, 4, 4])
    clear = np.zeros((5, 15, 10), np.float32)  # no shortcut
    entries = np.array([[20.0, 29.5, 10.0], [20.0, 29.5, 10.0], [5.0, 29.5, 10.0], [20.0, 29.5, 10.0]])
    ways_out = np.tile([0.0, -1.0, 0.0], (4, 1))
    spans = np.array([[3.0, 60.0], [3.0, 20.0], [3.0, 60.0], [3.0, 0.0]])
    found = np.zeros(4, np.bool_)
    kernels.runs_back(body, clear, block, entries, ways_out, spans, found)
    assert found.tolist() == [True, False, False, False]
    generous = clear.copy()
    generous[:, 3:6] = 7.0  # blocks that lie at least that far from both
    again = np.zeros(4, np.bool_)
    kernels.runs_back(body, generous, block, entries, ways_out, spans, again)
    np.testing.assert_array_equal(found, again)
