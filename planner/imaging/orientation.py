"""Where is a slice, and which way does it face, in the patient's own letters? Words for sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# Toward + and − of the LPS axes: left/right, posterior/anterior, head/feet.
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))
_PLANES = ("sagittal", "coronal", "axial")


def plane_word(normal_lps: ArrayLike) -> str:
    """Return the anatomical plane closest to the one with this normal."""
    return _PLANES[int(np.abs(np.asarray(normal_lps, dtype=float)).argmax())]


def place(position_lps_mm: ArrayLike, normal_lps: ArrayLike) -> str:
    """Return where a slice is along its stack, such as ``"H 12.0"`` for an axial slice 12 mm toward the head."""
    axis = int(np.abs(np.asarray(normal_lps, dtype=float)).argmax())
    # Rounded first: what is printed as 0.0 has no side.
    value = round(float(np.asarray(position_lps_mm, dtype=float)[axis]), 1)
    letter = _LETTERS[axis][0 if value >= 0 else 1]
    return f"{letter} {abs(value):.1f}"
