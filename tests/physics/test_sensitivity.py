"""Does each uncertain value move the shipped solver's ice as published: same direction, about the same size?"""

from __future__ import annotations

import pytest

from planner.bench.sensitivity import Change, radii_mm, sensitivity_table
from planner.persistence.uncertainty import model_card
from planner.thermal.analytic import SharpMedium
from planner.thermal.fronts import ColdBody, track_front_mm


@pytest.fixture(scope="module")
def table():
    """On 2 mm cells: a front sharp to 0.1 K is drawn a tenth of a cell too small there, which all changes share."""
    return sensitivity_table(spacing_mm=2.0)


def test_the_base_case_has_the_published_radii(table):
    for row in table[:2]:
        assert row["got"] == pytest.approx(row["published"], abs=0.25), row


def test_every_single_change_has_the_published_direction_and_size(table):
    changes = table[2:]
    assert len(changes) == 30
    for row in changes:
        assert row["got"] * row["published"] > 0, row
        # A point of percent is 0.1 mm of radius.
        assert row["got"] == pytest.approx(row["published"], abs=1.0), row


@pytest.mark.parametrize(("radius_mm", "surface_c"), [(0.45, -120.0), (2.5, -120.0), (0.75, -80.0), (0.75, -160.0)])
def test_probes_at_the_ends_of_the_compared_range_reach_as_far_as_front_tracking_says(radius_mm, surface_c):
    limits = {limit.id: limit.span for limit in model_card().limits}
    assert limits["shaft"].value <= 2 * radius_mm <= limits["shaft"].upper
    assert limits["surface"].value <= surface_c <= limits["surface"].upper
    medium = SharpMedium(2.0, 0.495, 1800.0, 3421.0, 1090.0, 250e3, -0.5)
    wall = ColdBody(medium, radius_mm, surface_c, perfusion_w_per_m3_k=2535.0, metabolic_w_per_m3=988.0)
    ((expected_mm,),) = track_front_mm(wall, (480.0,), (-20.0,))
    change = Change("end of the range", (0.0, 0.0), surface_c=surface_c, radius_mm=radius_mm)
    _, got_mm = radii_mm(change, spacing_mm=2.0)
    assert got_mm == pytest.approx(expected_mm, abs=0.1)
