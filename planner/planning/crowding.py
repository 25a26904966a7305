"""Do probes get into each other's way? How near two shafts come, from the entry to the tip.

Shafts are looked at from the entry to the tip; hubs, handles and hoses against each other are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import distance_mm, point
from planner.domain.review import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.geometry import PointLps
    from planner.domain.identity import ProbeId
    from planner.domain.probe import ProbeModel, ProbePlacement

_PARALLEL = 1e-12


@dataclass(frozen=True, slots=True)
class Approach:
    """Where the axes of two shafts come nearest."""

    distance_mm: float
    on_first_lps_mm: PointLps
    on_second_lps_mm: PointLps


def closest_approach(first: ProbePlacement, second: ProbePlacement) -> Approach:
    """Return the shortest distance of two shafts' axes between entry and tip; of parallel ones, one of its places.

    Minimum of a convex quadratic over the unit square of both shafts' parameters; after Eberly, "Robust computation of
    distance between line segments" (2018).
    """
    from_first, from_second = np.asarray(first.entry_lps_mm), np.asarray(second.entry_lps_mm)
    along_first = np.asarray(first.tip_lps_mm) - from_first
    along_second = np.asarray(second.tip_lps_mm) - from_second
    apart = from_first - from_second
    a, b, c = along_first @ along_first, along_first @ along_second, along_second @ along_second
    d, e = along_first @ apart, along_second @ apart
    slant = a * c - b * b
    free = [((b * e - c * d) / slant, (a * e - b * d) / slant)] if slant > _PARALLEL * a * c else []
    # Where the free minimum lies outside the square, the least lies on its rim: at one end of one of the shafts.
    rim = [(s, (b * s + e) / c) for s in (0.0, 1.0)] + [((b * t - d) / a, t) for t in (0.0, 1.0)]
    inside = [(s, t) for s, t in free if 0 <= s <= 1 and 0 <= t <= 1]
    places = inside or [(min(max(s, 0.0), 1.0), min(max(t, 0.0), 1.0)) for s, t in rim]
    pairs = [(point(from_first + s * along_first), point(from_second + t * along_second)) for s, t in places]
    one, other = min(pairs, key=lambda pair: distance_mm(*pair))
    return Approach(distance_mm(one, other), one, other)


def crowding_findings(
    probes: Sequence[ProbePlacement], models: Mapping[str, ProbeModel]
) -> dict[ProbeId, tuple[Finding, ...]]:
    """Return for each probe which others it touches: their axes are nearer than both shafts are thick.

    A probe whose diameter the catalogue lacks counts as a line, and the finding is then a lower bound.
    """
    found: dict[ProbeId, tuple[Finding, ...]] = {probe.id: () for probe in probes}
    for first, second in combinations(probes, 2):
        apart_mm = closest_approach(first, second).distance_mm
        if apart_mm >= (shaft_radius_mm(first, models) or 0.0) + (shaft_radius_mm(second, models) or 0.0):
            continue
        for one, other in ((first, second), (second, first)):
            sentence = f"{one.label} and {other.label} collide: their axes come within {apart_mm:.1f} mm."
            found[one.id] += (Finding("probes-collide", Severity.ACK, sentence, value=apart_mm, unit="mm"),)
    return found


def shaft_radius_mm(probe: ProbePlacement, models: Mapping[str, ProbeModel]) -> float | None:
    """Return half the shaft's diameter, mm; None when the catalogue lacks it."""
    model = models.get(probe.model_id)
    diameter = None if model is None else model.shaft_diameter_mm.value
    return None if diameter is None else diameter / 2
