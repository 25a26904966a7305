"""How is a rule said? Its limits, unit and source in the words printed beside every verdict."""

from __future__ import annotations

from planner.domain.datum import Status
from planner.domain.rule import Operator, Quantity, Rule

QUANTITY_WORDS: dict[Quantity, str] = {
    Quantity.EDGE_DISTANCE_MM: "0 °C edge",
    Quantity.MINIMUM_TEMPERATURE_C: "coldest",
    Quantity.FROZEN_VOLUME_ML: "volume ≤ 0 °C",
    Quantity.PATH_DISTANCE_MM: "needle axis",
    Quantity.PATH_LENGTH_INSIDE_MM: "needle inside",
    Quantity.TREATED_LENGTH_MM: "treated length",
    Quantity.NEURAPRAXIA_LENGTH_MM: "marked part in the neurapraxia band",
    Quantity.TREATED_SHARE_PERCENT: "treated share",
    Quantity.TREATED_DIAMETER_PERCENT: "worst diameter",
    Quantity.BLOCK_RELIEF_PERCENT: "diagnostic block: relief",
}


def limit_words(rule: Rule) -> str:
    """Return the limits with unit, source and status: ``"≥ 10 mm; fail < 5 mm (SKIN-CUREUS; project default)"``.

    Every status but FOUND is named: a limit we chose must never read like one from the literature.
    """
    origin = "; ".join(part for part in (rule.source, "" if rule.status is Status.FOUND else rule.status.value) if part)
    bracket = f" ({origin})" if origin else ""
    if rule.pass_limit is None:
        return f"no limit{bracket}"
    unit = rule.quantity.unit
    good, bad = ("≥", "<") if rule.operator is Operator.AT_LEAST else ("≤", ">")
    text = f"{good} {number(rule.pass_limit)} {unit}"
    if rule.fail_limit is not None:
        text += f"; fail {bad} {number(rule.fail_limit)} {unit}"
    return text + bracket


def number(value: float) -> str:
    """Return a limit with a true minus and no needless digits."""
    return f"{value:g}".replace("-", "−")
