"""What is printed of a plan's robustness? Text, ready to be set, as in :mod:`planner.report.printed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.report.printed import Fact


@dataclass(frozen=True, slots=True)
class PrintedRobustLimit:
    """How one limit fared over all draws; ``verdict`` is the worst that it got in any of them, ``share`` how often."""

    item: str
    quantity: str
    share: str
    first: str
    planned: str
    worst: str
    limit: str
    verdict: str


@dataclass(frozen=True, slots=True)
class PrintedRobustFailing:
    """Which limit fails first, or most often, and from where on or how often."""

    label: str
    item: str
    quantity: str
    text: str


@dataclass(frozen=True, slots=True)
class PrintedRobustCoverage:
    """How much of a target was treated, at the percentiles told; ``reason`` says why it is not told."""

    name: str
    covered: tuple[str, ...]
    treated: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PrintedRobustness:
    """The robustness of the plan; ``missing`` says why there is none and what to run, else it is empty.

    ``rest`` says what became of the limits that are not listed.
    """

    missing: str = ""
    missing_verdict: str = ""
    verdict: str = ""
    facts: tuple[Fact, ...] = ()
    failing: tuple[PrintedRobustFailing, ...] = ()
    percentiles: tuple[str, ...] = ()
    coverages: tuple[PrintedRobustCoverage, ...] = ()
    limits: tuple[PrintedRobustLimit, ...] = ()
    rest: str = ""
    notes: tuple[str, ...] = ()
