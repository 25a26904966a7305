"""A real TotalSegmentator file on its real CT: placed as SimpleITK and anatomy say, and out and in without loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - the name everybody knows it by

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.segmentation.labelio import volumes
from planner.segmentation.labelio.reading import read_structures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.domain.volume import Volume

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def case(shared_data: Path, ct_of: Callable[..., Volume]) -> tuple[Volume, Path]:
    folder = shared_data / "upper_abdomen_ts"
    return ct_of(folder / "ct"), folder / "seg.nii.gz"


@pytest.fixture(scope="module")
def imported(case: tuple[Volume, Path]) -> volumes.Imported:
    return read_structures(case[1], volume=case[0])


def test_every_label_lies_where_simpleitk_puts_it(case: tuple[Volume, Path], imported: volumes.Imported) -> None:
    """Each voxel centre of each label, by SimpleITK's own geometry, is inside the mask, and nothing else is."""
    volume, path = case
    image = sitk.ReadImage(str(path))
    labels = sitk.GetArrayFromImage(image)
    values = [int(value) for value in np.unique(labels) if value]
    assert len(values) == len(imported.masks) == 31
    direction = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    for value, mask in zip(values, imported.masks, strict=True):
        theirs = np.argwhere(labels == value)[:, ::-1] @ direction.T + np.array(image.GetOrigin())
        ijk = np.rint(volume.grid.to_index(theirs)).astype(int)
        assert np.count_nonzero(mask.mask) == len(ijk)
        assert mask.mask[ijk[:, 2], ijk[:, 1], ijk[:, 0]].all()


def test_organs_have_their_densities_and_sides(case: tuple[Volume, Path], imported: volumes.Imported) -> None:
    """Contrast in the aorta, bone in bone, gas in the colon; the liver to the right of the spleen."""
    volume, _ = case
    by_name = {mask.name: mask for mask in imported.masks}
    hu = {name: float(volume.hu[mask.mask].mean()) for name, mask in by_name.items()}
    assert hu["Aorta"] > 150
    assert hu["Vertebra T12"] > 200
    assert hu["Colon"] < -300
    assert 40 < hu["Liver"] < 130
    centre_x = {
        name: volume.grid.to_lps(np.argwhere(by_name[name].mask)[:, ::-1]).mean(axis=0)[0]
        for name in ("Liver", "Spleen")
    }
    assert centre_x["Liver"] < centre_x["Spleen"]
    for mask in imported.masks:
        if mask.side is not None:
            x = volume.grid.to_lps(np.argwhere(mask.mask)[:, ::-1]).mean(axis=0)[0]
            assert (x > volume.grid.centre_lps_mm[0]) == (mask.side is Side.LEFT), mask.name
    assert sum(mask.kind is StructureKind.BONE for mask in imported.masks) == 18


def test_out_and_in_again(case: tuple[Volume, Path], imported: volumes.Imported, tmp_path: Path) -> None:
    volume, _ = case
    volumes.write_seg_nrrd(tmp_path / "a.seg.nrrd", volume=volume, masks=imported.masks)
    volumes.write_nifti(tmp_path / "a.nii.gz", volume=volume, masks=imported.masks)
    for name in ("a.seg.nrrd", "a.nii.gz"):
        again = read_structures(tmp_path / name, volume=volume).masks
        assert [(m.name, m.kind, m.side) for m in again] == [(m.name, m.kind, m.side) for m in imported.masks]
        assert all(np.array_equal(a.mask, b.mask) for a, b in zip(again, imported.masks, strict=True))


def test_a_coarser_copy_keeps_volumes(case: tuple[Volume, Path], imported: volumes.Imported, tmp_path: Path) -> None:
    """Resampled by SimpleITK to other voxels and read back: volumes of large organs within 3 %."""
    volume, path = case
    image = sitk.ReadImage(str(path))
    size, spacing = image.GetSize(), image.GetSpacing()
    finer = sitk.Resample(
        image, [size[0] // 2, size[1] // 2, size[2] * 2], sitk.Transform(), sitk.sitkNearestNeighbor,
        image.GetOrigin(), [spacing[0] * 2, spacing[1] * 2, spacing[2] / 2], image.GetDirection(),
    )  # fmt: skip
    sitk.WriteImage(finer, str(tmp_path / "other.nii.gz"))

    again = volumes.read_volume_labels(tmp_path / "other.nii.gz", volume=volume)

    by_label = {int(mask.method.split()[2]): mask for mask in again.masks}
    for mask in imported.masks:
        if np.count_nonzero(mask.mask) > 50_000:
            other = by_label[int(mask.method.split()[2])]
            assert np.count_nonzero(other.mask) == pytest.approx(np.count_nonzero(mask.mask), rel=0.03), mask.name
            assert other.name.startswith("Label ")  # SimpleITK drops the names
            assert "resampled by volume from 1.953 × 1.953 × 1 mm" in other.method
