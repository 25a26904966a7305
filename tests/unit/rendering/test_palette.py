"""Can every structure be told from ice and from every other structure, also by colour-blind eyes?"""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.structure import StructureKind
from planner.persistence.resources import resources_dir
from planner.rendering.palette import (
    ALL_ICE_LEVELS,
    ICE_LEVELS,
    STRUCTURE_STYLE,
    TARGET_COLOUR,
    IceLevel,
    levels_for,
    own_level,
    require_not_ice,
    rgb,
    style_for,
)

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
LEAST_DELTA_E = 20.0
ONE_COLOUR_DELTA_E = 12.0
EVERY_LEVEL = (*ALL_ICE_LEVELS, own_level(-33.0))
# Kinds that the design's table names as one row ("organ", "bowel, oesophagus") and that share a style on purpose.
SAME_ROW = (
    {StructureKind.KIDNEY, StructureKind.LIVER, StructureKind.SPLEEN},
    {StructureKind.OESOPHAGUS, StructureKind.BOWEL},
)


def lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """CIE L*a*b*, D65, of an sRGB colour as such an eye sees it."""
    share = np.array(rgb(colour))
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear = np.clip(vision @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    x = to_xyz @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(x > (6 / 29) ** 3, np.cbrt(x), x / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION.keys())
def test_no_structure_looks_like_ice(vision: np.ndarray) -> None:
    colours = {kind.value: style.colour for kind, style in STRUCTURE_STYLE.items()} | {"target": TARGET_COLOUR}
    near = [
        (name, level.label, round(float(np.linalg.norm(lab(colour, vision) - lab(level.colour, vision))), 1))
        for name, colour in colours.items()
        for level in EVERY_LEVEL
        if np.linalg.norm(lab(colour, vision) - lab(level.colour, vision)) < LEAST_DELTA_E
    ]
    assert near == []


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION.keys())
def test_an_own_level_looks_like_no_other(vision: np.ndarray) -> None:
    own = lab(own_level(-33.0).colour, vision)
    for level in ALL_ICE_LEVELS:
        assert np.linalg.norm(own - lab(level.colour, vision)) >= LEAST_DELTA_E, level.label


@pytest.mark.parametrize("level", EVERY_LEVEL, ids=lambda level: level.label)
def test_every_level_is_seen_on_black_and_its_paper_colour_on_white(level: IceLevel) -> None:
    assert luminance(level.colour) + 0.05 >= 3 * 0.05
    assert 3 * (luminance(level.light_colour) + 0.05) <= 1.05


def luminance(colour: str) -> float:
    """WCAG 2.1 relative luminance."""
    share = np.array(rgb(colour))
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_levels_come_warmest_first_each_once_and_an_unknown_one_is_an_own_one() -> None:
    found = levels_for((-40, -20.0, 0, -20, -33.5, -140))
    assert [level.level_c for level in found] == [0, -20, -33.5, -40, -140]
    assert [level.label for level in found] == ["0 °C edge", "−20 °C", "−33.5 °C", "−40 °C", "−140 °C"]
    assert found[0] is ICE_LEVELS[0]
    assert found[2].meaning == "your own level"


def test_every_level_has_a_meaning_and_a_source_that_is_listed() -> None:
    known = json.loads((resources_dir() / "sources.json").read_text(encoding="utf-8"))["sources"]
    for level in ALL_ICE_LEVELS:
        assert level.meaning
        assert set(level.source.split(", ")) <= set(known), level.label


def test_a_target_is_to_reach_the_treatment_isotherm_and_those_below_down_to_caution() -> None:
    wanted = {level.level_c for level in ALL_ICE_LEVELS if level.is_for_coverage}
    assert wanted == {-20, -40, -60}
    for level_c, is_wanted in ((10.0, False), (-19.0, False), (-25.0, True), (-99.0, True), (-120.0, False)):
        assert own_level(level_c).is_for_coverage is is_wanted


def test_every_kind_has_a_style() -> None:
    assert set(STRUCTURE_STYLE) == set(StructureKind)


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION.keys())
def test_H_18_structures_that_look_like_one_colour_differ_in_pattern(vision: np.ndarray) -> None:
    for a, b in combinations(STRUCTURE_STYLE, 2):
        if any({a, b} <= row for row in SAME_ROW):
            continue
        one, other = STRUCTURE_STYLE[a], STRUCTURE_STYLE[b]
        if np.linalg.norm(lab(one.colour, vision) - lab(other.colour, vision)) < ONE_COLOUR_DELTA_E:
            assert (one.dash_px, one.has_ticks) != (other.dash_px, other.has_ticks), (a, b)


def test_the_treatment_isotherm_is_the_heaviest() -> None:
    widths = {level.level_c: level.width_px for level in ICE_LEVELS}
    assert max(widths, key=lambda level: widths[level]) == -20


def test_a_colour_of_its_own_keeps_the_pattern_of_the_kind() -> None:
    for kind, style in STRUCTURE_STYLE.items():
        own = style_for(kind, "#ffcc00")
        assert own.colour == "#ffcc00"
        assert (own.dash_px, own.has_ticks, own.width_px) == (style.dash_px, style.has_ticks, style.width_px)
        assert style_for(kind, "") is style


def test_own_colours_are_refused_exactly_where_they_come_near_ice_or_black() -> None:
    levels = range(0, 256, 51)
    for red, green, blue in ((r, g, b) for r in levels for g in levels for b in levels):
        colour = f"#{red:02x}{green:02x}{blue:02x}"
        gap = min(
            float(np.linalg.norm(lab(colour, vision) - lab(level.colour, vision)))
            for level in ICE_LEVELS
            for vision in VISION.values()
        )
        share = np.array(rgb(colour))
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        contrast_on_black = (float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05) / 0.05
        if abs(gap - LEAST_DELTA_E) < 0.01 or abs(contrast_on_black - 3) < 0.06:
            continue
        assert _is_refused(colour) == (gap < LEAST_DELTA_E or contrast_on_black < 3), colour


def _is_refused(colour: str) -> bool:
    try:
        require_not_ice(colour)
    except PlanInvalid:
        return True
    return False


def test_no_style_of_ours_would_be_refused() -> None:
    for style in STRUCTURE_STYLE.values():
        require_not_ice(style.colour)
    with pytest.raises(PlanInvalid, match="taken for ice"):
        require_not_ice("#4fb3ff")
