"""How is temperature over time kept small? Whole hundredths of a degree, as changes from frame to frame, compressed.

A stored value differs from the computed one by at most half a hundredth of a degree (and float32's own rounding, below
0.00002 °C). Nothing else is lost. Frame 0 is kept whole; every fourth frame is kept as its difference from frame 0, the
others as their difference from the frame before, each in the smallest box of cells that changed: so any frame is at
most four differences away, and tissue that rests costs nothing.
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import ArrayLike, NDArray

STEP_C = 0.01
"""Distance of two temperatures that can be told apart."""
LARGEST_C = 300.0
"""Temperatures beyond ± this are refused; int16 would end at 327.67 °C."""

_PER_C = np.float32(100.0)
_KEY_EVERY = 4  # 8 would save a twelfth of the room and take two thirds longer to look up
_LEVEL = 1  # zlib's fastest: level 6 saves a twentieth and takes three times as long
_MOST_WAITING = 4  # frames in memory that are not compressed yet
_COLUMNS = 8  # of the index: first byte, bytes, lower corner (k, j, i), size (k, j, i)


@dataclass(frozen=True, slots=True, eq=False)
class TemperatureHistory:
    """Temperature on a grid at some times; make one with :class:`HistoryBuilder` or :meth:`of`.

    Parameters
    ----------
    times_s
        shape (N,), float64, increasing, N at least 1.
    start_counts
        shape (K, J, I), int16, hundredths of °C: frame 0.
    index
        shape (N - 1, 8), int64: where in ``packed`` the difference of each later frame lies, and its box.
    packed
        shape (M,), uint8: the differences, each compressed by itself.
    """

    times_s: NDArray[np.float64]
    start_counts: NDArray[np.int16]
    index: NDArray[np.int64]
    packed: NDArray[np.uint8]

    def __post_init__(self) -> None:
        _require_times(self.times_s)
        count = len(self.times_s)
        if self.start_counts.ndim != 3 or self.start_counts.dtype != np.int16:
            raise _damaged(f"its first frame is {self.start_counts.dtype.name} {self.start_counts.shape}")
        if self.index.shape != (count - 1, _COLUMNS):
            raise _damaged(f"its index is {self.index.shape} for {count} times")
        if count == 1:
            return
        ends = self.index[:, 0] + self.index[:, 1]
        if self.index.min() < 0 or ends[-1] != len(self.packed) or (self.index[1:, 0] != ends[:-1]).any():
            raise _damaged(f"its index ends at byte {ends[-1]} of {len(self.packed)}")
        if (self.index[:, 2:5] + self.index[:, 5:8] > self.start_counts.shape).any():
            raise _damaged(f"a change lies outside {self.start_counts.shape} cells")

    @classmethod
    def of(cls, times_s: ArrayLike, frames_c: Sequence[NDArray[Any]] | NDArray[Any]) -> TemperatureHistory:
        """Pack frames that are already there, shape (N, K, J, I), °C."""
        builder = HistoryBuilder()
        for time_s, frame_c in zip(np.asarray(times_s, dtype=np.float64), frames_c, strict=True):
            builder.add(frame_c, time_s=float(time_s))
        return builder.finish()

    @property
    def shape_kji(self) -> tuple[int, int, int]:
        """Cells of one frame."""
        k, j, i = self.start_counts.shape
        return int(k), int(j), int(i)

    @property
    def nbytes(self) -> int:
        """Memory held, bytes."""
        return self.times_s.nbytes + self.start_counts.nbytes + self.index.nbytes + self.packed.nbytes

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def start_c(self) -> NDArray[np.float32]:
        """Temperature at the first time, shape (K, J, I), float32, °C."""
        return _celsius(self.start_counts)

    def frame_c(self, number: int) -> NDArray[np.float32]:
        """Temperature at the stored time ``number`` (0 to N - 1), shape (K, J, I), float32, °C."""
        return _celsius(self._counts(self._checked(number)))

    def frames_c(self) -> Iterator[NDArray[np.float32]]:
        """Every frame in order; less than half the work of asking for each by its number."""
        counts = self.start_counts.copy()
        yield _celsius(counts)
        for number in range(1, len(self)):
            counts = self._next(counts, number)
            yield _celsius(counts)

    def at_time_c(self, time_s: float) -> NDArray[np.float32]:
        """Temperature at ``time_s``, linear between stored times and constant beyond, shape (K, J, I), float32, °C."""
        after = int(np.searchsorted(self.times_s, time_s))
        if after == 0 or after == len(self):
            return self.frame_c(min(after, len(self) - 1))
        start_s, end_s = self.times_s[after - 1 : after + 1]
        weight = np.float32((time_s - start_s) / (end_s - start_s))
        before = self._counts(after - 1)
        first = _celsius(before)
        # A key frame does not follow from the one before it.
        second = _celsius(self._next(before, after))
        second -= first
        second *= weight
        second += first
        return second

    def _checked(self, number: int) -> int:
        if not 0 <= number < len(self):
            raise SimulationRefused(
                f"Frame {number} was asked for, but the prediction has {len(self)}.", code="history-frame"
            )
        return number

    def _counts(self, number: int) -> NDArray[np.int16]:
        """Return one frame as counts, a fresh array."""
        counts = self.start_counts.copy()
        for step in range(max(1, number - number % _KEY_EVERY), number + 1):
            counts = self._next(counts, step)
        return counts

    def _next(self, counts: NDArray[np.int16], number: int) -> NDArray[np.int16]:
        """Turn the counts of frame ``number - 1`` into those of ``number``; may reuse the array."""
        if number % _KEY_EVERY == 0:
            counts = self.start_counts.copy()
        first, size, *box = (int(value) for value in self.index[number - 1])
        if size:
            part = counts[_slices(box)]
            part += _unpacked(self.packed[first : first + size], part.shape)
        return counts


class HistoryBuilder:
    """Takes one frame after the other and keeps each compressed, in a thread beside the solver's."""

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._start: NDArray[np.int16] | None = None
        self._last: NDArray[np.int16] | None = None
        self._changes: list[Future[tuple[bytes, tuple[int, ...]]]] = []
        self._packer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")

    def __len__(self) -> int:
        return len(self._times_s)

    def add(self, temperature_c: NDArray[Any], *, time_s: float) -> None:
        """Keep one frame; the array may be used again afterwards.

        Parameters
        ----------
        temperature_c
            shape (K, J, I), float, °C, within ± 300.

        Raises
        ------
        SimulationRefused
            When a value is no number or beyond ± 300 °C, or the frame is not later or not of the size of the others.
        """
        counts = _counted(temperature_c, time_s=time_s)
        if self._start is None or self._last is None:
            self._start = counts
        elif counts.shape != self._start.shape:
            raise SimulationRefused(
                f"The frame at {time_s:g} s is {counts.shape}, the ones before are {self._start.shape}.",
                code="history-shape",
            )
        else:
            if len(self._changes) >= _MOST_WAITING:
                self._changes[-_MOST_WAITING].result()
            is_key = len(self) % _KEY_EVERY == 0
            self._changes.append(self._packer.submit(_packed_change, self._start if is_key else self._last, counts))
        self._last = counts
        self._times_s.append(float(time_s))

    def finish(self) -> TemperatureHistory:
        """Return everything added so far."""
        if self._start is None:
            raise SimulationRefused("A prediction without a single frame cannot be kept.", code="history-empty")
        chunks, rows, size = [], [], 0
        for change in self._changes:
            chunk, box = change.result()
            chunks.append(chunk)
            rows.append((size, len(chunk), *box))
            size += len(chunk)
        self._packer.shutdown()
        return TemperatureHistory(
            times_s=np.array(self._times_s, dtype=np.float64),
            start_counts=self._start,
            index=np.array(rows, dtype=np.int64).reshape(-1, _COLUMNS),
            packed=np.frombuffer(b"".join(chunks), dtype=np.uint8),
        )


