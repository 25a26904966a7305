"""What was looked at before? Window, slab, planes, place and zoom to go back to: beside undo, which edits the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.rendering.slab import SlabMode
    from planner.rendering.turning import Frame
    from planner.rendering.window import WindowHu
    from planner.ui.view_state import ViewState

# Changes closer together than this are one look: a drag, a run of the wheel.
_SETTLED_MS = 500
_KEPT = 100


@dataclass(frozen=True, slots=True)
class Look:
    """Everything about the views that a hand can change by navigating.

    ``poses`` holds (view name, (middle of the picture in LPS mm, mm per pixel)).
    """

    window_hu: WindowHu
    is_inverted: bool
    slab_mm: float
    slab_mode: SlabMode
    frame: Frame
    crosshair_lps_mm: PointLps
    poses: tuple[tuple[str, tuple[PointLps, float]], ...] = ()


class ViewHistory(QObject):
    """Looks in the order they were taken. ``restored`` carries the look the views go back to, for pan and zoom."""

    restored = Signal(object)

    def __init__(self, view: ViewState) -> None:
        super().__init__(view)
        self._view = view
        self._poses: dict[str, tuple[PointLps, float]] = {}
        self._looks: list[Look] = []
        self._at = -1
        self._is_restoring = False
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.timeout.connect(self.settle)
        view.changed.connect(self._on_change)

    def clear(self) -> None:
        """Forget everything: another CT is looked at."""
        self._settled.stop()
        self._poses.clear()
        self._looks.clear()
        self._at = -1

    def note(self, name: str, centre_lps_mm: PointLps, *, mm_per_px: float) -> None:
        """Remember how one view is panned and zoomed."""
        if self._poses.get(name) != (centre_lps_mm, mm_per_px):
            self._poses[name] = (centre_lps_mm, mm_per_px)
            self._begin()

    def settle(self) -> None:
        """Take the present look in when a hand has changed it; what had been gone back from is dropped."""
        if self._looks and not self._settled.isActive():
            return
        self._settled.stop()
        look = self._present()
        if self._looks and self._looks[self._at] == look:
            return
        del self._looks[self._at + 1 :]
        self._looks = [*self._looks[-_KEPT + 1 :], look]
        self._at = len(self._looks) - 1

    def back(self) -> bool:
        """Go to the look before; False when there is none."""
        self.settle()
        return self._go(self._at - 1)

    def forward(self) -> bool:
        """Go to the look after; False when there is none."""
        return self._go(self._at + 1)

    def _go(self, at: int) -> bool:
        if not 0 <= at < len(self._looks):
            return False
        look, view = self._looks[at], self._view
        self._is_restoring = True
        try:
            view.set_window(look.window_hu)
            view.set_inverted(on=look.is_inverted)
            view.set_slab(look.slab_mm, look.slab_mode)
            view.set_frame(look.frame)
            view.set_crosshair(look.crosshair_lps_mm)
            self.restored.emit(look)
        finally:
            self._is_restoring = False
        self._at = at
        self._settled.stop()
        return True

    def _present(self) -> Look:
        view = self._view
        return Look(
            view.window_hu,
            view.is_inverted,
            view.slab_mm,
            view.slab_mode,
            view.frame,
            view.crosshair_lps_mm,
            tuple(sorted(self._poses.items())),
        )

    def _on_change(self, name: str) -> None:
        if name in ("window_hu", "inverted", "slab_mm", "slab_mode", "frame", "crosshair_lps_mm"):
            self._begin()

    def _begin(self) -> None:
        if not self._is_restoring:
            self._settled.start(_SETTLED_MS)
