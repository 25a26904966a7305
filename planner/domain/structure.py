"""What must the ice not touch? Segmented anatomy with a role, an origin and a named confirmation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.digest import ADDED_LATER
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side
from planner.domain.identity import BlobRef, StructureId

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class StructureKind(StrEnum):
    """What tissue or organ a structure is: decides its rule, its colour and its thermal properties."""

    SKIN = "skin"
    BONE = "bone"
    LUNG = "lung"
    AIRWAY = "airway"
    ARTERY = "artery"
    VEIN = "vein"
    NERVE = "nerve"
    SPINAL_CORD = "spinal cord"
    OESOPHAGUS = "oesophagus"
    BOWEL = "bowel"
    URETER = "ureter"
    BLADDER = "bladder"
    THYROID = "thyroid"
    ADRENAL = "adrenal"
    KIDNEY = "kidney"
    LIVER = "liver"
    SPLEEN = "spleen"
    DIAPHRAGM = "diaphragm"
    TENDON = "tendon"
    MUSCLE = "muscle"
    FAT = "fat"
    TUMOUR = "tumour"
    FLUID_BARRIER = "fluid barrier"
    GAS_BARRIER = "gas barrier"
    HEART = "heart"
    PANCREAS = "pancreas"
    GALLBLADDER = "gallbladder"
    PROSTATE = "prostate"
    UTERUS = "uterus"
    CARTILAGE = "cartilage"
    DISC = "intervertebral disc"
    LIGAMENT = "ligament"
    FASCIA = "plantar fascia"
    FAT_PAD = "fat pad"
    SPERMATIC_CORD = "spermatic cord"
    LYMPH_NODE = "lymph node"
    EFFUSION = "effusion"
    GAS = "gas"
    OTHER = "other"


class StructureRole(StrEnum):
    """What a structure means for the plan: which of its kind's rules are judged, and what it does to ice and shaft."""

    CRITICAL = "critical"
    """Ice and needle must stay away: every rule of its kind is judged."""
    HEAT_SINK = "heat sink"
    """Warms the ice (a large vessel): judged as critical, and its effect on the ice is predicted."""
    BARRIER = "barrier"
    """Put there to protect (fluid, gas): predicted, never judged."""
    OBSTACLE = "obstacle"
    """The needle cannot or must not pass; ice may."""
    PASSABLE = "passable"
    """The needle may pass."""
    TARGET = "target"
    """To be frozen: never judged as something to spare."""


class StructureOrigin(StrEnum):
    """Where a mask came from."""

    AUTOMATIC = "automatic"
    IMPORTED = "imported"
    DRAWN = "drawn"


USUAL_ROLE: dict[StructureKind, StructureRole] = {
    StructureKind.ARTERY: StructureRole.HEAT_SINK,
    StructureKind.VEIN: StructureRole.HEAT_SINK,
    StructureKind.HEART: StructureRole.HEAT_SINK,
    StructureKind.BONE: StructureRole.OBSTACLE,
    StructureKind.MUSCLE: StructureRole.PASSABLE,
    StructureKind.FAT: StructureRole.PASSABLE,
    StructureKind.CARTILAGE: StructureRole.PASSABLE,
    StructureKind.EFFUSION: StructureRole.PASSABLE,
    StructureKind.GAS: StructureRole.PASSABLE,
    StructureKind.FLUID_BARRIER: StructureRole.BARRIER,
    StructureKind.GAS_BARRIER: StructureRole.BARRIER,
    StructureKind.TUMOUR: StructureRole.TARGET,
}
"""Role of a kind that has no role of its own; every other kind is critical. Project defaults."""
MOST_MARGIN_MM = 50.0
EDITED = "edited: "
"""Stands in a structure's method before what was drawn in it."""


@dataclass(frozen=True, slots=True)
class Structure:
    """One segmented structure on the plan's CT grid.

    The mask (bool, ``[k, j, i]``, same shape as the CT) lives in the blob store. For SKIN the mask is the whole
    body and the structure judged is its surface. A structure is *unconfirmed* until somebody's name is on it.

    Parameters
    ----------
    role
        ``None``: the role that its kind has by itself, :data:`USUAL_ROLE`.
    margin_mm, margin_reason
        Distance that the 0 °C edge should keep, in place of the rule set's, mm, and why; ``None``: as the rules say.
    colour
        ``"#rrggbb"`` in place of its kind's; empty: its kind's. The line pattern always is the kind's.
    confirmed_at
        ISO 8601 UTC; empty while unconfirmed.
    """

    id: StructureId
    name: str
    kind: StructureKind
    mask: BlobRef
    origin: StructureOrigin
    side: Side | None = None
    method: str = ""
    confirmed_by: str = ""
    role: StructureRole | None = field(default=None, metadata=ADDED_LATER)
    margin_mm: float | None = field(default=None, metadata=ADDED_LATER)
    margin_reason: str = field(default="", metadata=ADDED_LATER)
    colour: str = field(default="", metadata=ADDED_LATER)
    confirmed_at: str = field(default="", metadata=ADDED_LATER)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise PlanInvalid("A structure needs a name.", code="structure-name")
        if self.mask.dtype != "bool" or len(self.mask.shape) != 3:
            raise PlanInvalid(
                f"{self.name}: a structure's mask is a bool volume, not {self.mask.dtype} {self.mask.shape}.",
                code="structure-mask",
            )
        if self.margin_mm is not None and not (0 <= self.margin_mm <= MOST_MARGIN_MM and self.margin_reason.strip()):
            raise PlanInvalid(
                f"{self.name}: a margin of its own lies between 0 and {MOST_MARGIN_MM:g} mm and needs a reason, not "
                f"{self.margin_mm:g} mm because “{self.margin_reason}”.",
                code="structure-margin",
            )
        if self.colour and not re.fullmatch("#[0-9a-f]{6}", self.colour):
            raise PlanInvalid(f"{self.name}: “{self.colour}” is no colour like #d9b08c.", code="structure-colour")

    @property
    def effective_role(self) -> StructureRole:
        """The role it was given, else the usual one of its kind."""
        return self.role or USUAL_ROLE.get(self.kind, StructureRole.CRITICAL)

    @property
    def is_blank(self) -> bool:
        """Whether it was begun by hand and nothing was drawn yet: every stroke leaves its word in ``method``."""
        return self.origin is StructureOrigin.DRAWN and not self.method

    @property
    def is_edited(self) -> bool:
        """Whether somebody has drawn in it since it was found, read or begun."""
        return EDITED in self.method

    @property
    def is_confirmed(self) -> bool:
        """Whether a named person accepted this structure."""
        return bool(self.confirmed_by.strip())


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedMask:
    """A mask fresh from segmentation or a label file, before it gets an id and a place in the plan.

    ``mask`` is bool, shape (K, J, I), on the CT grid. ``method`` says how it was made, with its parameters. ``colour``
    is the ``"#rrggbb"`` that its file gives it; empty: none. ``role`` is ``None`` where it is its kind's usual one.
    """

    name: str
    kind: StructureKind
    side: Side | None
    mask: NDArray[np.bool_]
    origin: StructureOrigin
    method: str
    colour: str = ""
    role: StructureRole | None = None
