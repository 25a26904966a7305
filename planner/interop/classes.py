"""Which objects can be fetched, in which encodings? As many as one agreement holds: 128 contexts (PS3.8 9.3.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.interop.association import MOST_CONTEXTS, NATIVE

if TYPE_CHECKING:
    from collections.abc import Iterable

_Context = tuple[str, tuple[str, ...]]
_STORAGE = "1.2.840.10008.5.1.4.1.1"
PACKED = tuple(
    f"1.2.840.10008.1.2.{end}" for end in ("4.50", "4.51", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "5")
)
"""Packings that the program unpacks: JPEG, JPEG-LS, JPEG 2000, RLE. Deflated ones are not asked for (H-41)."""

# Where the archive does not name the classes of a series, most likely first: images, then what is drawn on them.
USUAL = tuple(
    f"{_STORAGE}.{end}" for end in ("2", "2.1", "2.2", "4", "4.1", "4.4", "128", "130", "7", "66.4", "481.3")
)  # fmt: skip
_WITHOUT_PIXELS = frozenset(
    f"{_STORAGE}.{end}"
    for end in ("481.3", "481.5", "88.11", "88.22", "88.33", "88.34", "104.1", "11.1", "66.1", "66.3", "66.5")
)


def contexts_for(classes: Iterable[str], *, room: int = MOST_CONTEXTS - 1) -> list[_Context]:
    """Return what to propose for some classes, at most ``room`` contexts.

    An archive takes one encoding of each context. It sends an object as it is stored only when just that encoding was
    taken, so each packing has a context of its own. What is not packed shares one.
    """
    native: list[_Context] = [(uid, NATIVE) for uid in dict.fromkeys(classes)][:room]
    packed: list[_Context] = [(uid, (syntax,)) for uid, _ in native if uid not in _WITHOUT_PIXELS for syntax in PACKED]
    return native + packed[: room - len(native)]
