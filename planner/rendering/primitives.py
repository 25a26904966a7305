"""What is drawn over a slice? A handful of flat shapes in pixels that any painter can draw the same way.

The screen paints them with QPainter (``ui/slices``), the report as SVG (:mod:`planner.rendering.svg`). All coordinates
are logical pixels of the view, ``(0, 0)`` at the outer corner at the top left.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.rendering.palette import Dash


class Role(StrEnum):
    """What a primitive stands for: class name in SVG, and how tests and accessibility find it."""

    STRUCTURE = "structure"
    STRUCTURE_NAME = "structure-name"
    TARGET = "target"
    ICE = "ice"
    ICE_LABEL = "ice-label"
    STALE = "stale"
    PROBE = "probe"
    HANDLE = "handle"
    CROSSHAIR = "crosshair"
    LETTER = "letter"
    NAME = "name"
    IDENTITY = "identity"
    CORNER = "corner"
    SCALE = "scale-bar"
    GRADE = "grade"
    DRAFT = "draft"
    MEASUREMENT = "measurement"
    WATCHED = "watched"
    GIZMO = "gizmo"
    GHOST = "ghost"
    ACCESS = "access"


class Shape(StrEnum):
    """Outline of a marker."""

    CIRCLE = "circle"
    SQUARE = "square"


class Align(StrEnum):
    """Which part of a text lies at its anchor, horizontally."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class Pen:
    """A stroke. ``halo_px`` widens a dark under-stroke on each side so that a line reads on any grey."""

    colour: str
    width_px: float = 1.0
    dash_px: Dash = ()
    opacity: float = 1.0
    halo_px: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One or more polylines drawn as one shape, filled by the even-odd rule so that holes stay open.

    Parameters
    ----------
    lines
        Each shape (N, 2), float64, px. A closed line repeats its first point.
    pen
        None draws no outline.
    fill
        Colour, or None.
    name
        What it is, such as a structure's name; goes to the SVG title and to tests.
    """

    role: Role
    lines: tuple[NDArray[np.float64], ...]
    pen: Pen | None
    fill: str | None = None
    fill_opacity: float = 0.0
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Hatch:
    """45° lines clipped to the inside of closed polylines: what is here no longer fits the plan."""

    role: Role
    lines: tuple[NDArray[np.float64], ...]
    pen: Pen
    spacing_px: float = 7.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """A circle or square of ``size_px`` across, centred."""

    role: Role
    centre_px: tuple[float, float]
    shape: Shape
    size_px: float
    pen: Pen | None
    fill: str | None = None
    fill_opacity: float = 1.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text; ``anchor_px`` lies on its baseline. ``halo_px`` is the width of the dark outline."""

    role: Role
    text: str
    anchor_px: tuple[float, float]
    align: Align = Align.START
    size_px: float = 12.0
    weight: int = 400
    colour: str = "#c9d0d8"
    halo_px: float = 3.0
    name: str = ""


Primitive = Path | Hatch | Marker | Label


def text_width_px(text: str, size_px: float) -> float:
    """Estimate the width of a text in Inter without a font engine, slightly generous: 0.6 em per letter."""
    return len(text) * size_px * 0.6
