"""Views of a small made-up case, without the window round them, and a hand to move over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, Side, point
from planner.domain.identity import PatientIdentity, PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.rendering.plane import Orientation
from planner.services.history import History
from planner.services.session import Session
from planner.ui.slices.slice_view import SliceView
from planner.ui.slices.stand import StandardStand
from planner.ui.view_state import ViewState

if TYPE_CHECKING:
    from pathlib import Path

AXES = {
    "head first": np.eye(3),
    "feet first": np.diag([1.0, -1.0, -1.0]),
    "on the side": np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]),
}
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


def make_session(folder: Path, axes: np.ndarray) -> Session:
    shape, spacing = (40, 64, 72), (1.5, 1.25, 2.0)
    half = axes * np.array(spacing) @ ((np.array(shape[::-1]) - 1) / 2)
    middle = np.array([10.0, -20.0, -300.0])
    grid = Grid.from_axes(shape, origin_lps_mm=middle - half, spacing_ijk_mm=spacing, direction=axes)
    hu = np.random.default_rng(7).integers(-100, 200, shape).astype(np.int16)
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.1", "1.2", "1.3", series_label="3 · Test 2.0 mm")
    blobs = BlobStore(folder)
    mask = np.zeros(shape, dtype=bool)
    mask[10:30, 20:40, 20:50] = True
    plan = Plan(
        PlanId("plan"),
        "Test",
        ref,
        structures=(Structure(StructureId("s"), "Block", StructureKind.LIVER, blobs.put(mask), StructureOrigin.DRAWN),),
        targets=(
            Target(
                TargetId("t"),
                "Nerve",
                "intercostal",
                Side.LEFT,
                NerveCurve(tuple(point(middle + np.array(p)) for p in ((-10.0, 12, 0), (0, 14, 2), (12, 12, 0)))),
            ),
        ),
        probes=(
            ProbePlacement(
                ProbeId("p"),
                "P1",
                "demo",
                point(middle + np.array([20.0, 20, 0])),
                point(middle + np.array([-5.0, 2, 0])),
            ),
        ),
    )
    volume = Volume(ref, hu)
    identity = PatientIdentity(patient_name="DOE^JANE", patient_id="42")
    return Session(blobs=blobs, volume=volume, identity=identity, history=History(plan))


class Desk:
    """Views of one session, kept fresh as the window does it."""

    def __init__(self, qtbot, session: Session) -> None:
        self.qtbot, self.session, self.state = qtbot, session, ViewState()
        self.state.reset(session.volume.ref, session.volume.grid.centre_lps_mm)
        self.views: list[SliceView] = []
        session.subscribe(lambda _: [view.refresh() for view in self.views])

    def view(self, orientation: Orientation = Orientation.AXIAL, size: tuple[int, int] = (500, 400)) -> SliceView:
        view = SliceView(StandardStand(orientation), session=self.session, view=self.state)
        view.resize(*size)
        self.qtbot.addWidget(view)
        view.show()
        self.views.append(view)
        return view

    def drag(self, view: SliceView, start, end, button=LEFT, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        a, b = (QPoint(round(p[0]), round(p[1])) for p in (start, end))
        self.qtbot.mousePress(view, button, modifier, a)
        for share in (0.3, 0.6, 1.0):
            at = a + (b - a) * share
            send_move(view, at, button, modifier)
        self.qtbot.mouseRelease(view, button, modifier, b)


def send_move(view: SliceView, at: QPoint, button, modifier) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    where = QPointF(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, view.mapToGlobal(where), Qt.MouseButton.NoButton, button, modifier
    )
    QApplication.sendEvent(view, event)


def wheel(view: SliceView, delta: int, modifier=Qt.KeyboardModifier.NoModifier, at: QPointF | None = None) -> None:
    from PySide6.QtWidgets import QApplication

    where = at or QPointF(view.rect().center())
    event = QWheelEvent(
        where,
        view.mapToGlobal(where),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
