"""Does an array that is shown once leave the store with whoever shows it?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import InputRefused
from planner.persistence.blobs import BlobStore


def test_what_is_taken_is_gone_and_can_be_put_again(tmp_path):
    store = BlobStore(tmp_path)
    field = np.linspace(-40, 37, 24, dtype=np.float32).reshape(2, 3, 4)
    ref = store.put(field)
    taken = store.take(ref)
    assert np.array_equal(taken, field)
    assert taken.flags.owndata
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputRefused):
        store.take(ref)
    assert store.put(field) == ref
    assert np.array_equal(store.take(ref), field)


def test_a_value_of_another_shape_is_refused_and_kept(tmp_path):
    store = BlobStore(tmp_path)
    ref = store.put(np.zeros(3, np.float32))
    wrong = type(ref)(ref.sha256, (4,), ref.dtype)
    with pytest.raises(InputRefused):
        store.take(wrong)
    assert store.has(ref)
