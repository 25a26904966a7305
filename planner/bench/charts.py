"""How is a curve put on paper? A small SVG chart: axes with units, lines, points, a legend and direct labels.

Light surface, the project's ice colours, the bundled typeface. A chart is one or more panels beside each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import ReportRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

INK, LABEL, HINT, RULE, PAPER = "#1a1f25", "#48525d", "#5e6873", "#d3d8de", "#ffffff"
ICE_COLOURS = {0.0: "#3f93bb", -20.0: "#1f7fd6", -40.0: "#1747b0"}
SOLID, DASHED, DOTTED = "", "7 4", "1.5 3"
LEFT, RIGHT, TOP, BOTTOM, TITLE = 62, 24, 34, 46, 34
FONT = "Inter"


@dataclass(frozen=True, slots=True)
class Line:
    """A curve, or marks where ``marks`` is set; ``end_label`` is written right of its last point."""

    x: ArrayLike
    y: ArrayLike
    colour: str
    dash: str = SOLID
    width_px: float = 1.6
    marks: bool = False
    end_label: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes.

    Parameters
    ----------
    x_range, y_range
        Ends of the axes; ticks lie on round numbers between them.
    band
        A shaded range of y, such as a tolerance.
    legend
        Words beside a sample of colour, dash and whether it is a mark.
    """

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    lines: Sequence[Line]
    legend: Sequence[tuple[str, Line]] = ()
    legend_corner: str = "upper left"
    band: tuple[float, float] | None = None
    size_px: tuple[int, int] = (560, 360)
    notes: Sequence[tuple[float, float, str]] = field(default=())


def chart_svg(title: str, panels: Sequence[Panel], *, columns: int = 1) -> str:
    """Return one SVG document with all panels, ``columns`` beside each other."""
    width = max(panel.size_px[0] for panel in panels)
    rows = [panels[start : start + columns] for start in range(0, len(panels), columns)]
    heights = [max(panel.size_px[1] for panel in row) for row in rows]
    total_width, total_height = width * columns, sum(heights) + TITLE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total_width}" height="{total_height}" '
        f'viewBox="0 0 {total_width} {total_height}" font-family="{FONT}" font-size="12">'
    )
    paper = f'<rect width="{total_width}" height="{total_height}" fill="{PAPER}"/>'
    parts = [head, paper, _text(16, 24, title, colour=INK, size=15, weight=600)]
    top = float(TITLE)
    for row, height in zip(rows, heights, strict=True):
        for column, panel in enumerate(row):
            parts.append(f'<g transform="translate({column * width} {top})">{_panel(panel)}</g>')
        top += height
    return "".join([*parts, "</svg>"])


def _panel(panel: Panel) -> str:
    width, height = panel.size_px
    inner = (LEFT, TOP, width - RIGHT, height - BOTTOM)

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - panel.x_range[0]) / (panel.x_range[1] - panel.x_range[0])
        up = (y - panel.y_range[0]) / (panel.y_range[1] - panel.y_range[0])
        return inner[0] + across * (inner[2] - inner[0]), inner[3] - up * (inner[3] - inner[1])

    parts = [_text(LEFT, 20, panel.title, colour=INK, size=13, weight=500)]
    if panel.band is not None:
        (x0, y0), (x1, y1) = at(panel.x_range[0], panel.band[1]), at(panel.x_range[1], panel.band[0])
        parts.append(f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}" height="{y1 - y0:.1f}" fill="#eef1f4"/>')
    for tick in ticks(*panel.y_range):
        x, y = at(panel.x_range[0], tick)
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{inner[2]}" stroke="{RULE}" stroke-width="0.8"/>')
        parts.append(_text(x - 8, y + 4, _number(tick), colour=HINT, size=11, anchor="end"))
    for tick in ticks(*panel.x_range):
        x, y = at(tick, panel.y_range[0])
        parts.append(f'<path d="M{x:.1f} {y:.1f}v4" stroke="{HINT}" stroke-width="0.8"/>')
        parts.append(_text(x, y + 17, _number(tick), colour=HINT, size=11, anchor="middle"))
    parts.append(f'<path d="M{inner[0]} {inner[3]}H{inner[2]}" stroke="{HINT}" stroke-width="1"/>')
    parts.append(_text((inner[0] + inner[2]) / 2, height - 10, panel.x_label, colour=LABEL, anchor="middle"))
    middle = (inner[1] + inner[3]) / 2
    turned = f' transform="rotate(-90 15 {middle:.1f})"'
    parts.append(_text(15, middle, panel.y_label, colour=LABEL, anchor="middle", more=turned))
    # A nested drawing clips its content; marks on its rim keep their half.
    parts.append(
        f'<svg x="0" y="{inner[1] - 4}" width="{width}" height="{inner[3] - inner[1] + 8}" '
        f'viewBox="0 {inner[1] - 4} {width} {inner[3] - inner[1] + 8}">'
    )
    for line in panel.lines:
        points = [at(float(x), float(y)) for x, y in zip(np.asarray(line.x), np.asarray(line.y), strict=True)]
        parts.append(_drawn(line, points))
        if line.end_label:
            x, y = points[-1]
            parts.append(_text(x + 8, y + 4, line.end_label, colour=line.colour, size=12, weight=500))
    parts.append("</svg>")
    for x_value, y_value, words in panel.notes:
        x, y = at(x_value, y_value)
        parts.append(_text(x, y, words, colour=LABEL, size=11))
    return "".join([*parts, _legend(panel, inner)])


