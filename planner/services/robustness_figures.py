"""How often is each millimetre of a nerve treated over the draws? The chart of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.chart_scene import PAPER, Chart, ChartCurve, chart_marks
from planner.rendering.palette import SHARE_CLASSES, TARGET_COLOUR
from planner.rendering.svg import drawing_svg
from planner.report.figure import FULL_PAGE_MM, FigureKind, ReportFigure
from planner.report.numbers import number
from planner.services.curve_figures import WIDTH_PX
from planner.services.picture_words import as_it_is

if TYPE_CHECKING:
    from planner.domain.robustness import Robustness, TargetCoverage
    from planner.services.picture_words import Say

_HEIGHT_PX = 210
_TICKS_MM = (1, 2, 5, 10, 20, 50)
_MOST_TICKS = 14
_SIDE_PX = 56.0
_TREATED = "Draws that treat the whole cross-section, at least in"


def robustness_figures(told: Robustness | None, *, say: Say = as_it_is) -> tuple[ReportFigure, ...]:
    """Draw the share of draws along every nerve for which it was told."""
    if told is None:
        return ()
    return tuple(_figure(coverage, say) for coverage in told.coverages if len(coverage.probability) > 1)


def _figure(coverage: TargetCoverage, say: Say) -> ReportFigure:
    along = np.asarray(coverage.arc_mm) - coverage.arc_mm[0]
    percent = 100 * np.asarray(coverage.probability)
    step = next((mm for mm in _TICKS_MM if along[-1] / mm <= _MOST_TICKS), _TICKS_MM[-1])
    least = f"{number(float(percent.min()), decimals=0)} %"
    chart = Chart(
        size_px=(WIDTH_PX, _HEIGHT_PX),
        x_end=float(along[-1]),
        x_ticks=tuple((float(mm), f"{mm:g}") for mm in np.arange(0.0, along[-1] + 1e-6, step)),
        x_title=say("Along the treated part, mm"),
        low=0.0,
        high=100.0,
        unit="%",
        curves=(ChartCurve(say(_TREATED), least, along, percent, TARGET_COLOUR),),
        strong=tuple(100 * each.at_least for each in SHARE_CLASSES if each.at_least > 0),
        span_px=(_SIDE_PX, WIDTH_PX - _SIDE_PX),
    )
    caption = (
        f"{coverage.target_name}: share of {coverage.told} draws that treat the whole cross-section, along the treated "
        f"part; at least {least}."
    )
    svg = drawing_svg(chart.size_px, chart_marks(chart), paper=PAPER, title=caption)
    return ReportFigure(
        svg.encode(), caption, FigureKind.ROBUSTNESS, coverage.target_id, width_mm=FULL_PAGE_MM, name="robustness"
    )
