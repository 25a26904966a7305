"""What does a freeze do to one structure? Its margins, its volume below each isotherm, and all of it as a histogram."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.geometry import PointLps
from planner.domain.identity import StructureId


@dataclass(frozen=True, slots=True)
class LevelVolume:
    """Part of a structure that was ever at or below one isotherm: mL, and % of its whole volume."""

    level_c: float
    volume_ml: float
    percent: float


@dataclass(frozen=True, slots=True)
class StructureFigures:
    """Figures of one structure, beside its checks; None where a figure could not be told.

    Parameters
    ----------
    minimum_c
        Coldest it ever gets, °C; a bound from below when ``minimum_is_bound``.
    edge_mm, treatment_mm
        Signed distance of the 0 °C edge and of the treatment isotherm, mm; negative inside the structure.
    volumes
        One entry per isotherm shown.
    histogram
        (temperature °C, % of the structure at or below it) from cold to warm; empty where it stays out of the cold.
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
