"""What does a structure of a DICOM file become here? Its kind, side, name and colour, and how it was made, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation.labelio.classes import meaning_of
from planner.segmentation.labelio.volumes import is_shell
from planner.segmentation.vocabulary import SIDE_OF_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.segmentation.labelio.label_image import LabelName

MOST_NAMED = 8  # structures that were left out and are named; the rest are counted


_MADE = {
    "AUTOMATIC": "Made automatically",
    "SEMIAUTOMATIC": "Made semi-automatically",
    "MANUAL": "Drawn by hand",
}


def imported_mask(
    said: LabelName, mask: NDArray[np.bool_], *, method: str, of_itself: Iterable[str] = ()
) -> SegmentedMask:
    """Return the mask as what its file calls it.

    Parameters
    ----------
    said
        Name, codes and colour in the file.
    method
        How the mask came onto the CT.
    of_itself
        What the file says of its making, a sentence each without its full stop; empty ones are passed over.
    """
    meaning = meaning_of(said)
    kind = meaning.kind
    if kind is StructureKind.SKIN and is_shell(mask):
        kind = StructureKind.OTHER
        method += "; only a layer, not the whole body, so it is not used as the skin"
    method += f"; {meaning.doubt}" if meaning.doubt else ""
    return SegmentedMask(
        name=said.name,
        kind=kind,
        side=meaning.side,
        mask=mask,
        origin=StructureOrigin.IMPORTED,
        method=". ".join(part for part in (method, *of_itself) if part),
        colour=said.colour,
        role=meaning.role,
    )


def own_words(made: str, by: str, described: str) -> tuple[str, str]:
    """Return what a file says of a structure's making as two sentences; empty where it says nothing.

    ``made`` is the algorithm type of its form (AUTOMATIC, SEMIAUTOMATIC, MANUAL), ``by`` the algorithm's name.
    """
    how = _MADE.get(made.strip(), "Made" if by.strip() else "")
    by_whom = f" by {by.strip()}" if by.strip() else ""
    return how + by_whom, f"Described there as “{described.strip()}”" if described.strip() else ""


def side_code(modifiers: Sequence[Dataset] | None) -> str:
    """Return the first code among modifiers that names a side; empty when none does."""
    codes = (str(item.get("CodeValue", "")) for item in modifiers or ())
    return next((code for code in codes if code in SIDE_OF_CODE), "")


def listed(names: Sequence[str]) -> str:
    """Return names as one text, the many of a long list counted."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
