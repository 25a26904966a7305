"""Is the temperature before any probe the exact balance of blood, metabolism, conduction and the skin's air?"""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from planner.domain.errors import Cancelled, SimulationRefused
from planner.domain.progress import silent
from planner.domain.simulation import BodyConditions
from planner.thermal import baseline_kernels
from planner.thermal.baseline import baseline_temperature_c
from planner.thermal.properties import OUTSIDE_AIR, build_materials
from planner.thermal.scene import build_scene

CORE_C, AIR_C, CONVECTION = 37.0, 22.0, 10.0


def scene_of(index, ids, tissues, *, spacing_mm=1.0):
    conditions = BodyConditions(CORE_C, AIR_C, CONVECTION)
    materials = build_materials(ids, tissues=tissues, conditions=conditions, spacing_mm=spacing_mm)
    return build_scene(np.asarray(index, np.uint8), materials)


def direct_c(index, ids, tissues, *, spacing_mm):
    """Solve the same balance cell by cell with a direct sparse solver, from the tissues' own numbers."""
    h_m = spacing_mm * 1e-3
    by_id = {tissue.id: tissue for tissue in tissues}
    k, perfusion, metabolic, fixed_c = [], [], [], []
    for tissue_id in ids:
        if tissue_id == OUTSIDE_AIR:
            k.append(CONVECTION * h_m / 2)
            perfusion.append(0.0)
            metabolic.append(0.0)
            fixed_c.append(AIR_C)
        else:
            tissue = by_id[tissue_id]
            k.append(tissue.k_unfrozen_w_per_m_k.value)
            perfusion.append(tissue.perfusion_w_per_m3_k.value)
            metabolic.append(tissue.metabolic_w_per_m3.value)
            fixed_c.append(np.nan if tissue.fixed_temperature_c is None else tissue.fixed_temperature_c)
    k, perfusion, metabolic, fixed_c = (np.array(v)[index].ravel() for v in (k, perfusion, metabolic, fixed_c))
    number = np.arange(index.size).reshape(index.shape)
    rows, columns, values = [], [], []
    for axis in range(3):
        a = np.delete(number, -1, axis=axis).ravel()
        b = np.delete(number, 0, axis=axis).ravel()
        g = 2 * k[a] * k[b] / (k[a] + k[b])
        rows += [a, b, a, b]
        columns += [a, b, b, a]
        values += [g, g, -g, -g]
    matrix = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))).tolil()
    matrix.setdiag(matrix.diagonal() + perfusion * h_m**2)
    right = (metabolic + perfusion * CORE_C) * h_m**2
    for cell in np.flatnonzero(np.isfinite(fixed_c)):
        matrix.rows[cell], matrix.data[cell] = [cell], [1.0]
        right[cell] = fixed_c[cell]
    return spsolve(matrix.tocsr(), right).reshape(index.shape)


def torso(shape, seed):
    """Room air over skin, fat and muscle; a cold vessel, a bone, a lung and a gas bubble thrown in."""
    rng = np.random.default_rng(seed)
    ids = (
        "muscle", "fat_subcutaneous", "bone_cortical", "lung_inflated", "blood", "nerve", "skin", "air", OUTSIDE_AIR,
    )  # fmt: skip
    k, j, i = np.indices(shape)
    surface = shape[1] * 0.25 + rng.uniform(0.5, 2) * np.sin(i / 3 + k / 4)
    index = np.zeros(shape, np.uint8)
    for place in (2, 3, 4, 5, 7):
        centre, radius = rng.uniform(0, 1, 3) * shape, rng.uniform(1, 0.3 * max(shape))
        index[(k - centre[0]) ** 2 + (j - centre[1]) ** 2 + (i - centre[2]) ** 2 < radius**2] = place
    index[j < surface + 3] = 1
    index[j < surface + 1] = 6
    index[j < surface] = 8
    return index, ids


@pytest.mark.parametrize(
    ("shape", "spacing_mm", "seed"),
    [
        ((14, 17, 13), 2.0, 1),
        ((16, 16, 16), 1.0, 2),
        ((9, 31, 12), 0.5, 3),
        ((1, 40, 21), 1.0, 4),
        ((1, 90, 1), 1.0, 5),
    ],
)
def test_it_is_what_a_direct_solver_finds(shape, spacing_mm, seed, tissues):
    index, ids = torso(shape, seed)
    expected = direct_c(index, ids, tissues, spacing_mm=spacing_mm)
    got = baseline_temperature_c(scene_of(index, ids, tissues, spacing_mm=spacing_mm), progress=silent)
    assert got.dtype == np.float64
    assert np.ptp(expected) > 5
    assert np.abs(got - expected).max() <= 0.005


