"""A probe's boundary says where it comes from, and an isotherm says why it cannot be fitted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.calibration import Axis, Calibration, FittedSize, Isotherm
from planner.domain.datum import MISSING, Datum, Status
from planner.domain.probe import ProbeModel

USABLE = Isotherm(
    level_c=0.0,
    medium="agar",
    tissue_id="water",
    start_c=37.0,
    freeze_s=600.0,
    width_mm=Datum(30.0, Status.FOUND, source="A2000"),
)
FIT = Calibration(
    medium="agar",
    tissue_id="water",
    start_c=37.0,
    time_s=600.0,
    sizes=(FittedSize(0.0, Axis.WIDTH, 30.0, 31.0), FittedSize(-40.0, Axis.WIDTH, 12.0, 10.6)),
    surface_c=-101.4,
    diameter_mm=1.5,
    active_mm=20.0,
    solver_version="3",
    source="A2000",
)


def model(**changes):
    known = Datum(20.0, Status.FOUND, source="A2000")
    values = {
        "shaft_diameter_mm": Datum(1.5, Status.FOUND, source="A2000"),
        "active_tip_mm": known,
        "tip_to_active_mm": MISSING,
        "surface_temperature_c": Datum(-101.4, Status.COMPUTED, source="A2000"),
    } | changes
    return ProbeModel("p", "Probe", "", "argon", "17G", **values)


def test_an_isotherm_counts_only_with_medium_start_and_time():
    assert USABLE.is_usable
    assert replace(USABLE, tissue_id="", freeze_s=None).unusable_words == "without medium, freeze time"
    assert replace(USABLE, start_c=None).unusable_words == "without start temperature"
    assert replace(USABLE, probes=2).unusable_words == "2 probes"
    assert "not measured" in replace(USABLE, is_measured=False).unusable_words


@pytest.mark.parametrize("status", [Status.RECALLED, Status.COMPUTED, Status.PROJECT_DEFAULT])
def test_an_isotherm_that_nobody_measured_is_not_used(status):
    assert not replace(USABLE, width_mm=Datum(30.0, status, source="A2000")).is_usable
    assert not replace(USABLE, width_mm=MISSING).is_usable


def test_residuals_are_differences_of_radii():
    assert [size.residual_mm for size in FIT.sizes] == pytest.approx([0.5, -0.7])
    assert FIT.rms_mm == pytest.approx(((0.25 + 0.49) / 2) ** 0.5)
    assert FIT.worst_mm == pytest.approx(0.7)


def test_a_fitted_boundary_tells_what_it_was_fitted_to_and_how_well():
    assert model(calibration=FIT).boundary_words == (
        "Surface −101 °C, fitted to the measured 0, −40 °C isotherms in agar from 37 °C after 10 min (A2000); radius "
        "RMS 0.6 mm."
    )
    one = replace(FIT, sizes=FIT.sizes[:1])
    assert "one size, so nothing tests the fit" in model(calibration=one).boundary_words


def test_a_class_value_is_called_one_with_what_was_published():
    words = model(
        surface_temperature_c=Datum(-90.0, Status.CLASS_VALUE, source="B2001"),
        surface_spread_c=Datum(-150.0, Status.FOUND, source="C-2002", upper=-74.0),
    ).boundary_words
    assert words == (
        "Surface −90 °C, the value of its class (B2001), not of this model; published are −150 to −74 °C (C-2002)."
    )


def test_what_a_site_or_the_project_set_is_called_so():
    assert (
        "entered by the site (IFU 12)"
        in model(surface_temperature_c=Datum(-90.0, Status.SITE, source="IFU 12")).boundary_words
    )
    assert "a project default" in model(surface_temperature_c=Datum(-90.0, Status.PROJECT_DEFAULT)).boundary_words


def test_without_a_needed_value_the_sentence_names_what_to_enter():
    words = model(active_tip_mm=MISSING, shaft_diameter_mm=MISSING).boundary_words
    assert words.startswith("No prediction until the site enters the shaft diameter and active tip length")
