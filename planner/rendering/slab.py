"""What does a slab of the volume show? The largest, smallest or mean value through its thickness, in mm."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

MAX_SLAB_MM: Final = 100.0


class SlabMode(StrEnum):
    """What is shown of the values through a slab."""

    MIP = "MIP"
    MINIP = "MinIP"
    AVERAGE = "Average"
