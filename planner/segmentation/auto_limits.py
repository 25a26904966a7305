"""Which numbers does the automatic segmentation use? ``resources/segmentation/automatic.json``, read strictly.

What each number is for stands beside it in that file. A field that is unknown, absent, without unit, status or note, or
outside what its unit allows is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from planner.domain.datum import Status
from planner.domain.errors import ResourceInvalid
from planner.segmentation.tables import parse_table, read_table

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Numbers of the body's surface."""

    tissue_hu: float
    table_mm: float
    least_ml: float
    part_share: float
    trunk_mm2: float
    arm_apart_mm: float
    arm_bone_hu: float
    arm_bone_ml: float
    beside_share: float
    seal_mm: float
    reach_mm: float


@dataclass(frozen=True, slots=True)
class LungLimits:
    """Numbers of the lungs."""

    aerated_hu: float
    gas_hu: float
    least_ml: float
    whole_ml: float
    base_share: float
    vessel_mm: float
    over_midline_share: float
    apart_mm: float
    reach_mm: float


@dataclass(frozen=True, slots=True)
class AirwayLimits:
    """Numbers of windpipe, main bronchi and throat."""

    section_mm2: float
    least_section_mm2: float
    off_midline_mm: float
    least_height_mm: float
    cut_height_mm: float
    from_top_mm: float
    before_spine_mm: float
    spine_hu: float
    leaves_mm: float
    reach_mm: float
    strictest_hu: float
    widest_hu: float
    step_hu: float
    most_ml: float
    calibre_mm: float
    wall_hu: float
    wall_mm: float


@dataclass(frozen=True, slots=True)
class GasLimits:
    """Numbers of other gas inside the body."""

    gas_hu: float
    least_ml: float
    rim_mm: float
    reach_mm: float


@dataclass(frozen=True, slots=True)
class BoneLimits:
    """Numbers of bone."""

    bone_hu: float
    most_bone_hu: float
    plain_bone_hu: float
    plain_hu: float
    plain_reach_mm: float
    plain_cortex_hu: float
    plain_pore_hu: float
    soft_share: float
    away_mm: float
    cortex_hu: float
    above_blood_hu: float
    cortex_reach_mm: float
    least_ml: float
    speck_ml: float
    dense_hu: float
    gap_mm: float
    spongy_hu: float
    pore_hu: float
    marrow_reach_mm: float
    around_hu: float
    beside_mm: float
    marrow_mm2: float
    canal_low_hu: float
    canal_high_hu: float
    canal_mm2: float
    gas_hu: float
    reach_mm: float


@dataclass(frozen=True, slots=True)
class SoftLimits:
    """Numbers of fat and soft tissue."""

    fat_low_hu: float
    fat_high_hu: float
    soft_high_hu: float
    air_hu: float
    air_rim_mm: float


@dataclass(frozen=True, slots=True)
class VesselLimits:
    """Numbers of vessels filled with contrast medium."""

    enhanced_hu: float
    most_hu: float
    unmistakable_hu: float
    alike_share: float
    spread_hu: float
    muscle_hu: float
    fat_hu: float
    above_blood_hu: float
    wall_share: float
    neck_mm: float
    least_section_mm2: float
    aorta_mm2: float
    most_section_mm2: float
    round_share: float
    least_height_mm: float
    before_spine_mm: float
    spine_hu: float
    right_of_spine_mm: float
    carry_mm: float
    carry_share: float
    wall_mm: float


@dataclass(frozen=True, slots=True)
class AutoLimits:
    """Every number of the automatic segmentation, by question."""

    body: BodyLimits
    lung: LungLimits
    airway: AirwayLimits
    gas: GasLimits
    bone: BoneLimits
    soft: SoftLimits
    vessel: VesselLimits


_Section = TypeVar("_Section", BodyLimits, LungLimits, AirwayLimits, GasLimits, BoneLimits, SoftLimits, VesselLimits)
_UNITS: dict[str, tuple[str, float, float]] = {
    "_hu": ("HU", -1100, 3100),
    "_mm": ("mm", 0, 200),
    "_mm2": ("mm²", 0, 100_000),
    "_ml": ("mL", 0, 5000),
    "_share": ("fraction", 0, 1),
}
_ENTRY = {"value", "unit", "status", "note"}


@cache
def auto_limits() -> AutoLimits:
    """Return the shipped numbers."""
    return _limits(read_table("automatic"), where="automatic.json")


def read_limits(path: Path) -> AutoLimits:
    """Read the numbers from another file of the same form.

    Raises
    ------
    ResourceInvalid
        Names file, section, field and what is wrong with it.
    """
    return _limits(parse_table(path), where=path.name)


def _limits(data: dict[str, Any], *, where: str) -> AutoLimits:
    _same_names(data, {field.name for field in fields(AutoLimits)}, where=where)
    return AutoLimits(
        body=_section(BodyLimits, data["body"], where=f"{where} › body"),
        lung=_section(LungLimits, data["lung"], where=f"{where} › lung"),
        airway=_section(AirwayLimits, data["airway"], where=f"{where} › airway"),
        gas=_section(GasLimits, data["gas"], where=f"{where} › gas"),
        bone=_section(BoneLimits, data["bone"], where=f"{where} › bone"),
        soft=_section(SoftLimits, data["soft"], where=f"{where} › soft"),
        vessel=_section(VesselLimits, data["vessel"], where=f"{where} › vessel"),
    )


def _section(kind: type[_Section], data: object, *, where: str) -> _Section:
    names = [field.name for field in fields(kind)]
    table = _same_names(data, set(names), where=where)
    return kind(**{name: _value(name, table[name], where=f"{where} › {name}") for name in names})


def _same_names(data: object, names: set[str], *, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ResourceInvalid("An object with fields is expected here.", code="resource-type", where=where)
    if unknown := sorted(set(data) - names):
        raise ResourceInvalid(f"The field “{unknown[0]}” is unknown.", code="resource-unknown", where=where)
    if missing := sorted(names - set(data)):
        raise ResourceInvalid(f"The field “{missing[0]}” is missing.", code="resource-missing", where=where)
    return data


def _value(name: str, data: object, *, where: str) -> float:
    entry = _same_names(data, _ENTRY, where=where)
    unit, low, high = next(rule for suffix, rule in _UNITS.items() if name.endswith(suffix))
    if entry["unit"] != unit:
        raise ResourceInvalid(f"The unit must be {unit}, not {entry['unit']!r}.", code="resource-unit", where=where)
    if entry["status"] not in {status.value for status in Status}:
        raise ResourceInvalid(f"{entry['status']!r} is no status.", code="resource-choice", where=where)
    if not isinstance(entry["note"], str) or not entry["note"].strip():
        raise ResourceInvalid("The note must say what the number is for.", code="resource-type", where=where)
    value = entry["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ResourceInvalid(f"The value must be a finite number, not {value!r}.", code="resource-type", where=where)
    if not low <= value <= high:
        raise ResourceInvalid(f"{value:g} lies outside {low:g} to {high:g} {unit}.", code="resource-range", where=where)
    return float(value)
