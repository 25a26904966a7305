"""Is the chest what it says: a right T8 nerve under its rib outside the pleura, reached by a clear shaft?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import cKDTree

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.domain.target import NerveCurve

if TYPE_CHECKING:
    from planner.phantoms.phantom import Phantom

pytestmark = pytest.mark.xdist_group("chest phantom")

LANDMARK_HU = {
    "Lung, right, behind": (-900, -810),
    "Fat in front of the heart, low": (-125, -70),
    "Spinal cord at T8": (20, 65),
    "Erector spinae, right": (35, 75),
    "Liver, right lobe": (88, 125),
    "Left ventricle": (145, 182),
    "Descending aorta": (160, 192),
}


@pytest.mark.parametrize(("name", "bounds"), LANDMARK_HU.items())
def test_a_landmark_has_the_hu_of_its_tissue(chest: Phantom, name: str, bounds: tuple[int, int]) -> None:
    i, j, k = np.rint(chest.volume.grid.to_index(chest.landmarks[name])).astype(int)
    assert bounds[0] <= chest.volume.hu[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2].mean() <= bounds[1]


def at(phantom: Phantom, name: str, points: np.ndarray) -> np.ndarray:
    i, j, k = np.rint(phantom.volume.grid.to_index(points)).astype(int).T
    return next(mask.mask for mask in phantom.masks if mask.name == name)[k, j, i]


def nerve_points(phantom: Phantom) -> np.ndarray:
    course = phantom.targets[0].course
    assert isinstance(course, NerveCurve)
    return np.asarray(course.points_lps_mm)


def test_the_nerve_is_on_the_right_under_a_rib_and_outside_the_lung(chest: Phantom) -> None:
    points = nerve_points(chest)
    assert chest.targets[0].side is Side.RIGHT
    assert chest.targets[0].level == "T8"
    assert (points[:, 0] < 0).all()
    for mask in chest.masks[1:]:
        assert not at(chest, mask.name, points).any(), mask.name
    above = [at(chest, "Bone", points + np.array([0, 0, up])) for up in np.arange(2, 13, 0.5)]
    assert np.any(above, axis=0).all(), "the rib lies over every point of the nerve"
    inward = np.array([1.0, -0.6, 0.0]) / np.hypot(1.0, 0.6)
    lung = [at(chest, "Lung, right", points + depth * inward) for depth in np.arange(1.5, 15, 0.5)]
    assert np.any(lung, axis=0).mean() > 0.8, "the lung lies under the nerve"


def test_the_diameter_is_marked_as_the_phantoms_own(chest: Phantom) -> None:
    assert chest.targets[0].diameter_source == "phantom truth"


def test_the_reference_shaft_runs_along_the_nerve_and_meets_nothing(chest: Phantom) -> None:
    (probe,) = chest.probes
    entry, tip = np.asarray(probe.entry_lps_mm), np.asarray(probe.tip_lps_mm)
    along = entry + np.linspace(0, 1, 500)[:, None] * (tip - entry)
    steps = (-0.75, 0, 0.75)
    ring = np.array([(a, b, c) for a in steps for b in steps for c in steps])
    points = along[:, None] + ring[None] / np.maximum(np.linalg.norm(ring, axis=1) / 0.75, 1)[None, :, None]
    for mask in chest.masks[1:]:
        assert not at(chest, mask.name, points.reshape(-1, 3)).any(), mask.name
    active = along[np.linalg.norm(along - tip, axis=1) <= 18]
    distance = np.linalg.norm(active[:, None] - nerve_points(chest)[None], axis=2).min(axis=1)
    assert distance.max() < 9, "the active zone stays near the nerve's points, 8 mm apart"


def test_the_reference_shaft_keeps_its_distance(chest: Phantom) -> None:
    """Distance of the axis to voxel centres: half a voxel more than to the surface. Arteries 5 mm, the rest 1.5 mm."""
    (probe,) = chest.probes
    along = np.linspace(probe.entry_lps_mm, probe.tip_lps_mm, 300)
    grid = chest.volume.grid
    reach = 7 / np.array(grid.spacing_ijk_mm)
    ijk = grid.to_index(along)
    low, high = (ijk.min(axis=0) - reach).astype(int), (ijk.max(axis=0) + reach).astype(int) + 2
    box = tuple(slice(max(a, 0), b) for a, b in zip(low[::-1], high[::-1], strict=True))
    for mask in chest.masks[1:]:
        inside = np.argwhere(mask.mask[box]) + [part.start for part in box]
        if len(inside):
            nearest = cKDTree(along).query(grid.to_lps(inside[:, ::-1]))[0].min()
            assert nearest >= (5.0 if mask.kind is StructureKind.ARTERY else 1.5) + 0.45, mask.name


def test_masks_lie_on_the_side_they_name_and_left_is_not_right(chest: Phantom) -> None:
    columns = chest.volume.hu.shape[2]
    x = chest.volume.grid.to_lps(np.stack([np.arange(columns), np.zeros(columns), np.zeros(columns)], -1))[:, 0]
    mean_x = {m.name: float(np.average(x, weights=m.mask.sum(axis=(0, 1)))) for m in chest.masks}
    assert mean_x["Liver"] < 0 < mean_x["Spleen"]
    assert mean_x["Lung, right"] < 0 < mean_x["Lung, left"]
    assert mean_x["Heart"] > 0
    assert {m.kind for m in chest.masks} >= {StructureKind.ARTERY, StructureKind.VEIN, StructureKind.NERVE}


def test_a_rib_has_cortex_and_marrow(chest: Phantom) -> None:
    bone = next(m.mask for m in chest.masks if m.name == "Bone")
    hu = chest.volume.hu[bone]
    assert (hu > 350).mean() > 0.15
    assert ((hu > 0) & (hu < 250)).mean() > 0.15
