"""How does painted anatomy become a patient? Scans the canvas and puts names, identifiers and the plan on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.digest import array_hash
from planner.domain.geometry import PatientPosition
from planner.domain.identity import PatientIdentity
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.phantoms.phantom import Phantom, uid
from planner.phantoms.scanner import Dose, add_texture, scan
from planner.phantoms.skeleton import BONE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.domain.probe import ProbePlacement
    from planner.domain.progress import Progress
    from planner.domain.target import Target
    from planner.phantoms.canvas import Canvas

STUDY_DATE = "2026-01-05"
PROTOCOL = Protocol(
    name="Demo: single freeze, 8 min",
    phases=(Phase(PhaseKind.FREEZE, 480.0), Phase(PhaseKind.PASSIVE_THAW, 240.0)),
    source="8 min freeze quoted for nerves in general; thaw time is a project default of the phantom",
)


@dataclass(frozen=True, slots=True)
class Painted:
    """Anatomy before the scan: canvas, filled body (K, J, I), and the reference plan in patient coordinates."""

    canvas: Canvas
    body: NDArray[np.bool_]
    target: Target
    probe: ProbePlacement
    landmarks: dict[str, PointLps]


@dataclass(frozen=True, slots=True)
class Card:
    """Words of one case."""

    name: str
    title: str
    history: str
    region: str
    dose: Dose


def finish(card: Card, painted: Painted, progress: Progress) -> Phantom:
    """Scan a painted patient and return the phantom."""
    canvas = painted.canvas
    add_texture(canvas.hu, canvas.grid, canvas.rng, bone=canvas.mask(BONE))
    hu = scan(canvas.hu, canvas.grid, canvas.rng, dose=card.dose, progress=progress)
    skin = SegmentedMask("Skin", StructureKind.SKIN, None, painted.body, StructureOrigin.IMPORTED, "phantom truth")
    return Phantom(
        name=card.name,
        title=card.title,
        history=card.history,
        volume=Volume(ref=_reference(card, canvas.grid, hu), hu=hu),
        identity=_identity(card),
        masks=(skin, *canvas.truth()),
        targets=(painted.target,),
        probes=(painted.probe,),
        protocol=PROTOCOL,
        landmarks=painted.landmarks,
    )


def _reference(card: Card, grid: Grid, hu: NDArray[np.int16]) -> VolumeRef:
    return VolumeRef(
        pixel_hash=array_hash(hu),
        grid=grid,
        patient_position=PatientPosition.HFS,
        study_instance_uid=uid(card.name, "study"),
        series_instance_uid=uid(card.name, "ct series"),
        frame_of_reference_uid=uid(card.name, "frame of reference"),
        series_label=f"2 · {card.region} 1.5 mm",
        scanner="Frostline phantom",
        compression="uncompressed",
        slice_location_slope=1.0,
        slice_location_offset_mm=0.0,
        window_hu=(400.0, 40.0),
    )


def _identity(card: Card) -> PatientIdentity:
    name = card.name.title()
    return PatientIdentity(
        patient_name=f"Demo^{name}",
        patient_id=f"DEMO-{card.name.upper()}",
        sex="O",
        study_date=STUDY_DATE,
        study_description=f"Synthetic {card.region.lower()} CT",
        institution="Frostline demonstration (no real patient)",
    )
