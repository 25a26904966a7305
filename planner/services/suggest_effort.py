"""How much is a search allowed to look at? One set of numbers for everybody; smaller ones make tests of many plans."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.simulation import RESULT_SPACING_MM
from planner.planning.suggest_aims import AIMS, PATHS


@dataclass(frozen=True, slots=True)
class Effort:
    """Numbers of each stage.

    Parameters
    ----------
    singles, groups
        Placements of one probe, and of each larger number of probes, that are computed on coarse cells.
    around, per_centre
        So many of the best are then moved a little, so many times each.
    largest
        Placements computed with the largest ice.
    fine
        Placements computed on cells of ``fine_spacing_mm`` and assessed.
    """

    aims: int = AIMS
    paths: int = PATHS
    singles: int = 48
    groups: int = 32
    around: int = 6
    per_centre: int = 5
    largest: int = 30
    fine: int = 7
    fine_spacing_mm: float = RESULT_SPACING_MM


FULL = Effort()
