"""Which image of the chosen series is shown? The middle one, then what the wheel asks for, then what is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from planner.ui.start.picture import Picture, picture_of
from planner.ui.start.series_words import grouped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.series import SeriesSummary
    from planner.services.tasks import OpeningVolume
    from planner.ui.start.peeks import Peeks, Slices
    from planner.ui.start.picture_view import PictureView

_REST_MS = 60  # a turning wheel asks for the image it stops at, not for all it passes


class SeriesBrowser(QObject):
    """Keeps a :class:`PictureView` on one image of one series."""

    def __init__(self, view: PictureView, peeks: Peeks) -> None:
        super().__init__(view)
        self._view, self._peeks = view, peeks
        self._series: SeriesSummary | None = None
        self._index = 0
        self._opening: OpeningVolume | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._show)
        view.stepped.connect(self.step)
        peeks.came.connect(self._on_came)

    def show_series(self, series: SeriesSummary | None) -> None:
        """Show the middle image of a series; one that only grew keeps the image it shows."""
        grew = series is not None and self._series is not None and series.key == self._series.key
        self._series = series
        if grew and self._view.has_picture and self._index < len(self._slices):
            return
        self._index = len(self._slices) // 2
        self._show()

    def show_opening(self, opening: OpeningVolume | None) -> None:
        """Show what is loaded so far; None when the loading is over."""
        was_there = self._opening is not None
        self._opening = opening
        if opening is None:
            if was_there:
                self._show()
            return
        if not was_there:
            self._index = opening.first
        self._show()

    def step(self, steps: int) -> None:
        """Go through the series, or through what is loaded of it."""
        if not self._slices:
            return
        self._index = min(max(self._index + steps, 0), len(self._slices) - 1)
        self._rest.start() if self._opening is None else self._show()

    @property
    def _slices(self) -> Slices:
        return self._series.slices if self._series is not None else ()

    def _asked(self) -> Slices:
        """Return what to peek at: the series for its middle image, which its row asks for too, else one slice."""
        middle = len(self._slices) // 2
        return self._slices if self._index == middle else (self._slices[self._index],)

    def _show(self) -> None:
        if self._series is None or not self._slices:
            self._view.show_picture(None, empty="Choose a series to see it." if self._series is None else "No images.")
            return
        place = f"Im {grouped(self._index + 1)}/{grouped(len(self._slices))}"
        loaded = self._loaded()
        if loaded is not None:
            self._view.show_picture(loaded, place=place)
            return
        asked = self._asked()
        found = self._peeks.known(asked)
        if found is None:
            self._peeks.want(asked)
            if not self._view.has_picture:
                self._view.show_picture(None, empty="Reading the image …")
        elif isinstance(found, Picture):
            self._view.show_picture(found, place=place)
        else:
            self._view.show_picture(None, empty=found)

    def _on_came(self, slices: Slices) -> None:
        if self._opening is None and self._slices and slices == self._asked():
            self._show()

    def _loaded(self) -> Picture | None:
        """Return the shown slice out of the volume under way; None when it is not there yet."""
        opening = self._opening
        if opening is None:
            return None
        count = opening.shape[0]
        if (self._index - opening.first) % count >= opening.done:
            self._index = (opening.first + max(opening.done, 1) - 1) % count
        plane = plane_of(opening, self._index)
        if plane is None:
            return None
        middle = self._peeks.known(self._slices)
        axes = middle.axes if isinstance(middle, Picture) else None
        _, row_mm, column_mm = opening.spacing_ijk_mm[2], opening.spacing_ijk_mm[1], opening.spacing_ijk_mm[0]
        return picture_of(plane, window_hu=opening.window_hu, spacing_ji_mm=(row_mm, column_mm), axes=axes)


def plane_of(opening: OpeningVolume, index: int) -> NDArray[np.generic] | None:
    """Return a copy of one slice of a volume under way, shape (J, I); None when its file has gone.

    The file is closed at once: its owner renames or removes it when the volume is complete.
    """
    try:
        mapped = np.load(opening.path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    if mapped.shape != tuple(opening.shape):
        return None
    return np.array(mapped[index])
