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

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.calibration import Axis
from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

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
    """Diameter and active length of a probe, mm, and how far two parallel ones are apart; 0 for one alone.

    The width of one probe's ice is that of a circle of equal area; of two probes' ice it is taken through both.
    """

    diameter_mm: float
    active_mm: float
    apart_mm: float = 0.0


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

    with _one_thread():
        coarse = fit_surface(sizes, lambda surface_c: sizes_at(surface_c, COARSER * spacing_mm))
        ends = max(coarse.surface_c - NEAR_C, COLDEST_C), min(coarse.surface_c + NEAR_C, WARMEST_C)
        return fit_surface(sizes, lambda surface_c: sizes_at(surface_c, spacing_mm), between_c=ends)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep these small predictions on one thread: on a busy machine two wait for each other longer than they work."""
    from numba import get_num_threads, set_num_threads

    before = get_num_threads()
    set_num_threads(1)
    try:
        yield
    finally:
        set_num_threads(before)


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

    The surface is at its temperature from the first moment. The bath ends, insulated, where the cold does not reach;
    three mirrors through the middle of the ice leave an eighth of it to be computed.
    """
    from planner.thermal.api import Probe, predict

    # The mirrors are the outer faces of the first cells.
    middle_mm, half_mm = -spacing_mm / 2, shape.active_mm / 2
    aside_mm = middle_mm + shape.apart_mm / 2
    ends = [(aside_mm, middle_mm, middle_mm + end_mm) for end_mm in (-half_mm, half_mm)]
    outcome = predict(
        _box(shape, bath, sizes, spacing_mm),
        [bath.properties],
        spacing_mm=spacing_mm,
        probes=[Probe(ends[0], ends[1], shape.diameter_mm, surface_c)],
        phases=(("freeze", bath.freeze_s),),
        start=bath.start_c,
        boundary="symmetry",
        times_s=[bath.freeze_s],
    )
    field_c, frozen = outcome.temperature_c[-1], outcome.frozen_share[-1]
    found = []
    for size in sizes:
        is_edge = size.level_c >= bath.properties["solidus_c"] - EDGE_K
        field, level = (frozen, None) if is_edge else (field_c, size.level_c)
        if size.axis is Axis.LENGTH:
            found.append(_along(field[:, 0, 0].astype(np.float64), level))
        elif shape.apart_mm:
            found.append(_along(field[0, 0].astype(np.float64), level))
        else:
            found.append(_diameter_cells(field[0].astype(np.float64), level))
    return spacing_mm * np.array(found)


def _box(shape: Shape, bath: Bath, sizes: Sequence[Size], spacing_mm: float) -> NDArray[np.uint8]:
    """Return the labels (K, J, I) of an eighth of the bath; the probe lies along k, a second one farther along i."""
    medium = bath.properties
    spread_m2 = medium["k_unfrozen_w_per_m_k"] / (medium["density_kg_per_m3"] * medium["c_unfrozen_j_per_kg_k"])
    widest_mm = max(size.measured_mm for size in sizes) / 2
    reach_mm = 1.2 * widest_mm + _REACH * 1e3 * float(np.sqrt(spread_m2 * bath.freeze_s))
    sides_mm = reach_mm + shape.active_mm / 2, reach_mm, reach_mm + shape.apart_mm / 2
    depth, height, width = (int(np.ceil(side_mm / spacing_mm)) for side_mm in sides_mm)
    return np.zeros((depth, height, width), np.uint8)


def _diameter_cells(quarter: NDArray[np.float64], level: float | None) -> float:
    """Return the diameter of a circle of the area of a quarter's mirror images: of frozen shares without a level."""
    if level is None:
        return float(np.sqrt(4 * quarter.sum() / np.pi)) * 2
    halves = np.concatenate([quarter[::-1], quarter])
    return 2 * float(np.sqrt(_colder_cells(np.concatenate([halves[:, ::-1], halves], axis=1), level) / np.pi))


def _along(half: NDArray[np.float64], level: float | None) -> float:
    """Return the extent of a half line and its mirror image, in cells: frozen, or colder than a level."""
    return 2 * float(half.sum()) if level is None else _colder(np.concatenate([half[::-1], half]), level)


def _colder_cells(plane_c: NDArray[np.float64], level: float) -> float:
    """Return the area colder than a level in cells: eight lines between each two rows of cells."""
    shares = (np.arange(8) + 0.5) / 8
    return sum(_colder(plane_c[:-1] * (1 - share) + plane_c[1:] * share, level) for share in shares) / 8


def _colder(lines_c: NDArray[np.float64], level: float) -> float:
    """Return the length colder than a level in cells, linear between cell centres along the last axis."""
    one, other = lines_c[..., :-1], lines_c[..., 1:]
    low, high = np.minimum(one, other), np.maximum(one, other)
    return float(np.clip((level - low) / np.maximum(high - low, 1e-12), 0, 1).sum())
