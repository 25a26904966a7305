"""How is a slice painted at every move of the hand without waiting? What rests is kept as pictures, the rest drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from planner.domain.structure import StructureKind
from planner.rendering.anatomy_marks import structure_marks
from planner.rendering.content import ContourCache, SliceContent
from planner.rendering.palette import THRESHOLD_TINT, VEILING_KINDS, style_for
from planner.rendering.primitives import Path, Pen
from planner.rendering.reslice import reslice
from planner.rendering.second_scan import build_second, crossfade
from planner.rendering.slab import Slab
from planner.rendering.slice_scene import build_hu, build_probe_marks, build_resting_marks
from planner.rendering.structure_labels import structure_names
from planner.rendering.window import to_grey
from planner.ui.slices.layers import as_seen, layers_of
from planner.ui.slices.painter import grey_image, paint_primitives, tint_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.bit_packing import Box
    from planner.domain.geometry import Grid
    from planner.rendering.content import MeasurementLayer, StructureLayer
    from planner.rendering.plane import SlicePlane
    from planner.rendering.primitives import Primitive
    from planner.services.session import Session
    from planner.ui.painting import Painting
    from planner.ui.view_state import ViewState


class _Rest(NamedTuple):
    """What resting marks are drawn from: things that are the same only as one, and values."""

    things: tuple[object, ...]
    values: tuple[object, ...]

    def is_same(self, other: _Rest) -> bool:
        """Whether they would be drawn alike."""
        if len(self.things) != len(other.things):
            return False
        pairs = zip(self.things, other.things, strict=True)
        return all(one is there for one, there in pairs) and self.values == other.values


_TINT_OPACITY = 0.45
_HALF = 0.5


class SlicePicture:
    """The CT and the resting marks of one view, drawn again only when something of theirs changed."""

    def __init__(
        self, *, session: Session, view: ViewState, painting: Painting | None = None, shows_second: bool = False
    ) -> None:
        self._session = session
        self._view = view
        self._painting = painting
        self._shows_second = shows_second
        self._second: tuple[object, NDArray[np.float32]] | None = None
        self._contours = ContourCache()
        self._content: SliceContent | None = None
        self._hu: tuple[object, NDArray[np.float32]] | None = None
        self._grey: tuple[object, QImage] | None = None
        self._anatomy: tuple[object, object, QImage] | None = None
        self._overlay: tuple[object, _Rest, QImage] | None = None
        self._edited: tuple[object, list[Primitive]] | None = None
        self._tint: tuple[object, QImage] | None = None

    @property
    def content(self) -> SliceContent:
        """The layers shown, gathered on first use after a change."""
        if self._content is None:
            self._content = layers_of(self._session).slice_content(self._session, self._view)
        return self._content

    @property
    def slab(self) -> Slab | None:
        """What is shown through the plane; None for the plane alone."""
        view = self._view
        return Slab(view.slab_mm, view.slab_mode) if view.slab_mm else None

    def forget(self) -> None:
        """Gather everything from the session again when it is next needed; what is the same then is not drawn anew."""
        self._content = self._edited = None

    def forget_drawn(self, box: Box | None, plane: SlicePlane) -> bool:
        """Draw the structure under the hand anew where a change in a box of voxels meets the plane.

        Returns whether it does; ``box`` None stands for a change anywhere.
        """
        if box is not None and not _meets(box, self._session.volume.grid, plane):
            return False
        self._content = self._edited = None
        return True

    def forget_marks(self) -> None:
        """Draw ice, targets, probes and measurements anew: what the picture itself is has changed."""
        self._overlay = None

    def anatomy_marks(self, plane: SlicePlane) -> list[Primitive]:
        """Return the outlines of the structures, of the one being edited last."""
        grid = self._session.volume.grid
        resting = structure_marks(self._resting, grid=grid, plane=plane, cache=self._contours)
        return [*resting, *self.edited_marks(plane)]

    @property
    def _resting(self) -> tuple[StructureLayer, ...]:
        return tuple(layer for layer in self.content.structures if not layer.is_edited)

    def edited_marks(self, plane: SlicePlane) -> list[Primitive]:
        """Return the outline of the structure being edited; after a dab only this one is made again."""
        if self._edited is None or self._edited[0] != plane:
            edited = [layer for layer in self.content.structures if layer.is_edited]
            grid = self._session.volume.grid
            marks = structure_marks(edited, grid=grid, plane=plane, cache=self._contours)
            if self._painting is not None and self._painting.is_drawing:
                marks = [_thin(mark) for mark in marks if isinstance(mark, Path) and not mark.name.endswith(" ticks")]
            self._edited = (plane, marks)
        return self._edited[1]

    def plan_marks(self, plane: SlicePlane) -> list[Primitive]:
        """Return ice, targets, measurements and probes."""
        return [*self._resting_marks(plane), *self.probe_marks(plane)]

    def _resting_marks(self, plane: SlicePlane) -> list[Primitive]:
        content = replace(self.content, measurements=self._measurements())
        return build_resting_marks(plane, grid=self._session.volume.grid, content=content, cache=self._contours)

    def probe_marks(self, plane: SlicePlane) -> list[Primitive]:
        """Return the probes: painted at every step of a hand over what rests."""
        return build_probe_marks(plane, grid=self._session.volume.grid, content=self.content)

    def _rest(self) -> _Rest:
        """Return what the resting marks are drawn from."""
        content, ice = self.content, self.content.ice
        look = () if ice is None else (ice.key, ice.is_stale, ice.is_preview, ice.is_trailing, ice.levels)
        fields = () if ice is None else (ice.field_c, ice.drawn_band)
        things = (content.nerves, content.ghosts, content.access, *fields)
        return _Rest(things, (content.bodies, self._measurements(), look))

    def _measurements(self) -> tuple[MeasurementLayer, ...]:
        """Return what was measured; in a view of the second series alone it would be read as measured there."""
        return () if self._shows_second else as_seen(self.content.measurements, self._session, self._view)

    def ct(self, plane: SlicePlane, *, ratio: float) -> QImage:
        """Return the CT as seen: sampled again only when the plane changed, made grey only when the window did."""
        view, volume, slab = self._view, self._session.volume, self.slab
        place = (plane, ratio, slab, volume.ref.pixel_hash)
        if self._hu is None or self._hu[0] != place:
            self._hu, self._grey = (place, build_hu(plane, volume=volume, scale=ratio, slab=slab)), None
        share = self._share_of_second()
        look = (view.window_hu, view.is_inverted, self._session.second, share, view.second_window)
        if self._grey is None or self._grey[0] != look:
            raster = to_grey(self._hu[1], view.window_hu, is_inverted=view.is_inverted)
            if share:
                raster = self._with_second(raster, plane, ratio=ratio, share=share)
            self._grey = (look, grey_image(raster, device_pixel_ratio=ratio))
        return self._grey[1]

    def _share_of_second(self) -> float:
        """How much of the second series is in the picture; 0 without one."""
        if self._session.second is None:
            return 0.0
        return 1.0 if self._shows_second else self._view.second_share

    def _with_second(
        self, under: NDArray[np.uint8], plane: SlicePlane, *, ratio: float, share: float
    ) -> NDArray[np.uint8]:
        """Crossfade to the second series; a view of it alone is black where it was not imaged."""
        second, slab = self._session.second, self.slab
        if second is None:
            return under
        place = (plane, ratio, slab, second)
        if self._second is None or self._second[0] != place:
            self._second = (place, build_second(plane, second=second, scale=ratio, slab=slab))
        values = self._second[1]
        over = to_grey(values, self._view.second_window or second.window, is_inverted=self._view.is_inverted)
        base = np.zeros_like(under) if self._shows_second else under
        return crossfade(base, over, is_there=~np.isnan(values), share=share)

    def second_words(self) -> str:
        """Say what is seen besides the CT, how much of it, and that it is for the eye only; empty without it."""
        second, share = self._session.second, self._share_of_second()
        if second is None or not share:
            return ""
        seen = "" if self._shows_second else f" {100 * share:.0f} %"
        return f"{second.label}{seen} · two registrations differ by {second.disagreement_mm:.1f} mm · not measured"

    def marks(self, plane: SlicePlane, *, ratio: float) -> QImage:
        """Return the resting marks as a picture; in the views beside the one being scrolled it is only copied.

        The structures' outlines cost most and are kept apart: new ice does not paint them again. Dragging a probe
        paints neither.
        """
        resting, key = self._resting, (plane, ratio)
        is_named = self._view.is_structuring and self._view.show_text
        looks = (is_named, *((layer.name, layer.kind, layer.key, layer.colour) for layer in resting))
        if self._anatomy is None or self._anatomy[0] != looks or self._anatomy[1] != key:
            grid = self._session.volume.grid
            outlines = structure_marks(resting, grid=grid, plane=plane, cache=self._contours)
            outlines += _names(resting, outlines, plane) if is_named else []
            self._anatomy, self._overlay = (looks, key, _painted(_clear(plane.size_px, ratio), outlines)), None
        rest = self._rest()
        if self._overlay is None or self._overlay[0] != key or not rest.is_same(self._overlay[1]):
            self._overlay = (key, rest, _painted(self._anatomy[2].copy(), self._resting_marks(plane)))
        return self._overlay[2]

    def paint(self, painter: QPainter, plane: SlicePlane, *, ratio: float) -> None:
        """Paint the CT, the tint of a threshold, the resting marks, the probes, and what is under the hand."""
        painter.drawImage(QPointF(0, 0), self.ct(plane, ratio=ratio))
        tint = self._tinted(plane, ratio=ratio)
        if tint is not None:
            painter.drawImage(QPointF(0, 0), tint)
        painter.drawImage(QPointF(0, 0), self.marks(plane, ratio=ratio))
        paint_primitives(painter, self.probe_marks(plane))
        paint_primitives(painter, self.edited_marks(plane))

    def _tinted(self, plane: SlicePlane, *, ratio: float) -> QImage | None:
        """Return the tint of what lies in the HU range tried out: of the very values that the picture shows.

        Where drawing is limited, so is the tint.
        """
        wanted = None if self._painting is None else self._painting.preview_hu
        if wanted is None or self._hu is None or self._shows_second:
            self._tint = None
            return None
        edited = next((layer for layer in self.content.structures if layer.is_edited), None)
        colour = THRESHOLD_TINT if edited is None else style_for(edited.kind, edited.colour).colour
        paint = self._view.paint
        session = self._session
        inside = next((structure for structure in session.plan.structures if structure.id == paint.inside), None)
        bounds = (paint.low_hu, paint.high_hu)
        key = (self._hu[0], wanted, colour, bounds, None if inside is None else inside.mask)
        if self._tint is None or self._tint[0] != key:
            values = self._hu[1]
            is_in = (values >= wanted[0]) & (values <= wanted[1])
            for bound, within in zip(bounds, (np.greater_equal, np.less_equal), strict=True):
                if bound is not None:
                    is_in &= within(values, bound)
            if inside is not None:
                mask, grid = session.mask(inside.id), session.volume.grid
                is_in &= reslice(mask, grid=grid, plane=plane, outside=0.0, scale=ratio) >= _HALF
            self._tint = (key, tint_image(is_in, colour, opacity=_TINT_OPACITY, device_pixel_ratio=ratio))
        return self._tint[1]


def _thin(mark: Path) -> Path:
    """Return an outline as it is drawn under the hand: a plain line of one pixel costs a twentieth of a dashed one."""
    return mark if mark.pen is None else replace(mark, pen=Pen(mark.pen.colour, 1.0))


def _meets(box: Box, grid: Grid, plane: SlicePlane) -> bool:
    """Whether a plane passes a box of voxels, or so near that an outline between voxel centres may move."""
    low = np.array(box[2::-1], dtype=float) - 1
    high = low + 1 + box[:2:-1]
    corners = [(i, j, k) for i in (low[0], high[0]) for j in (low[1], high[1]) for k in (low[2], high[2])]
    off = plane.off_plane_mm(grid.to_lps(corners))
    return bool(off.min() <= 0 <= off.max())


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


def _names(layers: Sequence[StructureLayer], outlines: Sequence[Primitive], plane: SlicePlane) -> list[Primitive]:
    """Write the names of what is outlined into the air beside the body."""
    body = next((layer.name for layer in layers if layer.kind is StructureKind.SKIN), "")
    # Everywhere between everything else: a name would say nothing.
    unnamed = {layer.name for layer in layers if layer.kind in VEILING_KINDS}
    named = [mark for mark in outlines if mark.name not in unnamed]
    return structure_names(named, size_px=plane.size_px, body=body)
