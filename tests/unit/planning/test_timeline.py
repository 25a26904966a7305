"""Are the curves what a direct look into every stored frame finds? Brute force with SciPy's interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from planner.domain.geometry import Grid, PatientPosition, Side, isotropic_box
from planner.domain.identity import BlobRef, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target
from planner.domain.temperature import TemperatureHistory
from planner.domain.volume import VolumeRef
from planner.planning.timeline import WATCHED, temperature_curves, watched_lines

TIMES_S = np.array([0.0, 30.0, 60.0, 120.0, 180.0, 240.0, 300.0])
# How far two balls of cold are below 37 °C at each time: the second begins when the first thaws.
FIRST_C = np.array([0.0, 60.0, 90.0, 40.0, 15.0, 8.0, 5.0])
SECOND_C = np.array([0.0, 0.0, 5.0, 70.0, 110.0, 60.0, 20.0])
PLACES = ((-14.0, 0.0, 0.0), (14.0, 1.0, 2.0))
CT = Grid.from_axes((30, 40, 60), origin_lps_mm=(-29.5, -19.5, -14.5), spacing_ijk_mm=(1, 1, 1))


def _radius(grid, place):
    k, j, i = np.indices(grid.shape_kji)
    return np.linalg.norm(grid.to_lps(np.stack((i, j, k), axis=-1).astype(float)) - place, axis=-1)


@pytest.fixture(scope="module")
def result():
    grid = isotropic_box((0, 0, 0), extent_mm=(60, 40, 30), spacing_mm=1.0)
    balls = [np.exp(-((_radius(grid, place) / width) ** 2)) for place, width in zip(PLACES, (7.0, 5.0), strict=True)]
    frames = [37.0 - a * balls[0] - b * balls[1] for a, b in zip(FIRST_C, SECOND_C, strict=True)]
    return SimulationResult(
        input_hash="a" * 64,
        grid=grid,
        history=TemperatureHistory.of(TIMES_S, frames),
        minimum_c=np.min(frames, axis=0).astype(np.float32),
        tissue_index=np.zeros(grid.shape_kji, np.uint8),
        tissue_ids=("water",),
        record=SolverRecord("test", "none", 1, 1, 0.0, 0.0, reaches_boundary=False),
    )


def direct(result, points):
    """°C at points over the stored times, shape (N, M), by another implementation of linear interpolation."""
    ijk = result.grid.to_index(np.asarray(points, dtype=float))
    frames = [result.frame_c(number) for number in range(len(result.times_s))]
    return np.array([map_coordinates(frame, ijk[:, ::-1].T, order=1, mode="nearest") for frame in frames])


def _plan(masks, targets=()):
    reference = BlobRef("b" * 64, CT.shape_kji, "bool")
    structures = tuple(
        Structure(StructureId(name), name, kind, reference, StructureOrigin.AUTOMATIC) for name, kind, _ in masks
    )
    ref = VolumeRef("a" * 64, CT, PatientPosition.HFS, "1", "2", "3")
    phases = (Phase(PhaseKind.FREEZE, 60.0), Phase(PhaseKind.PASSIVE_THAW, 240.0))
    plan = Plan("plan", "plan", ref, structures, tuple(targets), (), Protocol("p", phases))
    return plan, {StructureId(name): mask for name, _, mask in masks}


def test_a_large_structure_is_followed_where_it_is_coldest_at_each_time(result):
    """A slab through both balls: its coldest place is in the first, then in the second (brute force: every voxel)."""
    slab = np.zeros(CT.shape_kji, bool)
    slab[8:22, 10:30, :] = True
    far = np.zeros(CT.shape_kji, bool)
    far[:3, :3, :3] = True
    plan, masks = _plan([("Rib", StructureKind.BONE, slab), ("Far", StructureKind.LUNG, far)])
    curves = temperature_curves(plan, result, masks, isotherm_c=-20.0)
    assert [line.name for line in curves.lines] == ["Rib min"]
    ijk = np.argwhere(slab)[:, ::-1].astype(float)
    corners = np.stack(np.meshgrid(*[(-0.5, 0.0, 0.5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    everywhere = np.min([direct(result, CT.to_lps(ijk + corner)).min(axis=1) for corner in corners], axis=0)
    assert np.abs(curves.lines[0].values_c - everywhere).max() < 0.3
    assert curves.lines[0].values_c.min() == pytest.approx(everywhere.min(), abs=0.02)


def test_more_structures_than_four_have_a_curve_each_the_coldest_first(result):
    boxes = []
    for number, x in enumerate(range(10, 58, 7)):
        mask = np.zeros(CT.shape_kji, bool)
        mask[13:17, 18:22, x : x + 3] = True
        boxes.append((f"Box {number}", StructureKind.VEIN, mask))
    plan, masks = _plan(boxes)
    lines = temperature_curves(plan, result, masks, isotherm_c=-20.0).lines
    lowest = [line.values_c.min() for line in lines]
    assert lowest == sorted(lowest)
    cold = {name for name, _, mask in boxes if direct(result, CT.to_lps(np.argwhere(mask)[:, ::-1])).min() < 29.0}
    assert len(cold) > 4
    assert cold <= {line.name.removesuffix(" min") for line in lines}


def test_each_of_several_targets_has_its_curves_under_its_own_name(result):
    nerves = [
        Target(
            TargetId(f"t{x}"),
            "Intercostal nerve",
            "intercostal",
            Side.LEFT,
            NerveCurve(((x, -6.0, 0.0), (x, 0.0, 0.0), (x, 6.0, 0.0))),
            level,
            2.0,
            "test",
        )
        for x, level in ((-14.0, "T7"), (14.0, "T8"))
    ]
    plan, masks = _plan([], nerves)
    lines = {line.name: line.values_c for line in temperature_curves(plan, result, masks, isotherm_c=-20.0).lines}
    assert list(lines) == [
        f"Left intercostal nerve {level} {which}" for level in ("T7", "T8") for which in ("coldest", "warmest")
    ]
    # A rod of 1 mm radius round the axis, sampled on its own lattice; its ends are at 6 mm.
    along, across = np.linspace(-6, 6, 121), np.linspace(-1, 1, 21)
    y, u, v = (axis.ravel() for axis in np.meshgrid(along, across, across, indexing="ij"))
    within = u**2 + v**2 <= 1.0
    for x, level in ((-14.0, "T7"), (14.0, "T8")):
        rod = direct(result, np.stack((x + u, y, v), axis=1)[within])
        name = f"Left intercostal nerve {level}"
        assert np.abs(lines[f"{name} coldest"] - rod.min(axis=1)).max() < 0.3
        assert np.abs(lines[f"{name} warmest"] - rod.max(axis=1)).max() < 0.3


def test_watched_points_are_read_straight_and_one_outside_has_no_values(result):
    points = ((-14.0, 0.0, 0.0), (3.3, -2.7, 1.9), (0.0, 0.0, 400.0), (14.4, 1.1, 2.2))
    lines = watched_lines(result, points)
    assert [(line.name, line.subject_kind, line.is_known) for line in lines] == [
        (f"W{n}", WATCHED, n != 3) for n in (1, 2, 3, 4)
    ]
    expected = direct(result, points)
    for number in (0, 1, 3):
        # A stored value is within half a hundredth of a degree.
        assert np.abs(lines[number].values_c - expected[:, number]).max() < 1e-3
    assert watched_lines(result, ()) == ()


def test_the_treated_volume_is_that_of_two_balls_counted_in_small_cubes(result):
    plan, masks = _plan([])
    curves = temperature_curves(plan, result, masks, isotherm_c=-20.0)
    for at in (2, 4):
        field = result.frame_c(at)
        fine = np.stack(np.meshgrid(*[np.arange(0, n - 1, 0.25) for n in field.shape], indexing="ij"))
        share = (map_coordinates(field, fine.reshape(3, -1), order=1) <= -20.0).sum() / 4**3 / 1000
        assert curves.treated_ml[at] == pytest.approx(share, rel=0.06)
    assert curves.treated_ml[0] == 0.0
    assert curves.at(curves.treated_ml, 45.0) == pytest.approx((curves.treated_ml[1] + curves.treated_ml[2]) / 2)
