"""Does a prediction come through the store as it went in, and how much room does it take?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.digest import canonical_json
from planner.domain.geometry import isotropic_box
from planner.domain.identity import Sha256
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.temperature import TemperatureHistory
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.services.shared import SharedResult


@pytest.fixture
def blobs():
    store = BlobStore.temporary()
    yield store
    store.close()


@pytest.mark.parametrize("deepest_c", [37.0, -60.0])
def test_a_prediction_survives_store_and_json(blobs, deepest_c):
    grid = isotropic_box((0, 0, 0), extent_mm=(20, 24, 28), spacing_mm=1)
    frames = np.full((9, *grid.shape_kji), 37.0, np.float32)
    frames[1:, 5:12, 6:10, 7:9] = np.linspace(37.0, deepest_c, 8)[:, None, None, None]
    record = SolverRecord(
        "1", "test", 9, 3, 0.1, 0.2, reaches_boundary=False, temporal_error_c=0.4, findings=("P1 touches bone.",)
    )
    result = SimulationResult(
        Sha256("a" * 64),
        grid,
        TemperatureHistory.of(np.arange(9) * 15.0, frames),
        frames.min(axis=0),
        np.zeros(grid.shape_kji, np.uint8),
        ("muscle",),
        record,
    )
    text = canonical_json(SharedResult.of(result, blobs))
    back = codec.decode(text, SharedResult, where="note").open(blobs)
    assert back.record == record
    assert np.array_equal(back.times_s, result.times_s)
    for number in range(9):
        assert np.array_equal(back.frame_c(number), result.frame_c(number))
    assert np.array_equal(back.at_time_c(52.0), result.at_time_c(52.0))
    assert np.array_equal(back.minimum_c, result.minimum_c)
