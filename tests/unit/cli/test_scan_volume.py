"""Do ``frostline scan`` and ``frostline volume`` say what is there, in words and JSON, with the right exit status?"""

from __future__ import annotations

import importlib.util
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from planner.__main__ import main
from planner.services.jobs import InlineRunner

_spec = importlib.util.spec_from_file_location("series_on_disk", Path(__file__).with_name("series_on_disk.py"))
truth = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(truth)


@pytest.fixture
def series(tmp_path):
    folder = truth.write_series(tmp_path / "ct")
    (folder / "notes.txt").write_text("hello")
    return folder


@pytest.fixture
def in_children(capsys):
    """Function that runs a command with real child processes: (exit status, standard output, standard error)."""

    def run(*words):
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def frostline(in_children, monkeypatch):
    """The same in this process, for what does not depend on where the work is done."""

    class Inline(InlineRunner):
        def __init__(self, blobs, *, dispatch):
            del dispatch
            super().__init__(blobs)

        def close(self):
            pass

    monkeypatch.setattr("planner.workers.pool.ProcessPool", Inline)
    return in_children


def test_scan_as_json_holds_every_series_and_every_rejected_file(series, in_children) -> None:
    status, out, _ = in_children("scan", series, "--json")
    told = json.loads(out)
    assert status == 0
    assert (told["source"], told["files_read"], told["usable"], told["skipped"]) == (str(series), 6, 1, 0)
    (row,) = told["series"]
    assert row["series_instance_uid"] == truth.UID
    assert (row["verdict"], row["findings"], row["part"]) == ("READY", [], "")
    assert row["patient"] == {"name": "Hand^Made", "id": "H1", "sex": "F", "birth_date": "1961-02-03"}
    assert (row["images"], row["rows"], row["columns"]) == (5, 40, 30)
    assert row["spacing_ijk_mm"] == pytest.approx([0.5, 0.8, 2.5])
    assert row["extent_hf_mm"] == pytest.approx([-100, -90])
    assert [Path(part["path"]).name for part in row["slices"]] == ["f3", "f10", "f6", "f2", "f9"]
    assert told["rejected"] == [
        {
            "path": str(series / "notes.txt"),
            "code": "not-dicom",
            "message": "Not a DICOM file as it stands: its first mark (DICM) is missing. Export it again if it is one.",
        }
    ]


def test_scan_gives_findings_with_their_value_and_unit_and_status_1_when_nothing_is_usable(tmp_path, frostline) -> None:
    truth.write_series(tmp_path / "gap", leave_out=(2,))
    status, out, _ = frostline("scan", tmp_path / "gap", "--json")
    (row,) = json.loads(out)["series"]
    (finding,) = row["findings"]
    assert status == 1
    assert row["verdict"] == "NOT USABLE"
    assert (finding["code"], finding["severity"], finding["value"], finding["unit"]) == (
        "missing-slices",
        "refuse",
        5.0,
        "mm",
    )
    assert finding["message"].endswith(".")


def test_scan_in_words(series, frostline) -> None:
    status, out, _ = frostline("scan", series)
    assert status == 0
    lines = out.splitlines()
    assert lines[0] == "Hand, Made · H1 · F · 2026-01-02"
    assert lines[1] == "  READY: 4 · By hand · CT"
    assert "5 images · 30 × 40 · 0.5 × 0.8 × 2.5 mm · 2.5 mm thick" in lines[2]
    assert lines[3] == f"    UID {truth.UID}"
    why = "Not a DICOM file as it stands: its first mark (DICM) is missing. Export it again if it is one."
    assert f"  {series / 'notes.txt'}: {why}" in lines
    assert lines[-1] == "6 files, 1 series, 1 usable."


def test_a_name_that_is_no_text_is_printed_and_is_valid_json(series, frostline) -> None:
    Path(os.fsdecode(os.fsencode(series) + b"/caf\xe9 \xe2\x86\x92")).write_bytes(b"x")
    status, out, _ = frostline("scan", series)
    assert status == 0
    assert "caf\\udce9 →: Not a DICOM file" in out
    status, out, _ = frostline("scan", series, "--json")
    assert status == 0
    names = [os.path.basename(item["path"]) for item in json.loads(out)["rejected"]]  # noqa: PTH119
    assert names == ["caf\udce9 →", "notes.txt"]


def test_scan_takes_several_paths_and_refuses_what_is_not_there_with_status_2(series, tmp_path, frostline) -> None:
    other = truth.write_series(tmp_path / "other", uid="1.2.826.0.2.1")
    status, out, _ = frostline("scan", series / "f3", other, "--json")
    told = json.loads(out)
    assert status == 0
    assert (told["source"], told["files_read"]) == (str(tmp_path), 6)
    assert sorted(row["verdict"] for row in told["series"]) == ["NOT USABLE", "READY"]
    status, out, err = frostline("scan", tmp_path / "absent")
    assert (status, out) == (2, "")
    assert "no such file or folder" in err
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(64 * 1024**2))
    status, out, err = frostline("scan", bomb, "--json")
    assert (status, out) == (2, "")
    assert "more than 100 times its size" in err


