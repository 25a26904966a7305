"""Each synthetic patient, built once: tests that share one carry its xdist group, so no second worker builds it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.domain.progress import silent
from planner.phantoms import chest_wall
from planner.phantoms.catalogue import build

if TYPE_CHECKING:
    from planner.phantoms.phantom import Phantom


@pytest.fixture(scope="session")
def neck() -> Phantom:
    return build("neck", progress=silent)


@pytest.fixture(scope="session")
def chest() -> Phantom:
    """The chest up to 26 mm above the eighth vertebra: all that the tests look at, in two thirds of the time."""
    whole = chest_wall.grid()
    lower = whole.cropped((0, 0, 0), (80, *whole.shape_kji[1:]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chest_wall, "grid", lambda: lower)
        return build("chest-wall", progress=silent)
