"""How wide is the brush, and where may it paint? What the options bar sets and every drawing tool obeys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.domain.identity import StructureId

LEAST_DIAMETER_MM = 0.5
MOST_DIAMETER_MM = 100.0
_STEPS_MM = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class PaintSettings:
    """Brush and limits of drawing.

    Parameters
    ----------
    diameter_mm
        Of disc and ball; kept between 0.5 and 100 mm.
    is_sphere
        A ball through all slices in place of a disc in the slice.
    inside
        Only voxels of this structure change; None: everywhere.
    low_hu, high_hu
        Only voxels from ``low_hu`` to ``high_hu`` change; None: no bound on that side.
    tolerance_hu, reach_mm
        How far from the HU around a click a connected region goes, and how far from the click.
    is_removing
        A connected region or tube takes away what it covers.
    """

    diameter_mm: float = 8.0
    is_sphere: bool = False
    inside: StructureId | None = None
    low_hu: float | None = None
    high_hu: float | None = None
    tolerance_hu: float = 40.0
    reach_mm: float = 100.0
    is_removing: bool = False

    def __post_init__(self) -> None:
        kept = min(max(float(self.diameter_mm), LEAST_DIAMETER_MM), MOST_DIAMETER_MM)
        object.__setattr__(self, "diameter_mm", kept)

    @property
    def radius_mm(self) -> float:
        """Half the diameter."""
        return self.diameter_mm / 2

    def wider(self, steps: int) -> PaintSettings:
        """Return the settings with the next wider diameter, or with negative steps the next narrower."""
        if steps > 0:
            at = bisect_right(_STEPS_MM, self.diameter_mm) + steps - 1
        else:
            at = bisect_left(_STEPS_MM, self.diameter_mm) + steps
        return replace(self, diameter_mm=_STEPS_MM[min(max(at, 0), len(_STEPS_MM) - 1)])
