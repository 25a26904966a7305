"""What does a freeze do to one target? Lengths along the nerve at each isotherm and how long they stay there."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.geometry import PointLps
from planner.domain.identity import TargetId

Pieces = tuple[tuple[float, float], ...]
"""Pieces of a nerve, (from, to) along its curve in mm, in order."""


@dataclass(frozen=True, slots=True)
class LevelReach:
    """How much of a target's treated part is at or below one isotherm through its whole cross-section.

    Parameters
    ----------
    length_mm
        Length of a nerve, all pieces together; None of a body.
    share_percent
        Share of a body's volume; None of a nerve.
    longest_mm
        The longest unbroken piece of a nerve, mm; None of a body.
    hold_s
        Time, s, for which as much as the rules ask for (``asked_mm`` or ``asked_percent`` of the figures) is at or
        below the isotherm all at once, of a nerve one unbroken piece; the sum over all freezes. None where it never is,
        or nothing is asked.
    core_s
        Time, s, of the cross-section (of a body: the point) that stays at or below longest; None where none is.
    """

    level_c: float
    length_mm: float | None = None
    longest_mm: float | None = None
    share_percent: float | None = None
    hold_s: float | None = None
    core_s: float | None = None


@dataclass(frozen=True, slots=True)
class TargetFigures:
    """Figures of one target, beside its checks.

    Parameters
    ----------
    coldest_c, warmest_c
        Coldest and warmest of the coldest-ever temperatures in the treated part, °C.
    around_percent, around_mean_percent
        Share of the circumference at or below the treatment isotherm, %: the least over the treated part, and its mean
        (the share of the nerve's outer surface); None of a body.
    under_treated_mm
        Pieces of the treated part whose warmest point stays in the neurapraxia band.
    segment_mm
        The treated part, (from, to) along the curve; None of a body.
    caution_mm, neurotmesis_mm
        Pieces of the nerve as drawn that are anywhere colder than the caution and than the limit for its sheaths.
    asked_mm, asked_percent
        The length of a nerve, or share of a body, that the rules ask for; None without such a rule.
    intent
        What the freeze is meant to do to the nerve, a sentence with its sources; empty where that is not known.
    """

    target_id: TargetId
    reaches: tuple[LevelReach, ...]
    coldest_c: float
    warmest_c: float
    around_percent: float | None = None
    under_treated_mm: Pieces = ()
    coldest_at_lps_mm: PointLps | None = None
    warmest_at_lps_mm: PointLps | None = None
    segment_mm: tuple[float, float] | None = None
    around_mean_percent: float | None = None
    caution_mm: Pieces = ()
    neurotmesis_mm: Pieces = ()
    asked_mm: float | None = None
    asked_percent: float | None = None
    intent: str = ""
