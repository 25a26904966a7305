"""Do the names of anatomy pass whole where a plan leaves without an identity, and nothing else (H-43)?"""

from __future__ import annotations

import pytest

from planner.domain.geometry import Side
from planner.phantoms import neck_organs
from planner.segmentation.labelio.classes import known_classes
from planner.services.deidentified_plan import known_words


def test_every_name_of_the_phantoms_and_of_the_segmented_classes_passes_whole():
    vessels_and_nerves = {**neck_organs.NERVES, **neck_organs.VEINS, **neck_organs.ARTERIES_LEFT}
    names = {name.partition(" root ")[0] for name in vessels_and_nerves}
    names |= {f"{name}, {side.value}" for name in neck_organs.NERVES for side in (Side.LEFT, Side.RIGHT)}
    names |= {"Trachea", "Oesophagus", "Spinal cord", "Lung, left", "Thyroid, right", "Rib 8", "Heart"}
    names |= {meaning.name for meaning in known_classes().values()}
    assert len(names) > 120
    assert {name for name in names if known_words(name).lower() != name.lower()} == set()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Vagus nerve, left", "Vagus nerve, left"),
        ("Portal vein and splenic vein", "Portal vein and splenic vein"),
        ("Nerve of Carla Canarius and the vein", "Nerve vein"),
        ("Tumour of the Canarius in the lung", "Tumour lung"),
        ("Canarius and of the", ""),
    ],
)
def test_H_43_a_word_that_links_stays_between_known_ones_only(name, kept):
    assert known_words(name) == kept
