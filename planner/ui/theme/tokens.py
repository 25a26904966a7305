"""Which colours and sizes does the window use? Tokens as data, dark and light.

Contrast ratios against ``surface`` are tested: text at least 4.5:1, focus and verdict marks at least 3:1. Anatomy and
ice colours are not here: they live in ``rendering.palette`` and are the same in both themes.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.rule import Verdict
from planner.domain.series import SeriesVerdict


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme: colours as ``#rrggbb``. ``dark`` tells the platform which window frame to draw."""

    name: str
    dark: bool
    bg: str
    surface: str
    raised: str
    field: str
    sel: str
    accent_bg: str
    line: str
    line_strong: str
    text_1: str
    text_2: str
    text_3: str
    accent: str
    on_accent: str
    good: str
    good_tint: str
    check: str
    check_tint: str
    fail: str
    fail_tint: str
    not_assessed: str
    not_assessed_tint: str


DARK = Tokens(
    name="dark",
    dark=True,
    bg="#0b0d10",
    surface="#14171b",
    raised="#1b1f25",
    field="#0b0d10",
    sel="#1f2a34",
    accent_bg="#22303d",
    line="#2a3038",
    line_strong="#3a424c",
    text_1="#e6e9ed",
    text_2="#a9b1bb",
    text_3="#8b949f",
    accent="#8fb8de",
    on_accent="#0b0d10",
    good="#56c596",
    good_tint="#16271f",
    check="#e6b04a",
    check_tint="#2a2415",
    fail="#f0786a",
    fail_tint="#2e1b1a",
    not_assessed="#9aa4b0",
    not_assessed_tint="#1f2429",
)

LIGHT = Tokens(
    name="light",
    dark=False,
    bg="#dfe3e8",
    surface="#f7f8fa",
    raised="#ffffff",
    field="#ffffff",
    sel="#e3ecf5",
    accent_bg="#dce8f3",
    line="#d3d8de",
    line_strong="#b5bdc7",
    text_1="#1a1f25",
    text_2="#48525d",
    text_3="#5e6873",
    accent="#245a8c",
    on_accent="#ffffff",
    good="#17694a",
    good_tint="#e2f1ea",
    check="#7d5200",
    check_tint="#f7ecd3",
    fail="#ad2a1e",
    fail_tint="#f9e3e0",
    not_assessed="#55606c",
    not_assessed_tint="#eaedf0",
)


@dataclass(frozen=True, slots=True)
class StateStyle:
    """How one state word is drawn: its icon, and the token names of its colour and tint."""

    word: str
    icon: str
    colour: str
    tint: str


_GOOD = ("check-circle", "good", "good_tint")
_CHECK = ("warning", "check", "check_tint")
_FAIL = ("mdi-close-octagon-outline", "fail", "fail_tint")
_NOT_ASSESSED = ("minus-circle", "not_assessed", "not_assessed_tint")

VERDICT_STYLE = {
    Verdict.PASS: StateStyle("PASS", *_GOOD),
    Verdict.CHECK: StateStyle("CHECK", *_CHECK),
    Verdict.FAIL: StateStyle("FAIL", *_FAIL),
    Verdict.NOT_ASSESSED: StateStyle("NOT ASSESSED", *_NOT_ASSESSED),
}
SERIES_STYLE = {
    SeriesVerdict.READY: StateStyle("READY", *_GOOD),
    SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT: StateStyle("READY AFTER ACKNOWLEDGEMENT", *_CHECK),
    SeriesVerdict.NOT_USABLE: StateStyle("NOT USABLE", *_FAIL),
}
CONFIRMED = StateStyle("CONFIRMED", *_GOOD)
UNCONFIRMED = StateStyle("UNCONFIRMED", *_CHECK)
READY = StateStyle("READY", *_GOOD)
NOT_READY = StateStyle("NOT READY", *_CHECK)

TOP_BAR_PX = 44
TOOLBAR_PX = 40
STATUS_PX = 24
RAIL_PX, RAIL_FOLDED_PX, RAIL_ROW_PX = 208, 56, 52
PANEL_PX, PANEL_NARROW_PX, PANEL_STRUCTURES_PX = 372, 320, 400
TIMELINE_PX, TIMELINE_NARROW_PX, TIMELINE_FOLDED_PX = 258, 172, 40
NARROW_WINDOW_PX = 1600
TIMER_KEY_PX, TIMER_KEY_TALL_PX = 72, 96
TIMER_TEXT_PX, TIMER_LINE_PX, TIMER_NAME_PX, TIMER_DIGITS_PX = 16, 20, 40, 320
"""Of the timer, which is read from 3 m and pressed with gloves: buttons, and text up to its figures' largest size."""
VIEW_SHARE = 0.60


def relative_luminance(colour: str) -> float:
    """Return the WCAG 2.2 relative luminance of ``#rrggbb``, 0 black to 1 white."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((relative_luminance(one), relative_luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
