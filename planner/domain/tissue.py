"""What does heat do in here? Thermal properties of one tissue, every value with its status and source.

CT voxels hold fat and watery tissue side by side. A mixture is a tissue made of others by volume: capacities, latent
heat, perfusion and metabolic heat add up by volume; the conductivity is the geometric mean weighted by volume, which
lies between layers in series and in parallel (textbook rule for random mixtures; chosen by the project).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import ResourceInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COLDEST_C = -140.0
"""Cold end of the straight line that stands for a mixture's frozen conductivity."""


@dataclass(frozen=True, slots=True)
class HuReading:
    """HU by which unsegmented CT is taken for a tissue.

    ``window`` goes from ``value`` to ``upper``. Where ``core`` has a value, a connected region counts only when it
    reaches that HU somewhere: bone does, contrast medium in a vessel does not.
    """

    window: Datum
    core: Datum = MISSING


@dataclass(frozen=True, slots=True)
class Tissue:
    """Thermal properties, SI units, °C. Frozen values apply at and below the solidus.

    ``k_frozen_slope_w_per_m_k2`` is dk/dT below the solidus (negative: ice conducts better when colder).
    ``fixed_temperature_c`` marks large vessels held at blood temperature. ``parts`` are the ids and volume shares of
    a mixture.
    """

    id: str
    label: str
    density_kg_per_m3: Datum
    c_unfrozen_j_per_kg_k: Datum
    c_frozen_j_per_kg_k: Datum
    k_unfrozen_w_per_m_k: Datum
    k_frozen_w_per_m_k: Datum
    latent_heat_j_per_kg: Datum
    solidus_c: Datum
    liquidus_c: Datum
    perfusion_w_per_m3_k: Datum
    metabolic_w_per_m3: Datum
    k_frozen_slope_w_per_m_k2: float = 0.0
    fixed_temperature_c: float | None = None
    notes: tuple[str, ...] = ()
    hu: HuReading | None = None
    parts: tuple[tuple[str, float], ...] = ()

    @property
    def unverified_words(self) -> tuple[str, ...]:
        """Field names whose value was recalled or set by the project instead of read in a source."""
        return tuple(
            name
            for name in self.__slots__
            if isinstance(datum := getattr(self, name), Datum) and not datum.status.is_verified
        )


def mixture(
    tissue_id: str, label: str, parts: Sequence[tuple[Tissue, float]], *, hu: HuReading | None = None
) -> Tissue:
    """Return the volume mixture of tissues; ``parts`` are tissue and volume share, shares adding up to 1.

    One unverified value of a part makes the mixture's unverified. Raises ResourceInvalid when a part lacks a value.
    """

    def joined(name: str, mean: Callable[[str], float]) -> Datum:
        return _joined([getattr(part, name) for part, _ in parts], lambda: mean(name))

    return Tissue(
        id=tissue_id,
        label=label,
        density_kg_per_m3=joined("density_kg_per_m3", lambda name: _mean(parts, name, ())),
        c_unfrozen_j_per_kg_k=joined("c_unfrozen_j_per_kg_k", lambda name: _mean(parts, name, _MASS)),
        c_frozen_j_per_kg_k=joined("c_frozen_j_per_kg_k", lambda name: _mean(parts, name, _MASS)),
        k_unfrozen_w_per_m_k=joined("k_unfrozen_w_per_m_k", lambda name: _geometric(parts, name)),
        k_frozen_w_per_m_k=joined("k_frozen_w_per_m_k", lambda name: _geometric(parts, name)),
        latent_heat_j_per_kg=joined("latent_heat_j_per_kg", lambda name: _mean(parts, name, _MASS)),
        solidus_c=joined("solidus_c", lambda name: _mean(parts, name, _LATENT)),
        liquidus_c=joined("liquidus_c", lambda name: _mean(parts, name, _LATENT)),
        perfusion_w_per_m3_k=joined("perfusion_w_per_m3_k", lambda name: _mean(parts, name, ())),
        metabolic_w_per_m3=joined("metabolic_w_per_m3", lambda name: _mean(parts, name, ())),
        k_frozen_slope_w_per_m_k2=_slope(parts),
        hu=hu,
        parts=tuple((part.id, share) for part, share in parts),
    )


def remixed(tissues: Sequence[Tissue]) -> tuple[Tissue, ...]:
    """Return the tissues with every mixture made anew: needed after a part's values were changed."""
    by_id = {tissue.id: tissue for tissue in tissues}
    return tuple(
        replace(
            mixture(tissue.id, tissue.label, [(by_id[part], share) for part, share in tissue.parts], hu=tissue.hu),
            notes=tissue.notes,
        )
        if tissue.parts
        else tissue
        for tissue in tissues
    )


_MASS = ("density_kg_per_m3",)
_LATENT = ("density_kg_per_m3", "latent_heat_j_per_kg")


def _number(tissue: Tissue, name: str) -> float:
    datum: Datum = getattr(tissue, name)
    if datum.value is None:
        raise ResourceInvalid(
            f"{tissue.label} lacks a value ({name}), so nothing can be mixed with it.", code="mixture-missing"
        )
    return datum.value


def _mean(parts: Sequence[tuple[Tissue, float]], name: str, weights: tuple[str, ...]) -> float:
    """Mean by volume, or by volume times the named quantities."""
    weight = [share * math.prod(_number(part, factor) for factor in weights) for part, share in parts]
    total = sum(weight)
    values = [_number(part, name) for part, _ in parts]
    return sum(w * value for w, value in zip(weight, values, strict=True)) / total if total else values[0]


def _geometric(parts: Sequence[tuple[Tissue, float]], name: str) -> float:
    return math.exp(sum(share * math.log(_number(part, name)) for part, share in parts))


def _slope(parts: Sequence[tuple[Tissue, float]]) -> float:
    """Slope of the line through the mixture's conductivity at its solidus and at :data:`COLDEST_C`."""
    cold = math.exp(
        sum(
            share
            * math.log(
                _number(part, "k_frozen_w_per_m_k")
                + part.k_frozen_slope_w_per_m_k2 * (COLDEST_C - _number(part, "solidus_c"))
            )
            for part, share in parts
        )
    )
    solidus_c = _mean(parts, "solidus_c", _LATENT)
    return (cold - _geometric(parts, "k_frozen_w_per_m_k")) / (COLDEST_C - solidus_c)


def _joined(data: list[Datum], value: Callable[[], float]) -> Datum:
    """Return the mixture's value with the least certain status among its parts and all their sources."""
    doubtful = [datum.status for datum in data if not datum.status.is_verified]
    sources = dict.fromkeys(source for datum in data for source in datum.source.split(", ") if source)
    status = doubtful[0] if doubtful else Status.DERIVED
    return Datum(value(), status, source=", ".join(sources), note="mixed by volume from its parts")
