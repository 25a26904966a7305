"""How is temperature over time kept small? In hundredths of a degree, as what the frames around it do not tell.

A stored value differs from the computed one by at most half a hundredth of a degree (and float32's own rounding, below
0.00002 °C). Nothing else is lost. Frame 0 is kept whole, every eighth and the last as its difference from frame 0, and
each other as its difference from the mean of two frames around it, halving the gap each time: any frame is at most five
differences away. How a difference becomes bytes is told in :mod:`planner.domain.bit_packing`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.bit_packing import Box, add_packed, pack_difference
from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import ArrayLike, NDArray

    Counts = NDArray[np.int16]
    Change = tuple[bytes, Box]

STEP_C = 0.01
"""Distance of two temperatures that can be told apart."""
LARGEST_C = 300.0
"""Temperatures beyond ± this are refused; int16 would end at 327.67 °C."""

_PER_C = np.float32(100.0)
_GROUP = 8
_MOST_WAITING = 2  # groups in memory that are not packed yet
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
        shape (M,), uint8: the differences, one after the other.
    """

    times_s: NDArray[np.float64]
    start_counts: Counts
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
        if not 0 <= number < len(self):
            raise SimulationRefused(
                f"Frame {number} was asked for, but the prediction has {len(self)}.", code="history-frame"
            )
        return _celsius(self._counts(number, {}))

    def frames_c(self) -> Iterator[NDArray[np.float32]]:
        """Every frame in order; a third of the work of asking for each by its number."""
        known: dict[int, Counts] = {}
        for number in range(len(self)):
            if number % _GROUP == 0:
                known = {number: self._counts(number, known)}
            yield _celsius(self._counts(number, known))

    def at_time_c(self, time_s: float) -> NDArray[np.float32]:
        """Temperature at ``time_s``, linear between stored times and constant beyond, shape (K, J, I), float32, °C."""
        after = int(np.searchsorted(self.times_s, time_s))
        if after == 0 or after == len(self):
            return self.frame_c(min(after, len(self) - 1))
        start_s, end_s = self.times_s[after - 1 : after + 1]
        known: dict[int, Counts] = {}
        first, second = (_celsius(self._counts(number, known)) for number in (after - 1, after))
        second -= first
        second *= np.float32((time_s - start_s) / (end_s - start_s))
        second += first
        return second

    def _counts(self, number: int, known: dict[int, Counts]) -> Counts:
        """Return one frame as counts; ``known`` holds frames that are there and takes those found on the way."""
        low = number - number % _GROUP
        high = min(low + _GROUP, len(self) - 1)
        for end in (low, high):
            if end not in known:
                known[end] = self.start_counts if end == 0 else self._changed(self.start_counts.copy(), end)
        while number not in known:
            middle = (low + high) // 2
            if middle not in known:
                known[middle] = self._changed(_mean(known[low], known[high]), middle)
            low, high = (low, middle) if number < middle else (middle, high)
        return known[number]

    def _changed(self, counts: Counts, number: int) -> Counts:
        """Add the stored difference of one frame to what was expected of it."""
        first, size, *box = (int(value) for value in self.index[number - 1])
        try:
            return add_packed(counts, self.packed[first : first + size], Box(*box))
        except ValueError as error:
            raise _damaged(f"the difference of frame {number} cannot be read") from error


class HistoryBuilder:
    """Takes one frame after the other and packs them in groups, in a thread beside the solver's."""

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._start: Counts | None = None
        self._group: list[Counts] = []  # the last key frame, or the start, and what came after it
        self._packed: list[Future[list[Change]]] = []
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
        if self._start is None:
            self._start = counts
        elif counts.shape != self._start.shape:
            raise SimulationRefused(
                f"The frame at {time_s:g} s is {counts.shape}, the ones before are {self._start.shape}.",
                code="history-shape",
            )
        self._group.append(counts)
        self._times_s.append(float(time_s))
        if len(self._group) > _GROUP:
            self._pack(self._start)

    def finish(self) -> TemperatureHistory:
        """Return everything added so far; nothing can be added afterwards."""
        if self._start is None:
            raise SimulationRefused("A prediction without a single frame cannot be kept.", code="history-empty")
        if len(self._group) > 1:
            self._pack(self._start)
        changes = [change for group in self._packed for change in group.result()]
        self._packer.shutdown()
        sizes = np.array([len(chunk) for chunk, _ in changes], dtype=np.int64)
        boxes = np.array([box for _, box in changes], dtype=np.int64).reshape(-1, _COLUMNS - 2)
        return TemperatureHistory(
            times_s=np.array(self._times_s, dtype=np.float64),
            start_counts=self._start,
            index=np.column_stack((np.cumsum(sizes) - sizes, sizes, boxes)),
            packed=np.frombuffer(b"".join(chunk for chunk, _ in changes), dtype=np.uint8),
        )

    def _pack(self, start: Counts) -> None:
        if len(self._packed) >= _MOST_WAITING:
            self._packed[-_MOST_WAITING].result()
        self._packed.append(self._packer.submit(_packed_group, start, self._group))
        self._group = self._group[-1:]


def _packed_group(start: Counts, frames: list[Counts]) -> list[Change]:
    """Return the differences of all but the first frame, in order: the last from the start, the others from means."""
    last = len(frames) - 1
    changes = {last: pack_difference(start, frames[last])}
    gaps = [(0, last)]
    for low, high in gaps:
        if high - low > 1:
            middle = (low + high) // 2
            changes[middle] = pack_difference(_mean(frames[low], frames[high]), frames[middle])
            gaps += [(low, middle), (middle, high)]
    return [changes[number] for number in range(1, len(frames))]


def _mean(first: Counts, second: Counts) -> Counts:
    """Half of the sum, rounded down, without leaving 16 bits."""
    mean: Counts = (first & second) + ((first ^ second) >> 1)
    return mean


def _counted(temperature_c: NDArray[Any], *, time_s: float) -> Counts:
    """Round to hundredths of °C."""
    counts = np.multiply(temperature_c, _PER_C, dtype=np.float32, order="C")
    low, high = float(counts.min()) / 100, float(counts.max()) / 100
    if not (low >= -LARGEST_C and high <= LARGEST_C):  # also when a value is no number
        raise SimulationRefused(
            f"At {time_s:g} s the prediction runs from {low:g} to {high:g} °C; only ± {LARGEST_C:g} °C can be kept.",
            code="history-range",
        )
    rounded: Counts = np.rint(counts, out=counts).astype(np.int16)
    return rounded


def _celsius(counts: Counts) -> NDArray[np.float32]:
    return np.divide(counts, _PER_C, dtype=np.float32)


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
