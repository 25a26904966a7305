"""Body, lungs and bone of a drawn patient with known volumes; sides by anatomy; real CT by plausibility."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.errors import Cancelled, InputRefused
from planner.domain.geometry import Grid, Side
from planner.domain.progress import silent
from planner.domain.structure import StructureKind, StructureOrigin
from planner.segmentation import auto
from planner.segmentation.auto_limits import auto_limits

SHAPE = (70, 110, 150)
SPACING_IJK = (2.2, 2.2, 2.5)
LEAST_DICE = {"Skin": 0.995, "Lung, right": 0.97, "Lung, left": 0.97, "Bone": 0.95, "Airway": 0.97, "Gas": 0.97}


def drawn_patient(lps):
    """A chest at LPS points (..., 3) mm: HU and exact insides, by formula.

    Body a 300 x 180 mm elliptic cylinder; the right lung twice as wide as the left; a heart side, a spine with a
    canal, a trachea, bowel gas low on the left; a table 8 mm under the back and a thin blanket over the chest.
    """
    x, y, z = np.moveaxis(lps, -1, 0)

    def inside(cx, cy, cz, rx, ry, rz):
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + ((z - cz) / rz) ** 2 <= 1

    truth = {
        "Skin": (x / 150) ** 2 + (y / 90) ** 2 <= 1,
        "Lung, right": inside(-70, 0, 40, 50, 60, 90),
        "Lung, left": inside(70, 0, 40, 30, 60, 90),
    }
    spine = np.hypot(x, y - 55) <= 22
    canal = np.hypot(x, y - 60) <= 7
    truth["Bone"] = spine & ~canal
    truth["Gas"] = inside(90, -10, -72, 22, 22, 16)  # of bowel, clear of the lung
    truth["Airway"] = (np.hypot(x, y - 5) <= 9) & (z > -10)
    hu = np.full(x.shape, -1000.0)
    hu[(y > 98) & (y < 102) & (np.abs(x) < 160)] = -150  # table top
    hu[(y > 102) & (y < 118) & (np.abs(x) < 160)] = -930  # its foam
    hu[(y > 118) & (y < 122) & (np.abs(x) < 160)] = -150
    hu[((x / 156) ** 2 + (y / 97) ** 2 > 1) & ((x / 158) ** 2 + (y / 99) ** 2 <= 1) & (y < 0)] = -300  # blanket
    hu[truth["Skin"]] = 40
    hu[truth["Lung, right"] | truth["Lung, left"]] = -820
    hu[truth["Gas"] | truth["Airway"]] = -1000
    hu[spine] = 150  # marrow
    hu[spine & (np.hypot(x, y - 55) > 17)] = 700
    hu[np.hypot(x, y - 60) <= 10] = 700  # around the canal
    hu[canal] = 30
    return hu, truth


def drawn_volume(volume_of, direction=None, *, noise_hu: float = 15.0, lift_mm: float = 0.0):
    grid = Grid.from_axes(SHAPE, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=SPACING_IJK, direction=direction)
    matrix = grid.matrix
    matrix[:3, 3] = np.array((0.4, 15.3, 0.7 + lift_mm)) - grid.centre_lps_mm
    grid = Grid.from_matrix(SHAPE, matrix)
    indices = np.stack(np.indices(SHAPE)[::-1], axis=-1)
    hu, truth = drawn_patient(grid.to_lps(indices))
    hu = hu + np.random.default_rng(8).normal(0, noise_hu, SHAPE)
    return volume_of(np.round(hu).astype(np.int16), grid), truth


def dice(a, b) -> float:
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


@pytest.mark.parametrize("direction", [np.eye(3), np.diag([-1.0, 1, -1]), np.diag([-1.0, -1, 1])])
def test_every_part_is_found_on_its_side_in_any_orientation(volume_of, direction):
    volume, truth = drawn_volume(volume_of, direction)
    found = {mask.name: mask for mask in auto.segment(volume, progress=silent)}
    assert set(found) == {*truth, "Muscle and other soft tissue"}  # nothing of this patient is fat
    for name, least in LEAST_DICE.items():
        assert dice(found[name].mask, truth[name]) > least, name
        assert found[name].mask.dtype == bool
        assert found[name].origin is StructureOrigin.AUTOMATIC
        assert "HU" in found[name].method
    assert found["Lung, right"].side is Side.RIGHT
    assert found["Lung, left"].side is Side.LEFT
    assert found["Skin"].kind is StructureKind.SKIN


def test_volumes_agree_with_their_formulas(volume_of):
    volume, _ = drawn_volume(volume_of)
    found = {m.name: m.mask.sum() * volume.grid.voxel_volume_mm3 / 1000 for m in auto.segment(volume, progress=silent)}
    height_mm = SHAPE[0] * SPACING_IJK[2]
    assert found["Skin"] == pytest.approx(math.pi * 150 * 90 * height_mm / 1000, rel=0.01)
    # Ellipsoids cut by the scan's top face at z = 88.2 mm: V = π rx ry ∫ 1 − ((z − 40)/90)² dz from −50 to the cut.
    top = (0.7 + height_mm / 2 - 40) / 90
    slab = 90 * (top - top**3 / 3 + 2 / 3)
    assert found["Lung, right"] == pytest.approx(math.pi * 50 * 60 * slab / 1000, rel=0.03)
    assert found["Lung, left"] == pytest.approx(math.pi * 30 * 60 * slab / 1000, rel=0.04)
    assert found["Bone"] == pytest.approx(math.pi * (22**2 - 7**2) * height_mm / 1000, rel=0.05)


def test_table_blanket_and_bowel_gas_fall_where_they_belong(volume_of):
    volume, _ = drawn_volume(volume_of)
    found = {m.name: m.mask for m in auto.segment(volume, progress=silent)}

    def at(name, *lps):
        i, j, k = np.round(volume.grid.to_index(lps)).astype(int)
        return bool(found[name][k, j, i])

    assert not at("Skin", 0, 100, 0)  # table top
    assert not at("Skin", 0, 110, 0)  # its foam
    assert not at("Skin", 0, -98, 0)  # blanket
    assert at("Skin", 90, -10, -72)  # bowel gas is inside the body
    assert not at("Lung, left", 90, -10, -72)  # but is no lung
    assert at("Skin", 0, 5, 40)  # so is the trachea
    assert not at("Lung, right", 0, 5, 40)
    assert not at("Lung, left", 0, 5, 40)
    assert at("Skin", -70, 0, 85)  # lung cut by the last slice
    assert not at("Bone", 0, 60, 0)  # the spinal canal
    assert at("Bone", 0, 42, 0)  # marrow


def test_without_lungs_there_is_no_lung(volume_of):
    volume, truth = drawn_volume(volume_of)
    pelvis = volume.hu.copy()
    pelvis[truth["Lung, right"] | truth["Lung, left"]] = 40
    names = [m.name for m in auto.segment(volume_of(pelvis, volume.grid), progress=silent)]
    assert names == ["Skin", "Airway", "Bone", "Gas", "Muscle and other soft tissue"]


def test_apices_at_the_foot_of_a_neck_scan_are_lung(volume_of):
    volume, truth = drawn_volume(volume_of, lift_mm=165.0)  # from z = 78 mm up: both apices, cut by the lowest slice
    found = {m.name: m.mask for m in auto.segment(volume, progress=silent)}
    for name in ("Lung, right", "Lung, left"):
        assert truth[name].sum() * volume.grid.voxel_volume_mm3 / 1000 < auto_limits().lung.whole_ml
        assert dice(found[name], truth[name]) > 0.95, name


def test_one_airless_lung_leaves_the_other(volume_of):
    volume, truth = drawn_volume(volume_of)
    effusion = volume.hu.copy()
    effusion[truth["Lung, right"]] = 15
    found = {m.name: m for m in auto.segment(volume_of(effusion, volume.grid), progress=silent)}
    assert "Lung, right" not in found
    assert dice(found["Lung, left"].mask, truth["Lung, left"]) > 0.97


def test_lungs_that_touch_are_parted_between_them(volume_of):
    volume, truth = drawn_volume(volume_of)
    k, j, i = np.indices(SHAPE)
    x, y, z = np.moveaxis(volume.grid.to_lps(np.stack([i, j, k], axis=-1)), -1, 0)
    joined = volume.hu.copy()
    joined[(np.abs(x) < 60) & (np.abs(y + 30) < 4) & (np.abs(z - 40) < 30)] = -820  # an anterior junction
    found = {m.name: m.mask for m in auto.segment(volume_of(joined, volume.grid), progress=silent)}
    assert not (found["Lung, right"] & found["Lung, left"]).any()
    for name in ("Lung, right", "Lung, left"):
        assert (found[name] & truth[name]).sum() > 0.97 * truth[name].sum()
    assert (x[found["Lung, right"]] < 25).all()
    assert (x[found["Lung, left"]] > -25).all()


@pytest.mark.parametrize(
    "hu", [np.full((10, 12, 14), -1000, np.int16), np.zeros((1, 3, 3), np.int16), np.full((6, 6, 6), -3024, np.int16)]
)
def test_a_volume_without_a_patient_is_refused(volume_of, hu):
    grid = Grid.from_axes(hu.shape, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(2, 2, 2))
    with pytest.raises(InputRefused, match="Nothing in this CT looks like a patient"):
        auto.segment(volume_of(hu, grid), progress=silent)


def test_the_user_can_stop_it(volume_of):
    volume, _ = drawn_volume(volume_of)

    def stop_at_lungs(done, total, phase):
        assert 0 <= done < total
        if "lungs" in phase:
            raise Cancelled

    with pytest.raises(Cancelled):
        auto.segment(volume, progress=stop_at_lungs)


def with_aorta(volume, *, blood_hu: float, x_mm: float):
    """The drawn patient with a tube of blood, 11 mm in radius, before the spine, and fat under the skin in front."""
    k, j, i = np.indices(SHAPE)
    x, y, _ = np.moveaxis(volume.grid.to_lps(np.stack([i, j, k], axis=-1)), -1, 0)
    noise = np.random.default_rng(5).normal(0, 15, SHAPE)
    hu = volume.hu.copy()
    aorta = np.hypot(x - x_mm, y - 20) <= 11
    fat = ((x / 150) ** 2 + (y / 90) ** 2 <= 1) & (y < -65)
    for where, value in ((aorta, blood_hu), (fat, -100)):
        hu[where] = np.round(value + noise[where])
    return hu, aorta, fat


def test_an_aorta_with_contrast_is_found_by_its_place_and_is_no_bone(volume_of):
    volume, truth = drawn_volume(volume_of)
    hu, aorta, fat = with_aorta(volume, blood_hu=280, x_mm=8)
    found = {m.name: m for m in auto.segment(volume_of(hu, volume.grid), progress=silent)}
    assert dice(found["Aorta"].mask, aorta) > 0.93
    assert found["Aorta"].kind is StructureKind.ARTERY
    assert "280 HU" in found["Aorta"].method or "blood reads 2" in found["Aorta"].method
    assert (found["Bone"].mask & aorta).mean() < 0.001
    assert dice(found["Bone"].mask, truth["Bone"]) > 0.94
    assert dice(found["Fat"].mask, fat) > 0.9  # but for its rim at the skin, which is half air


def test_the_same_vessel_far_right_of_the_spine_is_not_called_aorta(volume_of):
    volume, _ = drawn_volume(volume_of)
    hu, vessel, _ = with_aorta(volume, blood_hu=280, x_mm=-25)
    found = {m.name: m for m in auto.segment(volume_of(hu, volume.grid), progress=silent)}
    assert "Aorta" not in found
    assert dice(found["Vessels with contrast"].mask, vessel) > 0.8
    assert "not told apart" in found["Vessels with contrast"].method


def test_without_contrast_no_vessel_is_found(volume_of):
    volume, _ = drawn_volume(volume_of)
    hu, _, _ = with_aorta(volume, blood_hu=45, x_mm=8)
    assert not {"Aorta", "Vessels with contrast"} & {
        m.name for m in auto.segment(volume_of(hu, volume.grid), progress=silent)
    }
