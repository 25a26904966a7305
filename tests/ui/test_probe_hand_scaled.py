"""Does a dragged probe go as far as the hand, in slices and in 3-D, at 100 and 200 % screen scaling?

The scale factor is read when Qt starts, so each one is a process of its own. It drags by a known number of logical
pixels and prints where the saved plan has the probe, and how many millimetres a pixel is.
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

PROGRAM = """
import json, tempfile, time
from pathlib import Path
from PySide6.QtCore import QPoint
from planner.rendering.scene3d import ViewFrom
from planner.ui.app import make_application
from planner.ui.scene.scene_view import SceneView
from tests.ui.probe_hands import Hands, drag, pixel
from tests.ui.test_scene_hand import at, seen_px

app = make_application()

class Bot:
    def addWidget(self, widget):
        pass

answers = {}
with tempfile.TemporaryDirectory() as folder:
    hands = Hands(Bot(), Path(folder))
    axial = hands.view("axial", (501, 387))
    start = pixel(axial, (0.0, -30.0, 0.0))
    drag(axial, start, start + QPoint(30, -12))
    app.processEvents()
    ratio, mm = axial.devicePixelRatioF(), axial.plane.mm_per_px
    answers["slice"] = {"mm": mm, "entry": hands.probe.entry_lps_mm, "ratio": ratio}
    hands.session.undo()
    axial.close()
    hands.views.clear()
    scene = SceneView(session=hands.session, view=hands.state)
    hands.session.subscribe(lambda _: scene.refresh())
    scene.resize(461, 419)
    scene.show()

    def settle():
        scene.refresh()
        end = time.monotonic() + 30
        while not (scene.is_complete and scene._image is not None) and time.monotonic() < end:
            scene.grab()
            app.processEvents()
            time.sleep(0.01)

    settle()
    scene.look_from(ViewFrom.LEFT)
    settle()
    drawn = {mark.name: mark.centre_px for mark in scene.primitives() if getattr(mark, "name", "") == "P1 tip"}
    place, per_mm = seen_px(scene, (0.0, 0.0, 0.0))
    start = at(scene, (0.0, 0.0, 0.0))
    drag(scene, start, start + QPoint(22, 16))
    answers["scene"] = {
        "mm": 1 / per_mm, "tip": hands.probe.tip_lps_mm, "place": list(place), "drawn": drawn["P1 tip"],
        "picture": scene._image.width(),
    }
    scene.release()
    scene.close()
    hands.session.close()
print(json.dumps(answers))
"""


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_a_probe_goes_as_far_as_the_hand(factor: float) -> None:
    environment = os.environ | {
        "QT_SCALE_FACTOR": str(factor),
        "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    seen = answers["slice"]
    assert seen["ratio"] == factor
    hand = np.array([30 * seen["mm"], -30.0 - 12 * seen["mm"], 0.0])
    assert seen["entry"] == pytest.approx(hand * -30.0 / hand[1], abs=0.02), "on the front of the body, y = −30 mm"
    space = answers["scene"]
    assert space["picture"] == round(461 * factor)
    assert space["drawn"] == pytest.approx(space["place"], abs=0.1)
    assert space["tip"] == pytest.approx((0.0, 22 * space["mm"], -16 * space["mm"]), abs=1e-6)
