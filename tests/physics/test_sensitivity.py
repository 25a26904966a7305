"""Does each uncertain value move the shipped solver's ice as published: same direction, about the same size?"""

from __future__ import annotations

import pytest

from planner.bench.sensitivity import sensitivity_table


@pytest.fixture(scope="module")
def table():
    """On 2 mm cells: there the radii carry up to 0.15 mm of their own error, which most changes share."""
    return sensitivity_table(spacing_mm=2.0)


def test_the_base_case_has_the_published_radii(table):
    for row in table[:2]:
        assert row["got"] == pytest.approx(row["published"], abs=0.2), row


def test_every_single_change_has_the_published_direction_and_size(table):
    changes = table[2:]
    assert len(changes) == 30
    for row in changes:
        assert row["got"] * row["published"] > 0, row
        # A point of percent is 0.1 mm of radius.
        assert row["got"] == pytest.approx(row["published"], abs=1.0), row
