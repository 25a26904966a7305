"""Does a cold wall freeze as fast as it should (AN-08, 08s, 08m), resolved and as a probe's sink?

The wall in held cells is held to the tolerance of the cases at every time. The sink of a probe is held to it on 0.5 mm,
and to what was measured on 1 and 2 mm cells: a front sharp to 0.1 K is the hardest case for a fixed grid, and is drawn
about a tenth of a cell too small there.
"""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench.case_facts import case_facts
from planner.bench.transient_cases import resolved_radii_mm, sink_radii_mm
from planner.thermal import cases

EARLY_AND_LATE_S = (30.0, 60.0, 120.0, 600.0)


def expected_mm(facts, times_s):
    return np.array([facts.expected["radii_mm"][f"{time_s:.0f}"] for time_s in times_s])


def allowed_mm(facts, expected):
    return np.maximum(facts.tolerance["mm"], facts.tolerance["share"] * expected)


@pytest.mark.parametrize("case", ["AN-08", "AN-08m"])
def test_resolved_wall_of_a_cylinder(case):
    facts = case_facts(case)
    times_s = EARLY_AND_LATE_S[1 if case == "AN-08m" else 0 :]
    found, cell_mm = resolved_radii_mm(facts, times_s, radius_mm=0.75, about_mm=0.25, reach_mm=50.0)
    expected = expected_mm(facts, times_s)
    assert cell_mm < 0.3
    assert (np.abs(found - expected) <= allowed_mm(facts, expected)).all(), found - expected


def test_resolved_wall_of_a_sphere():
    facts = case_facts("AN-08s")
    found, _ = resolved_radii_mm(facts, (60.0, 180.0), radius_mm=4.0, about_mm=1.0, reach_mm=32.0, sphere=True)
    expected = expected_mm(facts, (60.0, 180.0))
    assert (np.abs(found - expected) <= allowed_mm(facts, expected)).all(), found - expected


@pytest.mark.parametrize(("spacing_mm", "least_mm"), [(0.5, 0.15), (1.0, 0.22), (2.0, 0.4)])
def test_sink_of_a_probe(spacing_mm, least_mm):
    facts = case_facts("AN-08")
    expected = expected_mm(facts, EARLY_AND_LATE_S)
    found = sink_radii_mm(facts, EARLY_AND_LATE_S, spacing_mm=spacing_mm)
    assert (np.abs(found - expected) <= np.maximum(least_mm, 0.015 * expected)).all(), found - expected


@pytest.mark.parametrize("sphere", [False, True])
def test_lattice_radius_against_direct_distance(sphere):
    """Many cells across, the conducting radius is the geometric one less less than half a cell."""
    found = cases.lattice_radius(6.0, sphere=sphere)
    assert 5.5 < found < 6.0


def test_lattice_radius_of_four_cells_against_the_known_potential():
    """A single node of the square lattice conducts like a circle of exp(-gamma - 3/2 ln 2) = 0.1985 cells; a block of
    four nodes like the fourth root of the product of that radius and their distances 1, 1 and sqrt(2) — to first order,
    since the lattice's potential is the logarithm only far away."""
    single = np.exp(-np.euler_gamma - 1.5 * np.log(2))
    # Exact lattice potentials: ln r_eff = mean over the block of the node potentials, a(1,0) = 1/4 and a(1,1) = 1/pi.
    exact = np.exp(np.log(single) + 2 * np.pi * (2 * 0.25 + 1 / np.pi) / 4)
    assert cases.lattice_radius(1.0, sphere=False) == pytest.approx(exact, rel=2e-3)
