"""Do the loaded grey values look like Hounsfield units of a person? Judged by their histogram (H-09).

A wrong scale in every header of a series passes all comparisons between slices. Then hardly anything looks like soft
tissue; or, with the usual offset of -1024 left out, air passes for water and nothing is as light as fat; or, with it
applied twice, most lies below air. Clean scans, also without air or with much background, have none of the three.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.domain.review import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

# HU of the classes looked for; project figures. Fat is near -100, muscle near 50, air near -1000, dense bone near 1000.
_SOFT_HU = (-150, 150)
_AIR_BELOW_HU = -800
_FAT_BELOW_HU = -50
_DENSE_HU = (800, 1400)
_NOTHING_BELOW_HU = -1100
_LEAST_SOFT, _LEAST_FAT, _MOST_DENSE = 0.01, 0.005, 0.02
# Background outside the field is up to a fifth of a slice, more in reformats; soft tissue is a tenth of the rest.
_MOST_NOTHING, _LEAST_SOFT_OF_REST = 0.3, 0.1
_SAMPLES = 400_000


def judge_pixels(hu: NDArray[Any], padding: NDArray[np.bool_] | None = None) -> tuple[Finding, ...]:
    """Return an ACK ``"hu-implausible"`` where the values do not look like HU, with the figures; else nothing.

    Parameters
    ----------
    hu
        shape (K, J, I), int16 or float32, HU. About 400 000 evenly spread voxels are looked at.
    padding
        shape (K, J, I), bool, True where the scanner padded.

    Raises
    ------
    InputRefused
        When a voxel holds no finite number.
    """
    values = _sampled(hu)
    if padding is not None:
        values = values[~_sampled(padding)]
    if not values.size:
        return (Finding("hu-implausible", Severity.ACK, "Every voxel looked at is padding: the images are empty."),)
    if not np.isfinite(values).all():
        raise InputRefused("Some voxels hold no number of HU. Export the series again.", code="hu-not-finite")
    soft = _share(values, *_SOFT_HU)
    nothing = float(np.mean(values < _NOTHING_BELOW_HU))
    has_no_soft = soft < _LEAST_SOFT or (nothing > _MOST_NOTHING and soft < _LEAST_SOFT_OF_REST * (1 - nothing))
    has_no_fat = float(np.mean(values < _FAT_BELOW_HU)) < _LEAST_FAT and _share(values, *_DENSE_HU) > _MOST_DENSE
    if not has_no_soft and not has_no_fat:
        return ()
    air, half = float(np.mean(values < _AIR_BELOW_HU)), float(np.median(values))
    return (
        Finding(
            "hu-implausible",
            Severity.ACK,
            f"The values do not look like Hounsfield units: {100 * soft:.1f} % of the voxels are like soft tissue "
            f"({_SOFT_HU[0]} to {_SOFT_HU[1]} HU), {100 * air:.1f} % are like air or below (under {_AIR_BELOW_HU} HU), "
            f"and half are below {half:.0f} HU. The scale in the headers may be wrong: compare air (-1000) and muscle "
            "(50) in the views before you rely on tissue, bone or temperatures.",
            value=half,
            unit="HU",
        ),
    )


def _share(values: NDArray[Any], lowest_hu: float, highest_hu: float) -> float:
    return float(np.mean((values >= lowest_hu) & (values <= highest_hu)))


def _sampled(array: NDArray[Any]) -> NDArray[Any]:
    """Return evenly spread voxels as a flat array; an odd step meets every phase of a pattern of two."""
    each = max(1.0, array.size / _SAMPLES) ** (1 / 3)
    step = int(each) | 1
    return array[::step, ::step, ::step].reshape(-1)
