"""What is asked for when a plan's robustness is wanted? How many draws, by which technique, from which seed."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.cluster import ClusterPlace
from planner.domain.plan import Plan
from planner.domain.robustness import DEFAULT_DRAWS, Technique
from planner.services.shared import SharedVolume

FINE_DRAWS = 16
"""Draws that are computed again on the assessment's cells, unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class AssessRobustness:
    """Draw placement errors of a technique, and say in how many draws the plan's limits hold.

    Parameters
    ----------
    is_tissue_drawn
        Whether the smallest, the nominal and the largest ice are drawn, too.
    fine
        Draws that are computed again on fine cells; 0 for none.
    processes
        How many of this machine's cores to use; 0 for all. The answer is the same.
    cluster
        Whose machines compute instead; None for this one. On machines alike the answer is the same.
    """

    volume: SharedVolume
    plan: Plan
    technique: Technique
    draws: int = DEFAULT_DRAWS
    seed: int = 1
    is_tissue_drawn: bool = False
    fine: int = FINE_DRAWS
    processes: int = 0
    cluster: ClusterPlace | None = None
