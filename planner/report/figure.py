"""What is one picture of a report? An SVG with its caption, told by what it shows and of whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HALF_PAGE_MM = 88.5
"""Width of a figure of which two stand beside each other on A4."""
FULL_PAGE_MM = 180.0
"""Width of a figure that fills a line of the page."""


class FigureKind(StrEnum):
    """What a picture shows; decides where in the report it stands."""

    ALONG = "along-probe"
    ACROSS = "across-probe"
    WORST = "worst-margin"
    TARGET = "target"
    STRIP = "strip"
    SPACE = "space"
    CURVES = "curves"
    COURSE = "course"
    ROBUSTNESS = "robustness"


@dataclass(frozen=True, slots=True)
class ReportFigure:
    """One picture.

    Parameters
    ----------
    svg
        An SVG document in UTF-8, or a PNG file; it fills its column and keeps its shape.
    caption
        The sentence under the picture, without a number; a screen reader says it, too, unless ``alt`` says more.
    subject_id
        Probe, target or structure shown; empty for pictures of the whole plan.
    width_mm
        How wide it is made to be printed: at that width its texts are 7 pt high.
    name
        Short and in ASCII, such as ``"along-P1"``: for a file of its own. Names no patient.
    mm_per_px
        Patient mm of one unit of the SVG, where the picture is to scale; None in space and of charts.
    letters
        Patient letters of the right and of the lower edge, such as ``("L", "P")``; empty where they say nothing.
    """

    svg: bytes
    caption: str
    kind: FigureKind = FigureKind.TARGET
    subject_id: str = ""
    width_mm: float = HALF_PAGE_MM
    name: str = ""
    mm_per_px: float | None = None
    letters: tuple[str, str] | tuple[()] = ()
    alt: str = ""
