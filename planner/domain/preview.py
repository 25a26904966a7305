"""What is shown while a probe is moved? The temperature at one moment, computed coarsely and never judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import Sha256


@dataclass(frozen=True, slots=True, eq=False)
class IcePreview:
    """The ice at the end of the first freeze, on a coarse grid.

    Parameters
    ----------
    plan_hash
        The plan it was computed for.
    time_s
        When in the protocol, s.
    temperature_c
        shape (K, J, I), float32, °C.
    reaches_boundary
        The grid's outer layer was cooled: the ice may be cut off.
    key
        Names the field by content.
    """

    plan_hash: Sha256
    grid: Grid
    time_s: float
    temperature_c: NDArray[np.float32]
    reaches_boundary: bool
    key: Sha256

    def __post_init__(self) -> None:
        if self.temperature_c.shape != self.grid.shape_kji:
            raise SimulationRefused(
                f"The preview has {self.temperature_c.shape} cells but its grid {self.grid.shape_kji}.",
                code="preview-shape",
            )
