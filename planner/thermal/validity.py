"""Is this prediction inside the range in which the model was compared? One sentence for each way it is not.

A sentence is a warning, not a refusal: the prediction is made, and report and record say where it stands alone.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from planner.domain.datum import Datum
from planner.domain.protocol import PhaseKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planner.domain.model_card import ModelCard
    from planner.domain.simulation import SimulationRequest
    from planner.domain.tissue import Tissue

_ROUNDING = 1e-9
_WORDS = {
    "density_kg_per_m3": ("density", "kg/m³"),
    "c_unfrozen_j_per_kg_k": ("unfrozen heat capacity", "J/(kg K)"),
    "c_frozen_j_per_kg_k": ("frozen heat capacity", "J/(kg K)"),
    "k_unfrozen_w_per_m_k": ("unfrozen conductivity", "W/(m K)"),
    "k_frozen_w_per_m_k": ("frozen conductivity", "W/(m K)"),
    "latent_heat_j_per_kg": ("latent heat", "J/kg"),
    "solidus_c": ("solidus", "°C"),
    "liquidus_c": ("liquidus", "°C"),
    "perfusion_w_per_m3_k": ("perfusion", "W/(m³ K)"),
    "metabolic_w_per_m3": ("metabolic heat", "W/m³"),
}


def outside_validity(
    request: SimulationRequest, card: ModelCard, *, tissue_ids: Iterable[str] | None = None
) -> tuple[str, ...]:
    """Say where a request leaves the range the model was compared in; empty when it does not.

    Parameters
    ----------
    card
        Limits, and the range of every listed tissue value.
    tissue_ids
        Tissues that the prediction's box really holds; None looks at every tissue of the request.
    """
    tissues = request.tissues if tissue_ids is None else _present(request, tissue_ids)
    return tuple(dict.fromkeys((*_beyond_limits(request, card), *_beyond_sources(tissues, card))))


def uncompared_tissues(request: SimulationRequest, card: ModelCard, *, tissue_ids: Iterable[str]) -> str:
    """Name the tissues of the box in which no prediction was ever compared, in a sentence; empty when there is none."""
    labels = [tissue.label for tissue in _present(request, tissue_ids) if tissue.id not in card.compared_tissues]
    if not labels:
        return ""
    return f"No prediction was compared with a measurement or a second computation in: {'; '.join(labels)}."


def _present(request: SimulationRequest, tissue_ids: Iterable[str]) -> list[Tissue]:
    present = frozenset(tissue_ids)
    return [tissue for tissue in request.tissues if tissue.id in present]


def _beyond_limits(request: SimulationRequest, card: ModelCard) -> Iterator[str]:
    """Compare what the request asks for with each limit."""
    protocol = request.protocol
    yield from _crossed(card, "cell", "The grid", request.spacing_mm)
    yield from _crossed(card, "probes", "The plan", float(len(request.probes)))
    yield from _crossed(card, "core", "The body", request.conditions.core_temperature_c)
    yield from _crossed(card, "total", "The protocol", protocol.total_s)
    for placement in request.probes:
        for kind, run in groupby(protocol.phases_of(placement.id), key=lambda phase: phase.kind):
            if kind is PhaseKind.FREEZE:  # phases that follow each other, with another duty perhaps, are one freeze
                yield from _crossed(card, "freeze", "The protocol", sum(phase.duration_s for phase in run))
        model = request.model_of(placement)
        yield from _crossed(card, "shaft", model.label, model.shaft_diameter_mm.value)
        yield from _crossed(card, "active", model.label, model.active_tip_mm.value)
        yield from _crossed(card, "surface", model.label, model.surface_temperature_c.value)


def _crossed(card: ModelCard, limit_id: str, who: str, value: float | None) -> Iterator[str]:
    limit = card.limit(limit_id)
    if limit is None or value is None or _inside(value, limit.span):
        return
    yield (
        f"{who}: {limit.words} of {_number(value)} {limit.unit}".rstrip()
        + f" is outside {_span(limit.span)} {limit.unit}".rstrip()
        + ", where the model was compared; the error there is not known."
    )


def _beyond_sources(tissues: Iterable[Tissue], card: ModelCard) -> Iterator[str]:
    """Compare every tissue value with its source's range (H-30)."""
    known = {(entry.tissue_id, entry.name): entry for entry in card.source_ranges}
    for tissue in tissues:
        for name in tissue.__slots__:
            datum = getattr(tissue, name)
            if not isinstance(datum, Datum) or datum.value is None:
                continue
            words, unit = _WORDS.get(name, (name, ""))
            entry = known.get((tissue.id, name))
            if entry is None:
                yield f"{tissue.label}: {words} of {_number(datum.value)} {unit} has no source range to compare with."
            elif not _inside(datum.value, entry.span):
                yield (
                    f"{tissue.label}: {words} of {_number(datum.value)} {unit} is outside its source's range of "
                    f"{_span(entry.span)} {unit}."
                )


def _inside(value: float, span: Datum) -> bool:
    low, high = span.value, span.upper
    slack = _ROUNDING * max(abs(low or 0.0), abs(high or 0.0), 1.0)
    return (low is None or value >= low - slack) and (high is None or value <= high + slack)


def _span(span: Datum) -> str:
    return f"{_number(span.value or 0.0)} to {_number(span.upper or 0.0)}"


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−") if abs(value) < 1e4 else f"{value:.0f}".replace("-", "−")
