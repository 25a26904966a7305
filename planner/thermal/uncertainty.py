"""What would be asked of the solver if every value were off, all to one side? Three requests out of one.

The smallest ice takes from every range the end that shrinks it, the largest the opposite. A probe without a fit gets
the offsets of its class; a fitted one gets its residuals turned into degrees by the published sensitivity of the
radius to the surface temperature. Ranges come as an argument: this room reads no tables.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.calibration import Axis
from planner.domain.datum import Datum, Status
from planner.domain.tissue import remixed
from planner.domain.uncertainty import IceCase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.calibration import Calibration, FittedSize
    from planner.domain.probe import ProbeModel
    from planner.domain.simulation import BodyConditions, SimulationRequest
    from planner.domain.tissue import Tissue
    from planner.domain.uncertainty import ProbeSpread, UncertaintyRanges

COLDEST_SURFACE_C, WARMEST_SURFACE_C = -196.0, -20.0
"""A probe's surface stays between boiling nitrogen and the treatment isotherm, whatever its range."""
MIDDLE_LEVEL_C = -10.0
"""Warmer isotherms change with the surface like the 0 °C radius, colder ones like the −20 °C radius."""


def variants(request: SimulationRequest, ranges: UncertaintyRanges) -> dict[IceCase, SimulationRequest]:
    """Return the three requests, by case; the nominal one is the request itself.

    Parameters
    ----------
    ranges
        Ends of every property; properties without a range, grid, structures and protocol are the same in all three.
    """
    return {case: request if case is IceCase.NOMINAL else _variant(request, ranges, case) for case in IceCase}


def tissue_in(tissue: Tissue, ranges: UncertaintyRanges, case: IceCase) -> Tissue:
    """Return a tissue with every ranged value at the end of a case.

    The slope of the frozen conductivity changes by the conductivity's own factor; vessels follow the core temperature.
    """
    changes: dict[str, Datum] = {}
    for name in tissue.__slots__:
        datum = getattr(tissue, name)
        entry = ranges.range_of(name, tissue.id) if isinstance(datum, Datum) else None
        if entry is None or datum.value is None:
            continue
        value = entry.at(datum.value, case)
        if value != datum.value:
            changes[name] = Datum(
                value, entry.spread.status, source=entry.spread.source, note=f"{case} ice: {entry.id}"
            )
    varied = replace(tissue, **changes)  # type: ignore[arg-type]  # Datum fields only
    k_before, k_after = tissue.k_frozen_w_per_m_k.value, varied.k_frozen_w_per_m_k.value
    if k_before and k_after is not None:
        varied = replace(varied, k_frozen_slope_w_per_m_k2=tissue.k_frozen_slope_w_per_m_k2 * k_after / k_before)
    if tissue.fixed_temperature_c is not None:
        varied = replace(varied, fixed_temperature_c=tissue.fixed_temperature_c + _core_offset_c(ranges, case))
    return varied


def _tissues_in(tissues: Sequence[Tissue], ranges: UncertaintyRanges, case: IceCase) -> tuple[Tissue, ...]:
    """Return all tissues in a case, mixtures made of their varied parts and then taken one step fatter or leaner."""
    varied = {tissue.id: tissue for tissue in remixed([tissue_in(tissue, ranges, case) for tissue in tissues])}

    def shifted(tissue: Tissue) -> Tissue:
        source = varied[ranges.fat_shift.stand_in(tissue, tissues, case).id]
        return replace(source, id=tissue.id, label=tissue.label, notes=tissue.notes, hu=tissue.hu, parts=tissue.parts)

    return tuple(shifted(tissue) for tissue in tissues)


