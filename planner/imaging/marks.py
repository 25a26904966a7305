"""What in a header tells one volume of a series from another? Attributes that set volumes apart (H-02, H-11)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.imaging.headers import SliceHeader

# Fewer slices than this make no volume.
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """One attribute, in words, and how a header gives it.

    ``is_constant`` says that it does not change within one volume as scanners write it; the others may, shot by shot.
    ``is_ordered`` says that, where it does change, it changes along the stack and not to and fro.
    """

    words: str
    value: Callable[[SliceHeader], str]
    unit: str = ""
    is_constant: bool = False
    is_ordered: bool = False

    def told(self, header: SliceHeader) -> str:
        """Return the value in words, such as ``"kernel B30f"``."""
        return f"{self.words} {self.value(header) or 'not named'}{self.unit if self.value(header) else ''}"


def _thickness(header: SliceHeader) -> str:
    return "" if header.slice_thickness_mm is None else f"{header.slice_thickness_mm:g}"


# In the order in which they are tried.
MARKS = (
    Mark("temporal position", lambda h: h.temporal_position, is_constant=True, is_ordered=True),
    Mark("stack", lambda h: h.stack_id, is_constant=True, is_ordered=True),
    Mark("acquisition", lambda h: h.acquisition_number, is_ordered=True),
    Mark("image type", lambda h: "\\".join(h.image_type), is_constant=True, is_ordered=True),
    Mark("kernel", lambda h: h.kernel, is_constant=True, is_ordered=True),
    Mark("contrast", lambda h: h.contrast, is_ordered=True),
    Mark("tube voltage", lambda h: h.kvp, unit=" kV", is_constant=True, is_ordered=True),
    Mark("cardiac phase", lambda h: h.cardiac_phase, unit=" %", is_constant=True, is_ordered=True),
    Mark("echo time", lambda h: h.echo_time, unit=" ms", is_constant=True, is_ordered=True),
    Mark("b-value", lambda h: h.b_value, unit=" s/mm²", is_constant=True, is_ordered=True),
    Mark("series number", lambda h: h.series_number, is_ordered=True),
    Mark("description", lambda h: h.series_description, is_ordered=True),
    Mark("filter", lambda h: h.filter_type),
    Mark("thickness", _thickness, unit=" mm"),
    Mark("trigger time", lambda h: h.trigger_time, unit=" ms"),
    Mark("acquisition time", lambda h: h.acquisition_time, is_ordered=True),
    Mark("content time", lambda h: h.content_time),
)


def alternating_marks(ordered: Sequence[SliceHeader]) -> list[Mark]:
    """Return the attributes whose values go to and fro along a stack, each value often enough to be a volume.

    MR images are taken in turns, so that there times and acquisitions go to and fro within one volume.
    """
    is_ct = ordered[0].modality == "CT"
    judged = [mark for mark in MARKS if mark.is_constant or (mark.is_ordered and is_ct)]
    return [mark for mark in judged if _is_to_and_fro([mark.value(header) for header in ordered])]


def _is_to_and_fro(values: Sequence[str]) -> bool:
    counts = Counter(values)
    runs = 1 + sum(one != other for one, other in pairwise(values))
    return len(counts) > 1 and min(counts.values()) >= _FEWEST and runs > len(counts)
