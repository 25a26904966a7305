"""What does the chosen series look like? One image at a time, with letters, scale, window, and a wheel through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from planner.rendering.frame_marks import SCALE_PX, bar_marks, letter_marks, round_length_mm
from planner.rendering.palette import PLANE_COLOUR, TEXT_STRONG
from planner.rendering.primitives import Align, Label, Marker, Pen, Primitive, Role, Shape
from planner.ui.slices.painter import paint_primitives
from planner.ui.theme.fonts import SECONDARY_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from planner.ui.start.picture import Picture

_EDGE_PX = 10.0
_SHAPE = 0.75  # height over width, as the panel shows it
_WHEEL_STEP = 120
_SCALE_TEXT_PX = 52.0
_KEYS = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_Home: -(10**6),
    Qt.Key.Key_End: 10**6,
}


class PictureView(PaintedWidget):
    """Paints one :class:`Picture`. ``stepped(int)`` asks by wheel or keys for another image; up is towards the last."""

    role = QAccessible.Role.Graphic
    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Image of the chosen series")
        self.setToolTip("Wheel or arrow keys: through the series")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._picture: Picture | None = None
        self._empty = ""
        self._identity = self._place = ""
        self._turn = 0

    def heightForWidth(self, width: int) -> int:
        """Keep the panel's shape."""
        return round(width * _SHAPE)

    def sizeHint(self) -> QSize:
        """Fit the narrow panel."""
        return QSize(300, self.heightForWidth(300))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hold the shape where the panel is short of room: it scrolls instead."""
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def show_picture(self, picture: Picture | None, *, place: str = "", empty: str = "") -> None:
        """Show an image, or in words why there is none; ``place`` is such as ``"Im 102/275"``."""
        self._picture, self._place, self._empty = picture, place, empty
        self.value_changed()

    def show_identity(self, words: str) -> None:
        """Write whose image it is; empty while names are hidden."""
        self._identity = words
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether an image is shown."""
        return self._picture is not None

    def spoken_value(self) -> str:
        """Say plane and place, or why there is no image."""
        picture = self._picture
        if picture is None:
            return self._empty
        plane = picture.plane.value if picture.plane is not None else "plane unknown"
        return ", ".join(words for words in (plane, self._place, picture.window) if words)

    # --- hand --------------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go through the series; Ctrl and plain scrolling of the panel are left alone where there is no image."""
        if self._picture is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        self._turn += event.angleDelta().y()
        steps = int(self._turn / _WHEEL_STEP)
        if steps:
            self._turn -= steps * _WHEEL_STEP
            self.stepped.emit(steps)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows one image, Page keys ten, Home and End the first and last."""
        steps = _KEYS.get(Qt.Key(event.key()))
        if steps is None or self._picture is None:
            super().keyPressEvent(event)
            return
        self.stepped.emit(steps)

    # --- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint image and marks; the background is black in both themes."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        if self._picture is None:
            self._paint_empty(painter)
        else:
            box = self._image_box(self._picture)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, self._picture.image)
            paint_primitives(painter, self._marks(self._picture, box))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme().tokens.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_empty(self, painter: QPainter) -> None:
        box = QRectF(self.rect())
        middle = box.center()
        # Always dark behind: the dark theme's greys are the ones that read, whatever the theme.
        colour = "#8b949f"
        paint_icon(painter, "eye-slash", colour=colour, box=QRectF(middle.x() - 12, middle.y() - 28, 24, 24))
        painter.setFont(ui_font(SECONDARY_PX))
        painter.setPen(QColor("#a9b1bb"))
        text = box.adjusted(24, box.height() / 2 + 6, -24, -8)
        painter.drawText(text, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter, self._empty)

    def _image_box(self, picture: Picture) -> QRectF:
        """Return where the image lies: whole, centred, in its true proportions where they are known."""
        across, down = picture.spacing_xy_mm or (1.0, 1.0)
        width, height = picture.image.width() * across, picture.image.height() * down
        scale = min(self.width() / width, self.height() / height)
        size = (width * scale, height * scale)
        corner = QPointF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2)
        return QRectF(corner.x(), corner.y(), *size)

    def _marks(self, picture: Picture, box: QRectF) -> list[Primitive]:
        width, height = float(self.width()), float(self.height())
        lower = height - 10.0
        marks: list[Primitive] = []
        if picture.plane is not None:
            colour = PLANE_COLOUR[picture.plane]
            marks.append(Marker(Role.NAME, (_EDGE_PX + 4, 15.0), Shape.SQUARE, 8.0, Pen("#000000", 1.0), colour))
            name = picture.plane.value.upper()
            marks.append(Label(Role.NAME, name, (_EDGE_PX + 14, 19.5), weight=600, colour=TEXT_STRONG))
        else:
            marks.append(Label(Role.NAME, "Directions unknown", (_EDGE_PX, 19.5), weight=600, colour=TEXT_STRONG))
        if self._identity:
            marks.append(Label(Role.IDENTITY, self._identity, (_EDGE_PX, 36.0)))
        if picture.letters is not None:
            marks += letter_marks((self.width(), self.height()), picture.letters)
        marks.append(Label(Role.CORNER, picture.window, (_EDGE_PX, lower), name="window"))
        marks.append(Label(Role.CORNER, self._place, (width - _EDGE_PX, lower), Align.END, name="image"))
        if picture.spacing_xy_mm is None:
            words = "Pixel size unknown"
            marks.append(Label(Role.SCALE, words, (width - _EDGE_PX, lower - 18), Align.END))
        else:
            mm_per_px = picture.image.width() * picture.spacing_xy_mm[0] / box.width()
            length_mm = round_length_mm(mm_per_px, room_px=SCALE_PX)
            left = width - _EDGE_PX - _SCALE_TEXT_PX - length_mm / mm_per_px
            marks += bar_marks(left, height - 32.0, length_mm=length_mm, mm_per_px=mm_per_px)
        return marks
