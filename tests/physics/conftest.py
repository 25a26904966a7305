"""One thread: most of these cases are one plane of cells, for which a second would only be woken and sent away."""

from __future__ import annotations

import numba
import pytest


@pytest.fixture(autouse=True)
def _one_thread():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)
