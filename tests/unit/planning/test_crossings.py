"""A shaft through balls and slabs at any angle meets them as geometry says, and passes them as near as brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.domain.identity import ProbeId, Sha256, StructureId
from planner.domain.probe import ProbePlacement
from planner.domain.structure import StructureKind, StructureRole
from planner.planning.crossings import ShaftField, approaches, fields_of, shaft_crossings
from planner.planning.surface_index import SurfaceIndex, SurfaceStore
from planner.spatial.distance import surface_points

SPACING_MM = 1.0
GRID = Grid.from_axes((90, 100, 110), origin_lps_mm=(-54, -49, -44), spacing_ijk_mm=(SPACING_MM,) * 3)
CENTRES = GRID.to_lps(np.stack(np.meshgrid(range(110), range(100), range(90), indexing="ij"), axis=-1)).transpose(
    2, 1, 0, 3
)


def ball(centre, radius_mm):
    return np.linalg.norm(CENTRES - np.asarray(centre), axis=-1) <= radius_mm


def slab(normal, low_mm, high_mm):
    along = CENTRES @ (np.asarray(normal) / np.linalg.norm(normal))
    return (along >= low_mm) & (along <= high_mm)


def field(name, mask, *, role=StructureRole.CRITICAL, grid=GRID):
    return ShaftField(StructureId(name), name, StructureKind.LUNG, role, Sha256(name), mask, grid)


def probe(entry, tip):
    return ProbePlacement(ProbeId("p"), "P1", "generic-17g-short", tuple(map(float, entry)), tuple(map(float, tip)))


def directions(count):
    dice = np.random.default_rng(61)
    ways = dice.normal(size=(count, 3))
    return ways / np.linalg.norm(ways, axis=1)[:, None]


@pytest.mark.parametrize("way", directions(12).tolist())
def test_a_shaft_through_a_ball_is_inside_for_its_chord_at_any_angle(way):
    way = np.asarray(way)
    across = np.cross(way, (0.3, -0.5, 0.8))
    across /= np.linalg.norm(across)
    centre, radius, offset = np.array([2.3, -1.6, 0.4]), 12.0, 5.0
    entry = centre + offset * across - 30 * way
    (crossing,) = shaft_crossings(probe(entry, entry + 60 * way), [field("ball", ball(centre, radius))])
    half_chord = math.sqrt(radius**2 - offset**2)
    assert crossing.from_mm == pytest.approx(30 - half_chord, abs=0.25 * SPACING_MM)
    assert crossing.to_mm == pytest.approx(30 + half_chord, abs=0.25 * SPACING_MM)


@pytest.mark.parametrize("way", directions(12).tolist())
def test_a_shaft_through_a_slab_is_inside_for_its_thickness_over_the_cosine(way):
    way = np.asarray(way)
    normal = np.array([0.36, 0.48, 0.8])
    cosine = float(way @ normal)
    if abs(cosine) < 0.35:
        way, cosine = normal, 1.0
    entry = -way * 38
    (crossing,) = shaft_crossings(probe(entry, -entry), [field("slab", slab(normal, -4.0, 3.0))])
    near, far = sorted((-4.0 / cosine, 3.0 / cosine))
    assert crossing.from_mm == pytest.approx(38 + near, abs=0.3 / abs(cosine))
    assert crossing.to_mm == pytest.approx(38 + far, abs=0.3 / abs(cosine))


def test_a_shaft_that_ends_inside_counts_to_its_tip_and_order_is_by_depth():
    fields = [field("deep", ball((0, 20, 0), 10)), field("shallow", ball((0, -15, 0), 6))]
    found = shaft_crossings(probe((0, -40, 0), (0, 18, 0)), fields)
    assert [crossing.name for crossing in found] == ["shallow", "deep"]
    assert found[1].to_mm == pytest.approx(58.0)
    assert found[1].length_mm == pytest.approx(8.0, abs=0.2)


def test_a_ball_crossed_twice_is_two_stretches_of_one_structure():
    two = field("both", ball((0, -20, 0), 6) | ball((0, 20, 0), 8))
    first, second = shaft_crossings(probe((0, -40, 0), (0, 40, 0)), [two])
    assert (first.length_mm, second.length_mm) == (pytest.approx(12, abs=0.3), pytest.approx(16, abs=0.3))


def test_a_structure_one_voxel_thin_is_not_missed():
    mask = np.zeros(GRID.shape_kji, dtype=bool)
    mask[:, 60, :] = True
    (crossing,) = shaft_crossings(probe((3, -40, 2), (-5, 40, 6)), [field("thin", mask)])
    assert 0.5 < crossing.length_mm < 1.6


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 0.8, 2.5)])
def test_the_nearest_approach_is_the_brute_force_minimum_over_the_surface(spacing):
    dice = np.random.default_rng(7)
    shape = tuple(int(n / s) for n, s in zip((90, 100, 100), reversed(spacing), strict=True))
    turn = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
    grid = Grid.from_axes(shape, origin_lps_mm=(-40, -55, -45), spacing_ijk_mm=spacing, direction=turn)
    centres = grid.to_lps(np.stack(np.indices(shape)[::-1], axis=-1))
    store = SurfaceStore()
    for at in range(12):
        middle, radius = dice.uniform(-20, 20, 3), dice.uniform(4, 12)
        mask = np.linalg.norm(centres - middle, axis=-1) <= radius
        one = field(f"b{at}", mask, grid=grid)
        entry, tip = dice.uniform(-35, 35, 3), dice.uniform(-35, 35, 3)
        shaft = probe(entry, tip)
        samples = entry + np.linspace(0, 1, 2001)[:, None] * (tip - entry)
        points, _ = surface_points(mask, grid)
        brute = min(float(np.linalg.norm(points - sample, axis=1).min()) for sample in samples[::10])
        if np.linalg.norm(samples - middle, axis=1).min() < radius:
            continue
        (near,) = approaches(shaft, [one], surfaces=store)
        tolerance = 0.25 if brute < 15 else max(spacing) / 2
        assert near.distance_mm == pytest.approx(brute, abs=tolerance + 0.1)
        assert math.dist(near.on_shaft_lps_mm, near.on_structure_lps_mm) == pytest.approx(near.distance_mm, abs=1e-6)
        assert math.dist(near.on_structure_lps_mm, middle) == pytest.approx(radius, abs=max(spacing))


def test_from_inside_the_approach_is_the_depth_of_the_axis():
    through = probe((0, -40, 0), (0, 40, 0))
    for offset in (2.0, 9.5):
        one = field(f"off {offset}", ball((offset, 0, 0), 12.0))
        (near,) = approaches(through, [one], surfaces=SurfaceStore())
        assert near.distance_mm == pytest.approx(-(12.0 - offset), abs=0.4)
        assert near.depth_mm == pytest.approx(40.0, abs=1.5)


def test_what_is_far_is_measured_too_and_what_may_be_passed_is_not():
    fields = [
        field("far", ball((48, 40, 38), 4)),
        field("near", ball((15, 0, 0), 4)),
        field("bone", ball((10, 0, 0), 3), role=StructureRole.OBSTACLE),
        field("nothing", np.zeros(GRID.shape_kji, dtype=bool)),
    ]
    found = approaches(probe((0, -40, 0), (0, 5, 0)), fields, surfaces=SurfaceStore())
    assert [near.name for near in found] == ["near", "far"]
    assert found[0].distance_mm == pytest.approx(11.0, abs=0.3)
    assert found[1].distance_mm == pytest.approx(math.dist((0, 5, 0), (48, 40, 38)) - 4, abs=0.6)


def test_a_structure_cut_by_the_scan_has_no_surface_at_the_cut():
    mask = slab((0, 0, 1), 20, 200)
    (near,) = approaches(probe((0, -40, 0), (0, 30, 0)), [field("above", mask)], surfaces=SurfaceStore())
    assert near.distance_mm == pytest.approx(19.5, abs=0.3)
    index = SurfaceIndex.of(np.ones(GRID.shape_kji, dtype=bool), GRID)
    assert len(index.faces_lps_mm) == 0


def test_another_mask_is_another_answer_and_the_same_one_is_not_measured_again(monkeypatch):
    store, shaft = SurfaceStore(), probe((0, -40, 0), (0, 5, 0))
    first = approaches(shaft, [field("a", ball((15, 0, 0), 4))], surfaces=store)
    made = []
    real = SurfaceIndex.of
    monkeypatch.setattr(SurfaceIndex, "of", classmethod(lambda _cls, *given: made.append(1) or real(*given)))
    assert approaches(shaft, [field("a", ball((15, 0, 0), 4))], surfaces=store) == first
    moved = probe((0, -40, 0), (0, 6, 0))
    approaches(moved, [field("a", ball((15, 0, 0), 4))], surfaces=store)
    assert not made
    (other,) = approaches(shaft, [field("b", ball((25, 0, 0), 4))], surfaces=store)
    assert made == [1]
    assert other.distance_mm == pytest.approx(21.0, abs=0.3)


def test_the_body_is_never_crossed_and_a_mask_that_is_not_at_hand_is_left_out(world):
    skin = world.structure("Skin", StructureKind.SKIN, GRID)
    rib, lost = (world.structure(name, StructureKind.BONE, GRID) for name in ("Rib", "Lost"))
    masks = {skin.id: slab((0, 1, 0), -40, 40), rib.id: ball((0, 0, 0), 5)}
    fields = fields_of((skin, rib, lost), masks, GRID)
    assert [one.name for one in fields] == ["Rib"]
    assert fields[0].role is StructureRole.OBSTACLE
