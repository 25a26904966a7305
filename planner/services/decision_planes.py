"""Which planes decide about a plan? Through each target, along and across each probe, and at each worst place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.rule import Verdict
from planner.domain.target import NerveCurve, TargetBody
from planner.planning.nerve import smooth_curve
from planner.rendering.margin_marks import MarginNote, plane_holding
from planner.rendering.plane import Orientation, SlicePlane, on_slice
from planner.rendering.probe_planes import across_plane, along_plane, roll_holding_deg
from planner.rendering.strip import lay_out
from planner.report.figure import FigureKind
from planner.report.numbers import measure, mm
from planner.services import depiction
from planner.spatial.distance import surface_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment, Check
    from planner.domain.geometry import PointLps
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.target import Target

SIZE_PX = (420, 310)
"""Of a picture half a page wide: its 12 px texts come out at 7 pt."""
MOST_WORST = 6
MOST_KEPT = 2
"""Gaps that are kept, or judged by no rule, beside places that are not; without such places twice as many."""
_TARGET_MARGIN_MM = 35.0  # room around targets and probes' active ends
_ALONG_ROOM_MM, _ALONG_SHOWN_MM = 14.0, 76.0
_ACROSS_RADIUS_MM, _WORST_RADIUS_MM = 32.0, 28.0
_NEAR_MM = 15.0  # a gap that is kept and wider than this needs no picture of its own
_ROUND_MM = 12.0
_EDGE_WORDS, _PATH_WORDS = "0 °C edge", " path"
_PLANES = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


@dataclass(frozen=True, slots=True)
class Decision:
    """One picture to be made of a slice.

    Parameters
    ----------
    name
        Short ASCII, unique among a plan's pictures; names no patient.
    title
        Written in the picture's corner.
    caption
        The sentence under it.
    note
        The worst place, drawn into it.
    probe
        Whose depths are marked along its shaft.
    """

    kind: FigureKind
    subject_id: str
    name: str
    title: str
    caption: str
    plane: SlicePlane
    note: MarginNote | None = None
    probe: ProbePlacement | None = None


def target_planes(plan: Plan) -> list[Decision]:
    """Return planes through the middle of each target's treated part, all three of a single target, else two each.

    A plan without a target shows its first tip, or the middle of the CT.
    """
    if not plan.targets:
        focus = depiction.focus_lps_mm(plan)
        return [_standard(plan, _Shown(name, focus, "the plan")) for name in _PLANES]
    made: list[Decision] = []
    is_alone = len(plan.targets) == 1
    for number, target in enumerate(plan.targets, start=1):
        found = depiction.target_focus_lps_mm(target)
        if found is None:
            continue
        what = "the treated part" if isinstance(target.course, NerveCurve) else "the target"
        if not is_alone:
            what = f"{what} of {target.words}"
        ending = "" if is_alone else f"-{number}"
        shown = _PLANES if is_alone else _two_planes(target)
        made += [_standard(plan, _Shown(name, found, what, target.id, ending)) for name in shown]
    return made


def probe_planes(plan: Plan, models: Sequence[ProbeModel]) -> list[Decision]:
    """Return the plane along each probe and the one across it in the middle of its active zone."""
    by_id = {model.id: model for model in models}
    made: list[Decision] = []
    for number, probe in enumerate(plan.probes, start=1):
        shown_mm = min(probe.depth_mm, _ALONG_SHOWN_MM)
        middle = np.asarray(probe.tip_lps_mm) - shown_mm / 2 * np.asarray(probe.direction_lps)
        scale = (shown_mm / 2 + _ALONG_ROOM_MM) * 2 / min(SIZE_PX)
        along = along_plane(probe, middle, mm_per_px=scale, size_px=SIZE_PX)
        words = f"Along {probe.label}, entry above, turned as little as may be from the axial plane."
        if shown_mm < probe.depth_mm:
            words = f"{words[:-1]}; the deepest {mm(shown_mm)} of {mm(probe.depth_mm)} are shown."
        title = f"Along {probe.label}"
        made.append(Decision(FigureKind.ALONG, probe.id, f"along-P{number}", title, words, along, probe=probe))
        depth = _active_depth_mm(probe, by_id.get(probe.model_id))
        across = across_plane(probe, depth, mm_per_px=_ACROSS_RADIUS_MM * 2 / min(SIZE_PX), size_px=SIZE_PX)
        words = f"Across {probe.label}, {mm(depth)} deep, the middle of its active zone, seen from the entry."
        title = f"Across {probe.label}, {mm(depth)} deep"
        made.append(Decision(FigureKind.ACROSS, probe.id, f"across-P{number}", title, words, across))
    return made


def worst_planes(
    plan: Plan, assessment: Assessment, *, masks: Mapping[StructureId, NDArray[np.bool_]]
) -> list[Decision]:
    """Return the planes at the worst places, FAIL first, then CHECK, then the narrowest gaps; at most six subjects."""
    made = []
    for number, check in enumerate(_worst_checks(assessment), start=1):
        is_target = check.subject_kind.startswith("target")
        words, value = check.quantity if is_target else check.subject_name, measure(check.value, check.unit)
        caption = f"{check.subject_name}, {check.quantity} {value}: {check.verdict.value}."
        at = check.worst_point_lps_mm
        assert at is not None  # noqa: S101 - chosen so
        far = _far_end(plan, check, masks)
        plane, title = _worst_plane(plan, check, at, far)
        note = MarginNote(words, value, at, far, is_named_by_us=is_target)
        name = f"worst-{number}"
        made.append(Decision(FigureKind.WORST, check.subject_id, name, title, caption, plane, note=note))
    return made


def _worst_plane(plan: Plan, check: Check, at: PointLps, far: PointLps | None) -> tuple[SlicePlane, str]:
    """Return the plane at a worst place and its title: along the probe, across the nerve, or nearest to a standard."""
    scale = _WORST_RADIUS_MM * 2 / min(SIZE_PX)
    probe = _nearest_probe(plan, at)
    if _PATH_WORDS in check.quantity and probe is not None:
        plane = along_plane(probe, at, roll_deg=roll_holding_deg(probe, at), mm_per_px=scale, size_px=SIZE_PX)
        return plane, f"Along {probe.label}"
    target = next((each for each in plan.targets if each.id == check.subject_id), None)
    if target is not None and isinstance(target.course, NerveCurve) and len(set(target.course.points_lps_mm)) > 1:
        return _across_nerve(target.course, at, scale), "Across the nerve"
    plane = plane_holding(at, far, mm_per_px=scale, size_px=SIZE_PX)
    return plane, standard_title(plane)


def standard_title(plane: SlicePlane) -> str:
    """Return what a standard plane is called: its name and place, or how far it is turned."""
    name = plane.orientation.value.capitalize()
    return f"{name}, {plane.position_words()}" if plane.is_upright else f"{name}, turned {plane.lean_deg:.0f}°"


@dataclass(frozen=True, slots=True)
class _Shown:
    """A standard plane to be made: through which point, of what, and the ending of its name."""

    orientation: Orientation
    focus_lps_mm: PointLps
    what: str
    subject_id: str = ""
    ending: str = ""


def _standard(plan: Plan, shown: _Shown) -> Decision:
    """Return a standard plane on the stored image nearest to a point."""
    scale = _scale(plan, shown.focus_lps_mm)
    plane = on_slice(SlicePlane(shown.orientation, shown.focus_lps_mm, scale, SIZE_PX), plan.volume.grid)
    name = shown.orientation.value
    caption = f"{name.capitalize()} through {shown.what}, {plane.position_words()}: coldest temperature reached."
    return Decision(FigureKind.TARGET, shown.subject_id, f"{name}{shown.ending}", standard_title(plane), caption, plane)


def _two_planes(target: Target) -> tuple[Orientation, Orientation]:
    """Return the axial plane and the other one that shows more of the target's length."""
    course = target.course
    along = np.asarray(course.axis_lps) if isinstance(course, TargetBody) else np.array([0.0, 0.0, 1.0])
    if isinstance(course, NerveCurve):
        along = np.subtract(course.points_lps_mm[-1], course.points_lps_mm[0])
    return Orientation.AXIAL, Orientation.CORONAL if abs(along[0]) >= abs(along[1]) else Orientation.SAGITTAL


