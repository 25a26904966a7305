"""Which pictures does a report show? The planes that decide, the plan in space, the nerves and the curves over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.content import SliceContent
from planner.rendering.frame_marks import legend_marks
from planner.rendering.label_room import with_room
from planner.rendering.margin_marks import margin_marks
from planner.rendering.open_view import open_directions
from planner.rendering.palette import ICE_TREATMENT
from planner.rendering.probe_planes import depth_ticks
from planner.rendering.scene3d import SpaceContent, build_scene, look_along, structure_surface
from planner.rendering.slice_scene import build_slice
from planner.rendering.svg import space_svg, to_svg
from planner.rendering.window import SOFT_TISSUE
from planner.report.figure import FigureKind, ReportFigure
from planner.services import depiction
from planner.services.curve_figures import RASTER_SCALE, Charts
from planner.services.decision_planes import SIZE_PX, probe_planes, target_planes, worst_planes
from planner.services.picture_words import as_it_is, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.geometry import PointLps
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure import StructureKind
    from planner.domain.volume import Volume
    from planner.persistence.blobs import BlobStore
    from planner.rendering.content import IceBand
    from planner.rendering.slice_scene import SliceScene
    from planner.services.decision_planes import Decision
    from planner.services.dicom_tasks import JudgedPlan
    from planner.services.picture_words import Say

_SPACE_SCALE = 2.0
_SPACE_RADIUS_MM = 70.0
_PAPER = "#f4f2f0"
_NOT_IN_SPACE = {"skin", "muscle", "fat"}  # would hide everything else


@dataclass(frozen=True, slots=True, eq=False)
class Pictured:
    """What the pictures of a report are made from.

    Parameters
    ----------
    masks
        Of every structure of the plan, bool, shape (K, J, I) on the CT's grid.
    assessment
        Without it there are no pictures of worst places and no temperatures along nerves.
    isotherm_c
        The rules' treatment isotherm.
    band
        How small and how large the ice may be; None draws the nominal prediction alone.
    say
        Puts the program's own words in a picture into the report's language; names stay as they are.
    """

    plan: Plan
    volume: Volume
    masks: Mapping[StructureId, NDArray[np.bool_]]
    models: Sequence[ProbeModel]
    result: SimulationResult
    assessment: Assessment | None = None
    isotherm_c: float = ICE_TREATMENT.level_c
    band: IceBand | None = None
    say: Say = as_it_is

    @property
    def content(self) -> SliceContent:
        """What every picture shows; no identity, and of the corner's texts only the title (H-43)."""
        ice = depiction.ice_layer(self.result, time_s=None, is_stale=False)
        return SliceContent(
            structures=depiction.structure_layers(self.plan, self.masks.__getitem__),
            nerves=depiction.nerve_layers(self.plan),
            bodies=depiction.body_layers(self.plan),
            probes=depiction.probe_layers(self.plan, self.models),
            image_numbers=self.plan.volume.image_numbers,
            ice=replace(ice, band=self.band),
            show_text=False,
        )


def pictured_plan(judged: JudgedPlan, *, volume: Volume, blobs: BlobStore, say: Say = as_it_is) -> Pictured:
    """Return what the pictures of a judged plan are made from, by the catalogue and the rules in force."""
    from planner.persistence.resources import probe_models, rule_set

    plan = judged.plan
    return Pictured(
        plan,
        volume,
        {structure.id: blobs.get(structure.mask) for structure in plan.structures},
        probe_models(),
        judged.result.open(blobs),
        assessment=judged.assessment,
        isotherm_c=rule_set(plan.rule_set_id).treatment_isotherm_c,
        band=None if judged.uncertainty is None else depiction.ice_band(judged.uncertainty, blobs),
        say=say,
    )


def report_figures(pictured: Pictured) -> tuple[ReportFigure, ...]:
    """Draw every figure: targets, space, nerves, probes, worst places, curves; with the band where there is one.

    Uses VTK: call it where that may be.
    """
    plan, volume, content = pictured.plan, pictured.volume, pictured.content
    say = pictured.say
    drawn = [_slice_figure(each, volume=volume, content=content, say=say) for each in decisions(pictured)]
    targets = [figure for figure in drawn if figure.kind is FigureKind.TARGET]
    profiles = {profile.target_id: profile for profile in (pictured.assessment.profiles if pictured.assessment else ())}
    charts = Charts(pictured.isotherm_c, say)
    strips = charts.strips(plan, profiles, volume=volume, content=content)
    curves = charts.curves(plan, pictured.result, pictured.masks)
    return (
        *targets,
        *_space_figures(plan, content, volume=volume, say=say),
        *strips,
        *(figure for figure in drawn if figure.kind is not FigureKind.TARGET),
        *([] if curves is None else [curves]),
    )


