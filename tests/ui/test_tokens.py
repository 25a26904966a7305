"""Are the colours those of the design table, and can they be read?"""

from __future__ import annotations

import pytest

from planner.domain.rule import Verdict
from planner.persistence.resources import resources_dir
from planner.ui.steps import STEP_ICONS
from planner.ui.theme.icons import icon
from planner.ui.theme.stylesheet import stylesheet
from planner.ui.theme.tokens import DARK, LIGHT, SERIES_STYLE, VERDICT_STYLE, contrast

# (token, ratio on surface) as the design table states them, computed there by another program
_DARK = {"text_1": 14.8, "text_2": 8.3, "text_3": 5.9, "accent": 8.6, "good": 8.4, "check": 9.1, "fail": 6.5}
_LIGHT = {"text_1": 15.6, "text_2": 7.5, "text_3": 5.3, "accent": 6.8, "good": 6.3, "check": 6.4, "fail": 6.3}


@pytest.mark.parametrize(("tokens", "table"), [(DARK, _DARK), (LIGHT, _LIGHT)], ids=["dark", "light"])
def test_contrast_is_the_one_of_the_design_table(tokens, table):
    for name, ratio in table.items():
        assert contrast(getattr(tokens, name), tokens.surface) == pytest.approx(ratio, abs=0.1), name


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_hints_read_on_selection_and_verdicts_on_their_tint(tokens):
    assert contrast(tokens.text_3, tokens.sel) >= 4.5
    for style in VERDICT_STYLE.values():
        assert contrast(getattr(tokens, style.colour), getattr(tokens, style.tint)) >= 4.5, style.word


def test_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_verdicts_differ_in_shape_word_and_colour():
    styles = list(VERDICT_STYLE.values())
    assert set(VERDICT_STYLE) == set(Verdict)
    for part in ("word", "icon", "colour"):
        assert len({getattr(style, part) for style in styles}) == len(styles)


@pytest.mark.usefixtures("app")
def test_every_icon_in_use_is_shipped():
    names = {style.icon for style in (*VERDICT_STYLE.values(), *SERIES_STYLE.values())} | set(STEP_ICONS.values())
    for name in names:
        assert not icon(name).isNull()
    for licence in ("LICENSE-phosphor.txt", "LICENSE-mdi.txt"):
        assert (resources_dir() / "icons" / licence).is_file()


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])
def test_stylesheet_leaves_no_token_unfilled(tokens):
    assert "$" not in stylesheet(tokens)


@pytest.mark.usefixtures("app")
def test_fonts_are_the_bundled_ones_with_equal_figures():
    from PySide6.QtGui import QFontInfo, QFontMetricsF

    from planner.ui.theme.fonts import ui_font

    font = ui_font(13, 500)
    assert QFontInfo(font).family() == "Inter"
    widths = [QFontMetricsF(font).horizontalAdvance(digit) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.05  # hinting rounds by a sixty-fourth of a pixel
