"""Which colour and line pattern does each thing have? Anatomy, planes and ice as data, for screen and paper alike.

Blue is reserved for ice. A colour never stands alone: structures that share one differ in their line pattern, and the
tests keep every structure's colour away from every ice colour, also under simulated deuteranopia and protanopia.
Colour set after Okabe & Ito (2008), "Color Universal Design".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.structure import StructureKind
from planner.rendering.plane import Orientation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

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
# A placement that is not the plan's: neither anatomy nor ice has this colour or this pattern.
GHOST_COLOUR = "#e8b7d4"
GHOST_DASH: Dash = (8, 4)
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


@dataclass(frozen=True, slots=True)
class ShareClass:
    """How often a place of a nerve is treated, as it is drawn: from ``at_least`` on, a share of draws from 0 to 1.

    ``radius_share`` is how wide it is in space: what is treated less often is thinner there, too.
    """

    at_least: float
    colour: str
    dash_px: Dash
    radius_share: float
    label: str


# The ends are for the eye; verdicts on a share have theirs in the table of techniques.
SHARE_CLASSES = (
    ShareClass(0.95, "#56c596", (), 1.0, "≥ 95 %"),
    ShareClass(0.80, "#e6b04a", (7, 3), 0.8, "80 to 95 %"),
    ShareClass(0.0, "#f0786a", (3, 3), 0.6, "< 80 %"),
)


def share_class(share: float) -> ShareClass:
    """Return how a share of draws is drawn."""
    return next(each for each in SHARE_CLASSES if share >= each.at_least)


_BONE = "#e8dfc8"
_ORGAN = "#b07d48"
_BARRIER = "#8fce8f"
_SOFT = "#d6a3a3"

STRUCTURE_STYLE: dict[StructureKind, LineStyle] = {
    StructureKind.SKIN: LineStyle("#d9b08c", (1.5, 3), 1.2, opacity_3d=0.12),
    StructureKind.BONE: LineStyle(_BONE, (), 1.1),
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
    StructureKind.TUMOUR: LineStyle("#e0673a", (), has_ticks=True),
    StructureKind.FLUID_BARRIER: LineStyle(_BARRIER, (), opacity_3d=0.5),
    StructureKind.GAS_BARRIER: LineStyle(_BARRIER, (2, 2), opacity_3d=0.35),
    StructureKind.HEART: LineStyle("#e0673a", (12, 3, 5, 3), opacity_3d=0.4),
    StructureKind.PANCREAS: LineStyle(_ORGAN, (10, 2, 3, 2), opacity_3d=0.6),
    StructureKind.GALLBLADDER: LineStyle(_ORGAN, (6, 2, 1.5, 2), opacity_3d=0.6),
    StructureKind.PROSTATE: LineStyle(_ORGAN, (1.5, 2), opacity_3d=0.6),
    StructureKind.UTERUS: LineStyle(_ORGAN, (14, 2, 2, 2, 2, 2), opacity_3d=0.5),
    StructureKind.CARTILAGE: LineStyle(_BONE, (6, 3), 1.1, opacity_3d=0.6),
    StructureKind.DISC: LineStyle(_BONE, (8, 2, 1.5, 2), 1.1, opacity_3d=0.7),
    StructureKind.LIGAMENT: LineStyle(_SOFT, (9, 4)),
    StructureKind.FASCIA: LineStyle(_SOFT, (2, 2)),
    StructureKind.FAT_PAD: LineStyle("#d9b08c", (10, 3), opacity_3d=0.3),
    StructureKind.SPERMATIC_CORD: LineStyle(_SOFT, (), has_ticks=True),
    StructureKind.LYMPH_NODE: LineStyle("#bfb7a6", (1.5, 2)),
    StructureKind.EFFUSION: LineStyle("#cc79a7", (10, 3, 2, 3), opacity_3d=0.3),
    StructureKind.GAS: LineStyle("#cc79a7", (1.5, 5), opacity_3d=0.3),
    StructureKind.OTHER: LineStyle("#bfb7a6", (4, 4), opacity_3d=0.5),
}
LEAST_DELTA_E = 20.0
"""Nearest that a structure's colour may come to an ice colour, CIE 1976. Project default."""
LEAST_LIGHTNESS = 38.0
"""Darkest L* of a structure's colour: contrast of 3:1 on black (WCAG 2.1) begins at 37.8."""
# How three kinds of eye see linear RGB; the last two as simulated by Machado, Oliveira & Fernandes (2009), severity 1.
_VISION: dict[str, NDArray[np.float64]] = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
_XYZ_OF_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
STRUCTURE_FILL_OPACITY = 0.10
EDITED_FILL_OPACITY = 0.24
# Everything else lies inside these: drawn like it, they would only veil the plan. Not in 3-D, thin in slices.
VEILING_KINDS = frozenset({StructureKind.MUSCLE, StructureKind.FAT})
VEILING_OPACITY = 0.6
# Of voxels in a HU range that is tried out, where no structure lends its colour.
THRESHOLD_TINT = "#e69f00"
STRUCTURE_HALO_PX = 1.6


