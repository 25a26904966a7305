"""Where does an array grow that is too large to hold twice? In the store's folder, mapped, until its content is known.

A draft is a ``.npy`` file under a name that no content has. Whoever fills it writes straight to the file; others may
map it meanwhile and see it grow. Once filled it is renamed to its content's address, or removed: nothing is copied.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import uuid
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.digest import array_hash
from planner.domain.identity import BlobRef, Sha256
from planner.persistence.blobs import cannot_take

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from planner.persistence.blobs import BlobStore

_PREFIX = "draft"


class Drafts:
    """The drafts of one piece of work: what is not kept when it ends, also by an error, is removed.

    Use as a context manager. A process that is killed leaves its drafts; :func:`drop_drafts_of` removes those.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._open: dict[Path, np.memmap[Any, Any]] = {}

    def __enter__(self) -> Drafts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for path in list(self._open):
            del self._open[path]
            with contextlib.suppress(
                OSError
            ):  # mapped elsewhere, on a system that holds such files; goes with the store
                path.unlink(missing_ok=True)

    def array(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return a new writable array of zeros, mapped; raises InputRefused when the folder cannot take it."""
        path = self._blobs.folder / f"{_PREFIX}-{os.getpid()}-{uuid.uuid4().hex}.npy"
        try:
            made = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
            _reserve(path)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise cannot_take(error) from error
        self._open[path] = made
        return made

    def path_of(self, array: NDArray[Any]) -> Path | None:
        """Return the file of an array that :meth:`array` made; ``None`` for any other."""
        return next((path for path, made in self._open.items() if np.may_share_memory(made, array)), None)

    def keep(self, array: NDArray[Any], *, sha256: Sha256 | None = None) -> BlobRef:
        """Put an array into the store and return its address: a draft by renaming it, any other as a copy.

        ``sha256`` is the array's own :func:`planner.domain.digest.array_hash` where that is known already.
        """
        path = self.path_of(array)
        if path is None or self._open[path].shape != array.shape:
            return self._blobs.put(array)
        address = array_hash(array) if sha256 is None else sha256
        ref = BlobRef(address, tuple(int(n) for n in array.shape), array.dtype.name)
        if not self._blobs.adopt(path, ref):
            return self._blobs.put(array)
        del self._open[path]
        return ref


def _reserve(path: Path) -> None:
    """Take the room on disk now: writing to a mapped file for which there is none ends the process, not the call."""
    size = path.stat().st_size
    if size > shutil.disk_usage(path.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if hasattr(os, "posix_fallocate"):
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, size)


def drop_drafts_of(process_id: int, blobs: BlobStore) -> None:
    """Remove what a process that has ended left unfinished."""
    with contextlib.suppress(FileNotFoundError):  # the store may be gone by now, with all that was in it
        for path in blobs.folder.glob(f"{_PREFIX}-{process_id}-*.npy"):
            path.unlink(missing_ok=True)
