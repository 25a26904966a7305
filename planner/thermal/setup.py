"""How do plain arrays become a body, its sinks and a course of events? Checked one by one, then handed to the march."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.domain.simulation import BodyConditions
from planner.thermal import admission as admit
from planner.thermal.api import Heat, Held, Probe
from planner.thermal.baseline import baseline_temperature_c
from planner.thermal.checks import COLDEST_C, WARMEST_C
from planner.thermal.contact import judge
from planner.thermal.march import Course, HeldCells, March, Series
from planner.thermal.properties import OUTSIDE_AIR, build_materials
from planner.thermal.scene import Scene, build_scene
from planner.thermal.schedule import Schedule, build_schedule, distinct
from planner.thermal.sources import MOST_PROBES, TIP_LENGTHENING, Needle, Sinks, build_sinks, sink_radius_mm
from planner.thermal.stepper import start_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.progress import Progress
    from planner.thermal.api import Course as Given
    from planner.thermal.api import Question
    from planner.thermal.settings import SolverSettings

RIGHT_ANGLE = 0.9999
"""Least cosine between a probe that runs out through a face and the face's normal."""
IN_PLANE_CELLS = 1e-3
"""Farthest that a probe along a face may lie from it, cells."""
_BYTES_PER_STORED_CELL = 8  # temperature and frozen share, float32


def lay_out(question: Question, *, settings: SolverSettings, progress: Progress) -> tuple[March, float]:
    """Return a march that stands at time zero, with the times to store, and the time at which it is to end, s."""
    for given, kind in ((question.probes, Probe), (question.held, Held), (question.heat, Heat)):
        odd = [item for item in given if not isinstance(item, kind)]
        if odd:
            raise admit.refusal(f"Every entry of its list is a {kind.__name__}, not a {type(odd[0]).__name__}.", "kind")
    index = admit.labels_of(question.labels, materials=len(question.properties))
    grid = admit.grid_of(index.shape, spacing_mm=question.spacing_mm, affine=question.affine)
    schedule = _schedule(question)
    asked_s = admit.times_of(question.times_s, what="times_s")
    end_s = max(schedule.total_s, float(asked_s[-1]) if asked_s.size else 0.0)
    outputs_s = asked_s.tolist() if asked_s.size else [end_s]
    if len(distinct(set(outputs_s))) < len(outputs_s):
        raise admit.refusal("Two of times_s are the same but for rounding; leave one of them out.", "times")
    _check_work(end_s, stored_bytes=len(outputs_s) * index.size * _BYTES_PER_STORED_CELL)
    scene = _scene(index, question)
    start_c, held, at_rest = _start(scene, question, progress=progress)
    needles = [_needle(probe, n) for n, probe in enumerate(question.probes)]
    judge(needles, grid=grid, scene=scene)
    is_mirrored = isinstance(question.boundary, str) and question.boundary != "baseline"
    sinks = _placed(needles, grid=grid, scene=scene, is_mirrored=is_mirrored)
    sinks, shares = _heated(sinks, scene, question.heat, held=held)
    march = March(
        body=start_body(scene, start_c, sinks=sinks, held=held.cells, everything_active=not at_rest),
        sinks=sinks,
        course=Course(schedule, _limits_w(question.probes), shares, held),
        settings=settings,
        outputs_s=outputs_s,
        progress=progress,
    )
    return march, end_s


def _scene(index: NDArray[np.uint8], question: Question) -> Scene:
    ids, tissues = admit.tissues_of(question.properties, air_id=OUTSIDE_AIR)
    conditions = BodyConditions(
        core_temperature_c=admit.number(question.core_c, "core_c"),
        air_temperature_c=admit.number(question.air_c, "air_c"),
        skin_convection_w_per_m2_k=admit.number(question.skin_convection_w_per_m2_k, "skin_convection_w_per_m2_k"),
    )
    materials = build_materials(ids, tissues=tissues, conditions=conditions, spacing_mm=question.spacing_mm)
    return build_scene(index, materials)


