"""Does more cold ever give less ice? Freeze time, probes, surface temperature and blood, over random small scenes.

2 mm cells and small boxes: the order must hold on any grid. The frozen share of every cell is compared, not a radius.
"""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.thermal import Probe, predict

MUSCLE = {
    "density_kg_per_m3": 1090.0,
    "c_unfrozen_j_per_kg_k": 3421.0,
    "c_frozen_j_per_kg_k": 1800.0,
    "k_unfrozen_w_per_m_k": 0.495,
    "k_frozen_w_per_m_k": 2.0,
    "latent_heat_j_per_kg": 250e3,
    "solidus_c": -8.0,
    "liquidus_c": -1.0,
    "perfusion_w_per_m3_k": 2535.0,
}
COUNT = 24
ROUNDING = 2e-3
"""Of a cell's frozen share: float32 sums and steps that end at other times."""
FEW = settings(max_examples=5, deadline=None, derandomize=True)
places = st.tuples(*(st.floats(14.0, 32.0) for _ in range(3)))
directions = st.tuples(*(st.floats(-1.0, 1.0) for _ in range(3))).filter(lambda d: np.linalg.norm(d) > 0.2)
surfaces_c = st.floats(-150.0, -60.0)


def needle(place_mm, direction, surface_c):
    half = 8.0 * np.asarray(direction) / np.linalg.norm(direction)
    return Probe(tuple(np.asarray(place_mm) - half), tuple(np.asarray(place_mm) + half), 1.5, surface_c)


def frozen(probes, *, freeze_s=180.0, times_s=(), perfusion=1.0):
    tissue = MUSCLE | {"perfusion_w_per_m3_k": MUSCLE["perfusion_w_per_m3_k"] * perfusion}
    found = predict(
        np.zeros((COUNT,) * 3, np.uint8),
        [tissue],
        spacing_mm=2.0,
        probes=probes,
        phases=(("freeze", freeze_s),),
        start=37.0,
        times_s=times_s,
    )
    return found.frozen_share


@FEW
@given(place=places, direction=directions, surface_c=surfaces_c)
def test_freezing_longer_never_shrinks_the_ice(place, direction, surface_c):
    early, late = frozen([needle(place, direction, surface_c)], times_s=(60.0, 180.0))
    assert (late >= early - ROUNDING).all()
    assert late.sum() > early.sum()


@FEW
@given(place=places, other=places, direction=directions, surface_c=surfaces_c)
def test_one_probe_more_never_shrinks_the_ice(place, other, direction, surface_c):
    first = needle(place, direction, surface_c)
    alone = frozen([first])[-1]
    both = frozen([first, needle(other, direction, surface_c)])[-1]
    assert (both >= alone - ROUNDING).all()


@FEW
@given(place=places, direction=directions, surface_c=surfaces_c, colder_by=st.floats(5.0, 40.0))
def test_a_colder_probe_never_shrinks_the_ice(place, direction, surface_c, colder_by):
    warm = frozen([needle(place, direction, surface_c)])[-1]
    cold = frozen([needle(place, direction, surface_c - colder_by)])[-1]
    assert (cold >= warm - ROUNDING).all()


@FEW
@given(place=places, direction=directions, surface_c=surfaces_c, factor=st.floats(1.5, 60.0))
def test_more_blood_never_grows_the_ice(place, direction, surface_c, factor):
    probe = needle(place, direction, surface_c)
    little = frozen([probe])[-1]
    much = frozen([probe], perfusion=factor)[-1]
    assert (much <= little + ROUNDING).all()
