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


def test_feet_first_thorax_with_a_small_right_lung(shared_data, ct_of):
    volume = ct_of(shared_data / "thorax_lidc0314", every=4)
    found = {m.name: m for m in auto.segment(volume, progress=silent)}
    assert list(found) == ["Skin", "Lung, right", "Lung, left", "Bone"]
    right, left = found["Lung, right"], found["Lung, left"]
    assert 0.7 < litres(right, volume) < 1.3  # pleural disease: the smaller one, though the right is larger in health
    assert 1.6 < litres(left, volume) < 2.4
    assert mean_x(right.mask, volume) < mean_x(found["Bone"].mask, volume) < mean_x(left.mask, volume)
    assert right.side is Side.RIGHT
    assert 14 < litres(found["Skin"], volume) < 19
    assert 0.8 < litres(found["Bone"], volume) < 1.4
    inside = volume.hu[right.mask | left.mask]
    assert np.median(inside) < -750
    # The table under the back has no skin: everything behind the spine's last tissue row is air or table.
    rows = np.flatnonzero(found["Skin"].mask.any(axis=(0, 2)))
    assert volume.grid.to_lps((0, rows[-1], 0))[1] < volume.grid.to_lps((0, 460, 0))[1]


def test_coarse_pelvis_has_bone_like_another_program_and_no_bowel_in_its_lung(shared_data, pelvis):
    from planner.segmentation.labelio import read_seg

    found = {m.name: m for m in auto.segment(pelvis, progress=silent)}
    labels = {m.name: m.mask for m in read_seg(shared_data / "abdomen_pelvis_ts" / "seg.dcm", volume=pelvis)}
    for name in ("hip left", "hip right"):
        assert (found["Bone"].mask & labels[name]).sum() > 0.78 * labels[name].sum(), name
    for name in ("urinary bladder", "aorta", "iliac artery left", "kidney right"):
        assert (found["Bone"].mask & labels[name]).sum() < 0.03 * labels[name].sum(), name
    assert (found["Bone"].mask & labels["spinal cord"]).sum() < 0.1 * labels["spinal cord"].sum()
    for name in ("Lung, right", "Lung, left"):  # only the lowest bases are on this scan
        assert litres(found[name], pelvis) < 0.15
        assert not (found[name].mask & labels["colon"]).any()
    assert all((found["Skin"].mask & mask).sum() > 0.999 * mask.sum() for mask in labels.values())


def test_thin_slab_with_contrast_and_arms(shared_data, ct_of):
    volume = ct_of(shared_data / "upper_abdomen_ts" / "ct")
    found = {m.name: m for m in auto.segment(volume, progress=silent)}
    assert set(found) == {"Skin", "Bone"}
    assert 3.0 < litres(found["Skin"], volume) < 3.6
    labels = _nifti_on(shared_data / "upper_abdomen_ts" / "seg.nii.gz", volume)
    vertebrae = np.isin(labels, (32, 33))
    assert (found["Bone"].mask & vertebrae).sum() > 0.9 * vertebrae.sum()
    for name, number, most in (("spleen", 1, 0.001), ("liver", 5, 0.001), ("cord", 79, 0.05), ("aorta", 52, 0.15)):
        organ = labels == number  # this aorta's wall is calcified, and calcium is not told from bone
        assert (found["Bone"].mask & organ).sum() < most * organ.sum(), name
    assert found["Skin"].mask[labels > 0].mean() > 0.999


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
