"""Must the tissue be laid out anew for every placement of a probe? No: bodies at rest are kept between predictions.

The tissue map, its layout for the solver and the temperature before any probe depend on everything in a request but
its probes, models and protocol. Each worker process keeps the last few; a prediction's bytes do not depend on it.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.simulation import SimulationRequest
    from planner.thermal.run import Prepared

MOST_KEPT = 4
MOST_BYTES = 256 * 2**20
"""At 1 mm a usual box has 40 MB, at 2 mm 5 MB."""


class Preparations:
    """The bodies at rest used last, newest last; a few, and only so much memory."""

    def __init__(self, *, most_kept: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        self._most_kept, self._most_bytes = most_kept, most_bytes
        self._kept: list[tuple[Prepared, int]] = []
        self._lock = threading.Lock()

    def get(self, request: SimulationRequest, make: Callable[[], Prepared]) -> Prepared:
        """Return what was prepared for the same body and box, or make it and keep it."""
        with self._lock:
            for place, (prepared, _) in enumerate(self._kept):
                if prepared.fits(request):
                    self._kept.append(self._kept.pop(place))
                    return prepared
        made = make()
        with self._lock:
            self._kept.append((made, array_bytes(made)))
            while len(self._kept) > self._most_kept or self.kept_bytes > self._most_bytes:
                del self._kept[0]
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    @property
    def kept_bytes(self) -> int:
        """Memory held by what is kept."""
        return sum(size for _, size in self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def array_bytes(value: object) -> int:
    """Return the bytes of all arrays in a value made of dataclasses and tuples; an array met twice counts once."""
    return sum({id(array): array.nbytes for array in _arrays(value)}.values())


def _arrays(value: object) -> list[np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    if isinstance(value, np.ndarray):
        return [value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
    elif isinstance(value, (tuple, list)):
        parts = list(value)
    else:
        return []
    return [array for part in parts for array in _arrays(part)]
