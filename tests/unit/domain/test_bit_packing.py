"""Does a packed difference turn one array into the other, whatever its size, sign and place?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from planner.domain.bit_packing import NOWHERE, add_packed, pack_difference

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 40))
WHOLE = st.integers(-(2**15), 2**15 - 1)


def unpacked(before, packed, box):
    return add_packed(before.copy(), np.frombuffer(packed, np.uint8), box)


@given(SHAPES, st.sampled_from((0, 1, 2, 7, 100, 2**15 - 1)), st.data())
@settings(deadline=None, max_examples=80)
def test_after_is_before_and_the_difference(shape, largest, data):
    before = data.draw(arrays.arrays(np.int16, shape, elements=WHOLE, fill=st.just(3700)))
    change = data.draw(arrays.arrays(np.int16, shape, elements=st.integers(-largest, largest), fill=st.just(0)))
    after = before + change  # modulo 2¹⁶
    packed, box = pack_difference(before, after)
    assert np.array_equal(unpacked(before, packed, box), after)


@pytest.mark.parametrize(("largest", "bits"), [(0, 0), (1, 2), (7, 4), (-8, 4), (127, 8), (-128, 8), (128, 16)])
def test_sixteen_numbers_take_as_many_bits_as_the_largest_needs(largest, bits):
    before = np.zeros((1, 4, 64), np.int16)
    after = before.copy()
    after[..., ::16] = largest  # one in every group of 16, also the first and, alone, the last
    after[0, -1, -1] = largest
    packed, box = pack_difference(before, after)
    assert (box == NOWHERE) == (largest == 0)
    assert len(packed) == (0 if largest == 0 else 16 // 2 + 16 * 16 * bits // 8)


def test_one_bit_suffices_for_steps_of_one_sign():
    before = np.zeros((1, 1, 32), np.int16)
    packed, _ = pack_difference(before, before - 1)  # −1 is folded to 1
    assert len(packed) == 1 + 2 * 2


def test_only_the_box_that_changed_is_kept():
    before = np.full((9, 8, 7), 3700, np.int16)
    after = before.copy()
    after[3:6, 2, 4:6] = -2000
    packed, box = pack_difference(before, after)
    assert box == (3, 2, 4, 3, 1, 2)
    assert np.array_equal(unpacked(before, packed, box), after)
    assert pack_difference(before, before) == (b"", NOWHERE)


@pytest.mark.parametrize("harm", ["shorter", "longer", "width unknown", "empty"])
def test_bytes_of_another_box_are_refused(harm):
    before = np.zeros((4, 4, 8), np.int16)
    packed, box = pack_difference(before, before + 5)
    broken = {
        "shorter": packed[:-1],
        "longer": packed + b"\x00",
        "width unknown": b"\xff" + packed[1:],
        "empty": b"",
    }[harm]
    with pytest.raises(ValueError, match="bytes"):
        add_packed(before, np.frombuffer(broken, np.uint8), box)
