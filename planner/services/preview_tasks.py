"""What is asked for while a probe moves, and what comes back? A coarse field at one moment, and what is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.geometry import Grid
from planner.domain.identity import BlobRef, ProbeId, Sha256
from planner.domain.plan import Plan
from planner.domain.preview import IcePreview, LiveNumbers
from planner.domain.probe import ProbePlacement
from planner.services.shared import SharedVolume

if TYPE_CHECKING:
    from planner.persistence.blobs import BlobStore
    from planner.services.plan_notes import PlanNotes


@dataclass(frozen=True, slots=True)
class PreviewIce:
    """Compute the ice at the end of the first freeze on a coarse grid: while a probe is dragged.

    ``box`` is the grid of the preview before this one; it is used again while the probes have room in it, so that a
    drag lays out the tissue once.
    """

    volume: SharedVolume
    plan: Plan
    box: Grid | None = None
    plan_hash: Sha256 | None = None
    """Of what of the plan is judged, where the asker knows it."""

    def compact(self, notes: PlanNotes) -> PreviewMove:
        """Return the same request for another process, which reads the plan from a note."""
        return PreviewMove(
            self.volume,
            notes.name_of(self.plan),
            self.plan.probes,
            self.plan.locked_probes,
            self.box,
            self.plan_hash or self.plan.judged_hash,
        )


@dataclass(frozen=True, slots=True)
class PreviewMove:
    """:class:`PreviewIce` of a plan that lies as a note in the store, with its probes where they are now."""

    volume: SharedVolume
    note: str
    probes: tuple[ProbePlacement, ...]
    locked_probes: tuple[ProbeId, ...]
    box: Grid | None
    plan_hash: Sha256


@dataclass(frozen=True, slots=True)
class PreviewedIce:
    """One field in the store, °C, to be taken from it; see :class:`planner.domain.preview.IcePreview`.

    ``took_s`` is how long field and numbers took where they were made.
    """

    plan_hash: Sha256
    grid: Grid
    time_s: float
    field: BlobRef
    reaches_boundary: bool
    live: LiveNumbers = LiveNumbers()  # noqa: RUF009 - a frozen value
    took_s: float = 0.0

    def take(self, blobs: BlobStore) -> IcePreview:
        """Take the field out of the store."""
        return IcePreview(
            self.plan_hash,
            self.grid,
            self.time_s,
            blobs.take(self.field),
            self.reaches_boundary,
            self.field.sha256,
            self.live,
        )
