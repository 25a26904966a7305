"""Does every change of the smallest case shrink the ice, and of the largest grow it? And are the ends as listed?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.calibration import Axis, Calibration, FittedSize
from planner.domain.datum import Datum, Status
from planner.domain.uncertainty import End, IceCase, PropertyRange, Scale
from planner.persistence.resources import tissues
from planner.persistence.uncertainty import uncertainty_ranges
from planner.thermal.uncertainty import surface_offsets_c, tissue_in, variants

# Which way each property moves the ice, by heat balance: what stores heat, brings it or leads it in shrinks the ice.
SHRINKS_WHEN = {
    "k_frozen_w_per_m_k": End.LOW,
    "latent_heat_j_per_kg": End.HIGH,
    "c_frozen_j_per_kg_k": End.HIGH,
    "k_unfrozen_w_per_m_k": End.HIGH,
    "perfusion_w_per_m3_k": End.HIGH,
    "metabolic_w_per_m3": End.HIGH,
}


def tissue_named(tissue_id):
    return next(tissue for tissue in tissues() if tissue.id == tissue_id)


def scaled(tissue, case):
    """Frozen conductivity and its slope in a case, as factors on the listed ones."""
    varied = tissue_in(tissue, uncertainty_ranges(), case)
    return (
        varied.k_frozen_w_per_m_k.value / tissue.k_frozen_w_per_m_k.value,
        varied.k_frozen_slope_w_per_m_k2 / tissue.k_frozen_slope_w_per_m_k2,
    )


def test_the_shipped_ranges_point_the_way_heat_balance_says():
    assert {entry.name: entry.shrinks_ice for entry in uncertainty_ranges().properties} == SHRINKS_WHEN


def test_muscle_takes_the_listed_ends():
    ranges, muscle = uncertainty_ranges(), tissue_named("muscle")
    small, large = (tissue_in(muscle, ranges, case) for case in (IceCase.SMALLEST, IceCase.LARGEST))
    assert scaled(muscle, IceCase.SMALLEST) == pytest.approx((0.7, 0.7))
    assert scaled(muscle, IceCase.LARGEST) == pytest.approx((1.3, 1.3))
    assert (small.latent_heat_j_per_kg.value, large.latent_heat_j_per_kg.value) == (334e3, 150e3)
    assert (small.c_frozen_j_per_kg_k.value, large.c_frozen_j_per_kg_k.value) == (2090.0, 1800)
    assert small.perfusion_w_per_m3_k.value == pytest.approx(25350.0)
    assert large.perfusion_w_per_m3_k.value == pytest.approx(760.5)
    assert small.density_kg_per_m3 == muscle.density_kg_per_m3


def test_fat_takes_its_own_range_and_organs_are_not_perfused_tenfold():
    ranges = uncertainty_ranges()
    fat = tissue_in(tissue_named("fat_subcutaneous"), ranges, IceCase.SMALLEST)
    assert fat.k_frozen_w_per_m_k.value == 0.25
    kidney = tissue_in(tissue_named("kidney"), ranges, IceCase.SMALLEST)
    assert kidney.perfusion_w_per_m3_k.value == pytest.approx(2 * 256069.2)


def test_vessels_follow_the_body():
    blood = tissue_named("blood")
    at = {case: tissue_in(blood, uncertainty_ranges(), case).fixed_temperature_c for case in IceCase}
    assert at == {IceCase.SMALLEST: 38.0, IceCase.NOMINAL: 37.0, IceCase.LARGEST: 36.0}


def test_the_listed_value_is_always_inside_its_range():
    spread = Datum(150e3, Status.COMPUTED, upper=334e3)
    entry = PropertyRange("x", "latent_heat_j_per_kg", (), Scale.ABSOLUTE, spread, End.HIGH)
    assert entry.ends_around(90e3) == (90e3, 334e3)
    assert entry.at(400e3, IceCase.SMALLEST) == 400e3
    assert entry.at(400e3, IceCase.LARGEST) == 150e3


def test_mixtures_with_fat_are_taken_fatter_or_leaner_and_plain_tissue_is_not(world):
    request = world.request(tissues=tissues())
    three = variants(request, uncertainty_ranges())
    small, large = (
        {tissue.id: tissue for tissue in three[case].tissues} for case in (IceCase.SMALLEST, IceCase.LARGEST)
    )
    mixtures = sorted((t for t in tissues() if t.parts), key=lambda t: dict(t.parts)["fat_subcutaneous"])
    leanest, fattest = mixtures[0], mixtures[-1]
    fat, muscle = tissue_named("fat_subcutaneous"), tissue_named("muscle")
    assert small[fattest.id].density_kg_per_m3 == fat.density_kg_per_m3
    assert small[leanest.id].density_kg_per_m3 == mixtures[1].density_kg_per_m3
    assert large[leanest.id].density_kg_per_m3 == muscle.density_kg_per_m3
    for case in (small, large):
        assert (case[fattest.id].label, case[fattest.id].hu) == (fattest.label, fattest.hu)
        assert case["muscle"].density_kg_per_m3 == muscle.density_kg_per_m3


def test_three_requests_with_hashes_of_their_own_and_the_nominal_untouched(world):
    request = world.request(tissues=tissues())
    three = variants(request, uncertainty_ranges())
    assert list(three) == ["smallest", "nominal", "largest"]
    assert three[IceCase.NOMINAL] is request
    assert len({each.input_hash for each in three.values()}) == 3
    assert {each.grid for each in three.values()} == {request.grid}
    surfaces = [each.models[0].surface_temperature_c.value for each in three.values()]
    assert surfaces == [-100.0, -120.0, -140.0]
    assert [each.conditions.core_temperature_c for each in three.values()] == [38.0, 37.0, 36.0]


def test_varied_values_are_not_passed_off_as_found(world):
    request = world.request(tissues=tissues())
    varied = variants(request, uncertainty_ranges())[IceCase.LARGEST]
    assert varied.models[0].surface_temperature_c.status is Status.PROJECT_DEFAULT
    by_id = {tissue.id: tissue for tissue in varied.tissues}
    assert by_id["muscle"].k_frozen_w_per_m_k.status is Status.PROJECT_DEFAULT
    assert by_id["liver"].latent_heat_j_per_kg.status is Status.FOUND
    assert by_id["fat_subcutaneous"].k_frozen_w_per_m_k.status is Status.RECALLED


def test_a_probe_without_a_fit_gets_its_classes_offsets(world):
    assert surface_offsets_c(world.request().models[0], uncertainty_ranges()) == (-20.0, 20.0)


def fit(*residuals_mm, spread_c=None):
    """A fit at −120 °C to widths of 20 mm of the −20 °C isotherm, each off by a radius residual."""
    sizes = tuple(FittedSize(-20.0, Axis.WIDTH, 20.0, 20.0 + 2 * off) for off in residuals_mm)
    return Calibration("gel", "water", 25.0, 600.0, sizes, -120.0, 1.5, 20.0, "3", "X", spread_c)


@pytest.mark.parametrize(
    ("changes", "offsets"),
    [
        # 1 mm of 10 mm is 10 %, at 0.72 % per °C 13.9 °C.
        ({"calibration": fit(1.0, -0.4)}, (-10 / 0.72, 10 / 0.72)),
        # A fit that closes keeps the least offsets; one size alone tests nothing.
        ({"calibration": fit(0.0, 0.01)}, (-5.0, 5.0)),
        ({"calibration": fit(0.0)}, (-20.0, 20.0)),
        ({"calibration": fit(0.0, spread_c=(-131.0, -112.0))}, (-11.0, 8.0)),
        ({"surface_spread_c": Datum(-150.0, Status.FOUND, upper=-118.0)}, (-30.0, 5.0)),
    ],
)
def test_a_probes_own_range_comes_before_its_classes(world, changes, offsets):
    model = replace(world.request().models[0], **changes)
    assert surface_offsets_c(model, uncertainty_ranges()) == pytest.approx(offsets)


def test_a_surface_never_warms_beyond_the_treatment_isotherm(world):
    request = world.request(tissues=tissues())
    warm = replace(request.models[0], surface_temperature_c=Datum(-30.0, Status.SITE))
    small = variants(replace(request, models=(warm,)), uncertainty_ranges())[IceCase.SMALLEST]
    assert small.models[0].surface_temperature_c.value == -20.0
