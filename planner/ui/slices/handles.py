"""What can be taken hold of in a slice? Probes' ends and shafts, nerves' points and treated part, bodies, rulers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import PointLps, point
from planner.domain.identity import MeasurementId
from planner.domain.measurement import MeasurementKind
from planner.domain.target import NerveCurve
from planner.rendering.measurement_marks import points_in_slice
from planner.rendering.plane import slice_position
from planner.rendering.probe_marks import seen_end_on
from planner.services.commands import PutMeasurement
from planner.services.probe_commands import MoveProbe
from planner.services.target_commands import PutTarget
from planner.ui.models.treated_part import end_places, moved_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.rendering.plane import SlicePlane
    from planner.services.commands import Command
    from planner.ui.view_state import ViewState

# A view across the shaft within this of an end holds that end.
_AT_END_MM = 2.0
# Hit targets are at least 28 × 28 px (design 1), so a handle is caught within 14 px.
CATCH_PX = 14.0
CATCH_SHAFT_PX = 7.0
# The ends keep their own quarters of a shaft; between them the whole probe is held.
SHAFT_SHARES = (0.25, 0.75)


class Part(StrEnum):
    """Which part of a thing is held."""

    TIP = "tip"
    ENTRY = "entry"
    SHAFT = "shaft"
    AIM = "aim"
    """Where the shaft passes a view that looks along it: held there, it turns about its tip."""
    NERVE_POINT = "nerve point"
    SEGMENT_END = "end of the treated part"
    BODY = "body"
    MEASURED_POINT = "measured point"


@dataclass(frozen=True, slots=True)
class Handle:
    """One thing that can be held; ``number`` counts nerve and measured points. ``lps_mm`` is where it is now."""

    owner_id: str
    part: Part
    lps_mm: PointLps
    number: int = 0

    @property
    def is_probe(self) -> bool:
        """Whether it belongs to a probe."""
        return self.part in (Part.TIP, Part.ENTRY, Part.SHAFT, Part.AIM)


def handle_at(px: tuple[float, float], *, plan: Plan, plane: SlicePlane, view: ViewState) -> Handle | None:
    """Return the nearest handle within reach of a pixel; points win over shafts, the selected probe over others."""
    where = np.asarray(px, dtype=float)
    best: Handle | None = None
    best_px = CATCH_PX
    probes = [handle for probe in held_probes(plan, view) for handle in _ends_in(probe, plane)]
    for handle in (*probes, *_target_points(plan, view), *_measured_points(plan, plane)):
        away = float(np.hypot(*(plane.to_px(handle.lps_mm) - where)))
        if handle.owner_id == view.selected_probe:
            away -= 2.0
        if away <= best_px:
            best, best_px = handle, away
    return best or _shaft_at(where, probes=held_probes(plan, view), plane=plane)


def held_probes(plan: Plan, view: ViewState) -> list[ProbePlacement]:
    """Return the probes that a hand can take hold of: those that are drawn."""
    return [probe for probe in plan.probes if probe.id not in view.hidden_probes]


def shaft_handle(probe: ProbePlacement) -> Handle:
    """Return the handle of the whole probe, at the middle of its shaft."""
    middle = (np.asarray(probe.entry_lps_mm) + np.asarray(probe.tip_lps_mm)) / 2
    return Handle(probe.id, Part.SHAFT, point(middle))


def end_handles(probe: ProbePlacement) -> list[Handle]:
    """Return the handles of tip and entry."""
    return [Handle(probe.id, Part.TIP, probe.tip_lps_mm), Handle(probe.id, Part.ENTRY, probe.entry_lps_mm)]


def _ends_in(probe: ProbePlacement, plane: SlicePlane) -> list[Handle]:
    """Return tip and entry, or where a view looks along the shaft, the one place in which it meets the plane."""
    at = seen_end_on(probe, plane)
    if at is None:
        return end_handles(probe)
    tip, entry = end_handles(probe)
    if at.beyond_tip_mm > -_AT_END_MM:
        return [tip]
    if abs(at.from_entry_mm) < _AT_END_MM:
        return [entry]
    return [Handle(probe.id, Part.AIM, at.lps_mm)]


def _target_points(plan: Plan, view: ViewState) -> list[Handle]:
    """Return the handles of the selected target."""
    handles = []
    for target in plan.targets:
        if target.id != view.selected_target:
            continue
        if isinstance(target.course, NerveCurve):
            # Before the points: where both lie on one place, the point is held.
            handles += [Handle(target.id, Part.SEGMENT_END, p, number) for number, p in enumerate(end_places(target))]
            handles += [
                Handle(target.id, Part.NERVE_POINT, p, number) for number, p in enumerate(target.course.points_lps_mm)
            ]
        else:
            handles.append(Handle(target.id, Part.BODY, target.course.centre_lps_mm))
    return handles


def _measured_points(plan: Plan, plane: SlicePlane) -> list[Handle]:
    """Return the points of the measurements that this slice shows."""
    slice_mm = slice_position(plane, plan.volume.grid).thickness_mm
    return [
        Handle(measurement.id, Part.MEASURED_POINT, p, number)
        for measurement in plan.measurements
        for number, p in enumerate(measurement.points_lps_mm)
        if points_in_slice([p], plane=plane, slice_mm=slice_mm).all()
    ]


def _shaft_at(where: NDArray[np.float64], *, probes: Sequence[ProbePlacement], plane: SlicePlane) -> Handle | None:
    """Return the shaft under the cursor, held where it was pressed; its ends stay the handles' own."""
    for probe in probes:
        entry, tip = plane.to_px(probe.entry_lps_mm), plane.to_px(probe.tip_lps_mm)
        if is_on_shaft(where, entry, tip):
            share = float((where - entry) @ (tip - entry) / ((tip - entry) @ (tip - entry)))
            whole = np.subtract(probe.tip_lps_mm, probe.entry_lps_mm)
            return Handle(probe.id, Part.SHAFT, point(np.asarray(probe.entry_lps_mm) + share * whole))
    return None


