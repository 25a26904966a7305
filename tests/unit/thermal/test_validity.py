"""Is every value outside its source's range named, and nothing else? (H-30)"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.datum import Datum, Status
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.persistence.resources import tissues
from planner.persistence.uncertainty import model_card, uncertainty_ranges
from planner.thermal.validity import outside_validity, uncompared_tissues

VALUES = [
    (tissue, name)
    for tissue in tissues()
    for name in tissue.__slots__
    if isinstance(getattr(tissue, name), Datum) and getattr(tissue, name).value is not None
]


def with_value(tissue, name, value):
    return replace(tissue, **{name: Datum(value, Status.SITE)})


def test_the_shipped_values_are_inside_their_own_ranges(world):
    request = world.request(tissues=tissues())
    assert outside_validity(request, model_card()) == ()


def test_H_30_every_property_beyond_either_end_is_named(world):
    card = model_card()
    spans = {(entry.tissue_id, entry.name): entry.span for entry in card.source_ranges}
    assert len(VALUES) > 300
    missed = []
    for tissue, name in VALUES:
        span = spans[tissue.id, name]
        reach = max(abs(span.upper), abs(span.value), 1.0)
        for value in (span.value - 1e-3 * reach, span.upper + 1e-3 * reach):
            request = world.request(tissues=(with_value(tissue, name, value),))
            said = outside_validity(request, card)
            if len(said) != 1 or not said[0].startswith(f"{tissue.label}: "):
                missed.append((tissue.id, name, value, said))
    assert not missed


def test_H_30_values_at_the_ends_are_inside(world):
    card = model_card()
    spans = {(entry.tissue_id, entry.name): entry.span for entry in card.source_ranges}
    for end in ("value", "upper"):
        varied = tuple(with_value(tissue, name, getattr(spans[tissue.id, name], end)) for tissue, name in VALUES)
        assert outside_validity(world.request(tissues=varied), card) == ()


def test_a_tissue_nobody_listed_is_named(world):
    stranger = replace(tissues()[0], id="jelly", label="Jelly")
    said = outside_validity(world.request(tissues=(stranger,)), model_card())
    assert said
    assert all(sentence.startswith("Jelly: ") and "no source range" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shaft_diameter_mm": 6.0}, "shaft diameter of 6 mm is outside 0.9 to 5 mm"),
        ({"surface_temperature_c": -60.0}, "surface temperature of −60 °C is outside −160 to −80 °C"),
        ({"active_tip_mm": 4.0}, "active zone of 4 mm is outside 10 to 60 mm"),
    ],
)
def test_a_probe_beyond_the_compared_ones_is_named(world, change, words):
    base = world.request(tissues=tissues())
    ((field, value),) = change.items()
    model = replace(base.models[0], **{field: Datum(value, Status.SITE)})
    said = outside_validity(replace(base, models=(model,)), model_card())
    assert len(said) == 1
    assert words in said[0]


def test_a_freeze_beyond_the_compared_times_is_named_once(world):
    protocol = Protocol("long", (Phase(PhaseKind.FREEZE, 1200.0), Phase(PhaseKind.FREEZE, 1200.0)))
    said = outside_validity(world.request(tissues=tissues(), protocol=protocol), model_card())
    assert len(said) == 1
    assert "one freeze phase of 2400 s is outside 60 to 900 s" in said[0]


def test_tissues_in_which_nothing_was_compared_are_named(world):
    request = world.request(tissues=tissues())
    said = uncompared_tissues(request, model_card(), tissue_ids=("muscle", "fat_subcutaneous", "bone_cortical", "skin"))
    assert said == "No prediction was compared with a measurement or a second computation in: Skin; Bone, cortical."
    assert uncompared_tissues(request, model_card(), tissue_ids=("muscle",)) == ""


def test_tissues_that_the_box_does_not_hold_are_not_looked_at(world):
    odd = with_value(next(tissue for tissue in tissues() if tissue.id == "liver"), "density_kg_per_m3", 2000.0)
    request = world.request(tissues=(*(tissue for tissue in tissues() if tissue.id != "liver"), odd))
    assert outside_validity(request, model_card(), tissue_ids=("muscle",)) == ()
    assert len(outside_validity(request, model_card(), tissue_ids=("muscle", "liver"))) == 1


def test_every_ranged_property_is_a_property_of_a_tissue():
    listed = {tissue.id for tissue in tissues()}
    for entry in uncertainty_ranges().properties:
        assert set(entry.tissues) <= listed
        assert entry.spread.source or entry.spread.status is Status.PROJECT_DEFAULT
