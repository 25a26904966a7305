"""What does a synthetic patient carry? The CT, its truth, and one reference plan."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.identity import PatientIdentity
    from planner.domain.probe import ProbePlacement
    from planner.domain.protocol import Protocol
    from planner.domain.structure import SegmentedMask
    from planner.domain.target import Target
    from planner.domain.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """A synthetic patient with known truth; nothing in it comes from a person.

    Parameters
    ----------
    name
        Catalogue name, such as ``"neck"``.
    title, history
        Words for the demo list and an invented clinical history.
    volume
        The CT: int16 HU, shape (K, J, I), head first supine.
    masks
        Truth, one per structure, on the CT's grid. ``"Skin"`` is the filled body; the others do not overlap.
    targets, probes, protocol
        A reference plan that reaches the target past every mask.
    landmarks
        Named points inside a single tissue, so that a flip, swap or shift shows as a wrong HU.
    """

    name: str
    title: str
    history: str
    volume: Volume
    identity: PatientIdentity
    masks: tuple[SegmentedMask, ...]
    targets: tuple[Target, ...]
    probes: tuple[ProbePlacement, ...]
    protocol: Protocol
    landmarks: dict[str, PointLps]


def uid(case: str, what: str) -> str:
    """Return a UID under the 2.25 root (DICOM PS3.5 B.2), the same for the same case and object every time."""
    number = int.from_bytes(hashlib.sha256(f"frostline phantom {case} {what}".encode()).digest()[:16], "big")
    return f"2.25.{number}"
