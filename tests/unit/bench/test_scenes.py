"""Is the bench's body what it says: the volumes of its shapes on every grid, and probes that fit into it?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench import scenes
from planner.bench.scenes import AIR, BONE, FAT, LUNG, MUSCLE, SKIN, VESSEL, bench_body, bench_probes
from planner.domain.probe import active_zone_lps_mm
from planner.persistence import resources


@pytest.fixture(scope="module", params=[2.0, 1.0])
def body(request: pytest.FixtureRequest) -> scenes.BenchBody:
    return bench_body(request.param)


def volume_mm3(body: scenes.BenchBody, label: int) -> float:
    return float(np.count_nonzero(body.labels == label)) * body.grid.voxel_volume_mm3


def test_the_box_is_96_mm_around_the_origin(body: scenes.BenchBody) -> None:
    spacing_mm = body.grid.spacing_ijk_mm[0]
    assert body.labels.shape == (round(96 / spacing_mm),) * 3
    np.testing.assert_allclose(body.grid.centre_lps_mm, 0, atol=1e-9)


def test_two_ribs_have_the_volume_of_oblique_cylinders(body: scenes.BenchBody) -> None:
    # 96 mm of box along x, an axis that leans by (0.05, 0.2): longer by sqrt(1 + 0.05² + 0.2²).
    by_hand = 2 * np.pi * 6**2 * 96 * np.sqrt(1 + 0.05**2 + 0.2**2)
    assert volume_mm3(body, BONE) == pytest.approx(by_hand, rel=0.01)


def test_a_vessel_narrower_than_two_cells_keeps_its_volume(body: scenes.BenchBody) -> None:
    # A frustum from 5 to 2.5 mm over the box's 96 mm, seen along an axis that leans by (−0.1, 0.1).
    by_hand = np.pi / 12 * 96 * np.sqrt(1.02) * (5**2 + 5 * 2.5 + 2.5**2)
    assert volume_mm3(body, VESSEL) == pytest.approx(by_hand, rel=0.03)


def test_the_vessel_is_in_every_plane(body: scenes.BenchBody) -> None:
    assert (body.labels == VESSEL).any(axis=(1, 2)).all()


def test_layers_lie_in_order_under_the_skin(body: scenes.BenchBody) -> None:
    # x = 0, z = 40: no rib (they pass z = ±17) and no vessel (x near 10). Skin from −34, fat −32, muscle −22, lung 14.
    k, _, i = np.round(body.grid.to_index((0.1, 0.0, 40.1))[::-1]).astype(int)
    column = body.labels[k, :, i]
    y_mm = body.grid.to_lps(np.stack([np.zeros(len(column)), np.arange(len(column)), np.zeros(len(column))], -1))[:, 1]
    layers = [(AIR, -99, -34), (SKIN, -34, -32), (FAT, -32, -22), (MUSCLE, -22, 14), (LUNG, 14, 99)]
    for label, first_mm, last_mm in layers:
        inside = (y_mm > first_mm) & (y_mm < last_mm)
        assert (column[inside] == label).all()


def test_grids_show_the_same_body() -> None:
    coarse, fine = (np.bincount(bench_body(mm).labels.reshape(-1), minlength=7) * mm**3 for mm in (2.0, 1.0))
    np.testing.assert_allclose(coarse, fine, rtol=0.03)


def test_probes_are_oblique_and_none_are_parallel() -> None:
    directions = np.array([probe.direction_lps for probe in bench_probes(8)])
    assert np.abs(directions).max() < 0.95
    assert np.abs(directions).min() > 0.2
    cosines = np.abs(directions @ directions.T) - np.eye(8)
    assert cosines.max() < 0.9999


def test_every_active_zone_lies_inside_the_body() -> None:
    body = bench_body(2.0)
    model = next(model for model in resources.probe_models() if model.id == scenes.PROBE_MODEL)
    for probe in bench_probes(8):
        deep, shallow = (np.array(end) for end in active_zone_lps_mm(probe, model))
        along = deep + np.linspace(0, 1, 31)[:, None] * (shallow - deep)
        i, j, k = np.round(body.grid.to_index(along)).astype(int).T
        assert AIR not in body.labels[k, j, i]


def test_a_shift_moves_entry_and_tip_alike() -> None:
    still, moved = bench_probes(2), bench_probes(2, shift_lps_mm=(1.0, -2.0, 0.5))
    for before, after in zip(still, moved, strict=True):
        for end in ("entry_lps_mm", "tip_lps_mm"):
            np.testing.assert_allclose(np.subtract(getattr(after, end), getattr(before, end)), (1.0, -2.0, 0.5))


def test_properties_follow_the_labels() -> None:
    properties = scenes.bench_properties()
    assert properties[AIR] == {"outside_air": 1.0}
    assert properties[VESSEL]["fixed_c"] == 37.0
    by_id = {tissue.id: tissue for tissue in resources.tissues()}
    assert properties[FAT]["density_kg_per_m3"] == by_id["fat_subcutaneous"].density_kg_per_m3.value


def test_the_long_protocol_takes_31_minutes() -> None:
    assert scenes.two_cycle_protocol().total_s == 31 * 60
