"""What does a freeze do to one target? Lengths along the nerve at each isotherm and how long they stay there."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.identity import TargetId


@dataclass(frozen=True, slots=True)
class LevelReach:
    """How much of a target's treated part is at or below one isotherm through its whole cross-section.

    Parameters
    ----------
    reached
        Length, mm, of a nerve; share of the volume, %, of a body (``unit`` says which).
    longest_mm
        The longest unbroken piece of a nerve, mm; None of a body.
    hold_s
        Shortest time, s, that any of it stays at or below the isotherm; None where nothing reaches it.
    """

    level_c: float
    reached: float
    unit: str
    longest_mm: float | None = None
    hold_s: float | None = None


@dataclass(frozen=True, slots=True)
class TargetFigures:
    """Figures of one target, beside its checks.

    Parameters
    ----------
    coldest_c, warmest_c
        Coldest and warmest of the coldest-ever temperatures in the treated part, °C.
    around_percent
        Least share of the circumference at or below the treatment isotherm, over the treated part, %; None of a body.
    under_treated_mm
        Pieces of the treated part, (from, to) along the curve in mm, whose warmest point stays in the neurapraxia band.
    """

    target_id: TargetId
    reaches: tuple[LevelReach, ...]
    coldest_c: float
    warmest_c: float
    around_percent: float | None = None
    under_treated_mm: tuple[tuple[float, float], ...] = ()
