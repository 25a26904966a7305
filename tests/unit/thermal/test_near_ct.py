"""Cropping changes nothing: every share and mean is what the whole scan would give, wherever the box lies."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.errors import GeometryRefused, SimulationRefused
from planner.domain.geometry import Grid, PatientPosition, isotropic_box
from planner.domain.volume import Volume, VolumeRef
from planner.spatial.resample import image_onto, mask_fraction_onto
from planner.thermal.near_ct import NearCt

TILT = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
FEET_FIRST = np.diag([-1.0, 1.0, -1.0])
BOXES = {
    "inside": isotropic_box((2.0, -3.0, 1.0), extent_mm=(20, 16, 12), spacing_mm=1.0),
    "over the edge": isotropic_box((20.0, 0.0, 0.0), extent_mm=(24, 20, 20), spacing_mm=2.0),
    "larger than the scan": isotropic_box((0.0, 0.0, 0.0), extent_mm=(90, 90, 90), spacing_mm=3.0),
}


def scan(direction):
    rng = np.random.default_rng(5)
    hu = rng.integers(-1000, 1000, (30, 40, 50)).astype(np.int16)
    # Off the middle by odd amounts, so that no sample falls on a face between two voxels.
    centre = direction @ (np.array([24.5, 19.5, 14.5]) * (0.7, 0.8, 1.5)) + (0.137, 0.071, 0.053)
    grid = Grid.from_axes(hu.shape, origin_lps_mm=-centre, spacing_ijk_mm=(0.7, 0.8, 1.5), direction=direction)
    return Volume(VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.2", "1.3", "1.4"), hu)


@pytest.mark.parametrize("direction", [np.eye(3), FEET_FIRST, TILT], ids=["plain", "feet first", "turned"])
@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_shares_and_means_are_those_of_the_whole_scan(direction, box):
    volume = scan(direction)
    k, j, i = np.indices(volume.hu.shape)
    ball = (i - 27) ** 2 + (j - 18) ** 2 + (2 * (k - 14)) ** 2 < 12**2
    speck = np.zeros_like(ball)
    speck[3, 4, 5] = True
    masks = {array_hash(mask): mask for mask in (ball, speck)}
    near = NearCt(volume, box, room_mm=3.0)
    whole_hu = image_onto(volume.hu, source=volume.grid, target=box, outside=0.0)
    assert np.abs(near.mean_hu() - whole_hu).max() < 0.01
    part = near.union(masks, masks)
    whole = np.zeros(box.shape_kji, np.float32)
    if part is not None:
        share = near.share(part)
        whole[share.window] = share.values
    expected = mask_fraction_onto(ball | speck, source=volume.grid, target=box)
    assert np.abs(whole - expected).max() < 1e-5


def test_a_mask_that_does_not_reach_the_box_is_no_part():
    volume = scan(np.eye(3))
    mask = np.zeros(volume.hu.shape, bool)
    mask[0, 0, 0] = True
    near = NearCt(volume, BOXES["inside"], room_mm=3.0)
    assert near.union([array_hash(mask)], {array_hash(mask): mask}) is None
    assert near.union([], {}) is None


def test_a_box_beside_the_scan_is_empty():
    far = isotropic_box((300.0, 0.0, 0.0), extent_mm=(20, 20, 20), spacing_mm=1.0)
    assert NearCt(scan(np.eye(3)), far, room_mm=3.0).is_empty


def test_missing_and_misfit_masks_are_refused():
    near = NearCt(scan(np.eye(3)), BOXES["inside"], room_mm=3.0)
    with pytest.raises(SimulationRefused, match="missing"):
        near.union(["0" * 64], {})
    with pytest.raises(GeometryRefused, match="CT is"):
        near.union(["0" * 64], {"0" * 64: np.ones((3, 3, 3), bool)})
