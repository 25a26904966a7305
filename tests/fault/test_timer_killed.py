"""Does a freeze go on after the program was killed in the middle of it? A real program, real presses, SIGKILL."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import zlib

import pytest

from planner.casebook.freeze_clock import timer_state
from planner.casebook.library import CaseLibrary
from tests.unit.casebook.freeze_case import s

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
PROGRAM = """
import os, pathlib, signal, sys
from PySide6.QtTest import QTest
from planner.ui.app import make_application
from tests.ui.timer_bench import TimerBench
from tests.unit.casebook.freeze_case import TWO_FREEZES
app = make_application()
QTest.qWaitForWindowActive = lambda *_: True  # off screen no window manager makes it active
timer = TimerBench(pathlib.Path(sys.argv[1]), TWO_FREEZES)
timer.click(timer.page.keys.primary)
timer.passes(8, 12)
timer.click(timer.page.keys.primary)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_H_33_a_killed_timer_has_every_press_and_goes_on(tmp_path):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    library = CaseLibrary(tmp_path / "cases")
    (row,) = library.rows()
    made = row.case.procedures[0]
    (lane,) = timer_state(made, now_s=s(9)).lanes
    assert (lane.name, lane.elapsed_s, lane.left_s) == ("Passive thaw 1 of 2", 48, 132)
    # The same, read from the file without any code of ours.
    with sqlite3.connect(library.path) as connection:
        kept = connection.execute("SELECT label, data FROM revision ORDER BY n").fetchall()
    connection.close()
    assert [label for label, _ in kept][1:] == ["start freeze 1 of 2", "start passive thaw 1 of 2"]
    last = json.loads(zlib.decompress(kept[-1][1]))
    times = [(phase["started_at"], phase["ended_at"]) for phase in last["procedures"][0]["phases"]]
    assert times == [("2026-11-23T10:02:11Z", "2026-11-23T10:10:23Z"), ("2026-11-23T10:10:23Z", "")]
