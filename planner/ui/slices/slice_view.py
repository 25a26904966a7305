"""How is one slice seen and handled? A plain widget that paints the CT and its marks and passes the hand to a tool."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)

from planner.domain.errors import PlannerError
from planner.domain.geometry import PointLps, point
from planner.rendering.anatomy_marks import structure_marks
from planner.rendering.content import ContourCache, SliceContent
from planner.rendering.frame_marks import crosshair_marks, frame_marks
from planner.rendering.palette import VIEW_BACKGROUND
from planner.rendering.plane import Orientation, SlicePlane, on_slice, slice_position
from planner.rendering.primitives import Label, Marker, Pen, Primitive, Role, Shape
from planner.rendering.slice_scene import build_plan_marks, build_raster
from planner.rendering.window import window_words
from planner.services import depiction
from planner.ui.slices.keys import SliceKeys
from planner.ui.slices.layers import layers_of
from planner.ui.slices.painter import grey_image, paint_primitives
from planner.ui.slices.readout import read_out
from planner.ui.slices.tools.body import BodyTool
from planner.ui.slices.tools.navigation import Motion, Navigation, motion_of
from planner.ui.slices.tools.nerve import NerveTool
from planner.ui.slices.tools.pointer import PointerTool
from planner.ui.slices.tools.probe import ProbeTool
from planner.ui.slices.tools.tool import Pointer, SliceTool
from planner.ui.view_state import Tool, ViewState
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from planner.services.commands import Command
    from planner.services.session import Session
    from planner.ui.slices.handles import Handle

_WHEEL_NOTCH = 120
_ZOOM_PER_NOTCH = 1.15
_CLOSEST_MM_PER_PX, _FARTHEST_MM_PER_PX = 0.02, 5.0
_SMALLEST_PX = (240, 160)
# A target with its ice and the way to the skin: what a plan is opened for.
_OPENING_RADIUS_MM = 60.0
# What a resized view shows again: the whole volume, a ball (centre, radius in mm), or with None what the hand had left.
_Framing = Literal["whole"] | tuple[PointLps, float] | None


class SliceView(PaintedWidget):
    """One of the three standard planes.

    The slice follows the shared crosshair; pan and zoom are the view's own. The plan changes only through
    ``session.apply``. The owner calls :meth:`refresh` when the session has changed.
    """

    cursor_moved = Signal(object)
    """CursorReadout under the mouse, None when it leaves."""
    new_probe = Signal(object, object)
    """(tip, entry), LPS mm: clicked with the probe tool."""
    new_nerve = Signal(object)
    """tuple of points, LPS mm: clicked with the nerve tool."""
    new_body = Signal(object)
    """centre, LPS mm: clicked with the body tool."""
    maximise_asked = Signal(str)
    """Name of this view, on a double click."""
    refused = Signal(object)
    """PlannerError of an edit that the plan did not take."""

    _tool_types: ClassVar[dict[Tool, type[SliceTool]]] = {
        Tool.POINTER: PointerTool,
        Tool.PROBE: ProbeTool,
        Tool.NERVE: NerveTool,
        Tool.BODY: BodyTool,
    }

    def __init__(
        self, orientation: Orientation, *, session: Session, view: ViewState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.orientation = orientation
        self.session = session
        self.view = view
        self.selected_handle: Handle | None = None
        self._framing: _Framing = "whole"
        self.plane = self._fitted()
        self._is_shown_first = True
        self._contours = ContourCache()
        self._content: SliceContent | None = None
        self._raster: tuple[object, QImage] | None = None
        self._anatomy: tuple[object, object, QImage] | None = None
        self._overlay: QImage | None = None
        self._tools = {kind: make(self) for kind, make in self._tool_types.items()}
        self._keys = SliceKeys(self)
        self._navigation: Navigation | None = None
        self._cursor_px: tuple[float, float] | None = None
        self._wheel_rest = 0
        self._is_scrolling = False
        self.setAccessibleName(f"{orientation.value.capitalize()} slice")
        self.setMinimumSize(*_SMALLEST_PX)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        view.changed.connect(self._follow)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Gather everything from the session again and repaint; cheap enough for every step of a drag."""
        self._content = None
        self._overlay = None
        if self.selected_handle is not None:
            self.selected_handle = self._keys.current_handle()
        self._report_cursor()
        self.value_changed()

    def repaint_hand(self) -> None:
        """Draw crosshair, texts, tool and selected handle again; outlines, ice and probes stay as painted."""
        self.update()

    def spoken_value(self) -> str:
        """Say plane, position and image number."""
        position = slice_position(self.plane, self.session.volume.grid)
        where = self.plane.position_words()
        return f"{self.orientation.value.capitalize()}, {where}, image {position.number} of {position.count}"

    @property
    def content(self) -> SliceContent:
        """The layers shown, gathered on first use after a change."""
        if self._content is None:
            self._content = layers_of(self.session).slice_content(self.session, self.view)
        return self._content

    @property
    def tool(self) -> SliceTool:
        """The active tool."""
        return self._tools[self.view.tool]

    def primitives(self) -> tuple[Primitive, ...]:
        """Return everything drawn over the CT, as painted: what rests, then what moves with the hand."""
        return (*self._anatomy_marks(), *self._plan_marks(), *self._front_marks())

    def _anatomy_marks(self) -> list[Primitive]:
        grid = self.session.volume.grid
        return structure_marks(self.content.structures, grid=grid, plane=self.plane, cache=self._contours)

    def _plan_marks(self) -> list[Primitive]:
        grid = self.session.volume.grid
        return build_plan_marks(self.plane, grid=grid, content=self.content, cache=self._contours)

    def _front_marks(self) -> list[Primitive]:
        """Draw what is cheap and changes with every move: the crosshair, the frame's texts, what the hand does."""
        view, grid = self.view, self.session.volume.grid
        marks: list[Primitive] = []
        if view.show_crosshair:
            marks += crosshair_marks(self.plane, view.crosshair_lps_mm)
        marks += frame_marks(self.plane, grid=grid, window_hu=view.window_hu, content=self.content)
        return marks + self.tool.marks() + self._hand_marks()

    def _hand_marks(self) -> list[Primitive]:
        """Draw a ring at the handle that keys move, and write the window beside a windowing hand."""
        marks: list[Primitive] = []
        if self.selected_handle is not None:
            x, y = (float(v) for v in self.plane.to_px(self.selected_handle.lps_mm))
            pen = Pen(self.palette().highlight().color().name(), 2.0, halo_px=1.0)
            marks.append(Marker(Role.HANDLE, (x, y), Shape.CIRCLE, 18.0, pen, name="selected handle"))
        if self._navigation is not None and self._navigation.motion is Motion.WINDOW and self._cursor_px is not None:
            at = (self._cursor_px[0] + 16.0, self._cursor_px[1] - 8.0)
            marks.append(Label(Role.DRAFT, window_words(self.view.window_hu), at, weight=600, colour="#ffffff"))
        return marks

    def _follow(self, name: str) -> None:
        """React to what all views share."""
        if name == "crosshair_lps_mm":
            self._go_to(self.view.crosshair_lps_mm)
        elif name in ("window_hu", "draft_lps_mm", "tool", "show_crosshair"):
            if name == "tool":
                self.selected_handle = None
                self.setCursor(self.tool.cursor)
            self.repaint_hand()
        elif name != "maximised":
            self.refresh()

    def _go_to(self, lps_mm: PointLps) -> None:
        """Show the slice through a point; pan only when the point would be out of sight."""
        there = on_slice(self.plane.through(lps_mm), self.session.volume.grid)
        x, y = (float(v) for v in there.to_px(lps_mm))
        if not (0 <= x < self.width() and 0 <= y < self.height()) and not self._is_scrolling:
            self._framing = None
            there = there.panned(self.width() / 2 - x, self.height() / 2 - y)
        if there == self.plane:
            self.repaint_hand()
        else:
            self._set_plane(there)

    # --- moving through the volume -----------------------------------------------------------------------------------

    def step_slices(self, steps: int) -> None:
        """Go ``steps`` images up (to the head, the front, the patient's right); the crosshair comes along."""
        there = on_slice(self.plane, self.session.volume.grid, steps=steps)
        crosshair = np.asarray(self.view.crosshair_lps_mm)
        shift = float(there.off_plane_mm(crosshair)) * np.asarray(there.normal_lps)
        self._is_scrolling = True
        try:
            self.view.set_crosshair(point(crosshair - shift))
        finally:
            self._is_scrolling = False
        self._report_cursor()

    def reset_view(self) -> None:
        """Show the whole slice again."""
        self._framing = "whole"
        self._set_plane(self._fitted())

    def show_region(self, centre_lps_mm: PointLps, *, radius_mm: float) -> None:
        """Pan and zoom so that a ball fills the view; the slice stays where the crosshair is."""
        self._framing = (centre_lps_mm, radius_mm)
        self._set_plane(self._framed((max(1, self.width()), max(1, self.height()))))

    def frame_plan(self) -> None:
        """Pan and zoom to the target with the way to the skin."""
        self.show_region(depiction.focus_lps_mm(self.session.plan), radius_mm=_OPENING_RADIUS_MM)

    def _framed(self, size_px: tuple[int, int]) -> SlicePlane:
        """Return the plane that the framing asks for in a view of this size."""
        if self._framing is None:
            return self.plane.resized(size_px)
        if self._framing == "whole":
            return self._fitted()
        centre, radius_mm = self._framing
        plane = replace(self.plane, size_px=size_px, mm_per_px=2 * radius_mm / min(size_px))
        x, y = (float(v) for v in plane.to_px(centre))
        return plane.panned(size_px[0] / 2 - x, size_px[1] / 2 - y)

    def zoom(self, factor: float, *, at_px: tuple[float, float]) -> None:
        """Magnify around a pixel."""
        self._framing = None
        self._set_plane(self._within_limits(self.plane.zoomed(factor, at_px=at_px), at_px))

    def _within_limits(self, plane: SlicePlane, at_px: tuple[float, float]) -> SlicePlane:
        allowed = min(max(plane.mm_per_px, _CLOSEST_MM_PER_PX), _FARTHEST_MM_PER_PX)
        return plane if allowed == plane.mm_per_px else plane.zoomed(plane.mm_per_px / allowed, at_px=at_px)

    def _fitted(self) -> SlicePlane:
        size = (max(1, self.width()), max(1, self.height()))
        fitted = SlicePlane.fit(self.orientation, self.session.volume.grid, size_px=size)
        return on_slice(fitted.through(self.view.crosshair_lps_mm), self.session.volume.grid)

    def _set_plane(self, plane: SlicePlane) -> None:
        self.plane = plane
        self._overlay = None
        self.value_changed()

    # --- for the tools -----------------------------------------------------------------------------------------------

    def end_gesture(self) -> None:
        """End a drag; say why when its step cannot be kept. The plan itself has it all the same."""
        try:
            self.session.end_gesture()
        except PlannerError as error:
            self.refused.emit(error)

    def try_apply(self, command: Command) -> bool:
        """Run an edit; when the plan refuses, say why and leave everything as it was."""
        try:
            self.session.apply(command, initiator="user")
        except PlannerError as error:
            self.refused.emit(error)
            return False
        return True

    def finish(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Pass a finished draft on and take the pointer again."""
        kind = self.view.tool
        self.view.set_tool(Tool.POINTER)
        if kind is Tool.PROBE:
            self.new_probe.emit(points_lps_mm[0], points_lps_mm[1])
        elif kind is Tool.NERVE:
            self.new_nerve.emit(points_lps_mm)
        elif kind is Tool.BODY:
            self.new_body.emit(points_lps_mm[0])

    # --- Qt events ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the CT, the marks, and the frame of the active view."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(VIEW_BACKGROUND))
        painter.drawImage(QPointF(0, 0), self._image())
        painter.drawImage(QPointF(0, 0), self._marks_image())
        paint_primitives(painter, self._front_marks())
        if self.hasFocus():
            pen = QPen(self.palette().highlight().color(), 2)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _image(self) -> QImage:
        """Return the CT of this plane and window, drawn again only when one of them changed."""
        ratio = self.devicePixelRatioF()
        key = (self.plane, self.view.window_hu, ratio, self.session.volume.ref.pixel_hash)
        if self._raster is None or self._raster[0] != key:
            raster = build_raster(self.plane, volume=self.session.volume, window_hu=self.view.window_hu, scale=ratio)
            self._raster = (key, grey_image(raster, device_pixel_ratio=ratio))
        return self._raster[1]

    def _marks_image(self) -> QImage:
        """Return the resting marks as a picture; in the views beside the one being scrolled it is only copied.

        The structures' outlines cost most and are kept apart: dragging a probe does not paint them again.
        """
        size = self.size() * self.devicePixelRatioF()
        structures = self.content.structures
        anatomy_key = (self.plane, size.toTuple())
        if self._anatomy is None or self._anatomy[0] is not structures or self._anatomy[1] != anatomy_key:
            image = self._painted(QImage(), self._anatomy_marks())
            self._anatomy, self._overlay = (structures, anatomy_key, image), None
        if self._overlay is None:
            self._overlay = self._painted(self._anatomy[2], self._plan_marks())
        return self._overlay

    def _painted(self, under: QImage, marks: Sequence[Primitive]) -> QImage:
        """Return a transparent picture of the view's size with marks over an earlier one."""
        ratio = self.devicePixelRatioF()
        if under.isNull():
            image = QImage(self.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
            image.setDevicePixelRatio(ratio)
            image.fill(Qt.GlobalColor.transparent)
        else:
            image = under.copy()
        painter = QPainter(image)
        paint_primitives(painter, marks)
        painter.end()
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle where it is; a view that showed everything shows everything again."""
        size = (max(1, event.size().width()), max(1, event.size().height()))
        self._set_plane(self._framed(size))

    def showEvent(self, event: QShowEvent) -> None:
        """Open a plan at its targets and probes, and a CT without any as a whole."""
        super().showEvent(event)
        plan = self.session.plan
        if self._is_shown_first and (plan.targets or plan.probes):
            self.frame_plan()
        self._is_shown_first = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Wheel scrolls, Ctrl + wheel zooms at the cursor; fine-grained wheels add up to whole notches."""
        delta = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = event.position()
            self.zoom(_ZOOM_PER_NOTCH ** (delta / _WHEEL_NOTCH), at_px=(at.x(), at.y()))
        else:
            self._wheel_rest += delta
            notches = int(self._wheel_rest / _WHEEL_NOTCH)
            self._wheel_rest -= notches * _WHEEL_NOTCH
            if notches:
                self.step_slices(notches)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a tool's work or a navigation drag."""
        at = self._pointer(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.tool.press(at)
        elif (motion := motion_of(event.button(), event.modifiers())) is not None:
            self._navigation = Navigation(motion, at.px, self.plane, self.view.window_hu)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what was started; otherwise read out, and follow with Shift held."""
        at = self._pointer(event)
        self._cursor_px = at.px
        if self._navigation is not None:
            self._navigate(at.px)
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self.tool.drag(at)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.view.set_crosshair(at.lps_mm)
        else:
            self.tool.hover(at)
        self._report_cursor()

    def _navigate(self, px: tuple[float, float]) -> None:
        if self._navigation is None:
            return
        if self._navigation.motion is Motion.WINDOW:
            self.view.set_window(self._navigation.window_at(px))
        else:
            self._framing = None
            self._set_plane(self._within_limits(self._navigation.plane_at(px), self._navigation.start_px))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the button had started."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.tool.release(self._pointer(event))
        else:
            self._navigation = None
        self.repaint_hand()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the tool end its work, or ask to fill the middle with this view."""
        if event.button() == Qt.MouseButton.LeftButton and not self.tool.double_click(self._pointer(event)):
            self.maximise_asked.emit(self.orientation.value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll, nudge, reset, choose windows, finish, cancel; pass everything else on."""
        if self._keys.press(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab for the probes while there are any; F6 leaves the view."""
        return False if self.session.plan.probes else super().focusNextPrevChild(forward)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the tool's cursor."""
        self.setCursor(self.tool.cursor)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading out."""
        self._cursor_px = None
        self.cursor_moved.emit(None)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag that was under way when the view went out of sight."""
        self.tool.let_go()
        self._navigation = None
        super().hideEvent(event)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        px = (event.position().x(), event.position().y())
        return Pointer(px, point(self.plane.to_lps(px)), event.modifiers())

    def _report_cursor(self) -> None:
        if self._cursor_px is not None:
            here = self.plane.to_lps(self._cursor_px)
            self.cursor_moved.emit(read_out(here, session=self.session, content=self.content))
