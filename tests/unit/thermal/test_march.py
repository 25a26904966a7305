"""Are steps, ramps, power limits and prescribed courses led through time as asked?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import Cancelled
from planner.domain.progress import silent
from planner.thermal.api import Heat, Held, Probe, Question, predict
from planner.thermal.march import March, Series
from planner.thermal.settings import QUALITIES, SolverSettings
from planner.thermal.setup import lay_out

GEL = {
    "density_kg_per_m3": 1000.0,
    "c_unfrozen_j_per_kg_k": 4000.0,
    "c_frozen_j_per_kg_k": 2000.0,
    "k_unfrozen_w_per_m_k": 0.5,
    "k_frozen_w_per_m_k": 2.0,
    "latent_heat_j_per_kg": 250e3,
    "solidus_c": -8.0,
    "liquidus_c": -1.0,
}
BLOCK = np.zeros((24, 18, 18), np.uint8)
"""36 x 36 x 48 mm of 2 mm cells."""
FREEZE = (("freeze", 300.0),)


def probe(x_mm=17.0, **changes) -> Probe:
    return Probe((x_mm, 17.0, 14.0), (x_mm, 17.0, 32.0), 1.5, -120.0, **changes)


def march_of(probes=(), *, phases=FREEZE, times_s=(), quality="standard", settings=None, **given) -> March:
    asked = {"held": (), "heat": (), "start": 37.0, "boundary": "insulated", "ramp_s": 0.0, **given}
    labels = asked.pop("labels", BLOCK)
    question = Question(
        labels=labels,
        properties=[GEL],
        spacing_mm=asked.pop("spacing_mm", 2.0),
        affine=None,
        probes=probes,
        phases=phases,
        times_s=times_s,
        core_c=37.0,
        air_c=22.0,
        skin_convection_w_per_m2_k=10.0,
        active_thaw_c=20.0,
        **asked,
    )
    return lay_out(question, settings=settings or QUALITIES[quality], progress=asked.get("progress", silent))[0]


def steps_of(march: March, end_s: float):
    """Run to the end; return the time and the probes' heat, W, of each step."""
    times_s, heat_w = [], []

    def note(time_s: float) -> None:
        times_s.append(time_s)
        heat_w.append(march.probe_w.copy())

    march.after_step = note
    march.run(end_s)
    return np.array(times_s), np.array(heat_w)


def test_steps_grow_with_the_time_since_the_last_break_and_stop_where_asked():
    march = march_of([probe()], phases=(("freeze", 100.0), ("passive thaw", 60.0)), times_s=(33.0, 160.0), ramp_s=20.0)
    times_s, _ = steps_of(march, 160.0)
    for stop_s in (20.0, 33.0, 100.0, 160.0):
        assert np.abs(times_s - stop_s).min() < 1e-9
    lengths = np.diff(times_s, prepend=0.0)
    since = np.where(times_s > 100.0, times_s - 100.0, times_s) - lengths
    assert (lengths <= np.clip(0.15 * since, 0.5, 30.0) + 1e-9).all()
    assert lengths[0] == 0.5
    assert lengths[times_s > 100.0][0] == 0.5
    assert lengths.min() >= 0.25
    assert lengths.sum() == pytest.approx(160.0)


def test_reference_steps_are_shorter_and_preview_steps_longer():
    counts = {}
    for quality in ("preview", "standard", "reference"):
        times_s, _ = steps_of(march_of([probe()], quality=quality), 300.0)
        counts[quality] = len(times_s)
    assert counts["preview"] < counts["standard"] < counts["reference"]


def test_the_qualities_agree_on_the_ice():
    ice = {
        quality: predict(
            BLOCK, [GEL], spacing_mm=2.0, probes=[probe()], phases=FREEZE, start=37.0, quality=quality
        ).frozen_share.sum()
        for quality in ("preview", "standard", "reference")
    }
    assert ice["standard"] == pytest.approx(ice["reference"], rel=0.02)
    assert ice["preview"] == pytest.approx(ice["reference"], rel=0.04)


@pytest.mark.parametrize("limit_w", [4.0, 9.0])
def test_a_probe_never_takes_more_than_its_power_limit(limit_w):
    _, heat_w = steps_of(march_of([probe(power_limit_w=limit_w)]), 300.0)
    taken_w = -heat_w[:, 0]
    assert taken_w.max() <= 1.02 * limit_w
    assert taken_w[5:].min() >= 0.96 * limit_w
    _, free_w = steps_of(march_of([probe()]), 300.0)
    assert (-free_w[:, 0]).max() > 1.5 * limit_w


def test_the_limit_holds_in_a_second_freeze_and_beside_a_probe_that_warms():
    cycles = (("freeze", 100.0), ("passive thaw", 60.0), ("freeze", 100.0))
    _, heat_w = steps_of(march_of([probe(power_limit_w=6.0)], phases=cycles, ramp_s=20.0), 260.0)
    assert -heat_w.min() <= 1.02 * 6.0
    neighbour = probe(19.0, phases=(("freeze", 60.0), ("active thaw", 140.0)))
    _, heat_w = steps_of(march_of([probe(15.0, power_limit_w=6.0), neighbour], phases=(("freeze", 200.0),)), 200.0)
    assert -heat_w[:, 0].min() <= 1.02 * 6.0


def test_a_limit_that_is_never_reached_changes_nothing():
    free, limited = march_of([probe()]), march_of([probe(power_limit_w=1000.0)])
    for march in (free, limited):
        march.run(60.0)
    assert free.body.temperature_c().tobytes() == limited.body.temperature_c().tobytes()


