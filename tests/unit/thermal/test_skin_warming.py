"""Warmed skin: asked for with the protocol, told in the record, and as warm as the exact solution says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import canonical_json
from planner.domain.errors import PlanInvalid
from planner.domain.progress import silent
from planner.domain.protocol import Phase, PhaseKind, Protocol, SkinWarming
from planner.domain.simulation import BodyConditions
from planner.domain.structure import StructureKind
from planner.persistence.codec import decode
from planner.persistence.resources import body_conditions
from planner.thermal.baseline import baseline_temperature_c
from planner.thermal.properties import OUTSIDE_AIR, build_materials
from planner.thermal.run import simulate
from planner.thermal.scene import build_scene
from planner.thermal.tissue_map import build_tissue_map

GLOVE = SkinWarming(42.0, 150.0)
FREEZE = (Phase(PhaseKind.FREEZE, 600.0),)


def test_a_warmed_slab_is_the_exact_solution(make_tissue):
    """T = Tinf − A cosh(m (L − x)), k T' = h (T − Tglove) at the skin, no flux at L = 60 mm."""
    tissue = make_tissue("muscle")
    conditions = BodyConditions(37.0, 22.0, 10.0).warmed(GLOVE)
    materials = build_materials((OUTSIDE_AIR, "muscle"), tissues=[tissue], conditions=conditions, spacing_mm=1.0)
    index = np.ones((2, 2, 61), np.uint8)
    index[..., 0] = 0
    line_c = baseline_temperature_c(build_scene(index, materials), progress=silent)[0, 0, 1:]
    k, w, q, h, length = 0.5, 2500.0, 1000.0, 150.0, 0.060
    m, deep = np.sqrt(w / k), 37.0 + q / w
    amplitude = h * (deep - 42.0) / (k * m * np.sinh(m * length) + h * np.cosh(m * length))
    exact = deep - amplitude * np.cosh(m * (length - (np.arange(60) + 0.5) * 1e-3))
    assert np.abs(line_c - exact).max() < 0.01
    assert line_c[0] > 40.0


def test_warming_replaces_the_room_and_its_doubts_and_says_so():
    room = body_conditions()
    assert len(room.unverified) == 3
    warmed = room.warmed(GLOVE)
    assert warmed.unverified == ("Body: core temperature (project default)",)
    assert warmed.notes == (
        "All skin is warmed with 42 °C at 150 W/(m² K), as entered, from before the freeze to the end.",
    )
    assert room.warmed(None) is room


def test_a_protocol_keeps_its_warming_and_one_without_reads_as_before():
    plain = Protocol("n", FREEZE)
    assert b"skin_warming" not in canonical_json(plain)
    warm = replace(plain, skin_warming=GLOVE)
    assert decode(canonical_json(warm), Protocol, where="plan") == warm


@pytest.mark.parametrize(("temperature_c", "transfer"), [(315.0, 150.0), (4.0, 150.0), (42.0, 0.1), (42.0, 9000.0)])
def test_implausible_warmth_is_refused(temperature_c, transfer):
    with pytest.raises(PlanInvalid, match="arm"):
        SkinWarming(temperature_c, transfer)


def test_a_result_names_the_doubts_of_the_room_or_the_warmth_that_replaces_it(world):
    body = np.ones(world.hu.shape, bool)
    body[:, :12, :] = False
    world.add(StructureKind.SKIN, body)
    request = world.request(conditions=body_conditions())
    tissue_map = build_tissue_map(request, volume=world.volume, masks=world.masks)
    room = simulate(request, tissue_map).record
    assert set(body_conditions().unverified) <= set(room.unverified)
    warm = replace(request, conditions=body_conditions().warmed(GLOVE))
    record = simulate(warm, tissue_map).record
    assert GLOVE.words in record.notes
    assert not any(word.startswith("Skin: ") and "air" in word for word in record.unverified)
