"""Which image of the chosen series is shown? The middle one, then what the wheel asks for, then what is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from planner.ui.start.picture import Picture, picture_of
from planner.ui.start.series_words import grouped, is_still_read

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.series import SeriesSummary
    from planner.services.tasks import OpeningVolume
    from planner.ui.start.peeks import Peeks, Slices
    from planner.ui.start.picture_view import PictureView

_READING = "Reading the image …"
_REST_MS = 60  # a turning wheel asks for the image it stops at, not for all it passes


class SeriesBrowser(QObject):
    """Keeps a :class:`PictureView` on one image of one series."""

    def __init__(self, view: PictureView, peeks: Peeks) -> None:
        super().__init__(view)
        self._view, self._peeks = view, peeks
        self._series: SeriesSummary | None = None
        self._index = 0
        self._stepped = False
        self._opening: OpeningVolume | None = None
        self._opening_of: SeriesSummary | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._show)
        view.stepped.connect(self.step)
        peeks.came.connect(self._on_came)

    def show_series(self, series: SeriesSummary | None) -> None:
        """Show the middle image of a series; one that only grew keeps what it shows until its new middle is there."""
        old, self._series = self._series, series
        grew = series is not None and old is not None and old.key == series.key and _share(old.slices, series.slices)
        if grew and series is not None and self._view.has_picture and (self._stepped or is_still_read(series)):
            self._index = min(self._index, len(self._slices) - 1)
            return
        self._index, self._stepped = len(self._slices) // 2, False
        if not grew:
            self._view.show_picture(None, empty=_READING)  # never the image of another series, not even for a moment
        self._show()

    def show_opening(self, series: SeriesSummary, opening: OpeningVolume) -> None:
        """Show what is loaded of ``series`` so far, while that is the series on show: never under another's name."""
        is_first = self._opening is None
        self._opening, self._opening_of = opening, series
        if not self._is_arriving:
            return
        if is_first:
            self._index = opening.first
        self._show()

    def end_opening(self) -> None:
        """Go back to single images: the loading is over."""
        was_there = self._opening is not None
        self._opening = self._opening_of = None
        if was_there:
            self._show()

    @property
    def _is_arriving(self) -> bool:
        shown, opened = self._series, self._opening_of
        return shown is not None and opened is not None and shown.key == opened.key and shown.slices == opened.slices

    def step(self, steps: int) -> None:
        """Go through the series, or through what is loaded of it."""
        if not self._slices:
            return
        self._index, self._stepped = min(max(self._index + steps, 0), len(self._slices) - 1), True
        self._show() if self._is_arriving else self._rest.start()

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
        loaded = self._loaded()
        place = f"Im {grouped(self._index + 1)}/{grouped(len(self._slices))}"
        if loaded is not None:
            self._view.show_picture(loaded, place=place)
            return
        asked = self._asked()
        found = self._peeks.known(asked)
        if found is None:
            self._peeks.want(asked)
            if not self._view.has_picture:
                self._view.show_picture(None, empty=_READING)
        elif isinstance(found, Picture):
            self._view.show_picture(found, place=place)
        else:
            self._view.show_picture(None, empty=found)

    def _on_came(self, slices: Slices) -> None:
        if not self._is_arriving and self._slices and slices == self._asked():
            self._show()

    def _loaded(self) -> Picture | None:
        """Return the shown slice out of the volume under way; one that is not there yet gives way to the newest."""
        opening = self._opening
        if opening is None or not self._is_arriving:
            return None
        count = opening.shape[0]
        if (self._index - opening.first) % count >= opening.done:
            self._index = (opening.first + max(opening.done, 1) - 1) % count
        plane = plane_of(opening, self._index)
        if plane is None:
            return None
        middle = self._peeks.known(self._slices)
        axes = middle.axes if isinstance(middle, Picture) else None
        column_mm, row_mm, _ = opening.spacing_ijk_mm
        return picture_of(plane, window_hu=opening.window_hu, spacing_ji_mm=(row_mm, column_mm), axes=axes)


def _share(old: Slices, new: Slices) -> bool:
    """Whether a list of slices grew out of another one."""
    return bool(old) and old[0] in new


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
