"""What must the ice not touch? Segmented anatomy with a role, an origin and a named confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

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
    OTHER = "other"


class StructureOrigin(StrEnum):
    """Where a mask came from."""

    AUTOMATIC = "automatic"
    IMPORTED = "imported"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Structure:
    """One segmented structure on the plan's CT grid.

    The mask (bool, ``[k, j, i]``, same shape as the CT) lives in the blob store. For SKIN the mask is the whole
    body and the structure judged is its surface. A structure is *unconfirmed* until somebody's name is on it.
    """

    id: StructureId
    name: str
    kind: StructureKind
    mask: BlobRef
    origin: StructureOrigin
    side: Side | None = None
    method: str = ""
    confirmed_by: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise PlanInvalid("A structure needs a name.", code="structure-name")
        if self.mask.dtype != "bool" or len(self.mask.shape) != 3:
            raise PlanInvalid(
                f"{self.name}: a structure's mask is a bool volume, not {self.mask.dtype} {self.mask.shape}.",
                code="structure-mask",
            )

    @property
    def is_confirmed(self) -> bool:
        """Whether a named person accepted this structure."""
        return bool(self.confirmed_by.strip())


@dataclass(frozen=True, slots=True, eq=False)
class SegmentedMask:
    """A mask fresh from segmentation or a label file, before it gets an id and a place in the plan.

    ``mask`` is bool, shape (K, J, I), on the CT grid. ``method`` says how it was made, with its parameters.
    """

    name: str
    kind: StructureKind
    side: Side | None
    mask: NDArray[np.bool_]
    origin: StructureOrigin
    method: str
