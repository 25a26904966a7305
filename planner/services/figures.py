"""Which pictures does a report show? Three planes through the target and the plan in space, with one set of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.content import SliceContent
from planner.rendering.plane import Orientation, SlicePlane, on_slice
from planner.rendering.scene3d import SpaceContent, build_scene, look_along, render_png, structure_surface
from planner.rendering.slice_scene import build_slice
from planner.rendering.svg import to_svg
from planner.rendering.window import SOFT_TISSUE
from planner.report.pdf import ReportFigure
from planner.services import depiction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure import StructureKind
    from planner.domain.volume import Volume

_SIZE_PX = (420, 310)  # 12 px texts come out at 7 pt when the figure is half an A4 page wide
_RASTER_SCALE = 2.5  # 1050 pixels across 88 mm: 300 dpi
_MARGIN_MM = 35.0  # room around targets and probes' active ends
_SPACE_PX = (1040, 768)
_NOT_IN_SPACE = {"skin", "muscle", "fat"}  # would hide everything else
_PLANES = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


def report_figures(
    plan: Plan,
    *,
    volume: Volume,
    masks: dict[StructureId, NDArray[np.bool_]],
    models: Sequence[ProbeModel],
    result: SimulationResult,
) -> tuple[ReportFigure, ...]:
    """Draw the four figures. Uses VTK, so call it in a process that may."""
    focus = depiction.focus_lps_mm(plan)
    content = SliceContent(
        structures=depiction.structure_layers(plan, masks.__getitem__),
        nerves=depiction.nerve_layers(plan),
        bodies=depiction.body_layers(plan),
        probes=depiction.probe_layers(plan, models),
        ice=depiction.ice_layer(result, time_s=None, is_stale=False),
    )
    mm_per_px = _scale(plan, focus)
    planes = [_figure(orientation, focus, mm_per_px, volume=volume, content=content) for orientation in _PLANES]
    return (*planes, _space_figure(plan, content, focus, volume=volume))


def _figure(
    orientation: Orientation, focus: PointLps, mm_per_px: float, *, volume: Volume, content: SliceContent
) -> ReportFigure:
    plane = on_slice(SlicePlane(orientation, focus, mm_per_px, _SIZE_PX), volume.grid)
    scene = build_slice(plane, volume=volume, window_hu=SOFT_TISSUE, content=content, scale=_RASTER_SCALE)
    name = orientation.value.capitalize()
    caption = f"{name} through the target, {plane.position_words()}: coldest temperature reached."
    return ReportFigure(to_svg(scene, title=caption).encode(), caption)


def _space_figure(plan: Plan, content: SliceContent, focus: PointLps, *, volume: Volume) -> ReportFigure:
    shown = [layer for layer in content.structures if _in_space(layer.kind)]
    space = SpaceContent(
        surfaces=tuple(structure_surface(layer, volume.grid) for layer in shown),
        nerves=content.nerves,
        bodies=content.bodies,
        probes=content.probes,
        ice=content.ice,
    )
    renderer = build_scene(space)
    look_along(renderer, _view_direction(plan), focus_lps_mm=focus, radius_mm=70.0)
    names = ", ".join(layer.name for layer in shown) or "no structures"
    return ReportFigure(render_png(renderer, size_px=_SPACE_PX), f"In space, seen along the probes: {names}.")


def _in_space(kind: StructureKind) -> bool:
    return kind.value not in _NOT_IN_SPACE


def _view_direction(plan: Plan) -> NDArray[np.float64]:
    """Look the way the probes go, turned 35 degrees aside so that their length shows."""
    inward = np.array([0.0, 1.0, 0.0])
    if plan.probes:
        inward = np.mean([probe.direction_lps for probe in plan.probes], axis=0)
    flat = np.array([inward[0], inward[1], 0.0])
    flat = flat / np.linalg.norm(flat) if np.linalg.norm(flat) > 0.1 else np.array([0.0, 1.0, 0.0])
    turn = np.radians(35.0)
    return np.array(
        [flat[0] * np.cos(turn) - flat[1] * np.sin(turn), flat[0] * np.sin(turn) + flat[1] * np.cos(turn), -0.35]
    )


def _scale(plan: Plan, focus: PointLps) -> float:
    """Choose mm per pixel so that every tip and the ice around it fit, with the skin entry when it is near."""
    reach = max((np.linalg.norm(np.subtract(probe.tip_lps_mm, focus)) for probe in plan.probes), default=0.0)
    return float((reach + _MARGIN_MM) * 2 / min(_SIZE_PX))
