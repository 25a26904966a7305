"""What stands on paper of the model itself? The model card and its validation as plain text, ready to be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.report.printed import Fact


@dataclass(frozen=True, slots=True)
class PrintedValidation:
    """One line of the validation table."""

    case: str
    quantity: str
    expected: str
    got: str
    tolerance: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """The model card; ``outside`` are the ways in which this prediction leaves it.

    ``validation`` sums the table up; ``not_met`` are the cases with figures outside their tolerance.
    """

    purpose: str
    modelled: tuple[str, ...]
    not_modelled: tuple[str, ...]
    limits: tuple[Fact, ...]
    validation: str
    not_met: tuple[PrintedValidation, ...]
    validated_by: str
    outside: tuple[str, ...]
