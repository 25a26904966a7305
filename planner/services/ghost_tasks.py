"""What is asked for when another placement than the plan's is to be looked at? Its ice, coarse, over the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.geometry import Grid
from planner.domain.identity import BlobRef
from planner.domain.plan import Plan
from planner.domain.uncertainty import IceCase
from planner.services.shared import SharedVolume

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.persistence.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class GhostIce:
    """Compute the coldest each place gets with the probes of ``plan``: as draws and suggestions are computed.

    ``case`` is the one that tissue and probes are taken in.
    """

    volume: SharedVolume
    plan: Plan
    case: IceCase = IceCase.NOMINAL


@dataclass(frozen=True, slots=True)
class SharedGhostIce:
    """One field in the store, °C, to be taken from it; ``is_cut`` where the cold reaches the edge of its box."""

    grid: Grid
    field: BlobRef
    is_cut: bool

    def take(self, blobs: BlobStore) -> NDArray[np.float32]:
        """Take the field out of the store, shape (K, J, I), float32, °C."""
        return blobs.take(self.field)
