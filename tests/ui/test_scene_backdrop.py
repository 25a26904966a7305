"""Does a picture drawn over a kept one show what the whole one does? Ice before and behind bone, moved, cut, turned."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import isotropic_box
from planner.domain.structure import StructureKind
from planner.rendering.content import IceLayer
from planner.rendering.isosurface import surface
from planner.rendering.scene3d import SurfaceLayer, ViewFrom, ice_actors, surface_actor
from planner.ui.scene.stage import Stage

SIZE = (320, 240)
BOX = isotropic_box((0, 0, 0), extent_mm=(80, 80, 80), spacing_mm=2)


def _radius(centre):
    k, j, i = np.indices(BOX.shape_kji)
    return np.linalg.norm(BOX.to_lps(np.stack((i, j, k), axis=-1)) - np.asarray(centre), axis=-1)


def _bone(centre, radius_mm):
    mesh = surface((radius_mm - _radius(centre)).astype(np.float32), BOX, level=0.0)
    return [surface_actor(SurfaceLayer("Bone", StructureKind.BONE, mesh))]


def _ice(centre):
    field = np.minimum(6.0 * (_radius(centre) - 9.0), 37.0).astype(np.float32)
    return ice_actors(IceLayer(field, BOX, "PREVIEW 2 mm", is_preview=True))


@pytest.fixture
def stage(app):
    del app
    made = Stage(SIZE)
    if made._may_peel:
        made.release()
        pytest.skip("OpenGL has a graphics card here: everything is drawn anew")
    # In front (toward the viewer, −y), beside, and behind the ice.
    made.put(("structure", "near"), _bone((0, -25, 12), 7))
    made.put(("structure", "far"), _bone((10, 20, 0), 12))
    made.put(("ice", "a"), _ice((0, 0, 0)))
    made.look(ViewFrom.ANTERIOR, BOX)
    yield made
    made.release()


def _whole(stage):
    return stage.render(SIZE, is_moving=True).astype(int)


def _held(stage):
    return stage.render(SIZE, is_moving=True, is_held=True).astype(int)


def _differ(a, b):
    """Share of the picture in which a colour differs by more than rounding."""
    return float((np.abs(a - b).max(axis=2) > 4).mean())


def test_ice_over_the_kept_picture_is_where_the_whole_picture_has_it(stage):
    whole = _whole(stage)
    assert _differ(whole, np.broadcast_to(whole[0, 0], whole.shape)) > 0.05
    assert _differ(_held(stage), whole) < 0.002
    assert _differ(_held(stage), whole) < 0.002


def test_moved_ice_leaves_nothing_where_it_was_and_hides_behind_bone(stage):
    before = _held(stage)
    for name, place in (("b", (-14, 0, -8)), ("c", (0, 0, 12)), ("d", (9, 34, 0))):
        for key in [key for key in stage.keys if key[0] == "ice"]:
            stage.drop(key)
        stage.put(("ice", name), _ice(place))
        held = _held(stage)
        assert _differ(held, _whole(stage)) < 0.002
        assert _differ(held, before) > 0.002


def test_a_turned_camera_another_size_and_new_bone_make_the_picture_anew(stage):
    _held(stage)
    stage.look(ViewFrom.LEFT, BOX)
    assert _differ(_held(stage), _whole(stage)) < 0.002
    stage.put(("structure", "third"), _bone((0, 0, -28), 8))
    assert _differ(_held(stage), _whole(stage)) < 0.002
    stage.cut([(np.zeros(3), np.array((0.0, 0.0, 1.0)))])
    assert _differ(_held(stage), _whole(stage)) < 0.002
    smaller = stage.render((200, 160), is_moving=True, is_held=True).astype(int)
    assert _differ(smaller, stage.render((200, 160), is_moving=True).astype(int)) < 0.003


def test_without_ice_the_picture_is_what_rests(stage):
    stage.drop(("ice", "a"))
    assert _differ(_held(stage), _whole(stage)) < 0.002


def test_what_is_drawn_ahead_serves_the_first_picture_of_a_drag_and_none_of_another_camera(stage, monkeypatch):
    whole = _whole(stage)
    stage.make_ready()
    taken = []
    take = stage._backdrop._take
    monkeypatch.setattr(stage._backdrop, "_take", lambda *what: (taken.append(1), take(*what)))
    stage.make_ready()
    assert _differ(_held(stage), whole) < 0.002
    # A picture of everything in between, as when the hand rests, leaves what is kept as good as it was.
    assert (_whole(stage) == whole).all()
    assert _differ(_held(stage), whole) < 0.002
    assert not taken
    stage.look(ViewFrom.LEFT, BOX)
    assert _differ(_held(stage), _whole(stage)) < 0.002
    assert taken
