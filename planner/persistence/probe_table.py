"""What is known of each probe? The catalogue with its classes and fits, read strictly into models.

A probe's surface temperature is its own entry; without one, the fit to its published isotherms; without that, the value
of its class. A fit counts only for the geometry and the sizes it was made with: change those and it is refused until it
is made again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.calibration import Axis, Calibration, FittedSize, Isotherm
from planner.domain.datum import MISSING, Datum, Status
from planner.domain.probe import ProbeModel
from planner.persistence.record import Record

if TYPE_CHECKING:
    from planner.persistence.record import Range

PROBE_RANGES: dict[str, Range] = {
    "shaft_diameter_mm": (0.3, 6.0),
    "active_tip_mm": (1.0, 80.0),
    "tip_to_active_mm": (0.0, 15.0),
    "surface_temperature_c": (-196.0, -20.0),
    "usable_length_mm": (30.0, 400.0),
}
POWER_LIMIT_W: Range = (1.0, 200.0)
ISOTHERM_C: Range = (-60.0, 0.0)
ISOTHERM_MM: Range = (1.0, 100.0)
START_C: Range = (0.0, 45.0)
FREEZE_MIN: Range = (0.1, 60.0)
_SAME_MM = 0.005
_LEAST_SLENDER = 2.0  # a catalogue needle's active zone is longer than this many diameters; less is a slip of cm for mm


@dataclass(frozen=True, slots=True)
class _ProbeClass:
    surface_c: Datum
    spread_c: Datum
    notes: tuple[str, ...]


def probe_models(table: Record, fits: Record | None) -> tuple[ProbeModel, ...]:
    """Read every probe of the catalogue ``table``.

    Parameters
    ----------
    fits
        ``calibration.json``; ``None`` reads the catalogue as it is before any fit.

    Raises
    ------
    ResourceInvalid
        When a field is unknown, missing or implausible, or a fit does not belong to the catalogue's figures.
    """
    classes = {entry.text("id"): _probe_class(entry) for entry in table.records("classes")}
    made = {} if fits is None else {entry.text("id"): entry for entry in fits.records("fits")}
    refused = {} if fits is None else {entry.text("id"): entry for entry in fits.records("refused")}
    models = tuple(_model(entry, classes, made, refused) for entry in table.records("probes"))
    table.finish()
    if fits is not None:
        unknown = sorted(made.keys() | refused.keys())
        if unknown:
            raise fits.fail("fits", f"names {', '.join(unknown)}, which probes.json lacks.", "resource-fit")
        fits.finish()
    return models


def _probe_class(entry: Record) -> _ProbeClass:
    surface = entry.datum("surface_temperature_c", PROBE_RANGES["surface_temperature_c"])
    if surface.status not in (Status.CLASS_VALUE, Status.MISSING):
        raise entry.fail(
            "surface_temperature_c", f"has the status “{surface.status}”, not “class value”.", "resource-class"
        )
    result = _ProbeClass(surface, _published_surface(entry), entry.texts("notes"))
    entry.finish()
    return result


def _published_surface(entry: Record) -> Datum:
    """Return the coldest and warmest published surface; missing when none is given."""
    if not entry.has("published_surface_c"):
        return MISSING
    return entry.datum("published_surface_c", PROBE_RANGES["surface_temperature_c"])


def _model(
    entry: Record, classes: dict[str, _ProbeClass], made: dict[str, Record], refused: dict[str, Record]
) -> ProbeModel:
    data = {field: entry.datum(field, plausible) for field, plausible in PROBE_RANGES.items()}
    check_shape(entry, data)
    isotherms = tuple(_isotherm(item) for item in entry.records("isotherms", optional=True))
    _check_ice(entry, isotherms, data["shaft_diameter_mm"])
    model = ProbeModel(
        id=entry.text("id"),
        label=entry.text("label"),
        manufacturer=entry.text("manufacturer"),
        cryogen=entry.text("cryogen"),
        gauge=_gauge(entry),
        is_generic=entry.flag("is_generic"),
        notes=(*entry.texts("notes"), *_reading(entry), *(_isotherm_words(item) for item in isotherms)),
        surface_spread_c=_published_surface(entry),
        power_limit_w=entry.datum("power_limit_w", POWER_LIMIT_W) if entry.has("power_limit_w") else MISSING,
        isotherms=isotherms,
        shaft_diameter_mm=data["shaft_diameter_mm"],
        active_tip_mm=data["active_tip_mm"],
        tip_to_active_mm=data["tip_to_active_mm"],
        surface_temperature_c=data["surface_temperature_c"],
        usable_length_mm=data["usable_length_mm"],
    )
    class_id = entry.text("probe_class", default="")
    entry.finish()
    if class_id and class_id not in classes:
        raise entry.fail("probe_class", f"is “{class_id}”, not one of: {', '.join(classes)}.", "resource-choice")
    if model.id in refused:
        model = replace(model, not_calibrated=_reason(refused.pop(model.id)))
    if model.id in made:
        return _fitted(model, made.pop(model.id))
    return _of_class(model, classes[class_id]) if class_id else model


def check_shape(entry: Record, data: dict[str, Datum]) -> None:
    """Refuse an active zone hardly longer than the shaft is thick, or longer than the shaft."""
    thick, active = data["shaft_diameter_mm"].value, data["active_tip_mm"].value
    usable = data["usable_length_mm"].value
    if thick is not None and active is not None and active < _LEAST_SLENDER * thick:
        raise entry.fail(
            "active_tip_mm",
            f"is {active:g} mm on a shaft {thick:g} mm thick; is one of them in another unit?",
            "resource-shape",
        )
    if usable is not None and active is not None and active > usable:
        raise entry.fail(
            "active_tip_mm", f"is {active:g} mm on a shaft {usable:g} mm long; check both.", "resource-shape"
        )


def _check_ice(entry: Record, isotherms: tuple[Isotherm, ...], shaft: Datum) -> None:
    """Refuse ice thinner than the shaft, and a colder isotherm that is wider than a warmer one of the same freeze."""
    widths: dict[tuple[object, ...], list[tuple[float, float]]] = {}
    for item in isotherms:
        if item.width_mm.value is None:
            continue
        if shaft.value is not None and item.width_mm.value <= shaft.value:
            raise entry.fail(
                "isotherms",
                f"give ice {item.width_mm.value:g} mm wide on a shaft {shaft.value:g} mm thick; is one of them in "
                "another unit?",
                "resource-shape",
            )
        freeze = (item.medium, item.start_c, item.freeze_s, item.probes, item.spacing_mm)
        widths.setdefault(freeze, []).append((item.level_c, item.width_mm.value))
    for found in widths.values():
        ordered = [width for _, width in sorted(found)]
        if ordered != sorted(ordered):
            raise entry.fail(
                "isotherms",
                f"are {', '.join(f'{width:g}' for width in ordered)} mm wide from cold to warm; a colder isotherm "
                "cannot be wider.",
                "resource-shape",
            )


def _of_class(model: ProbeModel, its_class: _ProbeClass) -> ProbeModel:
    """Give a model without a figure of its own its class's surface temperature, and the class's notes."""
    if model.surface_temperature_c.value is not None:
        return model
    surface = its_class.surface_c
    return replace(
        model,
        surface_temperature_c=model.surface_temperature_c if surface.value is None else surface,
        surface_spread_c=its_class.spread_c if model.surface_spread_c.value is None else model.surface_spread_c,
        notes=(*model.notes, *its_class.notes),
    )


def _fitted(model: ProbeModel, entry: Record) -> ProbeModel:
    """Give a model its fit; refuse a fit made with other figures."""
    fit = _calibration(entry)
    made_with = ((fit.diameter_mm, model.shaft_diameter_mm.value), (fit.active_mm, model.active_tip_mm.value))
    published = {
        (item.level_c, axis, datum.value)
        for item in model.isotherms
        if item.is_usable and (item.tissue_id, item.start_c, item.freeze_s) == (fit.tissue_id, fit.start_c, fit.time_s)
        for axis, datum in ((Axis.WIDTH, item.width_mm), (Axis.LENGTH, item.length_mm))
    }
    used = {(size.level_c, size.axis, size.measured_mm) for size in fit.sizes}
    if any(now is None or not math.isclose(then, now, abs_tol=_SAME_MM) for then, now in made_with) or used - published:
        raise entry.fail(
            "sizes",
            "and geometry are no longer those of probes.json; make the fit again with frostline bench calibrate "
            "--write.",
            "resource-fit",
        )
    if model.surface_temperature_c.value is not None:
        raise entry.fail(
            "surface_temperature_c", "is in probes.json as well; keep the fit or the entry.", "resource-fit"
        )
    surface = Datum(fit.surface_c, Status.COMPUTED, source=fit.source, note=fit.words)
    return replace(
        model, surface_temperature_c=surface, surface_spread_c=_spread(fit, model.surface_spread_c), calibration=fit
    )


def _spread(fit: Calibration, published: Datum) -> Datum:
    """Return the range that the sizes' own spread and a reading of the model's surface span together."""
    if fit.spread_c is None:
        return published
    colder, warmer = fit.spread_c
    if published.value is None or published.upper is None:
        return Datum(colder, Status.COMPUTED, source=fit.source, upper=warmer)
    source = ", ".join(dict.fromkeys((fit.source, published.source)))
    return Datum(min(colder, published.value), Status.COMPUTED, source=source, upper=max(warmer, published.upper))


def _calibration(entry: Record) -> Calibration:
    spread = None
    if entry.has("surface_spread_c"):
        ends = entry.datum("surface_spread_c", PROBE_RANGES["surface_temperature_c"])
        if ends.value is None or ends.upper is None:
            raise entry.fail("surface_spread_c", "needs a colder and a warmer end.", "resource-fit")
        spread = (ends.value, ends.upper)
    fit = Calibration(
        medium=entry.text("medium"),
        tissue_id=entry.text("tissue_id"),
        start_c=_number(entry, "start_temperature_c", START_C),
        time_s=60 * _number(entry, "freeze_min", FREEZE_MIN),
        sizes=tuple(_size(item) for item in entry.records("sizes")),
        surface_c=_number(entry, "surface_temperature_c", PROBE_RANGES["surface_temperature_c"]),
        diameter_mm=_number(entry, "shaft_diameter_mm", PROBE_RANGES["shaft_diameter_mm"]),
        active_mm=_number(entry, "active_tip_mm", PROBE_RANGES["active_tip_mm"]),
        solver_version=entry.text("solver_version"),
        source=entry.source(needed=True),
        spread_c=spread,
    )
    entry.finish()
    if not fit.sizes:
        raise entry.fail("sizes", "are empty; a fit needs at least one.", "resource-fit")
    return fit


def _size(item: Record) -> FittedSize:
    size = FittedSize(
        _number(item, "level_c", ISOTHERM_C),
        item.choice("axis", Axis),
        _number(item, "measured_mm", ISOTHERM_MM),
        _number(item, "predicted_mm", ISOTHERM_MM),
    )
    item.finish()
    return size


def _reason(entry: Record) -> str:
    reason = entry.text("reason")
    entry.finish()
    return reason


def _number(entry: Record, field: str, plausible: Range) -> float:
    return entry.number(field, plausible) or 0.0


def _gauge(entry: Record) -> str:
    """Return the gauge as text, flagged when it was only recalled; empty when missing."""
    gauge = Record(entry.raw("gauge"), where=f"{entry.where} › gauge", sources=entry.sources)
    status, _ = gauge.sourced_status()
    gauge.confidence()
    if status is Status.MISSING:
        gauge.raw("value")
        gauge.finish()
        return ""
    text = gauge.text("value")
    gauge.finish()
    flag = Datum(0.0, status).flag
    return f"{text} ({flag})" if flag == "unverified" else text


def _reading(entry: Record) -> tuple[str, ...]:
    """Put a published temperature reading that is not the solver's boundary into words."""
    if not entry.has("temperature_reading_c"):
        return ()
    datum = entry.datum("temperature_reading_c", (-200.0, 0.0))
    flag = f", {datum.flag}" if datum.flag else ""
    note = f": {datum.note}" if datum.note else ""
    return (f"Published reading {_words(datum)} °C ({datum.source}{flag}){note}.",)


