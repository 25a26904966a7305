"""Which words stand in the tables about a probe? Every value with its status and source; missing stays missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.datum import MISSING, Status
from planner.report.numbers import MINUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.calibration import Calibration, Isotherm
    from planner.domain.datum import Datum
    from planner.domain.probe import ProbeModel

Row = tuple[tuple[str, str], ...]
"""The cells of one row: text, and the tone it is written in."""
_FOUND_WORDS = {Status.FOUND: "found in its source", Status.DERIVED: "derived", Status.COMPUTED: "computed by fit"}


def value_rows(model: ProbeModel) -> list[Row]:
    """Return one row for each figure of the catalogue."""
    figures = (
        ("Shaft diameter", model.shaft_diameter_mm, "mm"),
        ("Active tip", model.active_tip_mm, "mm"),
        ("Tip to active zone", model.tip_to_active_mm, "mm"),
        ("Usable length", model.usable_length_mm, "mm"),
        ("Surface temperature", model.surface_temperature_c, "°C"),
        ("Surface, range", model.surface_spread_c, "°C"),
        ("Most power", model.power_limit_w, "W"),
    )
    shown = [row for row in figures if row[1] is not MISSING or row[0] not in ("Surface, range", "Most power")]
    gauge: Row = (("Gauge", ""), (model.gauge, ""), ("" if model.gauge else "missing", ""), ("", ""))
    return [
        gauge,
        *((((name, ""), (_value(datum, unit), ""), _status(datum), (datum.source, ""))) for name, datum, unit in shown),
    ]


def isotherm_rows(isotherms: Sequence[Isotherm]) -> list[Row]:
    """Return one row for each published isotherm, with why it is not used for a fit when it is not."""
    return [
        (
            (f"{_plain(one.level_c)} °C", ""),
            (_size(one.width_mm, one.width_sd_mm), ""),
            (_size(one.length_mm, one.length_sd_mm), ""),
            (_conditions(one), ""),
            (
                _origin(one),
                "check" if any(d.flag for d in (one.width_mm, one.length_mm) if d.value is not None) else "",
            ),
        )
        for one in isotherms
    ]


def source_ids(model: ProbeModel) -> tuple[str, ...]:
    """Return the ids of all catalogued sources of a model, each once; a site's documents are not among them."""
    isotherms = [datum for one in model.isotherms for datum in (one.width_mm, one.length_mm)]
    figures = [
        model.shaft_diameter_mm,
        model.active_tip_mm,
        model.tip_to_active_mm,
        model.usable_length_mm,
        model.surface_temperature_c,
        model.surface_spread_c,
        model.power_limit_w,
    ]
    named = [
        part for datum in (*figures, *isotherms) if datum.status is not Status.SITE for part in datum.source.split(", ")
    ]
    return tuple(dict.fromkeys(part for part in named if part))


def fit_words(fit: Calibration) -> str:
    """Say how the surface temperature was fitted, and with which geometry it holds."""
    return (
        f"Fitted with solver {fit.solver_version} to sizes in {fit.medium} from {_plain(fit.start_c)} °C after "
        f"{fit.time_s / 60:g} min, for a shaft of {fit.diameter_mm:g} mm and an active tip of {fit.active_mm:g} mm. "
        f"Radius RMS {fit.rms_mm:.1f} mm, worst {fit.worst_mm:.1f} mm ({fit.source})."
    )


def fit_rows(fit: Calibration) -> list[Row]:
    """Return one row for each size of a fit: measured, as predicted with the fitted surface, difference in radius."""
    return [
        (
            (f"{_plain(size.level_c)} °C {size.axis.value}", ""),
            (f"{size.measured_mm:.1f} mm", ""),
            (f"{size.predicted_mm:.1f} mm", ""),
            (f"{_signed(size.residual_mm)} mm radius", ""),
        )
        for size in fit.sizes
    ]


def _value(datum: Datum, unit: str) -> str:
    if datum.value is None:
        return ""
    upper = f" to {_plain(datum.upper)}" if datum.upper is not None else ""
    return f"{_plain(datum.value)}{upper} {unit}"


def _status(datum: Datum) -> tuple[str, str]:
    words = datum.flag or _FOUND_WORDS.get(datum.status, datum.status.value)
    # How a fit was made stands in a section of its own.
    note = f": {datum.note}" if datum.note and datum.status is not Status.COMPUTED else ""
    return f"{words}{note}", "check" if datum.flag and datum.value is not None else ""


def _size(datum: Datum, sd_mm: float | None) -> str:
    spread = "" if sd_mm is None or datum.value is None else f" ± {sd_mm:g}"
    return _value(datum, "mm").replace(" mm", f"{spread} mm")


def _conditions(one: Isotherm) -> str:
    parts = [
        one.medium,
        "start not stated" if one.start_c is None else f"start {_plain(one.start_c)} °C",
        "time not stated" if one.freeze_s is None else f"{one.freeze_s / 60:g} min",
    ]
    if one.probes > 1:
        parts.append(f"{one.probes} probes" + (f", {one.spacing_mm:g} mm apart" if one.spacing_mm else ""))
    unused = f". Not used for a fit: {one.unusable_words}" if one.unusable_words else ""
    return f"{', '.join(parts)}{unused}"


def _known(one: Isotherm) -> list[Datum]:
    return [datum for datum in (one.width_mm, one.length_mm) if datum.value is not None]


def _origin(one: Isotherm) -> str:
    known = _known(one)
    flags = dict.fromkeys(datum.flag or datum.status.value for datum in known)
    named = ", ".join(dict.fromkeys(datum.source for datum in known if datum.source))
    return ", ".join(part for part in (named, *flags) if part)


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}".replace("-", MINUS)


def _signed(value: float) -> str:
    text = f"{value:+.1f}".replace("-", MINUS)
    return "0.0" if text[1:] == "0.0" else text
