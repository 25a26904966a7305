"""How do Hounsfield units become grey? Window and level, and the presets radiologists expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import PlanInvalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

WindowHu = tuple[float, float]


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window; ``key`` is its shortcut, empty when it has none."""

    name: str
    width_hu: float
    level_hu: float
    key: str = ""

    @property
    def window_hu(self) -> WindowHu:
        """(width, level)."""
        return self.width_hu, self.level_hu

    @property
    def words(self) -> str:
        """Name and numbers, such as ``"Soft tissue 400 / 40"``."""
        return f"{self.name} {self.width_hu:.0f} / {signed(self.level_hu)}"


PRESETS: tuple[WindowPreset, ...] = (
    WindowPreset("Soft tissue", 400, 40, "1"),
    WindowPreset("Lung", 1500, -600, "2"),
    WindowPreset("Bone", 2000, 400, "3"),
    WindowPreset("Brain", 80, 40, "4"),
    WindowPreset("Liver", 150, 90, "5"),
    WindowPreset("Ice on CT", 200, 20, "6"),
    WindowPreset("Mediastinum", 350, 25),
    WindowPreset("Pelvis", 450, 50),
    WindowPreset("Vessel", 600, 200),
    WindowPreset("Air", 1000, -430),
)
SOFT_TISSUE = PRESETS[0].window_hu


def signed(value: float) -> str:
    """Write a whole number with a true minus."""
    return f"{value:.0f}".replace("-", "−")


def window_words(window_hu: WindowHu) -> str:
    """Write a window as on the view, such as ``"W 400 L 40"``."""
    return f"W {window_hu[0]:.0f} L {signed(window_hu[1])}"


def to_grey(hu: NDArray[Any], window_hu: WindowHu, *, is_inverted: bool = False) -> NDArray[np.uint8]:
    """Map HU to 0..255 by the DICOM linear function (PS3.3 C.11.2.1.2.1), rounded to the nearest grey.

    Parameters
    ----------
    hu
        Any shape, HU.
    window_hu
        (width, level); width at least 1 HU.
    is_inverted
        Low values bright.

    Returns
    -------
    NDArray
        Same shape, uint8; not a number becomes 0, inverted or not: where there is no image there is no grey.
    """
    width, level = window_hu
    if not (np.isfinite(width) and np.isfinite(level) and width >= 1):
        raise PlanInvalid(f"A window of width {width:g} HU at {level:g} HU cannot be shown.", code="window")
    values = np.asarray(hu, dtype=np.float32)
    slope = np.float32(255.0 / max(width - 1.0, 1e-6))
    grey = (values - np.float32(level - 0.5)) * slope
    grey += np.float32(127.5 + 0.5)
    np.clip(grey, 0.0, 255.0, out=grey)
    if is_inverted:
        np.subtract(255.999, grey, out=grey)
        np.clip(grey, 0.0, 255.0, out=grey)
    nowhere = np.isnan(grey)
    if nowhere.any():
        grey[nowhere] = 0.0
    return grey.astype(np.uint8)


def percentile_window(hu: NDArray[Any]) -> WindowHu:
    """Return the window of the 0.1 to 99.9 percentile, for a CT whose header carries none."""
    step = max(1, round((hu.size / 2_000_000) ** (1 / 3)))
    low, high = np.percentile(hu[::step, ::step, ::step], (0.1, 99.9))
    return max(1.0, float(high - low)), float(high + low) / 2
