"""What counts as enough, and what as too close? Rules as data: quantity, limits, source, status."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.atlas import SourcedText
from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import ResourceInvalid


class Verdict(StrEnum):
    """The only four answers of a check."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    CHECK = "CHECK"
    FAIL = "FAIL"
    NOT_ASSESSED = "NOT ASSESSED"

    @property
    def rank(self) -> int:
        """0 for the best; the overall state of many is the one with the highest rank."""
        return (Verdict.PASS, Verdict.NOT_ASSESSED, Verdict.CHECK, Verdict.FAIL).index(self)


class Quantity(StrEnum):
    """What a rule looks at; the unit is part of the name."""

    EDGE_DISTANCE_MM = "distance of the 0 °C edge, mm"
    MINIMUM_TEMPERATURE_C = "minimum temperature, °C"
    FROZEN_VOLUME_ML = "volume at or below 0 °C, mL"
    PATH_DISTANCE_MM = "distance of the needle path, mm"
    PATH_LENGTH_INSIDE_MM = "needle path inside, mm"
    TREATED_LENGTH_MM = "nerve length at or below the treatment isotherm through its whole cross-section, mm"
    NEURAPRAXIA_LENGTH_MM = "marked nerve length in the neurapraxia band, mm"
    TREATED_SHARE_PERCENT = "share of the target at or below the treatment isotherm, %"
    TREATED_DIAMETER_PERCENT = "treated part of the body's least treated diameter, %"
    BLOCK_RELIEF_PERCENT = "relief of pain by the diagnostic block, %"

    @property
    def unit(self) -> str:
        """The unit at the end of its words, such as ``"mm"``."""
        return self.value.rpartition(", ")[2]


class Operator(StrEnum):
    """Which side of the limits is good."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit pair for one subject.

    ``subject`` is a StructureKind value, ``"obstacle"`` (whatever the needle must not cross, where its kind has no path
    rule), ``"target nerve"``, ``"target body"`` or ``"diagnostic block"``. With AT_LEAST: value ≥ pass_limit is
    PASS, value < fail_limit is FAIL, between is CHECK. With AT_MOST the mirror image. ``fail_limit=None``: never FAIL.
    ``pass_limit=None``: shown without a verdict (NOT ASSESSED, "no rule").
    """

    id: str
    subject: str
    quantity: Quantity
    operator: Operator
    pass_limit: float | None
    fail_limit: float | None
    source: str
    status: Status
    note: str = ""

    def __post_init__(self) -> None:
        if self.pass_limit is None or self.fail_limit is None:
            return
        ordered = (
            self.fail_limit <= self.pass_limit
            if self.operator is Operator.AT_LEAST
            else self.fail_limit >= self.pass_limit
        )
        if not ordered:
            raise ResourceInvalid(
                f"Rule {self.id}: the fail limit {self.fail_limit:g} lies on the passing side of {self.pass_limit:g}.",
                code="rule-order",
            )

    def verdict(self, value: float) -> Verdict:
        """Judge one finite value."""
        if self.pass_limit is None:
            return Verdict.NOT_ASSESSED
        sign = 1.0 if self.operator is Operator.AT_LEAST else -1.0
        if sign * value >= sign * self.pass_limit:
            return Verdict.PASS
        if self.fail_limit is not None and sign * value < sign * self.fail_limit:
            return Verdict.FAIL
        return Verdict.CHECK


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in force, with the treatment isotherm they judge coverage at.

    ``regrowth_mm_per_day`` are the rates at which axons regrow, one per source. ``neurapraxia_c`` are the temperatures,
    °C, from ``value`` to ``upper``, that only stun a nerve; MISSING where no source says so. ``intent`` says what a
    freeze is meant to do to a nerve.
    """

    id: str
    rules: tuple[Rule, ...]
    treatment_isotherm_c: float = -20.0
    regrowth_mm_per_day: tuple[Datum, ...] = ()
    neurapraxia_c: Datum = MISSING
    intent: SourcedText | None = None

    def for_subject(self, subject: str) -> tuple[Rule, ...]:
        """Rules of one structure kind or target form, in file order."""
        return tuple(rule for rule in self.rules if rule.subject == subject)
