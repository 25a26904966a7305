"""``frostline run`` as a user runs it: real CT in, files out, and every refusal in one sentence."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pypdf
import pytest

from planner.persistence.planfile import PlanFile

JOBS = Path(__file__).parent / "jobs"
FILES = {"plan.frostline", "plan.json", "report.pdf", "assessment.json"}
PATIENCE_S = 240


def frostline(*words, **options):
    command = [sys.executable, "-W", "error", "-m", "planner", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, **options)


def job_on(shared_data, tmp_path, name, **places):
    """Write a job file whose folders point at the shared data."""
    text = (JOBS / f"{name}.json").read_text()
    for word, place in places.items():
        text = text.replace(f'"{word}"', json.dumps(str(shared_data / place)))
    path = tmp_path / f"{name}.json"
    path.write_text(text)
    return path


def report_text(folder):
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(folder / "report.pdf").pages)
    return text.replace("\N{NO-BREAK SPACE}", " ")  # no line ends inside a quantity


def stl_points(path):
    data = path.read_bytes()
    count = int(np.frombuffer(data[80:84], "<u4")[0])
    rows = np.frombuffer(data[84:], np.dtype([("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")]), count)
    return rows["c"].reshape(-1, 3)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "words", "sign"),
    [("intercostal_right", "Right intercostal nerve T8", -1), ("intercostal_left", "Left intercostal nerve T8", 1)],
)
def test_a_feet_first_thorax_keeps_its_sides(shared_data, tmp_path, name, words, sign):
    job = job_on(shared_data, tmp_path, name, thorax="thorax_lidc0314")
    done = frostline("run", job, "--out", tmp_path / "out")
    assert done.returncode in (0, 1), done.stderr
    out = tmp_path / "out"
    written = {path.name for path in out.iterdir()}
    assert written >= FILES
    assert not [name for name in written if name.startswith(".")]
    ice = stl_points(out / "ice_0C.stl")
    assert np.sign(ice[:, 0]).min() == np.sign(ice[:, 0]).max() == sign
    plan = json.loads((out / "plan.json").read_text())
    tip = np.array(plan["probes"][0]["tip_lps_mm"])
    assert np.linalg.norm(ice - tip, axis=1).min() < 20
    text = report_text(out)
    assert words in text.replace("\n", " ")
    assert "feet first" in text
    assert "not for clinical use" in text


@pytest.mark.real_data
def test_the_pelvis_is_judged_against_its_imported_structures(shared_data, tmp_path):
    job = job_on(
        shared_data,
        tmp_path,
        "pudendal_right",
        pelvis="abdomen_pelvis_ts/ct",
        **{"pelvis_seg.dcm": "abdomen_pelvis_ts/seg.dcm"},
    )
    done = frostline("run", job, "--out", tmp_path / "out")
    assert done.returncode in (0, 1), done.stderr
    checks = json.loads((tmp_path / "out" / "assessment.json").read_text())["checks"]
    judged = {check["subject_name"] for check in checks}
    assert any("hip" in name.lower() for name in judged), judged
    kept = PlanFile.open(tmp_path / "out" / "plan.frostline")
    try:
        assert {s.origin.value for s in kept.steps()[-1].plan.structures} == {"imported", "automatic"}
    finally:
        kept.close()
    attached = pypdf.PdfReader(tmp_path / "out" / "report.pdf").attachments["plan.json"][0]
    assert json.load(io.BytesIO(attached)) == json.loads((tmp_path / "out" / "plan.json").read_text())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"spacing_mm": 3}, "spacing_mm"),
        ({"protokoll": {}}, "protokoll"),
        (
            {"targets": [{"atlas_id": "intercostal", "side": "links", "course": {"points_lps_mm": []}}]},
            "targets[0].side",
        ),
        (
            {"probes": [{"model_id": "generic-17g-short", "entry_lps_mm": [0, 0], "tip_lps_mm": [0, 0, 9]}]},
            "probes[0].entry_lps_mm",
        ),
    ],
)
def test_bad_input_is_one_sentence_with_file_and_field_and_exit_2(tmp_path, change, field):
    job = json.loads((JOBS / "intercostal_right.json").read_text()) | change
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(job))
    done = frostline("run", path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "broken.json" in done.stderr
    assert field in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_target_without_its_block_or_an_answer_is_refused_before_anything_is_read(tmp_path):
    job = json.loads((JOBS / "intercostal_right.json").read_text())
    del job["targets"][0]["acknowledged"]
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job))
    done = frostline("run", path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Right intercostal nerve T8: no diagnostic block is recorded." in done.stderr
    assert "targets[0].acknowledged" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_without_ct_is_refused_and_leaves_nothing(tmp_path):
    job = json.loads((JOBS / "intercostal_right.json").read_text())
    (tmp_path / "thorax").mkdir()
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job))
    done = frostline("run", path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "no usable CT series" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.real_data
@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to a child is POSIX")
def test_H_33_ctrl_c_leaves_nothing_half_written(shared_data, tmp_path):
    job = job_on(shared_data, tmp_path, "intercostal_right", thorax="thorax_lidc0314")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "planner", "run", str(job), "--out", str(out)]
    # A shell's background job ignores Ctrl-C and hands that on to its children; a handler is not handed on.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, before)
    while not out.exists() and running.poll() is None:
        time.sleep(0.05)
    os.kill(running.pid, signal.SIGINT)
    _, stderr = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 130, stderr
    assert list(out.iterdir()) == []


def test_the_schema_of_job_files_is_printed():
    done = frostline("run", "--schema")
    assert done.returncode == 0
    assert "Job" in json.loads(done.stdout)["$defs"]
