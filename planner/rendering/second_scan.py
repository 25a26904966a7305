"""How is a second series seen through or beside the CT? Sampled where registration put it, and crossfaded in grey.

Grey on grey keeps colour to anatomy, ice and verdicts; where the second series was not imaged the CT stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.reslice import reslice_measured

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.second import SecondSeries
    from planner.rendering.plane import SlicePlane
    from planner.rendering.slab import Slab


def build_second(
    plane: SlicePlane, *, second: SecondSeries, scale: float = 1.0, slab: Slab | None = None
) -> NDArray[np.float32]:
    """Sample the second series on a view, shape (H × scale, W × scale), float32; not a number where it has none."""
    return reslice_measured(
        second.values, padding=second.padding, grid=second.grid, plane=plane, scale=scale, slab=slab
    )


def crossfade(
    under: NDArray[np.uint8], over: NDArray[np.uint8], *, is_there: NDArray[np.bool_], share: float
) -> NDArray[np.uint8]:
    """Mix two pictures.

    Parameters
    ----------
    under, over
        shape (H, W), uint8.
    is_there
        shape (H, W), bool: where ``over`` shows something.
    share
        0 shows ``under``, 1 shows ``over``.

    Returns
    -------
    shape (H, W), uint8, rounded to the nearest grey.
    """
    mixed = under.astype(np.float32) * (1.0 - share) + over.astype(np.float32) * share
    rounded = (mixed + 0.5).astype(np.uint8)
    return np.where(is_there, rounded, under)
