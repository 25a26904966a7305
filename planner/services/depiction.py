"""What of a plan goes into a picture? The one translation from plan values to drawable layers, for views and report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.simulation import RESULT_SPACING_MM
from planner.domain.target import NerveCurve, TargetBody
from planner.planning.nerve import shown_segment_mm, smooth_curve
from planner.rendering.content import (
    BandEdges,
    BodyLayer,
    IceBand,
    IceLayer,
    MeasurementLayer,
    NerveLayer,
    ProbeLayer,
    StructureLayer,
)
from planner.report.numbers import minutes
from planner.services.measuring import measurement_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps
    from planner.domain.identity import BlobRef, StructureId
    from planner.domain.plan import Plan
    from planner.domain.preview import IcePreview
    from planner.domain.probe import ProbeModel
    from planner.domain.robustness import TargetCoverage
    from planner.domain.simulation import SimulationResult
    from planner.domain.target import Target
    from planner.domain.volume import Volume
    from planner.persistence.blobs import BlobStore
    from planner.services.shared import SharedRange

_FEWEST_POINTS = 2


def structure_layers(
    plan: Plan, mask_of: Callable[[StructureId], NDArray[np.bool_]], *, hidden: frozenset[StructureId] = frozenset()
) -> tuple[StructureLayer, ...]:
    """Return the visible structures, each with its mask and the mask's hash as cache key."""
    return tuple(
        StructureLayer(
            structure.name,
            structure.kind,
            mask_of(structure.id),
            key=structure.mask.sha256,
            colour=structure.colour,
            structure_id=structure.id,
        )
        for structure in plan.structures
        if structure.id not in hidden
    )


def nerve_layers(
    plan: Plan, *, selected: str = "", with_handles: bool = False, coverages: Sequence[TargetCoverage] = ()
) -> tuple[NerveLayer, ...]:
    """Return the target nerves as smooth curves; a nerve of one point has no course yet and is left out.

    ``coverages`` says how often each part of them is treated over many draws.
    """
    by_id = {coverage.target_id: coverage for coverage in coverages}
    return tuple(
        _with_shares(
            _nerve_layer(target, target.course, is_selected=target.id == selected, with_handles=with_handles),
            target.course,
            by_id.get(target.id),
        )
        for target in plan.targets
        if isinstance(target.course, NerveCurve) and len(target.course.points_lps_mm) >= _FEWEST_POINTS
    )


def body_layers(plan: Plan, *, selected: str = "") -> tuple[BodyLayer, ...]:
    """Return the target bodies."""
    return tuple(
        BodyLayer(target.words, target.course, is_selected=target.id == selected)
        for target in plan.targets
        if isinstance(target.course, TargetBody)
    )


def probe_layers(plan: Plan, models: Sequence[ProbeModel], *, selected: str = "") -> tuple[ProbeLayer, ...]:
    """Return the probes with their catalogue entries."""
    by_id = {model.id: model for model in models}
    return tuple(
        ProbeLayer(probe, by_id.get(probe.model_id), is_selected=probe.id == selected) for probe in plan.probes
    )


def measurement_layers(plan: Plan, volume: Volume) -> tuple[MeasurementLayer, ...]:
    """Return the measurements with their figures, measured on the planning CT and on nothing else."""
    return tuple(
        MeasurementLayer(
            name=measurement.name,
            kind=measurement.kind,
            points_lps_mm=measurement.points_lps_mm,
            normal_lps=measurement.normal_lps,
            words=measurement_words(measurement, volume),
        )
        for measurement in plan.measurements
    )


def ice_layer(result: SimulationResult, *, time_s: float | None, is_stale: bool) -> IceLayer:
    """Return the temperature at a time, or with ``time_s=None`` the coldest each place ever was."""
    field = result.minimum_c if time_s is None else result.at_time_c(time_s)
    return IceLayer(field, result.grid, grade_words(result), is_stale=is_stale)


def ice_band(shared: SharedRange, blobs: BlobStore, *, is_whole: bool = False) -> IceBand:
    """Return the band to be drawn around a result: its pessimistic edges, or with ``is_whole`` all that were made."""

    def opened(ref: BlobRef | None) -> NDArray[np.float32] | None:
        return None if ref is None else blobs.get(ref)

    edges = tuple(BandEdges(each.level_c, each.grid, opened(each.outer), opened(each.inner)) for each in shared.edges)
    band = IceBand(edges, shared.error_mm, shared.prediction.range_hash)
    return band if is_whole else band.pessimistic()


def preview_layer(preview: IcePreview, *, is_current: bool) -> IceLayer:
    """Return the ice of a preview; one that trails the hand says so."""
    when = f"end of the first freeze, {minutes(preview.time_s)}" if is_current else "following the probe"
    grade = f"PREVIEW {preview.grid.spacing_ijk_mm[0]:g} mm · {when}"
    if preview.reaches_boundary:
        grade += " · may be cut off"
    return IceLayer(
        preview.temperature_c, preview.grid, grade, key=preview.key, is_preview=True, is_trailing=not is_current
    )


def grade_words(result: SimulationResult) -> str:
    """Return the grade written in every view: ``"1 mm result"``, or ``"preview 2 mm"`` on a coarser grid."""
    spacing_mm = result.grid.spacing_ijk_mm[0]
    return f"preview {spacing_mm:g} mm" if spacing_mm > RESULT_SPACING_MM else f"{spacing_mm:g} mm result"


def focus_lps_mm(plan: Plan) -> PointLps:
    """Return where pictures of the plan are centred: the first target, else the first tip, else the CT's middle."""
    found = target_focus_lps_mm(plan.targets[0]) if plan.targets else None
    if found is not None:
        return found
    if plan.probes:
        return plan.probes[0].tip_lps_mm
    return _tuple(plan.volume.grid.centre_lps_mm)


def target_focus_lps_mm(target: Target) -> PointLps | None:
    """Return a body's centre, or the middle of a nerve's treated part; None for a nerve without a course."""
    course = target.course
    if isinstance(course, TargetBody):
        return course.centre_lps_mm
    if len(set(course.points_lps_mm)) < _FEWEST_POINTS:
        return None
    curve = smooth_curve(course)
    begin, end = shown_segment_mm(course)
    return _tuple(curve.points_lps_mm[int(np.argmin(np.abs(curve.arc_mm - (begin + end) / 2)))])


def _nerve_layer(target: Target, course: NerveCurve, *, is_selected: bool, with_handles: bool) -> NerveLayer:
    curve = smooth_curve(course)
    first, last = np.searchsorted(curve.arc_mm, shown_segment_mm(course))
    return NerveLayer(
        name=target.words,
        curve_lps_mm=curve.points_lps_mm,
        segment=(int(first), min(int(last), len(curve.arc_mm) - 1)),
        diameter_mm=target.diameter_mm,
        handles_lps_mm=course.points_lps_mm if with_handles else (),
        is_selected=is_selected,
    )


def _with_shares(layer: NerveLayer, course: NerveCurve, coverage: TargetCoverage | None) -> NerveLayer:
    """Add how often each part is treated, where that was told."""
    if coverage is None or not coverage.probability:
        return layer
    arc_mm = smooth_curve(course).arc_mm
    shares = np.interp(arc_mm, coverage.arc_mm, coverage.probability, left=np.nan, right=np.nan)
    return replace(layer, shares=shares)


def _tuple(point: NDArray[np.float64]) -> PointLps:
    return float(point[0]), float(point[1]), float(point[2])
