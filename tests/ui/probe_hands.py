"""A hand over probes in the real window, and the plan as its file has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.history import History
from planner.ui.slices.slice_view import SliceView
from planner.ui.view_grid import stands
from planner.ui.view_state import ViewState
from tests.ui.conftest import SmallCase

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.services.session import Session

LEFT = Qt.MouseButton.LeftButton
PLAIN, SHIFT, ALT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)


class Hands:
    """Slices of the small case without the window round them, kept in a file, refreshed as the window does it."""

    def __init__(self, qtbot, folder: Path) -> None:
        blobs = BlobStore(folder / "blobs")
        blobs.folder.mkdir()
        self.folder, self.qtbot = folder, qtbot
        self.session = SmallCase(blobs).session
        self.session.keep_in(folder / "kept.frostline", source_folder="somewhere")
        self.state = ViewState()
        self.state.reset(self.session.volume.ref, (0.0, 0.0, 0.0))
        self.views: dict[str, SliceView] = {}
        self.said: list[str] = []
        self.refused: list[str] = []
        self.session.subscribe(lambda _: [view.refresh() for view in self.views.values()])

    def view(self, name: str, size: tuple[int, int] = (520, 420)) -> SliceView:
        made = SliceView(stands()[name], session=self.session, view=self.state)
        made.resize(*size)
        self.qtbot.addWidget(made)
        made.said.connect(self.said.append)
        made.refused.connect(lambda error: self.refused.append(str(error)))
        made.show()
        self.views[name] = made
        return made

    @property
    def saved(self) -> Plan:
        """The plan in the file."""
        return saved_plan(self.session, self.folder)

    @property
    def probe(self) -> ProbePlacement:
        """The first probe of the plan in the file."""
        return self.saved.probes[0]


def saved_plan(session: Session, folder: Path) -> Plan:
    """The plan as its file has it, read from a copy: the window holds the file itself."""
    copy = folder / f"copy-{len(list(folder.iterdir()))}.frostline"
    session.save_copy(copy)
    file = PlanFile.open(copy)
    try:
        return History.replay(file.steps()).plan
    finally:
        file.close()


def move(widget: QWidget, at: QPoint, modifier=PLAIN, buttons=LEFT) -> None:
    where = QPointF(at)
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, widget.mapToGlobal(where), Qt.MouseButton.NoButton, buttons, modifier
    )
    QApplication.sendEvent(widget, event)


def hold(widget: QWidget, start: QPoint, end: QPoint, modifier=PLAIN) -> None:
    """Press at the start and go to the end; the button stays down."""
    QTest.mousePress(widget, LEFT, modifier, start)
    for share in (0.25, 0.5, 0.75):
        move(widget, start + (end - start) * share, modifier)
    move(widget, end, modifier)


def drag(widget: QWidget, start: QPoint, end: QPoint, modifier=PLAIN) -> None:
    hold(widget, start, end, modifier)
    QTest.mouseRelease(widget, LEFT, modifier, end)


def pixel(view, lps_mm) -> QPoint:
    """The nearest whole pixel to a point of the patient in a slice."""
    x, y = view.plane.to_px(lps_mm)
    return QPoint(round(float(x)), round(float(y)))
