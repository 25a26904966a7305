"""Does a whole prediction hold together, repeat exactly, stop when told, and refuse instead of guessing?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import Cancelled, SimulationRefused
from planner.domain.geometry import Grid
from planner.domain.identity import ProbeId
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.domain.structure import StructureKind
from planner.thermal import run, stepper
from planner.thermal.exposure import volume_ml
from planner.thermal.tissue_map import TissueMap, build_tissue_map

FREEZE_THAW = Protocol(
    "cycle",
    (
        Phase(PhaseKind.FREEZE, 100.0),
        Phase(PhaseKind.PASSIVE_THAW, 50.0),
        Phase(PhaseKind.FREEZE, 60.0),
        Phase(PhaseKind.ACTIVE_THAW, 40.0),
    ),
)


def predict(world, *, progress=None, **changes):
    request = world.request(**changes)
    tissue_map = build_tissue_map(request, volume=world.volume, masks=world.masks)
    return run.simulate(request, tissue_map, **({"progress": progress} if progress else {}))


@pytest.fixture
def body_world(world):
    world.hu[:, :8] = -1000
    world.hu[:, 8:16] = -100
    body = np.zeros(world.hu.shape, bool)
    body[:, 8:] = True
    world.add(StructureKind.SKIN, body)
    artery = np.zeros_like(body)
    artery[:, 28:34, 44:50] = True
    world.add(StructureKind.ARTERY, artery)
    return world


def test_a_cycle_of_freezing_and_thawing(body_world):
    result = predict(body_world, protocol=FREEZE_THAW, extent_mm=60.0)
    assert list(result.times_s) == [0, 60, 100, 120, 150, 180, 210, 240, 250]
    coldest = np.array([frame.min() for frame in result.history.frames_c()])
    assert coldest[0] > 20
    assert coldest[2] < -60
    assert coldest[4] > coldest[2] + 20
    assert coldest[6] < -60
    assert coldest[8] > coldest[6] + 40
    assert result.minimum_c.min() <= coldest.min() + 0.1
    assert (result.minimum_c <= np.min(list(result.history.frames_c()), axis=0) + 0.01).all()
    record = result.record
    assert record.energy_error_percent < 0.5
    assert not record.reaches_boundary
    assert record.stages > 0
    assert any("+20 °C" in note for note in record.notes)
    assert any("Surface −120 °C" in note for note in record.notes)


def test_the_record_says_how_far_the_numbers_are_settled(world):
    often, seldom = (
        predict(world, output_every_s=every_s, protocol=Protocol("p", (Phase(PhaseKind.FREEZE, 240.0),))).record
        for every_s in (5.0, 60.0)
    )
    assert often.convergence.startswith("Baseline settled to ")
    assert "energy balance closed to 0.0" in often.convergence
    assert "99 % of the temperatures near the ice" in often.convergence
    assert 0 < often.temporal_error_c < seldom.temporal_error_c
    assert often.findings == ()
    assert often.solver_version == "4"


def test_the_stated_error_between_frames_is_the_one_a_denser_history_shows(world):
    coarse = predict(world, output_every_s=30.0)
    fine = predict(world, output_every_s=2.0)
    # Cells beside the probe's sink (radius 3 mm, along y) and farther; near the isotherms, as the record counts.
    k, j, i = np.indices(coarse.grid.shape_kji)
    x_mm, _, z_mm = np.moveaxis(coarse.grid.to_lps(np.stack([i, j, k], axis=-1)), -1, 0)
    beside = np.hypot(x_mm, z_mm) > 4.5
    apart = []
    for time_s in np.arange(2.0, 120.0, 2.0):
        exact_c, read_c = fine.at_time_c(time_s), coarse.at_time_c(time_s)
        near = (exact_c > -45) & (exact_c < 2) & beside
        apart.append(np.abs(exact_c - read_c)[near].max(initial=0.0))
    assert coarse.record.temporal_error_c == pytest.approx(max(apart), rel=0.5)


def test_duty_schedules_and_power_limits_act_and_are_noted(world):
    request = world.request()
    full = predict(world)
    half = Protocol("half", (Phase(PhaseKind.FREEZE, 120.0, 0.5),))
    limited = replace(request.models[0], power_limit_w=Datum(3.0, Status.SITE))
    own = replace(request.protocol, exceptions=(ProbeSchedule(ProbeId("1"), (Phase(PhaseKind.FREEZE, 30.0),)),))
    results = {
        "A duty below 100 %": predict(world, protocol=half),
        "takes at most 3 W": predict(world, models=(limited,)),
        "Perfusion": predict(world, protocol=own),
    }
    for words, result in results.items():
        assert any(words in note for note in result.record.notes)
        assert (result.minimum_c < -20).sum() < 0.9 * (full.minimum_c < -20).sum()
    assert list(results["Perfusion"].times_s) == [0, 30, 60, 120]


def test_a_schedule_of_a_probe_that_is_not_there_is_refused(world):
    lost = ProbeSchedule(ProbeId("gone"), (Phase(PhaseKind.FREEZE, 30.0),))
    protocol = Protocol("p", (Phase(PhaseKind.FREEZE, 60.0),), exceptions=(lost,))
    refused(world, "schedule-unknown", protocol=protocol)


def test_a_prepared_body_gives_the_same_bytes_and_serves_no_other_request(body_world):
    request = body_world.request()
    tissue_map = build_tissue_map(request, volume=body_world.volume, masks=body_world.masks)
    prepared = run.prepare(request, tissue_map)
    assert prepared.fits(body_world.request(protocol=FREEZE_THAW, probes=()))
    whole, quick = run.simulate(request, tissue_map), run.simulate(request, tissue_map, prepared=prepared)
    assert whole.minimum_c.tobytes() == quick.minimum_c.tobytes()
    for changes in (
        {"spacing_mm": 1.0},
        {"conditions": replace(request.conditions, air_temperature_c=18.0)},
        {"regions": request.regions[:1]},
        {"pixel_hash": "other"},
    ):
        other = body_world.request(**changes)
        for ask in (
            lambda other=other: run.simulate(other, tissue_map, prepared=prepared),
            lambda other=other: run.preview_c(other, prepared),
        ):
            with pytest.raises(SimulationRefused) as refusal:
                ask()
            assert refusal.value.code == "prepared-other"


def test_a_preview_is_the_field_at_the_end_of_the_first_freeze(world):
    request = world.request(protocol=FREEZE_THAW)
    tissue_map = build_tissue_map(request, volume=world.volume, masks={})
    prepared = run.prepare(request, tissue_map)
    preview_c = run.preview_c(request, prepared)
    end_c = run.simulate(request, tissue_map, prepared=prepared).at_time_c(100.0)
    assert preview_c.dtype == np.float32
    assert preview_c.shape == request.grid.shape_kji
    # Coarser steps only: the isotherms stay within a tenth of a cell.
    for level_c in (0.0, -20.0, -40.0):
        radii = [
            (1e3 * volume_ml(field_c, request.grid, level_c=level_c) / np.pi * 0.75) ** (1 / 3)
            for field_c in (preview_c, end_c)
        ]
        assert radii[0] == pytest.approx(radii[1], abs=0.2)


def test_a_preview_refuses_what_a_prediction_refuses(body_world):
    request = body_world.request()
    tissue_map = build_tissue_map(request, volume=body_world.volume, masks=body_world.masks)
    prepared = run.prepare(request, tissue_map)
    probe = request.probes[0]
    outside = replace(probe, entry_lps_mm=(0.0, -60.0, 0.0), tip_lps_mm=(0.0, -15.0, 0.0))
    for changes, code in (
        ({"probes": (outside,)}, "probe-outside-body"),
        ({"probes": ()}, "probe-count"),
        ({"protocol": Protocol("thaw", (Phase(PhaseKind.PASSIVE_THAW, 10.0),))}, "no-freeze"),
    ):
        with pytest.raises(SimulationRefused) as refusal:
            run.preview_c(body_world.request(**changes), prepared)
        assert refusal.value.code == code


def test_bone_at_the_active_zone_is_a_finding(world, make_tissue):
    bone = make_tissue("bone_cortical")
    request = world.request(tissues=(make_tissue("muscle"), bone))
    index = np.zeros(request.grid.shape_kji, np.uint8)
    index[:, 13:] = 1
    result = run.simulate(request, TissueMap(index, ("muscle", "bone_cortical")))
    assert any("bone" in finding for finding in result.record.findings)


def test_skin_air_and_blood_keep_their_temperatures(body_world):
    result = predict(body_world)
    air = result.tissue_index == result.tissue_ids.index("outside air")
    blood = result.tissue_index == result.tissue_ids.index("blood")
    last = result.frame_c(len(result.times_s) - 1)
    assert (last[air] == 22).all()
    assert (last[blood] == 37).all()
    skin_row = result.start_c[:, 3, 2]
    assert (skin_row > 30).all()
    assert (skin_row < 36.5).all()


def test_same_request_same_bytes(body_world):
    first, second = predict(body_world), predict(body_world)
    assert first.history.packed.tobytes() == second.history.packed.tobytes()
    assert first.minimum_c.tobytes() == second.minimum_c.tobytes()
    assert first.input_hash == second.input_hash


def test_progress_counts_simulated_seconds_and_cancels(world):
    calls = []
    predict(world, progress=lambda done, total, phase: calls.append((done, total, phase)))
    assert calls[-1] == (120, 120, "Freezing")
    assert [done for done, _, _ in calls] == sorted(done for done, _, _ in calls)

    def stop(done: int, total: int, phase: str) -> None:
        del total, phase
        if done >= 30:
            raise Cancelled

    with pytest.raises(Cancelled):
        predict(world, progress=stop)


def test_eight_probes_and_not_nine(world):
    probe = world.request().probes[0]
    many = tuple(
        replace(probe, id=ProbeId(str(n)), entry_lps_mm=(n - 4.0, -29.0, 0.0), tip_lps_mm=(4.0 * n - 14.0, 6.0, 0.0))
        for n in range(9)
    )
    short = Protocol("short", (Phase(PhaseKind.FREEZE, 20.0),))
    assert predict(world, probes=many[:8], protocol=short).minimum_c.min() < -50
    with pytest.raises(SimulationRefused, match="at most 8 probes"):
        predict(world, probes=many)
    with pytest.raises(SimulationRefused, match="no probe"):
        predict(world, probes=())


def test_unverified_values_are_listed(world):
    recalled = replace(
        world.request().tissues[0], latent_heat_j_per_kg=Datum(250e3, Status.PROJECT_DEFAULT, note="round")
    )
    model = replace(world.request().models[0], surface_temperature_c=Datum(-120.0, Status.RECALLED))
    short = Protocol("short", (Phase(PhaseKind.FREEZE, 5.0),))
    result = predict(world, tissues=(recalled,), models=(model,), protocol=short)
    assert result.record.unverified == ("Muscle: latent heat", "Probe: surface temperature")
    unknown = replace(world.request().models[0], tip_to_active_mm=MISSING)
    assert predict(world, models=(unknown,), protocol=short).record.unverified == (
        "Probe: tip to active zone (not known, taken as 0 mm)",
    )


def test_ice_at_the_edge_is_told(world):
    # A 20 mm box around a probe that freezes 18 mm across.
    probe = replace(world.request().probes[0], tip_lps_mm=(0.0, 5.0, 0.0))
    long = Protocol("long", (Phase(PhaseKind.FREEZE, 400.0),))
    result = predict(world, extent_mm=24.0, protocol=long, probes=(probe,))
    assert result.record.reaches_boundary


def refused(world, code, **changes):
    with pytest.raises(SimulationRefused) as refusal:
        predict(world, **changes)
    assert refusal.value.code == code


def test_incomplete_or_impossible_probes_are_refused(world):
    model = world.request().models[0]
    refused(world, "probe-incomplete", models=(replace(model, surface_temperature_c=MISSING),))
    refused(world, "probe-range", models=(replace(model, surface_temperature_c=Datum(5.0, Status.SITE)),))
    refused(world, "probe-range", models=(replace(model, shaft_diameter_mm=Datum(0.0, Status.SITE)),))
    refused(world, "probe-unknown", models=())


def test_probe_outside_box_or_body_is_refused(body_world):
    probe = body_world.request().probes[0]
    refused(body_world, "probe-outside-grid", probes=(replace(probe, tip_lps_mm=(0.0, 26.0, 0.0)),))
    # Active zone 2 to 12 mm behind a tip that lies 5 mm under the skin at y = -22.
    outside = replace(probe, entry_lps_mm=(0.0, -60.0, 0.0), tip_lps_mm=(0.0, -15.0, 0.0))
    refused(body_world, "probe-outside-body", probes=(outside,), extent_mm=58.0)


def test_odd_requests_are_refused(world):
    stretched = Grid.from_axes((24, 24, 24), origin_lps_mm=(-23, -23, -23), spacing_ijk_mm=(2, 2, 1))
    refused(world, "grid-spacing", grid=stretched)
    refused(world, "no-freeze", protocol=Protocol("thaw", (Phase(PhaseKind.PASSIVE_THAW, 10.0),)))
    refused(world, "output-interval", output_every_s=0.0)


@pytest.mark.parametrize("limit", ["MOST_CELLS", "MOST_STORED_BYTES"])
def test_what_does_not_fit_a_workstation_is_refused_before_it_is_begun(world, monkeypatch, limit):
    monkeypatch.setattr(run, limit, 100)
    refused(world, "prediction-too-large")


def test_map_of_another_size_or_with_unknown_numbers_is_refused(world):
    request = world.request()
    with pytest.raises(SimulationRefused, match="tissue map is"):
        run.simulate(request, TissueMap(np.zeros((3, 3, 3), np.uint8), ("muscle",)))
    with pytest.raises(SimulationRefused, match="without a tissue"):
        run.simulate(request, TissueMap(np.ones(request.grid.shape_kji, np.uint8), ("muscle",)))


def test_metabolic_heat_without_an_exit_is_refused(world, make_tissue):
    sealed = make_tissue("muscle", perfusion_w_per_m3_k=0.0, metabolic_w_per_m3=1000.0)
    refused(world, "baseline-unsettled", tissues=(sealed,))


def test_body_that_would_overheat_is_refused(world, make_tissue):
    refused(world, "baseline-range", tissues=(make_tissue("muscle", metabolic_w_per_m3=1e6),))


def test_unstable_stepping_fails_closed(world, monkeypatch):
    honest = stepper.stages_for
    monkeypatch.setattr(stepper, "stages_for", lambda step_s, rate: honest(step_s, rate / 10))
    with pytest.raises(SimulationRefused, match="No result is shown"):
        predict(world)
