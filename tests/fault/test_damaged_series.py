"""Does damage in one to five of thirty slices ever change a volume unseen? Against the anatomy it was made from (H-39).

Each series is made from seed and number, so a failure can be made again. 10 000 by ``frostline bench gate``.
"""

from __future__ import annotations

import pytest

from planner.bench.faults.fuzzing import fuzz_series

SERIES, BATCHES = 500, 5


@pytest.mark.parametrize("batch", range(BATCHES))
def test_H_39_damaged_slices_are_refused_or_harmless(batch, tmp_path) -> None:
    found = fuzz_series(SERIES // BATCHES, seed=1 + batch, folder=tmp_path)
    assert found.faults == []
    assert found.series == SERIES // BATCHES
    assert sum(found.refused.values()) > found.series / 3
    assert found.accepted > 0
