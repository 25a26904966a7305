"""Which ranges and limits of the model are shipped? ``tissue/ranges.json`` and ``model_card.json``, read strictly."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from planner.domain.datum import Datum
from planner.domain.model_card import CardStatement, ModelCard, SourceRange, ValidatedCase, ValidityLimit
from planner.domain.uncertainty import End, FatShift, HeldValue, ProbeSpread, PropertyRange, Scale, UncertaintyRanges
from planner.persistence.record import Range, Record, read_record
from planner.persistence.resources import TISSUE_RANGES, read_sources, resources_dir, tissues

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.domain.tissue import Tissue

_FACTORS: Range = (0.0, 20.0)
_OFFSETS_C: Range = (-60.0, 60.0)
_PERCENT_PER_C: Range = (0.01, 10.0)
_ANY: Range = (-1e9, 1e9)
_ERROR_MM: Range = (0.1, 20.0)


@cache
def uncertainty_ranges() -> UncertaintyRanges:
    """Return how far each value behind a prediction may be off."""
    return read_ranges(resources_dir())


@cache
def model_card() -> ModelCard:
    """Return what the model can do, what was validated, and where its range ends."""
    return read_model_card(resources_dir(), tissues=tissues(), ranges=uncertainty_ranges())


def read_ranges(folder: Path) -> UncertaintyRanges:
    """Read ``tissue/ranges.json`` of a resources folder."""
    table = read_record(folder / "tissue" / "ranges.json", sources=read_sources(folder))
    entries = tuple(_property_range(entry) for entry in table.records("properties"))
    _refuse_twice(entries, table)
    probe = Record(table.raw("probe"), where=f"{table.where} › probe", sources=table.sources)
    spread = ProbeSpread(
        class_offset_c=_ends(probe, "class_offset_c", _OFFSETS_C),
        least_offset_c=_ends(probe, "least_offset_c", _OFFSETS_C),
        radius_change_0c=_value(probe, "radius_change_0c", _PERCENT_PER_C),
        radius_change_20c=_value(probe, "radius_change_20c", _PERCENT_PER_C),
    )
    probe.finish()
    ranges = UncertaintyRanges(
        properties=entries,
        probe=spread,
        fat_shift=_fat_shift(Record(table.raw("fat_shift"), where=f"{table.where} › fat_shift", sources=table.sources)),
        core_offset_c=_ends(table, "core_offset_c", (-5.0, 5.0)),
        held_tolerance=_ends(table, "held_tolerance", (0.5, 2.0)),
        held=tuple(_held(entry) for entry in table.records("held")),
    )
    table.finish()
    return ranges


def _property_range(entry: Record) -> PropertyRange:
    name, scale = entry.text("name"), entry.choice("scale", Scale)
    if name not in TISSUE_RANGES:
        raise entry.fail("name", f"is {name!r}, no property of a tissue.", "resource-choice")
    plausible = _FACTORS if scale is Scale.RELATIVE else TISSUE_RANGES[name]
    result = PropertyRange(
        id=entry.text("id"),
        name=name,
        tissues=entry.texts("tissues"),
        scale=scale,
        spread=_ends(entry, "spread", plausible),
        shrinks_ice=entry.choice("shrinks_ice", End),
    )
    entry.finish()
    return result


def _refuse_twice(entries: Sequence[PropertyRange], table: Record) -> None:
    """Refuse two ranges for one property of one tissue: which of them held would depend on their order."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        for tissue_id in entry.tissues or ("",):
            if (entry.name, tissue_id) in seen:
                words = f"{entry.name} of {tissue_id or 'every other tissue'}"
                raise table.fail("properties", f"gives {words} twice.", "resource-twice")
            seen.add((entry.name, tissue_id))


def _ends(entry: Record, field: str, plausible: Range) -> Datum:
    datum = entry.datum(field, plausible)
    if datum.value is None or datum.upper is None:
        raise entry.fail(field, "needs a low end (value) and a high end (upper).", "resource-range")
    return datum


def _value(entry: Record, field: str, plausible: Range) -> Datum:
    datum = entry.datum(field, plausible)
    if datum.value is None:
        raise entry.fail(field, "has no value.", "resource-missing")
    return datum


def _fat_shift(entry: Record) -> FatShift:
    status, source = entry.sourced_status()
    entry.confidence()
    shift = FatShift(entry.text("lean"), entry.text("fat"), status, source, entry.text("note", default=""))
    entry.finish()
    return shift


def _held(entry: Record) -> HeldValue:
    held = HeldValue(entry.text("words"), entry.text("reason"))
    entry.finish()
    return held


def read_model_card(folder: Path, *, tissues: Sequence[Tissue], ranges: UncertaintyRanges) -> ModelCard:
    """Read ``model_card.json`` and add the range of every listed tissue value."""
    table = read_record(folder / "model_card.json", sources=read_sources(folder))
    card = ModelCard(
        purpose=table.text("purpose"),
        modelled=_statements(table, "modelled"),
        not_modelled=_statements(table, "not_modelled"),
        limits=tuple(_limit(entry) for entry in table.records("limits")),
        compared_tissues=table.texts("compared_tissues"),
        validated=tuple(_validated(entry) for entry in table.records("validated")),
        validated_by=table.text("validated_by"),
        published=_statements(table, "published"),
        error_mm=_value(table, "error_mm", _ERROR_MM),
        source_ranges=source_ranges(tissues, ranges),
    )
    table.finish()
    return card


def source_ranges(tissues: Sequence[Tissue], ranges: UncertaintyRanges) -> tuple[SourceRange, ...]:
    """Return low and high end of every listed value of every tissue."""
    found = []
    low_factor, high_factor = ranges.held_tolerance.value or 1.0, ranges.held_tolerance.upper or 1.0
    for tissue in tissues:
        for name in tissue.__slots__:
            datum = getattr(tissue, name)
            if not isinstance(datum, Datum) or datum.value is None:
                continue
            entry = ranges.range_of(name, tissue.id)
            if entry is not None:
                low, high = entry.ends_around(datum.value)
                spread = entry.spread
            else:
                low, high = sorted((low_factor * datum.value, high_factor * datum.value))
                spread = ranges.held_tolerance
            spread = replace(spread, value=low, upper=high)
            found.append(SourceRange(tissue.id, tissue.label, name, spread))
    return tuple(found)


def _statements(table: Record, field: str) -> tuple[CardStatement, ...]:
    statements = []
    for entry in table.records(field):
        status, source = entry.sourced_status()
        statements.append(CardStatement(entry.text("text"), status, source))
        entry.finish()
    return tuple(statements)


def _limit(entry: Record) -> ValidityLimit:
    limit = ValidityLimit(
        id=entry.text("id"), words=entry.text("words"), unit=entry.text("unit"), span=_ends(entry, "span", _ANY)
    )
    entry.finish()
    return limit


def _validated(entry: Record) -> ValidatedCase:
    case = ValidatedCase(
        case=entry.text("case"),
        kind=entry.text("kind"),
        quantity=entry.text("quantity"),
        expected=entry.text("expected"),
        got=entry.text("got"),
        tolerance=entry.text("tolerance"),
        met=int(entry.number("met", (0, 1e5)) or 0),
        judged=int(entry.number("judged", (0, 1e5)) or 0),
        source=entry.text("source", default=""),
        note=entry.text("note", default=""),
    )
    entry.finish()
    return case
