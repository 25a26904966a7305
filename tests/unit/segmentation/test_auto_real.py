"""Real CT: litres that a person has, sides that anatomy gives, agreement with another program's bones."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from planner.domain.geometry import Side
from planner.domain.progress import silent
from planner.segmentation import auto

pytestmark = pytest.mark.real_data


def litres(mask, volume) -> float:
    return float(mask.mask.sum()) * volume.grid.voxel_volume_mm3 / 1e6


def mean_x(array, volume) -> float:
    return float(volume.grid.to_lps(np.argwhere(array)[:, ::-1])[:, 0].mean())


def inside_of(found, name: str, index_ijk) -> bool:
    i, j, k = index_ijk
    return bool(found[name].mask[k, j, i])


def recall(found, truth) -> float:
    return float((found & truth).sum()) / float(truth.sum())


@pytest.fixture(scope="module")
def thorax(shared_data, ct_of):
    volume = ct_of(shared_data / "thorax_lidc0314", every=4)
    return volume, {m.name: m for m in auto.segment(volume, progress=silent)}


def test_feet_first_thorax_with_a_small_right_lung(thorax):
    volume, found = thorax
    # No contrast medium was given: no vessel is found.
    assert set(found) == {
        *("Skin", "Airway", "Bone", "Lung, right", "Lung, left", "Gas", "Fat", "Muscle and other soft tissue")
    }
    right, left = found["Lung, right"], found["Lung, left"]
    assert 0.7 < litres(right, volume) < 1.3  # pleural disease: the smaller one, though the right is larger in health
    assert 1.6 < litres(left, volume) < 2.4
    assert mean_x(right.mask, volume) < mean_x(found["Bone"].mask, volume) < mean_x(left.mask, volume)
    assert right.side is Side.RIGHT
    assert 14 < litres(found["Skin"], volume) < 19
    assert 0.8 < litres(found["Bone"], volume) < 1.4
    assert 3.5 < litres(found["Fat"], volume) < 6
    inside = volume.hu[right.mask | left.mask]
    assert np.median(inside) < -750


def test_no_table_and_no_cloth_in_the_body_of_the_thorax(thorax):
    from scipy.ndimage import label

    volume, found = thorax
    skin = found["Skin"].mask
    # The table under the back has no skin: everything behind the spine's last tissue row is air or table.
    rows = np.flatnonzero(skin.any(axis=(0, 2)))
    assert volume.grid.to_lps((0, rows[-1], 0))[1] < volume.grid.to_lps((0, 460, 0))[1]
    labels, number = label(skin)
    sizes = np.bincount(labels.ravel())[1:]
    assert sizes.max() > 0.9995 * sizes.sum(), number  # one body: no arm beside it, no thread of cloth


def test_no_windpipe_in_the_lung_of_the_thorax(thorax):
    volume, found = thorax
    assert 0.02 < litres(found["Airway"], volume) < 0.08
    assert np.median(volume.hu[found["Airway"].mask]) < -930
    seen = (233, 286, 208 // 4)  # looked up in the slices: the windpipe behind the manubrium
    assert volume.hu[seen[::-1]] < -900
    assert inside_of(found, "Airway", seen)
    lungs = found["Lung, right"].mask | found["Lung, left"].mask
    assert not (lungs & found["Airway"].mask).any()
    upper = found["Airway"].mask[200 // 4 :]  # above the carina nothing of the windpipe's column is lung
    columns = np.flatnonzero(upper.any(axis=(0, 1)))
    rows = np.flatnonzero(upper.any(axis=(0, 2)))
    block = lungs[232 // 4 :, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert block.mean() < 0.02


def test_fat_and_soft_tissue_of_the_thorax_never_contradict_its_hounsfield_units(thorax):
    volume, found = thorax
    fat, soft = volume.hu[found["Fat"].mask], volume.hu[found["Muscle and other soft tissue"].mask]
    assert -120 < np.median(fat) < -80
    assert 20 < np.median(soft) < 70
    masks = [mask.mask for name, mask in found.items() if name != "Skin"]
    assert np.sum(masks, axis=0).max() == 1  # nothing is two things
    assert not (np.any(masks, axis=0) & ~found["Skin"].mask).any()


def test_coarse_pelvis_has_bone_like_another_program_and_no_bowel_in_its_lung(shared_data, pelvis):
    from planner.segmentation.labelio import read_seg

    found = {m.name: m for m in auto.segment(pelvis, progress=silent)}
    labels = {m.name: m.mask for m in read_seg(shared_data / "abdomen_pelvis_ts" / "seg.dcm", volume=pelvis)}
    bone = found["Bone"].mask
    assert recall(bone, labels["hip left"] | labels["hip right"]) >= 0.9
    assert recall(bone, labels["sacrum"]) > 0.65  # hardly calcified, and its cortex thinner than these 3 mm voxels
    for name in ("urinary bladder", "aorta", "iliac artery left", "kidney right", "colon"):
        assert recall(bone, labels[name]) < 0.03, name
    assert recall(bone, labels["spinal cord"]) < 0.2  # the label runs on into the narrow canal of the sacrum
    for name in ("Lung, right", "Lung, left"):  # only the lowest bases are on this scan
        assert litres(found[name], pelvis) < 0.15
        assert not (found[name].mask & labels["colon"]).any()
    assert recall(found["Gas"].mask, labels["colon"] & (pelvis.hu < -700)) > 0.9
    assert "Airway" not in found  # gas of bowel is no windpipe
    assert "Aorta" not in found  # no contrast medium
    assert all(recall(found["Skin"].mask, mask) > 0.999 for mask in labels.values())


def test_thin_slab_with_contrast_and_arms(shared_data, ct_of):
    volume = ct_of(shared_data / "upper_abdomen_ts" / "ct")
    found = {m.name: m for m in auto.segment(volume, progress=silent)}
    assert {"Skin", "Aorta", "Bone", "Gas", "Fat", "Muscle and other soft tissue"} <= set(found)
    assert not {"Lung, right", "Lung, left", "Airway"} & set(found)
    assert 2.6 < litres(found["Skin"], volume) < 3.1  # with its arms it would be 3.3 L
    labels = _nifti_on(shared_data / "upper_abdomen_ts" / "seg.nii.gz", volume)
    bone = found["Bone"].mask
    assert recall(bone, np.isin(labels, (32, 33))) > 0.9
    assert recall(bone, (labels >= 92) & (labels <= 115)) > 0.82
    arms = np.isin(labels, (69, 70))
    assert recall(found["Skin"].mask, arms) < 0.01
    assert found["Skin"].mask[(labels > 0) & ~arms].mean() > 0.999
    aorta = labels == 52
    assert recall(found["Aorta"].mask, aorta) >= 0.9
    assert 2 * (found["Aorta"].mask & aorta).sum() > 0.83 * (found["Aorta"].mask.sum() + aorta.sum())
    for name, number, most in (("spleen", 1, 0.001), ("liver", 5, 0.001), ("cord", 79, 0.02), ("aorta", 52, 0.05)):
        assert recall(bone, labels == number) < most, name


def _nifti_on(path, volume):
    """Labels read with SimpleITK and put in the CT's order by their own header."""
    import SimpleITK

    image = SimpleITK.ReadImage(str(path))
    labels = SimpleITK.GetArrayFromImage(image)
    for axis, (step, cosine) in enumerate(zip(image.GetSpacing(), image.GetDirection()[::4], strict=True)):
        assert step == pytest.approx(volume.grid.spacing_ijk_mm[axis])
        if cosine < 0:
            labels = np.flip(labels, 2 - axis)
    assert labels.shape == volume.hu.shape
    return labels


def test_the_loader_of_these_tests_reads_what_pydicom_reads(shared_data, ct_of):
    volume = ct_of(shared_data / "upper_abdomen_ts" / "ct")
    for file in (shared_data / "upper_abdomen_ts" / "ct").iterdir():
        header = pydicom.dcmread(file, stop_before_pixels=True)
        k = volume.grid.to_index(np.array(header.ImagePositionPatient, dtype=float))[2]
        assert k == pytest.approx(round(k), abs=1e-3)
