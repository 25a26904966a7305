"""Is the demo neck what it says: tissues by HU, sides, asymmetry, a target in soft tissue, a clear reference shaft?

Expected HU are typed here from ordinary CT values (air -1000, lung -850, fat -100, muscle 55, enhanced blood > 140),
not read from the painter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import cKDTree

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.domain.target import TargetBody

if TYPE_CHECKING:
    from planner.phantoms.phantom import Phantom

pytestmark = pytest.mark.xdist_group("neck phantom")

LANDMARK_HU = {
    "Air in the trachea": (-1024, -950),
    "Lung apex, left": (-930, -800),
    "Spinal cord at C5": (20, 60),
    "Deep muscle of the neck, left": (40, 78),
    "Internal jugular vein, right": (140, 172),
    "Thyroid, right lobe": (173, 195),
    "Common carotid artery, left": (235, 270),
}
KIND_HU = {  # median of the mask's voxels
    StructureKind.LUNG: (-930, -800),
    StructureKind.AIRWAY: (-1024, -950),
    StructureKind.ARTERY: (180, 280),
    StructureKind.VEIN: (110, 175),
    StructureKind.THYROID: (150, 195),
    StructureKind.BONE: (130, 700),
    StructureKind.SPINAL_CORD: (25, 60),
    StructureKind.OESOPHAGUS: (20, 65),
    StructureKind.NERVE: (-60, 75),
}


def around(phantom: Phantom, lps_mm: tuple[float, float, float]) -> np.ndarray:
    i, j, k = np.rint(phantom.volume.grid.to_index(lps_mm)).astype(int)
    return phantom.volume.hu[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2].astype(float)


@pytest.mark.parametrize(("name", "bounds"), LANDMARK_HU.items())
def test_a_landmark_has_the_hu_of_its_tissue(neck: Phantom, name: str, bounds: tuple[int, int]) -> None:
    mean = around(neck, neck.landmarks[name]).mean()
    assert bounds[0] <= mean <= bounds[1]


def test_landmarks_tell_every_flip_and_swap(neck: Phantom) -> None:
    grid = neck.volume.grid
    flips = {"i": neck.volume.hu[:, :, ::-1], "j": neck.volume.hu[:, ::-1], "k": neck.volume.hu[::-1]}
    for axis, hu in flips.items():
        wrong = 0
        for name, (low, high) in LANDMARK_HU.items():
            i, j, k = np.rint(grid.to_index(neck.landmarks[name])).astype(int)
            wrong += not low <= hu[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2].mean() <= high
        assert wrong >= 2, axis


def test_spacing_differs_on_every_axis_and_the_origin_is_not_round(neck: Phantom) -> None:
    grid = neck.volume.grid
    assert len(set(grid.spacing_ijk_mm)) == 3
    assert len(set(grid.shape_kji)) == 3
    assert all(abs(v - round(v)) > 0.01 for v in grid.origin_lps_mm)


def test_every_mask_lies_where_hu_say_its_tissue_is(neck: Phantom) -> None:
    for mask in neck.masks:
        if mask.kind in KIND_HU:
            low, high = KIND_HU[mask.kind]
            median = np.median(neck.volume.hu[mask.mask])
            assert low <= median <= high, (mask.name, median)


def test_masks_lie_on_the_side_they_name(neck: Phantom) -> None:
    x = neck.volume.grid.to_lps(np.stack([np.arange(352), np.zeros(352), np.zeros(352)], axis=-1))[:, 0]
    crossing = ("Brachiocephalic vein, left",)  # runs to the right to join the superior vena cava
    for mask in neck.masks:
        if mask.side in (Side.LEFT, Side.RIGHT) and mask.name not in crossing:
            mean_x = float(np.average(x, weights=mask.mask.sum(axis=(0, 1))))
            assert (mean_x > 0) == (mask.side is Side.LEFT), mask.name


def test_truth_is_complete_and_only_skin_overlaps(neck: Phantom) -> None:
    names = [mask.name for mask in neck.masks]
    assert names[0] == "Skin"
    assert len(set(names)) == len(names)
    wanted = ("Bone", "Lung, left", "Lung, right", "Trachea", "Oesophagus", "Spinal cord", "Thyroid, left")
    assert set(wanted) < set(names)
    for vessel in ("Vertebral artery", "Common carotid artery", "Subclavian artery", "Inferior thyroid artery"):
        assert f"{vessel}, left" in names
        assert f"{vessel}, right" in names
    for nerve in ("Phrenic nerve", "Vagus nerve", "Recurrent laryngeal nerve", "Brachial plexus"):
        assert f"{nerve}, left" in names
    layers = np.zeros(neck.volume.hu.shape, dtype=np.uint8)
    for mask in neck.masks[1:]:
        layers += mask.mask
        assert not (mask.mask & ~neck.masks[0].mask).any(), f"{mask.name} leaves the body"
    assert layers.max() == 1


def test_the_ganglion_is_soft_tissue_on_the_left_with_the_atlas_size(neck: Phantom) -> None:
    (target,) = neck.targets
    assert isinstance(target.course, TargetBody)
    assert target.side is Side.LEFT
    assert target.atlas_id == "stellate"
    assert 10 <= target.course.width_mm <= 12
    assert target.course.length_mm <= 25
    inside = inside_target(neck)
    assert not any((mask.mask & inside).any() for mask in neck.masks[1:])
    assert -60 <= neck.volume.hu[inside].mean() <= 75


def inside_target(phantom: Phantom) -> np.ndarray:
    course = phantom.targets[0].course
    assert isinstance(course, TargetBody)
    grid = phantom.volume.grid
    reach = course.length_mm / 2 + 2
    low, high = (np.rint(grid.to_index(np.add(course.centre_lps_mm, s * reach))).astype(int) for s in (-1, 1))
    inside = np.zeros(grid.shape_kji, dtype=bool)
    box = tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))
    k, j, i = np.mgrid[box]
    inside[box] = course.contains(grid.to_lps(np.stack([i, j, k], axis=-1)))
    return inside


def test_the_ganglion_lies_before_the_neck_of_the_first_rib(neck: Phantom) -> None:
    """Within 12 mm behind the ganglion's middle there is bone; the vertebral artery and carotid lie in front."""
    centre = np.asarray(neck.targets[0].course.centre_lps_mm)
    grid = neck.volume.grid
    by_name = {mask.name: mask.mask for mask in neck.masks}
    behind = [centre + np.array([0, step, 0]) for step in np.arange(5, 15, 0.5)]
    i, j, k = np.rint(grid.to_index(behind)).astype(int).T
    assert by_name["Bone"][k, j, i].any()
    k = int(np.rint(grid.to_index(centre))[2])
    for vessel in ("Vertebral artery, left", "Common carotid artery, left"):
        rows = np.flatnonzero(by_name[vessel][k].any(axis=1))
        assert grid.to_lps((0, rows.max(), k))[1] < centre[1], vessel


