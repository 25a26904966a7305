"""How does a part of an array travel to where no disk is shared? Alone, under its own content's hash, zeros around it.

What computes with a CT and its masks reads them near the ice only. Who receives a part lays it out at its place in an
array of the whole shape, so that every index and every rounding stays what it was. The file has holes where nothing was
sent: it takes no more disk than the part.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused
from planner.domain.identity import BlobRef, Sha256
from planner.persistence import codec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.persistence.blobs import BlobStore

DTYPES = ("bool", "int16", "float32")
MOST_BYTES = 4 * 2**30
Window = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True)
class _Head:
    """What is told of an array: its shape, first and end voxel of the part, and one voxel of True beyond it."""

    shape: tuple[int, int, int]
    dtype: str
    first: tuple[int, int, int]
    end: tuple[int, int, int]
    beyond: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        spans = zip(self.first, self.end, self.shape, strict=True)
        is_inside = all(0 <= first <= end <= size for first, end, size in spans)
        if self.beyond is not None:
            is_inside &= all(0 <= at < size for at, size in zip(self.beyond, self.shape, strict=True))
        if self.dtype not in DTYPES or not is_inside or self.whole_bytes > MOST_BYTES:
            raise InputRefused("A part of an image or mask does not fit the array that it is of.", code="blob-part")

    @property
    def window(self) -> Window:
        k, j, i = (slice(first, end) for first, end in zip(self.first, self.end, strict=True))
        return k, j, i

    @property
    def part_shape(self) -> tuple[int, int, int]:
        k, j, i = (end - first for first, end in zip(self.first, self.end, strict=True))
        return k, j, i

    @property
    def whole_bytes(self) -> int:
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    @property
    def part_bytes(self) -> int:
        count = math.prod(self.part_shape)
        return (count + 7) // 8 if self.dtype == "bool" else count * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class BlobPart:
    """A part of an array ready to travel; ``ref`` is what it is asked for by where it arrives."""

    ref: BlobRef
    message: bytes


def part_of(array: NDArray[Any], window: Window) -> BlobPart:
    """Cut a part out of an array of bool, int16 or float32, shape (K, J, I).

    A mask that has something, but nothing in the part, keeps one voxel beyond it: that it is not empty stays known.
    """
    part = np.ascontiguousarray(array[window])
    beyond = None
    if array.dtype == np.bool_ and not part.any() and array.any():
        k, j, i = (int(at) for at in np.unravel_index(int(array.argmax()), array.shape))
        beyond = (k, j, i)
    k0, j0, i0 = (int(span.start) for span in window)
    k1, j1, i1 = (start + size for start, size in zip((k0, j0, i0), part.shape, strict=True))
    head = _Head(_three(array.shape), array.dtype.name, (k0, j0, i0), (k1, j1, i1), beyond)
    raw = np.packbits(part) if part.dtype == np.bool_ else part.astype(part.dtype.newbyteorder("<"), copy=False)
    return _sealed(head, raw.tobytes())


def lay_out(store: BlobStore, message: bytes) -> BlobRef:
    """Put a part that arrived into a store as the whole array that it is of; returns what it is asked for by.

    Raises
    ------
    InputRefused
        When the message is no such part, or not what its hash says.
    """
    seal, _, rest = message.partition(b"\n")
    line, _, packed = rest.partition(b"\n")
    head = codec.decode(line, _Head, where="part")
    raw = _unpacked(packed, head.part_bytes)
    ref = BlobRef(_hash(line, raw), head.shape, head.dtype)
    if seal.decode("ascii", "replace") != ref.sha256:
        raise _altered()
    if store.has(ref):
        return ref
    draft = store.folder / f"{uuid4().hex}.part"
    try:
        whole = np.lib.format.open_memmap(draft, mode="w+", dtype=np.dtype(head.dtype), shape=head.shape)
        whole[head.window] = _array(head, raw)
        if head.beyond is not None:
            whole[head.beyond] = True
        whole.flush()
        del whole
        store.adopt(draft, ref)
    finally:
        draft.unlink(missing_ok=True)
    return ref


def _sealed(head: _Head, raw: bytes) -> BlobPart:
    line = canonical_json(head)
    ref = BlobRef(_hash(line, raw), head.shape, head.dtype)
    return BlobPart(ref, b"\n".join((ref.sha256.encode(), line, zlib.compress(raw, 1))))


def _hash(line: bytes, raw: bytes) -> Sha256:
    digest = hashlib.sha256(line)
    digest.update(b"\n")
    digest.update(raw)
    return Sha256(digest.hexdigest())


def _unpacked(packed: bytes, size: int) -> bytes:
    try:
        raw = zlib.decompressobj().decompress(packed, size + 1)
    except zlib.error as error:
        raise _altered() from error
    if len(raw) != size:
        raise _altered()
    return raw


def _array(head: _Head, raw: bytes) -> NDArray[Any]:
    if head.dtype != "bool":
        return np.frombuffer(raw, np.dtype(head.dtype).newbyteorder("<")).reshape(head.part_shape)
    count = math.prod(head.part_shape)
    return np.unpackbits(np.frombuffer(raw, np.uint8), count=count).view(np.bool_).reshape(head.part_shape)


def _three(shape: tuple[int, ...]) -> tuple[int, int, int]:
    k, j, i = (int(n) for n in shape)
    return k, j, i


def _altered() -> InputRefused:
    return InputRefused("A part of an image or mask arrived altered.", code="blob-part")