def decisions(pictured: Pictured) -> list[Decision]:
    """Return every slice that is pictured: targets, probes, worst places."""
    slices = [*target_planes(pictured.plan), *probe_planes(pictured.plan, pictured.models)]
    if pictured.assessment is not None:
        slices += worst_planes(pictured.plan, pictured.assessment, masks=pictured.masks)
    return slices


def slice_scene(decision: Decision, *, volume: Volume, content: SliceContent, say: Say = as_it_is) -> SliceScene:
    """Draw one decision: the slice, the depths along a shaft, the worst gap, every text on free ground."""
    shown = replace(content, title=decision.title)
    scene = build_slice(decision.plane, volume=volume, window_hu=SOFT_TISSUE, content=shown, scale=RASTER_SCALE)
    marks = said(scene.primitives, say)
    if decision.probe is not None:
        marks += depth_ticks(decision.probe, decision.plane)
    if decision.note is not None:
        note = decision.note
        marks += margin_marks(replace(note, words=say(note.words)) if note.is_named_by_us else note, decision.plane)
    return replace(scene, primitives=tuple(with_room(marks, decision.plane.size_px)))


def _slice_figure(decision: Decision, *, volume: Volume, content: SliceContent, say: Say) -> ReportFigure:
    scene = slice_scene(decision, volume=volume, content=content, say=say)
    svg = to_svg(scene, title=decision.caption).encode()
    edges = decision.plane.edge_letters()
    return ReportFigure(
        svg,
        decision.caption,
        decision.kind,
        decision.subject_id,
        name=decision.name,
        mm_per_px=decision.plane.mm_per_px,
        letters=(edges.right, edges.bottom),
    )


def _space_figures(plan: Plan, content: SliceContent, *, volume: Volume, say: Say) -> list[ReportFigure]:
    """Draw the plan in space from two sides, both chosen so that the least hides the ice."""
    shown = [layer for layer in content.structures if _in_space(layer.kind)]
    space = SpaceContent(
        surfaces=tuple(structure_surface(layer, volume.grid) for layer in shown),
        nerves=content.nerves,
        bodies=content.bodies,
        probes=content.probes,
        ice=content.ice,
    )
    focus = depiction.focus_lps_mm(plan)
    renderer = build_scene(space, background=_PAPER)
    made = []
    for number, direction in enumerate(open_directions(shown, volume.grid, _of_interest(content, focus)), start=1):
        look_along(renderer, direction, focus_lps_mm=focus, radius_mm=_SPACE_RADIUS_MM)
        caption = f"In space, seen from {_from_words(direction)}. Skin, muscle and fat are left out."
        legend = said(legend_marks(content, SIZE_PX), say)
        svg = space_svg(renderer, size_px=SIZE_PX, scale=_SPACE_SCALE, title=caption, over=legend)
        made.append(ReportFigure(svg.encode(), caption, FigureKind.SPACE, name=f"space-{number}"))
    return made


def _of_interest(content: SliceContent, focus: PointLps) -> NDArray[np.float64]:
    """Return the points that a picture in space is to show, shape (N, 3): the cells of the treatment isotherm."""
    if content.ice is not None:
        cells = np.argwhere(np.asarray(content.ice.field_c) <= ICE_TREATMENT.level_c)[:, ::-1]
        if len(cells):
            return content.ice.grid.to_lps(cells.astype(np.float64))
    return np.array([focus])


def _in_space(kind: StructureKind) -> bool:
    return kind.value not in _NOT_IN_SPACE


def _from_words(direction: NDArray[np.float64]) -> str:
    """Say where the viewer stands, such as ``"behind, left and above"``."""
    words = (("the right", "the left"), ("the front", "behind"), ("below", "above"))
    stand = -direction / np.linalg.norm(direction)
    order = sorted(range(3), key=lambda axis: -abs(stand[axis]))
    named = [words[axis][int(stand[axis] > 0)] for axis in order if abs(stand[axis]) > 0.25]
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]
