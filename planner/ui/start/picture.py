"""How is one stored image shown? Turned to the radiological view, in grey, with what it can honestly say about itself.

Letters, plane and scale exist only where the headers name directions and pixel size; nothing is assumed (H-07, H-16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.plane import EdgeLetters, Orientation, direction_letters, standard_axes
from planner.rendering.window import percentile_window, to_grey, window_words
from planner.ui.slices.painter import grey_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from planner.rendering.window import WindowHu

Axes = tuple[tuple[float, float, float], tuple[float, float, float]]

_NORMALS = {Orientation.AXIAL: 2, Orientation.CORONAL: 1, Orientation.SAGITTAL: 0}
# A scan tilted by the gantry (30° at most) is still called by its plane.
_NAMED_COSINE = float(np.cos(np.radians(35.0)))
_LEAST_WIDTH_HU = 1.0
# Pixel sizes beyond these are no pixel sizes; a picture in such proportions could not be painted.
_LEAST_MM, _MOST_MM = 1e-3, 1e2
# A radiograph of 4 000 px would hold the window up while it is made grey; the panel shows a tenth of that.
_MOST_PX = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One image ready to paint. ``spacing_xy_mm`` is None where the pixel size is unknown, ``letters`` likewise."""

    image: QImage
    spacing_xy_mm: tuple[float, float] | None = None
    letters: EdgeLetters | None = None
    plane: Orientation | None = None
    window: str = ""
    axes: Axes | None = None


@dataclass(frozen=True, slots=True)
class Hanging:
    """How stored rows and columns are turned for the screen."""

    plane: Orientation
    transposed: bool
    mirrored: bool
    upended: bool
    letters: EdgeLetters

    def turn(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the image, shape (J, I), as it is hung."""
        turned = image.T if self.transposed else image
        return np.ascontiguousarray(turned[:: -1 if self.upended else 1, :: -1 if self.mirrored else 1])


def hang(axes: Axes) -> Hanging:
    """Return how to show an image whose rows and columns run along ``axes`` (LPS), patient right at the left edge.

    Only whole turns and mirrorings: every pixel stays what and where it is in the patient.
    """
    along = np.array(axes, dtype=float)
    normal = np.cross(along[0], along[1])
    normal /= np.linalg.norm(normal)
    nearest = max(_NORMALS, key=lambda plane: abs(float(normal[_NORMALS[plane]])))
    right, down = np.array(standard_axes(nearest))
    transposed = abs(float(along[0] @ right)) < abs(float(along[0] @ down))
    across, downwards = (along[1], along[0]) if transposed else (along[0], along[1])
    mirrored, upended = float(across @ right) < 0, float(downwards @ down) < 0
    across, downwards = -across if mirrored else across, -downwards if upended else downwards
    letters = EdgeLetters(
        left=direction_letters(-across),
        right=direction_letters(across),
        top=direction_letters(-downwards),
        bottom=direction_letters(downwards),
    )
    is_named = abs(float(normal[_NORMALS[nearest]])) >= _NAMED_COSINE
    return Hanging(nearest if is_named else Orientation.OBLIQUE, transposed, mirrored, upended, letters)


def picture_of(
    image: NDArray[np.generic],
    *,
    window_hu: WindowHu | None,
    spacing_ji_mm: Sequence[float] | None,
    axes: Axes | None,
    is_hu: bool = True,
) -> Picture:
    """Return a stored image, shape (J, I), ready to paint.

    Parameters
    ----------
    window_hu
        (width, level) of the header; None shows the 0.1 to 99.9 percentile.
    spacing_ji_mm
        (row, column) distance, mm; None when unknown.
    axes
        Unit directions (along a row, along a column), LPS; None when unknown.
    is_hu
        Whether a window can be named in Hounsfield units.
    """
    step = -(-max(image.shape) // _MOST_PX)
    image = image[::step, ::step]
    window = window_hu if window_hu is not None and window_hu[0] >= _LEAST_WIDTH_HU else _spread(image)
    grey = to_grey(image, window)
    words = window_words(window) if is_hu else ""
    known = spacing_ji_mm is not None and all(_LEAST_MM <= size <= _MOST_MM for size in spacing_ji_mm)
    spacing_xy = (step * float(spacing_ji_mm[1]), step * float(spacing_ji_mm[0])) if known and spacing_ji_mm else None
    if axes is None:
        return Picture(grey_image(grey, device_pixel_ratio=1.0), spacing_xy, window=words)
    hanging = hang(axes)
    if spacing_xy is not None and hanging.transposed:
        spacing_xy = (spacing_xy[1], spacing_xy[0])
    shown = grey_image(hanging.turn(grey), device_pixel_ratio=1.0)
    return Picture(shown, spacing_xy, hanging.letters, hanging.plane, words, axes)


def _spread(image: NDArray[np.generic]) -> WindowHu:
    finite = np.asarray(image, dtype=np.float32)
    return percentile_window(np.where(np.isfinite(finite), finite, 0.0)[None])
