"""Which quantities does the ice decide? Coverage of targets, margins of structures, and all others that it moves."""

from __future__ import annotations

from planner.domain.rule import Quantity
from planner.planning.rules import QUANTITY_WORDS
from planner.planning.verdicts import TREATMENT

_COVERAGE = tuple(QUANTITY_WORDS[quantity] for quantity in TREATMENT)
_OF_ICE = (
    *_COVERAGE,
    QUANTITY_WORDS[Quantity.EDGE_DISTANCE_MM],
    QUANTITY_WORDS[Quantity.MINIMUM_TEMPERATURE_C],
    QUANTITY_WORDS[Quantity.FROZEN_VOLUME_ML],
    # These two are told with their temperatures.
    "marked part",
    "motor fibres",
)


def is_coverage(quantity: str) -> bool:
    """Whether a check of a target says how much of it is treated."""
    return quantity.startswith(_COVERAGE)


def is_margin(quantity: str) -> bool:
    """Whether a check is of the distance of the 0 °C edge."""
    return quantity == QUANTITY_WORDS[Quantity.EDGE_DISTANCE_MM]


def is_of_ice(quantity: str) -> bool:
    """Whether a check is of something that more or less ice moves."""
    return quantity.startswith(_OF_ICE)
