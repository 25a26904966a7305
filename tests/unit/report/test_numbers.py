"""The formatter against hand-written text: signs, decimals, letters, and the refusal of numbers that are none."""

from __future__ import annotations

import math

import pytest

from planner.domain.errors import ReportRefused
from planner.report import numbers


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (38.34, "mm", "38.3 mm"),
        (-1.94, "mm", "−1.9 mm"),
        (-0.04, "mm", "0.0 mm"),
        (-75.4, "°C", "−75 °C"),
        (-0.4, "°C", "0 °C"),
        (1.26, "mL", "1.3 mL"),
        (47.52, "°", "47.5°"),
        (95.05, "%", "95.0 %"),
        (1234567.0, "mm", "1234567.0 mm"),
        (None, "mm", "—"),
    ],
)
def test_a_measure_reads_as_the_design_says(value: float | None, unit: str, text: str) -> None:
    assert numbers.measure(value, unit) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(300, "5:00"), (65, "1:05"), (59.6, "1:00"), (3725, "62:05"), (0, "0:00")]
)
def test_durations_are_minutes_and_seconds(seconds: float, text: str) -> None:
    assert numbers.minutes(seconds) == text


def test_points_carry_patient_letters() -> None:
    assert numbers.patient_point((-62.3, 286.8, -576.9)) == "R 62.3 · P 286.8 · F 576.9 mm"
    assert numbers.patient_point((62.3, -286.8, 576.9)) == "L 62.3 · A 286.8 · H 576.9 mm"
    assert numbers.patient_point((-0.01, -0.01, -0.01)) == "L 0.0 · P 0.0 · H 0.0 mm"


def test_angles_name_the_end_they_lean_to_unless_they_are_zero() -> None:
    assert numbers.degrees(47.5, "R") == "47.5° R"
    assert numbers.degrees(12.0, "head") == "12.0° head"
    assert numbers.degrees(0.04, "feet") == "0.0°"


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [(9.96, 10.0, "9.96 mm"), (9.94, 10.0, "9.9 mm"), (10.0, 10.0, "10.0 mm"), (9.9996, 10.0, "10.000 mm")],
)
def test_H_17_rounding_never_seems_to_carry_a_value_across_its_limit(value: float, limit: float, text: str) -> None:
    assert numbers.judged(value, "mm", limits=(limit, None)) == text


def test_H_17_a_judged_temperature_keeps_its_side_of_the_limit() -> None:
    assert numbers.judged(-19.7, "°C", limits=(-20.0,)) == "−19.7 °C"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_H_17_a_number_that_is_none_is_refused(value: float) -> None:
    for attempt in (numbers.mm, numbers.celsius, numbers.minutes, numbers.head_feet):
        with pytest.raises(ReportRefused):
            attempt(value)
