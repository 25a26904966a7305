"""Where does a probe take heat, and how much? The equivalent parabolic sink.

A cylinder of radius ``rp`` at temperature Tp is far thinner than a cell. Its heat is taken by a sink spread over a disc
of radius ``a > rp``: ``S = kappa² f (theta(Tp) - theta)`` with ``f = 1 - (r/a)²``. Outside ``r = a`` the steady field
is logarithmic; inside, with s = r/a, it is the regular solution of ``theta'' + theta'/s = k² (1 - s²) theta``, a power
series in s². Both and their slopes agree at ``a`` when ``value / slope = ln(a / rp)``, which gives ``k² = kappa² a²``.
Written in theta, the match holds for any k(T). A parabola ends smoothly, so the ice hardly notices where a probe lies
between the cells; what the grid itself adds to the logarithm is taken away (fitted to steady lattice solutions). The
sink is normalised to its exact volume.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.domain.probe import active_zone_lps_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.thermal.scene import Scene

MOST_PROBES = 8
SAMPLES_PER_EDGE = 4
TIP_LENGTHENING = 0.25
"""Share of the sink's radius added at both ends: measured correction for the missing hemispherical end."""


@dataclass(frozen=True, slots=True)
class Needle:
    """The active zone of one probe: a cylinder from its deep to its shallow end.

    Parameters
    ----------
    deep_lps_mm, shallow_lps_mm
        Ends of the active zone on the shaft's axis, mm.
    diameter_mm
        Outer diameter of the shaft.
    """

    label: str
    deep_lps_mm: PointLps
    shallow_lps_mm: PointLps
    diameter_mm: float

    @classmethod
    def of(cls, placement: ProbePlacement, model: ProbeModel) -> Needle:
        """Return the active zone of a placed catalogue probe; raise SimulationRefused when it is not fully known."""
        radius_mm = _complete(model)
        deep, shallow = active_zone_lps_mm(placement, model)
        return cls(placement.label, deep, shallow, 2 * radius_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Sinks:
    """What takes or gives heat, cell by cell: ``exchange (conductance (theta(Tp) - theta) + heat)``.

    Parameters
    ----------
    pointer
        shape (K*J+1,), int64: cells of each row.
    cells
        shape (N,), int64, not decreasing: flat cell indices; where sinks overlap a cell stands more than once.
    conductance
        shape (N,), float32: h² kappa² f, dimensionless.
    heat_w_per_m
        shape (N,), float32: h² times the prescribed heat per volume; negative where it cools.
    probe
        shape (N,), int64: which probe owns the cell.
    count
        Number of probes P, prescribed heats among them.
    row_width
        Cells of a row of the grid.
    """

    pointer: NDArray[np.int64]
    cells: NDArray[np.int64]
    conductance: NDArray[np.float32]
    heat_w_per_m: NDArray[np.float32]
    probe: NDArray[np.int64]
    count: int
    row_width: int

    @property
    def largest_conductance(self) -> float:
        """Largest sum of h² kappa² f in one cell; 0 without sinks."""
        if self.cells.size == 0:
            return 0.0
        starts = np.flatnonzero(np.diff(self.cells, prepend=-1))
        return float(np.add.reduceat(self.conductance, starts).max())

    def kernel_form(self, scene: Scene) -> tuple[NDArray[Any], ...]:
        """Pointer, column, tissue, owner, conductance and heat, as :func:`planner.thermal.kernels.run_stages` wants."""
        columns = (self.cells % self.row_width).astype(np.int32)
        kinds = scene.index.reshape(-1)[self.cells]
        return self.pointer, columns, kinds, self.probe, self.conductance, self.heat_w_per_m

    def with_heat(self, cells: NDArray[np.int64], heat_w: float, *, spacing_m: float) -> Sinks:
        """Return these sinks and one more that spreads ``heat_w`` evenly over flat ``cells``."""
        each = np.full(cells.size, heat_w / (cells.size * spacing_m), np.float32)
        merged = np.concatenate([self.cells, np.sort(cells)])
        order = np.argsort(merged, kind="stable")
        return Sinks(
            pointer=row_pointer(merged[order], rows=len(self.pointer) - 1, width=self.row_width),
            cells=merged[order],
            conductance=np.concatenate([self.conductance, np.zeros(cells.size, np.float32)])[order],
            heat_w_per_m=np.concatenate([self.heat_w_per_m, each])[order],
            probe=np.concatenate([self.probe, np.full(cells.size, self.count)])[order],
            count=self.count + 1,
            row_width=self.row_width,
        )


def row_pointer(cells: NDArray[np.int64], *, rows: int, width: int) -> NDArray[np.int64]:
    """Return where the cells of each row begin among increasing flat ``cells``, shape (rows + 1,)."""
    return np.searchsorted(cells, np.arange(rows + 1) * width).astype(np.int64)


@lru_cache(maxsize=64)
def sink_strength(radius_ratio: float, grid_ratio: float) -> float:
    """Return k² = kappa² a² of the parabolic sink.

    Parameters
    ----------
    radius_ratio
        Radius of the sink over that of the probe, a / rp > 1.
    grid_ratio
        a / h: the lattice adds ``(h/a)² (0.081 + 0.29 (rp/a)²)`` to the logarithm (fitted, within 0.003 (h/a)², for a
        of 1.5 to 4 cells).
    """
    wanted = math.log(radius_ratio) + (0.081 + 0.29 / radius_ratio**2) / grid_ratio**2
    low, high = 1e-6, 1e4
    for _ in range(200):
        middle = math.sqrt(low * high)
        if _value_over_slope(middle) > wanted:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def _value_over_slope(k2: float) -> float:
    """``theta / theta'`` at s = 1 of the regular solution inside the sink."""
    before, now = 0.0, 1.0
    value, slope = 1.0, 0.0
    for n in range(1, 400):
        before, now = now, k2 * (now - before) / (4 * n * n)
        value += now
        slope += 2 * n * now
        if abs(now) * n < 1e-16 * abs(value):
            break
    return value / slope


def sink_radius_mm(probe_radius_mm: float, spacing_mm: float) -> float:
    """Radius of the sink: wide enough for the grid to resolve, narrow enough for early times."""
    return max(1.5 * spacing_mm, 2.67 * probe_radius_mm)


def needle_cells(needle: Needle, grid: Grid, *, crop: bool = False) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the flat cells of one probe's sink, int64 increasing, and their h² kappa² f, float64.

    ``crop`` cuts off what lies beyond the grid, whose edges are mirrors; else that is refused.
    """
    from planner.thermal.raster import parabolic_cylinder

    deep, shallow = np.asarray(needle.deep_lps_mm), np.asarray(needle.shallow_lps_mm)
    h_mm = grid.spacing_ijk_mm[0]
    radius_mm = needle.diameter_mm / 2
    sink_mm = sink_radius_mm(radius_mm, h_mm)
    along = (shallow - deep) / np.linalg.norm(shallow - deep)
    start_mm = deep - along * TIP_LENGTHENING * sink_mm
    length_mm = float(np.linalg.norm(shallow - deep)) + 2 * TIP_LENGTHENING * sink_mm
    ends = grid.to_index([start_mm, start_mm + along * length_mm])
    axis = np.linalg.inv(grid.direction) @ along
    reach = sink_mm / h_mm * np.sqrt(np.maximum(1 - axis**2, 0))
    lower = np.floor(ends.min(axis=0) - reach + 0.5).astype(int)
    upper = np.ceil(ends.max(axis=0) + reach - 0.5).astype(int) + 1
    share = np.zeros(tuple(int(n) for n in (upper - lower)[::-1]))
    cylinder = (tuple(ends[0] - lower), tuple(axis), length_mm / h_mm, sink_mm / h_mm)
    parabolic_cylinder(share, cylinder, SAMPLES_PER_EDGE)
    share *= np.pi / 2 * sink_mm**2 * length_mm / (share.sum() * h_mm**3)
    share *= sink_strength(sink_mm / radius_mm, sink_mm / h_mm) * (h_mm / sink_mm) ** 2
    k, j, i = (found + first for found, first in zip(np.nonzero(share), lower[::-1], strict=True))
    size_k, size_j, size_i = grid.shape_kji
    inside = (k >= 0) & (k < size_k) & (j >= 0) & (j < size_j) & (i >= 0) & (i < size_i)
    if not inside.all() and not crop:
        raise SimulationRefused(
            f"The active zone of {needle.label} reaches outside the simulated box. Enlarge the box or move the probe.",
            code="probe-outside-grid",
        )
    flat = np.ravel_multi_index((k[inside], j[inside], i[inside]), grid.shape_kji).astype(np.int64)
    return flat, share[share > 0][inside]


def build_sinks(needles: Sequence[Needle], *, grid: Grid, scene: Scene, crop: bool = False) -> Sinks:
    """Rasterise all probes; where two sinks overlap, both take heat. ``crop`` as in :func:`needle_cells`."""
    if len(needles) > MOST_PROBES:
        raise SimulationRefused(
            f"A prediction takes at most {MOST_PROBES} probes, not {len(needles)}.", code="probe-count"
        )
    parts = [needle_cells(needle, grid, crop=crop) for needle in needles]
    cells = np.concatenate([np.empty(0, np.int64), *(cells for cells, _ in parts)])
    strength = np.concatenate([np.empty(0), *(strength for _, strength in parts)])
    owner = np.repeat(np.arange(len(parts)), [len(cells) for cells, _ in parts])
    free = ~scene.materials.is_fixed[scene.index.reshape(-1)[cells]]
    return pack_sinks(cells[free], strength[free], owner[free], count=len(needles), shape=scene.shape)


def pack_sinks(
    cells: NDArray[np.int64],
    conductance: NDArray[np.float64],
    owner: NDArray[np.int64],
    *,
    count: int,
    shape: tuple[int, int, int],
) -> Sinks:
    """List flat cells with their conductance and probe, row by row of a grid of ``shape`` (K, J, I)."""
    order = np.argsort(cells, kind="stable")
    cells, width = cells[order], shape[2]
    pointer = row_pointer(cells, rows=shape[0] * shape[1], width=width)
    nothing = np.zeros(cells.size, np.float32)
    return Sinks(pointer, cells, conductance[order].astype(np.float32), nothing, owner[order], count, width)


def _complete(model: ProbeModel) -> float:
    """Check that a model can be simulated; return its radius, mm."""
    if not model.can_simulate:
        raise SimulationRefused(
            f"{model.label} cannot be simulated: its {' and '.join(model.missing_words)} is not known.",
            code="probe-incomplete",
        )
    values = (model.shaft_diameter_mm.value, model.active_tip_mm.value, model.surface_temperature_c.value)
    diameter_mm, active_mm, surface_c = (float(value or 0.0) for value in values)
    if not (0.2 <= diameter_mm <= 12 and 0.5 <= active_mm <= 100 and -200 <= surface_c < 0):
        raise SimulationRefused(
            f"{model.label}: {diameter_mm:g} mm shaft, {active_mm:g} mm active tip at {surface_c:g} °C is outside "
            "0.2–12 mm, 0.5–100 mm and −200–0 °C.",
            code="probe-range",
        )
    return diameter_mm / 2
