"""How far may a value be off, and which end of it makes the ice smaller? Ranges, and what a prediction did in them.

Three cases are computed: every value at the end that shrinks the ice, every value as listed, every value at the end
that grows it. For coverage of a target the smallest ice is the pessimistic case, for structures to be kept it is the
largest. All values at one end at once is less likely than any one of them alone: the cases bound, they do not describe
a usual spread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.datum import Datum, Status
from planner.domain.digest import ADDED_LATER
from planner.domain.errors import ResourceInvalid
from planner.domain.heat_sink import HeatSink
from planner.domain.identity import Sha256
from planner.domain.tissue import Tissue

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN_LEVELS_C = (0.0, -20.0, -40.0)
"""The isotherms whose size is told, and that are drawn unless others are chosen."""


class IceCase(StrEnum):
    """Which of the three cases."""

    SMALLEST = "smallest"
    NOMINAL = "nominal"
    LARGEST = "largest"


class Scale(StrEnum):
    """How the two ends of a range are counted."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


class End(StrEnum):
    """One end of a range."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class PropertyRange:
    """How far one thermal property of some tissues may be off.

    Parameters
    ----------
    name
        Field of :class:`planner.domain.tissue.Tissue`.
    tissues
        Tissue ids it is for; empty for every tissue that no other range of the property names.
    scale
        ABSOLUTE: ``spread`` holds the ends in the property's unit. RELATIVE: factors on the listed value.
    spread
        Low end as ``value`` and high end as ``upper``, with status, source and note.
    shrinks_ice
        The end that makes the ice smaller.
    """

    id: str
    name: str
    tissues: tuple[str, ...]
    scale: Scale
    spread: Datum
    shrinks_ice: End

    def __post_init__(self) -> None:
        if self.spread.value is None or self.spread.upper is None:
            raise ResourceInvalid(f"The range “{self.id}” needs a low and a high end.", code="range-ends")

    def ends_around(self, value: float) -> tuple[float, float]:
        """Return low and high end for a tissue whose listed value is ``value``; both include that value."""
        low, high = self.spread.value or 0.0, self.spread.upper or 0.0
        if self.scale is Scale.RELATIVE:
            low, high = sorted((low * value, high * value))
        return min(low, value), max(high, value)

    def at(self, value: float, case: IceCase) -> float:
        """Return what a listed value becomes in a case."""
        if case is IceCase.NOMINAL:
            return value
        low, high = self.ends_around(value)
        wants_low = (self.shrinks_ice is End.LOW) == (case is IceCase.SMALLEST)
        return low if wants_low else high


@dataclass(frozen=True, slots=True)
class ProbeSpread:
    """How far a probe's surface temperature may be off, as offsets in °C: colder as ``value``, warmer as ``upper``.

    Parameters
    ----------
    class_offset_c
        For a probe without a fit to published isotherms.
    least_offset_c
        The least offsets a fitted probe gets, however small its residuals.
    radius_change_0c, radius_change_20c
        Change of the 0 °C and of the −20 °C radius per °C at the surface, %/°C: turns a residual in mm into °C.
    """

    class_offset_c: Datum
    least_offset_c: Datum
    radius_change_0c: Datum
    radius_change_20c: Datum


@dataclass(frozen=True, slots=True)
class FatShift:
    """Ids of the lean and the fat end of the mixtures that are taken one step off.

    The ends themselves stay: nothing says that plain muscle or plain fat was read wrongly.
    """

    lean: str
    fat: str
    status: Status
    source: str = ""
    note: str = ""

    def stand_in(self, tissue: Tissue, tissues: Sequence[Tissue], case: IceCase) -> Tissue:
        """Return whose values a tissue takes in a case: fatter for the smallest ice, leaner for the largest."""
        order = self.order(tissues)
        place = next((n for n, other in enumerate(order) if other.id == tissue.id), None)
        if place is None or place in (0, len(order) - 1) or case is IceCase.NOMINAL:
            return tissue
        return order[place + (1 if case is IceCase.SMALLEST else -1)]

    def order(self, tissues: Sequence[Tissue]) -> list[Tissue]:
        """Return the two ends and their mixtures among ``tissues``, from the leanest to the fattest."""
        shares = {self.lean: 0.0, self.fat: 1.0}
        for tissue in tissues:
            if {part for part, _ in tissue.parts} == {self.lean, self.fat}:
                shares[tissue.id] = dict(tissue.parts)[self.fat]
        found = [tissue for tissue in tissues if tissue.id in shares]
        return sorted(found, key=lambda tissue: shares[tissue.id])


@dataclass(frozen=True, slots=True)
class HeldValue:
    """Something that is not varied, and why not."""

    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class UncertaintyRanges:
    """Every range in use. ``core_offset_c`` is the body's core temperature: low as ``value``, high as ``upper``.

    ``held_tolerance`` are the factors on a value without a range within which it still counts as the listed one.
    """

    properties: tuple[PropertyRange, ...]
    probe: ProbeSpread
    fat_shift: FatShift
    core_offset_c: Datum
    held_tolerance: Datum
    held: tuple[HeldValue, ...] = ()

    def range_of(self, name: str, tissue_id: str) -> PropertyRange | None:
        """Return the range of a tissue's property: the one that names the tissue, else the general one, else None."""
        general = None
        for entry in self.properties:
            if entry.name != name:
                continue
            if tissue_id in entry.tissues:
                return entry
            if not entry.tissues:
                general = entry
        return general


