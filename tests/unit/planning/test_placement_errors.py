"""Do drawn placement errors have the published magnitudes, and is a draw the same wherever and with whatever drawn?"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import ResourceInvalid
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.robustness import LawForm, Magnitude, Technique
from planner.domain.uncertainty import IceCase
from planner.persistence.technique_table import robustness_table
from planner.planning.placement_errors import displaced, draws, fitted_law, magnitudes_mm, undisturbed

TECHNIQUES = robustness_table().techniques
PROBES = (
    ProbePlacement(ProbeId("a"), "P1", "m", (0.0, 0.0, 100.0), (20.0, -10.0, 30.0)),
    ProbePlacement(ProbeId("b"), "P2", "m", (5.0, 3.0, 90.0), (5.0, 4.0, 25.0)),
)


def _datum(value):
    return MISSING if value is None else Datum(value, Status.PROJECT_DEFAULT)


def technique(mean_mm, sd_mm, *, magnitude=Magnitude.LATERAL, depth_mm=0.0, entry=0.0):
    return Technique("t", "Test", magnitude, _datum(mean_mm), _datum(sd_mm), _datum(depth_mm), _datum(entry))


def published():
    file = Path(__file__).parents[3] / "resources" / "robustness" / "techniques.json"
    return [
        (entry["id"], entry["mean_mm"]["value"], entry["sd_mm"]["value"])
        for entry in json.loads(file.read_text(encoding="utf-8"))["techniques"]
    ]


@pytest.mark.parametrize(("name", "mean_mm", "sd_mm"), published())
def test_the_law_has_the_published_mean_and_sd(name, mean_mm, sd_mm):
    law = fitted_law(next(one for one in TECHNIQUES if one.id == name))
    known = {
        LawForm.RAYLEIGH: lambda: stats.rayleigh(scale=law.scale_mm),
        LawForm.RICE: lambda: stats.rice(law.offset_mm / law.scale_mm, scale=law.scale_mm),
        LawForm.WEIBULL: lambda: stats.weibull_min(law.weibull_slope, scale=law.scale_mm),
    }[law.form]()
    assert known.mean() == pytest.approx(mean_mm, rel=1e-9)
    assert known.std() == pytest.approx(mean_mm * math.sqrt(4 / math.pi - 1) if sd_mm is None else sd_mm, rel=1e-7)


@pytest.mark.parametrize(("name", "mean_mm", "sd_mm"), published())
def test_the_mean_of_a_million_drawn_magnitudes_is_the_published_one(name, mean_mm, sd_mm):
    law = fitted_law(next(one for one in TECHNIQUES if one.id == name))
    drawn_mm = magnitudes_mm(law, np.random.default_rng(7).random((1_000_000, 2)))
    error_mm = (sd_mm or 0.5228 * mean_mm) / 1000
    assert drawn_mm.mean() == pytest.approx(mean_mm, abs=5 * error_mm)
    if sd_mm is not None:
        assert drawn_mm.std() == pytest.approx(sd_mm, rel=0.005)


def test_10_mm_freehand_is_about_8_mm_for_each_axis_and_not_4():
    law = fitted_law(technique(10.1, 4.0))
    drawn_mm = magnitudes_mm(law, np.random.default_rng(3).random((400_000, 2)))
    # Of a direction that is alike likely everywhere, each axis has half of the mean square.
    assert math.sqrt((drawn_mm**2).mean() / 2) == pytest.approx(7.68, abs=0.02)


def test_a_law_that_no_error_can_have_is_refused():
    with pytest.raises(ResourceInvalid, match="SD"):
        fitted_law(technique(1.0, 1e3))
    with pytest.raises(ResourceInvalid, match="no mean"):
        fitted_law(technique(None, None))


@pytest.mark.parametrize("magnitude", list(Magnitude))
def test_tips_are_as_far_off_as_published(magnitude):
    found = draws(PROBES, technique(5.0, 2.0, magnitude=magnitude), seed=11, numbers=range(4000))
    off_mm = []
    for draw in found:
        for probe, error in zip(PROBES, draw.errors, strict=True):
            step = np.subtract(error.tip_lps_mm, probe.tip_lps_mm)
            axis = np.subtract(probe.tip_lps_mm, probe.entry_lps_mm) / probe.depth_mm
            along = float(step @ axis)
            assert along == pytest.approx(error.depth_mm, abs=1e-9)
            assert np.linalg.norm(step - along * axis) == pytest.approx(error.lateral_mm, abs=1e-9)
            if magnitude is Magnitude.LATERAL:
                assert along == pytest.approx(0.0, abs=1e-9)
            off_mm.append(float(np.linalg.norm(step)))
    assert np.mean(off_mm) == pytest.approx(5.0, abs=5 * 2.0 / math.sqrt(8000))


def test_directions_are_alike_likely_depths_normal_and_probes_independent():
    found = draws(PROBES, technique(5.0, 2.0, depth_mm=3.0), seed=5, numbers=range(4000))
    steps = np.array(
        [[np.subtract(e.tip_lps_mm, p.tip_lps_mm) for p, e in zip(PROBES, d.errors, strict=True)] for d in found]
    )
    depth = np.array([[error.depth_mm for error in draw.errors] for draw in found])
    assert abs(steps.mean(axis=0)).max() < 0.35
    assert depth.std(axis=0) == pytest.approx([3.0, 3.0], rel=0.05)
    assert stats.kstest(depth[:, 0] / 3.0, "norm").pvalue > 0.001
    flat = steps.reshape(len(steps), 6)
    assert abs(np.corrcoef(flat[:, :3].T, flat[:, 3:].T)[:3, 3:]).max() < 0.06


@pytest.mark.parametrize("entry", [0.0, 0.2, 1.0])
def test_the_entry_goes_its_share_and_the_angle_is_what_is_left(entry):
    draw = draws(PROBES, technique(6.0, 2.5, entry=entry), seed=2, numbers=range(1))[0]
    for probe, error in zip(PROBES, draw.errors, strict=True):
        moved_mm = float(np.linalg.norm(np.subtract(error.entry_lps_mm, probe.entry_lps_mm)))
        assert moved_mm == pytest.approx(entry * error.lateral_mm, abs=1e-9)
        turned = math.degrees(math.atan2((1 - entry) * error.lateral_mm, probe.depth_mm))
        assert error.angle_deg == pytest.approx(turned, abs=1e-6)


def test_a_draw_depends_on_seed_and_number_alone():
    law = technique(6.0, 2.5, depth_mm=2.0, entry=0.2)
    every = draws(PROBES, law, seed=9, numbers=range(20))
    assert draws(PROBES, law, seed=9, numbers=range(13, 17)) == every[13:17]
    assert draws(PROBES[:1], law, seed=9, numbers=range(3))[2].errors[0] == every[2].errors[0]
    assert draws(PROBES, law, seed=10, numbers=range(20)) != every
    shares = {IceCase.SMALLEST: 0.25, IceCase.NOMINAL: 0.5, IceCase.LARGEST: 0.25}
    cased = draws(PROBES, law, seed=9, numbers=range(2000), case_shares=shares)
    assert [draw.errors for draw in cased[:20]] == [draw.errors for draw in every]
    counted = [sum(draw.case is case for draw in cased) / 2000 for case in shares]
    assert counted == pytest.approx([0.25, 0.5, 0.25], abs=0.04)


def test_without_error_the_probes_stay():
    assert displaced(PROBES, undisturbed(PROBES)) == PROBES
    still = draws(PROBES, technique(0.0, None), seed=1, numbers=range(3))
    for draw in still:
        for before, after in zip(PROBES, displaced(PROBES, draw), strict=True):
            assert after.tip_lps_mm == pytest.approx(before.tip_lps_mm, abs=1e-12)
    assert fitted_law(technique(0.0, None)).form is LawForm.NONE


def test_the_aiming_devices_depth_makes_up_the_published_whole_error():
    device = next(one for one in TECHNIQUES if one.id == "aiming-device")
    sigma, depth = device.mean_mm.value / math.sqrt(math.pi / 2), device.depth_sd_mm.value

    def density(r, z):
        return math.hypot(r, z) * r / sigma**2 * math.exp(-(r**2) / (2 * sigma**2)) * stats.norm.pdf(z, scale=depth)

    whole_mm, _ = integrate.dblquad(density, -8 * depth, 8 * depth, 0, 10 * sigma)
    assert whole_mm == pytest.approx(2.0, abs=0.03)
