"""Do placements of a suggestion come back from elsewhere as the same text, and does what reads the whole plan stay?"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from planner.domain.digest import canonical_json, content_hash
from planner.domain.geometry import isotropic_box
from planner.domain.uncertainty import IceCase
from planner.persistence.blob_parts import lay_out
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import rule_set
from planner.services.cluster_work import work_named
from planner.services.suggest_places import (
    Place,
    PlacesAsked,
    PlacesPlan,
    forget,
    judge_places,
    shape_of_place,
)
from tests.cluster_plan import CANARY, small_plan


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    return BlobStore(tmp_path_factory.mktemp("blobs"))


@pytest.fixture(scope="module")
def plan(blobs):
    plan, volume = small_plan(blobs)
    locked = replace(plan, locked_probes=(plan.probes[0].id,))
    box = isotropic_box((-44, -50, -40), extent_mm=(88, 92, 80), spacing_mm=2.0)
    return PlacesPlan(volume, locked, box, content_hash(rule_set(plan.rule_set_id)))


def places(plan):
    """One as planned, one moved and warmer, one whose probe lies outside the scan."""
    own, other = plan.plan.probes[1], plan.plan.protocol
    moved = replace(own, tip_lps_mm=(6.0, 12.0, 3.0))
    outside = replace(own, tip_lps_mm=(4.0, 200.0, 0.0))
    single = replace(other, phases=other.phases[:1], exceptions=())
    return (
        Place(0, (own,), other),
        Place(1, (moved,), single, IceCase.LARGEST, stops_s=(60.0, 120.0)),
        Place(2, (outside,), other),
    )


@pytest.mark.parametrize(("function", "count"), [(judge_places, 3), (shape_of_place, 1)])
def test_the_answer_is_the_same_text(plan, blobs, tmp_path, function, count):
    text = canonical_json(PlacesAsked(places(plan)[:count])).decode()
    plan_text = canonical_json(plan).decode()
    work, there = work_named(function.__name__), BlobStore(tmp_path)
    parcel = work.pack(plan_text, blobs)
    hidden = work.hide(text, parcel.tokens)
    for part in parcel.parts:
        lay_out(there, part.message)
    here = function(str(blobs.folder), plan_text, text)
    assert parcel.tokens.restored(function(str(there.folder), parcel.plan_text, hidden)) == here
    forget()
    assert CANARY not in parcel.plan_text + hidden
    texts = set(re.findall(r'"([^"]*)"', parcel.plan_text + hidden))
    assert not {
        each for each in texts if not re.fullmatch(r"⟦..\d+⟧|edited: left out|Plan|Protocol|HFS|CT|[a-z_0-9 .-]*", each)
    }
    if function is judge_places:
        assert "lies outside the scan" in here


def test_a_whole_assessment_is_not_sent(plan, blobs):
    work = work_named("judge_places")
    tokens = work.pack(canonical_json(plan).decode(), blobs).tokens
    asked = replace(places(plan)[0], is_assessed=True)
    assert work.hide(canonical_json(PlacesAsked((asked,))).decode(), tokens) == ""
