"""Is the painted skin drawn as its classes say, hit where a line of sight meets it, and cut where a slice lies?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.access import PathReason
from planner.rendering.access_marks import legend_marks, place_marks, skin_marks
from planner.rendering.access_scene import (
    ACCESS_CLASSES,
    AccessLayer,
    access_actors,
    access_classes,
    access_colours,
    triangle_hit,
)
from planner.rendering.isosurface import Mesh
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.primitives import Label, Path

NUMBER = {each.label: number for number, each in enumerate(ACCESS_CLASSES)}


@pytest.fixture
def ball():
    """An octahedron of 20 mm, split often, on a ball: open in front (y < 0), table behind."""
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    faces = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    corners = points[np.array(faces)]
    for _ in range(4):
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    flat = corners.reshape(-1, 3)
    mesh = Mesh(20 * flat / np.linalg.norm(flat, axis=1, keepdims=True), np.arange(len(flat)).reshape(-1, 3))
    centres = mesh.points_lps_mm[mesh.triangles].mean(axis=1)
    reason = np.where(centres[:, 1] < 0, PathReason.OPEN, PathReason.TABLE).astype(np.int8)
    room = np.where(centres[:, 2] > 0, 6.0, 1.0).astype(np.float32)
    return AccessLayer(mesh, access_classes(reason, room), centres)


def test_classes_go_by_reason_and_by_room():
    reason = np.array([*PathReason, PathReason.OPEN, PathReason.OPEN], np.int8)
    room = np.array([8.0, *[np.nan] * 7, 2.0, 1.99], np.float32)
    labels = [ACCESS_CLASSES[n].label for n in access_classes(reason, room)]
    assert labels == [
        "Open, ≥ 5 mm to spare",
        "Shaft too short",
        "Structure in the way",
        "Leaves the scan",
        "Angle",
        "Table",
        "Hub in the body",
        "Scanner’s bore",
        "Open, 2 to 5 mm",
        "Open, < 2 mm",
    ]


def test_a_line_of_sight_hits_the_near_side(ball):
    rng = np.random.default_rng(5)
    for drawn in rng.normal(size=(40, 3)):
        way = drawn / np.linalg.norm(drawn)
        hit = triangle_hit(ball, -100 * way, way)
        assert hit is not None
        # From a hundred millimetres away, straight at the middle: the triangle that faces the eye.
        assert ball.centres_lps_mm[hit] @ -way == pytest.approx(20, abs=0.4)
    assert triangle_hit(ball, np.array([30.0, -100.0, 0.0]), np.array([0.0, 1.0, 0.0])) is None
    assert triangle_hit(ball, np.array([0.0, -100.0, 0.0]), np.array([0.0, -1.0, 0.0])) is None


def test_open_skin_is_plain_and_closed_skin_striped(ball):
    colours = access_colours(ball)
    table = ball.classes == NUMBER["Table"]
    assert len(np.unique(colours[table], axis=0)) == 2
    assert len(np.unique(colours[ball.classes == NUMBER["Open, < 2 mm"]], axis=0)) == 1
    stripes = colours[table][:, 0] == colours[table][:, 0].min()
    level = np.floor(ball.centres_lps_mm[table][:, 2] / 10).astype(int) % 2 == 1
    np.testing.assert_array_equal(stripes, level)
    whole, clear = access_actors(ball)
    assert (whole.GetProperty().GetOpacity(), clear.GetProperty().GetOpacity()) == (1.0, 0.5)
    stale = AccessLayer(ball.mesh, ball.classes, ball.centres_lps_mm, is_stale=True)
    assert all(actor.GetProperty().GetOpacity() < 0.5 for actor in access_actors(stale))


def test_a_slice_cuts_the_skin_in_a_circle_by_class(ball):
    plane = SlicePlane(Orientation.AXIAL, (0.0, 0.0, 7.0), 0.5, (200, 160))
    paths = {mark.name: mark for mark in skin_marks(ball, plane=plane)}
    assert set(paths) == {"Open, ≥ 5 mm to spare", "Table"}
    for name, path in paths.items():
        ends = np.concatenate(path.lines)
        lps = plane.to_lps(ends)
        np.testing.assert_allclose(np.hypot(lps[:, 0], lps[:, 1]), np.sqrt(400 - 49), atol=0.35)
        middles = np.array([plane.to_lps(line).mean(axis=0)[1] for line in path.lines])
        assert ((middles > -1.0) if name == "Table" else (middles < 1.0)).all()
    assert paths["Table"].pen.dash_px
    assert not paths["Open, ≥ 5 mm to spare"].pen.dash_px
    total = sum(float(np.linalg.norm(np.diff(line, axis=0))) for path in paths.values() for line in path.lines) * 0.5
    assert total == pytest.approx(2 * np.pi * np.sqrt(400 - 49), rel=0.01)
    beyond = SlicePlane(Orientation.AXIAL, (0.0, 0.0, 70.0), 0.5, (200, 160))
    assert skin_marks(ball, plane=beyond) == []


def test_the_legend_lists_what_there_is_and_words_stay_in_the_picture(ball):
    words = [mark.text for mark in legend_marks(ball, (640, 480)) if isinstance(mark, Label)]
    assert words == ["Open, ≥ 5 mm to spare", "Open, < 2 mm", "Table"]
    assert [type(mark) for mark in legend_marks(ball, (640, 60))].count(Path) < 5  # no room below the middle
    behind = np.diag([1.0, 1.0, 1.0, -1.0])
    assert place_marks(np.zeros(3), "x", to_picture=behind, size_px=(100, 100)) == []
    near_rim = np.eye(4)
    near_rim[:2, 3] = (630.0, 5.0)
    marks = place_marks(np.zeros(3), "Closed: through something long " * 4, to_picture=near_rim, size_px=(640, 480))
    labels = [mark for mark in marks if isinstance(mark, Label)]
    assert len(labels) > 1
    assert all(0 < mark.anchor_px[0] < 640 and 0 < mark.anchor_px[1] < 480 for mark in labels)
