"""Where do arrays live? In a private folder, one file per content hash, memory-mapped by each process."""

from __future__ import annotations

import os
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from planner.domain.digest import array_hash
from planner.domain.errors import InputRefused
from planner.domain.identity import BlobRef
from planner.persistence import abandoned

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_PREFIX = "frostline-"


class BlobStore:
    """Content-addressed arrays on disk, shared between the program and its child processes.

    The owner creates the folder with :meth:`temporary` and removes it with :meth:`close`; children attach by path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._owner: int | None = None

    @classmethod
    def temporary(cls) -> BlobStore:
        """Create a store in a new folder that only this user can read; those of killed programs are removed first."""
        abandoned.sweep(Path(tempfile.gettempdir()), prefix=_PREFIX)
        store = cls(Path(tempfile.mkdtemp(prefix=_PREFIX)))
        store._owner = abandoned.hold(store.folder)
        return store

    def put(self, array: NDArray[Any]) -> BlobRef:
        """Keep an array and return its address; the same content is kept once."""
        ref = BlobRef(array_hash(array), tuple(int(n) for n in array.shape), array.dtype.name)
        path = self._path(ref)
        if not path.exists():
            plain = np.ascontiguousarray(array)
            self._write(path, lambda file: np.lib.format.write_array(file, plain, allow_pickle=False))
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
        """Return the array read-only, mapped from disk; raise InputRefused when it is not there or not as described."""
        try:
            array: NDArray[Any] = np.load(self._path(ref), mmap_mode="r", allow_pickle=False)
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
        return array

    def packed(self, ref: BlobRef) -> bytes:
        """Return the array compressed for a plan file; made once and kept beside the array.

        Whoever makes a mask packs it, in the child where it is made: the window only copies bytes.
        """
        kept = self._path(ref).with_suffix(".packed")
        if not kept.exists():
            array = self.get(ref)
            raw = np.packbits(array) if array.dtype == np.bool_ else np.ascontiguousarray(array)
            self._write(kept, lambda file: file.write(zlib.compress(raw.tobytes(), 1)))
        return kept.read_bytes()

    def keep_note(self, name: str, data: bytes) -> None:
        """Keep a small file beside the arrays, such as what a prediction consists of; read it with :meth:`note`."""
        self._write(self.folder / name, lambda file: file.write(data))

    def note(self, name: str) -> bytes | None:
        """Return a small file kept beside the arrays; None when there is none of that name."""
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def has(self, ref: BlobRef) -> bool:
        """Whether the array is in the store."""
        return self._path(ref).exists()

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

    def _path(self, ref: BlobRef) -> Path:
        if len(ref.sha256) != 64 or not set(ref.sha256) <= set("0123456789abcdef"):
            raise InputRefused("A blob address is not a sha256.", code="blob-address")
        return self.folder / f"{ref.sha256}.npy"


def cannot_take(error: OSError) -> InputRefused:
    """Say that the disk takes no more."""
    return InputRefused(
        f"The temporary folder cannot take an image or mask ({error.strerror}). Free the disk, then try again.",
        code="blob-io",
    )
