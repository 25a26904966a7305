"""Which colour and line pattern does each thing have? Anatomy, planes and ice as data, for screen and paper alike.

Blue is reserved for ice. A colour never stands alone: structures that share one differ in their line pattern, and the
tests keep every structure's colour away from every ice colour, also under simulated deuteranopia and protanopia.
Colour set after Okabe & Ito (2008), "Color Universal Design".
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.structure import StructureKind
from planner.rendering.plane import Orientation

Dash = tuple[float, ...]

VIEW_BACKGROUND = "#000000"
SCENE_BACKGROUND = "#0b0d10"
HALO = "#000000"
HALO_OPACITY = 0.92
TEXT = "#c9d0d8"
TEXT_STRONG = "#ffffff"
PROBE = "#ffffff"
PROBE_OFF_PLANE = "#c9d0d8"
HUB = "#8b949f"
STALE = "#a9b1bb"

TARGET_COLOUR = "#f0e442"
TARGET_WIDTH_PX = 2.4
OFF_PLANE_DASH: Dash = (3, 4)
# Thin white lines with crossed ends: neither anatomy nor ice has them.
MEASUREMENT_COLOUR = "#ffffff"

PLANE_COLOUR: dict[Orientation, str] = {
    Orientation.AXIAL: "#e0605a",
    Orientation.SAGITTAL: "#d8c23c",
    Orientation.CORONAL: "#3fae6a",
    Orientation.OBLIQUE: "#9aa4b0",
}


@dataclass(frozen=True, slots=True)
class LineStyle:
    """Colour and pattern of one kind of structure.

    ``dash_px`` is empty for a solid line; ``has_ticks`` adds short cross strokes. ``opacity_3d`` is 1 for what is
    drawn solid in 3-D.
    """

    colour: str
    dash_px: Dash = ()
    width_px: float = 1.4
    has_ticks: bool = False
    opacity_3d: float = 1.0


_ORGAN = "#b07d48"
_BARRIER = "#8fce8f"
_SOFT = "#d6a3a3"

STRUCTURE_STYLE: dict[StructureKind, LineStyle] = {
    StructureKind.SKIN: LineStyle("#d9b08c", (1.5, 3), 1.2, opacity_3d=0.12),
    StructureKind.BONE: LineStyle("#e8dfc8", (), 1.1),
    StructureKind.LUNG: LineStyle("#cc79a7", (6, 3), opacity_3d=0.18),
    StructureKind.AIRWAY: LineStyle("#cc79a7", (2, 2), opacity_3d=0.35),
    StructureKind.ARTERY: LineStyle("#e0673a", (7, 3, 2, 3), 1.6),
    StructureKind.VEIN: LineStyle("#b5651d", (7, 3, 2, 3), 1.6, has_ticks=True),
    StructureKind.NERVE: LineStyle("#e69f00", (), 1.6, has_ticks=True),
    StructureKind.SPINAL_CORD: LineStyle("#009e73", (10, 4), 1.6),
    StructureKind.OESOPHAGUS: LineStyle(_ORGAN, (8, 3)),
    StructureKind.BOWEL: LineStyle(_ORGAN, (8, 3), opacity_3d=0.5),
    StructureKind.URETER: LineStyle(_ORGAN, (4, 2)),
    StructureKind.BLADDER: LineStyle(_ORGAN, (12, 3), opacity_3d=0.5),
    StructureKind.THYROID: LineStyle(_ORGAN, (5, 5)),
    StructureKind.ADRENAL: LineStyle(_ORGAN, (3, 2)),
    StructureKind.KIDNEY: LineStyle(_ORGAN, (), opacity_3d=0.6),
    StructureKind.LIVER: LineStyle(_ORGAN, (), opacity_3d=0.4),
    StructureKind.SPLEEN: LineStyle(_ORGAN, (), opacity_3d=0.5),
    StructureKind.DIAPHRAGM: LineStyle(_SOFT, (10, 2, 2, 2), opacity_3d=0.3),
    StructureKind.TENDON: LineStyle(_SOFT, (5, 2)),
    StructureKind.MUSCLE: LineStyle(_SOFT, (), opacity_3d=0.3),
    StructureKind.FAT: LineStyle("#d9b08c", (6, 6), opacity_3d=0.15),
    StructureKind.TUMOUR: LineStyle("#e0673a", ()),
    StructureKind.FLUID_BARRIER: LineStyle(_BARRIER, (), opacity_3d=0.5),
    StructureKind.GAS_BARRIER: LineStyle(_BARRIER, (2, 2), opacity_3d=0.35),
    StructureKind.OTHER: LineStyle("#bfb7a6", (4, 4), opacity_3d=0.5),
}
STRUCTURE_FILL_OPACITY = 0.10
STRUCTURE_HALO_PX = 1.6


@dataclass(frozen=True, slots=True)
class IceLevel:
    """One isotherm: how it is drawn, what it means, and its colour on white paper."""

    level_c: float
    colour: str
    light_colour: str
    width_px: float
    fill_opacity: float
    label: str
    meaning: str
    opacity_3d: float = 0.0


ICE_EDGE = IceLevel(0, "#cfeeff", "#3f93bb", 1.6, 0.0, "0 °C edge", "visible edge, not cell death", 0.22)
ICE_TREATMENT = IceLevel(-20, "#4fb3ff", "#1f7fd6", 2.4, 0.13, "−20 °C", "treatment isotherm", 0.38)
ICE_CONSERVATIVE = IceLevel(-40, "#3d7bff", "#1747b0", 1.6, 0.0, "−40 °C", "conservative", 0.60)
ICE_LEVELS: tuple[IceLevel, ...] = (ICE_EDGE, ICE_TREATMENT, ICE_CONSERVATIVE)
ICE_LEVELS_ON_REQUEST: tuple[IceLevel, ...] = (
    IceLevel(-60, "#7f6bff", "#5646c9", 1.2, 0.0, "−60 °C", "on request"),
    IceLevel(-100, "#c86bff", "#8f35c9", 1.2, 0.0, "−100 °C", "caution"),
    IceLevel(-140, "#ff6bd0", "#c22f93", 1.2, 0.0, "−140 °C", "limit"),
)


def style_of(kind: StructureKind) -> LineStyle:
    """Return colour and pattern of a kind of structure."""
    return STRUCTURE_STYLE[kind]


def rgb(colour: str) -> tuple[float, float, float]:
    """Return a ``#rrggbb`` colour as three shares from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
