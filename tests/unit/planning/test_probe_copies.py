"""A copy runs parallel at the spacing asked for, or is the mirror image; two shafts' distance is a brute-force one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.errors import PlanInvalid
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.persistence.resources import probe_models
from planner.planning.crowding import closest_approach, crowding_findings
from planner.planning.probe_copies import Toward, mirrored_copy, parallel_copy

GENERIC = next(model for model in probe_models() if model.is_generic)


def probe(entry, tip, label="P1"):
    return ProbePlacement(ProbeId(label), label, GENERIC.id, tuple(map(float, entry)), tuple(map(float, tip)))


def test_a_copy_toward_the_head_of_a_level_shaft_is_the_shaft_shifted_by_the_spacing():
    copy = parallel_copy(probe((0, 50, 0), (0, 0, 0)), "P2", spacing_mm=12.0, toward=Toward.HEAD)
    assert (copy.entry_lps_mm, copy.tip_lps_mm, copy.label) == ((0, 50, 12), (0, 0, 12), "P2")
    assert copy.id != ProbeId("P1")


def test_on_a_tilted_shaft_the_spacing_is_across_the_shaft():
    # Hub 45° toward the head: across it, toward the head, is (0, -1, 1)/√2 for a shaft along (0, -1, -1)/√2.
    tilted = probe((0, 30, 30), (0, 0, 0))
    copy = parallel_copy(tilted, "P2", spacing_mm=10.0, toward=Toward.HEAD)
    assert np.allclose(np.subtract(copy.tip_lps_mm, tilted.tip_lps_mm), (0, -10 / np.sqrt(2), 10 / np.sqrt(2)))
    assert np.allclose(copy.direction_lps, tilted.direction_lps)


def test_nothing_lies_beside_a_shaft_along_itself():
    with pytest.raises(PlanInvalid, match="toward the back itself"):
        parallel_copy(probe((0, 50, 0), (0, 0, 0)), "P2", spacing_mm=10.0, toward=Toward.BACK)


def test_a_mirror_image_changes_side_and_nothing_else():
    copy = mirrored_copy(probe((40, 50, 5), (30, 0, -5)), "P2", midline_x_mm=10.0)
    assert (copy.entry_lps_mm, copy.tip_lps_mm) == ((-20, 50, 5), (-10, 0, -5))


def test_shafts_that_cross_at_right_angles_two_millimetres_apart():
    one, other = probe((-20, 0, 0), (20, 0, 0)), probe((0, -20, 2), (0, 20, 2), "P2")
    approach = closest_approach(one, other)
    assert approach.distance_mm == pytest.approx(2.0)
    assert np.allclose(approach.on_first_lps_mm, (0, 0, 0))
    assert np.allclose(approach.on_second_lps_mm, (0, 0, 2))


def test_parallel_shafts_one_behind_the_other_are_as_far_as_their_ends():
    assert closest_approach(probe((0, 0, 0), (0, 0, 10)), probe((3, 0, 14), (3, 0, 30), "P2")).distance_mm == 5.0


coordinate = st.floats(-50, 50, allow_nan=False)
places = st.tuples(coordinate, coordinate, coordinate)


@settings(max_examples=150, deadline=None)
@given(places, places, places, places)
def test_no_pair_of_points_of_two_shafts_is_nearer_than_their_closest_approach(a, b, c, d):
    if min(np.linalg.norm(np.subtract(a, b)), np.linalg.norm(np.subtract(c, d))) < 1.0:
        return
    one, other = probe(a, b), probe(c, d, "P2")
    approach = closest_approach(one, other)
    share = np.linspace(0, 1, 201)[:, None]
    first, second = np.asarray(a) + share * np.subtract(b, a), np.asarray(c) + share * np.subtract(d, c)
    brute = np.linalg.norm(first[:, None] - second[None], axis=2).min()
    step = (one.depth_mm + other.depth_mm) / 200 / 2  # the nearest sample of each is at most half a step away
    assert approach.distance_mm - 1e-6 <= brute <= approach.distance_mm + step + 1e-6
    gap = np.linalg.norm(np.subtract(approach.on_first_lps_mm, approach.on_second_lps_mm))
    assert gap == pytest.approx(approach.distance_mm, abs=1e-9)


def test_probes_collide_when_their_axes_are_nearer_than_they_are_thick():
    thick_mm = GENERIC.shaft_diameter_mm.value
    models = {GENERIC.id: GENERIC}
    for gap_mm, collide in ((thick_mm * 0.9, True), (thick_mm * 1.1, False)):
        probes = (probe((0, 0, 0), (0, 50, 0)), probe((0, 25, gap_mm), (40, 25, gap_mm), "P2"))
        found = crowding_findings(probes, models)
        assert [bool(found[p.id]) for p in probes] == [collide, collide]
        sentences = [f.sentence for f in itertools.chain(*found.values())]
        assert sentences == (
            [f"{a} and {b} collide: their axes come within {gap_mm:.1f} mm." for a, b in (("P1", "P2"), ("P2", "P1"))]
            if collide
            else []
        )
