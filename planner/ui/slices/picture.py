"""How is a slice painted at every move of the hand without waiting? What rests is kept as pictures, the rest drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from planner.rendering.anatomy_marks import structure_marks
from planner.rendering.content import ContourCache, SliceContent
from planner.rendering.slice_scene import build_plan_marks, build_raster
from planner.ui.slices.layers import layers_of
from planner.ui.slices.painter import grey_image, paint_primitives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.rendering.plane import SlicePlane
    from planner.rendering.primitives import Primitive
    from planner.services.session import Session
    from planner.ui.view_state import ViewState


class SlicePicture:
    """The CT and the resting marks of one view, drawn again only when something of theirs changed."""

    def __init__(self, *, session: Session, view: ViewState) -> None:
        self._session = session
        self._view = view
        self._contours = ContourCache()
        self._content: SliceContent | None = None
        self._raster: tuple[object, QImage] | None = None
        self._anatomy: tuple[object, object, QImage] | None = None
        self._overlay: tuple[object, QImage] | None = None

    @property
    def content(self) -> SliceContent:
        """The layers shown, gathered on first use after a change."""
        if self._content is None:
            self._content = layers_of(self._session).slice_content(self._session, self._view)
        return self._content

    def forget(self) -> None:
        """Gather everything from the session again when it is next needed."""
        self._content = self._overlay = None

    def anatomy_marks(self, plane: SlicePlane) -> list[Primitive]:
        """Return the outlines of the structures."""
        grid = self._session.volume.grid
        return structure_marks(self.content.structures, grid=grid, plane=plane, cache=self._contours)

    def plan_marks(self, plane: SlicePlane) -> list[Primitive]:
        """Return ice, targets and probes."""
        grid = self._session.volume.grid
        return build_plan_marks(plane, grid=grid, content=self.content, cache=self._contours)

    def ct(self, plane: SlicePlane, *, ratio: float) -> QImage:
        """Return the CT of this plane and window, drawn again only when one of them changed."""
        volume, window_hu = self._session.volume, self._view.window_hu
        key = (plane, window_hu, ratio, volume.ref.pixel_hash)
        if self._raster is None or self._raster[0] != key:
            raster = build_raster(plane, volume=volume, window_hu=window_hu, scale=ratio)
            self._raster = (key, grey_image(raster, device_pixel_ratio=ratio))
        return self._raster[1]

    def marks(self, plane: SlicePlane, *, ratio: float) -> QImage:
        """Return the resting marks as a picture; in the views beside the one being scrolled it is only copied.

        The structures' outlines cost most and are kept apart: dragging a probe does not paint them again.
        """
        structures, key = self.content.structures, (plane, ratio)
        if self._anatomy is None or self._anatomy[0] is not structures or self._anatomy[1] != key:
            image = _painted(_clear(plane.size_px, ratio), self.anatomy_marks(plane))
            self._anatomy, self._overlay = (structures, key, image), None
        if self._overlay is None or self._overlay[0] != key:
            self._overlay = (key, _painted(self._anatomy[2].copy(), self.plan_marks(plane)))
        return self._overlay[1]

    def paint(self, painter: QPainter, plane: SlicePlane, *, ratio: float) -> None:
        """Paint the CT and the resting marks."""
        painter.drawImage(QPointF(0, 0), self.ct(plane, ratio=ratio))
        painter.drawImage(QPointF(0, 0), self.marks(plane, ratio=ratio))


def _clear(size_px: tuple[int, int], ratio: float) -> QImage:
    """Return a transparent picture of a view's size."""
    image = QImage(QSize(*size_px) * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    return image


def _painted(image: QImage, marks: Sequence[Primitive]) -> QImage:
    """Paint marks onto a picture and return it."""
    painter = QPainter(image)
    paint_primitives(painter, marks)
    painter.end()
    return image
