"""Each synthetic patient, built once for all tests of a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.domain.progress import silent
from planner.phantoms.catalogue import build

if TYPE_CHECKING:
    from planner.phantoms.phantom import Phantom


@pytest.fixture(scope="session")
def neck() -> Phantom:
    return build("neck", progress=silent)


@pytest.fixture(scope="session")
def chest() -> Phantom:
    return build("chest-wall", progress=silent)
