"""Does a broken file of structures ever do more than be refused? Random damage to files of both DICOM forms."""

from __future__ import annotations

import warnings

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from planner.domain.digest import array_hash
from planner.domain.errors import PlannerError
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.segmentation import labelio

SHAPE = (3, 12, 14)
MUTANTS = 150


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A CT and both files made on it: (volume, segmentation, structure set)."""
    folder = tmp_path_factory.mktemp("sound")
    grid = Grid.from_axes(SHAPE, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 2))
    hu = np.zeros(SHAPE, np.int16)
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, str(study), str(series), str(frame))
    volume, files = Volume(ref, hu), []
    for k in range(SHAPE[0]):
        image = pydicom.Dataset()
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, generate_uid()
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = study, series, frame
        image.ImagePositionPatient, image.ImageOrientationPatient = [0, 0, 2 * k], [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.Rows, image.Columns = [1, 1], SHAPE[1], SHAPE[2]
        files.append(folder / f"{k}.dcm")
        image.save_as(files[-1], enforce_file_format=True)
    mask = np.zeros(SHAPE, dtype=bool)
    mask[:, 2:9, 3:11], mask[1, 4:6, 5:8] = True, False
    masks = [SegmentedMask("Liver", StructureKind.LIVER, None, mask, StructureOrigin.DRAWN, "")]
    for write, name in ((labelio.write_seg, "seg.dcm"), (labelio.write_rtstruct, "rt.dcm")):
        write(folder / name, volume=volume, ct_files=files, masks=masks, series_description="")
    return volume, (folder / "seg.dcm").read_bytes(), (folder / "rt.dcm").read_bytes()


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut, flip, insert, repeat or zero some bytes; mostly behind the preamble."""
    begin = int(rng.integers(128, len(data)))
    length = int(rng.choice([1, 2, 4, 16, 200]))
    middle = {
        0: lambda: b"",
        1: lambda: bytes(rng.integers(0, 256, length, dtype=np.uint8)),
        2: lambda: data[begin : begin + length] * 3,
        3: lambda: b"\xff" * length,
        4: lambda: bytes(length),
    }[int(rng.integers(0, 5))]()
    if rng.random() < 0.1:
        return data[:begin]
    return data[:begin] + middle + data[begin + (length if rng.random() < 0.7 else 0) :]


@pytest.mark.parametrize("which", [0, 1], ids=["segmentation", "structure set"])
def test_H_38_damage_is_refused_in_words_or_harmless(sound, which, tmp_path) -> None:
    volume, data = sound[0], sound[1 + which]
    read = (labelio.read_seg, labelio.read_rtstruct)[which]
    rng, refusals = np.random.default_rng(7 + which), []
    for _ in range(MUTANTS):
        path = tmp_path / "mutant.dcm"
        path.write_bytes(mutated(data, rng))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pydicom, about values that it still reads
            try:
                masks = read(path, volume=volume)
            except PlannerError as refusal:
                refusals.append(refusal)
            else:
                assert all(mask.mask.shape == SHAPE for mask in masks)
    assert refusals
    without_place = ("seg-planes-differ", "seg-planes-uneven")
    assert all(one.sentence and (one.where or one.code in without_place) for one in refusals)
