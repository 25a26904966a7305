"""How soon does the next picture of space follow? Twenty times a second; where drawing is slow, more slowly.

The slices get at least three quarters of the time, two thirds while a hand drags a probe and looks at the ice.
"""

from __future__ import annotations

_PACE_MS, _PACE_SHARE = 50, 3
_HELD_PACE_MS, _HELD_SHARE = 40, 2
_SLOWEST_PACE_MS = 1000


def wait_ms(picture_ms: int, *, is_held: bool) -> int:
    """Return how long to wait before the next picture when the last one took ``picture_ms``."""
    pace_ms, share = (_HELD_PACE_MS, _HELD_SHARE) if is_held else (_PACE_MS, _PACE_SHARE)
    return min(max(pace_ms, share * picture_ms), _SLOWEST_PACE_MS)
