"""Which planes show a probe? Those that hold its shaft, and the plane square to it at a depth, for window and report.

Planes along the shaft have the entry above and the tip below. At roll 0° they lie as nearly in the axial plane as the
shaft allows and are seen from the feet, as every axial slice; roll turns them about the shaft by the right-hand rule,
thumb toward the tip. The plane across is seen as the probe sees it: from the entry toward the tip, head up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import PROBE, TEXT_STRONG
from planner.rendering.plane import SlicePlane
from planner.rendering.primitives import Label, Path, Pen, Primitive, Role

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.probe import ProbePlacement

_TICK_EVERY_MM = 10.0
_TICK_PX = 5.0
_LEAST_TICK_GAP_PX = 18.0
_TEXTS_PX = 72.0
_HEAD, _FRONT = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])


def along_plane(
    probe: ProbePlacement,
    centre_lps_mm: ArrayLike,
    *,
    roll_deg: float = 0.0,
    mm_per_px: float,
    size_px: tuple[int, int],
) -> SlicePlane:
    """Return the plane that holds the shaft, entry above, through a point of the shaft's line."""
    down = np.asarray(probe.direction_lps)
    away = _away_at_roll(down, roll_deg)
    return SlicePlane.oblique(
        centre_lps_mm, right=np.cross(down, away), down=down, mm_per_px=mm_per_px, size_px=size_px
    )


def across_plane(probe: ProbePlacement, depth_mm: float, *, mm_per_px: float, size_px: tuple[int, int]) -> SlicePlane:
    """Return the plane square to the shaft at a depth from the entry, head up; front up for a shaft along the body."""
    away = np.asarray(probe.direction_lps)
    down = -square_to(away)
    place = np.asarray(probe.entry_lps_mm) + depth_mm * away
    return SlicePlane.oblique(place, right=np.cross(down, away), down=down, mm_per_px=mm_per_px, size_px=size_px)


def square_to(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit vector square to a direction that points most to the head; to the front if that lies along it."""
    up = _HEAD if abs(direction @ _HEAD) < 0.95 else _FRONT
    square = up - (up @ direction) * direction
    return np.asarray(square / np.linalg.norm(square))


def roll_holding_deg(probe: ProbePlacement, lps_mm: ArrayLike) -> float:
    """Return the roll at which the plane along the shaft holds a point; 0 for a point on the shaft's line."""
    shaft = np.asarray(probe.direction_lps)
    offset = np.asarray(lps_mm, dtype=float) - np.asarray(probe.tip_lps_mm)
    aside = offset - (offset @ shaft) * shaft
    length = float(np.linalg.norm(aside))
    if length < 1e-3:
        return 0.0
    level = square_to(shaft)
    # In the plane means square to the viewing direction; of the two rolls the one nearer to 0° is taken.
    roll = float(np.degrees(np.arctan2(-(aside @ level), aside @ np.cross(shaft, level))))
    return (roll + 90.0) % 180.0 - 90.0


def depth_ticks(probe: ProbePlacement, plane: SlicePlane) -> list[Primitive]:
    """Draw a tick and a number every 10 mm from the entry; farther apart where the picture is small."""
    every = _TICK_EVERY_MM
    while every / plane.mm_per_px < _LEAST_TICK_GAP_PX:
        every *= 2
    shaft = np.asarray(probe.direction_lps)
    marks: list[Primitive] = []
    ticks: list[NDArray[np.float64]] = []
    for depth in np.arange(0.0, probe.depth_mm - 1.0, every):
        x, y = plane.to_px(np.asarray(probe.entry_lps_mm) + depth * shaft)
        ticks.append(np.array([(x - _TICK_PX, y), (x + _TICK_PX, y)]))
        if y < _TEXTS_PX:
            continue  # the view's own texts and the probe's name are up there
        at = (float(x) + _TICK_PX + 4.0, float(y) + 4.0)
        marks.append(Label(Role.PROBE, f"{depth:.0f}", at, size_px=11.0, colour=TEXT_STRONG, name="depth"))
    return [Path(Role.PROBE, tuple(ticks), Pen(PROBE, 1.2, halo_px=1.0), name="depth ticks"), *marks]


def _away_at_roll(shaft: NDArray[np.float64], roll_deg: float) -> NDArray[np.float64]:
    """Return the viewing direction of a plane along a shaft: toward the head at 0°, turned about the shaft."""
    away, roll = square_to(shaft), np.radians(roll_deg)
    return np.asarray(np.cos(roll) * away + np.sin(roll) * np.cross(shaft, away))
