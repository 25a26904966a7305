"""Which HU ranges does the threshold tool offer? A table, read strictly: ``resources/segmentation/thresholds.json``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from planner.domain.errors import ResourceInvalid
from planner.segmentation.tables import read_table

LOWEST_HU, HIGHEST_HU = -1024.0, 3071.0
_FIELDS = {"name": str, "low_hu": int, "high_hu": int, "status": str, "note": str}
_STATUSES = ("found", "recalled", "project default")


@dataclass(frozen=True, slots=True)
class ThresholdPreset:
    """A named range, both ends included. ``note`` says what is in it that one would not expect."""

    name: str
    low_hu: float
    high_hu: float
    status: str
    note: str


@cache
def threshold_presets() -> tuple[ThresholdPreset, ...]:
    """Return the ranges in the order they are offered; raise ResourceInvalid when the table is not as it should be."""
    table = read_table("thresholds")
    if set(table) != {"thresholds"} or not isinstance(table["thresholds"], list):
        raise _refusal("The table has one field, “thresholds”: a list.")
    return tuple(_preset(entry) for entry in table["thresholds"])


def _preset(entry: object) -> ThresholdPreset:
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        raise _refusal(f"Every entry has the fields {', '.join(_FIELDS)}, and no other.")
    mistyped = [name for name, kind in _FIELDS.items() if not isinstance(entry[name], kind)]
    if mistyped or entry["status"] not in _STATUSES:
        raise _refusal(f"In “{entry['name']}”, {', '.join(mistyped) or 'status'} is not what it should be.")
    made = ThresholdPreset(**entry)
    if not LOWEST_HU <= made.low_hu < made.high_hu <= HIGHEST_HU:
        raise _refusal(f"“{made.name}” is no range within {LOWEST_HU:g} to {HIGHEST_HU:g} HU.")
    return made


def _refusal(sentence: str) -> ResourceInvalid:
    return ResourceInvalid(sentence, code="resource-thresholds", where="thresholds.json")