def _scale(plan: Plan, focus: PointLps) -> float:
    """Choose mm per pixel so that the tips near a target and the ice around them fit."""
    reaches = [float(np.linalg.norm(np.subtract(probe.tip_lps_mm, focus))) for probe in plan.probes]
    near = [reach for reach in reaches if reach <= _TARGET_MARGIN_MM] or [min(reaches, default=0.0)]
    return (min(max(near), 2 * _TARGET_MARGIN_MM) + _TARGET_MARGIN_MM) * 2 / min(SIZE_PX)


def _active_depth_mm(probe: ProbePlacement, model: ProbeModel | None) -> float:
    """Return the depth of the middle of the active zone, mm; the tip's where the zone is not known."""
    if model is None or model.active_tip_mm.value is None:
        return probe.depth_mm
    return probe.depth_mm - (model.tip_to_active_mm.value or 0.0) - model.active_tip_mm.value / 2


def _worst_checks(assessment: Assessment) -> list[Check]:
    """Return one row of each subject that has a place, the worst first; kept gaps only where they are narrow."""
    rows = [
        check
        for check in assessment.checks
        if check.value is not None and check.worst_point_lps_mm is not None and check.subject_kind != "probe"
    ]
    rows = [
        check
        for check in rows
        if _is_judged_badly(check) or (check.quantity.startswith(_EDGE_WORDS) and (check.value or 0.0) <= _NEAR_MM)
    ]
    rows.sort(key=_order)
    first: dict[str, Check] = {}
    for check in rows:
        first.setdefault(check.subject_id, check)
    bad = [check for check in first.values() if _is_judged_badly(check)]
    kept = [check for check in first.values() if not _is_judged_badly(check)]
    return [*bad, *kept[: MOST_KEPT if bad else 2 * MOST_KEPT]][:MOST_WORST]


