"""How cold does it get over time, and along each nerve? The charts of a report, and the nerve laid out straight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.protocol import PhaseKind, ends_of
from planner.domain.structure import StructureKind
from planner.domain.target import NerveCurve
from planner.planning.nerve import shown_segment_mm, smooth_curve
from planner.planning.phase_edits import phase_names, schedule_rows
from planner.planning.timeline import temperature_curves
from planner.rendering.chart_scene import (
    FREEZE_TINT,
    PAPER,
    THAW_TINT,
    Chart,
    ChartBlock,
    ChartCurve,
    ChartRow,
    chart_marks,
)
from planner.rendering.label_room import with_room
from planner.rendering.palette import TARGET_COLOUR, style_of
from planner.rendering.strip import lay_out, named_ends
from planner.rendering.strip_scene import StripPlane, strip_anatomy_marks, strip_frame_marks, strip_hu, strip_plan_marks
from planner.rendering.svg import drawing_svg, picture_svg, stacked_svg
from planner.rendering.window import SOFT_TISSUE, to_grey
from planner.report.figure import FULL_PAGE_MM, FigureKind, ReportFigure
from planner.report.numbers import celsius, millilitres, minutes, mm
from planner.services.picture_words import as_it_is, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.assessment import NerveProfile
    from planner.domain.identity import StructureId, TargetId
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.target import Target
    from planner.domain.volume import Volume
    from planner.planning.timeline import CurveLine, Curves
    from planner.rendering.content import SliceContent
    from planner.rendering.palette import Dash
    from planner.services.picture_words import Say

WIDTH_PX = 854  # 180 mm at the scale of the smaller pictures: 12 px texts come out at 7 pt
RASTER_SCALE = 1.75
_CURVES_HEIGHT_PX, _STRIP_HEIGHT_PX, _PROFILE_HEIGHT_PX = 330, 230, 190
_TOP_C = 40.0
_LOWEST = " min"
_OWN_NAMES = ("Nerve ", "Target ")  # of the only target; several have their own
_MOST_CURVES = 14
_TICKS_S = (15, 30, 60, 120, 300, 600)
_MOST_TICKS = 12
_TICKS_MM = (5, 10, 20, 50)
_WARM_DASH = (6.0, 3.0)
_WARM = (TARGET_COLOUR, _WARM_DASH)
_WARMEST = "Warmest point of the section, in the treated part up to"
_COLDEST = "Coldest point, down to"
_BLOCK_TINTS = {PhaseKind.FREEZE: FREEZE_TINT, PhaseKind.PASSIVE_THAW: "", PhaseKind.ACTIVE_THAW: THAW_TINT}


@dataclass(frozen=True, slots=True)
class Charts:
    """How charts are drawn: with the rules' treatment isotherm as a strong line, °C, and in which language."""

    isotherm_c: float
    say: Say = as_it_is

    def curves(
        self, plan: Plan, result: SimulationResult, masks: Mapping[StructureId, NDArray[np.bool_]]
    ) -> ReportFigure | None:
        """Draw temperature over time of every target and of each structure that cools; None when nothing cools."""
        return _curves_figure(plan, temperature_curves(plan, result, masks, isotherm_c=self.isotherm_c), self)

    def strips(
        self, plan: Plan, profiles: Mapping[TargetId, NerveProfile], *, volume: Volume, content: SliceContent
    ) -> list[ReportFigure]:
        """Lay every nerve out straight, with its temperature below on the same axis where it was told."""
        made = []
        for number, target in enumerate(plan.targets, start=1):
            course = target.course
            if isinstance(course, NerveCurve) and len(set(course.points_lps_mm)) > 1:
                name = "nerve" if len(plan.targets) == 1 else f"nerve-{number}"
                figure = _strip_figure(target, profiles.get(target.id), self, volume=volume, content=content)
                made.append(replace(figure, name=name))
        return made


def _curves_figure(plan: Plan, curves: Curves, charts: Charts) -> ReportFigure | None:
    isotherm_c, say = charts.isotherm_c, charts.say
    known = [line for line in curves.lines if line.is_known]
    if not known:
        return None
    shown = known[:_MOST_CURVES]
    end_s = max(plan.protocol.total_s, float(curves.times_s[-1]))
    low = _axis_low_c([float(line.values_c.min()) for line in shown])
    chart = Chart(
        size_px=(WIDTH_PX, _CURVES_HEIGHT_PX),
        x_end=end_s,
        x_ticks=tuple((float(time_s), minutes(time_s)) for time_s in _times_s(end_s)),
        x_title=say("Time, min:s"),
        low=low,
        high=_TOP_C,
        unit="°C",
        curves=tuple(_curve(line, curves, say) for line in shown),
        strong=(0.0, isotherm_c),
        rows=_phase_rows(plan, say),
    )
    caption = (
        f"Temperature over time; beside each name the coldest at the times stored. Strong lines: 0 °C and "
        f"{celsius(isotherm_c)}. The largest {celsius(isotherm_c)} volume is {millilitres(curves.treated_ml.max())}."
    )
    if len(known) > len(shown):
        caption += f" {len(known) - len(shown)} structures that stay warmer are not drawn."
    svg = drawing_svg(chart.size_px, chart_marks(chart), paper=PAPER, title=caption)
    return ReportFigure(svg.encode(), caption, FigureKind.CURVES, width_mm=FULL_PAGE_MM, name="curves")


