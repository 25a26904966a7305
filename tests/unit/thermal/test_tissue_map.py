"""Does every cell get the right tissue: structures before HU, thin vessels kept, air only outside the body?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import label

from planner.domain.errors import GeometryRefused, SimulationRefused
from planner.domain.geometry import isotropic_box
from planner.domain.structure import StructureKind
from planner.persistence import resources
from planner.planning.request import is_complete
from planner.thermal.properties import OUTSIDE_AIR
from planner.thermal.tissue_map import KIND_TISSUE, STAND_INS, build_tissue_map


def names(tissue_map):
    return np.array(tissue_map.tissue_ids, dtype=object)[tissue_map.index]


def build(world, **changes):
    return build_tissue_map(world.request(**changes), volume=world.volume, masks=world.masks)


def test_hu_decide_where_no_structure_claims(world):
    for start, hu in enumerate((-1000, -800, -100, 40, 800)):
        world.hu[:, :, start * 12 : start * 12 + 12] = hu
    row = names(build(world, spacing_mm=2.0))[12, 12]
    expected = ["air"] * 3 + ["lung_inflated"] * 6 + ["fat_subcutaneous"] * 6 + ["muscle"] * 6 + ["bone_cortical"] * 3
    assert list(row) == expected


def test_structures_win_over_hu_and_arteries_over_bone(world):
    bone = np.zeros(world.hu.shape, bool)
    bone[:, 20:40, 20:40] = True
    artery = np.zeros_like(bone)
    artery[:, 26:34, 26:34] = True
    world.add(StructureKind.ARTERY, artery)
    world.add(StructureKind.BONE, bone)
    middle = names(build(world))[12, 12]
    assert list(middle[6:9]) == ["muscle", "bone_cortical", "bone_cortical"]
    assert middle[12] == "blood"


@pytest.mark.parametrize("x_mm", [0.0, 0.5, 1.0, 1.3])
@pytest.mark.parametrize("y_mm", [0.0, 1.0])
def test_two_millimetre_nerve_survives_on_a_two_millimetre_grid(world, x_mm, y_mm):
    fine = world.ct
    k, j, i = np.ogrid[tuple(slice(n) for n in fine.shape_kji)]
    # A square of 2 x 2 voxels nearest the wanted centre, slanted a little along k as nerves are.
    left, top = np.round(29 + x_mm + 0.05 * k), round(29 + y_mm)
    world.add(StructureKind.NERVE, (i >= left) & (i < left + 2) & (j >= top) & (j < top + 2))
    nerve = names(build(world, spacing_mm=2.0)) == "nerve"
    assert nerve.any(axis=(1, 2)).all()
    # Kept, not blown up: at worst (centred on a corner) four cells for one.
    assert nerve.sum() * 8 <= 4.01 * 4 * 48


def tube(ct, radius_mm, *, axis=(0.0, 0.0, 1.0), centre_mm=(0.0, 0.0, 0.0)):
    """Voxels whose centre lies within the radius of a straight axis."""
    k, j, i = np.indices(ct.shape_kji)
    offset = ct.to_lps(np.stack([i, j, k], axis=-1)) - np.asarray(centre_mm)
    direction = np.asarray(axis) / np.linalg.norm(axis)
    along = offset @ direction
    return (offset**2).sum(axis=-1) - along**2 <= radius_mm**2


def random_tubes(count, seed=11):
    """Directions and points on the axis, anywhere against the grid."""
    rng = np.random.default_rng(seed)
    return [(tuple(rng.normal(size=3)), tuple(rng.uniform(-1, 1, 3))) for _ in range(count)]


def extent_mm(mask, spacing_mm):
    return (np.ptp(np.argwhere(mask), axis=0).max() + 1) * spacing_mm


@pytest.mark.parametrize(("axis", "centre_mm"), random_tubes(12))
def test_a_two_millimetre_tube_runs_unbroken_through_a_two_millimetre_grid(world, axis, centre_mm):
    nerve = tube(world.ct, 1.0, axis=axis, centre_mm=centre_mm)
    world.add(StructureKind.NERVE, nerve)
    found = names(build(world, spacing_mm=2.0)) == "nerve"
    assert label(found, structure=np.ones((3, 3, 3)))[1] == 1
    assert extent_mm(found, 2.0) == pytest.approx(extent_mm(nerve[6:54, 6:54, 6:54], 1.0), abs=4.0)
    # Kept, not blown up: a thin structure never fills more than four times its volume, nor less than it.
    assert 0.9 < found.sum() * 8 / nerve[6:54, 6:54, 6:54].sum() < 4


@pytest.mark.parametrize("kind", [StructureKind.ARTERY, StructureKind.VEIN])
@pytest.mark.parametrize(("axis", "centre_mm"), random_tubes(6, seed=23))
def test_a_four_millimetre_vessel_stays_an_unbroken_heat_sink_on_a_two_millimetre_grid(world, kind, axis, centre_mm):
    vessel = tube(world.ct, 2.0, axis=axis, centre_mm=centre_mm)
    world.add(kind, vessel)
    found = names(build(world, spacing_mm=2.0)) == "blood"
    assert label(found, structure=np.ones((3, 3, 3)))[1] == 1
    assert extent_mm(found, 2.0) == pytest.approx(extent_mm(vessel[6:54, 6:54, 6:54], 1.0), abs=4.0)
    assert found.sum() * 8 == pytest.approx(vessel[6:54, 6:54, 6:54].sum(), rel=0.45)


def test_structures_of_one_kind_fill_a_cell_together(world):
    left, right = np.zeros((2, *world.hu.shape), bool)
    left[:, :, 28:29], right[:, :, 29:30] = True, True
    world.add(StructureKind.LUNG, left)
    world.add(StructureKind.LUNG, right)
    # Each fills 0 or half of a 2 mm cell whose faces lie at even voxels; together they fill one column.
    assert (names(build(world, spacing_mm=2.0))[:, :, 11] == "lung_inflated").all()


@pytest.mark.parametrize(
    ("kind", "tissue_id"),
    [
        (StructureKind.AIRWAY, "air"),
        (StructureKind.FLUID_BARRIER, "saline"),
        (StructureKind.GAS_BARRIER, "co2_gas"),
    ],
)
def test_airways_and_barriers_come_from_structures_alone(world, make_tissue, tissues, kind, tissue_id):
    block = np.zeros(world.hu.shape, bool)
    block[20:40, 20:40, 20:40] = True
    world.add(kind, block)
    found = names(build(world, spacing_mm=1.0, tissues=(*tissues, make_tissue("saline"), make_tissue("co2_gas"))))
    assert np.array_equal(found == tissue_id, block[6:54, 6:54, 6:54])


AXES = [(0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.4, -0.3, 1.0)]


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("centre_mm", [(0.0, 0.0, 0.0), (0.3, 0.2, -0.4), (0.5, 0.5, 0.5)])
def test_a_six_millimetre_vessel_is_a_heat_sink_over_its_whole_section(world, axis, centre_mm):
    vessel = tube(world.ct, 3.0, axis=axis, centre_mm=centre_mm)
    world.hu[:] = -100
    world.add(StructureKind.ARTERY, vessel)
    result = build(world, spacing_mm=1.0)
    inside = vessel[6:54, 6:54, 6:54]
    assert np.array_equal(names(result) == "blood", inside)
    assert not any("Vessels" in note for note in result.notes)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("kind", [StructureKind.ARTERY, StructureKind.VEIN])
def test_a_two_millimetre_vessel_is_perfused_tissue_and_a_note_says_so(world, axis, kind):
    vessel = tube(world.ct, 1.0, axis=axis, centre_mm=(0.2, -0.3, 0.1))
    world.hu[:] = -100
    world.add(kind, vessel)
    result = build(world, spacing_mm=1.0)
    assert "blood" not in result.tissue_ids
    assert (names(result)[vessel[6:54, 6:54, 6:54]] == "muscle").all()
    (note,) = [note for note in result.notes if "Vessels" in note]
    assert "3 mm" in note
    assert "project default" in note
    assert "recalled" in note


def test_a_thin_branch_of_a_thick_vessel_is_no_heat_sink(world):
    trunk = tube(world.ct, 3.0, centre_mm=(-12.0, 0.0, 0.0))
    branch = tube(world.ct, 1.0, axis=(1.0, 0.0, 0.0))
    branch[:, :, :18] = False
    world.add(StructureKind.ARTERY, trunk | branch)
    found = names(build(world, spacing_mm=1.0))
    assert (found[trunk[6:54, 6:54, 6:54]] == "blood").all()
    # The opening may keep a ball's radius and a voxel of the branch, beyond the trunk's wall at x = -9 mm.
    beyond = branch & (world.ct.to_lps(np.stack(np.indices(branch.shape)[::-1], axis=-1))[..., 0] > -9.0 + 1.5 + 1.0)
    beyond = beyond[6:54, 6:54, 6:54]
    assert beyond.any()
    assert (found[beyond] == "muscle").all()


def test_outside_air_only_outside_the_body_and_skin_where_it_cuts(world):
    world.hu[:, :15, :] = -1000
    world.hu[:, 15:16, :] = -600
    body = np.zeros(world.hu.shape, bool)
    body[:, 15:, :] = True
    world.add(StructureKind.SKIN, body)
    column = names(build(world, spacing_mm=1.0, extent_mm=40.0))[20, :, 20]
    assert list(column[:5]) == [OUTSIDE_AIR] * 5
    assert column[5] == "skin"
    assert set(column[6:]) == {"muscle"}


def test_gas_in_bowel_stays_gas_and_the_rest_is_wall(world, make_tissue, tissues):
    bowel = tube(world.ct, 10.0)
    gas = tube(world.ct, 6.0)
    world.hu[gas] = -900
    world.add(StructureKind.BOWEL, bowel)
    result = build(world, spacing_mm=1.0, tissues=(*tissues, make_tissue("large_intestine")))
    found = names(result)
    assert (found[gas[6:54, 6:54, 6:54]] == "air").all()
    assert (found[(bowel & ~gas)[6:54, 6:54, 6:54]] == "large_intestine").all()
    assert any("Bowel" in note for note in result.notes)


def test_without_a_body_surface_a_note_says_so(world):
    assert any("skin" in note for note in build(world).notes)


def test_cells_beyond_the_ct_continue_the_nearest_tissue(world):
    world.hu[50:] = 800
    grid = isotropic_box((0, 0, 20), extent_mm=(48, 48, 48), spacing_mm=2.0)
    result = build(world, grid=grid)
    assert set(names(result)[18:].ravel()) == {"bone_cortical"}
    assert any("outside the CT" in note for note in result.notes)


def test_padding_is_not_taken_for_air(world):
    world.hu[:, :, :20] = -1000
    padding = world.hu == -1000
    volume = replace(world.volume, padding=padding)
    result = build_tissue_map(world.request(), volume=volume, masks={})
    assert set(result.tissue_ids) == {"muscle"}


def test_box_off_the_scan_is_refused(world):
    grid = isotropic_box((200, 0, 0), extent_mm=(20, 20, 20), spacing_mm=2.0)
    with pytest.raises(SimulationRefused, match="outside the CT"):
        build(world, grid=grid)


def test_missing_or_misfit_masks_are_refused(world):
    world.add(StructureKind.BONE, np.ones((60, 60, 60), bool))
    with pytest.raises(SimulationRefused, match="missing"):
        build_tissue_map(world.request(), volume=world.volume, masks={})
    wrong = {key: np.ones((3, 3, 3), bool) for key in world.masks}
    with pytest.raises(GeometryRefused, match="CT is"):
        build_tissue_map(world.request(), volume=world.volume, masks=wrong)


def test_absent_tissue_is_refused_by_name(world):
    world.add(StructureKind.THYROID, np.ones((60, 60, 60), bool))
    with pytest.raises(SimulationRefused, match="thyroid"):
        build(world)


def test_another_ct_is_refused(world):
    request = world.request()
    world.hu[0, 0, 0] = 41
    with pytest.raises(SimulationRefused, match="another CT"):
        build_tissue_map(request, volume=world.volume, masks={})


def test_every_kind_has_a_tissue_that_can_be_simulated_and_stand_ins_say_so():
    known = {tissue.id for tissue in resources.tissues() if is_complete(tissue)}
    assert set(KIND_TISSUE) == set(StructureKind) - {StructureKind.SKIN, StructureKind.OTHER}
    assert set(KIND_TISSUE.values()) <= known
    # Tissues that carry their kind's own values; whatever else is used stands in for it, and is noted.
    own = {
        "muscle", "fat", "lung", "liver", "spleen", "kidney", "thyroid", "oesophagus", "diaphragm", "tendon",
        "ligament", "ureter", "nerve", "spinal cord", "vein", "artery", "pancreas", "prostate", "cartilage",
    }  # fmt: skip
    stand_ins = {kind.value for kind in KIND_TISSUE} - own
    assert stand_ins == {kind.value for kind in STAND_INS}


@pytest.mark.parametrize(
    ("kind", "tissue_id"),
    [
        (StructureKind.FLUID_BARRIER, "saline"),
        (StructureKind.GAS_BARRIER, "co2_gas"),
        (StructureKind.EFFUSION, "water"),
        (StructureKind.GAS, "air"),
        (StructureKind.HEART, "heart_muscle"),
        (StructureKind.DISC, "cartilage"),
    ],
)
def test_new_kinds_are_painted_and_their_stand_in_is_noted(world, make_tissue, tissues, kind, tissue_id):
    half = np.zeros(world.hu.shape, bool)
    half[:, 30:, :] = True
    world.add(kind, half)
    known = tissues if tissue_id in {tissue.id for tissue in tissues} else (*tissues, make_tissue(tissue_id))
    built = build(world, tissues=known)
    assert names(built)[12, 4:20, 12].tolist() == ["muscle"] * 8 + [tissue_id] * 8
    assert STAND_INS[kind] in built.notes
