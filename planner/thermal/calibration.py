"""How cold must a probe's surface be to make the ice that was measured? One parameter, fitted to published isotherms.

A probe of known diameter and active length freezes a still, uniform bath of the measured medium from its start
temperature for the measured time. Its surface temperature is the only thing adjusted: it is the one that makes the mean
square of the radius differences (predicted less measured, half lengths along the shaft) smallest. Sizes grow steadily
with cold, so the mean square has one minimum; Brent's bounded method finds it in about ten predictions.

A level within :data:`EDGE_K` of the medium's freezing range is measured as the edge of the ice, from the frozen share
of the cells: that is what is seen, and the temperature between a freezing cell and its unfrozen neighbour has a bend
that interpolation would cut. Colder levels are found between cell centres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.calibration import Axis
from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

COLDEST_C, WARMEST_C = -196.0, -20.0
"""No probe is colder than boiling nitrogen; one warmer than this leaves no isotherm worth measuring."""
AT_THE_END_C = 1.0
MOST_RESIDUAL_MM = 3.0
"""A larger difference of one radius means that no surface temperature explains the measurement."""
EDGE_K = 1.0
CLOSE_C = 0.1
COARSER = 2.0
NEAR_C = 8.0
_REACH = 2.5  # in diffusion lengths beyond the ice: cold that the insulated end sends back is below 0.05 K at the ice


@dataclass(frozen=True, slots=True)
class Bath:
    """A still medium to freeze in.

    Parameters
    ----------
    properties
        By field of :class:`planner.domain.tissue.Tissue`, SI units and °C.
    """

    properties: Mapping[str, float]
    start_c: float
    freeze_s: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Diameter and active length of a probe, mm, and where on a line across it one or several parallel ones are.

    The width of one probe's ice is that of a circle of equal area; of several probes' ice it is taken along the line.
    """

    diameter_mm: float
    active_mm: float
    places_mm: tuple[float, ...] = (0.0,)


@dataclass(frozen=True, slots=True)
class Size:
    """One size of the ice: diameter across the shaft half-way along the active zone, or extent along the shaft."""

    level_c: float
    axis: Axis
    measured_mm: float


@dataclass(frozen=True, slots=True)
class SurfaceFit:
    """Result of a fit.

    Parameters
    ----------
    predicted_mm
        One for each measured size.
    refused_words
        Why the fit must not be used, in words; empty when it may.
    tried
        Every surface temperature that was predicted, with its sizes, from cold to warm.
    """

    surface_c: float
    predicted_mm: tuple[float, ...]
    residuals_mm: tuple[float, ...]
    refused_words: str
    tried: tuple[tuple[float, tuple[float, ...]], ...]

    @property
    def rms_mm(self) -> float:
        """Root mean square of the radius differences."""
        return float(np.sqrt(np.mean(np.square(self.residuals_mm))))


def fit_bath(sizes: Sequence[Size], *, shape: Shape, bath: Bath, spacing_mm: float = 1.0) -> SurfaceFit:
    """Fit a probe in a bath: over all temperatures on cells twice as wide, then near that answer on the wanted ones."""

    def sizes_at(surface_c: float, cell_mm: float) -> NDArray[np.float64]:
        return predicted_sizes_mm(surface_c, shape=shape, bath=bath, sizes=sizes, spacing_mm=cell_mm)

    coarse = fit_surface(sizes, lambda surface_c: sizes_at(surface_c, COARSER * spacing_mm))
    ends = max(coarse.surface_c - NEAR_C, COLDEST_C), min(coarse.surface_c + NEAR_C, WARMEST_C)
    return fit_surface(sizes, lambda surface_c: sizes_at(surface_c, spacing_mm), between_c=ends)


def fit_surface(
    sizes: Sequence[Size],
    sizes_at: Callable[[float], NDArray[np.float64]],
    *,
    between_c: tuple[float, float] = (COLDEST_C, WARMEST_C),
) -> SurfaceFit:
    """Return the surface temperature that explains the measured sizes best.

    Parameters
    ----------
    sizes
        At least one.
    sizes_at
        Predicts every size, shape (N,), mm, for a surface temperature in °C, such as :func:`predicted_sizes_mm`.
    between_c
        Colder and warmer end of the search.

    Raises
    ------
    SimulationRefused
        Without a size.
    """
    if not sizes:
        raise SimulationRefused(
            "A fit needs at least one measured isotherm; enter one with its medium, start and time.", code="fit-empty"
        )
    from scipy.optimize import minimize_scalar

    measured_mm = np.array([size.measured_mm for size in sizes])
    seen: dict[float, NDArray[np.float64]] = {}

    def mean_square(surface_c: float) -> float:
        seen[surface_c] = sizes_at(surface_c)
        return float(np.mean(((seen[surface_c] - measured_mm) / 2) ** 2))

    minimize_scalar(mean_square, bounds=between_c, method="bounded", options={"xatol": CLOSE_C})
    surface_c = float(min(seen, key=lambda tried_c: float(np.mean((seen[tried_c] - measured_mm) ** 2))))
    residuals_mm = (seen[surface_c] - measured_mm) / 2
    return SurfaceFit(
        surface_c=surface_c,
        predicted_mm=tuple(float(value) for value in seen[surface_c]),
        residuals_mm=tuple(float(value) for value in residuals_mm),
        refused_words=_refused_words(surface_c, residuals_mm),
        tried=tuple((float(tried_c), tuple(float(value) for value in seen[tried_c])) for tried_c in sorted(seen)),
    )


