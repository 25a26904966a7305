"""Does the disc sink freeze like a cold wall of 1.5 mm diameter (AN-08), whatever the probe's direction?

Reference: transient cylinder at −120 °C in gel at 37 °C, radii of the 0, −20 and −40 °C isotherms from a
front-tracking code that an independent 0.1 mm enthalpy code confirmed within 0.1 mm. Tolerance of the case: 1.5 % or
0.15 mm, whichever is larger, after refinement: met at 0.5 mm at every time. The coarser grids are asserted at what was
measured over five positions of the axis between cells: 0.20 mm at 1 mm (worst at 30 s, when the ice is four cells
wide and freezes ring by ring), 0.35 mm at 2 mm (preview). A front sharp to 0.1 K is the hardest case for a fixed grid.
"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.datum import Datum, Status
from planner.domain.geometry import isotropic_box
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbeModel, ProbePlacement
from planner.thermal import analytic, cases
from planner.thermal.sources import disc_radius_mm, disc_x, pack_sinks, probe_conductance

RECORDED_MM = {
    30.0: (4.362, 3.217, 2.394),
    60.0: (5.604, 3.963, 2.829),
    120.0: (7.267, 4.922, 3.366),
    300.0: (10.364, 6.618, 4.268),
    600.0: (13.656, 8.331, 5.132),
    900.0: (16.087, 9.551, 5.727),
}
LEVELS_C = (0.0, -20.0, -40.0)


@pytest.mark.parametrize(("spacing_mm", "least_mm"), [(1.0, 0.22), (2.0, 0.4)])
@pytest.mark.parametrize("offset_cells", [(0.0, 0.0), (0.3, 0.2)])
def test_isotherms_of_an_endless_probe(spacing_mm, least_mm, offset_cells):
    runs = cases.disc_probe_bodies(
        cases.sharp_tissue(analytic.GEL),
        spacing_mm=spacing_mm,
        half_mm=70.0,
        times_s=tuple(RECORDED_MM),
        offset_cells=offset_cells,
    )
    for (time_s, body), expected in zip(runs, RECORDED_MM.values(), strict=True):
        for level_c, radius_mm in zip(LEVELS_C, expected, strict=True):
            found_mm = cases.area_radius_mm(body, level_c)
            assert found_mm == pytest.approx(radius_mm, abs=max(least_mm, 0.015 * radius_mm)), (time_s, level_c)


def test_half_millimetre_grid():
    runs = cases.disc_probe_bodies(
        cases.sharp_tissue(analytic.GEL),
        spacing_mm=0.5,
        half_mm=50.0,
        times_s=(30.0, 60.0, 300.0),
    )
    for time_s, body in runs:
        for level_c, radius_mm in zip(LEVELS_C, RECORDED_MM[time_s], strict=True):
            found_mm = cases.area_radius_mm(body, level_c)
            assert found_mm == pytest.approx(radius_mm, abs=max(0.15, 0.015 * radius_mm)), (time_s, level_c)


def test_disc_equation_by_series():
    from scipy.special import iv

    for ratio in (1.5, 2.7, 6.0):
        x = disc_x(ratio)
        assert iv(0, x) / (x * iv(1, x)) == pytest.approx(np.log(ratio), rel=1e-9)
    assert disc_radius_mm(0.75, 1.0) == pytest.approx(2.025)
    assert disc_radius_mm(0.75, 2.0) == pytest.approx(2.5)


def soft_tissue():
    """A tissue that freezes from −1 to −8 °C, as flesh does: the sharp gel's own grid effect is measured above."""
    return cases.plain_tissue(
        "tissue",
        density_kg_per_m3=1000.0,
        c_unfrozen_j_per_kg_k=3600.0,
        c_frozen_j_per_kg_k=1800.0,
        k_unfrozen_w_per_m_k=0.5,
        k_frozen_w_per_m_k=2.0,
        latent_heat_j_per_kg=250e3,
        solidus_c=-8.0,
        liquidus_c=-1.0,
        perfusion_w_per_m3_k=0.0,
        metabolic_w_per_m3=0.0,
    )


def ice_volumes_mm3(direction, *, shift_mm=(0.0, 0.0, 0.0)) -> tuple[float, float]:
    """Frozen volume and volume below −20 °C after 180 s around a 20 mm tip along ``direction``, 1 mm cells."""
    grid = isotropic_box((0, 0, 0), extent_mm=(56, 56, 56), spacing_mm=1.0)
    along = np.asarray(direction) / np.linalg.norm(direction)
    computed = [Datum(value, Status.COMPUTED) for value in (1.5, 20.0, 0.0, -120.0)]
    model = ProbeModel("p", "Probe", "", "argon", "17G", *computed)
    tip = np.asarray(shift_mm) + along * 10
    placement = ProbePlacement(ProbeId("1"), "P1", "p", tuple(tip - along * 60), tuple(tip))
    scene = cases.scene_of(np.zeros(grid.shape_kji, np.uint8), [soft_tissue()], spacing_mm=1.0)
    strength = probe_conductance(placement, model, grid)
    sinks = pack_sinks(strength, np.zeros(scene.shape, np.int64), np.array([-120.0]))
    drive = sinks.drive(scene, sinks.surface_c)
    ((_, body),) = cases.run_case(scene, np.full(scene.shape, 37.0), sinks, drive, (180.0,))
    return float(cases.frozen_share(body).sum()), float((body.temperature_c(body.u) < -20).sum())


def test_ice_does_not_depend_on_direction_or_offset():
    # Measured over five poses: 2.8 % of the ice volume (0.1 mm of radius) between a probe on cell corners and one on
    # cell centres; directions alone differ by 1.6 %. Below −20 °C 1.7 %.
    reference = ice_volumes_mm3((1, 0, 0))
    for direction, shift_mm in (((1, 1, 0), (0, 0, 0)), ((1, 2, 3), (0.3, 0.1, 0.4)), ((0, 0, -1), (0.5, 0.5, 0.5))):
        frozen, cold = ice_volumes_mm3(direction, shift_mm=shift_mm)
        assert frozen == pytest.approx(reference[0], rel=0.035)
        assert cold == pytest.approx(reference[1], rel=0.025)
