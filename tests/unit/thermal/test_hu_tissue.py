"""HU read with care: fat by share, noise without specks, fluid not fatty, contrast medium not bone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import label

from planner.domain.datum import Datum, Status
from planner.domain.errors import SimulationRefused
from planner.domain.structure import StructureKind
from planner.domain.tissue import HuReading, mixture
from planner.thermal.hu_tissue import HuTable, classify, smoothed, without_lone_cells
from planner.thermal.tissue_map import build_tissue_map

MIXTURES = (("fat_75", 0.75, -82.5, -47.5), ("fat_50", 0.5, -47.5, -12.5), ("fat_25", 0.25, -12.5, 22.5))


@pytest.fixture
def mixed_tissues(tissues):
    """The table with three mixtures between fat below −82.5 and soft tissue above 22.5 HU."""
    by_id = {tissue.id: tissue for tissue in tissues}

    def window(low, high):
        return HuReading(Datum(low, Status.COMPUTED, upper=high))

    by_id["fat_subcutaneous"] = replace(by_id["fat_subcutaneous"], hu=window(-500.0, -82.5))
    by_id["muscle"] = replace(by_id["muscle"], hu=window(22.5, 100.0))
    fat, muscle = by_id["fat_subcutaneous"], by_id["muscle"]
    blends = [
        mixture(name, name, [(fat, share), (muscle, 1 - share)], hu=window(low, high))
        for name, share, low, high in MIXTURES
    ]
    return (*by_id.values(), *blends)


@pytest.fixture
def table(mixed_tissues):
    return HuTable.of(mixed_tissues)


def fat_share(table, classes):
    shares = {"fat_subcutaneous": 1.0, **{name: share for name, share, _, _ in MIXTURES}, "muscle": 0.0}
    return np.array([shares.get(name, np.nan) for name in table.ids])[classes]


def names(tissue_map):
    return np.array(tissue_map.tissue_ids, dtype=object)[tissue_map.index]


def test_the_table_is_ordered_by_hu_and_gaps_are_halved(table):
    assert table.ids == ("air", "lung_inflated", "fat_subcutaneous", "fat_75", "fat_50", "fat_25", "muscle",
                         "bone_cortical")  # fmt: skip
    assert table.limits == pytest.approx([-950, -500, -82.5, -47.5, -12.5, 22.5, 150])
    assert table.core_hu == 300
    assert table.mixtures == (3, 5)


def test_a_table_without_hu_is_refused(make_tissue):
    with pytest.raises(SimulationRefused, match="names no HU"):
        HuTable.of([make_tissue("gel")])


def test_partial_volume_of_a_slanting_fat_surface_keeps_the_amount_of_fat(table):
    # 200 HU per cell width would be a jump; a plane leaning against the grid fills cells by every share.
    k, j, i = np.indices((40, 40, 40)).astype(float)
    depth = i + 0.3 * j + 0.13 * k - 27.0
    share = np.clip(0.5 - depth / 1.43, 0, 1)
    hu = (40 - 140 * share).astype(np.float32)
    read = fat_share(table, classify(hu, table, spacing_mm=1.0))
    assert read.mean() == pytest.approx(share.mean(), abs=0.004)
    surface = (share > 0.2) & (share < 0.8)
    assert set(np.unique(read[surface])) >= {0.25, 0.5, 0.75}


def test_noise_makes_no_specks_in_muscle_or_fat(table):
    rng = np.random.default_rng(7)
    hu = np.where(np.arange(48) < 24, -100.0, 50.0) + rng.normal(0, 20, (48, 48, 48))
    classes = classify(hu.astype(np.float32), table, spacing_mm=1.0)
    away = np.abs(np.arange(48) - 23.5) > 3
    read, truth = fat_share(table, classes)[:, :, away], (np.arange(48) < 24)[away]
    assert (read == truth).mean() > 0.97
    # Unlike faces: the interface needs about 48 × 48 per step between classes; noise alone would make 100,000.
    unlike = sum(int((np.diff(classes.astype(int), axis=axis) != 0).sum()) for axis in range(3))
    assert unlike < 6 * 48 * 48


def test_fluid_is_not_read_as_fatty_but_partial_volume_is(table):
    hu = np.full((30, 30, 30), 10.0, np.float32)
    assert set(np.unique(classify(hu, table, spacing_mm=1.0))) == {table.ids.index("muscle")}
    hu[:, :, :10] = -100
    classes = classify(hu, table, spacing_mm=1.0)
    assert (classes[:, :, 14:] == table.ids.index("muscle")).all()
    assert (fat_share(table, classes[:, :, :8]) == 1).all()


def test_smoothing_keeps_gas_lung_and_bone_out_of_fat_and_muscle():
    hu = np.full((20, 20, 20), 50.0, np.float32)
    hu[:, :, :5], hu[:, :, 15:] = -800, 900
    assert smoothed(hu, spacing_mm=1.0) == pytest.approx(hu, abs=1e-3)


def test_a_lone_cell_takes_the_commonest_neighbour():
    classes = np.zeros((5, 5, 5), np.uint8)
    classes[2, 2, 2] = 4
    classes[0, 0, 0] = 4
    classes[4, 4, 2:4] = 3
    cleaned = without_lone_cells(classes)
    assert cleaned[2, 2, 2] == 0
    assert cleaned[0, 0, 0] == 0
    assert (cleaned[4, 4, 2:4] == 3).all()


def cylinder(ct, radius_mm, centre_xy=(0.0, 0.0)):
    k, j, i = np.indices(ct.shape_kji)
    lps = ct.to_lps(np.stack([i, j, k], axis=-1))
    return np.hypot(lps[..., 0] - centre_xy[0], lps[..., 1] - centre_xy[1]) <= radius_mm


@pytest.fixture
def enhanced(world):
    """A contrast-filled tube at 250 HU beside a bone of 220 HU with a shell of 700 HU, noise of 15 HU."""
    rng = np.random.default_rng(3)
    tube, bone = cylinder(world.ct, 4.0, (-12.0, 0.0)), cylinder(world.ct, 8.0, (6.0, 0.0))
    world.hu[tube] = 250
    world.hu[bone] = 220
    world.hu[bone & ~cylinder(world.ct, 6.0, (6.0, 0.0))] = 700
    world.hu[:] = world.hu + np.round(rng.normal(0, 15, world.hu.shape)).astype(np.int16)
    return world, tube[6:54, 6:54, 6:54], bone[6:54, 6:54, 6:54]


def build(world, **changes):
    return build_tissue_map(world.request(spacing_mm=1.0, **changes), volume=world.volume, masks=world.masks)


def test_contrast_medium_without_a_dense_core_is_not_bone(enhanced):
    world, tube, bone = enhanced
    result = build(world)
    found = names(result)
    assert (found[tube] == "muscle").mean() > 0.98
    assert (found[bone] == "bone_cortical").mean() > 0.98
    (note,) = [note for note in result.notes if "dense core" in note]
    assert "mL above 150 HU" in note


def test_where_vessels_show_contrast_an_undrawn_vessel_as_bright_is_blood(enhanced):
    world, tube, bone = enhanced
    other = cylinder(world.ct, 3.0, (-12.0, 15.0))
    world.hu[other] = 255
    world.add(StructureKind.ARTERY, other)
    result = build(world)
    found = names(result)
    assert (found[tube] == "blood").mean() > 0.9
    assert (found[bone] == "bone_cortical").mean() > 0.98
    assert any("contrast medium" in note and "255 HU" in note for note in result.notes)


def test_a_vessel_that_touches_bone_is_not_followed(world):
    bone, tube = cylinder(world.ct, 5.0, (10.0, 0.0)), cylinder(world.ct, 4.0, (-14.0, 0.0))
    bridge = np.zeros_like(bone)
    bridge[28:32, 28:32, 15:40] = True
    world.hu[tube | bridge] = 250
    world.hu[bone] = 700
    world.add(StructureKind.BONE, bone)
    found = names(build(world))
    assert (found[tube[6:54, 6:54, 6:54]] == "bone_cortical").sum() == 0
    assert (found[bone[6:54, 6:54, 6:54]] == "bone_cortical").all()


@pytest.mark.parametrize("spacing_mm", [1.0, 2.0])
def test_a_thin_rib_stays_bone_on_every_grid(world, spacing_mm):
    rib = cylinder(world.ct, 4.0)
    world.hu[rib] = 200
    world.hu[rib & ~cylinder(world.ct, 3.0)] = 550
    request = world.request(spacing_mm=spacing_mm)
    found = names(build_tissue_map(request, volume=world.volume, masks={}))
    radius = np.hypot(*np.meshgrid(*[request.grid.origin_lps_mm[0] + spacing_mm * np.arange(found.shape[1])] * 2))
    assert (found[:, radius < 3.0] == "bone_cortical").all()
    bright = (found == "bone_cortical").astype(np.uint8)
    assert label(bright)[1] == 1


def test_air_that_is_not_at_minus_1000_is_told_and_nothing_is_corrected(world):
    body = np.ones(world.hu.shape, bool)
    body[:, :20, :] = False
    world.hu[:, :20, :] = -900
    world.add(StructureKind.SKIN, body)
    result = build(world)
    assert any("reads -900 HU instead of −1000" in note for note in result.notes)
    world.hu[:, :20, :] = -990
    assert not any("instead of" in note for note in build(world).notes)
