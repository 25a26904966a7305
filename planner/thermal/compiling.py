"""How are the kernels compiled? One decorator, so that nothing a compiler is free to choose reaches a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

ZERO, HALF, ONE, TWO = (np.float32(value) for value in (0, 0.5, 1, 2))


def compiled(*, parallel: bool = False, inline: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile; no sum may be reordered and no product drawn into a sum.

    A process that compiles and one that loads what was compiled inline differently: a free choice would change bits.
    Where products and sums shall be fused, :func:`planner.thermal.lanes.fused` says so.
    """
    decorate: Callable[[Callable[..., Any]], Callable[..., Any]] = njit(
        cache=True,
        nogil=True,
        fastmath={"nnan", "nsz"},
        error_model="numpy",
        parallel=parallel,
        inline="always" if inline else "never",
    )
    return decorate