def test_the_reference_shaft_meets_nothing_on_its_way(neck: Phantom) -> None:
    """Every mask but the body stays clear of a 1.5 mm shaft; voxels within its radius are looked at, 0.25 mm apart."""
    (probe,) = neck.probes
    entry, tip = np.asarray(probe.entry_lps_mm), np.asarray(probe.tip_lps_mm)
    along = entry + np.linspace(0, 1, 400)[:, None] * (tip - entry)
    ring = [(a, b, c) for a in (-0.75, 0, 0.75) for b in (-0.75, 0, 0.75) for c in (-0.75, 0, 0.75)]
    points = (along[:, None] + np.asarray(ring)[None]).reshape(-1, 3)
    i, j, k = np.rint(neck.volume.grid.to_index(points)).astype(int).T
    for mask in neck.masks[1:]:
        assert not mask.mask[k, j, i].any(), mask.name
    assert neck.targets[0].course.contains(tip[None])[0]
    assert 20 <= probe.depth_mm <= 120
    assert probe.model_id == "generic-17g-short"


def test_the_reference_shaft_keeps_its_distance(neck: Phantom) -> None:
    """Distance of the axis to voxel centres: half a voxel more than to the surface. Arteries 5 mm, the rest 3.0 mm."""
    (probe,) = neck.probes
    along = np.linspace(probe.entry_lps_mm, probe.tip_lps_mm, 300)
    grid = neck.volume.grid
    reach = 7 / np.array(grid.spacing_ijk_mm)
    ijk = grid.to_index(along)
    low, high = (ijk.min(axis=0) - reach).astype(int), (ijk.max(axis=0) + reach).astype(int) + 2
    box = tuple(slice(max(a, 0), b) for a, b in zip(low[::-1], high[::-1], strict=True))
    for mask in neck.masks[1:]:
        inside = np.argwhere(mask.mask[box]) + [part.start for part in box]
        if len(inside):
            nearest = cKDTree(along).query(grid.to_lps(inside[:, ::-1]))[0].min()
            assert nearest >= (5.0 if mask.kind is StructureKind.ARTERY else 3.0) + 0.45, mask.name


def test_the_entry_lies_on_the_skin(neck: Phantom) -> None:
    (probe,) = neck.probes
    outward = -np.asarray(probe.direction_lps)
    skin = neck.masks[0].mask
    for step_mm, expected in ((-3.0, True), (3.0, False)):
        at = np.asarray(probe.entry_lps_mm) + step_mm * outward
        i, j, k = np.rint(neck.volume.grid.to_index(at)).astype(int)
        assert skin[k, j, i] == expected


def test_noise_is_as_in_a_scanner(neck: Phantom) -> None:
    """Grain of 6 to 25 HU in a vessel, neighbours correlated, and more of it between the shoulders than in the neck."""
    veins = {mask.name: mask.mask for mask in neck.masks}
    hu = neck.volume.hu.astype(float)
    artery = hu[around_slices(neck, "Common carotid artery, left")]
    assert 4 <= artery.std() <= 25
    body = veins["Skin"]
    fat = body & (hu > -140) & (hu < -70)
    steps = np.diff(hu, axis=2)
    both = fat[:, :, 1:] & fat[:, :, :-1]
    z = neck.volume.grid.to_lps(np.stack([np.zeros(124), np.zeros(124), np.arange(124)], axis=-1))[:, 2]
    shoulders, slim = steps[z < -40][both[z < -40]].std(), steps[z > 50][both[z > 50]].std()
    assert shoulders > 1.2 * slim


def around_slices(phantom: Phantom, landmark: str) -> tuple[slice, slice, slice]:
    i, j, k = np.rint(phantom.volume.grid.to_index(phantom.landmarks[landmark])).astype(int)
    return slice(k - 1, k + 2), slice(j - 1, j + 2), slice(i - 1, i + 2)