def test_a_limit_of_one_probe_leaves_the_other_alone():
    two = [probe(9.0, power_limit_w=3.0), probe(25.0)]
    _, heat_w = steps_of(march_of(two), 60.0)
    assert (-heat_w[:, 0]).max() <= 1.02 * 3.0
    assert (-heat_w[:, 1]).min() > 2 * 3.0


def test_half_duty_takes_less_heat_than_full_and_more_than_half_of_what_the_tissue_lets_through():
    full, half = (
        -steps_of(march_of([probe()], phases=(("freeze", 120.0, duty),)), 120.0)[1][:, 0] for duty in (1.0, 0.5)
    )
    assert half[0] == pytest.approx(0.5 * full[0], rel=0.15)  # the tissue is still the same in the first half second
    assert 0.5 < half[-1] / full[-1] < 0.95


def test_thaw_takes_no_heat_and_active_thaw_gives_some():
    phases = (("freeze", 60.0), ("passive thaw", 30.0), ("active thaw", 30.0))
    times_s, heat_w = steps_of(march_of([probe()], phases=phases), 130.0)
    assert (heat_w[times_s <= 60.0] < 0).all()
    assert (heat_w[(times_s > 60.0) & (times_s <= 90.0)] == 0).all()
    assert (heat_w[(times_s > 90.0) & (times_s <= 120.0)] > 0).all()
    assert (heat_w[times_s > 120.0] == 0).all()


def test_each_probe_follows_its_own_schedule():
    second = probe(25.0, phases=(("passive thaw", 40.0), ("freeze", 30.0)))
    times_s, heat_w = steps_of(march_of([probe(9.0), second], phases=(("freeze", 50.0),)), 80.0)
    assert (heat_w[times_s <= 50.0, 0] < 0).all()
    assert (heat_w[times_s > 50.0, 0] == 0).all()
    assert (heat_w[times_s <= 40.0, 1] == 0).all()
    assert (heat_w[(times_s > 40.0) & (times_s <= 70.0), 1] < 0).all()
    assert (heat_w[times_s > 70.0, 1] == 0).all()


def test_a_ramp_starts_from_the_tissue_around_the_probe():
    _, heat_w = steps_of(march_of([probe()], ramp_s=20.0, phases=(("freeze", 20.0),)), 20.0)
    taken_w = -heat_w[:, 0]
    assert abs(taken_w[0]) < 0.5
    assert taken_w[-1] > 10.0
    assert (np.diff(taken_w[:-1]) > 0).all()


def test_prescribed_heat_over_time_arrives_whole():
    cells = np.zeros((2, 3, 40), np.bool_)
    cells[..., :4] = True
    # A triangle of 3 W over 60 s: 90 J, less 10 W s of cooling: half a triangle of -1 W over 20 s.
    course = (np.array([0.0, 30.0, 60.0, 70.0, 80.0]), np.array([0.0, 3.0, 0.0, -1.0, 0.0]))
    march = march_of(labels=np.zeros(cells.shape, np.uint8), start=20.0, heat=[Heat(cells, course)], times_s=(100.0,))
    march.run(100.0)
    volume_m3 = cells.size * 8e-9
    warmed_c = float(march.body.temperature_c().astype(np.float64).mean()) - 20.0
    assert warmed_c == pytest.approx((90.0 - 10.0) / (1000.0 * 4000.0 * volume_m3), rel=1e-3)
    assert march.body.energy_error < 1e-3


def test_held_cells_follow_their_course():
    wall = np.zeros((1, 1, 20), np.bool_)
    wall[..., 0] = True
    seen = []
    march = march_of(
        labels=np.zeros(wall.shape, np.uint8),
        spacing_mm=1.0,
        start=20.0,
        held=[Held(wall, ([0.0, 10.0, 40.0], [20.0, 30.0, 12.0]))],
        times_s=(0.0, 5.0, 10.0, 25.0, 40.0, 60.0),
    )
    march.store = lambda time_s: seen.append((time_s, float(march.body.temperature_c()[0, 0, 0])))
    march.run(60.0)
    assert [time_s for time_s, _ in seen] == [0.0, 5.0, 10.0, 25.0, 40.0, 60.0]
    assert [t_c for _, t_c in seen] == pytest.approx([20.0, 25.0, 30.0, 21.0, 12.0, 12.0], abs=1e-4)


def test_series_are_linear_between_and_constant_beyond():
    series = Series(np.array([10.0, 20.0]), np.array([1.0, 3.0]))
    assert [series.at(t) for t in (0, 10, 15, 20, 99)] == [1, 1, 2, 3, 3]
    assert Series.constant(5.0).at(1e9) == 5.0


def test_a_march_goes_on_where_it_stopped():
    whole, parts = march_of([probe()], times_s=(30.0, 60.0)), march_of([probe()], times_s=(30.0, 60.0))
    whole.run(60.0)
    parts.run(30.0)
    parts.run(60.0)
    assert parts.now_s == whole.now_s == 60.0
    assert whole.body.temperature_c().tobytes() == parts.body.temperature_c().tobytes()


def test_progress_tells_seconds_and_may_cancel():
    calls = []

    def stop(done: int, total: int, words: str) -> None:
        calls.append((done, total, words))
        if done >= 20:
            raise Cancelled

    march = march_of([probe()], times_s=(60.0,), phases=(("freeze", 60.0),))
    march.progress = stop
    with pytest.raises(Cancelled):
        march.run(60.0)
    done, total, words = calls[-1]
    assert (total, words) == (60, "Freezing")
    assert 20 <= done < 25


def test_an_own_step_control_is_taken():
    march = march_of([probe()], settings=SolverSettings(growth=0.5, shortest_step_s=5.0, longest_step_s=40.0))
    times_s, _ = steps_of(march, 300.0)
    assert times_s[0] == 5.0
    assert np.diff(times_s).max() > 20.0
