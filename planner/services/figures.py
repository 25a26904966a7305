"""Which pictures does a report show? Three planes through the target and the plan in space, with one set of layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.content import SliceContent
from planner.rendering.plane import Orientation, SlicePlane, on_slice
from planner.rendering.scene3d import SpaceContent, build_scene, look_along, structure_surface
from planner.rendering.slice_scene import build_slice
from planner.rendering.svg import space_svg, to_svg
from planner.rendering.window import SOFT_TISSUE
from planner.report.figure import FigureKind, ReportFigure
from planner.services import depiction
from planner.services.range_words import band_words

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
    from planner.rendering.content import IceBand

_SIZE_PX = (420, 310)  # 12 px texts come out at 7 pt when the figure is half an A4 page wide
_RASTER_SCALE = 2.5  # 1050 pixels across 88 mm: 300 dpi
_MARGIN_MM = 35.0  # room around targets and probes' active ends
_SPACE_RADIUS_MM = 70.0
_ASIDE_DEG = 35.0
_PAPER = "#f4f2f0"
_NOT_IN_SPACE = {"skin", "muscle", "fat"}  # would hide everything else
_PLANES = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


def report_figures(
    plan: Plan,
    *,
    volume: Volume,
    masks: dict[StructureId, NDArray[np.bool_]],
    models: Sequence[ProbeModel],
    result: SimulationResult,
    band: IceBand | None = None,
) -> tuple[ReportFigure, ...]:
    """Draw the four figures, with the band of the ice where there is one. Uses VTK: call it where that may be."""
    focus = depiction.focus_lps_mm(plan)
    content = SliceContent(
        structures=depiction.structure_layers(plan, masks.__getitem__),
        nerves=depiction.nerve_layers(plan),
        bodies=depiction.body_layers(plan),
        probes=depiction.probe_layers(plan, models),
        image_numbers=plan.volume.image_numbers,
        ice=replace(depiction.ice_layer(result, time_s=None, is_stale=False), band=band),
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
    if content.ice is not None and content.ice.drawn_band is not None:
        caption += f" {band_words(content.ice.drawn_band.error_mm)}"
    return ReportFigure(to_svg(scene, title=caption).encode(), caption, FigureKind.TARGET, name=orientation.value)


def _space_figure(plan: Plan, content: SliceContent, focus: PointLps, *, volume: Volume) -> ReportFigure:
    shown = [layer for layer in content.structures if _in_space(layer.kind)]
    space = SpaceContent(
        surfaces=tuple(structure_surface(layer, volume.grid) for layer in shown),
        nerves=content.nerves,
        bodies=content.bodies,
        probes=content.probes,
        ice=content.ice,
    )
    renderer = build_scene(space, background=_PAPER)
    direction = _view_direction(plan, focus)
    look_along(renderer, direction, focus_lps_mm=focus, radius_mm=_SPACE_RADIUS_MM)
    caption = f"In space, seen from {_from_words(direction)}. Skin, muscle and fat are left out."
    return ReportFigure(
        space_svg(renderer, size_px=_SIZE_PX, title=caption).encode(), caption, FigureKind.SPACE, name="space"
    )


def _in_space(kind: StructureKind) -> bool:
    return kind.value not in _NOT_IN_SPACE


def _view_direction(plan: Plan, focus: PointLps) -> NDArray[np.float64]:
    """Look the way the probes go, from above, turned 35 degrees toward the flank so that their length shows."""
    inward = np.array([0.0, 1.0])
    if plan.probes:
        inward = np.mean([probe.direction_lps for probe in plan.probes], axis=0)[:2]
    length = float(np.linalg.norm(inward))
    forward = inward / length if length > 0.1 else np.array([0.0, 1.0])
    outward_x = np.sign(focus[0] - plan.volume.grid.centre_lps_mm[0]) or 1.0
    turns = (_turned(forward, _ASIDE_DEG), _turned(forward, -_ASIDE_DEG))
    flat = min(turns, key=lambda view: view[0] * outward_x)  # the viewer stands on the flank, looking to the midline
    return np.array([flat[0], flat[1], -0.35])


def _turned(vector: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1]])


def _from_words(direction: NDArray[np.float64]) -> str:
    """Say where the viewer stands, such as ``"behind, left and above"``."""
    words = (("the right", "the left"), ("the front", "behind"), ("below", "above"))
    stand = -direction / np.linalg.norm(direction)
    order = sorted(range(3), key=lambda axis: -abs(stand[axis]))
    named = [words[axis][int(stand[axis] > 0)] for axis in order if abs(stand[axis]) > 0.25]
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]


def _scale(plan: Plan, focus: PointLps) -> float:
    """Choose mm per pixel so that every tip and the ice around it fit, with the skin entry when it is near."""
    reach = max((np.linalg.norm(np.subtract(probe.tip_lps_mm, focus)) for probe in plan.probes), default=0.0)
    return float((reach + _MARGIN_MM) * 2 / min(_SIZE_PX))
