"""From where may a shaft come in? Reasons that close a way, the limits of its direction, and what screening found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.datum import Datum

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PathReason(IntEnum):
    """Why a way is closed: the first of the hard limits, in this order, that it breaks."""

    OPEN = 0
    LENGTH = 1
    STRUCTURE = 2
    SCAN = 3
    ANGLE = 4
    TABLE = 5
    HUB = 6
    BORE = 7

    @property
    def words(self) -> str:
        """What a legend calls it."""
        return _WORDS[self]


_WORDS: dict[PathReason, str] = {
    PathReason.OPEN: "Open",
    PathReason.LENGTH: "Shaft too short",
    PathReason.STRUCTURE: "Structure in the way",
    PathReason.SCAN: "Leaves the scan",
    PathReason.ANGLE: "Angle",
    PathReason.TABLE: "Table",
    PathReason.HUB: "Hub in the body",
    PathReason.BORE: "Scanner’s bore",
}


@dataclass(frozen=True, slots=True)
class AccessLimits:
    """Which directions are out of the question.

    Parameters
    ----------
    tilt_deg
        Largest angle out of the axial plane, hub to head or feet, 0 to 90°; missing: not limited.
    in_plane_deg
        Largest angle to the vertical in the axial plane, 0 to 180°; missing: not limited by itself.
    """

    tilt_deg: Datum
    in_plane_deg: Datum


@dataclass(frozen=True, slots=True, eq=False)
class ScreenedPaths:
    """What became of many straight ways from an entry to a tip.

    Parameters
    ----------
    reason
        shape (n,), int8: a :class:`PathReason` each.
    structure_index
        shape (n,), int16: number of the obstacle that closes the way or, of an open one, comes nearest to closing it;
        −1 where none is near, or something else closed it.
    worst_clearance_mm
        shape (n,), float32, mm: room beyond what the rules ask for where there is least of it, never more than there
        is; no more than 8 mm are told. Of a way that a structure closes: a negative room that was found first, not
        the least. NaN where something else closed it.
    length_mm
        shape (n,), float32, mm: entry to tip.
    """

    reason: NDArray[np.int8]
    structure_index: NDArray[np.int16]
    worst_clearance_mm: NDArray[np.float32]
    length_mm: NDArray[np.float32]

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """Which ways break no limit, shape (n,), bool."""
        return np.equal(self.reason, int(PathReason.OPEN))

    def counts(self) -> dict[PathReason, int]:
        """Return how many ways each reason closed, and how many are open; every reason is there."""
        found = np.bincount(self.reason, minlength=len(PathReason))
        return {reason: int(found[reason]) for reason in PathReason}
