"""Do eight lanes say what numpy says of the same eight numbers?"""

from __future__ import annotations

import numpy as np
from numba import njit

from planner.thermal.lanes import (
    bits_below,
    from_lane,
    fused,
    lane,
    least,
    load,
    most,
    of_bits,
    offset_by,
    pick,
    pointer,
    size,
    spread,
    store,
    word,
)
from planner.thermal.patterns import find_patterns
from planner.thermal.scene import _conductance


@njit
def everything(a, b, out):
    x, y = load(pointer(a), 3), load(pointer(b), 0)
    results = (x + y, x - y, x * y, x / y, -x, fused(x, y, x), least(x, y), most(x, y), size(x), pick(x, y, spread(7)))
    n = 0
    for result in results:
        store(offset_by(pointer(out), n), 0, result)
        n += 8
    store(pointer(out), n, from_lane(5))
    store(pointer(out), n + 8, of_bits(bits_below(x, y)))
    return lane(x, 6)


@njit
def labels_word(labels):
    return word(pointer(labels), 3)


def test_every_instruction_is_the_one_of_numpy():
    rng = np.random.default_rng(1)
    a, b = (rng.normal(0, 3, 16).astype(np.float32) for _ in range(2))
    out = np.zeros(96, np.float32)
    assert everything(a, b, out) == a[9]
    x, y = a[3:11], b[:8]
    wanted = [
        *(x + y, x - y, x * y, x / y, -x, x.astype(np.float64) * y + x, np.minimum(x, y), np.maximum(x, y), np.abs(x)),
        *(np.where(x > 0, y, 7), np.arange(8) >= 5, x < y),
    ]
    np.testing.assert_allclose(out.reshape(12, 8), wanted, rtol=2e-6, atol=2e-6)


def test_labels_are_read_as_one_integer_wherever_they_begin():
    labels = np.arange(20, dtype=np.uint8)
    assert labels_word(labels) == int.from_bytes(bytes(range(3, 11)), "little")


def test_patterns_give_back_what_they_were_made_of():
    """Random tissues, so that the table of patterns overflows and is laid out anew; each chunk finds its own again."""
    rng = np.random.default_rng(2)
    rows, width, depth = 20, 24, 40
    pad = rows * width + 8
    count = depth * rows * width + 2 * pad
    labels = np.zeros(count, np.uint8)
    labels[pad : pad + 10 * rows * width] = 1
    labels[pad + 20 * rows * width : count - pad] = rng.integers(0, 3, 20 * rows * width)
    faces, cells = rng.integers(1, 3, (3, count)).astype(np.float32), rng.integers(0, 2, (3, count)).astype(np.float32)
    faces[:, : pad + 20 * rows * width], cells[:, : pad + 20 * rows * width] = 1.5, 2.5
    codes, (patterns, numbers) = find_patterns(faces, cells, labels, (rows, width, pad), depth)
    assert 1024 < len(patterns) < depth * rows * width // 8
    for n in range(pad, count - pad, 8):
        here = slice(n, n + 8)
        wanted = []
        for axis, step in enumerate((1, width, rows * width)):
            for away, weights in ((step, faces[axis, here]), (-step, faces[axis, n - step : n - step + 8])):
                like = labels[here] == labels[n + away : n + away + 8]
                wanted.append(np.where(like, weights, -weights))
        assert patterns[numbers[n // 8]].tobytes() == np.concatenate([*wanted, *cells[:, here]]).tobytes()
        alike = len(set(labels[here])) == 1 and bool((np.array(wanted) > 0).all())
        assert codes[n // 8] == (labels[n] if alike else 256)


def test_an_alike_chunk_conducts_as_its_tissue():
    """The harmonic mean of a conductivity with itself is that conductivity: alike chunks take it from the table."""
    table = np.zeros((1, 11))
    table[0, 5] = 0.4873
    assert np.float32(_conductance(table, 0, 0)) == np.float32(0.4873)