def _schedule(question: Question) -> Schedule:
    probes = question.probes
    if len(probes) > MOST_PROBES:
        raise admit.refusal(f"A prediction takes at most {MOST_PROBES} probes, not {len(probes)}.", "probe-count")
    common = admit.spells_of(question.phases, whose="all probes")
    spells = [
        common if probe.phases is None else admit.spells_of(probe.phases, whose=_name(probe, n))
        for n, probe in enumerate(probes)
    ]
    ramp_s, thaw_c = admit.number(question.ramp_s, "ramp_s"), admit.number(question.active_thaw_c, "active_thaw_c")
    if not (0 <= ramp_s <= admit.LONGEST_S and 0 < thaw_c <= WARMEST_C):
        raise admit.refusal(
            f"A ramp of {ramp_s:g} s to {thaw_c:g} °C in active thaw is not possible; a ramp is 0 s or longer, and "
            f"active thaw is above 0 and at most {WARMEST_C:g} °C.",
            "ramp",
        )
    surfaces = [admit.number(probe.surface_c, f"surface_c of {_name(probe, n)}") for n, probe in enumerate(probes)]
    return build_schedule(spells, surface_c=surfaces, active_thaw_c=thaw_c, ramp_s=ramp_s)


def _needle(probe: Probe, number: int) -> Needle:
    name = _name(probe, number)
    ends = [
        [admit.number(value, f"a coordinate of {name}") for value in end] for end in (probe.deep_mm, probe.shallow_mm)
    ]
    if any(len(end) != 3 for end in ends):
        raise admit.refusal(f"The ends of {name} are points of three coordinates in mm.", "probe-range")
    length_mm, diameter_mm = math.dist(*ends), admit.number(probe.diameter_mm, f"diameter_mm of {name}")
    if not (0.2 <= diameter_mm <= 12 and 0.5 <= length_mm <= 100 and COLDEST_C <= probe.surface_c < 0):
        raise admit.refusal(
            f"{name}: {diameter_mm:g} mm across, {length_mm:g} mm long at {probe.surface_c:g} °C is outside 0.2–12 mm, "
            f"0.5–100 mm and {COLDEST_C:g} to 0 °C.",
            "probe-range",
        )
    (x, y, z), (a, b, c) = ends
    return Needle(name, (x, y, z), (a, b, c), diameter_mm)


def _placed(needles: Sequence[Needle], *, grid: Grid, scene: Scene, is_mirrored: bool) -> Sinks:
    """Return the probes' sinks; cut off at faces of the array where a mirror stands for the rest of a probe."""
    try:
        return build_sinks(needles, grid=grid, scene=scene)
    except SimulationRefused as refused:
        if refused.code != "probe-outside-grid":
            raise
        odd = [needle for needle in needles if not (is_mirrored and _is_symmetric(needle, grid))]
        if odd:
            raise admit.refusal(
                f"The active zone of {odd[0].label} reaches outside the simulated box. Enlarge the box or move the "
                "probe; only through an insulated face may it run out, at a right angle or along its middle.",
                refused.code,
            ) from refused
    return build_sinks(needles, grid=grid, scene=scene, crop=True)


def _is_symmetric(needle: Needle, grid: Grid) -> bool:
    """Whether every face that cuts the probe's sink mirrors the probe into itself."""
    ends = grid.to_index([needle.deep_lps_mm, needle.shallow_lps_mm])
    axis = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    reach = sink_radius_mm(needle.diameter_mm / 2, grid.spacing_ijk_mm[0]) / grid.spacing_ijk_mm[0]
    for along, count in zip(range(3), grid.shape_kji[::-1], strict=True):
        outward = np.array([-0.5 - ends[:, along], ends[:, along] - (count - 0.5)])  # of both ends, beyond both faces
        across = reach * math.sqrt(max(1 - axis[along] ** 2, 0.0))
        tip = TIP_LENGTHENING * reach * abs(axis[along])
        for ends_beyond in outward:
            if ends_beyond.max() + across + tip <= 0:
                continue
            runs_through = ends_beyond.max() > -IN_PLANE_CELLS and abs(axis[along]) > RIGHT_ANGLE
            lies_in_it = np.abs(ends_beyond).max() < IN_PLANE_CELLS
            if not (runs_through or lies_in_it):
                return False
    return True


def _limits_w(probes: Sequence[Probe]) -> NDArray[np.float64]:
    limits = np.full(len(probes), math.inf)
    for n, probe in enumerate(probes):
        if probe.power_limit_w is not None:
            limits[n] = admit.number(probe.power_limit_w, f"power_limit_w of {_name(probe, n)}")
            if limits[n] <= 0:
                raise admit.refusal(
                    f"{_name(probe, n)}: a power limit is above 0 W, not {limits[n]:g}; leave it out for none.",
                    "power-limit",
                )
    return limits


