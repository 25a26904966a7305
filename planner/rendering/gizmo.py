"""Which way does the patient lie in the 3-D picture? Six lettered arms that turn with it, to see and to click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import TEXT, TEXT_STRONG
from planner.rendering.primitives import Align, Label, Path, Pen, Primitive, Role
from planner.rendering.scene3d import ViewFrom, stand_direction

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_ARM_PX = 26.0
_LETTER_PX = 36.0
_FROM_CORNER_PX = (52.0, 74.0)
_CATCH_PX = 14.0
# Arms that point away from the viewer are fainter, so that front and back are told apart.
_AWAY_OPACITY = 0.4


@dataclass(frozen=True, slots=True)
class Arm:
    """One patient direction: the end of its line, where its letter stands, and how far it points to the viewer."""

    stand: ViewFrom
    end_px: tuple[float, float]
    letter_px: tuple[float, float]
    toward_viewer: float


def gizmo_arms(size_px: tuple[int, int], *, right: ArrayLike, up: ArrayLike) -> tuple[Arm, ...]:
    """Return the six arms, those that point away first.

    Parameters
    ----------
    size_px
        (width, height) of the view; the gizmo stands in its lower left corner.
    right, up
        Unit vectors of the picture's right and top, LPS.
    """
    across, upward = np.asarray(right, dtype=float), np.asarray(up, dtype=float)
    toward = np.cross(across, upward)
    middle = np.array([_FROM_CORNER_PX[0], size_px[1] - _FROM_CORNER_PX[1]])
    arms = []
    for stand in ViewFrom:
        direction = stand_direction(stand)
        flat = np.array([direction @ across, -(direction @ upward)])
        end, letter = middle + _ARM_PX * flat, middle + _LETTER_PX * flat
        depth = float(direction @ toward)
        arms.append(Arm(stand, (float(end[0]), float(end[1])), (float(letter[0]), float(letter[1])), depth))
    return tuple(sorted(arms, key=lambda arm: arm.toward_viewer))


def gizmo_marks(arms: tuple[Arm, ...], size_px: tuple[int, int]) -> list[Primitive]:
    """Draw the arms with their letters."""
    middle = (_FROM_CORNER_PX[0], size_px[1] - _FROM_CORNER_PX[1])
    marks: list[Primitive] = []
    for arm in arms:
        is_away = arm.toward_viewer < -0.05
        pen = Pen(TEXT, 1.6, opacity=_AWAY_OPACITY if is_away else 1.0, halo_px=0.8)
        marks.append(Path(Role.GIZMO, (np.array([middle, arm.end_px]),), pen, name=f"arm {arm.stand.value}"))
    for arm in arms:
        colour = TEXT if arm.toward_viewer < -0.05 else TEXT_STRONG
        x, y = arm.letter_px
        # A letter that points straight at the viewer or away would stand on its opposite.
        if abs(arm.toward_viewer) < 0.97:
            marks.append(
                Label(Role.GIZMO, arm.stand.value, (x, y + 4.0), Align.MIDDLE, 11.0, 600, colour, name="gizmo")
            )
    return marks


def arm_at(arms: tuple[Arm, ...], px: tuple[float, float]) -> ViewFrom | None:
    """Return the direction whose letter is under a pixel; the arm nearer to the viewer wins."""
    for arm in reversed(arms):
        if np.hypot(arm.letter_px[0] - px[0], arm.letter_px[1] - px[1]) <= _CATCH_PX and abs(arm.toward_viewer) < 0.97:
            return arm.stand
    return None