def _order(check: Check) -> tuple[int, bool, float]:
    rank = {Verdict.FAIL: 0, Verdict.CHECK: 1}.get(check.verdict, 2)
    return rank, not check.quantity.startswith(_EDGE_WORDS), check.value or 0.0


def _is_judged_badly(check: Check) -> bool:
    return check.verdict in (Verdict.FAIL, Verdict.CHECK)


def _far_end(plan: Plan, check: Check, masks: Mapping[StructureId, NDArray[np.bool_]]) -> PointLps | None:
    """Return the point of a structure's surface nearest to where the ice is worst; None for what is not a gap."""
    structure = next((each for each in plan.structures if each.id == check.subject_id), None)
    at = check.worst_point_lps_mm
    if structure is None or at is None or not check.quantity.startswith(_EDGE_WORDS) or structure.id not in masks:
        return None
    grid = plan.volume.grid
    reach = np.array([abs(check.value or 0.0) + _ROUND_MM] * 3) / np.asarray(grid.spacing_ijk_mm)
    middle = grid.to_index(at)
    low = np.maximum(np.floor(middle - reach), 0).astype(int)
    high = np.minimum(np.ceil(middle + reach) + 1, grid.shape_kji[::-1]).astype(int)
    if (high - low < 2).any():
        return None
    box = tuple(slice(int(a), int(b)) for a, b in zip(low[::-1], high[::-1], strict=True))
    mask = masks[structure.id][box]
    if mask.all() or not mask.any():
        return None
    i, j, k = (int(n) for n in high - low)
    cropped = grid.cropped((int(low[0]), int(low[1]), int(low[2])), (k, j, i))
    points, _ = surface_points(mask, cropped)
    if not len(points):
        return None
    nearest = points[int(np.argmin(np.linalg.norm(points - np.asarray(at), axis=1)))]
    return float(nearest[0]), float(nearest[1]), float(nearest[2])


def _nearest_probe(plan: Plan, at: PointLps) -> ProbePlacement | None:
    """Return the probe whose shaft runs nearest to a place."""

    def away_mm(probe: ProbePlacement) -> float:
        offset = np.subtract(at, probe.entry_lps_mm)
        along = float(np.clip(offset @ np.asarray(probe.direction_lps), 0.0, probe.depth_mm))
        return float(np.linalg.norm(offset - along * np.asarray(probe.direction_lps)))

    return min(plan.probes, key=away_mm, default=None)


def _across_nerve(course: NerveCurve, at: PointLps, mm_per_px: float) -> SlicePlane:
    """Return the plane square to a nerve at its point nearest to a place; up is up in the strip."""
    curve = smooth_curve(course)
    laid = lay_out(curve.points_lps_mm, curve.arc_mm, curve.tangents)
    place, tangent, up = (axis[0] for axis in laid.frame_at(float(laid.nearest(at)[0])))
    return SlicePlane.oblique(place, right=np.cross(-up, tangent), down=-up, mm_per_px=mm_per_px, size_px=SIZE_PX)
