"""What does a measurement say? A new one for a plan, and the figures of one in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.domain.identity import MeasurementId
from planner.domain.measurement import Measurement, MeasurementKind
from planner.report.numbers import measure, number
from planner.services.commands import PutMeasurement
from planner.spatial.disc import disc_statistics

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.plan import Plan
    from planner.domain.volume import Volume


def add_measurement(
    plan: Plan, kind: MeasurementKind, points_lps_mm: tuple[PointLps, ...], *, normal_lps: PointLps
) -> PutMeasurement:
    """Return the edit that adds a measurement under the next free name; refuses points that coincide."""
    new_id = MeasurementId(uuid4().hex)
    return PutMeasurement(Measurement(new_id, kind, points_lps_mm, normal_lps, plan.next_measurement_name()))


def measurement_words(measurement: Measurement, volume: Volume) -> tuple[str, ...]:
    """Return the figures, a line each. A circle measures stored voxels of one slice, never interpolated ones."""
    if measurement.kind is MeasurementKind.DISTANCE:
        return (f"{measurement.name}  {measure(measurement.length_mm, 'mm')}",)
    if measurement.kind is MeasurementKind.ANGLE:
        return (f"{measurement.name}  {measure(measurement.angle_deg, '°')}",)
    return _circle_words(measurement, volume)


def printed_measurements(plan: Plan, volume: Volume) -> tuple[tuple[str, str], ...]:
    """Return each measurement of a plan as (name with its kind, figures), for the report."""
    return tuple(
        (f"{m.name}, {m.kind}", " · ".join(measurement_words(m, volume)).removeprefix(m.name).strip())
        for m in plan.measurements
    )


def _circle_words(measurement: Measurement, volume: Volume) -> tuple[str, ...]:
    radius_mm = measurement.length_mm
    found = disc_statistics(
        volume.hu,
        grid=volume.grid,
        centre_lps_mm=measurement.points_lps_mm[0],
        normal_lps=measurement.normal_lps,
        radius_mm=radius_mm,
        padding=volume.padding,
    )
    area = f"{number(math.pi * radius_mm**2, decimals=0)} mm²"
    if found is None:
        return f"{measurement.name}  no voxel inside", area
    spread = f"SD {number(found.deviation, decimals=0)}"
    extremes = f"{number(found.lowest, decimals=0)} to {measure(found.highest, 'HU')}"
    counted = f"{area} · {found.count} voxels"
    if found.left_out:
        counted += f", {found.left_out} padded left out"
    return f"{measurement.name}  mean {measure(found.mean, 'HU')} · {spread}", extremes, counted