def _strip_figure(
    target: Target,
    profile: NerveProfile | None,
    charts: Charts,
    *,
    volume: Volume,
    content: SliceContent,
) -> ReportFigure:
    assert isinstance(target.course, NerveCurve)  # noqa: S101 - chosen so by the caller
    curve = smooth_curve(target.course)
    course = lay_out(curve.points_lps_mm, curve.arc_mm, curve.tangents)
    size = (WIDTH_PX, _STRIP_HEIGHT_PX)
    plane = StripPlane.fit(course, size_px=size)
    segment = shown_segment_mm(target.course)
    marks = [
        *strip_anatomy_marks(plane, grid=volume.grid, content=content),
        *strip_plan_marks(plane, content=content, segment_mm=segment),
        *strip_frame_marks(
            plane,
            content=content,
            window_hu=SOFT_TISSUE,
            title="Nerve, laid out straight",
            end_words=named_ends(target.side, course),
        ),
    ]
    pixels = to_grey(strip_hu(plane, volume=volume, scale=RASTER_SCALE), SOFT_TISSUE)
    parts = [(picture_svg(pixels, size_px=size, primitives=with_room(said(marks, charts.say), size)), size)]
    caption = f"{target.words} laid out straight; the treated part is {mm(segment[1] - segment[0])} long."
    if profile is not None:
        chart = _profile_chart(profile, plane, charts)
        parts.append((drawing_svg(chart.size_px, chart_marks(chart), paper=PAPER), chart.size_px))
        caption += " Below: the coldest temperatures reached along it, the treated part tinted."
    svg = stacked_svg(parts, title=caption)
    return ReportFigure(svg.encode(), caption, FigureKind.STRIP, target.id, width_mm=FULL_PAGE_MM)


def _profile_chart(profile: NerveProfile, plane: StripPlane, charts: Charts) -> Chart:
    """Return the temperatures along a nerve, on the strip's own horizontal scale."""
    say = charts.say
    arc = np.array(profile.arc_mm)
    warm, cold = np.array(profile.warmest_c), np.array(profile.coldest_c)
    treated = (arc >= profile.segment_mm[0]) & (arc <= profile.segment_mm[1])
    warmest = float(warm[treated].max()) if treated.any() else float(warm.min())
    step = next((mm for mm in _TICKS_MM if plane.course.length_mm / mm <= _MOST_TICKS), _TICKS_MM[-1])
    ticks = np.arange(0.0, plane.course.length_mm + 1e-6, step)
    left, right = plane.x_px(0.0), plane.x_px(plane.course.length_mm)
    return Chart(
        size_px=(WIDTH_PX, _PROFILE_HEIGHT_PX),
        x_end=plane.course.length_mm,
        x_ticks=tuple((float(tick), f"{tick:g}") for tick in ticks),
        x_title=charts.say("Along the nerve, mm"),
        low=_axis_low_c([float(cold.min())]),
        high=_TOP_C,
        unit="°C",
        curves=(
            ChartCurve(say(_WARMEST), celsius(warmest), arc, warm, *_WARM),
            ChartCurve(say(_COLDEST), celsius(float(cold.min())), arc, cold, TARGET_COLOUR),
        ),
        strong=(0.0, charts.isotherm_c),
        treated=profile.segment_mm,
        span_px=(max(left, 50.0), min(right, WIDTH_PX - 14.0)),
    )


def _curve(line: CurveLine, curves: Curves, say: Say) -> ChartCurve:
    if line.subject_kind.startswith("target"):
        colour: str = TARGET_COLOUR
        dash: Dash = _WARM_DASH if line.dashed else ()
    else:
        style = style_of(StructureKind(line.subject_kind))
        colour, dash = style.colour, style.dash_px
    name = line.name.removesuffix(_LOWEST)  # all that stands beside a name is the coldest
    name = say(name) if name.startswith(_OWN_NAMES) else name
    return ChartCurve(name, celsius(float(line.values_c.min())), curves.times_s, line.values_c, colour, dash)


def _phase_rows(plan: Plan, say: Say) -> tuple[ChartRow, ...]:
    """Return every schedule that some probe follows, as blocks."""
    made = []
    for row in schedule_rows(plan.protocol, plan.probes):
        start_s, blocks = 0.0, []
        for name, phase, end_s in zip(phase_names(row.phases), row.phases, ends_of(row.phases), strict=True):
            words = say(name)
            words = words[:1].upper() + words[1:]
            blocks.append(ChartBlock(start_s, end_s, words, minutes(phase.duration_s), _BLOCK_TINTS[phase.kind]))
            start_s = end_s
        made.append(ChartRow(row.label, tuple(blocks)))
    return tuple(made)


def _times_s(end_s: float) -> NDArray[np.float64]:
    step = next((step for step in _TICKS_S if end_s / step <= _MOST_TICKS), _TICKS_S[-1])
    return np.arange(0.0, end_s + 1e-6, step)


def _axis_low_c(lowest_c: list[float]) -> float:
    """Return the lower end of the temperature axis: below everything drawn, a multiple of 20, at most −40 °C."""
    return -20.0 * (int(-min([*lowest_c, -20.0]) // 20) + 1)
