"""How cold does each structure and target get, and for how long? Every exposure of one prediction as a table.

What the assessment tells of a structure is taken from there, so that the table and the report never differ (H-29):
coldest temperature, volumes, and shares of the whole structure. What is added is time: that of the point which the
assessment calls the structure's coldest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import to_plain
from planner.domain.identity import Sha256
from planner.domain.structure import StructureKind
from planner.domain.target import NerveCurve
from planner.planning.coverage import STEP_MM, body_volume_points
from planner.planning.nerve import smooth_curve
from planner.planning.structure_figures import without_room_air
from planner.spatial.sample import trilinear
from planner.thermal.exposure import points_exposure, time_below_s, volume_ml

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.geometry import PointLps
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure_figures import StructureFigures
    from planner.domain.target import Target

LEVELS_C = (0.0, -20.0, -40.0, -60.0, -100.0, -140.0)
"""Isotherms of the table: those of a structure's figures, and two where a nerve's sheaths are lost."""
OF_STRUCTURE = "whole structure in the CT"
OF_SKIN = "no share: skin is a surface"
OF_NERVE = "length of the drawn course"
OF_BODY = "volume of the drawn body"
AT_COLDEST = "at the structure's coldest point"
AT_LONGEST = "of the part that stays longest"
_AROUND_CELLS = 4  # farther than the air beside the skin is read, and than reading a point looks
_FEWEST_POINTS = 2


@dataclass(frozen=True, slots=True)
class IsothermVolume:
    """Volume at or below a temperature, mL: of all that ever was, and at each stored time."""

    level_c: float
    ever_ml: float
    at_times_ml: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ToldExposure:
    """How cold one structure or target gets, and for how long; one entry of each tuple per level, warm to cold.

    Parameters
    ----------
    coldest_c
        Coldest temperature ever, °C; a bound from below when ``coldest_is_bound``, None where not told.
    mean_c
        Mean of the coldest each part of a target ever was, °C; None of a structure.
    share_percent, volume_ml
        How much ever was at or below, %, and mL of a structure; None where there is none, as of skin.
    longest_s
        Time at or below, s: what of, ``SubjectExposure.time_is`` says. None where it cannot be told.
    """

    levels_c: tuple[float, ...]
    coldest_c: float | None
    coldest_is_bound: bool
    mean_c: float | None
    share_percent: tuple[float | None, ...]
    volume_ml: tuple[float | None, ...]
    longest_s: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class SubjectExposure:
    """Exposure of one structure or target.

    Parameters
    ----------
    share_of, time_is
        Words for what the shares are of, and for what the times are of.
    total_ml
        What the shares of a structure are of, mL; None of skin and of targets.
    is_cut
        Whether the cold reaches the rim of the predicted box: volumes are then of what is predicted.
    """

    subject_id: str
    name: str
    kind: str
    exposure: ToldExposure
    share_of: str
    time_is: str
    total_ml: float | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class ExposureTable:
    """All exposures of one prediction; a structure that the assessment tells nothing of is left out."""

    input_hash: Sha256
    times_s: tuple[float, ...]
    volumes: tuple[IsothermVolume, ...]
    targets: tuple[SubjectExposure, ...]
    structures: tuple[SubjectExposure, ...]


def exposure_table(plan: Plan, result: SimulationResult, assessment: Assessment) -> ExposureTable:
    """Tell volumes, targets along their whole drawn course, and every structure as the assessment does."""
    return ExposureTable(
        result.input_hash,
        tuple(float(time_s) for time_s in result.times_s),
        _volumes(result),
        tuple(found for target in plan.targets if (found := _of_target(target, result)) is not None),
        _of_structures(plan, result, assessment),
    )


def exposure_json(table: ExposureTable) -> bytes:
    """Return the table as the JSON text of a file, numbers to a thousandth."""
    return (json.dumps(_rounded(to_plain(table)), indent=1, ensure_ascii=False) + "\n").encode()


def _volumes(result: SimulationResult) -> tuple[IsothermVolume, ...]:
    at_times = [
        [volume_ml(frame, result.grid, level_c=level_c) for level_c in LEVELS_C] for frame in result.history.frames_c()
    ]
    return tuple(
        IsothermVolume(level_c, volume_ml(result.minimum_c, result.grid, level_c=level_c), over_time)
        for level_c, over_time in zip(LEVELS_C, zip(*at_times, strict=True), strict=True)
    )


def _of_target(target: Target, result: SimulationResult) -> SubjectExposure | None:
    course = target.course
    if not isinstance(course, NerveCurve):
        points = body_volume_points(course)
    elif len(course.points_lps_mm) >= _FEWEST_POINTS:
        points = smooth_curve(course, step_mm=STEP_MM).points_lps_mm
    else:
        return None
    found = points_exposure(points, result, levels_c=LEVELS_C)
    told = ToldExposure(
        LEVELS_C,
        found.coldest_c,
        coldest_is_bound=False,
        mean_c=found.mean_c,
        share_percent=found.share_percent,
        volume_ml=(None,) * len(LEVELS_C),
        longest_s=found.longest_s,
    )
    share_of = OF_NERVE if isinstance(course, NerveCurve) else OF_BODY
    return SubjectExposure(target.id, target.words, target.subject_kind, told, share_of, AT_LONGEST)


def _of_structures(plan: Plan, result: SimulationResult, assessment: Assessment) -> tuple[SubjectExposure, ...]:
    told = []
    for structure in plan.structures:
        figures = assessment.figures_of(structure.id)
        if figures is None:
            continue
        is_skin = structure.kind is StructureKind.SKIN
        told.append(
            SubjectExposure(
                structure.id,
                structure.name,
                structure.kind.value,
                _of_figures(figures, result, is_skin=is_skin),
                OF_SKIN if is_skin else OF_STRUCTURE,
                AT_COLDEST,
                figures.total_ml,
                figures.is_cut,
            )
        )
    return tuple(told)


def _of_figures(figures: StructureFigures, result: SimulationResult, *, is_skin: bool) -> ToldExposure:
    """Return the figures at each level, with the time of the coldest point."""
    shares = tuple(_share(figures, level_c) for level_c in LEVELS_C)
    total_ml = figures.total_ml
    volumes = (
        part.volume_ml
        if (part := figures.volume_at(level_c)) is not None
        else (None if share is None or total_ml is None else share * total_ml / 100)
        for level_c, share in zip(LEVELS_C, shares, strict=True)
    )
    return ToldExposure(
        LEVELS_C,
        figures.minimum_c,
        coldest_is_bound=figures.minimum_is_bound,
        mean_c=None,
        share_percent=shares,
        volume_ml=tuple(volumes),
        longest_s=_times_s(figures, result, is_skin=is_skin),
    )


def _share(figures: StructureFigures, level_c: float) -> float | None:
    """Return the share at or below a level, %: of its volumes, else of the histogram; nothing lies below its start."""
    if not figures.volumes:
        return None
    told = figures.volume_at(level_c)
    if told is not None:
        return told.share_percent
    if not figures.histogram or level_c < figures.histogram[0][0]:
        return 0.0
    return next((percent for step_c, percent in figures.histogram if step_c == level_c), None)


def _times_s(figures: StructureFigures, result: SimulationResult, *, is_skin: bool) -> tuple[float | None, ...]:
    """Return how long the coldest point was at or below each level, s; none where the coldest never was."""
    if figures.minimum_c is None:
        return (None,) * len(LEVELS_C)
    is_below = [figures.minimum_c <= level_c for level_c in LEVELS_C]
    if not any(is_below):
        return (0.0,) * len(LEVELS_C)
    if figures.minimum_at_lps_mm is None:
        return tuple(None if below else 0.0 for below in is_below)
    over_time_c = _point_over_time_c(figures.minimum_at_lps_mm, result, is_skin=is_skin)
    times = time_below_s(result.times_s, over_time_c, levels_c=LEVELS_C)
    return tuple(float(time_s) if below else 0.0 for time_s, below in zip(times, is_below, strict=True))


def _point_over_time_c(at_lps_mm: PointLps, result: SimulationResult, *, is_skin: bool) -> NDArray[np.float64]:
    """Return the temperature of one point over time, shape (N,), °C; the room's air has no part in that of skin."""
    ijk = np.rint(result.grid.to_index(np.array(at_lps_mm))).astype(int)
    last = np.array(result.grid.shape_kji[::-1]) - 1
    low, high = np.clip(ijk - _AROUND_CELLS, 0, last), np.clip(ijk + _AROUND_CELLS, 0, last) + 1
    around = tuple(slice(int(start), int(stop)) for start, stop in zip(low[::-1], high[::-1], strict=True))
    i, j, k = (int(n) for n in low)
    near = result.grid.cropped((i, j, k), result.minimum_c[around].shape)
    tissue = result.tissue_index[around]
    outside_c = float(result.start_c.max())
    frames = (frame[around] for frame in result.history.frames_c())
    if is_skin:
        frames = (without_room_air(frame, tissue, result.tissue_ids) for frame in frames)
    return np.array([trilinear(frame, near, at_lps_mm, outside=outside_c)[0] for frame in frames])


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
