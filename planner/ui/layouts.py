"""How can the views be arranged? Layouts as data: which views, side by side or one above the other, in which shares."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.ui.preferences import Preferences

Shares = tuple[tuple[float, ...], ...]

_LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Split:
    """Parts side by side (``is_row``) or one above the other; each a view's name or another split."""

    is_row: bool
    parts: tuple[Split | str, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.shares) or len(self.parts) < 2:
            raise ValueError("Each part of a split needs its share.")

    def views(self) -> Iterator[str]:
        """Yield the names of all views, in reading order."""
        for part in self.parts:
            if isinstance(part, Split):
                yield from part.views()
            else:
                yield part

    def all_shares(self) -> Shares:
        """Return the shares of this split and of all within it, outermost first."""
        inner = (shares for part in self.parts if isinstance(part, Split) for shares in part.all_shares())
        return (self.shares, *inner)


def row(*parts: Split | str, shares: tuple[float, ...] | None = None) -> Split:
    """Put parts side by side; evenly when no shares are given."""
    return Split(is_row=True, parts=parts, shares=shares or (1.0,) * len(parts))


def column(*parts: Split | str, shares: tuple[float, ...] | None = None) -> Split:
    """Put parts one above the other; evenly when no shares are given."""
    return Split(is_row=False, parts=parts, shares=shares or (1.0,) * len(parts))


@dataclass(frozen=True, slots=True)
class Layout:
    """One arrangement of views.

    Parameters
    ----------
    key
        Name in settings and actions.
    words
        Name in the menu.
    shape
        The views and their shares.
    """

    key: str
    words: str
    shape: Split
    views: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "views", tuple(self.shape.views()))


FOUR_UP = "four-up"
PROBE_TRIPLET = "probe"
NERVE = "nerve"
SCENE = "scene"
STRIP = "nerve-strip"
SECOND = "second"

LAYOUTS: tuple[Layout, ...] = (
    Layout(FOUR_UP, "Four-up", column(row("axial", "coronal"), row("sagittal", SCENE))),
    Layout(
        "one-and-three",
        "One and three",
        row("axial", column("coronal", "sagittal", SCENE), shares=(2.0, 1.0)),
    ),
    Layout("slices", "2 × 2 slices", column(row("axial", "coronal"), row("sagittal", "probe-eye"))),
    Layout(PROBE_TRIPLET, "Probe triplet", column(row("along-0", "along-90"), row("probe-eye", SCENE))),
    Layout(
        NERVE,
        "Nerve",
        row(STRIP, column("locator", "across-nerve"), shares=(2.0, 1.0)),
    ),
    Layout(
        SECOND,
        "CT and second series",
        column(row("axial", "second-axial"), row("coronal", "second-coronal")),
    ),
    Layout(
        "probe-nerve",
        "Probe and nerve",
        column(
            row("along-0", "along-90", "probe-eye"),
            row(STRIP, "locator", shares=(2.0, 1.0)),
            shares=(5.0, 6.0),
        ),
    ),
)
BY_KEY: Mapping[str, Layout] = {layout.key: layout for layout in LAYOUTS}
# Views that can fill the middle alone, with the words of the menu.
ONE_UP: Mapping[str, str] = {"axial": "Axial", "coronal": "Coronal", "sagittal": "Sagittal", SCENE: "3-D"}

_OTHER_VIEWS = {
    "along-0": "Along the probe, 0°",
    "along-90": "Along the probe, 90°",
    "probe-eye": "Probe's eye",
    STRIP: "Nerve strip",
    "locator": "Axial locator",
    "across-nerve": "Across the nerve",
    "second-axial": "Axial, second series",
    "second-coronal": "Coronal, second series",
}


def view_words(name: str) -> str:
    """Return what the menu calls a view that fills the middle."""
    return ONE_UP.get(name) or _OTHER_VIEWS.get(name, name)


def layout_of(key: str) -> Layout:
    """Return a layout by its key; four-up for an empty or unknown one (settings of another version)."""
    return BY_KEY.get(key, LAYOUTS[0])


@dataclass(slots=True)
class RememberedLayout:
    """What the user left: the layout, the view alone on it, and the shares of every layout that was changed by hand."""

    key: str = ""
    alone: str = ""
    shares: dict[str, Shares] = field(default_factory=dict)

    @classmethod
    def read(cls, preferences: Preferences) -> RememberedLayout:
        """Read the settings; what does not fit the layouts of this version is left out."""
        from planner.ui.preferences import LAYOUT

        try:
            kept = json.loads(preferences.text(LAYOUT) or "{}")
        except ValueError:
            return cls()
        if not isinstance(kept, dict):
            return cls()
        key, alone, shares = kept.get("layout"), kept.get("alone"), kept.get("shares")
        return cls(
            key if isinstance(key, str) and key in BY_KEY else "",
            alone if isinstance(alone, str) else "",
            dict(_fitting_shares(shares)),
        )

    def write(self, preferences: Preferences) -> None:
        """Keep it in the settings."""
        from planner.ui.preferences import LAYOUT

        preferences.set_text(LAYOUT, json.dumps({"layout": self.key, "alone": self.alone, "shares": self.shares}))


def _fitting_shares(shares: object) -> Iterator[tuple[str, Shares]]:
    """Yield the remembered shares that still fit their layouts: same splits, none squeezed to nothing."""
    if not isinstance(shares, dict):
        return
    for name, kept in shares.items():
        layout = BY_KEY.get(name)
        if layout is None or not isinstance(kept, list):
            continue
        wanted = layout.shape.all_shares()
        if [len(s) if isinstance(s, list) else 0 for s in kept] != [len(s) for s in wanted]:
            continue
        if all(isinstance(v, (int, float)) and _LEAST_SHARE <= v <= 1 for s in kept for v in s):
            yield name, tuple(tuple(float(v) for v in s) for s in kept)
