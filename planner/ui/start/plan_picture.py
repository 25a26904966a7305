"""How is a plan told apart at a glance? A small axial picture through its target: CT, target, probes, ice; no words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage, QPainter

from planner.persistence.resources import probe_models
from planner.rendering.content import SliceContent
from planner.rendering.plane import Orientation, SlicePlane, on_slice
from planner.rendering.png import to_png
from planner.rendering.primitives import Label, Role
from planner.rendering.slice_scene import build_plan_marks, build_raster
from planner.rendering.window import SOFT_TISSUE
from planner.services import depiction
from planner.ui.slices.painter import grey_image, paint_primitives

if TYPE_CHECKING:
    from planner.services.session import Session

SIZE_PX = (78, 60)
_RATIO = 2.0  # sharp on a screen of twice the density
_MM_PER_PX = 2.6


def plan_picture(session: Session) -> bytes:
    """Draw the open plan, small, as PNG; it holds no name and no letter."""
    plan = session.plan
    where = SlicePlane(Orientation.AXIAL, depiction.focus_lps_mm(plan), _MM_PER_PX, SIZE_PX)
    plane = on_slice(where, session.volume.grid)
    ice = None
    if session.result is not None and session.result_is_current:
        ice = depiction.ice_layer(session.result, time_s=None, is_stale=False)
    content = SliceContent(
        nerves=depiction.nerve_layers(plan),
        bodies=depiction.body_layers(plan),
        probes=depiction.probe_layers(plan, probe_models()),
        ice=ice,
    )
    marks = build_plan_marks(plane, grid=session.volume.grid, content=content)
    raster = build_raster(plane, volume=session.volume, window_hu=SOFT_TISSUE, scale=_RATIO)
    image = grey_image(raster, device_pixel_ratio=_RATIO).convertToFormat(QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_RATIO)
    painter = QPainter(image)
    paint_primitives(painter, [m for m in marks if not isinstance(m, Label) and m.role is not Role.ICE_LABEL])
    painter.end()
    return _as_png(image)


def picture_of(content: bytes) -> QImage | None:
    """Return a kept picture; None when there is none or it cannot be read."""
    image = QImage.fromData(content) if content else QImage()
    if image.isNull():
        return None
    image.setDevicePixelRatio(_RATIO)
    return image


def _as_png(image: QImage) -> bytes:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return to_png(rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3))