def test_weakly_perfused_tissue_far_from_anything_is_no_less_exact(make_tissue):
    weak = (make_tissue("muscle", perfusion_w_per_m3_k=60.0, metabolic_w_per_m3=20.0),)
    index = np.zeros((12, 24, 12), np.uint8)
    index[:, :2] = 1
    ids = ("muscle", OUTSIDE_AIR)
    expected = direct_c(index, ids, weak, spacing_mm=0.5)
    got = baseline_temperature_c(scene_of(index, ids, weak, spacing_mm=0.5), progress=silent)
    assert np.abs(got - expected).max() <= 0.005


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_perfused_slab_under_convection(axis, make_tissue):
    """Pennes' slab, insulated at depth L: T - Tb = -A cosh((L - x) / m), with k dT/dx = h (T - Tair) at the skin."""
    tissue = make_tissue("muscle", perfusion_w_per_m3_k=4000.0, metabolic_w_per_m3=800.0)
    cells, h_mm = 120, 0.25
    shape = [6, 6, 6]
    shape[axis] = cells + 2
    index = np.zeros(shape, np.uint8)
    np.moveaxis(index, axis, 0)[:2] = 1
    got = baseline_temperature_c(scene_of(index, ("muscle", OUTSIDE_AIR), (tissue,), spacing_mm=h_mm), progress=silent)
    k, depth_m = 0.5, cells * h_mm * 1e-3
    length_m = np.sqrt(k / 4000.0)
    body_c = CORE_C + 800.0 / 4000.0
    x_m = (np.arange(cells) + 0.5) * h_mm * 1e-3
    amplitude = (
        CONVECTION
        * (body_c - AIR_C)
        / (CONVECTION * np.cosh(depth_m / length_m) + k / length_m * np.sinh(depth_m / length_m))
    )
    expected = body_c - amplitude * np.cosh((depth_m - x_m) / length_m)
    line = np.moveaxis(got, axis, 0)[2:]
    assert np.abs(line - expected[:, None, None]).max() <= 0.006  # 0.005 K, and the grid's own 0.001 K


def test_one_perfused_tissue_is_uniform_at_once(make_tissue):
    tissue = make_tissue("muscle", perfusion_w_per_m3_k=2000.0, metabolic_w_per_m3=500.0)
    steps = []
    scene = scene_of(np.zeros((20, 21, 22)), ("muscle",), (tissue,))
    got = baseline_temperature_c(scene, progress=lambda *told: steps.append(told))
    np.testing.assert_allclose(got, CORE_C + 0.25, atol=1e-4)
    assert len(steps) <= 2


def test_nothing_warms_and_nothing_cools(make_tissue):
    gel = make_tissue("muscle", perfusion_w_per_m3_k=0.0, metabolic_w_per_m3=0.0)
    got = baseline_temperature_c(scene_of(np.zeros((5, 6, 7)), ("muscle",), (gel,)), progress=silent)
    assert (got == CORE_C).all()


def test_the_number_of_threads_changes_no_byte(tissues):
    index, ids = torso((70, 68, 66), 7)
    assert index.size > baseline_kernels.SHARED_FROM_CELLS
    scene = scene_of(index, ids, tissues)
    both = baseline_temperature_c(scene, progress=silent)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = baseline_temperature_c(scene, progress=silent)
        assert numba.get_num_threads() == 1
    finally:
        numba.set_num_threads(before)
    assert both.tobytes() == alone.tobytes()
    assert both.tobytes() == baseline_temperature_c(scene, progress=silent).tobytes()


def test_heat_without_an_outlet_is_refused(make_tissue):
    sealed = make_tissue("muscle", perfusion_w_per_m3_k=0.0)
    with pytest.raises(SimulationRefused) as caught:
        baseline_temperature_c(scene_of(np.zeros((6, 6, 6)), ("muscle",), (sealed,)), progress=silent)
    assert caught.value.code == "baseline-unsettled"


@pytest.mark.parametrize("changes", [{"metabolic_w_per_m3": 1e6}, {"metabolic_w_per_m3": 1e8, "liquidus_c": -0.5}])
def test_a_fever_is_refused_with_its_figures(make_tissue, changes):
    hot = make_tissue("muscle", **changes)
    with pytest.raises(SimulationRefused, match="muscle would be") as caught:
        baseline_temperature_c(scene_of(np.zeros((6, 6, 6)), ("muscle",), (hot,)), progress=silent)
    assert caught.value.code == "baseline-range"


def test_tissue_frozen_by_the_room_is_refused(make_tissue):
    thin = make_tissue("muscle", perfusion_w_per_m3_k=0.0, metabolic_w_per_m3=0.0, liquidus_c=25.0, solidus_c=-8.0)
    index = np.zeros((6, 6, 6), np.uint8)
    index[:, :2] = 1
    with pytest.raises(SimulationRefused) as caught:
        baseline_temperature_c(scene_of(index, ("muscle", OUTSIDE_AIR), (thin,)), progress=silent)
    assert caught.value.code == "baseline-range"


def test_it_stops_when_asked(tissues):
    def stop(_done, _total, _phase):
        raise Cancelled

    index, ids = torso((16, 16, 16), 2)
    with pytest.raises(Cancelled):
        baseline_temperature_c(scene_of(index, ids, tissues), progress=stop)
