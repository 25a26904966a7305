"""The demonstration without a window: everything a reader of the README is promised, and the job that repeats it."""

import json
import os
import subprocess
import sys

PATIENCE_S = 280


def frostline(*words):
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "planner", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment)


def numbers(folder):
    checks = json.loads((folder / "assessment.json").read_text())["checks"]
    return [(c["subject_name"], c["quantity"], c["verdict"], c["value"]) for c in checks]


def test_the_demo_leaves_what_it_promises_and_its_job_repeats_it(tmp_path):
    out, again = tmp_path / "demo", tmp_path / "again"
    done = frostline("demo", "--case", "chest-wall", "--out", out)
    assert done.returncode == 0, done.stderr
    promised = {"plan.frostline", "plan.json", "report.pdf", "assessment.json", "job.json", "dicom", "window-dark.png"}
    assert promised <= {path.name for path in out.iterdir()}
    assert "FAIL" not in done.stdout
    repeated = frostline("run", out / "job.json", "--out", again)
    assert repeated.returncode == 0, repeated.stderr
    assert numbers(again) == numbers(out)
