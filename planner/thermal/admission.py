"""Can this be predicted at all? Every plain value given to the solver is checked here, and refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.datum import Datum, Status
from planner.domain.errors import GeometryRefused, SimulationRefused
from planner.domain.geometry import Grid
from planner.domain.protocol import PhaseKind
from planner.domain.tissue import Tissue
from planner.thermal.checks import COLDEST_C, WARMEST_C
from planner.thermal.schedule import Spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

FINEST_MM, COARSEST_MM = 0.1, 4.0
MOST_CELLS = 35_000_000
"""About 5 GiB of working arrays; a 160 mm box of 0.5 mm cells."""
MOST_STORED_BYTES = 4 * 2**30
MOST_LABELS = 255
LONGEST_S = 24 * 3600.0
OUTSIDE_AIR_KEY = "outside_air"
REQUIRED = (
    "density_kg_per_m3",
    "c_unfrozen_j_per_kg_k",
    "c_frozen_j_per_kg_k",
    "k_unfrozen_w_per_m_k",
    "k_frozen_w_per_m_k",
    "latent_heat_j_per_kg",
    "solidus_c",
    "liquidus_c",
)
MAY_BE_LEFT_OUT = {"perfusion_w_per_m3_k": 0.0, "metabolic_w_per_m3": 0.0}


def labels_of(labels: ArrayLike, *, materials: int) -> NDArray[np.uint8]:
    """Return labels as uint8, shape (K, J, I), each naming one of ``materials``."""
    array = _array(labels, "labels")
    if array.ndim != 3 or array.size == 0 or array.dtype.kind not in "ui":
        raise refusal(
            f"Labels are a three-dimensional array [k, j, i] of whole numbers, not {array.dtype} of {array.shape}.",
            "labels",
        )
    if array.size > MOST_CELLS:
        raise refusal(
            f"{array.size / 1e6:.0f} million cells are too many; at most {MOST_CELLS / 1e6:.0f} million are "
            "predicted. Choose larger cells or a smaller box.",
            "prediction-too-large",
        )
    low, high = int(array.min()), int(array.max())
    if high >= MOST_LABELS:
        raise refusal(f"A cell has the label {high}; at most {MOST_LABELS} labels can be told apart.", "label-unknown")
    if low < 0 or high >= materials:
        odd = low if low < 0 else high
        raise refusal(
            f"A cell has the label {odd}, but properties are given for {materials} labels from 0 on. "
            "Add its properties or change the label.",
            "label-unknown",
        )
    return np.ascontiguousarray(array, dtype=np.uint8)


def tissues_of(properties: Sequence[Mapping[str, float]], *, air_id: str) -> tuple[list[str], list[Tissue]]:
    """Turn property mappings into tissues; return the id of each label and the tissues among them."""
    ids, tissues = [], []
    for number, given in enumerate(properties):
        if not isinstance(given, Mapping):
            raise refusal(
                f"The properties of label {number} are a mapping of names to numbers, not {given!r}.", "property"
            )
        if given.get(OUTSIDE_AIR_KEY):
            if len(given) > 1:
                raise refusal(
                    f"Label {number} is marked as room air and has properties; leave one of them out.", "property"
                )
            ids.append(air_id)
        else:
            ids.append(f"label {number}")
            tissues.append(_tissue(ids[-1], given))
    return ids, tissues


def _tissue(name: str, given: Mapping[str, float]) -> Tissue:
    data = set(REQUIRED) | set(MAY_BE_LEFT_OUT)
    plain = {"fixed_c": "fixed_temperature_c", "k_frozen_slope_w_per_m_k2": "k_frozen_slope_w_per_m_k2"}
    known = data | set(plain) | set(plain.values())
    unknown = sorted(set(given) - known)
    if unknown:
        raise refusal(f"“{unknown[0]}” of {name} is no property; known are {', '.join(sorted(known))}.", "property")
    missing = sorted(data - set(given) - set(MAY_BE_LEFT_OUT))
    if missing:
        raise refusal(f"{name.capitalize()} has no {missing[0]}; every tissue needs it.", "property")
    values = {**MAY_BE_LEFT_OUT, **{key: number(given[key], f"{key} of {name}") for key in given}}
    made: dict[str, Any] = {plain.get(key, key): value for key, value in values.items()}
    made |= {key: Datum(values[key], Status.SITE) for key in data}
    return Tissue(id=name, label=name.capitalize(), **made)


def grid_of(shape: tuple[int, ...], *, spacing_mm: float, affine: ArrayLike | None) -> Grid:
    """Return the grid of cubes of ``spacing_mm``; without an affine its first cell's centre is at (0, 0, 0) mm."""
    spacing = number(spacing_mm, "spacing_mm")
    if not FINEST_MM - 1e-9 <= spacing <= COARSEST_MM + 1e-9:
        raise refusal(f"Cells are cubes of {FINEST_MM:g} to {COARSEST_MM:g} mm, not {spacing:g} mm.", "grid-spacing")
    matrix = np.diag((spacing, spacing, spacing, 1.0)) if affine is None else _numbers(affine, "affine")
    if matrix.shape != (4, 4):
        raise refusal(f"The affine is a 4 × 4 matrix, not of shape {matrix.shape}.", "grid-affine")
    k, j, i = shape
    try:
        grid = Grid.from_matrix((k, j, i), matrix)
    except GeometryRefused as error:
        raise refusal(error.sentence, error.code) from error
    sides = grid.spacing_ijk_mm
    if max(abs(side - spacing) for side in sides) > 1e-4 * spacing:
        raise refusal(
            f"The affine has cells of {' × '.join(f'{side:g}' for side in sides)} mm, but spacing_mm is {spacing:g}.",
            "grid-spacing",
        )
    return grid


