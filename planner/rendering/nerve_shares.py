"""Which pieces of a nerve are treated how often? Its treated part cut where the share of draws changes its class."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import TARGET_COLOUR, share_class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.rendering.content import NerveLayer

UNTOLD_SHARE = 0.6
"""Of its radius a nerve is drawn with where nothing is told, or it is not to be treated."""


def treated_parts(
    layer: NerveLayer, curve_lps_mm: NDArray[np.float64], radius_mm: float
) -> list[tuple[NDArray[np.float64], float, str]]:
    """Return the pieces of a nerve's treated part: points (N, 3), radius (mm) and colour of each.

    Without draws it is one piece as wide as the nerve; over draws each piece is the wider the more often it is treated.
    """
    first, last = layer.segment or (0, len(curve_lps_mm) - 1)
    if layer.shares is None:
        return [(curve_lps_mm[first : last + 1], radius_mm, TARGET_COLOUR)]
    told = [share_class(float(share)) if np.isfinite(share) else None for share in layer.shares[first : last + 1]]
    cuts = {0, *(n for n in range(1, len(told)) if told[n] is not told[n - 1]), len(told) - 1}
    pieces = []
    for begin, end in pairwise(sorted(cuts)):
        each, part = told[begin], curve_lps_mm[first + begin : first + end + 1]
        if each is None:
            pieces.append((part, radius_mm * UNTOLD_SHARE, TARGET_COLOUR))
        else:
            pieces.append((part, radius_mm * each.radius_share, each.colour))
    return pieces