def _drawn(line: Line, points: Sequence[tuple[float, float]]) -> str:
    if line.marks:
        return "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{PAPER}" stroke="{line.colour}" stroke-width="1.4"/>'
            for x, y in points
        )
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    return (
        f'<path d="{path}" fill="none" stroke="{line.colour}" stroke-width="{line.width_px}" '
        f'stroke-linejoin="round"{dash}/>'
    )


def _legend(panel: Panel, inner: tuple[int, int, int, int]) -> str:
    if not panel.legend:
        return ""
    widest = max(len(words) for words, _ in panel.legend) * 5.7 + 48
    right, low = "right" in panel.legend_corner, "lower" in panel.legend_corner
    left = inner[2] - widest if right else inner[0] + 10
    top = inner[3] - 18 * len(panel.legend) - 4 if low else inner[1] + 12
    height = 18 * len(panel.legend) + 6
    parts = [f'<rect x="{left - 6:.1f}" y="{top - 12:.1f}" width="{widest}" height="{height}" fill="{PAPER}"/>']
    for number, (words, sample) in enumerate(panel.legend):
        y = top + 18 * number
        points = [(left + 14, y)] if sample.marks else [(left, y), (left + 28, y)]
        parts.append(_drawn(sample, points))
        parts.append(_text(left + 36, y + 4, words, colour=LABEL, size=11))
    return "".join(parts)


def ticks(low: float, high: float) -> list[float]:
    """Return four to eight round numbers from low to high."""
    raw = (high - low) / 6
    power = 10 ** np.floor(np.log10(raw))
    step = float(min((1, 2, 2.5, 5, 10), key=lambda factor: abs(factor * power - raw)) * power)
    first = int(np.ceil(low / step - 1e-9))
    return [number * step for number in range(first, int(np.floor(high / step + 1e-9)) + 1)]


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _text(  # noqa: PLR0913 - the attributes of one SVG element
    x: float,
    y: float,
    words: str,
    *,
    colour: str,
    size: int = 12,
    weight: int = 400,
    anchor: str = "start",
    more: str = "",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}"{more}>{escape(words)}</text>'
    )


def svg_to_png(svg: str, *, pixels_per_inch: float = 144.0) -> bytes:
    """Return the picture as PNG; text is set in the bundled typeface."""
    import typst

    from planner.persistence.resources import resources_dir

    source = (
        b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.at("picture")), format: "svg")'
    )
    compiler = typst.Compiler(
        input=source,
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[resources_dir() / "fonts"]),
        ignore_system_fonts=True,
        sys_inputs={"picture": svg},
    )
    picture = compiler.compile(format="png", ppi=pixels_per_inch)
    if not isinstance(picture, bytes):
        raise ReportRefused("A chart took more than one page.", code="chart-typesetting")
    return picture
