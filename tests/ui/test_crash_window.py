"""Does a window that was killed lose nothing, and does the next one say so? A real process and SIGKILL (H-21, H-35)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import QSettings

from planner.persistence.planfile import PlanFile
from planner.services.history import History

EDITS = 34
_WORKS = f"""
import sys, time
from pathlib import Path
from PySide6.QtCore import QSettings
from planner.persistence.blobs import BlobStore
from planner.services.commands import RenamePlan
from planner.ui.app import make_application, make_window
from planner.ui.desk import AppServices
from tests.ui.conftest import SmallCase

home = Path(sys.argv[1])
app = make_application()
blobs = BlobStore(home / "blobs")
blobs.folder.mkdir()


class Idle:
    def submit(self, request, *, on_done, on_failed, on_progress=None, on_partial=None):
        return self

    def cancel(self):
        pass


window = make_window(
    AppServices(blobs, lambda _dispatch: Idle(), home / "plans"),
    settings=QSettings(str(home / "window.ini"), QSettings.Format.IniFormat),
)
window.show()
case = SmallCase(blobs)
(home / "plans").mkdir()
case.session.keep_in(home / "plans" / "T8 right.frostline", source_folder="/nowhere")
window.desk.open(case.session, case.shared)
for n in range({EDITS}):
    window.desk.apply(RenamePlan(f"T8 right {{n}}"))
    app.processEvents()
print("made", flush=True)
while True:
    app.processEvents()
    time.sleep(0.01)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_H_21_H_35_a_killed_window_is_told_by_the_next_one_with_every_edit_kept(app, no_leaks, tmp_path, qtbot):
    del no_leaks
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", _WORKS, str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline().strip() == "made"
        killed.kill()

    from planner.persistence.blobs import BlobStore
    from planner.ui.app import make_window
    from planner.ui.desk import AppServices
    from tests.ui.conftest import RecordingRunner

    blobs = BlobStore(tmp_path / "new blobs")
    blobs.folder.mkdir()
    services = AppServices(blobs, lambda _dispatch: RecordingRunner(), tmp_path / "plans")
    window = make_window(services, settings=QSettings(str(tmp_path / "new.ini"), QSettings.Format.IniFormat))
    window.show()
    try:
        window.offer_recovery()
        sentence = window.banners.sentence_of("RECOVERED")
        # The name is the one of the record made when the plan was opened; the edits are counted in file and mark.
        assert re.fullmatch(
            rf"“.+” closed unexpectedly at \d\d:\d\d:\d\d( on [\d-]+)?\. {EDITS} of {EDITS} edits are kept\.", sentence
        ), sentence
        qtbot.waitUntil(lambda: not window.recents.is_busy and bool(window.recents.rows))
        (row,) = window.recents.rows
        assert (row.state.word, row.record.name) == ("RECOVERED", f"T8 right {EDITS - 1}")
    finally:
        window.close()
        window.deleteLater()
        app.processEvents()
    file = PlanFile.open(tmp_path / "plans" / "T8 right.frostline")
    history = History.replay(file.steps())
    file.close()
    undone = 0
    while history.undo():
        undone += 1
    assert undone == EDITS
