"""Does the public entrance answer what can be reckoned by hand, and refuse everything else in a sentence?"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from planner.domain.errors import Cancelled, PlannerError, SimulationRefused
from planner.thermal import Heat, Held, Probe, predict, setup, stepper

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
FLESH = GEL | {"perfusion_w_per_m3_k": 4000.0, "metabolic_w_per_m3": 1560.0}
BLOCK = np.zeros((24, 18, 18), np.uint8)
NEEDLE = Probe((17.0, 17.0, 14.0), (17.0, 17.0, 32.0), 1.5, -120.0, "P1")
SHORT = (("freeze", 60.0),)


def freeze(labels=BLOCK, properties=(GEL,), **changes):
    return predict(labels, properties, **{"spacing_mm": 2.0, "probes": [NEEDLE], "phases": SHORT, **changes})


def ends(count):
    """Masks of the first and last cell of a line."""
    first, last = (np.zeros((1, 1, count), np.bool_) for _ in range(2))
    first[..., 0] = last[..., -1] = True
    return first, last


def test_perfusion_rewarms_along_its_exponential():
    # Standard steps are up to 30 s long and of first order, hence 0.08 K.
    # rho c dT/dt = w (37 - T) + q, so T goes from 10 °C toward 37 + q/w = 37.39 °C.
    times_s = [30.0, 100.0, 400.0, 900.0]
    answer = predict(np.zeros((2, 1, 3), int), [FLESH], spacing_mm=1.0, start=10.0, times_s=times_s)
    expected_c = 37.39 - 27.39 * np.exp(-4000.0 * np.array(times_s) / 4e6)
    assert answer.temperature_c.reshape(4, -1) == pytest.approx(np.repeat(expected_c[:, None], 6, axis=1), abs=0.08)
    reference = predict(
        np.zeros((2, 1, 3), int), [FLESH], spacing_mm=1.0, start=10.0, times_s=times_s, quality="reference"
    )
    assert reference.temperature_c[:, 0, 0, 0] == pytest.approx(expected_c, abs=0.03)


def test_a_slab_between_two_walls_settles_to_a_straight_line():
    cold, warm = ends(21)
    answer = predict(
        np.zeros((1, 1, 21), int),
        [GEL],
        spacing_mm=1.0,
        start=20.0,
        held=[Held(cold, 5.0), Held(warm, 35.0)],
        times_s=[3000.0],
    )
    assert answer.temperature_c[0, 0, 0] == pytest.approx(np.linspace(5.0, 35.0, 21), abs=0.01)
    assert answer.energy_error < 1e-3


def test_two_layers_share_the_step_by_their_resistance():
    # Between the walls' centres lie 10 mm of 0.5 and 10 mm of 0.25 W/(m K): resistances 1 to 2, so the interface,
    # half a cell beyond the last cell of the first layer, is a third of 30 K above 5 °C.
    cold, warm = ends(22)
    labels = np.zeros((1, 1, 22), int)
    labels[..., 11:] = 1
    poor = GEL | {"k_unfrozen_w_per_m_k": 0.25}
    answer = predict(
        labels, [GEL, poor], spacing_mm=1.0, start=20.0, held=[Held(cold, 5.0), Held(warm, 35.0)], times_s=[5000.0]
    )
    line_c = answer.temperature_c[0, 0, 0].astype(float)
    assert np.diff(line_c[:11]) == pytest.approx(np.full(10, np.diff(line_c[:11]).mean()), abs=2e-3)
    assert np.diff(line_c[11:]).mean() / np.diff(line_c[:11]).mean() == pytest.approx(2.0, rel=2e-3)
    assert line_c[10] + np.diff(line_c[:11]).mean() / 2 == pytest.approx(15.0, abs=0.02)


def test_an_insulated_box_keeps_every_joule():
    corner = np.zeros((3, 4, 10), np.bool_)
    corner[0, 0, :2] = True
    answer = predict(
        np.zeros(corner.shape, int), [GEL], spacing_mm=2.0, start=20.0, heat=[Heat(corner, 0.05)], times_s=[50.0, 200.0]
    )
    volume_m3 = corner.size * 8e-9
    mean_c = answer.temperature_c.astype(float).mean(axis=(1, 2, 3))
    assert mean_c - 20.0 == pytest.approx(0.05 * answer.times_s / (4e6 * volume_m3), rel=1e-3)
    assert answer.energy_error < 1e-3


def test_freezing_a_box_evenly_takes_its_sensible_and_latent_heat():
    # From 5 °C to the solidus at -8 °C: 6 K unfrozen, then the latent heat with 7 K at the mean capacity.
    volume_m3 = 8 * 1e-9
    to_solidus_j = (4e6 * 6 + 250e6 + 3e6 * 7) * volume_m3
    everywhere = np.ones((2, 2, 2), np.bool_)
    answer = predict(
        np.zeros((2, 2, 2), int),
        [GEL],
        spacing_mm=1.0,
        start=5.0,
        heat=[Heat(everywhere, -to_solidus_j / 100)],
        times_s=[50.0, 100.0],
    )
    halfway = (0.5 * to_solidus_j / volume_m3 - 24e6) / 271e6
    assert answer.frozen_share[0] == pytest.approx(np.full((2, 2, 2), halfway), abs=1e-3)
    assert answer.frozen_share[1] == pytest.approx(np.ones((2, 2, 2)), abs=1e-3)
    assert answer.temperature_c[1] == pytest.approx(np.full((2, 2, 2), -8.0), abs=0.02)


def test_the_answer_has_the_asked_times_and_shapes():
    answer = freeze(times_s=[0.0, 10.0, 59.9, 90.0])
    assert answer.times_s.tolist() == [0.0, 10.0, 59.9, 90.0]
    assert answer.temperature_c.shape == answer.frozen_share.shape == (4, *BLOCK.shape)
    assert answer.temperature_c.dtype == answer.minimum_c.dtype == np.float32
    assert answer.probe_w.shape == (4, 1)
    assert answer.probe_w[0, 0] == answer.probe_w[3, 0] == 0
    assert (answer.probe_w[1:3] < -1).all()
    assert answer.temperature_c[0] == pytest.approx(37.0, abs=1e-5)
    assert (answer.minimum_c <= answer.temperature_c.min(axis=0) + 1e-4).all()
    assert answer.stages > 0
    assert answer.cell_stages >= answer.stages
    assert answer.wall_s > 0
    ice = answer.frozen_share.sum(axis=(1, 2, 3))
    assert ice[0] == 0
    assert ice[1] < ice[2]
    assert freeze().times_s.tolist() == [60.0]


def test_the_end_of_the_phases_counts_for_the_minimum_even_when_earlier_times_are_asked():
    assert freeze(times_s=[10.0]).minimum_c.min() < freeze(times_s=[10.0]).temperature_c.min() - 5


def test_same_question_same_bytes():
    first, second = freeze(), freeze()
    assert first.temperature_c.tobytes() == second.temperature_c.tobytes()


def test_an_affine_turns_probe_and_grid_together():
    turn = np.radians(30.0)
    axes = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    shift = np.array([100.0, -40.0, 7.0])
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = 2.0 * axes, shift
    moved = replace(
        NEEDLE,
        deep_mm=tuple(axes @ NEEDLE.deep_mm + shift),
        shallow_mm=tuple(axes @ NEEDLE.shallow_mm + shift),
    )
    straight, turned = freeze(), freeze(affine=affine, probes=[moved])
    assert turned.temperature_c == pytest.approx(straight.temperature_c, abs=0.02)


def test_an_insulated_face_mirrors_the_probe_that_runs_out_through_it_or_along_it():
    whole = freeze()
    for part in (np.s_[:12], np.s_[12:], np.s_[:, :, :9], np.s_[:12, 9:, :9]):
        corner = [(slice_.start or 0) * 2.0 for slice_ in (part if isinstance(part, tuple) else (part,))]
        affine = np.diag((2.0, 2.0, 2.0, 1.0))
        for axis, mm in zip((2, 1, 0), corner, strict=False):
            affine[axis, 3] = mm
        share = freeze(BLOCK[part], affine=affine)
        assert share.temperature_c[0] == pytest.approx(whole.temperature_c[0][part], abs=0.05)
        fraction = BLOCK[part].size / BLOCK.size
        assert share.probe_w[0, 0] == pytest.approx(fraction * whole.probe_w[0, 0], rel=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"probes": [replace(NEEDLE, shallow_mm=(20.0, 17.0, 60.0))]},
        {"probes": [replace(NEEDLE, deep_mm=(0.0, 17.0, 14.0), shallow_mm=(0.0, 17.0, 32.0))]},
        {"boundary": "baseline", "probes": [replace(NEEDLE, deep_mm=(17.0, 17.0, -9.0))], "properties": [FLESH]},
    ],
    ids=["slanted", "a mirror image of its own", "held"],
)
def test_a_probe_that_a_face_cuts_otherwise_is_refused(changes):
    with pytest.raises(SimulationRefused, match="P1 reaches outside"):
        freeze(**changes)


def test_insulated_and_symmetry_are_one_word():
    assert freeze(boundary="symmetry").temperature_c.tobytes() == freeze().temperature_c.tobytes()


def test_a_held_outside_keeps_the_outer_layer_and_only_that():
    inside = (slice(1, -1),) * 3
    outer = np.ones(BLOCK.shape, np.bool_)
    outer[inside] = False
    kept = freeze(properties=[FLESH], boundary="baseline")
    assert kept.temperature_c[0][outer] == pytest.approx(37.39, abs=0.01)
    assert kept.temperature_c[0][inside].min() < 0
    warm = freeze(boundary=np.full(BLOCK.shape, 30.0))
    assert warm.temperature_c[0][outer] == pytest.approx(30.0, abs=1e-5)
    assert warm.temperature_c[0][inside].max() > 30


def test_an_axis_of_one_or_two_cells_has_no_outer_layer():
    labels = np.zeros((1, 2, 30), int)
    field_c = np.full(labels.shape, 10.0)
    answer = predict(labels, [GEL], spacing_mm=1.0, start=20.0, boundary=field_c, times_s=[5.0])
    line_c = answer.temperature_c[0, 0, 0]
    assert line_c[0] == line_c[-1] == 10.0
    assert line_c[15] == pytest.approx(20.0, abs=0.01)


def test_vessels_and_room_air_keep_their_temperature_and_hold_no_ice():
    labels = np.zeros(BLOCK.shape, np.uint8)
    labels[:, :3] = 1
    labels[:, 11:13, 11:13] = 2
    answer = freeze(labels, [FLESH, {"outside_air": 1}, FLESH | {"fixed_c": 36.0}], air_c=21.0)
    assert (answer.temperature_c[0][labels == 1] == 21).all()
    assert (answer.temperature_c[0][labels == 2] == 36).all()
    assert (answer.frozen_share[0][labels != 0] == 0).all()
    assert answer.frozen_share.sum() > 10


def test_probes_with_phases_of_their_own_and_notes():
    second = replace(NEEDLE, deep_mm=(9.0, 17.0, 14.0), shallow_mm=(9.0, 17.0, 32.0), label="")
    second = replace(second, phases=(("passive thaw", 30.0), ("freeze", 10.0, 0.5), ("active thaw", 20.0)))
    answer = freeze(probes=[NEEDLE, second], times_s=[20.0, 38.0, 50.0], ramp_s=5.0)
    assert ((answer.probe_w < 0) == [[True, False], [True, True], [True, False]]).all()
    assert answer.probe_w[2, 1] > 0
    assert [note for note in answer.notes if "duty" in note]
    assert [note for note in answer.notes if "+20 °C" in note]


def test_importing_the_solver_loads_no_compiler_and_lets_waiting_threads_sleep():
    code = (
        "import os, sys, planner.thermal; print(os.environ['OMP_WAIT_POLICY'], {'numba', 'scipy'} & set(sys.modules))"
    )
    own = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, env=own)
    assert done.stdout.split() == ["PASSIVE", "set()"]


def test_progress_can_cancel():
    def stop(done: int, total: int, words: str) -> None:
        del total, words
        if done > 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        freeze(progress=stop)


TWO_D = np.zeros((4, 4), int)
CELLS = np.ones(BLOCK.shape, np.bool_)
REFUSED = {
    "cells too small": ({"spacing_mm": 0.09}, "0.1 to 4 mm"),
    "cells too large": ({"spacing_mm": 4.1}, "0.1 to 4 mm"),
    "cells of NaN": ({"spacing_mm": float("nan")}, "finite"),
    "flat labels": ({"labels": TWO_D}, "three-dimensional"),
    "no cells": ({"labels": np.zeros((0, 3, 3), int)}, "three-dimensional"),
    "labels with a point": ({"labels": np.zeros((4, 4, 4))}, "whole numbers"),
    "negative label": ({"labels": BLOCK.astype(int) - 1}, "label -1"),
    "label without properties": ({"labels": BLOCK + 1}, "label 1"),
    "no properties": ({"properties": []}, "label 0"),
    "property left out": ({"properties": [{k: v for k, v in GEL.items() if k != "solidus_c"}]}, "no solidus_c"),
    "unknown property": ({"properties": [GEL | {"colour": 3.0}]}, "colour"),
    "property of NaN": ({"properties": [GEL | {"k_frozen_w_per_m_k": float("nan")}]}, "k_frozen_w_per_m_k"),
    "property of text": ({"properties": [GEL | {"density_kg_per_m3": "heavy"}]}, "heavy"),
    "zero conductivity": ({"properties": [GEL | {"k_unfrozen_w_per_m_k": 0.0}]}, "unfrozen conductivity"),
    "negative perfusion": ({"properties": [GEL | {"perfusion_w_per_m3_k": -1.0}]}, "perfusion"),
    "solidus above liquidus": ({"properties": [GEL | {"solidus_c": 2.0}]}, "solidus"),
    "air with properties": ({"properties": [GEL | {"outside_air": 1}]}, "room air"),
    "affine of another size": ({"affine": np.diag((1.0, 1.0, 1.0, 1.0))}, "affine has cells"),
    "affine of three rows": ({"affine": np.eye(3)}, "4 × 4"),
    "mirrored affine": ({"affine": np.diag((-2.0, 2.0, 2.0, 1.0))}, "right-handed"),
    "probe outside": ({"probes": [replace(NEEDLE, shallow_mm=(60.0, 17.0, 60.0))]}, "P1 reaches outside"),
    "probe far away": (
        {"probes": [replace(NEEDLE, deep_mm=(500.0, 0.0, 0.0), shallow_mm=(500.0, 0.0, 9.0))]},
        "outside the simulated box",
    ),
    "probe of a point": ({"probes": [replace(NEEDLE, shallow_mm=NEEDLE.deep_mm)]}, "outside 0.2–12 mm"),
    "probe at NaN": ({"probes": [replace(NEEDLE, deep_mm=(float("nan"), 0.0, 0.0))]}, "coordinate of P1"),
    "probe with two coordinates": ({"probes": [replace(NEEDLE, deep_mm=(1.0, 2.0))]}, "three coordinates"),
    "warm probe": ({"probes": [replace(NEEDLE, surface_c=5.0)]}, "at 5 °C"),
    "too cold probe": ({"probes": [replace(NEEDLE, surface_c=-250.0)]}, "at -250 °C"),
    "thick probe": ({"probes": [replace(NEEDLE, diameter_mm=20.0)]}, "20 mm across"),
    "power limit of nothing": ({"probes": [replace(NEEDLE, power_limit_w=0.0)]}, "above 0 W"),
    "nine probes": ({"probes": [NEEDLE] * 9}, "at most 8 probes"),
    "unknown phase": ({"phases": (("boil", 60.0),)}, "“boil” is no phase"),
    "phase without length": ({"phases": (("freeze", 0.0),)}, "more than 0 s"),
    "phase of NaN": ({"phases": (("freeze", float("nan")),)}, "finite"),
    "phase without seconds": ({"phases": (("freeze",),)}, "kind, seconds"),
    "duty above one": ({"phases": (("freeze", 60.0, 1.5),)}, "duty"),
    "own phase unknown": ({"probes": [replace(NEEDLE, phases=(("cool", 9.0),))]}, "no phase of P1"),
    "negative ramp": ({"ramp_s": -1.0}, "ramp"),
    "start of NaN": ({"start": float("nan")}, "start must be a finite"),
    "start with a hole": ({"start": np.where(np.arange(18) == 3, np.nan, 20.0) + np.zeros(BLOCK.shape)}, "holds nan"),
    "a probe that is none": ({"probes": [(1.0, 2.0)]}, "is a Probe"),
    "held without Held": ({"held": [CELLS]}, "is a Held"),
    "heat without Heat": ({"heat": [(CELLS, 1.0)]}, "is a Heat"),
    "start too warm": ({"start": 99.0}, "start holds 99"),
    "start of another shape": ({"start": np.zeros((3, 3, 3))}, "start has the shape"),
    "start in a word": ({"start": "warm"}, "“warm” is not known"),
    "boundary in a word": ({"boundary": "open"}, "“open” is not known"),
    "boundary of another shape": ({"boundary": np.zeros((2, 2, 2))}, "boundary has the shape"),
    "times that fall": ({"times_s": [10.0, 5.0]}, "must increase"),
    "times before the start": ({"times_s": [-1.0, 5.0]}, "must increase"),
    "times of NaN": ({"times_s": [float("nan")]}, "finite"),
    "no time at all": ({"probes": []}, "no time to predict"),
    "mask of another shape": ({"held": [Held(np.ones((2, 2, 2), np.bool_), 5.0)]}, "held[0] needs a mask"),
    "mask of numbers": ({"held": [Held(np.ones(BLOCK.shape), 5.0)]}, "needs a mask of bool"),
    "empty mask": ({"heat": [Heat(~CELLS, 5.0)]}, "names no cell"),
    "cells held twice": ({"held": [Held(CELLS, 5.0), Held(CELLS, 6.0)]}, "already have"),
    "heat on held cells": ({"held": [Held(CELLS, 5.0)], "heat": [Heat(CELLS, 1.0)]}, "already have"),
    "held too cold": ({"held": [Held(CELLS, -300.0)]}, "outside -200"),
    "course of two lengths": ({"held": [Held(CELLS, ([0.0, 1.0], [3.0]))]}, "same length"),
    "course whose times fall": ({"heat": [Heat(CELLS, ([1.0, 0.0], [3.0, 4.0]))]}, "must increase"),
    "unknown quality": ({"quality": "best"}, "“best” is no quality"),
    "frozen blood": ({"core_c": -3.0}, "not plausible"),
    "NaN air": ({"air_c": float("nan")}, "air_c must be a finite"),
    "ragged labels": ({"labels": [[[0, 0], [0]]]}, "differ in length"),
    "labels of text": ({"labels": "muscle"}, "three-dimensional"),
    "properties in a list": ({"properties": [[1, 2, 3]]}, "mapping of names"),
    "affine of text": ({"affine": [["a"] * 4] * 4}, "numbers only"),
    "phase as a number": ({"phases": (60.0,)}, "kind, seconds"),
    "phase as a word": ({"phases": ("freeze",)}, "kind, seconds"),
    "one time only": ({"times_s": 60.0}, "list of finite numbers"),
    "times in words": ({"times_s": ["soon"]}, "numbers only"),
    "start of text": ({"start": [["a"]]}, "numbers only"),
    "ragged mask": ({"heat": [Heat([[[True], []]], 1.0)]}, "differ in length"),
    "course of three": ({"heat": [Heat(CELLS, ([0.0], [1.0], [2.0]))]}, "not 3 things"),
    "course of NaN": ({"heat": [Heat(CELLS, ([0.0, 1.0], [1.0, float("nan")]))]}, "finite values"),
    "heat of NaN": ({"heat": [Heat(CELLS, float("nan"))]}, "finite"),
    "no perfusion but metabolism": ({"properties": [GEL | {"metabolic_w_per_m3": 500.0}]}, "does not settle"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_input_is_refused_in_a_sentence(name):
    changes, words = REFUSED[name]
    with pytest.raises(SimulationRefused) as refused:
        freeze(**changes)
    assert words in refused.value.sentence
    assert refused.value.sentence.endswith(".")
    assert refused.value.code


def test_a_probe_in_room_air_or_gas_is_refused():
    labels = np.zeros(BLOCK.shape, np.uint8)
    labels[12:] = 1
    with pytest.raises(SimulationRefused, match="outside the body"):
        freeze(labels, [FLESH, {"outside_air": 1}])
    gas = GEL | {"k_unfrozen_w_per_m_k": 0.027, "k_frozen_w_per_m_k": 0.027, "density_kg_per_m3": 1.1}
    labels[10:] = 1
    with pytest.raises(SimulationRefused, match="in gas"):
        freeze(labels, [FLESH, gas])


def test_H_23_steps_ten_times_too_long_give_no_picture(monkeypatch):
    honest = stepper.stages_for
    monkeypatch.setattr(stepper, "stages_for", lambda step_s, rate: honest(step_s, rate / 10))
    with pytest.raises(SimulationRefused, match="No result is shown"):
        freeze(phases=(("freeze", 300.0),))


def test_H_23_a_number_lost_on_the_way_gives_no_picture(monkeypatch):
    def with_a_hole(*args, **kwargs):
        body = stepper.start_body(*args, **kwargs)
        body.fields[body.register] = np.nan
        return body

    monkeypatch.setattr(setup, "start_body", with_a_hole)
    with pytest.raises(SimulationRefused, match="not a number"):
        freeze()


def test_H_23_heat_that_boils_the_tissue_gives_no_picture():
    hot = np.zeros(BLOCK.shape, np.bool_)
    hot[0, 0, 0] = True
    with pytest.raises(SimulationRefused, match="60 °C"):
        freeze(heat=[Heat(hot, 50.0)])


def test_H_23_heat_unaccounted_for_gives_no_picture(monkeypatch):
    monkeypatch.setattr(stepper.Body, "energy_error", property(lambda _body: 0.011))
    with pytest.raises(SimulationRefused, match="unaccounted"):
        freeze()


def test_every_refusal_is_one_of_ours():
    assert issubclass(SimulationRefused, PlannerError)
