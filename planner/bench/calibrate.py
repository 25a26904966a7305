"""Which surface temperature explains each probe's published ice? The fits of the catalogue, made again here and now.

``resources/probes/calibration.json`` holds the outcome: a fit where one stands, else why there is none. A probe whose
active length is not known is fitted for a few assumed lengths; that is shown, never stored as a value.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.calibration import MEASURED, Axis, Calibration, FittedSize
from planner.domain.datum import Datum
from planner.domain.errors import InputRefused
from planner.persistence.resources import read_probe_models, resources_dir, tissues
from planner.thermal.calibration import Bath, Shape, Size, SurfaceFit, fit_bath, fit_surface
from planner.thermal.settings import SOLVER_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from planner.domain.calibration import Isotherm
    from planner.domain.probe import ProbeModel

ASSUMED_ACTIVE_MM = (20.0, 30.0, 40.0)
"""Tried where the active length is not known; the catalogue's known ones are 20 and 22 mm."""
SPACING_MM = 1.0
ABOUT = (
    "Surface temperatures of probes as fitted to their published isotherms, written by frostline bench calibrate "
    "--write. One parameter each; sizes are diameters and lengths in mm."
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One fit of one probe for one active length."""

    active_mm: float
    fit: SurfaceFit
    spread_c: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one probe's published isotherms.

    Parameters
    ----------
    used
        Isotherms of one medium, start and time that the fit was made to; empty when none is usable.
    trials
        The fit, or one for each assumed active length.
    not_calibrated
        Why no fit is stored, in words; empty when the first trial is.
    """

    model: ProbeModel
    used: tuple[Isotherm, ...]
    trials: tuple[Trial, ...]
    not_calibrated: str

    @property
    def calibration(self) -> Calibration | None:
        """The fit to store; ``None`` when there is none."""
        diameter_mm = self.model.shaft_diameter_mm.value
        if self.not_calibrated or diameter_mm is None:
            return None
        (trial,) = self.trials
        first = self.used[0]
        pairs = zip(measured_sizes(self.used), trial.fit.predicted_mm, strict=True)
        return Calibration(
            medium=first.medium,
            tissue_id=first.tissue_id,
            start_c=first.start_c or 0.0,
            time_s=first.freeze_s or 0.0,
            sizes=tuple(FittedSize(size.level_c, size.axis, size.measured_mm, round(mm, 2)) for size, mm in pairs),
            surface_c=round(trial.fit.surface_c, 1),
            diameter_mm=diameter_mm,
            active_mm=trial.active_mm,
            solver_version=SOLVER_VERSION,
            source=", ".join(dict.fromkeys(item.width_mm.source for item in self.used)),
            spread_c=trial.spread_c,
        )


def run_fits(
    probe_id: str = "", *, spacing_mm: float = SPACING_MM, say: Callable[[str], None] = lambda _words: None
) -> list[Outcome]:
    """Fit every catalogue probe that has published isotherms, or the one of that id.

    Raises
    ------
    InputRefused
        When the catalogue has no such probe, or it has no published isotherm.
    """
    models = [m for m in read_probe_models(resources_dir(), fitted=False) if m.isotherms]
    if probe_id:
        models = [model for model in models if model.id == probe_id]
        if not models:
            raise InputRefused(
                f"The catalogue has no probe “{probe_id}” with published isotherms.",
                code="bench-probe",
                where="--probe",
            )
    outcomes = []
    for model in models:
        say(f"{model.label} …")
        outcomes.append(_outcome(model, spacing_mm=spacing_mm))
    return outcomes


def measured_sizes(isotherms: Sequence[Isotherm]) -> list[Size]:
    """List every measured width and length; a length that its authors inferred is left out."""
    return [
        Size(item.level_c, axis, datum.value)
        for item in isotherms
        for axis, datum in ((Axis.WIDTH, item.width_mm), (Axis.LENGTH, item.length_mm))
        if datum.value is not None and datum.status in MEASURED
    ]


def bath_of(isotherm: Isotherm) -> Bath:
    """Return the bath a usable isotherm was measured in."""
    medium = next(tissue for tissue in tissues() if tissue.id == isotherm.tissue_id)
    properties = {
        name: datum.value
        for name in medium.__slots__
        if isinstance(datum := getattr(medium, name), Datum) and datum.value is not None
    }
    properties["k_frozen_slope_w_per_m_k2"] = medium.k_frozen_slope_w_per_m_k2
    return Bath(properties, isotherm.start_c or 0.0, isotherm.freeze_s or 0.0)


def _outcome(model: ProbeModel, *, spacing_mm: float) -> Outcome:
    used = _same_freeze([item for item in model.isotherms if item.is_usable])
    if not used:
        reasons = "; ".join(dict.fromkeys(item.unusable_words for item in model.isotherms))
        return Outcome(model, (), (), f"not calibrated: no isotherm is usable ({reasons})")
    diameter_mm, active_mm = model.shaft_diameter_mm.value, model.active_tip_mm.value
    if diameter_mm is None:
        return Outcome(model, used, (), "not calibrated: shaft diameter not known")
    lengths = ASSUMED_ACTIVE_MM if active_mm is None else (active_mm,)
    trials = tuple(_trial(Shape(diameter_mm, length), used, spacing_mm=spacing_mm) for length in lengths)
    if active_mm is None:
        words = ", ".join(f"{t.fit.surface_c:.0f} °C if it were {t.active_mm:g} mm" for t in trials)
        words = f"active tip length not known (the best surface would be {words})".replace("-", "−")
    else:
        words = trials[0].fit.refused_words
    return Outcome(model, used, trials, f"not calibrated: {words}" if words else "")


def _same_freeze(isotherms: Sequence[Isotherm]) -> tuple[Isotherm, ...]:
    """Return the isotherms of the medium, start and time that most were measured in."""
    counts = Counter((item.tissue_id, item.start_c, item.freeze_s) for item in isotherms)
    if not counts:
        return ()
    (freeze, _), *_ = counts.most_common(1)
    return tuple(item for item in isotherms if (item.tissue_id, item.start_c, item.freeze_s) == freeze)


def _trial(shape: Shape, used: tuple[Isotherm, ...], *, spacing_mm: float) -> Trial:
    sizes = measured_sizes(used)
    fit = fit_bath(sizes, shape=shape, bath=bath_of(used[0]), spacing_mm=spacing_mm)
    deviations_mm = _deviations_mm(used)
    if deviations_mm is None:
        return Trial(shape.active_mm, fit, None)
    # So near the answer a size is a straight line over the surface temperature: no further predictions.
    line = np.polyfit([c for c, _ in fit.tried], np.array([mm for _, mm in fit.tried]), 1)
    ends = [
        fit_surface(
            [replace(s, measured_mm=s.measured_mm + sign * sd) for s, sd in zip(sizes, deviations_mm, strict=True)],
            lambda surface_c: np.array(line[0] * (surface_c - fit.surface_c) + fit.predicted_mm),
        ).surface_c
        for sign in (1, -1)
    ]
    return Trial(shape.active_mm, fit, (round(min(ends), 1), round(max(ends), 1)))


def _deviations_mm(used: Sequence[Isotherm]) -> list[float] | None:
    """Return the standard deviation of each measured size; None unless every one is known."""
    deviations = [
        sd
        for item in used
        for datum, sd in ((item.width_mm, item.width_sd_mm), (item.length_mm, item.length_sd_mm))
        if datum.value is not None and datum.status in MEASURED
    ]
    return None if any(sd is None for sd in deviations) else [sd or 0.0 for sd in deviations]


def rows_of(outcome: Outcome) -> list[dict[str, Any]]:
    """Return one plain row for each size of each trial; one without sizes where nothing is usable."""
    head = {"probe": outcome.model.id, "not_calibrated": outcome.not_calibrated}
    if not outcome.trials:
        return [head]
    first = outcome.used[0]
    return [
        {
            **head,
            "medium": first.medium,
            "start_c": first.start_c,
            "freeze_min": (first.freeze_s or 0.0) / 60,
            "active_mm": trial.active_mm,
            "surface_c": round(trial.fit.surface_c, 1),
            "surface_spread_c": trial.spread_c,
            "level_c": size.level_c,
            "axis": size.axis.value,
            "measured_mm": size.measured_mm,
            "predicted_mm": round(predicted_mm, 2),
            "radius_residual_mm": round(residual_mm, 2),
            "rms_mm": round(trial.fit.rms_mm, 2),
            "predictions": len(trial.fit.tried),
        }
        for trial in outcome.trials
        for size, predicted_mm, residual_mm in zip(
            measured_sizes(outcome.used), trial.fit.predicted_mm, trial.fit.residuals_mm, strict=True
        )
    ]


def table_lines(outcomes: Sequence[Outcome]) -> list[str]:
    """Set the outcomes as lines of text."""
    lines = []
    for outcome in outcomes:
        lines += ["", f"{outcome.model.label} ({outcome.model.id})"]
        if outcome.used:
            first = outcome.used[0]
            lines.append(f"  {first.medium}, start {first.start_c:g} °C, {(first.freeze_s or 0.0) / 60:g} min")
        for trial in outcome.trials:
            spread = "" if trial.spread_c is None else f" ({trial.spread_c[0]:.0f} to {trial.spread_c[1]:.0f} by 1 SD)"
            lines.append(
                f"  active {trial.active_mm:g} mm: surface {trial.fit.surface_c:.1f} °C{spread}, radius RMS "
                f"{trial.fit.rms_mm:.2f} mm, {len(trial.fit.tried)} predictions"
            )
            sizes = zip(measured_sizes(outcome.used), trial.fit.predicted_mm, trial.fit.residuals_mm, strict=True)
            lines += [
                f"    {size.level_c:>4.0f} °C {size.axis.value:<6}  measured {size.measured_mm:5.1f}  predicted "
                f"{predicted_mm:5.1f}  radius {residual_mm:+.2f} mm"
                for size, predicted_mm, residual_mm in sizes
            ]
        lines.append(f"  {outcome.not_calibrated or 'calibrated'}")
    return lines


def write_fits(outcomes: Sequence[Outcome], folder: Path) -> Path:
    """Write ``probes/calibration.json``; raise InputRefused unless the outcomes are of the whole catalogue."""
    published = {model.id for model in read_probe_models(folder, fitted=False) if model.isotherms}
    if {outcome.model.id for outcome in outcomes} != published:
        raise InputRefused(
            "Only the fits of the whole catalogue can be written; leave --probe out.",
            code="bench-probe",
            where="--write",
        )
    fits = [_fit_json(o.model.id, o.calibration) for o in outcomes if o.calibration is not None]
    refused = [{"id": o.model.id, "reason": o.not_calibrated} for o in outcomes if o.calibration is None]
    path = folder / "probes" / "calibration.json"
    content = {"schema": 1, "about": ABOUT, "fits": fits, "refused": refused}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _fit_json(probe_id: str, fit: Calibration) -> dict[str, Any]:
    spread: dict[str, Any] = {}
    if fit.spread_c is not None:
        note = "the fit again with every size one standard deviation larger and smaller"
        low, high = fit.spread_c
        spread["surface_spread_c"] = {
            "value": low, "upper": high, "status": "computed", "source": fit.source, "note": note
        }  # fmt: skip
    return {
        "id": probe_id,
        "medium": fit.medium,
        "tissue_id": fit.tissue_id,
        "start_temperature_c": fit.start_c,
        "freeze_min": fit.time_s / 60,
        "shaft_diameter_mm": fit.diameter_mm,
        "active_tip_mm": fit.active_mm,
        "surface_temperature_c": fit.surface_c,
        **spread,
        "sizes": [
            {
                "level_c": size.level_c,
                "axis": size.axis.value,
                "measured_mm": size.measured_mm,
                "predicted_mm": size.predicted_mm,
            }
            for size in fit.sizes
        ],
        "source": fit.source,
        "solver_version": fit.solver_version,
    }