def spells_of(phases: Iterable[Sequence[Any]], *, whose: str) -> tuple[Spell, ...]:
    """Turn ``(kind, seconds)`` or ``(kind, seconds, duty)`` into spells."""
    spells = []
    for phase in phases:
        if not isinstance(phase, (tuple, list)) or not 2 <= len(phase) <= 3:
            raise refusal(f"A phase of {whose} is (kind, seconds) or (kind, seconds, duty), not {phase!r}.", "phase")
        word, seconds, duty = (*phase, 1.0)[:3]
        if word not in tuple(PhaseKind):
            allowed = ", ".join(f"“{kind.value}”" for kind in PhaseKind)
            raise refusal(f"“{word}” is no phase of {whose}; phases are {allowed}.", "phase-kind")
        duration_s, share = number(seconds, f"duration of a phase of {whose}"), number(duty, f"duty of {whose}")
        if not (0 < duration_s <= LONGEST_S and 0 < share <= 1):
            raise refusal(
                f"A phase of {whose} lasts {duration_s:g} s at a duty of {share:g}; it lasts more than 0 s and at "
                "most a day, and its duty is above 0 and at most 1.",
                "phase-duration",
            )
        spells.append(Spell(PhaseKind(word), duration_s, share))
    return tuple(spells)


def times_of(times_s: ArrayLike, *, what: str) -> NDArray[np.float64]:
    """Return increasing, finite times from 0 on, shape (N,), float64, s."""
    times = _numbers(times_s, what)
    if times.ndim != 1 or not np.isfinite(times).all():
        raise refusal(f"{what} must be a list of finite numbers in s.", "times")
    if times.size and (times[0] < 0 or times[-1] > LONGEST_S or (np.diff(times) <= 0).any()):
        raise refusal(f"{what} must increase from 0 s or later to at most a day; got {times.tolist()}.", "times")
    return times


def course_of(given: object, *, what: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the times, s, and values of a course: of a constant, or of ``(times, values)``."""
    if not isinstance(given, (tuple, list)):
        return np.zeros(1), np.array([number(given, f"The value of {what}")])
    if len(given) != 2:
        raise refusal(f"{what}: a course is (times in s, values), not {len(given)} things.", "course")
    times_s, values = times_of(given[0], what=f"The times of {what}"), _numbers(given[1], f"The values of {what}")
    if not times_s.size or times_s.shape != values.shape or not np.isfinite(values).all():
        raise refusal(f"{what}: a course is (times in s, finite values), two lists of the same length.", "course")
    return times_s, values


def field_of(values: ArrayLike, *, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    """Return a temperature field of the labels' shape, finite and from −200 to 60 °C."""
    array = _numbers(values, what)
    if array.shape != shape:
        raise refusal(f"{what} has the shape {array.shape}, but the labels are {shape}.", "field-shape")
    if not (np.isfinite(array).all() and array.min() >= COLDEST_C and array.max() <= WARMEST_C):
        raise refusal(
            f"{what} holds {array.min():g} to {array.max():g} °C; temperatures are numbers from {COLDEST_C:g} to "
            f"{WARMEST_C:g} °C.",
            "field-range",
        )
    return array


def cells_of(mask: ArrayLike, *, allowed: NDArray[np.bool_], what: str) -> NDArray[np.int64]:
    """Return the flat indices of a mask's cells, all of them in ``allowed`` (K, J, I)."""
    array = _array(mask, what)
    if array.dtype != np.bool_ or array.shape != allowed.shape:
        raise refusal(
            f"{what} needs a mask of bool with the labels' shape {allowed.shape}, not {array.dtype} of {array.shape}.",
            "mask-shape",
        )
    if not array.any():
        raise refusal(f"{what} names no cell.", "mask-empty")
    taken = int(np.count_nonzero(array & ~allowed))
    if taken:
        raise refusal(
            f"{taken} cells of {what} already have a prescribed temperature, or are room air or a vessel that keeps "
            "its own; leave them out.",
            "mask-taken",
        )
    return np.flatnonzero(array)


def _array(values: ArrayLike, what: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except (TypeError, ValueError) as error:
        raise refusal(f"{what} cannot be read as an array: its rows differ in length.", "array") from error


def _numbers(values: ArrayLike, what: str) -> NDArray[np.float64]:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise refusal(f"{what} must hold numbers only, in rows of the same length.", "array") from error


def number(value: object, what: str) -> float:
    """Return a finite float."""
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise refusal(f"{what} must be a number, not {value!r}.", "number") from error
    if not math.isfinite(result):
        raise refusal(f"{what} must be a finite number, not {result}.", "number")
    return result


def refusal(sentence: str, code: str) -> SimulationRefused:
    """Return the error that says ``sentence``."""
    return SimulationRefused(sentence, code=code)
