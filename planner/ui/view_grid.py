"""Where are the pictures? Three slices and the 3-D view, four-up or one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from planner.rendering.plane import Orientation
from planner.ui.slices.slice_view import SliceView
from planner.ui.slices.stand import StandardStand

if TYPE_CHECKING:
    from planner.services.session import Change
    from planner.ui.desk import Desk

_ORDER = ("axial", "coronal", "sagittal", "scene")


class ViewGrid(QWidget):
    """Makes the views of the open session anew; the 3-D one last, so that slices never wait for VTK."""

    cursor_words = Signal(str)
    new_probe = Signal(object, object)
    new_nerve = Signal(object)
    new_body = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("viewGrid")
        self.setAccessibleName("Views")
        self._desk = desk
        self.views: dict[str, QWidget] = {}
        self.slices: list[SliceView] = []
        self._rows = QSplitter(Qt.Orientation.Vertical)
        self._upper, self._lower = QSplitter(), QSplitter()
        for splitter in (self._rows, self._upper, self._lower):
            splitter.setHandleWidth(2)
            splitter.setChildrenCollapsible(False)
        self._rows.addWidget(self._upper)
        self._rows.addWidget(self._lower)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._rows)
        desk.changed.connect(self._on_change)
        desk.view.changed.connect(self._on_view)

    def build(self) -> None:
        """Make the views of the session on the desk."""
        self.clear()
        session = self._desk.session
        if session is None:
            return
        for orientation in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL):
            made = SliceView(StandardStand(orientation), session=session, view=self._desk.view)
            made.cursor_moved.connect(self._read_out)
            made.new_probe.connect(self.new_probe)
            made.new_nerve.connect(self.new_nerve)
            made.new_body.connect(self.new_body)
            made.maximise_asked.connect(self._toggle_maximised)
            made.refused.connect(self._desk.refuse)
            made.installEventFilter(self)
            self.slices.append(made)
            self._put(orientation.value, made)
        space = QWidget()
        space.setObjectName("page")
        self._put("scene", space)
        self._show_layout()
        QTimer.singleShot(0, self._build_scene)

    def frame_plan(self) -> None:
        """Pan and zoom every view to the target, else to the first probe."""
        for view in self.views.values():
            if hasattr(view, "frame_plan"):
                view.frame_plan()

    def clear(self) -> None:
        """Take the views of the last session away."""
        for name, view in self.views.items():
            if name == "scene" and hasattr(view, "release"):
                view.release()
            view.hide()
            view.setParent(None)
            view.deleteLater()
        self.views.clear()
        self.slices.clear()

    def _put(self, name: str, view: QWidget) -> None:
        self.views[name] = view
        (self._upper if name in ("axial", "coronal") else self._lower).addWidget(view)

    def _build_scene(self) -> None:
        session = self._desk.session
        space = self.views.get("scene")
        if session is None or space is None or space.objectName() != "page":
            return
        from planner.ui.scene.scene_view import SceneView

        scene = SceneView(session=session, view=self._desk.view)
        if hasattr(scene, "maximise_asked"):
            scene.maximise_asked.connect(self._toggle_maximised)
        sizes = self._lower.sizes()
        self._lower.replaceWidget(self._lower.indexOf(space), scene)
        space.deleteLater()
        self.views["scene"] = scene
        self._lower.setSizes(sizes)
        self._show_layout()

    def _on_change(self, change: Change) -> None:
        del change
        for view in self.views.values():
            if hasattr(view, "refresh"):
                view.refresh()

    def _on_view(self, name: str) -> None:
        if name == "maximised":
            self._show_layout()

    def _toggle_maximised(self, name: str) -> None:
        self._desk.view.set_maximised("" if self._desk.view.maximised == name else name)

    def _show_layout(self) -> None:
        alone = self._desk.view.maximised
        for name, view in self.views.items():
            view.setVisible(not alone or name == alone)
        self._upper.setVisible(not alone or alone in ("axial", "coronal"))
        self._lower.setVisible(not alone or alone in ("sagittal", "scene"))
        if not alone:
            self._even()

    def _even(self) -> None:
        for splitter in (self._upper, self._lower):
            splitter.setSizes([10_000, 10_000])
        self._rows.setSizes([10_000, 10_000])

    def _read_out(self, readout: object) -> None:
        self.cursor_words.emit("" if readout is None else str(getattr(readout, "words", "")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Repaint a slice when its focus frame comes or goes."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and isinstance(watched, QWidget):
            watched.update()
        return super().eventFilter(watched, event)
