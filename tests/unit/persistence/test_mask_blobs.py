"""Do masks take little room, and does everybody get the very array all the same?"""

from __future__ import annotations

import gc
import hashlib
import zlib

import numpy as np
import pytest

from planner.domain.errors import InputRefused
from planner.domain.identity import BlobRef
from planner.persistence.blobs import BlobStore

SHAPE = (40, 200, 210)


@pytest.fixture
def store(tmp_path):
    return BlobStore(tmp_path)


def organ(at=(10, 50, 60)) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    k, j, i = at
    mask[k : k + 9, j : j + 40, i : i + 30] = np.random.default_rng(5).random((9, 40, 30)) < 0.8
    return mask


def body() -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[:, 10:190, 5:205] = True
    return mask


def bytes_on_disk(folder) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


@pytest.mark.parametrize("mask", [organ(), body(), np.zeros(SHAPE, bool), np.ones(SHAPE, bool)])
def test_a_mask_comes_back_as_it_was_under_the_hash_of_the_whole_array(store, mask):
    ref = store.put(mask)
    by_hand = hashlib.sha256(f"bool{SHAPE}".encode() + mask.tobytes()).hexdigest()
    assert ref == BlobRef(by_hand, SHAPE, "bool")
    again = BlobStore(store.folder).get(ref)
    assert again.dtype == np.bool_
    assert np.array_equal(again, mask)
    assert not again.flags.writeable


def test_a_small_mask_takes_the_room_of_its_box(store):
    store.put(organ())
    assert bytes_on_disk(store.folder) < 9 * 40 * 30 + 1000


def test_what_is_in_use_exists_once_and_what_is_not_is_let_go(store):
    refs = [store.put(organ((at, 50, 60))) for at in range(3)]
    held = store.get(refs[0])
    assert store.get(refs[0]) is held
    store._built.clear()
    del held
    gc.collect()
    assert not store._in_use
    assert np.array_equal(store.get(refs[0]), organ((0, 50, 60)))


@pytest.mark.parametrize("mask", [organ(), body()])
def test_strokes_take_a_few_kilobytes_each(store, mask):
    previous = None
    for at in range(60):
        mask[at % 40, 100, at % 210] ^= True
        ref = store.put(mask)
        store.packed(ref)
        if previous is not None:
            store.shelve(previous)
        previous = ref
    # The last one is laid out whole or as its box; each of the others is bits, compressed.
    assert bytes_on_disk(store.folder) < mask.size + 60 * 8000
    assert np.array_equal(store.get(previous), mask)


def test_a_shelved_mask_is_laid_out_again_when_it_is_asked_for(store):
    ref = store.put(organ())
    store.packed(ref)
    held = store.get(ref)
    store.shelve(ref)
    assert [file.suffix for file in store.folder.iterdir()] == [".packed"]
    assert np.array_equal(held, organ())
    for reader in (store, BlobStore(store.folder)):
        assert reader.has(ref)
        assert np.array_equal(reader.get(ref), organ())


def test_a_mask_that_is_not_packed_is_never_shelved(store):
    ref = store.put(organ())
    store.shelve(ref)
    assert np.array_equal(store.get(ref), organ())


def test_the_packed_form_is_the_compressed_bits_of_the_whole_array(store):
    """As plan files have held it from the first."""
    ref = store.put(organ())
    bits = zlib.decompress(store.packed(ref))
    assert np.array_equal(np.unpackbits(np.frombuffer(bits, np.uint8)).astype(bool).reshape(SHAPE), organ())


def test_what_comes_packed_from_elsewhere_is_checked_when_it_is_asked_for(tmp_path):
    ref = BlobStore(tmp_path).put(organ())
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = BlobStore(other)
    elsewhere.keep_packed(ref, zlib.compress(np.packbits(organ()).tobytes()))
    assert np.array_equal(elsewhere.get(ref), organ())
    last = tmp_path / "last"
    last.mkdir()
    altered = BlobStore(last)
    altered.keep_packed(ref, zlib.compress(np.packbits(organ((11, 50, 60))).tobytes()))
    with pytest.raises(InputRefused, match="missing or altered"):
        altered.get(ref)


def test_another_shape_under_the_same_hash_is_refused(store):
    ref = store.put(organ())
    with pytest.raises(InputRefused):
        store.get(BlobRef(ref.sha256, (210, 200, 40), "bool"))
