"""Where is the midline, and when can it not be told? Ellipses of bone and skin with known middles."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from planner.domain.geometry import Grid, Side
from planner.planning.side import derived_side, find_midline

MIDDLE_MM = 7.0


def ellipse(at, centre, half):
    return (((at - np.asarray(centre)) / np.asarray(half)) ** 2).sum(axis=-1) <= 1


def patient(world, grid, *kinds):
    """A pelvis about x = 7 mm: skin 340 × 220 mm across, two hips at ±80 mm, a cord behind."""
    at = world.points(grid)
    shapes = {
        "skin": ellipse(at[..., :2], (MIDDLE_MM, 0), (170, 110)),
        "bone": ellipse(at[..., :2], (MIDDLE_MM - 80, 0), (30, 40))
        | ellipse(at[..., :2], (MIDDLE_MM + 80, 0), (30, 40)),
        "spinal cord": ellipse(at[..., :2], (MIDDLE_MM, 60), (8, 8)),
    }
    structures = [world.structure(kind, kind, grid) for kind in kinds]
    return structures, {s.id: shapes[s.name] for s in structures}


def axial(x_from, x_to, *, mm=4.0):
    count = round((x_to - x_from) / mm) + 1
    return Grid.from_axes((12, 61, count), origin_lps_mm=(x_from, -120, -20), spacing_ijk_mm=(mm, 4, 4))


def midline(world, grid, *kinds):
    structures, masks = patient(world, grid, *kinds)
    return find_midline(0.0, structures=structures, masks=masks, grid=grid)


def test_a_whole_pelvis_has_its_midline_from_the_best_structure_there_is(world):
    grid = axial(-200, 200)
    for kinds in (("skin",), ("skin", "bone"), ("skin", "bone", "spinal cord")):
        found = midline(world, grid, *kinds)
        assert found.source == kinds[-1]
        assert found.x_mm == pytest.approx(MIDDLE_MM, abs=1.5)


@pytest.mark.parametrize(("x_from", "x_to"), [(-40, 200), (-200, 60)])
def test_H_16_a_scan_of_one_hip_has_no_midline_but_the_cords(world, x_from, x_to):
    """The hip's own middle is 80 mm off: a nerve inside it would be called the other side."""
    grid = axial(x_from, x_to)
    assert midline(world, grid, "skin", "bone") is None
    assert midline(world, grid, "skin") is None
    assert midline(world, grid, "skin", "bone", "spinal cord").x_mm == pytest.approx(MIDDLE_MM, abs=1.0)
    structures, masks = patient(world, grid, "skin", "bone")
    target = world.nerve(((60.0, 0, -5), (60.0, 0, 5)), side=Side.RIGHT, atlas_id="obturator")
    assert derived_side(target, structures=structures, masks=masks, grid=grid) is None


@pytest.mark.parametrize(("x_from", "x_to"), [(16, 112), (-96, 0), (28, 148)])
def test_H_16_a_small_field_over_one_hip_has_no_midline(world, x_from, x_to):
    """It ends inside the body on both sides, and the hip's own middle, 70 to 80 mm off, would be taken for it."""
    assert midline(world, axial(x_from, x_to), "skin", "bone") is None
    assert midline(world, axial(x_from, x_to), "skin") is None


def test_a_small_field_over_the_spine_keeps_the_cords_midline(world):
    grid = axial(-72, 60)
    assert midline(world, grid, "skin", "bone") is None
    assert midline(world, grid, "skin", "bone", "spinal cord").x_mm == pytest.approx(MIDDLE_MM, abs=1.0)


@pytest.mark.parametrize(("x_from", "x_to"), [(-113, 127), (-200, 131), (-120, 200)])
def test_a_wide_patient_whose_flanks_are_cut_off_keeps_the_midline(world, x_from, x_to):
    found = midline(world, axial(x_from, x_to), "skin", "bone")
    assert found.x_mm == pytest.approx(MIDDLE_MM, abs=2.0)


def test_an_arm_at_one_edge_does_not_hide_it(world):
    grid = axial(-172, 212)
    structures, masks = patient(world, grid, "skin", "bone")
    arm = ellipse(world.points(grid)[..., :2], (-172, 10), (30, 35))
    masks["skin"] = masks["skin"] | arm
    found = find_midline(0.0, structures=structures, masks=masks, grid=grid)
    assert found.source == "bone"


AXES = [
    np.eye(3)[:, list(order)] * np.asarray(signs)
    for order in permutations(range(3))
    for signs in ((1, 1, 1), (-1, 1, 1), (1, -1, 1), (-1, -1, 1))
]


@pytest.mark.parametrize("axes", [axes for axes in AXES if np.linalg.det(axes) > 0])
def test_it_does_not_depend_on_how_the_scan_is_stored(world, axes):
    """The same half pelvis with its voxel axes swapped and turned round."""
    whole = axial(-40, 200)
    forward = axes.sum(axis=1) > 0
    voxel_mm = np.asarray(whole.spacing_ijk_mm)
    corners = whole.corners_lps_mm()
    first = np.where(forward, corners.min(axis=0) + voxel_mm / 2, corners.max(axis=0) - voxel_mm / 2)
    count, spacing = abs(axes.T) @ whole.shape_kji[::-1], abs(axes.T) @ voxel_mm
    grid = Grid.from_axes(
        tuple(int(n) for n in count[::-1]), origin_lps_mm=first, spacing_ijk_mm=tuple(spacing), direction=axes
    )
    assert midline(world, grid, "skin", "bone") is None
    assert midline(world, grid, "skin", "bone", "spinal cord").x_mm == pytest.approx(MIDDLE_MM, abs=1.0)
