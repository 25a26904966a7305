"""Does a tick that cannot be pressed look so?"""

from __future__ import annotations

from PySide6.QtGui import QColor

from planner.ui.theme.theme import theme
from planner.ui.widgets.tick_box import TickBox


def colours(tick):
    picture = tick.grab().toImage()
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}


def test_a_ticked_box_that_is_disabled_has_neither_the_accent_nor_the_colour_of_words(window):
    tick = TickBox("Report, as printed")
    tick.setParent(window)
    tick.setChecked(True)
    tick.show()
    bright = {QColor(theme().tokens.accent).name(), QColor(theme().tokens.text_1).name()}
    assert bright <= colours(tick)
    tick.setEnabled(False)
    assert not bright & colours(tick)
