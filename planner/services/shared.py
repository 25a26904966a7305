"""How do arrays travel between processes? As references into the blob store, with the facts beside them as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from planner.domain.geometry import Grid, Side
from planner.domain.identity import BlobRef, Sha256, StructureId
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.structure import SegmentedMask, Structure, StructureKind, StructureOrigin, StructureRole
from planner.domain.temperature import TemperatureHistory
from planner.domain.uncertainty import BandRow, PredictionRange
from planner.domain.volume import Volume, VolumeRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.persistence.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class SharedVolume:
    """A loaded CT whose pixels lie in the store."""

    ref: VolumeRef
    hu: BlobRef
    padding: BlobRef | None = None

    @classmethod
    def of(cls, volume: Volume, blobs: BlobStore) -> SharedVolume:
        """Put the pixels into the store."""
        padding = None if volume.padding is None else blobs.put(volume.padding)
        return cls(volume.ref, blobs.put(volume.hu), padding)

    def open(self, blobs: BlobStore) -> Volume:
        """Map the pixels back, read-only."""
        padding = None if self.padding is None else blobs.get(self.padding)
        return Volume(self.ref, blobs.get(self.hu), padding)


@dataclass(frozen=True, slots=True)
class SharedMask:
    """A fresh mask whose voxels lie in the store."""

    name: str
    kind: StructureKind
    side: Side | None
    mask: BlobRef
    origin: StructureOrigin
    method: str
    colour: str = ""
    role: StructureRole | None = None

    @classmethod
    def of(cls, fresh: SegmentedMask, blobs: BlobStore) -> SharedMask:
        """Put the voxels into the store, ready for a plan file."""
        ref = blobs.put(np.asarray(fresh.mask, dtype=np.bool_))
        blobs.packed(ref)
        return cls(
            fresh.name, fresh.kind, fresh.side, ref, fresh.origin, fresh.method, colour=fresh.colour, role=fresh.role
        )

    def as_structure(self) -> Structure:
        """Return an unconfirmed structure with a new id."""
        new_id = StructureId(uuid4().hex)
        return Structure(
            id=new_id,
            name=self.name,
            kind=self.kind,
            mask=self.mask,
            origin=self.origin,
            side=self.side,
            method=self.method,
            role=self.role,
            colour=self.colour,
        )


@dataclass(frozen=True, slots=True)
class SharedResult:
    """A prediction whose fields lie in the store."""

    input_hash: Sha256
    grid: Grid
    times_s: tuple[float, ...]
    start: BlobRef
    change_index: BlobRef
    changes: BlobRef
    minimum: BlobRef
    tissue_index: BlobRef
    tissue_ids: tuple[str, ...]
    record: SolverRecord

    @classmethod
    def of(cls, result: SimulationResult, blobs: BlobStore) -> SharedResult:
        """Put the fields into the store."""
        return cls(
            input_hash=result.input_hash,
            grid=result.grid,
            times_s=tuple(float(t) for t in result.times_s),
            start=blobs.put(result.history.start_counts),
            change_index=blobs.put(result.history.index),
            changes=blobs.put(result.history.packed),
            minimum=blobs.put(result.minimum_c),
            tissue_index=blobs.put(result.tissue_index),
            tissue_ids=result.tissue_ids,
            record=result.record,
        )

    def open(self, blobs: BlobStore) -> SimulationResult:
        """Map the fields back, read-only."""
        return SimulationResult(
            input_hash=self.input_hash,
            grid=self.grid,
            history=TemperatureHistory(
                times_s=np.array(self.times_s),
                start_counts=blobs.get(self.start),
                index=blobs.get(self.change_index),
                packed=blobs.get(self.changes),
            ),
            minimum_c=blobs.get(self.minimum),
            tissue_index=blobs.get(self.tissue_index),
            tissue_ids=self.tissue_ids,
            record=self.record,
        )


@dataclass(frozen=True, slots=True)
class SharedEdges:
    """The band of one isotherm: its outer and inner edge, in the store.

    Each is a field of shape (K, J, I) of ``grid``, float32, mm: the signed distance to the edge, negative inside it.
    ``outer`` is None where the ice gets that cold in no case, ``inner`` where it is sure of no place.
    """

    level_c: float
    grid: Grid
    outer: BlobRef | None
    inner: BlobRef | None


@dataclass(frozen=True, slots=True)
class SharedRange:
    """The range, and each case's coldest-ever field (shape (K, J, I) of ``grid``, float32, °C) in the store.

    ``edges`` is the band around it, one entry for each isotherm asked for, for 0 °C and for the treatment isotherm,
    widened by ``error_mm``; ``rows`` is what the band means for targets and structures.
    """

    prediction: PredictionRange
    grid: Grid
    minima: tuple[BlobRef, ...]
    error_mm: float = 0.0
    edges: tuple[SharedEdges, ...] = ()
    rows: tuple[BandRow, ...] = ()

    def has_levels(self, levels_c: Iterable[float]) -> bool:
        """Whether the band of every one of these isotherms was made."""
        return set(levels_c) <= {edges.level_c for edges in self.edges}

    def row_of(self, subject_id: str, quantity: str) -> BandRow | None:
        """Return what the band means for a check, by the check's own subject and quantity."""
        return next((row for row in self.rows if (row.subject_id, row.quantity) == (subject_id, quantity)), None)
