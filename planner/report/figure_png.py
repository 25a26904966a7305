"""How does a figure become a picture file? Set by typst on a page of its own size and turned into pixels.

The same engine that sets the report, so a picture file looks like the printed figure; it holds no name and no date.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from planner.domain.errors import ReportRefused
from planner.persistence.resources import resources_dir

if TYPE_CHECKING:
    import typst

    from planner.report.figure import ReportFigure

PIXELS_PER_INCH = 300
# The words below a picture stand on white paper, so that nothing of the picture is hidden by them.
_SOURCE = b"""#let figure = json(bytes(sys.inputs.figure))
#set page(width: figure.width * 1mm, height: auto, margin: 0mm)
#set text(font: figure.family, size: 7pt, fill: rgb("#1a1f25"), hyphenate: false)
#set par(leading: 0.5em)
#stack(
  image(bytes(figure.svg), format: "svg", width: 100%),
  ..if figure.below.len() > 0 {
    (block(inset: 1.5mm, width: 100%, stack(spacing: 1.2mm, ..figure.below.map(line => text(line)))),)
  },
)
"""
FAMILY = "Inter"
_SIZE = re.compile(r'<svg [^>]*?width="(\d+)" height="(\d+)"')


def figure_png(figure: ReportFigure, *, pixels_per_inch: int = PIXELS_PER_INCH, below: tuple[str, ...] = ()) -> bytes:
    """Return a figure as PNG, as wide as it is printed.

    Parameters
    ----------
    below
        Sentences set under the picture, a line or more each.

    Raises
    ------
    ReportRefused
        When the figure is no SVG of ours, or it cannot be set.
    """
    import typst

    svg = figure.svg.decode("utf-8", errors="replace")
    logical_width_px(figure)
    page = {"svg": svg, "width": figure.width_mm, "below": below, "family": _family()}
    compiler = typst.Compiler(
        input=_SOURCE, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"figure": json.dumps(page)}
    )
    try:
        picture = compiler.compile(format="png", ppi=float(pixels_per_inch))
    except typst.TypstError as error:
        raise ReportRefused(f"The figure “{figure.name}” cannot be drawn: {error}.", code="figure-png") from error
    if not isinstance(picture, bytes):
        raise ReportRefused(f"The figure “{figure.name}” takes more than one page.", code="figure-png")
    return picture


@lru_cache
def _fonts() -> typst.Fonts:
    """Return the bundled fonts, and the installed ones for letters that those lack."""
    import typst

    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[resources_dir() / "fonts"])


@lru_cache
def _family() -> str:
    """Return the bundled family, or the first there is: naming an absent one is a warning, and warnings are errors."""
    present = _fonts().families()
    return FAMILY if FAMILY in present else sorted(present)[0]


def logical_width_px(figure: ReportFigure) -> int:
    """Return how wide a figure's SVG says it is, in its own units."""
    size = _SIZE.search(figure.svg[:2000].decode("utf-8", errors="replace"))
    if size is None:
        raise ReportRefused(f"The figure “{figure.name}” does not say its size.", code="figure-size")
    return int(size[1])


def pixel_width(png: bytes) -> int:
    """Return how many pixels a PNG file is wide."""
    return int.from_bytes(png[16:20], "big")
