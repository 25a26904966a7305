"""What is asked for when placements are to be suggested? A plan, a wish, and how many processes may work at it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.cluster import ClusterPlace
from planner.domain.plan import Plan
from planner.domain.suggestion import SuggestWish
from planner.services.shared import SharedVolume


@dataclass(frozen=True, slots=True)
class SuggestPlacements:
    """Suggest placements of probes for a target of a plan; the reply is a :class:`Suggestion`.

    Parameters
    ----------
    processes
        How many of this machine's cores to use; 0 for all. The answer is the same.
    cluster
        Whose machines compute instead; None for this one. On machines alike the answer is the same.
    """

    volume: SharedVolume
    plan: Plan
    wish: SuggestWish
    processes: int = 0
    cluster: ClusterPlace | None = None
