"""Where do arrays live? In a private folder, one file per content hash, memory-mapped by each process.

A mask of which less than half is near anything is kept as the box around its True voxels; its address is still the hash
of the whole array, and whoever gets it gets the whole array. A mask that only undo comes back to is kept compressed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from weakref import WeakValueDictionary

import numpy as np

from planner.domain.bit_packing import Box, box_around
from planner.domain.digest import array_hash
from planner.domain.errors import InputRefused
from planner.domain.identity import BlobRef
from planner.persistence import abandoned

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_MAX_BLOB_BYTES = 4 * 2**30
# A file-mapped array costs no memory of its own and is shared by all processes; a box must save more than that.
_BOX_SHARE = 0.5
_MOST_BUILT_BYTES = 192 * 2**20


class BlobStore:
    """Content-addressed arrays on disk, shared between the program and its child processes.

    The owner creates the folder with :meth:`temporary` and removes it with :meth:`close`; children attach by path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._owner: int | None = None
        self._lock = threading.Lock()
        self._in_use: WeakValueDictionary[str, NDArray[Any]] = WeakValueDictionary()
        self._built: OrderedDict[str, tuple[NDArray[Any], int]] = OrderedDict()
        self._own: set[str] = set()

    @classmethod
    def temporary(cls) -> BlobStore:
        """Create a store in a new folder that only this user can read; those of killed programs are removed first."""
        abandoned.sweep(Path(tempfile.gettempdir()), prefix=abandoned.PREFIX)
        store = cls(Path(tempfile.mkdtemp(prefix=abandoned.PREFIX)))
        store._owner = abandoned.hold(store.folder)
        return store

    def put(self, array: NDArray[Any]) -> BlobRef:
        """Keep an array and return its address; the same content is kept once."""
        ref = BlobRef(array_hash(array), tuple(int(n) for n in array.shape), array.dtype.name)
        self._own.add(ref.sha256)
        if not self._is_laid_out(ref):
            self._lay_out(ref, np.ascontiguousarray(array))
        return ref

    def adopt(self, path: Path, ref: BlobRef) -> bool:
        """Take a finished array file in the store's folder as the content of ``ref`` by renaming it.

        Returns whether that went: a system may hold a file that is mapped.
        """
        try:
            path.replace(self._path(ref))
        except PermissionError:
            return False
        except OSError as error:
            raise cannot_take(error) from error
        return True

    def get(self, ref: BlobRef) -> NDArray[Any]:
        """Return the array read-only; raise InputRefused when it is not there or not as described.

        A whole array is mapped from disk. One kept as a box is built, as zeros that take no memory until they are
        touched; the last few built are kept, and each exists once while anybody holds it.
        """
        try:
            if not self._is_laid_out(ref):
                self._unshelve(ref)
            array = self._opened(ref)
        except (OSError, ValueError) as error:
            raise InputRefused(
                "An image or mask of this plan is missing from its store.", code="blob-missing"
            ) from error
        if array.shape != ref.shape or array.dtype.name != ref.dtype:
            raise InputRefused(
                f"A stored array is {array.dtype.name} {array.shape} but {ref.dtype} {ref.shape} was expected.",
                code="blob-mismatch",
            )
        return array

    def take(self, ref: BlobRef) -> NDArray[Any]:
        """Return a copy of the array in memory and remove it from the store: for what is shown once."""
        array: NDArray[Any] = np.array(self.get(ref))
        self._path(ref).unlink(missing_ok=True)
        self._box_path(ref).unlink(missing_ok=True)
        return array

    def packed(self, ref: BlobRef) -> bytes:
        """Return the array compressed for a plan file; made once and kept beside the array.

        Whoever makes a mask packs it, in the child where it is made: the window only copies bytes.
        """
        kept = self._packed_path(ref)
        if not kept.exists():
            array = self.get(ref)
            raw = np.packbits(array) if array.dtype == np.bool_ else np.ascontiguousarray(array)
            # Long runs of zeros become a quarter of the bytes for a few hundredths of a second.
            level = 6 if self._box_path(ref).exists() else 1
            self._write(kept, lambda file: file.write(zlib.compress(raw.tobytes(), level)))
        return kept.read_bytes()

    def keep_packed(self, ref: BlobRef, data: bytes) -> None:
        """Keep an array as a plan file has it; it is unpacked and compared with its address when it is asked for."""
        if not self.has(ref):
            self._write(self._packed_path(ref), lambda file: file.write(data))

    def shelve(self, ref: BlobRef) -> None:
        """Keep an array only compressed, if it is: for a mask that has left the plan and that undo may come back to."""
        if not self._packed_path(ref).exists():
            return
        with self._lock:
            self._built.pop(ref.sha256, None)
        for path in (self._path(ref), self._box_path(ref)):
            try:
                path.unlink(missing_ok=True)
            except PermissionError:  # a system may hold a file that is mapped; it goes with the store
                continue

    def keep_note(self, name: str, data: bytes) -> None:
        """Keep a small file beside the arrays, such as what a prediction consists of; read it with :meth:`note`."""
        self._write(self.folder / name, lambda file: file.write(data))

    def note(self, name: str) -> bytes | None:
        """Return a small file kept beside the arrays; None when there is none of that name."""
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def has(self, ref: BlobRef) -> bool:
        """Whether the array is in the store."""
        return any(path.exists() for path in (self._path(ref), self._box_path(ref), self._packed_path(ref)))

    def close(self) -> None:
        """Remove the folder with everything in it."""
        if self._owner is not None:
            os.close(self._owner)
            self._owner = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, path: Path, fill: Callable[[BinaryIO], object]) -> None:
        """Write a file whole or not at all."""
        try:
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    fill(file)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise cannot_take(error) from error

    def _is_laid_out(self, ref: BlobRef) -> bool:
        """Whether the array is there as it is, or as a box."""
        return self._path(ref).exists() or self._box_path(ref).exists()

    def _lay_out(self, ref: BlobRef, array: NDArray[Any]) -> None:
        """Write an array as it is, or as the box around what is True where that is clearly less."""
        box = box_around(array) if array.dtype == np.bool_ and array.ndim == 3 else None
        if box is not None and box.cells < _BOX_SHARE * array.size:
            self._write(self._box_path(ref), lambda file: _write_box(file, array, box))
        else:
            self._write(self._path(ref), lambda file: np.lib.format.write_array(file, array, allow_pickle=False))

    def _unshelve(self, ref: BlobRef) -> None:
        """Lay out what is kept packed; what did not come out of this store's own hands must have its address's hash."""
        array = unpacked(self._packed_path(ref).read_bytes(), ref)
        if array is None or (ref.sha256 not in self._own and array_hash(array) != ref.sha256):
            raise InputRefused("A structure in this plan is missing or altered.", code="plan-blob")
        self._own.add(ref.sha256)
        self._lay_out(ref, array)

    def _opened(self, ref: BlobRef) -> NDArray[Any]:
        """Return what is laid out: mapped, or built from its box and kept for a while."""
        if self._path(ref).exists():
            array: NDArray[Any] = np.load(self._path(ref), mmap_mode="r", allow_pickle=False)
            return array
        with self._lock:
            known = self._in_use.get(ref.sha256)
            if known is not None:
                return known
            array, size = _read_box(self._box_path(ref))
            self._in_use[ref.sha256] = array
            self._built[ref.sha256] = (array, size)
            while len(self._built) > 1 and sum(kept for _, kept in self._built.values()) > _MOST_BUILT_BYTES:
                self._built.popitem(last=False)
            return array

    def _path(self, ref: BlobRef) -> Path:
        if len(ref.sha256) != 64 or not set(ref.sha256) <= set("0123456789abcdef"):
            raise InputRefused("A blob address is not a sha256.", code="blob-address")
        return self.folder / f"{ref.sha256}.npy"

    def _box_path(self, ref: BlobRef) -> Path:
        return self._path(ref).with_suffix(".box")

    def _packed_path(self, ref: BlobRef) -> Path:
        return self._path(ref).with_suffix(".packed")