def _counted(temperature_c: NDArray[Any], *, time_s: float) -> NDArray[np.int16]:
    """Round to hundredths of °C."""
    counts = np.multiply(temperature_c, _PER_C, dtype=np.float32, order="C")
    low, high = float(counts.min()) / 100, float(counts.max()) / 100
    if not (low >= -LARGEST_C and high <= LARGEST_C):  # also when a value is no number
        raise SimulationRefused(
            f"At {time_s:g} s the prediction runs from {low:g} to {high:g} °C; only ± {LARGEST_C:g} °C can be kept.",
            code="history-range",
        )
    rounded: NDArray[np.int16] = np.rint(counts, out=counts).astype(np.int16)
    return rounded


def _celsius(counts: NDArray[np.int16]) -> NDArray[np.float32]:
    return np.divide(counts, _PER_C, dtype=np.float32)


def _packed_change(before: NDArray[np.int16], after: NDArray[np.int16]) -> tuple[bytes, tuple[int, ...]]:
    """Return the compressed difference, and its box as lower corner and size (k, j, i); empty when nothing changed."""
    box = _changed_box(before != after)
    if box is None:
        return b"", (0,) * 6
    where = _slices(box)
    change = after[where] - before[where]  # modulo 2¹⁶, and so is the sum that undoes it
    # Small numbers of either sign become small unsigned ones, whose upper bytes are nearly all zero.
    folded = ((change << 1) ^ (change >> 15)).view(np.uint16)
    planes = np.stack((folded.astype(np.uint8), (folded >> 8).astype(np.uint8)))
    return zlib.compress(planes.data, _LEVEL), box


def _unpacked(packed: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.int16]:
    try:
        planes = np.frombuffer(zlib.decompress(packed.data), dtype=np.uint8).reshape((2, *shape))
    except (zlib.error, ValueError) as error:
        raise _damaged(f"a change of {shape} cells cannot be read") from error
    folded = planes[1].astype(np.uint16)
    folded <<= 8
    folded |= planes[0]
    change: NDArray[np.int16] = (folded >> 1).view(np.int16) ^ -(folded & 1).view(np.int16)
    return change


def _changed_box(changed: NDArray[np.bool_]) -> tuple[int, ...] | None:
    """Return lower corner and size (k, j, i) of the smallest box around all true cells; None when there is none."""
    ks = np.flatnonzero(changed.any(axis=(1, 2)))
    if not ks.size:
        return None
    plane = np.logical_or.reduce(changed[ks[0] : ks[-1] + 1], axis=0)
    spans = (ks, np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0)))
    return (*(int(span[0]) for span in spans), *(int(span[-1] - span[0]) + 1 for span in spans))


def _slices(box: Sequence[int]) -> tuple[slice, slice, slice]:
    k, j, i, depth, height, width = box
    return slice(k, k + depth), slice(j, j + height), slice(i, i + width)


def _require_times(times_s: NDArray[np.float64]) -> None:
    if times_s.ndim != 1 or len(times_s) == 0 or not np.isfinite(times_s).all():
        raise _damaged(f"its times are {times_s!r}")
    if (np.diff(times_s) <= 0).any():
        late = int(np.argmax(np.diff(times_s) <= 0))
        raise SimulationRefused(
            f"The prediction's times must increase, but {times_s[late]:g} s is followed by {times_s[late + 1]:g} s.",
            code="history-times",
        )


def _damaged(what: str) -> SimulationRefused:
    return SimulationRefused(
        f"The prediction's history cannot be used: {what}. Compute the prediction again.", code="history-damaged"
    )
