"""Is a chart a valid picture with round ticks, its words and its lines?"""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET

import pytest

from planner.bench import charts as draw

SVG = "{http://www.w3.org/2000/svg}"


def one_panel(**more):
    lines = [
        draw.Line([0.0, 10.0], [-1.0, 3.0], "#1747b0", end_label="4 < 5 mm"),
        draw.Line([0.0, 5.0, 10.0], [0.0, 1.0, 2.0], "#1747b0", marks=True),
    ]
    legend = [("solver", draw.Line((), (), "#5e6873", dash=draw.DASHED))]
    panel = draw.Panel("Radius", "time, s", "mm", (0, 10), (-1, 3), lines, legend, **more)
    return draw.chart_svg("Ice & time", [panel])


def test_lines_marks_words_and_minus_signs():
    root = ET.fromstring(one_panel(band=(-0.5, 0.5)))  # noqa: S314 - our own text
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert {"Ice & time", "Radius", "time, s", "mm", "4 < 5 mm", "solver", "−1"} <= set(words)
    assert len(list(root.iter(f"{SVG}circle"))) == 3
    dashed = [path for path in root.iter(f"{SVG}path") if path.get("stroke-dasharray")]
    assert len(dashed) == 1


@pytest.mark.parametrize(("low", "high"), [(0, 900), (-100, 40), (-0.5, 0.5), (0, 18), (0, 0.03)])
def test_ticks_are_few_and_round(low, high):
    found = draw.ticks(low, high)
    assert 4 <= len(found) <= 11
    assert low - 1e-9 <= found[0]
    assert found[-1] <= high + 1e-9
    step = found[1] - found[0]
    assert min(abs(step / 10**power / factor - 1) for power in range(-4, 4) for factor in (1, 2, 2.5, 5)) < 1e-9


def test_the_picture_is_a_png_of_the_charts_size():
    png = draw.svg_to_png(one_panel(size_px=(400, 300)), pixels_per_inch=72.0)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width / height == pytest.approx(400 / (300 + draw.TITLE), rel=0.01)
