"""``frostline segment``: what it lists, compares and writes, and with which exit status it ends."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from planner.__main__ import main
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.segmentation.labelio.volumes import write_nifti, write_seg_nrrd
from planner.services.jobs import InlineRunner

_spec = importlib.util.spec_from_file_location("series_on_disk", Path(__file__).with_name("series_on_disk.py"))
truth = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(truth)

SHAPE = (truth.SLICES, truth.ROWS, truth.COLUMNS)
VOXEL_ML = truth.ROW_MM * truth.COLUMN_MM * truth.SLICE_MM / 1000


@pytest.fixture
def series(tmp_path):
    return truth.write_series(tmp_path / "ct")


@pytest.fixture
def volume():
    """The series' own grid, by its numbers alone."""
    spacing = (truth.COLUMN_MM, truth.ROW_MM, truth.SLICE_MM)
    grid = Grid.from_axes(SHAPE, origin_lps_mm=truth.FIRST_LPS_MM, spacing_ijk_mm=spacing)
    ref = VolumeRef("0" * 64, grid, PatientPosition.FFS, "1", "2", "3")
    return Volume(ref, np.zeros(SHAPE, np.int16))


@pytest.fixture
def in_children(capsys):
    def run(*words):
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def frostline(in_children, monkeypatch):
    class Inline(InlineRunner):
        def __init__(self, blobs, *, dispatch):
            del dispatch
            super().__init__(blobs)

        def close(self):
            pass

    monkeypatch.setattr("planner.workers.pool.ProcessPool", Inline)
    return in_children


def structure(name, kind, box, side=None):
    mask = np.zeros(SHAPE, bool)
    mask[box] = True
    return SegmentedMask(name, kind, side, mask, StructureOrigin.DRAWN, "drawn")


@pytest.fixture
def structures_file(volume, tmp_path):
    """A liver of 3 × 10 × 10 voxels and a left kidney of 2 × 5 × 4."""
    masks = [
        structure("Liver", StructureKind.LIVER, np.s_[1:4, 20:30, 5:15]),
        structure("Kidney, left", StructureKind.KIDNEY, np.s_[2:4, 31:36, 20:24], Side.LEFT),
    ]
    write_seg_nrrd(tmp_path / "made.seg.nrrd", volume=volume, masks=masks)
    return tmp_path / "made.seg.nrrd"


def test_structures_go_from_one_form_to_another_in_children(series, structures_file, in_children, tmp_path):
    status, out, err = in_children(
        "segment", series, "--import", structures_file, "--out", tmp_path / "out.nii.gz", "--json"
    )

    told = json.loads(out)
    assert (status, err) == (0, "")
    liver, kidney = told["structures"]
    assert (liver["name"], liver["kind"], liver["side"]) == ("Liver", "liver", None)
    assert liver["volume_ml"] == pytest.approx(300 * VOXEL_ML)
    assert liver["mean_hu"] == pytest.approx(40)
    assert (kidney["side"], kidney["confirmed"]) == ("left", False)
    assert kidney["volume_ml"] == pytest.approx(40 * VOXEL_ML)
    assert told["files"] == ["out.nii.gz"]
    assert any("no frame of reference" in note for note in told["notes"])


def test_the_table_against_a_reference(series, structures_file, volume, frostline, tmp_path):
    """The reference's liver is one slice of three; its two vessels have no partner."""
    masks = [
        structure("liver", StructureKind.LIVER, np.s_[1:2, 20:30, 5:15]),
        structure("Aorta", StructureKind.ARTERY, np.s_[:, 36:38, 14:16]),
    ]
    (reference,) = write_nifti(tmp_path / "reference.nii.gz", volume=volume, masks=masks)

    status, out, _ = frostline("segment", series, "--import", structures_file, "--reference", reference, "--json")
    told = json.loads(out)["reference"]

    assert status == 0
    liver, kidney = told["rows"]
    assert (liver["matched_by"], liver["against"]) == ("name", ["Liver"])
    assert liver["dice"] == pytest.approx(2 * 100 / 400)
    assert liver["recall"] == 1.0
    assert liver["precision"] == pytest.approx(1 / 3)
    assert kidney["dice"] is None
    assert told["not_compared"] == ["Aorta"]

    _, text, _ = frostline("segment", series, "--import", structures_file, "--reference", reference)
    assert "Liver         0.500   1.000      0.333  with Liver, by name" in text
    assert "Not compared: Aorta" in text
    assert "Nobody has confirmed these structures." in text


def test_automatic_structures_are_found_and_written(series, frostline, tmp_path, monkeypatch):
    found = (structure("Skin", StructureKind.SKIN, np.s_[:, 10:, :]),)
    monkeypatch.setattr("planner.segmentation.auto.segment", lambda *_, **__: found)

    status, out, _ = frostline("segment", series, "--auto", "--out", tmp_path / "meshes", "--form", "stl")

    assert status == 0
    assert "Written: Skin.stl" in out
    assert (tmp_path / "meshes" / "Skin.stl").is_file()


def test_nothing_found_is_a_negative_answer(series, frostline, monkeypatch):
    monkeypatch.setattr("planner.segmentation.auto.segment", lambda *_, **__: ())
    status, out, _ = frostline("segment", series, "--auto")
    assert status == 1
    assert "No structure was found." in out


def test_findings_are_accepted_by_name(tmp_path, structures_file, frostline):
    tilted = truth.write_series(tmp_path / "tilted", tilt_deg=10.0)
    status, out, _ = frostline("segment", tilted, "--import", structures_file, "--json")
    told = json.loads(out)
    assert status == 1
    assert not told["structures"]
    status, out, _ = frostline("segment", tilted, "--import", structures_file)
    assert status == 1
    assert "--accept gantry-tilt" in out
    status, out, _ = frostline("segment", tilted, "--import", structures_file, "--accept", "gantry-tilt")
    assert status == 0
    assert "gantry-tilt (accepted)" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say where structures come from"),
        (("--import", "gone.nrrd"), "There is no such file or folder"),
        (("--auto", "--out", "a.pdf"), "The ending says nothing of the form"),
        (("--auto", "--form", "VRML", "--out", "a"), "--form is one of DICOM SEG"),
        (("--auto", "--reference", "gone.nrrd"), "There is no such file or folder"),
        (("--totalsegmentator",), "TotalSegmentator is not installed"),
    ],
)
def test_what_cannot_work_ends_with_status_2_and_a_sentence(series, frostline, words, said, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    status, out, err = frostline("segment", series, *words)
    assert status == 2
    assert said in err
    assert out == ""
