"""Qt: looks and asks, decides nothing."""

from planner.ui.immortal import make_none_immortal

make_none_immortal()
