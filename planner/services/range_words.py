"""What was varied, by how much, and who says so? One line for each range that a prediction met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.datum import Datum, Status
from planner.domain.uncertainty import PropertyRange, Scale, UncertaintyRanges
from planner.thermal.uncertainty import surface_offsets_c

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.simulation import SimulationRequest

PROPERTY_NAMES = {
    "k_frozen_w_per_m_k": "Frozen conductivity",
    "k_unfrozen_w_per_m_k": "Unfrozen conductivity",
    "c_frozen_j_per_kg_k": "Frozen heat capacity",
    "latent_heat_j_per_kg": "Latent heat",
    "perfusion_w_per_m3_k": "Perfusion",
    "metabolic_w_per_m3": "Metabolic heat",
}
PROPERTY_UNITS = {
    "k_frozen_w_per_m_k": (1.0, "W/(m K)"),
    "k_unfrozen_w_per_m_k": (1.0, "W/(m K)"),
    "c_frozen_j_per_kg_k": (1.0, "J/(kg K)"),
    "latent_heat_j_per_kg": (1e-3, "kJ/kg"),
    "perfusion_w_per_m3_k": (1.0, "W/(m³ K)"),
    "metabolic_w_per_m3": (1.0, "W/m³"),
}
"""Unit in which a property's ends are said, and the factor into it."""


def varied_words(asked: SimulationRequest, ranges: UncertaintyRanges, *, tissue_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the lines: properties of the tissues in the box, each probe's surface, the body's core temperature."""
    present = set(tissue_ids)
    tissues = [tissue for tissue in asked.tissues if tissue.id in present]
    lines = []
    for entry in sorted(ranges.properties, key=_order):
        labels = [tissue.label for tissue in tissues if ranges.range_of(entry.name, tissue.id) is entry]
        if labels:
            who = _listed(labels) if entry.tissues else "every other tissue"
            lines.append(
                f"{PROPERTY_NAMES.get(entry.name, entry.name)} of {who}: {range_ends(entry)}{_origin(entry.spread)}"
            )
    mixed = [tissue.label for tissue in tissues if tissue in ranges.fat_shift.order(asked.tissues)[1:-1]]
    if mixed:
        shift = ranges.fat_shift
        origin = _origin(Datum(0.0, shift.status, source=shift.source))
        lines.append(f"Fat in {_listed(mixed)}: a step more or less{origin}")
    for model in asked.models:
        colder_c, warmer_c = surface_offsets_c(model, ranges)
        lines.append(f"Surface of {model.label}: {_signed(colder_c)} to {_signed(warmer_c)} °C. {model.boundary_words}")
    core = ranges.core_offset_c
    lines.append(f"Core temperature: {_signed(core.value or 0.0)} to {_signed(core.upper or 0.0)} °C{_origin(core)}")
    return tuple(lines)


def band_words(error_mm: float) -> str:
    """Say what the dashed lines of a picture are."""
    return (
        f"Dashed: the outer line is how far the 0 °C edge may reach, {error_mm:g} mm beyond the largest computed ice; "
        f"the inner line is how far −20 °C reaches at the least, {error_mm:g} mm within the smallest."
    )


def _order(entry: PropertyRange) -> tuple[int, bool]:
    """Sort by property, the general range last, so that “every other tissue” follows those it leaves out."""
    return list(PROPERTY_NAMES).index(entry.name), not entry.tissues


def _listed(labels: list[str]) -> str:
    """Join labels, which may hold commas themselves."""
    return "; ".join(label[:1].lower() + label[1:] for label in labels)


def range_ends(entry: PropertyRange) -> str:
    """Return both ends in words, such as ``"× 0.7 to × 1.3"`` or ``"150 to 334 kJ/kg"``."""
    low, high = entry.spread.value or 0.0, entry.spread.upper or 0.0
    if entry.scale is Scale.RELATIVE:
        return f"× {low:g} to × {high:g}"
    factor, unit = PROPERTY_UNITS.get(entry.name, (1.0, ""))
    return f"{low * factor:g} to {high * factor:g} {unit}"


def _origin(spread: Datum) -> str:
    """Say where a range comes from; a default of the project never reads like a figure of its sources."""
    if spread.status is Status.PROJECT_DEFAULT:
        after = f", after {spread.source}" if spread.source else ""
        return f" (project default{after})."
    flag = f", {spread.flag}" if spread.flag else ""
    return f" ({spread.source}{flag})."


def _signed(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−")