def _start(scene: Scene, question: Question, *, progress: Progress) -> tuple[NDArray[np.float64], HeldCells, bool]:
    """Return the field to start from, °C, the held cells, and whether the field is at rest without them."""
    start, boundary = question.start, question.boundary
    for value, words in ((start, {"baseline"}), (boundary, {"insulated", "symmetry", "baseline"})):
        if isinstance(value, str) and value not in words:
            known = " or ".join(f"“{word}”" for word in sorted(words))
            raise admit.refusal(
                f"“{value}” is not known here; say {known}, or give numbers in °C.",
                "start-or-boundary",
            )
    rest_c: NDArray[np.float64] | None = None
    if any(isinstance(value, str) and value == "baseline" for value in (start, boundary)):
        rest_c = baseline_temperature_c(scene, progress=progress)
    at_rest = isinstance(start, str)
    if isinstance(start, str):
        start_c = np.array(rest_c)
    else:
        given = np.full(scene.shape, admit.number(start, "start")) if np.isscalar(start) else start
        start_c = admit.field_of(given, shape=scene.shape, what="start").copy()
    outer_c: NDArray[np.float64] | None
    if not isinstance(boundary, str):
        outer_c = admit.field_of(boundary, shape=scene.shape, what="boundary")
    else:
        outer_c = rest_c if boundary == "baseline" else None
    held = _held(scene, question.held, outer_c=outer_c)
    start_c.reshape(-1)[held.cells] = held.at_c(0.0)
    return start_c, held, at_rest


def _held(scene: Scene, given: Sequence[Held], *, outer_c: NDArray[np.float64] | None) -> HeldCells:
    """Collect the outer layer, when it is held, and the cells held by name; those win."""
    free = ~scene.materials.is_fixed[scene.index]
    named: list[tuple[NDArray[np.int64], Series]] = []
    for n, held in enumerate(given):
        cells = admit.cells_of(held.cells, allowed=free, what=f"held[{n}]")
        series = _series(held.temperature_c, what=f"held[{n}]", bounds=(COLDEST_C, WARMEST_C))
        free.reshape(-1)[cells] = False
        named.append((cells, series))
    outer = np.flatnonzero(_outer_layer(scene.shape) & free) if outer_c is not None else np.zeros(0, np.int64)
    cells = np.sort(np.concatenate([outer, *(where for where, _ in named)]))
    fixed_c = np.zeros(cells.size)
    if outer_c is not None:
        fixed_c = outer_c.reshape(-1)[cells]
    return HeldCells(cells, fixed_c, tuple((np.searchsorted(cells, where), series) for where, series in named))


def _outer_layer(shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Cells on the outside of every axis of three cells and more."""
    outer = np.zeros(shape, np.bool_)
    for axis, count in enumerate(shape):
        if count >= 3:
            sides = np.moveaxis(outer, axis, 0)
            sides[0] = sides[-1] = True
    return outer


def _heated(sinks: Sinks, scene: Scene, given: Sequence[Heat], *, held: HeldCells) -> tuple[Sinks, tuple[Series, ...]]:
    """Add one sink for each prescribed heat; return them and the share of the largest heat over time of each."""
    free = ~scene.materials.is_fixed[scene.index]
    free.reshape(-1)[held.cells] = False
    shares = []
    for n, heat in enumerate(given):
        cells = admit.cells_of(heat.cells, allowed=free, what=f"heat[{n}]")
        series = _series(heat.watts, what=f"heat[{n}]", bounds=(-1e6, 1e6))
        largest_w = float(np.abs(series.values).max()) or 1.0
        sinks = sinks.with_heat(cells, largest_w, spacing_m=scene.materials.spacing_m)
        shares.append(replace(series, values=series.values / largest_w))
    return sinks, tuple(shares)


def _series(given: Given, *, what: str, bounds: tuple[float, float]) -> Series:
    series = Series(*admit.course_of(given, what=what))
    if series.values.min() < bounds[0] or series.values.max() > bounds[1]:
        raise admit.refusal(
            f"{what}: {series.values.min():g} to {series.values.max():g} is outside {bounds[0]:g} to {bounds[1]:g}.",
            "course",
        )
    return series


def _check_work(end_s: float, *, stored_bytes: int) -> None:
    if end_s <= 0:
        raise admit.refusal("There is no time to predict: give times_s, or probes with phases.", "times")
    if stored_bytes > admit.MOST_STORED_BYTES:
        raise admit.refusal(
            f"The wanted times would need {stored_bytes / 2**30:.1f} GiB; at most "
            f"{admit.MOST_STORED_BYTES / 2**30:.0f} GiB are kept. Ask for fewer times or a smaller box.",
            "prediction-too-large",
        )


def _name(probe: Probe, number: int) -> str:
    return probe.label or f"probe {number + 1}"
