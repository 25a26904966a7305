"""Where does each picture stand? On the first page, on a probe's sheet, or among the decision planes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.report.figure import FULL_PAGE_MM, HALF_PAGE_MM, FigureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.report.figure import ReportFigure

_WIDE_MM = (HALF_PAGE_MM + FULL_PAGE_MM) / 2


def placed(figures: Sequence[ReportFigure], *, needs_attention: bool) -> dict[str, Any]:
    """Return the places of all figures, each by its number in ``figures``, from 0.

    Returns
    -------
    ``front``: at most two, the target and, where a check needs attention, the worst margin, else the plan in space.
    ``sheets``: by probe id, along and across it. ``planes``: the rest of half a page's width; ``wide``: of a whole one.
    ``course``: how the patient fared, on the follow-up page. ``robustness``: with the draws.
    """
    course = [n for n, figure in enumerate(figures) if figure.kind is FigureKind.COURSE]
    robustness = [n for n, figure in enumerate(figures) if figure.kind is FigureKind.ROBUSTNESS]
    apart = {*course, *robustness}
    half = [n for n, figure in enumerate(figures) if figure.width_mm < _WIDE_MM and n not in apart]

    def first(*kinds: FigureKind) -> list[int]:
        found = ([n for n in half if figures[n].kind is kind and n not in front] for kind in kinds)
        return next((numbers[:1] for numbers in found if numbers), [])

    front: list[int] = []
    front += first(FigureKind.TARGET, FigureKind.ALONG)
    second = (FigureKind.WORST, FigureKind.SPACE) if needs_attention else (FigureKind.SPACE, FigureKind.WORST)
    front += first(*second, FigureKind.TARGET)
    sheets: dict[str, list[int]] = {}
    for n in half:
        if figures[n].kind in (FigureKind.ALONG, FigureKind.ACROSS) and n not in front:
            sheets.setdefault(figures[n].subject_id, []).append(n)
    taken = {*front, *(n for numbers in sheets.values() for n in numbers)}
    return {
        "front": front,
        "sheets": sheets,
        "planes": [n for n in half if n not in taken],
        "wide": [n for n in range(len(figures)) if n not in half and n not in apart],
        "course": course,
        "robustness": robustness,
    }
