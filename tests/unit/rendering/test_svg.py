"""Is the report's picture well-formed, complete, and the same each time?"""

from __future__ import annotations

import base64
import io
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from planner.domain.structure import StructureKind
from planner.rendering.content import SliceContent, StructureLayer
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.png import to_png
from planner.rendering.slice_scene import build_slice
from planner.rendering.svg import picture_svg, to_svg

NS = {"svg": "http://www.w3.org/2000/svg"}
HREF = "{http://www.w3.org/1999/xlink}href"


@pytest.fixture
def scene(grid_with, make_volume):
    grid = grid_with(np.eye(3), shape_kji=(20, 40, 40))
    volume = make_volume(np.random.default_rng(0).integers(-200, 300, grid.shape_kji).astype(np.int16), grid)
    mask = np.zeros(grid.shape_kji, dtype=bool)
    mask[5:15, 10:30, 10:30] = True
    content = SliceContent(
        structures=(StructureLayer('Lung, "right" & <left>', StructureKind.LUNG, mask),), identity="A & B <C>"
    )
    plane = SlicePlane.fit(Orientation.AXIAL, grid, size_px=(420, 280))
    return build_slice(plane, volume=volume, window_hu=(400, 40), content=content, scale=2.0)


def test_svg_holds_letters_scale_bar_and_identity_as_text(scene) -> None:
    root = ET.fromstring(to_svg(scene, title="Axial & more"))  # noqa: S314 - our own output
    assert (root.get("width"), root.get("height")) == ("420", "280")
    by_class = {}
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        by_class.setdefault(group.get("class"), []).extend(t.text for t in group.findall("svg:text", NS))
    assert {"R", "L", "A", "P"} <= set(by_class["letter"])
    assert any(text.endswith(" mm") for text in by_class["scale-bar"])
    assert "A & B <C>" in by_class["identity"]
    assert root.find("svg:title", NS).text == "Axial & more"
    assert "Inter" in root.get("font-family")


def test_svg_raster_is_the_scene_at_print_resolution(scene) -> None:
    root = ET.fromstring(to_svg(scene))  # noqa: S314
    href = next(root.iter("{http://www.w3.org/2000/svg}image")).get(HREF)
    picture = Image.open(io.BytesIO(base64.b64decode(href.split(",", 1)[1])))
    assert picture.size == (840, 560)
    assert np.array_equal(np.asarray(picture), scene.raster)


def test_svg_dashes_are_those_of_the_palette(scene) -> None:
    assert 'stroke-dasharray="6 3"' in to_svg(scene)


def test_the_same_scene_gives_the_same_bytes(scene) -> None:
    assert to_svg(scene) == to_svg(scene)


@pytest.mark.parametrize("shape", [(7, 5), (31, 64, 3), (1, 1)])
def test_png_reads_back(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(to_png(pixels)))), pixels)


def test_any_picture_can_carry_marks() -> None:
    text = picture_svg(np.zeros((4, 4, 3), np.uint8), size_px=(40, 40), primitives=(), title="t")
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314
