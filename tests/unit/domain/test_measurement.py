"""Lengths and angles by hand, and what is no measurement."""

from __future__ import annotations

import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.identity import MeasurementId
from planner.domain.measurement import Measurement, MeasurementKind


def measured(kind: MeasurementKind, *points, normal=(0.0, 0.0, 1.0)) -> Measurement:
    return Measurement(MeasurementId("m"), kind, points, normal, "M1")


def test_a_distance_is_measured_in_space():
    assert measured(MeasurementKind.DISTANCE, (1.0, 2.0, 3.0), (3.0, 5.0, 9.0)).length_mm == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("last", "degrees"),
    [((1.0, 1.0, 0.0), 45.0), ((0.0, 2.0, 0.0), 90.0), ((-3.0, 0.0, 0.0), 180.0), ((5.0, 0.0, 0.0), 0.0),
     ((-1.0, 0.0, 1.0), 135.0)],
)  # fmt: skip
def test_an_angle_is_that_at_its_corner(last, degrees):
    got = measured(MeasurementKind.ANGLE, (2.0, 0.0, 0.0), (0.0, 0.0, 0.0), last).angle_deg
    assert got == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "points", "normal"),
    [
        (MeasurementKind.DISTANCE, ((0.0, 0.0, 0.0),), (0.0, 0.0, 1.0)),
        (MeasurementKind.ANGLE, ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)), (0.0, 0.0, 1.0)),
        (MeasurementKind.CIRCLE, ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0)), (0.0, 0.0, 1.0)),
        (MeasurementKind.CIRCLE, ((1.0, 1.0, 1.0), (2.0, 1.0, float("nan"))), (0.0, 0.0, 1.0)),
        (MeasurementKind.CIRCLE, ((1.0, 1.0, 1.0), (2.0, 1.0, 1.0)), (0.0, 0.0, 0.5)),
    ],
)
def test_what_has_no_length_or_plane_is_refused(kind, points, normal):
    with pytest.raises(PlanInvalid):
        measured(kind, *points, normal=normal)