def unpacked(data: bytes, ref: BlobRef) -> NDArray[Any] | None:
    """Return the array that :meth:`BlobStore.packed` made these bytes of; None when they are not of such an array."""
    count = int(np.prod(ref.shape, dtype=object))
    size = (count + 7) // 8 if ref.dtype == "bool" else count * np.dtype(ref.dtype).itemsize
    if size > _MAX_BLOB_BYTES:
        return None
    try:
        raw = zlib.decompressobj().decompress(data, size + 1)
    except zlib.error:
        return None
    if len(raw) != size:
        return None
    if ref.dtype == "bool":
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=count).view(np.bool_).reshape(ref.shape)
    return np.frombuffer(raw, np.dtype(ref.dtype)).reshape(ref.shape)


def _write_box(file: BinaryIO, array: NDArray[np.bool_], box: Box) -> None:
    """Write the shape and where the box lies in it, then what is in the box."""
    np.lib.format.write_array(file, np.array([*array.shape, *box], dtype=np.int64), allow_pickle=False)
    np.lib.format.write_array(file, np.ascontiguousarray(array[box.slices]), allow_pickle=False)


def _read_box(path: Path) -> tuple[NDArray[np.bool_], int]:
    """Return the whole array, read-only, and how many bytes of it are touched."""
    with path.open("rb") as file:
        place = [int(n) for n in np.lib.format.read_array(file, allow_pickle=False)]
        inside = np.lib.format.read_array(file, allow_pickle=False)
    array = np.zeros(place[:3], dtype=np.bool_)
    array[Box(*place[3:]).slices] = inside
    array.flags.writeable = False
    return array, inside.nbytes


def cannot_take(error: OSError) -> InputRefused:
    """Say that the disk takes no more."""
    return InputRefused(
        f"The temporary folder cannot take an image or mask ({error.strerror}). Free the disk, then try again.",
        code="blob-io",
    )
