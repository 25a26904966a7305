"""How cold does each structure and target get, and for how long? Every exposure of one prediction as a table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import to_plain
from planner.domain.identity import Sha256
from planner.domain.target import NerveCurve
from planner.planning.clearance import crop_around
from planner.planning.coverage import STEP_MM, body_volume_points
from planner.planning.nerve import smooth_curve
from planner.spatial.resample import mask_fraction_onto
from planner.thermal.exposure import LEVELS_C, Exposure, points_exposure, structure_exposure, volume_ml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.target import Target

_FEWEST_POINTS = 2


@dataclass(frozen=True, slots=True)
class IsothermVolume:
    """Volume at or below a temperature, mL: of all that ever was, and at each stored time."""

    level_c: float
    ever_ml: float
    at_times_ml: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SubjectExposure:
    """Exposure of one structure or target; ``within_box_ml`` is the part of a structure that the numbers are of."""

    subject_id: str
    name: str
    kind: str
    exposure: Exposure
    within_box_ml: float | None = None


@dataclass(frozen=True, slots=True)
class ExposureTable:
    """All exposures of one prediction; structures outside the predicted box are left out."""

    input_hash: Sha256
    times_s: tuple[float, ...]
    volumes: tuple[IsothermVolume, ...]
    targets: tuple[SubjectExposure, ...]
    structures: tuple[SubjectExposure, ...]


def exposure_table(
    plan: Plan, result: SimulationResult, masks: Mapping[StructureId, NDArray[np.bool_]]
) -> ExposureTable:
    """Measure volumes, targets along their whole drawn course, and every structure in the predicted box."""
    return ExposureTable(
        result.input_hash,
        tuple(float(time_s) for time_s in result.times_s),
        _volumes(result),
        tuple(found for target in plan.targets if (found := _of_target(target, result)) is not None),
        _of_structures(plan, result, masks),
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
    return SubjectExposure(target.id, target.words, target.subject_kind, points_exposure(points, result))


def _of_structures(
    plan: Plan, result: SimulationResult, masks: Mapping[StructureId, NDArray[np.bool_]]
) -> tuple[SubjectExposure, ...]:
    found = []
    corners = result.grid.corners_lps_mm()
    reach_mm = max(result.grid.spacing_ijk_mm) + max(plan.volume.grid.spacing_ijk_mm)
    for structure in plan.structures:
        cut = crop_around(corners, masks[structure.id], plan.volume.grid, reach_mm=reach_mm)
        if cut is None:
            continue
        fraction = mask_fraction_onto(cut[0], source=cut[1], target=result.grid)
        exposure = structure_exposure(fraction, result)
        if exposure is not None:
            within_ml = float(fraction.sum(dtype=np.float64)) * result.grid.voxel_volume_mm3 / 1000
            found.append(SubjectExposure(structure.id, structure.name, structure.kind.value, exposure, within_ml))
    return tuple(found)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
