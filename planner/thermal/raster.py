"""How much of each cell lies in a probe's sink? Compiled sampling of a cylinder with a parabolic profile."""

from __future__ import annotations

import numpy as np
from numba import njit

HALF_DIAGONAL = 0.8660254037844387


@njit(cache=True, nogil=True, error_model="numpy")
def parabolic_cylinder(out, cylinder, per_edge):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write the mean of ``1 - (r/a)²`` over each unit cell, 0 outside a flat-ended cylinder; ``out`` is (K, J, I).

    ``cylinder`` is (start, unit axis, length, radius a) in (i, j, k) order and cell units; each cell is sampled
    ``per_edge``³ times.
    """
    start, along, length, radius = cylinder
    for k in range(out.shape[0]):
        for j in range(out.shape[1]):
            for i in range(out.shape[2]):
                d = (i - start[0], j - start[1], k - start[2])
                axial = d[0] * along[0] + d[1] * along[1] + d[2] * along[2]
                radial = np.sqrt(max(d[0] ** 2 + d[1] ** 2 + d[2] ** 2 - axial**2, 0.0))
                if min(radius - radial, axial, length - axial) > -HALF_DIAGONAL:
                    out[k, j, i] = _mean_weight(d, along, length, radius, per_edge)


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_weight(d, along, length, radius, per_edge):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    total = 0.0
    for c in range(per_edge):
        z = d[2] + (c + 0.5) / per_edge - 0.5
        for b in range(per_edge):
            y = d[1] + (b + 0.5) / per_edge - 0.5
            for a in range(per_edge):
                x = d[0] + (a + 0.5) / per_edge - 0.5
                axial = x * along[0] + y * along[1] + z * along[2]
                off = x * x + y * y + z * z - axial * axial
                if 0 <= axial <= length and off < radius * radius:
                    total += 1 - off / (radius * radius)
    return total / per_edge**3
