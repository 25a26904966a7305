"""Region tool: one click takes what hangs together with the voxel clicked and looks like its neighbourhood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.mask_edit import Combine, Connected
from planner.rendering.primitives import Label, Primitive, Role
from planner.rendering.window import signed
from planner.ui.slices.tools.tool import SliceTool

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.volume import Volume
    from planner.ui.paint_settings import PaintSettings
    from planner.ui.slices.tools.tool import Host, Pointer

_HINT_RIGHT_PX, _HINT_DOWN_PX = 14.0, 22.0


class ConnectedTool(SliceTool):
    """A click adds a region to the structure under the hand; Shift, or Remove in the options, takes it away."""

    cursor = Qt.CursorShape.CrossCursor
    keeps_shift = True

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._at: Pointer | None = None

    def press(self, at: Pointer) -> None:
        """Take the region around the point."""
        wanted = region_at(at.lps_mm, volume=self.host.session.volume, paint=self.host.view.paint)
        if wanted is None or self.host.painting is None:
            return
        if at.modifiers & Qt.KeyboardModifier.ShiftModifier:
            wanted = Connected(wanted.seed_lps_mm, wanted.range_hu, wanted.reach_mm, Combine.REMOVE)
        self.host.painting.run(wanted)

    def double_click(self, at: Pointer) -> bool:
        """Never maximise the view under a hand that clicks regions."""
        del at
        return True

    def hover(self, at: Pointer) -> None:
        """Say what a click here would take."""
        self._at = at
        self.host.repaint_hand()

    def leave(self) -> None:
        """Say nothing any more."""
        self._at = None

    def marks(self) -> list[Primitive]:
        """Write the HU that a click would take beside the cursor."""
        if self._at is None:
            return []
        wanted = region_at(self._at.lps_mm, volume=self.host.session.volume, paint=self.host.view.paint)
        words = "Outside the CT" if wanted is None else f"{' to '.join(signed(hu) for hu in wanted.range_hu)} HU"
        at = (self._at.px[0] + _HINT_RIGHT_PX, self._at.px[1] + _HINT_DOWN_PX)
        return [Label(Role.DRAFT, words, at, colour="#ffffff", name="region hint")]


def region_at(lps_mm: PointLps, *, volume: Volume, paint: PaintSettings) -> Connected | None:
    """Return the edit of a click: the mean of the 3 × 3 × 3 voxels around it, give or take the tolerance.

    The range is widened, where noise asks for it, to hold the clicked voxel itself: a region begins there. None outside
    the CT and on padding.
    """
    i, j, k = (int(n) for n in np.rint(volume.grid.to_index(lps_mm)))
    shape = volume.grid.shape_kji
    if not (0 <= k < shape[0] and 0 <= j < shape[1] and 0 <= i < shape[2]):
        return None
    around = tuple(slice(max(0, n - 1), n + 2) for n in (k, j, i))
    counts = np.ones((), bool) if volume.padding is None else ~volume.padding[around]
    if volume.padding is not None and volume.padding[k, j, i]:
        return None
    middle = float(np.mean(volume.hu[around], where=counts, dtype=np.float64))
    own = float(volume.hu[k, j, i])
    low, high = round(middle - paint.tolerance_hu), round(middle + paint.tolerance_hu)
    combine = Combine.REMOVE if paint.is_removing else Combine.ADD
    return Connected(lps_mm, (min(low, own), max(high, own)), paint.reach_mm, combine)
