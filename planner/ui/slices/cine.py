"""How do slices play by themselves? One step per tick of a timer, round and round, until a hand does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from planner.ui.slices.slice_view import SliceView


class Cine(QObject):
    """Plays the slices of one view at ``view.cine_per_s``; a tick that comes late is left out, nothing piles up."""

    def __init__(self, owner: SliceView) -> None:
        super().__init__(owner)
        self._owner = owner
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.step)
        self._is_stepping = False

    @property
    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    @property
    def is_stepping(self) -> bool:
        """Whether what changes just now is the film's own doing and no hand's."""
        return self._is_stepping

    def toggle(self) -> None:
        """Start or stop."""
        if self.is_playing:
            self.stop()
        else:
            self._timer.start(round(1000 / self._owner.view.cine_per_s))
            self._owner.repaint_hand()

    def stop(self) -> None:
        """Stay at the slice that is shown."""
        if self.is_playing:
            self._timer.stop()
            self._owner.repaint_hand()

    def step(self) -> None:
        """Go to the next slice up; after the last comes the first."""
        owner = self._owner
        self._is_stepping = True
        try:
            before = owner.plane
            owner.step_slices(1)
            if owner.plane == before:
                owner.step_slices(-sum(owner.session.volume.grid.shape_kji))
        finally:
            self._is_stepping = False
