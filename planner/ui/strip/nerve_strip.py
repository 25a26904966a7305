"""What lies along the nerve? The straightened strip: CT, structures, ice and probes, and where the crosshair is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)

from planner.rendering.palette import VIEW_BACKGROUND
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.strip_scene import (
    StripPlane,
    strip_anatomy_marks,
    strip_cursor_marks,
    strip_frame_marks,
    strip_hu,
    strip_plan_marks,
)
from planner.rendering.window import to_grey
from planner.ui.slices.layers import layers_of
from planner.ui.slices.painter import grey_image, paint_focus, paint_primitives
from planner.ui.slices.readout import read_out
from planner.ui.slices.schemes import SCHEMES
from planner.ui.slices.tools.navigation import Motion, Navigation
from planner.ui.strip.course import course_of, end_words, go_along, nerve_of, place_of, point_at, segment_of, short_name
from planner.ui.strip.segment_hand import SegmentHand
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.rendering.content import SliceContent
    from planner.rendering.primitives import Primitive
    from planner.rendering.strip import StripCourse
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

STRIP_NAME = "nerve-strip"
_SMALLEST_PX = (240, 96)
_WHEEL_NOTCH = 120
_STEP_MM, _FINE_STEP_MM, _COARSE_STEP_MM = 1.0, 0.1, 5.0
_TURN_DEG = 10.0
# A crosshair farther than this from the strip's surface is somewhere else in the body: its line is dashed.
_NEAR_MM = 2.0
# No CT shows more than this, however large it is drawn; sampling finer only takes time.
_FINEST_MM, _COARSEST_SCALE = 0.12, 0.5
_REDRAWN_BY = frozenset(
    (
        "ghosts",
        "hidden_structures",
        "hide_identity",
        "levels_c",
        "robustness",
        "selected_probe",
        "selected_target",
        "show_band",
        "show_ice",
        "show_shares",
        "show_structures",
        "show_text",
        "time_s",
        "whole_band",
    )
)


class NerveStrip(PaintedWidget):
    """The strip of the selected nerve. ``plane_changed`` when its scale or course is another one (for the curve)."""

    cursor_moved = Signal(object)
    maximise_asked = Signal(str)
    plane_changed = Signal()

    def __init__(self, *, session: Session, view: ViewState) -> None:
        super().__init__()
        self.session = session
        self.view = view
        self._turn_deg = 0.0
        self._plane: StripPlane | None = None
        self._laid_course: StripCourse | None = None
        self._laid_as: tuple[float, tuple[int, int]] = (0.0, (0, 0))
        self._content: SliceContent | None = None
        self._hu: tuple[object, NDArray[np.float32]] | None = None
        self._anatomy: tuple[object, object, QImage] | None = None
        self._marks: tuple[object, QImage] | None = None
        self._navigation: Navigation | None = None
        self._wheel_rest = 0
        self._cursor_px: tuple[float, float] | None = None
        self.segment = SegmentHand(session, view)
        self.setAccessibleName("Nerve strip")
        self.setMinimumSize(*_SMALLEST_PX)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        view.changed.connect(self._follow)

    def release(self) -> None:
        """Follow nothing any more: the session is about to close."""
        self.view.changed.disconnect(self._follow)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Gather everything from the session again and repaint."""
        self._content = self._marks = None
        self._lay()
        self._report_cursor()
        self.value_changed()

    @property
    def plane(self) -> StripPlane | None:
        """The strip as shown; None while there is no nerve."""
        if self._plane is None:
            self._lay()
        return self._plane

    @property
    def content(self) -> SliceContent:
        """The layers shown, gathered on first use after a change."""
        if self._content is None:
            self._content = layers_of(self.session).slice_content(self.session, self.view)
        return self._content

    def spoken_value(self) -> str:
        """Say which nerve, and where along it."""
        plane, target = self.plane, nerve_of(self.session, self.view)
        if plane is None or target is None:
            return "no nerve"
        arc = place_of(plane.course, self.view)[0]
        return f"{target.words}, {arc:.1f} of {plane.course.length_mm:.1f} mm"

    def primitives(self) -> tuple[Primitive, ...]:
        """Return everything drawn over the CT, as painted."""
        plane = self.plane
        if plane is None:
            return ()
        rest = strip_anatomy_marks(plane, grid=self.session.volume.grid, content=self.content)
        return (*rest, *self._plan_marks(plane), *self._front_marks(plane))

    def _plan_marks(self, plane: StripPlane) -> list[Primitive]:
        target = nerve_of(self.session, self.view)
        segment = None if target is None else segment_of(target)
        return strip_plan_marks(plane, content=self.content, segment_mm=segment)

    def _front_marks(self, plane: StripPlane) -> list[Primitive]:
        target = nerve_of(self.session, self.view)
        marks: list[Primitive] = []
        if self.view.show_crosshair:
            arc, up, away = place_of(plane.course, self.view)
            marks += strip_cursor_marks(plane, arc_mm=arc, up_mm=up, is_near=abs(away) <= _NEAR_MM)
        name = short_name(target) if target is not None else "the nerve"
        name = "the nerve" if name == "NERVE" else name
        turned = f", turned {self._turn_deg:.0f}°".replace("-", "−") if self._turn_deg else ""
        return marks + strip_frame_marks(
            plane,
            content=self.content,
            window_hu=self.view.window_hu,
            title=f"NERVE STRIP, straightened along {name}{turned}",
            end_words=end_words(target, plane.course) if target is not None else ("", ""),
            note="Inverted" if self.view.is_inverted else "",
        )

    def _lay(self) -> None:
        """Fit the course into the widget; tell the curve when that gives another scale or another nerve."""
        course = course_of(self.session, self.view)
        before = self._plane
        if course is None:
            self._plane = None
        else:
            size = (max(1, self.width()), max(1, self.height()))
            if before is not None and self._laid_course is course and self._laid_as == (self._turn_deg, size):
                return
            self._laid_course, self._laid_as = course, (self._turn_deg, size)
            self._plane = StripPlane.fit(course.turned(self._turn_deg) if self._turn_deg else course, size_px=size)
        if self._plane is not before:
            self._marks = self._hu = None
            self.plane_changed.emit()

    def _follow(self, name: str) -> None:
        if name in ("crosshair_lps_mm", "show_crosshair", "window_hu", "inverted"):
            self.value_changed()
        elif name in _REDRAWN_BY:
            self.refresh()

    # --- Qt events ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the CT, the marks, and the frame of the active view."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(VIEW_BACKGROUND))
        plane = self.plane
        if plane is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._ct(plane))
            painter.drawImage(QPointF(0, 0), self._marks_image(plane))
            paint_primitives(painter, self._front_marks(plane))
        paint_focus(painter, self)
        painter.end()

    def _ct(self, plane: StripPlane) -> QImage:
        """Return the CT along the nerve; sampled again only when the strip changed, never finer than a CT can show."""
        ratio = self.devicePixelRatioF()
        key = (plane, ratio)
        if self._hu is None or self._hu[0] != key:
            scale = min(ratio, max(plane.mm_per_px / _FINEST_MM, _COARSEST_SCALE))
            self._hu = (key, strip_hu(plane, volume=self.session.volume, scale=scale))
        grey = to_grey(self._hu[1], self.view.window_hu, is_inverted=self.view.is_inverted)
        return grey_image(grey, device_pixel_ratio=1.0)

    def _marks_image(self, plane: StripPlane) -> QImage:
        """Return the resting marks as a picture; the structures' outlines are kept apart from what a probe moves."""
        key, structures = (plane, self.devicePixelRatioF()), self.content.structures
        if self._anatomy is None or self._anatomy[0] != key or self._anatomy[1] is not structures:
            marks = strip_anatomy_marks(plane, grid=self.session.volume.grid, content=self.content)
            self._anatomy, self._marks = (key, structures, self._painted(None, marks)), None
        if self._marks is None or self._marks[0] != key:
            self._marks = (key, self._painted(self._anatomy[2], self._plan_marks(plane)))
        return self._marks[1]

    def _painted(self, under: QImage | None, marks: list[Primitive]) -> QImage:
        """Return a transparent picture of the strip's size with marks over an earlier one."""
        ratio = self.devicePixelRatioF()
        if under is None:
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
        """Fit the nerve into the new size."""
        super().resizeEvent(event)
        self._lay()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go along the nerve, 1 mm for each notch; with Shift turn the strip about the nerve."""
        self._wheel_rest += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._wheel_rest / _WHEEL_NOTCH)
        self._wheel_rest -= notches * _WHEEL_NOTCH
        event.accept()
        if not notches:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.turn(notches * _TURN_DEG)
        else:
            go_along(self.session, self.view, notches * _STEP_MM)

    def turn(self, angle_deg: float) -> None:
        """Look at the nerve from another side."""
        self._turn_deg = (self._turn_deg + angle_deg + 180.0) % 360.0 - 180.0
        self._lay()
        self.value_changed()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left holds a bracket or goes to that place of the nerve; a drag that windows in the scheme windows here."""
        px, view = (event.position().x(), event.position().y()), self.view
        motion = SCHEMES[view.mouse_scheme].motion_of(event.button(), event.modifiers())
        if motion is Motion.WINDOW:
            nowhere = SlicePlane(Orientation.AXIAL, view.crosshair_lps_mm, 1.0, (1, 1))
            self._navigation = Navigation(
                motion, px, nowhere, view.window_hu, view.frame, view.crosshair_lps_mm, view.up_is_brighter
            )
        elif event.button() == Qt.MouseButton.LeftButton:
            plane = self.plane
            if plane is None or not self.segment.press(px[0], plane):
                self._go_to(px[0])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what was started, and read out."""
        self._cursor_px = (event.position().x(), event.position().y())
        plane = self.plane
        if self._navigation is not None:
            self.view.set_window(self._navigation.window_at(self._cursor_px))
        elif self.segment.is_holding and plane is not None:
            self.segment.drag(self._cursor_px[0], plane)
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(self._cursor_px[0])
        elif plane is not None:
            is_over = self.segment.bracket_at(self._cursor_px[0], plane) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if is_over else Qt.CursorShape.ArrowCursor)
        self._report_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        del event
        self._navigation = None
        self.segment.release()

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag that was under way when the strip went out of sight."""
        self.segment.release()
        super().hideEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to fill the middle with strip and curve."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.maximise_asked.emit(STRIP_NAME)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go along the nerve, Home and End to its ends, Space looks from the first side again."""
        plane, key, held = self.plane, event.key(), event.modifiers()
        step = _STEP_MM
        if held & Qt.KeyboardModifier.ShiftModifier:
            step = _FINE_STEP_MM
        elif held & Qt.KeyboardModifier.ControlModifier:
            step = _COARSE_STEP_MM
        if key == Qt.Key.Key_Escape and self.segment.cancel():
            event.accept()
        elif plane is None or key not in _KEYS:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Space:
            self.turn(-self._turn_deg)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.view.set_crosshair(point_at(plane.course, 0.0 if key == Qt.Key.Key_Home else plane.course.length_mm))
        else:
            go_along(self.session, self.view, step * _KEYS[Qt.Key(key)])

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading out."""
        self._cursor_px = None
        self.cursor_moved.emit(None)
        super().leaveEvent(event)

    def _go_to(self, x_px: float) -> None:
        if self.plane is not None:
            self.view.set_crosshair(point_at(self.plane.course, self.plane.arc_at(x_px)))

    def _report_cursor(self) -> None:
        plane = self.plane
        if self._cursor_px is None or plane is None:
            return
        if not plane.shows(self._cursor_px):
            self.cursor_moved.emit(None)
            return
        here = plane.to_lps(self._cursor_px)
        self.cursor_moved.emit(read_out(here, session=self.session, content=self.content))


_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Home: 0,
    Qt.Key.Key_End: 0,
    Qt.Key.Key_Space: 0,
}
