"""Is the error of reading between stored frames the one a parabola has?"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from planner.thermal.frame_error import SAMPLE, FrameError
from planner.thermal.properties import Materials


class Falling:
    """A body of 1 mm cells whose every temperature is that of the moment."""

    def __init__(self, shape=(50, 50, 50)):
        row = [-1000.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]  # frozen at -1000: T = -1000 + u, as below
        index = np.zeros(shape, np.uint8)
        index[:2] = 1
        materials = Materials(("gel", "blood"), np.array([row, row]), np.array([np.nan, 37.0]), 37.0, 1e-3)
        self.scene = SimpleNamespace(shape=shape, index=index, materials=materials)
        self.t_c = 0.0

    def enthalpy_u_at(self, cells):
        return np.full(len(cells), self.t_c + 1000.0)


def noted(course, times_s, cells=(62525,)):
    body = Falling()
    error = FrameError(body, SimpleNamespace(cells=np.array(cells, dtype=np.int64)))
    for time_s in times_s:
        body.t_c = course(time_s)
        error.note(time_s)
    return error


def test_a_parabola_deviates_by_the_square_of_half_the_interval():
    # T = -t²: on the chord from a to b the middle is off by ((b - a) / 2)².
    error = noted(lambda t: -(t**2), [0.0, 1.0, 2.0, 3.0, 4.0])
    assert error.errors_c([0.0, 2.0, 4.0])[0] == pytest.approx(1.0, abs=1e-3)
    assert error.errors_c([0.0, 4.0])[0] == pytest.approx(4.0, abs=1e-3)


def test_without_a_step_in_between_the_curvature_tells():
    error = noted(lambda t: -(t**2), [0.0, 1.0, 2.0, 3.0, 4.0])
    assert error.errors_c([0.0, 1.0, 2.0, 3.0, 4.0])[0] == pytest.approx(0.25, abs=1e-3)


def test_what_99_percent_keep_is_less_than_the_worst():
    error = noted(lambda t: -30.0 if t == 101.0 else -1.0, np.arange(203.0))
    worst_c, usual_c = error.errors_c(np.arange(0.0, 203.0, 2.0))
    assert worst_c == pytest.approx(29.0)
    assert usual_c < 1.0


def test_only_moments_near_the_isotherms_count():
    assert noted(lambda t: 30.0 - t**2, [0.0, 1.0, 2.0]).errors_c([0.0, 2.0]) is None
    assert noted(lambda t: -90.0 - t**2, [0.0, 1.0, 2.0]).errors_c([0.0, 2.0]) is None


def test_cells_are_near_the_probe_neither_in_it_nor_held_and_the_same_every_time():
    first, second = noted(lambda t: t, [0.0]), noted(lambda t: t, [0.0])
    assert (first._cells == second._cells).all()
    assert len(first._cells) == SAMPLE
    assert 62525 not in first._cells
    k, j, i = np.unravel_index(first._cells, (50, 50, 50))
    assert k.min() >= 5
    assert max(np.abs(k - 25).max(), j.max(), np.abs(i - 25).max()) <= 20


def test_without_probes_nothing_is_said():
    assert noted(lambda t: -t, [0.0, 1.0, 2.0], cells=()).errors_c([0.0, 2.0]) is None
