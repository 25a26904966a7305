"""Is the 3-D picture drawn, in the right colours, from the side its letters say?"""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from planner.domain.geometry import isotropic_box
from planner.domain.structure import StructureKind
from planner.domain.target import TargetBody
from planner.rendering.content import BandEdges, BodyLayer, IceBand, IceLayer, NerveLayer, StructureLayer
from planner.rendering.palette import levels_for
from planner.rendering.scene3d import (
    SpaceContent,
    ViewFrom,
    band_actors,
    build_scene,
    camera_letters,
    crosshair_actors,
    ice_actors,
    look_from,
    render_rgb,
    structure_surface,
    vertex_normals,
)
from planner.rendering.turning import UPRIGHT, turned_frame

# (left, right, top, bottom) seen from each side, by definition.
EXPECTED_LETTERS = {
    ViewFrom.ANTERIOR: "RLHF",
    ViewFrom.POSTERIOR: "LRHF",
    ViewFrom.LEFT: "APHF",
    ViewFrom.RIGHT: "PAHF",
    ViewFrom.HEAD: "LRAP",
    ViewFrom.FEET: "RLAP",
}


@pytest.fixture
def grid():
    return isotropic_box((0.0, 0.0, 0.0), extent_mm=(60, 60, 60), spacing_mm=2.0)


def bone_ball(grid, voxel_centres, centre) -> SpaceContent:
    mask = ((voxel_centres(grid) - np.array(centre)) ** 2).sum(axis=-1) <= 64
    return SpaceContent(surfaces=(structure_surface(StructureLayer("B", StructureKind.BONE, mask), grid),))


@pytest.mark.parametrize("stand", list(ViewFrom))
def test_letters_match_the_side_looked_from(grid, voxel_centres, stand: ViewFrom) -> None:
    renderer = build_scene(bone_ball(grid, voxel_centres, (0, 0, 0)))
    look_from(renderer, stand)
    assert "".join(camera_letters(renderer)) == EXPECTED_LETTERS[stand]


def test_a_thing_on_the_patients_left_is_at_the_right_seen_from_the_front(grid, voxel_centres) -> None:
    """Bone to the left and head, target body in the middle: their pixels must lie as the letters say."""
    from dataclasses import replace

    body = BodyLayer("G", TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 8.0, 8.0))
    content = replace(bone_ball(grid, voxel_centres, (18, 0, 18)), bodies=(body,))
    picture = render_rgb(build_scene(content), size_px=(160, 120)).astype(int)
    is_yellow = (picture[..., 0] > 90) & (picture[..., 2] < 0.6 * picture[..., 0])
    is_bone = (picture[..., 0] > 90) & (picture[..., 2] > 0.7 * picture[..., 0])
    yellow, bone = np.argwhere(is_yellow).mean(axis=0), np.argwhere(is_bone).mean(axis=0)
    assert bone[1] > yellow[1] + 10
    assert bone[0] < yellow[0] - 10


def test_a_picture_has_the_size_asked_for_and_ice_tints_it(grid, voxel_centres) -> None:
    field = 4.0 * (np.linalg.norm(voxel_centres(grid), axis=-1) - 12.0)
    ice = IceLayer(field.astype(np.float32), grid, "1 mm result")
    nerve = NerveLayer("N", np.array([(-20.0, 0, 0), (0, 0, 0), (20, 0, 0)]), (0, 1), 2.0)
    picture = render_rgb(build_scene(SpaceContent(nerves=(nerve,), ice=ice)), size_px=(150, 100)).astype(int)
    assert picture.shape == (100, 150, 3)
    middle = picture[20:80, 50:100].reshape(-1, 3).mean(axis=0)
    assert middle[2] > middle[0], "ice is blue"


def test_normals_of_a_ball_point_outward(grid, voxel_centres) -> None:
    (layer,) = bone_ball(grid, voxel_centres, (0, 0, 0)).surfaces
    outward = layer.mesh.points_lps_mm / np.linalg.norm(layer.mesh.points_lps_mm, axis=1, keepdims=True)
    assert (vertex_normals(layer.mesh) * outward).sum(axis=1).min() > 0.8


def test_figures_in_space_carry_their_letters(grid, voxel_centres) -> None:
    from planner.rendering.svg import space_svg

    renderer = build_scene(bone_ball(grid, voxel_centres, (0, 0, 0)))
    look_from(renderer, ViewFrom.LEFT)
    root = ET.fromstring(space_svg(renderer, size_px=(120, 90), scale=1.0, grade="1 mm result"))  # noqa: S314
    words = {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"A", "P", "H", "F", "3-D", "1 mm result"} <= words


def test_the_crosshair_turns_with_the_planes() -> None:
    """A quarter turn about head to feet lays the sagittal plane's line along front to back."""
    quarter = turned_frame(UPRIGHT, (0.0, 0.0, 1.0), np.pi / 2)
    for frame, longest in ((UPRIGHT, (0, 1, 2)), (quarter, (1, 0, 2))):
        boxes = [np.reshape(actor.GetBounds(), (3, 2)) for actor in crosshair_actors((5.0, 6.0, 7.0), frame=frame)]
        assert tuple(int(np.ptp(box, axis=1).argmax()) for box in boxes) == longest
        assert all(np.allclose(box.mean(axis=1), (5.0, 6.0, 7.0), atol=0.01) for box in boxes)


def test_the_band_is_one_clear_skin_at_the_outer_edge_of_the_warmest_isotherm(grid, voxel_centres) -> None:
    """A ball of 12 mm whose edge may lie at 16 mm: its actor ends there, and stale ice or a preview has none."""
    from dataclasses import replace

    away = np.sqrt((voxel_centres(grid) ** 2).sum(axis=-1)).astype(np.float32)
    band = IceBand((BandEdges(0.0, grid, away - 16, None), BandEdges(-20.0, grid, None, away - 4)), 3.1)
    ice = IceLayer(5 * (away - 12), grid, "test", band=band)
    (skin,) = band_actors(ice)
    assert np.abs(skin.GetBounds()) == pytest.approx(np.full(6, 16.0), abs=0.3)
    assert skin.GetProperty().GetOpacity() < min(actor.GetProperty().GetOpacity() for actor in ice_actors(ice))
    assert band_actors(replace(ice, is_stale=True)) == band_actors(replace(ice, is_preview=True)) == []
    assert band_actors(replace(ice, band=None)) == []
    # Without 0 °C the warmest is -20 °C, of which only the inner edge is drawn.
    assert band_actors(replace(ice, levels=levels_for((-20.0, -40.0)))) == []
