"""How is one slice seen and handled? A plain widget that paints the CT and its marks and passes the hand to a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)

from planner.domain.errors import PlannerError
from planner.rendering.crosshair_marks import crosshair_marks
from planner.rendering.frame_marks import is_stored
from planner.rendering.palette import VIEW_BACKGROUND
from planner.rendering.plane import SlicePlane, slice_position
from planner.rendering.primitives import Marker, Pen, Primitive, Role, Shape
from planner.rendering.watch_marks import watch_marks
from planner.services import depiction
from planner.ui.slices.cine import Cine
from planner.ui.slices.frame import SliceFrame
from planner.ui.slices.framing import Framing
from planner.ui.slices.hand import SliceHand
from planner.ui.slices.hand_pace import HandPace
from planner.ui.slices.keys import SliceKeys
from planner.ui.slices.menu import slice_menu
from planner.ui.slices.painter import paint_focus, paint_primitives
from planner.ui.slices.picture import SlicePicture
from planner.ui.slices.readout import read_out
from planner.ui.slices.second_stand import SecondStand
from planner.ui.slices.tools.probe import ProbeTool
from planner.ui.slices.tools.table import TOOL_TYPES
from planner.ui.view_state import MEASURING, Tool, ViewState
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.second import SecondSeries
    from planner.rendering.content import SliceContent
    from planner.rendering.window import WindowHu
    from planner.services.commands import Command
    from planner.services.session import Session
    from planner.ui.painting import Painting
    from planner.ui.slices.handles import Handle
    from planner.ui.slices.stand import Stand
    from planner.ui.slices.tools.tool import SliceTool
    from planner.ui.view_history import Look

# What changes the picture without anything to gather again.
_CHEAP = {"show_crosshair"} | frozenset(
    (
        "window_hu",
        "inverted",
        "slab_mm",
        "slab_mode",
        "second_share",
        "second_window",
        "draft_lps_mm",
        "watched",
        "tool",
        "paint",
        "prompts",
    )
)
# Properties of the view state that no slice shows.
_NOTHING_TO_SEE = frozenset(("maximised", "layout", "mouse_scheme", "up_is_brighter", "cine_per_s", "cloud", "cuts"))
_NOTHING_TO_SEE |= {"show_access", "access_at", "access_words"}
_SMALLEST_PX = (240, 160)
# A target with its ice and the way to the skin: what a plan is opened for.
_OPENING_RADIUS_MM = 60.0


class SliceView(PaintedWidget):
    """One plane of the patient, chosen by its stand; pan and zoom are the view's own.

    The plan changes only through ``session.apply``. The owner calls :meth:`refresh` when the session has changed, and
    :meth:`release` at the end.
    """

    cursor_moved = Signal(object)
    """CursorReadout under the mouse, None when it leaves."""
    new_probe = Signal(object, object)
    """(tip, entry), LPS mm: clicked with the probe tool."""
    new_free_probe = Signal(object, object)
    """(tip, entry), LPS mm: clicked with Alt, so that the entry stays off the skin."""
    new_nerve = Signal(object)
    """tuple of points, LPS mm: clicked with the nerve tool."""
    new_body = Signal(object)
    """centre, LPS mm: clicked with the body tool."""
    new_marks = Signal(object, object)
    """(tool, tuple of points, LPS mm): what a guided tool asked for has been clicked."""
    maximise_asked = Signal(str)
    """Name of this view, on a double click."""
    said = Signal(str)
    """A sentence for the status line."""
    refused = Signal(object)
    """PlannerError of an edit that the plan did not take."""

    def __init__(self, stand: Stand, *, session: Session, view: ViewState, painting: Painting | None = None) -> None:
        super().__init__()
        self.stand = stand
        self.session = session
        self.view = view
        self.painting = painting
        self.selected_handle: Handle | None = None
        self._framing = Framing(stand, session=session, view=view, size_px=self._size())
        is_second = isinstance(stand, SecondStand)
        self._picture = SlicePicture(session=session, view=view, painting=painting, shows_second=is_second)
        self._frame = SliceFrame(self, self._picture)
        self._is_shown_first = True
        self._tools = {kind: make(self) for kind, make in TOOL_TYPES.items()}
        self._keys = SliceKeys(self)
        self._hand = SliceHand(self)
        self._pace = HandPace(self, self._follow_hand)
        self.cine = Cine(self)
        self._is_scrolling = False
        self.setAccessibleName(f"{stand.caption(session, view).capitalize()} slice")
        self.setMinimumSize(*_SMALLEST_PX)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        view.changed.connect(self._follow)
        view.history.restored.connect(self._look)
        if painting is not None:
            painting.changed.connect(self._follow_painting)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Gather everything from the session again and repaint; cheap enough for every step of a drag."""
        self._picture.forget()
        self._follow_stand(may_pan=False)
        if self.selected_handle is not None:
            self.selected_handle = self._keys.current_handle()
        self._report_cursor()
        self.value_changed()

    def release(self) -> None:
        """Follow nothing any more: its session is about to close, and the view state goes on with another one."""
        self.cine.stop()
        self._pace.drop()
        self.view.changed.disconnect(self._follow)
        self.view.history.restored.disconnect(self._look)
        if self.painting is not None:
            self.painting.changed.disconnect(self._follow_painting)

    def value_changed(self) -> None:
        """Repaint, tell screen readers, and remember pan and zoom to come back to."""
        super().value_changed()
        self.view.history.note(self.stand.name, self.plane.centre_lps_mm, mm_per_px=self.plane.mm_per_px)

    def repaint_hand(self) -> None:
        """Draw crosshair, texts, tool and selected handle again; outlines, ice and probes stay as painted."""
        self.update()

    def spoken_value(self) -> str:
        """Say plane, position and image number."""
        name = self.stand.caption(self.session, self.view).capitalize()
        where = self.stand.corner(self.session, self.view) or self.plane.position_words()
        if not is_stored(self.plane, self.session.volume.grid):
            return f"{name}, {where}"
        position = slice_position(self.plane, self.session.volume.grid)
        return f"{name}, {where}, {position.words(self.session.volume.ref.image_numbers)}"

    @property
    def plane(self) -> SlicePlane:
        """The plane as shown now."""
        return self._framing.plane

    @property
    def cursor_px(self) -> tuple[float, float] | None:
        """Where the mouse is over the view."""
        return self._hand.cursor_px

    @property
    def content(self) -> SliceContent:
        """The layers shown."""
        return self._picture.content

    @property
    def _second(self) -> SecondSeries | None:
        """What this view shows in place of the CT; None in every other view."""
        return self.session.second if isinstance(self.stand, SecondStand) else None

    @property
    def shows_ct(self) -> bool:
        """Whether the picture is the planning CT, and not a second series alone."""
        return self._second is None

    @property
    def window_hu(self) -> WindowHu:
        """(width, level) of what is shown: the CT's, or in its own values the second series'."""
        return self.view.window_hu if self._second is None else self.view.second_window or self._second.window

    def set_window(self, window_hu: WindowHu) -> None:
        """Choose the window of what is shown."""
        if self._second is None:
            self.view.set_window(window_hu)
        else:
            self.view.set_second_window(window_hu)

    @property
    def tool(self) -> SliceTool:
        """The active tool; what reads HU keeps off the second series, where they would be the planning CT's."""
        reads_hu = self.view.tool in MEASURING or self.view.tool is Tool.CONNECTED
        return self._tools[Tool.POINTER if reads_hu and isinstance(self.stand, SecondStand) else self.view.tool]

    def primitives(self) -> tuple[Primitive, ...]:
        """Return everything drawn over the CT, as painted: what rests, then what moves with the hand."""
        plane = self.plane
        return (*self._picture.anatomy_marks(plane), *self._picture.plan_marks(plane), *self._front_marks())

    def _front_marks(self) -> list[Primitive]:
        """Draw what is cheap and changes with every move: the crosshair, the frame's texts, what the hand does."""
        view, grid = self.view, self.session.volume.grid
        marks = self.stand.marks(self.plane, session=self.session, view=view)
        if view.show_crosshair:
            marks += crosshair_marks(self.plane, view.crosshair_lps_mm, frame=view.frame)
        slice_mm = slice_position(self.plane, grid).thickness_mm
        marks += watch_marks(view.watched_lps_mm, plane=self.plane, slice_mm=slice_mm)
        marks += self._frame.marks(self.plane, second=self._second)
        return marks + self.tool.marks() + self._handle_marks() + self._hand.marks()

    def _handle_marks(self) -> list[Primitive]:
        """Draw a ring at the handle that keys move."""
        if self.selected_handle is None:
            return []
        x, y = (float(v) for v in self.plane.to_px(self.selected_handle.lps_mm))
        pen = Pen(self.palette().highlight().color().name(), 2.0, halo_px=1.0)
        return [Marker(Role.HANDLE, (x, y), Shape.CIRCLE, 18.0, pen, name="selected handle")]

    def _follow(self, name: str) -> None:
        """React to what all views share; a film goes on only while nothing but itself changes anything."""
        if not self.cine.is_stepping and name != "show_crosshair":
            self.cine.stop()
        if name in ("crosshair_lps_mm", "frame"):
            self._follow_stand(may_pan=not self._is_scrolling)
            self.value_changed()
        elif name in _CHEAP:
            if name in ("slab_mm", "slab_mode", "second_share"):
                self._picture.forget_marks()  # a circle's figures say what they were measured on
            if name == "tool":
                self.selected_handle = None
                self.setCursor(self.tool.cursor)
                for tool in self._tools.values():
                    if tool is not self.tool:
                        tool.put_down()
                self._picture.forget_drawn(None, self.plane)  # what a tool of structures changes is filled
            self.repaint_hand()
        elif name not in _NOTHING_TO_SEE:
            self.refresh()

    def _follow_painting(self) -> None:
        """Show a dab where it meets this slice; elsewhere nothing is drawn again."""
        if self.painting is not None and self._picture.forget_drawn(self.painting.touched, self.plane):
            self.update()

    def _follow_stand(self, *, may_pan: bool) -> None:
        """Go where the stand is now; but while this view's own hand drags a probe, its plane must not turn under it."""
        if not (self.stand.is_carried and self.tool.is_dragging):
            self._framing.follow(may_pan=may_pan)

    # --- moving through the volume -----------------------------------------------------------------------------------

    def step_slices(self, steps: int) -> None:
        """Go ``steps`` images up (to the head, the front, the patient's right); the crosshair comes along."""
        self._is_scrolling = True
        try:
            self.stand.step(self.session, self.view, steps)
        finally:
            self._is_scrolling = False
        self._report_cursor()

    def open_menu(self, at: QPoint) -> None:
        """Show the view's menu at a place of the screen."""
        slice_menu(self).popup(at)

    def show_cursor(self, shape: Qt.CursorShape) -> None:
        """Show another mouse pointer."""
        self.setCursor(shape)

    def _look(self, look: Look) -> None:
        """Go back to an earlier pan and zoom of this view."""
        pose = dict(look.poses).get(self.stand.name)
        if pose is not None:
            self._framing.look(pose[0], mm_per_px=pose[1])
            self.value_changed()

    def reset_view(self) -> None:
        """Show again what the view opened with: the whole slice, or what its stand stands on."""
        self._framing.open()
        self.value_changed()

    def show_region(self, centre_lps_mm: PointLps, *, radius_mm: float) -> None:
        """Pan and zoom so that a ball fills the view; the slice stays where the crosshair is."""
        self._framing.show_ball(centre_lps_mm, radius_mm=radius_mm)
        self.value_changed()

    def frame_plan(self) -> None:
        """Pan and zoom to the target with the way to the skin."""
        self.show_region(depiction.focus_lps_mm(self.session.plan), radius_mm=_OPENING_RADIUS_MM)

    def zoom(self, factor: float, *, at_px: tuple[float, float]) -> None:
        """Magnify around a pixel."""
        self.put_plane(self.plane.zoomed(factor, at_px=at_px), fixed_px=at_px)

    def put_plane(self, plane: SlicePlane, *, fixed_px: tuple[float, float]) -> None:
        """Take a plane that the hand has panned or zoomed."""
        self._framing.put(plane, fixed_px=fixed_px)
        self.value_changed()

    def _size(self) -> tuple[int, int]:
        return max(1, self.width()), max(1, self.height())

    # --- for the tools -----------------------------------------------------------------------------------------------

    def end_gesture(self) -> None:
        """End a drag; say why when its step cannot be kept. The plan itself has it all the same."""
        try:
            self.session.end_gesture()
        except PlannerError as error:
            self.refused.emit(error)
        self.refresh()

    def cancel_gesture(self) -> None:
        """End a drag that never was; say why when a step before it cannot be kept."""
        try:
            self.session.cancel_gesture()
        except PlannerError as error:
            self.refused.emit(error)
        self.refresh()

    def say(self, sentence: str) -> None:
        """Put a sentence into the status line."""
        self.said.emit(sentence)

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
            tool = self._tools[Tool.PROBE]
            is_free = isinstance(tool, ProbeTool) and tool.is_off_skin
            (self.new_free_probe if is_free else self.new_probe).emit(points_lps_mm[0], points_lps_mm[1])
        elif kind is Tool.NERVE:
            self.new_nerve.emit(points_lps_mm)
        elif kind is Tool.BODY:
            self.new_body.emit(points_lps_mm[0])
        elif kind in (Tool.LANDMARKS, Tool.PATH):
            self.new_marks.emit(kind, points_lps_mm)

    # --- Qt events ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the CT, the marks, and the frame of the active view."""
        del event
        painter = QPainter(self)
        if self.plane.size_px != self._size():  # else the CT covers the view
            painter.fillRect(self.rect(), QColor(VIEW_BACKGROUND))
        self._picture.paint(painter, self.plane, ratio=self.devicePixelRatioF())
        paint_primitives(painter, self._front_marks())
        paint_focus(painter, self)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle where it is; a view that showed everything shows everything again."""
        del event
        self._framing.resize(self._size())
        self.value_changed()

    def showEvent(self, event: QShowEvent) -> None:
        """Open a plan at its targets and probes, and a CT without any as a whole."""
        super().showEvent(event)
        plan = self.session.plan
        opens_whole = self.stand.opening(self.session, self.view) is None
        if self._is_shown_first and opens_whole and (plan.targets or plan.probes):
            self.frame_plan()
        self._is_shown_first = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll, zoom or change the slab; a wheel never edits."""
        self.cine.stop()
        self._pace.catch_up()  # what waits was meant for the slice that was shown
        self._hand.wheel(event)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a tool's work or a navigation drag."""
        self.cine.stop()
        self._pace.catch_up()
        self._hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what was started, and read out."""
        self._pace.take(event, is_held=self.session.is_held and self.session.preview is not None)

    def _follow_hand(self, event: QMouseEvent) -> None:
        self._hand.move(event)
        self._report_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the button had started."""
        self._pace.catch_up()
        self._hand.release(event)
        self.repaint_hand()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu for the menu key; for the mouse it opens on release, when the button was not dragged."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.open_menu(self.mapToGlobal(self.rect().center()))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the tool end its work, or ask to fill the middle with this view."""
        if not self._hand.double_click(event):
            self.maximise_asked.emit(self.stand.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll, nudge, reset, choose windows, finish, cancel; pass everything else on."""
        self._pace.catch_up()
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
        self._hand.leave()
        self.repaint_hand()
        self.cursor_moved.emit(None)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag that was under way when the view went out of sight."""
        self._pace.catch_up()
        self._hand.let_go()
        self.cine.stop()
        super().hideEvent(event)

    def _report_cursor(self) -> None:
        if self._hand.cursor_px is not None:
            self.cursor_moved.emit(
                read_out(
                    self.plane.to_lps(self._hand.cursor_px),
                    session=self.session,
                    content=self.content,
                    plane=self.plane,
                    slab=self._picture.slab,
                    is_beside=bool(self._picture.second_words()),
                )
            )