def _isotherm(item: Record) -> Isotherm:
    minutes = item.number("freeze_min", FREEZE_MIN, optional=True)
    isotherm = Isotherm(
        level_c=_number(item, "level_c", ISOTHERM_C),
        medium=item.text("medium"),
        tissue_id=item.text("tissue_id", default=""),
        start_c=item.number("start_temperature_c", START_C, optional=True),
        freeze_s=None if minutes is None else 60 * minutes,
        width_mm=item.datum("width_mm", ISOTHERM_MM) if item.has("width_mm") else MISSING,
        length_mm=item.datum("length_mm", ISOTHERM_MM) if item.has("length_mm") else MISSING,
        width_sd_mm=item.number("width_sd_mm", (0.0, 20.0), optional=True),
        length_sd_mm=item.number("length_sd_mm", (0.0, 20.0), optional=True),
        probes=round(_number(item, "probes", (1, 10))),
        spacing_mm=item.number("spacing_mm", (1.0, 50.0), optional=True),
        is_measured=not item.flag("is_computed"),
    )
    item.finish()
    return isotherm


def _isotherm_words(isotherm: Isotherm) -> str:
    """Put a published isotherm into words, with its medium, start and time, and why it is not used when it is not."""
    data = {
        "width": (isotherm.width_mm, isotherm.width_sd_mm),
        "length": (isotherm.length_mm, isotherm.length_sd_mm),
    }
    known = {word: (datum, sd) for word, (datum, sd) in data.items() if datum.value is not None}
    size = ", ".join(
        f"{word} {_words(datum)}{'' if sd is None else f' ± {sd:g}'} mm" for word, (datum, sd) in known.items()
    )
    origin = ", ".join(dict.fromkeys(f"{datum.source} {datum.status.value}" for datum, _ in known.values()))
    conditions = [
        isotherm.medium,
        f"start {isotherm.start_c:g} °C" if isotherm.start_c is not None else "start not stated",
        f"{isotherm.freeze_s / 60:g} min" if isotherm.freeze_s is not None else "time not stated",
    ]
    if isotherm.probes > 1:
        apart = f" {isotherm.spacing_mm:g} mm apart" if isotherm.spacing_mm else ""
        conditions.append(f"{isotherm.probes:g} probes{apart}")
    unused = f" Not used for a fit: {isotherm.unusable_words}." if isotherm.unusable_words else ""
    return f"{_minus(isotherm.level_c)} °C isotherm: {size}; {', '.join(conditions)} ({origin}).{unused}"


def _words(datum: Datum) -> str:
    upper = f" to {_minus(datum.upper)}" if datum.upper is not None else ""
    return f"{_minus(datum.value)}{upper}"


def _minus(value: float | None) -> str:
    return "—" if value is None else f"{value:g}".replace("-", "−")
