"""How is the plan seen in space? Off-screen VTK painted as an image; the trackball turns, refreshing never moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
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

from planner.rendering.frame_marks import space_marks
from planner.rendering.gizmo import Arm, arm_at, gizmo_arms, gizmo_marks
from planner.rendering.palette import SCENE_BACKGROUND, TEXT
from planner.rendering.scene3d import ViewFrom
from planner.rendering.watch_marks import watch_space_marks
from planner.ui.scene.access_hand import AccessHand
from planner.ui.scene.clouds import CloudMaker
from planner.ui.scene.cuts import cut_planes
from planner.ui.scene.first_look import look_first
from planner.ui.scene.menu import open_scene_menu
from planner.ui.scene.opengl import NO_OPENGL, opengl_check
from planner.ui.scene.pace import wait_ms
from planner.ui.scene.probe_hand import ProbeHand
from planner.ui.scene.scissors import Scissors
from planner.ui.scene.space_host import SceneHost
from planner.ui.scene.stage import Stage
from planner.ui.scene.surfaces import SurfaceMaker
from planner.ui.scene.wanted import Makers, wanted_on_stage
from planner.ui.scene.words import shown_words
from planner.ui.slices.layers import identity_words, layers_of
from planner.ui.slices.painter import paint_focus, paint_primitives
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.preview import IcePreview
    from planner.rendering.primitives import Primitive
    from planner.services.session import Session
    from planner.ui.painting import Painting
    from planner.ui.scene.stage import Key
    from planner.ui.view_state import ViewState

SCENE_NAME = "scene"
_SMALLEST_PX = (240, 160)
_CLICK_PX = 3.0
_SETTLE_MS = 250
_READY_MS = 400
_SHOWN_BY_STATE = frozenset(("show_ice", "show_structures", "hidden_structures", "hidden_probes", "time_s"))
_SHOWN_BY_STATE |= {"selected_probe", "selected_target", "cloud", "cuts", "show_crosshair", "show_band", "whole_band"}
_SHOWN_BY_STATE |= {"levels_c", "ghosts", "robustness", "show_shares", "access"}
_MOST_NEW = 4

_BUTTONS = {
    Qt.MouseButton.LeftButton: "LeftButton",
    Qt.MouseButton.MiddleButton: "MiddleButton",
    Qt.MouseButton.RightButton: "RightButton",
}
# After Slicer's 3-D keys: End front, Page down left, Home head; Shift turns to the opposite side.
_KEYS = {
    Qt.Key.Key_End: (ViewFrom.ANTERIOR, ViewFrom.POSTERIOR),
    Qt.Key.Key_PageDown: (ViewFrom.LEFT, ViewFrom.RIGHT),
    Qt.Key.Key_Home: (ViewFrom.HEAD, ViewFrom.FEET),
}


class SceneView(PaintedWidget):
    """The 3-D view. The owner calls :meth:`refresh` when the session has changed, and :meth:`release` at the end."""

    maximise_asked = Signal(str)
    """Name of this view, on a double click."""
    new_probe = Signal(object, object)
    new_free_probe = Signal(object, object)
    """(tip, entry), LPS mm: clicked with the probe tool; with Alt the entry stays off the skin."""
    entry_chosen = Signal(int)
    """Number of the triangle of the painted skin that was clicked."""
    said = Signal(str)
    """A sentence for the status line."""
    refused = Signal(object)
    """PlannerError of an edit that the plan did not take."""

    def __init__(self, *, session: Session, view: ViewState, painting: Painting | None = None) -> None:
        super().__init__()
        self.session = session
        self.view = view
        self._scissors = Scissors(view, painting)
        self._probes = ProbeHand(SceneHost(self))
        self._access = AccessHand(view)
        self._stage: Stage | None = None
        self._is_released = False
        self._surfaces = SurfaceMaker(self)
        self._surfaces.made.connect(self.refresh)
        self._clouds = CloudMaker(self)
        self._clouds.made.connect(self.refresh)
        self._opengl = opengl_check()
        self._opengl.answered.connect(self.refresh)
        self._image: QImage | None = None
        self._needs_picture = True
        self._is_stale = True
        self._is_moving = False
        self._picture_ms = 0
        self._preview: IcePreview | None = None
        self.pictures = 0
        self._pressed_at: QPointF | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._stand_still)
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.timeout.connect(self._show_changes)
        # The picture is made in a turn of the event loop of its own, not in the one that paints the slices as well.
        self._camera = QTimer(self)
        self._camera.setSingleShot(True)
        self._camera.setInterval(0)
        self._camera.timeout.connect(self._take_picture)
        self._ready = QTimer(self)
        self._ready.setSingleShot(True)
        self._ready.setInterval(_READY_MS)
        self._ready.timeout.connect(self._make_ready)
        self.setAccessibleName("3-D view")
        self.setMinimumSize(*_SMALLEST_PX)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        view.changed.connect(self._follow)

    # --- what is shown -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the session holds now, twenty times a second at most; the camera stays, a hidden view waits.

        Probes are drawn where they are at once, over the picture; new ice is in the next one.
        """
        self._is_stale = True
        is_new_ice = self.session.preview is not self._preview
        self._preview = self.session.preview
        if self._image is not None and not (is_new_ice and self.session.is_held):
            self.update()
        if not self._pace.isActive():
            left = self._stage is not None and self._probes.has_left(self._stage.keys)
            self._pace.start(0 if left else wait_ms(self._picture_ms, is_held=self.session.is_held))

    def look_from(self, stand: ViewFrom) -> None:
        """Turn to a standard direction and show everything."""
        if not self._can_draw:
            return
        self.stage.look(stand, self.session.volume.grid)
        self._redraw()

    def frame_plan(self) -> None:
        """Look at the target from the hub's side; with no probe yet, at everything."""
        if self._can_draw:
            look_first(self.stage, self.session)
            self._redraw()

    def spoken_value(self) -> str:
        """Say what is shown."""
        if self._opengl.works is False:
            return NO_OPENGL
        return shown_words(self.session, self.view) or "Nothing to show yet"

    @property
    def is_complete(self) -> bool:
        """Whether every surface of the plan is on the stage and in the picture."""
        if self._opengl.works is False:
            return True
        is_made = not self._surfaces.is_busy and not self._clouds.is_busy
        return is_made and not self._is_stale and not self._needs_picture

    def release(self) -> None:
        """Let go of VTK and follow nothing any more; the view paints nothing afterwards. May be called twice."""
        if self._is_released:
            return
        self._is_released, self._image = True, None
        self.view.changed.disconnect(self._follow)
        self._opengl.answered.disconnect(self.refresh)
        self._settle.stop()
        self._pace.stop()
        self._camera.stop()
        self._ready.stop()
        self._surfaces.stop()
        self._clouds.stop()
        if self._stage is not None:
            self._stage.release()
            self._stage = None

    def _follow(self, name: str) -> None:
        if name in _SHOWN_BY_STATE or (name in ("crosshair_lps_mm", "frame") and self._follows_crosshair):
            self.refresh()
        elif name == "hide_identity":
            self.value_changed()
        elif name == "tool":
            self._scissors.cancel()
            clicks = self._scissors.is_taken or self._probes.is_placing
            self.setCursor(Qt.CursorShape.CrossCursor if clicks else Qt.CursorShape.ArrowCursor)
            self.update()
        elif name in ("draft_lps_mm", "watched", "access_at", "access_words"):
            self.update()

    @property
    def _can_draw(self) -> bool:
        return bool(self._opengl.works) and not self._is_released

    @property
    def _follows_crosshair(self) -> bool:
        return self.view.show_crosshair or bool(self.view.cuts)

    @property
    def stage(self) -> Stage:
        """What stands behind the picture, made when it is first needed."""
        if self._stage is None:
            self._stage = Stage(self._device_size())
            look_first(self._stage, self.session)
            # The stage outlives this Python object when Qt deletes the widget first.
            self.destroyed.connect(self._stage.release)
        return self._stage

    def _update_stage(self) -> None:
        """Put what is missing on the stage and take off what is gone; unchanged things keep their actors.

        Only a few come at a time, because the picture that first shows one also uploads it; the next turn brings more.
        """
        stage = self.stage
        makers = Makers(self._surfaces, self._clouds)
        wanted = wanted_on_stage(self.session, self.view, makers=makers, standing=stage.keys)
        for key in stage.keys - set(wanted):
            stage.drop(key)
        missing = [key for key in wanted if key not in stage.keys and not self._is_in_hand(key)]
        for key in missing[:_MOST_NEW]:
            stage.put(key, wanted[key]())
        stage.cut(cut_planes(self.view))
        self._is_stale = len(missing) > _MOST_NEW

    def _is_in_hand(self, key: Key) -> bool:
        """Whether it is a probe that a hand is moving: drawn over the picture, at once, and put on stage at rest."""
        return key[0] == "probe" and self.session.is_held

    def primitives(self) -> list[Primitive]:
        """Return what is written over the picture."""
        ice = layers_of(self.session).ice(self.session, self.view)
        grade = "" if ice is None else ("STALE" if ice.is_stale else ice.grade)
        size_px = (self.width(), self.height())
        hand = self._scissors.marks() + self._probes.marks(self.stage.keys)
        return (
            gizmo_marks(self._arms(), size_px)
            + hand
            + watch_space_marks(self.view.watched_lps_mm, self.stage.to_picture(size_px))
            + self._access.marks(self.stage.to_picture(size_px), size_px)
            + space_marks(
                size_px,
                letters=self.stage.letters(),
                identity=identity_words(self.session, self.view),
                shown=shown_words(self.session, self.view) if self.view.show_text else "",
                grade=grade,
            )
        )

    def _arms(self) -> tuple[Arm, ...]:
        right, up = self.stage.axes()
        return gizmo_arms((self.width(), self.height()), right=right, up=up)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _device_size(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def _redraw(self) -> None:
        self._needs_picture = True
        self.update()

    def _show_changes(self) -> None:
        """Have a new picture made; only what a hidden view shows waits until it is painted."""
        self._is_moving = True
        self._settle.start()
        self.value_changed()
        if self.isVisible() and self._can_draw:
            self._camera.start()

    def _stand_still(self) -> None:
        self._is_moving = False
        self._redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the last picture and the texts; ask for a new picture when something changed."""
        del event
        is_behind = self._is_stale and not self._pace.isActive()
        if is_behind or self._image is None or self._image.size().toTuple() != self._device_size():
            self._needs_picture = True
        if self._needs_picture and self._can_draw:
            self._camera.start()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(SCENE_BACKGROUND))
        if self._image is not None:
            painter.drawImage(QPointF(0, 0), self._image)
            paint_primitives(painter, self.primitives())
        elif self._opengl.works is False:
            painter.setPen(QColor(TEXT))
            room = self.rect().adjusted(24, 24, -24, -24)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, NO_OPENGL)
        paint_focus(painter, self)
        painter.end()

    def _take_picture(self) -> None:
        """Bring the stage up to date and render it."""
        if not self.isVisible() or not self._can_draw:
            return
        clock = QElapsedTimer()
        clock.start()
        if self._is_stale:
            self._update_stage()
        self._image = self._rendered()
        self._picture_ms = clock.elapsed()
        self.pictures += 1
        self._needs_picture = self._is_stale
        self._ready.start()
        self.update()

    def _make_ready(self) -> None:
        """While everything rests, draw what the first picture of a drag would have to wait for."""
        is_at_rest = self.is_complete and not (self._is_moving or self.session.is_held or self._settle.isActive())
        if is_at_rest and self.isVisible() and self._can_draw and self.session.plan.probes:
            self.stage.make_ready()

    def _rendered(self) -> QImage:
        size_px, is_held = self._device_size(), self.session.is_held
        pixels = np.ascontiguousarray(self.stage.render(size_px, is_moving=self._is_moving, is_held=is_held))
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        image.setDevicePixelRatio(self.devicePixelRatioF())
        return image

    # --- hand --------------------------------------------------------------------------------------------------------

    def _hand(self, event: str, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if not self._can_draw:
            return
        ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        self.stage.hand(event, self.device_px((position.x(), position.y())), ctrl=ctrl, shift=shift)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the trackball: left turns, middle pans, right zooms; with the scissors the left button cuts."""
        self._pressed_at = event.position()
        if self._scissors.is_taken and event.button() == Qt.MouseButton.LeftButton and self._can_draw:
            self._scissors.press(event.position(), event.modifiers())
            return
        if event.button() == Qt.MouseButton.LeftButton and self._is_drawn:
            px = (event.position().x(), event.position().y())
            if self._probes.press(px, event.modifiers()):
                return
        if (button := _BUTTONS.get(event.button())) is not None:
            self._hand(f"{button}PressEvent", event.position(), event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn, pan or zoom with the hand, take a probe along, or draw the line of the scissors."""
        px = (event.position().x(), event.position().y())
        if self._scissors.is_taken and not event.buttons() & ~Qt.MouseButton.LeftButton:
            self._scissors.move(event.position(), event.modifiers())
            self.update()
            return
        if self._probes.is_holding:
            self._probes.move(px, event.modifiers())
        elif event.buttons() == Qt.MouseButton.NoButton:
            if self._is_drawn:
                self._probes.hover(px)
                self._access.hover(self.stage, self.device_px(px))
        else:
            self._is_moving = True
            self._hand("MouseMoveEvent", event.position(), event.modifiers())
            self._redraw()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a right click that did not move opens the menu of directions."""
        if self._scissors.is_taken and event.button() == Qt.MouseButton.LeftButton:
            self._cut(event.position())
            return
        if event.button() == Qt.MouseButton.LeftButton and self._probes.release():
            self._pressed_at = None
            return
        if (button := _BUTTONS.get(event.button())) is not None:
            self._hand(f"{button}ReleaseEvent", event.position(), event.modifiers())
        start, self._pressed_at = self._pressed_at, None
        if self._is_moving:
            self._stand_still()
        is_click = start is not None and (event.position() - start).manhattanLength() <= _CLICK_PX
        if is_click and event.button() == Qt.MouseButton.RightButton:
            open_scene_menu(self, self.view, look_from=self.look_from).popup(event.globalPosition().toPoint())
        elif is_click and event.button() == Qt.MouseButton.LeftButton:
            self._click(event.position(), event.modifiers())

    def _cut(self, position: QPointF) -> None:
        """Cut along the line that was drawn, seen as the picture is seen now; a mere click is a click."""
        self._pressed_at = None
        if not self._scissors.release(self.stage.to_picture((self.width(), self.height()))):
            self._click(position)
        self.update()

    def _click(self, position: QPointF, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Turn to the arm that was clicked, place a probe, or bring the crosshair to what is seen there."""
        if self._image is None:
            return
        px = (position.x(), position.y())
        stand = arm_at(self._arms(), px)
        if stand is not None:
            self.look_from(stand)
        elif self._probes.is_placing:
            self._probes.place(px, modifiers)
        elif (triangle := self._access.hover(self.stage, self.device_px(px))) is not None:
            self.entry_chosen.emit(triangle)
        elif (at := self.seen_at(px)) is not None:
            self.view.set_crosshair(at)

    def seen_at(self, px: tuple[float, float], *, passed: frozenset[str] = frozenset()) -> PointLps | None:
        """Return the first solid thing under a pixel of the view, LPS mm, beyond kinds that are passed; else None."""
        preset = self.view.cloud
        cloud = self._clouds.cloud(self.session.volume) if preset is not None else None
        return self.stage.pick(self.device_px(px), cloud=cloud, preset=preset, passed=passed)

    @property
    def _is_drawn(self) -> bool:
        return self._can_draw and self._image is not None

    def device_px(self, px: tuple[float, float]) -> tuple[int, int]:
        """Return the device pixel at a pixel of the view."""
        ratio = self.devicePixelRatioF()
        return round(px[0] * ratio), round(px[1] * ratio)

    def cancel_hand(self) -> bool:
        """Drop the line of the scissors, put a dragged probe back, or drop its first point; False without any."""
        is_cancelled = self._scissors.cancel() or self._probes.cancel()
        self.update()
        return is_cancelled

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; the fine picture follows when the wheel rests."""
        delta = event.angleDelta().y()
        if delta:
            self._is_moving = True
            direction = "Forward" if delta > 0 else "Backward"
            self._hand(f"MouseWheel{direction}Event", event.position(), event.modifiers())
            self._settle.start()
            self._redraw()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to fill the middle with this view."""
        if event.button() == Qt.MouseButton.LeftButton and not self._probes.is_placing:
            self.maximise_asked.emit(SCENE_NAME)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn to a standard direction; Space shows everything from the front."""
        key = Qt.Key(event.key())
        if key in _KEYS:
            is_opposite = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.look_from(_KEYS[key][int(is_opposite)])
        elif key == Qt.Key.Key_Space:
            self.look_from(ViewFrom.ANTERIOR)
        elif not (key == Qt.Key.Key_Escape and self.cancel_hand()) and not self._probes.nudge(key, event.modifiers()):
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the words beside the hand away."""
        self._scissors.leave()
        self._probes.leave()
        self._access.leave()
        self.update()
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag that was under way when the view went out of sight."""
        self._probes.let_go()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Render at the new size."""
        del event
        self._redraw()

    def event(self, event: QEvent) -> bool:
        """Let go of VTK before Qt deletes the widget."""
        if event.type() == QEvent.Type.DeferredDelete:
            self.release()
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of VTK."""
        self.release()
        super().closeEvent(event)
