"""What is asked for when a plan's variations are to be compared? The plan and its CT."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.plan import Plan
from planner.services.shared import SharedVolume


@dataclass(frozen=True, slots=True)
class CompareWhatIf:
    """Compute the variations of a plan on coarse cells, and judge each by the plan's limits."""

    volume: SharedVolume
    plan: Plan
