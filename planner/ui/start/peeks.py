"""Who fetches single images for the import page? One quiet job at a time, the newest wish first, and a small memory.

Decoders run in the worker (H-38). What is remembered are grey pictures, in memory only: no thumbnail reaches the disk
(H-43).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import PlannerError
from planner.services.tasks import PeekedSeries, PeekSeries
from planner.ui.start.picture import Picture, picture_of
from planner.ui.start.series_words import is_still_read

if TYPE_CHECKING:
    from planner.domain.series import SeriesSummary, SliceFile
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

Slices = tuple["SliceFile", ...]
_Name = tuple["SliceFile", int, int]

_KEPT = 120
_QUEUED = 24


class Peeks(QObject):
    """Pictures by the slices they were asked for. ``came(slices)`` when one is there, or is known not to come."""

    came = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._known: OrderedDict[_Name, Picture | str] = OrderedDict()
        self._wanted: OrderedDict[_Name, Slices] = OrderedDict()
        self._thumbs: dict[str, _Name] = {}
        self._under_way: tuple[_Name, RunningJob] | None = None
        self._scan = 0

    def known(self, slices: Slices) -> Picture | str | None:
        """Return the picture, or the sentence why there is none; None while nobody has looked."""
        name = self._name(slices)
        found = self._known.get(name)
        if found is not None:
            self._known.move_to_end(name)
        return found

    def thumb(self, series: SeriesSummary) -> Picture | str | None:
        """Return a series' small picture and ask for it where there is none.

        A series that is still growing keeps the picture it has: its middle moves with every report.
        """
        if not series.slices:
            return "This series has no images."
        name = self._name(series.slices)
        if name in self._known:
            self._thumbs[series.key] = name
            return self._known[name]
        old = self._thumbs.get(series.key)
        found = self._known.get(old) if old is not None else None
        if found is None or not is_still_read(series):
            self.want(series.slices)
        return found

    def want(self, slices: Slices) -> None:
        """Ask for the middle image of ``slices``; the newest wish comes first, old ones beyond a screenful lapse."""
        name = self._name(slices)
        if name in self._known or (self._under_way is not None and self._under_way[0] == name):
            return
        self._wanted[name] = slices
        self._wanted.move_to_end(name)
        while len(self._wanted) > _QUEUED:
            self._wanted.popitem(last=False)
        self._ask_next()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for."""
        return self._under_way is None and not self._wanted

    def forget(self) -> None:
        """Drop what is known and what is queued: another scan begins.

        Its files may bear the same names, as on one disc after another, and be another patient's (H-11).
        """
        self._scan += 1
        self._known.clear()
        self._wanted.clear()
        self._thumbs.clear()

    def _ask_next(self) -> None:
        if self._under_way is not None or not self._wanted:
            return
        name, slices = self._wanted.popitem(last=True)

        def keep(result: Picture | str) -> None:
            self._under_way = None
            self._known[name] = result
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            self.came.emit(slices)
            self._ask_next()

        def show(peeked: PeekedSeries) -> None:
            try:
                picture = picture_of(
                    self._desk.blobs.take(peeked.image),
                    window_hu=peeked.window_hu,
                    spacing_ji_mm=peeked.spacing_ji_mm,
                    axes=peeked.axes,
                    is_hu=peeked.is_hu,
                )
            except PlannerError as error:
                keep(str(error))
            else:
                keep(picture)

        job = self._desk.jobs.start(
            PeekSeries(slices),
            verb="Looking at a series",
            on_done=show,
            on_failed=lambda error: keep(str(error)),
            is_quiet=True,
        )
        # A runner that answers at once is done already.
        if name not in self._known and self._under_way is None:
            self._under_way = (name, job)

    def _name(self, slices: Slices) -> _Name:
        """Return what tells one wish from another: the scan, and the image that will come.

        Hashing hundreds of paths would take long.
        """
        return slices[len(slices) // 2], len(slices), self._scan
