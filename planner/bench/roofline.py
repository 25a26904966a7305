"""What could this machine do at best? Compiled loops that only multiply and add, or only move memory.

The solver's kernel is set against these figures of the same run. Its operations are counted as instructions: a sum, a
product, a minimum or a maximum is one, and so is a product that fuses with a sum. The peak of multiply-adds counts two
for each instruction, so the kernel's own peak is half of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import njit, prange

from planner.bench.clock import timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

WARM_OPERATIONS, ICE_OPERATIONS = 18, 33
"""Of one cell among its like in one stage. Warm: 12 for the flux, 6 for the update. In the zone around the ice: 11 for
the flux, 9 for the update, 13 for the Kirchhoff variable. Cells at a border between tissues take more."""

WARM_BYTES = 12
"""Moved for a warm cell in one stage when every value is fetched once: two float32 read and one written."""

LANES = 1024
CHAIN = 32
_CHAIN_ROUNDS = 6_000  # about 4 ms: a busy machine leaves some such pieces undisturbed
L3_CELLS, OWN_CELLS = 96**3, 3 * 96**3
"""Triads over 11 MB, as much as the kernel itself goes through in one stage of 96³ warm cells, and over 32 MB."""
DRAM_CELLS = 24_000_000
"""Three float32 arrays of 96 MB: far beyond any cache of a workstation."""


@dataclass(frozen=True, slots=True)
class Roofline:
    """Peaks of this machine, with one thread and with all that the solver uses."""

    threads: int
    one_gflop_per_s: float
    all_gflop_per_s: float
    l3_gb_per_s: float
    own_gb_per_s: float
    dram_gb_per_s: float

    def cell_stages_per_s(self, *, ice_share: float) -> float:
        """Cell-stages a second if all threads did nothing but the kernel's arithmetic, with this share of ice."""
        operations = WARM_OPERATIONS + ice_share * (ICE_OPERATIONS - WARM_OPERATIONS)
        return self.all_gflop_per_s * 1e9 / 2 / operations

    @property
    def fed_cell_stages_per_s(self) -> float:
        """Warm cell-stages of 96³ cells a second if nothing were done but moving their values."""
        return self.l3_gb_per_s * 1e9 / WARM_BYTES


def measure_roofline(*, repeats: int = 30, with_dram: bool = True) -> Roofline:
    """Measure the peaks; the best of ``repeats`` each. DRAM takes 300 MB and is 0 when left out."""
    threads = numba.get_num_threads()
    return Roofline(
        threads=threads,
        one_gflop_per_s=_multiply_add_gflop_per_s(1, repeats),
        all_gflop_per_s=_multiply_add_gflop_per_s(threads, repeats),
        l3_gb_per_s=_triad_gb_per_s(L3_CELLS, repeats, sweeps=10),
        own_gb_per_s=_triad_gb_per_s(OWN_CELLS, repeats, sweeps=3),
        dram_gb_per_s=_triad_gb_per_s(DRAM_CELLS, 5, sweeps=1) if with_dram else 0.0,
    )


def _multiply_add_gflop_per_s(threads: int, repeats: int) -> float:
    lanes = np.ones((threads, LANES), np.float32)
    factor, summand = np.float32(0.999), np.float32(0.001)

    def work() -> None:
        if threads == 1:
            _multiply_add_row(lanes[0], factor, summand, _CHAIN_ROUNDS)
        else:
            _multiply_add(lanes, factor, summand, _CHAIN_ROUNDS)

    seconds = timed(work, repeats).best_s
    return 2.0 * CHAIN * LANES * _CHAIN_ROUNDS * threads / seconds / 1e9


def _triad_gb_per_s(cells: int, repeats: int, *, sweeps: int) -> float:
    """Bandwidth of a = b + s c, each thread over its own part: 12 bytes a cell, without the read before a write."""
    a, b, c = (np.full(cells, value, np.float32) for value in (0.0, 1.0, 2.0))
    chunks = numba.get_num_threads()
    seconds = timed(lambda: _triad(a, b, c, np.float32(0.5), sweeps, chunks), repeats).best_s
    return 12.0 * cells * sweeps / seconds / 1e9


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")  # type: ignore[untyped-decorator]
def _multiply_add_row(row: NDArray[np.float32], factor: np.float32, summand: np.float32, rounds: int) -> None:
    """Chains of 32 multiply-adds on each lane: independent lanes hide the latency, and nothing else is done."""
    for _ in range(rounds):
        for n in range(row.size):
            x = row[n]
            for _link in range(CHAIN):
                x = x * factor + summand
            row[n] = x


@njit(cache=True, nogil=True, parallel=True)  # type: ignore[untyped-decorator]
def _multiply_add(lanes: NDArray[np.float32], factor: np.float32, summand: np.float32, rounds: int) -> None:
    for thread in prange(lanes.shape[0]):
        _multiply_add_row(lanes[thread], factor, summand, rounds)


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")  # type: ignore[untyped-decorator]
def _triad_part(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    c: NDArray[np.float32],
    scale: np.float32,
    part: tuple[int, int],
    sweeps: int,
) -> None:
    for sweep in range(sweeps):
        shifted = scale + np.float32(sweep)
        for n in range(np.uint64(part[0]), np.uint64(part[1])):
            a[n] = b[n] + shifted * c[n]


@njit(cache=True, nogil=True, parallel=True)  # type: ignore[untyped-decorator]
def _triad(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    c: NDArray[np.float32],
    scale: np.float32,
    sweeps: int,
    chunks: int,
) -> None:
    for chunk in prange(chunks):
        _triad_part(a, b, c, scale, (chunk * a.size // chunks, (chunk + 1) * a.size // chunks), sweeps)
