"""How much does each uncertain value move the ice? One change at a time, beside published figures.

Base: a 1.5 mm probe at −120 °C in perfused muscle that freezes at −0.5 °C, 480 s, 37 °C at the start. The published
changes of the 0 °C and −20 °C radii come from front tracking in one dimension, around a resolved wall. Here they come
from the shipped solver with its shipped probe, in the middle of a long active zone. So the table tests direction and
size of every answer that the range of a prediction rests on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.thermal import Probe, predict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

TIME_S = 480.0
START_C = 37.0
FREEZING_C = -0.5
HALF_MUSH_K = 0.05  # freezes within 0.1 K: sharp beside a field of 37 K
BASE_RADII_MM = (12.642, 7.886)
"""Published radii of the base case, mm: the front at −0.5 °C, and −20 °C (case AN-08m)."""
ACTIVE_MM, LONG_MM, WIDE_MM = 90.0, 100.0, 64.0
"""Long enough that the middle of the probe does not feel its ends; wide enough that its cold does not reach the box."""

MUSCLE: Mapping[str, float] = {
    "density_kg_per_m3": 1090.0,
    "c_unfrozen_j_per_kg_k": 3421.0,
    "c_frozen_j_per_kg_k": 1800.0,
    "k_unfrozen_w_per_m_k": 0.495,
    "k_frozen_w_per_m_k": 2.0,
    "latent_heat_j_per_kg": 250e3,
    "solidus_c": FREEZING_C - HALF_MUSH_K,
    "liquidus_c": FREEZING_C + HALF_MUSH_K,
    "perfusion_w_per_m3_k": 2535.0,
    "metabolic_w_per_m3": 988.0,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the base case, and the published change of its radii at the front and at −20 °C, %."""

    words: str
    published_percent: tuple[float, float]
    tissue: Mapping[str, float] = field(default_factory=dict)
    surface_c: float = -120.0
    radius_mm: float = 0.75
    start_c: float = START_C


CHANGES: tuple[Change, ...] = (
    Change("latent heat 150 kJ/kg", (10.7, 8.6), {"latent_heat_j_per_kg": 150e3}),
    Change("latent heat 334 kJ/kg", (-6.6, -5.4), {"latent_heat_j_per_kg": 334e3}),
    Change("frozen conductivity 1.4 W/(m K)", (-16.7, -14.1), {"k_frozen_w_per_m_k": 1.4}),
    Change("frozen conductivity 2.6 W/(m K)", (14.1, 11.6), {"k_frozen_w_per_m_k": 2.6}),
    Change("unfrozen conductivity −20 %", (2.0, 2.0), {"k_unfrozen_w_per_m_k": 0.396}),
    Change("unfrozen conductivity +20 %", (-2.0, -2.0), {"k_unfrozen_w_per_m_k": 0.594}),
    Change("start at 33 °C", (2.2, 1.8), start_c=33.0),
    Change("perfusion × 0", (1.5, 1.1), {"perfusion_w_per_m3_k": 0.0}),
    Change("perfusion × 3", (-2.6, -2.0), {"perfusion_w_per_m3_k": 7605.0}),
    Change("perfusion × 10", (-9.8, -7.9), {"perfusion_w_per_m3_k": 25350.0}),
    Change("probe −80 °C", (-18.2, -31.6), surface_c=-80.0),
    Change("probe −100 °C", (-8.5, -15.0), surface_c=-100.0),
    Change("probe −140 °C", (7.6, 13.7), surface_c=-140.0),
    Change("probe −160 °C", (14.6, 26.2), surface_c=-160.0),
    Change("probe radius 1.05 mm", (7.3, 12.0), radius_mm=1.05),
)
"""The published table; its all-fat rows leave open which of fat's other values they take, so they are not here."""


def sensitivity_table(*, spacing_mm: float = 2.0) -> list[dict[str, Any]]:
    """Return one row per change: published and own change of both radii, %, and the base case's radii, mm."""
    base = radii_mm(Change("base", (0.0, 0.0)), spacing_mm=spacing_mm)
    rows: list[dict[str, Any]] = [
        {"name": f"base, {word}", "published": published, "got": round(got, 3), "unit": "mm"}
        for word, published, got in zip(("R(0)", "R(−20)"), BASE_RADII_MM, base, strict=True)
    ]
    for change in CHANGES:
        own = radii_mm(change, spacing_mm=spacing_mm)
        for word, published, got, reference in zip(
            ("R(0)", "R(−20)"), change.published_percent, own, base, strict=True
        ):
            percent = 100 * (got / reference - 1)
            rows.append(
                {"name": f"{change.words}, {word}", "published": published, "got": round(percent, 2), "unit": "%"}
            )
    return rows


def radii_mm(change: Change, *, spacing_mm: float, time_s: float = TIME_S) -> tuple[float, float]:
    """Predict one case and return the radii of the freezing front and of −20 °C in the probe's middle, mm."""
    shape = tuple(round(edge_mm / spacing_mm) for edge_mm in (LONG_MM, WIDE_MM, WIDE_MM))
    along_mm, middle_mm = (shape[0] - 1) / 2 * spacing_mm, (shape[1] - 1) / 2 * spacing_mm
    # The probe's axis lies off the grid's symmetry, so that no luck of its place helps.
    axis_mm = np.array((middle_mm + 0.3 * spacing_mm, middle_mm + 0.2 * spacing_mm))
    x, y = (float(value) for value in axis_mm)
    ends = [(x, y, along_mm + side * ACTIVE_MM / 2) for side in (-1, 1)]
    result = predict(
        np.zeros(shape, np.uint8),
        [{**MUSCLE, **change.tissue}],
        spacing_mm=spacing_mm,
        affine=np.diag((spacing_mm, spacing_mm, spacing_mm, 1.0)),
        probes=[Probe(ends[0], ends[1], 2 * change.radius_mm, change.surface_c)],
        phases=(("freeze", time_s),),
        start=change.start_c,
    )
    across = shape[0] // 2
    frozen_mm2 = float(result.frozen_share[-1, across].sum()) * spacing_mm**2
    return float(np.sqrt(frozen_mm2 / np.pi)), _isotherm_mm(result.temperature_c[-1, across], axis_mm, spacing_mm)


def _isotherm_mm(t_c: NDArray[np.float32], axis_mm: NDArray[np.float64], spacing_mm: float) -> float:
    """Return the radius of −20 °C: T is linear in ln r across a few cells, and the same all round."""
    j, i = np.indices(t_c.shape)
    radius = np.hypot(i * spacing_mm - axis_mm[0], j * spacing_mm - axis_mm[1])
    near = np.abs(t_c + 20) < 6
    slope, at_zero = np.polyfit(t_c[near] + 20.0, np.log(radius[near]), 1)
    del slope
    return float(np.exp(at_zero))


def lines() -> Iterator[str]:
    """Yield the table as text."""
    for row in sensitivity_table():
        yield f"{row['name']:40s} published {row['published']:7.2f}  got {row['got']:7.2f} {row['unit']}"
