"""What does a freeze do to one structure? Its margins, its volume below each isotherm, and all of it as a histogram."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.geometry import PointLps
from planner.domain.identity import StructureId


@dataclass(frozen=True, slots=True)
class LevelVolume:
    """Part of a structure that was ever at or below one isotherm; its share is of the whole volume in the scan."""

    level_c: float
    volume_ml: float
    share_percent: float


@dataclass(frozen=True, slots=True)
class StructureFigures:
    """Figures of one structure, beside its checks; None where a figure could not be told.

    Of skin they are those of the body's surface, which has no volume.

    Parameters
    ----------
    minimum_c
        Coldest it ever gets, °C; a bound from below when ``minimum_is_bound``.
    edge_mm, treatment_mm
        Signed distance of the 0 °C edge and of the treatment isotherm, mm; negative inside the structure.
    volumes
        One entry per isotherm shown, from warm to cold.
    histogram
        (temperature °C, % of the structure at or below it) from cold to warm; empty where it stays out of the cold.
    total_ml
        Volume of the whole structure in the scan, mL; None of skin.
    is_cut
        Whether the cold reaches the rim of the predicted box: volumes are then of what is predicted.
    """

    structure_id: StructureId
    minimum_c: float | None
    minimum_at_lps_mm: PointLps | None = None
    minimum_is_bound: bool = False
    edge_mm: float | None = None
    edge_at_lps_mm: PointLps | None = None
    treatment_mm: float | None = None
    treatment_at_lps_mm: PointLps | None = None
    volumes: tuple[LevelVolume, ...] = ()
    histogram: tuple[tuple[float, float], ...] = ()
    total_ml: float | None = None
    is_cut: bool = False

    def volume_at(self, level_c: float) -> LevelVolume | None:
        """Return the part at or below one isotherm, None where it was not told."""
        return next((part for part in self.volumes if part.level_c == level_c), None)
