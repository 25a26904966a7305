"""Which patient letters belong at the edges of a picture? By hand from the words of each encoding (H-06, H-16).

A stored slice is shown as it stands: columns to the right, rows downwards. The letter at an edge is then the end of the
patient that the row or column direction in the header points to; that table of six is all that is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from planner.bench.faults.encoding import Vector

# Axes of DICOM patient coordinates (PS3.3 C.7.6.2.1.1): x grows to the left hand, y to the back, z to the head.
_ENDS = {
    (1.0, 0.0, 0.0): "L",
    (-1.0, 0.0, 0.0): "R",
    (0.0, 1.0, 0.0): "P",
    (0.0, -1.0, 0.0): "A",
    (0.0, 0.0, 1.0): "H",
    (0.0, 0.0, -1.0): "F",
}
_OTHER_END = {"L": "R", "R": "L", "P": "A", "A": "P", "H": "F", "F": "H"}


class Edges(NamedTuple):
    """The letters at the four edges."""

    left: str
    right: str
    top: str
    bottom: str


def stored_edges(row: Vector, column: Vector) -> Edges:
    """Return the letters around a stored slice shown as it stands."""
    right, bottom = _ENDS[row], _ENDS[column]
    return Edges(_OTHER_END[right], right, _OTHER_END[bottom], bottom)


# What radiological convention prescribes for the standard planes, whatever the storage.
STANDARD_EDGES = {
    "axial": Edges("R", "L", "A", "P"),
    "coronal": Edges("R", "L", "H", "F"),
    "sagittal": Edges("A", "P", "H", "F"),
}
