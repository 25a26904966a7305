"""How sure is this number? A literature value with its unit-bearing field name, status, source and note."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.domain.errors import ResourceInvalid


class Status(StrEnum):
    """Provenance of one value. Only FOUND, DERIVED and COMPUTED may be shown without a flag."""

    FOUND = "found"
    DERIVED = "derived"
    COMPUTED = "computed"
    RECALLED = "recalled"
    MISSING = "missing"
    PROJECT_DEFAULT = "project default"
    SITE = "site"
    CLASS_VALUE = "class value"  # of the device's class, not of this model

    @property
    def is_verified(self) -> bool:
        """Whether the value was read in its source, derived from such values, or entered by the site."""
        return self in (Status.FOUND, Status.DERIVED, Status.COMPUTED, Status.SITE)


@dataclass(frozen=True, slots=True)
class Datum:
    """One sourced number or range; the owner's field name carries the unit.

    ``value`` is ``None`` exactly when ``status`` is MISSING. ``upper`` is set when the source gives a range
    ``value`` to ``upper``.
    """

    value: float | None
    status: Status
    source: str = ""
    upper: float | None = None
    confidence: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != (self.status is Status.MISSING):
            raise ResourceInvalid(
                f"A value of {self.value} cannot have the status “{self.status.value}”.", code="datum-status"
            )

    @property
    def flag(self) -> str:
        """Word to print beside the value: empty when verified."""
        return "" if self.status.is_verified else {Status.RECALLED: "unverified"}.get(self.status, self.status.value)


MISSING = Datum(None, Status.MISSING)
