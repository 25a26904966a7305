"""Does an array that grows on disk end up in the store under its content's address, or nowhere?"""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.errors import InputRefused
from planner.persistence.blobs import BlobStore
from planner.persistence.drafts import Drafts, drop_drafts_of

SHAPE = (3, 4, 5)


@pytest.fixture
def store(tmp_path) -> BlobStore:
    return BlobStore(tmp_path)


def _values() -> np.ndarray:
    return np.arange(60, dtype=np.int16).reshape(SHAPE)


def test_a_draft_is_renamed_not_copied(store, tmp_path) -> None:
    with Drafts(store) as drafts:
        array = drafts.array(SHAPE, np.dtype(np.int16))
        assert not array.any()
        array[:] = _values()
        (draft,) = tmp_path.iterdir()
        file_number = draft.stat().st_ino
        ref = drafts.keep(array)
    assert ref == store.put(_values())
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_ino == file_number
    np.testing.assert_array_equal(store.get(ref), _values())


def test_who_maps_a_draft_sees_it_grow_and_keeps_it_after_it_was_renamed(store) -> None:
    with Drafts(store) as drafts:
        array = drafts.array(SHAPE, np.dtype(np.int16))
        shown = np.load(drafts.path_of(array), mmap_mode="r")
        array[1] = 7
        assert (shown[1] == 7).all()
        drafts.keep(array, sha256=array_hash(array))
        array[2] = 9
    assert (shown[2] == 9).all()


def _work(store, *, fails: bool) -> None:
    with Drafts(store) as drafts:
        drafts.array(SHAPE, np.dtype(np.float32))
        drafts.array(SHAPE, np.dtype(bool))
        if fails:
            raise RuntimeError("stopped")


def test_what_is_not_kept_is_removed(store, tmp_path) -> None:
    _work(store, fails=False)
    with pytest.raises(RuntimeError):
        _work(store, fails=True)
    assert not list(tmp_path.iterdir())


def test_an_array_that_is_no_draft_is_put_as_a_copy(store) -> None:
    with Drafts(store) as drafts:
        draft = drafts.array((4, 4, 5), np.dtype(np.int16))
        assert drafts.path_of(_values()) is None
        ref = drafts.keep(_values())
        part = drafts.keep(draft[:3])
    np.testing.assert_array_equal(store.get(ref), _values())
    assert store.get(part).shape == SHAPE


def test_content_that_is_there_already_is_kept_once(store, tmp_path) -> None:
    ref = store.put(_values())
    shown = store.get(ref)
    with Drafts(store) as drafts:
        array = drafts.array(SHAPE, np.dtype(np.int16))
        array[:] = _values()
        assert drafts.keep(array) == ref
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(shown, _values())


def test_a_full_disk_is_a_sentence_and_leaves_nothing(store, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 100, 0))
    with Drafts(store) as drafts, pytest.raises(InputRefused) as refusal:
        drafts.array(SHAPE, np.dtype(np.int16))
    assert refusal.value.code == "blob-io"
    assert not list(tmp_path.iterdir())


def test_drafts_of_a_process_that_was_killed_can_be_removed(store, tmp_path) -> None:
    ref = store.put(_values())
    (tmp_path / "draft-4711-abc.npy").write_bytes(b"")
    (tmp_path / "draft-47-abc.npy").write_bytes(b"")
    drop_drafts_of(4711, store)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"{ref.sha256}.npy", "draft-47-abc.npy"])
