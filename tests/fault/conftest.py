"""Clean slices of the analytic anatomy, ways to write them, and the check that a volume shows it where it is.

The anatomy, the series and the faults are those of ``frostline bench gate``: planner/bench/faults.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003

import pytest

from planner.bench.faults.anatomy import deviation
from planner.bench.faults.case import EXACT_HU, EXACT_MM, load
from planner.bench.faults.encoding import axial
from planner.bench.faults.series import Slice, clean, slice_bytes
from planner.domain.series import SliceFile

SLICES = 12


@dataclass
class Series:
    """Slices on disk under meaningless, shuffled names."""

    folder: Path
    files: list[Path] = field(default_factory=list)

    def load(self):
        return load([SliceFile(str(path)) for path in self.files])


Write = Callable[..., Series]


@pytest.fixture
def clean_slices() -> Callable[..., list[Slice]]:
    """Function that makes the clean slices of an encoding: twelve axial ones by default."""

    def make(encoding=None) -> list[Slice]:
        return clean(encoding or axial(slices=SLICES))

    return make


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Function that writes slices as a series, in an order that tells nothing."""

    def write_series(slices, *, folder: str = "ct", seed: int = 1, syntax: str = "1.2.840.10008.1.2.1") -> Series:
        series = Series(tmp_path / folder)
        series.folder.mkdir(parents=True, exist_ok=True)
        order = list(slices)
        random.Random(seed).shuffle(order)
        for number, one in enumerate(order):
            path = series.folder / f"{number:04d}"
            path.write_bytes(slice_bytes(one, syntax=syntax))
            series.files.append(path)
        return series

    return write_series


@pytest.fixture
def check_landmarks():
    """Function that finds every landmark in reach of a loaded volume at its true place, and every voxel's HU right."""

    def check(volume, encoding=None, *, least: int = 7) -> None:
        off = deviation(volume, (encoding or axial(slices=SLICES)).anatomy)
        assert off.landmarks >= least
        assert off.landmark_mm <= EXACT_MM
        assert off.hu <= EXACT_HU + 1e-3

    return check
