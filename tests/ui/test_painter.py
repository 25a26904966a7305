"""Does the painter leave out only what nobody can see?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.ui.slices.painter import thinned, visible_parts

pytestmark = pytest.mark.ui


def circle(radius_px: float, count: int) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, count)
    return 200 + radius_px * np.column_stack([np.cos(turn), np.sin(turn)])


@pytest.mark.parametrize(("radius_px", "count"), [(100.0, 3000), (10.0, 500), (1.0, 200)])
def test_a_thinned_curve_stays_within_a_tenth_of_a_pixel_and_keeps_its_ends(radius_px: float, count: int) -> None:
    line = circle(radius_px, count)
    kept = thinned(line)
    assert len(kept) < count / 2
    assert (kept[0] == line[0]).all()
    assert (kept[-1] == line[-1]).all()
    middles = (kept[1:] + kept[:-1]) / 2
    assert np.hypot(*(middles - 200).T) == pytest.approx(radius_px, abs=0.1)


def test_a_line_with_room_between_its_points_is_left_alone() -> None:
    line = circle(300.0, 500)
    assert thinned(line) is line
    short = circle(1.0, 20)
    assert thinned(short) is short


def test_what_is_out_of_view_is_left_out_and_what_is_in_view_stays() -> None:
    line = np.column_stack([np.linspace(-500, 1500, 201), np.full(201, 50.0)])
    parts = visible_parts(line, np.array([416.0, 316.0]))
    assert len(parts) == 1
    assert parts[0][:, 0].min() <= 0
    assert parts[0][:, 0].max() >= 400
    assert len(parts[0]) < 60
    assert visible_parts(np.add(line, (0, 1000)), np.array([416.0, 316.0])) == []
