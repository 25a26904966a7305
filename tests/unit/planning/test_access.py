"""Does the skin become triangles that lie on it, and does each way say in words what decides?"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from planner.domain.access import AccessLimits
from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import PlanInvalid
from planner.domain.gantry import Gantry
from planner.domain.geometry import Grid
from planner.persistence import resources
from planner.planning.access import skin_entries, skin_mesh
from planner.planning.access_words import tip_words, way_words
from planner.planning.path_screening import PathScreen
from planner.spatial.surface_net import surface_net

LIMITS = AccessLimits(Datum(45.0, Status.PROJECT_DEFAULT), MISSING)


def areas(points, triangles):
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def enclosed(points, triangles):
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def test_a_ball_becomes_a_closed_net_that_faces_outward():
    grid = Grid.from_axes((40, 44, 48), origin_lps_mm=(-23.0, -22.0, -29.0), spacing_ijk_mm=(1.0, 1.0, 1.5))
    k, j, i = np.indices(grid.shape_kji)
    distance = np.linalg.norm(grid.to_lps(np.stack((i, j, k), axis=-1)) - (0.5, 0.2, 0.1), axis=-1)
    points, triangles = surface_net(18.0 - distance, grid, level=0.0)
    assert np.abs(np.linalg.norm(points - (0.5, 0.2, 0.1), axis=1) - 18.0).max() < 0.12
    assert enclosed(points, triangles) == pytest.approx(4 / 3 * np.pi * 18**3, rel=0.01)
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert (counts == 2).all()  # closed: every edge belongs to two triangles
    assert len(points) - len(edges) // 2 + len(triangles) == 2  # Euler: a ball


def test_entries_lie_on_the_skin_open_at_the_scans_end_and_not_in_cavities(world):
    """A tube that the scan cuts at both ends, with a hollow in it."""
    grid = Grid.from_axes((50, 90, 90), origin_lps_mm=(-44.5, -44.5, -24.5), spacing_ijk_mm=(1.0, 1.0, 1.0))
    x, y, z = np.moveaxis(world.points(grid), -1, 0)
    body = (np.hypot(x, y) < 30) & ~(np.sqrt(x**2 + y**2 + z**2) < 9)
    mesh = skin_mesh(body, grid, spacing_mm=4.0)
    radius = np.hypot(mesh.entries_lps_mm[:, 0], mesh.entries_lps_mm[:, 1])
    assert np.abs(radius - 30).max() < 0.6
    outward = mesh.entries_lps_mm[:, :2] / radius[:, None]
    assert np.einsum("ij,ij->i", outward, mesh.normals_lps[:, :2]).min() > 0.9
    size = areas(mesh.points_lps_mm, mesh.triangles)
    assert size.sum() == pytest.approx(2 * np.pi * 30 * 48, rel=0.05)  # without the ends, where the scan cuts
    assert size.max() < 25
    again = skin_mesh(body.copy(), grid, spacing_mm=4.0)
    np.testing.assert_array_equal(mesh.entries_lps_mm, again.entries_lps_mm)
    finer = skin_mesh(body, grid, spacing_mm=2.0)
    assert len(finer.triangles) > 3 * len(mesh.triangles)


def test_without_skin_nobody_knows(world):
    with pytest.raises(PlanInvalid, match="skin is not segmented"):
        skin_entries(world.plan(world.box(10)), {})


@pytest.fixture
def told(world):
    """Words of a way in a body with one artery beside the way and one rib in it."""
    grid = Grid.from_axes((60, 80, 80), origin_lps_mm=(-39.5, -39.5, -29.5), spacing_ijk_mm=(1.0, 1.0, 1.0))
    x, y, _ = np.moveaxis(world.points(grid), -1, 0)
    shapes = {
        "Skin": ("skin", np.hypot(x, y) < 30),
        "Artery": ("artery", np.hypot(x - 10, y + 10) < 3),
        "Rib": ("bone", (abs(x + 12) < 4) & (abs(y + 15) < 3)),
    }
    structures = [world.structure(name, kind, grid) for name, (kind, _) in shapes.items()]
    masks = {each.id: shapes[each.name][1] for each in structures}
    model = next(m for m in resources.probe_models() if m.id == "generic-17g-short")

    def words(entry, tip=(0.0, 0.0, 0.0), *, model=model, confirmed=True, say=None, **more):
        kept = structures if confirmed else [replace(each, confirmed_by="") for each in structures]
        plan = world.plan(grid, structures=kept, probes=(), **more)
        screen = PathScreen.of(
            plan, resources.rule_set(), masks, ends_lps_mm=np.array([entry, tip, (30, 30, 29), (-30, -30, -29)]),
            limits=LIMITS,
        )  # fmt: skip
        if say is not None:
            return say(screen, tip, model)
        return way_words(screen, entry_lps_mm=entry, tip_lps_mm=tip, model=model, masks=masks)

    return words


def test_a_way_says_what_decides_with_its_figure(told):
    assert told((0.0, -30.0, 0.0)) == "Open: 30 mm deep; 2.0 mm more than needed at Artery."
    assert told((4.0, -30.0, 0.0), (4.0, 0.0, 0.0)) == "Closed: Artery, 3.0 mm; needs 5 mm."
    assert told((10.0, -28.0, 0.0), (10.0, 0.0, 0.0)) == "Closed: through Artery."
    assert told((-12.0, -27.0, 0.0), (-12.0, 0.0, 0.0), confirmed=False) == "Closed: through Rib (not confirmed)."
    assert told((-7.6, -29.0, 0.0), (-7.6, 0.0, 0.0)) == "Closed: Rib, 0.4 mm; half the shaft is 0.8 mm."
    assert told((0.0, -30.0, 0.0), (0.0, -29.5, 0.0)).startswith("Closed: 0 mm deep")
    assert told((0.0, -21.0, 29.0), (0.0, 0.0, 0.0)).startswith("Closed: tilted 54° to the head; 45° at most (project")
    assert told((0.0, 29.0, 0.0)) == (
        "Closed: comes 90° from below with the patient head first, supine: the table is there."
    )
    assert told((0.0, -39.9, 0.0), (0.0, -60.0, 0.0)).startswith("Closed: a part of the way is not in the scan")


def test_a_tip_that_is_too_near_to_something_says_so_itself(told):
    ask = partial(told, (0.0, -30.0, 0.0), say=tip_words)
    assert ask((0.0, 0.0, 0.0)) == ""
    assert (
        ask((4.0, -10.0, 0.0)) == "No way can be open: the tip itself would lie too near to Artery, 3.0 mm; needs 5 mm."
    )
    assert ask((-12.0, -15.0, 0.0)) == "No way can be open: the tip itself would lie in Rib."


def test_reach_and_bore_say_their_figures(told):
    short = replace(
        next(m for m in resources.probe_models() if m.id == "generic-17g-short"),
        usable_length_mm=Datum(25.0, Status.SITE),
    )
    assert told((0.0, -30.0, 0.0), model=short) == "Closed: 30 mm deep; this probe reaches 25 mm."
    # Hub 145 mm before the skin: 175 mm from the middle; the axis 60 mm over the table at y = 30, at y = −30.
    assert told((0.0, -30.0, 0.0), gantry=Gantry(320.0, 60.0)) == (
        "Closed: hub 15 mm from the bore’s wall; needs 20 mm."
    )
    assert told((0.0, -30.0, 0.0), gantry=Gantry(700.0, 150.0)).startswith("Open")