@dataclass(frozen=True, slots=True)
class IsothermSize:
    """How large the ice at one temperature is in one case.

    ``width_mm`` is the diameter of a circle with the area of the isotherm across the shaft, in the middle of the active
    zone, at the probe where it is widest; 0 where the isotherm does not exist.
    """

    level_c: float
    volume_ml: float
    width_mm: float


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One judged quantity in the three cases; None where it could not be told.

    ``decisive`` is the case a plan should hold in: the smallest ice for coverage, the largest for margins. The limits
    are those of its verdict, in ``unit``; None where there is none.
    """

    subject_name: str
    quantity: str
    unit: str
    smallest: float | None
    nominal: float | None
    largest: float | None
    decisive: IceCase
    limit: str = ""
    verdict: str = ""
    reason: str = ""
    subject_id: str = ""
    pass_limit: float | None = field(default=None, metadata=ADDED_LATER)
    fail_limit: float | None = field(default=None, metadata=ADDED_LATER)


@dataclass(frozen=True, slots=True)
class BandRow:
    """One judged quantity of a plan within the band of its prediction; None where it could not be told.

    The band is what the three cases enclose, widened by the model's known error. For a structure to be kept the outer
    edge of the ice is the pessimistic one, for a target to be treated the inner one. ``subject_id`` and ``quantity``
    are those of the check that judges the nominal value.
    """

    subject_id: str
    subject_name: str
    quantity: str
    unit: str
    pessimistic: float | None
    nominal: float | None
    optimistic: float | None


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """One of the three cases: the hash of what was asked, and its isotherms."""

    case: IceCase
    input_hash: Sha256
    isotherms: tuple[IsothermSize, ...]


@dataclass(frozen=True, slots=True)
class PredictionRange:
    """The range of one plan's prediction, tied to the plan and to the ranges it was made from.

    ``heat_sinks`` is what each vessel near the ice takes from it, nearest first, then all together.
    """

    plan_hash: Sha256
    range_hash: Sha256
    spacing_mm: float
    cases: tuple[CaseOutcome, ...]
    rows: tuple[RangeRow, ...]
    varied: tuple[str, ...]
    held: tuple[str, ...]
    heat_sinks: tuple[HeatSink, ...] = field(default=(), metadata=ADDED_LATER)
