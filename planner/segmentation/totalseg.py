"""What does TotalSegmentator find, where it is installed? Run in a child process; its absence is a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.domain.structure import SegmentedMask
    from planner.domain.volume import Volume


def segment(volume: Volume, *, progress: Progress) -> tuple[SegmentedMask, ...]:
    """Run it on a CT."""
    del volume, progress
    raise InputRefused(
        "TotalSegmentator is not installed on this machine. Install it beside Frostline, or segment elsewhere and "
        "import its files.",
        code="totalseg-absent",
    )
