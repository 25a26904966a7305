"""Do the compiled solver and the plain one, which share no line, freeze a body of seven materials alike?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.bench.prediction import Site, make_site, plain_prediction, plain_run
from planner.bench.surfaces import surface_error

if TYPE_CHECKING:
    from planner.bench.explicit import PlainRun

SECONDS = 20.0


@pytest.fixture(scope="module")
def site() -> Site:
    return make_site(2.0)


@pytest.fixture(scope="module")
def plain(site: Site) -> PlainRun:
    return plain_run(site, seconds=SECONDS)


def test_the_whole_field_agrees(site: Site, plain: PlainRun) -> None:
    ours_c = plain_prediction(site, seconds=SECONDS, quality="reference").temperature_c[-1]
    apart_k = ours_c - plain.temperature_c
    # A cell may be half a step earlier or later in its freezing range, where it passes several kelvin in a second.
    assert np.sqrt((apart_k**2).mean()) < 0.03
    assert np.percentile(np.abs(apart_k), 99.9) < 0.2


@pytest.mark.parametrize("level_c", [0.0, -20.0])
def test_ice_has_the_same_radius_in_steps_of_a_plan(site: Site, plain: PlainRun, level_c: float) -> None:
    ours_c = plain_prediction(site, seconds=SECONDS).temperature_c[-1]
    grid = site.body.grid
    error = surface_error(ours_c, grid, level_c, reference_c=plain.temperature_c, reference_grid=grid)
    assert abs(error.radius_mm) < 0.1
