"""What is the product of the steady system's matrix with a field? One compiled pass over faces."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def _plane(k, x, gk, gj, gi, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    depth, height, width = x.shape
    for j in range(height):
        row = out[k, j]
        centre = x[k, j]
        for i in range(width):
            row[i] = 0.0
        if k > 0:
            for i in range(width):
                row[i] += gk[k - 1, j, i] * (centre[i] - x[k - 1, j, i])
        if k < depth - 1:
            for i in range(width):
                row[i] += gk[k, j, i] * (centre[i] - x[k + 1, j, i])
        if j > 0:
            for i in range(width):
                row[i] += gj[k, j - 1, i] * (centre[i] - x[k, j - 1, i])
        if j < height - 1:
            for i in range(width):
                row[i] += gj[k, j, i] * (centre[i] - x[k, j + 1, i])
        for i in range(width - 1):
            row[i] += gi[k, j, i] * (centre[i] - centre[i + 1])
            row[i + 1] += gi[k, j, i] * (centre[i + 1] - centre[i])


@njit(cache=True, nogil=True, error_model="numpy")
def apply_conductances(x, gk, gj, gi, out):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write ``sum over faces g (x - x_neighbour)``, float64, shape (K, J, I); missing neighbours carry no flux."""
    for k in range(x.shape[0]):
        _plane(k, x, gk, gj, gi, out)
