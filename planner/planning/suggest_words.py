"""How is a suggested placement explained? Where it enters, what it passes, what it treats, gains and costs.

Every number has its unit, and what is worse than elsewhere is said beside what is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Side, operator_pose, point
from planner.domain.structure import StructureKind, StructureRole
from planner.domain.suggestion import ShaftPassage, SuggestAxis
from planner.planning.clearance import near_field
from planner.planning.crossings import AVOIDED
from planner.planning.rules import number
from planner.planning.trajectory import shaft_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PatientPosition
    from planner.domain.identity import StructureId
    from planner.domain.probe import ProbePlacement
    from planner.domain.structure import Structure
    from planner.domain.suggestion import SuggestCandidate, SuggestFigures, WorstMargin

PASSED_MM = 15.0
"""Structures farther from a shaft than this are not told."""
MOST_PASSED = 3
"""So many are said in the explanation."""
TOLD = AVOIDED | {StructureRole.OBSTACLE}
INSIDE = "inside"
_STEP_MM = 0.7


def passages(
    probe: ProbePlacement,
    structures: Sequence[Structure],
    masks: Mapping[StructureId, NDArray[np.bool_]],
    grid: Grid,
    *,
    midline_x_mm: float | None,
) -> tuple[ShaftPassage, ...]:
    """Return what a shaft passes within ``PASSED_MM``, nearest first: how far, and on which side of it the shaft is.

    A negative distance is a depth inside it.
    """
    points, depth = shaft_points(probe)
    found = []
    for structure in structures:
        if structure.kind is StructureKind.SKIN or structure.effective_role not in TOLD or structure.id not in masks:
            continue
        field = near_field(points, masks[structure.id], grid, reach_mm=PASSED_MM)
        distances = field.at(points)
        best = int(np.argmin(distances))
        if distances[best] >= PASSED_MM:
            continue
        at = points[best]
        steps = np.concatenate((np.eye(3), -np.eye(3))) * _STEP_MM
        around = field.at(at + steps)
        away = around[:3] - around[3:]
        found.append(
            ShaftPassage(
                probe.label,
                structure.id,
                structure.name,
                float(distances[best]),
                float(depth[best]),
                _beside_words(away, at, float(distances[best]), midline_x_mm=midline_x_mm),
                point(at),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.distance_mm, each.name)))


def _beside_words(
    away: NDArray[np.float64], at: NDArray[np.float64], distance_mm: float, *, midline_x_mm: float | None
) -> str:
    """Return on which side of a structure a shaft passes, by the way that leads away from it."""
    if distance_mm < 0:
        return INSIDE
    axis = int(np.argmax(np.abs(away)))
    is_plus = away[axis] > 0
    if axis == 1:
        return "posterior to" if is_plus else "anterior to"
    if axis == 2:
        return "cranial to" if is_plus else "caudal to"
    if midline_x_mm is None:
        return f"to the patient’s {(Side.LEFT if is_plus else Side.RIGHT).value} of"
    # The structure's own side counts: a shaft may pass it beyond the midline.
    beside_x_mm = at[0] - distance_mm * away[0] / np.linalg.norm(away)
    is_left = beside_x_mm > midline_x_mm
    return "lateral to" if is_left == is_plus else "medial to"


def explanation(candidate: SuggestCandidate, *, isotherm_c: float, position: PatientPosition) -> tuple[str, ...]:
    """Return the sentences of one candidate, apart from what it gains and costs against another."""
    told = [_pose_words(probe, position) for probe in candidate.probes]
    for probe in candidate.probes:
        passed = [each for each in candidate.passages if each.probe_label == probe.label][:MOST_PASSED]
        if passed:
            listed = "; ".join(f"{abs(each.distance_mm):.1f} mm {each.words} {_lower(each.name)}" for each in passed)
            told.append(f"{probe.label} passes {listed} (shaft axis).")
    told.append(_treats_words(candidate.figures, isotherm_c=isotherm_c))
    told += _margin_words(candidate.figures)
    if candidate.figures.robust is not None:
        share = candidate.figures.robust
        told.append(
            f"All limits hold in {share.count} of {share.of} draws of the placement error (95 % interval "
            f"{share.low_percent:.0f} to {share.high_percent:.0f} %)."
        )
    return tuple(told)


def _pose_words(probe: ProbePlacement, position: PatientPosition) -> str:
    pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, position)
    lean = {"L": " left", "R": " right", "A": " anterior", "P": " posterior"}.get(pose.hub_leans, "")
    toward = f" to the {pose.hub_toward}" if pose.hub_toward else ""
    return (
        f"{probe.label}: {pose.depth_mm:.1f} mm deep, in-plane {pose.in_plane_deg:.0f}°{lean}, tilt "
        f"{pose.tilt_deg:.0f}°{toward}."
    )


def _treats_words(figures: SuggestFigures, *, isotherm_c: float) -> str:
    of = f"the {'marked part' if figures.segment_mm is not None else 'target'} at {number(isotherm_c)} °C"
    if figures.covered_percent is None:
        return f"How much of {of} it treats could not be told."
    length = (
        f" ({figures.treated_mm:.1f} of {figures.segment_mm:.1f} mm)"
        if figures.treated_mm is not None and figures.segment_mm is not None
        else ""
    )
    lowest = figures.covered_low_percent
    low = "" if lowest is None else f", {_whole(lowest)} % with the smallest ice"
    cold = "" if figures.coldest_c is None else f"; coldest {_celsius(figures.coldest_c)} °C"
    if figures.coldest_low_c is not None:
        cold += f", {_celsius(figures.coldest_low_c)} °C with the largest ice"
    minutes = f"{figures.freeze_s / 60:g} min of freeze"
    return f"{minutes} treat {_whole(figures.covered_percent)} % of {of}{length}{low}{cold}."


def _whole(percent: float) -> int:
    """Return whole per cent: 99.6 % treated is not all of it."""
    return int(percent + 1e-6)


def _margin_words(figures: SuggestFigures) -> list[str]:
    margin = figures.margin
    if margin is None:
        return []
    least = "at least " if margin.is_bound else ""
    words = (
        f"Least to spare: {_lower(margin.name)}, {least}{_beside_limit(margin)} mm from the largest ice "
        f"({margin.nominal_mm:.1f} mm as predicted), needs {margin.needed_mm:g} mm."
    )
    return [words]


def _beside_limit(margin: WorstMargin) -> str:
    """Print a margin so that it does not seem to keep what it does not keep: 4.96 mm of 5 mm is not 5.0 mm."""
    text = f"{margin.distance_mm:.1f}"
    return text if (float(text) >= margin.needed_mm) == (margin.spare_mm >= 0) else f"{margin.distance_mm:.2f}"


def against(own: SuggestFigures, other: SuggestFigures, *, name: str) -> str:
    """Say what a placement gains and costs against another one; equal values are not told."""
    gains: list[str] = []
    costs: list[str] = []
    for axis in SuggestAxis:
        a, b = own.on(axis), other.on(axis)
        if a is None or b is None or abs(a - b) <= axis.told_apart / 2:
            continue
        is_better = (a > b) == axis.more_is_better
        (gains if is_better else costs).append(_difference(axis, own, more=a > b, amount=abs(a - b)))
    if not gains and not costs:
        return f"Against {name}: the same on every axis, by another way."
    parts = [f"gains {_listed(gains)}" if gains else "", f"costs {_listed(costs)}" if costs else ""]
    return f"Against {name}: {'; '.join(part for part in parts if part)}."


def _difference(axis: SuggestAxis, own: SuggestFigures, *, more: bool, amount: float) -> str:
    match axis:
        case SuggestAxis.COVERAGE:
            return f"{amount:.0f} % of coverage"
        case SuggestAxis.MARGIN:
            of = f" ({_lower(own.margin.name)})" if own.margin is not None else ""
            return f"{amount:.1f} mm of margin{of}"
        case SuggestAxis.LENGTH:
            return f"a path {amount:.0f} mm {'longer' if more else 'shorter'}"
        case SuggestAxis.TILT:
            return f"{amount:.0f}° {'more' if more else 'less'} tilt"
        case SuggestAxis.PROBES:
            return f"{amount:.0f} {'more' if more else 'fewer'} probe{'s' if amount > 1.5 else ''}"
        case SuggestAxis.FREEZE:
            return f"{amount:g} min {'more' if more else 'less'} freeze"
        case SuggestAxis.ROBUST:
            return f"{amount:.0f} % of the draws that hold"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _lower(name: str) -> str:
    """Return a structure's name inside a sentence; an abbreviation keeps its capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _celsius(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")