def test_volume_prints_geometry_hash_and_hu_as_written_by_hand(series, tmp_path, in_children) -> None:
    x, y, z = truth.FIRST_LPS_MM
    i, j, k = truth.BONE_IJK
    bone = (x + 0.5 * i, y + 0.8 * j, z + 2.5 * k)
    near = (bone[0] + 0.2, bone[1] - 0.3, bone[2] + 1.0)
    words = [f"--at={bone[0]},{bone[1]},{bone[2]}", "--at", ",".join(map(str, near)), "--at", f"{x},{y},{z}"]
    archive = tmp_path / "ct.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for path in sorted(series.iterdir()):
            out.write(path, path.name)
    for source in (series, archive):
        status, said, _ = in_children("volume", source, "--series", truth.UID, *words, "--at", "0 0 0", "--json")
        assert status == 0
        told = json.loads(said)
        volume = told["volume"]
        assert volume["size_ijk"] == [30, 40, 5]
        assert volume["spacing_ijk_mm"] == pytest.approx([0.5, 0.8, 2.5])
        assert volume["origin_lps_mm"] == pytest.approx([x, y, z])
        assert volume["direction"] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        matrix = [[0.5, 0, 0, x], [0, 0.8, 0, y], [0, 0, 2.5, z], [0, 0, 0, 1]]
        assert np.abs(np.array(volume["index_to_lps"]) - matrix).max() < 1e-9
        assert volume["pixel_hash"] == truth.pixel_hash()
        assert (volume["patient_position"], volume["padded_voxels"], volume["notes"]) == ("FFS", 1, [])
        assert [(p["status"], p["hu"], p["index_ijk"]) for p in told["points"]] == [
            ("inside", 1234, [3, 7, 2]),
            ("inside", 1234, [3, 7, 2]),
            ("padding", None, [0, 0, 0]),
            ("outside", None, None),
        ]
        assert told["points"][0]["distance_mm"] == pytest.approx(0, abs=1e-9)
        assert told["points"][1]["distance_mm"] == pytest.approx((0.2**2 + 0.3**2 + 1) ** 0.5)


def test_volume_in_words(series, frostline) -> None:
    status, out, _ = frostline("volume", series, "--at", "-6,16.85,-95", "--at", "900,0,0", "--at", "-7.5,11.25,-100")
    assert status == 0
    assert "  Size i × j × k     30 × 40 × 5, int16" in out
    assert "  Origin (LPS)       -7.5000, 11.2500, -100.0000 mm" in out
    assert "  Direction j        0.000000, 1.000000, 0.000000" in out
    assert "  At -6.00, 16.85, -95.00 mm: 1234 HU (voxel 3, 7, 2, its centre 0.00 mm away)" in out
    assert "  At 900.00, 0.00, 0.00 mm: outside the scan" in out
    assert "  At -7.50, 11.25, -100.00 mm: padding, no measurement" in out


def test_H_03_a_tilted_series_is_loaded_only_when_its_finding_is_accepted_by_name(tmp_path, frostline) -> None:
    folder = truth.write_series(tmp_path / "tilted", tilt_deg=10)
    status, out, _ = frostline("volume", folder, "--accept", "spacing-thick", "--json")
    told = json.loads(out)
    assert (status, told["volume"], told["accepted"]) == (1, None, [])
    (finding,) = told["findings"]
    assert (finding["code"], finding["severity"], finding["unit"]) == ("gantry-tilt", "acknowledge", "°")
    assert finding["value"] == pytest.approx(10, abs=0.01)
    status, out, _ = frostline("volume", folder)
    assert status == 1
    assert out.splitlines()[-1].endswith("add --accept gantry-tilt")
    status, out, _ = frostline("volume", folder, "--accept", "gantry-tilt", "--json")
    told = json.loads(out)
    assert (status, told["accepted"]) == (0, ["gantry-tilt"])
    assert told["volume"]["size_ijk"][2] == 5


def test_volume_refuses_what_the_gate_refuses_and_what_is_not_named_clearly(series, tmp_path, frostline) -> None:
    folder = truth.write_series(tmp_path / "gap", leave_out=(2,))
    status, out, _ = frostline("volume", folder, "--series", truth.UID, "--accept", "missing-slices")
    assert status == 1
    assert "Not loaded: it is refused for the reason above." in out
    truth.write_series(series / "second", uid="1.2.826.0.2.1")
    status, out, err = frostline("volume", series)
    assert (status, out) == (2, "")
    assert f"--series must name one of 1.2.826.0.1.9, 1.2.826.0.2.1" in err  # noqa: F541
    status, _, err = frostline("volume", series, "--series", "9.9")
    assert status == 2
    assert "--series finds no usable CT series" in err
    with pytest.raises(SystemExit) as refusal:
        frostline("volume", series, "--at", "1,2")
    assert refusal.value.code == 2
