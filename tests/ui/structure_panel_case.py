"""Four structures in the small case, and hands for the panel that lists them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.geometry import Side
from planner.domain.identity import StructureId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.services.structure_commands import AddStructures
from planner.ui.panels.structure_list import eye_box
from planner.ui.steps import WorkStep

LEFT = Qt.MouseButton.LeftButton
# The small case: x = −49 + 2i, y = −39 + 2j, z = −29 + 2k; the body fills |y| < 30.
BOXES = {
    "Bone": (StructureKind.BONE, (slice(4, 20), slice(25, 30), slice(20, 30))),
    "Aorta": (StructureKind.ARTERY, (slice(0, 30), slice(20, 24), slice(30, 34))),
    "Kidney, left": (StructureKind.KIDNEY, (slice(10, 14), slice(18, 22), slice(40, 44))),
}


def open_panel(planned, case, qtbot):
    """Return the panel with four unconfirmed structures, counted."""
    made = []
    for name, (kind, box) in BOXES.items():
        mask = np.zeros((30, 40, 50), dtype=bool)
        mask[box] = True
        side = Side.LEFT if "left" in name else None
        ref = case.blobs.put(mask)
        made.append(Structure(StructureId(name), name, kind, ref, StructureOrigin.AUTOMATIC, side, "threshold 300 HU"))
    planned.desk.apply(AddStructures(tuple(made)))
    planned.resize(1920, 1080)
    planned.go_to_step(WorkStep.STRUCTURES)
    found = planned.plan.pages[WorkStep.STRUCTURES]
    qtbot.waitUntil(lambda: all(row.volume_ml is not None for row in found.list.model().rows))
    planned.grab()
    return found


def rows(panel):
    return panel.list.model().rows


def place(panel, at):
    return panel.list.visualRect(panel.list.model().index(at))


def press(panel, at, *, modifier=Qt.KeyboardModifier.NoModifier, on_eye=False):
    row = place(panel, at)
    where = eye_box(row).center() if on_eye else row.topLeft() + QPoint(70, 14)
    QTest.mouseClick(panel.list.viewport(), LEFT, modifier, where)


def structures(panel):
    return panel.desk.session.plan.structures


def by_name(panel, name):
    return next(s for s in structures(panel) if s.name == name)