def model_in(model: ProbeModel, ranges: UncertaintyRanges, case: IceCase) -> ProbeModel:
    """Return a probe with its surface at the warm end (smallest ice) or the cold end (largest ice) of its range."""
    surface = model.surface_temperature_c
    if surface.value is None or case is IceCase.NOMINAL:
        return model
    colder_c, warmer_c = surface_offsets_c(model, ranges)
    value = surface.value + (warmer_c if case is IceCase.SMALLEST else colder_c)
    value = min(max(value, min(COLDEST_SURFACE_C, surface.value)), max(WARMEST_SURFACE_C, surface.value))
    return replace(
        model, surface_temperature_c=Datum(value, Status.PROJECT_DEFAULT, source=surface.source, note=f"{case} ice")
    )


def surface_offsets_c(model: ProbeModel, ranges: UncertaintyRanges) -> tuple[float, float]:
    """Return how much colder and warmer a probe's surface may be than listed, °C (negative, positive).

    Fitted to two or more widths, or with a published spread of the sizes: the fit's own range, widened by what was read
    on the model's surface. Else the coldest and warmest figure published for its boundary, else the class's offsets.
    """
    surface_c, fit, published = model.surface_temperature_c.value, model.calibration, model.surface_spread_c
    class_offsets = _ends(ranges.probe.class_offset_c)
    if surface_c is None:
        return class_offsets
    if fit is not None:
        own = _offsets_of_fit(fit, surface_c, ranges.probe)
        offsets = class_offsets if own is None else own
        if published.value is not None and published.upper is not None:
            offsets = min(offsets[0], published.value - surface_c), max(offsets[1], published.upper - surface_c)
        return _at_least(offsets, ranges.probe)
    if published.value is not None and published.upper is not None:
        return _at_least((published.value - surface_c, published.upper - surface_c), ranges.probe)
    return class_offsets


def _offsets_of_fit(fit: Calibration, surface_c: float, spread: ProbeSpread) -> tuple[float, float] | None:
    """Turn a fit's worst width residual and its published spread into °C; None when nothing tests the fit."""
    widths = [size for size in fit.sizes if size.axis is Axis.WIDTH]
    if len(widths) < 2 and fit.spread_c is None:
        return None
    off_c = max((_degrees(size, spread) for size in widths), default=0.0)
    colder_c, warmer_c = fit.spread_c or (surface_c, surface_c)
    return min(-off_c, colder_c - surface_c), max(off_c, warmer_c - surface_c)


def _degrees(size: FittedSize, spread: ProbeSpread) -> float:
    """Return by how many °C the surface would have to change to close one residual."""
    change = spread.radius_change_0c if size.level_c > MIDDLE_LEVEL_C else spread.radius_change_20c
    percent = 100 * abs(size.residual_mm) / (size.measured_mm / 2)
    return percent / (change.value or 1.0)


def _at_least(offsets_c: tuple[float, float], spread: ProbeSpread) -> tuple[float, float]:
    colder, warmer = _ends(spread.least_offset_c)
    return min(offsets_c[0], colder), max(offsets_c[1], warmer)


def _variant(request: SimulationRequest, ranges: UncertaintyRanges, case: IceCase) -> SimulationRequest:
    return replace(
        request,
        tissues=_tissues_in(request.tissues, ranges, case),
        models=tuple(model_in(model, ranges, case) for model in request.models),
        conditions=_conditions_in(request.conditions, ranges, case),
    )


def _conditions_in(conditions: BodyConditions, ranges: UncertaintyRanges, case: IceCase) -> BodyConditions:
    return replace(conditions, core_temperature_c=conditions.core_temperature_c + _core_offset_c(ranges, case))


def _core_offset_c(ranges: UncertaintyRanges, case: IceCase) -> float:
    """Return the change of the core temperature: a warmer body means less ice."""
    low, high = _ends(ranges.core_offset_c)
    return {IceCase.SMALLEST: high, IceCase.NOMINAL: 0.0, IceCase.LARGEST: low}[case]


def _ends(datum: Datum) -> tuple[float, float]:
    return datum.value or 0.0, datum.upper or 0.0
