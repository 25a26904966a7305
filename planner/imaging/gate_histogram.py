"""Do the loaded grey values look like Hounsfield units of a person? Judged by their histogram (H-09).

A wrong scale in every header of a series passes all comparisons between slices. Then nothing in the volume looks like
soft tissue, or what should be soft tissue lies about a thousand units too high and nothing is as light as air.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused
from planner.domain.review import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SOFT_HU = (-150, 150)
_AIR_BELOW_HU = -800
# Where soft tissue lands when the usual offset of -1024 was left out; bone takes a few per cent of a body at most.
_SHIFTED_HU = (800, 1400)
_LEAST_SOFT, _MOST_SHIFTED = 0.01, 0.15
_SAMPLES = 400_000


def judge_pixels(
    hu: NDArray[np.int16] | NDArray[np.float32], padding: NDArray[np.bool_] | None = None
) -> tuple[Finding, ...]:
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
    soft = float(np.mean((values >= _SOFT_HU[0]) & (values <= _SOFT_HU[1])))
    air = float(np.mean(values < _AIR_BELOW_HU))
    shifted = float(np.mean((values >= _SHIFTED_HU[0]) & (values <= _SHIFTED_HU[1])))
    if soft >= _LEAST_SOFT and not (air == 0 and shifted > _MOST_SHIFTED):
        return ()
    return (
        Finding(
            "hu-implausible",
            Severity.ACK,
            f"The values do not look like Hounsfield units: {100 * soft:.1f} % of the voxels are like soft tissue "
            f"({_SOFT_HU[0]} to {_SOFT_HU[1]} HU), {100 * air:.1f} % like air (below {_AIR_BELOW_HU} HU), and half are "
            f"below {np.median(values):.0f} HU. The scale in the headers may be wrong: compare air (-1000) and muscle "
            "(50) before you rely on tissue, bone or temperatures.",
            value=float(np.median(values)),
            unit="HU",
        ),
    )


def _sampled(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return evenly spread voxels as a flat array; the steps are odd, so no regular pattern is looked at only once."""
    each = max(1.0, array.size / _SAMPLES) ** (1 / 3)
    step = int(each) | 1
    return array[::step, ::step, ::step].reshape(-1)