@dataclass(frozen=True, slots=True)
class IceLevel:
    """One isotherm: how it is drawn, what it means and who says so, and its colour on white paper.

    ``is_for_coverage`` tells a temperature that a target is to reach, for which the inner edge of the band is the
    pessimistic one, from one that structures are to be kept from, for which the outer edge is.
    """

    level_c: float
    colour: str
    light_colour: str
    width_px: float
    fill_opacity: float
    label: str
    meaning: str
    opacity_3d: float = 0.0
    source: str = ""
    is_for_coverage: bool = False
    note: str = ""
    """Written after the label in a picture, such as ``"unsure"``."""

    @property
    def words(self) -> str:
        """The label as a picture writes it."""
        return f"{self.label} {self.note}".rstrip()


ICE_EDGE = IceLevel(
    0, "#cfeeff", "#3f93bb", 1.6, 0.0, "0 °C edge", "visible edge on CT, not cell death", 0.22, "SAID2022"
)
ICE_TREATMENT = IceLevel(
    -20,
    "#4fb3ff",
    "#1f7fd6",
    2.4,
    0.13,
    "−20 °C",
    "treatment isotherm: onset of axonotmesis",
    0.38,
    "EVANS1981",
    is_for_coverage=True,
)
ICE_CONSERVATIVE = IceLevel(
    -40,
    "#3d7bff",
    "#1747b0",
    1.6,
    0.0,
    "−40 °C",
    "conservative: for those who doubt −20 °C",
    0.60,
    "ZHOU1983",
    is_for_coverage=True,
)
ICE_LEVELS: tuple[IceLevel, ...] = (ICE_EDGE, ICE_TREATMENT, ICE_CONSERVATIVE)
# The pink of −140 °C is a little bluer than in the first design (#ff6bd0), which deutan eyes took for lung.
ICE_LEVELS_ON_REQUEST: tuple[IceLevel, ...] = (
    IceLevel(
        -60,
        "#7f6bff",
        "#5646c9",
        1.2,
        0.0,
        "−60 °C",
        "conservative: nerves degenerate, and recover",
        0.65,
        "ZHOU1983",
        is_for_coverage=True,
    ),
    IceLevel(-100, "#c86bff", "#8f35c9", 1.2, 0.0, "−100 °C", "caution: regrowth is delayed", 0.75, "ZHOU1983"),
    IceLevel(
        -140, "#f860dc", "#c22f93", 1.2, 0.0, "−140 °C", "neurotmesis: sheaths are destroyed", 0.85, "LEARNIR, ZHOU1983"
    ),
)
ALL_ICE_LEVELS = ICE_LEVELS + ICE_LEVELS_ON_REQUEST
OWN_COLOUR, OWN_LIGHT_COLOUR = "#99ff88", "#2c7a1c"
"""Of the one isotherm that a user may type: light green, as far from every structure as from the other isotherms."""
PESSIMISTIC_DASH: Dash = (7, 4)
OPTIMISTIC_DASH: Dash = (1.5, 3)


def own_level(level_c: float) -> IceLevel:
    """Return an isotherm that somebody has typed; it is for coverage from the treatment isotherm on down to caution."""
    label = f"{level_c:g} °C".replace("-", "−")
    is_for_coverage = -100 < level_c <= ICE_TREATMENT.level_c
    return IceLevel(
        level_c,
        OWN_COLOUR,
        OWN_LIGHT_COLOUR,
        1.4,
        0.0,
        label,
        "your own level",
        0.5,
        is_for_coverage=is_for_coverage,
    )


def levels_for(levels_c: Iterable[float]) -> tuple[IceLevel, ...]:
    """Return how isotherms are drawn, warmest first; one that is none of the known levels is somebody's own."""
    known = {level.level_c: level for level in ALL_ICE_LEVELS}
    return tuple(known.get(level_c) or own_level(level_c) for level_c in sorted(set(levels_c), reverse=True))


def style_of(kind: StructureKind) -> LineStyle:
    """Return colour and pattern of a kind of structure."""
    return STRUCTURE_STYLE[kind]


def style_for(kind: StructureKind, colour: str) -> LineStyle:
    """Return a structure's style: its own colour (``#rrggbb``; empty: its kind's) in its kind's pattern."""
    style = STRUCTURE_STYLE[kind]
    return replace(style, colour=colour) if colour else style


def require_not_ice(colour: str) -> None:
    """Refuse a structure's own colour that some eye could take for ice, or that is lost on a black view (H-18).

    Raises
    ------
    PlanInvalid
        When the colour is nearer than :data:`LEAST_DELTA_E` to an isotherm's, as normal, protan or deutan eyes see
        them, or darker than :data:`LEAST_LIGHTNESS`.
    """
    for vision in _VISION.values():
        seen = _lab(colour, vision)
        for level in ICE_LEVELS:
            if float(np.linalg.norm(seen - _lab(level.colour, vision))) < LEAST_DELTA_E:
                raise PlanInvalid(
                    f"The colour {colour} could be taken for ice ({level.label}). Choose one that is not blue.",
                    code="structure-colour-ice",
                )
    if _lab(colour, _VISION["normal"])[0] < LEAST_LIGHTNESS:
        raise PlanInvalid(
            f"The colour {colour} is too dark to be seen on a black view. Choose a lighter one.",
            code="structure-colour-dark",
        )


def _lab(colour: str, vision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE L*a*b* (D65) of an sRGB colour as such an eye sees it."""
    share = np.array(rgb(colour))
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = _XYZ_OF_RGB @ np.clip(vision @ linear, 0.0, 1.0) / _WHITE_D65
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def rgb(colour: str) -> tuple[float, float, float]:
    """Return a ``#rrggbb`` colour as three shares from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
