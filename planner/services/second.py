"""How does a second series come over the planning CT? Read, laid over it, and put into the store to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid
from planner.domain.identity import BlobRef
from planner.domain.second import SecondSeries

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import LayOver


@dataclass(frozen=True, slots=True)
class SharedSecond:
    """A :class:`planner.domain.second.SecondSeries` whose arrays lie in the store."""

    label: str
    values: BlobRef
    grid: Grid
    padding: BlobRef | None
    window: tuple[float, float]
    is_hu: bool
    disagreement_mm: float
    overlap_percent: float
    shift_mm: float
    same_frame: bool

    @classmethod
    def of(cls, second: SecondSeries, blobs: BlobStore) -> SharedSecond:
        """Put the arrays into the store."""
        return cls(
            label=second.label,
            values=blobs.put(second.values),
            grid=second.grid,
            padding=None if second.padding is None else blobs.put(second.padding),
            window=second.window,
            is_hu=second.is_hu,
            disagreement_mm=second.disagreement_mm,
            overlap_percent=second.overlap_percent,
            shift_mm=second.shift_mm,
            same_frame=second.same_frame,
        )

    def open(self, blobs: BlobStore) -> SecondSeries:
        """Map the arrays back, read-only."""
        return SecondSeries(
            label=self.label,
            values=blobs.get(self.values),
            grid=self.grid,
            padding=None if self.padding is None else blobs.get(self.padding),
            window=self.window,
            is_hu=self.is_hu,
            disagreement_mm=self.disagreement_mm,
            overlap_percent=self.overlap_percent,
            shift_mm=self.shift_mm,
            same_frame=self.same_frame,
        )


def lay_over(request: LayOver, *, blobs: BlobStore, progress: Progress) -> SharedSecond:
    """Task: read a series and lay it over the planning CT; refuses when the two do not fit in words."""
    from planner.imaging.second import load_second
    from planner.rendering.window import percentile_window
    from planner.spatial.register import moved_grid, register_rigid

    planning = request.planning.open(blobs)
    scan = load_second(request.slices, progress=progress)
    frame = scan.frame_of_reference_uid
    same_frame = bool(frame) and frame == planning.ref.frame_of_reference_uid
    found = register_rigid(
        planning.hu,
        planning.grid,
        scan.values,
        scan.grid,
        same_frame=same_frame,
        tick=lambda done, total: progress(done, total, "Laying it over the CT"),
    )
    grid = moved_grid(scan.grid, found.moving_to_fixed)
    shift = grid.centre_lps_mm - scan.grid.centre_lps_mm
    second = SecondSeries(
        label=scan.label,
        values=scan.values,
        grid=grid,
        padding=scan.padding,
        window=_showable(scan.window or percentile_window(scan.values)),
        is_hu=scan.is_hu,
        disagreement_mm=found.disagreement_mm,
        overlap_percent=100 * found.overlap,
        shift_mm=float(np.linalg.norm(shift)),
        same_frame=same_frame,
    )
    return SharedSecond.of(second, blobs)


def _showable(window: tuple[float, float]) -> tuple[float, float]:
    """Return a window at least 1 wide: headers of MR name narrower ones, which nothing can be shown with."""
    return max(1.0, window[0]), window[1]
