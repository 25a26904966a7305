"""What does the shipped tissue table say? Tissues, media and mixtures, every figure checked twice (H-25).

A slip of unit must not pass. Ranges are those of condensed matter or of gas. What spans decades — perfusion, metabolic
heat, latent heat — is in the table as published *and* converted, and both must agree to half a percent; so the
conversion is written once, here.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.tissue import HuReading, Tissue, mixture
from planner.persistence.record import Range, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONDENSED_RANGES: dict[str, Range] = {
    "density_kg_per_m3": (300.0, 2500.0),
    "c_unfrozen_j_per_kg_k": (1200.0, 4300.0),
    "c_frozen_j_per_kg_k": (1200.0, 4300.0),
    "k_unfrozen_w_per_m_k": (0.1, 0.7),
    "k_frozen_w_per_m_k": (0.1, 3.0),
    "latent_heat_j_per_kg": (38e3, 340e3),
    "solidus_c": (-15.0, -0.1),
    "liquidus_c": (-5.0, 0.0),
    "perfusion_w_per_m3_k": (0.0, 7e5),
    "metabolic_w_per_m3": (0.0, 1e5),
}
GAS_RANGES: dict[str, Range] = {
    **CONDENSED_RANGES,
    "density_kg_per_m3": (0.5, 5.0),
    "c_unfrozen_j_per_kg_k": (500.0, 1500.0),
    "c_frozen_j_per_kg_k": (500.0, 1500.0),
    "k_unfrozen_w_per_m_k": (0.01, 0.05),
    "k_frozen_w_per_m_k": (0.01, 0.05),
    "latent_heat_j_per_kg": (0.0, 0.0),
    "perfusion_w_per_m3_k": (0.0, 0.0),
    "metabolic_w_per_m3": (0.0, 0.0),
}
PUBLISHED_RANGES: dict[str, Range] = {
    "perfusion_ml_per_min_kg": (0.0, 10000.0),
    "perfusion_per_s": (0.0, 0.2),
    "metabolic_w_per_kg": (0.0, 100.0),
    "water_mass_fraction": (0.05, 1.0),
}
SLOPE_RANGE: Range = (-0.05, 0.0)
HU_RANGE: Range = (-1200.0, 4000.0)
BLOOD_RANGE: Range = (30.0, 42.0)
LEAST_METABOLIC_W_PER_M3 = 200.0
MOST_DISAGREEMENT = 0.005
ICE_LATENT_HEAT_J_PER_KG = 334e3


def tissues_of(table: Record) -> tuple[Tissue, ...]:
    """Return every tissue, medium and mixture of ``tissue.json``; some are incomplete and say so.

    Raises ResourceInvalid, with tissue and field, for what is missing, unknown, out of range or contradicts itself.
    """
    laws = _laws(table)
    _read_mixing(table)
    entries = table.records("tissues")
    read = [(entry, _tissue(entry, laws), _published(entry)) for entry in entries]
    blood = next((tissue for _, tissue, _ in read if tissue.id == "blood"), None)
    for entry, tissue, published in read:
        _check_conversions(entry, tissue, published, blood)
        entry.finish()
    pure = [_flagged(tissue, published) for _, tissue, published in read]
    by_id = {tissue.id: tissue for tissue in pure}
    rows = (*pure, *(_mixture(entry, by_id) for entry in table.records("mixtures")))
    _check_windows(table, rows)
    return rows


class _Law:
    """A law k(T) of frozen material and the straight line below the solidus that stands for it."""

    def __init__(self, record: Record) -> None:
        self.status, self.source = record.sourced_status()
        self.confidence = record.confidence()
        self.k = record.number("k_at_solidus_w_per_m_k", CONDENSED_RANGES["k_frozen_w_per_m_k"]) or 0.0
        self.slope = record.number("k_slope_w_per_m_k2", SLOPE_RANGE) or 0.0
        record.text("law")
        record.text("note", default="")
        self.fit = record.text("fit")
        record.finish()

    def datum(self, status: Status, note: str) -> Datum:
        """Conductivity at the solidus: unverified when either the law or its use here is."""
        if status is Status.DERIVED and not self.status.is_verified:
            status = self.status
        note = f"{note}; {self.fit}" if note else self.fit
        return Datum(self.k, status, source=self.source, confidence=self.confidence, note=note)


def _laws(table: Record) -> dict[str, _Law]:
    laws = Record(table.raw("frozen_laws"), where=f"{table.where} › frozen_laws", sources=table.sources)
    read = {
        name: _Law(Record(laws.raw(name), where=f"{laws.where} › {name}", sources=table.sources))
        for name in ("tissue", "ice")
    }
    laws.finish()
    return read


def _tissue(entry: Record, laws: Mapping[str, _Law]) -> Tissue:
    ranges = GAS_RANGES if entry.flag("is_gas") else CONDENSED_RANGES
    data = {name: entry.datum(name, plausible) for name, plausible in ranges.items() if name != "k_frozen_w_per_m_k"}
    solidus, liquidus = data["solidus_c"].value, data["liquidus_c"].value
    if solidus is None or liquidus is None or not solidus < liquidus:
        raise entry.fail("solidus_c", f"is {solidus}, not below the liquidus of {liquidus}.", "resource-range")
    blood_c = entry.number("fixed_temperature_c", BLOOD_RANGE, optional=True)
    k_frozen, slope = _frozen_conductivity(entry, laws, ranges["k_frozen_w_per_m_k"])
    k_unfrozen = data["k_unfrozen_w_per_m_k"].value
    if k_frozen.value is not None and k_unfrozen is not None and k_frozen.value < k_unfrozen:
        raise entry.fail(
            "k_frozen_w_per_m_k",
            f"is {k_frozen.value:g}, below the unfrozen {k_unfrozen:g}: freezing never lowers it.",
            "resource-range",
        )
    return Tissue(
        id=entry.text("id"),
        label=entry.text("label"),
        notes=entry.texts("notes"),
        hu=_hu(entry),
        k_frozen_w_per_m_k=k_frozen,
        k_frozen_slope_w_per_m_k2=slope,
        fixed_temperature_c=blood_c,
        parts=(),
        **data,
    )


def _frozen_conductivity(entry: Record, laws: Mapping[str, _Law], plausible: Range) -> tuple[Datum, float]:
    """Return k at the solidus and dk/dT below: either stated as a constant or by one of the laws."""
    if not entry.has("k_frozen_law"):
        return entry.datum("k_frozen_w_per_m_k", plausible), 0.0
    use = Record(entry.raw("k_frozen_law"), where=f"{entry.where} › k_frozen_law", sources=entry.sources)
    name, status, note = use.text("law"), use.choice("status", Status), use.text("note", default="")
    use.finish()
    if name not in laws:
        raise use.fail("law", f"is {name!r}, not one of: {', '.join(laws)}.", "resource-choice")
    return laws[name].datum(status, note), laws[name].slope


def _published(entry: Record) -> dict[str, Datum]:
    """Return what the sources publish in other units; MISSING where the entry has none."""
    return {
        name: entry.datum(name, plausible) if entry.has(name) else MISSING
        for name, plausible in PUBLISHED_RANGES.items()
    }


def _check_conversions(entry: Record, tissue: Tissue, published: Mapping[str, Datum], blood: Tissue | None) -> None:
    """Refuse a converted figure that is not its published one: mL/(min kg) and W/kg by volume, water as latent heat."""
    density = tissue.density_kg_per_m3.value or 0.0
    brought = (blood.density_kg_per_m3.value or 0.0) * (blood.c_unfrozen_j_per_kg_k.value or 0.0) if blood else 0.0
    factors = (
        ("perfusion_w_per_m3_k", "perfusion_ml_per_min_kg", 1e-6 / 60 * density * brought),
        ("perfusion_w_per_m3_k", "perfusion_per_s", brought),
        ("metabolic_w_per_m3", "metabolic_w_per_kg", density),
        ("latent_heat_j_per_kg", "water_mass_fraction", ICE_LATENT_HEAT_J_PER_KG),
    )
    if 0 < (tissue.metabolic_w_per_m3.value or 0.0) < LEAST_METABOLIC_W_PER_M3:
        raise entry.fail("metabolic_w_per_m3", f"is below {LEAST_METABOLIC_W_PER_M3:g} but not 0.", "resource-range")
    for name, origin, factor in factors:
        stated, source = getattr(tissue, name), published[origin].value
        if source is None or stated.value is None or stated.source != published[origin].source:
            continue
        if abs(stated.value - source * factor) > MOST_DISAGREEMENT * source * factor:
            raise entry.fail(
                name,
                f"is {stated.value:g}, but {origin} of {source:g} makes {source * factor:g}. Correct the wrong one.",
                "resource-conversion",
            )


def _flagged(tissue: Tissue, published: Mapping[str, Datum]) -> Tissue:
    """Return the tissue with its latent heat marked as recalled when the water share it rests on was recalled."""
    water, latent = published["water_mass_fraction"], tissue.latent_heat_j_per_kg
    if latent.status is not Status.DERIVED or latent.source != water.source or water.status is not Status.RECALLED:
        return tissue
    return replace(tissue, latent_heat_j_per_kg=replace(latent, status=Status.RECALLED))


def _hu(entry: Record) -> HuReading | None:
    if not entry.has("hu_window"):
        return None
    window = entry.datum("hu_window", HU_RANGE)
    if window.upper is None:
        raise entry.fail("hu_window", "needs an upper end.", "resource-range")
    return HuReading(window, entry.datum("hu_core", HU_RANGE) if entry.has("hu_core") else MISSING)


def _check_windows(table: Record, rows: Sequence[Tissue]) -> None:
    """Refuse overlapping HU windows: one reading must mean one tissue."""
    ends = sorted(
        (row.hu.window.value, row.hu.window.upper, row.id)
        for row in rows
        if row.hu is not None and row.hu.window.value is not None and row.hu.window.upper is not None
    )
    for (_, upper, name), (lower, _, other) in pairwise(ends):
        if lower < upper:
            raise table.fail("hu_window", f"of {name} reaches into that of {other}.", "resource-range")


def _read_mixing(table: Record) -> None:
    rule = Record(table.raw("mixing"), where=f"{table.where} › mixing", sources=table.sources)
    rule.text("rule")
    rule.sourced_status()
    rule.finish()


def _mixture(entry: Record, tissues: Mapping[str, Tissue]) -> Tissue:
    parts = []
    for item in entry.records("parts"):
        name, share = item.text("tissue"), item.number("share", (0.01, 1.0)) or 0.0
        item.finish()
        if name not in tissues:
            raise item.fail("tissue", f"is {name!r}, which is not in the table.", "resource-choice")
        parts.append((tissues[name], share))
    if abs(sum(share for _, share in parts) - 1) > 1e-9:
        raise entry.fail("parts", "must have shares that add up to 1.", "resource-range")
    result = mixture(entry.text("id"), entry.text("label"), parts, hu=_hu(entry))
    entry.finish()
    return result
