"""What if one thing of the plan were otherwise? Variations, and what the plan's limits say of each.

A row is a plan of its own, computed on coarse cells like all others of its table: rows compare with one another, never
with a result on finer cells (H-26). What could not be computed says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.identity import Sha256
from planner.domain.robustness import CoverageValue, LimitKey, LimitValue


class VariationKind(StrEnum):
    """What of the plan is otherwise; the value is the heading of its rows."""

    FREEZE_TIME = "Freeze time"
    SCHEDULE = "Published schedule"
    MODEL = "Probe model"
    DEPTH = "Depth"


@dataclass(frozen=True, slots=True)
class Variation:
    """One change to a plan.

    Parameters
    ----------
    words
        The row's name, such as ``"1 min longer"``.
    item_id
        Name of the preset, id of the probe model, or id of the probe that is pushed; empty for freeze times.
    longer_s
        Added to every freeze; 0 for the other kinds.
    deeper_mm
        How far a probe is pushed in; 0 for the other kinds.
    note
        What is to be known about it beside its figures.
    """

    kind: VariationKind
    words: str
    item_id: str = ""
    longer_s: float = 0.0
    deeper_mm: float = 0.0
    note: str = ""

    @property
    def key(self) -> str:
        """Tells a variation from every other one of its table."""
        return f"{self.kind.name} {self.item_id} {self.longer_s:g} {self.deeper_mm:g}"


@dataclass(frozen=True, slots=True)
class WhatIfRow:
    """What became of one variation; without one, of the plan as it is.

    Parameters
    ----------
    values
        In the order of :attr:`WhatIfTable.limits`; empty where nothing could be computed.
    coldest_c
        Coldest temperature in any target, °C.
    reason
        Why nothing could be computed; empty otherwise.
    """

    variation: Variation | None
    values: tuple[LimitValue, ...] = ()
    coverages: tuple[CoverageValue, ...] = ()
    coldest_c: float | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        """Tells a row from every other one of its table."""
        return "" if self.variation is None else self.variation.key


@dataclass(frozen=True, slots=True)
class WhatIfTable:
    """The variations of one plan; the first row is the plan as it is.

    Parameters
    ----------
    plan_hash
        :attr:`planner.domain.plan.Plan.judged_hash` of that plan; ``rules_hash`` of the rules it was judged by.
    rows
        While it is computed, those that are ready, in their order.
    left_out
        Sentences on variations that are not offered, and why.
    """

    plan_hash: Sha256
    rules_hash: Sha256
    spacing_mm: float
    limits: tuple[LimitKey, ...]
    rows: tuple[WhatIfRow, ...]
    left_out: tuple[str, ...] = ()

    @property
    def planned(self) -> WhatIfRow | None:
        """The plan as it is."""
        return self.rows[0] if self.rows else None

    def row(self, key: str) -> WhatIfRow | None:
        """Return the row of a variation, None where it is not there."""
        return next((row for row in self.rows if row.key == key), None)
