"""Is the voxel that is clicked the voxel that is meant, at 100, 150 and 200 % screen scaling?

The scale factor is read when Qt starts, so each one is a process of its own. It finds one bright voxel in the grabbed
picture, in device pixels, clicks there, and prints where the crosshair went.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.ui

VOXEL_IJK, SPACING_MM, ORIGIN_LPS_MM = (41, 17, 9), (0.9, 0.7, 2.5), (-31.0, 12.0, -480.0)

PROGRAM = """
import json, sys, tempfile
from pathlib import Path
import numpy as np
from PySide6.QtCore import QPointF, QEvent, Qt
from PySide6.QtGui import QMouseEvent
from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, point
from planner.domain.identity import PatientIdentity, PlanId
from planner.domain.plan import Plan
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.rendering.plane import Orientation
from planner.services.history import History
from planner.services.session import Session
from planner.ui.app import make_application
from planner.ui.slices.slice_view import SliceView
from planner.ui.slices.stand import StandardStand
from planner.ui.view_state import ViewState

voxel, spacing, origin = json.loads(sys.argv[1])
app = make_application()
grid = Grid.from_axes((20, 60, 70), origin_lps_mm=origin, spacing_ijk_mm=spacing)
hu = np.full(grid.shape_kji, -1000, np.int16)
hu[voxel[2], voxel[1], voxel[0]] = 3000
ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
answers = {}
with tempfile.TemporaryDirectory() as folder:
    plan = Plan(PlanId("p"), "Dot", ref)
    session = Session(
        blobs=BlobStore(Path(folder)), volume=Volume(ref, hu), identity=PatientIdentity(), history=History(plan)
    )
    for orientation in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL):
        state = ViewState()
        state.reset(ref, grid.centre_lps_mm)
        for flag in ("show_crosshair", "show_text"):
            state.set_flag(flag, on=False)
        view = SliceView(StandardStand(orientation), session=session, view=state)
        view.resize(501, 387)
        view.show()
        app.processEvents()
        # Through the dot's slice, but not at the dot.
        state.set_crosshair(point(grid.to_lps((voxel[0], voxel[1], voxel[2])) + 9.0 * np.array(view.plane.right_lps)))
        picture = view.grab().toImage()
        ratio = view.devicePixelRatioF()
        left, top = round(60 * ratio), round(70 * ratio)  # inside the letters and names
        columns, rows = range(left, picture.width() - left), range(top, picture.height() - top)
        grey = np.array([[picture.pixelColor(x, y).red() for x in columns] for y in rows])
        row, column = np.array(np.nonzero(grey > 200)).mean(axis=1) + (top + 0.5, left + 0.5)
        at = QPointF(column / ratio, row / ratio)
        for kind, buttons in (
            (QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton),
            (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
        ):
            event = QMouseEvent(
                kind, at, view.mapToGlobal(at), Qt.MouseButton.LeftButton, buttons, Qt.KeyboardModifier.NoModifier
            )
            app.sendEvent(view, event)
        answers[orientation.value] = {"ratio": ratio, "width": picture.width(), "lps": state.crosshair_lps_mm}
        view.close()
print(json.dumps(answers))
"""


@pytest.mark.parametrize("factor", [1.0, 1.5, 2.0])
def test_a_bright_voxel_is_read_back_within_half_a_voxel(factor: float) -> None:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": str(factor),
        "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    argument = json.dumps([VOXEL_IJK, SPACING_MM, ORIGIN_LPS_MM])
    command = [sys.executable, "-c", PROGRAM, argument]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    wanted = np.array(ORIGIN_LPS_MM) + np.array(VOXEL_IJK) * np.array(SPACING_MM)
    answers = json.loads(done.stdout.splitlines()[-1])
    assert set(answers) == {"axial", "coronal", "sagittal"}
    for name, answer in answers.items():
        assert answer["ratio"] == factor
        assert answer["width"] == round(501 * factor)
        away = np.abs(np.array(answer["lps"]) - wanted)
        assert (away <= np.array(SPACING_MM) / 2).all(), (name, away)
