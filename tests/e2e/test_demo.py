"""The demonstration without a window: everything a reader of the README is promised, and the job that repeats it."""

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter

import pydicom
import pytest

PATIENCE_S = 280


def frostline(*words):
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "planner", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment)


def numbers(folder):
    checks = json.loads((folder / "assessment.json").read_text())["checks"]
    return [(c["subject_name"], c["quantity"], c["verdict"], c["value"]) for c in checks]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return the command's result and its folder."""
    out = tmp_path_factory.mktemp("demo")
    return frostline("demo", "--case", "chest-wall", "--out", out, "--no-range"), out


def test_the_demo_leaves_what_it_promises_and_its_job_repeats_it(demo, tmp_path):
    done, out = demo
    assert done.returncode == 0, done.stderr
    promised = {"plan.frostline", "plan.json", "report.pdf", "assessment.json", "job.json", "dicom", "window-dark.png"}
    assert promised <= {path.name for path in out.iterdir()}
    assert "FAIL" not in done.stdout
    repeated = frostline("run", out / "job.json", "--out", tmp_path, "--no-range")
    assert repeated.returncode == 0, repeated.stderr
    assert numbers(tmp_path) == numbers(out)


def test_H_12_a_kept_plan_is_reported_again_on_its_own_ct_wherever_that_is(demo, tmp_path):
    _, out = demo
    plan = tmp_path / "plan.frostline"
    shutil.copy(out / "plan.frostline", plan)
    before = plan.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(out / "dicom" / "ct", elsewhere)
    again = tmp_path / "again"
    done = frostline("report", plan, "--out", again, "--dicom", elsewhere)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in again.iterdir()} >= {"report.pdf", "plan.json", "assessment.json"}
    assert numbers(again) == numbers(out)
    assert json.loads((again / "plan.json").read_text()) == json.loads((out / "plan.json").read_text())
    assert plan.read_bytes() == before
    for slice_file in sorted(elsewhere.iterdir())[:3]:
        slice_file.unlink()
    cut = frostline("report", plan, "--out", tmp_path / "cut", "--dicom", elsewhere)
    assert cut.returncode == 2
    assert not (tmp_path / "cut" / "report.pdf").exists()
    nowhere = frostline("report", plan, "--out", tmp_path / "none", "--dicom", tmp_path / "again")
    assert nowhere.returncode == 2
    assert "The CT of this plan is not in this folder" in nowhere.stderr


def test_a_kept_plan_leaves_for_other_systems(demo, tmp_path):
    _, out = demo
    plan = tmp_path / "plan.frostline"
    shutil.copy(out / "plan.frostline", plan)
    flags = ("--encapsulated-pdf", "--sr", "--seg", "--rtstruct", "--stl", "--ply", "--csv", "--json", "--pdf")
    words = ("--out", tmp_path / "sent", "--dicom", out / "dicom" / "ct", "--no-range")
    done = frostline("export", plan, *words, *flags, "--markups", "--isotherm-seg")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "sent").iterdir()}
    objects = {"report.dcm", "measurements.dcm", "structures.seg.dcm", "structures.rtstruct.dcm", "isotherms.seg.dcm"}
    others = {"ice_0C.stl", "ice_0C.ply", "probe_1.stl", "assessment.csv", "exposure.csv", "plan.json", "report.pdf"}
    assert objects | others | {"probe_1.mrk.json", "target_1_treated.mrk.json"} <= names
    checks = json.loads((out / "assessment.json").read_text())["checks"]
    with (tmp_path / "sent" / "assessment.csv").open(newline="", encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    assert [row["verdict"] for row in rows] == [check["verdict"] for check in checks]
    sent = Counter(_numbers(pydicom.dcmread(tmp_path / "sent" / "measurements.dcm")))
    assert Counter(check["value"] for check in checks if check["value"] is not None) <= sent  # and figures beside them
    study = {str(pydicom.dcmread(tmp_path / "sent" / name).StudyInstanceUID) for name in objects}
    assert study == {str(pydicom.dcmread(next((out / "dicom" / "ct").iterdir())).StudyInstanceUID)}
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    for name in objects:
        check = subprocess.run(["dciodvfy", tmp_path / "sent" / name], capture_output=True, text=True, check=False)
        lines = (check.stdout + check.stderr).splitlines()
        assert [line for line in lines if line.startswith("Error")] == [], name


def _numbers(item):
    for child in item.get("ContentSequence", []):
        if child.ValueType == "NUM":
            yield float(child.MeasuredValueSequence[0].FloatingPointValue)
        yield from _numbers(child)


def test_a_kept_plan_is_sent_to_an_archive_by_name(demo, tmp_path):
    if shutil.which("storescp") is None:
        pytest.skip("storescp (Debian package dcmtk) is not installed")
    _, out = demo
    plan, taken, archives = tmp_path / "plan.frostline", tmp_path / "taken", tmp_path / "archives.json"
    shutil.copy(out / "plan.frostline", plan)
    taken.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    entry = {"name": "Archive", "host": "127.0.0.1", "port": port, "ae_title": "STORESCP"}
    archives.write_text(json.dumps({"schema": 1, "about": "test", "archives": [entry]}))
    nobody = frostline("send", "--test", "--to", "archive", "--archives", archives)
    assert nobody.returncode == 2
    assert "does not answer" in nobody.stderr
    archive = subprocess.Popen(["storescp", "--output-directory", taken, str(port)])
    try:
        words = (plan, "--to", "archive", "--archives", archives, "--dicom", out / "dicom" / "ct")
        done = frostline("send", *words)
    finally:
        archive.kill()
        archive.wait()
    assert done.returncode == 0, done.stderr
    assert "2 objects have arrived at Archive" in done.stdout
    kinds = sorted(pydicom.dcmread(path).Modality for path in taken.iterdir())
    assert kinds == ["DOC", "SR"]