def _refused_words(surface_c: float, residuals_mm: NDArray[np.float64]) -> str:
    worst = int(np.abs(residuals_mm).argmax())
    if np.abs(residuals_mm[worst]) > MOST_RESIDUAL_MM:
        return (
            f"the best surface temperature ({surface_c:.0f} °C) still misses a radius by {residuals_mm[worst]:+.1f} mm"
        ).replace("-", "−")
    if surface_c < COLDEST_C + AT_THE_END_C:
        return "the measured ice would need a surface colder than −196 °C"
    if surface_c > WARMEST_C - AT_THE_END_C:
        return "the measured ice would need a surface warmer than −20 °C"
    return ""


def predicted_sizes_mm(
    surface_c: float, *, shape: Shape, bath: Bath, sizes: Sequence[Size], spacing_mm: float = 1.0
) -> NDArray[np.float64]:
    """Predict the measured sizes for one surface temperature, shape (N,), mm.

    The surface is at its temperature from the first moment. The bath ends, insulated, where the cold does not reach.
    """
    from planner.thermal.api import Probe, predict

    labels, middle_mm = _box(shape, bath, sizes, spacing_mm)
    half = shape.active_mm / 2
    x, y, z = middle_mm
    outcome = predict(
        labels,
        [bath.properties],
        spacing_mm=spacing_mm,
        probes=[
            Probe((x + place_mm, y, z - half), (x + place_mm, y, z + half), shape.diameter_mm, surface_c)
            for place_mm in shape.places_mm
        ],
        phases=(("freeze", bath.freeze_s),),
        start=bath.start_c,
        times_s=[bath.freeze_s],
    )
    field_c, frozen = outcome.temperature_c[-1], outcome.frozen_share[-1]
    across = _width_cells if len(shape.places_mm) == 1 else _line_cells
    sizes_cells = []
    for size in sizes:
        measure = _length_cells if size.axis is Axis.LENGTH else across
        is_edge = size.level_c >= bath.properties["solidus_c"] - EDGE_K
        sizes_cells.append(measure(frozen, None) if is_edge else measure(field_c, size.level_c))
    return spacing_mm * np.array(sizes_cells)


def _box(
    shape: Shape, bath: Bath, sizes: Sequence[Size], spacing_mm: float
) -> tuple[NDArray[np.uint8], tuple[float, float, float]]:
    """Return the labels (K, J, I), even along every axis, and the middle (x, y, z) mm; the probe lies along k."""
    medium = bath.properties
    spread_m2 = medium["k_unfrozen_w_per_m_k"] / (medium["density_kg_per_m3"] * medium["c_unfrozen_j_per_kg_k"])
    widest_mm = max(size.measured_mm for size in sizes) / 2
    reach_mm = 1.2 * widest_mm + _REACH * 1e3 * float(np.sqrt(spread_m2 * bath.freeze_s))
    aside_mm = max(abs(place_mm) for place_mm in shape.places_mm)
    across = 2 * int(np.ceil((reach_mm + aside_mm) / spacing_mm))
    along = 2 * int(np.ceil((reach_mm + shape.active_mm / 2) / spacing_mm))
    x, z = ((count - 1) / 2 * spacing_mm for count in (across, along))
    return np.zeros((along, across, across), np.uint8), (x, x, z)


def _width_cells(field: NDArray[np.float32], level: float | None) -> float:
    """Measure the diameter of a circle of equal area in the middle plane; of the frozen shares without a level."""
    k = field.shape[0] // 2
    # The middle of the active zone lies between two planes.
    plane: NDArray[np.float64] = field[k - 1 : k + 1].astype(np.float64).mean(axis=0)
    cells = float(plane.sum()) if level is None else _colder_cells(plane, level)
    return 2 * float(np.sqrt(cells / np.pi))


def _line_cells(field: NDArray[np.float32], level: float | None) -> float:
    """Measure the extent along i, the line on which the probes are."""
    k, j, _ = (count // 2 for count in field.shape)
    return _along(field[k - 1 : k + 1, j - 1 : j + 1].astype(np.float64).mean(axis=(0, 1)), level)


def _length_cells(field: NDArray[np.float32], level: float | None) -> float:
    """Measure the extent along k in the middle of the box."""
    _, j, i = (count // 2 for count in field.shape)
    return _along(field[:, j - 1 : j + 1, i - 1 : i + 1].astype(np.float64).mean(axis=(1, 2)), level)


def _along(line: NDArray[np.float64], level: float | None) -> float:
    """Sum frozen shares, or the length colder than a level, linear between cell centres; in cells."""
    if level is None:
        return float(line.sum())
    low, high = np.minimum(line[:-1], line[1:]), np.maximum(line[:-1], line[1:])
    return float(np.clip((level - low) / np.maximum(high - low, 1e-12), 0, 1).sum())


def _colder_cells(plane_c: NDArray[np.float64], level: float) -> float:
    """Area colder than a level in cells, bilinear at 8 x 8 points between cell centres."""
    points = (np.arange(8) + 0.5) / 8
    a, b, c, d = plane_c[:-1, :-1], plane_c[:-1, 1:], plane_c[1:, :-1], plane_c[1:, 1:]
    rows = ((a + (c - a) * y, b + (d - b) * y) for y in points)
    return sum(float((left + (right - left) * x < level).sum()) for left, right in rows for x in points) / 64
