"""How is a problem whose answer is known put to the solver? Slabs, quarters and octants for ``predict``.

Sides of a box are mirrors, so a thin slab stands for an endless medium, the corner of a slab for an axis and that of a
box for a centre. A wall is a set of held cells. Held cells on a lattice conduct like a circle or ball whose radius
is a pure number of cells (the lattice's own potential problem gives it), so the cell size is chosen to make that radius
the wanted one: no staircase enters. Fronts are measured from the frozen volume, since a sharp front inside a cell shows
in its liquid fraction long before it shows in interpolated temperatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from planner.thermal.api import Probe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.thermal.analytic import SharpMedium

NARROW_MUSH_K = 0.1
"""The enthalpy form needs a freezing range; 0.1 K is sharp next to a 37 K field and stores 0.1 % of the latent heat."""
Properties = dict[str, float]


def sharp_properties(medium: SharpMedium, **more: float) -> Properties:
    """Return a tissue that freezes within :data:`NARROW_MUSH_K` around the medium's freezing point."""
    half = NARROW_MUSH_K / 2
    return {
        "density_kg_per_m3": medium.density_kg_per_m3,
        "c_unfrozen_j_per_kg_k": medium.c_liquid_j_per_kg_k,
        "c_frozen_j_per_kg_k": medium.c_frozen_j_per_kg_k,
        "k_unfrozen_w_per_m_k": medium.k_liquid_w_per_m_k,
        "k_frozen_w_per_m_k": medium.k_frozen_w_per_m_k,
        "latent_heat_j_per_kg": medium.latent_j_per_kg,
        "solidus_c": medium.freezing_c - half,
        "liquidus_c": medium.freezing_c + half,
        **more,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """Cells that together conduct like a cold circle or ball around the mirrored corner.

    Parameters
    ----------
    cells
        shape (K, J, I), bool; K is 1 for a circle.
    spacing_mm
        Cell size at which their conducting radius is the wanted one.
    """

    cells: NDArray[np.bool_]
    spacing_mm: float


def wall_at_corner(radius_mm: float, *, about_mm: float, reach_mm: float, sphere: bool = False) -> Wall:
    """Return a quarter circle or an octant of a ball, in cells of about ``about_mm``, in a box of ``reach_mm``."""
    cells_across = round(radius_mm / about_mm * 2) / 2
    spacing_mm = radius_mm / lattice_radius(cells_across, sphere=sphere)
    count = int(np.ceil(reach_mm / spacing_mm))
    distance = corner_distance_mm((count,) * 3 if sphere else (1, count, count), spacing_mm=1.0)
    return Wall(distance <= cells_across, spacing_mm)


def corner_distance_mm(shape_kji: tuple[int, int, int], *, spacing_mm: float) -> NDArray[np.float64]:
    """Distance of each cell's centre from the mirrored corner; an axis of one cell is not counted."""
    parts = [(np.arange(n) + 0.5) * spacing_mm if n > 1 else np.zeros(1) for n in shape_kji]
    k, j, i = np.meshgrid(*parts, indexing="ij", sparse=True)
    distance: NDArray[np.float64] = np.sqrt(k**2 + j**2 + i**2)
    return distance


@lru_cache(maxsize=64)
def lattice_radius(reach_ratio: float, *, sphere: bool) -> float:
    """Radius, in cells, of the circle or ball that conducts like all cells with centres within ``reach_ratio`` cells.

    Solves the potential problem of the lattice once: the held cells at zero, far cells at ``ln r`` or ``1/r``; the
    potential that makes the flux that of the continuous field tells the radius.
    """
    from scipy.sparse.linalg import cg

    count = int(4 * reach_ratio) + (8 if sphere else 24)
    shape = (count,) * (3 if sphere else 2)
    axes = np.meshgrid(*(np.arange(n) + 0.5 for n in shape), indexing="ij")
    distance = np.sqrt(sum(axis**2 for axis in axes))
    field = -1 / distance if sphere else np.log(distance)
    inside = (distance <= reach_ratio).reshape(-1)
    rim = np.any([axis > count - 1 for axis in axes], axis=0).reshape(-1)
    laplacian = _laplacian(shape)
    free = ~(inside | rim)
    shares = []
    for outside in (field.reshape(-1), np.ones(field.size)):
        values = np.where(rim, outside, 0.0)
        values[free], _ = cg(-laplacian[free][:, free], laplacian[free][:, rim] @ outside[rim], rtol=1e-10)
        shares.append(float((laplacian[inside] @ values).sum()))
    # Flux of the continuous field through a quarter circle or an octant, per unit of ln r or of -1/r.
    constant = (shares[0] - np.pi / 2) / shares[1]
    return float(-1 / constant) if sphere else float(np.exp(constant))


def _laplacian(shape: tuple[int, ...]):  # type: ignore[no-untyped-def] # noqa: ANN202 - a scipy sparse matrix
    """Sum over neighbours of (theirs - own) on a lattice with mirrored sides, sparse."""
    from scipy.sparse import diags, eye_array, kron

    total = None
    for axis, count in enumerate(shape):
        links = np.ones(count - 1)
        own = -np.concatenate([[0.0], links]) - np.concatenate([links, [0.0]])
        part = diags([links, own, links], [-1, 0, 1])
        before, after = int(np.prod(shape[:axis])), int(np.prod(shape[axis + 1 :]))
        part = kron(kron(eye_array(before), part), eye_array(after))
        total = part if total is None else total + part
    return total.tocsr()  # type: ignore[union-attr]


def frozen_radius_mm(frozen_share: NDArray[np.floating], *, spacing_mm: float) -> float:
    """Radius of the quarter disc (K = 1) or octant ball that holds as much ice; held cells count as frozen."""
    cells = float(frozen_share.sum(dtype=np.float64))
    if frozen_share.shape[0] == 1:
        return float(np.sqrt(4 * cells / np.pi) * spacing_mm)
    return float((6 * cells / np.pi) ** (1 / 3) * spacing_mm)


def isotherm_radius_mm(
    temperature_c: NDArray[np.floating],
    level_c: float,
    *,
    spacing_mm: float,
    properties: Mapping[str, float],
    distance_mm: NDArray[np.float64] | None = None,
) -> float:
    """Radius of an isotherm of a field that depends on the distance alone; from the corner unless told otherwise.

    In ``theta = integral of k dT`` the field has no kink at a resting front. A straight line in ``ln r`` (circle) or
    ``1/r`` (ball) is fitted to the cells within 1.6 cells of the isotherm; within it the field is close to that form.
    """
    shape = (temperature_c.shape[0], temperature_c.shape[1], temperature_c.shape[2])
    distance = corner_distance_mm(shape, spacing_mm=spacing_mm) if distance_mm is None else distance_mm
    theta = kirchhoff(temperature_c.astype(np.float64), properties) - kirchhoff(np.float64(level_c), properties)
    colder = distance[theta < 0]
    if colder.size == 0:
        return 0.0
    warmer = distance[theta >= 0]
    radius_mm = float((colder.max() + warmer.min()) / 2)
    for _ in range(3):
        near = np.abs(distance - radius_mm) < 1.6 * spacing_mm
        x = 1 / distance[near] if shape[0] > 1 and distance_mm is None else np.log(distance[near])
        slope, offset = np.polyfit(x, theta[near], 1)
        root = -offset / slope
        radius_mm = float(1 / root) if shape[0] > 1 and distance_mm is None else float(np.exp(root))
    return radius_mm


def width_mm(temperature_c: NDArray[np.floating], level_c: float, *, spacing_mm: float) -> float:
    """Full width of the cold zone along i through the mirrored corner: twice the farthest crossing from it."""
    line_c = temperature_c[0, 0].astype(np.float64)
    cold = np.flatnonzero(line_c < level_c)
    if cold.size == 0:
        return 0.0
    last = int(cold[-1])
    share = (level_c - line_c[last]) / (line_c[last + 1] - line_c[last])
    return float(2 * (last + 0.5 + share) * spacing_mm)


def kirchhoff(temperature_c: NDArray[np.float64] | np.float64, properties: Mapping[str, float]) -> NDArray[np.float64]:
    """Integral of k from the solidus, W/m: k linear in the freezing range, constant on either side."""
    solidus, liquidus = properties["solidus_c"], properties["liquidus_c"]
    k_frozen, k_liquid = properties["k_frozen_w_per_m_k"], properties["k_unfrozen_w_per_m_k"]
    share = np.clip((temperature_c - solidus) / (liquidus - solidus), 0, 1)
    mush = (liquidus - solidus) * (k_frozen * share + (k_liquid - k_frozen) / 2 * share**2)
    theta: NDArray[np.float64] = (
        k_frozen * np.minimum(temperature_c - solidus, 0) + mush + k_liquid * np.maximum(temperature_c - liquidus, 0)
    )
    return theta


def point_c(temperature_c: NDArray[np.floating], kji_mm: tuple[float, float, float], *, spacing_mm: float) -> float:
    """Temperature at a point counted from the mirrored corner, trilinear; an axis of one cell is not counted."""
    field = temperature_c.astype(np.float64)
    for axis, place_mm in enumerate(kji_mm):
        if field.shape[0] > 1 or axis > 0:
            mirrored = np.concatenate([field[:1], field])
            centres = (np.arange(len(mirrored)) - 0.5) * spacing_mm
            low = int(np.clip(np.searchsorted(centres, place_mm) - 1, 0, len(mirrored) - 2))
            share = (place_mm - centres[low]) / spacing_mm
            field = mirrored[low] * (1 - share) + mirrored[low + 1] * share
        else:
            field = field[0]
    return float(field)


def slab_probe(
    i_mm: float, j_mm: float, *, diameter_mm: float, surface_c: float, half_length_mm: float = 50.0
) -> Probe:
    """Return a probe along k through a place counted from the mirrored corner; endless in a slab of one cell."""
    ends = ((i_mm, j_mm, -half_length_mm), (i_mm, j_mm, half_length_mm))
    return Probe(ends[0], ends[1], diameter_mm, surface_c)


def from_corner(spacing_mm: float, *, slab: bool = True) -> NDArray[np.float64]:
    """Return the affine that puts the mirrored corner (of a slab: the axis in its middle plane) at the origin."""
    matrix = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    matrix[:3, 3] = (spacing_mm / 2, spacing_mm / 2, 0.0 if slab else spacing_mm / 2)
    return matrix


def colder_cells(temperature_c: NDArray[np.floating], level_c: float) -> float:
    """How many cells of a slab (K = 1) or box lie below a temperature, counting parts of cells.

    Each cell is cut into 4 along every axis; between centres temperatures are linear, at the rim constant.
    """
    field = np.pad(temperature_c.astype(np.float64), 1, mode="edge")
    places = (np.arange(4) + 0.5) / 4 + 0.5
    total = 0
    for k in places if temperature_c.shape[0] > 1 else (1.0,):
        plane = _between(field, k, axis=0)
        for j in places:
            line = _between(plane, j, axis=1)
            for i in places:
                total += int((_between(line, i, axis=2)[: temperature_c.shape[0]] < level_c).sum())
    return total / (64 if temperature_c.shape[0] > 1 else 16)


def _between(field: NDArray[np.float64], place: float, *, axis: int) -> NDArray[np.float64]:
    """Values at ``place`` cells after each cell of a padded field; one cell less than padded at both ends."""
    count, low = field.shape[axis] - 2, int(place)
    share = place - low
    first = np.take(field, np.arange(low, low + count), axis=axis)
    if share == 0:
        return first
    return first * (1 - share) + np.take(field, np.arange(low + 1, low + 1 + count), axis=axis) * share