def is_on_shaft(where: NDArray[np.float64], entry_px: NDArray[np.float64], tip_px: NDArray[np.float64]) -> bool:
    """Whether a pixel lies on the middle half of a drawn shaft."""
    step = tip_px - entry_px
    length_sq = float(step @ step)
    if length_sq < 1:
        return False
    share = float((where - entry_px) @ step) / length_sq
    away = float(np.hypot(*(where - entry_px - share * step)))
    return SHAFT_SHARES[0] <= share <= SHAFT_SHARES[1] and away <= CATCH_SHAFT_PX


def move_command(handle: Handle, shift_lps_mm: NDArray[np.float64], *, plan: Plan) -> Command:
    """Return the edit that puts a handle at its own place plus a shift; the plan may have moved since it was taken."""
    there = point(np.asarray(handle.lps_mm) + shift_lps_mm)
    if handle.is_probe:
        return _move_probe(handle, there, plan=plan)
    if handle.part is Part.MEASURED_POINT:
        return _move_measured(handle, there, plan=plan)
    target = next(t for t in plan.targets if t.id == handle.owner_id)
    if handle.part is Part.SEGMENT_END:
        return moved_end(target, handle.number, there)
    if isinstance(target.course, NerveCurve):
        points = list(target.course.points_lps_mm)
        points[handle.number] = there
        moved = replace(target, course=replace(target.course, points_lps_mm=tuple(points)))
    else:
        moved = replace(target, course=replace(target.course, centre_lps_mm=there))
    what = "move" if handle.part is Part.BODY else f"move point {handle.number + 1} of"
    return PutTarget(moved, merge_key=f"move {handle.part} {handle.number} of {target.id}", what=what)


def _move_measured(handle: Handle, there: PointLps, *, plan: Plan) -> PutMeasurement:
    measurement = plan.measurement(MeasurementId(handle.owner_id))
    points = list(measurement.points_lps_mm)
    points[handle.number] = there
    if measurement.kind is MeasurementKind.CIRCLE and handle.number == 0:
        # The middle takes the rim along: a circle is moved by its middle and sized by its rim.
        shift = np.asarray(there) - np.asarray(measurement.points_lps_mm[0])
        points[1] = point(np.asarray(points[1]) + shift)
    moved = replace(measurement, points_lps_mm=tuple(points))
    return PutMeasurement(moved, merge_key=f"move point {handle.number} of {measurement.id}")


def _move_probe(handle: Handle, there: PointLps, *, plan: Plan) -> MoveProbe:
    probe = next(p for p in plan.probes if p.id == handle.owner_id)
    entry, tip = probe.entry_lps_mm, probe.tip_lps_mm
    if handle.part is Part.TIP:
        tip = there
    elif handle.part is Part.ENTRY:
        entry = there
    else:
        middle = (np.asarray(entry) + np.asarray(tip)) / 2
        step = np.asarray(there) - middle
        entry, tip = point(np.asarray(entry) + step), point(np.asarray(tip) + step)
    return MoveProbe(probe.id, probe.label, entry, tip, handle.part.value)


def place_of(handle: Handle, plan: Plan) -> Handle | None:
    """Return the handle where it is in this plan; None when its owner is gone."""
    for probe in plan.probes:
        if probe.id == handle.owner_id:
            middle = point((np.asarray(probe.entry_lps_mm) + np.asarray(probe.tip_lps_mm)) / 2)
            places = {Part.TIP: probe.tip_lps_mm, Part.ENTRY: probe.entry_lps_mm, Part.SHAFT: middle}
            # An aim is where the view of that moment met the shaft: what keys go on to move is the entry.
            part = Part.ENTRY if handle.part is Part.AIM else handle.part
            return replace(handle, part=part, lps_mm=places[part])
    for measurement in plan.measurements:
        if measurement.id == handle.owner_id:
            return replace(handle, lps_mm=measurement.points_lps_mm[handle.number])
    for target in plan.targets:
        if target.id != handle.owner_id:
            continue
        if not isinstance(target.course, NerveCurve):
            return replace(handle, lps_mm=target.course.centre_lps_mm)
        if handle.part is Part.SEGMENT_END:
            ends = end_places(target)
            return replace(handle, lps_mm=ends[handle.number]) if ends else None
        if handle.number < len(target.course.points_lps_mm):
            return replace(handle, lps_mm=target.course.points_lps_mm[handle.number])
    return None
